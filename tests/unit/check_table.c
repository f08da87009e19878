/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The message table holds together: sorted as it is searched, each row findable, named
 * once, with a source, and a value of its type survives the way out and back.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/print.h"
#include "common/qmi_value.h"
#include "tests/unit/sample.h"

static void
messages_are_sorted_unique_and_sourced(void **state)
{
	(void)state;
	assert_true(qmi_msg_rows_count > 100);
	for (size_t i = 0; i < qmi_msg_rows_count; i++) {
		const struct qmi_msg_row *m = &qmi_msg_rows[i];
		char name[80];

		assert_non_null(qmi_service_name(m->service));
		snprintf(
		    name, sizeof(name), "%s.%s", qmi_service_name(m->service), m->name);
		assert_ptr_equal(qmi_find_msg(m->service, m->id), m);
		assert_ptr_equal(qmi_find_msg_named(name), m);
		assert_int_equal(strncmp(m->source, "qmi.md ", 7), 0);
		if (i > 0) {
			uint32_t id = (uint32_t)m->service << 16 | m->id;
			uint32_t last = (uint32_t)m[-1].service << 16 | m[-1].id;

			assert_true(last < id);
		}
	}
}

static uint64_t
sort_key(const struct qmi_tlv_row *r)
{
	return (uint64_t)r->service << 32 | (uint64_t)r->msg_id << 16 |
	       (uint64_t)r->kind << 8 | r->tlv;
}

static void
tlvs_are_sorted_unique_and_found(void **state)
{
	(void)state;
	assert_true(QMI_ROW_COUNT > 400);
	for (size_t i = 0; i < QMI_ROW_COUNT; i++) {
		const struct qmi_tlv_row *r = &qmi_tlv_rows[i];

		if (i > 0)
			assert_true(sort_key(&r[-1]) < sort_key(r));
		assert_non_null(qmi_find_msg(r->service, r->msg_id));
		assert_ptr_equal(
		    qmi_find_tlv(r->service, r->msg_id, r->kind, r->tlv), r);
		assert_ptr_equal(qmi_find_tlv_named(r->full_name), r);
	}
	assert_null(qmi_find_tlv_named("WDS.START_NETWORK.REQ.NOTHING"));
	assert_null(qmi_find_msg_named("START_NETWORK"));
	assert_null(qmi_find_msg(QMI_WDS, 0x7777));
	assert_non_null(qmi_find_tlv_named("wds.start_network.req.apn"));
}

/* 0x02 is the result in a response, and a response's alone has presence by result. */
static void
results_have_no_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < QMI_ROW_COUNT; i++) {
		const struct qmi_tlv_row *r = &qmi_tlv_rows[i];
		bool by_result =
		    r->presence == QMI_ON_SUCCESS || r->presence == QMI_ON_FAILURE;

		if (r->kind == QMI_KIND_RSP)
			assert_int_not_equal(r->tlv, QMI_TLV_RESULT);
		else
			assert_false(by_result);
	}
}

/* Fields belong to STRUCT rows, in the rows' order; a list is never empty-handed. */
static void
fields_belong_to_composites(void **state)
{
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < QMI_ROW_COUNT; i++) {
		const struct qmi_field_row *f;
		size_t count;

		f = qmi_row_fields((enum qmi_row)i, &count);
		assert_int_equal(f != NULL, qmi_tlv_rows[i].type == QMI_TYPE_STRUCT);
		assert_int_equal(count > 0, f != NULL);
		if (f)
			assert_ptr_equal(f, &qmi_field_rows[seen]);
		for (size_t k = 0; k < count; k++) {
			bool last = k + 1 == count;

			assert_int_equal(f[k].row, i);
			assert_int_not_equal(f[k].type, QMI_TYPE_STRUCT);
			if (f[k].type == QMI_TYPE_LIST8 || f[k].type == QMI_TYPE_LIST16)
				assert_false(last);
			/* what runs to the end of the TLV can only be the last */
			if (f[k].type == QMI_TYPE_STR || f[k].type == QMI_TYPE_BYTES)
				assert_true(last);
		}
		seen += count;
	}
	assert_int_equal(seen, qmi_field_rows_count);
}

/* Passwords and identities are marked wherever their name appears. */
static void
what_must_not_be_shown_is_marked(void **state)
{
	static const char *const secret[] = {
	    "PASSWORD", "PIN", "PUK", "NEW_PIN", "OLD_PIN"};
	static const char *const personal[] = {
	    "IMSI", "IMEI", "ICCID", "MSISDN", "USER", "ESN", "MEID", "IMEI_SV", "EID"};

	(void)state;
	for (size_t i = 0; i < QMI_ROW_COUNT + qmi_field_rows_count; i++) {
		bool tlv = i < QMI_ROW_COUNT;
		const struct qmi_field_row *f =
		    &qmi_field_rows[tlv ? 0 : i - QMI_ROW_COUNT];
		const char *name = tlv ? qmi_tlv_rows[i].name : f->name;
		uint8_t flags = tlv ? qmi_tlv_rows[i].flags : f->flags;

		for (size_t k = 0; k < COUNT(secret); k++) {
			if (strcmp(name, secret[k]) == 0)
				assert_int_equal(flags, QMI_FLAG_SECRET);
		}
		for (size_t k = 0; k < COUNT(personal); k++) {
			if (strcmp(name, personal[k]) == 0)
				assert_int_equal(flags, QMI_FLAG_PERSONAL);
		}
	}
}

