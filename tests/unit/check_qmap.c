/* SPDX-License-Identifier: BSD-2-Clause */
/* QMAP as the module reads and writes it: frames made by hand, and broken ones. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/modem/inet_checksum.h"
#include "tests/modem/qmap.h"
#include "tests/unit/check.h"
#include "tests/unit/frames.h"

#define SEEN_MAX 64

static const struct qmap_format v1 = {.protocol = QMAP_PROTOCOL_V1};
static const struct qmap_format v4 = {.protocol = QMAP_PROTOCOL_V4};
static const struct qmap_format v5 = {.protocol = QMAP_PROTOCOL_V5};

struct seen {
	unsigned count;
	uint8_t mux_id[SEEN_MAX];
	uint8_t bytes[SEEN_MAX][FRAME_BYTES_MAX];
	size_t len[SEEN_MAX];
};

static int
setup(void **state)
{
	(void)state;
	frames = frames_load("qmap.hex", &frames_count);
	return 0;
}

static void
seen_cb(void *arg, uint8_t mux_id, const uint8_t *ip, size_t len)
{
	struct seen *s = arg;

	assert_true(s->count < SEEN_MAX && len <= FRAME_BYTES_MAX);
	s->mux_id[s->count] = mux_id;
	memcpy(s->bytes[s->count], ip, len);
	s->len[s->count++] = len;
}

/* Parses a copy, since the reader writes checksums. */
static int
parse(const void *bytes, size_t len, const struct qmap_format *format, struct seen *s,
    struct qmap_faults *f)
{
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	memset(s, 0, sizeof(*s));
	memset(f, 0, sizeof(*f));
	int n = qmap_parse(copy, len, format, seen_cb, s, f);
	free(copy);
	return n;
}

static int
parse_named(const char *name, const struct qmap_format *format, struct seen *s,
    struct qmap_faults *f)
{
	const struct frame *frame = frame_named(name);

	return parse(frame->bytes, frame->len, format, s, f);
}

static void
assert_packet(const struct seen *s, unsigned i, uint8_t mux_id, const char *name)
{
	const struct frame *frame = frame_named(name);

	assert_true(i < s->count);
	assert_int_equal(s->mux_id[i], mux_id);
	assert_int_equal(s->len[i], frame->len);
	assert_memory_equal(s->bytes[i], frame->bytes, frame->len);
}

static void
assert_clean(const struct qmap_faults *f)
{
	assert_int_equal(f->commands + f->bad_frames + f->bad_packets + f->surplus, 0);
}

static void
test_v1(void **state)
{
	struct qmap_faults f;
	struct seen s;

	(void)state;
	assert_int_equal(parse_named("v1 uplink", &v1, &s, &f), 1);
	assert_packet(&s, 0, 0x81, "udp");
	assert_int_equal(parse_named("v1 uplink two", &v1, &s, &f), 2);
	assert_packet(&s, 0, 0x82, "tcp6");
	assert_packet(&s, 1, 0x81, "udp");
	assert_clean(&f);
}

static void
test_command_ignored(void **state)
{
	struct qmap_faults f;
	struct seen s;

	(void)state;
	assert_int_equal(parse_named("v1 uplink command", &v1, &s, &f), 1);
	assert_packet(&s, 0, 0x81, "udp");
	assert_int_equal(f.commands, 1);
	assert_int_equal(f.bad_frames, 0);
}

/* The checksum that the host left out is the one it would have computed. */
static void
test_checksum_completed(void **state)
{
	struct qmap_faults f;
	struct seen s;

	(void)state;
	assert_int_equal(parse_named("v4 uplink", &v4, &s, &f), 1);
	assert_packet(&s, 0, 0x81, "udp");
	assert_clean(&f);
	assert_int_equal(parse_named("v5 uplink", &v5, &s, &f), 1);
	assert_packet(&s, 0, 0x81, "udp");
	assert_clean(&f);
	assert_int_equal(parse_named("v4 uplink no offload", &v4, &s, &f), 1);
	assert_packet(&s, 0, 0x82, "tcp6");
	assert_clean(&f);
}

