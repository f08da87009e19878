/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every dialer has in common: the queue of events, and the start of steps.
 *
 * Events wait in a short ring and leave one per turn of the loop, so that a handler
 * is never entered from inside a dialer_*() call and may free the dialer.  The ring
 * cannot fill in practice (a step ends once, indications collapse); if it does, the
 * new repeatable event gives way, never the end of a step.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "client/dialer.h"
#include "common/log.h"

static const char *const dialer_step_names[] = {
    [DIALER_STEP_NONE] = "none",
    [DIALER_STEP_OPEN] = "open",
    [DIALER_STEP_PREPARE] = "prepare",
    [DIALER_STEP_REGISTER] = "register",
    [DIALER_STEP_CONNECT] = "connect",
    [DIALER_STEP_SETTINGS] = "settings",
    [DIALER_STEP_DISCONNECT] = "disconnect",
    [DIALER_STEP_CLOSE] = "close",
};

static const char *const dialer_event_names[] = {
    [DIALER_EVENT_DONE] = "done",
    [DIALER_EVENT_FAILED] = "failed",
    [DIALER_EVENT_PORT_LOST] = "port-lost",
    [DIALER_EVENT_MODEM_RESET] = "modem-reset",
    [DIALER_EVENT_SILENT] = "silent",
    [DIALER_EVENT_CALL_ENDED] = "call-ended",
    [DIALER_EVENT_SETTINGS_CHANGED] = "settings-changed",
    [DIALER_EVENT_REGISTERED] = "registered",
    [DIALER_EVENT_UNREGISTERED] = "unregistered",
    [DIALER_EVENT_SIM_CHANGED] = "sim-changed",
};

const char *
dialer_step_name(enum dialer_step step)
{
	return dialer_step_names[step];
}

const char *
dialer_event_name(enum dialer_event_type type)
{
	return dialer_event_names[type];
}

static void
dialer_queue_cb(evutil_socket_t fd, short what, void *arg)
{
	struct dialer *d = arg;
	struct dialer_event ev;

	(void)fd;
	(void)what;
	if (d->queue_count == 0)
		return;
	ev = d->queue[d->queue_head];
	d->queue_head = (uint8_t)((d->queue_head + 1) % DIALER_QUEUE_MAX);
	d->queue_count--;
	if (d->queue_count > 0)
		event_active(d->queue_event, EV_TIMEOUT, 0);
	d->event(d->event_arg, &ev); /* d may be gone now */
}

void
dialer_init(struct dialer *d, const struct dialer_ops *ops, struct event_base *base,
    const struct dialer_config *config, dialer_event_fn *event, void *arg)
{
	d->ops = ops;
	d->base = base;
	d->config = *config;
	d->event = event;
	d->event_arg = arg;
	d->running = DIALER_STEP_NONE;
	d->queue_event = evtimer_new(base, dialer_queue_cb, d);
	if (d->queue_event == NULL)
		fatal("pdn", "no memory for an event");
}

void
dialer_fini(struct dialer *d)
{
	event_free(d->queue_event);
	d->queue_event = NULL;
	d->queue_count = 0;
}

static bool
dialer_event_queued(const struct dialer *d, enum dialer_event_type type)
{
	uint8_t i;

	for (i = 0; i < d->queue_count; i++) {
		if (d->queue[(d->queue_head + i) % DIALER_QUEUE_MAX].type == type)
			return true;
	}
	return false;
}

void
dialer_post(struct dialer *d, enum dialer_event_type type, enum dialer_step step,
    const struct failure *failure)
{
	struct dialer_event *ev;
	bool ends = type == DIALER_EVENT_DONE || type == DIALER_EVENT_FAILED;

	if (ends)
		d->running = DIALER_STEP_NONE;
	/* One slot stays free for the end of a step: there is at most one of those. */
	if (!ends &&
	    (d->queue_count >= DIALER_QUEUE_MAX - 1 || dialer_event_queued(d, type)))
		return;
	ev = &d->queue[(d->queue_head + d->queue_count) % DIALER_QUEUE_MAX];
	memset(ev, 0, sizeof(*ev));
	ev->type = type;
	ev->step = step;
	if (failure != NULL)
		ev->failure = *failure;
	d->queue_count++;
	event_active(d->queue_event, EV_TIMEOUT, 0);
}

void
dialer_flush(struct dialer *d)
{
	d->queue_count = 0;
}

void
dialer_start(struct dialer *d, enum dialer_step step)
{
	if (step == DIALER_STEP_DISCONNECT || step == DIALER_STEP_CLOSE)
		dialer_flush(d);
	d->running = step;
	switch (step) {
	case DIALER_STEP_NONE: break;
	case DIALER_STEP_OPEN: d->ops->open(d); break;
	case DIALER_STEP_PREPARE: d->ops->prepare(d); break;
	case DIALER_STEP_REGISTER: d->ops->do_register(d); break;
	case DIALER_STEP_CONNECT: d->ops->connect(d); break;
	case DIALER_STEP_SETTINGS: d->ops->settings(d); break;
	case DIALER_STEP_DISCONNECT: d->ops->disconnect(d); break;
	case DIALER_STEP_CLOSE: d->ops->close(d); break;
	}
}

void
dialer_free(struct dialer *d)
{
	if (d != NULL)
		d->ops->free(d);
}
