/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What load, modem and their benchmark have to know of a protocol.
 *
 * A client's set-up is a few requests, each answered before the next; then it sends one
 * and the same small query for ever.  The modem answers at once and has no state worth
 * the name: for a modem, see tests/modem.
 */
#ifndef PDNMUX_BENCH_WIRE_H
#define PDNMUX_BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_FRAME_MAX 512 /* bytes of any message built here */

/* Builders return a length, or -errno; out has WIRE_FRAME_MAX bytes. */
struct wire {
	const char *name;
	const char *socket; /* where the proxies of this protocol listen */
	/* As qmux_scan() and mbim_scan(). */
	int (*scan)(const uint8_t *buf, size_t len);
	/* The modem's answer to a whole frame; 0: none. */
	int (*answer)(const uint8_t *frame, size_t len, uint8_t *out);
	/* Request number step of the set-up, from 0; 0: there is no such step. */
	int (*set_up)(unsigned step, const char *device, uint8_t *out);
	/* Is this the success of that step?  cid receives what step 1 of QMI brings. */
	bool (*set_up_done)(
	    unsigned step, const uint8_t *frame, size_t len, uint8_t *cid);
	int (*request)(uint8_t cid, uint32_t txn, uint8_t *out);
	/* Is this the success of a request, and of which? */
	bool (*response)(const uint8_t *frame, size_t len, uint8_t cid, uint32_t *txn);
	uint32_t txn_max; /* transaction ids run from 1 to this */
};

extern const struct wire wire_qmi, wire_mbim;

/* By name; NULL when there is no such protocol. */
const struct wire *wire_named(const char *name);

#endif
