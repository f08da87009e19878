/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The QMI router before a device that fetches one message for each announcement, and a
 * modem whose announcements get lost (reference/kernel.md 2.1).
 */
#include "config.h"

#include <string.h>

#include "common/qmi_table.h"
#include "proxy/router.h"
#include "tests/unit/check.h"

#define CONN 7
#define NAS_CID 3
#define QUEUE_MAX 256
#define MESSAGE_MAX 64

static struct {
	void *router;
	int64_t now;
	uint8_t held[QUEUE_MAX][MESSAGE_MAX]; /* by the modem, in order */
	size_t held_len[QUEUE_MAX];
	unsigned head, tail;
	unsigned announced; /* and not fetched yet */
	unsigned drop;      /* announcements to lose */
	unsigned asked;     /* messages to the modem */
	bool silent;
	uint16_t answered; /* last transaction that CONN heard the answer to */
	unsigned indications;
} w;

static void
modem_says(const uint8_t *msg, size_t len)
{
	assert_true(len <= MESSAGE_MAX && w.tail - w.head < QUEUE_MAX);
	memcpy(w.held[w.tail % QUEUE_MAX], msg, len);
	w.held_len[w.tail++ % QUEUE_MAX] = len;
	if (w.drop > 0)
		w.drop--;
	else
		w.announced++;
}

static void
modem_answers(const struct qmi_msg *req)
{
	static const uint8_t pair[2] = {QMI_NAS, NAS_CID};
	uint8_t buf[MESSAGE_MAX];
	struct qmi_builder b;

	qmi_build(&b, buf, sizeof(buf), req->service, req->cid, QMI_KIND_RSP, req->txn,
	    req->id);
	qmi_build_result(&b, 0);
	if (req->service == QMI_CTL && req->id == QMI_CTL_ALLOCATE_CID)
		qmi_build_tlv(&b, 0x01, pair, sizeof(pair));
	modem_says(buf, (size_t)qmi_build_end(&b));
}

static void
deliver(void *arg, uint32_t dest, enum router_prio prio, const uint8_t *msg, size_t len)
{
	struct qmi_msg m;

	(void)arg;
	(void)prio;
	assert_int_equal(qmi_parse(msg, len, &m), 0);
	if (dest == ROUTER_DEVICE) {
		w.asked++;
		if (!w.silent)
			modem_answers(&m);
	} else if (m.kind == QMI_KIND_IND) {
		w.indications++;
	} else {
		assert_int_equal(qmi_response_error(&m), 0);
		w.answered = (uint16_t)m.txn;
	}
}

static void
never(void *arg, uint32_t conn, const char *why)
{
	(void)arg;
	(void)conn;
	fail_msg("hung up: %s", why);
}

static void
reopen(void *arg, const char *why)
{
	(void)arg;
	fail_msg("reopened: %s", why);
}

/* All that is announced is fetched, what that leads to included. */
static void
fetch(void)
{
	while (w.announced > 0) {
		w.announced--;
		if (w.head == w.tail)
			continue; /* a second announcement finds nothing */
		unsigned n = w.head++ % QUEUE_MAX;
		assert_int_equal(qmi_router_ops.from_device(
				     w.router, w.held[n], w.held_len[n], w.now),
		    0);
	}
}

/* Time passes, in steps of what the router waits for. */
static void
pass(int64_t ms)
{
	int64_t end = w.now + ms;

	while (w.now < end) {
		int64_t at = qmi_router_ops.deadline(w.router);
		w.now = at > w.now && at < end ? at : end;
		qmi_router_ops.timer(w.router, w.now);
		fetch();
	}
}

static void
ask(uint8_t service, uint8_t cid, uint16_t id, uint16_t txn)
{
	uint8_t buf[MESSAGE_MAX];
	struct qmi_builder b;
	const uint8_t nas = QMI_NAS;

	qmi_build(&b, buf, sizeof(buf), service, cid, QMI_KIND_REQ, txn, id);
	if (service == QMI_CTL)
		qmi_build_tlv(&b, 0x01, &nas, 1);
	int n = qmi_build_end(&b);
	assert_int_equal(
	    qmi_router_ops.from_conn(w.router, CONN, buf, (size_t)n, w.now), 0);
}

static void
ask_nas(uint16_t txn)
{
	ask(QMI_NAS, NAS_CID, 0x0024, txn);
}

static void
indicate(void)
{
	uint8_t buf[MESSAGE_MAX];
	struct qmi_builder b;

	qmi_build(&b, buf, sizeof(buf), QMI_NAS, NAS_CID, QMI_KIND_IND, 0, 0x0024);
	modem_says(buf, (size_t)qmi_build_end(&b));
}

