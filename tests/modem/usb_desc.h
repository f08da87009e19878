/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Modules by name, and the descriptors they show a host.
 *
 * Interfaces 0 to 3 are the serial ports of every Quectel module; 4 is QMI, or 4 and 5
 * are MBIM, as AT+QCFG="usbnet" has it.  Source: reference/kernel.md 7.4 and 7.5.
 */
#ifndef PDNMUX_MODEM_USB_DESC_H
#define PDNMUX_MODEM_USB_DESC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/modem/modem.h"

#define USB_DESC_MAX 512 /* bytes of a whole configuration of ours */

#define USB_CONTROL_INTERFACE 4 /* QMI, or MBIM's control */
#define USB_DATA_INTERFACE 5    /* MBIM only */
#define USB_CONTROL_TRANSFER_MAX 4096

/* Endpoint addresses of the interfaces above. */
#define USB_ENDPOINT_NOTIFY 0x89
#define USB_ENDPOINT_IN_QMI 0x88
#define USB_ENDPOINT_IN_MBIM 0x8e
#define USB_ENDPOINT_OUT 0x05

struct usb_model {
	const char *name; /* "ec25" */
	uint16_t product;
	uint16_t release; /* bcdDevice */
	const char *product_name;
	bool super_speed;
	uint32_t max_protocol; /* best QMAP version, as WDA numbers them */
	uint32_t max_size;     /* bytes of the largest downlink aggregate */
};

/* NULL: no such model.  Names as users write them, case ignored. */
const struct usb_model *usb_model_find(const char *name);
/* All names, separated by '|', for a usage line. */
const char *usb_model_names(void);

/* Descriptor types, as GET_DESCRIPTOR has them in the high byte of wValue. */
enum usb_desc_type {
	USB_DESC_DEVICE = 1,
	USB_DESC_CONFIGURATION = 2,
	USB_DESC_STRING = 3,
	USB_DESC_BOS = 15,
};

/*
 * usb_desc_write - one descriptor as a host reads it.
 *
 * index   of a string: 0 languages, 1 manufacturer, 2 product, 3 serial.
 * serial  ASCII.
 *
 * Returns its length, or -ENOENT when the module has none such, or -EMSGSIZE.
 */
int usb_desc_write(const struct usb_model *model, enum modem_mode mode,
    const char *serial, unsigned type, unsigned index, uint8_t *ret, size_t size);

#endif
