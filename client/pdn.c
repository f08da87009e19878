/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dial state machine of one PDN.
 *
 *          +--------------------------- WAITING <-------------+
 *          v                                                  |
 *   IDLE > OPENING > PREPARING > REGISTERING > CONNECTING     |
 *                        |            |            |          |
 *                        |            |         READING       |
 *                        |            |            |          |
 *                        |            |      ONLINE <> REFRESHING
 *                        |            |            |          |
 *                        |            |      DISCONNECTING    |
 *                        v            v            v          |
 *                       CLOSING <-----+------------+ ---------+---> IDLE
 *
 * Two tables are the machine.  pdn_states says for each state which step of the dialer
 * it runs, how long it may take, and what else happens on entry.  pdn_next says for
 * each state and event where to go; an empty cell is an event that means nothing there
 * (a debug line).  A state changes in pdn_go() and nowhere else; it writes one line
 * and arms the one timer as its last act.
 *
 * What is on the host (mux device, addresses, DNS) is only ever taken away on the way
 * out: p->link and p->configured remember what is there, so each exit undoes exactly
 * that.  A set-up in progress can be torn down at any point.
 *
 * Entry actions do not call back: dialers post their events.  The verb finished() may
 * free us, so it is the very last thing that pdn_go() does.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "client/backoff.h"
#include "client/pdn.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/xmem.h"

#define PDN_PROVEN_MS 60000     /* online so long, the back-off starts afresh */
#define PDN_SOON_MS 1000        /* after a call that ended by itself (proxies.md 7.2) */
#define PDN_RELINKS_MAX 5       /* repairs of the device until it is proven again */
#define PDN_EVENT_POLL_MS 10000 /* no SIM and its like: look again */

struct pdn {
	struct pdn_config config;
	const struct pdn_verbs *verbs;
	void *arg;
	enum pdn_state state;
	struct dialer *dialer;
	struct event *timer; /* NULL without an event base */
	int64_t deadline_ms; /* monotonic; -1: not armed */
	int64_t stop_by_ms;  /* with stopping: the end of patience */
	int64_t wait_ms;     /* the delay chosen for WAITING */
	struct backoff backoff;
	struct failure why; /* of the current failure; class NONE: none */
	uint32_t failed_in_row;
	uint32_t relinks; /* repairs of the device since it was proven */
	bool stopping;
	bool was_reached;   /* the modem was spoken to, ever */
	bool soon_used;     /* the quick redial since the last proven connection */
	bool refresh_again; /* settings changed while they were being read */
	bool link;          /* the mux device is ours */
	bool configured;    /* addresses, routes, DNS are in place */
	bool link_stale;    /* the modem restarted under the mux device */
	bool modem_back;    /* it came back before we were done with its absence */
};

/* Entry actions: what is done beside the step; returns the state to be in. */
typedef enum pdn_state pdn_enter_fn(struct pdn *p);

static pdn_enter_fn pdn_enter_opening, pdn_enter_preparing, pdn_enter_connecting,
    pdn_enter_online, pdn_enter_refreshing, pdn_enter_disconnecting, pdn_enter_closing,
    pdn_enter_waiting;

struct pdn_state_row {
	const char *name;
	enum dialer_step step;
	int64_t timeout_ms; /* 0: none; -1: chosen by pdn_timeout_ms() */
	pdn_enter_fn *enter;
};

/*
 * A dialer's steps end by themselves; the deadlines here are the safety net below
 * theirs.  Start Network alone may take 180 s (qmi.md 4.8), twice when the second
 * family has to wait for the first.
 */
