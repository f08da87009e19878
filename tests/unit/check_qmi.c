/* SPDX-License-Identifier: BSD-2-Clause */
/* The message inside a frame: taken apart, put together again, patched, damaged. */
#include "config.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/qmi.h"
#include "common/qmux.h"
#include "tests/unit/frames.h"

/* Built again from the values and TLVs that were read, it is the same frame. */
static void
read_and_build_agree(void **state)
{
	uint8_t buf[FRAME_BYTES_MAX];
	struct qmi_builder b;
	struct qmi_msg m;
	struct qmi_tlv tlv;
	struct cursor c;

	(void)state;
	for (size_t i = 0; i < frames_count; i++) {
		const struct frame *f = &frames[i];

		assert_int_equal(qmi_parse(f->bytes, f->len, &m), 0);
		qmi_build(&b, buf, sizeof(buf), m.service, m.cid, m.kind, m.txn, m.id);
		cursor_init(&c, m.tlvs, m.tlvs_len);
		while (qmi_tlv_next(&c, &tlv))
			qmi_build_tlv(&b, tlv.type, tlv.value, tlv.len);
		assert_int_equal(qmi_build_end(&b), f->len);
		assert_memory_equal(buf, f->bytes, f->len);
	}
}

static void
the_three_kinds_of_both_header_forms(void **state)
{
	static const struct {
		const char *name;
		uint8_t service, cid;
		enum qmi_kind kind;
		uint16_t txn, id;
	} want[] = {
	    {"Sync request", QMI_CTL, 0, QMI_KIND_REQ, 1, 0x27},
	    {"Get Version Info response", QMI_CTL, 0, QMI_KIND_RSP, 2, 0x21},
	    {"Revoke Client ID indication", QMI_CTL, 0, QMI_KIND_IND, 0, 0x24},
	    {"Indication Register request", QMI_WDS, 4, QMI_KIND_REQ, 7, 3},
	    {"Set Data Format response (smaller limits granted)", QMI_WDA, 1,
		QMI_KIND_RSP, 1, 0x20},
	    {"Packet Service Status indication, as broadcast", QMI_WDS, 0xff,
		QMI_KIND_IND, 2, 0x22},
	};
	struct qmi_msg m;

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		const struct frame *f = frame_named(want[i].name);

		assert_int_equal(qmi_parse(f->bytes, f->len, &m), 0);
		assert_int_equal(m.service, want[i].service);
		assert_int_equal(m.cid, want[i].cid);
		assert_int_equal(m.kind, want[i].kind);
		assert_int_equal(m.txn, want[i].txn);
		assert_int_equal(m.id, want[i].id);
	}
}

/* Do the TLVs from at on end exactly at len?  Counted without the code under test. */
static bool
tiles(const uint8_t *bytes, size_t at, size_t len)
{
	while (at + 3 <= len)
		at += 3 + (size_t)(bytes[at + 1] | bytes[at + 2] << 8);
	return at == len;
}

/*
 * One byte is delta off.  The frame is refused or asks for bytes that are not there;
 * it is read only when it is a well-formed message of another meaning by accident.
 * Returns true for such an accident.
 */
static bool
one_byte_off(const struct frame *f, size_t tlvs, size_t at, int delta)
{
	uint8_t *bytes = malloc(f->len);
	struct qmi_msg m = {.id = 0xabcd};
	bool accident = false;
	int n;

	assert_non_null(bytes);
	memcpy(bytes, f->bytes, f->len);
	bytes[at] = (uint8_t)(bytes[at] + delta);
	n = qmux_scan(bytes, f->len);
	if (n > 0) {
		accident = at >= tlvs && tiles(bytes, tlvs, f->len);
		assert_int_equal(
		    qmi_parse(bytes, (size_t)n, &m), accident ? 0 : -EPROTO);
		assert_int_equal(m.id == 0xabcd, !accident);
	}
	free(bytes);
	return accident;
}

/*
 * reference/qmi.md 6.3 wants every one of them refused.  Six of the 37 frames' TLV
 * lengths are such that the neighbour's bytes make a TLV again: no receiver can tell.
 */
static void
every_length_byte_off_by_one(void **state)
{
	size_t accidents = 0, tried = 0;

	(void)state;
	for (size_t i = 0; i < frames_count; i++) {
		const struct frame *f = &frames[i];
		size_t tlvs = f->bytes[4] == QMI_CTL ? 12 : 13;

		for (int delta = -1; delta <= 1; delta += 2) {
			assert_false(one_byte_off(f, tlvs, 1, delta));
			assert_false(one_byte_off(f, tlvs, 2, delta));
			assert_false(one_byte_off(f, tlvs, tlvs - 2, delta));
			assert_false(one_byte_off(f, tlvs, tlvs - 1, delta));
			for (size_t at = tlvs; at < f->len;) {
				accidents += one_byte_off(f, tlvs, at + 1, delta);
				accidents += one_byte_off(f, tlvs, at + 2, delta);
				at += 3 + (size_t)get_u16le(f->bytes + at + 1);
				tried += 2;
			}
		}
	}
	assert_int_equal(accidents, 6);
	assert_true(tried > 300);
}

