/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The function's life: opened once for everybody, and again when it has forgotten.
 *
 * OPEN ends every session there is, so it is sent when the device was opened and when
 * the function says NOT_OPENED, and never else.  It may take long after a modem has
 * booted, and is repeated meanwhile; since a repeated OPEN that is answered late would
 * close what has just been opened, readiness waits for the last of them.  What comes
 * from the modem before is for a predecessor and is passed over.  Source:
 * reference/mbim.md 1.8, 2.10 item 11, 5.7, 7.
 */
#include "config.h"

#include <string.h>

#include "common/log.h"
#include "common/mbim_ids.h"
#include "proxy/mbim_router_int.h"

#define OPEN_WAIT_MS 5000
#define OPEN_TRIES 12
#define CLOSE_WAIT_MS 2000
#define VERSION_WAIT_MS 5000
#define OPEN_FOLLOWS_MS 20

/* OPEN and CLOSE are not in the table, but their ids must not be anybody's. */
static uint32_t
take_id(struct mbim_router *r, int64_t now_ms)
{
	struct txn *x =
	    txn_table_add(r->txns, TXN_SPACE_MBIM, 0, 0, TXN_WAIT_CTL, now_ms, now_ms);
	uint32_t id = x ? x->device_txn : 1;

	if (x)
		txn_table_remove(r->txns, x);
	return id;
}

static void
send_open(struct mbim_router *r, int64_t now_ms)
{
	r->phase = MBIM_PHASE_OPENING;
	r->open_txn = take_id(r, now_ms);
	r->open_deadline_ms = now_ms + OPEN_WAIT_MS;
	mbim_router_short_to_device(
	    r, MBIM_TYPE_OPEN, r->open_txn, (uint32_t)r->max_transfer);
}

void
mbim_open_start(struct mbim_router *r, int64_t now_ms)
{
	r->open_answered = false;
	r->timeouts = 0;
	r->nudges = 0;
	r->nudge_ms = now_ms;
	mbim_assembly_clear(&r->in);
	r->in_deadline_ms = ROUTER_NEVER;
	send_open(r, now_ms);
	r->first_txn = r->open_txn;
}

static void
open_again(struct mbim_router *r, int64_t now_ms)
{
	if (++r->open_tries < OPEN_TRIES) {
		send_open(r, now_ms);
		return;
	}
	r->open_tries = 0;
	r->open_deadline_ms = now_ms + OPEN_WAIT_MS;
	r->sink.reopen(r->sink.arg, "modem does not answer OPEN");
}

/* Those who wait are answered, OPEN first (proxies.md C13). */
static void
ready(struct mbim_router *r, int64_t now_ms)
{
	struct mbim_conn *c;

	r->phase = MBIM_PHASE_READY;
	r->open_tries = 0;
	log_info("router", "%s: modem is ready", r->config.device);
	TAILQ_FOREACH (c, &r->all, by_age) {
		if (!c->owes_config)
			continue;
		c->config_due_ms = now_ms + OPEN_FOLLOWS_MS;
		mbim_router_wake(r, c->config_due_ms);
		if (c->waiter.count == 0)
			mbim_router_configured(r, c);
	}
	mbim_subscribe_again(r, now_ms);
	mbim_router_pump(r, now_ms);
}

/* The layouts that connections have agreed on must hold in the function's new life. */
static void
ask_version(struct mbim_router *r, int64_t now_ms)
{
	uint8_t buf[MBIM_COMMAND_HDR_LEN + 4];
	struct mbim_builder b;
	struct txn *x = txn_table_add(r->txns, TXN_SPACE_MBIM, 0, 0, TXN_WAIT_CTL,
	    now_ms, now_ms + MBIM_OWN_WAIT_MS);
	int n;

	if (!x) {
		ready(r, now_ms);
		return;
	}
	r->phase = MBIM_PHASE_VERSION;
	r->open_deadline_ms = now_ms + VERSION_WAIT_MS;
	x->own = true;
	x->msg_id = MBIM_CID_MS_VERSION;
	x->mbim.own = MBIM_OWN_VERSION;
	memcpy(x->mbim.service, mbim_ms_basic_connect, MBIM_UUID_LEN);
	r->open_txn = x->device_txn;
	mbim_build_command(&b, buf, sizeof(buf), x->device_txn, mbim_ms_basic_connect,
	    MBIM_CID_MS_VERSION, MBIM_QUERY);
	writer_u16le(&b.w, r->version);
	writer_u16le(&b.w, r->extended);
	n = mbim_build_end(&b);
	mbim_router_to_device(r, buf, (size_t)n);
}

/* It speaks as it does after OPEN, and everybody must know. */
static void
version_refused(struct mbim_router *r, int64_t now_ms)
{
	mbim_router_set_version(r, MBIMEX_1, MBIMEX_1);
	ready(r, now_ms);
}

