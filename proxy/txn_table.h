/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose request a device transaction is, and until when.
 *
 * Keyed by (service, CID, device transaction id).  An entry is LIVE until its answer
 * or its deadline; then, when the answer never came, it stays as a TOMB for a while so
 * that its id is not used again and a late answer is recognised and goes to nobody.
 * Entries come from a pool that grows and is kept: nothing is allocated in steady
 * state.
 */
#ifndef PDNMUX_PROXY_TXN_TABLE_H
#define PDNMUX_PROXY_TXN_TABLE_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

/* How long an id rests after its request was given up, milliseconds. */
#define TXN_REST_MS 60000

enum txn_state {
	TXN_STATE_LIVE,
	TXN_STATE_TOMB,
};

/* One queue for each, so that each is in order of deadline. */
enum txn_wait {
	TXN_WAIT_CTL,
	TXN_WAIT_NORMAL,
	TXN_WAIT_LONG,
	TXN_WAIT_REST, /* tombs */
	TXN_WAIT_COUNT,
};

/* What MBIM wants to know besides; service and cid are TXN_SPACE_MBIM and 0 there. */
struct txn_mbim {
	uint8_t service[16]; /* UUID */
	uint8_t own;         /* the router's own request: which */
	bool is_connect;     /* CONNECT set */
	bool activates;
	uint32_t session_id;
};

#define TXN_SPACE_MBIM 0xff

struct txn {
	enum txn_state state;
	uint8_t service;
	uint8_t cid;
	uint32_t device_txn; /* on the wire to the modem */
	uint32_t conn_txn;   /* what the connection used */
	uint32_t msg_id;
	uint32_t conn;       /* 0: the broker's own, or its sender is gone */
	bool own;            /* the broker's own request */
	bool nudge;          /* and one that only wakes the modem up */
	bool counted;        /* still counts as outstanding */
	uint8_t arg_service; /* own requests: the CID being released */
	uint8_t arg_cid;
	uint8_t mux_id; /* BIND_MUX_DATA_PORT: what it binds */
	struct txn_mbim mbim;
	int64_t deadline_ms;
	int64_t sent_ms;
	enum txn_wait wait;
	TAILQ_ENTRY(txn) by_wait;
	TAILQ_ENTRY(txn) by_age;
	LIST_ENTRY(txn) by_key;
};

struct txn_table;

/* last_id: ids run from 1 to this one, except CTL's, which run to 255. */
struct txn_table *txn_table_new(uint32_t last_id);
void txn_table_free(struct txn_table *t);
/*
 * A new LIVE entry.  CTL gets the next free id of 1..255; others get wanted if that is
 * free for (service, cid), else another.  NULL when no id is free.
 */
struct txn *txn_table_add(struct txn_table *t, uint8_t service, uint8_t cid,
    uint32_t wanted, enum txn_wait wait, int64_t now_ms, int64_t deadline_ms);
struct txn *txn_table_find(
    struct txn_table *t, uint8_t service, uint8_t cid, uint32_t device_txn);
/* The LIVE one that this connection asked under that id, or NULL.  Slow. */
struct txn *txn_table_find_conn(struct txn_table *t, uint32_t conn, uint32_t conn_txn);
void txn_table_remove(struct txn_table *t, struct txn *x);
/* LIVE becomes TOMB; it no longer counts. */
void txn_table_bury(struct txn_table *t, struct txn *x, int64_t now_ms);
/* Requests that count as outstanding towards the modem. */
unsigned txn_table_outstanding(const struct txn_table *t);
/* It no longer counts: the modem has put it aside. */
void txn_table_uncount(struct txn_table *t, struct txn *x);
/* The oldest that counts, or NULL. */
struct txn *txn_table_oldest(struct txn_table *t);
/* The first one due at now_ms, LIVE or TOMB, or NULL. */
struct txn *txn_table_due(struct txn_table *t, int64_t now_ms);
/* The earliest deadline, or INT64_MAX. */
int64_t txn_table_deadline(const struct txn_table *t);
/* Any LIVE one, oldest first, or NULL: to empty the table after a modem reset. */
struct txn *txn_table_any(struct txn_table *t);
/* What that connection asked is nobody's from now on. */
void txn_table_disown(struct txn_table *t, uint32_t conn);
/* Forgets everything, tombs too. */
void txn_table_clear(struct txn_table *t);
/* How many of the 255 CTL ids are in use or at rest. */
unsigned txn_table_ctl_used(const struct txn_table *t);

#endif
