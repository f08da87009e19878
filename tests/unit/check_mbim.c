/* SPDX-License-Identifier: BSD-2-Clause */
/* The worked MBIM frames, read and built again; fragments; broken information. */
#include "config.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "common/utf16.h"
#include "tests/unit/frames.h"

#define INTERNET_UUID_AT 0x5c /* the context type in E2 */

static int
setup(void **state)
{
	(void)state;
	frames = frames_load("mbim.hex", &frames_count);
	return 0;
}

static void
every_frame_is_found_and_no_prefix_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < frames_count; i++) {
		const struct frame *f = &frames[i];

		assert_int_equal(mbim_scan(f->bytes, f->len), f->len);
		for (size_t len = 0; len < f->len; len++) {
			uint8_t *copy = malloc(len ? len : 1);
			struct mbim_fragment part;
			struct mbim_msg m;

			assert_non_null(copy);
			memcpy(copy, f->bytes, len);
			assert_int_equal(mbim_scan(copy, len), 0);
			assert_int_equal(mbim_parse(copy, len, &m), -EPROTO);
			assert_int_equal(
			    mbim_fragment_parse(copy, len, &part), -EPROTO);
			free(copy);
		}
	}
}

static void
lost_framing_is_said(void **state)
{
	uint8_t close[MBIM_HDR_LEN] = {0x02};

	(void)state;
	assert_int_equal(mbim_scan(close, sizeof(close)), -EPROTO); /* length 0 */
	put_u32le(close + 4, MBIM_MESSAGE_MAX + 1);
	assert_int_equal(mbim_scan(close, sizeof(close)), -EPROTO);
	put_u32le(close + 4, MBIM_HDR_LEN);
	assert_int_equal(mbim_scan(close, sizeof(close)), MBIM_HDR_LEN);
	for (uint32_t type = 5; type < 9; type++) {
		put_u32le(close, type);
		assert_int_equal(mbim_scan(close, sizeof(close)), -EPROTO);
	}
}

static void
short_messages_are_built_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct frame *f = &frames[i];
		struct mbim_msg m;
		uint8_t buf[16];

		assert_int_equal(mbim_parse(f->bytes, f->len, &m), 0);
		assert_int_equal(
		    mbim_build_short(buf, sizeof(buf), m.type, m.txn, m.value), f->len);
		assert_memory_equal(buf, f->bytes, f->len);
		assert_int_equal(
		    mbim_build_short(buf, f->len - 1, m.type, m.txn, m.value),
		    -ENOBUFS);
	}
}

static void
bodies_are_built_again(void **state)
{
	size_t built = 0;

	(void)state;
	for (size_t i = 4; i < frames_count; i++) {
		const struct frame *f = &frames[i];
		uint8_t buf[FRAME_BYTES_MAX];
		struct mbim_builder b;
		struct mbim_msg m;

		if (strncmp(f->name, "E7", 2) == 0)
			continue;
		assert_int_equal(mbim_parse(f->bytes, f->len, &m), 0);
		if (m.type == MBIM_TYPE_COMMAND)
			mbim_build_command(&b, buf, sizeof(buf), m.txn, m.service,
			    m.cmd, m.command_type);
		else if (m.type == MBIM_TYPE_COMMAND_DONE)
			mbim_build_done(
			    &b, buf, sizeof(buf), m.txn, m.service, m.cmd, m.value);
		else
			mbim_build_indication(&b, buf, sizeof(buf), m.service, m.cmd);
		if (m.info_len)
			writer_bytes(&b.w, m.info, m.info_len);
		assert_int_equal(mbim_build_end(&b), f->len);
		assert_memory_equal(buf, f->bytes, f->len);
		built++;
	}
	assert_int_equal(built, 9);
}

