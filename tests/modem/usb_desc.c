/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/cursor.h"
#include "tests/modem/qmap.h"
#include "tests/modem/usb_desc.h"

#define VENDOR_QUECTEL 0x2c7c
#define MANUFACTURER "Quectel"
#define LANGUAGE_ENGLISH_US 0x0409
#define ENDPOINT_BULK 2
#define ENDPOINT_INTERRUPT 3

static const struct usb_model models[] = {
    {.name = "ec25",
	.product = 0x0125,
	.release = 0x0318,
	.product_name = "EC25-EU",
	.max_protocol = QMAP_PROTOCOL_V1,
	.max_size = 4096},
    {.name = "rm500q",
	.product = 0x0800,
	.release = 0x0414,
	.product_name = "RM500Q-GL",
	.super_speed = true,
	.max_protocol = QMAP_PROTOCOL_V5,
	.max_size = 31744},
};

const struct usb_model *
usb_model_find(const char *name)
{
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (strcasecmp(models[i].name, name) == 0)
			return &models[i];
	return NULL;
}

const char *
usb_model_names(void)
{
	return "ec25|rm500q";
}

static void
write_device(struct writer *w, const struct usb_model *m, enum modem_mode mode)
{
	writer_u8(w, 18);
	writer_u8(w, USB_DESC_DEVICE);
	writer_u16le(w, m->super_speed ? 0x0320 : 0x0200);
	/* a function of several interfaces must be announced (IAD) */
	if (mode == MODEM_MODE_MBIM)
		writer_bytes(w, "\xef\x02\x01", 3);
	else
		writer_zero(w, 3);
	writer_u8(w, m->super_speed ? 9 : 64); /* of endpoint 0; SS: a power of two */
	writer_u16le(w, VENDOR_QUECTEL);
	writer_u16le(w, m->product);
	writer_u16le(w, m->release);
	writer_u8(w, 1);
	writer_u8(w, 2);
	writer_u8(w, 3);
	writer_u8(w, 1); /* configurations */
}

static void
write_interface(struct writer *w, uint8_t number, uint8_t alternate, uint8_t endpoints,
    const uint8_t class_triple[3])
{
	writer_u8(w, 9);
	writer_u8(w, 4);
	writer_u8(w, number);
	writer_u8(w, alternate);
	writer_u8(w, endpoints);
	writer_bytes(w, class_triple, 3);
	writer_u8(w, 0);
}

static void
write_endpoint(struct writer *w, const struct usb_model *m, uint8_t address,
    uint8_t type, uint16_t size)
{
	bool is_bulk = type == ENDPOINT_BULK;

	writer_u8(w, 7);
	writer_u8(w, 5);
	writer_u8(w, address);
	writer_u8(w, type);
	writer_u16le(w, size);
	writer_u8(w, is_bulk ? 0 : 9);
	if (!m->super_speed)
		return;
	writer_u8(w, 6); /* companion */
	writer_u8(w, 0x30);
	writer_u8(w, is_bulk ? 8 : 0); /* burst */
	writer_u8(w, 0);
	writer_u16le(w, is_bulk ? 0 : size); /* bytes per interval */
}

static void
write_bulk_pair(struct writer *w, const struct usb_model *m, uint8_t in, uint8_t out)
{
	uint16_t size = m->super_speed ? 1024 : 512;

	write_endpoint(w, m, in, ENDPOINT_BULK, size);
	write_endpoint(w, m, out, ENDPOINT_BULK, size);
}

static void
write_serial(struct writer *w, const struct usb_model *m)
{
	static const uint8_t diag[] = {0xff, 0xff, 0xff}, modem[] = {0xff, 0, 0};
	static const uint8_t cdc[] = {0x05, 0x24, 0x00, 0x10, 0x01, 0x05, 0x24, 0x01,
	    0x00, 0x00, 0x04, 0x24, 0x02, 0x02, 0x05, 0x24, 0x06, 0x00, 0x00};

	write_interface(w, 0, 0, 2, diag);
	write_bulk_pair(w, m, 0x81, 0x01);
	for (uint8_t i = 1; i < USB_CONTROL_INTERFACE; i++) {
		write_interface(w, i, 0, 3, modem);
		writer_bytes(w, cdc, sizeof(cdc));
		write_endpoint(w, m, (uint8_t)(0x81 + 2 * i), ENDPOINT_INTERRUPT, 10);
		write_bulk_pair(w, m, (uint8_t)(0x80 + 2 * i), (uint8_t)(1 + i));
	}
}

static void
write_qmi(struct writer *w, const struct usb_model *m)
{
	static const uint8_t vendor[] = {0xff, 0xff, 0xff};

	write_interface(w, USB_CONTROL_INTERFACE, 0, 3, vendor);
	write_endpoint(w, m, USB_ENDPOINT_NOTIFY, ENDPOINT_INTERRUPT, 8);
	write_bulk_pair(w, m, USB_ENDPOINT_IN_QMI, USB_ENDPOINT_OUT);
}

