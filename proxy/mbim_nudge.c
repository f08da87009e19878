/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers that a modem holds and has not announced (reference/kernel.md 2.1).
 *
 * A cdc-wdm fetches one message for each announcement and never by itself.  When one
 * was missed, or messages of a predecessor were left over, every later message comes
 * late by one and the last one not at all.  So when an answer is overdue, or something
 * comes that nobody waits for while somebody does wait, the modem is asked something
 * harmless, whose announcement fetches what we want.  A modem that is behind by one
 * thus costs one message more a request, and no time.  A slow one costs one message.
 */
#include "config.h"

#include <string.h>

#include "common/mbim_ids.h"
#include "proxy/mbim_router_int.h"

#define OVERDUE_MS 700 /* less than MBIM_AGE_MS */
#define NUDGES_MAX 8   /* without anything that was wanted */

void
mbim_ask_harmless(struct mbim_router *r, enum mbim_own own, int64_t now_ms)
{
	uint8_t buf[MBIM_COMMAND_HDR_LEN];
	struct mbim_builder b;
	struct txn *x = txn_table_add(r->txns, TXN_SPACE_MBIM, 0, 0, TXN_WAIT_CTL,
	    now_ms, now_ms + MBIM_OWN_WAIT_MS);
	int n;

	if (!x)
		return;
	txn_table_uncount(r->txns, x);
	x->own = true;
	x->msg_id = MBIM_CID_DEVICE_CAPS;
	x->mbim.own = own;
	memcpy(x->mbim.service, mbim_basic_connect, MBIM_UUID_LEN);
	mbim_build_command(&b, buf, sizeof(buf), x->device_txn, mbim_basic_connect,
	    MBIM_CID_DEVICE_CAPS, MBIM_QUERY);
	n = mbim_build_end(&b);
	mbim_router_to_device(r, buf, (size_t)n);
}

static void
nudge(struct mbim_router *r, int64_t now_ms)
{
	r->nudges++;
	r->nudge_ms = now_ms;
	mbim_ask_harmless(r, MBIM_OWN_NUDGE, now_ms);
}

void
mbim_nudge_wanted(struct mbim_router *r)
{
	r->nudges = 0;
}

void
mbim_nudge_unwanted(struct mbim_router *r, const struct txn *x, int64_t now_ms)
{
	const struct txn *oldest = txn_table_oldest(r->txns);

	if (!r->announces || r->nudges == NUDGES_MAX)
		return;
	if (r->phase == MBIM_PHASE_OPENING && !x)
		nudge(r, now_ms);
	/* an old nudge's answer came in the place of a later request's */
	if (r->phase == MBIM_PHASE_READY && oldest &&
	    (!x || oldest->sent_ms >= x->sent_ms))
		nudge(r, now_ms);
}

int64_t
mbim_nudge_deadline(const struct mbim_router *r)
{
	const struct txn *oldest = txn_table_oldest(r->txns);
	int64_t at_ms;

	if (!r->announces || r->phase != MBIM_PHASE_READY || !oldest ||
	    r->nudges == NUDGES_MAX)
		return ROUTER_NEVER;
	at_ms = (oldest->sent_ms > r->nudge_ms ? oldest->sent_ms : r->nudge_ms) +
		OVERDUE_MS;
	/* what was nudged for and has not come is being worked on */
	return at_ms < oldest->sent_ms + MBIM_AGE_MS ? at_ms : ROUTER_NEVER;
}

void
mbim_nudge_run(struct mbim_router *r, int64_t now_ms)
{
	if (mbim_nudge_deadline(r) <= now_ms)
		nudge(r, now_ms);
}
