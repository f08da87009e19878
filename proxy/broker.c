/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/unixsock.h"
#include "common/xmem.h"
#include "proxy/broker.h"
#include "proxy/device.h"

#define CHANNELS_MAX 64 /* devices, so that no program makes threads without end */
#define NAME_MAX_LEN 108

struct owned_channel {
	TAILQ_ENTRY(owned_channel) entry;
	struct channel *channel;
};

/* A socket; in the vendor's dialect it belongs to one device. */
struct owned_listener {
	TAILQ_ENTRY(owned_listener) entry;
	struct broker *broker;
	struct listener *listener;
	struct channel *channel; /* NULL: the newcomer names its device */
	char *file;              /* to be removed at the end, or NULL */
};

/* A newcomer that has not yet said which device it wants. */
struct guest {
	TAILQ_ENTRY(guest) entry;
	struct broker *broker;
	struct event *read_event;
	struct newcomer newcomer;
};

struct broker {
	struct event_base *base;
	const struct broker_protocol *protocol;
	const struct broker_config *config;
	TAILQ_HEAD(, owned_channel) channels;
	TAILQ_HEAD(, owned_listener) listeners;
	TAILQ_HEAD(, guest) guests;
	unsigned channels_count;
	struct event *idle_event;                /* NULL: it never ends by itself */
	unsigned long accepted, accepted_before; /* connections; at the last look */
	bool was_idle;
};

static struct channel *
add_channel(struct broker *b, const char *path, bool is_configured)
{
	struct channel_config config = b->config->channel;
	struct owned_channel *o;

	if (b->channels_count == CHANNELS_MAX) {
		log_warnx("broker", "%s: %u devices are served already", path,
		    b->channels_count);
		return NULL;
	}
	config.ops = b->protocol->ops;
	config.is_configured = is_configured;
	o = xcalloc(1, sizeof(*o));
	o->channel = channel_new(path, &config);
	if (!o->channel) {
		log_warn("broker", "%s: cannot start a thread for it", path);
		free(o);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&b->channels, o, entry);
	b->channels_count++;
	return o->channel;
}

static void
remove_channel(struct broker *b, struct owned_channel *o)
{
	TAILQ_REMOVE(&b->channels, o, entry);
	b->channels_count--;
	channel_free(o->channel);
	free(o);
}

/* Programs may name what turns out to be no modem; its thread is not kept. */
static void
remove_useless_channels(struct broker *b)
{
	struct owned_channel *o, *next;

	for (o = TAILQ_FIRST(&b->channels); o; o = next) {
		next = TAILQ_NEXT(o, entry);
		if (channel_is_useless(o->channel))
			remove_channel(b, o);
	}
}

/* The channel of a device that a program names: one that is there, or a new one. */
static struct channel *
find_channel(struct broker *b, const char *path, const struct router_peer *peer)
{
	struct owned_channel *o;
	int rc;

	remove_useless_channels(b);
	TAILQ_FOREACH (o, &b->channels, entry)
		if (device_same(channel_path(o->channel), path))
			return o->channel;
	rc = device_check(path, peer->uid, b->protocol->foreign_driver);
	if (rc < 0) {
		log_info("broker", "pid %d, uid %d wants %s: %s", (int)peer->pid,
		    (int)peer->uid, path, strerror(-rc));
		return NULL;
	}
	return add_channel(b, path, false);
}

static void
free_guest(struct guest *g)
{
	TAILQ_REMOVE(&g->broker->guests, g, entry);
	event_free(g->read_event);
	free(g);
}

static void
turn_away(struct guest *g, const char *why)
{
	log_info("broker", "pid %d, uid %d: %s: closing it", (int)g->newcomer.peer.pid,
	    (int)g->newcomer.peer.uid, why);
	close(g->newcomer.fd);
	free_guest(g);
}

static void
give_away(struct guest *g, const char *path)
{
	struct channel *ch = find_channel(g->broker, path, &g->newcomer.peer);

	if (!ch) {
		turn_away(g, "no such device");
		return;
	}
	/* out of our loop first: once given away, its descriptor is the channel's */
	event_del(g->read_event);
	channel_give(ch, &g->newcomer);
	free_guest(g);
}