static void
write_mbim(struct writer *w, const struct usb_model *m)
{
	static const uint8_t control[] = {0x02, 0x0e, 0x00},
			     data[] = {0x0a, 0x00, 0x02};
	static const uint8_t association[] = {
	    0x08, 0x0b, USB_CONTROL_INTERFACE, 2, 0x02, 0x0e, 0x00, 0x00};
	static const uint8_t functional[] = {0x05, 0x24, 0x00, 0x10,
	    0x01,                                                        /* CDC 1.10 */
	    0x05, 0x24, 0x06, USB_CONTROL_INTERFACE, USB_DATA_INTERFACE, /* union */
	    /* MBIM 1.0: control transfers of 4096 bytes, 32 filters of 128 bytes,
	     * segments of 2048; maximum datagram size and NTB input of 8 bytes */
	    0x0c, 0x24, 0x1b, 0x00, 0x01, USB_CONTROL_TRANSFER_MAX & 0xff,
	    USB_CONTROL_TRANSFER_MAX >> 8, 0x20, 0x80, 0x00, 0x08, 0x28,
	    /* extended: 64 commands outstanding, MTU 1500 */
	    0x08, 0x24, 0x1c, 0x00, 0x01, 0x40, 0xdc, 0x05};

	writer_bytes(w, association, sizeof(association));
	write_interface(w, USB_CONTROL_INTERFACE, 0, 1, control);
	writer_bytes(w, functional, sizeof(functional));
	write_endpoint(w, m, USB_ENDPOINT_NOTIFY, ENDPOINT_INTERRUPT, 16);
	write_interface(w, USB_DATA_INTERFACE, 0, 0, data);
	write_interface(w, USB_DATA_INTERFACE, 1, 2, data);
	write_bulk_pair(w, m, USB_ENDPOINT_IN_MBIM, USB_ENDPOINT_OUT);
}

static void
write_configuration(struct writer *w, const struct usb_model *m, enum modem_mode mode)
{
	writer_u8(w, 9);
	writer_u8(w, USB_DESC_CONFIGURATION);
	size_t total = writer_mark(w, 2);
	writer_u8(w, mode == MODEM_MODE_MBIM ? 6 : 5); /* interfaces */
	writer_u8(w, 1);
	writer_u8(w, 0);
	writer_u8(w, 0xa0);                         /* remote wakeup */
	writer_u8(w, m->super_speed ? 0x70 : 0xfa); /* power: SS counts in 8 mA */
	write_serial(w, m);
	if (mode == MODEM_MODE_MBIM)
		write_mbim(w, m);
	else
		write_qmi(w, m);
	writer_fill_u16le(w, total, (uint16_t)w->len);
}

static void
write_string(struct writer *w, const char *text)
{
	size_t len = strlen(text);

	writer_u8(w, (uint8_t)(2 + 2 * len));
	writer_u8(w, USB_DESC_STRING);
	for (size_t i = 0; i < len; i++)
		writer_u16le(w, (uint8_t)text[i]);
}

static int
write_string_at(
    struct writer *w, const struct usb_model *m, const char *serial, unsigned index)
{
	switch (index) {
	case 0:
		writer_u8(w, 4);
		writer_u8(w, USB_DESC_STRING);
		writer_u16le(w, LANGUAGE_ENGLISH_US);
		return 0;
	case 1: write_string(w, MANUFACTURER); return 0;
	case 2: write_string(w, m->product_name); return 0;
	case 3: write_string(w, serial); return 0;
	default: return -ENOENT;
	}
}

static int
write_bos(struct writer *w, const struct usb_model *m)
{
	/* USB 2.0 extension, and the super-speed capability: all speeds, U1 and U2 */
	static const uint8_t bos[] = {0x05, 0x0f, 0x16, 0x00, 0x02, 0x07, 0x10, 0x02,
	    0x02, 0x00, 0x00, 0x00, 0x0a, 0x10, 0x03, 0x00, 0x0e, 0x00, 0x01, 0x0a,
	    0xff, 0x07};

	if (!m->super_speed)
		return -ENOENT;
	writer_bytes(w, bos, sizeof(bos));
	return 0;
}

int
usb_desc_write(const struct usb_model *model, enum modem_mode mode, const char *serial,
    unsigned type, unsigned index, uint8_t *ret, size_t size)
{
	struct writer w;
	int r = 0;

	writer_init(&w, ret, size);
	if (type == USB_DESC_DEVICE && index == 0)
		write_device(&w, model, mode);
	else if (type == USB_DESC_CONFIGURATION && index == 0)
		write_configuration(&w, model, mode);
	else if (type == USB_DESC_STRING)
		r = write_string_at(&w, model, serial, index);
	else if (type == USB_DESC_BOS && index == 0)
		r = write_bos(&w, model);
	else
		r = -ENOENT;
	if (r < 0)
		return r;
	return writer_ok(&w) ? (int)w.len : -EMSGSIZE;
}
