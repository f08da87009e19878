/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/unixsock.h"
#include "common/xmem.h"
#include "proxy/listener.h"

#define PAUSE_MS 1000 /* out of descriptors is weather: try again then */
#define GROUPS_MAX 64

struct listener {
	int fd;
	char *name;
	const struct access_list *access;
	listener_fn *fn;
	void *arg;
	struct event *accept_event, *resume_event;
};

static bool
has_group(const struct access_list *access, gid_t gid)
{
	for (unsigned n = 0; n < access->groups_count; n++)
		if (access->groups[n] == gid)
			return true;
	return false;
}

static bool
account_has_group(const struct access_list *access, uid_t uid)
{
	const struct passwd *pw = access->groups_count > 0 ? getpwuid(uid) : NULL;
	gid_t groups[GROUPS_MAX];
	int count = GROUPS_MAX;

	if (!pw || getgrouplist(pw->pw_name, pw->pw_gid, groups, &count) < 0)
		return false;
	for (int n = 0; n < count; n++)
		if (has_group(access, groups[n]))
			return true;
	return false;
}

bool
access_allows(const struct access_list *access, const struct listener_peer *peer)
{
	if (peer->uid == 0)
		return true;
	for (unsigned n = 0; n < access->users_count; n++)
		if (access->users[n] == peer->uid)
			return true;
	return has_group(access, peer->gid) || account_has_group(access, peer->uid);
}

static void
listener_resume_cb(int fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	event_add(l->accept_event, NULL);
}

static void
pause_accepting(struct listener *l)
{
	struct timeval tv = loop_timeval(PAUSE_MS);

	log_warn("listener", "%s: cannot accept", l->name);
	event_del(l->accept_event);
	event_add(l->resume_event, &tv);
}

static void
listener_accept_cb(int fd, short what, void *arg)
{
	struct listener *l = arg;
	struct listener_peer peer;
	int peer_fd, rc;

	(void)what;
	peer_fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (peer_fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			pause_accepting(l);
		return;
	}
	rc = unixsock_peer(peer_fd, &peer.uid, &peer.gid, &peer.pid);
	if (rc == 0 && (!l->access || access_allows(l->access, &peer))) {
		l->fn(l->arg, peer_fd, &peer);
		return;
	}
	if (rc == 0)
		log_warnx("listener",
		    "%s: refused uid %d, pid %d: allow it with "
		    "--allow-user or --allow-group",
		    l->name, (int)peer.uid, (int)peer.pid);
	close(peer_fd);
}

struct listener *
listener_new(struct event_base *base, int fd, const char *name,
    const struct access_list *access, listener_fn *fn, void *arg)
{
	struct listener *l = xcalloc(1, sizeof(*l));

	l->fd = fd;
	l->name = xstrdup(name);
	l->access = access;
	l->fn = fn;
	l->arg = arg;
	l->accept_event =
	    event_new(base, fd, EV_READ | EV_PERSIST, listener_accept_cb, l);
	l->resume_event = event_new(base, -1, 0, listener_resume_cb, l);
	if (!l->accept_event || !l->resume_event)
		fatal("listener", "out of memory");
	event_add(l->accept_event, NULL);
	return l;
}

void
listener_free(struct listener *l)
{
	event_free(l->accept_event);
	event_free(l->resume_event);
	close(l->fd);
	free(l->name);
	free(l);
}
