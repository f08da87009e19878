/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages out of a stream: any chunks, large ones, too large ones, lost framing. */
#include "config.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/framer.h"
#include "common/qmux.h"
#include "tests/unit/frames.h"

/* Puts bytes in as a reader would, at most as many as there is room for. */
static size_t
feed(struct framer *f, const uint8_t *bytes, size_t len)
{
	size_t room;
	uint8_t *to = framer_room(f, &room);

	assert_true(room > 0);
	if (len > room)
		len = room;
	memcpy(to, bytes, len);
	framer_added(f, len);
	return len;
}

static void
every_chunk_size_gives_every_frame(void **state)
{
	size_t total = 0;
	uint8_t *stream, *msg;

	(void)state;
	stream = malloc(frames_count * FRAME_BYTES_MAX);
	assert_non_null(stream);
	for (size_t i = 0; i < frames_count; i++) {
		memcpy(stream + total, frames[i].bytes, frames[i].len);
		total += frames[i].len;
	}
	for (size_t chunk = 1; chunk <= total; chunk += 1 + chunk / 8) {
		/* smaller than the stream and larger than each frame: it must slide */
		struct framer *f = framer_new(qmux_scan, 300);
		size_t at = 0, index = 0;

		while (at < total) {
			size_t len = chunk < total - at ? chunk : total - at;
			int n;

			at += feed(f, stream + at, len);
			while ((n = framer_next(f, &msg)) > 0) {
				assert_int_equal(n, frames[index].len);
				assert_memory_equal(
				    msg, frames[index].bytes, (size_t)n);
				index++;
			}
			assert_int_equal(n, 0);
		}
		assert_int_equal(index, frames_count);
		assert_int_equal(framer_pending(f), 0);
		framer_free(f);
	}
	free(stream);
}

static void
fill_frame(uint8_t *buf, size_t len)
{
	memset(buf, 0x5a, len);
	buf[0] = QMUX_MARKER;
	buf[1] = (uint8_t)(len - 1);
	buf[2] = (uint8_t)((len - 1) >> 8);
}

static void
it_grows_to_its_limit_and_no_further(void **state)
{
	static uint8_t big[QMUX_FRAME_MAX];
	struct framer *f = framer_new(qmux_scan, 60000);
	uint8_t *msg;
	size_t at;
	int n = 0;

	(void)state;
	fill_frame(big, 60000);
	for (at = 0; at < 60000 && n == 0;) {
		at += feed(f, big + at, 60000 - at);
		n = framer_next(f, &msg);
	}
	assert_int_equal(n, 60000);
	assert_memory_equal(msg, big, 60000);
	fill_frame(big, 60001);
	n = framer_next(f, &msg);
	assert_int_equal(n, 0);
	for (at = 0; at < 60001 && n == 0;) {
		at += feed(f, big + at, 60001 - at);
		n = framer_next(f, &msg);
	}
	assert_int_equal(n, -EMSGSIZE);
	assert_int_equal(framer_next(f, &msg), -EMSGSIZE);
	framer_free(f);
}

static void
lost_framing_is_said_until_resync(void **state)
{
	static const uint8_t bytes[] = {
	    0xee, 0xee, 0x01, 0x05, 0x00, 0x01, 0x0b, 0, 0, 0, 0, 0, 1, 0x27, 0, 0, 0};
	struct framer *f = framer_new(qmux_scan, QMUX_FRAME_MAX);
	uint8_t *msg;

	(void)state;
	feed(f, bytes, sizeof(bytes));
	assert_int_equal(framer_next(f, &msg), -EPROTO);
	assert_int_equal(framer_next(f, &msg), -EPROTO);
	/* a marker with an impossible length is skipped as well */
	assert_int_equal(framer_resync(f), 5);
	assert_int_equal(framer_next(f, &msg), 12);
	assert_memory_equal(msg, bytes + 5, 12);
	assert_int_equal(framer_next(f, &msg), 0);
	feed(f, bytes, 2);
	assert_int_equal(framer_next(f, &msg), -EPROTO);
	assert_int_equal(framer_resync(f), 2);
	assert_int_equal(framer_resync(f), 0);
	assert_int_equal(framer_next(f, &msg), 0);
	feed(f, bytes + 5, 7);
	assert_int_equal(framer_pending(f), 7);
	framer_clear(f);
	assert_int_equal(framer_pending(f), 0);
	feed(f, bytes + 5, 12);
	assert_int_equal(framer_next(f, &msg), 12);
	framer_free(f);
	framer_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_chunk_size_gives_every_frame),
	    cmocka_unit_test(it_grows_to_its_limit_and_no_further),
	    cmocka_unit_test(lost_framing_is_said_until_resync),
	};

	return cmocka_run_group_tests(tests, frames_setup, frames_teardown);
}
