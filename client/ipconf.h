/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one network device should have (addresses, routes, MTU) against what it has.
 *
 * The owner says the whole wish with ipconf_apply(); only the difference goes to the
 * kernel, so an address change replaces just what changed.  ipconf remembers what it
 * did and ipconf_undo() takes back that and nothing else.  Addresses and routes on the
 * device that a killed predecessor left are removed by the first apply: a PDN's device
 * has one owner.
 *
 * Source: reference/kernel.md 6.
 */
#ifndef PDNMUX_CLIENT_IPCONF_H
#define PDNMUX_CLIENT_IPCONF_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipconf;
struct rtnl;

#define IPCONF_ROUTES_MAX 32
#define IPCONF_DNS_MAX 4

/* A destination, for specific routes. */
struct ipconf_prefix {
	int family; /* AF_INET or AF_INET6 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} addr;
	uint8_t plen;
};

/* The whole wish for one device.  Zero it first; addresses in network order. */
struct ipconf_want {
	bool has_ip4;
	struct in_addr ip4;
	uint8_t ip4_plen;  /* bits; 32: point to point */
	bool has_gateway4; /* informative peer for a /32; routes are on-link */
	struct in_addr gateway4;
	bool has_ip6;
	struct in6_addr ip6;
	uint8_t ip6_plen;   /* bits, 64 as a rule */
	bool default_route; /* for each family that has an address */
	struct ipconf_prefix routes[IPCONF_ROUTES_MAX];
	size_t routes_count; /* those of a family without address are left out */
	uint32_t metric;     /* of all these routes; 0: the kernel's default */
	uint32_t table;      /* 0: main */
	uint32_t mtu;        /* bytes; 0: leave alone */
};

/* The DNS part travels beside it to resolv.h. */
struct ipconf_dns {
	struct in_addr v4[IPCONF_DNS_MAX];
	size_t v4_count;
	struct in6_addr v6[IPCONF_DNS_MAX];
	size_t v6_count;
};

/* r is borrowed until ipconf_free().  Never NULL. */
struct ipconf *ipconf_new(struct rtnl *r, int ifindex);

/*
 * ipconf_apply - make the device as wanted, and up.
 *
 * want is borrowed for the call.  The device is brought up first (without automatic
 * IPv6 addresses).  Returns the number of changes made (0: all was right already) or
 * -errno; ipconf_error() then says what failed.  What was done stays done: apply again
 * or undo.  -ENODEV: the device is gone.
 */
int ipconf_apply(struct ipconf *c, const struct ipconf_want *want);
/* One sentence about the last failure, borrowed until the next call. */
const char *ipconf_error(const struct ipconf *c);
/* True when somebody took from the device what we gave it (look after rtnl events). */
bool ipconf_drifted(struct ipconf *c);
/*
 * Removes what apply added; muxdev_close() takes the device down.  A vanished device is
 * fine.
 */
void ipconf_undo(struct ipconf *c);
/* Frees; does not undo.  NULL is fine. */
void ipconf_free(struct ipconf *c);

/* "10.1.2.0/24", "2001:db8::/32", "10.1.2.3".  0 or -EINVAL; host bits are cleared. */
int ipconf_prefix_parse(const char *text, struct ipconf_prefix *ret);
/* Bits of a netmask in network order; -EINVAL when it has holes. */
int ipconf_mask_plen(struct in_addr mask);

#endif