static void
connect_is_read_and_written(void **state)
{
	const struct frame *f = frame_named("E2");
	uint32_t session, activate, compression, auth, ip_type;
	char apn[16], user[16], password[16];
	uint8_t buf[FRAME_BYTES_MAX];
	const uint8_t *context;
	struct mbim_builder b;
	struct mbim_reader r;
	struct mbim_writer w;
	struct mbim_msg m;

	(void)state;
	assert_int_equal(mbim_parse(f->bytes, f->len, &m), 0);
	mbim_reader_init(&r, m.info, m.info_len, 60);
	mbim_read_u32(&r, &session);
	mbim_read_u32(&r, &activate);
	mbim_read_string(&r, apn, sizeof(apn));
	mbim_read_string(&r, user, sizeof(user));
	mbim_read_string(&r, password, sizeof(password));
	mbim_read_u32(&r, &compression);
	mbim_read_u32(&r, &auth);
	mbim_read_u32(&r, &ip_type);
	assert_true(mbim_read_inline(&r, MBIM_UUID_LEN, &context));
	assert_string_equal(apn, "corp1");
	assert_string_equal(user, "u1");
	assert_string_equal(password, "pw");
	assert_int_equal(session, 1);
	assert_int_equal(auth, 2);
	assert_int_equal(ip_type, 3);
	assert_ptr_equal(context, f->bytes + INTERNET_UUID_AT);

	mbim_build_command(&b, buf, sizeof(buf), 5, m.service, 12, MBIM_SET);
	mbim_writer_init(&w, &b.w, 60);
	mbim_write_u32(&w, session);
	mbim_write_u32(&w, activate);
	mbim_write_string(&w, apn);
	mbim_write_string(&w, user);
	mbim_write_string(&w, password);
	mbim_write_u32(&w, compression);
	mbim_write_u32(&w, auth);
	mbim_write_u32(&w, ip_type);
	mbim_write_inline(&w, context, MBIM_UUID_LEN);
	assert_int_equal(mbim_build_end(&b), f->len);
	assert_memory_equal(buf, f->bytes, f->len);
}

static void
addresses_are_read_and_written(void **state)
{
	const struct frame *f = frame_named("E4");
	uint32_t session, flags4, flags6, n4, n6, d4, d6, mtu4, mtu6;
	struct cursor e4, e6, g4, g6, dns4, dns6;
	uint8_t buf[FRAME_BYTES_MAX];
	struct mbim_builder b;
	struct mbim_reader r;
	struct mbim_writer w;
	struct mbim_msg m;

	(void)state;
	assert_int_equal(mbim_parse(f->bytes, f->len, &m), 0);
	mbim_reader_init(&r, m.info, m.info_len, 60);
	mbim_read_u32(&r, &session);
	mbim_read_u32(&r, &flags4);
	mbim_read_u32(&r, &flags6);
	mbim_read_array(&r, 8, &n4, &e4);
	mbim_read_array(&r, 20, &n6, &e6);
	mbim_read_offset(&r, 4, &g4);
	mbim_read_offset(&r, 16, &g6);
	mbim_read_array(&r, 4, &d4, &dns4);
	mbim_read_array(&r, 16, &d6, &dns6);
	mbim_read_u32(&r, &mtu4);
	assert_true(mbim_read_u32(&r, &mtu6));
	assert_int_equal(get_u32le(e4.pos), 30);
	assert_int_equal(d4, 2);
	assert_int_equal(d6, 1);
	assert_memory_equal(g4.pos, "\x0a\x40\x00\x06", 4);

	mbim_build_done(&b, buf, sizeof(buf), 6, m.service, 15, 0);
	mbim_writer_init(&w, &b.w, 60);
	mbim_write_u32(&w, session);
	mbim_write_u32(&w, flags4);
	mbim_write_u32(&w, flags6);
	mbim_write_array(&w, e4.pos, n4, 8);
	mbim_write_array(&w, e6.pos, n6, 20);
	mbim_write_offset(&w, g4.pos, 4);
	mbim_write_offset(&w, g6.pos, 16);
	mbim_write_array(&w, dns4.pos, d4, 4);
	mbim_write_array(&w, dns6.pos, d6, 16);
	mbim_write_u32(&w, mtu4);
	mbim_write_u32(&w, mtu6);
	assert_int_equal(mbim_build_end(&b), f->len);
	assert_memory_equal(buf, f->bytes, f->len);
}

static void
fragments_are_cut_and_joined(void **state)
{
	const struct frame *whole = frame_named("E2");
	const struct frame *parts[] = {
	    frame_named("E7 fragment 0"), frame_named("E7 fragment 1")};
	struct mbim_assembly a = {0};
	uint8_t buf[96];
	struct mbim_msg m;

	(void)state;
	assert_int_equal(mbim_split_count(whole->len, 96), 2);
	assert_int_equal(mbim_split_count(whole->len, whole->len), 1);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(
		    mbim_split(whole->bytes, whole->len, 96, i, buf, sizeof(buf)),
		    parts[i]->len);
		assert_memory_equal(buf, parts[i]->bytes, parts[i]->len);
		assert_int_equal(mbim_parse(buf, parts[i]->len, &m), -EPROTO);
		assert_int_equal(
		    mbim_assembly_add(&a, buf, parts[i]->len), i ? (int)whole->len : 0);
	}
	assert_memory_equal(a.buf, whole->bytes, whole->len);
	assert_int_equal(
	    mbim_split(whole->bytes, whole->len, 96, 2, buf, sizeof(buf)), -EINVAL);
	mbim_assembly_free(&a);
}

