/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A port that owns the control device itself: no proxy, no other dialer.
 *
 * A device that somebody has open is refused with that process's name; killing it is a
 * person's decision.  After opening, the dialect's sync is repeated until the modem
 * answers: one that has just enumerated stays silent for a while (qmi.md 4.1, M2), and
 * everything before the answer is talk with an earlier owner.
 */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <event2/event.h>

#include "client/holder.h"
#include "client/port.h"
#include "client/port_io.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/unixsock.h"
#include "common/xmem.h"

#define PORT_DEVICE_TRANSFER_FIRST 4096 /* what a device that is silent gets */
#define PORT_DEVICE_TRANSFER_MIN 64
#define PORT_DEVICE_WDM_MAX_COMMAND 0x800248a0 /* ioctl of cdc-wdm; mbim.md 1.5 */

enum port_device_state {
	PORT_DEVICE_OPENING,
	PORT_DEVICE_SYNCING,
	PORT_DEVICE_READY,
	PORT_DEVICE_LOST,
};

struct port_device {
	struct port port;
	struct event_base *base;
	enum port_device_state state;
	struct event *timer;
	unsigned int tries;
	struct port_io *io;
};

static void
port_device_lost(struct port_device *pd, const struct failure *why)
{
	pd->state = PORT_DEVICE_LOST;
	evtimer_del(pd->timer);
	pd->port.handlers->lost(pd->port.arg, why);
}

static void
port_device_ready(struct port_device *pd)
{
	pd->state = PORT_DEVICE_READY;
	pd->port.alone = true;
	evtimer_del(pd->timer);
	pd->port.handlers->ready(pd->port.arg);
}

static void
port_device_send_sync(struct port_device *pd, enum port_sync_kind kind)
{
	uint8_t buf[64];
	int len = pd->port.dialect->sync(buf, sizeof(buf), kind, pd->port.max_transfer);

	if (len > 0)
		port_io_send(pd->io, buf, (size_t)len);
}

/* The device did not say how much it takes at once, so it is tried out. */
static void
port_device_smaller(struct port_device *pd)
{
	if (pd->port.max_transfer == 0)
		pd->port.max_transfer = PORT_DEVICE_TRANSFER_FIRST;
	pd->port.max_transfer /= 2;
	if (pd->port.max_transfer >= PORT_DEVICE_TRANSFER_MIN)
		port_device_send_sync(pd, PORT_SYNC_OPEN);
}

static void
port_device_synced(struct port_device *pd, const uint8_t *msg, size_t len)
{
	switch (pd->port.dialect->sync_answer(msg, len)) {
	case PORT_SYNC_OTHER: break;
	case PORT_SYNC_DONE: port_device_ready(pd); break;
	case PORT_SYNC_OUT_OF_STEP: port_device_send_sync(pd, PORT_SYNC_RESET); break;
	case PORT_SYNC_AGAIN: port_device_send_sync(pd, PORT_SYNC_OPEN); break;
	case PORT_SYNC_SMALLER: port_device_smaller(pd); break;
	}
}

static void
port_device_message(void *arg, const uint8_t *msg, size_t len)
{
	struct port_device *pd = arg;

	if (pd->state == PORT_DEVICE_READY)
		pd->port.handlers->message(pd->port.arg, msg, len);
	else if (pd->state == PORT_DEVICE_SYNCING)
		port_device_synced(pd, msg, len);
}

static void
port_device_io_lost(void *arg, int error)
{
	struct port_device *pd = arg;
	struct failure why;

	if (pd->state == PORT_DEVICE_LOST)
		return;
	failure_set(&why, FAILURE_NO_MODEM, FAILURE_RETRY_BACKOFF, NULL,
	    "device %s is gone: %s", pd->port.name,
	    error < 0 ? strerror(-error) : "end of file");
	port_device_lost(pd, &why);
}

static const struct port_io_handlers port_device_io_handlers = {
    .message = port_device_message,
    .lost = port_device_io_lost,
};

/* One more sync, or silence is declared. */
static void
port_device_sync(struct port_device *pd)
{
	struct timeval tv = loop_timeval(pd->port.dialect->sync_ms);
	struct failure why;

	if (pd->tries++ >= pd->port.dialect->sync_tries) {
		failure_set(&why, FAILURE_SILENT, FAILURE_RETRY_BACKOFF,
		    "does it speak this protocol?  try to replug it",
		    "%s does not answer", pd->port.name);
		port_device_lost(pd, &why);
		return;
	}
	port_device_send_sync(pd, PORT_SYNC_OPEN);
	evtimer_add(pd->timer, &tv);
}

