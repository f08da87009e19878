/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening a modem's control channel, whatever kind of file it is.
 *
 * A cdc-wdm node, a WWAN port or another character device; a terminal (a PTY of a
 * simulated modem); a Unix socket, packet or stream.  Source: reference/kernel.md 2.
 */
#ifndef PDNMUX_PROXY_DEVICE_H
#define PDNMUX_PROXY_DEVICE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

enum device_kind {
	DEVICE_KIND_NODE,   /* reading 0 bytes means nothing */
	DEVICE_KIND_TTY,    /* reading 0 bytes means it hung up */
	DEVICE_KIND_SOCKET, /* the same */
};

struct device {
	int fd;
	enum device_kind kind;
	bool is_stream; /* takes several messages in one write */
	size_t msg_max; /* largest command it takes in one write, bytes; 0: not told */
};

/*
 * device_open - open path, non-blocking and close-on-exec.
 *
 * is_hidden  show a nameless node instead of path in /proc/PID/fd where the file is a
 *            device node: the vendor's dialer in direct mode kills whoever holds the
 *            path (proxies.md 10.4, C18).  Best effort.
 *
 * Returns 0 and fills *ret in, or -errno.
 */
int device_open(const char *path, bool is_hidden, struct device *ret);
/*
 * device_check - may somebody have path opened for him?
 *
 * uid             who asks.  Root may name any character device or socket; others only
 *                 what the kernel calls a modem's control device, so that nobody gets
 *                 at other devices through our privileges.
 * foreign_driver  of devices that speak another protocol; NULL: none.
 *
 * Returns 0, or -errno as device_open() would, -EACCES, or -EPROTONOSUPPORT.
 */
int device_check(const char *path, uid_t uid, const char *foreign_driver);
/* Do both paths lead to the same file, links followed? */
bool device_same(const char *a, const char *b);

#endif
