/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Networks by APN, bearers by address, and the packets between them.
 *
 * A bearer's number is its address (network_int.h), so a packet finds its bearer by
 * one look in a table.  Numbers are given in turn, so that a new bearer has a new
 * address as long as there are any.
 *
 * Packets from the host go straight into the network's TUN device, where the kernel
 * takes them in within the system call; its answers wait in the device until the loop
 * reads them.  A bearer may be closed from its down callback; a network may not be.
 */
#include "config.h"

#include "tests/modem/network.h"

#include <sys/queue.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmem.h"
#include "tests/modem/network_int.h"

#define PACKETS_A_TURN 64 /* then the loop looks at everybody else */
#define IP4_HEADER 20     /* bytes */
#define IP6_HEADER 40

struct bearer {
	struct network *network;
	unsigned number; /* in the network's table */
	struct bearer_config config;
	struct bearer_counters counters;
	bearer_down_fn *down;
	void *arg;
};

/* The bearers of one family. */
struct bearer_table {
	struct bearer *by_number[BEARERS_MAX];
	unsigned last; /* number given last */
	unsigned count;
};

struct network {
	TAILQ_ENTRY(network) next;
	struct networks *networks;
	char *apn;
	uint32_t mtu; /* bytes */
	struct network_plan plan;
	bool open; /* ns is there */
	struct network_ns ns;
	struct event *readable;
	struct bearer_table ip4, ip6;
};

struct networks {
	struct event_base *base;
	TAILQ_HEAD(, network) list;
	unsigned count;
	uint8_t packet[NETWORK_PACKET_MAX];
};

/* ---- networks ----------------------------------------------------------------------
 */

struct networks *
networks_new(struct event_base *base)
{
	int rc = network_ns_check();
	if (rc < 0) {
		errno = -rc;
		return NULL;
	}
	struct networks *n = xcalloc(1, sizeof(*n));
	n->base = base;
	TAILQ_INIT(&n->list);
	return n;
}

static void
close_table(struct bearer_table *t)
{
	for (unsigned k = 0; k < BEARERS_MAX; k++)
		free(t->by_number[k]);
}

static void
network_free(struct network *net)
{
	close_table(&net->ip4);
	close_table(&net->ip6);
	if (net->readable)
		event_free(net->readable);
	if (net->open)
		network_ns_close(&net->ns);
	free(net->apn);
	free(net);
}

void
networks_free(struct networks *n)
{
	if (!n)
		return;
	struct network *net;
	while ((net = TAILQ_FIRST(&n->list))) {
		TAILQ_REMOVE(&n->list, net, next);
		network_free(net);
	}
	free(n);
}

static struct network *
find(const struct networks *n, const char *apn)
{
	struct network *net;
	TAILQ_FOREACH (net, &n->list, next)
		if (strcasecmp(net->apn, apn) == 0)
			return net;
	return NULL;
}

bool
networks_has(const struct networks *n, const char *apn)
{
	return find(n, apn) != NULL;
}

/* Labels of letters, digits and hyphens (TS 23.003 9.1), as host names have them. */
static bool
apn_ok(const char *apn)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
				    "YZ0123456789-.";
	size_t len = strlen(apn);
	return len > 0 && len <= NETWORK_APN_MAX && strspn(apn, chars) == len;
}

int
networks_add(struct networks *n, const char *apn, uint32_t mtu)
{
	if (!apn_ok(apn) || mtu < NETWORK_MTU_MIN || mtu > NETWORK_PACKET_MAX)
		return -EINVAL;
	if (find(n, apn))
		return -EEXIST;
	if (n->count == NETWORKS_MAX)
		return -ENOSPC;
	struct network *net = xcalloc(1, sizeof(*net));
	net->networks = n;
	net->apn = xstrdup(apn);
	net->mtu = mtu;
	network_plan_fill(&net->plan, (uint8_t)++n->count);
	TAILQ_INSERT_TAIL(&n->list, net, next);
	return 0;
}

