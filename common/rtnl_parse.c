/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One callback per nesting level, each attribute checked by type before it is read.
 */
#include "config.h"

#include "common/rtnl_parse.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

/* A table of attributes by number; those above max or of no use are left out. */
struct attr_table {
	const struct nlattr **tb;
	unsigned max;
};

static int
table_cb(const struct nlattr *attr, void *arg)
{
	struct attr_table *t = arg;
	unsigned type = mnl_attr_get_type(attr);
	if (type <= t->max)
		t->tb[type] = attr;
	return MNL_CB_OK;
}

static bool
get_u32(const struct nlattr *attr, uint32_t *ret)
{
	if (!attr || mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
		return false;
	*ret = mnl_attr_get_u32(attr);
	return true;
}

static bool
get_u16(const struct nlattr *attr, uint16_t *ret)
{
	if (!attr || mnl_attr_validate(attr, MNL_TYPE_U16) < 0)
		return false;
	*ret = mnl_attr_get_u16(attr);
	return true;
}

static bool
get_text(const struct nlattr *attr, char *ret, size_t size)
{
	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return false;
	snprintf(ret, size, "%s", mnl_attr_get_str(attr));
	return true;
}

/* An address of the family's length. */
static bool
get_address(const struct nlattr *attr, int family, void *ret)
{
	size_t len =
	    family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	if (!attr || mnl_attr_get_payload_len(attr) != len)
		return false;
	memcpy(ret, mnl_attr_get_payload(attr), len);
	return true;
}

/* ---- links --------------------------------------------------------------------- */

static void
parse_info_data(const struct nlattr *nest, struct rtnl_link *ret)
{
	const struct nlattr *tb[IFLA_VLAN_FLAGS + 1] = {NULL};
	struct attr_table table = {.tb = tb, .max = IFLA_VLAN_FLAGS};
	uint16_t id16;
	if (mnl_attr_parse_nested(nest, table_cb, &table) < 0)
		return;
	if (strcmp(ret->kind, "vlan") == 0 && get_u16(tb[IFLA_VLAN_ID], &id16))
		ret->id = id16;
	if (strcmp(ret->kind, "wwan") == 0)
		(void)get_u32(tb[RTNL_WWAN_LINK_ID], &ret->id);
	if (strcmp(ret->kind, "rmnet") != 0)
		return;
	if (get_u16(tb[IFLA_RMNET_MUX_ID], &id16))
		ret->id = id16;
	const struct nlattr *flags = tb[IFLA_RMNET_FLAGS];
	struct ifla_rmnet_flags rmnet;
	if (flags && mnl_attr_get_payload_len(flags) >= sizeof(rmnet)) {
		memcpy(&rmnet, mnl_attr_get_payload(flags), sizeof(rmnet));
		ret->rmnet_flags = rmnet.flags;
	}
}

static void
parse_link_info(const struct nlattr *nest, struct rtnl_link *ret)
{
	const struct nlattr *tb[IFLA_INFO_DATA + 1] = {NULL};
	struct attr_table table = {.tb = tb, .max = IFLA_INFO_DATA};
	if (mnl_attr_parse_nested(nest, table_cb, &table) < 0)
		return;
	(void)get_text(tb[IFLA_INFO_KIND], ret->kind, sizeof(ret->kind));
	if (tb[IFLA_INFO_DATA])
		parse_info_data(tb[IFLA_INFO_DATA], ret);
}

static void
parse_af_spec(const struct nlattr *nest, struct rtnl_link *ret)
{
	const struct nlattr *families[AF_INET6 + 1] = {NULL};
	struct attr_table family_table = {.tb = families, .max = AF_INET6};
	const struct nlattr *tb[IFLA_INET6_ADDR_GEN_MODE + 1] = {NULL};
	struct attr_table table = {.tb = tb, .max = IFLA_INET6_ADDR_GEN_MODE};
	if (mnl_attr_parse_nested(nest, table_cb, &family_table) < 0 ||
	    !families[AF_INET6])
		return;
	if (mnl_attr_parse_nested(families[AF_INET6], table_cb, &table) < 0)
		return;
	const struct nlattr *mode = tb[IFLA_INET6_ADDR_GEN_MODE];
	if (mode && mnl_attr_validate(mode, MNL_TYPE_U8) == 0)
		ret->addrgen = mnl_attr_get_u8(mode);
}

bool
rtnl_parse_link(const struct nlmsghdr *nlh, struct rtnl_link *ret)
{
	const struct nlattr *tb[IFLA_MAX_MTU + 1] = {NULL};
	struct attr_table table = {.tb = tb, .max = IFLA_MAX_MTU};
	uint32_t parent = 0;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifinfomsg))
		return false;
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	if (mnl_attr_parse(nlh, sizeof(*ifi), table_cb, &table) < 0)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->index = ifi->ifi_index;
	ret->flags = ifi->ifi_flags;
	ret->type = ifi->ifi_type;
	ret->id = RTNL_NO_ID;
	ret->addrgen = -1;
	if (!get_text(tb[IFLA_IFNAME], ret->name, sizeof(ret->name)))
		return false;
	(void)get_u32(tb[IFLA_MTU], &ret->mtu);
	(void)get_u32(tb[IFLA_MAX_MTU], &ret->max_mtu);
	if (get_u32(tb[IFLA_LINK], &parent))
		ret->parent = (int)parent;
	if (tb[IFLA_LINKINFO])
		parse_link_info(tb[IFLA_LINKINFO], ret);
	if (tb[IFLA_AF_SPEC])
		parse_af_spec(tb[IFLA_AF_SPEC], ret);
	return true;
}

