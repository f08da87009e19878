/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes from a host as a QMAP aggregate of each version.
 *
 * Laws: nothing is read or written out of bounds (the sanitizers' business); packets
 * delivered are IP and lie in the aggregate; what was read, built again in v1, reads as
 * the same packets, and in v5 as packets of the same lengths (downlink's "found right"
 * reads as uplink's "compute", and there is more than one way to write a zero).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/modem/qmap.h"

struct again {
	struct qmap_builder builder;
	uint8_t *buf;
	bool lengths_only;
	int packets;
	uint64_t digest; /* of mux ids and packets in order */
};

static void
law(bool holds)
{
	if (!holds)
		abort();
}

static void
digest(uint64_t *d, uint8_t byte)
{
	*d = (*d ^ byte) * 0x100000001b3u; /* FNV-1a */
}

static void
digest_packet(struct again *a, uint8_t mux_id, const uint8_t *ip, size_t len)
{
	digest(&a->digest, mux_id);
	digest(&a->digest, (uint8_t)len);
	digest(&a->digest, (uint8_t)(len >> 8));
	for (size_t i = 0; i < len && !a->lengths_only; i++)
		digest(&a->digest, ip[i]);
	a->packets++;
}

static void
build_cb(void *arg, uint8_t mux_id, const uint8_t *ip, size_t len)
{
	struct again *a = arg;

	law(len >= 20 && (ip[0] >> 4 == 4 || ip[0] >> 4 == 6));
	/* a length that leaves no room for padding cannot be said again */
	if (qmap_add(&a->builder, mux_id, ip, len))
		digest_packet(a, mux_id, ip, len);
}

static void
compare_cb(void *arg, uint8_t mux_id, const uint8_t *ip, size_t len)
{
	digest_packet(arg, mux_id, ip, len);
}

static void
read_and_build(const uint8_t *data, size_t size, enum qmap_protocol in,
    const struct qmap_format *out)
{
	const struct qmap_format format = {.protocol = in};
	size_t cap = size * 2 + 64; /* a frame of 24 bytes grows by at most 10 */
	uint8_t *copy = malloc(size ? size : 1), *buf = malloc(cap);
	struct again first = {.lengths_only = out->protocol == QMAP_PROTOCOL_V5};
	struct again second = first;
	struct qmap_faults faults = {0};

	law(copy && buf);
	memcpy(copy, data, size);
	qmap_begin(&first.builder, buf, cap, out);
	int n = qmap_parse(copy, size, &format, build_cb, &first, &faults);
	law(n >= first.packets);
	if (out->protocol != QMAP_PROTOCOL_V4) {
		memset(&faults, 0, sizeof(faults));
		n = qmap_parse(
		    buf, qmap_len(&first.builder), out, compare_cb, &second, &faults);
		law(n == first.packets && second.digest == first.digest);
		law(faults.bad_frames + faults.bad_packets + faults.commands == 0);
	}
	free(copy);
	free(buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum qmap_protocol protocols[] = {
	    QMAP_PROTOCOL_V1, QMAP_PROTOCOL_V4, QMAP_PROTOCOL_V5};

	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < 3; j++) {
			struct qmap_format out = {.protocol = protocols[j]};
			read_and_build(data, size, protocols[i], &out);
		}
	return 0;
}
