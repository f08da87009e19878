/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A QMI frame in words.
 *
 * Everything but the punctuation comes from the table, so a message is readable the
 * moment it has rows.  What a row marks as secret or personal is never shown.  What
 * has no row is shown as bytes, since that is what a bug report needs; nothing our own
 * dialer sends is without a row.  A stranger's counts are walked only as far as bytes
 * and buffer last.
 */
#include "config.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "common/print.h"
#include "common/qmi_value.h"
#include "common/text.h"

#define HEADERS_LEN 13 /* QMUX and SDU header, the longer kind */
#define MASK "***"

static void print_fields(
    struct text *t, struct cursor *c, const struct qmi_field_row *f, size_t count);

static void
print_service(struct text *t, uint8_t service)
{
	const char *name = qmi_service_name(service);

	if (name)
		text_add(t, "%s", name);
	else
		text_add(t, "0x%02x", service);
}

static bool
print_counted(struct text *t, struct cursor *c, size_t len, bool characters)
{
	const uint8_t *p;

	if (!cursor_bytes(c, len, &p))
		return false;
	if (characters)
		text_chars(t, p, len);
	else
		text_hex(t, p, len);
	return true;
}

static bool
print_u8(struct text *t, struct cursor *c, bool is_signed)
{
	uint8_t v;

	if (!cursor_u8(c, &v))
		return false;
	text_add(t, "%d", is_signed ? (int8_t)v : v);
	return true;
}

static bool
print_u16(struct text *t, struct cursor *c, bool is_signed)
{
	uint16_t v;

	if (!cursor_u16le(c, &v))
		return false;
	text_add(t, "%d", is_signed ? (int16_t)v : v);
	return true;
}

static bool
print_u32(struct text *t, struct cursor *c, bool is_signed)
{
	uint32_t v;

	if (!cursor_u32le(c, &v))
		return false;
	text_add(t, "%" PRId64, is_signed ? (int32_t)v : (int64_t)v);
	return true;
}

static bool
print_u48(struct text *t, struct cursor *c)
{
	uint32_t low;
	uint16_t high;

	cursor_u32le(c, &low);
	if (!cursor_u16le(c, &high))
		return false;
	text_add(t, "%" PRIu64, low | (uint64_t)high << 32);
	return true;
}

static bool
print_u64(struct text *t, struct cursor *c)
{
	uint64_t v;

	if (!cursor_u64le(c, &v))
		return false;
	text_add(t, "%" PRIu64, v);
	return true;
}

static bool
print_ip4(struct text *t, struct cursor *c)
{
	char s[INET_ADDRSTRLEN];
	struct in_addr a;

	if (!cursor_ip4le(c, &a))
		return false;
	text_add(t, "%s", inet_ntop(AF_INET, &a, s, sizeof(s)));
	return true;
}

static bool
print_ip6(struct text *t, struct cursor *c)
{
	char s[INET6_ADDRSTRLEN];
	struct in6_addr a;

	if (!cursor_ip6(c, &a))
		return false;
	text_add(t, "%s", inet_ntop(AF_INET6, &a, s, sizeof(s)));
	return true;
}

static bool
print_counted8(struct text *t, struct cursor *c, bool characters)
{
	uint8_t len;

	return cursor_u8(c, &len) && print_counted(t, c, len, characters);
}

static bool
print_counted16(struct text *t, struct cursor *c, bool characters)
{
	uint16_t len;

	return cursor_u16le(c, &len) && print_counted(t, c, len, characters);
}

/* One value that is not a composite.  False: too short. */
static bool
print_scalar(struct text *t, struct cursor *c, enum qmi_type type)
{
	switch (type) {
	case QMI_TYPE_U8:
	case QMI_TYPE_BOOL: return print_u8(t, c, false);
	case QMI_TYPE_I8: return print_u8(t, c, true);
	case QMI_TYPE_U16: return print_u16(t, c, false);
	case QMI_TYPE_I16: return print_u16(t, c, true);
	case QMI_TYPE_U32: return print_u32(t, c, false);
	case QMI_TYPE_I32: return print_u32(t, c, true);
	case QMI_TYPE_U48: return print_u48(t, c);
	case QMI_TYPE_U64: return print_u64(t, c);
	case QMI_TYPE_IP4_LE: return print_ip4(t, c);
	case QMI_TYPE_IP6: return print_ip6(t, c);
	case QMI_TYPE_STR: return print_counted(t, c, cursor_left(c), true);
	case QMI_TYPE_CHAR3: return print_counted(t, c, 3, true);
	case QMI_TYPE_STR8: return print_counted8(t, c, true);
	case QMI_TYPE_STR16: return print_counted16(t, c, true);
	case QMI_TYPE_BYTES: return print_counted(t, c, cursor_left(c), false);
	case QMI_TYPE_BYTES3: return print_counted(t, c, 3, false);
	case QMI_TYPE_BYTES8: return print_counted8(t, c, false);
	case QMI_TYPE_BYTES16: return print_counted16(t, c, false);
	case QMI_TYPE_STRUCT:
	case QMI_TYPE_LIST8:
	case QMI_TYPE_LIST16: break;
	}
	return false;
}

