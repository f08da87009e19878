/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Framing, limits, quiet, MTU, up.
 */
#include "config.h"

#include "client/prepare_parent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/rtnl.h"
#include "common/sysfs.h"

#define PACKET_SIZES 512 /* divides the bulk packet sizes of high and super speed */

static int __attribute__((format(printf, 4, 5)))
because(int rc, char *why, size_t size, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return rc;
}

uint32_t
prepare_parent_mtu(uint32_t size)
{
	return size % PACKET_SIZES == 0 ? size + 1 : size;
}

/* -1: the driver has no such switch. */
static int
qmi_flag(const struct prepare_parent *p, const char *attribute)
{
	char text[8];
	if (sysfs_read(text, sizeof(text), "class/net/%s/qmi/%s", p->name, attribute) <
	    0)
		return -1;
	return text[0] == 'Y';
}

static int
set_qmi_flag(const struct prepare_parent *p, const char *attribute, bool on)
{
	return sysfs_write(on ? "Y" : "N", "class/net/%s/qmi/%s", p->name, attribute);
}

/* ---- IPv6 of the parent's own -------------------------------------------------- */

/*
 * Router solicitations on a parent reach the modem without a QMAP header: garbage.
 * A kernel without IPv6 has no such file, and no such traffic.
 */
static void
set_ipv6_off(const char *device, bool off)
{
	char path[96];
	char now = 0;
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", device);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	if (read(fd, &now, 1) == 1 && now != (off ? '1' : '0')) {
		ssize_t n = pwrite(fd, off ? "1" : "0", 1, 0);
		(void)n;
	}
	close(fd);
}

static bool
is_mux(enum muxdev_kind kind)
{
	return kind == MUXDEV_QMIMUX || kind == MUXDEV_RMNET;
}

static void
make_quiet(const struct prepare_parent *p, const struct rtnl_link *link)
{
	if (link->addrgen >= 0 && link->addrgen != RTNL_ADDRGEN_NONE)
		(void)rtnl_link_addrgen(p->r, p->index, RTNL_ADDRGEN_NONE);
	/* The driver's Ethernet devices and MBIM's parent carry PDNs of their own. */
	set_ipv6_off(link->name, is_mux(p->kind));
}

/* ---- framing ------------------------------------------------------------------- */

static bool
framing_right(const struct prepare_parent *p)
{
	if (!p->qmi_wwan)
		return true;
	int raw_ip = qmi_flag(p, "raw_ip");
	int pass_through = qmi_flag(p, "pass_through");
	bool want_pass_through = p->kind == MUXDEV_RMNET;
	return (raw_ip < 0 || raw_ip == p->raw_ip) &&
	       (pass_through < 0 || pass_through == want_pass_through);
}

/* 6.1.162 to 6.1.192 cap the MTU at 1500 until the framing has been toggled. */
static bool
limit_too_low(
    const struct prepare_parent *p, const struct rtnl_link *link, uint32_t mtu)
{
	return p->qmi_wwan && p->raw_ip && link->max_mtu > 0 && link->max_mtu < mtu;
}

static int
set_framing(const struct prepare_parent *p, bool toggle)
{
	int rc = 0;
	if (qmi_flag(p, "pass_through") == 1 && (toggle || p->kind != MUXDEV_RMNET))
		rc = set_qmi_flag(p, "pass_through", false);
	if (rc == 0 && toggle) {
		rc = set_qmi_flag(p, "raw_ip", true);
		if (rc == 0)
			rc = set_qmi_flag(p, "raw_ip", false);
	}
	if (rc == 0 && qmi_flag(p, "raw_ip") != p->raw_ip)
		rc = set_qmi_flag(p, "raw_ip", p->raw_ip);
	if (rc == 0 && p->kind == MUXDEV_RMNET && qmi_flag(p, "pass_through") == 0)
		rc = set_qmi_flag(p, "pass_through", true);
	return rc;
}

int
prepare_parent_frame(
    const struct prepare_parent *p, uint32_t dl_size, char *why, size_t why_size)
{
	struct rtnl_link link;
	int rc = rtnl_link_by_index(p->r, p->index, &link);
	if (rc < 0)
		return because(rc, why, why_size, "%s is gone", p->name);
	bool toggle = limit_too_low(p, &link, prepare_parent_mtu(dl_size));
	bool right = framing_right(p);
	if (right && (!toggle || p->live)) {
		make_quiet(p, &link);
		return 0;
	}
	if (p->live)
		return because(-EBUSY, why, why_size,
		    "%s has the wrong framing while other dialers use it: stop them "
		    "all once",
		    p->name);
	if (link.flags & IFF_UP)
		rc = rtnl_link_up(p->r, p->index, false);
	if (rc == 0)
		rc = set_framing(p, toggle);
	if (rc < 0)
		return because(rc, why, why_size, "cannot switch %s to %s%s: %s",
		    p->name, p->raw_ip ? "raw-IP" : "802.3",
		    p->kind == MUXDEV_RMNET ? " with pass-through" : "", strerror(-rc));
	make_quiet(p, &link);
	return 0;
}

/* ---- size and up --------------------------------------------------------------- */

static bool
needs_mtu(const struct prepare_parent *p, uint32_t dl_size)
{
	/* The other drivers size their buffers by themselves (kernel.md 4.1). */
	return p->qmi_wwan && is_mux(p->kind) && dl_size > 0;
}

bool
prepare_parent_right(const struct prepare_parent *p, uint32_t dl_size)
{
	struct rtnl_link link;
	if (rtnl_link_by_index(p->r, p->index, &link) < 0 || !(link.flags & IFF_UP))
		return false;
	if (needs_mtu(p, dl_size) && link.mtu < prepare_parent_mtu(dl_size))
		return false;
	return framing_right(p);
}

int
prepare_parent_size(
    const struct prepare_parent *p, uint32_t dl_size, char *why, size_t why_size)
{
	struct rtnl_link link;
	uint32_t mtu = prepare_parent_mtu(dl_size);
	int rc = rtnl_link_by_index(p->r, p->index, &link);
	if (rc < 0)
		return because(rc, why, why_size, "%s is gone", p->name);
	if (needs_mtu(p, dl_size) && link.mtu < mtu) {
		rc = rtnl_link_mtu(p->r, p->index, mtu);
		if (rc == -EINVAL || rc == -EDOM || rc == -ERANGE)
			return because(-EOVERFLOW, why, why_size,
			    "%s cannot receive aggregates of %u bytes: its MTU stays "
			    "at %u",
			    p->name, dl_size, link.mtu);
		if (rc < 0)
			return because(rc, why, why_size,
			    "cannot set the MTU of %s to %u: %s", p->name, mtu,
			    strerror(-rc));
	}
	make_quiet(p, &link);
	if (!(link.flags & IFF_UP))
		rc = rtnl_link_up(p->r, p->index, true);
	return rc < 0 ? because(rc, why, why_size, "cannot bring up %s: %s", p->name,
			    strerror(-rc))
		      : 0;
}
