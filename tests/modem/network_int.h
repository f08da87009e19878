/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the networks: what their parts share.  Only network*.c include it.
 *
 * The address plan.  Networks are numbered from 1 to NETWORKS_MAX in the order they
 * were added, bearers of one family of a network from 1 to BEARERS_MAX - 1 in the order
 * they were opened; N is the network's number and K the bearer's:
 *
 *	10.N.0.0 + 4 K      /30: gateway + 1, host + 2
 *	2001:db8:N:K::/64   gateway ::1, host ::K:2
 *	10.N.255.53 and .54, 2001:db8:N:ffff::53 and ::54   name servers
 *	10.N.255.1, 2001:db8:N:ffff::1                      the network's own host
 */
#ifndef PDNMUX_MODEM_NETWORK_INT_H
#define PDNMUX_MODEM_NETWORK_INT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/modem/network.h"

#define NETWORKS_MAX 254
#define BEARERS_MAX 4096 /* of one family of one network; 0 is not used */
#define NETWORK_SERVERS 2
#define NETWORK_MTU_MIN 576   /* bytes: every IPv4 host takes that much (RFC 791) */
#define NETWORK_MTU6_MIN 1280 /* bytes: less and the kernel has no IPv6 (RFC 8200) */
#define NETWORK_PLEN4 30
#define NETWORK_PLEN6 64
#define DNS_PORT 53
#define DNS_MESSAGE_MAX 512 /* bytes of an answer of ours; what any client takes */

struct event_base;
struct rtnl;
struct services;

/* One network's fixed addresses. */
struct network_plan {
	uint8_t number;
	struct in_addr net4, self4, dns4[NETWORK_SERVERS];
	struct in6_addr net6, self6, dns6[NETWORK_SERVERS];
};

void network_plan_fill(struct network_plan *p, uint8_t number);
/* Addresses of bearer number k: all of c but family, dns and mtu. */
void network_plan_bearer(
    const struct network_plan *p, unsigned k, struct bearer_config *c);
/* Whose address is it?  The bearer's number, or 0. */
unsigned network_plan_owner4(const struct network_plan *p, const uint8_t address[4]);
/* All of a bearer's /64 is its own: a host picks its interface id (TS 23.060 9.2.1). */
unsigned network_plan_owner6(const struct network_plan *p, const uint8_t address[16]);

/* What the kernel holds for one network. */
struct network_ns {
	int ns_fd;         /* the namespace; keeps it alive */
	int tun_fd;        /* packets to and from bearers */
	int tun_index;     /* of that device, in there */
	struct rtnl *rtnl; /* a socket in there */
	struct services *services;
};

/* A new namespace with all in it.  0, or -errno and nothing is left. */
int network_ns_open(struct network_ns *ns, const struct network_plan *plan,
    const char *apn, uint32_t mtu, struct event_base *base);
void network_ns_close(struct network_ns *ns);
/* A bearer's gateway answers there, or no longer. */
int network_ns_gateway(
    struct network_ns *ns, const struct bearer_config *c, bool present);
/* May this process make namespaces and TUN devices?  0 or -errno. */
int network_ns_check(void);

/*
 * Echo, "who" and DNS, TCP and UDP, on all addresses of the calling thread's network
 * namespace.  plan and apn are borrowed.  NULL with errno on failure.
 */
struct services *services_new(
    struct event_base *base, const struct network_plan *plan, const char *apn);
void services_free(struct services *s);

/*
 * dns_answer - what the network's name server says.
 *
 * The network knows its APN's name and all names under it ("who.internet"), and
 * "who.test" in every network, as its own host; "common.test" as the common address;
 * with A, AAAA and TXT (the APN).  Everything else does not exist.
 *
 * Writes the answer to ret (DNS_MESSAGE_MAX bytes) and returns its length; 0 when the
 * query is no query and deserves none.
 */
size_t dns_answer(const struct network_plan *plan, const char *apn,
    const uint8_t *query, size_t len, uint8_t *ret);

/* Is this IPv6 packet a router solicitation? */
bool ra_is_solicitation(const uint8_t *ip, size_t len);
/*
 * The router advertisement of a bearer: its prefix, MTU and name servers.  Writes to
 * ret, which has RA_MAX bytes, and returns the length.
 */
#define RA_MAX 256
size_t ra_build(const struct bearer_config *c, uint8_t *ret);

#endif
