/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parent itself: the only PDN of a modem without a mux, or MBIM's session 0.
 */
#include "config.h"

#include <errno.h>

#include "client/muxdev_backend.h"
#include "common/sysfs.h"

static int
plain_find(struct muxdev *m, int *ret_index)
{
	*ret_index = m->parent_index;
	return 0;
}

/* The vendor's drivers gate the parent too (reference/kernel.md 4.1, mode <= 1). */
static int
plain_set_link(struct muxdev *m, bool up)
{
	if (!sysfs_exists("class/net/%s/link_state", m->parent))
		return 0;
	return sysfs_write(up ? "1" : "0", "class/net/%s/link_state", m->parent);
}

const struct muxdev_backend muxdev_plain = {
    .kind = MUXDEV_PLAIN,
    .find = plain_find,
    .set_link = plain_set_link,
};
