/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A modem's control channel as a Unix socket: one connection at a time, as a device
 * node that one program has open.  A second one is hung up at once.  While the module
 * is not there, neither is the socket's file.
 */
#ifndef PDNMUX_MODEM_FRONT_SOCKET_H
#define PDNMUX_MODEM_FRONT_SOCKET_H

struct event_base;
struct front_socket;
struct modem;

/*
 * path  of the socket; removed at the end.
 * type  SOCK_SEQPACKET (one packet, one message) or SOCK_STREAM.
 *
 * NULL with errno when it cannot listen there.
 */
struct front_socket *front_socket_new(
    struct event_base *base, struct modem *m, const char *path, int type);
/* Before the modem goes.  NULL is fine. */
void front_socket_free(struct front_socket *f);

#endif
