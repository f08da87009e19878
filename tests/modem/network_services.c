/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The servers of one network: echo, "who" and DNS, each on TCP and UDP.
 *
 * Each has one TCP and one UDP socket for both families (an IPv4 peer is seen as a
 * mapped address).  A network has several addresses, and a host only takes an answer
 * from the address it asked, so UDP answers carry the address that the packet came to.
 *
 * A TCP connection's protocol is one function that looks at what has come and says
 * what goes back.  A peer that does not read is not read from either.
 */
#include "config.h"

#include "tests/modem/network_int.h"

#include <sys/queue.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "common/xmem.h"

#define DATAGRAM_MAX 65535
#define DATAGRAMS_A_TURN 64
#define UNSENT_MAX 262144 /* bytes a peer may leave unread */
#define BACKLOG 128
#define DNS_TCP_MAX 65535 /* bytes of one query; a length of two bytes before it */

struct service;
struct services;

struct service_kind {
	uint16_t port;
	/* Answers one datagram.  Returns the answer's length, -1: none. */
	ssize_t (*datagram)(struct service *s, const uint8_t *in, size_t len,
	    uint8_t *out, size_t out_size);
	/* Takes from in what is whole and adds answers to out.  False: close. */
	bool (*stream)(struct service *s, struct evbuffer *in, struct evbuffer *out);
	bool speaks_first; /* stream is called once at once, and then the end */
};

/* One port. */
struct service {
	const struct service_kind *kind;
	struct services *services;
	int udp_fd;
	struct event *datagram_event;
	struct evconnlistener *listener;
};

struct connection {
	LIST_ENTRY(connection) next;
	struct service *service;
	struct bufferevent *bev;
	bool last;      /* nothing comes after what is unsent */
	bool heard_end; /* of the peer */
};

static ssize_t echo_datagram(
    struct service *s, const uint8_t *in, size_t len, uint8_t *out, size_t size);
static bool echo_stream(struct service *s, struct evbuffer *in, struct evbuffer *out);
static ssize_t who_datagram(
    struct service *s, const uint8_t *in, size_t len, uint8_t *out, size_t size);
static bool who_stream(struct service *s, struct evbuffer *in, struct evbuffer *out);
static ssize_t dns_datagram(
    struct service *s, const uint8_t *in, size_t len, uint8_t *out, size_t size);
static bool dns_stream(struct service *s, struct evbuffer *in, struct evbuffer *out);

