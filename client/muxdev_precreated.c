/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices that the driver made at probe: qmi_wwan_q's wwan0_1, GobiNet's usb0.1,
 * pcie_mhi's rmnet_mhi0.1, the simulated modem's TUN devices.
 *
 * Number n is mux id 0x80 + n.  The vendor's drivers gate each by link_state on the
 * parent: until it is set the device has no carrier, and on newer modules a packet
 * before the call may crash the firmware.  Source: reference/kernel.md 4.1, 4.2.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/muxdev_backend.h"
#include "common/sysfs.h"

#define LINK_STATE_OFF 0x80 /* added to a PDN's number */

/* A device of such a name that somebody stacked on the parent is not the driver's. */
static bool
made_by_driver(const struct rtnl_link *link)
{
	static const char *const stacked[] = {"vlan", "rmnet", "wwan", "macvlan"};
	for (size_t i = 0; i < sizeof(stacked) / sizeof(stacked[0]); i++)
		if (strcmp(link->kind, stacked[i]) == 0)
			return false;
	return !sysfs_exists("class/net/%s/qmap/mux_id", link->name);
}

int
muxdev_find_precreated(
    struct rtnl *r, const char *parent, unsigned number, int *ret_index)
{
	static const char separators[] = "_.";
	for (const char *sep = separators; *sep; sep++) {
		char name[IFNAMSIZ];
		struct rtnl_link link;
		int n = snprintf(name, sizeof(name), "%s%c%u", parent, *sep, number);
		if (n < 0 || n >= IFNAMSIZ)
			continue;
		int rc = rtnl_link_by_name(r, name, &link);
		if (rc < 0 && rc != -ENODEV)
			return rc;
		if (rc == 0 && made_by_driver(&link)) {
			*ret_index = link.index;
			return 0;
		}
	}
	return -ENODEV;
}

static int
precreated_find(struct muxdev *m, int *ret_index)
{
	return muxdev_find_precreated(m->r, m->parent, m->number, ret_index);
}

static int
precreated_set_link(struct muxdev *m, bool up)
{
	unsigned long mode = 0;
	char text[16];
	if (!sysfs_exists("class/net/%s/link_state", m->parent))
		return 0;
	(void)sysfs_read_uint(&mode, 0, "class/net/%s/qmap_mode", m->parent);
	unsigned value = up ? 1 : 0;
	if (mode > 1)
		value = up ? m->number : LINK_STATE_OFF + m->number;
	snprintf(text, sizeof(text), "%u", value);
	return sysfs_write(text, "class/net/%s/link_state", m->parent);
}

const struct muxdev_backend muxdev_precreated = {
    .kind = MUXDEV_PRECREATED,
    .find = precreated_find,
    .set_link = precreated_set_link,
};