static void
a_prefix_is_not_a_message(void **state)
{
	struct qmi_msg m;

	(void)state;
	for (size_t i = 0; i < frames_count; i++) {
		for (size_t len = 0; len < frames[i].len; len++)
			assert_int_equal(qmi_parse(frames[i].bytes, len, &m), -EPROTO);
	}
}

static void
undefined_flags_are_refused(void **state)
{
	uint8_t ctl[12] = {1, 11, 0, 0, QMI_CTL, 0, 0, 1, 0x27, 0, 0, 0};
	uint8_t wds[13] = {1, 12, 0, 0, QMI_WDS, 4, 0, 1, 0, 0x20, 0, 0, 0};
	struct qmi_msg m;

	(void)state;
	for (unsigned flags = 0; flags <= 0xff; flags++) {
		ctl[6] = wds[6] = (uint8_t)flags;
		assert_int_equal(
		    qmi_parse(ctl, sizeof(ctl), &m), flags <= 2 ? 0 : -EPROTO);
		assert_int_equal(qmi_parse(wds, sizeof(wds), &m),
		    flags == 0 || flags == 2 || flags == 4 ? 0 : -EPROTO);
	}
	/* 12 bytes are enough for CTL only */
	wds[1] = 11;
	assert_int_equal(qmi_parse(wds, 12, &m), -EPROTO);
}

static void
results(void **state)
{
	const struct frame *f = frame_named("Start Network response, refused");
	uint8_t buf[64];
	uint16_t status, error;
	struct qmi_builder b;
	struct qmi_msg m;
	int len;

	(void)state;
	assert_int_equal(qmi_parse(f->bytes, f->len, &m), 0);
	assert_true(qmi_result(&m, &status, &error));
	assert_int_equal(status, 1);
	assert_int_equal(error, QMI_ERR_CALL_FAILED);
	assert_int_equal(qmi_response_error(&m), QMI_ERR_CALL_FAILED);

	/* 0x02 in a request is an ordinary TLV: here a file */
	f = frame_named("Read Transparent request, EF_IMSI");
	assert_int_equal(qmi_parse(f->bytes, f->len, &m), 0);
	assert_false(qmi_result(&m, &status, &error));

	/* no result, a short one, and a failure without a number are failures */
	qmi_build(&b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_RSP, 9, 0x20);
	len = qmi_build_end(&b);
	assert_int_equal(qmi_parse(buf, (size_t)len, &m), 0);
	assert_int_equal(qmi_response_error(&m), QMI_ERR_INTERNAL);
	qmi_build(&b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_RSP, 9, 0x20);
	qmi_build_tlv(&b, QMI_TLV_RESULT, "\0\0\0", 3);
	len = qmi_build_end(&b);
	assert_int_equal(qmi_parse(buf, (size_t)len, &m), 0);
	assert_int_equal(qmi_response_error(&m), QMI_ERR_INTERNAL);
	qmi_build(&b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_RSP, 9, 0x20);
	qmi_build_tlv(&b, QMI_TLV_RESULT, "\1\0\0\0", 4);
	len = qmi_build_end(&b);
	assert_int_equal(qmi_parse(buf, (size_t)len, &m), 0);
	assert_int_equal(qmi_response_error(&m), QMI_ERR_INTERNAL);
}

static void
the_first_of_two_equal_tlvs_counts(void **state)
{
	uint8_t buf[64], v;
	struct qmi_builder b;
	struct qmi_msg m;
	struct cursor c;
	int len;

	(void)state;
	qmi_build(&b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_REQ, 9, 0x4d);
	qmi_build_tlv(&b, 0x33, NULL, 0);
	qmi_build_tlv(&b, 0x01, "\4", 1);
	qmi_build_tlv(&b, 0x01, "\6", 1);
	len = qmi_build_end(&b);
	assert_int_equal(qmi_parse(buf, (size_t)len, &m), 0);
	assert_true(qmi_tlv_find(&m, 0x01, &c));
	assert_true(cursor_u8(&c, &v));
	assert_int_equal(v, 4);
	assert_true(qmi_tlv_find(&m, 0x33, &c));
	assert_int_equal(cursor_left(&c), 0);
	assert_false(qmi_tlv_find(&m, 0x34, &c));
}

