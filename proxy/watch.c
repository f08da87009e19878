/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/xmem.h"
#include "proxy/watch.h"

#define PAUSE_FIRST_MS 50
#define PAUSE_MAX_MS 5000

struct watch {
	int fd;
	struct event *folder_event; /* NULL when the folder cannot be watched */
	struct event *timer;
	int64_t pause_ms;
	void (*fn)(void *arg);
	void *arg;
};

static void
try_now(struct watch *w)
{
	struct timeval tv = loop_timeval(w->pause_ms);

	event_add(w->timer, &tv);
	w->fn(w->arg); /* may free w */
}

static void
watch_timer_cb(int fd, short what, void *arg)
{
	struct watch *w = arg;

	(void)fd;
	(void)what;
	w->pause_ms *= 2;
	if (w->pause_ms > PAUSE_MAX_MS)
		w->pause_ms = PAUSE_MAX_MS;
	try_now(w);
}

static void
watch_folder_cb(int fd, short what, void *arg)
{
	struct watch *w = arg;
	char events[4096];

	(void)what;
	while (read(fd, events, sizeof(events)) > 0)
		;
	w->pause_ms = PAUSE_FIRST_MS;
	try_now(w);
}

static void
watch_folder(struct watch *w, struct event_base *base, const char *path)
{
	char *folder = xstrdup(path);
	char *slash = strrchr(folder, '/');

	if (slash)
		slash[slash == folder] = '\0';
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd >= 0 && inotify_add_watch(w->fd, slash ? folder : ".",
			      IN_CREATE | IN_MOVED_TO | IN_ATTRIB) >= 0)
		w->folder_event =
		    event_new(base, w->fd, EV_READ | EV_PERSIST, watch_folder_cb, w);
	else
		log_debug("channel", "cannot watch the folder of %s: %s", path,
		    strerror(errno));
	if (w->folder_event)
		event_add(w->folder_event, NULL);
	free(folder);
}

struct watch *
watch_new(struct event_base *base, const char *path, void (*fn)(void *arg), void *arg)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->fn = fn;
	w->arg = arg;
	w->pause_ms = PAUSE_FIRST_MS / 2;
	w->timer = event_new(base, -1, 0, watch_timer_cb, w);
	if (!w->timer)
		fatal("channel", "out of memory");
	watch_folder(w, base, path);
	event_active(w->timer, EV_TIMEOUT, 0);
	return w;
}

void
watch_free(struct watch *w)
{
	if (!w)
		return;
	event_free(w->timer);
	if (w->folder_event)
		event_free(w->folder_event);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}
