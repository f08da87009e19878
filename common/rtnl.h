/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One rtnetlink socket: request, ack, dump, and the kernel's own error text.
 *
 * A struct rtnl asks and waits for the kernel's answer.  The kernel answers inside the
 * system call that carries the request, so a call here never waits for an outside
 * event and may be made from an event loop.  Changes that happen by themselves come
 * through a second socket, struct rtnl_monitor.
 *
 * Every call returns 0 or -errno; the kernel's extended error text of the last failure
 * is rtnl_error().  A delete of what is already gone is success.  An add that finds the
 * same object already there is success; -EEXIST means another object is in the way.
 * Source: reference/kernel.md 6.
 */
#ifndef PDNMUX_COMMON_RTNL_H
#define PDNMUX_COMMON_RTNL_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct rtnl;
struct rtnl_monitor;

#define RTNL_NO_ID UINT32_MAX

/* Flag bits of an rmnet parent (reference/kernel.md 3.4), not of the device. */
#define RTNL_RMNET_DEAGG 0x01u
#define RTNL_RMNET_CSUM_V4 0x0cu
#define RTNL_RMNET_CSUM_V5 0x30u
#define RTNL_RMNET_MASK 0x3fu

enum rtnl_addrgen {
	RTNL_ADDRGEN_EUI64 = 0,
	RTNL_ADDRGEN_NONE = 1,
};

/* One network device as the kernel describes it. */
struct rtnl_link {
	int index;
	char name[IFNAMSIZ];
	char kind[16];    /* "vlan", "rmnet", "wwan", "tun", "dummy"; empty: none */
	unsigned flags;   /* IFF_UP ... */
	unsigned type;    /* ARPHRD_* */
	uint32_t mtu;     /* bytes */
	uint32_t max_mtu; /* bytes; 0: no limit */
	int parent;       /* ifindex of IFLA_LINK; 0: none */
	uint32_t id;      /* VLAN id, rmnet mux id or wwan link id; RTNL_NO_ID */
	uint32_t rmnet_flags;
	int addrgen; /* enum rtnl_addrgen and others; -1: the kernel did not say */
};

/* One address.  plen counts bits of the prefix. */
struct rtnl_addr {
	int family; /* AF_INET or AF_INET6 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} local;
	struct in_addr peer4; /* point to point, AF_INET only; 0.0.0.0: none */
	uint8_t plen;
	uint8_t scope;  /* RT_SCOPE_*; dumps fill it, adding ignores it */
	uint32_t flags; /* IFA_F_*; adding IPv6 always adds NODAD */
};

/* One unicast route through one device. */
struct rtnl_route {
	int family;
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} dst;
	uint8_t dst_plen; /* bits; 0: the default route */
	bool has_gateway; /* else on-link */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} gateway;        /* reached on-link even without a route to it */
	uint32_t metric;  /* priority; 0: the kernel's default */
	uint32_t table;   /* 0: main */
	uint32_t mtu;     /* bytes; 0: none */
	uint8_t protocol; /* RTPROT_*; 0 when adding: static */
	bool is_local;    /* adding only: dst is this host's own, valid at once */
};

/* A new socket, or NULL with errno. */
struct rtnl *rtnl_open(void);
void rtnl_close(struct rtnl *r);
/* The kernel's words for the last failure, or "": borrowed until the next call. */
const char *rtnl_error(const struct rtnl *r);

/* -ENODEV when there is none. */
int rtnl_link_by_index(struct rtnl *r, int index, struct rtnl_link *ret);
int rtnl_link_by_name(struct rtnl *r, const char *name, struct rtnl_link *ret);
/*
 * Calls fn for each link (or address, route) until it returns false.  fn may not use r.
 * Interrupted dumps are repeated before fn sees anything.
 */
int rtnl_links(
    struct rtnl *r, bool (*fn)(const struct rtnl_link *link, void *arg), void *arg);
int rtnl_addrs(struct rtnl *r, int index,
    bool (*fn)(const struct rtnl_addr *addr, void *arg), void *arg);
int rtnl_routes(struct rtnl *r, int index, int family,
    bool (*fn)(const struct rtnl_route *route, void *arg), void *arg);

/*
 * Create a device, down, without automatic IPv6 addresses, and give its index.
 * -EEXIST: the name or the id is taken.  -EOPNOTSUPP: the kernel has no such kind.
 */
int rtnl_vlan_add(
    struct rtnl *r, int parent, const char *name, uint16_t vlan_id, int *ret_index);
int rtnl_rmnet_add(struct rtnl *r, int parent, const char *name, uint16_t mux_id,
    uint32_t flags, int *ret_index);
/* wwan_dev is the name in /sys/class/wwan, not of a network device. */
int rtnl_wwan_add(struct rtnl *r, const char *wwan_dev, const char *name,
    uint32_t link_id, int *ret_index);
/* For tests: kinds without parameters, such as "dummy". */
int rtnl_plain_add(struct rtnl *r, const char *kind, const char *name, int *ret_index);
int rtnl_link_del(struct rtnl *r, int index);
/*
 * True when the kernel knows the kind (its module is loaded if need be).  Only for
 * kinds that need parameters, "vlan" "rmnet" "wwan": one without would be made.
 */
bool rtnl_kind_known(struct rtnl *r, const char *kind);

int rtnl_link_up(struct rtnl *r, int index, bool up);
int rtnl_link_mtu(struct rtnl *r, int index, uint32_t mtu);
int rtnl_link_rename(struct rtnl *r, int index, const char *name);
int rtnl_link_addrgen(struct rtnl *r, int index, enum rtnl_addrgen mode);

int rtnl_addr_add(struct rtnl *r, int index, const struct rtnl_addr *addr);
int rtnl_addr_del(struct rtnl *r, int index, const struct rtnl_addr *addr);
/*
 * Adding replaces this device's route with the same key (destination, metric, table);
 * another device's route with that key stays, in front of ours.
 */
int rtnl_route_add(struct rtnl *r, int index, const struct rtnl_route *route);
int rtnl_route_del(struct rtnl *r, int index, const struct rtnl_route *route);

/* Same destination, metric and table; and also the same way and MTU. */
bool rtnl_route_same_key(const struct rtnl_route *a, const struct rtnl_route *b);
bool rtnl_route_same(const struct rtnl_route *a, const struct rtnl_route *b);

enum rtnl_event {
	RTNL_EVENT_LINK,      /* appeared or changed; link is filled */
	RTNL_EVENT_LINK_GONE, /* link.index and name are filled */
	RTNL_EVENT_RESYNC,    /* events were lost: look at everything again */
};

typedef void (*rtnl_monitor_fn)(
    enum rtnl_event event, const struct rtnl_link *link, void *arg);

/* fn runs from base's loop and may free the monitor.  NULL with errno on failure. */
struct rtnl_monitor *rtnl_monitor_new(
    struct event_base *base, rtnl_monitor_fn fn, void *arg);
void rtnl_monitor_free(struct rtnl_monitor *m);

#endif
