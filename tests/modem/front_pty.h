/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A modem's control channel as a terminal, for programs that want a device: a symbolic
 * link leads to the PTY of the day.  While the module is not there, neither is the
 * link, and who had the PTY open is hung up.
 *
 * Opening a PTY cannot be seen from its other side: a host is attached with its first
 * byte.  When the last one closes, it is detached and the same PTY waits for the next.
 */
#ifndef PDNMUX_MODEM_FRONT_PTY_H
#define PDNMUX_MODEM_FRONT_PTY_H

struct event_base;
struct front_pty;
struct modem;

/*
 * path  of the symbolic link; an older link there is replaced; removed at the end.
 *
 * NULL with errno when there is no PTY or the link cannot be made.
 */
struct front_pty *front_pty_new(
    struct event_base *base, struct modem *m, const char *path);
/* Before the modem goes.  NULL is fine. */
void front_pty_free(struct front_pty *f);

#endif
