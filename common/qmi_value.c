/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values in host order on one side, TLVs on the other.
 *
 * The type of a row is checked on every call, because reading a U16 row as U32 is the
 * kind of bug that works on the desk and fails in the field.  A peer cannot reach
 * that abort: rows are chosen by our code.
 */
#include "config.h"

#include <string.h>

#include "common/log.h"
#include "common/qmi_value.h"

static const struct qmi_tlv_row *
row_of(enum qmi_row row)
{
	if ((unsigned)row >= QMI_ROW_COUNT)
		fatal("qmi", "row %u is not in the table", (unsigned)row);
	return &qmi_tlv_rows[row];
}

static void
want_type(enum qmi_row row, uint64_t types)
{
	const struct qmi_tlv_row *r = row_of(row);

	if (!(types & (1ull << r->type)))
		fatal("qmi", "%s is not of the type it is used with", r->full_name);
}

#define T(type) (1ull << QMI_TYPE_##type)

bool
qmi_get_cursor(const struct qmi_msg *msg, enum qmi_row row, struct cursor *ret)
{
	const struct qmi_tlv_row *r = row_of(row);

	if (msg->service != r->service || msg->id != r->msg_id || msg->kind != r->kind)
		return false;
	return qmi_tlv_find(msg, r->tlv, ret);
}

bool
qmi_has(const struct qmi_msg *msg, enum qmi_row row)
{
	struct cursor c;

	return qmi_get_cursor(msg, row, &c);
}

bool
qmi_get_u8(const struct qmi_msg *msg, enum qmi_row row, uint8_t *ret)
{
	struct cursor c;

	want_type(row, T(U8) | T(BOOL));
	return qmi_get_cursor(msg, row, &c) && cursor_u8(&c, ret);
}

bool
qmi_get_i8(const struct qmi_msg *msg, enum qmi_row row, int8_t *ret)
{
	struct cursor c;
	uint8_t v;

	want_type(row, T(I8));
	if (!qmi_get_cursor(msg, row, &c) || !cursor_u8(&c, &v))
		return false;
	*ret = (int8_t)v;
	return true;
}

bool
qmi_get_u16(const struct qmi_msg *msg, enum qmi_row row, uint16_t *ret)
{
	struct cursor c;

	want_type(row, T(U16));
	return qmi_get_cursor(msg, row, &c) && cursor_u16le(&c, ret);
}

bool
qmi_get_i16(const struct qmi_msg *msg, enum qmi_row row, int16_t *ret)
{
	struct cursor c;
	uint16_t v;

	want_type(row, T(I16));
	if (!qmi_get_cursor(msg, row, &c) || !cursor_u16le(&c, &v))
		return false;
	*ret = (int16_t)v;
	return true;
}

bool
qmi_get_u32(const struct qmi_msg *msg, enum qmi_row row, uint32_t *ret)
{
	struct cursor c;

	want_type(row, T(U32));
	return qmi_get_cursor(msg, row, &c) && cursor_u32le(&c, ret);
}

bool
qmi_get_i32(const struct qmi_msg *msg, enum qmi_row row, int32_t *ret)
{
	struct cursor c;
	uint32_t v;

	want_type(row, T(I32));
	if (!qmi_get_cursor(msg, row, &c) || !cursor_u32le(&c, &v))
		return false;
	*ret = (int32_t)v;
	return true;
}

bool
qmi_get_u64(const struct qmi_msg *msg, enum qmi_row row, uint64_t *ret)
{
	struct cursor c;

	want_type(row, T(U64));
	return qmi_get_cursor(msg, row, &c) && cursor_u64le(&c, ret);
}

/* A stranger's text, made safe to print; cut to size - 1 and terminated. */
static void
copy_text(char *ret, size_t size, const uint8_t *text, size_t len)
{
	size_t n;

	if (size == 0)
		return;
	/* firmware pads with NUL (Sierra) or a TAB (EM12-AW): reference/qmi.md 1.8 */
	while (len > 0 && (text[len - 1] == 0 || strchr(" \t\r\n", text[len - 1])))
		len--;
	n = len < size - 1 ? len : size - 1;
	for (size_t i = 0; i < n; i++)
		ret[i] = text[i] < 0x20 || text[i] == 0x7f ? '?' : (char)text[i];
	ret[n] = '\0';
}

bool
qmi_get_str(const struct qmi_msg *msg, enum qmi_row row, char *ret, size_t size)
{
	struct cursor c;

	want_type(row, T(STR));
	if (!qmi_get_cursor(msg, row, &c))
		return false;
	copy_text(ret, size, c.pos, cursor_left(&c));
	return true;
}

