/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * qmi_wwan's own multiplexer: write a mux id to add_mux, find the child that came.
 *
 * The kernel does not say which device it made, so making one is done under the
 * modem's lock and the child is recognised by its qmap/mux_id.  It has no rtnetlink
 * kind: only del_mux removes it.  Source: reference/kernel.md 3.1.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/muxdev_backend.h"
#include "common/sysfs.h"

struct mux_search {
	unsigned id;
	char name[IFNAMSIZ];
};

static bool
look_at_upper(const char *entry, void *arg)
{
	struct mux_search *s = arg;
	unsigned long id;
	if (strncmp(entry, "upper_", 6) != 0 || strlen(entry + 6) >= IFNAMSIZ)
		return true;
	if (sysfs_read_uint(&id, 0, "class/net/%s/qmap/mux_id", entry + 6) < 0 ||
	    id != s->id)
		return true;
	snprintf(s->name, sizeof(s->name), "%s", entry + 6);
	return false;
}

static int
qmimux_find(struct muxdev *m, int *ret_index)
{
	struct mux_search s = {.id = m->id};
	struct rtnl_link link;
	char path[64];
	snprintf(path, sizeof(path), "class/net/%s", m->parent);
	int rc = sysfs_list(path, look_at_upper, &s);
	if (rc < 0)
		return rc;
	if (s.name[0] == '\0')
		return -ENODEV;
	rc = rtnl_link_by_name(m->r, s.name, &link);
	if (rc == 0)
		*ret_index = link.index;
	return rc;
}

static int
write_mux(struct muxdev *m, const char *attribute)
{
	char text[8];
	snprintf(text, sizeof(text), "0x%02x", m->id);
	return sysfs_write(text, "class/net/%s/qmi/%s", m->parent, attribute);
}

static int
qmimux_create(struct muxdev *m, int *ret_index, char *why, size_t why_size)
{
	int rc = write_mux(m, "add_mux");
	if (rc == 0) {
		rc = qmimux_find(m, ret_index);
		if (rc < 0)
			(void)write_mux(m, "del_mux");
	}
	if (rc < 0 && why)
		snprintf(why, why_size, "%s did not add mux id 0x%02x: %s%s", m->parent,
		    m->id, strerror(-rc),
		    rc == -EINVAL ? "; a mux in another network namespace may have it"
				  : "");
	return rc;
}

static int
qmimux_remove(struct muxdev *m)
{
	int rc = write_mux(m, "del_mux");
	/* EINVAL: no such mux any more; ENOENT: the modem is gone. */
	return rc == -EINVAL || rc == -ENOENT || rc == -ENODEV ? 0 : rc;
}

const struct muxdev_backend muxdev_qmimux = {
    .kind = MUXDEV_QMIMUX,
    .find = qmimux_find,
    .create = qmimux_create,
    .remove = qmimux_remove,
};
