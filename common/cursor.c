/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounded reading and writing.
 *
 * Owns nothing: both kinds of position borrow their range.  The invariant is that
 * cursor.pos never passes cursor.end and writer.len never passes writer.cap; every
 * function here either proves room first or changes only the sticky failure flag.
 * Numbers are put together byte by byte, which compilers turn into one load or store
 * where the machine allows it and which is right on every machine where it does not.
 */
#include "config.h"

#include <string.h>

#include "common/cursor.h"

void
cursor_init(struct cursor *c, const void *buf, size_t len)
{
	c->pos = buf;
	c->end = len ? c->pos + len : c->pos;
	c->is_short = false;
}

size_t
cursor_left(const struct cursor *c)
{
	return c->is_short ? 0 : (size_t)(c->end - c->pos);
}

bool
cursor_ok(const struct cursor *c)
{
	return !c->is_short;
}

/* The next len bytes, and the cursor moved past them; NULL when they are not there. */
static const uint8_t *
cursor_take(struct cursor *c, size_t len)
{
	const uint8_t *p = c->pos;

	if (c->is_short || (size_t)(c->end - p) < len) {
		c->is_short = true;
		return NULL;
	}
	if (len)
		c->pos = p + len;
	return p;
}

bool
cursor_u8(struct cursor *c, uint8_t *ret)
{
	const uint8_t *p = cursor_take(c, 1);

	if (!p)
		return false;
	*ret = p[0];
	return true;
}

bool
cursor_u16le(struct cursor *c, uint16_t *ret)
{
	const uint8_t *p = cursor_take(c, 2);

	if (!p)
		return false;
	*ret = get_u16le(p);
	return true;
}

bool
cursor_u32le(struct cursor *c, uint32_t *ret)
{
	const uint8_t *p = cursor_take(c, 4);

	if (!p)
		return false;
	*ret = get_u32le(p);
	return true;
}

bool
cursor_u64le(struct cursor *c, uint64_t *ret)
{
	const uint8_t *p = cursor_take(c, 8);

	if (!p)
		return false;
	*ret = get_u32le(p) | (uint64_t)get_u32le(p + 4) << 32;
	return true;
}

bool
cursor_u16be(struct cursor *c, uint16_t *ret)
{
	const uint8_t *p = cursor_take(c, 2);

	if (!p)
		return false;
	*ret = (uint16_t)(p[0] << 8 | p[1]);
	return true;
}

bool
cursor_u32be(struct cursor *c, uint32_t *ret)
{
	const uint8_t *p = cursor_take(c, 4);

	if (!p)
		return false;
	*ret = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return true;
}

bool
cursor_bytes(struct cursor *c, size_t len, const uint8_t **ret)
{
	if (!cursor_skip(c, len))
		return false;
	*ret = len ? c->pos - len : c->pos;
	return true;
}

bool
cursor_skip(struct cursor *c, size_t len)
{
	/* an empty range may have no address at all, so the flag is the answer */
	cursor_take(c, len);
	return !c->is_short;
}

bool
cursor_sub(struct cursor *c, size_t len, struct cursor *ret)
{
	const uint8_t *p;

	if (!cursor_bytes(c, len, &p))
		return false;
	cursor_init(ret, p, len);
	return true;
}

void
writer_init(struct writer *w, void *buf, size_t cap)
{
	w->buf = buf;
	w->cap = cap;
	w->len = 0;
	w->overflow = false;
}

bool
writer_ok(const struct writer *w)
{
	return !w->overflow;
}

/* Room for len bytes, counted as written; NULL when it does not fit. */
static uint8_t *
writer_take(struct writer *w, size_t len)
{
	uint8_t *p;

	if (w->overflow || w->cap - w->len < len) {
		w->overflow = true;
		return NULL;
	}
	if (!len)
		return NULL;
	p = w->buf + w->len;
	w->len += len;
	return p;
}

void
writer_u8(struct writer *w, uint8_t v)
{
	uint8_t *p = writer_take(w, 1);

	if (p)
		p[0] = v;
}

void
writer_u16le(struct writer *w, uint16_t v)
{
	uint8_t *p = writer_take(w, 2);

	if (p)
		put_u16le(p, v);
}

void
writer_u32le(struct writer *w, uint32_t v)
{
	uint8_t *p = writer_take(w, 4);

	if (p)
		put_u32le(p, v);
}

void
writer_u64le(struct writer *w, uint64_t v)
{
	uint8_t *p = writer_take(w, 8);

	if (!p)
		return;
	put_u32le(p, (uint32_t)v);
	put_u32le(p + 4, (uint32_t)(v >> 32));
}

void
writer_u16be(struct writer *w, uint16_t v)
{
	uint8_t *p = writer_take(w, 2);

	if (!p)
		return;
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
writer_u32be(struct writer *w, uint32_t v)
{
	uint8_t *p = writer_take(w, 4);

	if (!p)
		return;
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

void
writer_bytes(struct writer *w, const void *bytes, size_t len)
{
	uint8_t *p = writer_take(w, len);

	if (p)
		memcpy(p, bytes, len);
}

void
writer_zero(struct writer *w, size_t len)
{
	uint8_t *p = writer_take(w, len);

	if (p)
		memset(p, 0, len);
}

size_t
writer_mark(struct writer *w, size_t len)
{
	size_t mark = w->len;

	writer_zero(w, len);
	return mark;
}

/* Where a marked number of len bytes goes; NULL when its place was never written. */
static uint8_t *
writer_marked(struct writer *w, size_t mark, size_t len)
{
	if (w->overflow || w->len < len || mark > w->len - len) {
		w->overflow = true;
		return NULL;
	}
	return w->buf + mark;
}

void
writer_fill_u16le(struct writer *w, size_t mark, uint16_t v)
{
	uint8_t *p = writer_marked(w, mark, 2);

	if (p)
		put_u16le(p, v);
}

void
writer_fill_u32le(struct writer *w, size_t mark, uint32_t v)
{
	uint8_t *p = writer_marked(w, mark, 4);

	if (p)
		put_u32le(p, v);
}

uint16_t
get_u16le(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t
get_u32le(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void
put_u16le(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

void
put_u32le(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}
