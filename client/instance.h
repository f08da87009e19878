/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which process dials which channel of which modem.
 *
 * A dialer holds a record lock on a file in the runtime directory named after modem and
 * channel.  The kernel drops the lock with the process and tells others who holds it,
 * so there is no stale pid and no guessing by program name.
 */
#ifndef PDNMUX_CLIENT_INSTANCE_H
#define PDNMUX_CLIENT_INSTANCE_H

#include <sys/types.h>

#include <stdint.h>

/*
 * instance_lock - become the dialer of this channel.
 *
 * run_dir  is made (mode 0755) if it is not there.
 * key      of the modem, safe in a file name (modem_info_key()).
 *
 * Returns a descriptor that holds the lock as long as it is open; -EBUSY with the
 * holder's pid in *ret_holder; or -errno.
 */
int instance_lock(
    const char *run_dir, const char *key, uint8_t channel, pid_t *ret_holder);
/* Removes the file and lets the lock go. */
void instance_unlock(int fd, const char *run_dir, const char *key, uint8_t channel);

/*
 * instance_kill - ask the dialers of this channel to hang up, and wait for their end.
 *
 * key         NULL: of every modem.
 * timeout_ms  how long to wait for each.
 *
 * Returns how many were asked, or -errno; -ETIMEDOUT when one is still there.
 */
int instance_kill(
    const char *run_dir, const char *key, uint8_t channel, int64_t timeout_ms);

#endif