/* The longest control transfer, where the node is a cdc-wdm and says so. */
static uint32_t
port_device_max_transfer(int fd)
{
	uint16_t max = 0;

	if (ioctl(fd, PORT_DEVICE_WDM_MAX_COMMAND, &max) < 0)
		return 0;
	return max;
}

/* A terminal must not translate bytes. */
static void
port_device_make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return;
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
}

/* A descriptor, or -errno with *ret_why filled in. */
static int
port_device_open(struct port_device *pd, struct failure *ret_why)
{
	const char *path = pd->port.name;
	char name[32];
	struct stat st;
	pid_t pid;
	int fd;

	if (path[0] == '@' || (stat(path, &st) == 0 && S_ISSOCK(st.st_mode))) {
		fd = unixsock_connect(path, SOCK_SEQPACKET);
		if (fd == -EPROTOTYPE)
			fd = unixsock_connect(path, SOCK_STREAM);
		if (fd < 0)
			failure_set(ret_why, FAILURE_NO_MODEM, FAILURE_RETRY_BACKOFF,
			    "is the modem's program running?", "connect to %s: %s",
			    path, strerror(-fd));
		return fd;
	}
	pid = holder_find(path, name, sizeof(name));
	if (pid > 0) {
		failure_set(ret_why, FAILURE_BUSY, FAILURE_RETRY_BACKOFF,
		    "stop it, or dial through a proxy (-p qmi-proxy)",
		    "%s is held by %s (pid %d)", path, name, (int)pid);
		return -EBUSY;
	}
	fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		fd = -errno;
		failure_set(ret_why, FAILURE_NO_MODEM, FAILURE_RETRY_BACKOFF,
		    fd == -EACCES ? "run as root" : "name it with --device",
		    "open %s: %s", path, strerror(-fd));
		return fd;
	}
	if (isatty(fd))
		port_device_make_raw(fd);
	return fd;
}

static void
port_device_timer_cb(evutil_socket_t unused, short what, void *arg)
{
	struct port_device *pd = arg;
	struct failure why;
	int fd;

	(void)unused;
	(void)what;
	if (pd->state == PORT_DEVICE_SYNCING) {
		port_device_sync(pd);
		return;
	}
	fd = port_device_open(pd, &why);
	if (fd < 0) {
		port_device_lost(pd, &why);
		return;
	}
	log_plain("cdc_wdm_fd = %d", fd);
	pd->io = port_io_new(
	    pd->base, fd, pd->port.dialect->scan, true, &port_device_io_handlers, pd);
	pd->port.max_transfer = port_device_max_transfer(fd);
	if (pd->port.max_transfer > 0)
		port_io_is_wdm(pd->io);
	pd->state = PORT_DEVICE_SYNCING;
	if (pd->port.dialect->sync != NULL)
		port_device_sync(pd);
	else
		port_device_ready(pd);
}

static void
port_device_start(struct port *p)
{
	struct port_device *pd = (struct port_device *)p;

	event_active(pd->timer, EV_TIMEOUT, 0);
}

static int
port_device_send(struct port *p, const uint8_t *msg, size_t len)
{
	struct port_device *pd = (struct port_device *)p;

	if (pd->state != PORT_DEVICE_READY)
		return -EAGAIN;
	return port_io_send(pd->io, msg, len);
}

static void
port_device_flush(struct port *p)
{
	struct port_device *pd = (struct port_device *)p;

	if (pd->io != NULL)
		port_io_flush(pd->io);
}

static void
port_device_free(struct port *p)
{
	struct port_device *pd = (struct port_device *)p;

	port_io_free(pd->io);
	event_free(pd->timer);
	free(pd);
}

static const struct port_ops port_device_ops = {
    .start = port_device_start,
    .send = port_device_send,
    .flush = port_device_flush,
    .free = port_device_free,
};

struct port *
port_device_new(
    struct event_base *base, const struct port_dialect *dialect, const char *device)
{
	struct port_device *pd = xcalloc(1, sizeof(*pd));

	pd->port.ops = &port_device_ops;
	pd->base = base;
	pd->port.dialect = dialect;
	snprintf(pd->port.name, sizeof(pd->port.name), "%s", device);
	pd->timer = evtimer_new(base, port_device_timer_cb, pd);
	if (pd->timer == NULL)
		fatal("port", "no memory for an event");
	return &pd->port;
}