/* One value, or a mask in its place; the cursor moves past it either way. */
static void
print_value(struct text *t, struct cursor *c, enum qmi_type type, uint8_t flags)
{
	struct text hidden;
	bool masked = flags & (QMI_FLAG_SECRET | QMI_FLAG_PERSONAL);

	text_init(&hidden, NULL, 0);
	if (!print_scalar(masked ? &hidden : t, c, type)) {
		c->is_short = true;
		text_add(t, "<short>");
	} else if (masked) {
		text_add(t, MASK);
	}
}

/* The elements of a list, each made of the count fields from f on. */
static void
print_list(struct text *t, struct cursor *c, bool wide, const struct qmi_field_row *f,
    size_t count)
{
	uint16_t n = 0;
	uint8_t n8 = 0;

	if (wide ? !cursor_u16le(c, &n) : !cursor_u8(c, &n8)) {
		text_add(t, "<short>");
		return;
	}
	n = wide ? n : n8;
	text_add(t, "[");
	for (uint16_t i = 0; i < n && cursor_ok(c) && !text_full(t); i++) {
		text_add(t, "%s", i ? ", " : "");
		print_fields(t, c, f, count);
	}
	text_add(t, "]");
}

static void
print_fields(
    struct text *t, struct cursor *c, const struct qmi_field_row *f, size_t count)
{
	for (size_t i = 0; i < count && cursor_ok(c); i++) {
		const char *space = i ? " " : "";

		if (f[i].type == QMI_TYPE_LIST8 || f[i].type == QMI_TYPE_LIST16) {
			/* a list that is all there is needs no name of its own */
			if (strcmp(f[i].name, "COUNT") == 0)
				text_add(t, "%s", space);
			else
				text_add(t, "%s%s=", space, f[i].name);
			print_list(t, c, f[i].type == QMI_TYPE_LIST16, &f[i + 1],
			    count - i - 1);
			return;
		}
		text_add(t, "%s%s=", space, f[i].name);
		print_value(t, c, f[i].type, f[i].flags);
	}
}

static void
print_known_tlv(
    struct text *t, const struct qmi_tlv_row *row, const struct qmi_tlv *tlv)
{
	const struct qmi_field_row *fields;
	struct cursor c;
	size_t count;

	cursor_init(&c, tlv->value, tlv->len);
	text_add(t, " %s=", row->name);
	if (row->type != QMI_TYPE_STRUCT) {
		print_value(t, &c, row->type, row->flags);
		return;
	}
	fields = qmi_row_fields((enum qmi_row)(row - qmi_tlv_rows), &count);
	text_add(t, "{");
	print_fields(t, &c, fields, count);
	text_add(t, "}");
}

static void
print_tlvs(struct text *t, const struct qmi_msg *msg)
{
	struct cursor c;
	struct qmi_tlv tlv;

	cursor_init(&c, msg->tlvs, msg->tlvs_len);
	while (qmi_tlv_next(&c, &tlv) && !text_full(t)) {
		const struct qmi_tlv_row *row;

		if (msg->kind == QMI_KIND_RSP && tlv.type == QMI_TLV_RESULT)
			continue;
		row = qmi_find_tlv(msg->service, msg->id, msg->kind, tlv.type);
		if (row) {
			print_known_tlv(t, row, &tlv);
		} else {
			text_add(t, " 0x%02x=", tlv.type);
			text_hex(t, tlv.value, tlv.len);
		}
	}
}

static void
print_result(struct text *t, const struct qmi_msg *msg)
{
	uint16_t status, error;

	if (!qmi_result(msg, &status, &error))
		text_add(t, " no-result");
	else if (status == 0)
		text_add(t, " ok");
	else if (strcmp(qmi_error_name(error), "UNKNOWN") != 0)
		text_add(t, " failed %s", qmi_error_name(error));
	else
		text_add(t, " failed UNKNOWN(%u)", error);
}

static void
print_msg(struct text *t, const struct qmi_msg *msg)
{
	static const char *const kind[] = {
	    [QMI_KIND_REQ] = "req",
	    [QMI_KIND_RSP] = "rsp",
	    [QMI_KIND_IND] = "ind",
	};
	const struct qmi_msg_row *row = qmi_find_msg(msg->service, msg->id);

	print_service(t, msg->service);
	text_add(t, "/%u %s %u ", msg->cid, kind[msg->kind], msg->txn);
	if (row)
		text_add(t, "%s", row->name);
	else
		text_add(t, "0x%04x", msg->id);
	if (msg->kind == QMI_KIND_RSP)
		print_result(t, msg);
	print_tlvs(t, msg);
}

size_t
print_qmi(char *buf, size_t size, const uint8_t *frame, size_t frame_len)
{
	struct qmi_msg msg;
	struct text t;

	text_init(&t, buf, size);
	if (qmi_parse(frame, frame_len, &msg) == 0) {
		print_msg(&t, &msg);
		return t.len;
	}
	text_add(&t, "broken frame of %zu bytes: ", frame_len);
	text_hex(&t, frame, frame_len < HEADERS_LEN ? frame_len : HEADERS_LEN);
	return t.len;
}

size_t
print_hex(char *buf, size_t size, const uint8_t *bytes, size_t len)
{
	struct text t;
	/* three characters a byte; when not all fit, room for " ..." is kept */
	size_t fits = size < 4 ? 0 : size / 3;

	text_init(&t, buf, size);
	if (len <= fits) {
		text_hex(&t, bytes, len);
		return t.len;
	}
	fits = size < 8 ? 0 : (size - 4) / 3;
	text_hex(&t, bytes, fits);
	text_add(&t, fits ? " ..." : "...");
	return t.len;
}
