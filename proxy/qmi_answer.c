/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the modem says: who hears it, and what it changes in the tables.
 *
 * A response goes to the sender of its request and to nobody else; one that nobody
 * waits for is dropped, but an ALLOCATE that succeeded for nobody is undone.  A SYNC
 * indication means that the modem's QMI stack started anew.  Source:
 * reference/qmi.md 1.7, 4.7.
 */
#include "config.h"

#include <errno.h>

#include "common/cursor.h"
#include "common/log.h"
#include "common/qmi_table.h"
#include "common/qmux.h"
#include "proxy/qmi_router_int.h"

#define WDS_PACKET_STATUS 0x0022
#define WDS_DISCONNECTED 1
#define CTL_INVALID_CLIENT_ID 0x0025
#define SYNC_WAIT_MS 2000 /* per try */
#define SYNC_TRIES 10
#define TIMEOUTS_MAX 3 /* in a row, then the modem is asked whether it lives */
#define PROBE_WAIT_MS 10000

struct txn *
qmi_router_ask(struct qmi_router *r, uint16_t id, int64_t now_ms)
{
	uint8_t buf[QMI_ROUTER_ANSWER_MAX];
	struct qmi_builder b;
	struct txn *x = txn_table_add(
	    r->txns, QMI_CTL, 0, 0, TXN_WAIT_CTL, now_ms, now_ms + PROBE_WAIT_MS);
	int n;

	if (!x)
		return NULL;
	x->own = true;
	x->msg_id = id;
	txn_table_uncount(r->txns, x); /* nobody waits in its place */
	qmi_build(
	    &b, buf, sizeof(buf), QMI_CTL, 0, QMI_KIND_REQ, x->device_txn, x->msg_id);
	n = qmi_build_end(&b);
	r->sink.deliver(r->sink.arg, ROUTER_DEVICE, ROUTER_PRIO_ANSWER, buf, (size_t)n);
	return x;
}

void
qmi_sync_start(struct qmi_router *r, int64_t now_ms)
{
	r->ready = false;
	r->sync_deadline_ms = now_ms + SYNC_WAIT_MS;
	if (++r->sync_tries > SYNC_TRIES) {
		r->sync_tries = 0;
		r->sink.reopen(r->sink.arg, "modem does not answer SYNC");
		return;
	}
	qmi_router_ask(r, QMI_CTL_SYNC, now_ms);
}

static bool
answer_pair(const struct qmi_msg *msg, uint8_t *ret_service, uint8_t *ret_cid)
{
	struct cursor v;

	return qmi_tlv_find(msg, 0x01, &v) && cursor_u8(&v, ret_service) &&
	       cursor_u8(&v, ret_cid);
}

static void
allocated(
    struct qmi_router *r, struct qmi_conn *c, const struct qmi_msg *msg, int64_t now_ms)
{
	uint8_t service, n;
	struct cid *cid;

	if (qmi_response_error(msg) || !answer_pair(msg, &service, &n))
		return;
	cid = cid_table_get(r->cids, service, n);
	if (!c) {
		/* before SYNC is done it is a word of the past, and SYNC frees it */
		if (r->ready && cid->state != CID_STATE_OWNED)
			qmi_cids_release(r, cid, now_ms);
		qmi_cids_run(r, now_ms);
		return;
	}
	/* the modem gave it away again: whoever had it has lost it */
	qmi_cids_revoke(r, cid, true);
	cid_table_own(cid, c->id, c->peer.uid);
}

/*
 * What a response of the modem tells about the CID it is for; nothing, when the CID has
 * gone to somebody else meanwhile.
 */
static void
learn(struct qmi_router *r, const struct txn *x, const struct qmi_msg *msg,
    int64_t now_ms)
{
	struct cid *cid = cid_table_get(r->cids, msg->service, msg->cid);
	uint16_t error = qmi_response_error(msg);

	if (cid->state != CID_STATE_ORPHAN &&
	    (cid->state != CID_STATE_OWNED || cid->owner != x->conn))
		return;
	if (error == QMI_ERR_INVALID_CLIENT_ID) {
		qmi_cids_revoke(r, cid, false); /* the answer itself tells it */
		return;
	}
	if (msg->service != QMI_WDS || (error && error != QMI_ERR_NO_EFFECT))
		return;
	if (msg->id == QMI_WDS_START_NETWORK)
		cid->call = true; /* NO_EFFECT: it was up already */
	if (msg->id == QMI_WDS_STOP_NETWORK)
		qmi_cids_call_ended(r, cid, now_ms);
	if (msg->id == QMI_WDS_BIND_MUX_DATA_PORT)
		cid->mux_id = x->mux_id;
}