static const struct pdn_state_row pdn_states[PDN_STATE_COUNT] = {
    [PDN_STATE_IDLE] = {"IDLE", DIALER_STEP_NONE, 0, NULL},
    [PDN_STATE_OPENING] = {"OPENING", DIALER_STEP_OPEN, 60000, pdn_enter_opening},
    [PDN_STATE_PREPARING] = {"PREPARING", DIALER_STEP_PREPARE, 120000,
	pdn_enter_preparing},
    [PDN_STATE_REGISTERING] = {"REGISTERING", DIALER_STEP_REGISTER, -1, NULL},
    [PDN_STATE_CONNECTING] = {"CONNECTING", DIALER_STEP_CONNECT, 400000,
	pdn_enter_connecting},
    [PDN_STATE_READING] = {"READING", DIALER_STEP_SETTINGS, 60000, NULL},
    [PDN_STATE_ONLINE] = {"ONLINE", DIALER_STEP_NONE, PDN_PROVEN_MS, pdn_enter_online},
    [PDN_STATE_REFRESHING] = {"REFRESHING", DIALER_STEP_SETTINGS, 60000,
	pdn_enter_refreshing},
    [PDN_STATE_DISCONNECTING] = {"DISCONNECTING", DIALER_STEP_DISCONNECT, 10000,
	pdn_enter_disconnecting},
    [PDN_STATE_CLOSING] = {"CLOSING", DIALER_STEP_CLOSE, 10000, pdn_enter_closing},
    [PDN_STATE_WAITING] = {"WAITING", DIALER_STEP_NONE, -1, pdn_enter_waiting},
};

static const char *const pdn_event_names[PDN_EVENT_COUNT] = {
    [PDN_EVENT_START] = "START",
    [PDN_EVENT_STOP] = "STOP",
    [PDN_EVENT_TIMEOUT] = "TIMEOUT",
    [PDN_EVENT_STEP_DONE] = "STEP_DONE",
    [PDN_EVENT_STEP_FAILED] = "STEP_FAILED",
    [PDN_EVENT_PORT_LOST] = "PORT_LOST",
    [PDN_EVENT_MODEM_RESET] = "MODEM_RESET",
    [PDN_EVENT_SILENT] = "SILENT",
    [PDN_EVENT_CALL_ENDED] = "CALL_ENDED",
    [PDN_EVENT_SETTINGS_CHANGED] = "SETTINGS_CHANGED",
    [PDN_EVENT_REGISTERED] = "REGISTERED",
    [PDN_EVENT_UNREGISTERED] = "UNREGISTERED",
    [PDN_EVENT_SIM_CHANGED] = "SIM_CHANGED",
    [PDN_EVENT_MODEM_CAME] = "MODEM_CAME",
    [PDN_EVENT_MODEM_GONE] = "MODEM_GONE",
    [PDN_EVENT_LINK_LOST] = "LINK_LOST",
};

/* 0: means nothing here.  NOTE: worth a line, no transition.  Else GO(state). */
#define NOTE 1
#define GO(state) (2 + PDN_STATE_##state)

/* What ends an attempt, the same from OPENING to REGISTERING. */
#define PDN_ATTEMPT_FAILS \
	[PDN_EVENT_STOP] = GO(CLOSING), [PDN_EVENT_TIMEOUT] = GO(CLOSING), \
	[PDN_EVENT_STEP_FAILED] = GO(CLOSING), [PDN_EVENT_PORT_LOST] = GO(CLOSING), \
	[PDN_EVENT_MODEM_RESET] = GO(CLOSING), [PDN_EVENT_SILENT] = GO(CLOSING), \
	[PDN_EVENT_MODEM_GONE] = GO(CLOSING)

/* With a call up, or perhaps up, whoever can still be talked to is told. */
#define PDN_CALL_FAILS \
	[PDN_EVENT_STOP] = GO(DISCONNECTING), [PDN_EVENT_PORT_LOST] = GO(CLOSING), \
	[PDN_EVENT_MODEM_RESET] = GO(CLOSING), [PDN_EVENT_SILENT] = GO(CLOSING), \
	[PDN_EVENT_CALL_ENDED] = GO(CLOSING), [PDN_EVENT_MODEM_GONE] = GO(CLOSING)

