/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where whole messages go: a proxy's socket, or the control device itself.
 *
 * A port carries whole QMI frames or MBIM messages in both directions and knows only
 * where they end.  The owner sends with port_send() and hears through the handlers it
 * gave with port_start().  Handlers run from the event loop only, never inside a
 * port_*() call; after port_free() none runs.  A handler may free the port.
 */
#ifndef PDNMUX_CLIENT_PORT_H
#define PDNMUX_CLIENT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure.h"

struct event_base;
struct port;

enum port_sync_kind {
	PORT_SYNC_OPEN,
	PORT_SYNC_RESET, /* for a modem that is out of step; before another OPEN */
};

enum port_sync_result {
	PORT_SYNC_OTHER, /* msg is something else */
	PORT_SYNC_DONE,
	PORT_SYNC_OUT_OF_STEP, /* send RESET */
	PORT_SYNC_AGAIN,       /* send OPEN once more, at once */
	PORT_SYNC_SMALLER,     /* the same, with a smaller max_transfer */
};

/*
 * How one protocol is framed, and how a proxy of one kind is greeted.  port_qmi.c
 * holds those of QMI, port_mbim.c those of MBIM.
 */
struct port_dialect {
	const char *name;       /* "libqmi", "quectel-qmi", "libmbim", "quectel-mbim" */
	const char *first_line; /* "QMI" or "MBIM": for "Modem works in ... mode" */
	/* Whole length of the message at the start of buf; 0: more; -EPROTO: lost. */
	int (*scan)(const uint8_t *buf, size_t len);
	/*
	 * The greeting for device into buf; its length, or -errno.  NULL: this dialect
	 * has none, and the port is ready as soon as it is connected.
	 */
	int (*hello)(uint8_t *buf, size_t cap, const char *device);
	/*
	 * Is msg the answer to the greeting?  1: yes and it is welcome; 0: something
	 * else, drop it; -errno: refused.
	 */
	int (*hello_answer)(const uint8_t *msg, size_t len);
	int64_t hello_ms; /* how long to wait for it: the proxy may open the device */
	/* True for what the owner has to know although it comes before that answer. */
	bool (*early)(const uint8_t *msg, size_t len);
	/* MBIM: this proxy answers OPEN and CLOSE itself, so they do no harm. */
	bool answers_open;
	/*
	 * The same pair for a device we own ourselves: what makes a modem forget an
	 * earlier owner.  Repeated until answered.  NULL: nothing is needed.
	 */
	int (*sync)(
	    uint8_t *buf, size_t cap, enum port_sync_kind kind, uint32_t max_transfer);
	enum port_sync_result (*sync_answer)(const uint8_t *msg, size_t len);
	int64_t sync_ms; /* per try */
	unsigned int sync_tries;
};

extern const struct port_dialect port_dialect_libqmi;
extern const struct port_dialect port_dialect_quectel_qmi;
extern const struct port_dialect port_dialect_libmbim;
extern const struct port_dialect port_dialect_quectel_mbim;

struct port_handlers {
	/* The port is open, greeted, and takes messages.  At most once. */
	void (*ready)(void *arg);
	/* One whole message (MBIM: or fragment); borrowed for the call. */
	void (*message)(void *arg, const uint8_t *msg, size_t len);
	/* The port is dead, opening included; at most once and the last call. */
	void (*lost)(void *arg, const struct failure *why);
};

/* What a port is made of; first member of each implementation. */
struct port {
	const struct port_ops *ops;
	const struct port_handlers *handlers;
	const struct port_dialect *dialect;
	void *arg;
	char name[108]; /* of the socket or device: for log lines */
	/* Known when it is ready: */
	bool alone;            /* a device of our own, synchronised: nobody shares it */
	uint32_t max_transfer; /* bytes of one message (MBIM: fragment); 0: no limit */
};

struct port_ops {
	void (*start)(struct port *p);
	int (*send)(struct port *p, const uint8_t *msg, size_t len);
	/* Best effort within the call: push out what is queued, do not wait. */
	void (*flush)(struct port *p);
	void (*free)(struct port *p);
};

/*
 * port_start - open it; ready() or lost() follows from the event loop.
 *
 * handlers  borrowed, must outlive the port.
 */
void port_start(struct port *p, const struct port_handlers *handlers, void *arg);
/*
 * port_send - queue one whole message.
 *
 * msg  borrowed for the call.  Each message leaves in one write.  Returns 0, -EAGAIN
 * when the port is not ready, or -ENOBUFS when 256 KiB are already waiting.
 */
int port_send(struct port *p, const uint8_t *msg, size_t len);
void port_flush(struct port *p);
/* NULL is fine.  What was not yet written is tried once, without waiting. */
void port_free(struct port *p);

/*
 * port_proxy_new - a port through a proxy.
 *
 * names    "@abstract" or a path each, tried in order; NULL ends the list.  Copied.
 * device   for the greeting, borrowed for the call: "/dev/cdc-wdm0".
 *
 * Never NULL; a refused connection is reported by lost() with FAILURE_NO_PROXY.
 */
struct port *port_proxy_new(struct event_base *base, const struct port_dialect *dialect,
    const char *const *names, const char *device);

/*
 * port_device_new - a port that owns the control device itself.
 *
 * device  a cdc-wdm node, a PTY, or a Unix socket (seqpacket, else stream) of a modem
 *         that is somewhere else.
 *
 * A device that another process has open is refused by lost() with FAILURE_BUSY,
 * naming the process; nobody is ever killed.  Before ready() the modem is made to
 * forget its earlier owner: QMI's CTL SYNC, MBIM's OPEN.
 */
struct port *port_device_new(
    struct event_base *base, const struct port_dialect *dialect, const char *device);

/*
 * port_tunnel_new - a port for QMI through the QMI service of an MBIM function.
 *
 * inner  an MBIM port that is not started; taken.  Never NULL.
 */
struct port *port_tunnel_new(struct event_base *base, struct port *inner);

#endif
