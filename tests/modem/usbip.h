/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device's end of USB/IP: transfers of the host in, their results out.
 *
 * The other end of the socket is vhci_hcd of the kernel, or a test that plays it.  What
 * the host submits waits in the queue of its endpoint until the device completes it or
 * the host takes it back; nobody keeps a pointer to a transfer, the device looks at the
 * head of a queue when it has something to do.  No handshake takes place on this
 * socket. Source: reference/kernel.md 7.2.
 */
#ifndef PDNMUX_MODEM_USBIP_H
#define PDNMUX_MODEM_USBIP_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USBIP_IN 0x80                 /* direction bit of an endpoint address */
#define USBIP_TRANSFER_MAX (1u << 20) /* bytes; no driver of ours submits more */

struct event_base;
struct usbip;

/* One transfer that the host submitted. */
struct usbip_urb {
	TAILQ_ENTRY(usbip_urb) next;
	uint32_t seqnum;
	uint8_t endpoint; /* address, direction bit included; control: 0 */
	bool in;          /* direction; of a control transfer, that of its data */
	uint32_t flags;
	uint32_t len; /* out: bytes in data; in: the most the host takes */
	uint8_t setup[8];
	uint8_t data[]; /* out only */
};

struct usbip_ops {
	/* The queue of that endpoint has changed: one more, or one less at its head. */
	void (*changed)(void *device, uint8_t endpoint);
	/*
	 * The host has closed the socket or broke the protocol, and why says what.  The
	 * queues are empty; usbip_free() is still the device's to call.
	 */
	void (*gone)(void *device, const char *why);
};

/* fd is taken: one end of a connected stream socket.  Never NULL. */
struct usbip *usbip_new(
    struct event_base *base, int fd, const struct usbip_ops *ops, void *device);
/*
 * Pulls the plug.  Control transfers are answered first, without which the host's
 * drivers may hang (kernel.md 2.4); the others end with the socket.  May be called
 * from a callback.  NULL is fine.
 */
void usbip_free(struct usbip *u);
/* The same without any answer: the cable is cut. */
void usbip_abort(struct usbip *u);
/* The oldest transfer on an endpoint, or NULL; valid until completed or the loop. */
struct usbip_urb *usbip_first(struct usbip *u, uint8_t endpoint);
/*
 * usbip_complete - answers a transfer and frees it.
 *
 * urb     the head of its queue.
 * status  0 or -errno as USB has them: -EPIPE stall, -EPROTO, -EOVERFLOW ...
 * bytes   in: what the host receives, borrowed; cut to what it asked for.
 * len     bytes; out: how many were accepted, bytes may be NULL.
 */
void usbip_complete(struct usbip *u, struct usbip_urb *urb, int status,
    const uint8_t *bytes, size_t len);

#endif
