/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The USB front against a host that speaks USB/IP by hand, and a modem that only
 * remembers: descriptors, the control channel, data in each format, and every fault.
 */
#include "config.h"

#include <sys/queue.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "common/cursor.h"
#include "common/loop.h"
#include "tests/modem/front_usb.h"
#include "tests/modem/mbim_func.h"
#include "tests/modem/modem_int.h"
#include "tests/modem/qmi_port.h"
#include "tests/modem/usb_device.h"
#include "tests/modem/usb_ether.h"
#include "tests/unit/check.h"
#include "tests/unit/frames.h"

#define DEADLINE_S 20
#define HDR_LEN 48
#define RESULT_MAX 2048

/* the modem ------------------------------------------------------------------------ */

struct packet {
	unsigned count;
	uint8_t link;
	uint8_t bytes[2048];
	size_t len;
};

static struct modem modem;
static const struct modem_front_ops *front_ops;
static void *front;
static const struct modem_port_ops *port_ops; /* NULL: not attached */
static struct modem_port port;
static struct packet input, uplink;
static unsigned forgotten, mbim_forgotten;

static void
keep(struct packet *p, uint8_t link, const uint8_t *bytes, size_t len)
{
	assert_true(len <= sizeof(p->bytes));
	p->count++;
	p->link = link;
	p->len = len;
	memcpy(p->bytes, bytes, len);
}

void
modem_add_front(struct modem *m, const struct modem_front_ops *ops, void *arg)
{
	(void)m;
	front_ops = ops;
	front = arg;
	ops->presence(arg, true);
}

struct modem_port *
modem_attach(struct modem *m, const struct modem_port_ops *ops, void *arg)
{
	assert_ptr_equal(m, &modem);
	assert_ptr_equal(arg, front);
	assert_null(port_ops);
	port_ops = ops;
	return &port;
}

void
modem_detach_port(struct modem_port *p)
{
	assert_ptr_equal(p, &port);
	port_ops = NULL;
}

void
modem_port_input(struct modem_port *p, const uint8_t *bytes, size_t len)
{
	assert_ptr_equal(p, &port);
	keep(&input, 0, bytes, len);
}

void
modem_uplink(struct modem *m, uint8_t link, const uint8_t *ip, size_t len)
{
	(void)m;
	keep(&uplink, link, ip, len);
}

const struct modem_format *
modem_format(const struct modem *m)
{
	return &m->format;
}

struct modem_counters *
modem_counters(struct modem *m)
{
	return &m->counters;
}

const struct modem_settings *
modem_settings(const struct modem *m)
{
	return &m->settings;
}

void
qmi_func_forget(struct qmi_func *f)
{
	(void)f;
	forgotten++;
}

void
mbim_func_forget(struct mbim_func *f)
{
	(void)f;
	mbim_forgotten++;
}

/* the host ------------------------------------------------------------------------ */

struct result {
	TAILQ_ENTRY(result) next;
	uint32_t command, seqnum;
	int32_t status;
	uint32_t actual;
	uint8_t bytes[RESULT_MAX];
};

/* What the host waits for, so that it knows which results carry bytes. */
struct submitted {
	uint32_t seqnum;
	bool in;
};

static struct event_base *base;
static struct front_usb *usb;
static struct bufferevent *host; /* NULL: nothing plugged in */
static bool host_eof, bus_full;
static int attached_port, attach_calls;
static TAILQ_HEAD(, result) results = TAILQ_HEAD_INITIALIZER(results);
static struct submitted submitted[4096];
static uint32_t last_seqnum;
static struct event *deadline;

static void
deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fail_msg("nothing happened in time");
}

static bool
take_result(struct evbuffer *in)
{
	struct result *r;
	struct cursor c;
	uint32_t status;
	size_t payload = 0;

	if (evbuffer_get_length(in) < HDR_LEN)
		return false;
	r = calloc(1, sizeof(*r));
	assert_non_null(r);
	cursor_init(&c, evbuffer_pullup(in, HDR_LEN), HDR_LEN);
	cursor_u32be(&c, &r->command);
	cursor_u32be(&c, &r->seqnum);
	cursor_skip(&c, 12);
	cursor_u32be(&c, &status);
	assert_true(cursor_u32be(&c, &r->actual));
	r->status = (int32_t)status;
	assert_true(r->seqnum > 0 && r->seqnum <= last_seqnum);
	assert_true(r->command == 3 || r->command == 4);
	if (r->command == 3 && submitted[r->seqnum].in)
		payload = r->actual;
	if (evbuffer_get_length(in) < HDR_LEN + payload) {
		free(r);
		return false;
	}
	assert_true(payload <= RESULT_MAX);
	evbuffer_drain(in, HDR_LEN);
	evbuffer_remove(in, r->bytes, payload);
	TAILQ_INSERT_TAIL(&results, r, next);
	return true;
}

