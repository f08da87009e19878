/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that the kernel's end enforces by hanging up, all of kernel.md 7.2:  a result
 * carries exactly the bytes it claims and no more than the host asked for; no result
 * for a transfer that was taken back; a taken back transfer is confirmed with
 * -ECONNRESET while we held it, and with 0 when its result has already gone out.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "common/cursor.h"
#include "common/log.h"
#include "common/xmem.h"
#include "tests/modem/usbip.h"

#define HDR_LEN 48
#define ENDPOINTS 16 /* each way */
#define FAREWELL_S 1 /* how long the last answers may take to go out */

enum command {
	CMD_SUBMIT = 1,
	CMD_UNLINK = 2,
	RET_SUBMIT = 3,
	RET_UNLINK = 4,
};

TAILQ_HEAD(urb_queue, usbip_urb);

struct usbip {
	struct bufferevent *bev;
	const struct usbip_ops *ops;
	void *device;
	struct urb_queue queues[2 * ENDPOINTS]; /* out, then in; control is the first */
	bool gone;                              /* told the device so */
	bool busy;                              /* inside a callback of ours */
	bool freed;                             /* by the device, meanwhile */
};

struct hdr {
	uint32_t command, seqnum, direction, endpoint;
	uint32_t flags, len; /* submit; unlink has the victim's seqnum in flags */
	const uint8_t *setup;
};

static struct urb_queue *
queue_of(struct usbip *u, uint8_t endpoint)
{
	return &u->queues[endpoint % ENDPOINTS + (endpoint & USBIP_IN ? ENDPOINTS : 0)];
}

static void
drop_all(struct usbip *u)
{
	for (size_t i = 0; i < 2 * ENDPOINTS; i++) {
		struct usbip_urb *urb;
		while ((urb = TAILQ_FIRST(&u->queues[i]))) {
			TAILQ_REMOVE(&u->queues[i], urb, next);
			free(urb);
		}
	}
}

static void
lose(struct usbip *u, const char *why)
{
	if (u->gone)
		return;
	u->gone = true;
	bufferevent_disable(u->bev, EV_READ | EV_WRITE);
	drop_all(u);
	u->ops->gone(u->device, why);
}

static bool
parse_hdr(const uint8_t *bytes, struct hdr *h)
{
	uint32_t devid;
	struct cursor c;

	cursor_init(&c, bytes, HDR_LEN);
	cursor_u32be(&c, &h->command);
	cursor_u32be(&c, &h->seqnum);
	cursor_u32be(&c, &devid);
	cursor_u32be(&c, &h->direction);
	cursor_u32be(&c, &h->endpoint);
	cursor_u32be(&c, &h->flags);
	cursor_u32be(&c, &h->len);
	cursor_skip(&c, 12); /* isochronous transfers and polling intervals */
	if (!cursor_bytes(&c, sizeof(((struct usbip_urb *)0)->setup), &h->setup))
		return false;
	return h->direction <= 1 && h->endpoint < ENDPOINTS &&
	       (h->command == CMD_UNLINK ||
		   (h->command == CMD_SUBMIT && h->len <= USBIP_TRANSFER_MAX));
}

/* Whole length of the message at the front; 0: not all here yet; -EPROTO. */
static int
message_len(struct evbuffer *in, struct hdr *h)
{
	size_t have = evbuffer_get_length(in);
	size_t len = HDR_LEN;

	if (have < HDR_LEN)
		return 0;
	if (!parse_hdr(evbuffer_pullup(in, HDR_LEN), h))
		return -EPROTO;
	if (h->command == CMD_SUBMIT && h->direction == 0)
		len += h->len;
	return have < len ? 0 : (int)len;
}

static void
send_result(struct usbip *u, enum command command, uint32_t seqnum, int status,
    const uint8_t *bytes, size_t actual, size_t payload)
{
	struct evbuffer *out = bufferevent_get_output(u->bev);
	uint8_t buf[HDR_LEN];
	struct writer w;

	writer_init(&w, buf, sizeof(buf));
	writer_u32be(&w, command);
	writer_u32be(&w, seqnum);
	writer_zero(&w, 12); /* device, direction and endpoint: 0 in results */
	writer_u32be(&w, (uint32_t)status);
	writer_u32be(&w, (uint32_t)actual);
	writer_zero(&w, sizeof(buf) - w.len);
	evbuffer_add(out, buf, sizeof(buf));
	if (payload > 0)
		evbuffer_add(out, bytes, payload);
}

static void
take_submit(struct usbip *u, const struct hdr *h, const uint8_t *data)
{
	bool in = h->direction == 1;
	size_t size = in ? 0 : h->len;
	struct usbip_urb *urb = malloc(sizeof(*urb) + size);

	if (!urb) {
		lose(u, "out of memory");
		return;
	}
	*urb = (struct usbip_urb){.seqnum = h->seqnum,
	    .in = in,
	    .flags = h->flags,
	    .len = h->len,
	    .endpoint = (uint8_t)h->endpoint};
	if (in && h->endpoint != 0)
		urb->endpoint |= USBIP_IN;
	memcpy(urb->setup, h->setup, sizeof(urb->setup));
	if (size > 0)
		memcpy(urb->data, data, size);
	TAILQ_INSERT_TAIL(queue_of(u, urb->endpoint), urb, next);
	u->ops->changed(u->device, urb->endpoint);
}

