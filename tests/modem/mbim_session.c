/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmem.h"
#include "tests/modem/mbim_svc.h"

#define CAUSE_TYPE_3GPP 6

/* 3GPP causes of our own making (reference/mbim.md 3.3) */
#define CAUSE_ONLY_V4 50
#define CAUSE_ONLY_V6 51

static const int families[MBIM_SESSION_FAMILIES] = {AF_INET, AF_INET6};

struct mbim_session *
mbim_session_get(struct mbim_func *f, uint32_t id)
{
	struct mbim_session *s = f->sessions.all[id];

	if (s)
		return s;
	s = xcalloc(1, sizeof(*s));
	s->func = f;
	s->id = id;
	s->state = MBIM_ACTIVATION_DEACTIVATED;
	memcpy(s->context, mbim_context_none, sizeof(s->context));
	f->sessions.all[id] = s;
	return s;
}

unsigned
mbim_sessions_active(const struct mbim_func *f)
{
	unsigned count = 0;

	for (uint32_t id = 0; id <= MBIM_SESSION_ID_MAX; id++)
		count += f->sessions.all[id] &&
			 f->sessions.all[id]->state != MBIM_ACTIVATION_DEACTIVATED;
	return count;
}

struct mbim_session *
mbim_session_of(const struct mbim_func *f, const struct modem_call *call)
{
	for (uint32_t id = 0; id <= MBIM_SESSION_ID_MAX; id++) {
		struct mbim_session *s = f->sessions.all[id];

		if (s && (s->calls[MBIM_SESSION_V4] == call ||
			     s->calls[MBIM_SESSION_V6] == call))
			return s;
	}
	return NULL;
}

static const char *
state_name(enum mbim_activation_state state)
{
	switch (state) {
	case MBIM_ACTIVATION_UNKNOWN: return "UNKNOWN";
	case MBIM_ACTIVATION_ACTIVATED: return "ACTIVATED";
	case MBIM_ACTIVATION_ACTIVATING: return "ACTIVATING";
	case MBIM_ACTIVATION_DEACTIVATED: return "DEACTIVATED";
	case MBIM_ACTIVATION_DEACTIVATING: return "DEACTIVATING";
	}
	return "?";
}

static void
set_state(struct mbim_session *s, enum mbim_activation_state state)
{
	if (s->state == state)
		return;
	log_info("mbim", "modem%u: session %u: %s -> %s, apn \"%s\", cause %u",
	    s->func->modem->settings.number, s->id, state_name(s->state),
	    state_name(state), s->access.apn, s->nw_error);
	s->state = state;
}

/* Ended calls -------------------------------------------------------------------- */

static void
reap(struct mbim_func *f)
{
	struct mbim_ended *e;

	while ((e = SLIST_FIRST(&f->sessions.ended)) != NULL) {
		SLIST_REMOVE_HEAD(&f->sessions.ended, next);
		modem_call_end(e->call);
		free(e);
	}
}

static void
reaper_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	reap(arg);
}

void
mbim_sessions_init(struct mbim_func *f)
{
	SLIST_INIT(&f->sessions.ended);
	f->sessions.reaper = evtimer_new(f->modem->base, reaper_cb, f);
}

void
mbim_sessions_free(struct mbim_func *f)
{
	mbim_sessions_clear(f);
	event_free(f->sessions.reaper);
}

/*
 * Lets go of a call.  It may be the one that the modem is telling us about, or the next
 * one it will look at, so it is ended on the next turn of the loop.
 */
static void
drop_call(struct mbim_session *s, size_t family)
{
	struct mbim_sessions *all = &s->func->sessions;
	struct modem_call *call = s->calls[family];
	struct mbim_ended *e;

	if (!call)
		return;
	mbim_count_bearer(&all->gone, call);
	s->calls[family] = NULL;
	e = xcalloc(1, sizeof(*e));
	e->call = call;
	SLIST_INSERT_HEAD(&all->ended, e, next);
	event_active(all->reaper, 0, 0);
}

static void
drop_calls(struct mbim_session *s)
{
	for (size_t i = 0; i < MBIM_SESSION_FAMILIES; i++)
		drop_call(s, i);
}

/* Sessions ------------------------------------------------------------------------- */

static bool
wants(const struct mbim_session *s, size_t family)
{
	switch (s->ip_type) {
	case MBIM_IP_TYPE_V4: return family == MBIM_SESSION_V4;
	case MBIM_IP_TYPE_V6: return family == MBIM_SESSION_V6;
	default: return true;
	}
}

