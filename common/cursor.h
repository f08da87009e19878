/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounds-checked reading or writing position over one byte range.
 *
 * Every byte that comes from a stranger is read through a struct cursor and every
 * byte we send is written through a struct writer; nothing else in the tree does
 * pointer arithmetic on a message.  Both fail stickily: a read past the end moves
 * nothing, returns false and leaves the cursor short for good, so that a parser may
 * read a whole structure and check once.  A child range is cut from its parent with
 * cursor_sub() and cannot see past it.  No access needs alignment.
 */
#ifndef PDNMUX_COMMON_CURSOR_H
#define PDNMUX_COMMON_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reading.  The bytes are borrowed and must outlive the cursor. */
struct cursor {
	const uint8_t *pos;
	const uint8_t *end;
	bool is_short; /* a read failed; every later one fails too */
};

void cursor_init(struct cursor *c, const void *buf, size_t len);
/* Bytes left; 0 when short. */
size_t cursor_left(const struct cursor *c);
/* True when nothing failed so far. */
bool cursor_ok(const struct cursor *c);

/* Each reads one number in the named byte order; *ret is untouched on failure. */
bool cursor_u8(struct cursor *c, uint8_t *ret);
bool cursor_u16le(struct cursor *c, uint16_t *ret);
bool cursor_u32le(struct cursor *c, uint32_t *ret);
bool cursor_u64le(struct cursor *c, uint64_t *ret);
bool cursor_u16be(struct cursor *c, uint16_t *ret);
bool cursor_u32be(struct cursor *c, uint32_t *ret);
/* Borrows len bytes of the range through *ret. */
bool cursor_bytes(struct cursor *c, size_t len, const uint8_t **ret);
bool cursor_skip(struct cursor *c, size_t len);
/* Cuts a child of len bytes and moves past it. */
bool cursor_sub(struct cursor *c, size_t len, struct cursor *ret);

/* Writing into a buffer of the caller's; len counts what was written. */
struct writer {
	uint8_t *buf;
	size_t cap;
	size_t len;
	bool overflow; /* something did not fit; every later write is ignored */
};

void writer_init(struct writer *w, void *buf, size_t cap);
bool writer_ok(const struct writer *w);
void writer_u8(struct writer *w, uint8_t v);
void writer_u16le(struct writer *w, uint16_t v);
void writer_u32le(struct writer *w, uint32_t v);
void writer_u64le(struct writer *w, uint64_t v);
void writer_u16be(struct writer *w, uint16_t v);
void writer_u32be(struct writer *w, uint32_t v);
void writer_bytes(struct writer *w, const void *bytes, size_t len);
void writer_zero(struct writer *w, size_t len);
/* Leaves room for a number that is known later; give the mark to writer_fill_*(). */
size_t writer_mark(struct writer *w, size_t len);
void writer_fill_u16le(struct writer *w, size_t mark, uint16_t v);
void writer_fill_u32le(struct writer *w, size_t mark, uint32_t v);

/* Single numbers in a buffer whose bounds the caller has already proved. */
uint16_t get_u16le(const uint8_t *p);
uint32_t get_u32le(const uint8_t *p);
void put_u16le(uint8_t *p, uint16_t v);
void put_u32le(uint8_t *p, uint32_t v);

#endif