/* v4 sums what it is told to: with another start in the field it comes out wrong. */
static void
test_v4_wrong_field(void **state)
{
	struct frame frame = *frame_named("v4 uplink");
	struct inet_transport t;
	struct qmap_faults f;
	struct seen s;

	(void)state;
	frame.bytes[8 + 26] ^= 0x01;
	assert_int_equal(parse(frame.bytes, frame.len, &v4, &s, &f), 1);
	assert_true(inet_transport(s.bytes[0], s.len[0], &t));
	assert_false(inet_transport_valid(s.bytes[0], &t));
	frame.bytes[5] = 36; /* the sum would begin at the last byte but one ... */
	assert_int_equal(parse(frame.bytes, frame.len, &v4, &s, &f), 0);
	assert_int_equal(f.bad_packets, 1); /* ... and its place lie outside */
	frame.bytes[5] = 0;                 /* into the IP header, as the fuzzer did */
	assert_int_equal(parse(frame.bytes, frame.len, &v4, &s, &f), 0);
	assert_int_equal(f.bad_packets, 1);
}

/* A version other than the negotiated one costs the aggregate and is counted. */
static void
test_wrong_version(void **state)
{
	struct qmap_faults f;
	struct seen s;

	(void)state;
	assert_int_equal(parse_named("v5 uplink", &v1, &s, &f), 0);
	assert_int_equal(f.bad_frames, 1);
	assert_int_equal(parse_named("v1 uplink two", &v5, &s, &f), 0);
	assert_int_equal(f.bad_frames, 1);
	assert_int_equal(parse_named("v4 uplink", &v1, &s, &f), 0);
	assert_int_equal(f.bad_packets + f.bad_frames, 2); /* lost step with it */
	assert_int_equal(parse_named("udp", &v1, &s, &f), 0);
	assert_int_equal(f.bad_frames, 1);
}

static void
test_limits(void **state)
{
	struct qmap_format limited = v1;
	const struct frame *two = frame_named("v1 uplink two");
	struct qmap_faults f;
	struct seen s;

	(void)state;
	limited.max_size = (uint32_t)two->len;
	assert_int_equal(parse(two->bytes, two->len, &limited, &s, &f), 2);
	limited.max_size--;
	assert_int_equal(parse(two->bytes, two->len, &limited, &s, &f), -EMSGSIZE);
	limited.max_size = 0;
	limited.max_datagrams = 1;
	assert_int_equal(parse(two->bytes, two->len, &limited, &s, &f), 1);
	assert_packet(&s, 0, 0x82, "tcp6");
	assert_int_equal(f.surplus, 1);
}

static void
test_broken(void **state)
{
	static const struct {
		uint8_t bytes[8];
		size_t len;
	} broken[] = {
	    {{0x00, 0x81, 0x00}, 3},                   /* no whole header */
	    {{0x00, 0x81, 0x00, 0x00}, 4},             /* no packet */
	    {{0x04, 0x81, 0x00, 0x04, 0, 0, 0, 0}, 8}, /* nothing but padding */
	    {{0x00, 0x81, 0x00, 0x05, 0, 0, 0, 0}, 8}, /* beyond the end */
	    {{0x40, 0x81, 0x00, 0x04, 0, 0, 0, 0}, 8}, /* a header of v5 */
	};
	const struct frame *two = frame_named("v1 uplink two");
	struct qmap_faults f;
	struct seen s;

	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		assert_int_equal(parse(broken[i].bytes, broken[i].len, &v1, &s, &f), 0);
		assert_int_equal(f.bad_frames, 1);
	}
	for (size_t len = 1; len < two->len; len++) {
		int n = parse(two->bytes, len, &v1, &s, &f);
		assert_int_equal(n, len < 64 ? 0 : 1);
		assert_int_equal(f.bad_frames, len == 64 ? 0 : 1);
	}
	assert_int_equal(parse((uint8_t[8]){0}, 8, &v1, &s, &f), 0);
	assert_clean(&f); /* zeros at the end are none of it */
}

static void
test_build(void **state)
{
	static const struct {
		const struct qmap_format *format;
		const char *name;
	} cases[] = {{&v1, "v1 downlink two"}, {&v4, "v4 downlink two"},
	    {&v5, "v5 downlink two"}};
	const struct frame *udp = frame_named("udp"), *tcp6 = frame_named("tcp6");
	uint8_t buf[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct frame *want = frame_named(cases[i].name);
		struct qmap_builder b;

		qmap_begin(&b, buf, sizeof(buf), cases[i].format);
		assert_true(qmap_add(&b, 0x81, udp->bytes, udp->len));
		assert_true(qmap_add(&b, 0x82, tcp6->bytes, tcp6->len));
		assert_int_equal(qmap_len(&b), want->len);
		assert_memory_equal(buf, want->bytes, want->len);
	}
}

