/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list, one timer, and one way to end a request.
 *
 * request_finish() takes the entry off the list before the handler runs (ell's
 * io_closed() does the same): whatever the handler does to the table, the entry is not
 * in it any more.  Since a handler may also free the
 * table itself, requests_expire() looks at a flag on its own stack before it goes on.
 */
#include "config.h"

#include <sys/queue.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "client/request.h"
#include "common/loop.h"
#include "common/xmem.h"

struct request {
	TAILQ_ENTRY(request) entry;
	uint32_t space;
	uint32_t txn;
	uint32_t expect;
	unsigned int group;
	int64_t deadline_ms;
	request_fn *fn;
	_Alignas(max_align_t) unsigned char context[];
};

TAILQ_HEAD(request_list, request);

/* Where the ids of one space have got to, so that an id is reused as late as can be. */
struct request_space {
	TAILQ_ENTRY(request_space) entry;
	uint32_t space;
	uint32_t last_txn;
};

TAILQ_HEAD(request_space_list, request_space);

struct requests {
	struct request_list list;
	struct request_space_list spaces;
	struct event *timer;
	size_t context_size;
	unsigned int silent;
	bool *freed; /* set on free while requests_expire() is on the stack */
};

static void
requests_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct requests *rs = arg;

	(void)fd;
	(void)what;
	requests_expire(rs, loop_now_ms());
}

struct requests *
requests_new(struct event_base *base, size_t context_size)
{
	struct requests *rs = xcalloc(1, sizeof(*rs));

	rs->context_size = context_size;
	TAILQ_INIT(&rs->list);
	TAILQ_INIT(&rs->spaces);
	if (base != NULL)
		rs->timer = evtimer_new(base, requests_timer_cb, rs);
	return rs;
}

void
requests_free(struct requests *rs)
{
	struct request_space *s;

	if (rs == NULL)
		return;
	request_cancel_all(rs);
	while ((s = TAILQ_FIRST(&rs->spaces)) != NULL) {
		TAILQ_REMOVE(&rs->spaces, s, entry);
		free(s);
	}
	if (rs->timer != NULL)
		event_free(rs->timer);
	if (rs->freed != NULL)
		*rs->freed = true;
	free(rs);
}

static struct request *
request_find(struct requests *rs, uint32_t space, uint32_t txn)
{
	struct request *r;

	TAILQ_FOREACH (r, &rs->list, entry) {
		if (r->space == space && r->txn == txn)
			return r;
	}
	return NULL;
}

static struct request_space *
request_space_get(struct requests *rs, uint32_t space)
{
	struct request_space *s;

	TAILQ_FOREACH (s, &rs->spaces, entry) {
		if (s->space == space)
			return s;
	}
	s = xcalloc(1, sizeof(*s));
	s->space = space;
	TAILQ_INSERT_TAIL(&rs->spaces, s, entry);
	return s;
}

/* The next free id after the last one given; 0 when the space is full. */
static uint32_t
request_next_txn(struct requests *rs, uint32_t space, uint32_t txn_max)
{
	struct request_space *s = request_space_get(rs, space);
	uint32_t txn = s->last_txn;
	uint32_t tried;

	for (tried = 0; tried < txn_max; tried++) {
		txn = txn >= txn_max ? 1 : txn + 1;
		if (request_find(rs, space, txn) != NULL)
			continue;
		s->last_txn = txn;
		return txn;
	}
	return 0;
}

static void
requests_arm(struct requests *rs)
{
	int64_t deadline_ms = requests_deadline_ms(rs);
	struct timeval tv;

	if (rs->timer == NULL)
		return;
	if (deadline_ms < 0) {
		evtimer_del(rs->timer);
		return;
	}
	tv = loop_timeval(deadline_ms - loop_now_ms());
	evtimer_add(rs->timer, &tv);
}

