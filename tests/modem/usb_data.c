/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmem.h"
#include "tests/modem/ntb.h"
#include "tests/modem/qmap.h"
#include "tests/modem/usb_data.h"
#include "tests/modem/usb_device.h"
#include "tests/modem/usb_ether.h"

#define QUEUE_MAX (1u << 20) /* bytes of packets that wait for the host */
#define LINK_ETHERNET 1      /* WDA's number for 802.3 */

struct packet {
	TAILQ_ENTRY(packet) next;
	uint8_t link;
	bool framed; /* an Ethernet frame already */
	size_t len;
	uint8_t bytes[];
};

struct usb_data {
	struct modem *modem;
	const struct usb_device *device;
	struct usb_ether ether;
	TAILQ_HEAD(, packet) packets;
	size_t queued;     /* bytes */
	uint16_t sequence; /* of the next NTB */
	struct usb_data_counters counters;
};

struct usb_data *
usb_data_new(struct modem *m, const struct usb_device *device)
{
	struct usb_data *d = xcalloc(1, sizeof(*d));

	d->modem = m;
	d->device = device;
	TAILQ_INIT(&d->packets);
	return d;
}

void
usb_data_free(struct usb_data *d)
{
	usb_data_clear(d);
	free(d);
}

static void
drop_first(struct usb_data *d)
{
	struct packet *p = TAILQ_FIRST(&d->packets);

	TAILQ_REMOVE(&d->packets, p, next);
	d->queued -= p->len;
	free(p);
}

void
usb_data_clear(struct usb_data *d)
{
	while (usb_data_pending(d))
		drop_first(d);
	d->sequence = 0;
	d->ether = (struct usb_ether){0};
}

bool
usb_data_pending(const struct usb_data *d)
{
	return !TAILQ_EMPTY(&d->packets);
}

const struct usb_data_counters *
usb_data_counters(const struct usb_data *d)
{
	return &d->counters;
}

static void
enqueue(struct usb_data *d, uint8_t link, bool framed, const uint8_t *bytes, size_t len)
{
	struct packet *p;

	if (d->queued + len > QUEUE_MAX || !(p = malloc(sizeof(*p) + len))) {
		d->counters.dropped++;
		return;
	}
	p->link = link;
	p->framed = framed;
	p->len = len;
	memcpy(p->bytes, bytes, len);
	d->queued += len;
	TAILQ_INSERT_TAIL(&d->packets, p, next);
}

void
usb_data_downlink(struct usb_data *d, uint8_t link, const uint8_t *ip, size_t len)
{
	enqueue(d, link, false, ip, len);
}

/* uplink -------------------------------------------------------------------------- */

static void
up(void *arg, uint8_t link, const uint8_t *ip, size_t len)
{
	struct usb_data *d = arg;

	d->counters.up_packets++;
	modem_uplink(d->modem, link, ip, len);
}

static void
count_bad(struct usb_data *d, unsigned n)
{
	modem_counters(d->modem)->bad_frames += n;
}

static void
up_ntb(struct usb_data *d, const uint8_t *bytes, size_t len)
{
	struct ntb_format format = usb_device_ntb_up(d->device);
	struct ntb_faults faults = {0};

	if (ntb_parse(bytes, len, &format, up, d, &faults) < 0)
		count_bad(d, 1);
	count_bad(d, faults.bad_tables + faults.bad_datagrams);
}

static void
up_qmap(struct usb_data *d, const struct modem_format *f, uint8_t *bytes, size_t len)
{
	struct qmap_format format = {.protocol = (enum qmap_protocol)f->protocol,
	    .max_datagrams = f->up_datagrams,
	    .max_size = f->up_size};
	struct qmap_faults faults = {0};

	if (qmap_parse(bytes, len, &format, up, d, &faults) < 0)
		count_bad(d, 1);
	count_bad(d, faults.bad_frames + faults.bad_packets + faults.surplus);
	d->counters.commands += faults.commands;
}

