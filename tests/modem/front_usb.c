/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Five pipes lead to the host: commands and responses (both on endpoint 0, one after
 * the other), notifications, packets in and packets out.  Each has its faults.  A pipe
 * is served when the host has submitted a transfer, when there is something for it, and
 * when a fault has run its time; serving looks at the head of the endpoint's queue, so
 * that a transfer which the host has taken back is simply not there any more.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/xmem.h"
#include "tests/modem/front_usb.h"
#include "tests/modem/mbim_func.h"
#include "tests/modem/modem_int.h"
#include "tests/modem/qmi_port.h"
#include "tests/modem/usb_data.h"
#include "tests/modem/usb_device.h"
#include "tests/modem/usb_pipe.h"
#include "tests/modem/usbip.h"

#define PLUG_RETRY_MS 50
#define PLUG_RETRIES 100
#define RESPONSES_MAX 1024 /* that nobody fetches */
#define CONTROL_ENDPOINT 0
#define LINE_STATE_DTR 0x01

enum pipe_id {
	PIPE_CONTROL,
	PIPE_RESPONSE,
	PIPE_NOTIFY,
	PIPE_IN,
	PIPE_OUT,
	PIPE_COUNT
};

static const char *const pipe_names[PIPE_COUNT] = {
    "control", "response", "notify", "in", "out"};

struct response {
	TAILQ_ENTRY(response) next;
	size_t len;
	uint8_t bytes[];
};

struct front_usb {
	struct modem *modem;
	struct event_base *base;
	const struct usb_bus_ops *bus_ops;
	void *bus;
	int bus_port; /* where it is or was plugged in; -1: anywhere */
	unsigned plug_tries;
	struct event *plug_timer;
	struct usbip *wire; /* NULL: not plugged in */
	struct usb_device device;
	struct usb_data *data;
	struct modem_port *port; /* NULL until the host's first command */
	struct usb_pipe pipes[PIPE_COUNT];
	TAILQ_HEAD(, response) responses;
	unsigned responses_count;
	unsigned announcements; /* notifications to come */
	unsigned announce_drop, announce_twice;
	unsigned oversize; /* aggregates to come */
	unsigned aggregate_ms;
	struct event *aggregate_timer;
	uint64_t plugs, lost_responses;
};

static void plug(struct front_usb *f);
static void serve_control(struct front_usb *f);
static void serve_notify(struct front_usb *f);
static void serve_in(struct front_usb *f);
static void serve_out(struct front_usb *f);

static void
serve(struct front_usb *f, enum pipe_id id)
{
	if (!f->wire)
		return;
	switch (id) {
	case PIPE_CONTROL:
	case PIPE_RESPONSE: serve_control(f); break;
	case PIPE_NOTIFY: serve_notify(f); break;
	case PIPE_IN: serve_in(f); break;
	case PIPE_OUT: serve_out(f); break;
	case PIPE_COUNT: break;
	}
}

static void
front_pipe_due(void *front, struct usb_pipe *p)
{
	struct front_usb *f = front;

	serve(f, (enum pipe_id)(p - f->pipes));
}

/* Bulk endpoints stay stalled until the host clears that. */
static int
endpoint_fault(struct front_usb *f, enum pipe_id id, uint8_t endpoint)
{
	int r;

	if (usb_device_halted(&f->device, endpoint))
		return -EPIPE;
	r = usb_pipe_fault(&f->pipes[id]);
	if (r == -EPIPE)
		usb_device_halt(&f->device, endpoint, true);
	return r;
}

/* control channel ----------------------------------------------------------------- */

static void
drop_response(struct front_usb *f)
{
	struct response *r = TAILQ_FIRST(&f->responses);

	TAILQ_REMOVE(&f->responses, r, next);
	f->responses_count--;
	free(r);
}

static void
forget_responses(struct front_usb *f)
{
	while (f->responses_count > 0)
		drop_response(f);
	f->announcements = 0;
}

static void
announce(struct front_usb *f)
{
	if (usb_pipe_use_up(&f->announce_drop))
		return;
	f->announcements += usb_pipe_use_up(&f->announce_twice) ? 2 : 1;
	serve(f, PIPE_NOTIFY);
}

static void
front_send(void *front, const uint8_t *bytes, size_t len)
{
	struct front_usb *f = front;
	struct response *r;

	if (f->responses_count == RESPONSES_MAX || !(r = malloc(sizeof(*r) + len))) {
		f->lost_responses++;
		return;
	}
	r->len = len;
	memcpy(r->bytes, bytes, len);
	TAILQ_INSERT_TAIL(&f->responses, r, next);
	f->responses_count++;
	announce(f);
}

