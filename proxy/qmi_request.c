/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a connection asks: answered here, refused here, or patched and forwarded.
 *
 * CTL ids are the broker's own.  Elsewhere (service, CID, id) is unique by ownership
 * and the id passes untouched, unless the same key still rests from a request that
 * was given up, or the connection used one id twice: then the device sees another id,
 * and each request still gets its own answer.  Source: reference/qmi.md 1.12.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/cursor.h"
#include "common/qmi_table.h"
#include "common/qmux.h"
#include "proxy/qmi_router_int.h"

#define CTL_PROXY_OPEN 0xff00
#define CTL_QRTR_ALLOCATE 0xff22
#define CTL_QRTR_RELEASE 0xff23
#define QMI_WDS_IPV6_QUIRK 0x11 /* what one dialer calls WDS when it releases */
#define NAS_NETWORK_SCAN 0x0021
#define NAS_INITIATE_REGISTER 0x0022
#define DMS_SET_OPERATING_MODE 0x002e
#define CTL_WAIT_MS 10000
#define LONG_WAIT_MS 300000

void
qmi_router_refuse(
    struct qmi_router *r, uint32_t conn, const struct qmi_msg *req, uint16_t error)
{
	uint8_t buf[QMI_ROUTER_ANSWER_MAX];
	int n = qmi_build_error(buf, sizeof(buf), req, error);

	if (n > 0)
		r->sink.deliver(r->sink.arg, conn, ROUTER_PRIO_ANSWER, buf, (size_t)n);
}

/* Things that legitimately take minutes. */
static bool
is_long(const struct qmi_msg *msg)
{
	switch (msg->service) {
	case QMI_WDS:
		return msg->id == QMI_WDS_START_NETWORK ||
		       msg->id == QMI_WDS_STOP_NETWORK;
	case QMI_NAS:
		return msg->id == NAS_NETWORK_SCAN || msg->id == NAS_INITIATE_REGISTER;
	case QMI_DMS: return msg->id == DMS_SET_OPERATING_MODE;
	default: return false;
	}
}

/* Gives the entry, or NULL when no id is free; the frame carries the device's id. */
static struct txn *
forward(struct qmi_router *r, struct qmi_conn *c, uint8_t *frame, size_t len,
    const struct qmi_msg *msg, int64_t now_ms)
{
	enum txn_wait wait = TXN_WAIT_NORMAL;
	int64_t wait_ms = r->config.timeout_ms;
	struct txn *x;

	if (msg->service == QMI_CTL) {
		if (txn_table_ctl_used(r->txns) >= QMI_CTL_IDS_MAX)
			return NULL;
		wait = TXN_WAIT_CTL;
		wait_ms = CTL_WAIT_MS;
	} else if (is_long(msg)) {
		wait = TXN_WAIT_LONG;
		wait_ms = LONG_WAIT_MS;
	}
	x = txn_table_add(
	    r->txns, msg->service, msg->cid, msg->txn, wait, now_ms, now_ms + wait_ms);
	if (!x)
		return NULL;
	x->conn = c->id;
	x->conn_txn = msg->txn;
	x->msg_id = msg->id;
	c->live++;
	r->nudge.followed = true;
	if (x->device_txn != msg->txn)
		qmi_patch_txn(frame, x->device_txn);
	r->sink.deliver(r->sink.arg, ROUTER_DEVICE, ROUTER_PRIO_ANSWER, frame, len);
	return x;
}

/* The TLV's first two bytes, and where they stand in the frame. */
static bool
find_pair(uint8_t *frame, const struct qmi_msg *msg, uint8_t **ret)
{
	struct cursor v;

	if (!qmi_tlv_find(msg, 0x01, &v) || cursor_left(&v) < 2)
		return false;
	*ret = frame + (v.pos - frame);
	return true;
}

