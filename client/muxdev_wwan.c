/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * WWAN-framework links: rtnetlink kind "wwan", named by the framework's device, not by
 * a network device (reference/kernel.md 5.3).
 *
 * The kernel does not refuse a second link of the same id everywhere, and a link's id
 * is found only among those of the same framework device: sysfs says whose it is.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/muxdev_backend.h"
#include "common/sysfs.h"

struct link_search {
	struct muxdev *m;
	int found;
};

static bool
look_at_link(const struct rtnl_link *link, void *arg)
{
	struct link_search *s = arg;
	char owner[32];
	if (strcmp(link->kind, "wwan") != 0 || link->id != s->m->id)
		return true;
	if (sysfs_link_name(owner, sizeof(owner), "class/net/%s/device", link->name) <
		0 ||
	    strcmp(owner, s->m->wwan_dev) != 0)
		return true;
	s->found = link->index;
	return false;
}

static int
wwan_find(struct muxdev *m, int *ret_index)
{
	struct link_search s = {.m = m};
	int rc = rtnl_links(m->r, look_at_link, &s);
	if (rc < 0)
		return rc;
	if (s.found == 0)
		return -ENODEV;
	*ret_index = s.found;
	return 0;
}

static int
wwan_create(struct muxdev *m, int *ret_index, char *why, size_t why_size)
{
	int rc = rtnl_wwan_add(m->r, m->wwan_dev, m->name, m->id, ret_index);
	if (rc < 0 && why)
		snprintf(why, why_size, "no link %s with id %u on %s: %s%s%s", m->name,
		    m->id, m->wwan_dev, strerror(-rc), rtnl_error(m->r)[0] ? ": " : "",
		    rtnl_error(m->r));
	return rc;
}

static int
wwan_remove(struct muxdev *m)
{
	return rtnl_link_del(m->r, m->index);
}

const struct muxdev_backend muxdev_wwan = {
    .kind = MUXDEV_WWAN,
    .find = wwan_find,
    .create = wwan_create,
    .remove = wwan_remove,
};