static const uint8_t pdn_next[PDN_STATE_COUNT][PDN_EVENT_COUNT] = {
    [PDN_STATE_IDLE] = {[PDN_EVENT_START] = GO(OPENING)},
    [PDN_STATE_OPENING] = {PDN_ATTEMPT_FAILS, [PDN_EVENT_STEP_DONE] = GO(PREPARING)},
    [PDN_STATE_PREPARING] = {PDN_ATTEMPT_FAILS, [PDN_EVENT_STEP_DONE] =
						    GO(REGISTERING)},
    [PDN_STATE_REGISTERING] = {PDN_ATTEMPT_FAILS,
	[PDN_EVENT_STEP_DONE] = GO(CONNECTING), [PDN_EVENT_SIM_CHANGED] = GO(CLOSING)},
    [PDN_STATE_CONNECTING] = {PDN_CALL_FAILS, [PDN_EVENT_TIMEOUT] = GO(CLOSING),
	[PDN_EVENT_STEP_FAILED] = GO(CLOSING), [PDN_EVENT_STEP_DONE] = GO(READING),
	[PDN_EVENT_UNREGISTERED] = NOTE},
    [PDN_STATE_READING] = {PDN_CALL_FAILS, [PDN_EVENT_TIMEOUT] = GO(DISCONNECTING),
	[PDN_EVENT_STEP_FAILED] = GO(DISCONNECTING), [PDN_EVENT_STEP_DONE] = GO(ONLINE),
	[PDN_EVENT_SETTINGS_CHANGED] = NOTE, [PDN_EVENT_UNREGISTERED] = NOTE},
    [PDN_STATE_ONLINE] = {PDN_CALL_FAILS, [PDN_EVENT_TIMEOUT] = NOTE,
	[PDN_EVENT_SETTINGS_CHANGED] = GO(REFRESHING), [PDN_EVENT_REGISTERED] = NOTE,
	[PDN_EVENT_UNREGISTERED] = NOTE, [PDN_EVENT_SIM_CHANGED] = NOTE,
	[PDN_EVENT_LINK_LOST] = GO(REFRESHING)},
    [PDN_STATE_REFRESHING] = {PDN_CALL_FAILS, [PDN_EVENT_TIMEOUT] = GO(DISCONNECTING),
	[PDN_EVENT_STEP_FAILED] = GO(DISCONNECTING), [PDN_EVENT_STEP_DONE] = GO(ONLINE),
	[PDN_EVENT_SETTINGS_CHANGED] = NOTE, [PDN_EVENT_REGISTERED] = NOTE,
	[PDN_EVENT_UNREGISTERED] = NOTE, [PDN_EVENT_SIM_CHANGED] = NOTE},
    [PDN_STATE_DISCONNECTING] = {[PDN_EVENT_STOP] = GO(CLOSING),
	[PDN_EVENT_TIMEOUT] = GO(CLOSING),
	[PDN_EVENT_STEP_DONE] = GO(CLOSING),
	[PDN_EVENT_STEP_FAILED] = GO(CLOSING),
	[PDN_EVENT_PORT_LOST] = GO(CLOSING),
	[PDN_EVENT_MODEM_RESET] = GO(CLOSING),
	[PDN_EVENT_MODEM_GONE] = GO(CLOSING),
	[PDN_EVENT_SILENT] = GO(CLOSING)},
    [PDN_STATE_CLOSING] = {[PDN_EVENT_MODEM_CAME] = NOTE,
	[PDN_EVENT_TIMEOUT] = GO(WAITING),
	[PDN_EVENT_STEP_DONE] = GO(WAITING),
	[PDN_EVENT_STEP_FAILED] = GO(WAITING)},
    [PDN_STATE_WAITING] = {[PDN_EVENT_STOP] = GO(IDLE),
	[PDN_EVENT_TIMEOUT] = GO(OPENING),
	[PDN_EVENT_MODEM_CAME] = GO(OPENING)},
};

const char *
pdn_state_name(enum pdn_state state)
{
	return pdn_states[state].name;
}

const char *
pdn_event_name(enum pdn_event event)
{
	return pdn_event_names[event];
}

enum pdn_state
pdn_state(const struct pdn *p)
{
	return p->state;
}

int64_t
pdn_deadline_ms(const struct pdn *p)
{
	return p->deadline_ms;
}

static void
pdn_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct pdn *p = arg;

	(void)fd;
	(void)what;
	p->deadline_ms = -1;
	pdn_event(p, PDN_EVENT_TIMEOUT, NULL);
}