static int
request_release(struct qmi_router *r, struct qmi_conn *c, uint8_t *frame, size_t len,
    const struct qmi_msg *msg, int64_t now_ms)
{
	struct cid *cid;
	struct txn *x;
	uint8_t *pair;
	uint16_t error;

	if (!find_pair(frame, msg, &pair)) {
		qmi_router_refuse(r, c->id, msg, QMI_ERR_MISSING_ARGUMENT);
		return 0;
	}
	if (pair[0] == QMI_WDS_IPV6_QUIRK) {
		cid = cid_table_get(r->cids, QMI_WDS, pair[1]);
		if (cid->state == CID_STATE_OWNED && cid->owner == c->id)
			pair[0] = QMI_WDS;
	}
	cid = cid_table_get(r->cids, pair[0], pair[1]);
	error = qmi_cids_claim(r, c, cid);
	if (error) {
		qmi_router_refuse(r, c->id, msg, error);
		return 0;
	}
	x = forward(r, c, frame, len, msg, now_ms);
	if (!x)
		return -EAGAIN;
	x->arg_service = pair[0];
	x->arg_cid = pair[1];
	cid->state = CID_STATE_RELEASING;
	cid->must_release = false;
	return 0;
}

/*
 * The first one named this device, or the connection would not be here.  Once more is
 * fine, but not another device: the connection stays with the one it has.
 */
static void
request_open(struct qmi_router *r, struct qmi_conn *c, const struct qmi_msg *msg)
{
	struct cursor v;
	const uint8_t *bytes;
	size_t len;

	if (!qmi_tlv_find(msg, 0x01, &v) || (len = cursor_left(&v)) == 0 ||
	    !cursor_bytes(&v, len, &bytes)) {
		qmi_router_refuse(r, c->id, msg, QMI_ERR_MISSING_ARGUMENT);
		return;
	}
	while (len > 0 && bytes[len - 1] == '\0')
		len--;
	if (!c->path)
		c->path = strndup((const char *)bytes, len);
	if (c->path && (strlen(c->path) != len || memcmp(c->path, bytes, len) != 0))
		qmi_router_refuse(r, c->id, msg, QMI_ERR_INVALID_ARGUMENT);
	else
		qmi_router_refuse(r, c->id, msg, QMI_ERR_NONE);
}

static int
request_ctl(struct qmi_router *r, struct qmi_conn *c, uint8_t *frame, size_t len,
    const struct qmi_msg *msg, int64_t now_ms)
{
	switch (msg->id) {
	case CTL_PROXY_OPEN: request_open(r, c, msg); return 0;
	case QMI_CTL_SYNC:
		qmi_cids_leave(r, c->id, false, now_ms);
		qmi_router_refuse(r, c->id, msg, QMI_ERR_NONE);
		return 0;
	case CTL_QRTR_ALLOCATE:
	case CTL_QRTR_RELEASE:
		qmi_router_refuse(r, c->id, msg, QMI_ERR_NOT_SUPPORTED);
		return 0;
	case QMI_CTL_RELEASE_CID: return request_release(r, c, frame, len, msg, now_ms);
	default: return forward(r, c, frame, len, msg, now_ms) ? 0 : -EAGAIN;
	}
}

/* The mux id a BIND_MUX_DATA_PORT asks for; 0 for everything else. */
static uint8_t
bound_mux(const struct qmi_msg *msg)
{
	struct cursor v;
	uint8_t mux = 0;

	if (msg->service == QMI_WDS && msg->id == QMI_WDS_BIND_MUX_DATA_PORT &&
	    qmi_tlv_find(msg, 0x11, &v))
		cursor_u8(&v, &mux);
	return mux;
}

int
qmi_router_request(struct qmi_router *r, struct qmi_conn *c, uint8_t *frame, size_t len,
    const struct qmi_msg *msg, int64_t now_ms)
{
	uint16_t error = QMI_ERR_INVALID_CLIENT_ID;
	struct txn *x;
	uint8_t mux;

	if (msg->service == QMI_CTL)
		return request_ctl(r, c, frame, len, msg, now_ms);
	if (msg->cid != QMUX_CID_CTL && msg->cid != QMUX_CID_BROADCAST)
		error = qmi_cids_claim(
		    r, c, cid_table_get(r->cids, msg->service, msg->cid));
	if (error) {
		qmi_router_refuse(r, c->id, msg, error);
		return 0;
	}
	mux = bound_mux(msg);
	qmi_cids_free_mux(r, mux, now_ms);
	x = forward(r, c, frame, len, msg, now_ms);
	if (!x)
		return -EAGAIN;
	x->mux_id = mux;
	return 0;
}
