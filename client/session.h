/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One PDN on this machine: the verbs that the state machine calls, for real.
 *
 * Finds the modem, chooses how to reach it (proxy or device) and how to multiplex,
 * makes the dialer, and turns what it found into a network device with addresses,
 * routes and DNS.
 */
#ifndef PDNMUX_CLIENT_SESSION_H
#define PDNMUX_CLIENT_SESSION_H

#include <stdbool.h>

#include "client/failure.h"

struct conf_modem;
struct conf_pdn;
struct event_base;
struct options;
struct session;

struct session_config {
	const struct options *options; /* what only the command line can say */
	const struct conf_modem *modem;
	const struct conf_pdn *pdn;
	const char *run_dir;
	/* At rest for good, DNS handed back; why is NULL after session_stop(). */
	void (*finished)(void *arg, const struct failure *why);
	void *arg;
};

/* Everything is borrowed until session_free().  NULL with errno: no netlink. */
struct session *session_new(
    struct event_base *base, const struct session_config *config);
/*
 * session_start - begin to dial.
 *
 * Takes the lock of modem and channel.  Returns 0, or -errno with *ret_why when there
 * is no such modem or another process dials this channel.
 */
int session_start(struct session *s, struct failure *ret_why);
/* Orderly end; finished() follows.  Asked twice, it hurries. */
void session_stop(struct session *s);
/* NULL is fine.  Takes everything back that is still there. */
void session_free(struct session *s);

#endif
