/* SPDX-License-Identifier: BSD-2-Clause */
/* The in-line TLVs of MBIMEx 3.0: text and tables (reference/mbim.md 1.9). */
#ifndef PDNMUX_MODEM_MBIM_TLV_H
#define PDNMUX_MODEM_MBIM_TLV_H

#include "common/cursor.h"

#define MBIM_TLV_WCHAR_STR 10
#define MBIM_TLV_UINT16_TBL 11

/* Appends text; "" or NULL makes one without data, as an absent string is sent. */
void mbim_tlv_write_string(struct writer *w, const char *utf8);
void mbim_tlv_write_u16s(struct writer *w, const uint16_t *values, size_t count);
/*
 * Reads the next TLV, which must hold text, as UTF-8.
 *
 * size   of ret in bytes; longer text is cut.
 * limit  bytes of UTF-16 that are allowed; *ret_too_long is set beyond it.
 *
 * False when it is broken or of another type.
 */
bool mbim_tlv_read_string(
    struct cursor *c, char *ret, size_t size, size_t limit, bool *ret_too_long);

#endif
