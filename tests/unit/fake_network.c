/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/xmem.h"
#include "tests/unit/fake_network.h"

#define APNS_MAX 32

struct fake_apn {
	char name[NETWORK_APN_MAX + 1];
	uint32_t mtu;
	int only;
	unsigned next;
};

struct networks {
	struct fake_apn apns[APNS_MAX];
	unsigned count, bearers;
};

struct bearer {
	struct networks *networks;
	struct fake_apn *apn;
	struct bearer_config config;
	struct bearer_counters counters;
};

struct networks *
networks_new(struct event_base *base)
{
	(void)base;
	return xcalloc(1, sizeof(struct networks));
}

void
networks_free(struct networks *n)
{
	free(n);
}

static struct fake_apn *
find(const struct networks *n, const char *apn)
{
	for (unsigned i = 0; i < n->count; i++)
		if (strcasecmp(n->apns[i].name, apn) == 0)
			return (struct fake_apn *)&n->apns[i];
	return NULL;
}

int
networks_add(struct networks *n, const char *apn, uint32_t mtu)
{
	struct fake_apn *a = &n->apns[n->count];

	if (find(n, apn))
		return -EEXIST;
	if (n->count == APNS_MAX || strlen(apn) > NETWORK_APN_MAX)
		return -EINVAL;
	snprintf(a->name, sizeof(a->name), "%s", apn);
	a->mtu = mtu;
	n->count++;
	return 0;
}

bool
networks_has(const struct networks *n, const char *apn)
{
	return find(n, apn) != NULL;
}

void
fake_network_only(struct networks *n, const char *apn, int family)
{
	find(n, apn)->only = family;
}

unsigned
fake_network_bearers(const struct networks *n)
{
	return n->bearers;
}

static void
set_text6(struct in6_addr *ret, unsigned net, const char *host)
{
	char text[INET6_ADDRSTRLEN];

	snprintf(text, sizeof(text), "2001:db8:%x:%s", net, host);
	inet_pton(AF_INET6, text, ret);
}

static void
fill4(struct bearer_config *c, unsigned net, unsigned host)
{
	c->address4.s_addr = htonl(0x0a000000 | net << 16 | (host * 4 + 1));
	c->gateway4.s_addr = htonl(0x0a000000 | net << 16 | (host * 4 + 2));
	c->netmask4.s_addr = htonl(0xfffffffc);
	c->plen = 30;
	c->dns4[0].s_addr = htonl(0x0a00ff01 | net << 16);
	c->dns4[1].s_addr = htonl(0x0a00ff02 | net << 16);
}

static void
fill6(struct bearer_config *c, unsigned net, unsigned host)
{
	char text[16];

	snprintf(text, sizeof(text), "%x::2", host);
	set_text6(&c->address6, net, text);
	snprintf(text, sizeof(text), "%x::1", host);
	set_text6(&c->gateway6, net, text);
	c->plen = 64;
	set_text6(&c->dns6[0], net, "ffff::1");
	set_text6(&c->dns6[1], net, "ffff::2");
}

static void
fill(struct bearer *b)
{
	unsigned net = (unsigned)(b->apn - b->networks->apns) + 1;
	unsigned host = ++b->apn->next;

	if (b->config.family == AF_INET)
		fill4(&b->config, net, host);
	else
		fill6(&b->config, net, host);
	b->config.mtu = b->apn->mtu;
}

struct bearer *
bearer_open(
    struct networks *n, const char *apn, int family, bearer_down_fn *down, void *arg)
{
	struct fake_apn *a = find(n, apn);
	struct bearer *b;

	(void)down;
	(void)arg;
	if (!a || (a->only && a->only != family)) {
		errno = a ? ENOSPC : ENOENT;
		return NULL;
	}
	b = xcalloc(1, sizeof(*b));
	b->networks = n;
	b->apn = a;
	b->config.family = family;
	fill(b);
	n->bearers++;
	return b;
}

void
bearer_close(struct bearer *b)
{
	if (b)
		b->networks->bearers--;
	free(b);
}

const struct bearer_config *
bearer_config(const struct bearer *b)
{
	return &b->config;
}

const struct bearer_counters *
bearer_counters(const struct bearer *b)
{
	return &b->counters;
}

void
bearer_up(struct bearer *b, const uint8_t *ip, size_t len)
{
	(void)ip;
	b->counters.up_packets++;
	b->counters.up_bytes += len;
}

int
bearer_renumber(struct bearer *b)
{
	fill(b);
	return 0;
}
