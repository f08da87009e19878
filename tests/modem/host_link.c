/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host that does not read is like one that never asks its cdc-wdm node for data: what
 * it leaves lying beyond UNSENT_MAX bytes is lost, newest first, and counted nowhere
 * but in the log.
 */
#include "config.h"

#include "tests/modem/host_link.h"

#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmem.h"
#include "tests/modem/frame_log.h"
#include "tests/modem/modem.h"

#define UNSENT_MAX (4u << 20) /* bytes */

struct unsent {
	TAILQ_ENTRY(unsent) next;
	size_t len, done;
	uint8_t bytes[];
};

struct host_link {
	struct host_link_settings settings;
	char *name;
	struct modem_port *port; /* NULL once the modem hung up */
	struct event *writable;
	TAILQ_HEAD(, unsent) queue;
	size_t queued; /* bytes */
	struct frame_log *from_host, *to_host;
	bool *alive; /* of a host_link_input() that is running, or NULL */
};

/* ---- to the host
 * --------------------------------------------------------------------- */

/* False when the descriptor takes no more for now, or is broken. */
static bool
write_first(struct host_link *l)
{
	struct unsent *u = TAILQ_FIRST(&l->queue);
	size_t left = u->len - u->done;
	ssize_t n = l->settings.packets
			? send(l->settings.fd, u->bytes, u->len, MSG_NOSIGNAL)
			: write(l->settings.fd, u->bytes + u->done, left);
	if (n < 0)
		return errno == EINTR;
	u->done += (size_t)n;
	if (u->done < u->len && !l->settings.packets)
		return true;
	TAILQ_REMOVE(&l->queue, u, next);
	l->queued -= u->len;
	free(u);
	return true;
}

/*
 * A broken descriptor is seen by its reader too, so that nothing is decided here and
 * the modem may be in the middle of something.
 */
static void
write_all(struct host_link *l)
{
	while (!TAILQ_EMPTY(&l->queue))
		if (!write_first(l))
			break;
	if (!TAILQ_EMPTY(&l->queue) && errno == EAGAIN)
		event_add(l->writable, NULL);
}

static void
writable_cb(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	write_all(arg);
}

static void
link_send(void *arg, const uint8_t *bytes, size_t len)
{
	struct host_link *l = arg;
	frame_log_bytes(l->to_host, bytes, len);
	if (l->queued + len > UNSENT_MAX) {
		log_warnx(
		    "modem", "%s: the host does not read, a message is lost", l->name);
		return;
	}
	struct unsent *u = xcalloc(1, sizeof(*u) + len);
	u->len = len;
	memcpy(u->bytes, bytes, len);
	TAILQ_INSERT_TAIL(&l->queue, u, next);
	l->queued += len;
	if (TAILQ_FIRST(&l->queue) == u)
		write_all(l);
}

static void
link_hangup(void *arg)
{
	struct host_link *l = arg;
	l->port = NULL;
	if (l->alive)
		*l->alive = false;
	l->settings.hung_up(l->settings.arg);
}

static const struct modem_port_ops port_ops = {
    .send = link_send,
    .hangup = link_hangup,
};

/* ---- from the host
 * ------------------------------------------------------------------- */

bool
host_link_input(struct host_link *l, const uint8_t *bytes, size_t len)
{
	bool alive = true;
	frame_log_bytes(l->from_host, bytes, len);
	l->alive = &alive;
	modem_port_input(l->port, bytes, len);
	if (!alive)
		return false;
	l->alive = NULL;
	return true;
}

/* ---- life
 * ---------------------------------------------------------------------------- */

struct host_link *
host_link_new(
    struct event_base *base, struct modem *m, const struct host_link_settings *settings)
{
	bool mbim = modem_settings(m)->mode == MODEM_MODE_MBIM;
	short edge = settings->edge_triggered ? EV_ET : 0;
	struct host_link *l = xcalloc(1, sizeof(*l));
	l->settings = *settings;
	l->name = xstrdup(settings->name);
	l->settings.name = l->name;
	TAILQ_INIT(&l->queue);
	l->from_host = frame_log_new(l->name, '>', mbim);
	l->to_host = frame_log_new(l->name, '<', mbim);
	l->writable =
	    event_new(base, settings->fd, (short)(EV_WRITE | edge), writable_cb, l);
	if (!l->writable)
		fatal("modem", "no memory");
	l->port = modem_attach(m, &port_ops, l);
	if (l->port)
		return l;
	int error = errno;
	host_link_free(l);
	errno = error;
	return NULL;
}

void
host_link_free(struct host_link *l)
{
	if (!l)
		return;
	if (l->port)
		modem_detach_port(l->port);
	if (l->alive)
		*l->alive = false;
	struct unsent *u;
	while ((u = TAILQ_FIRST(&l->queue))) {
		TAILQ_REMOVE(&l->queue, u, next);
		free(u);
	}
	event_free(l->writable);
	frame_log_free(l->from_host);
	frame_log_free(l->to_host);
	free(l->name);
	free(l);
}
