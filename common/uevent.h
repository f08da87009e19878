/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel uevents as events of a loop: a modem came, a modem went.
 *
 * The socket is in the kernel's own group (1), so no udev is needed; only messages
 * that come from the kernel are believed.  When events were lost (ENOBUFS) the handler
 * is told to rescan sysfs.  Source: reference/kernel.md 9.
 */
#ifndef PDNMUX_COMMON_UEVENT_H
#define PDNMUX_COMMON_UEVENT_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct uevent_monitor;

enum uevent_action {
	UEVENT_ADD,
	UEVENT_REMOVE,
	UEVENT_CHANGE,
	UEVENT_MOVE,
	UEVENT_BIND,   /* of a USB interface: node and network device both exist */
	UEVENT_UNBIND, /* of a USB interface: count it as unplugged */
	UEVENT_OTHER,
	UEVENT_RESCAN, /* events were lost; all strings are "" */
};

/* The strings are borrowed for the call and never NULL: "" when the key is absent. */
struct uevent {
	enum uevent_action action;
	const char *devpath;     /* "/devices/pci.../1-1/1-1:1.4/usbmisc/cdc-wdm0" */
	const char *subsystem;   /* "usb" "usbmisc" "net" "wwan" "GobiQMI" */
	const char *devtype;     /* "usb_interface" "wwan" ... */
	const char *devname;     /* "cdc-wdm0": the node's name below /dev */
	const char *interface;   /* subsystem net: the device's name */
	const char *devpath_old; /* UEVENT_MOVE */
};

typedef void (*uevent_fn)(const struct uevent *ev, void *arg);

/* fn runs from base's loop and may free the monitor.  NULL with errno on failure. */
struct uevent_monitor *uevent_monitor_new(
    struct event_base *base, uevent_fn fn, void *arg);
void uevent_monitor_free(struct uevent_monitor *m);

/*
 * uevent_parse - one message of len bytes, as the kernel sends it.
 *
 * buf is borrowed by ret and must outlive it.  False: not a kernel uevent.
 */
bool uevent_parse(const char *buf, size_t len, struct uevent *ret);
/*
 * True when the event is about usb_path ("1-1", "2-1.4": a directory name of
 * /sys/bus/usb/devices) or something below it.
 */
bool uevent_below(const struct uevent *ev, const char *usb_path);

#endif
