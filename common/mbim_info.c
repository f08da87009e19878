/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Information buffers: the fixed part and the data area behind it.
 *
 * A reader keeps two cursors over the same structure, one that walks the fixed part
 * and one from which the data of each field is cut; so an offset can only ever show
 * bytes of its own structure, and never bytes of the fixed part.
 */
#include "config.h"

#include "common/mbim_info.h"
#include "common/utf16.h"

void
mbim_reader_init(
    struct mbim_reader *r, const uint8_t *info, size_t len, size_t fixed_len)
{
	cursor_init(&r->all, info, len);
	r->field = r->all;
	r->fixed_len = fixed_len;
	r->is_bad = len < fixed_len;
}

bool
mbim_reader_ok(const struct mbim_reader *r)
{
	return !r->is_bad;
}

/* Notes a failure for good. */
static bool
read_result(struct mbim_reader *r, bool good)
{
	if (!good)
		r->is_bad = true;
	return good;
}

bool
mbim_read_u32(struct mbim_reader *r, uint32_t *ret)
{
	return read_result(r, !r->is_bad && cursor_u32le(&r->field, ret));
}

bool
mbim_read_u64(struct mbim_reader *r, uint64_t *ret)
{
	return read_result(r, !r->is_bad && cursor_u64le(&r->field, ret));
}

bool
mbim_read_inline(struct mbim_reader *r, size_t len, const uint8_t **ret)
{
	return read_result(r, !r->is_bad && cursor_bytes(&r->field, len, ret));
}

static bool
cut(struct mbim_reader *r, uint32_t offset, size_t len, struct cursor *ret)
{
	struct cursor c = r->all;

	if (len == 0) {
		cursor_init(ret, r->all.pos, 0);
		return true;
	}
	return offset >= r->fixed_len && cursor_skip(&c, offset) &&
	       cursor_sub(&c, len, ret);
}

bool
mbim_read_ref(struct mbim_reader *r, struct cursor *ret)
{
	uint32_t offset, size;

	if (!mbim_read_u32(r, &offset) || !mbim_read_u32(r, &size))
		return false;
	return read_result(r, cut(r, offset, size, ret));
}

bool
mbim_read_string(struct mbim_reader *r, char *ret, size_t size)
{
	struct cursor c;

	if (!mbim_read_ref(r, &c))
		return false;
	return read_result(r, utf16_decode(&c, ret, size));
}

bool
mbim_read_grow(struct mbim_reader *r, uint32_t count, size_t item_len)
{
	size_t room = cursor_left(&r->all);

	if (r->is_bad || count > (room - r->fixed_len) / item_len)
		return read_result(r, false);
	r->fixed_len += count * item_len;
	return true;
}

bool
mbim_read_array(
    struct mbim_reader *r, size_t element_len, uint32_t *ret_count, struct cursor *ret)
{
	uint32_t count, offset;

	if (!mbim_read_u32(r, &count) || !mbim_read_u32(r, &offset))
		return false;
	if (count > cursor_left(&r->all) / element_len ||
	    !cut(r, offset, count * element_len, ret))
		return read_result(r, false);
	*ret_count = count;
	return true;
}

bool
mbim_read_offset(struct mbim_reader *r, size_t len, struct cursor *ret)
{
	uint32_t offset;

	if (!mbim_read_u32(r, &offset))
		return false;
	return read_result(r, cut(r, offset, offset ? len : 0, ret));
}

void
mbim_writer_init(struct mbim_writer *m, struct writer *w, size_t fixed_len)
{
	m->w = w;
	m->base = w->len;
	m->field = w->len;
	writer_zero(w, fixed_len);
}

void
mbim_write_u32(struct mbim_writer *m, uint32_t v)
{
	writer_fill_u32le(m->w, m->field, v);
	m->field += 4;
}

void
mbim_write_u64(struct mbim_writer *m, uint64_t v)
{
	mbim_write_u32(m, (uint32_t)v);
	mbim_write_u32(m, (uint32_t)(v >> 32));
}

void
mbim_write_inline(struct mbim_writer *m, const void *bytes, size_t len)
{
	struct writer in;

	if (writer_ok(m->w)) {
		writer_init(&in, m->w->buf + m->field, m->w->len - m->field);
		writer_bytes(&in, bytes, len);
		if (!writer_ok(&in))
			m->w->overflow = true;
	}
	m->field += len;
}

static void
pad(struct mbim_writer *m)
{
	writer_zero(m->w, (4 - (m->w->len - m->base) % 4) % 4);
}

/* Where data that is written next will be, as a field says it. */
static uint32_t
data_offset(const struct mbim_writer *m)
{
	return (uint32_t)(m->w->len - m->base);
}

void
mbim_write_ref(struct mbim_writer *m, const void *bytes, size_t len)
{
	mbim_write_u32(m, len ? data_offset(m) : 0);
	mbim_write_u32(m, (uint32_t)len);
	if (len)
		writer_bytes(m->w, bytes, len);
	pad(m);
}

void
mbim_write_string(struct mbim_writer *m, const char *utf8)
{
	size_t begin = mbim_write_element_begin(m);

	utf16_encode(m->w, utf8 ? utf8 : "");
	mbim_write_element_end(m, begin);
}

void
mbim_write_array(
    struct mbim_writer *m, const void *elements, uint32_t count, size_t element_len)
{
	mbim_write_u32(m, count);
	mbim_write_offset(m, count ? elements : NULL, count * element_len);
}

void
mbim_write_offset(struct mbim_writer *m, const void *bytes, size_t len)
{
	mbim_write_u32(m, bytes ? data_offset(m) : 0);
	if (bytes)
		writer_bytes(m->w, bytes, len);
	pad(m);
}

size_t
mbim_write_element_begin(struct mbim_writer *m)
{
	return m->w->len;
}

void
mbim_write_element_end(struct mbim_writer *m, size_t begin)
{
	size_t len = m->w->len - begin;

	mbim_write_u32(m, len ? (uint32_t)(begin - m->base) : 0);
	mbim_write_u32(m, (uint32_t)len);
	pad(m);
}
