/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/modem/network_int.h"

#include <arpa/inet.h>
#include <string.h>

#define SERVERS_SUBNET 0xffff /* of the network's /48 */

static struct in_addr
address4(uint8_t number, unsigned rest)
{
	return (struct in_addr){htonl(10u << 24 | (uint32_t)number << 16 | rest)};
}

static struct in6_addr
address6(uint8_t number, unsigned subnet, unsigned high, unsigned low)
{
	struct in6_addr a = {
	    .s6_addr = {0x20, 0x01, 0x0d, 0xb8, 0, number, (uint8_t)(subnet >> 8),
		(uint8_t)subnet, 0, 0, 0, 0, (uint8_t)(high >> 8), (uint8_t)high,
		(uint8_t)(low >> 8), (uint8_t)low}};
	return a;
}

void
network_plan_fill(struct network_plan *p, uint8_t number)
{
	memset(p, 0, sizeof(*p));
	p->number = number;
	p->net4 = address4(number, 0);
	p->net6 = address6(number, 0, 0, 0);
	p->self4 = address4(number, 0xff01);
	p->self6 = address6(number, SERVERS_SUBNET, 0, 1);
	for (unsigned i = 0; i < NETWORK_SERVERS; i++) {
		p->dns4[i] = address4(number, 0xff00 + 53 + i);
		p->dns6[i] = address6(number, SERVERS_SUBNET, 0, 0x53 + i);
	}
}

void
network_plan_bearer(const struct network_plan *p, unsigned k, struct bearer_config *c)
{
	if (c->family == AF_INET) {
		c->gateway4 = address4(p->number, 4 * k + 1);
		c->address4 = address4(p->number, 4 * k + 2);
		c->netmask4.s_addr = htonl(~(uint32_t)0 << (32 - NETWORK_PLEN4));
		c->plen = NETWORK_PLEN4;
		return;
	}
	c->gateway6 = address6(p->number, k, 0, 1);
	c->address6 = address6(p->number, k, k, 2);
	c->plen = NETWORK_PLEN6;
}

unsigned
network_plan_owner4(const struct network_plan *p, const uint8_t address[4])
{
	unsigned rest = (unsigned)address[2] << 8 | address[3];
	if (memcmp(address, &p->net4, 2) != 0 || rest % 4 != 2)
		return 0;
	return rest / 4 < BEARERS_MAX ? rest / 4 : 0;
}

unsigned
network_plan_owner6(const struct network_plan *p, const uint8_t address[16])
{
	unsigned k = (unsigned)address[6] << 8 | address[7];
	if (memcmp(address, &p->net6, 6) != 0)
		return 0;
	return k < BEARERS_MAX ? k : 0;
}