static void
synced(struct qmi_router *r)
{
	if (r->ready || !r->up)
		return;
	r->ready = true;
	r->sync_tries = 0;
	log_info("router", "%s: modem is ready", r->config.device);
}

static void
answer_ctl(struct qmi_router *r, struct txn *x, struct qmi_conn *c,
    const struct qmi_msg *msg, int64_t now_ms)
{
	if (msg->id == QMI_CTL_ALLOCATE_CID)
		allocated(r, c, msg, now_ms);
	else if (msg->id == QMI_CTL_RELEASE_CID)
		qmi_cids_released(
		    r, x->arg_service, x->arg_cid, qmi_response_error(msg), now_ms);
	else if (msg->id == QMI_CTL_SYNC && x->own)
		synced(r);
}

/* What an answer tells about what the modem still holds. */
static void
weigh(struct qmi_router *r, const struct txn *x, bool was_ready, int64_t now_ms)
{
	if (x->nudge)
		qmi_nudge_answered(r, x, now_ms);
	else if (x->state == TXN_STATE_TOMB || (x->own && x->msg_id == QMI_CTL_SYNC &&
						   was_ready && x->service == QMI_CTL))
		qmi_nudge_stale(r, now_ms);
	else
		qmi_nudge_useful(r, now_ms);
}

static void
answer(struct qmi_router *r, uint8_t *frame, size_t len, const struct qmi_msg *msg,
    int64_t now_ms)
{
	struct txn *x = txn_table_find(r->txns, msg->service, msg->cid, msg->txn);
	struct qmi_conn *c = NULL;
	bool was_ready = r->ready;

	if (!x || x->msg_id != msg->id) {
		qmi_nudge_stale(r, now_ms);
		if (msg->service == QMI_CTL && msg->id == QMI_CTL_ALLOCATE_CID)
			allocated(r, NULL, msg, now_ms);
		return;
	}
	if (x->state == TXN_STATE_LIVE && x->conn)
		c = qmi_router_conn(r, x->conn);
	if (msg->service == QMI_CTL)
		answer_ctl(r, x, c, msg, now_ms);
	else
		learn(r, x, msg, now_ms);
	if (c) {
		if (x->conn_txn != x->device_txn)
			qmi_patch_txn(frame, x->conn_txn);
		c->live--;
		r->sink.deliver(r->sink.arg, c->id, ROUTER_PRIO_ANSWER, frame, len);
	}
	txn_table_uncount(r->txns, x);
	weigh(r, x, was_ready, now_ms);
	txn_table_remove(r->txns, x);
	qmi_router_pump(r, now_ms);
}

static void
broadcast(struct qmi_router *r, const uint8_t *frame, size_t len, uint8_t service,
    enum router_prio prio)
{
	r->stamp++;
	for (unsigned n = 1; n < QMUX_CID_BROADCAST; n++) {
		struct cid *cid = cid_table_get(r->cids, service, (uint8_t)n);
		struct qmi_conn *c;

		if (cid->state != CID_STATE_OWNED)
			continue;
		c = qmi_router_conn(r, cid->owner);
		if (!c || c->stamp == r->stamp)
			continue;
		c->stamp = r->stamp;
		r->sink.deliver(r->sink.arg, c->id, prio, frame, len);
	}
}

static void
indication(struct qmi_router *r, const uint8_t *frame, size_t len,
    const struct qmi_msg *msg, int64_t now_ms)
{
	enum router_prio prio = ROUTER_PRIO_IND;
	struct cursor v;
	struct cid *cid;
	uint8_t status;

	if (msg->service == QMI_WDS && msg->id == WDS_PACKET_STATUS)
		prio = ROUTER_PRIO_CALL;
	if (msg->cid == QMUX_CID_BROADCAST || msg->cid == QMUX_CID_CTL) {
		broadcast(r, frame, len, msg->service, prio);
		return;
	}
	cid = cid_table_get(r->cids, msg->service, msg->cid);
	if (cid->state == CID_STATE_OWNED)
		r->sink.deliver(r->sink.arg, cid->owner, prio, frame, len);
	if (prio == ROUTER_PRIO_CALL && qmi_tlv_find(msg, 0x01, &v) &&
	    cursor_u8(&v, &status) && status == WDS_DISCONNECTED)
		qmi_cids_call_ended(r, cid, now_ms);
}

