/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARP (RFC 826) and neighbour discovery (RFC 4861 7.2) from the answering side.  A
 * host that probes for a duplicate of its own address (no sender address) gets no
 * answer, else it could never keep one.
 */
#include "config.h"

#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>

#include "common/cursor.h"
#include "tests/modem/inet_checksum.h"
#include "tests/modem/usb_ether.h"

#define ARP_REQUEST 1
#define ARP_REPLY 2
#define IP6_HDR_LEN 40
#define SOLICITATION_LEN 24 /* ICMPv6 without options */
#define NEIGHBOUR_SOLICITATION 135
#define NEIGHBOUR_ADVERTISEMENT 136
#define ADVERTISEMENT_FLAGS 0xe0000000u /* router, solicited, override */

/* Qualcomm's, as such modules show it. */
static const uint8_t module_mac[6] = {0x00, 0xa0, 0xc6, 0x00, 0x00, 0x01};
static const uint8_t nobody[16];

static void
write_header(struct writer *w, const struct usb_ether *e, uint16_t type)
{
	writer_bytes(w, e->host, sizeof(e->host));
	writer_bytes(w, module_mac, sizeof(module_mac));
	writer_u16be(w, type);
}

static enum ether_result
answer_arp(const struct usb_ether *e, struct cursor *c, uint8_t *ret, size_t *ret_len)
{
	const uint8_t *sender_mac, *sender, *target;
	uint16_t hardware, protocol, operation, sizes;
	struct writer w;

	cursor_u16be(c, &hardware);
	cursor_u16be(c, &protocol);
	cursor_u16be(c, &sizes);
	cursor_u16be(c, &operation);
	cursor_bytes(c, 6, &sender_mac);
	cursor_bytes(c, 4, &sender);
	cursor_skip(c, 6);
	if (!cursor_bytes(c, 4, &target) || protocol != ETHERTYPE_IP || sizes != 0x0604)
		return ETHER_BAD;
	if (operation != ARP_REQUEST || memcmp(sender, nobody, 4) == 0 ||
	    memcmp(sender, target, 4) == 0)
		return ETHER_IGNORE;
	writer_init(&w, ret, ETHER_REPLY_MAX);
	write_header(&w, e, ETHERTYPE_ARP);
	writer_u16be(&w, hardware);
	writer_u16be(&w, protocol);
	writer_u16be(&w, sizes);
	writer_u16be(&w, ARP_REPLY);
	writer_bytes(&w, module_mac, 6);
	writer_bytes(&w, target, 4);
	writer_bytes(&w, sender_mac, 6);
	writer_bytes(&w, sender, 4);
	*ret_len = w.len;
	return ETHER_REPLY;
}

static bool
is_solicitation(const uint8_t *ip, size_t len)
{
	return len >= IP6_HDR_LEN + SOLICITATION_LEN && ip[0] >> 4 == 6 &&
	       ip[6] == IPPROTO_ICMPV6 && ip[IP6_HDR_LEN] == NEIGHBOUR_SOLICITATION;
}

/* Sum of the pseudo header and the ICMPv6 message of a packet of ours. */
static uint16_t
icmp6_checksum(const uint8_t *ip, size_t icmp_len)
{
	uint16_t sum = inet_sum(ip + 8, 32, (uint16_t)(icmp_len + IPPROTO_ICMPV6));

	return (uint16_t)~inet_sum(ip + IP6_HDR_LEN, icmp_len, sum);
}

static enum ether_result
answer_solicitation(
    const struct usb_ether *e, const uint8_t *ip, uint8_t *ret, size_t *ret_len)
{
	const uint8_t *source = ip + 8, *target = ip + IP6_HDR_LEN + 8;
	const size_t icmp_len = SOLICITATION_LEN + 8; /* and our address as an option */
	struct writer w;

	if (memcmp(source, nobody, 16) == 0)
		return ETHER_IGNORE;
	writer_init(&w, ret, ETHER_REPLY_MAX);
	write_header(&w, e, ETHERTYPE_IPV6);
	size_t start = w.len;
	writer_u32be(&w, 0x60000000);
	writer_u16be(&w, (uint16_t)icmp_len);
	writer_u8(&w, IPPROTO_ICMPV6);
	writer_u8(&w, 255); /* from a neighbour, or it is not believed */
	writer_bytes(&w, target, 16);
	writer_bytes(&w, source, 16);
	writer_u8(&w, NEIGHBOUR_ADVERTISEMENT);
	writer_zero(&w, 3); /* code; checksum, below */
	writer_u32be(&w, ADVERTISEMENT_FLAGS);
	writer_bytes(&w, target, 16);
	writer_u8(&w, 2); /* option: target link-layer address, in units of 8 bytes */
	writer_u8(&w, 1);
	writer_bytes(&w, module_mac, sizeof(module_mac));
	uint16_t checksum = icmp6_checksum(ret + start, icmp_len);
	ret[start + IP6_HDR_LEN + 2] = (uint8_t)(checksum >> 8);
	ret[start + IP6_HDR_LEN + 3] = (uint8_t)checksum;
	*ret_len = w.len;
	return ETHER_REPLY;
}

enum ether_result
ether_take(struct usb_ether *e, const uint8_t *frame, size_t len,
    const uint8_t **ret_ip, uint8_t *ret_reply, size_t *ret_len)
{
	const uint8_t *source;
	struct cursor c;
	uint16_t type;

	cursor_init(&c, frame, len);
	cursor_skip(&c, 6);
	cursor_bytes(&c, sizeof(e->host), &source);
	if (!cursor_u16be(&c, &type))
		return ETHER_BAD;
	memcpy(e->host, source, sizeof(e->host));
	if (type == ETHERTYPE_ARP)
		return answer_arp(e, &c, ret_reply, ret_len);
	if (type != ETHERTYPE_IP && type != ETHERTYPE_IPV6)
		return ETHER_IGNORE;
	if (is_solicitation(c.pos, cursor_left(&c)))
		return answer_solicitation(e, c.pos, ret_reply, ret_len);
	*ret_ip = c.pos;
	*ret_len = cursor_left(&c);
	return ETHER_IP;
}

size_t
ether_build(
    const struct usb_ether *e, const uint8_t *ip, size_t len, uint8_t *ret, size_t size)
{
	struct writer w;

	if (len == 0)
		return 0;
	writer_init(&w, ret, size);
	write_header(&w, e, ip[0] >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	writer_bytes(&w, ip, len);
	return writer_ok(&w) ? w.len : 0;
}
