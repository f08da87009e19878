/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure decisions of the MBIM broker: who gets this message, under which id.
 *
 * The law: every request of a connection gets exactly one answer, at its sender, with
 * its own transaction id: the modem's, or an error made here.  Messages are put
 * together before anything is decided, whatever pieces they came in, and cut again to
 * what the receiver takes: so fragments of two connections never meet.  A request is
 * in one of two places: held by its connection (the function is not open, or the modem
 * has its fill), or in the transaction table.  A request that the modem has had for a
 * second no longer counts against the fill: a CONNECT that takes minutes holds up
 * nobody.
 *
 * OPEN and CLOSE of connections are answered here, since the function's would end
 * everybody's sessions (mbim.md 1.8).  Requests are in mbim_request.c, the modem's
 * words in mbim_answer.c, opening in mbim_open.c, subscriptions in mbim_subscribe.c,
 * sessions in mbim_sessions.c, QMI inside MBIM in mbim_qmi.c, a modem that is behind in
 * mbim_nudge.c; here are connections, turns and time.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/mbim_ids.h"
#include "common/print.h"
#include "common/xmem.h"
#include "proxy/mbim_router_int.h"
#include "proxy/mbim_scan.h"

#define LITTLE 2 /* requests under way */
/* Several dialers ask a dozen things at once; a round trip is what costs. */
#define MAX_REQUESTS 64
#define VENDOR_TRANSFER 4096 /* the vendor's tools have buffers of that size */