static void
host_read_cb(struct bufferevent *bev, void *arg)
{
	(void)arg;
	while (take_result(bufferevent_get_input(bev)))
		continue;
}

static void
host_event_cb(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)arg;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		host_eof = true;
}

static void
host_leave(void)
{
	if (host)
		bufferevent_free(host);
	host = NULL;
}

static int
bus_attach(void *bus, int fd, bool super_speed, int at)
{
	assert_ptr_equal(bus, &modem);
	(void)super_speed;
	attach_calls++;
	if (bus_full)
		return -EBUSY;
	host_leave();
	host_eof = false;
	attached_port = at < 0 ? 0 : at;
	host = bufferevent_socket_new(
	    base, fcntl(fd, F_DUPFD_CLOEXEC, 3), BEV_OPT_CLOSE_ON_FREE);
	evutil_make_socket_nonblocking(bufferevent_getfd(host));
	bufferevent_setcb(host, host_read_cb, NULL, host_event_cb, NULL);
	bufferevent_enable(host, EV_READ | EV_WRITE);
	return attached_port;
}

static const struct usb_bus_ops bus_ops = {.attach = bus_attach};

static void
write_pdu(uint32_t command, bool in, uint8_t endpoint, uint32_t word, uint32_t len,
    const uint8_t setup[8], const void *data)
{
	uint8_t buf[HDR_LEN];
	struct writer w;

	writer_init(&w, buf, sizeof(buf));
	writer_u32be(&w, command);
	writer_u32be(&w, ++last_seqnum);
	writer_u32be(&w, 0x10001);
	writer_u32be(&w, in);
	writer_u32be(&w, endpoint & 0x0f);
	writer_u32be(&w, word);
	writer_u32be(&w, len);
	writer_zero(&w, 12);
	if (setup)
		writer_bytes(&w, setup, 8);
	writer_zero(&w, sizeof(buf) - w.len);
	assert_true(last_seqnum < COUNT(submitted));
	submitted[last_seqnum] = (struct submitted){last_seqnum, in};
	bufferevent_write(host, buf, sizeof(buf));
	if (command == 1 && !in)
		bufferevent_write(host, data, len);
}

static uint32_t
submit(uint8_t endpoint, uint32_t len, const void *data)
{
	write_pdu(1, endpoint & 0x80, endpoint, 0, len, NULL, data);
	return last_seqnum;
}

static uint32_t
unlink_urb(uint32_t victim)
{
	write_pdu(2, false, 0, victim, 0, NULL, NULL);
	return last_seqnum;
}

static uint32_t
submit_control(uint8_t type, uint8_t request, uint16_t value, uint16_t at, uint16_t len,
    const void *data)
{
	uint8_t setup[8] = {type, request};

	put_u16le(setup + 2, value);
	put_u16le(setup + 4, at);
	put_u16le(setup + 6, len);
	write_pdu(1, type & 0x80, 0, 0, len, setup, data);
	return last_seqnum;
}

static struct result *
find_result(uint32_t seqnum)
{
	struct result *r;

	TAILQ_FOREACH (r, &results, next)
		if (r->seqnum == seqnum)
			return r;
	return NULL;
}

/* The result of that transfer, which is then no longer waited for. */
static struct result
wait_for(uint32_t seqnum)
{
	struct timeval tv = {.tv_sec = DEADLINE_S};
	struct result *r, copy;

	event_add(deadline, &tv);
	while (!(r = find_result(seqnum)))
		event_base_loop(base, EVLOOP_ONCE);
	event_del(deadline);
	TAILQ_REMOVE(&results, r, next);
	copy = *r;
	free(r);
	return copy;
}

static struct result
control(uint8_t type, uint8_t request, uint16_t value, uint16_t at, uint16_t len,
    const void *data)
{
	return wait_for(submit_control(type, request, value, at, len, data));
}

/*
 * Everything said so far has arrived and was done: a request on endpoint 0 is answered
 * after all that was written before it.
 */
