/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QMI inside MBIM: whose client ids?
 *
 * A QMUX frame travels in a command of its own, so an answer finds its asker by MBIM's
 * transaction id and passes as it is.  What programs share is the modem's pool of
 * client ids.  So an id belongs to the connection that allocated it: another's request
 * for it is refused, a SYNC, which would end everybody's, is answered here, and what a
 * killed program had is given back to the modem.  One that says CLOSE before it goes
 * may have left an id to another process on purpose (qmicli --client-no-release-cid),
 * and anybody may go on with it.  Source: reference/mbim.md 2.5, proxies.md 4.7.
 */
#include "config.h"

#include <string.h>

#include "common/log.h"
#include "common/mbim_ids.h"
#include "common/qmi_table.h"
#include "proxy/mbim_router_int.h"

#define QMI_ANSWER_MAX 64 /* bytes of a frame made here */

static bool
is_qmi(const struct mbim_msg *m, struct qmi_msg *ret)
{
	return m->cmd == MBIM_CID_QMI_MSG &&
	       memcmp(m->service, mbim_qmi, MBIM_UUID_LEN) == 0 &&
	       qmi_parse(m->info, m->info_len, ret) == 0;
}

/* An error, or success without more, in the words of QMI. */
static void
answer(struct mbim_router *r, struct mbim_conn *c, const struct mbim_msg *m,
    const struct qmi_msg *q, uint16_t error)
{
	uint8_t buf[MBIM_COMMAND_HDR_LEN + QMI_ANSWER_MAX], frame[QMI_ANSWER_MAX];
	int len = qmi_build_error(frame, sizeof(frame), q, error);
	struct mbim_builder b;

	mbim_build_done(
	    &b, buf, sizeof(buf), m->txn, m->service, m->cmd, MBIM_STATUS_NONE);
	writer_bytes(&b.w, frame, len > 0 ? (size_t)len : 0);
	len = mbim_build_end(&b);
	if (len > 0)
		mbim_router_to_conn(r, c, ROUTER_PRIO_ANSWER, buf, (size_t)len);
}

static bool
read_pair(const struct qmi_msg *q, uint8_t *ret_service, uint8_t *ret_cid)
{
	struct cursor v;

	return qmi_tlv_find(q, 0x01, &v) && cursor_u8(&v, ret_service) &&
	       cursor_u8(&v, ret_cid);
}

static bool
is_anothers(
    struct mbim_router *r, const struct mbim_conn *c, uint8_t service, uint8_t cid)
{
	const struct cid *id = cid_table_get(r->cids, service, cid);

	return id->state == CID_STATE_RELEASING ||
	       (id->state == CID_STATE_OWNED && id->owner != c->id);
}

bool
mbim_qmi_request(struct mbim_router *r, struct mbim_conn *c, const struct mbim_msg *m)
{
	uint8_t service, cid;
	struct qmi_msg q;

	if (!is_qmi(m, &q) || q.kind != QMI_KIND_REQ)
		return false;
	if (q.service == QMI_CTL && q.id == QMI_CTL_SYNC) {
		answer(r, c, m, &q, QMI_ERR_NONE);
		return true;
	}
	service = q.service;
	cid = q.cid;
	if (service == QMI_CTL &&
	    (q.id != QMI_CTL_RELEASE_CID || !read_pair(&q, &service, &cid)))
		return false;
	if (!is_anothers(r, c, service, cid))
		return false;
	answer(r, c, m, &q, QMI_ERR_INVALID_CLIENT_ID);
	return true;
}

static void
release(struct mbim_router *r, struct cid *id, int64_t now_ms)
{
	const uint8_t pair[2] = {id->service, id->cid};
	uint8_t buf[MBIM_COMMAND_HDR_LEN + QMI_ANSWER_MAX], frame[QMI_ANSWER_MAX];
	struct mbim_builder b;
	struct qmi_builder q;
	struct txn *x;
	int n;

	cid_table_clear(id);
	x = txn_table_add(r->txns, TXN_SPACE_MBIM, 0, 0, TXN_WAIT_CTL, now_ms,
	    now_ms + MBIM_OWN_WAIT_MS);
	if (!x)
		return;
	id->state = CID_STATE_RELEASING;
	x->own = true;
	x->msg_id = MBIM_CID_QMI_MSG;
	x->mbim.own = MBIM_OWN_QMI_RELEASE;
	x->arg_service = pair[0];
	x->arg_cid = pair[1];
	memcpy(x->mbim.service, mbim_qmi, MBIM_UUID_LEN);
	qmi_build(
	    &q, frame, sizeof(frame), QMI_CTL, 0, QMI_KIND_REQ, 1, QMI_CTL_RELEASE_CID);
	qmi_build_tlv(&q, 0x01, pair, sizeof(pair));
	n = qmi_build_end(&q);
	mbim_build_command(
	    &b, buf, sizeof(buf), x->device_txn, mbim_qmi, MBIM_CID_QMI_MSG, MBIM_SET);
	writer_bytes(&b.w, frame, (size_t)n);
	n = mbim_build_end(&b);
	mbim_router_to_device(r, buf, (size_t)n);
}

void
mbim_qmi_answered(struct mbim_router *r, struct mbim_conn *c, const struct mbim_msg *m,
    int64_t now_ms)
{
	uint8_t service, cid;
	struct qmi_msg q;
	struct cid *id;

	if (!is_qmi(m, &q) || q.service != QMI_CTL || q.kind != QMI_KIND_RSP ||
	    qmi_response_error(&q) || !read_pair(&q, &service, &cid))
		return;
	id = cid_table_get(r->cids, service, cid);
	if (q.id == QMI_CTL_RELEASE_CID)
		cid_table_clear(id);
	else if (q.id == QMI_CTL_ALLOCATE_CID && c)
		cid_table_own(id, c->id, c->peer.uid);
	else if (q.id == QMI_CTL_ALLOCATE_CID)
		release(r, id, now_ms); /* its asker is gone */
}

void
mbim_qmi_released(struct mbim_router *r, const struct txn *x, bool is_good)
{
	struct cid *id = cid_table_get(r->cids, x->arg_service, x->arg_cid);

	if (!is_good)
		log_warnx("router", "%s: QMI client %u/%u cannot be given back",
		    r->config.device, x->arg_service, x->arg_cid);
	if (id->state == CID_STATE_RELEASING)
		cid_table_clear(id);
}

void
mbim_qmi_leave(struct mbim_router *r, const struct mbim_conn *c, int64_t now_ms)
{
	struct cid *id = NULL;

	while ((id = cid_table_next(r->cids, id))) {
		if (id->state != CID_STATE_OWNED || id->owner != c->id)
			continue;
		if (c->said_close || r->phase != MBIM_PHASE_READY)
			cid_table_clear(id);
		else
			release(r, id, now_ms);
	}
}

void
mbim_qmi_forget(struct mbim_router *r)
{
	struct cid *id = NULL;

	while ((id = cid_table_next(r->cids, id)))
		cid_table_clear(id);
}
