/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/loop.h"
#include "tests/modem/usb_pipe.h"

static void
usb_pipe_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct usb_pipe *p = arg;

	(void)fd;
	(void)what;
	p->due = true;
	p->serve(p->arg, p);
	p->due = false;
}

void
usb_pipe_init(struct usb_pipe *p, struct event_base *base,
    void (*serve)(void *arg, struct usb_pipe *p), void *arg)
{
	*p = (struct usb_pipe){.serve = serve, .arg = arg};
	p->timer = evtimer_new(base, usb_pipe_timer_cb, p);
	if (!p->timer)
		fatal("usb", "no memory for an event");
}

void
usb_pipe_free(struct usb_pipe *p)
{
	event_free(p->timer);
}

void
usb_pipe_stop(struct usb_pipe *p)
{
	event_del(p->timer);
}

bool
usb_pipe_open(struct usb_pipe *p)
{
	if (p->held)
		return false;
	if (p->delay_ms == 0)
		return true;
	if (p->due) {
		p->due = false;
		return true;
	}
	if (!event_pending(p->timer, EV_TIMEOUT, NULL)) {
		struct timeval tv = loop_timeval(p->delay_ms);
		event_add(p->timer, &tv);
	}
	return false;
}

bool
usb_pipe_use_up(unsigned *count)
{
	if (*count == 0)
		return false;
	--*count;
	return true;
}

int
usb_pipe_fault(struct usb_pipe *p)
{
	p->done++;
	if (usb_pipe_use_up(&p->stall))
		return -EPIPE;
	if (usb_pipe_use_up(&p->error))
		return -EPROTO;
	return 0;
}

bool
usb_pipe_empty(struct usb_pipe *p)
{
	return p->stall == 0 && p->error == 0 && usb_pipe_use_up(&p->empty);
}

bool
usb_pipe_command(struct usb_pipe *p, const char *verb, unsigned n)
{
	if (strcmp(verb, "stall") == 0) {
		p->stall = n;
	} else if (strcmp(verb, "error") == 0) {
		p->error = n;
	} else if (strcmp(verb, "empty") == 0) {
		p->empty = n;
	} else if (strcmp(verb, "delay") == 0) {
		p->delay_ms = n;
		if (n == 0)
			event_del(p->timer);
	} else if (strcmp(verb, "hold") == 0) {
		p->held = true;
	} else if (strcmp(verb, "release") == 0) {
		p->held = false;
	} else {
		return false;
	}
	return true;
}
