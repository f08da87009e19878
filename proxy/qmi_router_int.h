/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the QMI router share: its tables, and the connections it knows.
 */
#ifndef PDNMUX_PROXY_QMI_ROUTER_INT_H
#define PDNMUX_PROXY_QMI_ROUTER_INT_H

#include <sys/queue.h>

#include "common/qmi.h"
#include "proxy/cid_table.h"
#include "proxy/qmi_nudge.h"
#include "proxy/router.h"
#include "proxy/txn_table.h"
#include "proxy/waitlist.h"

#define QMI_ROUTER_BUCKETS 256
#define QMI_ROUTER_ANSWER_MAX 64 /* longest message the broker makes, bytes */

#define QMI_HELD_BYTES_MAX (128 * 1024) /* of one connection, then it is not read */
#define QMI_CTL_IDS_MAX 200 /* of 255, for connections: the rest is the broker's */

struct qmi_conn {
	LIST_ENTRY(qmi_conn) by_id;
	struct waiter waiter; /* what is held back of it */
	uint32_t id;
	struct router_peer peer;
	unsigned live;  /* requests forwarded and not answered */
	char *path;     /* what its open message named, or NULL */
	uint64_t stamp; /* last broadcast it got */
};

struct qmi_router {
	struct router_config config;
	struct router_sink sink;
	struct cid_table *cids;
	struct txn_table *txns;
	LIST_HEAD(, qmi_conn) conns[QMI_ROUTER_BUCKETS];
	struct waitlist waiting; /* requests held back */
	bool up;                 /* the device is open */
	bool ready;              /* and its SYNC was answered */
	unsigned sync_tries;
	unsigned timeouts; /* in a row, without a word of the modem */
	int64_t sync_deadline_ms;
	int64_t cid_deadline_ms; /* the next orphan or release that is due */
	size_t max_write;
	uint64_t stamp;
	struct qmi_nudge nudge;
};

struct qmi_conn *qmi_router_conn(struct qmi_router *r, uint32_t id);

/* An error made by the broker, in answer to req. */
void qmi_router_refuse(
    struct qmi_router *r, uint32_t conn, const struct qmi_msg *req, uint16_t error);
/*
 * qmi_router_request - one checked request of a connection, now.
 *
 * Returns 0 when it was forwarded or answered, -EAGAIN when no transaction id is free
 * for it now (nothing happened).
 */
int qmi_router_request(struct qmi_router *r, struct qmi_conn *c, uint8_t *frame,
    size_t len, const struct qmi_msg *msg, int64_t now_ms);
/* As many held requests as the modem may have, each connection in its turn. */
void qmi_router_pump(struct qmi_router *r, int64_t now_ms);

/* Lets a CID go: its release is sent as soon as may be and until it is confirmed. */
void qmi_cids_release(struct qmi_router *r, struct cid *cid, int64_t now_ms);
/* Sends the releases that are due and ends the grace of orphans. */
void qmi_cids_run(struct qmi_router *r, int64_t now_ms);
/* All CIDs of a connection: released, or those with a call (if keep) orphaned. */
void qmi_cids_leave(struct qmi_router *r, uint32_t conn, bool keep, int64_t now_ms);
/* The modem forgot them all: their owners are told by a revoke indication. */
void qmi_cids_revoke_all(struct qmi_router *r);
/* One CID is dead; its owner is told when tell is set. */
void qmi_cids_revoke(struct qmi_router *r, struct cid *cid, bool tell);
/* 0 when c owns it or may adopt it (and then does), else the QMI error to answer. */
uint16_t qmi_cids_claim(struct qmi_router *r, struct qmi_conn *c, struct cid *cid);
/* Orphaned calls on that mux id are let go: somebody else wants it. */
void qmi_cids_free_mux(struct qmi_router *r, uint8_t mux_id, int64_t now_ms);
/* Its call has ended: nobody needs to adopt it any more. */
void qmi_cids_call_ended(struct qmi_router *r, struct cid *cid, int64_t now_ms);
/* The answer to a RELEASE of (service, cid), whoever asked. */
void qmi_cids_released(
    struct qmi_router *r, uint8_t service, uint8_t cid, uint16_t error, int64_t now_ms);

/* A CTL request of the broker's own, without TLVs.  NULL: no id is free. */
struct txn *qmi_router_ask(struct qmi_router *r, uint16_t id, int64_t now_ms);
/* Asks the modem for SYNC. */
void qmi_sync_start(struct qmi_router *r, int64_t now_ms);
/* The modem started anew, or is gone: what was asked is answered, CIDs are dead. */
void qmi_router_forget(struct qmi_router *r, int64_t now_ms);
/* One message of the modem, as router_ops.from_device. */
int qmi_router_from_device(void *arg, uint8_t *frame, size_t len, int64_t now_ms);
/* Requests whose time is over are answered with an error. */
void qmi_router_expire(struct qmi_router *r, int64_t now_ms);

#endif
