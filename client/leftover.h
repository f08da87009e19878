/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each live dialer has made in the kernel, and what a killed one left behind.
 *
 * One small file per mux device, <run_dir>/<modem key>.mux<id>, locked for as long as
 * its process lives: the kernel drops the lock with the process, whatever ended it, so
 * a file that can be locked is a dead process's and says what to remove.  Process
 * numbers are for messages only.
 */
#ifndef PDNMUX_CLIENT_LEFTOVER_H
#define PDNMUX_CLIENT_LEFTOVER_H

#include <net/if.h>
#include <stdbool.h>
#include <sys/types.h>

#include "client/muxdev.h"

struct leftover;

/* Written before the device is made, so it may describe one that never came to be. */
struct leftover_record {
	enum muxdev_kind kind;
	unsigned id;         /* mux id, session id; 0: the parent itself */
	char name[IFNAMSIZ]; /* the device's name, wanted or real */
	char parent[IFNAMSIZ];
	pid_t pid; /* of the writer; filled by leftover_claim() */
};

/*
 * leftover_lock - serialise making and removing of a modem's devices.
 *
 * Held for kernel round trips only, so waiting for it is short.  Creates run_dir.
 * Returns a descriptor to close(), or -errno.
 */
int leftover_lock(const char *run_dir, const char *key);

/*
 * leftover_sweep - look at every record of a modem.
 *
 * dead   called for each record whose process is gone; its file is removed after it.
 *        NULL: leave them.
 * live   called for each record whose process lives; may be NULL.
 *
 * Call with leftover_lock() held.  Returns 0 or -errno.
 */
int leftover_sweep(const char *run_dir, const char *key,
    void (*dead)(const struct leftover_record *rec, void *arg),
    void (*live)(const struct leftover_record *rec, void *arg), void *arg);

/*
 * leftover_claim - write down what we are about to make.
 *
 * rec is borrowed.  Returns 0 and gives *ret; -EBUSY when a live process has it, whose
 * number is then in *ret_holder; other -errno.
 */
int leftover_claim(const char *run_dir, const char *key,
    const struct leftover_record *rec, struct leftover **ret, pid_t *ret_holder);
/* The device is gone again: removes the record and frees.  NULL is fine. */
void leftover_drop(struct leftover *l);

#endif
