/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text in a fixed buffer.  The invariant is len < size, and buf[len] is NUL; a buffer
 * of size 0 holds nothing and is never touched.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

void
text_init(struct text *t, char *buf, size_t size)
{
	t->buf = buf;
	t->size = size;
	t->len = 0;
	if (size)
		buf[0] = '\0';
}

bool
text_full(const struct text *t)
{
	return t->len + 1 >= t->size;
}

void
text_vadd(struct text *t, const char *fmt, va_list ap)
{
	size_t room = t->size - t->len;
	int n;

	if (text_full(t))
		return;
	n = vsnprintf(t->buf + t->len, room, fmt, ap);
	if (n > 0)
		t->len += (size_t)n < room ? (size_t)n : room - 1;
}

void
text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vadd(t, fmt, ap);
	va_end(ap);
}

void
text_hex(struct text *t, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len && !text_full(t); i++)
		text_add(t, i ? " %02x" : "%02x", bytes[i]);
}

static char
shown(uint8_t ch)
{
	return ch < 0x20 || ch == 0x7f || ch == '"' ? '?' : (char)ch;
}

void
text_chars(struct text *t, const uint8_t *chars, size_t len)
{
	const char *quote = len == 0 || memchr(chars, ' ', len) ? "\"" : "";

	text_add(t, "%s", quote);
	for (size_t i = 0; i < len && !text_full(t); i++)
		text_add(t, "%c", shown(chars[i]));
	text_add(t, "%s", quote);
}
