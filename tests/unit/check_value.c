/* SPDX-License-Identifier: BSD-2-Clause */
/* Typed access: the worked frames by value, both ways, and values that do not fit. */
#include "config.h"

#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/qmi_value.h"
#include "tests/unit/frames.h"

static const struct frame *
parse_named(const char *name, struct qmi_msg *m)
{
	const struct frame *f = frame_named(name);

	assert_int_equal(qmi_parse(f->bytes, f->len, m), 0);
	return f;
}

static void
assert_ip4(const struct qmi_msg *m, enum qmi_row row, const char *want)
{
	struct in_addr a;

	assert_true(qmi_get_ip4(m, row, &a));
	assert_string_equal(inet_ntoa(a), want);
}

static void
settings_of_an_ipv4_call(void **state)
{
	struct qmi_msg m;
	uint32_t mtu;
	uint8_t family, domains;
	char domain[32];
	struct cursor c;

	(void)state;
	parse_named("Get Current Settings response, IPv4", &m);
	assert_ip4(&m, QMI_WDS_GET_CURRENT_SETTINGS_RSP_DNS1, "10.0.0.53");
	assert_ip4(&m, QMI_WDS_GET_CURRENT_SETTINGS_RSP_DNS2, "10.0.0.54");
	assert_ip4(&m, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP4_ADDRESS, "10.244.10.206");
	assert_ip4(&m, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP4_GATEWAY, "10.244.10.205");
	assert_ip4(&m, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP4_MASK, "255.255.255.252");
	assert_true(qmi_get_u32(&m, QMI_WDS_GET_CURRENT_SETTINGS_RSP_MTU, &mtu));
	assert_int_equal(mtu, 1500);
	assert_true(
	    qmi_get_u8(&m, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP_FAMILY, &family));
	assert_int_equal(family, 4);
	assert_true(qmi_get_cursor(&m, QMI_WDS_GET_CURRENT_SETTINGS_RSP_DOMAINS, &c));
	assert_true(cursor_u8(&c, &domains));
	assert_int_equal(domains, 1);
	assert_true(cursor_str16(&c, domain, sizeof(domain)));
	assert_string_equal(domain, "test.net");
	assert_false(qmi_has(&m, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP6_ADDRESS));
}

static void
settings_of_an_ipv6_call(void **state)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr a;
	struct qmi_msg m;
	struct cursor c;
	uint8_t prefix;

	(void)state;
	parse_named("Get Current Settings response, IPv6 (second client, cid 5)", &m);
	assert_true(
	    qmi_get_cursor(&m, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP6_ADDRESS, &c));
	assert_true(cursor_ip6(&c, &a));
	assert_true(cursor_u8(&c, &prefix));
	assert_int_equal(prefix, 64);
	inet_ntop(AF_INET6, &a, text, sizeof(text));
	assert_string_equal(text, "2001:db8:1:2:7c8e:429a:c902:c6cc");
	assert_true(qmi_get_ip6(&m, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP6_DNS2, &a));
	inet_ntop(AF_INET6, &a, text, sizeof(text));
	assert_string_equal(text, "2001:db8::54");
}

/* What libqmi's own frames hold, put together from values. */
static void
requests_are_built_from_values(void **state)
{
	const struct frame *f;
	uint8_t buf[128];
	struct qmi_builder b;
	struct qmi_msg m;
	struct writer *w;

	(void)state;
	f = parse_named("Start Network request by APN", &m);
	qmi_build(&b, buf, sizeof(buf), m.service, m.cid, m.kind, m.txn, m.id);
	qmi_put_str(&b, QMI_WDS_START_NETWORK_REQ_APN, "internet");
	qmi_put_u8(&b, QMI_WDS_START_NETWORK_REQ_AUTH, 3);
	qmi_put_str(&b, QMI_WDS_START_NETWORK_REQ_USER, "user");
	qmi_put_str(&b, QMI_WDS_START_NETWORK_REQ_PASSWORD, "pass");
	qmi_put_u8(&b, QMI_WDS_START_NETWORK_REQ_IP_FAMILY, 4);
	assert_int_equal(qmi_build_end(&b), f->len);
	assert_memory_equal(buf, f->bytes, f->len);

	f = parse_named("Bind Mux Data Port request", &m);
	qmi_build(&b, buf, sizeof(buf), m.service, m.cid, m.kind, m.txn, m.id);
	w = qmi_put_begin(&b, QMI_WDS_BIND_MUX_DATA_PORT_REQ_ENDPOINT);
	writer_u32le(w, 2);
	writer_u32le(w, 4);
	qmi_build_tlv_end(&b);
	qmi_put_u8(&b, QMI_WDS_BIND_MUX_DATA_PORT_REQ_MUX_ID, 0x81);
	qmi_put_u32(&b, QMI_WDS_BIND_MUX_DATA_PORT_REQ_CLIENT_TYPE, 1);
	assert_int_equal(qmi_build_end(&b), f->len);
	assert_memory_equal(buf, f->bytes, f->len);
}