struct pdn *
pdn_new(struct event_base *base, const struct pdn_config *config,
    const struct pdn_verbs *verbs, void *arg)
{
	struct pdn *p = xcalloc(1, sizeof(*p));

	p->config = *config;
	p->verbs = verbs;
	p->arg = arg;
	p->deadline_ms = -1;
	backoff_init(
	    &p->backoff, config->seed, config->retry_min_ms, config->retry_max_ms);
	if (base != NULL) {
		p->timer = evtimer_new(base, pdn_timer_cb, p);
		if (p->timer == NULL)
			fatal("pdn", "no memory for an event");
	}
	return p;
}

static void
pdn_dialer_drop(struct pdn *p)
{
	if (p->dialer != NULL)
		p->verbs->dialer_drop(p->arg, p->dialer);
	p->dialer = NULL;
}

static void
pdn_unconfigure(struct pdn *p)
{
	if (p->configured)
		p->verbs->unconfigure(p->arg);
	p->configured = false;
}

static void
pdn_link_down(struct pdn *p)
{
	if (p->link)
		p->verbs->link_down(p->arg);
	p->link = false;
	p->link_stale = false;
}

void
pdn_free(struct pdn *p)
{
	if (p == NULL)
		return;
	pdn_unconfigure(p);
	pdn_link_down(p);
	pdn_dialer_drop(p);
	if (p->timer != NULL)
		event_free(p->timer);
	free(p);
}

/* The first cause of a failure is kept; what follows from it is not news. */
static void
pdn_blame(struct pdn *p, const struct failure *why)
{
	if (p->why.class == FAILURE_NONE && why != NULL)
		p->why = *why;
}

static void
pdn_dialer_event(void *arg, const struct dialer_event *ev)
{
	static const enum pdn_event map[] = {
	    [DIALER_EVENT_DONE] = PDN_EVENT_STEP_DONE,
	    [DIALER_EVENT_FAILED] = PDN_EVENT_STEP_FAILED,
	    [DIALER_EVENT_PORT_LOST] = PDN_EVENT_PORT_LOST,
	    [DIALER_EVENT_MODEM_RESET] = PDN_EVENT_MODEM_RESET,
	    [DIALER_EVENT_SILENT] = PDN_EVENT_SILENT,
	    [DIALER_EVENT_CALL_ENDED] = PDN_EVENT_CALL_ENDED,
	    [DIALER_EVENT_SETTINGS_CHANGED] = PDN_EVENT_SETTINGS_CHANGED,
	    [DIALER_EVENT_REGISTERED] = PDN_EVENT_REGISTERED,
	    [DIALER_EVENT_UNREGISTERED] = PDN_EVENT_UNREGISTERED,
	    [DIALER_EVENT_SIM_CHANGED] = PDN_EVENT_SIM_CHANGED,
	};
	struct pdn *p = arg;
	bool ends = ev->type == DIALER_EVENT_DONE || ev->type == DIALER_EVENT_FAILED;

	if (ends && ev->step != pdn_states[p->state].step) {
		log_debug("pdn", "[%s] late end of step %s", p->config.name,
		    dialer_step_name(ev->step));
		return;
	}
	pdn_event(
	    p, map[ev->type], ev->failure.class != FAILURE_NONE ? &ev->failure : NULL);
}

static enum pdn_state
pdn_enter_opening(struct pdn *p)
{
	struct failure why;

	memset(&p->why, 0, sizeof(p->why));
	memset(&why, 0, sizeof(why));
	p->modem_back = false;
	p->dialer = p->verbs->dialer_make(p->arg, pdn_dialer_event, p, &why);
	if (p->dialer != NULL)
		return PDN_STATE_OPENING;
	pdn_blame(p, &why);
	return PDN_STATE_WAITING;
}

/* Whoever was there once is waited for when it is gone. */
static enum pdn_state
pdn_enter_preparing(struct pdn *p)
{
	p->was_reached = true;
	return PDN_STATE_PREPARING;
}

