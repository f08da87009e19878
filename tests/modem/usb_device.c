/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cursor.h"
#include "tests/modem/usb_device.h"

/* standard requests: direction and recipient in their type, then their numbers */
#define ON_DEVICE 0x00
#define ON_INTERFACE 0x01
#define ON_ENDPOINT 0x02
#define DIR_IN 0x80
#define GET_STATUS 0
#define CLEAR_FEATURE 1
#define SET_FEATURE 3
#define GET_DESCRIPTOR 6
#define GET_CONFIGURATION 8
#define SET_CONFIGURATION 9
#define GET_INTERFACE 10
#define SET_INTERFACE 11
#define SET_SEL 48
#define SET_ISOCH_DELAY 49
#define FEATURE_ENDPOINT_HALT 0

/* the network control model */
#define GET_NTB_PARAMETERS 0x80
#define GET_NTB_FORMAT 0x83
#define SET_NTB_FORMAT 0x84
#define GET_NTB_INPUT_SIZE 0x85
#define SET_NTB_INPUT_SIZE 0x86
#define GET_MAX_DATAGRAM_SIZE 0x87
#define SET_MAX_DATAGRAM_SIZE 0x88

#define NTB_SIZE 16384 /* bytes each way: more needs a further request of Linux */
#define NTB_SIZE_MIN 2048
#define NTB_DIVISOR 4
#define NTB_OUT_DATAGRAMS 16
#define DATAGRAM_MAX 2048
#define ENDPOINT_MASK 0x0f

void
usb_setup_parse(const uint8_t bytes[8], struct usb_setup *ret)
{
	ret->type = bytes[0];
	ret->request = bytes[1];
	ret->value = get_u16le(bytes + 2);
	ret->index = get_u16le(bytes + 4);
	ret->length = get_u16le(bytes + 6);
}

static void
reset_function(struct usb_device *d)
{
	d->data_alternate = 0;
	d->halted_in = d->halted_out = 0;
	d->ntb32 = false;
	d->ntb_in_size = NTB_SIZE;
	d->ntb_in_datagrams = 0;
	d->max_datagram = DATAGRAM_MAX;
}

void
usb_device_init(struct usb_device *d, const struct usb_model *model,
    enum modem_mode mode, const char *serial)
{
	*d = (struct usb_device){.model = model, .mode = mode};
	snprintf(d->serial, sizeof(d->serial), "%s", serial);
	usb_device_reset(d);
}

void
usb_device_reset(struct usb_device *d)
{
	d->configuration = 0;
	reset_function(d);
}

uint8_t
usb_device_endpoint_in(const struct usb_device *d)
{
	return d->mode == MODEM_MODE_MBIM ? USB_ENDPOINT_IN_MBIM : USB_ENDPOINT_IN_QMI;
}

bool
usb_device_halted(const struct usb_device *d, uint8_t endpoint)
{
	uint16_t bits = endpoint & DIR_IN ? d->halted_in : d->halted_out;

	return bits & 1u << (endpoint & ENDPOINT_MASK);
}

void
usb_device_halt(struct usb_device *d, uint8_t endpoint, bool halted)
{
	uint16_t *bits = endpoint & DIR_IN ? &d->halted_in : &d->halted_out;
	uint16_t bit = (uint16_t)(1u << (endpoint & ENDPOINT_MASK));

	*bits = (uint16_t)(halted ? *bits | bit : *bits & ~bit);
}

bool
usb_device_has_data(const struct usb_device *d)
{
	return d->configuration != 0 &&
	       (d->mode != MODEM_MODE_MBIM || d->data_alternate == 1);
}

struct ntb_format
usb_device_ntb_up(const struct usb_device *d)
{
	return (struct ntb_format){.ntb32 = d->ntb32,
	    .max_size = NTB_SIZE,
	    .max_datagrams = NTB_OUT_DATAGRAMS,
	    .divisor = NTB_DIVISOR,
	    .alignment = NTB_DIVISOR};
}

