/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sliding window over one buffer.
 *
 * Unread bytes are buf[start, end).  Taking a message moves start; when all is taken
 * both go back to 0, so that the usual read finds the whole buffer free.  Only
 * framer_room() moves bytes, and only the head of a message that was cut late in the
 * buffer: a message handed out stays where it is until its owner asks for room again.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/framer.h"
#include "common/xmem.h"

#define FRAMER_START_SIZE 4096 /* bytes: the largest command of a cdc-wdm node */

struct framer {
	framer_scan_fn *scan;
	size_t max;
	uint8_t *buf;
	size_t size;
	size_t start;
	size_t end;
};

struct framer *
framer_new(framer_scan_fn *scan, size_t max)
{
	struct framer *f = xcalloc(1, sizeof(*f));

	f->scan = scan;
	f->max = max;
	f->size = max < FRAMER_START_SIZE ? max : FRAMER_START_SIZE;
	f->buf = xcalloc(1, f->size);
	return f;
}

uint8_t *
framer_room(struct framer *f, size_t *ret_len)
{
	/* rather move the head of one message than read the rest of it in crumbs */
	if (f->start > 0 && f->size - f->end < f->size / 2) {
		memmove(f->buf, f->buf + f->start, f->end - f->start);
		f->end -= f->start;
		f->start = 0;
	}
	*ret_len = f->size - f->end;
	return f->buf + f->end;
}

void
framer_added(struct framer *f, size_t len)
{
	f->end += len;
}

static int
resize(struct framer *f, size_t size)
{
	uint8_t *buf = realloc(f->buf, size);

	if (!buf)
		return -ENOMEM;
	f->buf = buf;
	f->size = size;
	return 0;
}

int
framer_reserve(struct framer *f, size_t len)
{
	if (len > f->max)
		len = f->max;
	return len > f->size ? resize(f, len) : 0;
}

/* The message at start fills the whole buffer and is not complete. */
static int
grow(struct framer *f)
{
	if (f->size == f->max)
		return -EMSGSIZE;
	return resize(f, f->size * 2 < f->max ? f->size * 2 : f->max);
}

int
framer_next(struct framer *f, uint8_t **ret_msg)
{
	size_t have = f->end - f->start;
	int n;

	if (have == 0) {
		f->start = f->end = 0;
		return 0;
	}
	n = f->scan(f->buf + f->start, have);
	if (n == 0 && have == f->size)
		return grow(f);
	if (n <= 0)
		return n;
	*ret_msg = f->buf + f->start;
	f->start += (size_t)n;
	return n;
}

size_t
framer_resync(struct framer *f)
{
	size_t before = framer_pending(f);

	while (f->start < f->end) {
		f->start++;
		if (f->start == f->end ||
		    f->scan(f->buf + f->start, f->end - f->start) >= 0)
			break;
	}
	return before - framer_pending(f);
}

const uint8_t *
framer_peek(const struct framer *f, size_t *ret_len)
{
	*ret_len = f->end - f->start;
	return f->buf + f->start;
}

size_t
framer_pending(const struct framer *f)
{
	return f->end - f->start;
}

void
framer_clear(struct framer *f)
{
	f->start = f->end = 0;
}

void
framer_free(struct framer *f)
{
	if (!f)
		return;
	free(f->buf);
	free(f);
}
