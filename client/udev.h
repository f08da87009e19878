/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Has udev finished with a network device that has just come?
 *
 * udev renames a device only while it is down, some time after the kernel announced it;
 * who takes the device up earlier keeps it from its name.  udev tells through its
 * database: the device's file is there once all rules have run (sd_device(3),
 * sd_device_get_is_initialized).  Source: reference/kernel.md 9; systemd's udev 252.
 */
#ifndef PDNMUX_CLIENT_UDEV_H
#define PDNMUX_CLIENT_UDEV_H

#include <stdbool.h>

#define UDEV_RUN "/run/udev"
#define UDEV_PATIENCE_MS 10000

struct event_base;
struct udev_watch;

/* udev finished with some network device, or we stop waiting for it: look again. */
typedef void (*udev_fn)(void *arg);

/* True when a udevd looks after the network namespace that we are in. */
bool udev_is_here(void);
/*
 * udev_watch_new - watch the database below run (UDEV_RUN, or a test's directory).
 *
 * fn runs from base's loop and may free the watch.  Returns NULL with errno: there is
 * no database, and so nothing to wait for.
 */
struct udev_watch *udev_watch_new(
    struct event_base *base, const char *run, int patience_ms, udev_fn fn, void *arg);
void udev_watch_free(struct udev_watch *w);
/*
 * udev_watch_settled - may the network device ifindex be used?
 *
 * True when udev has finished with it, and always without a watch (w NULL) or a device
 * (ifindex 0).  False: fn runs when that changes, patience_ms from now at the latest;
 * then the device is settled whatever udev does.
 */
bool udev_watch_settled(struct udev_watch *w, int ifindex);

#endif
