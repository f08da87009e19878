/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells a service manager that we are ready: a datagram to the socket that the
 * environment variable NOTIFY_SOCKET names, as systemd and its like understand it.
 */
#ifndef PDNMUX_COMMON_NOTIFY_H
#define PDNMUX_COMMON_NOTIFY_H

/* state: "READY=1", "STOPPING=1".  0 when sent or nobody asked, else -errno. */
int notify_send(const char *state);

#endif
