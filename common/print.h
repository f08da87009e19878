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

/*
 * print_mbim - one MBIM message or fragment as one line.
 *
 *	BASIC_CONNECT set 5 CONNECT SESSION=1 ACTIVATE=1 APN=internet USER=*** ...
 *	BASIC_CONNECT done 5 CONNECT failed NOT_REGISTERED
 *	BASIC_CONNECT ind 0 CONNECT SESSION=1 STATE=3 ... CONTEXT_TYPE=internet
 *NW_ERROR=36 open 1 MAX_TRANSFER=4096 / function-error 2 NOT_OPENED fragment 1/2 of
 *command 5, 52 bytes
 *
 * Service, what it is, transaction id, command, status, then the fields in wire order.
 * An information buffer without rows, and a fragment, show their size only, since they
 * may hold anything; QMI inside MBIM is shown as print_qmi() does.  Otherwise as above.
 */
size_t print_mbim(char *buf, size_t size, const uint8_t *msg, size_t len);

/* Hex bytes separated by spaces, "..." when cut.  Returns the text's length. */
size_t print_hex(char *buf, size_t size, const uint8_t *bytes, size_t len);

#endif
