/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What muxdev.c and its back ends share; nobody else includes this.
 *
 * A back end makes one device and takes it away.  muxdev.c does what is common before
 * and after: lock, leftovers, the claim, the name, autoconfiguration off, up and down.
 */
#ifndef PDNMUX_CLIENT_MUXDEV_BACKEND_H
#define PDNMUX_CLIENT_MUXDEV_BACKEND_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "client/discover.h"
#include "client/leftover.h"
#include "client/muxdev.h"
#include "common/rtnl.h"

struct muxdev_backend;

struct muxdev {
	const struct muxdev_backend *backend;
	struct rtnl *r;
	struct leftover *claim;
	char *run_dir;
	char key[96]; /* the modem's */
	char wwan_dev[32];
	bool mbim;
	char parent[IFNAMSIZ]; /* its name when we opened */
	int parent_index;
	int index;           /* ifindex of the device; 0: not there */
	bool foreign;        /* somebody else made it: it stays */
	unsigned number;     /* data device number */
	unsigned id;         /* mux id or session id; 0: the parent itself */
	uint8_t qmap;        /* negotiated version */
	char name[IFNAMSIZ]; /* wanted, later kept up to date */
	bool name_given;     /* the user insists on it */
};

struct muxdev_backend {
	enum muxdev_kind kind;
	/* Finds the device with m->id that is there already.  0, -ENODEV or -errno. */
	int (*find)(struct muxdev *m, int *ret_index);
	/* Makes it, down, named m->name.  NULL: cannot be made.  why: what and remedy.
	 */
	int (*create)(struct muxdev *m, int *ret_index, char *why, size_t why_size);
	/* Removes the device with m->id.  NULL: never removed. */
	int (*remove)(struct muxdev *m);
	/* NULL: nothing to tell. */
	int (*set_link)(struct muxdev *m, bool up);
};

extern const struct muxdev_backend muxdev_precreated;
extern const struct muxdev_backend muxdev_qmimux;
extern const struct muxdev_backend muxdev_rmnet;
extern const struct muxdev_backend muxdev_plain;
extern const struct muxdev_backend muxdev_vlan;
extern const struct muxdev_backend muxdev_wwan;

/* Index of the child of that kind and id; 0, -ENODEV or -errno.  parent 0: any. */
int muxdev_find_child(
    struct rtnl *r, int parent, const char *kind, uint32_t id, int *ret_index);
/* The vendor driver's device of that number, <net>_<n> or <net>.<n>. */
int muxdev_find_precreated(
    struct rtnl *r, const char *parent, unsigned number, int *ret_index);
/* True when some upper device of the parent is a qmimux. */
bool muxdev_has_qmimux(const char *parent);
bool muxdev_has_rmnet(struct rtnl *r, int parent);
/* True when any device stands on the parent. */
bool muxdev_has_uppers(const char *parent);

#endif
