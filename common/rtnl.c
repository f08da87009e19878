/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The asking socket: one request, its acknowledgement, one dump.
 *
 * Every request carries an acknowledgement request and a sequence number of its own;
 * whatever does not bear that number is left over from an earlier failure and is
 * skipped.  The kernel runs the request inside sendto() and has queued the answer when
 * that returns, so the receive that follows does not wait; a receive timeout of five
 * seconds stands behind it all the same, against a kernel that breaks that promise.
 *
 * Errors of deletes that mean "already gone" become success here, in one place.
 */
#include "config.h"

#include "common/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "common/rtnl_parse.h"
#include "common/xmem.h"

#define REQUEST_MAX 1024 /* bytes; our largest request is about 200 */
#define REPLY_MAX 32768  /* bytes: what the kernel fills at most per dump part */
#define DUMP_RETRIES 8   /* a table that changes all the time is read as it is */

struct rtnl {
	struct mnl_socket *nl;
	unsigned seq;
	char error[160];
	char *reply; /* REPLY_MAX bytes */
};

struct request {
	_Alignas(struct nlmsghdr) char buf[REQUEST_MAX];
	struct nlmsghdr *nlh;
};

struct rtnl *
rtnl_open(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!nl)
		return NULL;
	struct timeval timeout = {.tv_sec = 5};
	int one = 1;
	setsockopt(
	    mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	/* Old kernels lack these; then there is less text and more to filter. */
	(void)mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &one, sizeof(one));
	(void)mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &one, sizeof(one));
	(void)mnl_socket_setsockopt(nl, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		int saved = errno;
		mnl_socket_close(nl);
		errno = saved;
		return NULL;
	}
	struct rtnl *r = xcalloc(1, sizeof(*r));
	r->nl = nl;
	r->seq = 1;
	r->reply = xcalloc(1, REPLY_MAX);
	return r;
}

void
rtnl_close(struct rtnl *r)
{
	if (!r)
		return;
	mnl_socket_close(r->nl);
	free(r->reply);
	free(r);
}

const char *
rtnl_error(const struct rtnl *r)
{
	return r->error;
}

/* ---- requests ------------------------------------------------------------------ */

static void
request_begin(struct request *q, struct rtnl *r, uint16_t type, uint16_t flags)
{
	memset(q, 0, sizeof(*q));
	q->nlh = mnl_nlmsg_put_header(q->buf);
	q->nlh->nlmsg_type = type;
	q->nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	q->nlh->nlmsg_seq = ++r->seq;
	r->error[0] = '\0';
}

static void
keep_error_text(struct rtnl *r, const struct nlmsghdr *nlh)
{
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(*err);
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += MNL_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	if (offset >= mnl_nlmsg_get_payload_len(nlh))
		return;
	const struct nlattr *attr;
	mnl_attr_for_each (attr, nlh, offset) {
		if (mnl_attr_get_type(attr) != NLMSGERR_ATTR_MSG ||
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
			continue;
		snprintf(r->error, sizeof(r->error), "%s", mnl_attr_get_str(attr));
	}
}

/* -1 to go on; else the answer's errno, 0 for success. */
static int
answer_errno(struct rtnl *r, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_type == NLMSG_DONE)
		return 0;
	if (nlh->nlmsg_type != NLMSG_ERROR)
		return -1;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nlmsgerr))
		return EBADMSG;
	keep_error_text(r, nlh);
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	return -err->error;
}

typedef void (*message_fn)(const struct nlmsghdr *nlh, void *arg);

/*
 * Sends q and reads until its end; each data message goes to fn (may be NULL).
 * -EINTR: the dump changed under way.
 */
static int
transact(struct rtnl *r, struct request *q, message_fn fn, void *arg)
{
	bool interrupted = false;
	if (mnl_socket_sendto(r->nl, q->nlh, q->nlh->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(r->nl, r->reply, REPLY_MAX);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		int left = (int)n;
		const struct nlmsghdr *nlh = (const void *)r->reply;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_seq != q->nlh->nlmsg_seq)
				continue;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				interrupted = true;
			int answer = answer_errno(r, nlh);
			if (answer > 0)
				return -answer;
			if (answer == 0)
				return interrupted ? -EINTR : 0;
			if (fn)
				fn(nlh, arg);
		}
	}
}

