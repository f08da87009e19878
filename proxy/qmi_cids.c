/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a CID in the broker: allocated to a connection, orphaned with a call,
 * adopted, let go.
 *
 * Invariant: a CID that was let go stays RELEASING, routed to nobody, until the modem
 * has confirmed; a release that is not confirmed is asked for again.  So no CID leaks
 * and none is used by two.  Source: reference/proxies.md 2.6, C15.
 */
#include "config.h"

#include "common/qmi_table.h"
#include "proxy/qmi_router_int.h"

#define RELEASE_RETRY_MS 5000
#define RELEASE_WAIT_MS 10000
#define NO_ID_RETRY_MS 1000 /* no CTL id was free */

static void
due_at(struct qmi_router *r, int64_t at_ms)
{
	if (at_ms < r->cid_deadline_ms)
		r->cid_deadline_ms = at_ms;
}

static void
let_go(struct cid *cid, int64_t now_ms)
{
	cid->state = CID_STATE_RELEASING;
	cid->owner = 0;
	cid->call = false;
	cid->must_release = true;
	cid->deadline_ms = now_ms;
}

void
qmi_cids_release(struct qmi_router *r, struct cid *cid, int64_t now_ms)
{
	let_go(cid, now_ms);
	due_at(r, now_ms);
}

void
qmi_cids_call_ended(struct qmi_router *r, struct cid *cid, int64_t now_ms)
{
	cid->call = false;
	if (cid->state != CID_STATE_ORPHAN)
		return;
	qmi_cids_release(r, cid, now_ms);
	qmi_cids_run(r, now_ms);
}

/*
 * A second request to release it, sent when the first one was not answered in time, was
 * overtaken by an ALLOCATE that gave it away anew: the modem has taken it from its new
 * owner, who must know.  It is let go once more, should the answers have come in
 * another order than the deeds.
 */
static void
released_under_owner(struct qmi_router *r, struct cid *cid, int64_t now_ms)
{
	qmi_cids_revoke(r, cid, true);
	qmi_cids_release(r, cid, now_ms);
	qmi_cids_run(r, now_ms);
}

static bool
send_release(struct qmi_router *r, struct cid *cid, int64_t now_ms)
{
	uint8_t buf[QMI_ROUTER_ANSWER_MAX], pair[2] = {cid->service, cid->cid};
	struct qmi_builder b;
	struct txn *x = txn_table_add(
	    r->txns, QMI_CTL, 0, 0, TXN_WAIT_CTL, now_ms, now_ms + RELEASE_WAIT_MS);
	int n;

	if (!x)
		return false;
	x->own = true;
	x->msg_id = QMI_CTL_RELEASE_CID;
	x->arg_service = cid->service;
	x->arg_cid = cid->cid;
	qmi_build(&b, buf, sizeof(buf), QMI_CTL, 0, QMI_KIND_REQ, x->device_txn,
	    QMI_CTL_RELEASE_CID);
	qmi_build_tlv(&b, 0x01, pair, sizeof(pair));
	n = qmi_build_end(&b);
	cid->must_release = false;
	r->sink.deliver(r->sink.arg, ROUTER_DEVICE, ROUTER_PRIO_ANSWER, buf, (size_t)n);
	return true;
}

void
qmi_cids_run(struct qmi_router *r, int64_t now_ms)
{
	if (!r->ready || now_ms < r->cid_deadline_ms)
		return;
	r->cid_deadline_ms = ROUTER_NEVER;
	for (struct cid *c = cid_table_next(r->cids, NULL); c;
	     c = cid_table_next(r->cids, c)) {
		if (c->state == CID_STATE_ORPHAN && c->deadline_ms <= now_ms)
			let_go(c, now_ms);
		if (c->state == CID_STATE_ORPHAN)
			due_at(r, c->deadline_ms);
		if (c->state != CID_STATE_RELEASING || !c->must_release)
			continue;
		if (c->deadline_ms > now_ms)
			due_at(r, c->deadline_ms);
		else if (!send_release(r, c, now_ms)) {
			c->deadline_ms = now_ms + NO_ID_RETRY_MS;
			due_at(r, c->deadline_ms);
		}
	}
}

