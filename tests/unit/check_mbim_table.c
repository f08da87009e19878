/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MBIM table holds together, agrees with the numbers that code compares with, and
 * makes a readable line of every worked frame without showing what is personal.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "common/mbim_table.h"
#include "common/print.h"
#include "tests/unit/frames.h"

#define LINE 512

static int
setup(void **state)
{
	(void)state;
	frames = frames_load("mbim.hex", &frames_count);
	return 0;
}

static void
commands_are_sorted_unique_and_found(void **state)
{
	(void)state;
	assert_true(mbim_cmd_rows_count > 60);
	for (size_t i = 0; i < mbim_cmd_rows_count; i++) {
		const struct mbim_cmd_row *row = &mbim_cmd_rows[i];
		const uint8_t *uuid = mbim_service_uuid(row->service);
		char name[80];

		if (i > 0)
			assert_true(
			    row[-1].service < row->service ||
			    (row[-1].service == row->service && row[-1].id < row->id));
		snprintf(name, sizeof(name), "%s.%s", mbim_service_word(row->service),
		    row->name);
		assert_ptr_equal(mbim_cmd_find(uuid, row->id), row);
		assert_ptr_equal(mbim_cmd_find_named(name), row);
		assert_true(row->ops != 0);
		assert_true(strlen(row->source) > 0);
	}
	assert_null(mbim_cmd_find(mbim_basic_connect, 17));
	assert_null(mbim_cmd_find_named("CONNECT"));
	assert_ptr_equal(mbim_cmd_find_named("basic_connect.connect"),
	    mbim_cmd_find(mbim_basic_connect, MBIM_CID_CONNECT));
}

static void
services_are_unique(void **state)
{
	(void)state;
	for (int i = 0; i < MBIM_SERVICE_COUNT; i++)
		assert_int_equal(
		    mbim_service_find(mbim_service_uuid((enum mbim_service)i)), i);
	assert_int_equal(mbim_service_find(mbim_context_internet), -1);
}

/* A field's command has a row, and a buffer's rows are found as one run. */
static void
fields_are_sorted_and_found(void **state)
{
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < mbim_field_rows_count; i += count) {
		const struct mbim_field_row *f = &mbim_field_rows[i];
		const struct mbim_cmd_row *row =
		    mbim_cmd_find(mbim_service_uuid(f->service), f->cmd);

		assert_non_null(row);
		assert_ptr_equal(mbim_cmd_fields(row, f->dir, &count), f);
		assert_true(count > 0);
		if (f->dir == MBIM_DIR_QUERY)
			assert_true(row->ops & MBIM_OP_QUERY);
		if (f->dir == MBIM_DIR_SET)
			assert_true(row->ops & MBIM_OP_SET);
	}
}

static void
expect_name(const uint8_t *service, uint32_t id, const char *name)
{
	const struct mbim_cmd_row *row = mbim_cmd_find(service, id);

	assert_non_null(row);
	assert_string_equal(row->name, name);
}

static void
numbers_agree_with_the_constants(void **state)
{
	const uint8_t *bc = mbim_basic_connect, *ms = mbim_ms_basic_connect;

	(void)state;
	assert_int_equal(mbim_service_find(bc), MBIM_SERVICE_BASIC_CONNECT);
	assert_int_equal(mbim_service_find(mbim_qmi), MBIM_SERVICE_QMI);
	expect_name(bc, MBIM_CID_DEVICE_CAPS, "DEVICE_CAPS");
	expect_name(bc, MBIM_CID_SUBSCRIBER_READY_STATUS, "SUBSCRIBER_READY_STATUS");
	expect_name(bc, MBIM_CID_RADIO_STATE, "RADIO_STATE");
	expect_name(bc, MBIM_CID_PIN, "PIN");
	expect_name(bc, MBIM_CID_REGISTER_STATE, "REGISTER_STATE");
	expect_name(bc, MBIM_CID_PACKET_SERVICE, "PACKET_SERVICE");
	expect_name(bc, MBIM_CID_CONNECT, "CONNECT");
	expect_name(bc, MBIM_CID_IP_CONFIGURATION, "IP_CONFIGURATION");
	expect_name(bc, MBIM_CID_DEVICE_SERVICES, "DEVICE_SERVICES");
	expect_name(bc, MBIM_CID_SUBSCRIBE_LIST, "SUBSCRIBE_LIST");
	expect_name(ms, MBIM_CID_MS_VERSION, "VERSION");
	expect_name(ms, MBIM_CID_MS_LTE_ATTACH_CONFIG, "LTE_ATTACH_CONFIG");
	expect_name(mbim_qmi, MBIM_CID_QMI_MSG, "MSG");
	expect_name(mbim_proxy_control, MBIM_CID_PROXY_CONFIGURATION, "CONFIGURATION");
	expect_name(mbim_proxy_control, MBIM_CID_PROXY_VERSION, "VERSION");
	expect_name(mbim_quectel, MBIM_CID_QUECTEL_RADIO_STATE, "RADIO_STATE");
}

