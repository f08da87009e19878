/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel part of readying a parent device; called with the modem's lock held.
 *
 * Every step looks first and acts only where it is not right, so the whole can be
 * repeated after a crash at any point.  Source: reference/kernel.md 3.1 - 3.3.
 */
#ifndef PDNMUX_CLIENT_PREPARE_PARENT_H
#define PDNMUX_CLIENT_PREPARE_PARENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/muxdev.h"

struct rtnl;

struct prepare_parent {
	struct rtnl *r;
	char name[16];
	int index;
	bool qmi_wwan; /* the mainline driver: has the qmi/ attributes */
	bool raw_ip;   /* wanted framing */
	bool live;     /* live dialers stand on it: it may not go down */
	enum muxdev_kind kind;
};

/* MTU that receives aggregates of size bytes: no multiple of a packet size. */
uint32_t prepare_parent_mtu(uint32_t size);
/* Is it already as wanted (framing, pass-through, MTU, up)? */
bool prepare_parent_right(const struct prepare_parent *p, uint32_t dl_size);
/*
 * Framing, pass-through, no addresses of its own; raises the MTU's limit to what
 * dl_size needs.  0 or -errno, why says what and the remedy.
 */
int prepare_parent_frame(
    const struct prepare_parent *p, uint32_t dl_size, char *why, size_t why_size);
/* MTU for aggregates of dl_size bytes (never less than now), and up. */
int prepare_parent_size(
    const struct prepare_parent *p, uint32_t dl_size, char *why, size_t why_size);

#endif