static void
make(bool announces)
{
	static const struct router_config config = {.device = "test"};
	static const struct router_sink sink = {deliver, never, reopen, NULL};
	static const struct router_peer root = {.dialect = ROUTER_DIALECT_VENDOR};

	memset(&w, 0, sizeof(w));
	w.router = qmi_router_ops.create(&config, &sink);
	qmi_router_ops.conn_added(w.router, CONN, &root, w.now);
	qmi_router_ops.device_announces(w.router, announces);
}

static void
open_device(void)
{
	qmi_router_ops.device_up(w.router, 4096, w.now);
	fetch();
	ask(QMI_CTL, 0, QMI_CTL_ALLOCATE_CID, 1);
	fetch();
	assert_int_equal(w.answered, 1);
}

static int
setup(void **state)
{
	(void)state;
	make(true);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	qmi_router_ops.destroy(w.router);
	return 0;
}

static void
test_nothing_lost(void **state)
{
	(void)state;
	open_device();
	unsigned asked = w.asked;
	for (uint16_t txn = 2; txn < 50; txn++) {
		ask_nas(txn);
		pass(100);
		assert_int_equal(w.answered, txn);
	}
	indicate();
	pass(60000);
	assert_int_equal(w.indications, 1);
	assert_int_equal(w.asked - asked, 48);
}

/* The one that is lost costs its asker a moment; later ones cost a message, no time. */
static void
test_announcement_lost(void **state)
{
	(void)state;
	open_device();
	w.drop = 1;
	ask_nas(2);
	fetch();
	assert_int_equal(w.answered, 1);
	pass(1000);
	assert_int_equal(w.answered, 2);
	for (uint16_t txn = 3; txn < 50; txn++) {
		unsigned asked = w.asked;
		pass(3000);
		ask_nas(txn);
		fetch();
		assert_int_equal(w.answered, txn);
		assert_in_range(w.asked - asked, 1, 2);
	}
}

static void
test_indication_behind(void **state)
{
	(void)state;
	open_device();
	w.drop = 1;
	ask_nas(2);
	pass(5000);
	assert_int_equal(w.answered, 2);
	for (unsigned n = 1; n < 5; n++) {
		indicate();
		fetch();
		assert_int_equal(w.indications, n);
		pass(5000);
	}
	ask_nas(3);
	fetch();
	assert_int_equal(w.answered, 3);
}

/* Behind by several: what a predecessor left there. */
static void
test_left_over(void **state)
{
	struct qmi_msg old = {.service = QMI_NAS, .cid = 9, .id = 0x24, .txn = 5};

	(void)state;
	w.drop = 4;
	for (unsigned n = 0; n < 4; n++)
		modem_answers(&old);
	open_device();
	for (uint16_t txn = 2; txn < 20; txn++) {
		unsigned asked = w.asked;
		pass(3000);
		ask_nas(txn);
		fetch();
		assert_int_equal(w.answered, txn);
		assert_true(w.asked - asked <= 6);
	}
	indicate();
	pass(1000);
	ask_nas(30);
	pass(1000);
	assert_int_equal(w.answered, 30);
	assert_int_equal(w.indications, 1);
}

/* What was behind is fetched at once, and it is noticed. */
static void
test_caught_up(void **state)
{
	(void)state;
	open_device();
	w.drop = 3;
	ask_nas(2);
	ask_nas(3);
	ask_nas(4);
	pass(2000);
	assert_int_equal(w.answered, 4);
	w.announced += 10;
	fetch();
	ask_nas(5);
	fetch();
	assert_int_equal(w.answered, 5);
	unsigned asked = w.asked;
	for (uint16_t txn = 6; txn < 26; txn++) {
		ask_nas(txn);
		fetch();
		pass(1000);
		assert_int_equal(w.answered, txn);
	}
	assert_true(w.asked - asked <= 22);
}

/* Slow is not behind: it is asked a little more, and not for ever. */
static void
test_slow_modem(void **state)
{
	(void)state;
	open_device();
	unsigned asked = w.asked;
	for (uint16_t txn = 2; txn < 12; txn++) {
		w.drop = 1000;
		ask_nas(txn);
		pass(1500);
		assert_true(w.answered < txn);
		w.announced = w.tail - w.head; /* all of it, late */
		w.drop = 0;
		pass(60000);
		assert_int_equal(w.answered, txn);
	}
	assert_true(w.asked - asked <= 60);
}

/* A socket or a terminal brings everything by itself. */
static void
test_not_announcing(void **state)
{
	(void)state;
	qmi_router_ops.destroy(w.router);
	make(false);
	open_device();
	unsigned asked = w.asked;
	w.silent = true;
	ask_nas(2);
	pass(5000);
	assert_int_equal(w.asked - asked, 1);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(test_nothing_lost),
	    WITH(test_announcement_lost),
	    WITH(test_indication_behind),
	    WITH(test_left_over),
	    WITH(test_caught_up),
	    WITH(test_slow_modem),
	    WITH(test_not_announcing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
