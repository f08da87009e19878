/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated modem's MBIM function: opening, fragments, and what breaks either.
 * What its commands do is in check_mbim_svc.c.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "tests/modem/modem_int.h"
#include "tests/unit/fake_network.h"
#include "tests/unit/frames.h"
#include "tests/unit/mbim_host.h"

#define AT_TXN 8
#define AT_TOTAL 12
#define AT_CURRENT 16
#define AT_INFO_LEN 44

static const uint32_t sizes[] = {64, 96, 512, 4096};

static int
setup(void **state)
{
	struct mbim_host *h = calloc(1, sizeof(*h));

	mbim_host_init(h, NULL, 0);
	*state = h;
	return 0;
}

static int
teardown(void **state)
{
	mbim_host_free(*state);
	free(*state);
	return 0;
}

static void
send_short(struct mbim_host *h, uint32_t type, uint32_t txn, uint32_t value)
{
	uint8_t buf[16];
	int n = mbim_build_short(buf, sizeof(buf), type, txn, value);

	mbim_host_send(h, buf, (size_t)n);
}

static void
expect_error(struct mbim_host *h, uint32_t txn, enum mbim_error error)
{
	struct mbim_msg m = mbim_host_message(h);

	assert_int_equal(m.type, MBIM_TYPE_FUNCTION_ERROR);
	assert_int_equal(m.txn, txn);
	assert_int_equal(m.value, error);
}

static void
expect_short(struct mbim_host *h, uint32_t type, uint32_t txn)
{
	struct mbim_msg m = mbim_host_message(h);

	assert_int_equal(m.type, type);
	assert_int_equal(m.txn, txn);
	assert_int_equal(m.value, MBIM_STATUS_NONE);
}

static uint32_t
activate(struct mbim_host *h, uint32_t session_id, const char *apn)
{
	uint8_t info[256];
	size_t len = mbim_host_connect_info(
	    info, sizeof(info), session_id, true, apn, MBIM_IP_TYPE_V4V6);

	return mbim_host_command(h, mbim_basic_connect, MBIM_CID_CONNECT, MBIM_SET,
	    info, len, MBIM_TRANSFER_DEFAULT);
}

/* opening ----------------------------------------------------------------------------
 */

static void
a_closed_function_says_so(void **state)
{
	struct mbim_host *h = *state;
	uint8_t info[256] = {0};
	uint32_t txn;

	txn = mbim_host_command(h, mbim_basic_connect, MBIM_CID_DEVICE_CAPS, MBIM_QUERY,
	    NULL, 0, MBIM_TRANSFER_DEFAULT);
	expect_error(h, txn, MBIM_ERROR_NOT_OPENED);
	/* once for a message, however many its fragments */
	txn = mbim_host_command(
	    h, mbim_basic_connect, MBIM_CID_CONNECT, MBIM_SET, info, sizeof(info), 64);
	expect_error(h, txn, MBIM_ERROR_NOT_OPENED);
	assert_true(mbim_host_hears_nothing(h));
	send_short(h, MBIM_TYPE_HOST_ERROR, 99, MBIM_ERROR_CANCEL);
	assert_true(mbim_host_hears_nothing(h));
	send_short(h, MBIM_TYPE_CLOSE, 100, 0);
	expect_short(h, MBIM_TYPE_CLOSE_DONE, 100);
}

static void
a_transfer_size_that_is_none_is_refused(void **state)
{
	struct mbim_host *h = *state;

	send_short(h, MBIM_TYPE_OPEN, 1, MBIM_TRANSFER_MIN - 1);
	expect_error(h, 1, MBIM_ERROR_MAX_TRANSFER);
	send_short(h, MBIM_TYPE_OPEN, 2, MBIM_TRANSFER_DEFAULT + 1);
	expect_error(h, 2, MBIM_ERROR_MAX_TRANSFER);
	mbim_host_command(h, mbim_basic_connect, MBIM_CID_DEVICE_CAPS, MBIM_QUERY, NULL,
	    0, MBIM_TRANSFER_DEFAULT);
	expect_error(h, h->txn, MBIM_ERROR_NOT_OPENED);
	mbim_host_open(h, MBIM_TRANSFER_MIN);
}

