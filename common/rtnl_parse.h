/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel messages into values: what the asking socket (rtnl.c) and the listening one
 * (rtnl_monitor.c) share.  Each attribute is checked by type before it is read; a
 * message that lacks what it must have is refused whole.
 */
#ifndef PDNMUX_COMMON_RTNL_PARSE_H
#define PDNMUX_COMMON_RTNL_PARSE_H

#include <linux/if_vlan.h>

#include "common/rtnl.h"

struct nlmsghdr;

#define RTNL_WWAN_LINK_ID \
	1 /* IFLA_WWAN_LINK_ID of linux/wwan.h, absent before 5.14 \
	   */
#define RTNL_IFLA_PARENT_DEV_NAME 56 /* linux/if_link.h, absent before 5.14 */

/* Old kernels dump everything, whatever was asked: rows say whose they are. */
struct rtnl_addr_row {
	int index;
	struct rtnl_addr addr;
};

struct rtnl_route_row {
	int index; /* 0: not through one device */
	struct rtnl_route route;
};

bool rtnl_parse_link(const struct nlmsghdr *nlh, struct rtnl_link *ret);
bool rtnl_parse_addr(const struct nlmsghdr *nlh, struct rtnl_addr_row *ret);
/* False also for what is not a unicast route of a routing table (cached, local). */
bool rtnl_parse_route(const struct nlmsghdr *nlh, struct rtnl_route_row *ret);

#endif