static void
fragments_out_of_order_are_refused(void **state)
{
	const struct frame *f0 = frame_named("E7 fragment 0");
	const struct frame *f1 = frame_named("E7 fragment 1");
	uint8_t other[FRAME_BYTES_MAX];
	struct mbim_assembly a = {0};

	(void)state;
	assert_int_equal(mbim_assembly_add(&a, f1->bytes, f1->len), -EPROTO);
	assert_int_equal(mbim_assembly_add(&a, f0->bytes, f0->len), 0);
	assert_int_equal(mbim_assembly_add(&a, f0->bytes, f0->len), -EPROTO);
	/* what was held is gone: the rest alone makes no message */
	assert_int_equal(mbim_assembly_add(&a, f1->bytes, f1->len), -EPROTO);
	memcpy(other, f1->bytes, f1->len);
	other[8]++; /* another transaction */
	assert_int_equal(mbim_assembly_add(&a, f0->bytes, f0->len), 0);
	assert_int_equal(mbim_assembly_add(&a, other, f1->len), -EPROTO);
	assert_int_equal(mbim_assembly_add(&a, f0->bytes, f0->len), 0);
	assert_true(mbim_assembly_add(&a, f1->bytes, f1->len) > 0);
	mbim_assembly_free(&a);
}

static void
an_endless_message_is_refused(void **state)
{
	static uint8_t part[MBIM_TRANSFER_DEFAULT];
	struct mbim_assembly a = {0};
	int n = 0;

	(void)state;
	put_u32le(part, MBIM_TYPE_COMMAND);
	put_u32le(part + 4, sizeof(part));
	put_u32le(part + 12, UINT32_MAX);
	for (uint32_t i = 0; i < 17 && n == 0; i++) {
		put_u32le(part + 16, i);
		n = mbim_assembly_add(&a, part, sizeof(part));
	}
	assert_int_equal(n, -EMSGSIZE);
	mbim_assembly_free(&a);
}

static void
a_wrong_information_length_is_told_apart(void **state)
{
	struct frame f = *frame_named("E2");
	struct mbim_msg m;

	(void)state;
	put_u32le(f.bytes + 44, 0x51);
	assert_int_equal(mbim_parse(f.bytes, f.len, &m), -EBADMSG);
	assert_int_equal(m.txn, 5);
	put_u32le(f.bytes + 44, 0x4c);
	assert_int_equal(mbim_parse(f.bytes, f.len, &m), -EBADMSG);
	put_u32le(f.bytes + 44, 0x4d); /* three bytes of padding not counted */
	assert_int_equal(mbim_parse(f.bytes, f.len, &m), 0);
	put_u32le(f.bytes + 44, UINT32_MAX);
	assert_int_equal(mbim_parse(f.bytes, f.len, &m), -EBADMSG);
}

static bool
reads_string(uint32_t offset, uint32_t size)
{
	uint8_t info[16] = {[8] = 'a', [10] = 'b', [12] = 'c', [14] = 'd'};
	struct mbim_reader r;
	char text[8];

	put_u32le(info, offset);
	put_u32le(info + 4, size);
	mbim_reader_init(&r, info, sizeof(info), 8);
	return mbim_read_string(&r, text, sizeof(text)) && mbim_reader_ok(&r);
}

static void
offsets_stay_in_their_structure(void **state)
{
	(void)state;
	assert_true(reads_string(8, 8));
	assert_true(reads_string(0, 0));
	assert_true(reads_string(UINT32_MAX, 0));
	assert_false(reads_string(8, 9));
	assert_false(reads_string(8, 7)); /* odd */
	assert_false(reads_string(0, 4)); /* the fixed part */
	assert_false(reads_string(4, 4));
	assert_false(reads_string(17, 2));
	assert_false(reads_string(8, UINT32_MAX - 7)); /* the sum wraps */
	assert_false(reads_string(UINT32_MAX - 1, 4));
}

