/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dial state machine of one PDN: states, events, one timer.
 *
 * It sees neither bytes nor netlink: a dialer (dialer.h) speaks to the modem, and a
 * set of verbs does what has to be done on the host (mux device, addresses, DNS), so
 * that tests drive every state with every event from a for loop.
 */
#ifndef PDNMUX_CLIENT_PDN_H
#define PDNMUX_CLIENT_PDN_H

#include <stdbool.h>
#include <stdint.h>

#include "client/dialer.h"
#include "client/failure.h"

struct event_base;
struct pdn;

enum pdn_state {
	PDN_STATE_IDLE,          /* not started, or stopped for good */
	PDN_STATE_OPENING,       /* dialer OPEN */
	PDN_STATE_PREPARING,     /* dialer PREPARE */
	PDN_STATE_REGISTERING,   /* dialer REGISTER */
	PDN_STATE_CONNECTING,    /* dialer CONNECT, mux device made meanwhile */
	PDN_STATE_READING,       /* dialer SETTINGS, first time */
	PDN_STATE_ONLINE,        /* configured; packets flow */
	PDN_STATE_REFRESHING,    /* online, dialer SETTINGS again */
	PDN_STATE_DISCONNECTING, /* dialer DISCONNECT */
	PDN_STATE_CLOSING,       /* dialer CLOSE */
	PDN_STATE_WAITING,       /* back-off before the next OPENING */
	PDN_STATE_COUNT
};

enum pdn_event {
	PDN_EVENT_START,
	PDN_EVENT_STOP,
	PDN_EVENT_TIMEOUT,
	PDN_EVENT_STEP_DONE,
	PDN_EVENT_STEP_FAILED,
	PDN_EVENT_PORT_LOST,
	PDN_EVENT_MODEM_RESET,
	PDN_EVENT_SILENT,
	PDN_EVENT_CALL_ENDED,
	PDN_EVENT_SETTINGS_CHANGED,
	PDN_EVENT_REGISTERED,
	PDN_EVENT_UNREGISTERED,
	PDN_EVENT_SIM_CHANGED,
	PDN_EVENT_MODEM_CAME, /* the modem we wait for is there */
	PDN_EVENT_MODEM_GONE, /* the kernel says that it was unplugged */
	PDN_EVENT_LINK_LOST,  /* somebody deleted our device, or took it down */
	PDN_EVENT_COUNT
};

/*
 * What a PDN does to the world.  Each borrows its arguments and gets the arg of
 * pdn_new(); those that can fail return 0 or fill in *ret_why and return -errno.
 */
struct pdn_verbs {
	/* Find the modem and make the dialer; NULL and *ret_why on failure. */
	struct dialer *(*dialer_make)(void *arg, dialer_event_fn *event,
	    void *event_arg, struct failure *ret_why);
	/* Start one of its steps. */
	void (*dialer_step)(void *arg, struct dialer *d, enum dialer_step step);
	void (*dialer_drop)(void *arg, struct dialer *d);
	/* The mux device, for the modem's data format; made anew if it is gone. */
	int (*link_up)(void *arg, const struct dialer_data_format *format,
	    struct failure *ret_why);
	void (*link_down)(void *arg);
	/* Addresses, routes, MTU, DNS: applies the difference; repeatable. */
	int (*configure)(
	    void *arg, const struct pdn_settings *settings, struct failure *ret_why);
	void (*unconfigure)(void *arg);
	/* For status files and tests: called after each transition; why may be NULL. */
	void (*changed)(void *arg, enum pdn_state state, const struct failure *why);
	/* The machine has come to rest after stop, or gave up; why may be NULL. */
	void (*finished)(void *arg, const struct failure *why);
};

struct pdn_config {
	const char *name;     /* for log lines; borrowed */
	bool keep_trying;     /* also when the first attempt finds no modem or proxy */
	int64_t register_ms;  /* longest wait for registration per attempt */
	int64_t shutdown_ms;  /* longest orderly stop */
	int64_t retry_min_ms; /* bounds of the back-off */
	int64_t retry_max_ms;
	uint32_t retry_limit; /* failed attempts in a row before giving up; 0: never */
	uint32_t seed;        /* of the jitter: any number that differs by process */
};

/* base may be NULL: then the owner asks pdn_deadline_ms() and posts TIMEOUT (tests). */
struct pdn *pdn_new(struct event_base *base, const struct pdn_config *config,
    const struct pdn_verbs *verbs, void *arg);
/* At once, without stopping a call. */
void pdn_free(struct pdn *p);
/* Starts dialing. */
void pdn_start(struct pdn *p);
/* Orderly stop within shutdown_s; finished() follows.  A second call hurries it. */
void pdn_stop(struct pdn *p);

enum pdn_state pdn_state(const struct pdn *p);
/* Feed one event; why may be NULL. */
void pdn_event(struct pdn *p, enum pdn_event event, const struct failure *why);
/* When the timer fires, monotonic ms; -1: not armed. */
int64_t pdn_deadline_ms(const struct pdn *p);
const char *pdn_state_name(enum pdn_state state);
const char *pdn_event_name(enum pdn_event event);

#endif