static struct usbip_urb *
find(struct usbip *u, uint32_t seqnum)
{
	struct usbip_urb *urb;

	for (size_t i = 0; i < 2 * ENDPOINTS; i++)
		TAILQ_FOREACH (urb, &u->queues[i], next)
			if (urb->seqnum == seqnum)
				return urb;
	return NULL;
}

static void
take_unlink(struct usbip *u, const struct hdr *h)
{
	struct usbip_urb *urb = find(u, h->flags);

	send_result(u, RET_UNLINK, h->seqnum, urb ? -ECONNRESET : 0, NULL, 0, 0);
	if (!urb)
		return;
	uint8_t endpoint = urb->endpoint;
	TAILQ_REMOVE(queue_of(u, endpoint), urb, next);
	free(urb);
	u->ops->changed(u->device, endpoint);
}

static void
take_all(struct usbip *u)
{
	struct evbuffer *in = bufferevent_get_input(u->bev);
	struct hdr h;
	int n;

	while (!u->gone && !u->freed && (n = message_len(in, &h)) != 0) {
		if (n < 0) {
			lose(u, "not USB/IP");
			return;
		}
		const uint8_t *bytes = evbuffer_pullup(in, n);
		h.setup = bytes + HDR_LEN - sizeof(((struct usbip_urb *)0)->setup);
		if (h.command == CMD_SUBMIT)
			take_submit(u, &h, bytes + HDR_LEN);
		else
			take_unlink(u, &h);
		evbuffer_drain(in, (size_t)n);
	}
}

static void
destroy(struct usbip *u)
{
	drop_all(u);
	bufferevent_free(u->bev);
	free(u);
}

/* Runs fn so that a device that frees us in it does so when we are out again. */
static void
enter(struct usbip *u, void (*fn)(struct usbip *u))
{
	u->busy = true;
	fn(u);
	u->busy = false;
	if (u->freed)
		destroy(u);
}

static void
usbip_read_cb(struct bufferevent *bev, void *arg)
{
	(void)bev;
	enter(arg, take_all);
}

static void
host_left(struct usbip *u)
{
	lose(u, "the host closed the socket");
}

static void
usbip_event_cb(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		enter(arg, host_left);
}

struct usbip *
usbip_new(struct event_base *base, int fd, const struct usbip_ops *ops, void *device)
{
	struct usbip *u = xcalloc(1, sizeof(*u));

	u->ops = ops;
	u->device = device;
	for (size_t i = 0; i < 2 * ENDPOINTS; i++)
		TAILQ_INIT(&u->queues[i]);
	evutil_make_socket_nonblocking(fd);
	u->bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!u->bev)
		fatal("usbip", "no memory");
	bufferevent_setcb(u->bev, usbip_read_cb, NULL, usbip_event_cb, u);
	bufferevent_enable(u->bev, EV_READ | EV_WRITE);
	return u;
}

/* Writes what is left to write, waiting a little for a slow host. */
static void
say_farewell(struct usbip *u)
{
	struct timeval wait = {.tv_sec = FAREWELL_S};
	struct evbuffer *out = bufferevent_get_output(u->bev);
	int fd = bufferevent_getfd(u->bev);

	bufferevent_disable(u->bev, EV_READ | EV_WRITE);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	evbuffer_unfreeze(out, 1); /* bufferevent keeps others from draining it */
	while (evbuffer_get_length(out) > 0 && evbuffer_write(out, fd) > 0)
		continue;
}

void
usbip_free(struct usbip *u)
{
	struct usbip_urb *urb;

	if (!u || u->freed)
		return;
	if (!u->gone) {
		while ((urb = usbip_first(u, 0)))
			usbip_complete(u, urb, -ESHUTDOWN, NULL, 0);
		say_farewell(u);
	}
	usbip_abort(u);
}

void
usbip_abort(struct usbip *u)
{
	u->freed = true;
	if (u->busy)
		shutdown(bufferevent_getfd(u->bev), SHUT_RDWR);
	else
		destroy(u);
}

struct usbip_urb *
usbip_first(struct usbip *u, uint8_t endpoint)
{
	return TAILQ_FIRST(queue_of(u, endpoint));
}

void
usbip_complete(struct usbip *u, struct usbip_urb *urb, int status, const uint8_t *bytes,
    size_t len)
{
	size_t actual = len < urb->len ? len : urb->len;

	send_result(
	    u, RET_SUBMIT, urb->seqnum, status, bytes, actual, urb->in ? actual : 0);
	TAILQ_REMOVE(queue_of(u, urb->endpoint), urb, next);
	free(urb);
}