static const struct service_kind kinds[] = {
    {NETWORK_ECHO_PORT, echo_datagram, echo_stream, false},
    {NETWORK_WHO_PORT, who_datagram, who_stream, true},
    {DNS_PORT, dns_datagram, dns_stream, false},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct services {
	struct event_base *base;
	const struct network_plan *plan;
	const char *apn;
	struct service list[KINDS];
	LIST_HEAD(, connection) connections;
	uint8_t in[DATAGRAM_MAX], out[DATAGRAM_MAX];
};

/* ---- what they say
 * ------------------------------------------------------------------- */

static ssize_t
echo_datagram(
    struct service *s, const uint8_t *in, size_t len, uint8_t *out, size_t size)
{
	(void)s;
	if (len > size)
		return -1;
	memcpy(out, in, len);
	return (ssize_t)len;
}

static bool
echo_stream(struct service *s, struct evbuffer *in, struct evbuffer *out)
{
	(void)s;
	return evbuffer_add_buffer(out, in) == 0;
}

static ssize_t
who_datagram(
    struct service *s, const uint8_t *in, size_t len, uint8_t *out, size_t size)
{
	(void)in;
	(void)len;
	return snprintf((char *)out, size, "%s\n", s->services->apn);
}

static bool
who_stream(struct service *s, struct evbuffer *in, struct evbuffer *out)
{
	evbuffer_drain(in, evbuffer_get_length(in));
	return evbuffer_add_printf(out, "%s\n", s->services->apn) > 0;
}

static ssize_t
dns_datagram(
    struct service *s, const uint8_t *in, size_t len, uint8_t *out, size_t size)
{
	size_t n = size < DNS_MESSAGE_MAX
		       ? 0
		       : dns_answer(s->services->plan, s->services->apn, in, len, out);
	return n > 0 ? (ssize_t)n : -1;
}

/* The length of the first query in in, -1 when it is not there yet. */
static ssize_t
whole_query(struct evbuffer *in)
{
	uint8_t prefix[2];
	if (evbuffer_copyout(in, prefix, sizeof(prefix)) < (ssize_t)sizeof(prefix))
		return -1;
	size_t len = (size_t)prefix[0] << 8 | prefix[1];
	return evbuffer_get_length(in) < len + sizeof(prefix) ? -1 : (ssize_t)len;
}

/* Each message has its length before it (RFC 1035 4.2.2). */
static bool
dns_stream(struct service *s, struct evbuffer *in, struct evbuffer *out)
{
	struct services *all = s->services;
	ssize_t len;
	while ((len = whole_query(in)) >= 0) {
		uint8_t prefix[2];
		evbuffer_drain(in, sizeof(prefix));
		evbuffer_remove(in, all->in, (size_t)len);
		size_t n =
		    dns_answer(all->plan, all->apn, all->in, (size_t)len, all->out);
		if (n == 0)
			return false;
		prefix[0] = (uint8_t)(n >> 8);
		prefix[1] = (uint8_t)n;
		evbuffer_add(out, prefix, sizeof(prefix));
		evbuffer_add(out, all->out, n);
	}
	return true;
}

/* ---- UDP
 * ------------------------------------------------------------------------------- */

union control {
	struct cmsghdr align;
	uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* The answer leaves from where the question went to, by whatever way leads back. */
static void
keep_local_address_only(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	struct in6_pktinfo info;
	if (!c || c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_PKTINFO) {
		msg->msg_control = NULL;
		msg->msg_controllen = 0;
		return;
	}
	memcpy(&info, CMSG_DATA(c), sizeof(info));
	info.ipi6_ifindex = 0;
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	msg->msg_controllen = CMSG_SPACE(sizeof(info));
}

/* False when none is waiting. */
static bool
serve_datagram(struct service *s)
{
	struct services *all = s->services;
	struct sockaddr_in6 peer;
	union control control;
	struct iovec iov = {.iov_base = all->in, .iov_len = sizeof(all->in)};
	struct msghdr msg = {.msg_name = &peer,
	    .msg_namelen = sizeof(peer),
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};

	ssize_t n = recvmsg(s->udp_fd, &msg, 0);
	if (n < 0)
		return false;
	n = s->kind->datagram(s, all->in, (size_t)n, all->out, sizeof(all->out));
	if (n < 0)
		return true;
	iov.iov_base = all->out;
	iov.iov_len = (size_t)n;
	keep_local_address_only(&msg);
	(void)sendmsg(s->udp_fd, &msg, 0);
	return true;
}

static void
datagram_cb(int fd, short what, void *arg)
{
	struct service *s = arg;
	(void)fd;
	(void)what;
	for (unsigned i = 0; i < DATAGRAMS_A_TURN; i++)
		if (!serve_datagram(s))
			return;
}

static int
bound_socket(int type, uint16_t port)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	static const int on = 1, off = 0;

	int fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

static int
open_datagrams(struct service *s)
{
	s->udp_fd = bound_socket(SOCK_DGRAM, s->kind->port);
	if (s->udp_fd < 0)
		return s->udp_fd;
	s->datagram_event = event_new(
	    s->services->base, s->udp_fd, EV_READ | EV_PERSIST, datagram_cb, s);
	return s->datagram_event && event_add(s->datagram_event, NULL) == 0 ? 0
									    : -ENOMEM;
}

/* ---- TCP
 * ------------------------------------------------------------------------------- */

static void
connection_free(struct connection *c)
{
	LIST_REMOVE(c, next);
	bufferevent_free(c->bev);
	free(c);
}

/*
 * After the last byte the peer hears of the end, and what it still says is read until
 * it ends too: closing at once would make the kernel throw away what is on its way.
 */
static void
end_when_sent(struct connection *c)
{
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) > 0)
		return;
	if (c->heard_end) {
		connection_free(c);
		return;
	}
	(void)shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	bufferevent_enable(c->bev, EV_READ);
}

