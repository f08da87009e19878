/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A modem as a USB device, for the kernel's own drivers.
 *
 * The device is plugged in while the modem is present, so that unplug, replug and
 * firmware reset of the modem are what the host's kernel sees.  Control messages travel
 * as encapsulated commands and responses with one notification each, packets in bulk
 * transfers of the format that was negotiated.  The control language has faults of its
 * own here:
 *
 *	usb stall PIPE N       the next N transfers of a pipe stall
 *	usb error PIPE N       ... end with a protocol error
 *	usb empty response N   ... carry nothing
 *	usb delay PIPE MS      each transfer of a pipe waits first; 0: no more
 *	usb hold PIPE          no transfer of a pipe is done ...
 *	usb release PIPE       ... until now
 *	usb notify drop N      the next N messages are not announced
 *	usb notify twice N     ... are announced twice
 *	usb oversize N         the next N aggregates burst the host's buffer
 *	usb aggregate MS       packets wait for company; 0: for one turn of the loop
 *	usb unplug             the cable is pulled; the module keeps its power
 *	usb cut                the same, in the middle of whatever goes on
 *	usb plug [PORT]        the cable is back, there or where it was
 *	usb status             counters, as JSON
 *
 * PIPE is control, response, notify, in or out.
 */
#ifndef PDNMUX_MODEM_FRONT_USB_H
#define PDNMUX_MODEM_FRONT_USB_H

#include "tests/modem/modem.h"
#include "tests/modem/usb_desc.h"
#include "tests/modem/vhci.h"

struct event_base;
struct front_usb;

/*
 * front_usb_new - adds the front to a modem and plugs it in if the modem is present.
 *
 * m    its mode says whether this is a QMI or an MBIM module; its usb_interface must be
 *      USB_CONTROL_INTERFACE, its max_protocol and max_size what the model has.
 * bus  borrowed.  Where the bus has no room yet, plugging in is tried again for a
 *      while; an error is logged.
 *
 * Never NULL.
 */
struct front_usb *front_usb_new(struct modem *m, struct event_base *base,
    const struct usb_model *model, const struct usb_bus_ops *ops, void *bus);
/* Before the modem is freed.  NULL is fine. */
void front_usb_free(struct front_usb *f);

#endif
