/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The listening socket: links that change by themselves.  Not addresses and routes:
 * a router with a full table would wake every dialer for each of its changes.
 *
 * It is a socket of its own, so that no change can land among the replies to a
 * request.  When the kernel had to drop events (ENOBUFS) the owner hears RESYNC and
 * looks at everything again: events say where to look, never what is true.
 */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/rtnl_parse.h"
#include "common/xmem.h"

#define MONITOR_RCVBUF (1 << 20) /* bytes: a modem with 16 muxes unplugged at once */
#define MONITOR_MSG_MAX 32768

struct rtnl_monitor {
	struct mnl_socket *nl;
	struct event *readable;
	rtnl_monitor_fn fn;
	void *arg;
	bool *gone; /* set when fn frees the monitor while we stand on it */
	_Alignas(struct nlmsghdr) char buf[MONITOR_MSG_MAX];
};

/* What to tell the owner about one message; false: nothing. */
static bool
classify(const struct nlmsghdr *nlh, enum rtnl_event *ret_event, struct rtnl_link *ret)
{
	if (nlh->nlmsg_type == RTM_NEWLINK)
		*ret_event = RTNL_EVENT_LINK;
	else if (nlh->nlmsg_type == RTM_DELLINK)
		*ret_event = RTNL_EVENT_LINK_GONE;
	else
		return false;
	/* A bridge port leaving its bridge also says DELLINK, of AF_BRIDGE. */
	return mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct ifinfomsg) &&
	       *(const unsigned char *)mnl_nlmsg_get_payload(nlh) == AF_UNSPEC &&
	       rtnl_parse_link(nlh, ret);
}

/* Tells the owner; false when it has freed the monitor. */
static bool
tell(struct rtnl_monitor *m, enum rtnl_event event, const struct rtnl_link *link)
{
	bool gone = false;
	m->gone = &gone;
	m->fn(event, link, m->arg);
	if (gone)
		return false;
	m->gone = NULL;
	return true;
}

static bool
dispatch(struct rtnl_monitor *m, ssize_t len)
{
	const struct nlmsghdr *nlh = (const void *)m->buf;
	int left = (int)len;
	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		enum rtnl_event event;
		struct rtnl_link link;
		if (classify(nlh, &event, &link) && !tell(m, event, &link))
			return false;
	}
	return true;
}

static void
monitor_read_cb(evutil_socket_t fd, short what, void *arg)
{
	struct rtnl_monitor *m = arg;
	(void)what;
	for (;;) {
		ssize_t n = recv(fd, m->buf, sizeof(m->buf), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOBUFS) {
			struct rtnl_link none = {.index = 0};
			if (!tell(m, RTNL_EVENT_RESYNC, &none))
				return;
			continue;
		}
		if (n < 0)
			return;
		if (!dispatch(m, n))
			return;
	}
}

struct rtnl_monitor *
rtnl_monitor_new(struct event_base *base, rtnl_monitor_fn fn, void *arg)
{
	struct mnl_socket *nl =
	    mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!nl)
		return NULL;
	int fd = mnl_socket_get_fd(nl);
	int size = MONITOR_RCVBUF;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (mnl_socket_bind(nl, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0) {
		int saved = errno;
		mnl_socket_close(nl);
		errno = saved;
		return NULL;
	}
	struct rtnl_monitor *m = xcalloc(1, sizeof(*m));
	m->nl = nl;
	m->fn = fn;
	m->arg = arg;
	m->readable = event_new(base, fd, EV_READ | EV_PERSIST, monitor_read_cb, m);
	if (!m->readable || event_add(m->readable, NULL) < 0) {
		rtnl_monitor_free(m);
		errno = ENOMEM;
		return NULL;
	}
	return m;
}

void
rtnl_monitor_free(struct rtnl_monitor *m)
{
	if (!m)
		return;
	if (m->gone)
		*m->gone = true;
	if (m->readable)
		event_free(m->readable);
	mnl_socket_close(m->nl);
	free(m);
}
