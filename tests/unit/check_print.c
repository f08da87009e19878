/* SPDX-License-Identifier: BSD-2-Clause */
/* A frame in words: every worked frame, what is hidden, what is odd, what is cut. */
#include "config.h"

#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

#include "common/print.h"
#include "common/qmi_value.h"
#include "tests/unit/frames.h"

/* The "text" of a frame in tests/data was compared with the notes on its bytes. */
static void
every_worked_frame(void **state)
{
	char line[512];

	(void)state;
	for (size_t i = 0; i < frames_count; i++) {
		size_t len =
		    print_qmi(line, sizeof(line), frames[i].bytes, frames[i].len);

		assert_string_equal(line, frames[i].text);
		assert_int_equal(len, strlen(line));
	}
}

/* Cut at every length, always terminated, never written past. */
static void
cut_to_any_size(void **state)
{
	char line[512];

	(void)state;
	for (size_t i = 0; i < frames_count; i++) {
		size_t whole = strlen(frames[i].text);

		for (size_t size = 0; size <= whole + 1; size++) {
			char *small = malloc(size ? size : 1);
			size_t len;

			assert_non_null(small);
			len = print_qmi(small, size, frames[i].bytes, frames[i].len);
			if (size > 0) {
				assert_int_equal(len, size - 1);
				assert_int_equal(small[len], '\0');
				memcpy(line, frames[i].text, len);
				line[len] = '\0';
				assert_string_equal(small, line);
			}
			free(small);
		}
	}
}

static void
end_and_compare(struct qmi_builder *b, const char *want)
{
	char line[512];
	int len = qmi_build_end(b);

	assert_true(len > 0);
	print_qmi(line, sizeof(line), b->w.buf, (size_t)len);
	assert_string_equal(line, want);
}

static void
secrets_in_composites_are_masked(void **state)
{
	uint8_t buf[256];
	struct qmi_builder b;
	struct writer *w;

	(void)state;
	qmi_build(
	    &b, buf, sizeof(buf), QMI_UIM, 2, QMI_KIND_REQ, 8, QMI_UIM_CHANGE_PIN);
	w = qmi_put_begin(&b, QMI_UIM_CHANGE_PIN_REQ_INFO);
	writer_u8(w, 1);
	writer_str8(w, "1234");
	writer_str8(w, "9876");
	qmi_build_tlv_end(&b);
	end_and_compare(
	    &b, "UIM/2 req 8 CHANGE_PIN INFO={PIN_ID=1 OLD_PIN=*** NEW_PIN=***}");

	/* a secret that is cut short is not shown either */
	qmi_build(
	    &b, buf, sizeof(buf), QMI_UIM, 2, QMI_KIND_REQ, 8, QMI_UIM_VERIFY_PIN);
	qmi_put_bytes(&b, QMI_UIM_VERIFY_PIN_REQ_INFO, "\1\0051234", 6);
	end_and_compare(&b, "UIM/2 req 8 VERIFY_PIN INFO={PIN_ID=1 PIN=<short>}");
}

static void
what_no_row_knows_is_shown_as_numbers(void **state)
{
	uint8_t buf[256];
	struct qmi_builder b;

	(void)state;
	qmi_build(&b, buf, sizeof(buf), 0xf0, 3, QMI_KIND_IND, 0, 0xbeef);
	qmi_build_tlv(&b, 0x42, "\x01\xff", 2);
	qmi_build_tlv(&b, 0x43, NULL, 0);
	end_and_compare(&b, "0xf0/3 ind 0 0xbeef 0x42=01 ff 0x43=");
	qmi_build(
	    &b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_RSP, 4, QMI_WDS_START_NETWORK);
	end_and_compare(&b, "WDS/1 rsp 4 START_NETWORK no-result");
	qmi_build(
	    &b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_RSP, 4, QMI_WDS_START_NETWORK);
	qmi_build_result(&b, 18);
	end_and_compare(&b, "WDS/1 rsp 4 START_NETWORK failed UNKNOWN(18)");
}

