/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A framer for what comes in, a queue of messages for what goes out, two events.
 *
 * A message handler may free us: the loop that hands messages on looks at a flag on
 * its own stack after each.
 */
#include "config.h"

#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "client/port_io.h"
#include "common/framer.h"
#include "common/log.h"
#include "common/wdm.h"
#include "common/xmem.h"

#define PORT_IO_IN_MAX (64 * 1024)   /* the largest QMUX frame (qmi.md 1.1) */
#define PORT_IO_OUT_MAX (256 * 1024) /* bytes waiting to be written */

struct port_io_msg {
	TAILQ_ENTRY(port_io_msg) entry;
	size_t len;
	size_t written;
	uint8_t bytes[];
};

TAILQ_HEAD(port_io_queue, port_io_msg);

struct port_io {
	int fd;
	struct framer *framer;
	bool forgiving;
	bool is_wdm;
	unsigned eios; /* in a row */
	const struct port_io_handlers *handlers;
	void *arg;
	struct event *read_event;
	struct event *write_event;
	struct port_io_queue out;
	size_t out_bytes;
	bool *freed; /* set on free while a handler is on the stack */
};

/* Hands on every whole message.  False: io is gone or lost. */
static bool
port_io_drain(struct port_io *io)
{
	bool freed = false;
	uint8_t *msg;
	int len;

	io->freed = &freed;
	while ((len = framer_next(io->framer, &msg)) != 0) {
		if (len == -EPROTO && io->forgiving) {
			log_warnx("port", "dropped %zu bytes that begin no message",
			    framer_resync(io->framer));
			continue;
		}
		if (len < 0) {
			io->freed = NULL;
			event_del(io->read_event);
			io->handlers->lost(io->arg, len);
			return false;
		}
		io->handlers->message(io->arg, msg, (size_t)len);
		if (freed)
			return false;
	}
	io->freed = NULL;
	return true;
}

/* A read that gave nothing: is it worth another one? */
static bool
port_io_wdm_goes_on(struct port_io *io, ssize_t n)
{
	if (n == 0 || !io->is_wdm)
		return false;
	return errno == ENOBUFS || (errno == EIO && ++io->eios < WDM_EIO_MAX);
}

/* Nothing to read.  woken: and that although the kernel said that there was. */
static void
port_io_nothing(struct port_io *io, bool woken)
{
	int rc = io->is_wdm && woken ? wdm_take_note(io->fd) : 0;

	if (rc < 0)
		log_warnx(
		    "port", "the modem did not take a command: %s", strerror(-rc));
}

static void
port_io_read_cb(evutil_socket_t fd, short what, void *arg)
{
	struct port_io *io = arg;
	uint8_t *room;
	size_t len;
	ssize_t n;

	(void)what;
	for (bool woken = true;; woken = false) {
		room = framer_room(io->framer, &len);
		n = read(fd, room, len);
		if (n < 0 && errno == EINTR)
			continue;
		if ((n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) ||
		    (n == 0 && io->is_wdm)) {
			port_io_nothing(io, woken);
			return;
		}
		if (n <= 0 && port_io_wdm_goes_on(io, n))
			continue;
		if (n <= 0) {
			event_del(io->read_event);
			io->handlers->lost(io->arg, n < 0 ? -errno : 0);
			return;
		}
		io->eios = 0;
		framer_added(io->framer, (size_t)n);
		if (!port_io_drain(io))
			return;
	}
}

/* PINs and passwords pass through here. */
static void
port_io_drop(struct port_io *io, struct port_io_msg *m)
{
	TAILQ_REMOVE(&io->out, m, entry);
	explicit_bzero(m->bytes, m->len);
	free(m);
}

/* A cdc-wdm reports a failed command with the next write, and does not send that. */
static ssize_t
port_io_write_some(const struct port_io *io, const struct port_io_msg *m)
{
	ssize_t n = write(io->fd, m->bytes + m->written, m->len - m->written);

	if (n < 0 && errno == EIO && io->is_wdm)
		n = write(io->fd, m->bytes + m->written, m->len - m->written);
	return n;
}

/* Writes from the head of the queue.  A write error shows up at the read side. */
static void
port_io_write(struct port_io *io)
{
	struct port_io_msg *m;
	ssize_t n;

	while ((m = TAILQ_FIRST(&io->out)) != NULL) {
		n = port_io_write_some(io, m);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			event_add(io->write_event, NULL);
			return;
		}
		if (n < 0)
			log_debug("port", "write: %s", strerror(errno));
		else
			m->written += (size_t)n;
		if (n >= 0 && m->written < m->len)
			continue;
		io->out_bytes -= m->len;
		port_io_drop(io, m);
	}
}

static void
port_io_write_cb(evutil_socket_t fd, short what, void *arg)
{
	struct port_io *io = arg;

	(void)fd;
	(void)what;
	port_io_write(io);
}

/* Packets are read whole or cut off (framer.h). */
static bool
port_io_has_packets(int fd)
{
	int type;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	       type == SOCK_SEQPACKET;
}

struct port_io *
port_io_new(struct event_base *base, int fd,
    int (*scan)(const uint8_t *buf, size_t len), bool forgiving,
    const struct port_io_handlers *handlers, void *arg)
{
	struct port_io *io = xcalloc(1, sizeof(*io));

	io->fd = fd;
	io->framer = framer_new(scan, PORT_IO_IN_MAX);
	if (port_io_has_packets(fd) && framer_reserve(io->framer, PORT_IO_IN_MAX) < 0)
		fatal("port", "no memory for a packet");
	io->forgiving = forgiving;
	io->handlers = handlers;
	io->arg = arg;
	TAILQ_INIT(&io->out);
	io->read_event = event_new(base, fd, EV_READ | EV_PERSIST, port_io_read_cb, io);
	io->write_event = event_new(base, fd, EV_WRITE, port_io_write_cb, io);
	if (io->read_event == NULL || io->write_event == NULL)
		fatal("port", "no memory for an event");
	event_add(io->read_event, NULL);
	return io;
}

void
port_io_is_wdm(struct port_io *io)
{
	io->is_wdm = true;
}

int
port_io_send(struct port_io *io, const uint8_t *msg, size_t len)
{
	struct port_io_msg *m;

	if (io->out_bytes + len > PORT_IO_OUT_MAX)
		return -ENOBUFS;
	m = malloc(sizeof(*m) + len);
	if (m == NULL)
		return -ENOBUFS;
	m->len = len;
	m->written = 0;
	memcpy(m->bytes, msg, len);
	TAILQ_INSERT_TAIL(&io->out, m, entry);
	io->out_bytes += len;
	port_io_write(io);
	return 0;
}

void
port_io_flush(struct port_io *io)
{
	port_io_write(io);
}

void
port_io_free(struct port_io *io)
{
	struct port_io_msg *m;

	if (io == NULL)
		return;
	port_io_write(io);
	while ((m = TAILQ_FIRST(&io->out)) != NULL)
		port_io_drop(io, m);
	event_free(io->read_event);
	event_free(io->write_event);
	close(io->fd);
	framer_free(io->framer);
	if (io->freed != NULL)
		*io->freed = true;
	free(io);
}
