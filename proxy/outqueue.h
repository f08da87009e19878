/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole messages that a descriptor did not take at once.
 *
 * A message leaves in one write; if the descriptor takes only a part, the rest goes
 * first next time and nothing gets between (existing clients read a body with a single
 * call: proxies.md C2).  The queue is bounded in bytes and messages.  When it is full,
 * indications give way to what is dearer, oldest first; when nothing cheaper is left,
 * a push fails and the owner decides.
 */
#ifndef PDNMUX_PROXY_OUTQUEUE_H
#define PDNMUX_PROXY_OUTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proxy/router.h"

struct outqueue;

/*
 * outqueue_new - for a descriptor that is a socket, or another file.
 *
 * Holds at most max_bytes bytes in max_msgs messages.  Never NULL.
 */
struct outqueue *outqueue_new(bool is_socket, size_t max_bytes, unsigned max_msgs);
void outqueue_free(struct outqueue *q);
void outqueue_clear(struct outqueue *q);
bool outqueue_empty(const struct outqueue *q);
/* How full it is, in percent of its bytes or of its messages, whichever is more. */
unsigned outqueue_fill(const struct outqueue *q);
/* Indications that were given up so far. */
unsigned long outqueue_dropped(const struct outqueue *q);
/*
 * outqueue_send - write msg to fd now, or keep a copy for later.
 *
 * Returns 0 when it was written, kept, or (an indication) dropped; -ENOBUFS when it is
 * dear and there is no room; another -errno when the descriptor is broken.
 */
int outqueue_send(
    struct outqueue *q, int fd, const uint8_t *msg, size_t len, enum router_prio prio);
/* Writes what it can.  0, or -errno when the descriptor is broken. */
int outqueue_flush(struct outqueue *q, int fd);

#endif