static void
front_hangup(void *front)
{
	struct front_usb *f = front;

	f->port = NULL;
	forget_responses(f);
}

static const struct modem_port_ops port_ops = {
    .send = front_send, .hangup = front_hangup};

static void
take_command(struct front_usb *f, const uint8_t *bytes, size_t len)
{
	if (!f->port)
		f->port = modem_attach(f->modem, &port_ops, f);
	if (f->port && len > 0)
		modem_port_input(f->port, bytes, len);
}

/*
 * Without a terminal the firmware drops what the terminal's programs had: all client
 * ids (kernel.md 2.3).
 */
static void
set_line_state(struct front_usb *f, uint16_t state)
{
	if (!(state & LINE_STATE_DTR) && f->device.mode == MODEM_MODE_QMI)
		qmi_func_forget(f->modem->qmi);
}

/* What was announced and nobody fetches is no longer there afterwards. */
static void
reset_function(struct front_usb *f)
{
	if (f->modem->mbim)
		mbim_func_forget(f->modem->mbim);
	forget_responses(f);
}

static void
do_command(struct front_usb *f, struct usbip_urb *urb)
{
	int status = usb_pipe_fault(&f->pipes[PIPE_CONTROL]);
	size_t len = urb->len;
	uint8_t *bytes = NULL;

	if (status == 0 && len > 0) {
		bytes = malloc(len);
		if (bytes)
			memcpy(bytes, urb->data, len);
		else
			status = -EPIPE;
	}
	/* answered first: the command may pull the plug */
	usbip_complete(f->wire, urb, status, NULL, status == 0 ? len : 0);
	if (status == 0)
		take_command(f, bytes, len);
	free(bytes);
}

/* A response that a fault hit is lost. */
static void
do_response(struct front_usb *f, struct usbip_urb *urb)
{
	struct usb_pipe *p = &f->pipes[PIPE_RESPONSE];
	struct response *r = TAILQ_FIRST(&f->responses);
	bool is_empty = usb_pipe_empty(p);
	int status = usb_pipe_fault(p);

	if (!r && status == 0)
		status = -EPIPE;
	if (status == 0 && !is_empty)
		usbip_complete(f->wire, urb, 0, r->bytes, r->len);
	else
		usbip_complete(f->wire, urb, status, NULL, 0);
	if (r)
		drop_response(f);
}

static void
do_request(struct front_usb *f, struct usbip_urb *urb, const struct usb_setup *setup)
{
	bool had_data = usb_device_has_data(&f->device);
	uint8_t bytes[USB_DESC_MAX];
	int n = usb_device_control(
	    &f->device, setup, urb->data, urb->in ? 0 : urb->len, bytes, sizeof(bytes));

	if (had_data && !usb_device_has_data(&f->device))
		usb_data_clear(f->data);
	if (n < 0)
		usbip_complete(f->wire, urb, n, NULL, 0);
	else
		usbip_complete(f->wire, urb, 0, bytes, urb->in ? (size_t)n : urb->len);
	/* a cleared halt or a new setting may have opened these */
	serve(f, PIPE_NOTIFY);
	serve(f, PIPE_IN);
	serve(f, PIPE_OUT);
}

/* What kind of request is this? */
static enum pipe_id
classify(const struct usb_setup *s)
{
	if (s->index != USB_CONTROL_INTERFACE)
		return PIPE_COUNT;
	if (s->type == USB_CLASS_OUT && s->request == USB_SEND_ENCAPSULATED_COMMAND)
		return PIPE_CONTROL;
	if (s->type == USB_CLASS_IN && s->request == USB_GET_ENCAPSULATED_RESPONSE)
		return PIPE_RESPONSE;
	return PIPE_COUNT;
}

/* Class requests of ours that carry no data; false: not one of them. */
static bool
do_class_request(struct front_usb *f, struct usbip_urb *urb, const struct usb_setup *s)
{
	if (s->type != USB_CLASS_OUT || s->index != USB_CONTROL_INTERFACE)
		return false;
	if (s->request == USB_SET_CONTROL_LINE_STATE)
		set_line_state(f, s->value);
	else if (s->request == USB_RESET_FUNCTION && f->device.mode == MODEM_MODE_MBIM)
		reset_function(f);
	else
		return false;
	usbip_complete(f->wire, urb, 0, NULL, urb->len);
	return true;
}