/* The fixed parts that mbim.md 2.3 gives in bytes. */
static void
fixed_parts_are_as_long_as_documented(void **state)
{
	static const struct {
		const char *name;
		enum mbim_dir dir;
		size_t len;
	} want[] = {
	    {"BASIC_CONNECT.DEVICE_CAPS", MBIM_DIR_INFO, 64},
	    {"BASIC_CONNECT.SUBSCRIBER_READY_STATUS", MBIM_DIR_INFO, 28},
	    {"BASIC_CONNECT.PIN", MBIM_DIR_SET, 24},
	    {"BASIC_CONNECT.HOME_PROVIDER", MBIM_DIR_INFO, 32},
	    {"BASIC_CONNECT.REGISTER_STATE", MBIM_DIR_INFO, 48},
	    {"BASIC_CONNECT.PACKET_SERVICE", MBIM_DIR_INFO, 28},
	    {"BASIC_CONNECT.SIGNAL_STATE", MBIM_DIR_INFO, 20},
	    {"BASIC_CONNECT.CONNECT", MBIM_DIR_SET, 60},
	    {"BASIC_CONNECT.CONNECT", MBIM_DIR_INFO, 36},
	    {"BASIC_CONNECT.PROVISIONED_CONTEXTS", MBIM_DIR_SET, 60},
	    {"BASIC_CONNECT.IP_CONFIGURATION", MBIM_DIR_INFO, 60},
	    {"BASIC_CONNECT.DEVICE_SERVICES", MBIM_DIR_INFO, 8},
	    {"BASIC_CONNECT.PACKET_STATISTICS", MBIM_DIR_INFO, 48},
	    {"PROXY_CONTROL.CONFIGURATION", MBIM_DIR_SET, 12},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct mbim_field_row *f;
		size_t count;

		f = mbim_cmd_fields(
		    mbim_cmd_find_named(want[i].name), want[i].dir, &count);
		assert_int_equal(mbim_fields_fixed_len(f, count), want[i].len);
	}
}

static void
every_worked_frame(void **state)
{
	char line[LINE];

	(void)state;
	for (size_t i = 0; i < frames_count; i++) {
		size_t len =
		    print_mbim(line, sizeof(line), frames[i].bytes, frames[i].len);

		assert_string_equal(line, frames[i].text);
		assert_int_equal(len, strlen(line));
	}
}

/* Cut at every length, always terminated, never written past. */
static void
cut_to_any_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < frames_count; i++) {
		size_t whole = strlen(frames[i].text);

		for (size_t size = 1; size <= whole + 1; size++) {
			char *small = malloc(size);

			assert_non_null(small);
			assert_int_equal(
			    print_mbim(small, size, frames[i].bytes, frames[i].len),
			    size - 1);
			assert_memory_equal(small, frames[i].text, size - 1);
			assert_int_equal(small[size - 1], '\0');
			free(small);
		}
	}
}

static void
end_and_compare(struct mbim_builder *b, const char *want)
{
	char line[LINE];
	int len = mbim_build_end(b);

	assert_true(len > 0);
	print_mbim(line, sizeof(line), b->w.buf, (size_t)len);
	assert_string_equal(line, want);
}

static void
personal_values_are_masked(void **state)
{
	uint8_t buf[512];
	struct mbim_builder b;
	struct mbim_writer w;

	(void)state;
	mbim_build_done(&b, buf, sizeof(buf), 3, mbim_basic_connect,
	    MBIM_CID_SUBSCRIBER_READY_STATUS, MBIM_STATUS_NONE);
	mbim_writer_init(&w, &b.w, 28 + 2 * 8);
	mbim_write_u32(&w, 1);
	mbim_write_string(&w, "262011234567890");
	mbim_write_string(&w, "8949000000000000000");
	mbim_write_u32(&w, 0);
	mbim_write_u32(&w, 2);
	mbim_write_string(&w, "+491701234567");
	mbim_write_string(&w, "+491707654321");
	end_and_compare(&b, "BASIC_CONNECT done 3 SUBSCRIBER_READY_STATUS ok "
			    "READY_STATE=1 IMSI=*** ICCID=*** READY_INFO=0 "
			    "NUMBERS=[***, ***]");
	mbim_build_command(
	    &b, buf, sizeof(buf), 4, mbim_basic_connect, MBIM_CID_PIN, MBIM_SET);
	mbim_writer_init(&w, &b.w, 24);
	mbim_write_u32(&w, MBIM_PIN_TYPE_PIN1);
	mbim_write_u32(&w, MBIM_PIN_ENTER);
	mbim_write_string(&w, "1234");
	mbim_write_string(&w, "");
	end_and_compare(&b, "BASIC_CONNECT set 4 PIN TYPE=2 OPERATION=0 PIN=*** "
			    "NEW_PIN=\"\"");
}

