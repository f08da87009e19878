/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ipconf against the running kernel, in a network namespace with a device of its own:
 * what is wanted comes, the difference and nothing more is sent, and undo leaves
 * nothing.
 */
#include "config.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "client/ipconf.h"
#include "common/rtnl.h"
#include "tests/unit/netns.h"

static const char *kind;
static struct rtnl *r;
static int dev;

static int
setup(void **state)
{
	(void)state;
	r = rtnl_open();
	assert_non_null(r);
	assert_int_equal(rtnl_plain_add(r, kind, "wwan0.1", &dev), 0);
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

static struct ipconf_want
want_both(void)
{
	struct ipconf_want w = {
	    .has_ip4 = true,
	    .ip4_plen = 30,
	    .has_ip6 = true,
	    .ip6_plen = 64,
	    .default_route = true,
	    .metric = 42,
	    .mtu = 1428,
	};
	inet_pton(AF_INET, "10.1.2.1", &w.ip4);
	inet_pton(AF_INET6, "2001:db8:1::5", &w.ip6);
	return w;
}

struct seen {
	int addrs4, addrs6, routes;
	struct in_addr ip4;
	uint32_t route_mtu;
};

static bool
see_addr(const struct rtnl_addr *addr, void *arg)
{
	struct seen *s = arg;
	s->addrs4 += addr->family == AF_INET;
	s->addrs6 += addr->family == AF_INET6;
	if (addr->family == AF_INET)
		s->ip4 = addr->local.v4;
	return true;
}

static bool
see_route(const struct rtnl_route *route, void *arg)
{
	struct seen *s = arg;
	s->routes += route->protocol == RTPROT_STATIC;
	if (route->protocol == RTPROT_STATIC && route->mtu > 0)
		s->route_mtu = route->mtu;
	return true;
}

static struct seen
look(void)
{
	struct seen s = {0};
	assert_int_equal(rtnl_addrs(r, dev, see_addr, &s), 0);
	assert_int_equal(rtnl_routes(r, dev, AF_INET, see_route, &s), 0);
	assert_int_equal(rtnl_routes(r, dev, AF_INET6, see_route, &s), 0);
	return s;
}

static void
test_apply_and_undo(void **state)
{
	struct ipconf *c = ipconf_new(r, dev);
	struct ipconf_want w = want_both();
	struct rtnl_link link;
	(void)state;
	assert_true(ipconf_apply(c, &w) > 0);
	struct seen s = look();
	assert_int_equal(s.addrs4, 1);
	assert_int_equal(s.addrs6, 1); /* no link-local: autoconfiguration is off */
	assert_int_equal(s.routes, 2);
	assert_int_equal(rtnl_link_by_index(r, dev, &link), 0);
	assert_true(link.flags & IFF_UP);
	assert_int_equal(link.mtu, 1428);
	assert_int_equal(ipconf_apply(c, &w), 0); /* all was right already */
	assert_false(ipconf_drifted(c));

	ipconf_undo(c);
	s = look();
	assert_int_equal(s.addrs4 + s.addrs6 + s.routes, 0);
	assert_int_equal(rtnl_link_by_index(r, dev, &link), 0);
	assert_int_equal(link.mtu, 1500);
	ipconf_free(c);
}

static void
test_address_change(void **state)
{
	struct ipconf *c = ipconf_new(r, dev);
	struct ipconf_want w = want_both();
	(void)state;
	assert_true(ipconf_apply(c, &w) > 0);
	inet_pton(AF_INET, "10.7.7.7", &w.ip4);
	/* One address comes, one goes; routes and IPv6 stay untouched. */
	assert_int_equal(ipconf_apply(c, &w), 2);
	struct seen s = look();
	assert_int_equal(s.addrs4, 1);
	assert_int_equal(s.ip4.s_addr, w.ip4.s_addr);
	assert_int_equal(s.routes, 2);
	/* Inside the same prefix the kernel makes the new one secondary to the old. */
	inet_pton(AF_INET, "10.7.7.6", &w.ip4);
	assert_true(ipconf_apply(c, &w) >= 2);
	s = look();
	assert_int_equal(s.addrs4, 1);
	assert_int_equal(s.ip4.s_addr, w.ip4.s_addr);
	assert_int_equal(s.routes, 2);
	/* A family goes: its address and its route with it. */
	w.has_ip6 = false;
	assert_int_equal(ipconf_apply(c, &w), 2);
	s = look();
	assert_int_equal(s.addrs6, 0);
	assert_int_equal(s.routes, 1);
	ipconf_undo(c);
	ipconf_free(c);
}

static void
test_specific_routes(void **state)
{
	struct ipconf *c = ipconf_new(r, dev);
	struct ipconf_want w = want_both();
	(void)state;
	w.default_route = false;
	w.has_ip6 = false;
	w.ip4_plen = 32;
	w.has_gateway4 = true;
	inet_pton(AF_INET, "10.1.2.2", &w.gateway4);
	assert_int_equal(ipconf_prefix_parse("192.0.2.7/24", &w.routes[0]), 0);
	assert_int_equal(ipconf_prefix_parse("198.51.100.1", &w.routes[1]), 0);
	assert_int_equal(ipconf_prefix_parse("2001:db8:9::/48", &w.routes[2]), 0);
	w.routes_count = 3;
	assert_true(ipconf_apply(c, &w) > 0);
	assert_int_equal(look().routes, 2); /* the IPv6 one has no address to go with */
	assert_int_equal(ipconf_apply(c, &w), 0);
	w.routes_count = 1;
	assert_int_equal(ipconf_apply(c, &w), 1);
	assert_int_equal(look().routes, 1);
	ipconf_undo(c);
	assert_int_equal(look().routes, 0);
	ipconf_free(c);
}

/* What a killed predecessor left on the device goes; a later stranger's stays. */
static void
test_leftovers(void **state)
{
	struct rtnl_addr old = {.family = AF_INET, .plen = 24};
	struct rtnl_route old_route = {.family = AF_INET, .dst_plen = 24, .metric = 9};
	struct ipconf *c = ipconf_new(r, dev);
	struct ipconf_want w = want_both();
	(void)state;
	inet_pton(AF_INET, "10.66.0.9", &old.local.v4);
	inet_pton(AF_INET, "192.0.2.0", &old_route.dst.v4);
	assert_int_equal(rtnl_link_up(r, dev, true), 0);
	assert_int_equal(rtnl_addr_add(r, dev, &old), 0);
	assert_int_equal(rtnl_route_add(r, dev, &old_route), 0);
	assert_true(ipconf_apply(c, &w) > 0);
	struct seen s = look();
	assert_int_equal(s.addrs4, 1);
	assert_int_equal(s.routes, 2);
	assert_int_equal(rtnl_addr_add(r, dev, &old), 0);
	assert_int_equal(ipconf_apply(c, &w), 0);
	assert_int_equal(look().addrs4, 2);
	ipconf_undo(c);
	assert_int_equal(look().addrs4, 1);
	ipconf_free(c);
}

static void
test_drift(void **state)
{
	struct ipconf *c = ipconf_new(r, dev);
	struct ipconf_want w = want_both();
	(void)state;
	assert_true(ipconf_apply(c, &w) > 0);
	/* Down and up again: the kernel drops routes and IPv6 addresses silently. */
	assert_int_equal(rtnl_link_up(r, dev, false), 0);
	assert_true(ipconf_drifted(c));
	assert_int_equal(rtnl_link_up(r, dev, true), 0);
	assert_true(ipconf_drifted(c));
	assert_true(ipconf_apply(c, &w) > 0);
	assert_false(ipconf_drifted(c));
	assert_int_equal(look().routes, 2);
	ipconf_free(c);
}

/* IPv6 needs 1280 bytes: the device gets them, IPv4's routes keep the smaller MTU. */
static void
test_small_mtu(void **state)
{
	struct ipconf *c = ipconf_new(r, dev);
	struct ipconf_want w = want_both();
	struct rtnl_link link;
	(void)state;
	w.mtu = 1200;
	assert_true(ipconf_apply(c, &w) > 0);
	assert_int_equal(rtnl_link_by_index(r, dev, &link), 0);
	assert_int_equal(link.mtu, 1280);
	struct seen s = look();
	assert_int_equal(s.route_mtu, 1200);
	assert_int_equal(s.addrs6, 1);
	assert_int_equal(ipconf_apply(c, &w), 0);
	ipconf_free(c);
}

static void
test_device_gone(void **state)
{
	struct ipconf *c = ipconf_new(r, 4000);
	struct ipconf_want w = want_both();
	(void)state;
	assert_int_equal(ipconf_apply(c, &w), -ENODEV);
	assert_non_null(strstr(ipconf_error(c), "device"));
	ipconf_undo(c);
	ipconf_free(c);
}

static void
test_prefix(void **state)
{
	struct ipconf_prefix p;
	struct in_addr a;
	(void)state;
	assert_int_equal(ipconf_prefix_parse("10.255.255.255/12", &p), 0);
	assert_int_equal(p.addr.v4.s_addr, htonl(0x0af00000));
	assert_int_equal(p.plen, 12);
	assert_int_equal(ipconf_prefix_parse("::/0", &p), 0);
	assert_int_equal(p.family, AF_INET6);
	static const char *const bad[] = {"", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/",
	    "10.0.0.0/-1", "2001:db8::/129", "10.0.0.0/8x", "a/8", "/8"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ipconf_prefix_parse(bad[i], &p), -EINVAL);
	inet_pton(AF_INET, "255.255.255.248", &a);
	assert_int_equal(ipconf_mask_plen(a), 29);
	inet_pton(AF_INET, "255.0.255.0", &a);
	assert_int_equal(ipconf_mask_plen(a), -EINVAL);
	a.s_addr = 0;
	assert_int_equal(ipconf_mask_plen(a), 0);
	a.s_addr = 0xffffffff;
	assert_int_equal(ipconf_mask_plen(a), 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_apply_and_undo, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_address_change, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_specific_routes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_leftovers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_drift, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_small_mtu, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_device_gone, setup, teardown),
	    cmocka_unit_test(test_prefix),
	};
	if (!netns_enter() || !(kind = netns_device_kind()))
		return TEST_SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