static void
settle(void)
{
	struct result r = control(0x80, 0, 0, 0, 2, NULL);

	assert_int_equal(r.status, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
assert_waiting(uint32_t seqnum)
{
	settle();
	assert_null(find_result(seqnum));
}

static void
wait_eof(void)
{
	struct timeval tv = {.tv_sec = DEADLINE_S};

	event_add(deadline, &tv);
	while (!host_eof)
		event_base_loop(base, EVLOOP_ONCE);
	event_del(deadline);
}

static void
command(const char *line)
{
	char answer[1024];

	assert_int_equal(front_ops->command(front, line, answer, sizeof(answer)), 0);
}

/* Until the front knows that nobody is there. */
static void
wait_unplugged(void)
{
	struct timeval tv = {.tv_sec = DEADLINE_S};
	char status[1024];

	event_add(deadline, &tv);
	do {
		event_base_loop(base, EVLOOP_ONCE);
		assert_int_equal(
		    front_ops->command(front, "usb status", status, sizeof(status)), 0);
	} while (!strstr(status, "\"plugged\": false"));
	event_del(deadline);
}

static struct result
send_command(const char *text)
{
	return control(0x21, 0x00, 0, 4, (uint16_t)strlen(text), text);
}

static struct result
get_response(void)
{
	return control(0xa1, 0x01, 0, 4, 1024, NULL);
}

static void
modem_says(const char *text)
{
	assert_non_null(port_ops);
	port_ops->send(front, (const uint8_t *)text, strlen(text));
}

/* fixtures ------------------------------------------------------------------------ */

static void
forget_all(void)
{
	struct result *r;

	while ((r = TAILQ_FIRST(&results))) {
		TAILQ_REMOVE(&results, r, next);
		free(r);
	}
	memset(&modem, 0, sizeof(modem));
	memset(&input, 0, sizeof(input));
	memset(&uplink, 0, sizeof(uplink));
	forgotten = mbim_forgotten = 0;
	attach_calls = 0;
	bus_full = false;
	port_ops = NULL;
	last_seqnum = 0;
}

static void
start(const char *model, enum modem_mode mode)
{
	forget_all();
	base = loop_new();
	deadline = evtimer_new(base, deadline_cb, NULL);
	modem.settings.mode = mode;
	modem.format.link = 2;
	if (mode == MODEM_MODE_MBIM)
		modem.mbim = (struct mbim_func *)&modem; /* never looked into */
	snprintf(modem.serial, sizeof(modem.serial), "a1b2c3d4");
	usb = front_usb_new(&modem, base, usb_model_find(model), &bus_ops, &modem);
	assert_non_null(host);
}

static int
start_ec25(void **state)
{
	(void)state;
	start("EC25", MODEM_MODE_QMI);
	assert_int_equal(control(0x00, 9, 1, 0, 0, NULL).status, 0);
	return 0;
}

static int
start_bare(void **state)
{
	(void)state;
	start("ec25", MODEM_MODE_QMI);
	return 0;
}

static int
start_rm500q(void **state)
{
	(void)state;
	start("rm500q", MODEM_MODE_QMI);
	return 0;
}

static int
start_mbim(void **state)
{
	(void)state;
	start("ec25", MODEM_MODE_MBIM);
	assert_int_equal(control(0x00, 9, 1, 0, 0, NULL).status, 0);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	front_usb_free(usb);
	host_leave();
	forget_all();
	event_free(deadline);
	event_base_free(base);
	return 0;
}

/* descriptors --------------------------------------------------------------------- */

static void
test_device_descriptor(void **state)
{
	/* kernel.md 7.4 */
	static const uint8_t want[] = {0x12, 0x01, 0x00, 0x02, 0x00, 0x00, 0x00, 0x40,
	    0x7c, 0x2c, 0x25, 0x01, 0x18, 0x03, 0x01, 0x02, 0x03, 0x01};
	struct result r = control(0x80, 6, 0x0100, 0, 64, NULL);

	(void)state;
	assert_int_equal(r.actual, sizeof(want));
	assert_memory_equal(r.bytes, want, sizeof(want));
	r = control(0x80, 6, 0x0100, 0, 8, NULL);
	assert_int_equal(r.actual, 8);
	assert_int_equal(control(0x80, 6, 0x0600, 0, 10, NULL).status, -EPIPE);
	assert_int_equal(control(0x80, 6, 0x0f00, 0, 5, NULL).status, -EPIPE);
}

/* Walks a configuration: descriptors fill it exactly, interfaces and endpoints add up.
 */
static void
walk_configuration(const struct result *r, unsigned interfaces, unsigned endpoints)
{
	unsigned seen_interfaces = 0, seen_endpoints = 0, announced = 0;
	size_t at = 0;

	assert_int_equal(r->status, 0);
	assert_int_equal(get_u16le(r->bytes + 2), r->actual);
	assert_int_equal(r->bytes[4], interfaces);
	while (at < r->actual) {
		const uint8_t *d = r->bytes + at;
		assert_true(d[0] >= 2 && at + d[0] <= r->actual);
		if (d[1] == 4) {
			seen_interfaces += d[3] == 0;
			announced += d[4];
		}
		seen_endpoints += d[1] == 5;
		at += d[0];
	}
	assert_int_equal(seen_interfaces, interfaces);
	assert_int_equal(seen_endpoints, endpoints);
	assert_int_equal(announced, endpoints);
}

static void
test_configuration_qmi(void **state)
{
	static const uint8_t qmi[] = {0x09, 0x04, 0x04, 0x00, 0x03, 0xff, 0xff, 0xff,
	    0x00, 0x07, 0x05, 0x89, 0x03, 0x08, 0x00, 0x09, 0x07, 0x05, 0x88, 0x02,
	    0x00, 0x02, 0x00, 0x07, 0x05, 0x05, 0x02, 0x00, 0x02, 0x00};
	struct result r = control(0x80, 6, 0x0200, 0, 512, NULL);

	(void)state;
	walk_configuration(&r, 5, 14);
	assert_int_equal(r.actual, 209);
	assert_memory_equal(r.bytes + r.actual - sizeof(qmi), qmi, sizeof(qmi));
}

static void
test_strings(void **state)
{
	struct result r = control(0x80, 6, 0x0303, 0x0409, 255, NULL);

	(void)state;
	assert_int_equal(r.actual, 18);
	assert_memory_equal(r.bytes,
	    "\x12\x03"
	    "a\0"
	    "1\0"
	    "b\0",
	    8);
	r = control(0x80, 6, 0x0300, 0, 255, NULL);
	assert_memory_equal(r.bytes, "\x04\x03\x09\x04", 4);
	assert_int_equal(control(0x80, 6, 0x0304, 0x0409, 255, NULL).status, -EPIPE);
}

static void
test_super_speed(void **state)
{
	struct result r = control(0x80, 6, 0x0100, 0, 18, NULL);

	(void)state;
	assert_memory_equal(r.bytes + 2, "\x20\x03", 2);
	assert_int_equal(r.bytes[7], 9);
	assert_memory_equal(r.bytes + 8, "\x7c\x2c\x00\x08", 4);
	r = control(0x80, 6, 0x0f00, 0, 255, NULL);
	assert_int_equal(r.actual, 22);
	r = control(0x80, 6, 0x0200, 0, 512, NULL);
	walk_configuration(&r, 5, 14);
	assert_int_equal(r.actual, 209 + 14 * 6);
	assert_int_equal(control(0x00, 49, 40, 0, 0, NULL).status, 0);
}

static void
test_configuration_mbim(void **state)
{
	struct result r = control(0x80, 6, 0x0200, 0, 512, NULL);

	(void)state;
	walk_configuration(&r, 6, 14);
	r = control(0x80, 6, 0x0100, 0, 18, NULL);
	assert_memory_equal(r.bytes + 4, "\xef\x02\x01", 3);
}

static void
test_settings(void **state)
{
	(void)state;
	assert_int_equal(control(0x80, 8, 0, 0, 1, NULL).bytes[0], 1);
	assert_int_equal(control(0x01, 11, 0, 4, 0, NULL).status, 0);
	assert_int_equal(control(0x01, 11, 1, 4, 0, NULL).status, -EPIPE);
	assert_int_equal(control(0x00, 9, 2, 0, 0, NULL).status, -EPIPE);
	assert_int_equal(control(0xc0, 0x33, 0, 0, 8, NULL).status, -EPIPE);
}

/* control channel ----------------------------------------------------------------- */

static void
test_command_and_response(void **state)
{
	uint32_t notify = submit(0x89, 8, NULL);
	struct result r;

	(void)state;
	assert_int_equal(get_response().status, -EPIPE); /* nothing there */
	r = send_command("hello");
	assert_int_equal(r.status, 0);
	assert_int_equal(r.actual, 5);
	assert_int_equal(input.len, 5);
	assert_memory_equal(input.bytes, "hello", 5);
	assert_waiting(notify);
	modem_says("one");
	modem_says("two");
	r = wait_for(notify);
	assert_int_equal(r.actual, 8);
	assert_memory_equal(r.bytes, "\xa1\x01\0\0\x04\0\0\0", 8);
	assert_int_equal(wait_for(submit(0x89, 8, NULL)).actual, 8); /* one each */
	notify = submit(0x89, 8, NULL);
	r = get_response();
	assert_int_equal(r.actual, 3);
	assert_memory_equal(r.bytes, "one", 3);
	assert_memory_equal(get_response().bytes, "two", 3);
	assert_waiting(notify);
}

static void
test_unlink(void **state)
{
	uint32_t notify = submit(0x89, 8, NULL);
	struct result r = wait_for(unlink_urb(notify));

	(void)state;
	assert_int_equal(r.command, 4);
	assert_int_equal(r.status, -ECONNRESET);
	send_command("x");
	modem_says("held for the next"); /* with nobody listening it waits */
	settle();
	assert_null(find_result(notify));
	notify = submit(0x89, 8, NULL);
	assert_int_equal(wait_for(notify).status, 0);
	assert_int_equal(wait_for(unlink_urb(notify)).status, 0); /* too late */
}

static void
test_notify_faults(void **state)
{
	uint32_t notify;

	(void)state;
	send_command("x");
	command("usb notify drop 1");
	notify = submit(0x89, 8, NULL);
	modem_says("unheard");
	assert_waiting(notify);
	command("usb notify twice 1");
	modem_says("heard twice");
	wait_for(notify);
	wait_for(submit(0x89, 8, NULL));
	command("usb stall notify 1");
	modem_says("third");
	assert_int_equal(wait_for(submit(0x89, 8, NULL)).status, -EPIPE);
	assert_int_equal(wait_for(submit(0x89, 8, NULL)).status, 0);
	notify = submit(0x89, 8, NULL);
	assert_waiting(notify);
}

static void
test_control_faults(void **state)
{
	uint32_t held;

	(void)state;
	command("usb stall control 1");
	assert_int_equal(send_command("refused").status, -EPIPE);
	assert_int_equal(input.count, 0);
	assert_int_equal(send_command("taken").status, 0);
	modem_says("one");
	modem_says("two");
	modem_says("three");
	modem_says("four");
	command("usb stall response 1");
	assert_int_equal(get_response().status, -EPIPE);
	command("usb error response 1");
	assert_int_equal(get_response().status, -EPROTO);
	command("usb empty response 1");
	assert_int_equal(get_response().actual, 0);
	assert_memory_equal(get_response().bytes, "four", 4);
	command("usb delay control 30");
	assert_int_equal(send_command("late").status, 0);
	command("usb delay control 0");
	command("usb hold control");
	held = submit_control(0x21, 0, 0, 4, 4, "held");
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_null(find_result(held));
	command("usb release control");
	assert_int_equal(wait_for(held).status, 0);
	assert_memory_equal(input.bytes, "held", 4);
}

static void
test_line_state(void **state)
{
	(void)state;
	assert_int_equal(control(0x21, 0x22, 1, 4, 0, NULL).status, 0);
	assert_int_equal(forgotten, 0);
	assert_int_equal(control(0x21, 0x22, 0, 4, 0, NULL).status, 0);
	assert_int_equal(forgotten, 1);
}

/* data ---------------------------------------------------------------------------- */

static void
downlink(uint8_t link, const char *name)
{
	const struct frame *f = frame_named(name);

	front_ops->downlink(front, link, f->bytes, f->len);
}

static void
assert_uplink(unsigned count, uint8_t link, const char *name)
{
	const struct frame *f = frame_named(name);

	assert_int_equal(uplink.count, count);
	assert_int_equal(uplink.link, link);
	assert_int_equal(uplink.len, f->len);
	assert_memory_equal(uplink.bytes, f->bytes, f->len);
}

static struct result
send_frame(const char *name)
{
	const struct frame *f = frame_named(name);

	return wait_for(submit(0x05, (uint32_t)f->len, f->bytes));
}

static void
assert_bytes(const struct result *r, const char *name)
{
	const struct frame *f = frame_named(name);

	assert_int_equal(r->status, 0);
	assert_int_equal(r->actual, f->len);
	assert_memory_equal(r->bytes, f->bytes, f->len);
}

static void
test_raw_ip(void **state)
{
	uint32_t in = submit(0x88, 1500, NULL);
	struct result r;

	(void)state;
	assert_int_equal(send_frame("udp").actual, 37);
	assert_uplink(1, 0, "udp");
	assert_waiting(in);
	downlink(0, "tcp6");
	r = wait_for(in);
	assert_bytes(&r, "tcp6");
	send_frame("v1 uplink"); /* QMAP was not agreed on */
	assert_int_equal(uplink.count, 1);
	assert_int_equal(modem.counters.bad_frames, 1);
}

static void
test_qmap(void **state)
{
	struct result r;

	(void)state;
	modem.format = (struct modem_format){.link = 2, .protocol = 5};
	send_frame("v1 uplink");
	assert_uplink(1, 0x81, "udp");
	send_frame("v1 uplink command");
	assert_uplink(2, 0x81, "udp");
	downlink(0x81, "udp");
	downlink(0x82, "tcp6");
	r = wait_for(submit(0x88, 1500, NULL));
	assert_bytes(&r, "v1 downlink two");
	modem.format.protocol = 9;
	send_frame("v5 uplink");
	assert_uplink(3, 0x81, "udp");
	send_frame("v1 uplink");
	assert_int_equal(uplink.count, 3);
	assert_int_equal(modem.counters.bad_frames, 1);
	modem.format.up_size = 20;
	send_frame("v5 uplink");
	assert_int_equal(uplink.count, 3);
	assert_int_equal(modem.counters.bad_frames, 2);
	downlink(0x81, "udp");
	downlink(0x82, "tcp6");
	r = wait_for(submit(0x88, 1500, NULL));
	assert_bytes(&r, "v5 downlink two");
	modem.format.down_datagrams = 1;
	downlink(0x81, "udp");
	downlink(0x82, "tcp6");
	assert_int_equal(wait_for(submit(0x88, 1500, NULL)).actual, 48);
	assert_int_equal(wait_for(submit(0x88, 1500, NULL)).actual, 68);
}

/* A host whose buffer is smaller than what was agreed on loses the whole aggregate. */
static void
test_oversize(void **state)
{
	struct result r;

	(void)state;
	modem.format = (struct modem_format){.link = 2, .protocol = 5};
	downlink(0x81, "udp");
	downlink(0x82, "tcp6");
	r = wait_for(submit(0x88, 64, NULL));
	assert_int_equal(r.status, -EOVERFLOW);
	assert_int_equal(r.actual, 64);
	command("usb oversize 1");
	downlink(0x81, "udp");
	assert_int_equal(wait_for(submit(0x88, 1500, NULL)).status, -EOVERFLOW);
	downlink(0x81, "udp");
	assert_int_equal(wait_for(submit(0x88, 1500, NULL)).status, 0);
}

static void
test_data_faults(void **state)
{
	uint32_t in, out;

	(void)state;
	command("usb stall in 1");
	downlink(0, "udp");
	assert_int_equal(wait_for(submit(0x88, 1500, NULL)).status, -EPIPE);
	assert_int_equal(control(0x82, 0, 0, 0x88, 2, NULL).bytes[0], 1);
	assert_int_equal(control(0x02, 1, 0, 0x88, 0, NULL).status, 0);
	assert_int_equal(wait_for(submit(0x88, 1500, NULL)).actual, 37);
	command("usb stall out 1");
	assert_int_equal(send_frame("udp").status, -EPIPE);
	assert_int_equal(send_frame("udp").status, -EPIPE);
	control(0x02, 1, 0, 0x05, 0, NULL);
	assert_int_equal(send_frame("udp").status, 0);
	assert_int_equal(uplink.count, 1);
	command("usb hold in");
	command("usb hold out");
	downlink(0, "udp");
	in = submit(0x88, 1500, NULL);
	out = submit(0x05, 37, frame_named("udp")->bytes);
	assert_waiting(in);
	assert_waiting(out);
	command("usb release in");
	command("usb release out");
	assert_int_equal(wait_for(in).actual, 37);
	assert_int_equal(wait_for(out).actual, 37);
	command("usb delay in 20");
	downlink(0, "udp");
	downlink(0, "udp");
	in = submit(0x88, 1500, NULL);
	out = submit(0x88, 1500, NULL);
	assert_waiting(in);
	wait_for(in);
	wait_for(out);
}

static void
test_ethernet(void **state)
{
	static const uint8_t arp[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,
	    1, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 64, 0, 1, 0, 0,
	    0, 0, 0, 0, 10, 64, 0, 2};
	uint8_t frame[128] = {0x00, 0xa0, 0xc6, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0x08, 0x00};
	const struct frame *udp = frame_named("udp");
	struct result r;

	(void)state;
	modem.format.link = 1;
	wait_for(submit(0x05, sizeof(arp), arp));
	r = wait_for(submit(0x88, 1514, NULL));
	assert_int_equal(r.actual, sizeof(arp));
	assert_memory_equal(r.bytes, arp + 6, 6);          /* to the host */
	assert_int_equal(r.bytes[21], 2);                  /* a reply */
	assert_memory_equal(r.bytes + 28, arp + 38, 4);    /* for whom it asked */
	assert_memory_equal(r.bytes + 22, r.bytes + 6, 6); /* that is us */
	memcpy(frame + 14, udp->bytes, udp->len);
	wait_for(submit(0x05, 14 + 37, frame));
	assert_uplink(1, 0, "udp");
	downlink(0, "tcp6");
	r = wait_for(submit(0x88, 1514, NULL));
	assert_int_equal(r.actual, 14 + 60);
	assert_memory_equal(r.bytes, arp + 6, 6);
	assert_memory_equal(r.bytes + 12, "\x86\xdd", 2);
}

/* Another solicitation than for an address of the host's own is answered. */
static void
test_neighbour_solicitation(void **state)
{
	uint8_t frame[14 + 40 + 24] = {0x33, 0x33, 0xff, 0, 0, 1, 2, 0, 0, 0, 0, 1,
	    0x86, 0xdd, 0x60, 0, 0, 0, 0, 24, 58, 255};
	uint8_t reply[ETHER_REPLY_MAX];
	struct usb_ether e = {0};
	const uint8_t *ip;
	size_t len;

	(void)state;
	frame[54] = 135;
	frame[14 + 40 + 8] = 0xfe; /* whom it asks for: fe80:: */
	frame[14 + 40 + 9] = 0x80;
	assert_int_equal(
	    ether_take(&e, frame, sizeof(frame), &ip, reply, &len), ETHER_IGNORE);
	frame[14 + 8] = 0xfe; /* and now with a sender, fe80::5 */
	frame[14 + 9] = 0x80;
	frame[14 + 23] = 5;
	assert_int_equal(
	    ether_take(&e, frame, sizeof(frame), &ip, reply, &len), ETHER_REPLY);
	assert_int_equal(len, 14 + 40 + 32);
	assert_int_equal(reply[14 + 40], 136);
	assert_memory_equal(reply + 14 + 24, frame + 14 + 8, 16);
	assert_memory_equal(reply + 14 + 40 + 8, frame + 14 + 40 + 8, 16);
}

/* MBIM ---------------------------------------------------------------------------- */

static void
test_mbim_bind(void **state)
{
	/* kernel.md 7.5, with the 32 bit form offered too */
	static const uint8_t want[] = {0x1c, 0x00, 0x03, 0x00, 0x00, 0x40, 0x00, 0x00,
	    0x04, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00,
	    0x04, 0x00, 0x00, 0x00, 0x04, 0x00, 0x10, 0x00};
	struct result r;

	(void)state;
	control(0x01, 11, 1, 5, 0, NULL);
	control(0x01, 11, 0, 5, 0, NULL);
	r = control(0xa1, 0x80, 0, 4, 28, NULL);
	assert_int_equal(r.actual, sizeof(want));
	assert_memory_equal(r.bytes, want, sizeof(want));
	assert_int_equal(control(0x21, 0x84, 0, 4, 0, NULL).status, 0);
	assert_int_equal(control(0x01, 11, 1, 5, 0, NULL).status, 0);
	assert_int_equal(control(0x21, 0x84, 1, 4, 0, NULL).status, -EPIPE);
	assert_int_equal(control(0x21, 0x86, 0, 4, 4, "\0\x10\0\0").status, 0);
	r = control(0xa1, 0x85, 0, 4, 4, NULL);
	assert_memory_equal(r.bytes, "\0\x10\0\0", 4);
	assert_int_equal(control(0x21, 0x86, 0, 4, 4, "\0\x01\0\0").status, -EPIPE);
	assert_int_equal(control(0x21, 0x88, 0, 4, 2, "\xdc\x05").status, 0);
	assert_memory_equal(control(0xa1, 0x87, 0, 4, 2, NULL).bytes, "\xdc\x05", 2);
	assert_int_equal(control(0x21, 0x8a, 0, 4, 0, NULL).status, -EPIPE);
	assert_int_equal(control(0x21, 0x05, 0, 4, 0, NULL).status, 0);
	assert_int_equal(mbim_forgotten, 1);
}

static void
keep_cb(void *arg, uint8_t session_id, const uint8_t *ip, size_t len)
{
	keep(arg, session_id, ip, len);
}

/* Builds a block of the host with one packet, sends it, and reads one with two. */
static void
round_trip(bool ntb32)
{
	struct ntb_format format = {
	    .ntb32 = ntb32, .max_size = 16384, .divisor = 4, .alignment = 4};
	const struct frame *udp = frame_named("udp"), *tcp6 = frame_named("tcp6");
	struct ntb_faults faults = {0};
	struct ntb_builder b;
	uint8_t buf[512];
	struct packet down = {0};
	struct result r;

	uplink.count = 0;
	control(0x01, 11, 0, 5, 0, NULL);
	assert_int_equal(control(0x21, 0x84, ntb32, 4, 0, NULL).status, 0);
	control(0x01, 11, 1, 5, 0, NULL);
	ntb_begin(&b, buf, sizeof(buf), &format, 0);
	assert_true(ntb_add(&b, 3, udp->bytes, udp->len));
	int len = ntb_end(&b);
	wait_for(submit(0x05, (uint32_t)len, buf));
	assert_uplink(1, 3, "udp");
	downlink(7, "udp");
	downlink(255, "tcp6");
	r = wait_for(submit(0x8e, 1500, NULL));
	assert_int_equal(r.status, 0);
	assert_int_equal(r.bytes[6], 0); /* the first after a reset */
	assert_int_equal(
	    ntb_parse(r.bytes, r.actual, &format, keep_cb, &down, &faults), 2);
	assert_int_equal(down.link, 255);
	assert_memory_equal(down.bytes, tcp6->bytes, tcp6->len);
}

static void
test_mbim_data(void **state)
{
	(void)state;
	round_trip(false);
	round_trip(true);
	wait_for(submit(0x05, 4, "abcd"));
	assert_int_equal(modem.counters.bad_frames, 1);
	uint32_t in = submit(0x8e, 1500, NULL);
	downlink(0, "udp");
	wait_for(in);
	control(0x01, 11, 0, 5, 0, NULL); /* no data from here on */
	in = submit(0x8e, 1500, NULL);
	downlink(0, "udp");
	assert_waiting(in);
}

/* plug and unplug ----------------------------------------------------------------- */

static void
test_unplug(void **state)
{
	uint32_t held;

	(void)state;
	send_command("x");
	command("usb hold control");
	held = submit_control(0x21, 0, 0, 4, 4, "held");
	submit(0x89, 8, NULL);
	submit(0x88, 1500, NULL);
	event_base_loop(base, EVLOOP_NONBLOCK);
	front_ops->presence(front, false);
	assert_int_equal(wait_for(held).status, -ESHUTDOWN);
	wait_eof();
	assert_null(port_ops);
	assert_int_equal(forgotten, 1);
	command("usb release control");
	bus_full = true;
	front_ops->presence(front, true);
	bus_full = false;
	while (attach_calls < 3) /* tries again by itself */
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(control(0x80, 8, 0, 0, 1, NULL).bytes[0], 0);
	assert_int_equal(control(0x00, 9, 1, 0, 0, NULL).status, 0);
	assert_int_equal(send_command("again").status, 0);
	assert_memory_equal(input.bytes, "again", 5);
}

static void
test_cable(void **state)
{
	(void)state;
	command("usb unplug");
	wait_eof();
	command("usb plug 5");
	assert_int_equal(attached_port, 5);
	assert_int_equal(control(0x00, 9, 1, 0, 0, NULL).status, 0);
	command("usb cut");
	wait_eof();
	command("usb plug");
	assert_int_equal(attached_port, 5);
	settle();
	host_leave(); /* as the host's administrator may */
	wait_unplugged();
	command("usb plug");
	assert_non_null(host);
	settle();
}

/* A modem that resets because of a command leaves in the middle of it. */
static void
test_unplug_in_command(void **state)
{
	char answer[64];

	(void)state;
	assert_int_equal(front_ops->command(front, "other", answer, 64), -ENOENT);
	assert_int_equal(front_ops->command(front, "usb dance", answer, 64), -EINVAL);
	send_command("x");
	port_ops->hangup(front);
	port_ops = NULL;
	front_ops->presence(front, false);
	wait_eof();
	front_ops->downlink(front, 0, frame_named("udp")->bytes, 37);
}

/* What is not USB/IP ends the connection and nothing else. */
static void
test_not_usbip(void **state)
{
	uint8_t junk[HDR_LEN];

	(void)state;
	memset(junk, 0xa5, sizeof(junk));
	bufferevent_write(host, junk, sizeof(junk));
	wait_eof();
	command("usb plug");
	settle();
}

static int
load(void **state)
{
	(void)state;
	frames = frames_load("qmap.hex", &frames_count);
	return 0;
}

#define WITH(test, start) cmocka_unit_test_setup_teardown(test, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(test_device_descriptor, start_bare),
	    WITH(test_configuration_qmi, start_bare),
	    WITH(test_strings, start_bare),
	    WITH(test_super_speed, start_rm500q),
	    WITH(test_configuration_mbim, start_mbim),
	    WITH(test_settings, start_ec25),
	    WITH(test_command_and_response, start_ec25),
	    WITH(test_unlink, start_ec25),
	    WITH(test_notify_faults, start_ec25),
	    WITH(test_control_faults, start_ec25),
	    WITH(test_line_state, start_ec25),
	    WITH(test_raw_ip, start_ec25),
	    WITH(test_qmap, start_ec25),
	    WITH(test_oversize, start_ec25),
	    WITH(test_data_faults, start_ec25),
	    WITH(test_ethernet, start_ec25),
	    WITH(test_neighbour_solicitation, start_ec25),
	    WITH(test_mbim_bind, start_mbim),
	    WITH(test_mbim_data, start_mbim),
	    WITH(test_unplug, start_ec25),
	    WITH(test_cable, start_ec25),
	    WITH(test_unplug_in_command, start_ec25),
	    WITH(test_not_usbip, start_ec25),
	};

	return cmocka_run_group_tests(tests, load, frames_teardown);
}
