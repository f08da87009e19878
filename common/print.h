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
 *	WDS/4 req 3 START_NETWORK APN=internet PASSWORD=*** IP_FAMILY=4
 *	WDS/4 rsp 3 START_NETWORK failed CALL_FAILED CALL_END_REASON=1013
 *	CTL/0 rsp 2 GET_VERSION_INFO ok SERVICES={[SERVICE=0 MAJOR=1 MINOR=5, ...]}
 *
 * Service and CID, direction, transaction id, message, result, then the TLVs in wire
 * order.  Unknown services, messages and TLVs show as numbers and hex, a value that is
 * too short for its type as "<short>".  A broken frame says so and shows no more than
 * its headers, since what follows may hold a password.  Always terminates buf.
 * Returns the length of the text, cut to size - 1.
 */
size_t print_qmi(char *buf, size_t size, const uint8_t *frame, size_t frame_len);

/* Hex bytes separated by spaces, "..." when cut.  Returns the text's length. */
size_t print_hex(char *buf, size_t size, const uint8_t *bytes, size_t len);

#endif
