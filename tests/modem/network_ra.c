/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an IPv6 host hears from the router at the other end of its bearer.
 *
 * A mobile network's link has one router and one host, no neighbours: the prefix is
 * for autoconfiguration but not on-link (RFC 4861 4.2, 4.6; RFC 6459 5.2).  Name
 * servers come along as RFC 8106 5.1 has it.
 */
#include "config.h"

#include "tests/modem/network_int.h"

#include <string.h>

#include "common/cursor.h"
#include "tests/modem/inet_checksum.h"

#define ICMPV6 58
#define SOLICITATION 133
#define ADVERTISEMENT 134
#define IP6_HEADER 40
#define OPTION_PREFIX 3
#define OPTION_MTU 5
#define OPTION_SERVERS 25
#define PREFIX_AUTONOMOUS 0x40
#define HOP_LIMIT 255
#define ROUTER_LIFETIME 9000 /* seconds: the longest there is (RFC 4861 6.2.1) */
#define FOREVER UINT32_MAX

static const uint8_t router[16] = {0xfe, 0x80, [15] = 1};
static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 1};

bool
ra_is_solicitation(const uint8_t *ip, size_t len)
{
	return len >= IP6_HEADER + 8 && ip[6] == ICMPV6 && ip[7] == HOP_LIMIT &&
	       ip[IP6_HEADER] == SOLICITATION;
}

/* Over the pseudo header and the message (RFC 8200 8.1). */
static uint16_t
checksum(const uint8_t *ip, size_t len)
{
	size_t body = len - IP6_HEADER;
	uint16_t sum = inet_sum(ip + 8, 32, (uint16_t)(body + ICMPV6));
	return (uint16_t)~inet_sum(ip + IP6_HEADER, body, sum);
}

static void
put_header(struct writer *w)
{
	writer_u32be(w, 6u << 28);
	writer_u16be(w, 0); /* length, later */
	writer_u8(w, ICMPV6);
	writer_u8(w, HOP_LIMIT);
	writer_bytes(w, router, sizeof(router));
	writer_bytes(w, all_nodes, sizeof(all_nodes));
}

static void
put_prefix(struct writer *w, const struct bearer_config *c)
{
	writer_u8(w, OPTION_PREFIX);
	writer_u8(w, 4); /* times 8 bytes */
	writer_u8(w, NETWORK_PLEN6);
	writer_u8(w, PREFIX_AUTONOMOUS);
	writer_u32be(w, FOREVER);
	writer_u32be(w, FOREVER);
	writer_zero(w, 4);
	writer_bytes(w, c->address6.s6_addr, 8);
	writer_zero(w, 8);
}

static void
put_mtu(struct writer *w, uint32_t mtu)
{
	writer_u8(w, OPTION_MTU);
	writer_u8(w, 1);
	writer_zero(w, 2);
	writer_u32be(w, mtu < NETWORK_MTU6_MIN ? NETWORK_MTU6_MIN : mtu);
}

static void
put_servers(struct writer *w, const struct bearer_config *c)
{
	writer_u8(w, OPTION_SERVERS);
	writer_u8(w, 1 + 2 * NETWORK_SERVERS);
	writer_zero(w, 2);
	writer_u32be(w, FOREVER);
	for (unsigned i = 0; i < NETWORK_SERVERS; i++)
		writer_bytes(w, c->dns6[i].s6_addr, 16);
}

size_t
ra_build(const struct bearer_config *c, uint8_t *ret)
{
	struct writer w;
	writer_init(&w, ret, RA_MAX);
	put_header(&w);
	writer_u8(&w, ADVERTISEMENT);
	writer_zero(&w, 3); /* code; checksum, later */
	writer_u8(&w, 64);  /* hop limit for the host's packets */
	writer_u8(&w, 0);
	writer_u16be(&w, ROUTER_LIFETIME);
	writer_zero(&w, 8); /* reachable time and timer: not said */
	put_prefix(&w, c);
	put_mtu(&w, c->mtu);
	put_servers(&w, c);
	size_t body = w.len - IP6_HEADER;
	ret[4] = (uint8_t)(body >> 8);
	ret[5] = (uint8_t)body;
	uint16_t sum = checksum(ret, w.len);
	ret[IP6_HEADER + 2] = (uint8_t)(sum >> 8);
	ret[IP6_HEADER + 3] = (uint8_t)sum;
	return w.len;
}
