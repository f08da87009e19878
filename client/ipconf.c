/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wanted addresses, routes and MTU against what the device has.
 *
 * Every apply reads the device afresh and sends only the difference, so it does not
 * matter who changed what in between.  Three sets decide: wanted, present, and ours
 * (what we added before).  Wanted and not present is added; ours or a predecessor's
 * (first apply only), present and not wanted, is removed.  Routes and addresses of the
 * kernel itself (connected prefixes, link-local) are nobody's and stay.
 *
 * New addresses come before old ones go: the kernel flushes the routes of a device
 * that loses its last IPv4 address.  Removing a primary address may take secondaries
 * of its prefix along, so what is missing is looked for once more afterwards.
 */
#include "config.h"

#include "client/ipconf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rtnl.h"
#include "common/xmem.h"

#define IP6_MTU_MIN 1280                    /* below it the kernel turns IPv6 off */
#define PLAN_ADDRS 2                        /* one per family */
#define PLAN_ROUTES (IPCONF_ROUTES_MAX + 2) /* and the two default routes */
#define PRESENT_MAX 128 /* more on one device is not ours to count */

struct plan {
	struct rtnl_addr addrs[PLAN_ADDRS];
	size_t addrs_count;
	struct rtnl_route routes[PLAN_ROUTES];
	size_t routes_count;
};

struct present {
	struct rtnl_addr addrs[PRESENT_MAX];
	size_t addrs_count;
	struct rtnl_route routes[PRESENT_MAX];
	size_t routes_count;
};

struct ipconf {
	struct rtnl *r;
	int ifindex;
	bool inherited;      /* nothing of a predecessor or a failure is left */
	struct plan ours;    /* what was wanted last, so what we may take back */
	uint32_t mtu_before; /* 0: never changed */
	char name[IFNAMSIZ];
	char error[256];
};

struct ipconf *
ipconf_new(struct rtnl *r, int ifindex)
{
	struct ipconf *c = xcalloc(1, sizeof(*c));
	c->r = r;
	c->ifindex = ifindex;
	return c;
}

void
ipconf_free(struct ipconf *c)
{
	free(c);
}

const char *
ipconf_error(const struct ipconf *c)
{
	return c->error;
}

static int
fail(struct ipconf *c, int rc, const char *what, const char *object)
{
	const char *kernel = rtnl_error(c->r);
	snprintf(c->error, sizeof(c->error), "cannot %s %s on %s: %s%s%s%s", what,
	    object, c->name, strerror(-rc), *kernel ? " (" : "", kernel,
	    *kernel ? ")" : "");
	return rc;
}

/* ---- what is wanted ------------------------------------------------------------ */

static void
plan_route(struct plan *p, const struct ipconf_want *want, int family, uint32_t mtu)
{
	struct rtnl_route *route = &p->routes[p->routes_count++];
	memset(route, 0, sizeof(*route));
	route->family = family;
	route->metric = want->metric;
	route->table = want->table;
	route->mtu = mtu;
	route->protocol = RTPROT_STATIC;
}

/* route_mtu: bytes for IPv4 routes where the device itself cannot go as low; 0: none */
static void
plan_make(struct plan *p, const struct ipconf_want *want, uint32_t route_mtu)
{
	memset(p, 0, sizeof(*p));
	if (want->has_ip4) {
		struct rtnl_addr *a = &p->addrs[p->addrs_count++];
		a->family = AF_INET;
		a->local.v4 = want->ip4;
		a->plen = want->ip4_plen;
		if (want->ip4_plen == 32 && want->has_gateway4)
			a->peer4 = want->gateway4;
		if (want->default_route)
			plan_route(p, want, AF_INET, route_mtu);
	}
	if (want->has_ip6) {
		struct rtnl_addr *a = &p->addrs[p->addrs_count++];
		a->family = AF_INET6;
		a->local.v6 = want->ip6;
		a->plen = want->ip6_plen;
		if (want->default_route)
			plan_route(p, want, AF_INET6, 0);
	}
	for (size_t i = 0; i < want->routes_count && i < IPCONF_ROUTES_MAX; i++) {
		const struct ipconf_prefix *prefix = &want->routes[i];
		bool is4 = prefix->family == AF_INET;
		if (is4 ? !want->has_ip4 : !want->has_ip6)
			continue;
		plan_route(p, want, prefix->family, is4 ? route_mtu : 0);
		struct rtnl_route *route = &p->routes[p->routes_count - 1];
		route->dst_plen = prefix->plen;
		memcpy(&route->dst, &prefix->addr, sizeof(route->dst));
	}
}

/* ---- what is there ------------------------------------------------------------- */

static bool
take_addr(const struct rtnl_addr *addr, void *arg)
{
	struct present *p = arg;
	if (p->addrs_count < PRESENT_MAX)
		p->addrs[p->addrs_count++] = *addr;
	return true;
}

static bool
take_route(const struct rtnl_route *route, void *arg)
{
	struct present *p = arg;
	if (p->routes_count < PRESENT_MAX)
		p->routes[p->routes_count++] = *route;
	return true;
}

