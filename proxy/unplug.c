/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sysfs.h"
#include "common/uevent.h"
#include "common/xmem.h"
#include "proxy/unplug.h"

struct unplug {
	struct uevent_monitor *uevents;
	char devpath[PATH_MAX]; /* of the interface, below /sys */
	void (*fn)(void *arg);
	void *arg;
};

static bool
find_interface(const char *path, char *ret, size_t size)
{
	static const char *const classes[] = {"usbmisc", "wwan"};
	char real[PATH_MAX];
	const char *name;

	if (!realpath(path, real))
		return false;
	name = strrchr(real, '/') + 1;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (sysfs_realpath(ret, size, "class/%s/%s/device", classes[i], name) >=
		    0)
			return true;
	return false;
}

static void
on_uevent(const struct uevent *ev, void *arg)
{
	struct unplug *u = arg;

	if (ev->action != UEVENT_REMOVE && ev->action != UEVENT_UNBIND)
		return;
	if (ev->devpath[0] == '/' && strcmp(ev->devpath + 1, u->devpath) == 0)
		u->fn(u->arg);
}

struct unplug *
unplug_new(struct event_base *base, const char *path, void (*fn)(void *arg), void *arg)
{
	struct unplug *u = xcalloc(1, sizeof(*u));

	u->fn = fn;
	u->arg = arg;
	if (find_interface(path, u->devpath, sizeof(u->devpath)))
		u->uevents = uevent_monitor_new(base, on_uevent, u);
	if (u->uevents)
		return u;
	free(u);
	return NULL;
}

void
unplug_free(struct unplug *u)
{
	if (!u)
		return;
	uevent_monitor_free(u->uevents);
	free(u);
}