static void
opened(struct mbim_router *r, int64_t now_ms)
{
	if (r->extended > MBIMEX_1)
		ask_version(r, now_ms);
	else
		ready(r, now_ms);
}

/* An id of this opening, the last one excluded. */
static bool
is_earlier(const struct mbim_router *r, uint32_t txn)
{
	return txn - r->first_txn < r->open_txn - r->first_txn;
}

static void
open_done(struct mbim_router *r, const struct mbim_msg *m, int64_t now_ms)
{
	if (m->value != MBIM_STATUS_NONE) {
		if (m->txn == r->open_txn)
			log_info("router",
			    "%s: OPEN fails with status %u: trying again",
			    r->config.device, m->value);
	} else if (m->txn == r->open_txn) {
		opened(r, now_ms);
	} else if (is_earlier(r, m->txn)) {
		r->open_answered = true;
	}
}

/* It was open, and took our OPEN for a CLOSE (mbim.md 7, EM7345). */
static void
out_of_step(struct mbim_router *r, int64_t now_ms)
{
	r->phase = MBIM_PHASE_CLOSING;
	r->open_txn = take_id(r, now_ms);
	r->open_deadline_ms = now_ms + CLOSE_WAIT_MS;
	mbim_router_short_to_device(r, MBIM_TYPE_CLOSE, r->open_txn, 0);
}

static void
too_large(struct mbim_router *r, int64_t now_ms)
{
	if (r->max_transfer / 2 < MBIM_TRANSFER_MIN)
		return;
	r->max_transfer /= 2;
	log_info("router",
	    "%s: transfers of %zu bytes are too large for it: trying %zu",
	    r->config.device, r->max_transfer * 2, r->max_transfer);
	send_open(r, now_ms);
}

void
mbim_open_answer(struct mbim_router *r, const struct mbim_msg *m, int64_t now_ms)
{
	switch (m->type) {
	case MBIM_TYPE_OPEN_DONE:
		if (r->phase == MBIM_PHASE_OPENING)
			open_done(r, m, now_ms);
		break;
	case MBIM_TYPE_CLOSE_DONE:
		if (m->txn != r->open_txn)
			break;
		if (r->phase == MBIM_PHASE_CLOSING)
			open_again(r, now_ms);
		else if (r->phase == MBIM_PHASE_OPENING)
			out_of_step(r, now_ms);
		break;
	case MBIM_TYPE_FUNCTION_ERROR:
		if (m->txn != r->open_txn)
			break;
		if (m->value == MBIM_ERROR_MAX_TRANSFER)
			too_large(r, now_ms);
		else if (r->phase == MBIM_PHASE_VERSION)
			version_refused(r, now_ms);
		break;
	case MBIM_TYPE_COMMAND_DONE:
		if (r->phase != MBIM_PHASE_VERSION || m->txn != r->open_txn) {
			mbim_nudge_unwanted(r, NULL, now_ms); /* a predecessor's */
			break;
		}
		if (m->value == MBIM_STATUS_NONE)
			ready(r, now_ms);
		else
			version_refused(r, now_ms);
		break;
	case MBIM_TYPE_INDICATE_STATUS: mbim_nudge_unwanted(r, NULL, now_ms); break;
	default: break;
	}
}

void
mbim_open_timer(struct mbim_router *r, int64_t now_ms)
{
	if (r->phase == MBIM_PHASE_DOWN || r->phase == MBIM_PHASE_READY ||
	    r->open_deadline_ms > now_ms)
		return;
	switch (r->phase) {
	case MBIM_PHASE_OPENING:
		if (r->open_answered)
			opened(r, now_ms);
		else
			open_again(r, now_ms);
		break;
	case MBIM_PHASE_CLOSING: open_again(r, now_ms); break;
	case MBIM_PHASE_VERSION: version_refused(r, now_ms); break;
	case MBIM_PHASE_DOWN:
	case MBIM_PHASE_READY: break;
	}
}

void
mbim_open_lost(struct mbim_router *r, int64_t now_ms)
{
	struct mbim_conn *c;

	bool was_ready = r->phase == MBIM_PHASE_READY;

	r->phase = MBIM_PHASE_DOWN;
	mbim_router_fail_all(r, MBIM_ERROR_NOT_OPENED, now_ms);
	if (!was_ready)
		return;
	mbim_sessions_down(r);
	mbim_qmi_forget(r);
	r->must_subscribe = r->must_subscribe || r->subs.count > 0;
	mbim_subs_free(&r->subs);
	TAILQ_FOREACH (c, &r->all, by_age)
		if (c->has_used)
			mbim_router_short(r, c->id, MBIM_TYPE_FUNCTION_ERROR, 0,
			    MBIM_ERROR_NOT_OPENED);
}
