/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data pipe of a module: bulk transfers on the host's side, IP packets of links on
 * the modem's.
 *
 * The format is what was negotiated and is asked for at each transfer: NTBs in MBIM
 * mode (struct usb_device knows which), else what WDA granted: QMAP, one raw IP packet,
 * or one Ethernet frame.  What breaks it is dropped and counted with the modem.
 */
#ifndef PDNMUX_MODEM_USB_DATA_H
#define PDNMUX_MODEM_USB_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/modem/modem.h"

struct usb_data;
struct usb_device;

#define USB_DATA_TRANSFER_MAX 65536 /* bytes of a downlink transfer we ever build */

struct usb_data_counters {
	uint64_t up_transfers, up_packets;
	uint64_t down_transfers, down_packets;
	uint64_t commands; /* QMAP commands of the host, ignored */
	uint64_t dropped;  /* downlink: no room in the queue */
	uint64_t unfit; /* downlink: too large, or of a link the format cannot name */
};

/* Both are borrowed and outlive it.  Never NULL. */
struct usb_data *usb_data_new(struct modem *m, const struct usb_device *device);
void usb_data_free(struct usb_data *d);
/* Forgets what waits and starts numbering anew, as when the host resets the pipe. */
void usb_data_clear(struct usb_data *d);
/* One bulk transfer of the host; may be written to. */
void usb_data_uplink(struct usb_data *d, uint8_t *bytes, size_t len);
/* Queues one packet for the host. */
void usb_data_downlink(struct usb_data *d, uint8_t link, const uint8_t *ip, size_t len);
bool usb_data_pending(const struct usb_data *d);
/*
 * usb_data_next - the next bulk transfer for the host, with all that fits.
 *
 * ret  USB_DATA_TRANSFER_MAX bytes.
 *
 * Returns its length; 0: nothing waits any more.
 */
size_t usb_data_next(struct usb_data *d, uint8_t *ret);
const struct usb_data_counters *usb_data_counters(const struct usb_data *d);

#endif