static void
up_ethernet(struct usb_data *d, const uint8_t *bytes, size_t len)
{
	uint8_t reply[ETHER_REPLY_MAX];
	const uint8_t *ip;
	size_t n;

	switch (ether_take(&d->ether, bytes, len, &ip, reply, &n)) {
	case ETHER_IP: up(d, 0, ip, n); break;
	case ETHER_REPLY: enqueue(d, 0, true, reply, n); break;
	case ETHER_IGNORE: break;
	case ETHER_BAD: count_bad(d, 1); break;
	}
}

static void
up_raw(struct usb_data *d, const uint8_t *bytes, size_t len)
{
	uint8_t version = len > 0 ? bytes[0] >> 4 : 0;

	if (version == 4 || version == 6)
		up(d, 0, bytes, len);
	else
		count_bad(d, 1);
}

void
usb_data_uplink(struct usb_data *d, uint8_t *bytes, size_t len)
{
	const struct modem_format *f = modem_format(d->modem);

	if (len == 0)
		return;
	d->counters.up_transfers++;
	if (d->device->mode == MODEM_MODE_MBIM)
		up_ntb(d, bytes, len);
	else if (f->protocol != 0)
		up_qmap(d, f, bytes, len);
	else if (f->link == LINK_ETHERNET)
		up_ethernet(d, bytes, len);
	else
		up_raw(d, bytes, len);
}

/* downlink ------------------------------------------------------------------------ */

/* The first packet fits in no transfer of this format. */
static void
drop_unfit(struct usb_data *d)
{
	d->counters.unfit++;
	drop_first(d);
}

static size_t
next_ntb(struct usb_data *d, uint8_t *ret)
{
	struct ntb_format format = usb_device_ntb_down(d->device);
	struct ntb_builder b;
	struct packet *p;

	ntb_begin(&b, ret, USB_DATA_TRANSFER_MAX, &format, d->sequence);
	while ((p = TAILQ_FIRST(&d->packets)) && ntb_add(&b, p->link, p->bytes, p->len))
		drop_first(d);
	if (b.count == 0)
		return 0;
	d->sequence++;
	d->counters.down_packets += b.count;
	int len = ntb_end(&b);
	return len > 0 ? (size_t)len : 0;
}

static size_t
next_qmap(struct usb_data *d, const struct modem_format *f, uint8_t *ret)
{
	struct qmap_format format = {.protocol = (enum qmap_protocol)f->protocol,
	    .max_datagrams = f->down_datagrams,
	    .max_size = f->down_size,
	    .padding = f->down_padding};
	struct qmap_builder b;
	struct packet *p;

	qmap_begin(&b, ret, USB_DATA_TRANSFER_MAX, &format);
	while ((p = TAILQ_FIRST(&d->packets)) && !p->framed &&
	       qmap_add(&b, p->link, p->bytes, p->len))
		drop_first(d);
	d->counters.down_packets += b.count;
	return qmap_len(&b);
}

/* Formats without multiplexing: one packet of link 0 a transfer. */
static size_t
next_single(struct usb_data *d, const struct modem_format *f, uint8_t *ret)
{
	const struct packet *p = TAILQ_FIRST(&d->packets);
	size_t len = 0;

	if (p->link != 0 || p->len > USB_DATA_TRANSFER_MAX)
		return 0;
	if (f->link == LINK_ETHERNET && !p->framed) {
		len = ether_build(
		    &d->ether, p->bytes, p->len, ret, USB_DATA_TRANSFER_MAX);
	} else if (f->link == LINK_ETHERNET || !p->framed) {
		memcpy(ret, p->bytes, p->len);
		len = p->len;
	}
	if (len == 0)
		return 0;
	d->counters.down_packets++;
	drop_first(d);
	return len;
}

size_t
usb_data_next(struct usb_data *d, uint8_t *ret)
{
	while (usb_data_pending(d)) {
		const struct modem_format *f = modem_format(d->modem);
		size_t len;
		if (d->device->mode == MODEM_MODE_MBIM)
			len = next_ntb(d, ret);
		else if (f->protocol != 0)
			len = next_qmap(d, f, ret);
		else
			len = next_single(d, f, ret);
		if (len > 0) {
			d->counters.down_transfers++;
			return len;
		}
		drop_unfit(d);
	}
	return 0;
}
