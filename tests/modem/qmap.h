/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QMAP: many IP packets of many PDNs in one USB transfer, as the module sees it.
 *
 * Each packet is a frame: a 4-byte header with mux id and length, the packet, padding.
 * v4 and v5 add what is needed to leave TCP and UDP checksums to the module: in the
 * uplink the host may ask for a checksum to be computed, in the downlink the module
 * says whether it found it right.  Source: reference/kernel.md 3.5.
 */
#ifndef PDNMUX_MODEM_QMAP_H
#define PDNMUX_MODEM_QMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cursor.h"

/* Versions by the number WDA has for them (reference/qmi.md 2.3). */
enum qmap_protocol {
	QMAP_PROTOCOL_V1 = 5,
	QMAP_PROTOCOL_V4 = 8,
	QMAP_PROTOCOL_V5 = 9,
};

#define QMAP_HDR_LEN 4
#define QMAP_FRAME_MAX 65535 /* bytes of packet and padding */

/* What WDA granted for one direction. */
struct qmap_format {
	enum qmap_protocol protocol;
	uint32_t max_datagrams; /* frames of one aggregate; 0: no limit */
	uint32_t max_size;      /* bytes of one aggregate; 0: no limit */
	uint32_t padding;       /* bytes behind each downlink packet, at least */
};

/* What a reader met and left out. */
struct qmap_faults {
	unsigned commands;   /* command frames; a module without flow control ignores */
	unsigned bad_frames; /* broken framing; the rest of the aggregate is lost */
	unsigned bad_packets; /* no IP in it, or a checksum that cannot be computed */
	unsigned surplus;     /* frames beyond max_datagrams */
};

/* ip is borrowed for the call. */
typedef void qmap_packet_fn(void *arg, uint8_t mux_id, const uint8_t *ip, size_t len);

/*
 * qmap_parse - take one uplink aggregate apart.
 *
 * buf  one whole transfer; checksums that the host left to the module are written
 *      into it.
 * fn   is called for each IP packet in order; what is broken is skipped and counted
 *      in *ret_faults (added to).
 *
 * A header without packet whose bytes are all zero ends an aggregate (some hosts fill
 * up with zeros).  Returns the number of packets delivered, or -EMSGSIZE when the
 * aggregate is larger than max_size: then nothing of it is.
 */
int qmap_parse(uint8_t *buf, size_t len, const struct qmap_format *format,
    qmap_packet_fn *fn, void *arg, struct qmap_faults *ret_faults);

struct qmap_builder {
	struct qmap_format format;
	struct writer w;
	unsigned count; /* frames */
};

/* Starts a downlink aggregate in buf (borrowed until it was sent). */
void qmap_begin(
    struct qmap_builder *b, uint8_t *buf, size_t cap, const struct qmap_format *format);
/*
 * Adds one packet.  False: it does not fit, nothing was written; send what there is
 * and begin another.  A packet refused by an empty aggregate fits in none.
 */
bool qmap_add(struct qmap_builder *b, uint8_t mux_id, const uint8_t *ip, size_t len);
/* Bytes of the aggregate so far. */
size_t qmap_len(const struct qmap_builder *b);

#endif
