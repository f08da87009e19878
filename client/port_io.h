/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole messages over one non-blocking descriptor.
 *
 * Shared by the ports: reads until nothing is left, hands on each whole message, and
 * writes each message with one call (a cdc-wdm node takes one command per write).
 */
#ifndef PDNMUX_CLIENT_PORT_IO_H
#define PDNMUX_CLIENT_PORT_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct port_io;

struct port_io_handlers {
	/* One whole message, borrowed; may free the port_io. */
	void (*message)(void *arg, const uint8_t *msg, size_t len);
	/* -errno; 0: end of file; -EPROTO: framing lost.  The last call. */
	void (*lost)(void *arg, int error);
};

/*
 * port_io_new - watch fd.
 *
 * fd          taken: closed by port_io_free().
 * scan        as in struct port_dialect.
 * forgiving   bytes that begin no message are dropped up to the next one that does
 *             (a device may spit after a reset); else they are -EPROTO.
 * handlers    borrowed; called from the event loop only.
 */
struct port_io *port_io_new(struct event_base *base, int fd,
    int (*scan)(const uint8_t *buf, size_t len), bool forgiving,
    const struct port_io_handlers *handlers, void *arg);
/* fd is a cdc-wdm node, with the manners of one (common/wdm.h). */
void port_io_is_wdm(struct port_io *io);
/* Queues or writes one message.  0 or -ENOBUFS. */
int port_io_send(struct port_io *io, const uint8_t *msg, size_t len);
/* Writes what can be written without waiting. */
void port_io_flush(struct port_io *io);
/* NULL is fine. */
void port_io_free(struct port_io *io);

#endif