void
networks_each(const struct networks *n,
    void (*fn)(void *arg, const struct network_info *info), void *arg)
{
	const struct network *net;
	TAILQ_FOREACH (net, &n->list, next) {
		struct network_info info = {.apn = net->apn,
		    .mtu = net->mtu,
		    .net4 = net->plan.net4,
		    .net6 = net->plan.net6,
		    .bearers4 = net->ip4.count,
		    .bearers6 = net->ip6.count,
		    .ns_fd = net->open ? net->ns.ns_fd : -1};
		fn(arg, &info);
	}
}

/* ---- packets
 * ------------------------------------------------------------------------- */

static uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* The length that an IPv4 packet gives itself, or 0 when that cannot be. */
static size_t
length4(const uint8_t *ip, size_t len)
{
	if (len < IP4_HEADER || ip[0] >> 4 != 4)
		return 0;
	size_t header = (size_t)(ip[0] & 15) * 4;
	size_t total = be16(ip + 2);
	return header >= IP4_HEADER && total >= header && total <= len ? total : 0;
}

static size_t
length6(const uint8_t *ip, size_t len)
{
	if (len < IP6_HEADER || ip[0] >> 4 != 6)
		return 0;
	size_t total = IP6_HEADER + (size_t)be16(ip + 4);
	return total <= len ? total : 0;
}

static void
deliver(struct bearer *b, const uint8_t *ip, size_t len)
{
	b->counters.down_packets++;
	b->counters.down_bytes += len;
	b->down(b->arg, ip, len);
}

/* One packet of the network for a bearer; nobody's are dropped. */
static void
route_down(struct network *net, const uint8_t *ip, size_t len)
{
	struct bearer *b = NULL;
	if (length4(ip, len) == len)
		b = net->ip4.by_number[network_plan_owner4(&net->plan, ip + 16)];
	else if (length6(ip, len) == len)
		b = net->ip6.by_number[network_plan_owner6(&net->plan, ip + 24)];
	if (b)
		deliver(b, ip, len);
}

static void
network_readable_cb(int fd, short what, void *arg)
{
	struct network *net = arg;
	struct networks *n = net->networks;

	(void)what;
	for (unsigned i = 0; i < PACKETS_A_TURN; i++) {
		ssize_t len = read(fd, n->packet, sizeof(n->packet));
		if (len <= 0)
			return;
		route_down(net, n->packet, (size_t)len);
	}
}

/*
 * Link-local and unspecified sources are the link's own business: a host asks for a
 * router and reports its multicast groups.  Of these a network hears the first.
 */
static bool
is_link_chatter(const uint8_t *ip)
{
	static const uint8_t unspecified[16];
	return (ip[8] == 0xfe && (ip[9] & 0xc0) == 0x80) ||
	       memcmp(ip + 8, unspecified, 16) == 0;
}

static void
link_chatter(struct bearer *b, const uint8_t *ip, size_t len)
{
	uint8_t ra[RA_MAX];
	if (ra_is_solicitation(ip, len))
		deliver(b, ra, ra_build(&b->config, ra));
}

/* Is the source this bearer's own? */
static bool
is_own_source(const struct bearer *b, const uint8_t *ip)
{
	const struct network_plan *plan = &b->network->plan;
	unsigned owner = b->config.family == AF_INET
			     ? network_plan_owner4(plan, ip + 12)
			     : network_plan_owner6(plan, ip + 8);
	return owner == b->number;
}

static void
into_network(struct bearer *b, const uint8_t *ip, size_t len)
{
	b->counters.up_packets++;
	b->counters.up_bytes += len;
	if (write(b->network->ns.tun_fd, ip, len) < 0)
		log_debug("network", "%s: the kernel refuses a packet: %s",
		    b->network->apn, strerror(errno));
}