/* The module says so when a packet's checksum is wrong, and sends it all the same. */
static void
test_build_invalid(void **state)
{
	struct frame udp = *frame_named("udp");
	struct qmap_builder b;
	uint8_t buf[256];

	(void)state;
	udp.bytes[30] ^= 0xff;
	qmap_begin(&b, buf, sizeof(buf), &v5);
	assert_true(qmap_add(&b, 1, udp.bytes, udp.len));
	assert_int_equal(buf[4], 0x04);
	assert_int_equal(buf[5], 0x00);
	udp.bytes[9] = 1; /* ICMP: nothing that hardware would look at */
	qmap_begin(&b, buf, sizeof(buf), &v4);
	assert_true(qmap_add(&b, 1, udp.bytes, udp.len));
	assert_int_equal(buf[4 + 40 + 1], 0x00);
}

static void
test_build_limits(void **state)
{
	const struct frame *udp = frame_named("udp");
	struct qmap_format limited = v1;
	struct qmap_builder b;
	uint8_t buf[256];

	(void)state;
	limited.max_datagrams = 2;
	qmap_begin(&b, buf, sizeof(buf), &limited);
	assert_true(qmap_add(&b, 1, udp->bytes, udp->len));
	assert_true(qmap_add(&b, 1, udp->bytes, udp->len));
	assert_false(qmap_add(&b, 1, udp->bytes, udp->len));
	assert_int_equal(qmap_len(&b), 88);
	limited.max_datagrams = 0;
	limited.max_size = 87;
	qmap_begin(&b, buf, sizeof(buf), &limited);
	assert_true(qmap_add(&b, 1, udp->bytes, udp->len));
	assert_false(qmap_add(&b, 1, udp->bytes, udp->len));
	assert_int_equal(qmap_len(&b), 44);
	limited.max_size = 0;
	limited.padding = 1000;
	qmap_begin(&b, buf, sizeof(buf), &limited);
	assert_true(qmap_add(&b, 1, udp->bytes, udp->len));
	assert_in_range(buf[0], 56, 63);
	assert_int_equal(buf[3], 37 + buf[0]);
}

/* UDP whose sum comes out as zero is sent as ffff; IPv4 UDP without one is right. */
static void
test_checksum_corners(void **state)
{
	struct frame udp = *frame_named("udp");
	struct inet_transport t;

	(void)state;
	assert_true(inet_transport(udp.bytes, udp.len, &t));
	assert_int_equal(t.start, 20);
	assert_int_equal(t.len, 17);
	assert_true(inet_transport_valid(udp.bytes, &t));
	/* a payload that makes up for all the rest */
	udp.bytes[28] = (uint8_t)((0x7064 + 0xe2c5) % 0xffff >> 8);
	udp.bytes[29] = (uint8_t)((0x7064 + 0xe2c5) % 0xffff);
	inet_transport_fill(udp.bytes, &t);
	assert_int_equal(udp.bytes[26] << 8 | udp.bytes[27], 0xffff);
	assert_true(inet_transport_valid(udp.bytes, &t));
	udp.bytes[26] = udp.bytes[27] = 0;
	udp.bytes[30] ^= 0xff;
	assert_true(inet_transport_valid(udp.bytes, &t));
	udp.bytes[6] |= 0x20; /* more fragments */
	assert_false(inet_transport(udp.bytes, udp.len, &t));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_v1),
	    cmocka_unit_test(test_command_ignored),
	    cmocka_unit_test(test_checksum_completed),
	    cmocka_unit_test(test_v4_wrong_field),
	    cmocka_unit_test(test_wrong_version),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_build),
	    cmocka_unit_test(test_build_invalid),
	    cmocka_unit_test(test_build_limits),
	    cmocka_unit_test(test_checksum_corners),
	};

	return cmocka_run_group_tests(tests, setup, frames_teardown);
}
