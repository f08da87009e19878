/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS hand-over: resolvconf, systemd-resolved, or lines of our own in a plain file.
 *
 * Lines in a plain file carry a mark at their end that names the device
 * ("nameserver 10.0.0.53 # pdnmux wwan0.1"); only lines with exactly our mark are ever
 * removed, and the file is replaced in one step, under a lock, so that siblings do not
 * lose each other's lines.  Programs are run without a shell and with a deadline.
 */
#ifndef PDNMUX_CLIENT_RESOLV_H
#define PDNMUX_CLIENT_RESOLV_H

#include <stddef.h>

struct event_base;
struct ipconf_dns;
struct resolv;

/*
 * resolv_new - one device's DNS hand-over.
 *
 * base     borrowed until resolv_free().
 * how      "auto" (resolved if it runs, else resolvconf if installed, else file),
 *          "none", "resolvconf", "resolved", "file" or "file:PATH"; copied.
 * run_dir  runtime directory, for the lock; copied.
 *
 * Lines left under the device's name by a killed predecessor go with the first set.
 * NULL with errno EINVAL when how is none of these.
 */
struct resolv *resolv_new(
    struct event_base *base, const char *how, const char *run_dir);
/* "resolved", "resolvconf", "file /etc/resolv.conf" or "none": what is in use. */
const char *resolv_how(const struct resolv *r);

/*
 * resolv_set - these servers for this device from now on.
 *
 * dns is borrowed for the call.  Setting the same again does nothing.  Finishes in the
 * background; a failure is one warning in the log, never more: a PDN without DNS is
 * still a PDN.
 */
void resolv_set(struct resolv *r, const char *dev, const struct ipconf_dns *dns);
/*
 * resolv_clear - take back what was set.
 *
 * done(arg) is called exactly once, from the loop, when it is finished or its
 * deadline of five seconds has passed; done may be NULL.  A second clear while one
 * is under way replaces its callback.
 */
void resolv_clear(struct resolv *r, void (*done)(void *arg), void *arg);
/* Frees; a program still running is left to finish, its end is nobody's business. */
void resolv_free(struct resolv *r);

#endif
