/* SPDX-License-Identifier: BSD-2-Clause */
/* Bounded reading and writing: every width, every edge. */
#include "config.h"

#include "tests/unit/check.h"

#include <string.h>

#include "common/cursor.h"

static const uint8_t bytes[] = {0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88, 0xff};

static void
reads_every_width(void **state)
{
	struct cursor c;
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	(void)state;
	cursor_init(&c, bytes, sizeof(bytes));
	assert_true(cursor_u8(&c, &u8));
	assert_int_equal(u8, 0x01);
	cursor_init(&c, bytes, sizeof(bytes));
	assert_true(cursor_u16le(&c, &u16));
	assert_int_equal(u16, 0x8201);
	assert_int_equal(cursor_left(&c), 7);
	cursor_init(&c, bytes, sizeof(bytes));
	assert_true(cursor_u16be(&c, &u16));
	assert_int_equal(u16, 0x0182);
	cursor_init(&c, bytes, sizeof(bytes));
	assert_true(cursor_u32le(&c, &u32));
	assert_int_equal(u32, 0x84038201);
	cursor_init(&c, bytes, sizeof(bytes));
	assert_true(cursor_u32be(&c, &u32));
	assert_int_equal(u32, 0x01820384);
	cursor_init(&c, bytes, sizeof(bytes));
	assert_true(cursor_u64le(&c, &u64));
	assert_true(u64 == 0x8807860584038201ull);
	assert_int_equal(cursor_left(&c), 1);
}

/* Each reader with one byte too few: false, value untouched, short for good. */
static void
a_short_read_is_sticky(void **state)
{
	struct cursor c;
	uint8_t u8 = 7;
	uint16_t u16 = 7;
	uint32_t u32 = 7;
	uint64_t u64 = 7;
	const uint8_t *p = NULL;

	(void)state;
	cursor_init(&c, bytes, 0);
	assert_false(cursor_u8(&c, &u8));
	cursor_init(&c, bytes, 1);
	assert_false(cursor_u16le(&c, &u16));
	cursor_init(&c, bytes, 1);
	assert_false(cursor_u16be(&c, &u16));
	cursor_init(&c, bytes, 3);
	assert_false(cursor_u32le(&c, &u32));
	cursor_init(&c, bytes, 3);
	assert_false(cursor_u32be(&c, &u32));
	cursor_init(&c, bytes, 7);
	assert_false(cursor_u64le(&c, &u64));
	assert_ptr_equal(c.pos, bytes);
	assert_false(cursor_ok(&c));
	assert_int_equal(cursor_left(&c), 0);
	assert_false(cursor_u8(&c, &u8));
	assert_false(cursor_skip(&c, 0));
	assert_false(cursor_bytes(&c, 1, &p));
	assert_int_equal(u8 + u16 + u32 + u64, 28);
	assert_null(p);
}

static void
bytes_and_skip_stop_at_the_end(void **state)
{
	struct cursor c;
	const uint8_t *p;

	(void)state;
	cursor_init(&c, bytes, sizeof(bytes));
	assert_true(cursor_skip(&c, 2));
	assert_true(cursor_bytes(&c, 3, &p));
	assert_ptr_equal(p, bytes + 2);
	assert_true(cursor_bytes(&c, 4, &p));
	assert_true(cursor_bytes(&c, 0, &p));
	assert_int_equal(cursor_left(&c), 0);
	assert_true(cursor_ok(&c));
	assert_false(cursor_bytes(&c, SIZE_MAX, &p));
	cursor_init(&c, bytes, sizeof(bytes));
	assert_false(cursor_skip(&c, sizeof(bytes) + 1));
}

static void
an_empty_range_without_address_is_fine(void **state)
{
	struct cursor c, child;
	const uint8_t *p;
	uint8_t u8;

	(void)state;
	cursor_init(&c, NULL, 0);
	assert_true(cursor_skip(&c, 0));
	assert_true(cursor_bytes(&c, 0, &p));
	assert_true(cursor_sub(&c, 0, &child));
	assert_true(cursor_ok(&c));
	assert_false(cursor_u8(&child, &u8));
}

static void
a_child_cannot_see_past_its_parent(void **state)
{
	struct cursor c, child, unborn = {0};
	uint16_t u16;
	uint8_t u8;

	(void)state;
	cursor_init(&c, bytes, sizeof(bytes));
	assert_true(cursor_sub(&c, 3, &child));
	assert_true(cursor_u16le(&child, &u16));
	assert_false(cursor_u16le(&child, &u16));
	assert_false(cursor_ok(&child));
	assert_true(cursor_ok(&c));
	assert_true(cursor_u8(&c, &u8));
	assert_int_equal(u8, 0x84);
	assert_false(cursor_sub(&c, 6, &unborn));
	assert_null(unborn.pos);
}

