/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What we know about modems by their USB ids: name, QMI interface, QMAP, sizes.
 *
 * The driver binding decides whether and how we talk to a modem; the table only adds
 * what the driver cannot say.  Source: reference/kernel.md 1.3, 1.4, 4.1.
 */
#ifndef PDNMUX_CLIENT_MODEM_TABLE_H
#define PDNMUX_CLIENT_MODEM_TABLE_H

#include <stdint.h>

#define MODEM_IFACE_ANY 0xff

struct modem_row {
	uint16_t vid;
	uint16_t pid;
	uint8_t iface; /* the QMI interface; MODEM_IFACE_ANY: as the driver found it */
	uint8_t qmap;  /* best QMAP version: 0 none, 1, 5 */
	uint32_t dl_size; /* bytes of a downlink aggregate; 0: no aggregation */
	const char *model;
};

/* NULL for what we have not met. */
const struct modem_row *modem_table_find(uint16_t vid, uint16_t pid);
/* Row by number, NULL after the last: for tests and lists. */
const struct modem_row *modem_table_row(unsigned n);

#endif
