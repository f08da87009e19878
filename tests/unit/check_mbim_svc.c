/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the commands of the simulated modem's MBIM function do: contexts and their
 * states, the SIM, the network, what is notified to whom, and every refusal.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "common/mbim_table.h"
#include "common/print.h"
#include "tests/modem/mbim_func_int.h"
#include "tests/modem/modem_control.h"
#include "tests/modem/modem_int.h"
#include "tests/unit/fake_network.h"
#include "tests/unit/frames.h"
#include "tests/unit/mbim_host.h"

static int
setup_with(void **state, const char *pin)
{
	struct mbim_host *h = calloc(1, sizeof(*h));

	mbim_host_init(h, pin, 0);
	mbim_host_open(h, 4096);
	*state = h;
	return 0;
}

static int
setup(void **state)
{
	return setup_with(state, NULL);
}

static int
setup_pin(void **state)
{
	return setup_with(state, "0123");
}

static int
teardown(void **state)
{
	mbim_host_free(*state);
	free(*state);
	return 0;
}

static uint32_t
u32_at(const struct mbim_msg *m, size_t offset)
{
	assert_true(m->info_len >= offset + 4);
	return get_u32le(m->info + offset);
}

/* CONNECT, MBIM 1.0 ------------------------------------------------------------------
 */

struct connect_answer {
	uint32_t status, state, ip_type, nw_error;
};

static void
send_connect(
    struct mbim_host *h, uint32_t id, bool on, const char *apn, uint32_t ip_type)
{
	uint8_t info[512];
	size_t len = mbim_host_connect_info(info, sizeof(info), id, on, apn, ip_type);

	mbim_host_command(h, mbim_basic_connect, MBIM_CID_CONNECT, MBIM_SET, info, len,
	    MBIM_TRANSFER_DEFAULT);
}

static struct connect_answer
read_connect(struct mbim_host *h, uint32_t type, uint32_t id)
{
	struct mbim_msg m = mbim_host_message(h);
	struct connect_answer a = {.status = m.value};

	assert_int_equal(m.type, type);
	assert_int_equal(m.cmd, MBIM_CID_CONNECT);
	assert_int_equal(m.info_len, 36);
	assert_int_equal(u32_at(&m, 0), id);
	a.state = u32_at(&m, 4);
	a.ip_type = u32_at(&m, 12);
	a.nw_error = u32_at(&m, 32);
	return a;
}

static struct connect_answer
connect_session(
    struct mbim_host *h, uint32_t id, bool on, const char *apn, uint32_t ip_type)
{
	send_connect(h, id, on, apn, ip_type);
	return read_connect(h, MBIM_TYPE_COMMAND_DONE, id);
}

