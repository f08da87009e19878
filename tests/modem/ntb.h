/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NCM transfer blocks with MBIM signatures: many IP datagrams of many sessions in one
 * USB transfer, 16 and 32 bit forms, both ways.
 *
 * A block is a header (NTH), datagrams, and tables (NDP) that say where the datagrams
 * of one session lie.  Tables may stand anywhere and are found by offset only, so a
 * reader must not expect an order; our writer puts them last, one per session in order
 * of first use.  Source: reference/mbim.md 4.1 - 4.4, kernel.md 5.2.
 */
#ifndef PDNMUX_MODEM_NTB_H
#define PDNMUX_MODEM_NTB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cursor.h"

#define NTB_DATAGRAMS_MAX 64 /* in one block that we build */

/* What one direction agreed on (GET_NTB_PARAMETERS, SET_NTB_FORMAT). */
struct ntb_format {
	bool ntb32;             /* 32 bit tables; else 16 bit */
	uint32_t max_size;      /* bytes of a whole block */
	uint16_t max_datagrams; /* 0: no limit */
	uint16_t divisor;       /* a datagram starts at remainder modulo divisor */
	uint16_t remainder;
	uint16_t alignment; /* a table starts at a multiple of it */
};

/* What a reader met and left out. */
struct ntb_faults {
	unsigned bad_tables;    /* offset, length or signature makes no sense */
	unsigned bad_datagrams; /* outside the block, too short, or not IP */
	unsigned streams;       /* datagrams of device service streams (DSS) */
};

/* ip is borrowed for the call. */
typedef void ntb_datagram_fn(
    void *arg, uint8_t session_id, const uint8_t *ip, size_t len);

/*
 * ntb_parse - take one block apart.
 *
 * fn is called for each IP datagram in table order; what is broken is skipped and
 * counted in *ret_faults (added to).  Returns the number of datagrams delivered, or
 * -EPROTO when the header is not that of a block of this format, is larger than
 * max_size, or claims more than buf holds.
 */
int ntb_parse(const uint8_t *buf, size_t len, const struct ntb_format *format,
    ntb_datagram_fn *fn, void *arg, struct ntb_faults *ret_faults);

struct ntb_entry {
	uint8_t session_id;
	uint32_t index, len; /* bytes from the start of the block */
};

struct ntb_builder {
	struct ntb_format format;
	struct writer w;
	struct ntb_entry entries[NTB_DATAGRAMS_MAX];
	unsigned count;
};

/* Starts a block in buf (borrowed until ntb_end), numbered sequence. */
void ntb_begin(struct ntb_builder *b, uint8_t *buf, size_t cap,
    const struct ntb_format *format, uint16_t sequence);
/* Adds one datagram.  False: no room left; end this block and begin another. */
bool ntb_add(struct ntb_builder *b, uint8_t session_id, const uint8_t *ip, size_t len);
/* Writes the tables and seals the header.  The block's length, or -EMSGSIZE. */
int ntb_end(struct ntb_builder *b);

#endif
