/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who owns which (service, CID).
 *
 * One entry for each pair, found in constant time; blocks are made on first use of a
 * service and kept, so the table's size is bounded by the protocol (256 services of
 * 256 CIDs) and nothing is allocated in steady state.
 */
#ifndef PDNMUX_PROXY_CID_TABLE_H
#define PDNMUX_PROXY_CID_TABLE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

enum cid_state {
	CID_STATE_FREE,      /* nobody's, as far as we know; adoptable by root */
	CID_STATE_OWNED,     /* by a live connection */
	CID_STATE_ORPHAN,    /* has a call, owner gone; adoptable until deadline_ms */
	CID_STATE_RELEASING, /* not routed until the modem confirmed the release */
};

struct cid {
	enum cid_state state;
	uint8_t service;
	uint8_t cid;
	uint32_t owner;      /* connection id when OWNED */
	uid_t uid;           /* of the last owner */
	bool call;           /* START_NETWORK succeeded on it and was not stopped */
	bool must_release;   /* RELEASING: the request is still to be sent */
	uint8_t mux_id;      /* bound; 0: none */
	int64_t deadline_ms; /* ORPHAN: end of grace; RELEASING: try again */
};

struct cid_table;

struct cid_table *cid_table_new(void);
void cid_table_free(struct cid_table *t);
/* The entry, made if need be; never NULL and stable for the life of the table. */
struct cid *cid_table_get(struct cid_table *t, uint8_t service, uint8_t cid);
/* OWNED by that connection, with everything known of a former owner kept. */
void cid_table_own(struct cid *c, uint32_t owner, uid_t uid);
/* FREE and forgotten. */
void cid_table_clear(struct cid *c);
/*
 * The entry after prev (NULL: the first) that is not FREE, or NULL at the end.  The
 * entry handed out may be changed before the next call.
 */
struct cid *cid_table_next(struct cid_table *t, const struct cid *prev);

#endif
