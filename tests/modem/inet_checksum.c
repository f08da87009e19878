/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <netinet/in.h>

#include "tests/modem/inet_checksum.h"

#define IP4_HDR_LEN 20
#define IP6_HDR_LEN 40
#define IP4_FRAGMENT_MASK 0x3fff /* more fragments, and the offset */
#define TCP_HDR_LEN 20
#define TCP_CHECKSUM 16 /* bytes into its header */
#define UDP_HDR_LEN 8
#define UDP_CHECKSUM 6

static uint16_t
get_u16be(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void
put_u16be(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

uint16_t
inet_sum(const uint8_t *bytes, size_t len, uint16_t start)
{
	uint64_t sum = start;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += get_u16be(bytes + i);
	if (len % 2)
		sum += (uint64_t)bytes[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static bool
ip4_transport(const uint8_t *ip, size_t len, struct inet_transport *ret)
{
	size_t hdr_len, total;

	if (len < IP4_HDR_LEN)
		return false;
	hdr_len = (size_t)(ip[0] & 0x0f) * 4;
	total = get_u16be(ip + 2);
	if (hdr_len < IP4_HDR_LEN || total < hdr_len || total > len ||
	    (get_u16be(ip + 6) & IP4_FRAGMENT_MASK) != 0)
		return false;
	ret->protocol = ip[9];
	ret->start = hdr_len;
	ret->len = total - hdr_len;
	return true;
}

static bool
ip6_transport(const uint8_t *ip, size_t len, struct inet_transport *ret)
{
	if (len < IP6_HDR_LEN)
		return false;
	ret->protocol = ip[6];
	ret->start = IP6_HDR_LEN;
	ret->len = get_u16be(ip + 4);
	return ret->len <= len - IP6_HDR_LEN;
}

bool
inet_transport(const uint8_t *ip, size_t len, struct inet_transport *ret)
{
	struct inet_transport t;
	bool found = false;

	if (len > 0 && ip[0] >> 4 == 4)
		found = ip4_transport(ip, len, &t);
	else if (len > 0 && ip[0] >> 4 == 6)
		found = ip6_transport(ip, len, &t);
	if (!found)
		return false;
	if (t.protocol == IPPROTO_TCP && t.len >= TCP_HDR_LEN)
		t.field = t.start + TCP_CHECKSUM;
	else if (t.protocol == IPPROTO_UDP && t.len >= UDP_HDR_LEN)
		t.field = t.start + UDP_CHECKSUM;
	else
		return false;
	*ret = t;
	return true;
}

/* Sum of pseudo header (RFC 793, RFC 8200 8.1), transport header and payload. */
static uint16_t
transport_sum(const uint8_t *ip, const struct inet_transport *t)
{
	const uint8_t pseudo[] = {(uint8_t)(t->len >> 24), (uint8_t)(t->len >> 16),
	    (uint8_t)(t->len >> 8), (uint8_t)t->len, 0, t->protocol};
	uint16_t sum = inet_sum(pseudo, sizeof(pseudo), 0);

	if (ip[0] >> 4 == 4)
		sum = inet_sum(ip + 12, 8, sum);
	else
		sum = inet_sum(ip + 8, 32, sum);
	return inet_sum(ip + t->start, t->len, sum);
}

void
inet_transport_fill(uint8_t *ip, const struct inet_transport *t)
{
	put_u16be(ip + t->field, 0);
	uint16_t checksum = (uint16_t)~transport_sum(ip, t);
	if (checksum == 0 && t->protocol == IPPROTO_UDP)
		checksum = 0xffff; /* zero says "no checksum" (RFC 768) */
	put_u16be(ip + t->field, checksum);
}

bool
inet_transport_valid(const uint8_t *ip, const struct inet_transport *t)
{
	if (t->protocol == IPPROTO_UDP && ip[0] >> 4 == 4 &&
	    get_u16be(ip + t->field) == 0)
		return true;
	return transport_sum(ip, t) == 0xffff;
}
