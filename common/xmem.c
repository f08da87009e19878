/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocation for small sizes of our own choosing: when even that fails there is
 * nothing sensible left to do, so the process says so and ends.
 */
#include "config.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmem.h"

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		fatal("mem", "out of memory (%zu x %zu bytes)", n, size);
	return p;
}

void *
xrealloc(void *p, size_t n, size_t size)
{
	void *q;

	if (size && n > SIZE_MAX / size)
		fatal("mem", "size overflow (%zu x %zu bytes)", n, size);
	q = realloc(p, n && size ? n * size : 1);
	if (!q)
		fatal("mem", "out of memory (%zu x %zu bytes)", n, size);
	return q;
}

char *
xstrdup(const char *s)
{
	char *copy = strdup(s);

	if (!copy)
		fatal("mem", "out of memory");
	return copy;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (len < 0)
		fatal("mem", "out of memory");
	return s;
}

void
xfree_secret(char *s)
{
	if (!s)
		return;
	explicit_bzero(s, strlen(s));
	free(s);
}
