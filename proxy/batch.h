/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers that were read together and go to the same connection leave together.
 *
 * A write for each would be most of what they cost.  They lie one behind the other
 * where they were read, so a batch is the place of the first and the length of all;
 * nothing is copied.  Each is still whole in one write (proxies.md C2).
 */
#ifndef PDNMUX_PROXY_BATCH_H
#define PDNMUX_PROXY_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes; a stream socket takes as much in one piece or not at all (proxies.md C2). */
#define BATCH_MAX 16384

struct batch {
	uint32_t dest;
	const uint8_t *bytes; /* borrowed from a framer until the read is dealt with */
	size_t len;           /* 0: there is none */
};

/* Puts msg at the end of b; false when it must leave first. */
static inline bool
batch_add(struct batch *b, uint32_t dest, const uint8_t *msg, size_t len)
{
	if (b->len == 0)
		*b = (struct batch){.dest = dest, .bytes = msg};
	else if (b->dest != dest || b->bytes + b->len != msg ||
		 b->len + len > BATCH_MAX)
		return false;
	b->len += len;
	return true;
}

#endif