static void
what_no_row_knows_shows_its_size_only(void **state)
{
	uint8_t buf[256];
	struct mbim_builder b;

	(void)state;
	mbim_build_command(
	    &b, buf, sizeof(buf), 7, mbim_context_internet, 99, MBIM_QUERY);
	writer_bytes(&b.w, "secret", 6);
	end_and_compare(&b, "7e5e2a7e-4e6f-7272-736b-656e7e5e2a7e query 7 99, 6 bytes");
	mbim_build_done(&b, buf, sizeof(buf), 8, mbim_sms, 2, 0x91000001);
	end_and_compare(&b, "SMS done 8 READ failed 0x91000001");
	mbim_build_indication(&b, buf, sizeof(buf), mbim_sms, 2);
	writer_bytes(&b.w, "hello", 5);
	end_and_compare(&b, "SMS ind 0 READ, 5 bytes");
}

/* Offsets and counts that lie end the line at the field that has them. */
static void
what_does_not_fit_is_bad(void **state)
{
	uint8_t buf[256];
	struct mbim_builder b;

	(void)state;
	mbim_build_command(&b, buf, sizeof(buf), 1, mbim_basic_connect,
	    MBIM_CID_SUBSCRIBE_LIST, MBIM_SET);
	writer_u32le(&b.w, 0xffffffff);
	end_and_compare(&b, "BASIC_CONNECT set 1 SUBSCRIBE_LIST EVENTS=[]<bad>");
	mbim_build_command(
	    &b, buf, sizeof(buf), 1, mbim_basic_connect, MBIM_CID_CONNECT, MBIM_SET);
	writer_u32le(&b.w, 1);
	writer_u32le(&b.w, 1);
	writer_u32le(&b.w, 4); /* an APN inside the fixed part */
	writer_u32le(&b.w, 8);
	writer_zero(&b.w, 44);
	end_and_compare(
	    &b, "BASIC_CONNECT set 1 CONNECT SESSION=1 ACTIVATE=1 APN=<bad>");
	/* shorter than its fixed part, as MBIMEx 3.0 queries are: no harm */
	mbim_build_done(&b, buf, sizeof(buf), 1, mbim_basic_connect, MBIM_CID_CONNECT,
	    MBIM_STATUS_FAILURE);
	writer_u32le(&b.w, 3);
	end_and_compare(&b, "BASIC_CONNECT done 1 CONNECT failed FAILURE SESSION=3 "
			    "STATE=<bad>");
}

/* Half a CONNECT: its header is shown, the password in it is not. */
static void
a_broken_message_shows_its_header_only(void **state)
{
	const struct frame *f = frame_named("E2");
	char line[LINE];

	(void)state;
	print_mbim(line, sizeof(line), f->bytes, f->len - 1);
	assert_string_equal(
	    line, "broken message of 127 bytes: 03 00 00 00 80 00 00 00 05 00 00 00");
	print_mbim(line, sizeof(line), f->bytes, 0);
	assert_string_equal(line, "broken message of 0 bytes: ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(commands_are_sorted_unique_and_found),
	    cmocka_unit_test(services_are_unique),
	    cmocka_unit_test(fields_are_sorted_and_found),
	    cmocka_unit_test(numbers_agree_with_the_constants),
	    cmocka_unit_test(fixed_parts_are_as_long_as_documented),
	    cmocka_unit_test(every_worked_frame),
	    cmocka_unit_test(cut_to_any_size),
	    cmocka_unit_test(personal_values_are_masked),
	    cmocka_unit_test(what_no_row_knows_shows_its_size_only),
	    cmocka_unit_test(what_does_not_fit_is_bad),
	    cmocka_unit_test(a_broken_message_shows_its_header_only),
	};

	return cmocka_run_group_tests(tests, setup, frames_teardown);
}
