/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layouts (reference/kernel.md 3.5), numbers in network order:
 *
 *	     uplink                           downlink
 *	v1   hdr, IP, pad                     hdr, IP, pad
 *	v4   hdr, offload(4), IP, pad         hdr, IP, pad, trailer(8)
 *	v5   hdr, checksum hdr(4), IP, pad    hdr, checksum hdr(4), IP, pad
 *
 * The length in a header counts packet and padding and nothing else.
 */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>

#include "tests/modem/inet_checksum.h"
#include "tests/modem/qmap.h"

/* first byte of the header */
#define HDR_COMMAND 0x80
#define HDR_NEXT 0x40 /* v5: a checksum header follows */
#define HDR_PAD_MASK 0x3f

/* v4 uplink: second word of the offload header */
#define OFFLOAD_LEN 4
#define OFFLOAD_ENABLED 0x8000
#define OFFLOAD_UDP 0x4000
#define OFFLOAD_FIELD_MASK 0x3fff

/* v4 downlink */
#define TRAILER_LEN 8
#define TRAILER_VALID 0x01

/* v5 */
#define CHECKSUM_HDR_LEN 4
#define CHECKSUM_HDR_TYPE 0x04 /* type 2 in bits 7..1, no further header */
#define CHECKSUM_FLAG 0x80     /* uplink: compute; downlink: found right */

#define IP_HDR_MIN 20 /* bytes that no checksum of a transport lies in */
#define ALIGNMENT 4   /* frames of a module begin at multiples of it */

struct frame_hdr {
	uint8_t flags, mux_id;
	uint16_t len; /* packet and padding */
	uint8_t pad;
};

/* What the host wants to be computed. */
struct offload {
	bool wanted;
	uint16_t start, info; /* v4 only */
};

static bool
is_ip(const uint8_t *ip, size_t len)
{
	return (len >= 20 && ip[0] >> 4 == 4) || (len >= 40 && ip[0] >> 4 == 6);
}

static bool
read_hdr(struct cursor *c, struct frame_hdr *h)
{
	cursor_u8(c, &h->flags);
	cursor_u8(c, &h->mux_id);
	if (!cursor_u16be(c, &h->len))
		return false;
	h->pad = h->flags & HDR_PAD_MASK;
	return true;
}

/* Is a header of this kind one of that version? */
static bool
hdr_fits(const struct frame_hdr *h, enum qmap_protocol protocol)
{
	bool has_next = h->flags & HDR_NEXT;

	return has_next == (protocol == QMAP_PROTOCOL_V5) && h->len > h->pad;
}

static bool
read_offload(struct cursor *c, enum qmap_protocol protocol, struct offload *ret)
{
	uint8_t type, flags;

	*ret = (struct offload){0};
	switch (protocol) {
	case QMAP_PROTOCOL_V1: return true;
	case QMAP_PROTOCOL_V4:
		cursor_u16be(c, &ret->start);
		if (!cursor_u16be(c, &ret->info))
			return false;
		ret->wanted = ret->info & OFFLOAD_ENABLED;
		return true;
	case QMAP_PROTOCOL_V5:
		cursor_u8(c, &type);
		cursor_u8(c, &flags);
		if (!cursor_skip(c, CHECKSUM_HDR_LEN - 2) || type != CHECKSUM_HDR_TYPE)
			return false;
		ret->wanted = flags & CHECKSUM_FLAG;
		return true;
	}
	return false;
}

/*
 * v4: the host says where to sum and where to put it, and left the complement of the
 * pseudo header's sum there.  Summing is all that is done here, so a host that left
 * something else sends a wrong checksum, as with a real module.
 */
static bool
complete_v4(uint8_t *ip, size_t len, const struct offload *o)
{
	size_t field = (size_t)o->start + (o->info & OFFLOAD_FIELD_MASK);
	uint8_t *p = ip + field;

	if (o->start < IP_HDR_MIN || o->start >= len || field + 2 > len)
		return false;
	p[0] = (uint8_t)~p[0];
	p[1] = (uint8_t)~p[1];
	uint16_t checksum = (uint16_t)~inet_sum(ip + o->start, len - o->start, 0);
	if (checksum == 0 && (o->info & OFFLOAD_UDP))
		checksum = 0xffff;
	p[0] = (uint8_t)(checksum >> 8);
	p[1] = (uint8_t)checksum;
	return true;
}

/* v5: the host says no more than "compute it". */
static bool
complete_v5(uint8_t *ip, size_t len)
{
	struct inet_transport t;

	if (!inet_transport(ip, len, &t))
		return false;
	inet_transport_fill(ip, &t);
	return true;
}

static bool
complete(uint8_t *ip, size_t len, enum qmap_protocol protocol, const struct offload *o)
{
	if (!o->wanted)
		return true;
	return protocol == QMAP_PROTOCOL_V4 ? complete_v4(ip, len, o)
					    : complete_v5(ip, len);
}

enum frame_result { FRAME_PACKET, FRAME_SKIPPED, FRAME_END };

