/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MBIM sessions: what CONNECT activates, and the calls of the modem behind each.
 *
 *	DEACTIVATED --activate--> ACTIVATING --calls up--> ACTIVATED
 *	     ^                        |                        |
 *	     +---- refused, given up -+---- deactivate, lost --+
 *
 * A session has a call per IP family.  It is activated when one of those asked for is
 * up, with the types of what came up; NwError says why the other did not.
 */
#ifndef PDNMUX_MODEM_MBIM_SESSION_H
#define PDNMUX_MODEM_MBIM_SESSION_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "common/mbim_ids.h"
#include "tests/modem/mbim_context.h"
#include "tests/modem/network.h"

#define MBIM_SESSION_ID_MAX 255
#define MBIM_SESSION_V4 0
#define MBIM_SESSION_V6 1
#define MBIM_SESSION_FAMILIES 2

struct event;
struct modem_call;
struct mbim_func;
struct mbim_pending;

struct mbim_session {
	struct mbim_func *func;
	uint32_t id;
	enum mbim_activation_state state;
	uint32_t ip_type; /* asked for; what was granted once activated */
	uint32_t nw_error;
	uint8_t context[16];
	struct mbim_access access;
	struct modem_call *calls[MBIM_SESSION_FAMILIES];
	bool is_starting;             /* its calls are being made */
	struct mbim_pending *pending; /* the CONNECT that waits for the calls */
	uint32_t filters_len;
	uint8_t *filters; /* information of the last IP_PACKET_FILTERS set */
};

/* A call that is over; the modem may still stand on it. */
struct mbim_ended {
	SLIST_ENTRY(mbim_ended) next;
	struct modem_call *call;
};

struct mbim_sessions {
	struct mbim_session *all[MBIM_SESSION_ID_MAX + 1]; /* made at first use */
	struct bearer_counters gone; /* of calls that are no more */
	SLIST_HEAD(, mbim_ended) ended;
	struct event *reaper;
};

/* Before all else, and after all else. */
void mbim_sessions_init(struct mbim_func *f);
void mbim_sessions_free(struct mbim_func *f);
/* id is 0 to MBIM_SESSION_ID_MAX.  Never NULL. */
struct mbim_session *mbim_session_get(struct mbim_func *f, uint32_t id);
/* Sessions that are not deactivated. */
unsigned mbim_sessions_active(const struct mbim_func *f);
/*
 * mbim_session_activate - starts the calls for what s->access and s->ip_type say.
 *
 * pending  the CONNECT; taken, and finished when the calls are up or refused, which may
 *          be before this returns.
 */
void mbim_session_activate(struct mbim_session *s, struct mbim_pending *pending);
/* Ends its calls.  A CONNECT that still waits is answered with FAILURE. */
void mbim_session_deactivate(struct mbim_session *s);
/* The modem says that this call ended by itself; the cause is in it. */
void mbim_session_call_lost(struct mbim_session *s, const struct modem_call *call);
/* The session a call is of, NULL when it is of none (QMI has its own). */
struct mbim_session *mbim_session_of(
    const struct mbim_func *f, const struct modem_call *call);
/* As CLOSE and OPEN do: all down, silently, and the counters at 0. */
void mbim_sessions_clear(struct mbim_func *f);

#endif