static int
command(struct rtnl *r, struct request *q)
{
	q->nlh->nlmsg_flags |= NLM_F_ACK;
	return transact(r, q, NULL, NULL);
}

/* ---- dumps --------------------------------------------------------------------- */

/* Rows of one size that a dump yields, kept until the dump is known to be whole. */
struct rows {
	bool (*parse)(const struct nlmsghdr *nlh, void *ret);
	char *data;
	size_t row_size;
	size_t count;
	size_t room;
};

static void
rows_add(const struct nlmsghdr *nlh, void *arg)
{
	struct rows *rows = arg;
	if (rows->count == rows->room) {
		rows->room = rows->room ? rows->room * 2 : 16;
		rows->data = xrealloc(rows->data, rows->room, rows->row_size);
	}
	if (rows->parse(nlh, rows->data + rows->count * rows->row_size))
		rows->count++;
}

/* q is built anew for each try by its sequence number only. */
static int
dump(struct rtnl *r, struct request *q, struct rows *rows)
{
	q->nlh->nlmsg_flags |= NLM_F_DUMP;
	for (int i = 0; i < DUMP_RETRIES; i++) {
		rows->count = 0;
		int rc = transact(r, q, rows_add, rows);
		if (rc != -EINTR)
			return rc;
		q->nlh->nlmsg_seq = ++r->seq;
	}
	return 0;
}

static bool
parse_link_row(const struct nlmsghdr *nlh, void *ret)
{
	return nlh->nlmsg_type == RTM_NEWLINK && rtnl_parse_link(nlh, ret);
}

static bool
parse_addr_row(const struct nlmsghdr *nlh, void *ret)
{
	return nlh->nlmsg_type == RTM_NEWADDR && rtnl_parse_addr(nlh, ret);
}

static bool
parse_route_row(const struct nlmsghdr *nlh, void *ret)
{
	return nlh->nlmsg_type == RTM_NEWROUTE && rtnl_parse_route(nlh, ret);
}

int
rtnl_links(
    struct rtnl *r, bool (*fn)(const struct rtnl_link *link, void *arg), void *arg)
{
	struct request q;
	struct rows rows = {
	    .parse = parse_link_row, .row_size = sizeof(struct rtnl_link)};
	request_begin(&q, r, RTM_GETLINK, 0);
	mnl_nlmsg_put_extra_header(q.nlh, sizeof(struct ifinfomsg));
	int rc = dump(r, &q, &rows);
	const struct rtnl_link *link = (const void *)rows.data;
	for (size_t i = 0; rc == 0 && i < rows.count; i++)
		if (!fn(&link[i], arg))
			break;
	free(rows.data);
	return rc;
}

int
rtnl_addrs(struct rtnl *r, int index,
    bool (*fn)(const struct rtnl_addr *addr, void *arg), void *arg)
{
	struct request q;
	struct rows rows = {
	    .parse = parse_addr_row, .row_size = sizeof(struct rtnl_addr_row)};
	request_begin(&q, r, RTM_GETADDR, 0);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(q.nlh, sizeof(*ifa));
	ifa->ifa_index = (unsigned)index;
	int rc = dump(r, &q, &rows);
	const struct rtnl_addr_row *row = (const void *)rows.data;
	for (size_t i = 0; rc == 0 && i < rows.count; i++)
		if (row[i].index == index && !fn(&row[i].addr, arg))
			break;
	free(rows.data);
	return rc;
}

