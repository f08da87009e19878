/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Once-per-modem work under a lock, only where it is not already right.
 *
 * The first dialer of a modem readies the parent device (raw-IP, pass-through, MTU
 * limit, no addresses of its own), tells the modem the data format, sizes the parent
 * to it, brings it up, and writes the result down; every later dialer finds it done
 * and waits for nobody.  A lock in the runtime directory is held from PREPARE_FIRST
 * until prepare_done(): a dialer that dies in between drops it, the note is missing,
 * and the next one does all of it again.  The note is believed only while the parent
 * is the same device in the state the note describes.
 *
 *   p = prepare_begin(...)      lock, kernel part; calls fn from the loop
 *   PREPARE_FIRST:              send WDA SET_DATA_FORMAT within prepare_offer(); ask
 *                               the modem first unless prepare_offer() is fresh
 *       prepare_done(p, format) MTU, parent up, note, unlock; 0 or -errno
 *   PREPARE_READY:              prepare_format(p) is in force; verify with WDA GET
 *       if it is not so:        prepare_redo(p): fn is called again, with FIRST
 *   prepare_free(p)             any time; drops the lock if held
 *
 * Source: reference/kernel.md 3.1 - 3.4.
 */
#ifndef PDNMUX_CLIENT_PREPARE_H
#define PDNMUX_CLIENT_PREPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/muxdev.h"

struct event_base;
struct modem_info;
struct prepare;
struct rtnl;

enum prepare_result {
	PREPARE_FIRST,  /* the lock is ours: negotiate, then prepare_done() */
	PREPARE_READY,  /* done before; nothing is locked */
	PREPARE_FAILED, /* prepare_error() says why and the remedy */
};

#define PREPARE_QMAP_V1 0x02u /* bits of versions: 1u << version */
#define PREPARE_QMAP_V4 0x10u
#define PREPARE_QMAP_V5 0x20u

/* What this host's side of the data pipe can do: limits for the negotiation. */
struct prepare_offer {
	bool raw_ip;            /* link protocol: raw-IP, else 802.3 */
	uint32_t qmap_versions; /* PREPARE_QMAP_*; 0: no multiplexing */
	uint32_t dl_max_size;   /* bytes of one downlink aggregate; 0: no aggregation */
	uint32_t dl_max_datagrams;
	uint32_t ul_max_size; /* bytes; 0: no uplink aggregation */
	uint32_t ul_max_datagrams;
	bool driver_negotiates; /* GobiNet and kin: send no WDA at all */
	bool fresh; /* FIRST: the parent is down and carries nothing, nobody uses it */
};

/* What was agreed with the modem. */
struct prepare_format {
	bool raw_ip;
	uint8_t qmap; /* 0 none, else 1, 4 or 5 */
	uint32_t dl_max_size;
	uint32_t dl_max_datagrams;
	uint32_t ul_max_size;
	uint32_t ul_max_datagrams;
};

struct prepare_want {
	const struct modem_info *modem; /* copied */
	enum muxdev_kind kind;          /* what muxdev_choose() gave */
	const char *run_dir;            /* runtime directory; copied */
	uint8_t qmap;     /* configured version; 0: the best both sides have */
	uint32_t dl_size; /* configured bytes; 0: the modem table's */
};

/* Runs from the loop, never from prepare_begin(); may call prepare_free(). */
typedef void (*prepare_fn)(struct prepare *p, enum prepare_result result, void *arg);

/* base and r are borrowed until prepare_free().  Never NULL. */
struct prepare *prepare_begin(struct event_base *base, struct rtnl *r,
    const struct prepare_want *want, prepare_fn fn, void *arg);
/* Limits for SET_DATA_FORMAT; valid from the callback on. */
const struct prepare_offer *prepare_offer(const struct prepare *p);
/* The format in force; valid after PREPARE_READY or prepare_done(). */
const struct prepare_format *prepare_format(const struct prepare *p);
/*
 * prepare_done - the modem agreed to this format (PREPARE_FIRST only).
 *
 * A live sibling's parent is never shrunk.  Returns 0 or -errno; the lock is dropped
 * either way.  -EOVERFLOW: the parent cannot receive aggregates of dl_max_size; ask
 * the modem for no more than prepare_offer() now says, after prepare_redo().
 */
int prepare_done(struct prepare *p, const struct prepare_format *agreed);
/* Forget the note and start again; fn will be called with PREPARE_FIRST or FAILED. */
void prepare_redo(struct prepare *p);
const char *prepare_error(const struct prepare *p);
/* NULL is fine. */
void prepare_free(struct prepare *p);

#endif
