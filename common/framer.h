/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes from a stream in, whole messages out.
 *
 * A read may hold half a message or five.  The owner reads into framer_room(), says how
 * much came with framer_added(), and takes messages with framer_next() until it
 * returns 0.  The message may be changed in place (a broker patches its ids) and is
 * valid until the next framer_room().  In steady state nothing is allocated and no
 * byte is moved but the head of a message that was cut late in the buffer.
 *
 *	room = framer_room(f, &len);        len >= 1
 *	n = read(fd, room, len);
 *	framer_added(f, n);
 *	while ((n = framer_next(f, &msg)) > 0)
 *		handle(msg, n);
 */
#ifndef PDNMUX_COMMON_FRAMER_H
#define PDNMUX_COMMON_FRAMER_H

#include <stddef.h>
#include <stdint.h>

/* How long is the message at the start of buf: qmux_scan() and its like. */
typedef int framer_scan_fn(const uint8_t *buf, size_t len);

struct framer;

/*
 * framer_new - an empty one.
 *
 * scan   the length of the message at the start of a buffer, 0 for "need more",
 *        -EPROTO for lost framing.
 * max    the largest message taken, in bytes; the buffer starts at 4096 bytes or at
 *        max and grows to it only for a message that needs it.
 *
 * Never NULL; to be freed by framer_free().
 */
struct framer *framer_new(framer_scan_fn *scan, size_t max);
/*
 * Where to read to, and how many bytes fit: one or more after framer_next() returned 0.
 * A packet socket cuts off what does not fit: see framer_reserve().
 */
uint8_t *framer_room(struct framer *f, size_t *ret_len);
/*
 * framer_reserve - let the buffer hold len bytes from the start, no more than max: what
 * reads from a packet socket needs room for a whole packet.  0 or -ENOMEM.
 */
int framer_reserve(struct framer *f, size_t len);
/* len bytes were written to the last framer_room(). */
void framer_added(struct framer *f, size_t len);
/*
 * framer_next - the next whole message.
 *
 * Returns its length and points *ret_msg at it; 0 when more bytes are needed;
 * -EPROTO when framing is lost, -EMSGSIZE when the message would be larger than max,
 * -ENOMEM.  After an error it returns the same until framer_resync() or the end.
 */
int framer_next(struct framer *f, uint8_t **ret_msg);
/*
 * framer_resync - after lost framing: drop bytes up to the next one that may begin a
 * message; at least one.  Returns how many were dropped.
 */
size_t framer_resync(struct framer *f);
/* The bytes held that no message was made of yet: for a log line about broken ones. */
const uint8_t *framer_peek(const struct framer *f, size_t *ret_len);
/* How many they are. */
size_t framer_pending(const struct framer *f);
/* Forgets all bytes, as after a reopen. */
void framer_clear(struct framer *f);
/* NULL is fine. */
void framer_free(struct framer *f);

#endif
