/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a host can ask of a module on endpoint 0, the control channel apart: standard
 * requests, and in MBIM mode the requests of the network control model.
 *
 * Plain state and decisions, no input or output.  Source: reference/kernel.md 7.3 and
 * mbim.md 4.3, 4.8.
 */
#ifndef PDNMUX_MODEM_USB_DEVICE_H
#define PDNMUX_MODEM_USB_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/modem/ntb.h"
#include "tests/modem/usb_desc.h"

/* bmRequestType */
#define USB_TYPE_MASK 0x60
#define USB_TYPE_CLASS 0x20
#define USB_CLASS_OUT 0x21 /* to an interface */
#define USB_CLASS_IN 0xa1

/* bRequest of those */
#define USB_SEND_ENCAPSULATED_COMMAND 0x00
#define USB_GET_ENCAPSULATED_RESPONSE 0x01
#define USB_RESET_FUNCTION 0x05
#define USB_SET_CONTROL_LINE_STATE 0x22

/* The eight bytes of a request, in host order. */
struct usb_setup {
	uint8_t type, request;
	uint16_t value, index, length;
};

void usb_setup_parse(const uint8_t bytes[8], struct usb_setup *ret);

struct usb_device {
	const struct usb_model *model;
	enum modem_mode mode;
	char serial[32];
	uint8_t configuration;  /* 0: not configured */
	uint8_t data_alternate; /* MBIM's data interface: 1 when data may flow */
	uint16_t halted_out, halted_in; /* bit per endpoint number */
	/* of the network control model */
	bool ntb32;
	uint32_t ntb_in_size;      /* bytes of a block that the host takes */
	uint16_t ntb_in_datagrams; /* 0: no limit */
	uint16_t max_datagram;
};

/* As after power-on.  serial is copied, and cut. */
void usb_device_init(struct usb_device *d, const struct usb_model *model,
    enum modem_mode mode, const char *serial);
/* As after a bus reset: not configured, everything at its default. */
void usb_device_reset(struct usb_device *d);

/*
 * usb_device_control - one request.
 *
 * data, len  what came with it (out).
 * ret        receives the answer (in), at most size bytes.
 *
 * Returns the answer's length, or -EPIPE: stall.
 */
int usb_device_control(struct usb_device *d, const struct usb_setup *setup,
    const uint8_t *data, size_t len, uint8_t *ret, size_t size);

uint8_t usb_device_endpoint_in(const struct usb_device *d);
bool usb_device_halted(const struct usb_device *d, uint8_t endpoint);
void usb_device_halt(struct usb_device *d, uint8_t endpoint, bool halted);
/* May bulk data flow? */
bool usb_device_has_data(const struct usb_device *d);
/* What the host and the module agreed on for blocks each way. */
struct ntb_format usb_device_ntb_up(const struct usb_device *d);
struct ntb_format usb_device_ntb_down(const struct usb_device *d);

#endif