/* The trap of reference/qmi.md 2.3: 0x17 is the endpoint in one direction only. */
static void
wda_ids_differ_by_direction(void **state)
{
	struct qmi_msg m;
	struct cursor c;
	uint32_t v;

	(void)state;
	parse_named("Set Data Format response (smaller limits granted)", &m);
	assert_true(qmi_get_u32(&m, QMI_WDA_SET_DATA_FORMAT_RSP_UL_MAX_DATAGRAMS, &v));
	assert_int_equal(v, 11);
	assert_true(qmi_get_u32(&m, QMI_WDA_SET_DATA_FORMAT_RSP_UL_MAX_SIZE, &v));
	assert_int_equal(v, 4096);
	assert_false(qmi_get_cursor(&m, QMI_WDA_SET_DATA_FORMAT_REQ_ENDPOINT, &c));
	assert_false(qmi_has(&m, QMI_WDA_GET_DATA_FORMAT_RSP_UL_MAX_SIZE));
	parse_named("Set Data Format request", &m);
	assert_true(qmi_get_cursor(&m, QMI_WDA_SET_DATA_FORMAT_REQ_ENDPOINT, &c));
	assert_int_equal(cursor_left(&c), 8);
	assert_false(qmi_has(&m, QMI_WDA_SET_DATA_FORMAT_RSP_UL_MAX_DATAGRAMS));
}

static size_t
build_one(uint8_t *buf, size_t size, enum qmi_row row, const void *value, size_t len)
{
	const struct qmi_tlv_row *r = &qmi_tlv_rows[row];
	struct qmi_builder b;
	int n;

	qmi_build(&b, buf, size, r->service, 1, r->kind, 1, r->msg_id);
	qmi_put_bytes(&b, row, value, len);
	n = qmi_build_end(&b);
	assert_true(n > 0);
	return (size_t)n;
}

/* reference/qmi.md 1.3: too short is absent, longer is read as its prefix. */
static void
too_short_is_absent_and_longer_is_read(void **state)
{
	enum qmi_row row = QMI_WDS_GET_CURRENT_SETTINGS_RSP_MTU;
	uint8_t buf[64];
	struct qmi_msg m;
	uint32_t v = 77;

	(void)state;
	for (size_t len = 0; len < 4; len++) {
		size_t n = build_one(buf, sizeof(buf), row, "\xdc\5\0\0", len);

		assert_int_equal(qmi_parse(buf, n, &m), 0);
		assert_false(qmi_get_u32(&m, row, &v));
		assert_int_equal(v, 77);
	}
	assert_int_equal(
	    qmi_parse(buf, build_one(buf, sizeof(buf), row, "\xdc\5\0\0\1\1", 6), &m),
	    0);
	assert_true(qmi_get_u32(&m, row, &v));
	assert_int_equal(v, 1500);
}

static void
strings_are_trimmed_cleaned_and_cut(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
		size_t size;
		const char *want;
	} cases[] = {
	    {"EM12-AW\t", 8, 32, "EM12-AW"},
	    {"MC7455\0", 7, 32, "MC7455"},
	    {" a b \r\n\0\0", 9, 32, " a b"},
	    {"a\nb\x1b[c\x7f", 8, 32, "a?b?[c?"},
	    {"a\0b", 3, 32, "a?b"},
	    {"caf\xc3\xa9", 5, 32, "caf\xc3\xa9"},
	    {"abcdef", 6, 4, "abc"},
	    {"abcdef", 6, 1, ""},
	    {"", 0, 32, ""},
	};
	uint8_t buf[64];
	char text[32];
	struct qmi_msg m;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = build_one(buf, sizeof(buf), QMI_DMS_GET_MODEL_RSP_MODEL,
		    cases[i].wire, cases[i].len);

		assert_int_equal(qmi_parse(buf, n, &m), 0);
		memset(text, '#', sizeof(text));
		assert_true(
		    qmi_get_str(&m, QMI_DMS_GET_MODEL_RSP_MODEL, text, cases[i].size));
		assert_string_equal(text, cases[i].want);
	}
}

