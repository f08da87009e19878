/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prefixes as text, netmasks as prefix lengths: the arithmetic of ipconf.h, without
 * the kernel.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/ipconf.h"

/* Clears the bits behind plen of len bytes. */
static void
clear_host_bits(uint8_t *bytes, size_t len, unsigned plen)
{
	for (size_t i = 0; i < len; i++) {
		unsigned first = (unsigned)i * 8;
		if (first >= plen)
			bytes[i] = 0;
		else if (plen - first < 8)
			bytes[i] &= (uint8_t)(0xff << (8 - (plen - first)));
	}
}

/* Decimal digits only, at most max; -EINVAL otherwise. */
static int
parse_plen(const char *text, unsigned max)
{
	unsigned v = 0;
	if (*text == '\0' || strlen(text) > 3)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		v = v * 10 + (unsigned)(*text - '0');
	}
	return v <= max ? (int)v : -EINVAL;
}

int
ipconf_prefix_parse(const char *text, struct ipconf_prefix *ret)
{
	char ip[INET6_ADDRSTRLEN];
	struct ipconf_prefix prefix = {0};
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	if (len >= sizeof(ip))
		return -EINVAL;
	memcpy(ip, text, len);
	ip[len] = '\0';
	prefix.family = strchr(ip, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(prefix.family, ip, &prefix.addr) != 1)
		return -EINVAL;
	unsigned max = prefix.family == AF_INET ? 32 : 128;
	int plen = slash ? parse_plen(slash + 1, max) : (int)max;
	if (plen < 0)
		return plen;
	prefix.plen = (uint8_t)plen;
	clear_host_bits((uint8_t *)&prefix.addr, max / 8, prefix.plen);
	*ret = prefix;
	return 0;
}

int
ipconf_mask_plen(struct in_addr mask)
{
	uint32_t m = ntohl(mask.s_addr);
	int plen = 0;
	for (; m & 0x80000000u; m <<= 1)
		plen++;
	return m == 0 ? plen : -EINVAL;
}