static void
an_error_answers_its_request(void **state)
{
	const struct frame *ctl = frame_named("Allocate CID request");
	const struct frame *full = frame_named("Allocate CID response, pool exhausted");
	const struct frame *up = frame_named("Start Network response, already up");
	uint8_t buf[32];
	struct qmi_msg m;

	(void)state;
	assert_int_equal(qmi_parse(ctl->bytes, ctl->len, &m), 0);
	assert_int_equal(
	    qmi_build_error(buf, sizeof(buf), &m, QMI_ERR_CLIENT_IDS_EXHAUSTED),
	    full->len);
	assert_memory_equal(buf, full->bytes, full->len);
	m = (struct qmi_msg){.service = QMI_WDS, .cid = 4, .txn = 3, .id = 0x20};
	assert_int_equal(
	    qmi_build_error(buf, sizeof(buf), &m, QMI_ERR_NO_EFFECT), up->len);
	assert_memory_equal(buf, up->bytes, up->len);
	assert_int_equal(
	    qmi_build_error(buf, up->len - 1, &m, QMI_ERR_NO_EFFECT), -EMSGSIZE);
}

static void
ids_are_patched_in_place(void **state)
{
	uint8_t bytes[FRAME_BYTES_MAX];
	struct qmi_msg m, before;

	(void)state;
	for (size_t i = 0; i < frames_count; i++) {
		const struct frame *f = &frames[i];

		memcpy(bytes, f->bytes, f->len);
		assert_int_equal(qmi_parse(bytes, f->len, &before), 0);
		qmi_patch_txn(bytes, 0xfe);
		qmi_patch_cid(bytes, 0x5a);
		assert_int_equal(qmi_parse(bytes, f->len, &m), 0);
		assert_int_equal(m.txn, 0xfe);
		assert_int_equal(m.cid, 0x5a);
		assert_int_equal(m.id, before.id);
		assert_int_equal(m.tlvs_len, before.tlvs_len);
		if (m.service != QMI_CTL) {
			qmi_patch_txn(bytes, 0xfedc);
			assert_int_equal(qmi_parse(bytes, f->len, &m), 0);
			assert_int_equal(m.txn, 0xfedc);
		}
		qmi_patch_txn(bytes, before.txn);
		qmi_patch_cid(bytes, before.cid);
		assert_memory_equal(bytes, f->bytes, f->len);
	}
}

/* Every buffer that is too small, by every amount. */
static void
a_frame_that_does_not_fit_is_not_sent(void **state)
{
	const struct frame *f = frame_named("Start Network request by APN");
	uint8_t buf[FRAME_BYTES_MAX];
	struct qmi_msg m;

	(void)state;
	assert_int_equal(qmi_parse(f->bytes, f->len, &m), 0);
	for (size_t room = 0; room <= f->len; room++) {
		struct qmi_builder b;
		struct qmi_tlv tlv;
		struct cursor c;

		qmi_build(&b, buf, room, m.service, m.cid, m.kind, m.txn, m.id);
		cursor_init(&c, m.tlvs, m.tlvs_len);
		while (qmi_tlv_next(&c, &tlv))
			qmi_build_tlv(&b, tlv.type, tlv.value, tlv.len);
		assert_int_equal(
		    qmi_build_end(&b), room < f->len ? -EMSGSIZE : (int)f->len);
	}
}

static void
no_length_field_wraps(void **state)
{
	static uint8_t buf[2 * QMUX_FRAME_MAX], value[QMUX_FRAME_MAX];
	struct qmi_builder b;

	(void)state;
	qmi_build(&b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_REQ, 1, 0x20);
	qmi_build_tlv(&b, 0x01, value, 65536);
	assert_int_equal(qmi_build_end(&b), -EMSGSIZE);
	qmi_build(&b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_REQ, 1, 0x20);
	qmi_build_tlv(&b, 0x01, value, 40000);
	qmi_build_tlv(&b, 0x01, value, 40000);
	assert_int_equal(qmi_build_end(&b), -EMSGSIZE);
	qmi_build(&b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_REQ, 1, 0x20);
	qmi_build_tlv(&b, 0x01, value, QMUX_FRAME_MAX - 13 - 3);
	assert_int_equal(qmi_build_end(&b), QMUX_FRAME_MAX);
	assert_int_equal(qmux_scan(buf, sizeof(buf)), QMUX_FRAME_MAX);
	qmi_build(&b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_REQ, 1, 0x20);
	qmi_build_tlv(&b, 0x01, value, QMUX_FRAME_MAX - 13 - 2);
	assert_int_equal(qmi_build_end(&b), -EMSGSIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(read_and_build_agree),
	    cmocka_unit_test(the_three_kinds_of_both_header_forms),
	    cmocka_unit_test(every_length_byte_off_by_one),
	    cmocka_unit_test(a_prefix_is_not_a_message),
	    cmocka_unit_test(undefined_flags_are_refused),
	    cmocka_unit_test(results),
	    cmocka_unit_test(the_first_of_two_equal_tlvs_counts),
	    cmocka_unit_test(an_error_answers_its_request),
	    cmocka_unit_test(ids_are_patched_in_place),
	    cmocka_unit_test(a_frame_that_does_not_fit_is_not_sent),
	    cmocka_unit_test(no_length_field_wraps),
	};

	return cmocka_run_group_tests(tests, frames_setup, frames_teardown);
}