static void
counted_strings_know_their_limits(void **state)
{
	static char long_text[UINT16_MAX + 2];
	static uint8_t buf[UINT16_MAX + 8];
	struct writer w;
	struct cursor c;
	char text[8] = "old";

	(void)state;
	memset(long_text, 'a', sizeof(long_text) - 1);
	writer_init(&w, buf, sizeof(buf));
	writer_str8(&w, "ab");
	writer_str16(&w, "cd");
	assert_int_equal(w.len, 7);
	cursor_init(&c, buf, w.len);
	assert_true(cursor_str8(&c, text, sizeof(text)));
	assert_string_equal(text, "ab");
	assert_true(cursor_str16(&c, text, sizeof(text)));
	assert_string_equal(text, "cd");
	assert_false(cursor_str8(&c, text, sizeof(text)));
	assert_string_equal(text, "cd");
	writer_str8(&w, long_text + sizeof(long_text) - 1 - UINT8_MAX);
	assert_true(writer_ok(&w));
	writer_str8(&w, long_text + sizeof(long_text) - 2 - UINT8_MAX);
	assert_false(writer_ok(&w));
	writer_init(&w, buf, sizeof(buf));
	writer_str16(&w, long_text + 1);
	assert_true(writer_ok(&w));
	writer_init(&w, buf, sizeof(buf));
	writer_str16(&w, long_text);
	assert_false(writer_ok(&w));
}

static void
signed_values_keep_their_sign(void **state)
{
	uint8_t buf[64];
	struct qmi_msg m;
	int8_t i8;
	int16_t i16;
	int32_t i32;

	(void)state;
	assert_int_equal(
	    qmi_parse(buf,
		build_one(buf, sizeof(buf), QMI_NAS_GET_SIGNAL_INFO_RSP_GSM, "\xb5", 1),
		&m),
	    0);
	assert_true(qmi_get_i8(&m, QMI_NAS_GET_SIGNAL_INFO_RSP_GSM, &i8));
	assert_int_equal(i8, -75);
	assert_int_equal(qmi_parse(buf,
			     build_one(buf, sizeof(buf),
				 QMI_NAS_GET_SIGNAL_INFO_RSP_NR5G_RSRQ, "\0\x80", 2),
			     &m),
	    0);
	assert_true(qmi_get_i16(&m, QMI_NAS_GET_SIGNAL_INFO_RSP_NR5G_RSRQ, &i16));
	assert_int_equal(i16, -32768);
	assert_int_equal(
	    qmi_parse(buf,
		build_one(buf, sizeof(buf), QMI_NAS_GET_SIGNAL_STRENGTH_RSP_IO,
		    "\xfe\xff\xff\xff", 4),
		&m),
	    0);
	assert_true(qmi_get_i32(&m, QMI_NAS_GET_SIGNAL_STRENGTH_RSP_IO, &i32));
	assert_int_equal(i32, -2);
}

/* The wrong getter is a bug of ours and ends the process, here a child of the test. */
static void
the_wrong_type_is_fatal(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		struct qmi_msg m;
		uint32_t v;

		if (!freopen("/dev/null", "w", stdout))
			_exit(2);
		parse_named("Set IP Family request", &m);
		qmi_get_u32(&m, QMI_WDS_SET_IP_FAMILY_REQ_IP_FAMILY, &v);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_of_an_ipv4_call),
	    cmocka_unit_test(settings_of_an_ipv6_call),
	    cmocka_unit_test(requests_are_built_from_values),
	    cmocka_unit_test(wda_ids_differ_by_direction),
	    cmocka_unit_test(too_short_is_absent_and_longer_is_read),
	    cmocka_unit_test(strings_are_trimmed_cleaned_and_cut),
	    cmocka_unit_test(counted_strings_know_their_limits),
	    cmocka_unit_test(signed_values_keep_their_sign),
	    cmocka_unit_test(the_wrong_type_is_fatal),
	};

	return cmocka_run_group_tests(tests, frames_setup, frames_teardown);
}