uint32_t
request_begin(struct requests *rs, uint32_t space, uint32_t txn_max, uint32_t expect,
    unsigned int group, int64_t timeout_ms, request_fn *fn, const void *context)
{
	uint32_t txn = request_next_txn(rs, space, txn_max);
	struct request *r;

	if (txn == 0)
		return 0;
	r = xcalloc(1, sizeof(*r) + rs->context_size);
	r->space = space;
	r->txn = txn;
	r->expect = expect;
	r->group = group;
	r->deadline_ms = loop_now_ms() + timeout_ms;
	r->fn = fn;
	memcpy(r->context, context, rs->context_size);
	TAILQ_INSERT_TAIL(&rs->list, r, entry);
	requests_arm(rs);
	return txn;
}

static void
request_drop(struct requests *rs, struct request *r)
{
	TAILQ_REMOVE(&rs->list, r, entry);
	free(r);
}

/* Ends r; rs may be gone when this returns. */
static void
request_finish(struct requests *rs, struct request *r, enum request_outcome outcome,
    const void *msg)
{
	TAILQ_REMOVE(&rs->list, r, entry);
	requests_arm(rs);
	r->fn(r->context, outcome, msg);
	free(r);
}

bool
request_answer(
    struct requests *rs, uint32_t space, uint32_t txn, uint32_t expect, const void *msg)
{
	struct request *r = request_find(rs, space, txn);

	rs->silent = 0;
	if (r == NULL || r->expect != expect)
		return false;
	request_finish(rs, r, REQUEST_ANSWERED, msg);
	return true;
}

bool
request_answer_any(struct requests *rs, uint32_t space, uint32_t txn, const void *msg)
{
	struct request *r = request_find(rs, space, txn);

	return r != NULL && request_answer(rs, space, txn, r->expect, msg);
}

void
request_cancel(struct requests *rs, uint32_t space, uint32_t txn)
{
	struct request *r = request_find(rs, space, txn);

	if (r == NULL)
		return;
	request_drop(rs, r);
	requests_arm(rs);
}

void
request_cancel_group(struct requests *rs, unsigned int group)
{
	struct request *r, *next;

	for (r = TAILQ_FIRST(&rs->list); r != NULL; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (r->group == group)
			request_drop(rs, r);
	}
	requests_arm(rs);
}

void
request_cancel_all(struct requests *rs)
{
	struct request *r;

	while ((r = TAILQ_FIRST(&rs->list)) != NULL)
		request_drop(rs, r);
	requests_arm(rs);
}

static struct request *
requests_due(struct requests *rs, int64_t now_ms)
{
	struct request *r;

	TAILQ_FOREACH (r, &rs->list, entry) {
		if (r->deadline_ms <= now_ms)
			return r;
	}
	return NULL;
}

void
requests_expire(struct requests *rs, int64_t now_ms)
{
	struct request *r;
	bool freed = false;
	bool *outer = rs->freed;

	rs->freed = &freed;
	while ((r = requests_due(rs, now_ms)) != NULL) {
		rs->silent++;
		request_finish(rs, r, REQUEST_TIMED_OUT, NULL);
		if (freed) {
			if (outer != NULL)
				*outer = true;
			return;
		}
	}
	rs->freed = outer;
	requests_arm(rs);
}

size_t
requests_pending(const struct requests *rs, unsigned int group)
{
	const struct request *r;
	size_t n = 0;

	TAILQ_FOREACH (r, &rs->list, entry) {
		if (r->group == group)
			n++;
	}
	return n;
}

unsigned int
requests_silent(const struct requests *rs)
{
	return rs->silent;
}

int64_t
requests_deadline_ms(const struct requests *rs)
{
	const struct request *r;
	int64_t first_ms = -1;

	TAILQ_FOREACH (r, &rs->list, entry) {
		if (first_ms < 0 || r->deadline_ms < first_ms)
			first_ms = r->deadline_ms;
	}
	return first_ms;
}