static void
connection_finish(struct connection *c)
{
	c->last = true;
	end_when_sent(c);
}

static void
serve_stream(struct connection *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	struct evbuffer *out = bufferevent_get_output(c->bev);
	if (c->last) {
		evbuffer_drain(in, evbuffer_get_length(in));
		return;
	}
	bool go_on = c->service->kind->stream(c->service, in, out);
	if (!go_on || c->service->kind->speaks_first)
		connection_finish(c);
	else if (evbuffer_get_length(out) > UNSENT_MAX)
		bufferevent_disable(c->bev, EV_READ);
}

static void
stream_read_cb(struct bufferevent *bev, void *arg)
{
	(void)bev;
	serve_stream(arg);
}

/* All is sent. */
static void
stream_write_cb(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;
	if (c->last)
		end_when_sent(c);
	else
		bufferevent_enable(bev, EV_READ);
}

static void
stream_event_cb(struct bufferevent *bev, short what, void *arg)
{
	struct connection *c = arg;
	(void)bev;
	if (what & BEV_EVENT_ERROR) {
		connection_free(c);
		return;
	}
	c->heard_end = true;
	connection_finish(c);
}

static void
accept_cb(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer,
    int peer_len, void *arg)
{
	struct service *s = arg;
	(void)listener;
	(void)peer;
	(void)peer_len;
	struct bufferevent *bev =
	    bufferevent_socket_new(s->services->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!bev) {
		close(fd);
		return;
	}
	struct connection *c = xcalloc(1, sizeof(*c));
	c->service = s;
	c->bev = bev;
	LIST_INSERT_HEAD(&s->services->connections, c, next);
	bufferevent_setcb(bev, stream_read_cb, stream_write_cb, stream_event_cb, c);
	bufferevent_setwatermark(bev, EV_READ, 0, DNS_TCP_MAX + 2);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	if (s->kind->speaks_first)
		serve_stream(c);
}

static int
open_streams(struct service *s)
{
	int fd = bound_socket(SOCK_STREAM, s->kind->port);
	if (fd < 0)
		return fd;
	s->listener = evconnlistener_new(s->services->base, accept_cb, s,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
	if (s->listener)
		return 0;
	int rc = -errno;
	close(fd);
	return rc;
}

/* ---- all of them
 * ----------------------------------------------------------------------- */

static int
open_all(struct services *all)
{
	for (unsigned i = 0; i < KINDS; i++)
		all->list[i] =
		    (struct service){.kind = &kinds[i], .services = all, .udp_fd = -1};
	for (unsigned i = 0; i < KINDS; i++) {
		int rc = open_datagrams(&all->list[i]);
		if (rc == 0)
			rc = open_streams(&all->list[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

struct services *
services_new(struct event_base *base, const struct network_plan *plan, const char *apn)
{
	struct services *all = xcalloc(1, sizeof(*all));
	all->base = base;
	all->plan = plan;
	all->apn = apn;
	LIST_INIT(&all->connections);
	int rc = open_all(all);
	if (rc < 0) {
		services_free(all);
		errno = -rc;
		return NULL;
	}
	return all;
}

void
services_free(struct services *s)
{
	if (!s)
		return;
	struct connection *c;
	while ((c = LIST_FIRST(&s->connections)))
		connection_free(c);
	for (unsigned i = 0; i < KINDS; i++) {
		if (s->list[i].listener)
			evconnlistener_free(s->list[i].listener);
		if (s->list[i].datagram_event)
			event_free(s->list[i].datagram_event);
		if (s->list[i].udp_fd >= 0)
			close(s->list[i].udp_fd);
	}
	free(s);
}
