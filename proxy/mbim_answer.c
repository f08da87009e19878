/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the modem says: who hears it, and what it changes in the tables.
 *
 * An answer goes to the sender of its request and to nobody else; one that nobody waits
 * for is dropped.  An indication goes to those who subscribed to it, and what it says
 * of a session to the owner in any case.  NOT_OPENED means that the function has lost
 * its state, and everybody's sessions with it.  Source:
 * reference/mbim.md 1.3-1.7, 2.10.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/mbim_ids.h"
#include "proxy/mbim_router_int.h"

#define TIMEOUTS_MAX 3 /* in a row: is it dead? */

/* ---- answers ---- */

static bool
is_answer_to(const struct txn *x, const struct mbim_msg *m)
{
	return m->cmd == x->msg_id &&
	       memcmp(m->service, x->mbim.service, MBIM_UUID_LEN) == 0;
}

static void
version_known(struct mbim_router *r, const struct mbim_msg *m)
{
	uint16_t version, extended;
	struct cursor v;

	cursor_init(&v, m->info, m->info_len);
	if (m->value == MBIM_STATUS_NONE && cursor_u16le(&v, &version) &&
	    cursor_u16le(&v, &extended))
		mbim_router_set_version(r, version, extended);
}

static void
own_answered(struct mbim_router *r, const struct txn *x, struct mbim_conn *c,
    const struct mbim_msg *m, int64_t now_ms)
{
	switch ((enum mbim_own)x->mbim.own) {
	case MBIM_OWN_SUBSCRIBE:
		if (c)
			c->live--;
		mbim_subscribed(r, x, c, m->value, now_ms);
		break;
	case MBIM_OWN_DEACTIVATE: mbim_session_answered(r, x, m, now_ms); break;
	case MBIM_OWN_VERSION: version_known(r, m); break;
	case MBIM_OWN_QMI_RELEASE:
		mbim_qmi_released(r, x, m->value == MBIM_STATUS_NONE);
		break;
	case MBIM_OWN_NUDGE: mbim_nudge_unwanted(r, x, now_ms); break;
	case MBIM_OWN_PROBE:
	case MBIM_OWN_NONE: break;
	}
}

/* A sound COMMAND_DONE of a request that is in the table. */
static void
answered(struct mbim_router *r, struct txn *x, uint8_t *msg, size_t len,
    const struct mbim_msg *m, int64_t now_ms)
{
	struct mbim_conn *c = x->conn ? mbim_router_conn(r, x->conn) : NULL;

	if (x->mbim.own != MBIM_OWN_NONE) {
		own_answered(r, x, c, m, now_ms);
		return;
	}
	if (x->mbim.is_connect)
		mbim_session_answered(r, x, m, now_ms);
	if (m->cmd == MBIM_CID_MS_VERSION &&
	    memcmp(m->service, mbim_ms_basic_connect, MBIM_UUID_LEN) == 0)
		version_known(r, m);
	mbim_qmi_answered(r, c, m, now_ms);
	if (!c)
		return;
	c->live--;
	put_u32le(msg + 8, x->conn_txn);
	mbim_router_to_conn(r, c, ROUTER_PRIO_ANSWER, msg, len);
}

/* There will be no answer: the asker is told why. */
static void
fail(struct mbim_router *r, struct txn *x, enum mbim_error error, int64_t now_ms)
{
	struct mbim_conn *c = x->conn ? mbim_router_conn(r, x->conn) : NULL;

	x->conn = 0;
	if (c) {
		c->live--;
		mbim_router_short(
		    r, c->id, MBIM_TYPE_FUNCTION_ERROR, x->conn_txn, error);
	}
	if (x->mbim.own == MBIM_OWN_SUBSCRIBE)
		mbim_subscribed(r, x, NULL, MBIM_STATUS_FAILURE, now_ms);
	else if (x->mbim.own == MBIM_OWN_QMI_RELEASE)
		mbim_qmi_released(r, x, false);
	else if (x->mbim.is_connect && error == MBIM_ERROR_CANCEL)
		mbim_session_answered(r, x, NULL, now_ms);
	else if (x->mbim.is_connect)
		mbim_session_refused(r, x);
}