static void
a_value_too_short_or_too_long(void **state)
{
	uint8_t buf[256];
	struct qmi_builder b;

	(void)state;
	qmi_build(&b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_RSP, 4,
	    QMI_WDS_GET_CURRENT_SETTINGS);
	qmi_build_result(&b, QMI_ERR_NONE);
	qmi_build_tlv(&b, 0x29, "\xdc\x05", 2);
	qmi_build_tlv(&b, 0x2a, "\x02\x01\0a", 4);
	qmi_build_tlv(&b, 0x2b, "\4\4\4", 3);
	end_and_compare(&b,
	    "WDS/1 rsp 4 GET_CURRENT_SETTINGS ok MTU=<short> "
	    "DOMAINS={[DOMAIN_NAME=a, DOMAIN_NAME=<short>]} IP_FAMILY=4");
}

static void
a_strangers_text_cannot_forge(void **state)
{
	uint8_t buf[256];
	struct qmi_builder b;

	(void)state;
	qmi_build(
	    &b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_REQ, 4, QMI_WDS_START_NETWORK);
	qmi_put_str(&b, QMI_WDS_START_NETWORK_REQ_APN, "a\" AUTH=0\n[x]\x1b");
	qmi_put_u8(&b, QMI_WDS_START_NETWORK_REQ_AUTH, 3);
	end_and_compare(&b, "WDS/1 req 4 START_NETWORK APN=\"a? AUTH=0?[x]?\" AUTH=3");
	qmi_build(
	    &b, buf, sizeof(buf), QMI_WDS, 1, QMI_KIND_REQ, 4, QMI_WDS_START_NETWORK);
	qmi_put_str(&b, QMI_WDS_START_NETWORK_REQ_APN, "");
	end_and_compare(&b, "WDS/1 req 4 START_NETWORK APN=\"\"");
}

/* Half a Start Network: its headers are shown, the password in it is not. */
static void
a_broken_frame_shows_its_headers_only(void **state)
{
	uint8_t buf[256];
	char line[512];
	struct qmi_builder b;
	int len;

	(void)state;
	qmi_build(
	    &b, buf, sizeof(buf), QMI_WDS, 4, QMI_KIND_REQ, 3, QMI_WDS_START_NETWORK);
	qmi_put_str(&b, QMI_WDS_START_NETWORK_REQ_PASSWORD, "xyzzy");
	len = qmi_build_end(&b);
	print_qmi(line, sizeof(line), buf, (size_t)len - 1);
	assert_string_equal(
	    line, "broken frame of 20 bytes: 01 14 00 00 01 04 00 03 00 20 00 08 00");
	print_qmi(line, sizeof(line), buf, 0);
	assert_string_equal(line, "broken frame of 0 bytes: ");
}

static void
hex_is_cut_with_dots(void **state)
{
	static const uint8_t bytes[] = {0x01, 0x23, 0xab, 0xff};
	char line[16];

	(void)state;
	assert_int_equal(print_hex(line, 12, bytes, 4), 11);
	assert_string_equal(line, "01 23 ab ff");
	assert_int_equal(print_hex(line, 11, bytes, 4), 9);
	assert_string_equal(line, "01 23 ...");
	print_hex(line, 5, bytes, 4);
	assert_string_equal(line, "...");
	assert_int_equal(print_hex(line, 12, bytes, 0), 0);
	assert_string_equal(line, "");
	assert_int_equal(print_hex(line, 0, bytes, 4), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_worked_frame),
	    cmocka_unit_test(cut_to_any_size),
	    cmocka_unit_test(secrets_in_composites_are_masked),
	    cmocka_unit_test(what_no_row_knows_is_shown_as_numbers),
	    cmocka_unit_test(a_value_too_short_or_too_long),
	    cmocka_unit_test(a_strangers_text_cannot_forge),
	    cmocka_unit_test(a_broken_frame_shows_its_headers_only),
	    cmocka_unit_test(hex_is_cut_with_dots),
	};

	return cmocka_run_group_tests(tests, frames_setup, frames_teardown);
}
