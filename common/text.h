/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line of text put together piece by piece in a buffer of the caller's.
 *
 * Always terminated (when the buffer has room for anything), never overrun; what does
 * not fit is cut and later pieces are dropped.
 */
#ifndef PDNMUX_COMMON_TEXT_H
#define PDNMUX_COMMON_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *buf;
	size_t size; /* of buf, with the NUL */
	size_t len;  /* of the text, without it */
};

void text_init(struct text *t, char *buf, size_t size);
/* True when nothing more will fit: a loop over a stranger's count may stop. */
bool text_full(const struct text *t);
void text_add(struct text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void text_vadd(struct text *t, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* "01 ff 20": hex bytes with spaces between. */
void text_hex(struct text *t, const uint8_t *bytes, size_t len);
/*
 * A stranger's characters: control characters and quotes become '?', and the whole is
 * put in quotes when it is empty or has a space in it.
 */
void text_chars(struct text *t, const uint8_t *chars, size_t len);

#endif
