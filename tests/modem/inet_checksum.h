/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071), where a module computes it in the host's stead.
 *
 * A packet is one whole IPv4 or IPv6 packet.  Only TCP and UDP directly behind the IP
 * header count: hardware looks no further, so fragments and IPv6 extension headers are
 * not for it.
 */
#ifndef PDNMUX_MODEM_INET_CHECKSUM_H
#define PDNMUX_MODEM_INET_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the checksum of a packet's transport lies, and what it covers. */
struct inet_transport {
	uint8_t protocol; /* IPPROTO_TCP or IPPROTO_UDP */
	size_t start;     /* bytes from the IP header to the transport header */
	size_t len;       /* bytes of transport header and payload, by the IP header */
	size_t field;     /* bytes from the IP header to the checksum */
};

/* One's complement sum of the bytes as big-endian words, from start; not inverted. */
uint16_t inet_sum(const uint8_t *bytes, size_t len, uint16_t start);
/* False when there is no checksum that hardware would look at. */
bool inet_transport(const uint8_t *ip, size_t len, struct inet_transport *ret);
/* Computes the checksum and writes it, whatever stood there.  t is of this packet. */
void inet_transport_fill(uint8_t *ip, const struct inet_transport *t);
/* Is the checksum right?  UDP over IPv4 without one counts as right. */
bool inet_transport_valid(const uint8_t *ip, const struct inet_transport *t);

#endif
