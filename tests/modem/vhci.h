/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's virtual USB host controller, as a bus to plug devices into.
 *
 * Needs root and the module vhci_hcd.  Source: reference/kernel.md 7.1.
 */
#ifndef PDNMUX_MODEM_VHCI_H
#define PDNMUX_MODEM_VHCI_H

#include <stdbool.h>

/* A bus; tests have one of their own. */
struct usb_bus_ops {
	/*
	 * Plugs in the device at the other end of the stream socket fd, which is
	 * borrowed.  port: where, in the bus's counting; -1: where there is room.
	 * Returns the port, or -errno (-EBUSY: no room).
	 */
	int (*attach)(void *bus, int fd, bool super_speed, int port);
};

extern const struct usb_bus_ops vhci_ops; /* its bus is NULL */

#endif
