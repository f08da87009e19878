/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's uevent socket.
 *
 * A message is "action@devpath", a NUL, then KEY=VALUE strings each ended by a NUL.
 * Group 2 carries udev's own format and is not for us.  Any process with the right to
 * may send to the group, so the sender's port id must be the kernel's, 0.
 * Source: reference/kernel.md 9.
 */
#include "config.h"

#include "common/uevent.h"

#include <errno.h>
#include <event2/event.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/xmem.h"

#define KERNEL_GROUP 1
#define UEVENT_RCVBUF (1 << 20) /* bytes */
#define UEVENT_MAX 8192         /* bytes; the kernel's are up to about 2 KiB */

struct uevent_monitor {
	int fd;
	struct event *readable;
	uevent_fn fn;
	void *arg;
	bool *gone; /* set when fn frees the monitor while we stand on it */
	char buf[UEVENT_MAX];
};

static enum uevent_action
action_of(const char *text, size_t len)
{
	static const struct {
		const char *name;
		enum uevent_action action;
	} names[] = {
	    {"add", UEVENT_ADD},
	    {"remove", UEVENT_REMOVE},
	    {"change", UEVENT_CHANGE},
	    {"move", UEVENT_MOVE},
	    {"bind", UEVENT_BIND},
	    {"unbind", UEVENT_UNBIND},
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == len &&
		    memcmp(names[i].name, text, len) == 0)
			return names[i].action;
	return UEVENT_OTHER;
}

static void
take_key(struct uevent *ev, const char *text)
{
	const struct {
		const char *key;
		const char **value;
	} keys[] = {
	    {"SUBSYSTEM=", &ev->subsystem},
	    {"DEVTYPE=", &ev->devtype},
	    {"DEVNAME=", &ev->devname},
	    {"INTERFACE=", &ev->interface},
	    {"DEVPATH_OLD=", &ev->devpath_old},
	};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(keys[i].key);
		if (strncmp(text, keys[i].key, len) == 0)
			*keys[i].value = text + len;
	}
}

static void
uevent_clear(struct uevent *ev, enum uevent_action action)
{
	*ev = (struct uevent){
	    .action = action,
	    .devpath = "",
	    .subsystem = "",
	    .devtype = "",
	    .devname = "",
	    .interface = "",
	    .devpath_old = "",
	};
}

bool
uevent_parse(const char *buf, size_t len, struct uevent *ret)
{
	if (len == 0 || buf[len - 1] != '\0')
		return false;
	const char *at = strchr(buf, '@');
	if (!at || at == buf || at[1] != '/')
		return false;
	uevent_clear(ret, action_of(buf, (size_t)(at - buf)));
	ret->devpath = at + 1;
	const char *end = buf + len;
	for (const char *p = buf + strlen(buf) + 1; p < end; p += strlen(p) + 1)
		take_key(ret, p);
	return true;
}

bool
uevent_below(const struct uevent *ev, const char *usb_path)
{
	size_t len = strlen(usb_path);
	if (len == 0)
		return false;
	for (const char *p = strchr(ev->devpath, '/'); p; p = strchr(p, '/')) {
		p++;
		if (strncmp(p, usb_path, len) == 0 && (p[len] == '/' || p[len] == '\0'))
			return true;
	}
	return false;
}

/* Tells the owner; false when it has freed the monitor. */
static bool
tell(struct uevent_monitor *m, const struct uevent *ev)
{
	bool gone = false;
	m->gone = &gone;
	m->fn(ev, m->arg);
	if (gone)
		return false;
	m->gone = NULL;
	return true;
}

/* One message; its length, 0 for one to be ignored, or -errno. */
static ssize_t
receive(struct uevent_monitor *m)
{
	struct sockaddr_nl from;
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(m->fd, m->buf, sizeof(m->buf) - 1, MSG_DONTWAIT,
	    (struct sockaddr *)&from, &from_len);
	if (n < 0)
		return -errno;
	if (from_len < sizeof(from) || from.nl_pid != 0)
		return 0;
	m->buf[n] = '\0';
	return n;
}

static void
uevent_read_cb(evutil_socket_t fd, short what, void *arg)
{
	struct uevent_monitor *m = arg;
	struct uevent ev;
	(void)fd;
	(void)what;
	for (;;) {
		ssize_t n = receive(m);
		if (n == -EINTR)
			continue;
		if (n == -ENOBUFS) {
			uevent_clear(&ev, UEVENT_RESCAN);
			if (!tell(m, &ev))
				return;
			continue;
		}
		if (n < 0)
			return;
		if (n > 0 && uevent_parse(m->buf, (size_t)n, &ev) && !tell(m, &ev))
			return;
	}
}

static int
uevent_socket(void)
{
	struct sockaddr_nl addr = {
	    .nl_family = AF_NETLINK,
	    .nl_groups = KERNEL_GROUP,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_KOBJECT_UEVENT);
	if (fd < 0)
		return -errno;
	int size = UEVENT_RCVBUF;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

struct uevent_monitor *
uevent_monitor_new(struct event_base *base, uevent_fn fn, void *arg)
{
	int fd = uevent_socket();
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	struct uevent_monitor *m = xcalloc(1, sizeof(*m));
	m->fd = fd;
	m->fn = fn;
	m->arg = arg;
	m->readable = event_new(base, fd, EV_READ | EV_PERSIST, uevent_read_cb, m);
	if (!m->readable || event_add(m->readable, NULL) < 0) {
		uevent_monitor_free(m);
		errno = ENOMEM;
		return NULL;
	}
	return m;
}

void
uevent_monitor_free(struct uevent_monitor *m)
{
	if (!m)
		return;
	if (m->gone)
		*m->gone = true;
	if (m->readable)
		event_free(m->readable);
	close(m->fd);
	free(m);
}
