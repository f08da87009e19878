/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UTF-16LE from and to UTF-8.
 *
 * One character at a time through its code point, so that a pair of surrogates is
 * never cut in two and nothing that is not a character goes any further.
 */
#include "config.h"

#include "common/utf16.h"

#define NOT_A_CHARACTER 0xfffd

static bool
is_high(uint32_t u)
{
	return u >= 0xd800 && u < 0xdc00;
}

static bool
is_low(uint32_t u)
{
	return u >= 0xdc00 && u < 0xe000;
}

static bool
next_point(struct cursor *c, uint32_t *ret)
{
	struct cursor ahead;
	uint16_t unit, low;

	if (!cursor_u16le(c, &unit))
		return false;
	*ret = unit;
	if (is_low(unit))
		*ret = NOT_A_CHARACTER;
	if (!is_high(unit))
		return true;
	*ret = NOT_A_CHARACTER;
	ahead = *c;
	if (cursor_u16le(&ahead, &low) && is_low(low)) {
		*ret = 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (low - 0xdc00u);
		*c = ahead;
	}
	return true;
}

/* Writes all bytes of one character or none. */
static bool
put_utf8(struct writer *w, uint32_t p)
{
	size_t more = p < 0x80 ? 0 : p < 0x800 ? 1 : p < 0x10000 ? 2 : 3;
	static const uint8_t lead[] = {0x00, 0xc0, 0xe0, 0xf0};

	if (w->len + more + 1 > w->cap)
		return false;
	writer_u8(w, (uint8_t)(lead[more] | p >> 6 * more));
	while (more-- > 0)
		writer_u8(w, (uint8_t)(0x80 | (p >> 6 * more & 0x3f)));
	return true;
}

bool
utf16_decode(struct cursor *c, char *ret, size_t size)
{
	uint32_t p, nuls = 0;
	struct writer w;

	if (cursor_left(c) % 2)
		return false;
	writer_init(&w, ret, size - 1);
	while (next_point(c, &p)) {
		if (p == 0) {
			nuls++;
			continue;
		}
		while (nuls > 0 && put_utf8(&w, '?'))
			nuls--;
		if (p < 0x20 || (p >= 0x7f && p < 0xa0))
			p = '?';
		if (!put_utf8(&w, p))
			break;
	}
	ret[w.len] = '\0';
	return true;
}

/* The code point at s and how many bytes it takes. */
static size_t
take_utf8(const unsigned char *s, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	size_t more = s[0] < 0x80 ? 0 : s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : 1;
	uint32_t p = more ? s[0] & (0x3fu >> more) : s[0];

	*ret = NOT_A_CHARACTER;
	if ((s[0] >= 0x80 && s[0] < 0xc0) || s[0] > 0xf4)
		return 1;
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 1;
		p = p << 6 | (s[i] & 0x3fu);
	}
	if (p >= least[more] && p <= 0x10ffff && !is_high(p) && !is_low(p))
		*ret = p;
	return more + 1;
}

void
utf16_encode(struct writer *w, const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	while (*u) {
		uint32_t p;

		u += take_utf8(u, &p);
		if (p < 0x10000) {
			writer_u16le(w, (uint16_t)p);
			continue;
		}
		p -= 0x10000;
		writer_u16le(w, (uint16_t)(0xd800 + (p >> 10)));
		writer_u16le(w, (uint16_t)(0xdc00 + (p & 0x3ff)));
	}
}