static void
an_open_ends_what_an_earlier_one_began(void **state)
{
	struct mbim_host *h = *state;
	struct mbim_msg m;

	mbim_host_open(h, 4096);
	activate(h, 1, "internet");
	assert_int_equal(mbim_host_message(h).value, MBIM_STATUS_NONE);
	assert_int_equal(fake_network_bearers(h->networks), 2);
	mbim_host_open(h, 4096);
	assert_int_equal(fake_network_bearers(h->networks), 0);
	assert_true(mbim_host_hears_nothing(h));
	m = mbim_host_ask(
	    h, MBIM_CID_IP_CONFIGURATION, MBIM_QUERY, (const uint8_t[60]){1}, 60);
	assert_int_equal(m.value, MBIM_STATUS_CONTEXT_NOT_ACTIVATED);
	assert_int_equal(m.info_len, 0);
}

static void
a_close_ends_it_in_silence(void **state)
{
	struct mbim_host *h = *state;

	mbim_host_open(h, 4096);
	activate(h, 1, "internet");
	mbim_host_message(h);
	activate(h, 2, "ims"); /* still on its way */
	send_short(h, MBIM_TYPE_CLOSE, 50, 0);
	expect_short(h, MBIM_TYPE_CLOSE_DONE, 50);
	assert_true(mbim_host_hears_nothing(h));
	assert_int_equal(fake_network_bearers(h->networks), 0);
	modem_set_sim(h->modem, MODEM_SIM_ABSENT);
	assert_true(mbim_host_hears_nothing(h));
}

/* The same id may be used again after an OPEN, though its command never ended. */
static void
an_open_frees_all_transaction_ids(void **state)
{
	struct mbim_host *h = *state;
	uint32_t txn;

	mbim_host_open(h, 4096);
	txn = activate(h, 1, "internet");
	mbim_host_open(h, 4096);
	h->txn = txn - 1;
	assert_int_equal(activate(h, 1, "internet"), txn);
	expect_short(h, MBIM_TYPE_COMMAND_DONE, txn);
}

/* fragments
 * ---------------------------------------------------------------------------- */

/* Reads one answer transfer by transfer: all but the last are full. */
static int
read_cut_answer(struct mbim_host *h, struct mbim_assembly *whole, uint32_t size)
{
	int n = 0;

	while (n == 0) {
		const struct mbim_host_part *part = mbim_host_part(h);

		assert_non_null(part);
		n = mbim_assembly_add(whole, part->bytes, part->len);
		assert_true(n >= 0);
		if (n == 0)
			assert_int_equal(part->len, size);
		assert_true(part->len <= size);
	}
	return n;
}

static void
answers_are_cut_to_what_open_said(void **state)
{
	struct mbim_assembly first = {0}, other = {0};
	struct mbim_host *h = *state;
	int first_len = 0;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct mbim_assembly *whole = i == 0 ? &first : &other;
		int n;

		mbim_host_open(h, sizes[i]);
		h->txn = 0x100; /* so that the answers are the same */
		mbim_host_command(h, mbim_basic_connect, MBIM_CID_DEVICE_SERVICES,
		    MBIM_QUERY, NULL, 0, sizes[i]);
		n = read_cut_answer(h, whole, sizes[i]);
		if (i == 0)
			first_len = n;
		assert_true(n > 96 * 2);
		assert_int_equal(n, first_len);
		assert_memory_equal(whole->buf, first.buf, n);
	}
	mbim_assembly_free(&first);
	mbim_assembly_free(&other);
}

