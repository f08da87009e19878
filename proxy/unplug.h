/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hears that the hardware behind a device node goes.
 *
 * A node says so itself (POLLHUP), nearly always: when the driver gives up its cleanup,
 * the node stays and is silent for ever, and only the kernel's events tell that the
 * interface is gone (reference/kernel.md 9).
 */
#ifndef PDNMUX_PROXY_UNPLUG_H
#define PDNMUX_PROXY_UNPLUG_H

struct event_base;
struct unplug;

/*
 * unplug_new - watch the interface of the node at path, a /dev/cdc-wdm or a WWAN port.
 *
 * fn runs from base's loop when the interface is removed or unbound; it may free the
 * watcher.  NULL when sysfs does not know the node, or there are no kernel events.
 */
struct unplug *unplug_new(
    struct event_base *base, const char *path, void (*fn)(void *arg), void *arg);
/* NULL is fine. */
void unplug_free(struct unplug *u);

#endif
