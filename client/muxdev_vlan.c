/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdc_mbim: IP session n is VLAN n of the parent (reference/kernel.md 5.1).
 *
 * Made with loose binding, so that the parent's ups and downs are not ours.  All VLANs
 * share the parent's MAC; autoconfiguration must stay off or every PDN would have the
 * same link-local address.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/muxdev_backend.h"

static int
vlan_find(struct muxdev *m, int *ret_index)
{
	return muxdev_find_child(m->r, m->parent_index, "vlan", m->id, ret_index);
}

static int
vlan_create(struct muxdev *m, int *ret_index, char *why, size_t why_size)
{
	int rc =
	    rtnl_vlan_add(m->r, m->parent_index, m->name, (uint16_t)m->id, ret_index);
	if (rc < 0 && why)
		snprintf(why, why_size, "no VLAN device %s for session %u on %s: %s%s",
		    m->name, m->id, m->parent, strerror(-rc),
		    rc == -EOPNOTSUPP ? "; load the module 8021q" : "");
	return rc;
}

static int
vlan_remove(struct muxdev *m)
{
	return rtnl_link_del(m->r, m->index);
}

const struct muxdev_backend muxdev_vlan = {
    .kind = MUXDEV_VLAN,
    .find = vlan_find,
    .create = vlan_create,
    .remove = vlan_remove,
};