struct ntb_format
usb_device_ntb_down(const struct usb_device *d)
{
	return (struct ntb_format){.ntb32 = d->ntb32,
	    .max_size = d->ntb_in_size,
	    .max_datagrams = d->ntb_in_datagrams,
	    .divisor = NTB_DIVISOR,
	    .alignment = NTB_DIVISOR};
}

/* A number of n bytes as an answer. */
static int
answer(uint32_t value, size_t n, uint8_t *ret, size_t size)
{
	uint8_t bytes[4];

	put_u32le(bytes, value);
	if (n > size)
		n = size;
	memcpy(ret, bytes, n);
	return (int)n;
}

static int
set_configuration(struct usb_device *d, uint16_t value)
{
	if (value > 1)
		return -EPIPE;
	d->configuration = (uint8_t)value;
	reset_function(d);
	return 0;
}

static bool
is_mbim_data(const struct usb_device *d, uint16_t interface)
{
	return d->mode == MODEM_MODE_MBIM && interface == USB_DATA_INTERFACE;
}

/* Of the MBIM function, setting 0 resets it (mbim.md 4.8). */
static int
set_interface(struct usb_device *d, uint16_t interface, uint16_t alternate)
{
	if (d->configuration == 0 || interface > USB_DATA_INTERFACE)
		return -EPIPE;
	if (!is_mbim_data(d, interface))
		return alternate == 0 ? 0 : -EPIPE;
	if (alternate > 1)
		return -EPIPE;
	if (alternate == 0)
		reset_function(d);
	d->data_alternate = (uint8_t)alternate;
	usb_device_halt(d, USB_ENDPOINT_IN_MBIM, false);
	usb_device_halt(d, USB_ENDPOINT_OUT, false);
	return 0;
}

static int
get_descriptor(struct usb_device *d, uint16_t value, uint8_t *ret, size_t size)
{
	uint8_t bytes[USB_DESC_MAX];
	int len = usb_desc_write(d->model, d->mode, d->serial, value >> 8, value & 0xff,
	    bytes, sizeof(bytes));

	if (len < 0)
		return -EPIPE;
	if ((size_t)len > size)
		len = (int)size;
	memcpy(ret, bytes, (size_t)len);
	return len;
}

static int
feature(struct usb_device *d, const struct usb_setup *s)
{
	bool set = s->request == SET_FEATURE;

	if (s->type == ON_ENDPOINT) {
		if (s->value != FEATURE_ENDPOINT_HALT)
			return -EPIPE;
		usb_device_halt(d, (uint8_t)s->index, set);
	}
	return 0; /* wakeup and link states: nothing that we would do otherwise */
}

static int
standard(struct usb_device *d, const struct usb_setup *s, uint8_t *ret, size_t size)
{
	switch (s->type << 8 | s->request) {
	case (DIR_IN | ON_DEVICE) << 8 | GET_DESCRIPTOR:
		return get_descriptor(d, s->value, ret, size);
	case (DIR_IN | ON_DEVICE) << 8 | GET_STATUS:
	case (DIR_IN | ON_INTERFACE) << 8 | GET_STATUS: return answer(0, 2, ret, size);
	case (DIR_IN | ON_ENDPOINT) << 8 | GET_STATUS:
		return answer(usb_device_halted(d, (uint8_t)s->index), 2, ret, size);
	case (DIR_IN | ON_DEVICE) << 8 | GET_CONFIGURATION:
		return answer(d->configuration, 1, ret, size);
	case (DIR_IN | ON_INTERFACE) << 8 | GET_INTERFACE:
		return answer(
		    is_mbim_data(d, s->index) ? d->data_alternate : 0, 1, ret, size);
	case ON_DEVICE << 8 | SET_CONFIGURATION: return set_configuration(d, s->value);
	case ON_INTERFACE << 8 | SET_INTERFACE:
		return set_interface(d, s->index, s->value);
	case ON_DEVICE << 8 | SET_FEATURE:
	case ON_DEVICE << 8 | CLEAR_FEATURE:
	case ON_INTERFACE << 8 | SET_FEATURE:
	case ON_INTERFACE << 8 | CLEAR_FEATURE:
	case ON_ENDPOINT << 8 | SET_FEATURE:
	case ON_ENDPOINT << 8 | CLEAR_FEATURE: return feature(d, s);
	case ON_DEVICE << 8 | SET_SEL:
	case ON_DEVICE << 8 | SET_ISOCH_DELAY:
		return d->model->super_speed ? 0 : -EPIPE;
	default: return -EPIPE;
	}
}