static void
indication_ctl(struct qmi_router *r, const struct qmi_msg *msg, int64_t now_ms)
{
	uint8_t service, n;

	if (msg->id == QMI_CTL_SYNC) {
		/* with nothing to lose it may be the echo of our own SYNC */
		if (!r->ready ||
		    (!cid_table_next(r->cids, NULL) && !txn_table_any(r->txns)))
			return;
		log_warnx("router", "%s: modem started anew", r->config.device);
		qmi_router_forget(r, now_ms);
		r->sync_tries = 0;
		qmi_sync_start(r, now_ms);
		return;
	}
	if ((msg->id == QMI_CTL_REVOKE_CLIENT_ID || msg->id == CTL_INVALID_CLIENT_ID) &&
	    answer_pair(msg, &service, &n))
		qmi_cids_revoke(r, cid_table_get(r->cids, service, n), true);
}

int
qmi_router_from_device(void *arg, uint8_t *frame, size_t len, int64_t now_ms)
{
	struct qmi_router *r = arg;
	struct qmi_msg msg;
	int rc = qmi_parse(frame, len, &msg);

	if (rc < 0)
		return rc;
	r->timeouts = 0;
	switch (msg.kind) {
	case QMI_KIND_RSP: answer(r, frame, len, &msg, now_ms); break;
	case QMI_KIND_IND:
		if (r->ready)
			qmi_nudge_useful(r, now_ms);
		else
			qmi_nudge_stale(r, now_ms); /* a predecessor's */
		if (msg.service == QMI_CTL)
			indication_ctl(r, &msg, now_ms);
		else
			indication(r, frame, len, &msg, now_ms);
		break;
	case QMI_KIND_REQ: break;
	}
	return 0;
}

static void
fail(struct qmi_router *r, struct txn *x, uint16_t error)
{
	struct qmi_conn *c = x->conn ? qmi_router_conn(r, x->conn) : NULL;
	struct qmi_msg req = {
	    .service = x->service,
	    .cid = x->cid,
	    .kind = QMI_KIND_REQ,
	    .txn = x->conn_txn,
	    .id = x->msg_id,
	};

	if (!c)
		return;
	c->live--;
	x->conn = 0;
	qmi_router_refuse(r, c->id, &req, error);
}

/*
 * A modem that died without leaving the bus is only silent (reference/qmi.md 4.7).
 * It is asked something harmless first, as each request alone may have met a service
 * that is busy.
 */
static void
count_timeout(struct qmi_router *r, const struct txn *x, int64_t now_ms)
{
	if (!r->ready)
		return;
	if (x->own && x->msg_id == QMI_CTL_GET_VERSION_INFO && r->timeouts > 0) {
		r->timeouts = 0;
		r->sink.reopen(r->sink.arg, "modem no longer answers");
		return;
	}
	if (++r->timeouts == TIMEOUTS_MAX)
		qmi_router_ask(r, QMI_CTL_GET_VERSION_INFO, now_ms);
}

void
qmi_router_expire(struct qmi_router *r, int64_t now_ms)
{
	struct txn *x;

	while ((x = txn_table_due(r->txns, now_ms))) {
		if (x->state == TXN_STATE_TOMB) {
			txn_table_remove(r->txns, x);
			continue;
		}
		if (x->service == QMI_CTL && x->msg_id == QMI_CTL_RELEASE_CID)
			qmi_cids_released(
			    r, x->arg_service, x->arg_cid, QMI_ERR_ABORTED, now_ms);
		fail(r, x, QMI_ERR_ABORTED);
		txn_table_bury(r->txns, x, now_ms);
		if (!x->nudge)
			count_timeout(r, x, now_ms);
	}
}

/* What is held for CIDs that are dead is answered; CTL may wait for the new life. */
static void
fail_held(struct qmi_router *r, struct qmi_conn *c, int64_t now_ms)
{
	struct qmi_msg msg;

	for (unsigned n = c->waiter.count; n > 0; n--) {
		struct held *h = STAILQ_FIRST(&c->waiter.held);

		if (qmi_parse(h->msg, h->len, &msg) == 0 && msg.service != QMI_CTL) {
			qmi_router_refuse(r, c->id, &msg, QMI_ERR_DEVICE_NOT_READY);
			waitlist_drop(&r->waiting, &c->waiter);
			continue;
		}
		waitlist_rotate(
		    &r->waiting, &c->waiter, now_ms + r->config.open_wait_ms);
	}
}

void
qmi_router_forget(struct qmi_router *r, int64_t now_ms)
{
	struct waiter *w, *next;
	struct txn *x;

	while ((x = txn_table_any(r->txns))) {
		fail(r, x, QMI_ERR_DEVICE_NOT_READY);
		txn_table_bury(r->txns, x, now_ms);
	}
	for (w = TAILQ_FIRST(&r->waiting.ring); w; w = next) {
		next = TAILQ_NEXT(w, by_turn);
		fail_held(r, w->conn, now_ms);
	}
	qmi_cids_revoke_all(r);
	r->timeouts = 0;
	r->ready = false;
}
