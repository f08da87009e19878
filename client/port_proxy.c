/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A port through a proxy's socket.
 *
 * The names are tried in order and the first that accepts is taken.  A full backlog
 * (many dialers start at once) is tried again for a while: it is not the same as
 * nobody listening.  After the greeting, ready() waits for the answer; a proxy that
 * closes instead has refused the device (libqmi's way, proxies.md 2.1).
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "client/port.h"
#include "client/port_io.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/unixsock.h"
#include "common/xmem.h"

#define PORT_PROXY_NAMES_MAX 4
#define PORT_PROXY_BUSY_MS 5000 /* how long a full backlog is tried */
#define PORT_PROXY_AGAIN_MS 20

enum port_proxy_state {
	PORT_PROXY_CONNECTING,
	PORT_PROXY_GREETING,
	PORT_PROXY_READY,
	PORT_PROXY_LOST,
};

struct port_proxy {
	struct port port;
	struct event_base *base;
	char *names[PORT_PROXY_NAMES_MAX + 1];
	char *device;
	enum port_proxy_state state;
	struct event *timer; /* the next try, or the deadline of the greeting */
	int64_t give_up_ms;
	struct port_io *io;
};

static void
port_proxy_lost(struct port_proxy *pp, const struct failure *why)
{
	pp->state = PORT_PROXY_LOST;
	evtimer_del(pp->timer);
	pp->port.handlers->lost(pp->port.arg, why);
}

/* Hands message on, or finds the answer to the greeting. */
static void
port_proxy_message(void *arg, const uint8_t *msg, size_t len)
{
	struct port_proxy *pp = arg;
	struct failure why;
	int r;

	if (pp->state == PORT_PROXY_READY) {
		pp->port.handlers->message(pp->port.arg, msg, len);
		return;
	}
	if (pp->state != PORT_PROXY_GREETING)
		return;
	r = pp->port.dialect->hello_answer(msg, len);
	if (r == 0) {
		if (pp->port.dialect->early != NULL &&
		    pp->port.dialect->early(msg, len))
			pp->port.handlers->message(pp->port.arg, msg, len);
		return;
	}
	if (r < 0) {
		failure_set(&why, FAILURE_NO_PROXY, FAILURE_RETRY_BACKOFF,
		    "see the proxy's log", "proxy %s refused %s: %s", pp->port.name,
		    pp->device, strerror(-r));
		port_proxy_lost(pp, &why);
		return;
	}
	evtimer_del(pp->timer);
	pp->state = PORT_PROXY_READY;
	pp->port.handlers->ready(pp->port.arg);
}

static void
port_proxy_io_lost(void *arg, int error)
{
	struct port_proxy *pp = arg;
	struct failure why;

	if (pp->state == PORT_PROXY_LOST)
		return;
	if (pp->state == PORT_PROXY_GREETING)
		failure_set(&why, FAILURE_NO_PROXY, FAILURE_RETRY_BACKOFF,
		    "is the device there, and may the proxy open it?",
		    "proxy %s closed when asked for %s", pp->port.name, pp->device);
	else
		failure_set(&why, FAILURE_NO_PROXY, FAILURE_RETRY_SOON,
		    "start it again; the call is redialed when it is back",
		    "proxy %s is gone: %s", pp->port.name,
		    error < 0 ? strerror(-error) : "connection closed");
	port_proxy_lost(pp, &why);
}

static const struct port_io_handlers port_proxy_io_handlers = {
    .message = port_proxy_message,
    .lost = port_proxy_io_lost,
};

static void
port_proxy_connected(struct port_proxy *pp, int fd)
{
	uint8_t hello[512];
	struct timeval tv = loop_timeval(pp->port.dialect->hello_ms);
	int len;

	log_plain("connect to %s sockfd = %d", pp->port.name, fd);
	pp->io = port_io_new(
	    pp->base, fd, pp->port.dialect->scan, false, &port_proxy_io_handlers, pp);
	if (pp->port.dialect->hello == NULL) {
		pp->state = PORT_PROXY_READY;
		pp->port.handlers->ready(pp->port.arg);
		return;
	}
	pp->state = PORT_PROXY_GREETING;
	len = pp->port.dialect->hello(hello, sizeof(hello), pp->device);
	if (len < 0) {
		port_proxy_io_lost(pp, len);
		return;
	}
	evtimer_add(pp->timer, &tv);
	port_io_send(pp->io, hello, (size_t)len);
}

/*
 * Tries every name once.  A descriptor, or the most telling -errno with port.name the
 * name that gave it.
 */
static int
port_proxy_try(struct port_proxy *pp)
{
	int best = 0, fd;
	size_t i;

	for (i = 0; pp->names[i] != NULL; i++) {
		fd = unixsock_connect(pp->names[i], SOCK_STREAM);
		if (fd == -EPROTOTYPE)
			fd = unixsock_connect(pp->names[i], SOCK_SEQPACKET);
		if (fd < 0 && best != 0 && fd != -EAGAIN && fd != -EACCES)
			continue;
		snprintf(pp->port.name, sizeof(pp->port.name), "%s", pp->names[i]);
		if (fd >= 0)
			return fd;
		best = fd;
	}
	return best < 0 ? best : -ENOENT;
}

static void
port_proxy_refused(struct port_proxy *pp, int error)
{
	struct failure why;
	char remedy[FAILURE_TEXT_MAX];
	bool two = pp->names[1] != NULL;

	if (error == -EACCES || error == -EPERM)
		snprintf(remedy, sizeof(remedy),
		    "run as root or as a member of the proxy's group");
	else
		snprintf(remedy, sizeof(remedy),
		    "start it (for example: %s-proxy -d %s), or use --direct",
		    strcmp(pp->port.dialect->first_line, "MBIM") == 0 ? "mbim" : "qmi",
		    pp->device);
	failure_set(&why, FAILURE_NO_PROXY, FAILURE_RETRY_BACKOFF, remedy,
	    "connect to %s%s%s failed: %s (errno %d)", pp->names[0], two ? " and " : "",
	    two ? pp->names[1] : "", strerror(-error), -error);
	port_proxy_lost(pp, &why);
}

static void
port_proxy_timer_cb(evutil_socket_t unused, short what, void *arg)
{
	struct port_proxy *pp = arg;
	struct failure why;
	struct timeval tv = loop_timeval(PORT_PROXY_AGAIN_MS);
	int fd;

	(void)unused;
	(void)what;
	if (pp->state == PORT_PROXY_GREETING) {
		failure_set(&why, FAILURE_NO_PROXY, FAILURE_RETRY_BACKOFF,
		    "is the modem there?", "proxy %s did not answer the greeting",
		    pp->port.name);
		port_proxy_lost(pp, &why);
		return;
	}
	fd = port_proxy_try(pp);
	if (fd >= 0)
		port_proxy_connected(pp, fd);
	else if (fd == -EAGAIN && loop_now_ms() < pp->give_up_ms)
		evtimer_add(pp->timer, &tv);
	else
		port_proxy_refused(pp, fd);
}

static void
port_proxy_start(struct port *p)
{
	struct port_proxy *pp = (struct port_proxy *)p;

	pp->give_up_ms = loop_now_ms() + PORT_PROXY_BUSY_MS;
	event_active(pp->timer, EV_TIMEOUT, 0);
}

static int
port_proxy_send(struct port *p, const uint8_t *msg, size_t len)
{
	struct port_proxy *pp = (struct port_proxy *)p;

	if (pp->state != PORT_PROXY_READY)
		return -EAGAIN;
	return port_io_send(pp->io, msg, len);
}

static void
port_proxy_flush(struct port *p)
{
	struct port_proxy *pp = (struct port_proxy *)p;

	if (pp->io != NULL)
		port_io_flush(pp->io);
}

static void
port_proxy_free(struct port *p)
{
	struct port_proxy *pp = (struct port_proxy *)p;
	size_t i;

	port_io_free(pp->io);
	event_free(pp->timer);
	for (i = 0; pp->names[i] != NULL; i++)
		free(pp->names[i]);
	free(pp->device);
	free(pp);
}

static const struct port_ops port_proxy_ops = {
    .start = port_proxy_start,
    .send = port_proxy_send,
    .flush = port_proxy_flush,
    .free = port_proxy_free,
};

struct port *
port_proxy_new(struct event_base *base, const struct port_dialect *dialect,
    const char *const *names, const char *device)
{
	struct port_proxy *pp = xcalloc(1, sizeof(*pp));
	size_t i;

	pp->port.ops = &port_proxy_ops;
	pp->base = base;
	pp->port.dialect = dialect;
	pp->device = xstrdup(device);
	for (i = 0; names[i] != NULL && i < PORT_PROXY_NAMES_MAX; i++)
		pp->names[i] = xstrdup(names[i]);
	pp->timer = evtimer_new(base, port_proxy_timer_cb, pp);
	if (pp->timer == NULL)
		fatal("port", "no memory for an event");
	return &pp->port;
}