static void
commands_are_joined(void **state)
{
	struct mbim_host *h = *state;
	uint8_t info[256];

	mbim_host_open(h, 4096);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		size_t len = mbim_host_connect_info(
		    info, sizeof(info), 1, true, "internet", MBIM_IP_TYPE_V4);

		mbim_host_command(h, mbim_basic_connect, MBIM_CID_CONNECT, MBIM_SET,
		    info, len, sizes[i]);
		assert_int_equal(mbim_host_message(h).value, MBIM_STATUS_NONE);
		len = mbim_host_connect_info(
		    info, sizeof(info), 1, false, "", MBIM_IP_TYPE_DEFAULT);
		mbim_host_command(h, mbim_basic_connect, MBIM_CID_CONNECT, MBIM_SET,
		    info, len, sizes[i]);
		assert_int_equal(mbim_host_message(h).value, MBIM_STATUS_NONE);
	}
}

/* Fragment current of total, with that many bytes of nothing. */
static void
send_fragment(struct mbim_host *h, uint32_t txn, uint32_t total, uint32_t current)
{
	uint8_t buf[64] = {0};

	put_u32le(buf, MBIM_TYPE_COMMAND);
	put_u32le(buf + 4, sizeof(buf));
	put_u32le(buf + AT_TXN, txn);
	put_u32le(buf + AT_TOTAL, total);
	put_u32le(buf + AT_CURRENT, current);
	mbim_host_send(h, buf, sizeof(buf));
}

