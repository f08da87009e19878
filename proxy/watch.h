/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When is it worth trying to open a device again?
 *
 * As soon as something appears in its folder (inotify), and, since a socket may be
 * listened on again without a trace in the folder, after growing pauses as well.
 */
#ifndef PDNMUX_PROXY_WATCH_H
#define PDNMUX_PROXY_WATCH_H

struct event_base;
struct watch;

/* fn runs from base's loop each time a try is worth it, the first time at once. */
struct watch *watch_new(
    struct event_base *base, const char *path, void (*fn)(void *arg), void *arg);
/* NULL is fine; may be called from fn. */
void watch_free(struct watch *w);

#endif
