/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One device and its thread.
 *
 * A channel owns the device, its router and all connections to it, on an event base of
 * its own; what comes from the main thread comes as a message through a pipe.  A modem
 * that blocks in the kernel stalls nobody but its own programs.
 */
#ifndef PDNMUX_PROXY_CHANNEL_H
#define PDNMUX_PROXY_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proxy/router.h"

struct channel;

#define CHANNEL_HEAD_MAX 4096 /* bytes of a newcomer read before it was given away */

struct channel_config {
	const struct router_ops *ops;
	struct router_config router; /* its device member is filled in */
	bool is_hidden;              /* see device_open() */
	bool is_configured; /* named by the administrator: wait for it to appear */
	bool is_verbose;    /* log every message */
};

/* Somebody who wants this device, with what was read from it so far. */
struct newcomer {
	int fd;
	struct router_peer peer;
	size_t head_len;
	uint8_t head[CHANNEL_HEAD_MAX];
};

/* Starts the thread.  path is copied.  NULL with errno on failure. */
struct channel *channel_new(const char *path, const struct channel_config *config);
/* Takes n's descriptor and copies the rest.  From the thread of channel_new(). */
void channel_give(struct channel *ch, const struct newcomer *n);
/* Flushes, closes everything, ends the thread, frees. */
void channel_free(struct channel *ch);
const char *channel_path(const struct channel *ch);
/* Of all that were given to it, no connection is left.  From the same thread. */
bool channel_is_idle(const struct channel *ch);
/* Idle, not named by the administrator, and its device is not open. */
bool channel_is_useless(const struct channel *ch);

#endif