static int
look_addrs(struct ipconf *c, struct present *p)
{
	p->addrs_count = 0;
	int rc = rtnl_addrs(c->r, c->ifindex, take_addr, p);
	return rc < 0 ? fail(c, rc, "read", "addresses") : 0;
}

static int
look_routes(struct ipconf *c, struct present *p)
{
	p->routes_count = 0;
	int rc = rtnl_routes(c->r, c->ifindex, AF_INET, take_route, p);
	if (rc == 0)
		rc = rtnl_routes(c->r, c->ifindex, AF_INET6, take_route, p);
	return rc < 0 ? fail(c, rc, "read", "routes") : 0;
}

static bool
same_addr(const struct rtnl_addr *a, const struct rtnl_addr *b)
{
	size_t len = a->family == AF_INET ? sizeof(a->local.v4) : sizeof(a->local.v6);
	return a->family == b->family && a->plen == b->plen &&
	       a->peer4.s_addr == b->peer4.s_addr &&
	       memcmp(&a->local, &b->local, len) == 0;
}

static bool
has_addr(const struct rtnl_addr *list, size_t count, const struct rtnl_addr *addr)
{
	for (size_t i = 0; i < count; i++)
		if (same_addr(&list[i], addr))
			return true;
	return false;
}

static bool
has_route(const struct rtnl_route *list, size_t count, const struct rtnl_route *route)
{
	for (size_t i = 0; i < count; i++)
		if (rtnl_route_same(&list[i], route))
			return true;
	return false;
}

/* ---- one change ---------------------------------------------------------------- */

static void
addr_text(const struct rtnl_addr *addr, char *ret, size_t size)
{
	char ip[INET6_ADDRSTRLEN] = "?";
	inet_ntop(addr->family, &addr->local, ip, sizeof(ip));
	snprintf(ret, size, "address %s/%u", ip, addr->plen);
}

static void
route_text(const struct rtnl_route *route, char *ret, size_t size)
{
	char ip[INET6_ADDRSTRLEN] = "?";
	inet_ntop(route->family, &route->dst, ip, sizeof(ip));
	if (route->dst_plen == 0)
		snprintf(
		    ret, size, "IPv%d default route", route->family == AF_INET ? 4 : 6);
	else
		snprintf(ret, size, "route %s/%u", ip, route->dst_plen);
}

/* Each returns 1 for the change it made, or -errno. */
static int
change_addr(struct ipconf *c, const struct rtnl_addr *addr, bool add)
{
	char text[80];
	int rc = add ? rtnl_addr_add(c->r, c->ifindex, addr)
		     : rtnl_addr_del(c->r, c->ifindex, addr);
	if (rc == 0)
		return 1;
	addr_text(addr, text, sizeof(text));
	return fail(c, rc, add ? "set" : "remove", text);
}

static int
change_route(struct ipconf *c, const struct rtnl_route *route, bool add)
{
	char text[80];
	int rc = add ? rtnl_route_add(c->r, c->ifindex, route)
		     : rtnl_route_del(c->r, c->ifindex, route);
	if (rc == 0)
		return 1;
	route_text(route, text, sizeof(text));
	return fail(c, rc, add ? "set" : "remove", text);
}

/* ---- the difference ------------------------------------------------------------ */

static bool
may_remove_addr(const struct ipconf *c, const struct rtnl_addr *addr)
{
	if (has_addr(c->ours.addrs, c->ours.addrs_count, addr))
		return true;
	return !c->inherited && addr->scope != RT_SCOPE_LINK;
}

static bool
may_remove_route(const struct ipconf *c, const struct rtnl_route *route)
{
	if (has_route(c->ours.routes, c->ours.routes_count, route))
		return true;
	return !c->inherited && route->protocol == RTPROT_STATIC;
}

static int
add_missing_addrs(struct ipconf *c, const struct plan *plan, struct present *p)
{
	int changes = 0;
	int rc = look_addrs(c, p);
	for (size_t i = 0; rc >= 0 && i < plan->addrs_count; i++) {
		if (has_addr(p->addrs, p->addrs_count, &plan->addrs[i]))
			continue;
		rc = change_addr(c, &plan->addrs[i], true);
		changes++;
	}
	return rc < 0 ? rc : changes;
}

static int
sync_addrs(struct ipconf *c, const struct plan *plan, struct present *p)
{
	int changes = add_missing_addrs(c, plan, p);
	int removed = 0;
	for (size_t i = 0; changes >= 0 && i < p->addrs_count; i++) {
		const struct rtnl_addr *addr = &p->addrs[i];
		if (has_addr(plan->addrs, plan->addrs_count, addr) ||
		    !may_remove_addr(c, addr))
			continue;
		int rc = change_addr(c, addr, false);
		if (rc < 0)
			return rc;
		removed++;
	}
	if (changes < 0 || removed == 0)
		return changes;
	int again = add_missing_addrs(c, plan, p);
	return again < 0 ? again : changes + removed + again;
}