static void
fragments_out_of_order_are_reported(void **state)
{
	struct mbim_host *h = *state;

	mbim_host_open(h, 4096);
	send_fragment(h, 7, 3, 1); /* does not begin one */
	expect_error(h, 7, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	send_fragment(h, 8, 3, 0);
	send_fragment(h, 8, 3, 2); /* left one out */
	expect_error(h, 8, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	send_fragment(h, 8, 3, 1); /* of a message that is given up */
	expect_error(h, 8, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	send_fragment(h, 9, 3, 0);
	send_fragment(h, 9, 4, 1); /* another total */
	expect_error(h, 9, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	send_fragment(h, 10, 3, 0);
	send_fragment(h, 10, 3, 0); /* twice */
	expect_error(h, 10, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	send_fragment(h, 11, 0, 0);
	expect_error(h, 11, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	send_fragment(h, 12, 2, 2);
	expect_error(h, 12, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	assert_true(mbim_host_hears_nothing(h));
}

static void
a_command_between_fragments_spoils_them_and_not_itself(void **state)
{
	struct mbim_host *h = *state;

	mbim_host_open(h, 4096);
	send_fragment(h, 0x70, 3, 0);
	mbim_host_command(h, mbim_basic_connect, MBIM_CID_RADIO_STATE, MBIM_QUERY, NULL,
	    0, MBIM_TRANSFER_DEFAULT);
	expect_error(h, 0x70, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	expect_short(h, MBIM_TYPE_COMMAND_DONE, h->txn);
	send_fragment(h, 0x70, 3, 1);
	expect_error(h, 0x70, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
}

static void
a_message_that_stops_half_way_is_given_up(void **state)
{
	struct mbim_host *h = *state;

	mbim_host_open(h, 4096);
	send_fragment(h, 0x71, 2, 0);
	expect_error(h, 0x71, MBIM_ERROR_TIMEOUT_FRAGMENT); /* after 1.25 s */
	send_fragment(h, 0x71, 2, 1);
	expect_error(h, 0x71, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	send_fragment(h, 0x72, 2, 0);
	mbim_host_open(h, 4096); /* forgets it */
	send_fragment(h, 0x73, 2, 1);
	expect_error(h, 0x73, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
}

static void
a_host_may_vanish_in_the_middle(void **state)
{
	struct mbim_host *h = *state;

	mbim_host_open(h, 4096);
	activate(h, 1, "internet");
	send_fragment(h, 0x71, 2, 0);
	modem_detach_port(h->port);
	assert_true(mbim_host_hears_nothing(h));
	/* the function is still open and the context came up */
	assert_int_equal(fake_network_bearers(h->networks), 2);
}

/* broken
 * ------------------------------------------------------------------------------- */

static void
a_wrong_information_length_is_reported(void **state)
{
	const struct frame *f = frame_named("E2");
	struct mbim_host *h = *state;
	uint8_t bytes[FRAME_BYTES_MAX];

	mbim_host_open(h, 4096);
	memcpy(bytes, f->bytes, f->len);
	put_u32le(bytes + AT_INFO_LEN, get_u32le(bytes + AT_INFO_LEN) + 1);
	mbim_host_send(h, bytes, f->len);
	expect_error(h, 5, MBIM_ERROR_LENGTH_MISMATCH);
	put_u32le(bytes + AT_INFO_LEN, UINT32_MAX);
	mbim_host_send(h, bytes, f->len);
	expect_error(h, 5, MBIM_ERROR_LENGTH_MISMATCH);
	/* too short for a command at all */
	put_u32le(bytes + 4, AT_INFO_LEN);
	mbim_host_send(h, bytes, AT_INFO_LEN);
	expect_error(h, 5, MBIM_ERROR_LENGTH_MISMATCH);
}

static void
an_id_in_use_twice_fails_both(void **state)
{
	struct mbim_host *h = *state;
	uint32_t txn;

	mbim_host_open(h, 4096);
	txn = activate(h, 1, "internet");
	h->txn = txn - 1;
	mbim_host_command(h, mbim_basic_connect, MBIM_CID_RADIO_STATE, MBIM_QUERY, NULL,
	    0, MBIM_TRANSFER_DEFAULT);
	expect_error(h, txn, MBIM_ERROR_DUPLICATED_TID);
	/* the context comes up, and is told as nobody waits for it */
	assert_int_equal(mbim_host_message(h).type, MBIM_TYPE_INDICATE_STATUS);
	assert_true(mbim_host_hears_nothing(h));
}

static void
a_transfer_above_the_limit_is_refused(void **state)
{
	struct mbim_host *h = *state;
	uint8_t info[5000] = {0};
	uint8_t msg[5100];
	struct mbim_builder b;
	int n;

	mbim_host_open(h, 4096);
	mbim_build_command(&b, msg, sizeof(msg), 0x74, mbim_basic_connect,
	    MBIM_CID_RADIO_STATE, MBIM_SET);
	writer_bytes(&b.w, info, sizeof(info));
	n = mbim_build_end(&b);
	mbim_host_send(h, msg, (size_t)n);
	expect_error(h, 0x74, MBIM_ERROR_LENGTH_MISMATCH);
}

/* Whatever bytes lie between messages, the next message is understood. */
static void
garbage_loses_no_message_after_it(void **state)
{
	static const uint8_t garbage[] = {0xff, 0x00, 0x17, 0x42, 0x05, 0x00, 0x00};
	struct mbim_host *h = *state;

	mbim_host_send(h, garbage, sizeof(garbage));
	mbim_host_open(h, 4096);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(a_closed_function_says_so),
	    T(a_transfer_size_that_is_none_is_refused),
	    T(an_open_ends_what_an_earlier_one_began),
	    T(a_close_ends_it_in_silence),
	    T(an_open_frees_all_transaction_ids),
	    T(answers_are_cut_to_what_open_said),
	    T(commands_are_joined),
	    T(fragments_out_of_order_are_reported),
	    T(a_command_between_fragments_spoils_them_and_not_itself),
	    T(a_message_that_stops_half_way_is_given_up),
	    T(a_host_may_vanish_in_the_middle),
	    T(a_wrong_information_length_is_reported),
	    T(an_id_in_use_twice_fails_both),
	    T(a_transfer_above_the_limit_is_refused),
	    T(garbage_loses_no_message_after_it),
	};

	frames = frames_load("mbim.hex", &frames_count);
	return cmocka_run_group_tests(tests, NULL, frames_teardown);
}
