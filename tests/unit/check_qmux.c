/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a frame ends, over every worked frame and every way to cut it. */
#include "config.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/qmux.h"
#include "tests/unit/frames.h"

static void
a_whole_frame_is_found(void **state)
{
	(void)state;
	assert_int_equal(frames_count, 37);
	for (size_t i = 0; i < frames_count; i++)
		assert_int_equal(
		    qmux_scan(frames[i].bytes, frames[i].len), frames[i].len);
}

/* The prefix lies in memory of its own size, so that a read past it is caught. */
static void
every_prefix_needs_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < frames_count; i++) {
		for (size_t len = 0; len < frames[i].len; len++) {
			uint8_t *copy = malloc(len ? len : 1);

			assert_non_null(copy);
			memcpy(copy, frames[i].bytes, len);
			assert_int_equal(qmux_scan(copy, len), 0);
			free(copy);
		}
	}
}

static void
what_follows_a_frame_is_not_looked_at(void **state)
{
	uint8_t buf[FRAME_BYTES_MAX + 1];

	(void)state;
	for (size_t i = 0; i < frames_count; i++) {
		memcpy(buf, frames[i].bytes, frames[i].len);
		buf[frames[i].len] = 0x55;
		assert_int_equal(qmux_scan(buf, frames[i].len + 1), frames[i].len);
	}
}

static void
lost_framing_is_said_at_the_first_byte(void **state)
{
	uint8_t buf[12] = {0};

	(void)state;
	for (unsigned marker = 0; marker <= 0xff; marker++) {
		buf[0] = (uint8_t)marker;
		assert_int_equal(
		    qmux_scan(buf, 1), marker == QMUX_MARKER ? 0 : -EPROTO);
	}
}

static void
a_length_has_limits(void **state)
{
	static uint8_t buf[QMUX_FRAME_MAX];

	(void)state;
	buf[0] = QMUX_MARKER;
	for (unsigned len = 0; len < 11; len++) {
		buf[1] = (uint8_t)len;
		assert_int_equal(qmux_scan(buf, 3), -EPROTO);
		assert_int_equal(qmux_scan(buf, sizeof(buf)), -EPROTO);
	}
	buf[1] = 11;
	assert_int_equal(qmux_scan(buf, 3), 0);
	assert_int_equal(qmux_scan(buf, sizeof(buf)), 12);
	buf[1] = buf[2] = 0xff;
	assert_int_equal(qmux_scan(buf, sizeof(buf) - 1), 0);
	assert_int_equal(qmux_scan(buf, sizeof(buf)), QMUX_FRAME_MAX);
}

/* A generator of our own: the same chunks on every machine and every run. */
static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Takes whole frames off the front of buf, checking each; returns what is left. */
static size_t
drain(uint8_t *buf, size_t len, size_t *index, size_t first)
{
	for (;;) {
		const struct frame *want = &frames[(first + *index) % frames_count];
		int n = qmux_scan(buf, len);

		assert_true(n >= 0);
		if (n == 0)
			return len;
		assert_int_equal(n, want->len);
		assert_memory_equal(buf, want->bytes, want->len);
		(*index)++;
		len -= (size_t)n;
		memmove(buf, buf + n, len);
	}
}

static void
ten_frames_in_random_chunks_are_ten(void **state)
{
	uint8_t stream[10 * FRAME_BYTES_MAX], buf[sizeof(stream)];
	uint32_t seed = 20240601;

	(void)state;
	for (size_t round = 0; round < 500; round++) {
		size_t total = 0, have = 0, at = 0, index = 0;

		for (size_t i = 0; i < 10; i++) {
			const struct frame *f = &frames[(round + i) % frames_count];

			memcpy(stream + total, f->bytes, f->len);
			total += f->len;
		}
		while (at < total) {
			size_t chunk = 1 + next_random(&seed) % 90;

			if (chunk > total - at)
				chunk = total - at;
			memcpy(buf + have, stream + at, chunk);
			at += chunk;
			have = drain(buf, have + chunk, &index, round);
		}
		assert_int_equal(index, 10);
		assert_int_equal(have, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_whole_frame_is_found),
	    cmocka_unit_test(every_prefix_needs_more),
	    cmocka_unit_test(what_follows_a_frame_is_not_looked_at),
	    cmocka_unit_test(lost_framing_is_said_at_the_first_byte),
	    cmocka_unit_test(a_length_has_limits),
	    cmocka_unit_test(ten_frames_in_random_chunks_are_ten),
	};

	return cmocka_run_group_tests(tests, frames_setup, frames_teardown);
}
