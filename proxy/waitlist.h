/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests that a router holds back, each connection in its turn.
 *
 * The device is not ready, or the modem has enough to do: a copy of the request waits
 * with its connection, and connections wait in a ring, so that one that asks for a lot
 * delays itself only.  Under load that is every request, so copies of ordinary size are
 * used again.
 */
#ifndef PDNMUX_PROXY_WAITLIST_H
#define PDNMUX_PROXY_WAITLIST_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct held {
	STAILQ_ENTRY(held) next;
	int64_t deadline_ms;
	size_t len;
	size_t cap; /* bytes of msg */
	uint8_t msg[];
};

/* Part of a connection of a router.  Zero it, then waiter_init(). */
struct waiter {
	TAILQ_ENTRY(waiter) by_turn; /* in ring, while count is not 0 */
	STAILQ_HEAD(, held) held;
	unsigned count;
	size_t bytes;
	void *conn; /* whose it is */
};

struct waitlist {
	TAILQ_HEAD(, waiter) ring;
	STAILQ_HEAD(, held) spare;
	unsigned spare_count;
	int64_t deadline_ms; /* nothing is due before; INT64_MAX */
};

void waitlist_init(struct waitlist *l);
/* All waiters must have been emptied. */
void waitlist_free(struct waitlist *l);
void waiter_init(struct waiter *w, void *conn);
/* Copies msg to the end of w.  0 or -ENOMEM. */
int waitlist_hold(struct waitlist *l, struct waiter *w, const uint8_t *msg, size_t len,
    int64_t deadline_ms);
/* The oldest request of w is done with. */
void waitlist_drop(struct waitlist *l, struct waiter *w);
/* Everything of w is forgotten. */
void waitlist_drop_all(struct waitlist *l, struct waiter *w);
/* The oldest request of w is put behind its others, with a new deadline. */
void waitlist_rotate(struct waitlist *l, struct waiter *w, int64_t deadline_ms);
/* w has had its turn: it goes to the end of the ring. */
void waitlist_turn(struct waitlist *l, struct waiter *w);

#endif
