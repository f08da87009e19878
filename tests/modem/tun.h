/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TUN device of this process: raw IP packets in and out, gone with its descriptor.
 */
#ifndef PDNMUX_MODEM_TUN_H
#define PDNMUX_MODEM_TUN_H

#include <stddef.h>
#include <stdint.h>

/*
 * A new device of that name, down, in the calling thread's network namespace.
 * Non-blocking, close-on-exec.  The descriptor, or -errno: -EBUSY when another process
 * has it, -EEXIST when a device of another kind has that name.
 */
int tun_open(const char *name);

#endif