/* Answers a message that came too early and takes it out of the head. */
static bool
refuse(struct guest *g, const struct hello *h)
{
	struct newcomer *n = &g->newcomer;

	if (h->answer_len > 0 &&
	    send(n->fd, h->answer, h->answer_len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return false;
	n->head_len -= h->used;
	memmove(n->head, n->head + h->used, n->head_len);
	return true;
}

/* Looks at what has been read; frees the guest unless more is needed. */
static void
greet(struct guest *g)
{
	struct newcomer *n = &g->newcomer;
	struct hello h;

	for (;;) {
		switch (g->broker->protocol->hello(n->head, n->head_len, &h)) {
		case HELLO_MORE:
			if (n->head_len == sizeof(n->head))
				turn_away(g, "it talks without naming a device");
			return;
		case HELLO_DEVICE: give_away(g, h.path); return;
		case HELLO_REFUSE:
			if (refuse(g, &h))
				continue;
			turn_away(g, "it does not read");
			return;
		default: turn_away(g, "its first bytes are no message"); return;
		}
	}
}

static void
guest_read_cb(int fd, short what, void *arg)
{
	struct guest *g = arg;
	struct newcomer *n = &g->newcomer;
	ssize_t got = recv(
	    fd, n->head + n->head_len, sizeof(n->head) - n->head_len, MSG_DONTWAIT);

	(void)what;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		close(fd);
		free_guest(g);
		return;
	}
	n->head_len += (size_t)got;
	greet(g);
}

static void
receive_guest(struct broker *b, int fd, const struct router_peer *peer)
{
	struct guest *g = xcalloc(1, sizeof(*g));

	g->broker = b;
	g->newcomer.fd = fd;
	g->newcomer.peer = *peer;
	g->read_event = event_new(b->base, fd, EV_READ | EV_PERSIST, guest_read_cb, g);
	if (!g->read_event)
		fatal("broker", "out of memory");
	event_add(g->read_event, NULL);
	TAILQ_INSERT_TAIL(&b->guests, g, entry);
}

static void
on_accept(void *arg, int fd, const struct listener_peer *who)
{
	struct owned_listener *o = arg;
	struct router_peer peer = {
	    .dialect = o->channel ? ROUTER_DIALECT_VENDOR : ROUTER_DIALECT_LIB,
	    .uid = who->uid,
	    .gid = who->gid,
	    .pid = who->pid};
	struct newcomer n = {.fd = fd, .peer = peer};

	o->broker->accepted++;
	if (o->channel)
		channel_give(o->channel, &n);
	else
		receive_guest(o->broker, fd, &peer);
}

/* name: "@abstract", or a path with file set. */
static int
listen_on(struct broker *b, const char *name, struct channel *channel, bool is_file)
{
	struct owned_listener *o;
	int fd =
	    unixsock_listen(name, SOCK_STREAM, is_file ? b->config->socket_mode : 0600,
		is_file ? b->config->socket_uid : (uid_t)-1,
		is_file ? b->config->socket_gid : (gid_t)-1);

	if (fd < 0)
		return fd;
	o = xcalloc(1, sizeof(*o));
	o->broker = b;
	o->channel = channel;
	o->file = is_file ? xstrdup(name) : NULL;
	o->listener = listener_new(
	    b->base, fd, name, is_file ? NULL : &b->config->access, on_accept, o);
	TAILQ_INSERT_TAIL(&b->listeners, o, entry);
	log_debug("broker", "listening on %s", name);
	return 0;
}

int
broker_listen(struct broker *b)
{
	char name[NAME_MAX_LEN];
	int rc;

	snprintf(name, sizeof(name), "@%s", b->protocol->program);
	rc = listen_on(b, name, NULL, false);
	if (rc == -EADDRINUSE)
		return rc; /* the caller knows whether that is an error */
	if (rc < 0) {
		log_errx("broker", "cannot listen on %s: %s", name, strerror(-rc));
		return rc;
	}
	if (mkdir(b->config->runtime_dir, 0755) < 0 && errno != EEXIST)
		log_warn("broker", "cannot make %s", b->config->runtime_dir);
	rc = snprintf(
	    name, sizeof(name), "%s/%s", b->config->runtime_dir, b->protocol->program);
	rc =
	    (size_t)rc >= sizeof(name) ? -ENAMETOOLONG : listen_on(b, name, NULL, true);
	if (rc < 0)
		log_errx("broker",
		    "cannot listen on %s/%s: %s: choose another "
		    "--runtime-dir",
		    b->config->runtime_dir, b->protocol->program, strerror(-rc));
	return rc;
}

/* Its name, or its first free one where several devices would share it. */
static int
listen_as_vendor(struct broker *b, const char *path, struct channel *channel)
{
	char name[NAME_MAX_LEN];
	size_t len = strlen(path);
	int rc;

	if (b->protocol->vendor_has_suffix)
		snprintf(name, sizeof(name), "@%s%c", b->protocol->vendor_name,
		    len > 0 ? path[len - 1] : '0');
	else
		snprintf(name, sizeof(name), "@%s", b->protocol->vendor_name);
	rc = listen_on(b, name, channel, false);
	if (rc < 0)
		log_warnx("broker", "%s: no socket %s for the vendor's tools: %s", path,
		    name, strerror(-rc));
	return rc;
}

int
broker_add_device(struct broker *b, const char *path)
{
	struct owned_channel *o;
	struct channel *ch;

	TAILQ_FOREACH (o, &b->channels, entry)
		if (device_same(channel_path(o->channel), path))
			return 0;
	ch = add_channel(b, path, true);
	if (!ch)
		return -EAGAIN;
	listen_as_vendor(b, path, ch); /* a name that is taken is not fatal */
	return 0;
}

int
broker_add_alias(struct broker *b, const char *alias)
{
	struct owned_channel *first = TAILQ_FIRST(&b->channels);
	char name[NAME_MAX_LEN];
	int rc;

	if (!first)
		return -ENODEV;
	rc = snprintf(name, sizeof(name), "@%s", alias[0] == '@' ? alias + 1 : alias);
	rc = (size_t)rc >= sizeof(name) ? -ENAMETOOLONG
					: listen_on(b, name, first->channel, false);
	if (rc < 0)
		log_errx("broker", "cannot listen on %s: %s", name, strerror(-rc));
	return rc;
}

static bool
is_idle(const struct broker *b)
{
	const struct owned_channel *o;

	TAILQ_FOREACH (o, &b->channels, entry)
		if (!channel_is_idle(o->channel))
			return false;
	return TAILQ_EMPTY(&b->guests);
}

static void
broker_idle_cb(int fd, short what, void *arg)
{
	struct broker *b = arg;
	bool idle = is_idle(b);

	(void)fd;
	(void)what;
	if (idle && b->was_idle && b->accepted == b->accepted_before) {
		log_info("broker", "nobody was here for %u s: ending",
		    b->config->empty_timeout_s);
		event_base_loopbreak(b->base);
	}
	b->was_idle = idle;
	b->accepted_before = b->accepted;
}

static void
watch_idleness(struct broker *b)
{
	struct timeval tv = {.tv_sec = (time_t)b->config->empty_timeout_s};

	if (b->config->empty_timeout_s == 0)
		return;
	b->idle_event = event_new(b->base, -1, EV_PERSIST, broker_idle_cb, b);
	if (!b->idle_event)
		fatal("broker", "out of memory");
	event_add(b->idle_event, &tv);
}

struct broker *
broker_new(struct event_base *base, const struct broker_protocol *protocol,
    const struct broker_config *config)
{
	struct broker *b = xcalloc(1, sizeof(*b));

	b->base = base;
	b->protocol = protocol;
	b->config = config;
	TAILQ_INIT(&b->channels);
	TAILQ_INIT(&b->listeners);
	TAILQ_INIT(&b->guests);
	watch_idleness(b);
	return b;
}

void
broker_free(struct broker *b)
{
	struct owned_listener *l;
	struct owned_channel *c;
	struct guest *g;

	while ((l = TAILQ_FIRST(&b->listeners))) {
		TAILQ_REMOVE(&b->listeners, l, entry);
		listener_free(l->listener);
		if (l->file)
			unlink(l->file);
		free(l->file);
		free(l);
	}
	while ((g = TAILQ_FIRST(&b->guests))) {
		close(g->newcomer.fd);
		free_guest(g);
	}
	while ((c = TAILQ_FIRST(&b->channels)))
		remove_channel(b, c);
	if (b->idle_event)
		event_free(b->idle_event);
	free(b);
}
