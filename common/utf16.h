/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-16LE, as MBIM's strings are on the wire, from and to UTF-8. */
#ifndef PDNMUX_COMMON_UTF16_H
#define PDNMUX_COMMON_UTF16_H

#include "common/cursor.h"

/*
 * utf16_decode - all of c as UTF-8 in ret, terminated.
 *
 * size  of ret in bytes, 1 or more; text that does not fit is cut between characters.
 *
 * Trailing NULs are dropped; control characters become '?', half a surrogate pair
 * U+FFFD (the text is a stranger's).  False, ret untouched, for an odd byte count.
 */
bool utf16_decode(struct cursor *c, char *ret, size_t size);
/* Appends s without terminator; bytes that are no UTF-8 become U+FFFD. */
void utf16_encode(struct writer *w, const char *s);

#endif
