/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "client/udev.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/xmem.h"

struct udev_watch {
	char data[PATH_MAX]; /* directory of the database */
	int fd;              /* inotify */
	struct event *news;
	struct event *patience;
	int patience_ms;
	int awaited;  /* ifindex that the timer runs for, 0: none */
	int given_up; /* ifindex that we no longer wait for */
	udev_fn fn;
	void *arg;
};

/* Both paths lead to the same object (of nsfs: the same namespace). */
static bool
same_object(const char *a, const char *b)
{
	struct stat sa, sb;
	return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

bool
udev_is_here(void)
{
	return access(UDEV_RUN "/control", F_OK) == 0 &&
	       same_object("/proc/self/ns/net", "/proc/1/ns/net");
}

static void
udev_news_cb(evutil_socket_t fd, short what, void *arg)
{
	struct udev_watch *w = arg;
	char events[4096]; /* which device it was does not matter */
	(void)what;
	while (read(fd, events, sizeof(events)) > 0)
		continue;
	w->fn(w->arg); /* may free w */
}

static void
udev_patience_cb(evutil_socket_t fd, short what, void *arg)
{
	struct udev_watch *w = arg;
	(void)fd;
	(void)what;
	w->given_up = w->awaited;
	w->awaited = 0;
	log_warnx("udev",
	    "udev has not finished with network device number %d in %d ms; it is used "
	    "under the name that it has now (see udevadm settle)",
	    w->given_up, w->patience_ms);
	w->fn(w->arg);
}

struct udev_watch *
udev_watch_new(
    struct event_base *base, const char *run, int patience_ms, udev_fn fn, void *arg)
{
	struct udev_watch *w = xcalloc(1, sizeof(*w));
	w->patience_ms = patience_ms;
	w->fn = fn;
	w->arg = arg;
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	snprintf(w->data, sizeof(w->data), "%s/data", run);
	/* udev writes another file and renames it */
	if (w->fd < 0 ||
	    inotify_add_watch(w->fd, w->data, IN_MOVED_TO | IN_CREATE) < 0) {
		int err = errno;
		udev_watch_free(w);
		errno = err;
		return NULL;
	}
	w->news = event_new(base, w->fd, EV_READ | EV_PERSIST, udev_news_cb, w);
	w->patience = evtimer_new(base, udev_patience_cb, w);
	event_add(w->news, NULL);
	return w;
}

void
udev_watch_free(struct udev_watch *w)
{
	if (!w)
		return;
	if (w->news)
		event_free(w->news);
	if (w->patience)
		event_free(w->patience);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

bool
udev_watch_settled(struct udev_watch *w, int ifindex)
{
	char path[PATH_MAX + 16];
	if (!w || ifindex == 0 || ifindex == w->given_up)
		return true;
	snprintf(path, sizeof(path), "%s/n%d", w->data, ifindex);
	if (access(path, F_OK) == 0) {
		event_del(w->patience);
		w->awaited = 0;
		return true;
	}
	if (ifindex != w->awaited) {
		struct timeval tv = loop_timeval(w->patience_ms);
		w->awaited = ifindex;
		event_add(w->patience, &tv);
	}
	return false;
}