static struct txn *
find(struct mbim_router *r, uint32_t txn)
{
	struct txn *x = txn_table_find(r->txns, TXN_SPACE_MBIM, 0, txn);

	return x && x->state == TXN_STATE_LIVE ? x : NULL;
}

static void
command_done(struct mbim_router *r, uint8_t *msg, size_t len, const struct mbim_msg *m,
    int64_t now_ms)
{
	struct txn *x = find(r, m->txn);

	if (!x || !is_answer_to(x, m)) {
		mbim_nudge_unwanted(r, NULL, now_ms);
		return;
	}
	if (x->mbim.own != MBIM_OWN_NUDGE)
		mbim_nudge_wanted(r);
	answered(r, x, msg, len, m, now_ms);
	txn_table_remove(r->txns, x);
	mbim_router_pump(r, now_ms);
}

/* ---- errors ---- */

static void
function_error(struct mbim_router *r, const struct mbim_msg *m, int64_t now_ms)
{
	struct txn *x = find(r, m->txn);

	if (x) {
		mbim_nudge_wanted(r);
		fail(r, x, (enum mbim_error)m->value, now_ms);
		txn_table_remove(r->txns, x);
	} else {
		mbim_nudge_unwanted(r, NULL, now_ms);
	}
	if (m->value != MBIM_ERROR_NOT_OPENED) {
		mbim_router_pump(r, now_ms);
		return;
	}
	log_warnx(
	    "router", "%s: the function is closed: opening it again", r->config.device);
	mbim_open_lost(r, now_ms);
	mbim_open_start(r, now_ms);
}

/* The modem's message makes no sense: it is told, and so is who waits for it. */
static void
complain(struct mbim_router *r, uint32_t type, uint32_t txn, enum mbim_error error,
    int64_t now_ms)
{
	struct txn *x = type == MBIM_TYPE_COMMAND_DONE ? find(r, txn) : NULL;

	mbim_router_short_to_device(r, MBIM_TYPE_HOST_ERROR, txn, error);
	if (!x)
		return;
	fail(r, x, error, now_ms);
	txn_table_bury(r->txns, x, now_ms);
	mbim_router_pump(r, now_ms);
}

/* ---- indications ---- */

void
mbim_router_indicate(
    struct mbim_router *r, const uint8_t *msg, size_t len, const struct mbim_msg *m)
{
	uint32_t owner = mbim_session_owner(r, m);
	struct mbim_conn *c;

	TAILQ_FOREACH (c, &r->all, by_age) {
		if (c->id == owner)
			mbim_router_to_conn(r, c, ROUTER_PRIO_CALL, msg, len);
		else if (c->is_configured &&
			 (c->wants_all || mbim_subs_has(&c->subs, m->service, m->cmd)))
			mbim_router_to_conn(r, c, ROUTER_PRIO_IND, msg, len);
	}
}

/* ---- messages in ---- */

static int
take_whole(struct mbim_router *r, uint8_t *msg, size_t len, int64_t now_ms)
{
	struct mbim_msg m;
	int rc = mbim_parse(msg, len, &m);

	if (rc == -EBADMSG && r->phase == MBIM_PHASE_READY)
		complain(r, m.type, m.txn, MBIM_ERROR_LENGTH_MISMATCH, now_ms);
	if (rc < 0)
		return -EPROTO;
	r->timeouts = 0;
	if (r->phase != MBIM_PHASE_READY) {
		if (r->phase == MBIM_PHASE_VERSION && m.type == MBIM_TYPE_COMMAND_DONE)
			command_done(r, msg, len, &m, now_ms);
		mbim_open_answer(r, &m, now_ms);
		return 0;
	}
	switch (m.type) {
	case MBIM_TYPE_COMMAND_DONE: command_done(r, msg, len, &m, now_ms); break;
	case MBIM_TYPE_FUNCTION_ERROR: function_error(r, &m, now_ms); break;
	case MBIM_TYPE_INDICATE_STATUS:
		put_u32le(msg + 8, 0); /* whatever the modem put there (C9) */
		mbim_router_indicate(r, msg, len, &m);
		mbim_session_indicated(r, &m, now_ms);
		break;
	default: break;
	}
	return 0;
}

