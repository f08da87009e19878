/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One host attached to a modem's control channel through a descriptor: what the modem
 * says is queued and written in order, what the host says is handed on, and both are
 * logged message by message at debug level.
 */
#ifndef PDNMUX_MODEM_HOST_LINK_H
#define PDNMUX_MODEM_HOST_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_LINK_READ_MAX 65540 /* bytes: more than the longest QMUX frame */

struct event_base;
struct host_link;
struct modem;

struct host_link_settings {
	int fd;              /* borrowed, non-blocking; outlives the link */
	bool packets;        /* one write is one message; else a stream */
	bool edge_triggered; /* the owner's read event on fd is; ours must be too */
	const char *name;    /* for the log; copied */
	/* The modem hung up, or fd cannot be written: close it and free the link. */
	void (*hung_up)(void *arg);
	void *arg;
};

/* NULL with errno of modem_attach(). */
struct host_link *host_link_new(struct event_base *base, struct modem *m,
    const struct host_link_settings *settings);
/* Detaches from the modem.  What is unsent is lost.  NULL is fine. */
void host_link_free(struct host_link *l);
/*
 * Bytes from the host, cut anywhere.  False: the modem hung up meanwhile and l may be
 * gone, so touch neither it nor its descriptor.
 */
bool host_link_input(struct host_link *l, const uint8_t *bytes, size_t len);

#endif
