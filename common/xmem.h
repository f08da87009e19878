/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocation that cannot fail, for small fixed sizes of our own choosing.  A size that
 * a stranger chose meets a limit first and then malloc() with an error path.
 */
#ifndef PDNMUX_COMMON_XMEM_H
#define PDNMUX_COMMON_XMEM_H

#include <stddef.h>

void *xcalloc(size_t n, size_t size) __attribute__((malloc));
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s) __attribute__((malloc));
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), malloc));
/* Overwrites before freeing; the compiler may not drop it.  NULL is fine. */
void xfree_secret(char *s);

#endif
