/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proxy/waitlist.h"

#define ORDINARY 256  /* bytes: nearly all requests are shorter */
#define SPARE_MAX 128 /* copies kept for use again */

void
waitlist_init(struct waitlist *l)
{
	TAILQ_INIT(&l->ring);
	STAILQ_INIT(&l->spare);
	l->spare_count = 0;
	l->deadline_ms = INT64_MAX;
}

void
waitlist_free(struct waitlist *l)
{
	struct held *h;

	while ((h = STAILQ_FIRST(&l->spare))) {
		STAILQ_REMOVE_HEAD(&l->spare, next);
		free(h);
	}
}

void
waiter_init(struct waiter *w, void *conn)
{
	STAILQ_INIT(&w->held);
	w->conn = conn;
}

static struct held *
held_new(struct waitlist *l, size_t len)
{
	size_t cap = len > ORDINARY ? len : ORDINARY;
	struct held *h = STAILQ_FIRST(&l->spare);

	if (h && len <= h->cap) {
		STAILQ_REMOVE_HEAD(&l->spare, next);
		l->spare_count--;
		return h;
	}
	h = malloc(sizeof(*h) + cap);
	if (h)
		h->cap = cap;
	return h;
}

static void
held_free(struct waitlist *l, struct held *h)
{
	if (h->cap > ORDINARY || l->spare_count == SPARE_MAX) {
		free(h);
		return;
	}
	STAILQ_INSERT_HEAD(&l->spare, h, next);
	l->spare_count++;
}

int
waitlist_hold(struct waitlist *l, struct waiter *w, const uint8_t *msg, size_t len,
    int64_t deadline_ms)
{
	struct held *h = held_new(l, len);

	if (!h)
		return -ENOMEM;
	h->deadline_ms = deadline_ms;
	h->len = len;
	memcpy(h->msg, msg, len);
	STAILQ_INSERT_TAIL(&w->held, h, next);
	w->bytes += len;
	if (w->count++ == 0)
		TAILQ_INSERT_TAIL(&l->ring, w, by_turn);
	if (deadline_ms < l->deadline_ms)
		l->deadline_ms = deadline_ms;
	return 0;
}

void
waitlist_drop(struct waitlist *l, struct waiter *w)
{
	struct held *h = STAILQ_FIRST(&w->held);

	STAILQ_REMOVE_HEAD(&w->held, next);
	w->bytes -= h->len;
	held_free(l, h);
	if (--w->count == 0)
		TAILQ_REMOVE(&l->ring, w, by_turn);
}

void
waitlist_drop_all(struct waitlist *l, struct waiter *w)
{
	while (w->count > 0)
		waitlist_drop(l, w);
}

void
waitlist_rotate(struct waitlist *l, struct waiter *w, int64_t deadline_ms)
{
	struct held *h = STAILQ_FIRST(&w->held);

	STAILQ_REMOVE_HEAD(&w->held, next);
	STAILQ_INSERT_TAIL(&w->held, h, next);
	h->deadline_ms = deadline_ms;
	if (deadline_ms < l->deadline_ms)
		l->deadline_ms = deadline_ms;
}

void
waitlist_turn(struct waitlist *l, struct waiter *w)
{
	if (w->count == 0)
		return;
	TAILQ_REMOVE(&l->ring, w, by_turn);
	TAILQ_INSERT_TAIL(&l->ring, w, by_turn);
}