/* What was begun will not come to its end. */
static void
drop_begun(struct mbim_router *r, enum mbim_error error, int64_t now_ms)
{
	uint32_t type, txn = r->in.txn;

	if (r->in.next == 0)
		return;
	type = get_u32le(r->in.buf);
	mbim_assembly_clear(&r->in);
	r->in_deadline_ms = ROUTER_NEVER;
	complain(r, type, txn, error, now_ms);
}

static int
take_fragment(struct mbim_router *r, const uint8_t *msg, size_t len, int64_t now_ms)
{
	struct mbim_fragment f;
	int n;

	if (mbim_fragment_parse(msg, len, &f) < 0)
		return -EPROTO;
	if (r->in.next > 0 && (f.current == 0 || f.txn != r->in.txn))
		drop_begun(r, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE, now_ms);
	n = mbim_assembly_add(&r->in, msg, len);
	r->in_deadline_ms = n == 0 ? now_ms + MBIM_FRAGMENT_GAP_MS : ROUTER_NEVER;
	if (n > 0)
		return take_whole(r, r->in.buf, (size_t)n, now_ms);
	if (n < 0 && r->phase == MBIM_PHASE_READY)
		complain(r, f.type, f.txn,
		    n == -EPROTO ? MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE
				 : MBIM_ERROR_LENGTH_MISMATCH,
		    now_ms);
	return n;
}

/*
 * A whole message between two fragments of another is a sin of the modem that hurts
 * nobody.
 */
int
mbim_router_from_device(void *arg, uint8_t *msg, size_t len, int64_t now_ms)
{
	struct mbim_router *r = arg;

	if (!mbim_type_fragments(get_u32le(msg)) ||
	    (get_u32le(msg + 12) == 1 && get_u32le(msg + 16) == 0))
		return take_whole(r, msg, len, now_ms);
	return take_fragment(r, msg, len, now_ms) < 0 ? -EPROTO : 0;
}

/* ---- time ---- */

/* A modem that died without leaving the bus is only silent. */
static void
count_timeout(struct mbim_router *r, const struct txn *x, int64_t now_ms)
{
	if (r->phase != MBIM_PHASE_READY || x->mbim.own == MBIM_OWN_NUDGE)
		return;
	if (x->mbim.own == MBIM_OWN_PROBE && r->timeouts > 0) {
		r->timeouts = 0;
		r->sink.reopen(r->sink.arg, "modem no longer answers");
		return;
	}
	/* something harmless, whose silence is not one busy service's */
	if (++r->timeouts == TIMEOUTS_MAX)
		mbim_ask_harmless(r, MBIM_OWN_PROBE, now_ms);
}

void
mbim_router_expire(struct mbim_router *r, int64_t now_ms)
{
	struct txn *x;

	if (r->in_deadline_ms <= now_ms)
		drop_begun(r, MBIM_ERROR_TIMEOUT_FRAGMENT, now_ms);
	while ((x = txn_table_due(r->txns, now_ms))) {
		if (x->state == TXN_STATE_TOMB) {
			txn_table_remove(r->txns, x);
			continue;
		}
		fail(r, x, MBIM_ERROR_CANCEL, now_ms);
		txn_table_bury(r->txns, x, now_ms);
		count_timeout(r, x, now_ms);
	}
}

void
mbim_router_fail_all(struct mbim_router *r, enum mbim_error error, int64_t now_ms)
{
	struct txn *x;

	while ((x = txn_table_any(r->txns))) {
		fail(r, x, error, now_ms);
		txn_table_bury(r->txns, x, now_ms);
	}
}