/* What the wire calls the cause of a call: a 3GPP cause, or nothing (0). */
static uint32_t
nw_error_of(const struct modem_cause *cause)
{
	return cause->type == CAUSE_TYPE_3GPP ? (uint32_t)cause->verbose : 0;
}

/* Every change ends here: to whoever waits for it, or as a notification. */
static void
tell(struct mbim_session *s, uint32_t status)
{
	struct mbim_pending *p = s->pending;
	bool is_heard = p && p->port;

	s->pending = NULL;
	if (p)
		mbim_func_finish(s->func, p, status, mbim_write_connect, s);
	if (!is_heard || s->func->quirks.notifies_all)
		mbim_func_notify(
		    s->func, &mbim_svc_basic, MBIM_CID_CONNECT, mbim_write_connect, s);
}

static void
settle_up(struct mbim_session *s)
{
	bool v4 = s->calls[MBIM_SESSION_V4] != NULL;
	bool v6 = s->calls[MBIM_SESSION_V6] != NULL;
	bool wanted_both = wants(s, MBIM_SESSION_V4) && wants(s, MBIM_SESSION_V6);

	s->nw_error = 0;
	if (wanted_both && !(v4 && v6))
		s->nw_error = v4 ? CAUSE_ONLY_V4 : CAUSE_ONLY_V6;
	if (!(v4 && v6))
		s->ip_type = v4 ? MBIM_IP_TYPE_V4 : MBIM_IP_TYPE_V6;
	else if (s->ip_type == MBIM_IP_TYPE_DEFAULT)
		s->ip_type = MBIM_IP_TYPE_V4V6;
	set_state(s, MBIM_ACTIVATION_ACTIVATED);
	tell(s, MBIM_STATUS_NONE);
}

/* All calls answered: activated with what came up, or refused. */
static void
settle(struct mbim_session *s)
{
	bool any = false;

	if (s->state != MBIM_ACTIVATION_ACTIVATING || s->is_starting)
		return;
	for (size_t i = 0; i < MBIM_SESSION_FAMILIES; i++) {
		if (s->calls[i] && !s->calls[i]->up)
			return;
		any = any || s->calls[i];
	}
	if (any) {
		settle_up(s);
		return;
	}
	set_state(s, MBIM_ACTIVATION_DEACTIVATED);
	tell(s, MBIM_STATUS_FAILURE);
}

static void
session_call_done(struct modem_call *call, bool up, void *owner)
{
	struct mbim_session *s = owner;

	if (!up) {
		if (s->nw_error == 0)
			s->nw_error = nw_error_of(&call->cause);
		drop_call(
		    s, call->family == AF_INET ? MBIM_SESSION_V4 : MBIM_SESSION_V6);
	}
	settle(s);
}

void
mbim_session_activate(struct mbim_session *s, struct mbim_pending *pending)
{
	s->pending = pending;
	s->nw_error = 0;
	set_state(s, MBIM_ACTIVATION_ACTIVATING);
	s->is_starting = true;
	for (size_t i = 0; i < MBIM_SESSION_FAMILIES; i++)
		if (wants(s, i))
			s->calls[i] = modem_call_start(s->func->modem, s->access.apn,
			    (uint8_t)s->id, families[i], session_call_done, s);
	s->is_starting = false;
	if (s->func->quirks.answers_early)
		tell(s, MBIM_STATUS_NONE);
	settle(s);
}

void
mbim_session_deactivate(struct mbim_session *s)
{
	drop_calls(s);
	reap(s->func); /* the host asked: the link must be free for its next wish */
	set_state(s, MBIM_ACTIVATION_DEACTIVATED);
	s->nw_error = 0;
	if (s->pending || s->func->quirks.notifies_all)
		tell(s, MBIM_STATUS_FAILURE);
}

void
mbim_session_call_lost(struct mbim_session *s, const struct modem_call *call)
{
	s->nw_error = nw_error_of(&call->cause);
	drop_calls(s);
	set_state(s, MBIM_ACTIVATION_DEACTIVATED);
	tell(s, MBIM_STATUS_FAILURE);
}

void
mbim_sessions_clear(struct mbim_func *f)
{
	for (uint32_t id = 0; id <= MBIM_SESSION_ID_MAX; id++) {
		struct mbim_session *s = f->sessions.all[id];

		if (!s)
			continue;
		drop_calls(s);
		if (s->pending)
			mbim_func_finish(
			    f, s->pending, MBIM_STATUS_FAILURE, NULL, NULL);
		free(s->filters);
		free(s);
		f->sessions.all[id] = NULL;
	}
	reap(f);
	memset(&f->sessions.gone, 0, sizeof(f->sessions.gone));
}