static void
writes_every_width(void **state)
{
	static const uint8_t want[] = {0x01, 0x03, 0x02, 0x07, 0x06, 0x05, 0x04, 0x0f,
	    0x0e, 0x0d, 0x0c, 0x0b, 0x0a, 0x09, 0x08, 0x02, 0x03, 0x04, 0x05, 0x06,
	    0x07, 'a', 'b', 0, 0};
	uint8_t buf[sizeof(want)];
	struct writer w;

	(void)state;
	writer_init(&w, buf, sizeof(buf));
	writer_u8(&w, 0x01);
	writer_u16le(&w, 0x0203);
	writer_u32le(&w, 0x04050607);
	writer_u64le(&w, 0x08090a0b0c0d0e0full);
	writer_u16be(&w, 0x0203);
	writer_u32be(&w, 0x04050607);
	writer_bytes(&w, "ab", 2);
	writer_zero(&w, 2);
	assert_true(writer_ok(&w));
	assert_int_equal(w.len, sizeof(want));
	assert_memory_equal(buf, want, sizeof(want));
}

/* Each write, one byte short of room: nothing is written then or later. */
static void
an_overflow_is_sticky(void **state)
{
	uint8_t buf[8], guard[8];
	struct writer w;

	(void)state;
	memset(buf, 0xee, sizeof(buf));
	memset(guard, 0xee, sizeof(guard));
	for (size_t room = 0; room < 8; room++) {
		writer_init(&w, buf, room);
		if (room < 1)
			writer_u8(&w, 0);
		else if (room < 2)
			writer_u16le(&w, 0);
		else if (room < 4)
			writer_u32be(&w, 0);
		else
			writer_u64le(&w, 0);
		assert_false(writer_ok(&w));
		writer_zero(&w, 1);
		writer_bytes(&w, "x", 1);
		writer_u16be(&w, 0);
		writer_u32le(&w, 0);
		assert_int_equal(w.len, 0);
		assert_memory_equal(buf, guard, sizeof(buf));
	}
	writer_init(&w, buf, sizeof(buf));
	writer_u8(&w, 0);
	writer_zero(&w, SIZE_MAX);
	assert_false(writer_ok(&w));
}

static void
marks_are_filled_later(void **state)
{
	static const uint8_t want[] = {0x02, 0x01, 0xaa, 0x06, 0x05, 0x04, 0x03};
	uint8_t buf[sizeof(want)];
	size_t m16, m32;
	struct writer w;

	(void)state;
	writer_init(&w, buf, sizeof(buf));
	m16 = writer_mark(&w, 2);
	writer_u8(&w, 0xaa);
	m32 = writer_mark(&w, 4);
	writer_fill_u32le(&w, m32, 0x03040506);
	writer_fill_u16le(&w, m16, 0x0102);
	assert_true(writer_ok(&w));
	assert_memory_equal(buf, want, sizeof(want));
	/* a mark whose place was never written is refused */
	writer_fill_u16le(&w, sizeof(buf) - 1, 0xffff);
	assert_false(writer_ok(&w));
	assert_memory_equal(buf, want, sizeof(want));
	writer_init(&w, buf, 1);
	m16 = writer_mark(&w, 2);
	writer_fill_u16le(&w, m16, 0xffff);
	assert_false(writer_ok(&w));
	assert_memory_equal(buf, want, sizeof(want));
}

static void
single_numbers_at_any_address(void **state)
{
	uint8_t buf[9];

	(void)state;
	for (size_t at = 0; at < 4; at++) {
		put_u32le(buf + at, 0xf1e2d3c4);
		assert_int_equal(get_u32le(buf + at), 0xf1e2d3c4);
		assert_int_equal(buf[at], 0xc4);
		put_u16le(buf + at, 0xfedc);
		assert_int_equal(get_u16le(buf + at), 0xfedc);
		assert_int_equal(buf[at], 0xdc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_every_width),
	    cmocka_unit_test(a_short_read_is_sticky),
	    cmocka_unit_test(bytes_and_skip_stop_at_the_end),
	    cmocka_unit_test(an_empty_range_without_address_is_fine),
	    cmocka_unit_test(a_child_cannot_see_past_its_parent),
	    cmocka_unit_test(writes_every_width),
	    cmocka_unit_test(an_overflow_is_sticky),
	    cmocka_unit_test(marks_are_filled_later),
	    cmocka_unit_test(single_numbers_at_any_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