/* Our device is there, made anew if need be; false: *p->why says why not. */
static bool
pdn_link_up(struct pdn *p)
{
	struct failure why;

	memset(&why, 0, sizeof(why));
	if (p->verbs->link_up(p->arg, &p->dialer->format, &why) < 0) {
		pdn_blame(p, &why);
		return false;
	}
	p->link = true;
	return true;
}

static enum pdn_state
pdn_enter_connecting(struct pdn *p)
{
	if (p->link_stale)
		pdn_link_down(p);
	return pdn_link_up(p) ? PDN_STATE_CONNECTING : PDN_STATE_CLOSING;
}

static enum pdn_state
pdn_enter_online(struct pdn *p)
{
	struct failure why;

	memset(&why, 0, sizeof(why));
	p->configured = true; /* also half: unconfigure takes back what was done */
	if (p->verbs->configure(p->arg, &p->dialer->settings, &why) < 0) {
		pdn_blame(p, &why);
		return PDN_STATE_DISCONNECTING;
	}
	if (p->refresh_again)
		return PDN_STATE_REFRESHING;
	return PDN_STATE_ONLINE;
}

/* Who deletes our device for ever gets his way for a while: we are not at war. */
static enum pdn_state
pdn_enter_refreshing(struct pdn *p)
{
	struct failure f;

	p->refresh_again = false;
	if (p->relinks > PDN_RELINKS_MAX) {
		failure_set(&f, FAILURE_MUXDEV, FAILURE_RETRY_BACKOFF,
		    "keep other network managers away from it",
		    "the network device was deleted or taken down %u times",
		    p->relinks);
		pdn_blame(p, &f);
		p->relinks = 0;
		return PDN_STATE_DISCONNECTING;
	}
	return pdn_link_up(p) ? PDN_STATE_REFRESHING : PDN_STATE_DISCONNECTING;
}

static enum pdn_state
pdn_enter_disconnecting(struct pdn *p)
{
	pdn_unconfigure(p);
	return PDN_STATE_DISCONNECTING;
}

static enum pdn_state
pdn_enter_closing(struct pdn *p)
{
	p->refresh_again = false;
	pdn_unconfigure(p);
	return PDN_STATE_CLOSING;
}

/* True when a person, not time, has to do something. */
static bool
pdn_is_final(const struct pdn *p)
{
	if (p->why.retry == FAILURE_RETRY_NEVER)
		return true;
	if (p->why.retry == FAILURE_RETRY_NOW)
		return false;
	if (p->config.retry_limit != 0 && p->failed_in_row >= p->config.retry_limit)
		return true;
	if (p->was_reached || p->config.keep_trying)
		return false;
	return p->why.class == FAILURE_NO_MODEM || p->why.class == FAILURE_NO_PROXY ||
	       p->why.class == FAILURE_BUSY;
}

/* How long to wait after the failure at hand. */
static int64_t
pdn_choose_wait_ms(struct pdn *p)
{
	int64_t ms;

	if (p->modem_back)
		return 1;
	switch (p->why.retry) {
	case FAILURE_RETRY_NOW: return 1;
	case FAILURE_RETRY_SOON:
		if (!p->soon_used) {
			p->soon_used = true;
			return backoff_spread_ms(&p->backoff, PDN_SOON_MS);
		}
		break;
	case FAILURE_RETRY_AFTER:
		ms = backoff_spread_ms(
		    &p->backoff, (int64_t)p->why.retry_after_s * 1000);
		return ms > p->config.retry_min_ms ? ms : p->config.retry_min_ms;
	case FAILURE_RETRY_EVENT:
		return backoff_spread_ms(&p->backoff, PDN_EVENT_POLL_MS);
	case FAILURE_RETRY_BACKOFF:
	case FAILURE_RETRY_NEVER: break;
	}
	return backoff_next_ms(&p->backoff);
}

static enum pdn_state
pdn_enter_waiting(struct pdn *p)
{
	pdn_dialer_drop(p);
	if (p->why.retry != FAILURE_RETRY_NOW)
		p->failed_in_row++;
	if (p->stopping || pdn_is_final(p))
		return PDN_STATE_IDLE;
	p->wait_ms = pdn_choose_wait_ms(p);
	return PDN_STATE_WAITING;
}