int
rtnl_routes(struct rtnl *r, int index, int family,
    bool (*fn)(const struct rtnl_route *route, void *arg), void *arg)
{
	struct request q;
	struct rows rows = {
	    .parse = parse_route_row, .row_size = sizeof(struct rtnl_route_row)};
	request_begin(&q, r, RTM_GETROUTE, 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(q.nlh, sizeof(*rtm));
	rtm->rtm_family = (unsigned char)family;
	mnl_attr_put_u32(q.nlh, RTA_OIF, (uint32_t)index);
	int rc = dump(r, &q, &rows);
	const struct rtnl_route_row *row = (const void *)rows.data;
	for (size_t i = 0; rc == 0 && i < rows.count; i++)
		if (row[i].index == index && !fn(&row[i].route, arg))
			break;
	free(rows.data);
	return rc;
}

/* ---- links --------------------------------------------------------------------- */

static int
get_link(struct rtnl *r, struct request *q, struct rtnl_link *ret)
{
	struct rows rows = {.parse = parse_link_row, .row_size = sizeof(*ret)};
	q->nlh->nlmsg_flags |= NLM_F_ACK;
	int rc = transact(r, q, rows_add, &rows);
	if (rc == 0 && rows.count == 0)
		rc = -ENODEV;
	if (rc == 0)
		memcpy(ret, rows.data, sizeof(*ret));
	free(rows.data);
	return rc;
}

static struct ifinfomsg *
link_request(
    struct request *q, struct rtnl *r, uint16_t type, uint16_t flags, int index)
{
	request_begin(q, r, type, flags);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(q->nlh, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = index;
	return ifi;
}

int
rtnl_link_by_index(struct rtnl *r, int index, struct rtnl_link *ret)
{
	struct request q;
	if (index <= 0)
		return -ENODEV;
	link_request(&q, r, RTM_GETLINK, 0, index);
	return get_link(r, &q, ret);
}

int
rtnl_link_by_name(struct rtnl *r, const char *name, struct rtnl_link *ret)
{
	struct request q;
	if (name[0] == '\0' || strlen(name) >= IFNAMSIZ)
		return -ENODEV;
	link_request(&q, r, RTM_GETLINK, 0, 0);
	mnl_attr_put_strz(q.nlh, IFLA_IFNAME, name);
	return get_link(r, &q, ret);
}

/* Starts "create": the caller adds attributes, then create_end(). */
static int
create_begin(struct request *q, struct rtnl *r, const char *name)
{
	if (name[0] == '\0' || strlen(name) >= IFNAMSIZ)
		return -EINVAL;
	link_request(q, r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	mnl_attr_put_strz(q->nlh, IFLA_IFNAME, name);
	return 0;
}

static int
create_end(struct rtnl *r, struct request *q, const char *name, int *ret_index)
{
	struct rtnl_link link;
	int rc = command(r, q);
	if (rc == 0)
		rc = rtnl_link_by_name(r, name, &link);
	if (rc < 0)
		return rc;
	/* A kernel without IPv6 has no such mode, and no such addresses either. */
	(void)rtnl_link_addrgen(r, link.index, RTNL_ADDRGEN_NONE);
	*ret_index = link.index;
	return 0;
}

int
rtnl_vlan_add(
    struct rtnl *r, int parent, const char *name, uint16_t vlan_id, int *ret_index)
{
	/* Loose binding: the device does not follow its parent's ups and downs. */
	struct ifla_vlan_flags flags = {
	    .flags = VLAN_FLAG_LOOSE_BINDING, .mask = VLAN_FLAG_LOOSE_BINDING};
	struct request q;
	int rc = create_begin(&q, r, name);
	if (rc < 0)
		return rc;
	mnl_attr_put_u32(q.nlh, IFLA_LINK, (uint32_t)parent);
	struct nlattr *info = mnl_attr_nest_start(q.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(q.nlh, IFLA_INFO_KIND, "vlan");
	struct nlattr *data = mnl_attr_nest_start(q.nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(q.nlh, IFLA_VLAN_ID, vlan_id);
	mnl_attr_put(q.nlh, IFLA_VLAN_FLAGS, sizeof(flags), &flags);
	mnl_attr_nest_end(q.nlh, data);
	mnl_attr_nest_end(q.nlh, info);
	return create_end(r, &q, name, ret_index);
}

int
rtnl_rmnet_add(struct rtnl *r, int parent, const char *name, uint16_t mux_id,
    uint32_t flags, int *ret_index)
{
	struct ifla_rmnet_flags rmnet = {.flags = flags, .mask = RTNL_RMNET_MASK};
	struct request q;
	int rc = create_begin(&q, r, name);
	if (rc < 0)
		return rc;
	mnl_attr_put_u32(q.nlh, IFLA_LINK, (uint32_t)parent);
	struct nlattr *info = mnl_attr_nest_start(q.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(q.nlh, IFLA_INFO_KIND, "rmnet");
	struct nlattr *data = mnl_attr_nest_start(q.nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(q.nlh, IFLA_RMNET_MUX_ID, mux_id);
	mnl_attr_put(q.nlh, IFLA_RMNET_FLAGS, sizeof(rmnet), &rmnet);
	mnl_attr_nest_end(q.nlh, data);
	mnl_attr_nest_end(q.nlh, info);
	return create_end(r, &q, name, ret_index);
}

int
rtnl_wwan_add(struct rtnl *r, const char *wwan_dev, const char *name, uint32_t link_id,
    int *ret_index)
{
	struct request q;
	int rc = create_begin(&q, r, name);
	if (rc < 0)
		return rc;
	mnl_attr_put_strz(q.nlh, RTNL_IFLA_PARENT_DEV_NAME, wwan_dev);
	struct nlattr *info = mnl_attr_nest_start(q.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(q.nlh, IFLA_INFO_KIND, "wwan");
	struct nlattr *data = mnl_attr_nest_start(q.nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(q.nlh, RTNL_WWAN_LINK_ID, link_id);
	mnl_attr_nest_end(q.nlh, data);
	mnl_attr_nest_end(q.nlh, info);
	return create_end(r, &q, name, ret_index);
}

int
rtnl_plain_add(struct rtnl *r, const char *kind, const char *name, int *ret_index)
{
	struct request q;
	int rc = create_begin(&q, r, name);
	if (rc < 0)
		return rc;
	struct nlattr *info = mnl_attr_nest_start(q.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(q.nlh, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(q.nlh, info);
	return create_end(r, &q, name, ret_index);
}

int
rtnl_link_del(struct rtnl *r, int index)
{
	struct request q;
	if (index <= 0)
		return 0;
	link_request(&q, r, RTM_DELLINK, 0, index);
	int rc = command(r, &q);
	return rc == -ENODEV ? 0 : rc;
}

/*
 * Asks for a device of that kind without its parameters: an unknown kind is EOPNOTSUPP
 * after the kernel has tried to load its module; a known one misses the parameters.
 */
bool
rtnl_kind_known(struct rtnl *r, const char *kind)
{
	struct request q;
	link_request(&q, r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	struct nlattr *info = mnl_attr_nest_start(q.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(q.nlh, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(q.nlh, info);
	int rc = command(r, &q);
	r->error[0] = '\0';
	return rc != -EOPNOTSUPP && rc != -EPERM;
}

int
rtnl_link_up(struct rtnl *r, int index, bool up)
{
	struct request q;
	struct ifinfomsg *ifi = link_request(&q, r, RTM_NEWLINK, 0, index);
	ifi->ifi_flags = up ? IFF_UP : 0;
	ifi->ifi_change = IFF_UP;
	return command(r, &q);
}

int
rtnl_link_mtu(struct rtnl *r, int index, uint32_t mtu)
{
	struct request q;
	link_request(&q, r, RTM_NEWLINK, 0, index);
	mnl_attr_put_u32(q.nlh, IFLA_MTU, mtu);
	return command(r, &q);
}

int
rtnl_link_rename(struct rtnl *r, int index, const char *name)
{
	struct request q;
	if (name[0] == '\0' || strlen(name) >= IFNAMSIZ)
		return -EINVAL;
	link_request(&q, r, RTM_NEWLINK, 0, index);
	mnl_attr_put_strz(q.nlh, IFLA_IFNAME, name);
	return command(r, &q);
}

int
rtnl_link_addrgen(struct rtnl *r, int index, enum rtnl_addrgen mode)
{
	struct request q;
	link_request(&q, r, RTM_NEWLINK, 0, index);
	struct nlattr *spec = mnl_attr_nest_start(q.nlh, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(q.nlh, AF_INET6);
	mnl_attr_put_u8(q.nlh, IFLA_INET6_ADDR_GEN_MODE, (uint8_t)mode);
	mnl_attr_nest_end(q.nlh, inet6);
	mnl_attr_nest_end(q.nlh, spec);
	return command(r, &q);
}

/* ---- addresses ----------------------------------------------------------------- */

static void
put_addr(struct request *q, struct rtnl *r, uint16_t type, uint16_t flags, int index,
    const struct rtnl_addr *addr)
{
	request_begin(q, r, type, flags);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(q->nlh, sizeof(*ifa));
	ifa->ifa_family = (unsigned char)addr->family;
	ifa->ifa_prefixlen = addr->plen;
	ifa->ifa_index = (unsigned)index;
	if (addr->family == AF_INET6) {
		mnl_attr_put(
		    q->nlh, IFA_LOCAL, sizeof(addr->local.v6), &addr->local.v6);
		return;
	}
	bool has_peer = addr->peer4.s_addr != 0;
	mnl_attr_put(q->nlh, IFA_LOCAL, sizeof(addr->local.v4), &addr->local.v4);
	mnl_attr_put(q->nlh, IFA_ADDRESS, sizeof(addr->local.v4),
	    has_peer ? &addr->peer4 : &addr->local.v4);
}

struct addr_search {
	const struct rtnl_addr *wanted;
	bool found;
};

static bool
search_addr(const struct rtnl_addr *addr, void *arg)
{
	struct addr_search *s = arg;
	size_t len =
	    addr->family == AF_INET ? sizeof(addr->local.v4) : sizeof(addr->local.v6);
	s->found = addr->family == s->wanted->family && addr->plen == s->wanted->plen &&
		   memcmp(&addr->local, &s->wanted->local, len) == 0;
	return !s->found;
}

int
rtnl_addr_add(struct rtnl *r, int index, const struct rtnl_addr *addr)
{
	struct request q;
	put_addr(&q, r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, index, addr);
	if (addr->family == AF_INET6)
		mnl_attr_put_u32(q.nlh, IFA_FLAGS, addr->flags | IFA_F_NODAD);
	int rc = command(r, &q);
	if (rc != -EEXIST)
		return rc;
	/* Somebody's address, maybe ours: only an equal one counts as success. */
	struct addr_search s = {.wanted = addr};
	int dump_rc = rtnl_addrs(r, index, search_addr, &s);
	if (dump_rc < 0)
		return dump_rc;
	return s.found ? 0 : rc;
}

int
rtnl_addr_del(struct rtnl *r, int index, const struct rtnl_addr *addr)
{
	struct request q;
	put_addr(&q, r, RTM_DELADDR, 0, index, addr);
	int rc = command(r, &q);
	return rc == -EADDRNOTAVAIL || rc == -ENODEV ? 0 : rc;
}

/* ---- routes -------------------------------------------------------------------- */

#define IP6_METRIC_DEFAULT 1024 /* the kernel's IP6_RT_PRIO_USER */

static uint32_t
effective_metric(const struct rtnl_route *route)
{
	return route->metric == 0 && route->family == AF_INET6 ? IP6_METRIC_DEFAULT
							       : route->metric;
}

static struct rtmsg *
put_route(struct request *q, struct rtnl *r, uint16_t type, uint16_t flags, int index,
    const struct rtnl_route *route)
{
	size_t len =
	    route->family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	uint32_t table = route->table ? route->table : RT_TABLE_MAIN;
	request_begin(q, r, type, flags);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(q->nlh, sizeof(*rtm));
	rtm->rtm_family = (unsigned char)route->family;
	rtm->rtm_dst_len = route->dst_plen;
	rtm->rtm_table = table < 256 ? (unsigned char)table : RT_TABLE_UNSPEC;
	rtm->rtm_type = route->is_local ? RTN_LOCAL : RTN_UNICAST;
	mnl_attr_put_u32(q->nlh, RTA_TABLE, table);
	mnl_attr_put_u32(q->nlh, RTA_OIF, (uint32_t)index);
	if (route->dst_plen > 0)
		mnl_attr_put(q->nlh, RTA_DST, len, &route->dst);
	if (route->metric > 0)
		mnl_attr_put_u32(q->nlh, RTA_PRIORITY, route->metric);
	return rtm;
}

static int
send_route(struct rtnl *r, uint16_t flags, int index, const struct rtnl_route *route)
{
	struct request q;
	struct rtmsg *rtm =
	    put_route(&q, r, RTM_NEWROUTE, NLM_F_CREATE | flags, index, route);
	rtm->rtm_protocol = route->protocol ? route->protocol : RTPROT_STATIC;
	rtm->rtm_scope = RT_SCOPE_UNIVERSE;
	if (route->family == AF_INET && !route->has_gateway)
		rtm->rtm_scope = route->is_local ? RT_SCOPE_HOST : RT_SCOPE_LINK;
	if (route->has_gateway) {
		size_t len = route->family == AF_INET ? sizeof(struct in_addr)
						      : sizeof(struct in6_addr);
		rtm->rtm_flags |= RTNH_F_ONLINK;
		mnl_attr_put(q.nlh, RTA_GATEWAY, len, &route->gateway);
	}
	if (route->mtu > 0) {
		struct nlattr *metrics = mnl_attr_nest_start(q.nlh, RTA_METRICS);
		mnl_attr_put_u32(q.nlh, RTAX_MTU, route->mtu);
		mnl_attr_nest_end(q.nlh, metrics);
	}
	return command(r, &q);
}

bool
rtnl_route_same_key(const struct rtnl_route *a, const struct rtnl_route *b)
{
	size_t len =
	    a->family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	uint32_t table_a = a->table ? a->table : RT_TABLE_MAIN;
	uint32_t table_b = b->table ? b->table : RT_TABLE_MAIN;
	return a->family == b->family && a->dst_plen == b->dst_plen &&
	       effective_metric(a) == effective_metric(b) && table_a == table_b &&
	       (a->dst_plen == 0 || memcmp(&a->dst, &b->dst, len) == 0);
}

bool
rtnl_route_same(const struct rtnl_route *a, const struct rtnl_route *b)
{
	size_t len =
	    a->family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	return rtnl_route_same_key(a, b) && a->has_gateway == b->has_gateway &&
	       a->mtu == b->mtu &&
	       (!a->has_gateway || memcmp(&a->gateway, &b->gateway, len) == 0);
}

struct route_search {
	const struct rtnl_route *wanted;
	struct rtnl_route other; /* same key on the same device, but not the same */
	bool found;
	bool has_other;
};

static bool
search_route(const struct rtnl_route *route, void *arg)
{
	struct route_search *s = arg;
	if (!rtnl_route_same_key(route, s->wanted))
		return true;
	s->found = rtnl_route_same(route, s->wanted);
	if (!s->found) {
		s->other = *route;
		s->has_other = true;
	}
	return !s->found;
}

/*
 * NLM_F_REPLACE would take the place of another device's route with the same key.
 * Appending leaves it in front of ours.
 */
int
rtnl_route_add(struct rtnl *r, int index, const struct rtnl_route *route)
{
	struct route_search s = {.wanted = route};
	int rc = send_route(r, NLM_F_EXCL, index, route);
	if (rc != -EEXIST)
		return rc;
	rc = rtnl_routes(r, index, route->family, search_route, &s);
	if (rc < 0 || s.found)
		return rc;
	if (s.has_other) {
		rc = rtnl_route_del(r, index, &s.other);
		if (rc < 0)
			return rc;
	}
	return send_route(r, NLM_F_APPEND, index, route);
}

int
rtnl_route_del(struct rtnl *r, int index, const struct rtnl_route *route)
{
	struct request q;
	struct rtmsg *rtm = put_route(&q, r, RTM_DELROUTE, 0, index, route);
	rtm->rtm_scope = RT_SCOPE_NOWHERE; /* any */
	rtm->rtm_protocol = route->protocol;
	int rc = command(r, &q);
	return rc == -ESRCH || rc == -ENODEV ? 0 : rc;
}
