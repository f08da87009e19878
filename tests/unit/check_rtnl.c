/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The asking and the listening rtnetlink socket against the running kernel, in a
 * network namespace with devices of its own.
 */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "common/loop.h"
#include "common/rtnl.h"
#include "tests/unit/netns.h"

static const char *kind;
static struct rtnl *r;
static int dev; /* a fresh device, up, for each test */

static int
setup(void **state)
{
	(void)state;
	r = rtnl_open();
	assert_non_null(r);
	assert_int_equal(rtnl_plain_add(r, kind, "d0", &dev), 0);
	assert_int_equal(rtnl_link_up(r, dev, true), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	assert_int_equal(rtnl_link_del(r, dev), 0);
	rtnl_close(r);
	return 0;
}

static struct rtnl_addr
addr4(const char *local, const char *peer, uint8_t plen)
{
	struct rtnl_addr a = {.family = AF_INET, .plen = plen};
	assert_int_equal(inet_pton(AF_INET, local, &a.local.v4), 1);
	if (peer)
		assert_int_equal(inet_pton(AF_INET, peer, &a.peer4), 1);
	return a;
}

static struct rtnl_route
route_to(int family, const char *dst, uint8_t plen, uint32_t metric)
{
	struct rtnl_route route = {
	    .family = family, .dst_plen = plen, .metric = metric};
	if (dst)
		assert_int_equal(inet_pton(family, dst, &route.dst), 1);
	return route;
}

static bool
count_addr(const struct rtnl_addr *addr, void *arg)
{
	if (addr->scope != RT_SCOPE_LINK)
		++*(int *)arg;
	return true;
}

static int
addrs_count(int index)
{
	int n = 0;
	assert_int_equal(rtnl_addrs(r, index, count_addr, &n), 0);
	return n;
}

static bool
last_static(const struct rtnl_route *route, void *arg)
{
	if (route->protocol == RTPROT_STATIC)
		*(struct rtnl_route *)arg = *route;
	return true;
}

/* The last static route of the device; family 0 when there is none. */
static struct rtnl_route
static_route(int index, int family)
{
	struct rtnl_route route = {.family = 0};
	assert_int_equal(rtnl_routes(r, index, family, last_static, &route), 0);
	return route;
}

static void
test_link(void **state)
{
	struct rtnl_link link;
	(void)state;
	assert_int_equal(rtnl_link_by_name(r, "d0", &link), 0);
	assert_int_equal(link.index, dev);
	assert_string_equal(link.kind, kind);
	assert_int_equal(link.id, RTNL_NO_ID);
	assert_int_equal(link.addrgen, RTNL_ADDRGEN_NONE);
	assert_true(link.flags & IFF_UP);
	assert_int_equal(rtnl_link_mtu(r, dev, 1428), 0);
	assert_int_equal(rtnl_link_by_index(r, dev, &link), 0);
	assert_int_equal(link.mtu, 1428);
	assert_int_equal(rtnl_link_up(r, dev, false), 0);
	assert_int_equal(rtnl_link_rename(r, dev, "wwan0.1"), 0);
	assert_int_equal(rtnl_link_by_name(r, "d0", &link), -ENODEV);
	assert_int_equal(rtnl_link_by_name(r, "wwan0.1", &link), 0);
	assert_false(link.flags & IFF_UP);
}

static void
test_link_errors(void **state)
{
	struct rtnl_link link;
	int index;
	(void)state;
	assert_int_equal(rtnl_plain_add(r, kind, "d0", &index), -EEXIST);
	assert_int_equal(
	    rtnl_plain_add(r, kind, "a-name-too-long-for-it", &index), -EINVAL);
	assert_int_equal(rtnl_plain_add(r, "pdnmux-none", "d1", &index), -EOPNOTSUPP);
	/* The kernel's own words come along, and go with the next success. */
	assert_non_null(strstr(rtnl_error(r), "Unknown device type"));
	assert_false(rtnl_kind_known(r, "pdnmux-none"));
	assert_int_equal(rtnl_link_by_index(r, 4000, &link), -ENODEV);
	assert_int_equal(rtnl_link_del(r, 4000), 0);
	assert_int_equal(rtnl_link_mtu(r, dev, 1400), 0);
	assert_string_equal(rtnl_error(r), "");
}

static bool
find_dev(const struct rtnl_link *link, void *arg)
{
	if (link->index == dev)
		++*(int *)arg;
	return link->index != dev;
}

static void
test_links_dump(void **state)
{
	int found = 0;
	(void)state;
	assert_int_equal(rtnl_links(r, find_dev, &found), 0);
	assert_int_equal(found, 1);
}

static void
test_addr(void **state)
{
	struct rtnl_addr net = addr4("10.9.0.2", NULL, 24);
	struct rtnl_addr peer = addr4("10.8.0.2", "10.8.0.1", 32);
	struct rtnl_addr six = {.family = AF_INET6, .plen = 64};
	(void)state;
	inet_pton(AF_INET6, "2001:db8::2", &six.local.v6);
	assert_int_equal(rtnl_addr_add(r, dev, &net), 0);
	assert_int_equal(rtnl_addr_add(r, dev, &net), 0); /* the same is no error */
	assert_int_equal(rtnl_addr_add(r, dev, &peer), 0);
	assert_int_equal(rtnl_addr_add(r, dev, &six), 0);
	assert_int_equal(addrs_count(dev), 3);
	assert_int_equal(rtnl_addr_del(r, dev, &peer), 0);
	assert_int_equal(rtnl_addr_del(r, dev, &peer), 0); /* gone is gone */
	assert_int_equal(addrs_count(dev), 2);
	assert_int_equal(rtnl_addr_del(r, 4000, &net), 0);
	assert_int_equal(rtnl_addr_add(r, 4000, &net), -ENODEV);
}

static void
test_route(void **state)
{
	struct rtnl_addr a = addr4("10.9.0.2", NULL, 32);
	struct rtnl_route dflt = route_to(AF_INET, NULL, 0, 700);
	struct rtnl_route other = route_to(AF_INET, "192.0.2.0", 24, 5);
	struct rtnl_route six = route_to(AF_INET6, "2001:db8:1::", 48, 0);
	(void)state;
	dflt.mtu = 1400;
	other.table = 1000;
	assert_int_equal(rtnl_addr_add(r, dev, &a), 0);
	assert_int_equal(rtnl_route_add(r, dev, &dflt), 0);
	struct rtnl_route got = static_route(dev, AF_INET);
	assert_true(rtnl_route_same(&got, &dflt));
	assert_int_equal(got.mtu, 1400);
	assert_int_equal(rtnl_route_add(r, dev, &dflt), 0);
	dflt.mtu = 1300; /* the same key, another MTU: replaced */
	assert_int_equal(rtnl_route_add(r, dev, &dflt), 0);
	assert_int_equal(static_route(dev, AF_INET).mtu, 1300);
	assert_int_equal(rtnl_route_del(r, dev, &dflt), 0);
	assert_int_equal(rtnl_route_del(r, dev, &dflt), 0);
	assert_int_equal(static_route(dev, AF_INET).family, 0);

	assert_int_equal(rtnl_route_add(r, dev, &other), 0);
	assert_int_equal(static_route(dev, AF_INET).table, 1000);
	assert_int_equal(rtnl_route_add(r, dev, &six), 0);
	got = static_route(dev, AF_INET6);
	assert_true(rtnl_route_same(&got, &six));
	assert_int_equal(rtnl_route_del(r, dev, &six), 0);
	assert_int_equal(static_route(dev, AF_INET6).family, 0);
}

/* A default route of another device with our metric must survive us. */
static void
test_route_beside_another(void **state)
{
	struct rtnl_addr a = addr4("10.9.0.2", NULL, 32);
	struct rtnl_addr b = addr4("10.9.1.2", NULL, 32);
	struct rtnl_route dflt = route_to(AF_INET, NULL, 0, 0);
	struct rtnl_route dflt6 = route_to(AF_INET6, NULL, 0, 0);
	int second;
	(void)state;
	assert_int_equal(rtnl_plain_add(r, kind, "d1", &second), 0);
	assert_int_equal(rtnl_link_up(r, second, true), 0);
	assert_int_equal(rtnl_addr_add(r, dev, &a), 0);
	assert_int_equal(rtnl_addr_add(r, second, &b), 0);
	assert_int_equal(rtnl_route_add(r, dev, &dflt), 0);
	assert_int_equal(rtnl_route_add(r, second, &dflt), 0);
	assert_int_equal(rtnl_route_add(r, dev, &dflt6), 0);
	assert_int_equal(rtnl_route_add(r, second, &dflt6), 0);
	assert_int_equal(static_route(dev, AF_INET).family, AF_INET);
	assert_int_equal(static_route(second, AF_INET).family, AF_INET);
	assert_int_equal(rtnl_route_del(r, second, &dflt), 0);
	assert_int_equal(rtnl_route_del(r, second, &dflt6), 0);
	assert_int_equal(static_route(dev, AF_INET).family, AF_INET);
	assert_int_equal(static_route(dev, AF_INET6).family, AF_INET6);
	assert_int_equal(static_route(second, AF_INET6).family, 0);
	assert_int_equal(rtnl_link_del(r, second), 0);
}

static void
test_gateway(void **state)
{
	struct rtnl_addr a = addr4("10.9.0.2", NULL, 32);
	struct rtnl_route dflt = route_to(AF_INET, NULL, 0, 3);
	(void)state;
	dflt.has_gateway = true;
	inet_pton(AF_INET, "10.200.0.1", &dflt.gateway.v4); /* no route to it: onlink */
	assert_int_equal(rtnl_addr_add(r, dev, &a), 0);
	assert_int_equal(rtnl_route_add(r, dev, &dflt), 0);
	struct rtnl_route got = static_route(dev, AF_INET);
	assert_true(rtnl_route_same(&got, &dflt));
}

struct heard {
	struct event_base *base;
	struct rtnl_monitor *monitor;
	int link, gone;
};

static void
hear(enum rtnl_event event, const struct rtnl_link *link, void *arg)
{
	struct heard *h = arg;
	switch (event) {
	case RTNL_EVENT_LINK: h->link += strcmp(link->name, "d7") == 0; break;
	case RTNL_EVENT_RESYNC: fail_msg("events lost"); break;
	case RTNL_EVENT_LINK_GONE:
		h->gone += strcmp(link->name, "d7") == 0;
		rtnl_monitor_free(h->monitor); /* allowed from inside */
		h->monitor = NULL;
		event_base_loopbreak(h->base);
		break;
	}
}

static void
test_monitor(void **state)
{
	struct heard h = {.base = loop_new()};
	struct timeval deadline = {.tv_sec = 5};
	int index;
	(void)state;
	h.monitor = rtnl_monitor_new(h.base, hear, &h);
	assert_non_null(h.monitor);
	assert_int_equal(rtnl_plain_add(r, kind, "d7", &index), 0);
	assert_int_equal(rtnl_link_up(r, index, true), 0);
	assert_int_equal(rtnl_link_del(r, index), 0);
	event_base_loopexit(h.base, &deadline);
	event_base_dispatch(h.base);
	assert_true(h.link >= 2);
	assert_int_equal(h.gone, 1);
	event_base_free(h.base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_link, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_link_errors, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_links_dump, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_addr, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_route, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_route_beside_another, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_gateway, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_monitor, setup, teardown),
	};
	if (!netns_enter() || !(kind = netns_device_kind()))
		return TEST_SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
