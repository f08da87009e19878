/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure decisions of the QMI broker: who gets this message, under which ids.
 *
 * The law: every request of a connection gets exactly one answer, at its sender, with
 * its own transaction id: the modem's, or an error made here.  A request is in one of
 * two places: held by its connection (device not ready, or the modem has its fill), or
 * in the transaction table.  Held requests are sent in order for each connection and
 * in turn among connections, so a flood delays its sender only.  A request that the
 * modem has had for a second no longer counts against the fill: a call being set up
 * for minutes, or a silent service, holds up nobody.
 *
 * Requests are in qmi_request.c, the modem's words in qmi_answer.c and qmi_nudge.c,
 * CIDs in qmi_cids.c; here are connections, turns and time.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/print.h"
#include "common/qmux.h"
#include "common/xmem.h"
#include "proxy/qmi_router_int.h"

#define AGE_MS 1000 /* after which a request no longer counts */
#define LITTLE 2    /* requests under way */
/* Several dialers ask 13 things at once; a round trip is what costs, not a message. */
#define MAX_REQUESTS 64
#define CTL_PROXY_OPEN 0xff00

struct qmi_conn *
qmi_router_conn(struct qmi_router *r, uint32_t id)
{
	struct qmi_conn *c;

	LIST_FOREACH (c, &r->conns[id % QMI_ROUTER_BUCKETS], by_id)
		if (c->id == id)
			return c;
	return NULL;
}

