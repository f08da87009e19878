/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One network's namespace: made, furnished, and left again.
 *
 * The calling thread enters the new namespace only for as long as it takes to open
 * what belongs there: a TUN device, an rtnetlink socket, the servers' sockets.  All of
 * them stay there when the thread is back, and the namespace lives until the last of
 * them is closed.  A thread that could not go back would put everything that follows
 * in the wrong network, so that is fatal.
 */
#include "config.h"

#include "tests/modem/network_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/rtnl.h"
#include "tests/modem/tun.h"

#define DEVICE "bearers"
#define NET4_PLEN 16
#define NET6_PLEN 48

static int
own_namespace(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Enters a new namespace.  The descriptor of the one before, or -errno. */
static int
enter_new(void)
{
	int home = own_namespace();
	if (home < 0)
		return home;
	if (unshare(CLONE_NEWNET) == 0)
		return home;
	int rc = -errno;
	close(home);
	return rc;
}

static void
go_home(int home)
{
	if (setns(home, CLONE_NEWNET) < 0)
		fatal("network", "cannot go back to the network namespace: %s",
		    strerror(errno));
	close(home);
}

/* ---- furnishing, inside ---------------------------------------------------------- */

static int
add4(struct rtnl *r, int index, struct in_addr address)
{
	struct rtnl_addr a = {.family = AF_INET, .local.v4 = address, .plen = 32};
	return rtnl_addr_add(r, index, &a);
}

/* The kernel takes up a new IPv6 address when it comes to it; a route works at once. */
static int
add6(struct rtnl *r, int index, struct in6_addr address)
{
	struct rtnl_addr a = {.family = AF_INET6, .local.v6 = address, .plen = 128};
	struct rtnl_route local = {.family = AF_INET6,
	    .dst.v6 = address,
	    .dst_plen = 128,
	    .table = RT_TABLE_LOCAL,
	    .is_local = true};
	int rc = rtnl_route_add(r, index, &local);
	return rc < 0 ? rc : rtnl_addr_add(r, index, &a);
}

static int
furnish_loopback(struct rtnl *r, const struct network_plan *plan)
{
	struct rtnl_link lo;
	struct in_addr common4;
	struct in6_addr common6;

	inet_pton(AF_INET, NETWORK_COMMON4, &common4);
	inet_pton(AF_INET6, NETWORK_COMMON6, &common6);
	int rc = rtnl_link_by_name(r, "lo", &lo);
	if (rc == 0)
		rc = rtnl_link_up(r, lo.index, true);
	if (rc == 0)
		rc = add4(r, lo.index, common4);
	if (rc == 0)
		rc = add6(r, lo.index, common6);
	if (rc == 0)
		rc = add4(r, lo.index, plan->self4);
	if (rc == 0)
		rc = add6(r, lo.index, plan->self6);
	for (unsigned i = 0; rc == 0 && i < NETWORK_SERVERS; i++) {
		rc = add4(r, lo.index, plan->dns4[i]);
		if (rc == 0)
			rc = add6(r, lo.index, plan->dns6[i]);
	}
	return rc;
}

static int
route_bearers(struct network_ns *ns, const struct network_plan *plan)
{
	struct rtnl_route r4 = {
	    .family = AF_INET, .dst.v4 = plan->net4, .dst_plen = NET4_PLEN};
	struct rtnl_route r6 = {
	    .family = AF_INET6, .dst.v6 = plan->net6, .dst_plen = NET6_PLEN};
	int rc = rtnl_route_add(ns->rtnl, ns->tun_index, &r4);
	return rc < 0 ? rc : rtnl_route_add(ns->rtnl, ns->tun_index, &r6);
}

static int
furnish_device(struct network_ns *ns, const struct network_plan *plan, uint32_t mtu)
{
	struct rtnl_link link;
	int rc = rtnl_link_by_name(ns->rtnl, DEVICE, &link);
	if (rc < 0)
		return rc;
	ns->tun_index = link.index;
	/* no link-local address: this side of a bearer solicits nobody */
	rc = rtnl_link_addrgen(ns->rtnl, ns->tun_index, RTNL_ADDRGEN_NONE);
	if (rc == 0)
		rc = rtnl_link_mtu(ns->rtnl, ns->tun_index,
		    mtu < NETWORK_MTU6_MIN ? NETWORK_MTU6_MIN : mtu);
	if (rc == 0)
		rc = rtnl_link_up(ns->rtnl, ns->tun_index, true);
	return rc < 0 ? rc : route_bearers(ns, plan);
}

static int
furnish(struct network_ns *ns, const struct network_plan *plan, const char *apn,
    uint32_t mtu, struct event_base *base)
{
	ns->ns_fd = own_namespace();
	if (ns->ns_fd < 0)
		return ns->ns_fd;
	ns->rtnl = rtnl_open();
	if (!ns->rtnl)
		return -errno;
	ns->tun_fd = tun_open(DEVICE);
	if (ns->tun_fd < 0)
		return ns->tun_fd;
	int rc = furnish_loopback(ns->rtnl, plan);
	if (rc == 0)
		rc = furnish_device(ns, plan, mtu);
	if (rc < 0)
		return rc;
	ns->services = services_new(base, plan, apn);
	return ns->services ? 0 : -errno;
}

/* ---- from outside ------------------------------------------------------------------
 */

int
network_ns_open(struct network_ns *ns, const struct network_plan *plan, const char *apn,
    uint32_t mtu, struct event_base *base)
{
	*ns = (struct network_ns){.ns_fd = -1, .tun_fd = -1};
	int home = enter_new();
	if (home < 0)
		return home;
	int rc = furnish(ns, plan, apn, mtu, base);
	if (rc < 0 && ns->rtnl && rtnl_error(ns->rtnl)[0] != '\0')
		log_warnx("network", "%s: %s", apn, rtnl_error(ns->rtnl));
	go_home(home);
	if (rc < 0)
		network_ns_close(ns);
	return rc;
}

void
network_ns_close(struct network_ns *ns)
{
	services_free(ns->services);
	rtnl_close(ns->rtnl);
	if (ns->tun_fd >= 0)
		close(ns->tun_fd);
	if (ns->ns_fd >= 0)
		close(ns->ns_fd);
	*ns = (struct network_ns){.ns_fd = -1, .tun_fd = -1};
}

int
network_ns_gateway(struct network_ns *ns, const struct bearer_config *c, bool present)
{
	struct rtnl_route local = {.family = c->family,
	    .dst_plen = c->family == AF_INET ? 32 : 128,
	    .table = RT_TABLE_LOCAL,
	    .is_local = true};
	if (c->family == AF_INET)
		local.dst.v4 = c->gateway4;
	else
		local.dst.v6 = c->gateway6;
	return present ? rtnl_route_add(ns->rtnl, ns->tun_index, &local)
		       : rtnl_route_del(ns->rtnl, ns->tun_index, &local);
}

int
network_ns_check(void)
{
	int home = enter_new();
	if (home < 0)
		return home;
	int fd = tun_open("check");
	go_home(home);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}
