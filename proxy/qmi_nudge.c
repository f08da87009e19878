/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answer to a nudge tells where we stand.  If it comes at once and after nothing
 * else was asked, the modem holds nothing.  If something else was fetched in its place
 * and it came only with a later announcement, the modem is still behind; then each
 * arrival of a left-over is followed by one more nudge while somebody waits.  So a
 * modem that is behind by one costs one message more a request, and no time.
 *
 * A slow modem looks the same for a while; IDLE_MAX keeps that from going on for ever.
 */
#include "config.h"

#include "common/qmi_table.h"
#include "proxy/qmi_nudge.h"
#include "proxy/qmi_router_int.h"

#define OVERDUE_MS 700 /* less than the age at which a request no longer counts */
#define OVERDUE_BEHIND_MS 200
#define IDLE_MAX 8

void
qmi_nudge_reset(struct qmi_nudge *n)
{
	bool announces = n->announces;

	*n = (struct qmi_nudge){.announces = announces};
}

static void
nudge(struct qmi_router *r, int64_t now_ms)
{
	struct qmi_nudge *n = &r->nudge;
	uint16_t id = r->ready ? QMI_CTL_GET_VERSION_INFO : QMI_CTL_SYNC;
	struct txn *x = qmi_router_ask(r, id, now_ms);

	if (!x)
		return;
	n->sent_ms = now_ms;
	n->overtaken = n->followed = false;
	n->idle++;
	if (!r->ready)
		return;
	x->nudge = true;
	n->txn = x->device_txn;
}

void
qmi_nudge_useful(struct qmi_router *r, int64_t now_ms)
{
	struct qmi_nudge *n = &r->nudge;
	struct txn *x = txn_table_oldest(r->txns);

	n->overtaken = true;
	n->idle = 0;
	/* it came in the nudge's place, and there are more as old as it is */
	if (n->txn && x && x->sent_ms < n->sent_ms)
		nudge(r, now_ms);
}

void
qmi_nudge_stale(struct qmi_router *r, int64_t now_ms)
{
	struct qmi_nudge *n = &r->nudge;

	if (!n->announces)
		return;
	n->behind = true;
	if (n->idle < IDLE_MAX && (!r->ready || txn_table_oldest(r->txns)))
		nudge(r, now_ms);
}

void
qmi_nudge_answered(struct qmi_router *r, const struct txn *x, int64_t now_ms)
{
	struct qmi_nudge *n = &r->nudge;
	bool late = now_ms - n->sent_ms >= OVERDUE_MS;

	if (x->device_txn != n->txn) {
		qmi_nudge_stale(r, now_ms);
		return;
	}
	n->txn = 0;
	if (!n->overtaken || !(n->followed || late)) {
		n->behind = false;
		return;
	}
	/* with nobody waiting, it may have come in the place of an indication */
	if (late && n->idle < IDLE_MAX && !txn_table_oldest(r->txns))
		nudge(r, now_ms);
	else
		qmi_nudge_stale(r, now_ms);
}

int64_t
qmi_nudge_deadline(struct qmi_router *r)
{
	const struct qmi_nudge *n = &r->nudge;
	struct txn *x = txn_table_oldest(r->txns);
	int64_t since_ms;

	if (!n->announces || !r->ready || !x || (n->txn && !n->behind))
		return ROUTER_NEVER;
	since_ms = x->sent_ms > n->sent_ms ? x->sent_ms : n->sent_ms;
	return since_ms + (n->behind ? OVERDUE_BEHIND_MS : OVERDUE_MS);
}

void
qmi_nudge_run(struct qmi_router *r, int64_t now_ms)
{
	if (qmi_nudge_deadline(r) <= now_ms)
		nudge(r, now_ms);
}