static void
serve_control(struct front_usb *f)
{
	struct usbip_urb *urb;

	while (f->wire && (urb = usbip_first(f->wire, CONTROL_ENDPOINT))) {
		struct usb_setup setup;
		usb_setup_parse(urb->setup, &setup);
		enum pipe_id id = classify(&setup);
		if (id != PIPE_COUNT && !usb_pipe_open(&f->pipes[id]))
			return;
		if (id == PIPE_CONTROL)
			do_command(f, urb);
		else if (id == PIPE_RESPONSE)
			do_response(f, urb);
		else if (!do_class_request(f, urb, &setup))
			do_request(f, urb, &setup);
	}
}

/*
 * A stall here passes by itself: the class driver never clears one, and polls without
 * a pause as long as it lasts.
 */
static void
serve_notify(struct front_usb *f)
{
	static const uint8_t available[8] = {
	    0xa1, 0x01, 0, 0, USB_CONTROL_INTERFACE, 0, 0, 0};
	struct usbip_urb *urb;

	while ((urb = usbip_first(f->wire, USB_ENDPOINT_NOTIFY)) &&
	       f->announcements > 0 && usb_pipe_open(&f->pipes[PIPE_NOTIFY])) {
		int status = usb_pipe_fault(&f->pipes[PIPE_NOTIFY]);
		usbip_complete(f->wire, urb, status, available,
		    status == 0 ? sizeof(available) : 0);
		if (status == 0)
			f->announcements--;
	}
}

/* data ---------------------------------------------------------------------------- */

/* The device says more than the host has room for: a babble, and all of it is lost. */
static void
burst(struct front_usb *f, struct usbip_urb *urb)
{
	uint8_t *bytes = xcalloc(1, urb->len ? urb->len : 1);

	usbip_complete(f->wire, urb, -EOVERFLOW, bytes, urb->len);
	free(bytes);
}

static void
send_aggregate(struct front_usb *f, struct usbip_urb *urb)
{
	static uint8_t bytes[USB_DATA_TRANSFER_MAX];
	size_t len = usb_data_next(f->data, bytes);

	if (len == 0)
		return;
	if (usb_pipe_use_up(&f->oversize) || len > urb->len)
		burst(f, urb);
	else
		usbip_complete(f->wire, urb, 0, bytes, len);
}

static void
serve_in(struct front_usb *f)
{
	const uint8_t endpoint = usb_device_endpoint_in(&f->device);
	struct usbip_urb *urb;

	while ((urb = usbip_first(f->wire, endpoint)) &&
	       usb_device_has_data(&f->device) && usb_data_pending(f->data) &&
	       !event_pending(f->aggregate_timer, EV_TIMEOUT, NULL) &&
	       usb_pipe_open(&f->pipes[PIPE_IN])) {
		int status = endpoint_fault(f, PIPE_IN, endpoint);
		if (status < 0)
			usbip_complete(f->wire, urb, status, NULL, 0);
		else
			send_aggregate(f, urb);
	}
}

static void
front_aggregate_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	serve(arg, PIPE_IN);
}

/* Packets that come close together go together: nothing is sent before the timer. */
static void
front_downlink(void *front, uint8_t link, const uint8_t *ip, size_t len)
{
	struct front_usb *f = front;

	if (!f->wire || !usb_device_has_data(&f->device))
		return;
	usb_data_downlink(f->data, link, ip, len);
	if (!event_pending(f->aggregate_timer, EV_TIMEOUT, NULL)) {
		struct timeval tv = loop_timeval(f->aggregate_ms);
		event_add(f->aggregate_timer, &tv);
	}
}

static void
serve_out(struct front_usb *f)
{
	struct usbip_urb *urb;

	while ((urb = usbip_first(f->wire, USB_ENDPOINT_OUT)) &&
	       usb_device_has_data(&f->device) && usb_pipe_open(&f->pipes[PIPE_OUT])) {
		int status = endpoint_fault(f, PIPE_OUT, USB_ENDPOINT_OUT);
		if (status == 0)
			usb_data_uplink(f->data, urb->data, urb->len);
		usbip_complete(f->wire, urb, status, NULL, status == 0 ? urb->len : 0);
	}
	serve_in(f); /* answers to what a host asked of its neighbours */
}

/* The serial ports: what comes in is swallowed, nothing ever comes out. */
static void
swallow(struct front_usb *f, uint8_t endpoint)
{
	struct usbip_urb *urb;

	while ((urb = usbip_first(f->wire, endpoint)))
		usbip_complete(f->wire, urb, 0, NULL, urb->len);
}