/* ---- addresses ----------------------------------------------------------------- */

bool
rtnl_parse_addr(const struct nlmsghdr *nlh, struct rtnl_addr_row *ret)
{
	const struct nlattr *tb[IFA_FLAGS + 1] = {NULL};
	struct attr_table table = {.tb = tb, .max = IFA_FLAGS};
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifaddrmsg))
		return false;
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	if (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6)
		return false;
	if (mnl_attr_parse(nlh, sizeof(*ifa), table_cb, &table) < 0)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->index = (int)ifa->ifa_index;
	struct rtnl_addr *addr = &ret->addr;
	addr->family = ifa->ifa_family;
	addr->plen = ifa->ifa_prefixlen;
	addr->scope = ifa->ifa_scope;
	addr->flags = ifa->ifa_flags;
	(void)get_u32(tb[IFA_FLAGS], &addr->flags);
	/* IPv6 without a peer has IFA_ADDRESS only; with one IFA_LOCAL is ours. */
	const struct nlattr *local = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	if (!get_address(local, addr->family, &addr->local))
		return false;
	if (addr->family == AF_INET &&
	    get_address(tb[IFA_ADDRESS], AF_INET, &addr->peer4) &&
	    addr->peer4.s_addr == addr->local.v4.s_addr)
		addr->peer4.s_addr = 0;
	return true;
}

/* ---- routes -------------------------------------------------------------------- */

static void
parse_route_metrics(const struct nlattr *nest, struct rtnl_route *ret)
{
	const struct nlattr *tb[RTAX_MTU + 1] = {NULL};
	struct attr_table table = {.tb = tb, .max = RTAX_MTU};
	if (mnl_attr_parse_nested(nest, table_cb, &table) >= 0)
		(void)get_u32(tb[RTAX_MTU], &ret->mtu);
}

bool
rtnl_parse_route(const struct nlmsghdr *nlh, struct rtnl_route_row *ret)
{
	const struct nlattr *tb[RTA_TABLE + 1] = {NULL};
	struct attr_table table = {.tb = tb, .max = RTA_TABLE};
	uint32_t oif = 0;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct rtmsg))
		return false;
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	if (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6)
		return false;
	if (rtm->rtm_type != RTN_UNICAST || (rtm->rtm_flags & RTM_F_CLONED))
		return false;
	if (mnl_attr_parse(nlh, sizeof(*rtm), table_cb, &table) < 0)
		return false;
	memset(ret, 0, sizeof(*ret));
	struct rtnl_route *route = &ret->route;
	route->family = rtm->rtm_family;
	route->dst_plen = rtm->rtm_dst_len;
	route->protocol = rtm->rtm_protocol;
	route->table = rtm->rtm_table;
	(void)get_u32(tb[RTA_TABLE], &route->table);
	(void)get_u32(tb[RTA_PRIORITY], &route->metric);
	if (get_u32(tb[RTA_OIF], &oif))
		ret->index = (int)oif;
	if (route->dst_plen > 0 &&
	    !get_address(tb[RTA_DST], route->family, &route->dst))
		return false;
	route->has_gateway =
	    get_address(tb[RTA_GATEWAY], route->family, &route->gateway);
	if (tb[RTA_METRICS])
		parse_route_metrics(tb[RTA_METRICS], route);
	return true;
}