static void
counts_stay_in_their_structure(void **state)
{
	uint8_t info[24] = {0};
	struct mbim_reader r;
	struct cursor c;
	uint32_t n;

	(void)state;
	mbim_reader_init(&r, info, sizeof(info), 4);
	assert_false(mbim_read_grow(&r, UINT32_MAX, 8)); /* the subscription count */
	assert_false(mbim_reader_ok(&r));
	mbim_reader_init(&r, info, sizeof(info), 4);
	assert_true(mbim_read_grow(&r, 2, 8));
	put_u32le(info, 0x40000001); /* times 4 wraps to 4 */
	put_u32le(info + 4, 8);
	mbim_reader_init(&r, info, sizeof(info), 8);
	assert_false(mbim_read_array(&r, 4, &n, &c));
	mbim_reader_init(&r, info, 3, 8);
	assert_false(mbim_read_u32(&r, &n));
}

static void
strings_survive_the_way_there_and_back(void **state)
{
	static const char *const texts[] = {
	    "internet", "", "\xc3\xa4\xe2\x82\xac", "\xf0\x9f\x93\xb6 5G"};
	uint8_t buf[64];

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct mbim_writer w;
		struct mbim_reader r;
		struct writer out;
		char text[32];

		writer_init(&out, buf, sizeof(buf));
		mbim_writer_init(&w, &out, 8);
		mbim_write_string(&w, texts[i]);
		assert_int_equal(out.len % 4, 0);
		mbim_reader_init(&r, buf, out.len, 8);
		assert_true(mbim_read_string(&r, text, sizeof(text)));
		assert_string_equal(text, texts[i]);
	}
}

static bool
decodes_to(const char *bytes, size_t len, size_t size, const char *want)
{
	struct cursor c;
	char text[32];

	cursor_init(&c, bytes, len);
	return utf16_decode(&c, text, size) && strcmp(text, want) == 0;
}

static void
a_strangers_text_is_cleaned(void **state)
{
	(void)state;
	assert_true(decodes_to("a\0\n\0b\0\0\0\0\0", 10, 32, "a?b"));
	assert_true(decodes_to("a\0\0\0b\0", 6, 32, "a?b"));
	assert_true(decodes_to("\x00\xd8"
			       "a\0",
	    4, 32,
	    "\xef\xbf\xbd"
	    "a"));
	assert_true(decodes_to("\x00\xdc", 2, 32, "\xef\xbf\xbd"));
	assert_true(decodes_to("a\0\xac\x20", 4, 4, "a")); /* cut between characters */
	assert_true(decodes_to("a\0", 2, 1, ""));
}

/* The worked frames came from another implementation: its UUIDs must be ours. */
static void
services_are_known_by_their_uuid(void **state)
{
	static const struct {
		const char *frame, *service;
	} known[] = {{"E2", "Basic Connect"}, {"E8", "Proxy Control"}, {"E9", "QMI"},
	    {"E10", "MS Basic Connect Extensions"}};
	struct mbim_msg m;

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		const struct frame *f = frame_named(known[i].frame);

		assert_int_equal(mbim_parse(f->bytes, f->len, &m), 0);
		assert_string_equal(mbim_service_name(m.service), known[i].service);
	}
	assert_null(mbim_service_name(mbim_context_none));
	assert_memory_equal(
	    mbim_context_internet, frame_named("E2")->bytes + INTERNET_UUID_AT, 16);
	assert_string_equal(mbim_context_name(mbim_context_internet), "internet");
	assert_string_equal(mbim_context_name(mbim_context_ims), "IMS");
	assert_string_equal(mbim_context_name(mbim_context_none), "none");
	assert_null(mbim_context_name(mbim_basic_connect));
	assert_string_equal(mbim_status_name(20), "RADIO_POWER_OFF");
	assert_string_equal(mbim_status_name(104), "SMS_FORMAT_NOT_SUPPORTED");
	assert_null(mbim_status_name(24));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_frame_is_found_and_no_prefix_is),
	    cmocka_unit_test(lost_framing_is_said),
	    cmocka_unit_test(short_messages_are_built_again),
	    cmocka_unit_test(bodies_are_built_again),
	    cmocka_unit_test(connect_is_read_and_written),
	    cmocka_unit_test(addresses_are_read_and_written),
	    cmocka_unit_test(fragments_are_cut_and_joined),
	    cmocka_unit_test(fragments_out_of_order_are_refused),
	    cmocka_unit_test(an_endless_message_is_refused),
	    cmocka_unit_test(a_wrong_information_length_is_told_apart),
	    cmocka_unit_test(offsets_stay_in_their_structure),
	    cmocka_unit_test(counts_stay_in_their_structure),
	    cmocka_unit_test(strings_survive_the_way_there_and_back),
	    cmocka_unit_test(a_strangers_text_is_cleaned),
	    cmocka_unit_test(services_are_known_by_their_uuid),
	};

	return cmocka_run_group_tests(tests, setup, frames_teardown);
}