static void *
router_create(const struct router_config *config, const struct router_sink *sink)
{
	struct qmi_router *r = xcalloc(1, sizeof(*r));

	r->config = *config;
	r->sink = *sink;
	if (r->config.max_requests == 0)
		r->config.max_requests = MAX_REQUESTS;
	if (r->config.max_waiting == 0)
		r->config.max_waiting = 64;
	if (r->config.timeout_ms == 0)
		r->config.timeout_ms = 60000;
	if (r->config.grace_ms == 0)
		r->config.grace_ms = 60000;
	if (r->config.open_wait_ms == 0)
		r->config.open_wait_ms = 20000;
	r->cids = cid_table_new();
	r->txns = txn_table_new(UINT16_MAX);
	waitlist_init(&r->waiting);
	r->cid_deadline_ms = ROUTER_NEVER;
	r->max_write = QMUX_WDM_MAX;
	return r;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
conn_free(struct qmi_router *r, struct qmi_conn *c)
{
	waitlist_drop_all(&r->waiting, &c->waiter);
	LIST_REMOVE(c, by_id);
	free(c->path);
	free(c);
}

static void
router_destroy(void *arg)
{
	struct qmi_router *r = arg;

	for (unsigned i = 0; i < QMI_ROUTER_BUCKETS; i++)
		while (LIST_FIRST(&r->conns[i]))
			conn_free(r, LIST_FIRST(&r->conns[i]));
	waitlist_free(&r->waiting);
	cid_table_free(r->cids);
	txn_table_free(r->txns);
	free(r);
}

static void
router_conn_added(
    void *arg, uint32_t id, const struct router_peer *peer, int64_t now_ms)
{
	struct qmi_router *r = arg;
	struct qmi_conn *c = xcalloc(1, sizeof(*c));

	(void)now_ms;
	c->id = id;
	c->peer = *peer;
	waiter_init(&c->waiter, c);
	LIST_INSERT_HEAD(&r->conns[id % QMI_ROUTER_BUCKETS], c, by_id);
}

static void
router_conn_lost(void *arg, uint32_t id, int64_t now_ms)
{
	struct qmi_router *r = arg;
	struct qmi_conn *c = qmi_router_conn(r, id);

	if (!c)
		return;
	/* its pending requests stay in the table and are nobody's */
	txn_table_disown(r->txns, id);
	conn_free(r, c);
	qmi_cids_leave(r, id, true, now_ms);
	qmi_router_pump(r, now_ms);
}

/* Takes a copy.  -ENOMEM when there is no memory for it. */
static int
hold(struct qmi_router *r, struct qmi_conn *c, const uint8_t *frame, size_t len,
    int64_t now_ms)
{
	int64_t wait_ms = r->ready ? r->config.timeout_ms : r->config.open_wait_ms;

	return waitlist_hold(&r->waiting, &c->waiter, frame, len, now_ms + wait_ms);
}

/* What the modem has had for so long no longer counts. */
static void
set_aside(struct qmi_router *r, int64_t now_ms)
{
	struct txn *x;

	while ((x = txn_table_oldest(r->txns)) && x->sent_ms + AGE_MS <= now_ms)
		txn_table_uncount(r->txns, x);
}

/*
 * The modem may have one more of this connection.  A quarter of its fill is kept for
 * those who have little under way, so that one who asks for a lot delays himself.
 */
static bool
has_room(const struct qmi_router *r, const struct qmi_conn *c)
{
	uint32_t max = r->config.max_requests;

	if (c->live >= LITTLE)
		max -= max / 4;
	return txn_table_outstanding(r->txns) < max;
}

/* False: there is no id for it now. */
static bool
send_first_held(struct qmi_router *r, struct qmi_conn *c, int64_t now_ms)
{
	struct held *h = STAILQ_FIRST(&c->waiter.held);
	struct qmi_msg msg;

	if (qmi_parse(h->msg, h->len, &msg) == 0 &&
	    qmi_router_request(r, c, h->msg, h->len, &msg, now_ms) < 0)
		return false;
	waitlist_drop(&r->waiting, &c->waiter);
	return true;
}

void
qmi_router_pump(struct qmi_router *r, int64_t now_ms)
{
	struct waiter *w, *next;

	set_aside(r, now_ms);
	for (w = TAILQ_FIRST(&r->waiting.ring);
	     w && r->ready && txn_table_outstanding(r->txns) < r->config.max_requests;
	     w = next) {
		next = TAILQ_NEXT(w, by_turn);
		if (!has_room(r, w->conn) || !send_first_held(r, w->conn, now_ms))
			continue; /* it waits: the others need not */
		if (w->count == 0)
			continue;
		waitlist_turn(&r->waiting, w);
		if (!next)
			next = w;
	}
}

/* A frame that qmi_parse() refused, as far as it can be answered. */
static bool
salvage(const uint8_t *frame, size_t len, struct qmi_msg *ret)
{
	struct cursor c;
	uint8_t flags = 0, txn = 0;

	*ret = (struct qmi_msg){.kind = QMI_KIND_REQ};
	cursor_init(&c, frame, len);
	cursor_skip(&c, 4);
	cursor_u8(&c, &ret->service);
	cursor_u8(&c, &ret->cid);
	cursor_u8(&c, &flags);
	if (ret->service == QMI_CTL) {
		cursor_u8(&c, &txn);
		ret->txn = txn;
	} else {
		cursor_u16le(&c, &ret->txn);
	}
	cursor_u16le(&c, &ret->id);
	return cursor_ok(&c) && flags == 0;
}

static int
router_from_conn(void *arg, uint32_t id, uint8_t *frame, size_t len, int64_t now_ms)
{
	struct qmi_router *r = arg;
	struct qmi_conn *c = qmi_router_conn(r, id);
	struct qmi_msg msg;

	if (!c)
		return 0;
	if (qmi_parse(frame, len, &msg) < 0) {
		if (salvage(frame, len, &msg))
			qmi_router_refuse(r, id, &msg, QMI_ERR_MALFORMED_MESSAGE);
		return 0;
	}
	if (msg.kind != QMI_KIND_REQ)
		return 0;
	if (len > r->max_write) {
		qmi_router_refuse(r, id, &msg, QMI_ERR_ARGUMENT_TOO_LONG);
		return 0;
	}
	if (!r->ready && msg.service != QMI_CTL) {
		/* no CID lives before SYNC, so there is nothing to wait for */
		qmi_router_refuse(r, id, &msg, QMI_ERR_DEVICE_NOT_READY);
		return 0;
	}
	set_aside(r, now_ms);
	if (r->ready && c->waiter.count == 0 && TAILQ_EMPTY(&r->waiting.ring) &&
	    has_room(r, c) && qmi_router_request(r, c, frame, len, &msg, now_ms) == 0)
		return 0;
	if (hold(r, c, frame, len, now_ms) < 0)
		qmi_router_refuse(r, id, &msg, QMI_ERR_NO_MEMORY);
	qmi_router_pump(r, now_ms);
	return 0;
}

static bool
router_conn_may_send(void *arg, uint32_t id)
{
	struct qmi_router *r = arg;
	struct qmi_conn *c = qmi_router_conn(r, id);

	return c && c->waiter.count < r->config.max_waiting &&
	       c->waiter.bytes < QMI_HELD_BYTES_MAX;
}

static bool
router_conn_owed(void *arg, uint32_t id)
{
	struct qmi_conn *c = qmi_router_conn(arg, id);

	return c && (c->waiter.count || c->live);
}

static void
router_device_announces(void *arg, bool announces)
{
	struct qmi_router *r = arg;

	r->nudge.announces = announces;
}

static void
router_device_up(void *arg, size_t max_write, int64_t now_ms)
{
	struct qmi_router *r = arg;

	r->up = true;
	r->max_write = max_write;
	r->sync_tries = 0;
	qmi_nudge_reset(&r->nudge);
	qmi_sync_start(r, now_ms);
}

static void
router_device_down(void *arg, int64_t now_ms)
{
	struct qmi_router *r = arg;

	r->up = false;
	qmi_router_forget(r, now_ms);
	txn_table_clear(r->txns); /* no late answer comes through a closed device */
}

/* Held requests wait so long and no longer. */
static void
expire_held(struct qmi_router *r, struct qmi_conn *c, int64_t now_ms)
{
	struct held *h;
	struct qmi_msg msg;

	while ((h = STAILQ_FIRST(&c->waiter.held)) && h->deadline_ms <= now_ms) {
		if (qmi_parse(h->msg, h->len, &msg) == 0) {
			if (msg.service == QMI_CTL && msg.id == CTL_PROXY_OPEN)
				r->sink.hang_up(
				    r->sink.arg, c->id, "device did not open in time");
			else
				qmi_router_refuse(
				    r, c->id, &msg, QMI_ERR_DEVICE_NOT_READY);
		}
		waitlist_drop(&r->waiting, &c->waiter);
	}
}

static void
expire_all_held(struct qmi_router *r, int64_t now_ms)
{
	struct waitlist *l = &r->waiting;
	struct waiter *w, *next;

	if (l->deadline_ms > now_ms)
		return;
	l->deadline_ms = ROUTER_NEVER;
	for (w = TAILQ_FIRST(&l->ring); w; w = next) {
		next = TAILQ_NEXT(w, by_turn);
		expire_held(r, w->conn, now_ms);
		if (w->count)
			l->deadline_ms = earlier(
			    l->deadline_ms, STAILQ_FIRST(&w->held)->deadline_ms);
	}
}

static void
router_timer(void *arg, int64_t now_ms)
{
	struct qmi_router *r = arg;

	qmi_router_expire(r, now_ms);
	if (r->up && !r->ready && r->sync_deadline_ms <= now_ms)
		qmi_sync_start(r, now_ms);
	qmi_nudge_run(r, now_ms);
	qmi_cids_run(r, now_ms);
	expire_all_held(r, now_ms);
	qmi_router_pump(r, now_ms);
}

static int64_t
router_deadline(void *arg)
{
	struct qmi_router *r = arg;
	int64_t at = txn_table_deadline(r->txns);
	struct txn *oldest = txn_table_oldest(r->txns);

	if (r->up && !r->ready)
		at = earlier(at, r->sync_deadline_ms);
	if (r->ready)
		at = earlier(at, r->cid_deadline_ms);
	at = earlier(at, qmi_nudge_deadline(r));
	if (!TAILQ_EMPTY(&r->waiting.ring))
		at = earlier(at, r->waiting.deadline_ms);
	if (!TAILQ_EMPTY(&r->waiting.ring) && oldest)
		at = earlier(at, oldest->sent_ms + AGE_MS);
	return at;
}

static void
router_stop(void *arg, int64_t now_ms)
{
	/* calls live on: the next broker's SYNC, or the modem, cleans up */
	(void)arg;
	(void)now_ms;
}

const struct router_ops qmi_router_ops = {
    .name = "qmi",
    .msg_max = QMUX_FRAME_MAX,
    .device_max = QMUX_WDM_MAX,
    .scan = qmux_scan,
    .print = print_qmi,
    .create = router_create,
    .destroy = router_destroy,
    .conn_added = router_conn_added,
    .conn_lost = router_conn_lost,
    .from_conn = router_from_conn,
    .conn_may_send = router_conn_may_send,
    .conn_owed = router_conn_owed,
    .device_announces = router_device_announces,
    .device_up = router_device_up,
    .device_down = router_device_down,
    .from_device = qmi_router_from_device,
    .timer = router_timer,
    .deadline = router_deadline,
    .stop = router_stop,
};