void
bearer_up(struct bearer *b, const uint8_t *ip, size_t len)
{
	bool is4 = b->config.family == AF_INET;
	size_t real = is4 ? length4(ip, len) : length6(ip, len);
	if (real == 0)
		b->counters.malformed++;
	else if (!is4 && is_link_chatter(ip)) {
		b->counters.link_local++;
		link_chatter(b, ip, real);
	} else if (!is_own_source(b, ip))
		b->counters.spoofed++;
	else
		into_network(b, ip, real);
}

/* ---- bearers
 * ------------------------------------------------------------------------- */

static struct bearer_table *
table_of(struct network *net, int family)
{
	return family == AF_INET ? &net->ip4 : &net->ip6;
}

/* The next number in turn that nobody has, or 0. */
static unsigned
next_number(const struct bearer_table *t)
{
	for (unsigned i = 0; i < BEARERS_MAX; i++) {
		unsigned k = (t->last + 1 + i) % BEARERS_MAX;
		if (k != 0 && !t->by_number[k])
			return k;
	}
	return 0;
}

/* Gives b an address.  0, or -errno and b is as before. */
static int
give_address(struct bearer *b)
{
	struct network *net = b->network;
	struct bearer_table *t = table_of(net, b->config.family);
	struct bearer_config config = b->config;
	unsigned k = next_number(t);
	if (k == 0)
		return -ENOSPC;
	network_plan_bearer(&net->plan, k, &config);
	int rc = network_ns_gateway(&net->ns, &config, true);
	if (rc < 0)
		return rc;
	t->last = k;
	t->by_number[k] = b;
	t->count++;
	b->number = k;
	b->config = config;
	return 0;
}

static void
take_address(struct network *net, unsigned number, const struct bearer_config *config)
{
	struct bearer_table *t = table_of(net, config->family);
	t->by_number[number] = NULL;
	t->count--;
	(void)network_ns_gateway(&net->ns, config, false);
}

static int
network_open(struct network *net)
{
	if (net->open)
		return 0;
	int rc = network_ns_open(
	    &net->ns, &net->plan, net->apn, net->mtu, net->networks->base);
	if (rc < 0)
		return rc;
	net->open = true;
	net->readable = event_new(net->networks->base, net->ns.tun_fd,
	    EV_READ | EV_PERSIST, network_readable_cb, net);
	if (!net->readable || event_add(net->readable, NULL) < 0)
		fatal("network", "no memory");
	return 0;
}

static struct bearer *
bearer_new(struct network *net, int family, bearer_down_fn *down, void *arg)
{
	struct bearer *b = xcalloc(1, sizeof(*b));
	b->network = net;
	b->down = down;
	b->arg = arg;
	b->config.family = family;
	b->config.mtu = net->mtu;
	for (unsigned i = 0; i < NETWORK_SERVERS; i++) {
		b->config.dns4[i] = net->plan.dns4[i];
		b->config.dns6[i] = net->plan.dns6[i];
	}
	return b;
}

struct bearer *
bearer_open(
    struct networks *n, const char *apn, int family, bearer_down_fn *down, void *arg)
{
	struct network *net = find(n, apn);
	if (!net || (family != AF_INET && family != AF_INET6)) {
		errno = net ? EAFNOSUPPORT : ENOENT;
		return NULL;
	}
	int rc = network_open(net);
	if (rc < 0) {
		errno = -rc;
		return NULL;
	}
	struct bearer *b = bearer_new(net, family, down, arg);
	rc = give_address(b);
	if (rc < 0) {
		free(b);
		errno = -rc;
		return NULL;
	}
	return b;
}

void
bearer_close(struct bearer *b)
{
	if (!b)
		return;
	take_address(b->network, b->number, &b->config);
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

int
bearer_renumber(struct bearer *b)
{
	unsigned number = b->number;
	struct bearer_config config = b->config;
	int rc = give_address(b);
	if (rc == 0)
		take_address(b->network, number, &config);
	return rc;
}