static int
ntb_parameters(uint8_t *ret, size_t size)
{
	uint8_t bytes[28];
	struct writer w;

	writer_init(&w, bytes, sizeof(bytes));
	writer_u16le(&w, sizeof(bytes));
	writer_u16le(&w, 0x0003); /* 16 and 32 bit forms */
	writer_u32le(&w, NTB_SIZE);
	writer_u16le(&w, NTB_DIVISOR);
	writer_u16le(&w, 0); /* remainder */
	writer_u16le(&w, NTB_DIVISOR);
	writer_u16le(&w, 0);
	writer_u32le(&w, NTB_SIZE);
	writer_u16le(&w, NTB_DIVISOR);
	writer_u16le(&w, 0);
	writer_u16le(&w, NTB_DIVISOR);
	writer_u16le(&w, NTB_OUT_DATAGRAMS);
	if (size > w.len)
		size = w.len;
	memcpy(ret, bytes, size);
	return (int)size;
}

/* Four bytes of size, and of late four more with a number of datagrams. */
static int
set_ntb_input_size(struct usb_device *d, const uint8_t *data, size_t len)
{
	if (len != 4 && len != 8)
		return -EPIPE;
	uint32_t ntb_size = get_u32le(data);
	if (ntb_size < NTB_SIZE_MIN || ntb_size > NTB_SIZE)
		return -EPIPE;
	d->ntb_in_size = ntb_size;
	d->ntb_in_datagrams = len == 8 ? get_u16le(data + 4) : 0;
	return 0;
}

static int
set_ntb_format(struct usb_device *d, uint16_t value)
{
	if (value > 1 || d->data_alternate != 0)
		return -EPIPE; /* only while no data flows */
	d->ntb32 = value == 1;
	return 0;
}

static int
set_max_datagram(struct usb_device *d, const uint8_t *data, size_t len)
{
	if (len != 2 || get_u16le(data) > DATAGRAM_MAX)
		return -EPIPE;
	d->max_datagram = get_u16le(data);
	return 0;
}

static int
network_class(struct usb_device *d, const struct usb_setup *s, const uint8_t *data,
    size_t len, uint8_t *ret, size_t size)
{
	switch (s->type << 8 | s->request) {
	case USB_CLASS_IN << 8 | GET_NTB_PARAMETERS: return ntb_parameters(ret, size);
	case USB_CLASS_IN << 8 | GET_NTB_FORMAT: return answer(d->ntb32, 2, ret, size);
	case USB_CLASS_OUT << 8 | SET_NTB_FORMAT: return set_ntb_format(d, s->value);
	case USB_CLASS_IN << 8 | GET_NTB_INPUT_SIZE:
		return answer(d->ntb_in_size, 4, ret, size);
	case USB_CLASS_OUT << 8 | SET_NTB_INPUT_SIZE:
		return set_ntb_input_size(d, data, len);
	case USB_CLASS_IN << 8 | GET_MAX_DATAGRAM_SIZE:
		return answer(d->max_datagram, 2, ret, size);
	case USB_CLASS_OUT << 8 | SET_MAX_DATAGRAM_SIZE:
		return set_max_datagram(d, data, len);
	default: return -EPIPE; /* CRC among them: we said that we have none */
	}
}

int
usb_device_control(struct usb_device *d, const struct usb_setup *setup,
    const uint8_t *data, size_t len, uint8_t *ret, size_t size)
{
	if (size > setup->length)
		size = setup->length;
	if ((setup->type & USB_TYPE_MASK) == 0)
		return standard(d, setup, ret, size);
	if ((setup->type & USB_TYPE_MASK) == USB_TYPE_CLASS &&
	    d->mode == MODEM_MODE_MBIM && setup->index == USB_CONTROL_INTERFACE)
		return network_class(d, setup, data, len, ret, size);
	return -EPIPE;
}