/* One frame; with FRAME_PACKET the packet is in *ret_ip of *ret_len bytes. */
static enum frame_result
read_frame(uint8_t *buf, struct cursor *c, const struct qmap_format *format,
    struct qmap_faults *faults, uint8_t *ret_mux_id, uint8_t **ret_ip, size_t *ret_len)
{
	const uint8_t *bytes;
	struct frame_hdr h;
	struct offload offload;

	if (!read_hdr(c, &h)) {
		faults->bad_frames++;
		return FRAME_END;
	}
	if (h.flags & HDR_COMMAND) {
		faults->commands++;
		return cursor_skip(c, h.len) ? FRAME_SKIPPED : FRAME_END;
	}
	if (h.flags == 0 && h.mux_id == 0 && h.len == 0)
		return FRAME_END;
	if (!hdr_fits(&h, format->protocol) ||
	    !read_offload(c, format->protocol, &offload) ||
	    !cursor_bytes(c, h.len, &bytes)) {
		faults->bad_frames++;
		return FRAME_END;
	}
	*ret_mux_id = h.mux_id;
	*ret_ip = buf + (bytes - buf);
	*ret_len = (size_t)(h.len - h.pad);
	if (is_ip(*ret_ip, *ret_len) &&
	    complete(*ret_ip, *ret_len, format->protocol, &offload))
		return FRAME_PACKET;
	faults->bad_packets++;
	return FRAME_SKIPPED;
}

int
qmap_parse(uint8_t *buf, size_t len, const struct qmap_format *format,
    qmap_packet_fn *fn, void *arg, struct qmap_faults *ret_faults)
{
	enum frame_result r = FRAME_SKIPPED;
	unsigned frames = 0;
	int delivered = 0;
	struct cursor c;
	uint8_t mux_id, *ip;
	size_t ip_len;

	if (format->max_size > 0 && len > format->max_size)
		return -EMSGSIZE;
	cursor_init(&c, buf, len);
	while (cursor_left(&c) > 0 && r != FRAME_END) {
		r = read_frame(buf, &c, format, ret_faults, &mux_id, &ip, &ip_len);
		if (r != FRAME_PACKET)
			continue;
		if (format->max_datagrams > 0 && frames++ >= format->max_datagrams) {
			ret_faults->surplus++;
			continue;
		}
		fn(arg, mux_id, ip, ip_len);
		delivered++;
	}
	return delivered;
}

void
qmap_begin(
    struct qmap_builder *b, uint8_t *buf, size_t cap, const struct qmap_format *format)
{
	size_t limit =
	    format->max_size > 0 && format->max_size < cap ? format->max_size : cap;

	b->format = *format;
	b->count = 0;
	writer_init(&b->w, buf, limit);
}

/* Padding behind a packet: what was agreed, then up to the alignment. */
static size_t
padding(const struct qmap_format *format, size_t len)
{
	size_t pad = format->padding < HDR_PAD_MASK - ALIGNMENT
			 ? format->padding
			 : HDR_PAD_MASK - ALIGNMENT;

	return pad + (ALIGNMENT - (len + pad) % ALIGNMENT) % ALIGNMENT;
}

static void
write_checksum_hdr(struct writer *w, const uint8_t *ip, size_t len)
{
	struct inet_transport t;
	bool is_valid = inet_transport(ip, len, &t) && inet_transport_valid(ip, &t);

	writer_u8(w, CHECKSUM_HDR_TYPE);
	writer_u8(w, is_valid ? CHECKSUM_FLAG : 0);
	writer_zero(w, CHECKSUM_HDR_LEN - 2);
}

/*
 * The checksum is that of the whole packet, IP header and all; the host takes the
 * header's part out and compares with the pseudo header's.
 */
static void
write_trailer(struct writer *w, const uint8_t *ip, size_t len)
{
	struct inet_transport t;
	bool has_sum = inet_transport(ip, len, &t);

	writer_u8(w, 0);
	writer_u8(w, has_sum ? TRAILER_VALID : 0);
	writer_u16be(w, 0); /* summed from the first byte */
	writer_u16be(w, has_sum ? (uint16_t)len : 0);
	writer_u16be(w, has_sum ? (uint16_t)~inet_sum(ip, len, 0) : 0);
}

bool
qmap_add(struct qmap_builder *b, uint8_t mux_id, const uint8_t *ip, size_t len)
{
	const enum qmap_protocol protocol = b->format.protocol;
	size_t pad = padding(&b->format, len);
	struct writer w = b->w; /* ours until it all fitted */

	if ((b->format.max_datagrams > 0 && b->count >= b->format.max_datagrams) ||
	    len + pad > QMAP_FRAME_MAX)
		return false;
	writer_u8(&w, (uint8_t)(pad | (protocol == QMAP_PROTOCOL_V5 ? HDR_NEXT : 0)));
	writer_u8(&w, mux_id);
	writer_u16be(&w, (uint16_t)(len + pad));
	if (protocol == QMAP_PROTOCOL_V5)
		write_checksum_hdr(&w, ip, len);
	writer_bytes(&w, ip, len);
	writer_zero(&w, pad);
	if (protocol == QMAP_PROTOCOL_V4)
		write_trailer(&w, ip, len);
	if (!writer_ok(&w))
		return false;
	b->w = w;
	b->count++;
	return true;
}

size_t
qmap_len(const struct qmap_builder *b)
{
	return b->w.len;
}
