/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has a device open?  So that we can say it instead of killing anybody.
 */
#ifndef PDNMUX_CLIENT_HOLDER_H
#define PDNMUX_CLIENT_HOLDER_H

#include <sys/types.h>

#include <stddef.h>

/*
 * holder_find - the first other process that has the character device open.
 *
 * path      "/dev/cdc-wdm0"; symlinks are followed.
 * ret_name  receives its command name, cut to size.
 *
 * Looks through /proc/PID/fd by device number, so another name of the same node counts
 * too.  Returns its pid, 0 when nobody (that we may see) has it, or -errno when path
 * is no character device.
 */
pid_t holder_find(const char *path, char *ret_name, size_t size);

#endif