struct mbim_conn *
mbim_router_conn(struct mbim_router *r, uint32_t id)
{
	struct mbim_conn *c;

	LIST_FOREACH (c, &r->conns[id % MBIM_ROUTER_BUCKETS], by_id)
		if (c->id == id)
			return c;
	return NULL;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void
mbim_router_wake(struct mbim_router *r, int64_t at_ms)
{
	r->conn_deadline_ms = earlier(r->conn_deadline_ms, at_ms);
}

/* ---- messages out ---- */

/* Cuts msg into fragments for dest (or the modem). */
static void
deliver_cut(
    struct mbim_router *r, uint32_t dest, const uint8_t *msg, size_t len, size_t max)
{
	uint32_t count = mbim_split_count(len, max);

	for (uint32_t i = 0; i < count; i++) {
		int n = mbim_split(msg, len, max, i, r->piece, MBIM_MESSAGE_MAX);

		/* never dropped singly: half a message is worse than none */
		if (n > 0)
			r->sink.deliver(
			    r->sink.arg, dest, ROUTER_PRIO_ANSWER, r->piece, (size_t)n);
	}
}

void
mbim_router_to_conn(struct mbim_router *r, struct mbim_conn *c, enum router_prio prio,
    const uint8_t *msg, size_t len)
{
	if (c->max_transfer > 0 && len > c->max_transfer)
		deliver_cut(r, c->id, msg, len, c->max_transfer);
	else
		r->sink.deliver(r->sink.arg, c->id, prio, msg, len);
}

void
mbim_router_to_device(struct mbim_router *r, const uint8_t *msg, size_t len)
{
	if (len > r->max_transfer)
		deliver_cut(r, ROUTER_DEVICE, msg, len, r->max_transfer);
	else
		r->sink.deliver(
		    r->sink.arg, ROUTER_DEVICE, ROUTER_PRIO_ANSWER, msg, len);
}

void
mbim_router_short(
    struct mbim_router *r, uint32_t conn, uint32_t type, uint32_t txn, uint32_t value)
{
	uint8_t buf[MBIM_HDR_LEN + 4];
	int n = mbim_build_short(buf, sizeof(buf), type, txn, value);

	r->sink.deliver(r->sink.arg, conn, ROUTER_PRIO_ANSWER, buf, (size_t)n);
}

void
mbim_router_short_to_device(
    struct mbim_router *r, uint32_t type, uint32_t txn, uint32_t value)
{
	mbim_router_short(r, ROUTER_DEVICE, type, txn, value);
}

static void
function_error(
    struct mbim_router *r, struct mbim_conn *c, uint32_t txn, enum mbim_error error)
{
	mbim_router_short(r, c->id, MBIM_TYPE_FUNCTION_ERROR, txn, error);
}

/* ---- life ---- */

static void *
router_create(const struct router_config *config, const struct router_sink *sink)
{
	struct mbim_router *r = xcalloc(1, sizeof(*r));

	r->config = *config;
	r->sink = *sink;
	if (r->config.max_requests == 0)
		r->config.max_requests = MAX_REQUESTS;
	if (r->config.max_waiting == 0)
		r->config.max_waiting = 64;
	if (r->config.timeout_ms == 0)
		r->config.timeout_ms = 120000;
	if (r->config.grace_ms == 0)
		r->config.grace_ms = 60000;
	if (r->config.open_wait_ms == 0)
		r->config.open_wait_ms = 20000;
	r->txns = txn_table_new(UINT32_MAX);
	r->cids = cid_table_new();
	TAILQ_INIT(&r->all);
	waitlist_init(&r->waiting);
	r->conn_deadline_ms = ROUTER_NEVER;
	r->session_deadline_ms = ROUTER_NEVER;
	r->in_deadline_ms = ROUTER_NEVER;
	r->max_transfer = MBIM_TRANSFER_DEFAULT;
	r->scratch = xcalloc(1, MBIM_MESSAGE_MAX);
	r->piece = xcalloc(1, MBIM_MESSAGE_MAX);
	return r;
}

static void
conn_free(struct mbim_router *r, struct mbim_conn *c)
{
	waitlist_drop_all(&r->waiting, &c->waiter);
	LIST_REMOVE(c, by_id);
	TAILQ_REMOVE(&r->all, c, by_age);
	mbim_assembly_free(&c->in);
	mbim_subs_free(&c->subs);
	free(c->path);
	free(c);
}

static void
router_destroy(void *arg)
{
	struct mbim_router *r = arg;

	while (TAILQ_FIRST(&r->all))
		conn_free(r, TAILQ_FIRST(&r->all));
	waitlist_free(&r->waiting);
	txn_table_free(r->txns);
	cid_table_free(r->cids);
	mbim_assembly_free(&r->in);
	mbim_subs_free(&r->subs);
	mbim_subs_free(&r->subscribing.merged);
	mbim_subs_free(&r->subscribing.conn_subs);
	free(r->subscribing.echo);
	free(r->scratch);
	free(r->piece);
	free(r);
}

static void
router_conn_added(
    void *arg, uint32_t id, const struct router_peer *peer, int64_t now_ms)
{
	struct mbim_router *r = arg;
	struct mbim_conn *c = xcalloc(1, sizeof(*c));

	(void)now_ms;
	c->id = id;
	c->peer = *peer;
	waiter_init(&c->waiter, c);
	c->in_deadline_ms = ROUTER_NEVER;
	mbim_subs_standard(&c->subs);
	if (peer->dialect == ROUTER_DIALECT_VENDOR) {
		c->max_transfer = VENDOR_TRANSFER;
		c->is_configured = true;
		c->wants_all = true;
	}
	LIST_INSERT_HEAD(&r->conns[id % MBIM_ROUTER_BUCKETS], c, by_id);
	TAILQ_INSERT_TAIL(&r->all, c, by_age);
}

static void
router_conn_lost(void *arg, uint32_t id, int64_t now_ms)
{
	struct mbim_router *r = arg;
	struct mbim_conn *c = mbim_router_conn(r, id);

	if (!c)
		return;
	/* its pending requests stay in the table and are nobody's */
	txn_table_disown(r->txns, id);
	mbim_sessions_leave(r, c, now_ms);
	mbim_qmi_leave(r, c, now_ms);
	conn_free(r, c);
	mbim_subscribe_again(r, now_ms);
	mbim_router_pump(r, now_ms);
}

/* ---- CONFIGURATION ---- */

static void
tell_version(struct mbim_router *r, struct mbim_conn *c)
{
	uint8_t buf[MBIM_INDICATION_HDR_LEN + 4];
	struct mbim_builder b;
	int n;

	mbim_build_indication(
	    &b, buf, sizeof(buf), mbim_proxy_control, MBIM_CID_PROXY_VERSION);
	writer_u16le(&b.w, r->version);
	writer_u16le(&b.w, r->extended);
	n = mbim_build_end(&b);
	mbim_router_to_conn(r, c, ROUTER_PRIO_CALL, buf, (size_t)n);
}

void
mbim_router_set_version(struct mbim_router *r, uint16_t version, uint16_t extended)
{
	struct mbim_conn *c;

	r->version = version;
	r->extended = extended;
	TAILQ_FOREACH (c, &r->all, by_age)
		if (c->is_configured && c->peer.dialect == ROUTER_DIALECT_LIB)
			tell_version(r, c);
}

/* Success, after the version that is in force if anybody has asked for one. */
void
mbim_router_configured(struct mbim_router *r, struct mbim_conn *c)
{
	const struct mbim_msg req = {.txn = c->config_txn,
	    .service = mbim_proxy_control,
	    .cmd = MBIM_CID_PROXY_CONFIGURATION};

	if (!c->owes_config)
		return;
	c->owes_config = false;
	c->is_configured = true;
	if (r->version)
		tell_version(r, c);
	mbim_router_done(r, c, &req, MBIM_STATUS_NONE);
}

static void
config_failed(struct mbim_router *r, struct mbim_conn *c)
{
	const struct mbim_msg req = {.txn = c->config_txn,
	    .service = mbim_proxy_control,
	    .cmd = MBIM_CID_PROXY_CONFIGURATION};

	c->owes_config = false;
	free(c->path);
	c->path = NULL;
	mbim_router_done(r, c, &req, MBIM_STATUS_FAILURE);
}

/* ---- turns ---- */

/* Takes a copy, or answers that there is no memory for one. */
static void
hold(struct mbim_router *r, struct mbim_conn *c, const uint8_t *msg, size_t len,
    uint32_t txn, int64_t now_ms)
{
	int64_t wait_ms = r->phase == MBIM_PHASE_READY ? r->config.timeout_ms
						       : r->config.open_wait_ms;

	if (waitlist_hold(&r->waiting, &c->waiter, msg, len, now_ms + wait_ms) < 0)
		function_error(r, c, txn, MBIM_ERROR_CANCEL);
}

/* What the modem has had for so long no longer counts. */
static void
set_aside(struct mbim_router *r, int64_t now_ms)
{
	struct txn *x;

	while ((x = txn_table_oldest(r->txns)) && x->sent_ms + MBIM_AGE_MS <= now_ms)
		txn_table_uncount(r->txns, x);
}

/*
 * The modem may have one more of this connection.  A quarter of its fill is kept for
 * those who have little under way, so that one who asks for a lot delays himself.
 */
static bool
has_room(const struct mbim_router *r, const struct mbim_conn *c)
{
	uint32_t max = r->config.max_requests;

	if (c->live >= LITTLE)
		max -= max / 4;
	return txn_table_outstanding(r->txns) < max;
}

/* False: it has to wait still. */
static bool
send_first_held(struct mbim_router *r, struct mbim_conn *c, int64_t now_ms)
{
	struct held *h = STAILQ_FIRST(&c->waiter.held);

	if (mbim_router_request(r, c, h->msg, h->len, now_ms) < 0)
		return false;
	waitlist_drop(&r->waiting, &c->waiter);
	return true;
}

void
mbim_router_pump(struct mbim_router *r, int64_t now_ms)
{
	struct waiter *w, *next;

	set_aside(r, now_ms);
	for (w = TAILQ_FIRST(&r->waiting.ring);
	     w && r->phase == MBIM_PHASE_READY &&
	     txn_table_outstanding(r->txns) < r->config.max_requests;
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

/* ---- messages in ---- */

/*
 * A command before the device is there: NOT_OPENED, unless it follows an OPEN or a
 * CONFIGURATION that waits as well.
 */
static bool
may_wait(const struct mbim_router *r, const struct mbim_conn *c)
{
	return r->phase != MBIM_PHASE_DOWN || c->waiter.count > 0 || c->owes_config;
}

/* One whole message: OPEN, CLOSE or a command that is sound. */
static void
take_request(struct mbim_router *r, struct mbim_conn *c, uint8_t *msg, size_t len,
    const struct mbim_msg *m, int64_t now_ms)
{
	if (m->type == MBIM_TYPE_COMMAND && !may_wait(r, c)) {
		function_error(r, c, m->txn, MBIM_ERROR_NOT_OPENED);
		return;
	}
	set_aside(r, now_ms);
	if (r->phase == MBIM_PHASE_READY && c->waiter.count == 0 &&
	    TAILQ_EMPTY(&r->waiting.ring) && has_room(r, c) &&
	    mbim_router_request(r, c, msg, len, now_ms) == 0)
		return;
	hold(r, c, msg, len, m->txn, now_ms);
	mbim_router_pump(r, now_ms);
}

static void
take_whole(struct mbim_router *r, struct mbim_conn *c, uint8_t *msg, size_t len,
    int64_t now_ms)
{
	struct mbim_msg m;

	if (mbim_parse(msg, len, &m) < 0) {
		function_error(r, c, get_u32le(msg + 8), MBIM_ERROR_LENGTH_MISMATCH);
		return;
	}
	if (mbim_is_configuration(&m))
		mbim_router_configure(r, c, &m, now_ms);
	else
		take_request(r, c, msg, len, &m, now_ms);
}

/* What was begun will not come to its end. */
static void
drop_begun(struct mbim_router *r, struct mbim_conn *c, enum mbim_error error)
{
	if (c->in.next > 0)
		function_error(r, c, c->in.txn, error);
	mbim_assembly_clear(&c->in);
	c->in_deadline_ms = ROUTER_NEVER;
}

/* A fragment that does not continue what was begun; the first of another may begin. */
static int
begin_anew(struct mbim_router *r, struct mbim_conn *c, const uint8_t *msg, size_t len,
    const struct mbim_fragment *f)
{
	bool same = c->in.txn == f->txn;

	if (!same || f->current == 0)
		drop_begun(r, c, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	if (f->current == 0)
		return mbim_assembly_add(&c->in, msg, len);
	mbim_assembly_clear(&c->in);
	return -EPROTO;
}

static bool
continues(const struct mbim_assembly *a, const struct mbim_fragment *f)
{
	return f->current == a->next && (f->current == 0 || f->txn == a->txn);
}

static void
take_fragment(struct mbim_router *r, struct mbim_conn *c, const uint8_t *msg,
    size_t len, int64_t now_ms)
{
	struct mbim_fragment f;
	int n;

	if (mbim_fragment_parse(msg, len, &f) < 0) {
		function_error(
		    r, c, get_u32le(msg + 8), MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
		return;
	}
	n = continues(&c->in, &f) ? mbim_assembly_add(&c->in, msg, len)
				  : begin_anew(r, c, msg, len, &f);
	c->in_deadline_ms = n == 0 ? now_ms + MBIM_FRAGMENT_GAP_MS : ROUTER_NEVER;
	mbim_router_wake(r, c->in_deadline_ms);
	if (n > 0)
		take_whole(r, c, c->in.buf, (size_t)n, now_ms);
	else if (n < 0)
		function_error(r, c, f.txn,
		    n == -EPROTO ? MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE
				 : MBIM_ERROR_LENGTH_MISMATCH);
}

static bool
is_whole(const uint8_t *msg, size_t len)
{
	return len >= MBIM_FRAGMENT_HDR_LEN && get_u32le(msg + 12) == 1 &&
	       get_u32le(msg + 16) == 0;
}

/* Drops a held request that its sender no longer wants. */
static bool
cancel_held(struct mbim_router *r, struct mbim_conn *c, uint32_t txn)
{
	bool found = false;

	for (unsigned n = c->waiter.count; n > 0; n--) {
		struct held *h = STAILQ_FIRST(&c->waiter.held);

		if (!found && get_u32le(h->msg) == MBIM_TYPE_COMMAND &&
		    get_u32le(h->msg + 8) == txn) {
			found = true;
			waitlist_drop(&r->waiting, &c->waiter);
		} else {
			waitlist_rotate(&r->waiting, &c->waiter, h->deadline_ms);
		}
	}
	return found;
}

/*
 * A connection complains.  What it no longer wants, the modem is told under the id
 * that it knows; complaints about fragments are void, since we cut them ourselves.
 */
static void
take_host_error(struct mbim_router *r, struct mbim_conn *c, const struct mbim_msg *m)
{
	struct txn *x;

	if (m->value != MBIM_ERROR_CANCEL || cancel_held(r, c, m->txn))
		return;
	x = txn_table_find_conn(r->txns, c->id, m->txn);
	if (!x || x->mbim.own != MBIM_OWN_NONE)
		return;
	x->conn = 0;
	c->live--;
	txn_table_uncount(r->txns, x);
	mbim_router_short_to_device(
	    r, MBIM_TYPE_HOST_ERROR, x->device_txn, MBIM_ERROR_CANCEL);
}

static int
router_from_conn(void *arg, uint32_t id, uint8_t *msg, size_t len, int64_t now_ms)
{
	struct mbim_router *r = arg;
	struct mbim_conn *c = mbim_router_conn(r, id);
	struct mbim_msg m;

	if (!c)
		return 0;
	if (get_u32le(msg + 4) == 0) /* see mbim_scan_conn() */
		put_u32le(msg + 4, (uint32_t)len);
	switch (get_u32le(msg)) {
	case MBIM_TYPE_COMMAND:
		if (is_whole(msg, len)) {
			drop_begun(r, c, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
			take_whole(r, c, msg, len, now_ms);
		} else {
			take_fragment(r, c, msg, len, now_ms);
		}
		break;
	case MBIM_TYPE_OPEN:
	case MBIM_TYPE_CLOSE:
		drop_begun(r, c, MBIM_ERROR_CANCEL);
		take_whole(r, c, msg, len, now_ms);
		break;
	case MBIM_TYPE_HOST_ERROR:
		if (mbim_parse(msg, len, &m) == 0)
			take_host_error(r, c, &m);
		break;
	default: break; /* only a function says that: passed over */
	}
	return 0;
}

static bool
router_conn_may_send(void *arg, uint32_t id)
{
	struct mbim_router *r = arg;
	struct mbim_conn *c = mbim_router_conn(r, id);

	return c && c->waiter.count < r->config.max_waiting &&
	       c->waiter.bytes < MBIM_HELD_BYTES_MAX;
}

static bool
router_conn_owed(void *arg, uint32_t id)
{
	struct mbim_conn *c = mbim_router_conn(arg, id);

	return c && (c->waiter.count || c->live || c->owes_config);
}

/* ---- the device ---- */

static void
router_device_announces(void *arg, bool announces)
{
	struct mbim_router *r = arg;

	r->announces = announces;
}

/* A stream or a terminal sets no limit of its own: there it is the usual one. */
static void
router_device_up(void *arg, size_t max_write, int64_t now_ms)
{
	struct mbim_router *r = arg;

	r->max_write = max_write > UINT16_MAX ? MBIM_TRANSFER_DEFAULT : max_write;
	if (r->max_write < MBIM_TRANSFER_MIN)
		r->max_write = MBIM_TRANSFER_MIN;
	r->max_transfer = r->max_write;
	r->open_tries = 0;
	mbim_open_start(r, now_ms);
}

/* Held commands are answered; OPEN and CLOSE may wait for the new life. */
static void
fail_held(struct mbim_router *r, struct mbim_conn *c, int64_t now_ms)
{
	for (unsigned n = c->waiter.count; n > 0; n--) {
		struct held *h = STAILQ_FIRST(&c->waiter.held);

		if (get_u32le(h->msg) != MBIM_TYPE_COMMAND) {
			waitlist_rotate(
			    &r->waiting, &c->waiter, now_ms + r->config.open_wait_ms);
			continue;
		}
		function_error(r, c, get_u32le(h->msg + 8), MBIM_ERROR_NOT_OPENED);
		waitlist_drop(&r->waiting, &c->waiter);
	}
}

static void
router_device_down(void *arg, int64_t now_ms)
{
	struct mbim_router *r = arg;
	struct mbim_conn *c;

	TAILQ_FOREACH (c, &r->all, by_age)
		fail_held(r, c, now_ms);
	mbim_open_lost(r, now_ms);
	txn_table_clear(r->txns); /* no late answer comes through a closed device */
	r->phase = MBIM_PHASE_DOWN;
}

/* ---- time ---- */

/* Held requests wait so long and no longer. */
static void
expire_held(struct mbim_router *r, struct mbim_conn *c, int64_t now_ms)
{
	struct held *h;

	while ((h = STAILQ_FIRST(&c->waiter.held)) && h->deadline_ms <= now_ms) {
		uint32_t type = get_u32le(h->msg), txn = get_u32le(h->msg + 8);

		if (type == MBIM_TYPE_COMMAND)
			function_error(r, c, txn,
			    r->phase == MBIM_PHASE_READY ? MBIM_ERROR_CANCEL
							 : MBIM_ERROR_NOT_OPENED);
		else if (type == MBIM_TYPE_OPEN)
			mbim_router_short(
			    r, c->id, MBIM_TYPE_OPEN_DONE, txn, MBIM_STATUS_FAILURE);
		else
			mbim_router_short(
			    r, c->id, MBIM_TYPE_CLOSE_DONE, txn, MBIM_STATUS_NONE);
		waitlist_drop(&r->waiting, &c->waiter);
	}
}

static void
expire_all_held(struct mbim_router *r, int64_t now_ms)
{
	struct waiter *w, *next;

	if (r->waiting.deadline_ms > now_ms)
		return;
	r->waiting.deadline_ms = ROUTER_NEVER;
	for (w = TAILQ_FIRST(&r->waiting.ring); w; w = next) {
		next = TAILQ_NEXT(w, by_turn);
		expire_held(r, w->conn, now_ms);
		if (w->count)
			r->waiting.deadline_ms = earlier(r->waiting.deadline_ms,
			    STAILQ_FIRST(&w->held)->deadline_ms);
	}
}

static void
conn_timer(struct mbim_router *r, struct mbim_conn *c, int64_t now_ms)
{
	/* what is not read cannot come in time: back-pressure is no fault of its own */
	if (c->in_deadline_ms <= now_ms && !router_conn_may_send(r, c->id))
		c->in_deadline_ms = now_ms + MBIM_FRAGMENT_GAP_MS;
	if (c->in_deadline_ms <= now_ms)
		drop_begun(r, c, MBIM_ERROR_TIMEOUT_FRAGMENT);
	if (c->owes_config && r->phase == MBIM_PHASE_READY &&
	    c->config_due_ms <= now_ms)
		mbim_router_configured(r, c);
	if (c->owes_config && c->config_limit_ms <= now_ms)
		config_failed(r, c);
	mbim_router_wake(r, c->in_deadline_ms);
	if (c->owes_config)
		mbim_router_wake(r, r->phase == MBIM_PHASE_READY ? c->config_due_ms
								 : c->config_limit_ms);
}

static void
run_conns(struct mbim_router *r, int64_t now_ms)
{
	struct mbim_conn *c;

	if (r->conn_deadline_ms > now_ms)
		return;
	r->conn_deadline_ms = ROUTER_NEVER;
	TAILQ_FOREACH (c, &r->all, by_age)
		conn_timer(r, c, now_ms);
}

static void
router_timer(void *arg, int64_t now_ms)
{
	struct mbim_router *r = arg;

	mbim_router_expire(r, now_ms);
	mbim_open_timer(r, now_ms);
	mbim_nudge_run(r, now_ms);
	mbim_sessions_run(r, now_ms);
	run_conns(r, now_ms);
	expire_all_held(r, now_ms);
	mbim_router_pump(r, now_ms);
}

static int64_t
router_deadline(void *arg)
{
	struct mbim_router *r = arg;
	int64_t at = earlier(txn_table_deadline(r->txns), r->conn_deadline_ms);
	struct txn *oldest = txn_table_oldest(r->txns);

	at = earlier(at, r->in_deadline_ms);
	at = earlier(at, mbim_nudge_deadline(r));
	if (r->phase == MBIM_PHASE_READY)
		at = earlier(at, r->session_deadline_ms);
	else if (r->phase != MBIM_PHASE_DOWN)
		at = earlier(at, r->open_deadline_ms);
	if (TAILQ_EMPTY(&r->waiting.ring))
		return at;
	at = earlier(at, r->waiting.deadline_ms);
	return oldest ? earlier(at, oldest->sent_ms + MBIM_AGE_MS) : at;
}

static void
router_stop(void *arg, int64_t now_ms)
{
	/* sessions live on: the next broker's OPEN, or the modem, cleans up */
	(void)arg;
	(void)now_ms;
}

const struct router_ops mbim_router_ops = {
    .name = "mbim",
    .msg_max = MBIM_MESSAGE_MAX,
    .device_max = MBIM_TRANSFER_DEFAULT,
    .scan = mbim_scan_conn,
    .print = print_mbim,
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
    .from_device = mbim_router_from_device,
    .timer = router_timer,
    .deadline = router_deadline,
    .stop = router_stop,
};