static void
front_changed(void *device, uint8_t endpoint)
{
	struct front_usb *f = device;

	if (endpoint == CONTROL_ENDPOINT)
		serve(f, PIPE_CONTROL);
	else if (endpoint == USB_ENDPOINT_NOTIFY)
		serve(f, PIPE_NOTIFY);
	else if (endpoint == usb_device_endpoint_in(&f->device))
		serve(f, PIPE_IN);
	else if (endpoint == USB_ENDPOINT_OUT)
		serve(f, PIPE_OUT);
	else if (!(endpoint & USBIP_IN))
		swallow(f, endpoint);
}

/* plug and unplug ----------------------------------------------------------------- */

/* The host's end is gone, whoever ended it. */
static void
left(struct front_usb *f)
{
	f->wire = NULL;
	if (f->port) {
		modem_detach_port(f->port);
		f->port = NULL;
	}
	forget_responses(f);
	usb_data_clear(f->data);
	usb_device_reset(&f->device);
	for (size_t i = 0; i < PIPE_COUNT; i++)
		usb_pipe_stop(&f->pipes[i]);
	event_del(f->aggregate_timer);
}

static void
front_gone(void *device, const char *why)
{
	struct front_usb *f = device;
	struct usbip *wire = f->wire;

	log_info("usb", "modem %u: %s", f->modem->settings.number, why);
	left(f);
	usbip_free(wire);
	set_line_state(f, 0);
}

static const struct usbip_ops wire_ops = {.changed = front_changed, .gone = front_gone};

static void
unplug(struct front_usb *f, void (*end)(struct usbip *wire))
{
	struct usbip *wire = f->wire;

	event_del(f->plug_timer);
	if (!wire)
		return;
	left(f);
	end(wire);
	set_line_state(f, 0);
	log_info("usb", "modem %u: unplugged", f->modem->settings.number);
}

static void
plug_later(struct front_usb *f)
{
	struct timeval tv = loop_timeval(PLUG_RETRY_MS);

	f->plug_tries++;
	event_add(f->plug_timer, &tv);
}

static void
plugged(struct front_usb *f, int fd, int bus_port)
{
	f->bus_port = bus_port;
	f->plug_tries = 0;
	f->plugs++;
	f->wire = usbip_new(f->base, fd, &wire_ops, f);
	log_info("usb", "modem %u: %s plugged into port %d", f->modem->settings.number,
	    f->device.model->product_name, bus_port);
}

/* A port is free only a moment after the last device has left it. */
static void
plug(struct front_usb *f)
{
	int fds[2], r;

	if (f->wire || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return;
	r = f->bus_ops->attach(
	    f->bus, fds[1], f->device.model->super_speed, f->bus_port);
	close(fds[1]);
	if (r >= 0) {
		plugged(f, fds[0], r);
		return;
	}
	close(fds[0]);
	if (r == -EBUSY && f->plug_tries < PLUG_RETRIES) {
		plug_later(f);
		return;
	}
	errno = -r;
	log_warn("usb", "modem %u: cannot plug in", f->modem->settings.number);
}

static void
front_plug_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	plug(arg);
}

static void
front_presence(void *front, bool present)
{
	struct front_usb *f = front;

	if (!present) {
		unplug(f, usbip_free);
		return;
	}
	f->plug_tries = 0;
	plug(f);
}

/* control language ---------------------------------------------------------------- */

static int
say(char *ret, size_t size, int r, const char *text)
{
	snprintf(ret, size, "%s", text);
	return r;
}

static struct usb_pipe *
pipe_named(struct front_usb *f, const char *name)
{
	for (size_t i = 0; i < PIPE_COUNT; i++)
		if (strcmp(pipe_names[i], name) == 0)
			return &f->pipes[i];
	return NULL;
}

/* "oversize 2"; false: no such command with a number. */
static bool
number_command(struct front_usb *f, const char *verb, unsigned n)
{
	if (strcmp(verb, "oversize") == 0)
		f->oversize = n;
	else if (strcmp(verb, "aggregate") == 0)
		f->aggregate_ms = n;
	else
		return false;
	return true;
}

static bool
plug_command(struct front_usb *f, const char *verb, int port)
{
	if (strcmp(verb, "unplug") == 0) {
		unplug(f, usbip_free);
	} else if (strcmp(verb, "cut") == 0) {
		unplug(f, usbip_abort);
	} else if (strcmp(verb, "plug") == 0) {
		if (port >= 0)
			f->bus_port = port;
		f->plug_tries = 0;
		plug(f);
	} else {
		return false;
	}
	return true;
}

