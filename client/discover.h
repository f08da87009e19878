/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds modems in sysfs: control node, network device, driver, QMI or MBIM.
 *
 * Nothing is opened and nothing is changed.  Identity is the USB path (or PCI device):
 * names of nodes and network devices are only what they are called today, so search
 * again after a uevent.  Source: reference/kernel.md 1.
 */
#ifndef PDNMUX_CLIENT_DISCOVER_H
#define PDNMUX_CLIENT_DISCOVER_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum modem_protocol {
	MODEM_PROTOCOL_NONE, /* ECM, NCM, RNDIS, AT only: not dialed through this node
			      */
	MODEM_PROTOCOL_QMI,
	MODEM_PROTOCOL_MBIM,
};

/* How the driver lets us multiplex; what is possible is found out by muxdev. */
enum modem_driver {
	MODEM_DRIVER_UNKNOWN, /* a socket, a PTY, or a driver we have not met */
	MODEM_DRIVER_QMI_WWAN,
	MODEM_DRIVER_QMI_WWAN_Q,
	MODEM_DRIVER_GOBINET,
	MODEM_DRIVER_CDC_MBIM,
	MODEM_DRIVER_WWAN, /* WWAN framework: MHI and its like */
	MODEM_DRIVER_PCIE_MHI,
};

#define MODEM_EP_HSUSB 2 /* WDA/WDS endpoint type of USB */
#define MODEM_EP_PCIE 3

/* One modem as found.  Plain data: copy it as you like. */
struct modem_info {
	char device[108];      /* "/dev/cdc-wdm0", or the socket or PTY as given */
	char netdev[IFNAMSIZ]; /* the data pipe's device; "": none or elsewhere */
	int ifindex;           /* of netdev; 0: none */
	char usb_path[32];     /* "1-1", "2-1.4"; "" when not USB */
	char syspath[256];     /* the interface, "devices/..."; "" when not in sysfs */
	char wwan_dev[32];     /* name in /sys/class/wwan, or "" */
	char driver_name[32];  /* "qmi_wwan" */
	char serial[64];       /* USB serial; "" */
	char model[48];        /* from the table, or the product string */
	enum modem_protocol protocol;
	enum modem_driver driver;
	uint16_t vid;
	uint16_t pid;
	uint8_t ep_type;  /* MODEM_EP_*, for WDA and WDS endpoint ids */
	uint8_t ep_iface; /* bInterfaceNumber */
	uint8_t qmap_max; /* from the table: 0 none, 1 or 5; unknown: 1 */
	uint32_t dl_size; /* from the table: bytes of a downlink aggregate */
};

/*
 * What the user said about the modem; NULL or "" fields match anything.  device and
 * netdev also match a mux device's or a link's name: /dev/cdc-wdm0, wwan0, wwan0.1.
 */
struct modem_match {
	const char *device;
	const char *netdev;
	const char *usb_path;
	const char *serial;
	unsigned nth; /* 0: there must be only one; 1..: the first, second ... match */
};

/*
 * discover_all - every modem with a control node, in order of their nodes.
 *
 * Writes at most max entries.  Returns the number found (maybe more than max) or
 * -errno.
 */
int discover_all(struct modem_info *ret, size_t max);

/*
 * discover_find - the one modem that matches.
 *
 * A device that sysfs does not know (socket, PTY) is described as
 * MODEM_DRIVER_UNKNOWN with the netdev of the match, MODEM_PROTOCOL_QMI: the caller
 * knows better from its options.
 *
 * Returns 0; -ENODEV: none matches (now: it may be plugged later); -ENOTUNIQ: several
 * match; -EPROTONOSUPPORT: the match is not a QMI or MBIM modem; other -errno.  why
 * receives one sentence with the remedy when it fails; it may be NULL.
 * IMEI is no field of sysfs: with match->nth the caller goes through the candidates.
 */
int discover_find(const struct modem_match *match, struct modem_info *ret, char *why,
    size_t why_size);

/* True when another look gives the same modem in the same place with the same names. */
bool modem_info_same(const struct modem_info *a, const struct modem_info *b);
/* A file-name-safe key that survives renumbering: "usb-1-1", or made of device. */
void modem_info_key(const struct modem_info *m, char *ret, size_t size);

#endif