static int64_t
pdn_timeout_ms(const struct pdn *p)
{
	if (p->state == PDN_STATE_REGISTERING)
		return p->config.register_ms;
	if (p->state == PDN_STATE_WAITING)
		return p->wait_ms;
	return pdn_states[p->state].timeout_ms;
}

/* The one place that arms the one timer. */
static void
pdn_arm(struct pdn *p)
{
	int64_t ms = pdn_timeout_ms(p), now_ms = loop_now_ms();
	struct timeval tv;

	if (p->stopping && ms > 0 && now_ms + ms > p->stop_by_ms)
		ms = p->stop_by_ms > now_ms ? p->stop_by_ms - now_ms : 1;
	p->deadline_ms = ms > 0 ? now_ms + ms : -1;
	if (p->timer == NULL)
		return;
	evtimer_del(p->timer);
	if (ms <= 0)
		return;
	tv = loop_timeval(ms);
	evtimer_add(p->timer, &tv);
}

static void
pdn_log(const struct pdn *p, enum pdn_state from)
{
	const struct failure *f = &p->why;
	const char *to = pdn_states[p->state].name;
	bool quiet = from == PDN_STATE_CLOSING || p->state == PDN_STATE_ONLINE ||
		     p->stopping || f->class == FAILURE_NONE;

	if (p->state == PDN_STATE_WAITING)
		log_info("pdn",
		    "[%s] %s -> %s: %s, retry in %" PRId64 ".%" PRId64 " s%s%s",
		    p->config.name, pdn_states[from].name, to,
		    f->class != FAILURE_NONE ? f->text : "no reason given",
		    p->wait_ms / 1000, p->wait_ms % 1000 / 100,
		    f->remedy[0] != '\0' ? "; " : "", f->remedy);
	else if (quiet)
		log_info(
		    "pdn", "[%s] %s -> %s", p->config.name, pdn_states[from].name, to);
	else
		log_info("pdn", "[%s] %s -> %s: %s", p->config.name,
		    pdn_states[from].name, to, f->text);
}

/* At rest for good: everything goes, and the owner is told last of all. */
static void
pdn_rest(struct pdn *p)
{
	struct failure why = p->why;
	bool failed = !p->stopping && why.class != FAILURE_NONE;

	pdn_unconfigure(p);
	pdn_link_down(p);
	pdn_dialer_drop(p);
	p->stopping = false;
	p->verbs->finished(p->arg, failed ? &why : NULL);
}

/* The one place where the state changes. */
static void
pdn_go(struct pdn *p, enum pdn_state to)
{
	enum pdn_state from = p->state;
	const struct pdn_state_row *row;

	do {
		p->state = to;
		row = &pdn_states[to];
		if (row->enter != NULL)
			to = row->enter(p);
	} while (to != p->state);
	pdn_log(p, from);
	pdn_arm(p);
	if (row->step != DIALER_STEP_NONE)
		p->verbs->dialer_step(p->arg, p->dialer, row->step);
	if (p->verbs->changed != NULL)
		p->verbs->changed(
		    p->arg, p->state, p->why.class != FAILURE_NONE ? &p->why : NULL);
	if (p->state == PDN_STATE_IDLE)
		pdn_rest(p); /* p may be gone */
}

/* Events that leave the state as it is, but are worth a line. */
static void
pdn_note(struct pdn *p, enum pdn_event event)
{
	if (event == PDN_EVENT_SETTINGS_CHANGED)
		p->refresh_again = true;
	if (event == PDN_EVENT_MODEM_CAME)
		p->modem_back = true;
	if (event != PDN_EVENT_TIMEOUT) {
		log_info("pdn", "[%s] %s in %s", p->config.name, pdn_event_names[event],
		    pdn_states[p->state].name);
		return;
	}
	/* Online long enough to be believed. */
	p->deadline_ms = -1;
	p->failed_in_row = 0;
	p->soon_used = false;
	p->relinks = 0;
	backoff_reset(&p->backoff);
}

