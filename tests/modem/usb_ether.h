/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ethernet as a module plays it for a host that did not ask for raw IP: one frame a
 * transfer, no switch behind it, and every neighbour the host asks for is the module.
 */
#ifndef PDNMUX_MODEM_USB_ETHER_H
#define PDNMUX_MODEM_USB_ETHER_H

#include <stddef.h>
#include <stdint.h>

#define ETHER_REPLY_MAX 128 /* bytes of an answer to a neighbour question */

struct usb_ether {
	uint8_t
	    host[6]; /* its address; zero until it has spoken (drivers accept that) */
};

enum ether_result {
	ETHER_IP,     /* the frame carries IP */
	ETHER_REPLY,  /* it asked for a neighbour: here is the answer */
	ETHER_IGNORE, /* nothing that a module listens to */
	ETHER_BAD,    /* too short, or not what its type says */
};

/*
 * ether_take - one frame of the host.
 *
 * ret_ip     with ETHER_IP the packet, in frame.
 * ret_reply  ETHER_REPLY_MAX bytes; with ETHER_REPLY a frame of *ret_len bytes.
 */
enum ether_result ether_take(struct usb_ether *e, const uint8_t *frame, size_t len,
    const uint8_t **ret_ip, uint8_t *ret_reply, size_t *ret_len);
/* One packet as a frame for the host; the frame's length, or 0 when ret is too small.
 */
size_t ether_build(const struct usb_ether *e, const uint8_t *ip, size_t len,
    uint8_t *ret, size_t size);

#endif
