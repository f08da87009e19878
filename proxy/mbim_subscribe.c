/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One list of subscriptions for the modem, made of everybody's.
 *
 * A SUBSCRIBE_LIST replaces the one before it, in the modem and for its asker.  The
 * modem's is the standard list and what anybody wants of other services; it is sent
 * when it has changed, one at a time, and its asker is answered with his own list and
 * the modem's status.  What the modem refuses changes nothing.  When somebody leaves,
 * the list shrinks.  Source: reference/proxies.md 4.4, C16.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mbim_ids.h"
#include "common/xmem.h"
#include "proxy/mbim_router_int.h"

/* Everybody's list, with that of asker replaced by his new one.  0 or -E2BIG. */
static int
merge_all(struct mbim_router *r, const struct mbim_conn *asker,
    const struct mbim_subs *wanted, struct mbim_subs *ret)
{
	const struct mbim_conn *c;

	mbim_subs_standard(ret);
	TAILQ_FOREACH (c, &r->all, by_age)
		if (mbim_subs_merge(ret, c == asker ? wanted : &c->subs) < 0)
			return -E2BIG;
	return 0;
}

/* His own buffer comes back to him when it was accepted, nothing when it was not. */
static void
answer(struct mbim_router *r, struct mbim_conn *c, uint32_t txn, uint32_t status,
    const uint8_t *echo, size_t echo_len)
{
	struct mbim_builder b;
	int n;

	mbim_build_done(&b, r->scratch, MBIM_MESSAGE_MAX, txn, mbim_basic_connect,
	    MBIM_CID_SUBSCRIBE_LIST, status);
	if (status == MBIM_STATUS_NONE)
		writer_bytes(&b.w, echo, echo_len);
	n = mbim_build_end(&b);
	if (n > 0)
		mbim_router_to_conn(r, c, ROUTER_PRIO_ANSWER, r->scratch, (size_t)n);
}

static void
apply(struct mbim_conn *c, struct mbim_subs *subs)
{
	mbim_subs_free(&c->subs);
	c->subs = *subs;
	*subs = (struct mbim_subs){0};
	c->wants_all = false;
}

/* Sends merged, which is taken.  NULL when no id is free. */
static struct txn *
send_list(struct mbim_router *r, struct mbim_subs *merged, enum txn_wait wait,
    int64_t wait_ms, int64_t now_ms)
{
	struct txn *x = txn_table_add(
	    r->txns, TXN_SPACE_MBIM, 0, 0, wait, now_ms, now_ms + wait_ms);
	struct mbim_builder b;
	int n;

	if (!x)
		return NULL;
	x->own = true;
	x->msg_id = MBIM_CID_SUBSCRIBE_LIST;
	x->mbim.own = MBIM_OWN_SUBSCRIBE;
	memcpy(x->mbim.service, mbim_basic_connect, MBIM_UUID_LEN);
	mbim_build_command(&b, r->scratch, MBIM_MESSAGE_MAX, x->device_txn,
	    mbim_basic_connect, MBIM_CID_SUBSCRIBE_LIST, MBIM_SET);
	mbim_subs_write(merged, &b.w);
	n = mbim_build_end(&b);
	if (n > 0)
		mbim_router_to_device(r, r->scratch, (size_t)n);
	r->subscribing.is_under_way = true;
	r->subscribing.merged = *merged;
	*merged = (struct mbim_subs){0};
	return x;
}

static int
send_for(struct mbim_router *r, struct mbim_conn *c, const struct mbim_msg *m,
    struct mbim_subs *wanted, struct mbim_subs *merged, int64_t now_ms)
{
	struct mbim_subscribing *s = &r->subscribing;
	uint8_t *echo = malloc(m->info_len);
	struct txn *x;

	if (!echo) {
		mbim_router_done(r, c, m, MBIM_STATUS_FAILURE);
		return 0;
	}
	x = send_list(r, merged, TXN_WAIT_NORMAL, r->config.timeout_ms, now_ms);
	if (!x) {
		free(echo);
		return -EAGAIN;
	}
	memcpy(echo, m->info, m->info_len);
	s->echo = echo;
	s->echo_len = m->info_len;
	s->conn_subs = *wanted;
	*wanted = (struct mbim_subs){0};
	x->conn = c->id;
	x->conn_txn = m->txn;
	c->live++;
	c->has_used = true;
	return 0;
}

int
mbim_subscribe(struct mbim_router *r, struct mbim_conn *c, const struct mbim_msg *m,
    int64_t now_ms)
{
	struct mbim_subs wanted = {0}, merged = {0};
	int rc = 0;

	if (r->subscribing.is_under_way)
		return -EAGAIN;
	if (mbim_subs_parse(m->info, m->info_len, &wanted) < 0 ||
	    merge_all(r, c, &wanted, &merged) < 0) {
		mbim_router_done(r, c, m, MBIM_STATUS_INVALID_PARAMETERS);
	} else if (mbim_subs_equal(&merged, &r->subs)) {
		apply(c, &wanted);
		answer(r, c, m->txn, MBIM_STATUS_NONE, m->info, m->info_len);
	} else {
		rc = send_for(r, c, m, &wanted, &merged, now_ms);
	}
	mbim_subs_free(&wanted);
	mbim_subs_free(&merged);
	return rc;
}

void
mbim_subscribed(struct mbim_router *r, const struct txn *x, struct mbim_conn *c,
    uint32_t status, int64_t now_ms)
{
	struct mbim_subscribing *s = &r->subscribing;

	s->is_under_way = false;
	if (status == MBIM_STATUS_NONE) {
		mbim_subs_free(&r->subs);
		r->subs = s->merged;
		s->merged = (struct mbim_subs){0};
		if (c)
			apply(c, &s->conn_subs);
	}
	if (c)
		answer(r, c, x->conn_txn, status, s->echo, s->echo_len);
	mbim_subs_free(&s->merged);
	mbim_subs_free(&s->conn_subs);
	free(s->echo);
	s->echo = NULL;
	/* with the asker gone his part of the list goes too; a refusal is final */
	if (r->subs_changed || (!c && status == MBIM_STATUS_NONE))
		mbim_subscribe_again(r, now_ms);
}

void
mbim_subscribe_again(struct mbim_router *r, int64_t now_ms)
{
	struct mbim_subs merged = {0};

	if (r->phase != MBIM_PHASE_READY || (r->subs.count == 0 && !r->must_subscribe))
		return; /* nothing was ever sent: the function's own list is in force */
	r->subs_changed = r->subscribing.is_under_way;
	if (r->subs_changed)
		return;
	r->must_subscribe = false;
	if (merge_all(r, NULL, NULL, &merged) == 0 &&
	    !mbim_subs_equal(&merged, &r->subs) &&
	    !send_list(r, &merged, TXN_WAIT_CTL, MBIM_OWN_WAIT_MS, now_ms))
		r->subs_changed = true;
	mbim_subs_free(&merged);
}
