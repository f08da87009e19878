/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The descriptor is used directly with one struct event per direction and a framer,
 * not through a bufferevent: that keeps a request at one read and one send, copies
 * nothing, and lets a message be patched where it was read.
 *
 * End of file has two meanings.  A closed socket is a program that is gone; a
 * half-closed one (shutdown(SHUT_WR)) still waits for its answers.  poll() tells them
 * apart; either way reading stops, or the loop would spin (proxies.md 2.6).
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/framer.h"
#include "common/log.h"
#include "common/print.h"
#include "common/xmem.h"
#include "proxy/connection.h"
#include "proxy/outqueue.h"

/*
 * So full, and its program is not read until it has fetched some.  What it has asked
 * already must still find room, or it would be closed for being slow.
 */
#define STUFFED_PERCENT 12
#define STUFFED_END_PERCENT 6
#define GARBAGE_SHOWN 16 /* bytes of a broken message in the log */

struct connection {
	int fd;
	uint32_t id;
	pid_t pid;
	struct connection_config config;
	const struct connection_handlers *handlers;
	void *arg;
	struct framer *framer;
	struct outqueue *out;
	struct event *read_event, *write_event, *end_event;
	struct event *gone_event; /* while it is not read: has it died? */
	const char *why;          /* for its end; set once */
	const char *finish;       /* the same, when all is written */
	bool is_paused, is_stuffed, input_ended;
};

static void
want_reading(struct connection *c)
{
	if (!c->is_paused && !c->is_stuffed && !c->input_ended && !c->finish &&
	    !c->why) {
		event_add(c->read_event, NULL);
		event_del(c->gone_event);
		return;
	}
	event_del(c->read_event);
	if (!c->why)
		event_add(c->gone_event, NULL);
}

void
connection_hang_up(struct connection *c, const char *why)
{
	if (c->why)
		return;
	c->why = why;
	event_del(c->read_event);
	event_del(c->write_event);
	event_del(c->gone_event);
	event_active(c->end_event, 0, 0);
}

void
connection_finish(struct connection *c, const char *why)
{
	if (outqueue_empty(c->out)) {
		connection_hang_up(c, why);
		return;
	}
	c->finish = why;
	want_reading(c);
}

static void
connection_end_cb(int fd, short what, void *arg)
{
	struct connection *c = arg;

	(void)fd;
	(void)what;
	c->handlers->lost(c->arg, c, c->why);
}

static void
report_garbage(const struct connection *c, int error)
{
	char hex[GARBAGE_SHOWN * 3 + 8];
	size_t len;
	const uint8_t *head = framer_peek(c->framer, &len);

	print_hex(hex, sizeof(hex), head, len < GARBAGE_SHOWN ? len : GARBAGE_SHOWN);
	log_warnx("conn", "connection %u (pid %d) sent %s: %s: closing it", c->id,
	    (int)c->pid,
	    error == -EMSGSIZE ? "a message larger than it may be"
			       : "bytes that begin no message",
	    hex);
}

/* Hands on what is whole, as long as nothing stands against it. */
static void
take_messages(struct connection *c)
{
	uint8_t *msg;
	int n;

	while (!c->is_paused && !c->is_stuffed && !c->finish && !c->why) {
		n = framer_next(c->framer, &msg);
		if (n == 0)
			return;
		if (n < 0) {
			report_garbage(c, n);
			connection_hang_up(c, "broken framing");
			return;
		}
		c->handlers->message(c->arg, c, msg, (size_t)n);
	}
}

/* Closed, and not only half-closed. */
static bool
is_gone(const struct connection *c)
{
	struct pollfd p = {.fd = c->fd};

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

/*
 * A program that died does not wait until it is read again: what it still wanted is
 * void, and its CIDs are free.  One-shot, as a half-closed one would wake it for ever.
 */
static void
connection_gone_cb(int fd, short what, void *arg)
{
	struct connection *c = arg;

	(void)fd;
	(void)what;
	if (is_gone(c))
		connection_hang_up(c, "hung up");
}

static void
end_of_file(struct connection *c)
{
	if (is_gone(c)) {
		connection_hang_up(c, "hung up");
		return;
	}
	c->input_ended = true;
	want_reading(c);
	c->handlers->input_ended(c->arg, c);
}

static void
connection_read_cb(int fd, short what, void *arg)
{
	struct connection *c = arg;
	size_t room;
	uint8_t *to;
	ssize_t n;

	(void)what;
	if (framer_pending(c->framer) > 0)
		take_messages(c); /* left over from before a pause */
	if (c->is_paused || c->is_stuffed || c->finish || c->why)
		return;
	to = framer_room(c->framer, &room);
	n = recv(fd, to, room, MSG_DONTWAIT);
	if (n == 0) {
		end_of_file(c);
		return;
	}
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			connection_hang_up(c, "read failed");
		return;
	}
	framer_added(c->framer, (size_t)n);
	take_messages(c);
}

