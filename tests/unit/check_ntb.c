/* SPDX-License-Identifier: BSD-2-Clause */
/* Transfer blocks of MBIM: the worked examples, round trips, and broken ones. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/modem/ntb.h"
#include "tests/unit/check.h"

/* reference/mbim.md 4.2: a 20-byte IPv4 header each for session 0 and 1 */
static const uint8_t example16[] = {0x4e, 0x43, 0x4d, 0x48, 0x0c, 0x00, 0x07, 0x00,
    0x54, 0x00, 0x0c, 0x00, 0x49, 0x50, 0x53, 0x00, 0x10, 0x00, 0x30, 0x00, 0x1c, 0x00,
    0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x45, 0x00, 0x00, 0x14, 0x00, 0x01, 0x00, 0x00,
    0x40, 0x3b, 0xae, 0x6c, 0x0a, 0x40, 0x00, 0x01, 0xc0, 0x00, 0x02, 0x01, 0x49, 0x50,
    0x53, 0x01, 0x10, 0x00, 0x00, 0x00, 0x40, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x45, 0x00, 0x00, 0x14, 0x00, 0x02, 0x00, 0x00, 0x40, 0x3b, 0xae, 0x67, 0x0a, 0x40,
    0x00, 0x05, 0xc0, 0x00, 0x02, 0x01};
static const uint8_t example32[] = {0x6e, 0x63, 0x6d, 0x68, 0x10, 0x00, 0x07, 0x00,
    0x44, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x69, 0x70, 0x73, 0x01, 0x20, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00, 0x00, 0x00,
    0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x45, 0x00,
    0x00, 0x14, 0x00, 0x02, 0x00, 0x00, 0x40, 0x3b, 0xae, 0x67, 0x0a, 0x40, 0x00, 0x05,
    0xc0, 0x00, 0x02, 0x01};

static const struct ntb_format format16 = {
    .max_size = 16384, .max_datagrams = 16, .divisor = 4, .alignment = 4};
static const struct ntb_format format32 = {.ntb32 = true,
    .max_size = 16384,
    .max_datagrams = 16,
    .divisor = 4,
    .alignment = 4};

struct seen {
	unsigned count;
	uint8_t session[NTB_DATAGRAMS_MAX];
	uint8_t id[NTB_DATAGRAMS_MAX]; /* byte 5 of the packet */
	size_t len[NTB_DATAGRAMS_MAX];
};

static void
seen_cb(void *arg, uint8_t session_id, const uint8_t *ip, size_t len)
{
	struct seen *s = arg;

	assert_true(s->count < NTB_DATAGRAMS_MAX);
	s->session[s->count] = session_id;
	s->id[s->count] = ip[5];
	s->len[s->count++] = len;
}

static void
test_example16(void **state)
{
	struct seen s = {0};
	struct ntb_faults f = {0};

	(void)state;
	assert_int_equal(
	    ntb_parse(example16, sizeof(example16), &format16, seen_cb, &s, &f), 2);
	assert_int_equal(s.session[0], 0);
	assert_int_equal(s.session[1], 1);
	assert_int_equal(s.len[0], 20);
	assert_int_equal(s.id[1], 2);
	assert_int_equal(f.bad_tables + f.bad_datagrams + f.streams, 0);
	assert_int_equal(
	    ntb_parse(example16, sizeof(example16), &format32, seen_cb, &s, &f),
	    -EPROTO);
}

static void
test_example32(void **state)
{
	struct seen s = {0};
	struct ntb_faults f = {0};

	(void)state;
	assert_int_equal(
	    ntb_parse(example32, sizeof(example32), &format32, seen_cb, &s, &f), 1);
	assert_int_equal(s.session[0], 1);
	assert_int_equal(s.id[0], 2);
}