void
qmi_cids_released(
    struct qmi_router *r, uint8_t service, uint8_t cid, uint16_t error, int64_t now_ms)
{
	struct cid *c = cid_table_get(r->cids, service, cid);

	if (c->state == CID_STATE_OWNED && error == QMI_ERR_NONE) {
		released_under_owner(r, c, now_ms);
		return;
	}
	if (c->state != CID_STATE_RELEASING)
		return;
	if (error == QMI_ERR_NONE || error == QMI_ERR_INVALID_CLIENT_ID) {
		cid_table_clear(c);
		return;
	}
	c->owner = 0;
	c->must_release = true;
	c->deadline_ms = now_ms + RELEASE_RETRY_MS;
	due_at(r, c->deadline_ms);
}

void
qmi_cids_leave(struct qmi_router *r, uint32_t conn, bool keep, int64_t now_ms)
{
	for (struct cid *c = cid_table_next(r->cids, NULL); c;
	     c = cid_table_next(r->cids, c)) {
		if (c->state != CID_STATE_OWNED || c->owner != conn)
			continue;
		if (!keep || !c->call) {
			qmi_cids_release(r, c, now_ms);
			continue;
		}
		c->state = CID_STATE_ORPHAN;
		c->owner = 0;
		c->deadline_ms = now_ms + r->config.grace_ms;
		due_at(r, c->deadline_ms);
	}
	qmi_cids_run(r, now_ms);
}

void
qmi_cids_revoke(struct qmi_router *r, struct cid *cid, bool tell)
{
	uint8_t buf[QMI_ROUTER_ANSWER_MAX], pair[2] = {cid->service, cid->cid};
	struct qmi_builder b;
	uint32_t owner = cid->owner;
	bool owned = cid->state == CID_STATE_OWNED;
	int n;

	cid_table_clear(cid);
	if (!owned || !tell)
		return;
	qmi_build(&b, buf, sizeof(buf), QMI_CTL, 0, QMI_KIND_IND, 0,
	    QMI_CTL_REVOKE_CLIENT_ID);
	qmi_build_tlv(&b, 0x01, pair, sizeof(pair));
	n = qmi_build_end(&b);
	r->sink.deliver(r->sink.arg, owner, ROUTER_PRIO_ANSWER, buf, (size_t)n);
}

void
qmi_cids_revoke_all(struct qmi_router *r)
{
	for (struct cid *c = cid_table_next(r->cids, NULL); c;
	     c = cid_table_next(r->cids, c))
		qmi_cids_revoke(r, c, true);
	r->cid_deadline_ms = ROUTER_NEVER;
}

uint16_t
qmi_cids_claim(struct qmi_router *r, struct qmi_conn *c, struct cid *cid)
{
	bool root = c->peer.uid == 0;

	(void)r;
	switch (cid->state) {
	case CID_STATE_OWNED:
		return cid->owner == c->id ? QMI_ERR_NONE : QMI_ERR_INVALID_CLIENT_ID;
	case CID_STATE_RELEASING: return QMI_ERR_INVALID_CLIENT_ID;
	case CID_STATE_ORPHAN:
		if (!root && cid->uid != c->peer.uid)
			return QMI_ERR_INVALID_CLIENT_ID;
		break;
	case CID_STATE_FREE:
		if (!root)
			return QMI_ERR_INVALID_CLIENT_ID;
		break;
	}
	cid_table_own(cid, c->id, c->peer.uid);
	return QMI_ERR_NONE;
}

void
qmi_cids_free_mux(struct qmi_router *r, uint8_t mux_id, int64_t now_ms)
{
	if (mux_id == 0)
		return;
	for (struct cid *c = cid_table_next(r->cids, NULL); c;
	     c = cid_table_next(r->cids, c))
		if (c->state == CID_STATE_ORPHAN && c->mux_id == mux_id)
			qmi_cids_release(r, c, now_ms);
	qmi_cids_run(r, now_ms);
}
