/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "common/utf16.h"
#include "tests/modem/mbim_tlv.h"

#define PADDED_TO 4

/* Header with room for what is known when the data is written; returns its place. */
static size_t
begin(struct writer *w, uint16_t type)
{
	size_t at = writer_mark(w, 8);

	writer_fill_u16le(w, at, type);
	return at;
}

static void
end(struct writer *w, size_t at)
{
	size_t len = w->len - at - 8;
	size_t padding = (PADDED_TO - len % PADDED_TO) % PADDED_TO;

	writer_fill_u16le(w, at + 2, (uint16_t)(padding << 8)); /* reserved, padding */
	writer_fill_u32le(w, at + 4, (uint32_t)len);
	writer_zero(w, padding);
}

void
mbim_tlv_write_string(struct writer *w, const char *utf8)
{
	size_t at = begin(w, MBIM_TLV_WCHAR_STR);

	utf16_encode(w, utf8 ? utf8 : "");
	end(w, at);
}

void
mbim_tlv_write_u16s(struct writer *w, const uint16_t *values, size_t count)
{
	size_t at = begin(w, MBIM_TLV_UINT16_TBL);

	for (size_t i = 0; i < count; i++)
		writer_u16le(w, values[i]);
	end(w, at);
}

bool
mbim_tlv_read_string(
    struct cursor *c, char *ret, size_t size, size_t limit, bool *ret_too_long)
{
	uint8_t reserved, padding;
	struct cursor text;
	uint16_t type;
	uint32_t len;

	cursor_u16le(c, &type);
	cursor_u8(c, &reserved);
	cursor_u8(c, &padding);
	if (!cursor_u32le(c, &len) || type != MBIM_TLV_WCHAR_STR ||
	    padding >= PADDED_TO || !cursor_sub(c, len, &text) ||
	    !cursor_skip(c, padding) || !utf16_decode(&text, ret, size))
		return false;
	if (len > limit)
		*ret_too_long = true;
	return true;
}