/* Events that are failures without saying why. */
static void
pdn_blame_event(struct pdn *p, enum pdn_event event)
{
	struct failure f;

	switch (event) {
	case PDN_EVENT_MODEM_RESET:
		failure_set(&f, FAILURE_NETWORK, FAILURE_RETRY_SOON, NULL,
		    "the modem restarted");
		p->link_stale = true;
		break;
	case PDN_EVENT_TIMEOUT:
		if (p->state == PDN_STATE_REGISTERING)
			failure_set(&f, FAILURE_NOT_REGISTERED, FAILURE_RETRY_EVENT,
			    "check antenna, coverage and subscription",
			    "not registered within %" PRId64 " s",
			    p->config.register_ms / 1000);
		else
			failure_set(&f, FAILURE_SILENT, FAILURE_RETRY_BACKOFF, NULL,
			    "%s took too long", pdn_states[p->state].name);
		break;
	case PDN_EVENT_MODEM_GONE:
		p->modem_back = false;
		failure_set(&f, FAILURE_NO_MODEM, FAILURE_RETRY_EVENT,
		    "waiting for it to come back", "the modem was unplugged");
		p->link_stale = true;
		break;
	case PDN_EVENT_SIM_CHANGED:
		failure_set(&f, FAILURE_SIM_ABSENT, FAILURE_RETRY_SOON, NULL,
		    "the SIM changed");
		break;
	default:
		failure_set(&f, FAILURE_INTERNAL, FAILURE_RETRY_BACKOFF, NULL,
		    "%s in %s", pdn_event_names[event], pdn_states[p->state].name);
		break;
	}
	pdn_blame(p, &f);
}

/* Only what ends an attempt from outside is a failure; ends in order are not. */
static bool
pdn_event_blames(const struct pdn *p, enum pdn_event event)
{
	if (p->state == PDN_STATE_WAITING || p->state == PDN_STATE_DISCONNECTING ||
	    p->state == PDN_STATE_CLOSING || p->state == PDN_STATE_IDLE)
		return false;
	switch (event) {
	case PDN_EVENT_TIMEOUT:
	case PDN_EVENT_STEP_FAILED:
	case PDN_EVENT_PORT_LOST:
	case PDN_EVENT_MODEM_RESET:
	case PDN_EVENT_SILENT:
	case PDN_EVENT_CALL_ENDED:
	case PDN_EVENT_SIM_CHANGED:
	case PDN_EVENT_MODEM_GONE: return true;
	case PDN_EVENT_START:
	case PDN_EVENT_STOP:
	case PDN_EVENT_STEP_DONE:
	case PDN_EVENT_SETTINGS_CHANGED:
	case PDN_EVENT_REGISTERED:
	case PDN_EVENT_UNREGISTERED:
	case PDN_EVENT_MODEM_CAME:
	case PDN_EVENT_LINK_LOST:
	case PDN_EVENT_COUNT: break;
	}
	return false;
}

void
pdn_event(struct pdn *p, enum pdn_event event, const struct failure *why)
{
	uint8_t next = pdn_next[p->state][event];

	if (next == 0) {
		log_debug("pdn", "[%s] %s means nothing in %s", p->config.name,
		    pdn_event_names[event], pdn_states[p->state].name);
		return;
	}
	if (next == NOTE) {
		pdn_note(p, event);
		return;
	}
	if (event == PDN_EVENT_LINK_LOST)
		p->relinks++;
	if (pdn_event_blames(p, event)) {
		pdn_blame(p, why);
		pdn_blame_event(p, event);
	}
	pdn_go(p, (enum pdn_state)(next - 2));
}

void
pdn_start(struct pdn *p)
{
	pdn_event(p, PDN_EVENT_START, NULL);
}

void
pdn_stop(struct pdn *p)
{
	if (p->state == PDN_STATE_IDLE) {
		p->stopping = true;
		pdn_rest(p);
		return;
	}
	if (!p->stopping) {
		p->stopping = true;
		p->stop_by_ms = loop_now_ms() + p->config.shutdown_ms;
	} else
		p->stop_by_ms = loop_now_ms(); /* asked twice: hurry */
	if (p->state == PDN_STATE_CLOSING)
		pdn_arm(p); /* the shorter patience counts there too */
	else
		pdn_event(p, PDN_EVENT_STOP, NULL);
}