static void
set_stuffed(struct connection *c, bool stuffed)
{
	if (c->is_stuffed == stuffed)
		return;
	c->is_stuffed = stuffed;
	want_reading(c);
	if (!stuffed && framer_pending(c->framer) > 0)
		event_active(c->read_event, EV_READ, 0);
}

static void
connection_write_cb(int fd, short what, void *arg)
{
	struct connection *c = arg;

	(void)what;
	if (outqueue_flush(c->out, fd) < 0) {
		connection_hang_up(c, "write failed");
		return;
	}
	if (outqueue_fill(c->out) < STUFFED_END_PERCENT)
		set_stuffed(c, false);
	if (outqueue_empty(c->out))
		event_del(c->write_event);
	if (c->finish && outqueue_empty(c->out))
		connection_hang_up(c, c->finish);
	else if (c->input_ended && outqueue_empty(c->out))
		c->handlers->input_ended(c->arg, c);
}

void
connection_send(
    struct connection *c, const uint8_t *msg, size_t len, enum router_prio prio)
{
	int rc;

	if (c->why)
		return;
	rc = outqueue_send(c->out, c->fd, msg, len, prio);
	if (rc < 0) {
		connection_hang_up(c,
		    rc == -ENOBUFS ? "it does not read its answers" : "write failed");
		return;
	}
	if (outqueue_empty(c->out))
		return;
	if (outqueue_fill(c->out) >= STUFFED_PERCENT)
		set_stuffed(c, true);
	event_add(c->write_event, NULL);
}

void
connection_pause(struct connection *c, bool paused)
{
	if (c->is_paused == paused)
		return;
	c->is_paused = paused;
	want_reading(c);
	if (!paused && framer_pending(c->framer) > 0)
		event_active(c->read_event, EV_READ, 0);
}

struct connection *
connection_new(struct event_base *base, int fd, uint32_t id, pid_t pid,
    const struct connection_config *config, const uint8_t *head, size_t len,
    const struct connection_handlers *handlers, void *arg)
{
	struct connection *c = xcalloc(1, sizeof(*c));
	size_t room;
	uint8_t *to;

	c->fd = fd;
	c->id = id;
	c->pid = pid;
	c->config = *config;
	c->handlers = handlers;
	c->arg = arg;
	c->framer = framer_new(config->scan, config->msg_max);
	c->out = outqueue_new(true, config->out_bytes_max, config->out_msgs_max);
	c->read_event =
	    event_new(base, fd, EV_READ | EV_PERSIST, connection_read_cb, c);
	c->write_event =
	    event_new(base, fd, EV_WRITE | EV_PERSIST, connection_write_cb, c);
	c->end_event = event_new(base, -1, 0, connection_end_cb, c);
	c->gone_event = event_new(base, fd, EV_CLOSED, connection_gone_cb, c);
	if (!c->read_event || !c->write_event || !c->end_event || !c->gone_event)
		fatal("conn", "out of memory");
	event_add(c->read_event, NULL);
	to = framer_room(c->framer, &room);
	if (len > 0 && len <= room) {
		memcpy(to, head, len);
		framer_added(c->framer, len);
		event_active(c->read_event, EV_READ, 0);
	}
	return c;
}

void
connection_free(struct connection *c)
{
	event_free(c->read_event);
	event_free(c->write_event);
	event_free(c->end_event);
	event_free(c->gone_event);
	close(c->fd);
	if (outqueue_dropped(c->out) > 0)
		log_info("conn",
		    "connection %u (pid %d): %lu indications were dropped: "
		    "it read too slowly",
		    c->id, (int)c->pid, outqueue_dropped(c->out));
	outqueue_free(c->out);
	framer_free(c->framer);
	free(c);
}

uint32_t
connection_id(const struct connection *c)
{
	return c->id;
}

pid_t
connection_pid(const struct connection *c)
{
	return c->pid;
}

bool
connection_input_ended(const struct connection *c)
{
	return c->input_ended;
}

bool
connection_flushed(const struct connection *c)
{
	return outqueue_empty(c->out);
}