bool
qmi_get_ip4(const struct qmi_msg *msg, enum qmi_row row, struct in_addr *ret)
{
	struct cursor c;

	want_type(row, T(IP4_LE));
	return qmi_get_cursor(msg, row, &c) && cursor_ip4le(&c, ret);
}

bool
qmi_get_ip6(const struct qmi_msg *msg, enum qmi_row row, struct in6_addr *ret)
{
	struct cursor c;

	want_type(row, T(IP6));
	return qmi_get_cursor(msg, row, &c) && cursor_ip6(&c, ret);
}

void
qmi_put_u8(struct qmi_builder *b, enum qmi_row row, uint8_t v)
{
	want_type(row, T(U8) | T(I8) | T(BOOL));
	writer_u8(qmi_put_begin(b, row), v);
	qmi_build_tlv_end(b);
}

void
qmi_put_u16(struct qmi_builder *b, enum qmi_row row, uint16_t v)
{
	want_type(row, T(U16) | T(I16));
	writer_u16le(qmi_put_begin(b, row), v);
	qmi_build_tlv_end(b);
}

void
qmi_put_u32(struct qmi_builder *b, enum qmi_row row, uint32_t v)
{
	want_type(row, T(U32) | T(I32));
	writer_u32le(qmi_put_begin(b, row), v);
	qmi_build_tlv_end(b);
}

void
qmi_put_u64(struct qmi_builder *b, enum qmi_row row, uint64_t v)
{
	want_type(row, T(U64));
	writer_u64le(qmi_put_begin(b, row), v);
	qmi_build_tlv_end(b);
}

void
qmi_put_str(struct qmi_builder *b, enum qmi_row row, const char *s)
{
	want_type(row, T(STR));
	qmi_build_tlv(b, row_of(row)->tlv, s, strlen(s));
}

void
qmi_put_ip4(struct qmi_builder *b, enum qmi_row row, struct in_addr v)
{
	want_type(row, T(IP4_LE));
	writer_ip4le(qmi_put_begin(b, row), v);
	qmi_build_tlv_end(b);
}

void
qmi_put_ip6(struct qmi_builder *b, enum qmi_row row, const struct in6_addr *v)
{
	want_type(row, T(IP6));
	writer_ip6(qmi_put_begin(b, row), v);
	qmi_build_tlv_end(b);
}

void
qmi_put_bytes(struct qmi_builder *b, enum qmi_row row, const void *p, size_t len)
{
	qmi_build_tlv(b, row_of(row)->tlv, p, len);
}

struct writer *
qmi_put_begin(struct qmi_builder *b, enum qmi_row row)
{
	return qmi_build_tlv_begin(b, row_of(row)->tlv);
}

bool
cursor_ip4le(struct cursor *c, struct in_addr *ret)
{
	uint32_t v;

	if (!cursor_u32le(c, &v))
		return false;
	ret->s_addr = htonl(v);
	return true;
}

bool
cursor_ip6(struct cursor *c, struct in6_addr *ret)
{
	const uint8_t *p;

	if (!cursor_bytes(c, sizeof(ret->s6_addr), &p))
		return false;
	memcpy(ret->s6_addr, p, sizeof(ret->s6_addr));
	return true;
}

bool
cursor_str8(struct cursor *c, char *ret, size_t size)
{
	const uint8_t *p;
	uint8_t len;

	if (!cursor_u8(c, &len) || !cursor_bytes(c, len, &p))
		return false;
	copy_text(ret, size, p, len);
	return true;
}

bool
cursor_str16(struct cursor *c, char *ret, size_t size)
{
	const uint8_t *p;
	uint16_t len;

	if (!cursor_u16le(c, &len) || !cursor_bytes(c, len, &p))
		return false;
	copy_text(ret, size, p, len);
	return true;
}

void
writer_ip4le(struct writer *w, struct in_addr v)
{
	writer_u32le(w, ntohl(v.s_addr));
}

void
writer_ip6(struct writer *w, const struct in6_addr *v)
{
	writer_bytes(w, v->s6_addr, sizeof(v->s6_addr));
}

void
writer_str8(struct writer *w, const char *s)
{
	size_t len = strlen(s);

	if (len > UINT8_MAX)
		w->overflow = true;
	writer_u8(w, (uint8_t)len);
	writer_bytes(w, s, len);
}

void
writer_str16(struct writer *w, const char *s)
{
	size_t len = strlen(s);

	if (len > UINT16_MAX)
		w->overflow = true;
	writer_u16le(w, (uint16_t)len);
	writer_bytes(w, s, len);
}
