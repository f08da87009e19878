/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The networks behind the modem, one per APN, and the bearers into them.
 *
 * A network is a network namespace of this process's own with a TUN device in it, so
 * that a real kernel answers ping, TCP and UDP, and nothing is left when the process
 * ends.  Every network has the same common addresses (NETWORK_COMMON4 and 6) and its
 * own address range, name server and name: whoever asks "who" on port NETWORK_WHO_PORT
 * of the common address learns which APN he reached.  The name server knows the APN's
 * name and all names under it, and "who.test" in every network, as the network's own
 * host, and "common.test" as the common address (A, AAAA; TXT says the APN); all other
 * names do not exist, other APNs' among them.
 *
 * A bearer is one family of one PDN connection.  A packet whose source is not the
 * bearer's own address (IPv6: /64) is dropped and counted, as a gateway of a network
 * does.  A router solicitation is answered with the bearer's prefix, MTU and name
 * servers; what else a host says to its link alone is ignored.
 */
#ifndef PDNMUX_MODEM_NETWORK_H
#define PDNMUX_MODEM_NETWORK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETWORK_COMMON4 "192.0.2.1"
#define NETWORK_COMMON6 "2001:db8:ffff::1"
#define NETWORK_ECHO_PORT 7   /* TCP and UDP: what comes goes back */
#define NETWORK_WHO_PORT 7007 /* TCP and UDP: the APN's name and a newline */
#define NETWORK_PACKET_MAX 65535
#define NETWORK_APN_MAX 100 /* characters, without the NUL */

struct event_base;
struct networks;
struct bearer;

/* What the network gave a bearer.  family says which half is meant. */
struct bearer_config {
	int family; /* AF_INET or AF_INET6 */
	struct in_addr address4, gateway4, netmask4;
	struct in6_addr address6, gateway6;
	uint8_t plen; /* bits: 30 for IPv4, 64 for IPv6 */
	struct in_addr dns4[2];
	struct in6_addr dns6[2];
	uint32_t mtu; /* bytes */
};

/* What went through one bearer, in packets and bytes of IP. */
struct bearer_counters {
	uint64_t up_packets, up_bytes;     /* from the host, accepted */
	uint64_t down_packets, down_bytes; /* to the host */
	uint64_t spoofed;                  /* from the host, wrong source address */
	uint64_t malformed;                /* from the host, not IP of this family */
	uint64_t link_local;               /* from the host, of the link itself */
};

/* One network as it is now; all is borrowed. */
struct network_info {
	const char *apn;
	uint32_t mtu;         /* bytes */
	struct in_addr net4;  /* a /16 */
	struct in6_addr net6; /* a /48 */
	unsigned bearers4, bearers6;
	int ns_fd; /* its namespace, for nsenter(1); -1 before the first bearer */
};

/* One packet for the host; ip is borrowed for the call. */
typedef void bearer_down_fn(void *arg, const uint8_t *ip, size_t len);

/*
 * networks_new - no network yet; they are made at the first bearer into each.
 *
 * base  the loop that reads the TUN devices and serves the echo, "who" and DNS ports.
 *
 * NULL with errno when the process may not make namespaces (it must be root).
 */
struct networks *networks_new(struct event_base *base);
void networks_free(struct networks *n);
/*
 * networks_add - an APN that exists, before anybody asks for it.
 *
 * mtu: bytes, what bearers of it are told, 576 to 65535.  Returns 0 or -errno: -EEXIST
 * it is known, -EINVAL no such name or MTU can be, -ENOSPC there are 254 already.
 */
int networks_add(struct networks *n, const char *apn, uint32_t mtu);
/* Is there such an APN?  APNs are compared without case (3GPP TS 23.003 9.1). */
bool networks_has(const struct networks *n, const char *apn);
/* Calls fn for each, in the order they were added. */
void networks_each(const struct networks *n,
    void (*fn)(void *arg, const struct network_info *info), void *arg);

/*
 * bearer_open - one bearer into the APN's network, with a fresh address.
 *
 * family  AF_INET or AF_INET6.
 * down    is called for each packet to the bearer's address, from the loop or from
 *         within bearer_up() (a router's answer).  It may close the bearer when it is
 *         called from the loop.
 *
 * Returns NULL with errno: ENOENT no such APN, ENOSPC no address left, else what the
 * kernel said.
 */
struct bearer *bearer_open(
    struct networks *n, const char *apn, int family, bearer_down_fn *down, void *arg);
void bearer_close(struct bearer *b); /* NULL is fine */
/* The configuration; borrowed until the next call on b. */
const struct bearer_config *bearer_config(const struct bearer *b);
const struct bearer_counters *bearer_counters(const struct bearer *b);
/* One packet from the host. */
void bearer_up(struct bearer *b, const uint8_t *ip, size_t len);
/* Another address, as when the network renumbers.  0 or -errno. */
int bearer_renumber(struct bearer *b);

#endif
