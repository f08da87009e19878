/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The law of the QMI router, with random connections and an unreliable modem: every
 * request gets exactly one answer, at its sender, with its own transaction id.
 */
#include "config.h"

#include <string.h>

#include "common/qmi_table.h"
#include "proxy/router.h"
#include "tests/unit/check.h"

#define CONNS 6
#define IDS 40000

struct world {
	void *router;
	int64_t now;
	uint8_t to_device[4096][64];
	size_t to_device_len[4096];
	unsigned head, tail;
	unsigned asked[CONNS + 1][256], answered[CONNS + 1][256];
	unsigned revoked, open_cids;
};

static uint32_t seed = 12345;

static uint32_t
rnd(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static void
deliver(void *arg, uint32_t dest, enum router_prio prio, const uint8_t *msg, size_t len)
{
	struct world *w = arg;
	struct qmi_msg m;

	(void)prio;
	assert_int_equal(qmi_parse(msg, len, &m), 0);
	if (dest == ROUTER_DEVICE) {
		assert_true(len <= 64 && w->tail - w->head < 4096);
		memcpy(w->to_device[w->tail % 4096], msg, len);
		w->to_device_len[w->tail++ % 4096] = len;
		return;
	}
	assert_in_range(dest, 1, CONNS);
	if (m.kind == QMI_KIND_IND) {
		w->revoked++;
		return;
	}
	assert_true(m.txn < 256);
	w->answered[dest][m.txn]++;
	assert_true(w->answered[dest][m.txn] <= w->asked[dest][m.txn]);
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
	(void)why;
}

static void
modem(struct world *w, bool may_fail)
{
	uint8_t buf[64], *req;
	struct qmi_builder b;
	struct qmi_msg m;
	int n;

	if (w->head == w->tail)
		return;
	req = w->to_device[w->head % 4096];
	assert_int_equal(qmi_parse(req, w->to_device_len[w->head++ % 4096], &m), 0);
	if (may_fail && rnd(20) == 0)
		return; /* silent: the asker must get an error in time */
	qmi_build(&b, buf, sizeof(buf), m.service, m.cid, QMI_KIND_RSP, m.txn, m.id);
	qmi_build_result(&b, 0);
	n = qmi_build_end(&b);
	for (unsigned again = may_fail && rnd(20) == 0 ? 2 : 1; again; again--) {
		uint8_t copy[64];

		memcpy(copy, buf, (size_t)n);
		qmi_router_ops.from_device(w->router, copy, (size_t)n, w->now);
	}
}

static void
ask(struct world *w, uint32_t conn)
{
	uint8_t buf[64], txn = (uint8_t)(1 + rnd(255));
	struct qmi_builder b;
	bool ctl = rnd(3) == 0;
	int n;

	qmi_build(&b, buf, sizeof(buf), ctl ? QMI_CTL : QMI_NAS,
	    ctl ? 0 : (uint8_t)(1 + rnd(CONNS)), QMI_KIND_REQ, txn, ctl ? 0x21 : 0x24);
	n = qmi_build_end(&b);
	w->asked[conn][txn]++;
	qmi_router_ops.from_conn(w->router, conn, buf, (size_t)n, w->now);
}

static void
law_holds(void **state)
{
	static struct world w;
	struct router_config config = {.device = "test"};
	struct router_sink sink = {deliver, never, reopen, &w};
	struct router_peer root = {.dialect = ROUTER_DIALECT_VENDOR};

	(void)state;
	memset(&w, 0, sizeof(w));
	w.router = qmi_router_ops.create(&config, &sink);
	for (uint32_t i = 1; i <= CONNS; i++)
		qmi_router_ops.conn_added(w.router, i, &root, w.now);
	qmi_router_ops.device_up(w.router, 4096, w.now);
	modem(&w, false); /* SYNC */
	for (unsigned i = 0; i < IDS; i++) {
		w.now += rnd(40);
		if (rnd(2))
			ask(&w, 1 + rnd(CONNS));
		if (rnd(3))
			modem(&w, true);
		if (rnd(5000) == 0) {
			qmi_router_ops.device_down(w.router, w.now);
			qmi_router_ops.device_up(w.router, 4096, w.now);
		}
		qmi_router_ops.timer(w.router, w.now);
	}
	for (unsigned i = 0; i < 2000; i++) {
		w.now += 500;
		modem(&w, false);
		qmi_router_ops.timer(w.router, w.now);
	}
	for (uint32_t i = 1; i <= CONNS; i++) {
		assert_false(qmi_router_ops.conn_owed(w.router, i));
		for (unsigned t = 1; t < 256; t++)
			assert_int_equal(w.asked[i][t], w.answered[i][t]);
	}
	qmi_router_ops.destroy(w.router);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(law_holds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