/* Cut anywhere or with any byte changed: never out of bounds (the sanitizers watch). */
static void
test_broken(void **state)
{
	struct seen s;
	struct ntb_faults f = {0};
	uint8_t copy[sizeof(example16)];

	(void)state;
	for (size_t len = 0; len < sizeof(example16); len++) {
		uint8_t *cut = malloc(len ? len : 1);
		memcpy(cut, example16, len);
		memset(&s, 0, sizeof(s));
		assert_int_equal(
		    ntb_parse(cut, len, &format16, seen_cb, &s, &f), -EPROTO);
		free(cut);
	}
	for (size_t at = 0; at < sizeof(copy); at++) {
		for (unsigned value = 0; value < 256; value++) {
			memcpy(copy, example16, sizeof(copy));
			copy[at] = (uint8_t)value;
			memset(&s, 0, sizeof(s));
			int n =
			    ntb_parse(copy, sizeof(copy), &format16, seen_cb, &s, &f);
			assert_true(n == -EPROTO || n == (int)s.count);
		}
	}
}

/* A table that names itself as the next one must not be read for ever. */
static void
test_circle(void **state)
{
	struct seen s = {0};
	struct ntb_faults f = {0};
	uint8_t copy[sizeof(example16)];

	(void)state;
	memcpy(copy, example16, sizeof(copy));
	copy[0x36] = 0x0c; /* second table's next: the first */
	copy[0x16] = 0;    /* with no datagrams in either */
	copy[0x3a] = 0;
	ntb_parse(copy, sizeof(copy), &format16, seen_cb, &s, &f);
	assert_int_equal(f.bad_tables, 1);
}

static void
test_faults_counted(void **state)
{
	struct seen s = {0};
	struct ntb_faults f = {0};
	uint8_t copy[sizeof(example16)];

	(void)state;
	memcpy(copy, example16, sizeof(copy));
	copy[0x1c] = 0x25;             /* not an IP version */
	memcpy(copy + 0x30, "DSS", 3); /* the second is a stream */
	assert_int_equal(ntb_parse(copy, sizeof(copy), &format16, seen_cb, &s, &f), 0);
	assert_int_equal(f.bad_datagrams, 1);
	assert_int_equal(f.streams, 1);
}

static size_t
packet(uint8_t *buf, uint8_t id, size_t len)
{
	memset(buf, id, len);
	buf[0] = 0x45;
	buf[5] = id;
	return len;
}

static void
round_trip(const struct ntb_format *format)
{
	uint8_t buf[16384], ip[1500];
	struct ntb_builder b;
	struct seen s = {0};
	struct ntb_faults f = {0};
	static const uint8_t sessions[] = {3, 0, 255, 3, 0, 7};
	unsigned added = 0;

	ntb_begin(&b, buf, sizeof(buf), format, 9);
	while (ntb_add(&b, sessions[added % COUNT(sessions)], ip,
	    packet(ip, (uint8_t)added, 20 + added * 97 % 1400)))
		added++;
	assert_true(added > 5);
	int len = ntb_end(&b);
	assert_true(len > 0 && (uint32_t)len <= format->max_size);
	assert_int_equal(ntb_parse(buf, (size_t)len, format, seen_cb, &s, &f), added);
	for (unsigned i = 0; i < s.count; i++) {
		unsigned id = s.id[i];
		assert_int_equal(s.session[i], sessions[id % COUNT(sessions)]);
		assert_int_equal(s.len[i], 20 + id * 97 % 1400);
	}
	assert_int_equal(f.bad_tables + f.bad_datagrams + f.streams, 0);
}

static void
test_round_trip(void **state)
{
	struct ntb_format odd = {
	    .max_size = 2048, .divisor = 32, .remainder = 14, .alignment = 8};

	(void)state;
	round_trip(&format16);
	round_trip(&format32);
	odd.max_size = 12000;
	round_trip(&odd);
	odd.ntb32 = true;
	round_trip(&odd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_example16),
	    cmocka_unit_test(test_example32),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_circle),
	    cmocka_unit_test(test_faults_counted),
	    cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests_name("ntb", tests, NULL, NULL);
}
