/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Typed get and put of one table row.  Only here does U32 differ from IP4_LE.
 *
 * A get finds the row's TLV in msg, which must be of the row's service, message and
 * direction, checks its length by the row's type and converts once.  False: absent or
 * too short, and *ret is untouched.  A longer value than expected is read as its
 * prefix (reference/qmi.md 1.3).  A put appends the TLV to a builder.  A getter used
 * on a row of another type is a bug and aborts.
 */
#ifndef PDNMUX_COMMON_QMI_VALUE_H
#define PDNMUX_COMMON_QMI_VALUE_H

#include <netinet/in.h>

#include "common/qmi_table.h"

bool qmi_has(const struct qmi_msg *msg, enum qmi_row row);
bool qmi_get_u8(
    const struct qmi_msg *msg, enum qmi_row row, uint8_t *ret); /* U8, BOOL */
bool qmi_get_i8(const struct qmi_msg *msg, enum qmi_row row, int8_t *ret);
bool qmi_get_u16(const struct qmi_msg *msg, enum qmi_row row, uint16_t *ret);
bool qmi_get_i16(const struct qmi_msg *msg, enum qmi_row row, int16_t *ret);
bool qmi_get_u32(const struct qmi_msg *msg, enum qmi_row row, uint32_t *ret);
bool qmi_get_i32(const struct qmi_msg *msg, enum qmi_row row, int32_t *ret);
bool qmi_get_u64(const struct qmi_msg *msg, enum qmi_row row, uint64_t *ret);
/*
 * STR: copied, cut to size - 1 and terminated; trailing NUL and white space are
 * trimmed, control characters become '?' (the modem's text is a stranger's).
 */
bool qmi_get_str(const struct qmi_msg *msg, enum qmi_row row, char *ret, size_t size);
bool qmi_get_ip4(const struct qmi_msg *msg, enum qmi_row row, struct in_addr *ret);
bool qmi_get_ip6(const struct qmi_msg *msg, enum qmi_row row, struct in6_addr *ret);
/* Any type: a cursor over the raw value, for composites. */
bool qmi_get_cursor(const struct qmi_msg *msg, enum qmi_row row, struct cursor *ret);

/*
 * Each appends one TLV.  Signed rows take their value converted to the unsigned type
 * of the same width.  What does not fit makes qmi_build_end() fail.
 */
void qmi_put_u8(struct qmi_builder *b, enum qmi_row row, uint8_t v);   /* U8 I8 BOOL */
void qmi_put_u16(struct qmi_builder *b, enum qmi_row row, uint16_t v); /* U16 I16 */
void qmi_put_u32(struct qmi_builder *b, enum qmi_row row, uint32_t v); /* U32 I32 */
void qmi_put_u64(struct qmi_builder *b, enum qmi_row row, uint64_t v);
void qmi_put_str(struct qmi_builder *b, enum qmi_row row, const char *s);
void qmi_put_ip4(struct qmi_builder *b, enum qmi_row row, struct in_addr v);
void qmi_put_ip6(struct qmi_builder *b, enum qmi_row row, const struct in6_addr *v);
void qmi_put_bytes(struct qmi_builder *b, enum qmi_row row, const void *p, size_t len);
/* A composite: write its fields, then qmi_build_tlv_end(b). */
struct writer *qmi_put_begin(struct qmi_builder *b, enum qmi_row row);

/*
 * Parts of a composite.  Addresses are in network order on our side.  A string is
 * copied and cleaned as qmi_get_str() does; a counted one longer than its count can
 * say overflows the writer.  A reader is false, and *ret untouched, when short.
 */
bool cursor_ip4le(struct cursor *c, struct in_addr *ret);
bool cursor_ip6(struct cursor *c, struct in6_addr *ret);
bool cursor_str8(struct cursor *c, char *ret, size_t size);
bool cursor_str16(struct cursor *c, char *ret, size_t size);
void writer_ip4le(struct writer *w, struct in_addr v);
void writer_ip6(struct writer *w, const struct in6_addr *v);
void writer_str8(struct writer *w, const char *s);
void writer_str16(struct writer *w, const char *s);

#endif
