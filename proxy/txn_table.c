/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash of keys, one queue for each length of wait, one queue of what counts as
 * outstanding.  Each queue is in order of time because all its members wait equally
 * long: adding and expiring cost nothing that grows with the load.
 */
#include "config.h"

#include <stdlib.h>

#include "common/qmi.h"
#include "common/xmem.h"
#include "proxy/txn_table.h"

#define BUCKETS 1024 /* a power of two */

LIST_HEAD(txn_bucket, txn);
TAILQ_HEAD(txn_queue, txn);

struct txn_table {
	struct txn_bucket buckets[BUCKETS];
	struct txn_queue waits[TXN_WAIT_COUNT];
	struct txn_queue counted;
	struct txn_bucket spare;
	unsigned outstanding;
	unsigned ctl_used;
	uint32_t next_ctl;
	uint32_t next_other;
	uint32_t last_other;
};

struct txn_table *
txn_table_new(uint32_t last_id)
{
	struct txn_table *t = xcalloc(1, sizeof(*t));

	for (unsigned i = 0; i < TXN_WAIT_COUNT; i++)
		TAILQ_INIT(&t->waits[i]);
	TAILQ_INIT(&t->counted);
	t->next_ctl = 1;
	t->next_other = 1;
	t->last_other = last_id;
	return t;
}

static void
free_bucket(struct txn_bucket *b)
{
	struct txn *x;

	while ((x = LIST_FIRST(b))) {
		LIST_REMOVE(x, by_key);
		free(x);
	}
}

void
txn_table_free(struct txn_table *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < BUCKETS; i++)
		free_bucket(&t->buckets[i]);
	free_bucket(&t->spare);
	free(t);
}

static struct txn_bucket *
bucket_of(struct txn_table *t, uint8_t service, uint8_t cid, uint32_t txn)
{
	uint32_t h = ((uint32_t)service << 24 | (uint32_t)cid << 16) ^ txn;

	return &t->buckets[h * 2654435761u >> 22 & (BUCKETS - 1)];
}

struct txn *
txn_table_find(struct txn_table *t, uint8_t service, uint8_t cid, uint32_t device_txn)
{
	struct txn *x;

	LIST_FOREACH (x, bucket_of(t, service, cid, device_txn), by_key)
		if (x->service == service && x->cid == cid &&
		    x->device_txn == device_txn)
			return x;
	return NULL;
}

/* A free id, starting at *next, which moves on; 0 when there is none. */
static uint32_t
pick_id(struct txn_table *t, uint8_t service, uint8_t cid, uint32_t *next, uint32_t max)
{
	for (uint32_t n = 0; n < max; n++) {
		uint32_t id = *next;

		*next = id == max ? 1 : id + 1;
		if (!txn_table_find(t, service, cid, id))
			return id;
	}
	return 0;
}

static uint32_t
free_id(struct txn_table *t, uint8_t service, uint8_t cid, uint32_t wanted)
{
	if (service == QMI_CTL)
		return pick_id(t, service, cid, &t->next_ctl, UINT8_MAX);
	if (wanted && !txn_table_find(t, service, cid, wanted))
		return wanted;
	return pick_id(t, service, cid, &t->next_other, t->last_other);
}

struct txn *
txn_table_add(struct txn_table *t, uint8_t service, uint8_t cid, uint32_t wanted,
    enum txn_wait wait, int64_t now_ms, int64_t deadline_ms)
{
	uint32_t id = free_id(t, service, cid, wanted);
	struct txn *x;

	if (id == 0)
		return NULL;
	x = LIST_FIRST(&t->spare);
	if (x)
		LIST_REMOVE(x, by_key);
	else
		x = xcalloc(1, sizeof(*x));
	*x = (struct txn){
	    .state = TXN_STATE_LIVE,
	    .service = service,
	    .cid = cid,
	    .device_txn = id,
	    .counted = true,
	    .wait = wait,
	    .sent_ms = now_ms,
	    .deadline_ms = deadline_ms,
	};
	LIST_INSERT_HEAD(bucket_of(t, service, cid, id), x, by_key);
	TAILQ_INSERT_TAIL(&t->waits[wait], x, by_wait);
	TAILQ_INSERT_TAIL(&t->counted, x, by_age);
	t->outstanding++;
	t->ctl_used += service == QMI_CTL;
	return x;
}

void
txn_table_uncount(struct txn_table *t, struct txn *x)
{
	if (!x->counted)
		return;
	x->counted = false;
	TAILQ_REMOVE(&t->counted, x, by_age);
	t->outstanding--;
}

void
txn_table_remove(struct txn_table *t, struct txn *x)
{
	txn_table_uncount(t, x);
	t->ctl_used -= x->service == QMI_CTL;
	TAILQ_REMOVE(&t->waits[x->wait], x, by_wait);
	LIST_REMOVE(x, by_key);
	LIST_INSERT_HEAD(&t->spare, x, by_key);
}

void
txn_table_bury(struct txn_table *t, struct txn *x, int64_t now_ms)
{
	txn_table_uncount(t, x);
	TAILQ_REMOVE(&t->waits[x->wait], x, by_wait);
	x->state = TXN_STATE_TOMB;
	x->wait = TXN_WAIT_REST;
	x->deadline_ms = now_ms + TXN_REST_MS;
	TAILQ_INSERT_TAIL(&t->waits[TXN_WAIT_REST], x, by_wait);
}

unsigned
txn_table_outstanding(const struct txn_table *t)
{
	return t->outstanding;
}

struct txn *
txn_table_oldest(struct txn_table *t)
{
	return TAILQ_FIRST(&t->counted);
}

struct txn *
txn_table_due(struct txn_table *t, int64_t now_ms)
{
	for (unsigned i = 0; i < TXN_WAIT_COUNT; i++) {
		struct txn *x = TAILQ_FIRST(&t->waits[i]);

		if (x && x->deadline_ms <= now_ms)
			return x;
	}
	return NULL;
}

int64_t
txn_table_deadline(const struct txn_table *t)
{
	int64_t min = INT64_MAX;

	for (unsigned i = 0; i < TXN_WAIT_COUNT; i++) {
		const struct txn *x = TAILQ_FIRST(&t->waits[i]);

		if (x && x->deadline_ms < min)
			min = x->deadline_ms;
	}
	return min;
}

struct txn *
txn_table_any(struct txn_table *t)
{
	for (unsigned i = 0; i < TXN_WAIT_REST; i++)
		if (TAILQ_FIRST(&t->waits[i]))
			return TAILQ_FIRST(&t->waits[i]);
	return NULL;
}

struct txn *
txn_table_find_conn(struct txn_table *t, uint32_t conn, uint32_t conn_txn)
{
	struct txn *x;

	for (unsigned i = 0; i < TXN_WAIT_REST; i++)
		TAILQ_FOREACH (x, &t->waits[i], by_wait)
			if (x->conn == conn && x->conn_txn == conn_txn)
				return x;
	return NULL;
}

void
txn_table_disown(struct txn_table *t, uint32_t conn)
{
	struct txn *x;

	for (unsigned i = 0; i < TXN_WAIT_REST; i++)
		TAILQ_FOREACH (x, &t->waits[i], by_wait)
			if (x->conn == conn)
				x->conn = 0;
}

void
txn_table_clear(struct txn_table *t)
{
	for (unsigned i = 0; i < TXN_WAIT_COUNT; i++)
		while (TAILQ_FIRST(&t->waits[i]))
			txn_table_remove(t, TAILQ_FIRST(&t->waits[i]));
}

unsigned
txn_table_ctl_used(const struct txn_table *t)
{
	return t->ctl_used;
}
