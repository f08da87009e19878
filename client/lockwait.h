/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for a file lock without stopping the event loop.
 *
 * The kernel has no event for "the lock is free", so a thread of ours sits in flock()
 * and says so through a pipe.  It touches nothing but its descriptor.
 */
#ifndef PDNMUX_CLIENT_LOCKWAIT_H
#define PDNMUX_CLIENT_LOCKWAIT_H

struct event_base;
struct lockwait;

/* rc 0: fd is locked; -ETIMEDOUT or other -errno: it is not.  Runs from the loop. */
typedef void (*lockwait_fn)(int rc, void *arg);

/*
 * lockwait_start - lock fd exclusively, at once or when it becomes free.
 *
 * fd stays the caller's, who may not close it before fn or lockwait_cancel().
 * Returns the wait, freed after fn or by lockwait_cancel(), or NULL with errno.
 */
struct lockwait *lockwait_start(
    struct event_base *base, int fd, int deadline_ms, lockwait_fn fn, void *arg);
/* fn will not be called; fd may be locked or not: close it. */
void lockwait_cancel(struct lockwait *w);

#endif
