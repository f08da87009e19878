/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One mux interface: the network device of one PDN, whatever the driver calls it.
 *
 * muxdev_choose() looks at the modem's driver and the kernel and says which back end
 * applies and why; prepare.h readies the parent for it; muxdev_open() makes (or finds)
 * the device; muxdev_close() takes it away again.  All calls finish at once: they talk
 * to the kernel only.
 *
 * Before it makes a device, muxdev_open() writes down what it is going to do in the
 * runtime directory (leftover.h); so when we are killed, the next start for the same
 * modem and channel removes what is left.  A device that a live process has written
 * down is never touched: -EBUSY.
 * Source: reference/kernel.md 3 - 5.
 */
#ifndef PDNMUX_CLIENT_MUXDEV_H
#define PDNMUX_CLIENT_MUXDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct modem_info;
struct muxdev;
struct rtnl;

enum muxdev_kind {
	MUXDEV_AUTO,
	MUXDEV_PRECREATED, /* the driver made them: wwan0_1, wwan0.1 */
	MUXDEV_QMIMUX,     /* qmi_wwan: sysfs add_mux */
	MUXDEV_RMNET,      /* qmi_wwan pass-through or MHI: rtnetlink */
	MUXDEV_PLAIN,      /* the only PDN, on the parent itself, no mux */
	MUXDEV_VLAN,       /* cdc_mbim session */
	MUXDEV_WWAN,       /* WWAN framework link */
};

struct muxdev_want {
	const struct modem_info *modem; /* borrowed for the call */
	enum muxdev_kind kind;          /* not MUXDEV_AUTO */
	unsigned index;   /* data device number: 1.. (-m, else -n); MBIM session 0.. */
	uint8_t mux_id;   /* QMAP mux id, usually 0x80 + index; MBIM: unused */
	const char *name; /* the device's name; NULL: <parent>.<index> */
	const char *run_dir; /* runtime directory, borrowed for the call */
	uint8_t qmap;        /* negotiated version 1, 4 or 5: rmnet's checksum flags */
};

/* "auto" "precreated" "qmimux" "rmnet" "plain" "vlan" "wwan". */
const char *muxdev_kind_name(enum muxdev_kind kind);

/*
 * muxdev_choose - which back end is used on this modem.
 *
 * asked   the configuration's word; MUXDEV_AUTO: find out, rmnet first, then qmimux;
 *         precreated devices win where they exist, and plain where nothing else works.
 * index   as in struct muxdev_want: precreated devices are looked up by it.
 * why     receives half a sentence for the log ("kernel has rmnet"); may be NULL.
 *
 * What a live sibling uses on the same parent decides before everything else: qmimux
 * and rmnet never mix.  Returns 0, -EOPNOTSUPP when asked for what is not there,
 * -EBUSY when it contradicts the siblings or a VLAN, a VRF or the like stands on the
 * parent, or -errno; why then has the remedy.
 */
int muxdev_choose(struct rtnl *r, const struct modem_info *modem,
    enum muxdev_kind asked, unsigned index, enum muxdev_kind *ret, char *why,
    size_t why_size);

/*
 * muxdev_open - make or find the device: down, no IPv6 autoconfiguration, its name set.
 *
 * r is borrowed until muxdev_close().  Returns 0 and gives *ret; -EBUSY when a live
 * process holds this channel; -EEXIST when a device of that name is not ours;
 * -ENODEV when the parent is gone; other -errno.  why says what and the remedy.
 */
int muxdev_open(struct rtnl *r, const struct muxdev_want *want, struct muxdev **ret,
    char *why, size_t why_size);

/* Kernel truth of now: the name may have been changed by others. */
const char *muxdev_name(struct muxdev *m);
int muxdev_ifindex(const struct muxdev *m);
enum muxdev_kind muxdev_kind_of(const struct muxdev *m);
/* Mux id the call must be bound to; 0: do not bind (MUXDEV_PLAIN, MBIM). */
uint8_t muxdev_mux_id(const struct muxdev *m);

/*
 * The data call is up (or about to stop): drivers that gate their devices by
 * link_state are told; for the others nothing happens.  0 or -errno.
 */
int muxdev_set_link(struct muxdev *m, bool up);

/*
 * muxdev_close - takes the device down and away, forgets the record, frees m.
 *
 * Devices that somebody else made are only taken down.  A device that is already gone
 * (unplug) is fine.  NULL is fine.
 */
void muxdev_close(struct muxdev *m);

#endif