static int
sync_routes(struct ipconf *c, const struct plan *plan, struct present *p)
{
	int changes = 0;
	int rc = look_routes(c, p);
	for (size_t i = 0; rc >= 0 && i < p->routes_count; i++) {
		const struct rtnl_route *route = &p->routes[i];
		if (has_route(plan->routes, plan->routes_count, route) ||
		    !may_remove_route(c, route))
			continue;
		rc = change_route(c, route, false);
		changes++;
	}
	for (size_t i = 0; rc >= 0 && i < plan->routes_count; i++) {
		const struct rtnl_route *route = &plan->routes[i];
		if (has_route(p->routes, p->routes_count, route))
			continue;
		rc = change_route(c, route, true);
		changes++;
	}
	return rc < 0 ? rc : changes;
}

/*
 * The MTU the device gets.  A device that cannot take it keeps what it has: smaller
 * works all the same, larger is covered by the routes' MTU.
 */
static int
sync_mtu(struct ipconf *c, const struct ipconf_want *want, struct rtnl_link *link)
{
	uint32_t mtu = want->mtu;
	if (mtu > 0 && want->has_ip6 && mtu < IP6_MTU_MIN)
		mtu = IP6_MTU_MIN;
	if (mtu == 0 || mtu == link->mtu)
		return 0;
	int rc = rtnl_link_mtu(c->r, c->ifindex, mtu);
	if (rc == -ENODEV)
		return fail(c, rc, "set", "MTU");
	if (rc < 0)
		return 0;
	if (c->mtu_before == 0)
		c->mtu_before = link->mtu;
	link->mtu = mtu;
	return 1;
}

static int
sync_link(struct ipconf *c, const struct ipconf_want *want, struct rtnl_link *link)
{
	int changes = 0;
	if (link->addrgen >= 0 && link->addrgen != RTNL_ADDRGEN_NONE) {
		int rc = rtnl_link_addrgen(c->r, c->ifindex, RTNL_ADDRGEN_NONE);
		if (rc < 0)
			return fail(c, rc, "switch off", "IPv6 autoconfiguration");
		changes++;
	}
	int rc = sync_mtu(c, want, link);
	if (rc < 0)
		return rc;
	changes += rc;
	if (link->flags & IFF_UP)
		return changes;
	rc = rtnl_link_up(c->r, c->ifindex, true);
	return rc < 0 ? fail(c, rc, "bring up", "the device") : changes + 1;
}

int
ipconf_apply(struct ipconf *c, const struct ipconf_want *want)
{
	struct rtnl_link link;
	struct plan plan;
	c->error[0] = '\0';
	snprintf(c->name, sizeof(c->name), "#%d", c->ifindex);
	int rc = rtnl_link_by_index(c->r, c->ifindex, &link);
	if (rc < 0)
		return fail(c, rc, "find", "the device");
	snprintf(c->name, sizeof(c->name), "%s", link.name);
	int changes = sync_link(c, want, &link);
	if (changes < 0)
		return changes;
	plan_make(&plan, want, want->mtu < link.mtu ? want->mtu : 0);

	struct present *p = xcalloc(1, sizeof(*p));
	int addrs = sync_addrs(c, &plan, p);
	int routes = addrs < 0 ? addrs : sync_routes(c, &plan, p);
	free(p);
	/* After a failure half of both plans may be there: the next apply clears all.
	 */
	c->ours = plan;
	c->inherited = routes >= 0;
	return routes < 0 ? routes : changes + addrs + routes;
}

bool
ipconf_drifted(struct ipconf *c)
{
	struct rtnl_link link;
	if (c->ours.addrs_count == 0)
		return false;
	if (rtnl_link_by_index(c->r, c->ifindex, &link) < 0 || !(link.flags & IFF_UP))
		return true;
	struct present *p = xcalloc(1, sizeof(*p));
	bool drifted = look_addrs(c, p) < 0 || look_routes(c, p) < 0;
	for (size_t i = 0; i < c->ours.addrs_count; i++)
		drifted |= !has_addr(p->addrs, p->addrs_count, &c->ours.addrs[i]);
	for (size_t i = 0; i < c->ours.routes_count; i++)
		drifted |= !has_route(p->routes, p->routes_count, &c->ours.routes[i]);
	free(p);
	return drifted;
}

void
ipconf_undo(struct ipconf *c)
{
	for (size_t i = 0; i < c->ours.routes_count; i++)
		(void)rtnl_route_del(c->r, c->ifindex, &c->ours.routes[i]);
	for (size_t i = 0; i < c->ours.addrs_count; i++)
		(void)rtnl_addr_del(c->r, c->ifindex, &c->ours.addrs[i]);
	if (c->mtu_before > 0)
		(void)rtnl_link_mtu(c->r, c->ifindex, c->mtu_before);
	memset(&c->ours, 0, sizeof(c->ours));
	c->mtu_before = 0;
}