#define ACTIVATE(h, id, apn, type) \
	connect_session(h, id, true, apn, MBIM_IP_TYPE_##type)
#define DEACTIVATE(h, id) connect_session(h, id, false, "", MBIM_IP_TYPE_DEFAULT)

static struct mbim_msg
query_ip(struct mbim_host *h, uint32_t id)
{
	uint8_t info[60] = {0};

	put_u32le(info, id);
	return mbim_host_ask(
	    h, MBIM_CID_IP_CONFIGURATION, MBIM_QUERY, info, sizeof(info));
}

static void
control(struct mbim_host *h, const char *line)
{
	char answer[4096];

	if (modem_command(h->modem, line, answer, sizeof(answer)) < 0)
		fail_msg("%s: %s", line, answer);
}

static void
a_session_goes_up_and_down(void **state)
{
	struct mbim_host *h = *state;
	struct connect_answer a = ACTIVATE(h, 1, "internet", V4V6);

	assert_int_equal(a.status, MBIM_STATUS_NONE);
	assert_int_equal(a.state, MBIM_ACTIVATION_ACTIVATED);
	assert_int_equal(a.ip_type, MBIM_IP_TYPE_V4V6);
	assert_int_equal(a.nw_error, 0);
	assert_true(mbim_host_hears_nothing(h));
	assert_int_equal(fake_network_bearers(h->networks), 2);
	/* the same again changes nothing; another APN on it is refused */
	a = ACTIVATE(h, 1, "INTERNET", V4V6);
	assert_int_equal(a.status, MBIM_STATUS_NONE);
	a = ACTIVATE(h, 1, "ims", V4V6);
	assert_int_equal(a.status, MBIM_STATUS_FAILURE);
	assert_int_equal(a.state, MBIM_ACTIVATION_ACTIVATED);
	a = DEACTIVATE(h, 1);
	assert_int_equal(a.status, MBIM_STATUS_NONE);
	assert_int_equal(a.state, MBIM_ACTIVATION_DEACTIVATED);
	assert_int_equal(fake_network_bearers(h->networks), 0);
	a = DEACTIVATE(h, 1);
	assert_int_equal(a.status, MBIM_STATUS_CONTEXT_NOT_ACTIVATED);
}

static void
the_network_may_give_one_family_only(void **state)
{
	struct mbim_host *h = *state;
	struct connect_answer a;

	fake_network_only(h->networks, "internet", AF_INET);
	a = ACTIVATE(h, 1, "internet", V4V6);
	assert_int_equal(a.status, MBIM_STATUS_NONE);
	assert_int_equal(a.state, MBIM_ACTIVATION_ACTIVATED);
	assert_int_equal(a.ip_type, MBIM_IP_TYPE_V4);
	assert_int_equal(a.nw_error, 50);
	fake_network_only(h->networks, "ims", AF_INET6);
	a = ACTIVATE(h, 2, "ims", DEFAULT);
	assert_int_equal(a.ip_type, MBIM_IP_TYPE_V6);
	assert_int_equal(a.nw_error, 51);
	DEACTIVATE(h, 2);
	a = ACTIVATE(h, 2, "ims", V4);
	assert_int_equal(a.status, MBIM_STATUS_FAILURE);
	assert_int_equal(a.state, MBIM_ACTIVATION_DEACTIVATED);
	assert_int_equal(a.nw_error, 26);
}

static void
refusals_have_their_cause(void **state)
{
	struct mbim_host *h = *state;
	struct connect_answer a = ACTIVATE(h, 1, "nowhere", V4V6);

	assert_int_equal(a.status, MBIM_STATUS_FAILURE);
	assert_int_equal(a.nw_error, 27); /* missing or unknown APN */
	assert_int_equal(ACTIVATE(h, 1, "internet", V4V6).nw_error, 0);
	a = ACTIVATE(h, 2, "internet", V4V6); /* one connection per PDN */
	assert_int_equal(a.status, MBIM_STATUS_FAILURE);
	assert_int_equal(a.nw_error, 55);
	control(h, "mbim same-apn 1");
	assert_int_equal(ACTIVATE(h, 2, "internet", V4V6).status, MBIM_STATUS_NONE);
	control(h, "mbim sessions 2");
	a = ACTIVATE(h, 3, "ims", V4);
	assert_int_equal(a.status, MBIM_STATUS_MAX_ACTIVATED_CONTEXTS);
	control(h, "mbim short-failure 1");
	send_connect(h, 3, true, "ims", MBIM_IP_TYPE_V4);
	assert_int_equal(mbim_host_message(h).info_len, 0);
}

static void
the_modules_own_context_serves_without_an_apn(void **state)
{
	struct mbim_host *h = *state;
	uint8_t info[512];
	size_t len;

	assert_int_equal(ACTIVATE(h, 1, "", V4).status, MBIM_STATUS_NONE);
	assert_int_equal(DEACTIVATE(h, 1).status, MBIM_STATUS_NONE);
	len = mbim_host_connect_info(info, sizeof(info), 1, true, "", MBIM_IP_TYPE_V4);
	memcpy(info + 44, mbim_context_ims, 16); /* none is provisioned */
	assert_int_equal(mbim_host_ask(h, MBIM_CID_CONNECT, MBIM_SET, info, len).value,
	    MBIM_STATUS_INVALID_ACCESS_STRING);
	memcpy(info + 44, mbim_basic_connect, 16); /* no context type */
	assert_int_equal(mbim_host_ask(h, MBIM_CID_CONNECT, MBIM_SET, info, len).value,
	    MBIM_STATUS_CONTEXT_NOT_SUPPORTED);
}

static void
the_modules_state_stands_in_the_way(void **state)
{
	struct mbim_host *h = *state;

	control(h, "mbim short-failure 0");
	modem_set_attached(h->modem, false);
	modem_set_registration(h->modem, MODEM_SEARCHING);
	modem_set_registration(h->modem, MODEM_REGISTERED);
	modem_set_attached(h->modem, false);
	while (!mbim_host_hears_nothing(h))
		mbim_host_message(h);
	assert_int_equal(
	    ACTIVATE(h, 1, "ims", V4).status, MBIM_STATUS_PACKET_SERVICE_DETACHED);
	modem_set_registration(h->modem, MODEM_DENIED);
	while (!mbim_host_hears_nothing(h))
		mbim_host_message(h);
	assert_int_equal(ACTIVATE(h, 1, "ims", V4).status, MBIM_STATUS_NOT_REGISTERED);
	modem_set_radio(h->modem, MODEM_RADIO_LOW_POWER);
	while (!mbim_host_hears_nothing(h))
		mbim_host_message(h);
	assert_int_equal(ACTIVATE(h, 1, "ims", V4).status, MBIM_STATUS_RADIO_POWER_OFF);
	modem_set_sim(h->modem, MODEM_SIM_ABSENT);
	while (!mbim_host_hears_nothing(h))
		mbim_host_message(h);
	assert_int_equal(
	    ACTIVATE(h, 1, "ims", V4).status, MBIM_STATUS_SIM_NOT_INSERTED);
}

static void
a_wrong_connect_is_refused_whatever_is_wrong(void **state)
{
	const struct frame *f = frame_named("E2");
	struct mbim_host *h = *state;
	uint8_t info[512];
	struct mbim_msg e2, m;
	char name[128];
	size_t len;

	assert_int_equal(mbim_parse(f->bytes, f->len, &e2), 0);
	for (len = 0; len < e2.info_len; len++) { /* "u1" and "pw" end at its end */
		m = mbim_host_ask(h, MBIM_CID_CONNECT, MBIM_SET, e2.info, len);
		assert_int_equal(m.value, MBIM_STATUS_INVALID_PARAMETERS);
		assert_int_equal(m.info_len, 0);
	}
	for (size_t at = 8; at < 32; at += 8) { /* each offset into the fixed part */
		memcpy(info, e2.info, e2.info_len);
		put_u32le(info + at, 4);
		m = mbim_host_ask(h, MBIM_CID_CONNECT, MBIM_SET, info, e2.info_len);
		assert_int_equal(m.value, MBIM_STATUS_INVALID_PARAMETERS);
		put_u32le(info + at, UINT32_MAX - 1);
		m = mbim_host_ask(h, MBIM_CID_CONNECT, MBIM_SET, info, e2.info_len);
		assert_int_equal(m.value, MBIM_STATUS_INVALID_PARAMETERS);
	}
	for (size_t at = 0; at < 44; at += at == 4 ? 28 : 4) { /* each number */
		memcpy(info, e2.info, e2.info_len);
		put_u32le(info + at, 256);
		m = mbim_host_ask(h, MBIM_CID_CONNECT, MBIM_SET, info, e2.info_len);
		assert_int_equal(m.value, MBIM_STATUS_INVALID_PARAMETERS);
	}
	memset(name, 'a', sizeof(name));
	name[101] = '\0';
	len =
	    mbim_host_connect_info(info, sizeof(info), 1, true, name, MBIM_IP_TYPE_V4);
	m = mbim_host_ask(h, MBIM_CID_CONNECT, MBIM_SET, info, len);
	assert_int_equal(m.value, MBIM_STATUS_PARAMETER_TOO_LONG);
}

static void
the_network_ends_a_session(void **state)
{
	struct mbim_host *h = *state;
	const struct modem_cause cause = modem_cause_3gpp(39);
	struct connect_answer a;

	ACTIVATE(h, 1, "internet", V4V6);
	ACTIVATE(h, 2, "ims", V4);
	modem_drop_calls(h->modem, "internet", &cause);
	a = read_connect(h, MBIM_TYPE_INDICATE_STATUS, 1);
	assert_int_equal(a.state, MBIM_ACTIVATION_DEACTIVATED);
	assert_int_equal(a.nw_error, 39);
	assert_true(mbim_host_hears_nothing(h)); /* once, though it had two calls */
	assert_int_equal(fake_network_bearers(h->networks), 1);
	assert_int_equal(ACTIVATE(h, 1, "internet", V4V6).status, MBIM_STATUS_NONE);
}

static void
a_deactivate_overtakes_its_activate(void **state)
{
	struct mbim_host *h = *state;
	struct connect_answer a;
	uint32_t first;

	send_connect(h, 1, true, "internet", MBIM_IP_TYPE_V4);
	first = h->txn;
	send_connect(h, 1, true, "internet", MBIM_IP_TYPE_V4); /* busy with it */
	send_connect(h, 1, false, "", MBIM_IP_TYPE_DEFAULT);
	a = read_connect(h, MBIM_TYPE_COMMAND_DONE, 1);
	assert_int_equal(a.status, MBIM_STATUS_BUSY);
	assert_int_equal(a.state, MBIM_ACTIVATION_ACTIVATING);
	assert_int_equal(first + 2, h->txn);
	a = read_connect(h, MBIM_TYPE_COMMAND_DONE, 1);
	assert_int_equal(a.status, MBIM_STATUS_FAILURE);
	a = read_connect(h, MBIM_TYPE_COMMAND_DONE, 1);
	assert_int_equal(a.status, MBIM_STATUS_NONE);
	assert_true(mbim_host_hears_nothing(h));
	assert_int_equal(fake_network_bearers(h->networks), 0);
}

static void
some_modules_answer_early(void **state)
{
	struct mbim_host *h = *state;
	struct connect_answer a;

	control(h, "mbim early 1");
	a = ACTIVATE(h, 1, "internet", V4V6);
	assert_int_equal(a.status, MBIM_STATUS_NONE);
	assert_int_equal(a.state, MBIM_ACTIVATION_ACTIVATING);
	a = read_connect(h, MBIM_TYPE_INDICATE_STATUS, 1);
	assert_int_equal(a.state, MBIM_ACTIVATION_ACTIVATED);
	a = ACTIVATE(h, 2, "nowhere", V4);
	assert_int_equal(a.state, MBIM_ACTIVATION_ACTIVATING);
	a = read_connect(h, MBIM_TYPE_INDICATE_STATUS, 2);
	assert_int_equal(a.state, MBIM_ACTIVATION_DEACTIVATED);
	assert_int_equal(a.nw_error, 27);
}

/* Layouts of MBIMEx 3.0: TLVs instead of references. */
static void
version_3_has_other_layouts(void **state)
{
	static const uint8_t wanted[] = {0x00, 0x01, 0x00, 0x03};
	/* type, padding, length, then "ims" and padding (mbim.md 1.9) */
	static const uint8_t ims[] = {
	    0x0a, 0, 0, 2, 6, 0, 0, 0, 'i', 0, 'm', 0, 's', 0, 0, 0};
	static const uint8_t none[] = {0x0a, 0, 0, 0, 0, 0, 0, 0};
	struct mbim_host *h = *state;
	uint8_t info[128];
	struct writer w;
	struct mbim_msg m;

	mbim_host_command(h, mbim_ms_basic_connect, MBIM_CID_MS_VERSION, MBIM_QUERY,
	    wanted, sizeof(wanted), 4096);
	m = mbim_host_message(h);
	assert_int_equal(m.info_len, 4);
	assert_memory_equal(m.info, wanted, 4);
	writer_init(&w, info, sizeof(info));
	writer_u32le(&w, 4); /* session */
	writer_u32le(&w, 1); /* activate */
	writer_u32le(&w, 0);
	writer_u32le(&w, 0);
	writer_u32le(&w, MBIM_IP_TYPE_V4);
	writer_bytes(&w, mbim_context_internet, 16);
	writer_u32le(&w, 0);
	writer_bytes(&w, ims, sizeof(ims));
	writer_bytes(&w, none, sizeof(none));
	assert_int_equal(
	    mbim_host_ask(h, MBIM_CID_CONNECT, MBIM_SET, info, w.len).value,
	    MBIM_STATUS_INVALID_PARAMETERS);
	writer_bytes(&w, none, sizeof(none));
	m = mbim_host_ask(h, MBIM_CID_CONNECT, MBIM_SET, info, w.len);
	assert_int_equal(m.value, MBIM_STATUS_NONE);
	assert_int_equal(m.info_len, 40 + sizeof(ims));
	assert_memory_equal(m.info + 40, ims, sizeof(ims));
	m = mbim_host_ask(h, MBIM_CID_SUBSCRIBER_READY_STATUS, MBIM_QUERY, NULL, 0);
	assert_int_equal(u32_at(&m, 8), 40); /* one telephone number: data after it */
	m = mbim_host_ask(h, MBIM_CID_PACKET_SERVICE, MBIM_QUERY, NULL, 0);
	assert_int_equal(m.info_len, 44);
	m = mbim_host_ask(h, MBIM_CID_REGISTER_STATE, MBIM_QUERY, NULL, 0);
	assert_int_equal(u32_at(&m, 20), 52);
	/* an OPEN goes back to 1.0 */
	mbim_host_open(h, 4096);
	m = mbim_host_ask(h, MBIM_CID_PACKET_SERVICE, MBIM_QUERY, NULL, 0);
	assert_int_equal(m.info_len, 28);
}

/* IP_CONFIGURATION -------------------------------------------------------------------
 */

static void
addresses_are_what_the_network_gave(void **state)
{
	struct mbim_host *h = *state;
	struct cursor c;
	struct mbim_reader r;
	const uint8_t *bytes;
	uint32_t v, count;
	struct mbim_msg m;
	char text[64];

	ACTIVATE(h, 5, "ims", V4V6);
	m = query_ip(h, 5);
	assert_int_equal(m.value, MBIM_STATUS_NONE);
	mbim_reader_init(&r, m.info, m.info_len, 60);
	mbim_read_u32(&r, &v);
	assert_int_equal(v, 5);
	mbim_read_u32(&r, &v);
	assert_int_equal(v, 15);
	mbim_read_u32(&r, &v);
	assert_int_equal(v, 15);
	assert_true(mbim_read_array(&r, 8, &count, &c));
	assert_int_equal(count, 1);
	assert_true(cursor_u32le(&c, &v) && cursor_bytes(&c, 4, &bytes));
	assert_int_equal(v, 30);
	assert_string_equal(inet_ntop(AF_INET, bytes, text, 64), "10.2.0.5");
	assert_true(mbim_read_array(&r, 20, &count, &c));
	assert_true(cursor_u32le(&c, &v) && cursor_bytes(&c, 16, &bytes));
	assert_int_equal(v, 64);
	assert_string_equal(inet_ntop(AF_INET6, bytes, text, 64), "2001:db8:2:2::2");
	assert_true(mbim_read_offset(&r, 4, &c) && cursor_bytes(&c, 4, &bytes));
	assert_string_equal(inet_ntop(AF_INET, bytes, text, 64), "10.2.0.6");
	assert_true(mbim_read_offset(&r, 16, &c));
	assert_true(mbim_read_array(&r, 4, &count, &c));
	assert_int_equal(count, 2);
	assert_true(cursor_skip(&c, 4) && cursor_bytes(&c, 4, &bytes));
	assert_string_equal(inet_ntop(AF_INET, bytes, text, 64), "10.2.255.2");
	assert_true(mbim_read_array(&r, 16, &count, &c));
	assert_int_equal(count, 2);
	mbim_read_u32(&r, &v);
	assert_int_equal(v, 1430);
	assert_true(mbim_read_u32(&r, &v));
	assert_int_equal(v, 1430);
}

static void
a_family_that_is_not_there_has_nothing(void **state)
{
	struct mbim_host *h = *state;
	struct mbim_msg m;

	ACTIVATE(h, 0, "internet", V6);
	m = query_ip(h, 0);
	assert_int_equal(u32_at(&m, 4), 0);
	assert_int_equal(u32_at(&m, 12), 0);
	assert_int_equal(u32_at(&m, 8), 15);
	control(h, "mbim ip6-flags 8"); /* SLAAC: the host must find out itself */
	m = query_ip(h, 0);
	assert_int_equal(u32_at(&m, 8), 8);
	assert_int_equal(u32_at(&m, 20), 0);
	assert_int_equal(u32_at(&m, 32), 0);
	assert_int_equal(u32_at(&m, 44), 0);
	assert_int_equal(u32_at(&m, 56), 1500);
	assert_int_equal(query_ip(h, 1).value, MBIM_STATUS_CONTEXT_NOT_ACTIVATED);
	assert_int_equal(query_ip(h, 256).value, MBIM_STATUS_INVALID_PARAMETERS);
}

static void
a_new_address_is_told(void **state)
{
	struct mbim_host *h = *state;
	struct mbim_msg m;

	ACTIVATE(h, 3, "internet", V4);
	assert_int_equal(modem_renumber_call(modem_call_find(h->modem, 3, AF_INET)), 0);
	m = mbim_host_message(h);
	assert_int_equal(m.type, MBIM_TYPE_INDICATE_STATUS);
	assert_int_equal(m.cmd, MBIM_CID_IP_CONFIGURATION);
	assert_int_equal(m.txn, 0);
	assert_int_equal(u32_at(&m, 0), 3);
}

/* SIM
 * ---------------------------------------------------------------------------------- */

static uint32_t
enter_pin(struct mbim_host *h, uint32_t type, uint32_t operation, const char *pin,
    const char *new_pin)
{
	struct mbim_writer w;
	uint8_t info[256];
	struct writer out;

	writer_init(&out, info, sizeof(info));
	mbim_writer_init(&w, &out, 24);
	mbim_write_u32(&w, type);
	mbim_write_u32(&w, operation);
	mbim_write_string(&w, pin);
	mbim_write_string(&w, new_pin);
	mbim_host_command(
	    h, mbim_basic_connect, MBIM_CID_PIN, MBIM_SET, info, out.len, 4096);
	for (;;) {
		struct mbim_msg m = mbim_host_message(h);

		if (m.type == MBIM_TYPE_COMMAND_DONE)
			return m.value;
	}
}

static void
a_pin_is_asked_for_and_counted(void **state)
{
	struct mbim_host *h = *state;
	struct mbim_msg m;

	m = mbim_host_ask(h, MBIM_CID_SUBSCRIBER_READY_STATUS, MBIM_QUERY, NULL, 0);
	assert_int_equal(u32_at(&m, 0), MBIM_READY_DEVICE_LOCKED);
	assert_int_equal(u32_at(&m, 8), 0); /* no IMSI before the PIN */
	assert_int_equal(
	    ACTIVATE(h, 1, "internet", V4).status, MBIM_STATUS_PIN_REQUIRED);
	assert_int_equal(enter_pin(h, MBIM_PIN_TYPE_PIN1, MBIM_PIN_ENTER, "9999", ""),
	    MBIM_STATUS_FAILURE);
	m = mbim_host_ask(h, MBIM_CID_PIN, MBIM_QUERY, NULL, 0);
	assert_int_equal(u32_at(&m, 0), MBIM_PIN_TYPE_PIN1);
	assert_int_equal(u32_at(&m, 4), 1);
	assert_int_equal(u32_at(&m, 8), 2);
	assert_int_equal(enter_pin(h, MBIM_PIN_TYPE_PIN1, MBIM_PIN_ENTER, "0123", ""),
	    MBIM_STATUS_NONE);
	m = mbim_host_ask(h, MBIM_CID_PIN, MBIM_QUERY, NULL, 0);
	assert_int_equal(u32_at(&m, 4), 0);
	assert_int_equal(ACTIVATE(h, 1, "internet", V4).status, MBIM_STATUS_NONE);
}

static void
a_blocked_pin_wants_the_puk(void **state)
{
	struct mbim_host *h = *state;
	struct mbim_msg m;

	for (int i = 0; i < MODEM_PIN_TRIES; i++)
		assert_int_equal(
		    enter_pin(h, MBIM_PIN_TYPE_PIN1, MBIM_PIN_ENTER, "9999", ""),
		    MBIM_STATUS_FAILURE);
	m = mbim_host_ask(h, MBIM_CID_PIN, MBIM_QUERY, NULL, 0);
	assert_int_equal(u32_at(&m, 0), MBIM_PIN_TYPE_PUK1);
	assert_int_equal(
	    enter_pin(h, MBIM_PIN_TYPE_PUK1, MBIM_PIN_ENTER, h->modem->puk, "4321"),
	    MBIM_STATUS_NONE);
	assert_int_equal(enter_pin(h, MBIM_PIN_TYPE_PIN1, MBIM_PIN_DISABLE, "4321", ""),
	    MBIM_STATUS_NONE);
	assert_int_equal(enter_pin(h, MBIM_PIN_TYPE_PIN1, MBIM_PIN_ENTER, "4321", ""),
	    MBIM_STATUS_PIN_DISABLED);
	assert_int_equal(enter_pin(h, MBIM_PIN_TYPE_PIN2, MBIM_PIN_ENTER, "4321", ""),
	    MBIM_STATUS_NO_DEVICE_SUPPORT);
}

/* Commands that are not, and rules
 * ------------------------------------------------------ */

static uint32_t
status_of(struct mbim_host *h, const uint8_t *service, uint32_t cmd, uint32_t type)
{
	struct mbim_msg m;

	mbim_host_command(h, service, cmd, type, NULL, 0, 4096);
	m = mbim_host_message(h);
	assert_memory_equal(m.service, service, 16);
	assert_int_equal(m.cmd, cmd);
	return m.value;
}

static void
what_is_unknown_is_not_supported(void **state)
{
	struct mbim_host *h = *state;

	assert_int_equal(status_of(h, mbim_basic_connect, 17, MBIM_QUERY),
	    MBIM_STATUS_NO_DEVICE_SUPPORT);
	assert_int_equal(status_of(h, mbim_context_none, 1, MBIM_QUERY),
	    MBIM_STATUS_NO_DEVICE_SUPPORT);
	assert_int_equal(
	    status_of(h, mbim_basic_connect, MBIM_CID_DEVICE_CAPS, MBIM_SET),
	    MBIM_STATUS_INVALID_DEVICE_SERVICE_OPERATION);
	assert_int_equal(status_of(h, mbim_basic_connect, MBIM_CID_DEVICE_CAPS, 2),
	    MBIM_STATUS_INVALID_PARAMETERS);
}

static void
a_rule_can_give_any_status(void **state)
{
	struct mbim_host *h = *state;
	struct connect_answer a;
	char line[128];

	for (uint32_t status = 1; status < 110; status++) {
		if (!mbim_status_name(status))
			continue;
		snprintf(line, sizeof(line), "fault MBIM.CONNECT req error %s count 1",
		    mbim_status_name(status));
		control(h, line);
		assert_int_equal(ACTIVATE(h, 1, "internet", V4).status, status);
	}
	control(h, "fault MBIM.CONNECT req error FAILURE cause 33 count 1");
	a = ACTIVATE(h, 1, "internet", V4);
	assert_int_equal(a.nw_error, 33);
	assert_int_equal(a.state, MBIM_ACTIVATION_DEACTIVATED);
	assert_int_equal(ACTIVATE(h, 1, "internet", V4).status, MBIM_STATUS_NONE);
	control(h, "fault MBIM.DEVICE_CAPS req error BUSY count 1");
	assert_int_equal(
	    status_of(h, mbim_basic_connect, MBIM_CID_DEVICE_CAPS, MBIM_QUERY),
	    MBIM_STATUS_BUSY);
	control(h, "mbim function-error 6");
	mbim_host_command(
	    h, mbim_basic_connect, MBIM_CID_DEVICE_CAPS, MBIM_QUERY, NULL, 0, 4096);
	assert_int_equal(mbim_host_message(h).type, MBIM_TYPE_FUNCTION_ERROR);
}

/* The table of messages and the function were written apart: they must agree. */
static void
commands_are_those_of_the_table(void **state)
{
	static const struct mbim_func_service *const services[] = {
	    &mbim_svc_basic, &mbim_svc_ms, &mbim_svc_quectel};

	(void)state;
	for (size_t s = 0; s < COUNT(services); s++)
		for (size_t i = 0; i < services[s]->count; i++) {
			const struct mbim_command *c = &services[s]->commands[i];
			const struct mbim_cmd_row *row =
			    mbim_cmd_find(services[s]->uuid, c->cmd);

			assert_non_null(row);
			assert_string_equal(strchr(c->name, '.') + 1, row->name);
			assert_true(!c->query || row->ops & MBIM_OP_QUERY);
			assert_true(!c->set || row->ops & MBIM_OP_SET);
		}
}

/* Every answer to a query that needs nothing is laid out as the table says. */
static void
answers_are_laid_out_as_the_table_says(void **state)
{
	struct mbim_host *h = *state;
	char line[2000];

	ACTIVATE(h, 0, "internet", V4V6);
	for (size_t i = 0; i < mbim_svc_basic.count; i++) {
		const struct mbim_command *c = &mbim_svc_basic.commands[i];
		uint8_t info[60] = {0};
		struct mbim_msg m;

		if (!c->query)
			continue;
		m = mbim_host_ask(h, c->cmd, MBIM_QUERY, info, sizeof(info));
		assert_int_equal(m.value, MBIM_STATUS_NONE);
		print_mbim(
		    line, sizeof(line), h->whole.buf, get_u32le(h->whole.buf + 4));
		assert_non_null(strstr(line, " ok"));
		assert_null(strstr(line, "<bad>"));
		assert_null(strstr(line, " bytes"));
	}
}

/* Every command with every short buffer: refused or answered, and never silent. */
static void
no_command_chokes_on_a_short_buffer(void **state)
{
	static const uint8_t *const services[] = {
	    mbim_basic_connect, mbim_ms_basic_connect, mbim_qmi, mbim_quectel};
	struct mbim_host *h = *state;
	uint8_t ff[80];

	memset(ff, 0xff, sizeof(ff));
	for (size_t s = 0; s < COUNT(services); s++)
		for (uint32_t cmd = 1; cmd < 26; cmd++)
			for (uint32_t n = 0; n < 2 * sizeof(ff); n++) {
				struct mbim_msg m;

				if (services[s] == mbim_ms_basic_connect &&
				    cmd == MBIM_CID_MS_DEVICE_RESET)
					continue;
				mbim_host_command(
				    h, services[s], cmd, n % 2, ff, n / 2, 4096);
				do
					m = mbim_host_message(h);
				while (m.type != MBIM_TYPE_COMMAND_DONE);
				assert_int_equal(m.txn, h->txn);
			}
}

/* Notifications
 * ------------------------------------------------------------------------- */

static void
subscribe(struct mbim_host *h, const uint8_t *service, uint32_t cmd)
{
	struct mbim_writer w;
	uint8_t info[64];
	struct writer out;
	struct mbim_msg m;
	size_t begin;

	writer_init(&out, info, sizeof(info));
	mbim_writer_init(&w, &out, 4 + 8);
	mbim_write_u32(&w, 1);
	begin = mbim_write_element_begin(&w);
	writer_bytes(&out, service, 16);
	writer_u32le(&out, 1);
	writer_u32le(&out, cmd);
	mbim_write_element_end(&w, begin);
	m = mbim_host_ask(h, MBIM_CID_SUBSCRIBE_LIST, MBIM_SET, info, out.len);
	assert_int_equal(m.value, MBIM_STATUS_NONE);
	assert_int_equal(m.info_len, out.len);
	assert_memory_equal(m.info, info, out.len);
}

static void
notifications_follow_the_list(void **state)
{
	struct mbim_host *h = *state;
	struct mbim_msg m;

	/* at first: the standard services, and the others not */
	modem_set_attached(h->modem, false);
	m = mbim_host_message(h);
	assert_int_equal(m.cmd, MBIM_CID_PACKET_SERVICE);
	assert_true(mbim_host_hears_nothing(h));
	subscribe(h, mbim_ms_basic_connect, MBIM_CID_MS_LTE_ATTACH_INFO);
	modem_set_attached(h->modem, true);
	m = mbim_host_message(h);
	assert_memory_equal(m.service, mbim_ms_basic_connect, 16);
	assert_int_equal(u32_at(&m, 0), 1);
	assert_true(mbim_host_hears_nothing(h));
	/* each list stands instead of the last */
	subscribe(h, mbim_basic_connect, MBIM_CID_RADIO_STATE);
	modem_set_radio(h->modem, MODEM_RADIO_LOW_POWER);
	m = mbim_host_message(h);
	assert_int_equal(m.cmd, MBIM_CID_RADIO_STATE);
	assert_int_equal(u32_at(&m, 4), 0);
	assert_true(mbim_host_hears_nothing(h));
}

static void
roaming_is_told(void **state)
{
	struct mbim_host *h = *state;
	struct mbim_msg m;

	control(h, "roaming on");
	m = mbim_host_message(h);
	assert_int_equal(m.cmd, MBIM_CID_REGISTER_STATE);
	assert_int_equal(u32_at(&m, 4), MBIM_REGISTER_ROAMING);
}

static void
a_count_of_all_ones_is_refused(void **state)
{
	struct mbim_host *h = *state;
	uint8_t info[16];

	memset(info, 0xff, sizeof(info));
	assert_int_equal(
	    mbim_host_ask(h, MBIM_CID_SUBSCRIBE_LIST, MBIM_SET, info, 4).value,
	    MBIM_STATUS_INVALID_PARAMETERS);
	assert_int_equal(
	    mbim_host_ask(h, MBIM_CID_SUBSCRIBE_LIST, MBIM_SET, info, 12).value,
	    MBIM_STATUS_INVALID_PARAMETERS);
}

/* QMI inside
 * ----------------------------------------------------------------------------- */

static void
qmi_reaches_the_same_services(void **state)
{
	/* E9: CTL get version info */
	static const uint8_t ctl[] = {0x01, 0x0b, 0, 0, 0, 0, 0, 0x01, 0x21, 0, 0, 0};
	struct mbim_host *h = *state;
	struct mbim_msg m;

	mbim_host_command(
	    h, mbim_qmi, MBIM_CID_QMI_MSG, MBIM_SET, ctl, sizeof(ctl), 4096);
	m = mbim_host_message(h);
	assert_int_equal(m.value, MBIM_STATUS_NONE);
	assert_memory_equal(m.service, mbim_qmi, 16);
	assert_true(m.info_len > sizeof(ctl));
	assert_int_equal(m.info[0], 0x01);
	assert_int_equal(get_u16le(m.info + 1), m.info_len - 1);
	assert_int_equal(m.info[6], 0x01); /* response */
	assert_int_equal(m.info[7], 0x01); /* to this request */
	mbim_host_command(
	    h, mbim_qmi, MBIM_CID_QMI_MSG, MBIM_SET, ctl, sizeof(ctl) - 1, 4096);
	assert_int_equal(mbim_host_message(h).value, MBIM_STATUS_INVALID_PARAMETERS);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define T_PIN(test) cmocka_unit_test_setup_teardown(test, setup_pin, teardown)
	const struct CMUnitTest tests[] = {
	    T(a_session_goes_up_and_down),
	    T(the_network_may_give_one_family_only),
	    T(refusals_have_their_cause),
	    T(the_modules_own_context_serves_without_an_apn),
	    T(the_modules_state_stands_in_the_way),
	    T(a_wrong_connect_is_refused_whatever_is_wrong),
	    T(the_network_ends_a_session),
	    T(a_deactivate_overtakes_its_activate),
	    T(some_modules_answer_early),
	    T(version_3_has_other_layouts),
	    T(addresses_are_what_the_network_gave),
	    T(a_family_that_is_not_there_has_nothing),
	    T(a_new_address_is_told),
	    T_PIN(a_pin_is_asked_for_and_counted),
	    T_PIN(a_blocked_pin_wants_the_puk),
	    T(what_is_unknown_is_not_supported),
	    T(a_rule_can_give_any_status),
	    T(commands_are_those_of_the_table),
	    T(answers_are_laid_out_as_the_table_says),
	    T(no_command_chokes_on_a_short_buffer),
	    T(notifications_follow_the_list),
	    T(roaming_is_told),
	    T(a_count_of_all_ones_is_refused),
	    T(qmi_reaches_the_same_services),
	};

	frames = frames_load("mbim.hex", &frames_count);
	return cmocka_run_group_tests(tests, NULL, frames_teardown);
}