static int
say_status(const struct front_usb *f, char *ret, size_t size)
{
	const struct usb_data_counters *c = usb_data_counters(f->data);
	int n = snprintf(ret, size,
	    "{\"plugged\": %s, \"port\": %d, \"plugs\": %ju, \"configured\": %s, "
	    "\"waiting_responses\": %u, \"lost_responses\": %ju, "
	    "\"up_transfers\": %ju, \"up_packets\": %ju, \"down_transfers\": %ju, "
	    "\"down_packets\": %ju, \"commands\": %ju, \"dropped\": %ju, "
	    "\"unfit\": %ju",
	    f->wire ? "true" : "false", f->bus_port, (uintmax_t)f->plugs,
	    f->device.configuration ? "true" : "false", f->responses_count,
	    (uintmax_t)f->lost_responses, (uintmax_t)c->up_transfers,
	    (uintmax_t)c->up_packets, (uintmax_t)c->down_transfers,
	    (uintmax_t)c->down_packets, (uintmax_t)c->commands, (uintmax_t)c->dropped,
	    (uintmax_t)c->unfit);

	for (size_t i = 0; i < PIPE_COUNT && n > 0 && (size_t)n < size; i++)
		n += snprintf(ret + n, size - (size_t)n, ", \"%s\": %ju", pipe_names[i],
		    (uintmax_t)f->pipes[i].done);
	if (n > 0 && (size_t)n < size)
		n += snprintf(ret + n, size - (size_t)n, "}");
	return n > 0 && (size_t)n < size ? 0 : -EMSGSIZE;
}

static bool
notify_command(struct front_usb *f, const char *how, unsigned n)
{
	if (strcmp(how, "drop") == 0)
		f->announce_drop = n;
	else if (strcmp(how, "twice") == 0)
		f->announce_twice = n;
	else
		return false;
	return true;
}

static int
front_command(void *front, const char *line, char *ret, size_t size)
{
	struct front_usb *f = front;
	char verb[16] = "", object[16] = "";
	unsigned n = 1;
	int words;

	if (strncmp(line, "usb ", 4) != 0)
		return -ENOENT;
	words = sscanf(line + 4, "%15s %15s %u", verb, object, &n);
	if (words == 1 && strcmp(verb, "status") == 0)
		return say_status(f, ret, size);
	if (words <= 2 && plug_command(f, verb, words == 2 ? atoi(object) : -1))
		return say(ret, size, 0, "ok");
	if (words == 2 && number_command(f, verb, (unsigned)strtoul(object, NULL, 10)))
		return say(ret, size, 0, "ok");
	if (words == 3 && strcmp(verb, "notify") == 0 && notify_command(f, object, n))
		return say(ret, size, 0, "ok");
	struct usb_pipe *p = words >= 2 ? pipe_named(f, object) : NULL;
	if (p && usb_pipe_command(p, verb, n)) {
		front_pipe_due(f, p);
		return say(ret, size, 0, "ok");
	}
	return say(ret, size, -EINVAL, "no such command of the USB front");
}

/* ---------------------------------------------------------------------------------- */

static const struct modem_front_ops front_ops = {
    .presence = front_presence, .downlink = front_downlink, .command = front_command};

struct front_usb *
front_usb_new(struct modem *m, struct event_base *base, const struct usb_model *model,
    const struct usb_bus_ops *ops, void *bus)
{
	struct front_usb *f = xcalloc(1, sizeof(*f));

	f->modem = m;
	f->base = base;
	f->bus_ops = ops;
	f->bus = bus;
	f->bus_port = -1;
	TAILQ_INIT(&f->responses);
	usb_device_init(&f->device, model, modem_settings(m)->mode, m->serial);
	f->data = usb_data_new(m, &f->device);
	f->plug_timer = evtimer_new(base, front_plug_cb, f);
	f->aggregate_timer = evtimer_new(base, front_aggregate_cb, f);
	for (size_t i = 0; i < PIPE_COUNT; i++)
		usb_pipe_init(&f->pipes[i], base, front_pipe_due, f);
	modem_add_front(m, &front_ops, f);
	return f;
}

void
front_usb_free(struct front_usb *f)
{
	if (!f)
		return;
	unplug(f, usbip_free);
	for (size_t i = 0; i < PIPE_COUNT; i++)
		usb_pipe_free(&f->pipes[i]);
	event_free(f->plug_timer);
	event_free(f->aggregate_timer);
	usb_data_free(f->data);
	free(f);
}
