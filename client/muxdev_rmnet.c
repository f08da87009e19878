/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rmnet on a parent in pass-through, by rtnetlink.
 *
 * The flags are the parent's, shared by all its rmnet devices, so every create gives
 * the full set that belongs to the negotiated QMAP version.  Checksum offload works
 * only when the device's features are switched on as well; when that is refused the
 * kernel computes checksums itself and nothing is lost.
 * Source: reference/kernel.md 3.4.
 */
#include "config.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/muxdev_backend.h"
#include "common/log.h"

static int
rmnet_find(struct muxdev *m, int *ret_index)
{
	return muxdev_find_child(m->r, m->parent_index, "rmnet", m->id, ret_index);
}

static uint32_t
rmnet_flags(uint8_t qmap)
{
	switch (qmap) {
	case 4: return RTNL_RMNET_DEAGG | RTNL_RMNET_CSUM_V4;
	case 5: return RTNL_RMNET_DEAGG | RTNL_RMNET_CSUM_V5;
	}
	return RTNL_RMNET_DEAGG;
}

static int
switch_on(int fd, const char *name, uint32_t command)
{
	struct ethtool_value value = {.cmd = command, .data = 1};
	struct ifreq ifr;
	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, name, strlen(name));
	ifr.ifr_data = (char *)&value;
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

static void
offload_checksums(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	int rx = switch_on(fd, name, ETHTOOL_SRXCSUM);
	int tx = switch_on(fd, name, ETHTOOL_STXCSUM);
	close(fd);
	if (rx < 0 || tx < 0)
		log_debug("mux", "%s: checksum offload refused: %s", name,
		    strerror(rx < 0 ? -rx : -tx));
}

static int
rmnet_create(struct muxdev *m, int *ret_index, char *why, size_t why_size)
{
	uint32_t flags = rmnet_flags(m->qmap);
	int rc = rtnl_rmnet_add(
	    m->r, m->parent_index, m->name, (uint16_t)m->id, flags, ret_index);
	if (rc == 0) {
		if (flags != RTNL_RMNET_DEAGG)
			offload_checksums(m->name);
		return 0;
	}
	if (why)
		snprintf(why, why_size,
		    "no rmnet device %s with mux id 0x%02x on %s: %s%s%s", m->name,
		    m->id, m->parent, strerror(-rc), rtnl_error(m->r)[0] ? ": " : "",
		    rtnl_error(m->r));
	return rc;
}

static int
rmnet_remove(struct muxdev *m)
{
	return rtnl_link_del(m->r, m->index);
}

const struct muxdev_backend muxdev_rmnet = {
    .kind = MUXDEV_RMNET,
    .find = rmnet_find,
    .create = rmnet_create,
    .remove = rmnet_remove,
};
