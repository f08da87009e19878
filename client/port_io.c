/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One input buffer, one queue of messages, two events.
 *
 * The buffer holds at most one unfinished message after each drain, so it starts small
 * and grows only as far as a message demands.  A message handler may free us: the loop
 * that hands messages on looks at a flag on its own stack after each.
 */
#include "config.h"

#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "client/port_io.h"
#include "common/log.h"
#include "common/xmem.h"

#define PORT_IO_READ_MIN 4096        /* qmi_wwan hands out whole frames up to this */
#define PORT_IO_IN_MAX (128 * 1024)  /* two of the largest frames */
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
	int (*scan)(const uint8_t *buf, size_t len);
	bool forgiving;
	const struct port_io_handlers *handlers;
	void *arg;
	struct event *read_event;
	struct event *write_event;
	uint8_t *in;
	size_t in_len, in_cap;
	struct port_io_queue out;
	size_t out_bytes;
	bool *freed; /* set on free while a handler is on the stack */
};

/* Framing is lost: drop bytes until one begins a message again. */
static size_t
port_io_resync(struct port_io *io, size_t pos)
{
	size_t start = pos;

	do {
		pos++;
	} while (pos < io->in_len && io->scan(io->in + pos, io->in_len - pos) < 0);
	log_warnx("port", "dropped %zu bytes that begin no message", pos - start);
	return pos;
}

/* Hands on every whole message.  False: io is gone or lost. */
static bool
port_io_drain(struct port_io *io)
{
	size_t pos = 0;
	bool freed = false;
	int len;

	io->freed = &freed;
	while (pos < io->in_len) {
		len = io->scan(io->in + pos, io->in_len - pos);
		if (len == 0)
			break;
		if (len < 0 && io->forgiving) {
			pos = port_io_resync(io, pos);
			continue;
		}
		if (len < 0) {
			io->freed = NULL;
			event_del(io->read_event);
			io->handlers->lost(io->arg, -EPROTO);
			return false;
		}
		io->handlers->message(io->arg, io->in + pos, (size_t)len);
		if (freed)
			return false;
		pos += (size_t)len;
	}
	io->freed = NULL;
	memmove(io->in, io->in + pos, io->in_len - pos);
	io->in_len -= pos;
	return true;
}

static bool
port_io_room(struct port_io *io)
{
	if (io->in_cap - io->in_len >= PORT_IO_READ_MIN)
		return true;
	if (io->in_cap >= PORT_IO_IN_MAX)
		return false;
	io->in_cap = io->in_cap == 0 ? 2 * PORT_IO_READ_MIN : 2 * io->in_cap;
	io->in = xrealloc(io->in, io->in_cap, 1);
	return true;
}

static void
port_io_read_cb(evutil_socket_t fd, short what, void *arg)
{
	struct port_io *io = arg;
	ssize_t n;

	(void)what;
	for (;;) {
		if (!port_io_room(io)) {
			n = -1;
			errno = EPROTO;
		} else
			n = read(fd, io->in + io->in_len, io->in_cap - io->in_len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			event_del(io->read_event);
			io->handlers->lost(io->arg, n < 0 ? -errno : 0);
			return;
		}
		io->in_len += (size_t)n;
		if (!port_io_drain(io))
			return;
	}
}

/* Writes from the head of the queue.  A write error shows up at the read side. */
static void
port_io_write(struct port_io *io)
{
	struct port_io_msg *m;
	ssize_t n;

	while ((m = TAILQ_FIRST(&io->out)) != NULL) {
		n = write(io->fd, m->bytes + m->written, m->len - m->written);
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
		TAILQ_REMOVE(&io->out, m, entry);
		io->out_bytes -= m->len;
		free(m);
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

struct port_io *
port_io_new(struct event_base *base, int fd,
    int (*scan)(const uint8_t *buf, size_t len), bool forgiving,
    const struct port_io_handlers *handlers, void *arg)
{
	struct port_io *io = xcalloc(1, sizeof(*io));

	io->fd = fd;
	io->scan = scan;
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
	while ((m = TAILQ_FIRST(&io->out)) != NULL) {
		TAILQ_REMOVE(&io->out, m, entry);
		free(m);
	}
	event_free(io->read_event);
	event_free(io->write_event);
	close(io->fd);
	free(io->in);
	if (io->freed != NULL)
		*io->freed = true;
	free(io);
}
