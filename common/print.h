/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any frame as text, from the tables; secret and personal values masked.
 */
#ifndef PDNMUX_COMMON_PRINT_H
#define PDNMUX_COMMON_PRINT_H

#include <stddef.h>
#include <stdint.h>

/*
 * print_qmi - one QMUX frame as one line.
 *
 * "WDS/4 req 3 START_NETWORK APN=internet PASSWORD=*** IP_FAMILY=4".  Unknown
 * messages and TLVs show as numbers and hex; a broken frame says so.  Always
 * terminates buf.  Returns the length of the text, cut to size - 1.
 */
size_t print_qmi(char *buf, size_t size, const uint8_t *frame, size_t frame_len);

/* Hex bytes separated by spaces, "..." when cut.  Returns the text's length. */
size_t print_hex(char *buf, size_t size, const uint8_t *bytes, size_t len);

#endif
