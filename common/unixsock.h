/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Abstract and filesystem Unix sockets: bind, connect, who is on the other end.
 *
 * A name that begins with '@' is abstract and its address length is exact, without a
 * trailing NUL, as libqmi's and the vendor's clients expect (reference/proxies.md 1.1).
 */
#ifndef PDNMUX_COMMON_UNIXSOCK_H
#define PDNMUX_COMMON_UNIXSOCK_H

#include <sys/types.h>

/*
 * unixsock_listen - a listening, non-blocking, close-on-exec socket.
 *
 * name   "@abstract" or a path.  A path is bound under a tight umask, then given
 *        mode and, where uid or gid is not -1, an owner.  A stale socket file that
 *        nobody listens on is replaced; a live one is -EADDRINUSE.
 * type   SOCK_STREAM or SOCK_SEQPACKET.
 *
 * Returns the descriptor or -errno.
 */
int unixsock_listen(const char *name, int type, mode_t mode, uid_t uid, gid_t gid);
/*
 * A connected non-blocking close-on-exec descriptor, or -errno.  Never waits: -EAGAIN
 * when the listener's backlog is full, -EPROTOTYPE when it is of the other type.
 */
int unixsock_connect(const char *name, int type);
/* Credentials of the peer as SO_PEERCRED has them.  0 or -errno. */
int unixsock_peer(int fd, uid_t *ret_uid, gid_t *ret_gid, pid_t *ret_pid);

#endif
