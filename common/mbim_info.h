/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Information buffers of MBIM: a fixed part of fields in order, and a data area that
 * they point into.
 *
 * Offsets count from the start of the enclosing structure: the buffer, or an element
 * of a list of references.  A reader proves each offset and size against the structure
 * it was cut from; a writer puts data in the order of the fields, padded to 4.  Both
 * fail stickily like the cursor below them, so that a structure is read or written
 * whole and checked once.  Source: reference/mbim.md 1.9.
 */
#ifndef PDNMUX_COMMON_MBIM_INFO_H
#define PDNMUX_COMMON_MBIM_INFO_H

#include <netinet/in.h>

#include "common/cursor.h"

/* Reading one structure; the bytes are borrowed. */
struct mbim_reader {
	struct cursor all;   /* the whole structure */
	struct cursor field; /* where the next field of the fixed part is */
	size_t fixed_len;    /* data must not begin before this */
	bool is_bad;         /* something was wrong; every later read fails */
};

/* fixed_len: bytes of the fixed part, without the pairs of a list of references. */
void mbim_reader_init(
    struct mbim_reader *r, const uint8_t *info, size_t len, size_t fixed_len);
/* True when nothing failed so far: a broken structure is INVALID_PARAMETERS. */
bool mbim_reader_ok(const struct mbim_reader *r);
bool mbim_read_u32(struct mbim_reader *r, uint32_t *ret);
bool mbim_read_u64(struct mbim_reader *r, uint64_t *ret);
/* len bytes of the fixed part itself, such as a UUID. */
bool mbim_read_inline(struct mbim_reader *r, size_t len, const uint8_t **ret);
/* An offset and size pair: what it points at; empty for size 0. */
bool mbim_read_ref(struct mbim_reader *r, struct cursor *ret);
/* A pair pointing at UTF-16LE, as UTF-8: see utf16_decode(). */
bool mbim_read_string(struct mbim_reader *r, char *ret, size_t size);
/*
 * mbim_read_grow - count items of item_len bytes each lie at the end of the fixed
 * part, which grows by them; false unless all of them are inside the structure.
 */
bool mbim_read_grow(struct mbim_reader *r, uint32_t count, size_t item_len);
/*
 * mbim_read_array - a count and an offset: that many elements of element_len bytes.
 * *ret covers exactly the elements; *ret_count is 0 for an absent array.
 */
bool mbim_read_array(
    struct mbim_reader *r, size_t element_len, uint32_t *ret_count, struct cursor *ret);
/* An offset without size, 0 for "absent"; *ret is empty then. */
bool mbim_read_offset(struct mbim_reader *r, size_t len, struct cursor *ret);

/* Writing one structure at the end of *w. */
struct mbim_writer {
	struct writer *w; /* borrowed */
	size_t base;      /* where the structure begins in it */
	size_t field;     /* where the next field of the fixed part goes */
};

/* fixed_len: all of the fixed part, pairs of a list of references included. */
void mbim_writer_init(struct mbim_writer *m, struct writer *w, size_t fixed_len);
void mbim_write_u32(struct mbim_writer *m, uint32_t v);
void mbim_write_u64(struct mbim_writer *m, uint64_t v);
void mbim_write_inline(struct mbim_writer *m, const void *bytes, size_t len);
/* A pair and its data; 0, 0 for len 0. */
void mbim_write_ref(struct mbim_writer *m, const void *bytes, size_t len);
/* UTF-8 in, a pair and UTF-16LE out; NULL and "" are absent. */
void mbim_write_string(struct mbim_writer *m, const char *utf8);
/* A count and an offset and the elements, all of which are count * element_len bytes.
 */
void mbim_write_array(
    struct mbim_writer *m, const void *elements, uint32_t count, size_t element_len);
/* An offset without size; NULL is absent. */
void mbim_write_offset(struct mbim_writer *m, const void *bytes, size_t len);
/*
 * An element of a list of references: begin it here, init another mbim_writer on the
 * same struct writer, fill it, then end it with what begin returned.
 */
size_t mbim_write_element_begin(struct mbim_writer *m);
void mbim_write_element_end(struct mbim_writer *m, size_t begin);

#endif