static int
build_row(uint8_t *buf, size_t size, enum qmi_row row)
{
	const struct qmi_tlv_row *r = &qmi_tlv_rows[row];
	struct qmi_builder b;

	qmi_build(&b, buf, size, r->service, 1, r->kind, 1, r->msg_id);
	sample_put(&b, row);
	return qmi_build_end(&b);
}

/* Reads a scalar row with its getter and puts it into a frame of its own. */
static int
rebuild_row(uint8_t *buf, size_t size, const struct qmi_msg *m, enum qmi_row row)
{
	struct qmi_builder b;
	char str[16];
	uint8_t u8;
	int8_t i8;
	uint16_t u16;
	int16_t i16;
	uint32_t u32;
	int32_t i32;
	uint64_t u64;
	struct in_addr ip4;
	struct in6_addr ip6;
	struct cursor c;

	qmi_build(&b, buf, size, m->service, m->cid, m->kind, m->txn, m->id);
	switch (qmi_tlv_rows[row].type) {
	case QMI_TYPE_U8:
	case QMI_TYPE_BOOL:
		assert_true(qmi_get_u8(m, row, &u8));
		qmi_put_u8(&b, row, u8);
		break;
	case QMI_TYPE_I8:
		assert_true(qmi_get_i8(m, row, &i8));
		qmi_put_u8(&b, row, (uint8_t)i8);
		break;
	case QMI_TYPE_U16:
		assert_true(qmi_get_u16(m, row, &u16));
		qmi_put_u16(&b, row, u16);
		break;
	case QMI_TYPE_I16:
		assert_true(qmi_get_i16(m, row, &i16));
		qmi_put_u16(&b, row, (uint16_t)i16);
		break;
	case QMI_TYPE_U32:
		assert_true(qmi_get_u32(m, row, &u32));
		qmi_put_u32(&b, row, u32);
		break;
	case QMI_TYPE_I32:
		assert_true(qmi_get_i32(m, row, &i32));
		qmi_put_u32(&b, row, (uint32_t)i32);
		break;
	case QMI_TYPE_U64:
		assert_true(qmi_get_u64(m, row, &u64));
		qmi_put_u64(&b, row, u64);
		break;
	case QMI_TYPE_STR:
		assert_true(qmi_get_str(m, row, str, sizeof(str)));
		qmi_put_str(&b, row, str);
		break;
	case QMI_TYPE_IP4_LE:
		assert_true(qmi_get_ip4(m, row, &ip4));
		qmi_put_ip4(&b, row, ip4);
		break;
	case QMI_TYPE_IP6:
		assert_true(qmi_get_ip6(m, row, &ip6));
		qmi_put_ip6(&b, row, &ip6);
		break;
	default:
		assert_true(qmi_get_cursor(m, row, &c));
		qmi_put_bytes(&b, row, c.pos, cursor_left(&c));
		break;
	}
	return qmi_build_end(&b);
}

static void
every_row_round_trips_and_prints(void **state)
{
	uint8_t first[256], second[256];
	char line[1024], want[80];

	(void)state;
	for (size_t i = 0; i < QMI_ROW_COUNT; i++) {
		enum qmi_row row = (enum qmi_row)i;
		int len = build_row(first, sizeof(first), row);
		struct qmi_msg m;

		assert_true(len > 0);
		assert_int_equal(qmi_parse(first, (size_t)len, &m), 0);
		assert_true(qmi_has(&m, row));
		assert_int_equal(rebuild_row(second, sizeof(second), &m, row), len);
		assert_memory_equal(first, second, (size_t)len);
		print_qmi(line, sizeof(line), first, (size_t)len);
		snprintf(want, sizeof(want), " %s=", qmi_tlv_rows[row].name);
		assert_non_null(strstr(line, want));
		assert_null(strstr(line, "<short>"));
		if (qmi_tlv_rows[row].flags)
			assert_non_null(strstr(line, "=***"));
	}
}

static void
services_have_names_and_numbers(void **state)
{
	(void)state;
	for (int i = 0; i <= 0xff; i++) {
		const char *name = qmi_service_name((uint8_t)i);

		if (name)
			assert_int_equal(qmi_service_number(name), i);
	}
	assert_string_equal(qmi_service_name(QMI_WDA), "WDA");
	assert_int_equal(qmi_service_number("uim"), QMI_UIM);
	assert_int_equal(qmi_service_number("NONE"), -1);
	assert_null(qmi_service_name(0xff));
}

/* reference/qmi.md 3.2 names 111 errors, from 0 to 118, and leaves gaps. */
static void
errors_have_names_and_words(void **state)
{
	size_t named = 0;

	(void)state;
	for (uint16_t e = 0; e < 200; e++) {
		if (strcmp(qmi_error_name(e), "UNKNOWN") != 0) {
			assert_string_not_equal(qmi_error_text(e), "unknown error");
			named++;
		}
	}
	assert_int_equal(named, 111);
	assert_string_equal(qmi_error_name(QMI_ERR_NO_EFFECT), "NO_EFFECT");
	assert_string_equal(qmi_error_name(18), "UNKNOWN");
	assert_string_equal(qmi_error_name(0xffff), "UNKNOWN");
	assert_string_equal(qmi_error_text(18), "unknown error");
	assert_int_equal(QMI_ERR_NO_SIM, 102);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages_are_sorted_unique_and_sourced),
	    cmocka_unit_test(tlvs_are_sorted_unique_and_found),
	    cmocka_unit_test(results_have_no_row),
	    cmocka_unit_test(fields_belong_to_composites),
	    cmocka_unit_test(what_must_not_be_shown_is_marked),
	    cmocka_unit_test(every_row_round_trips_and_prints),
	    cmocka_unit_test(services_have_names_and_numbers),
	    cmocka_unit_test(errors_have_names_and_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
