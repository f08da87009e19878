/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An MBIM message in words.
 *
 * As in print.c everything comes from the table, and what a row marks is masked.  The
 * fields are read with the same bounds-checked reader that everybody uses: what does
 * not fit its structure is "<bad>" and ends the line, since nothing after it can be
 * trusted to be what it seems.
 */
#include "config.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "common/mbim_table.h"
#include "common/print.h"
#include "common/text.h"

#define MASK "***"
#define STR_SHOWN 256
#define QMI_SHOWN 1024

/* One buffer or element being printed. */
struct shown {
	struct text *t;
	struct mbim_reader r;
	uint32_t count; /* the last COUNT */
};

static void print_fields(
    struct shown *s, const struct mbim_field_row *fields, size_t count);

static bool
is_masked(const struct mbim_field_row *f)
{
	return f->flags & (MBIM_FLAG_SECRET | MBIM_FLAG_PERSONAL);
}

static void
print_uuid(struct text *t, const uint8_t *u)
{
	for (size_t i = 0; i < MBIM_UUID_LEN; i++)
		text_add(
		    t, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", u[i]);
}

static void
print_service(struct text *t, const uint8_t *uuid)
{
	int service = mbim_service_find(uuid);

	if (service >= 0)
		text_add(t, "%s", mbim_service_word((enum mbim_service)service));
	else
		print_uuid(t, uuid);
}

static bool
print_u32(struct shown *s, const struct mbim_field_row *f)
{
	uint32_t v;

	if (!mbim_read_u32(&s->r, &v))
		return false;
	text_add(s->t, f->type == MBIM_FIELD_HEX32 ? "0x%" PRIx32 : "%" PRIu32, v);
	return true;
}

static bool
print_u64(struct shown *s, const struct mbim_field_row *f)
{
	uint64_t v;

	if (!mbim_read_u64(&s->r, &v))
		return false;
	if (is_masked(f))
		text_add(s->t, MASK);
	else
		text_add(s->t, "%" PRIu64, v);
	return true;
}

static bool
print_bcd(struct shown *s)
{
	const uint8_t *v;

	if (!mbim_read_inline(&s->r, 2, &v))
		return false;
	text_add(s->t, "%x.%x", v[1], v[0]);
	return true;
}

static bool
print_inline_uuid(struct shown *s, const struct mbim_field_row *f)
{
	const char *context;
	const uint8_t *uuid;

	if (!mbim_read_inline(&s->r, MBIM_UUID_LEN, &uuid))
		return false;
	context = f->type == MBIM_FIELD_CONTEXT ? mbim_context_name(uuid) : NULL;
	if (context)
		text_add(s->t, "%s", context);
	else
		print_service(s->t, uuid);
	return true;
}

static bool
print_string(struct shown *s, const struct mbim_field_row *f)
{
	char text[STR_SHOWN];

	if (!mbim_read_string(&s->r, text, sizeof(text)))
		return false;
	if (is_masked(f) && text[0] != '\0')
		text_add(s->t, MASK);
	else
		text_chars(s->t, (const uint8_t *)text, strlen(text));
	return true;
}

static bool
print_strings(struct shown *s, const struct mbim_field_row *f)
{
	bool good = mbim_read_grow(&s->r, s->count, 8);

	text_add(s->t, "[");
	for (uint32_t i = 0; good && i < s->count && !text_full(s->t); i++) {
		text_add(s->t, "%s", i ? ", " : "");
		good = print_string(s, f);
	}
	text_add(s->t, "]");
	return good;
}

/* The elements of a list of references, each made of the count fields at f. */
static bool
print_list(struct shown *s, const struct mbim_field_row *f, size_t count)
{
	bool good = mbim_read_grow(&s->r, s->count, 8);
	struct shown element = {.t = s->t};
	struct cursor c;

	text_add(s->t, "[");
	for (uint32_t i = 0; good && i < s->count && !text_full(s->t); i++) {
		text_add(s->t, "%s", i ? ", " : "");
		good = mbim_read_ref(&s->r, &c);
		if (!good)
			break;
		mbim_reader_init(&element.r, c.pos, cursor_left(&c),
		    mbim_fields_fixed_len(f, count));
		print_fields(&element, f, count);
	}
	text_add(s->t, "]");
	return good;
}

static bool
print_numbers(struct shown *s)
{
	uint32_t count, v;
	bool good = mbim_read_u32(&s->r, &count) && mbim_read_grow(&s->r, count, 4);

	text_add(s->t, "[");
	for (uint32_t i = 0; good && i < count && !text_full(s->t); i++) {
		good = mbim_read_u32(&s->r, &v);
		text_add(s->t, i ? " %" PRIu32 : "%" PRIu32, v);
	}
	text_add(s->t, "]");
	return good;
}

static void
print_address(struct text *t, struct cursor *c, bool is_ip6)
{
	char name[INET6_ADDRSTRLEN];
	const uint8_t *bytes;

	if (cursor_bytes(c, is_ip6 ? 16 : 4, &bytes))
		text_add(t, "%s",
		    inet_ntop(is_ip6 ? AF_INET6 : AF_INET, bytes, name, sizeof(name)));
}

/* Addresses at an offset, each after its prefix length or not. */
static bool
print_addresses(struct shown *s, bool is_ip6, bool has_prefix)
{
	size_t len = (is_ip6 ? 16u : 4u) + (has_prefix ? 4u : 0u);
	uint32_t count, prefix = 0;
	struct cursor c;
	bool good = mbim_read_array(&s->r, len, &count, &c);

	text_add(s->t, "[");
	for (uint32_t i = 0; good && i < count && !text_full(s->t); i++) {
		text_add(s->t, "%s", i ? " " : "");
		if (has_prefix)
			cursor_u32le(&c, &prefix);
		print_address(s->t, &c, is_ip6);
		if (has_prefix)
			text_add(s->t, "/%" PRIu32, prefix);
	}
	text_add(s->t, "]");
	return good;
}

static bool
print_one_address(struct shown *s, bool is_ip6)
{
	struct cursor c;

	if (!mbim_read_offset(&s->r, is_ip6 ? 16 : 4, &c))
		return false;
	if (cursor_left(&c) > 0)
		print_address(s->t, &c, is_ip6);
	else
		text_add(s->t, "none");
	return true;
}

static bool
print_rest(struct shown *s, const struct mbim_field_row *f)
{
	size_t len = cursor_left(&s->r.field);
	char line[QMI_SHOWN];
	const uint8_t *bytes;

	if (!mbim_read_inline(&s->r, len, &bytes))
		return false;
	if (f->type == MBIM_FIELD_BYTES) {
		text_hex(s->t, bytes, len);
		return true;
	}
	print_qmi(line, sizeof(line), bytes, len);
	text_add(s->t, "{%s}", line);
	return true;
}

/* False: the value does not fit. */
static bool
print_value(struct shown *s, const struct mbim_field_row *f)
{
	switch (f->type) {
	case MBIM_FIELD_U32:
	case MBIM_FIELD_HEX32: return print_u32(s, f);
	case MBIM_FIELD_U64: return print_u64(s, f);
	case MBIM_FIELD_BCD: return print_bcd(s);
	case MBIM_FIELD_SERVICE:
	case MBIM_FIELD_CONTEXT: return print_inline_uuid(s, f);
	case MBIM_FIELD_STR: return print_string(s, f);
	case MBIM_FIELD_STRINGS: return print_strings(s, f);
	case MBIM_FIELD_NUMBERS: return print_numbers(s);
	case MBIM_FIELD_PREFIXES4: return print_addresses(s, false, true);
	case MBIM_FIELD_PREFIXES6: return print_addresses(s, true, true);
	case MBIM_FIELD_IP4: return print_one_address(s, false);
	case MBIM_FIELD_IP6: return print_one_address(s, true);
	case MBIM_FIELD_LIST4: return print_addresses(s, false, false);
	case MBIM_FIELD_LIST6: return print_addresses(s, true, false);
	case MBIM_FIELD_BYTES:
	case MBIM_FIELD_QMUX: return print_rest(s, f);
	case MBIM_FIELD_COUNT:
	case MBIM_FIELD_LIST: break; /* print_fields() does these */
	}
	return false;
}

static void
print_fields(struct shown *s, const struct mbim_field_row *fields, size_t count)
{
	const char *space = "";

	for (size_t i = 0; i < count && !text_full(s->t); i++) {
		const struct mbim_field_row *f = &fields[i];
		bool is_list = f->type == MBIM_FIELD_LIST;
		bool good;

		if (f->type == MBIM_FIELD_COUNT) {
			if (mbim_read_u32(&s->r, &s->count))
				continue;
			text_add(s->t, "%s<bad>", space);
			return;
		}
		text_add(s->t, "%s%s=", space, f->name);
		good =
		    is_list ? print_list(s, f + 1, count - i - 1) : print_value(s, f);
		if (!good)
			text_add(s->t, "<bad>");
		if (!good || is_list)
			return;
		space = " ";
	}
}

static void
print_info(struct text *t, const struct mbim_msg *m, enum mbim_dir dir)
{
	const struct mbim_cmd_row *row = mbim_cmd_find(m->service, m->cmd);
	const struct mbim_field_row *fields = NULL;
	struct shown s = {.t = t};
	size_t count = 0, fixed;

	if (m->info_len == 0)
		return;
	if (row)
		fields = mbim_cmd_fields(row, dir, &count);
	if (!fields) {
		text_add(t, ", %zu bytes", m->info_len);
		return;
	}
	/* of a shorter buffer, such as MBIMEx 3.0 has, print what is there */
	fixed = mbim_fields_fixed_len(fields, count);
	if (fixed > m->info_len)
		fixed = m->info_len;
	mbim_reader_init(&s.r, m->info, m->info_len, fixed);
	text_add(t, " ");
	print_fields(&s, fields, count);
}

static void
print_status(struct text *t, uint32_t status)
{
	const char *name = mbim_status_name(status);

	if (status == MBIM_STATUS_NONE)
		text_add(t, " ok");
	else if (name)
		text_add(t, " failed %s", name);
	else
		text_add(t, " failed 0x%" PRIx32, status);
}

static void
print_body(struct text *t, const struct mbim_msg *m)
{
	const struct mbim_cmd_row *row = mbim_cmd_find(m->service, m->cmd);
	enum mbim_dir dir = MBIM_DIR_INFO;
	const char *what = "ind";

	if (m->type == MBIM_TYPE_COMMAND) {
		dir = m->command_type == MBIM_SET ? MBIM_DIR_SET : MBIM_DIR_QUERY;
		what = dir == MBIM_DIR_SET ? "set" : "query";
	} else if (m->type == MBIM_TYPE_COMMAND_DONE) {
		what = "done";
	}
	print_service(t, m->service);
	text_add(t, " %s %" PRIu32, what, m->txn);
	if (row)
		text_add(t, " %s", row->name);
	else
		text_add(t, " %" PRIu32, m->cmd);
	if (m->type == MBIM_TYPE_COMMAND_DONE)
		print_status(t, m->value);
	print_info(t, m, dir);
}

static void
print_error(struct text *t, const struct mbim_msg *m, const char *who)
{
	const char *name = mbim_protocol_error_name(m->value);

	text_add(t, "%s-error %" PRIu32 " ", who, m->txn);
	if (name)
		text_add(t, "%s", name);
	else
		text_add(t, "%" PRIu32, m->value);
}

static void
print_msg(struct text *t, const struct mbim_msg *m)
{
	switch (m->type) {
	case MBIM_TYPE_OPEN:
		text_add(t, "open %" PRIu32 " MAX_TRANSFER=%" PRIu32, m->txn, m->value);
		break;
	case MBIM_TYPE_CLOSE: text_add(t, "close %" PRIu32, m->txn); break;
	case MBIM_TYPE_HOST_ERROR: print_error(t, m, "host"); break;
	case MBIM_TYPE_FUNCTION_ERROR: print_error(t, m, "function"); break;
	case MBIM_TYPE_OPEN_DONE:
	case MBIM_TYPE_CLOSE_DONE:
		text_add(t, "%s-done %" PRIu32,
		    m->type == MBIM_TYPE_OPEN_DONE ? "open" : "close", m->txn);
		print_status(t, m->value);
		break;
	default: print_body(t, m);
	}
}

static const char *
body_name(uint32_t type)
{
	if (type == MBIM_TYPE_COMMAND)
		return "command";
	return type == MBIM_TYPE_COMMAND_DONE ? "command-done" : "indication";
}

size_t
print_mbim(char *buf, size_t size, const uint8_t *msg, size_t len)
{
	struct mbim_fragment f;
	struct mbim_msg m;
	struct text t;

	text_init(&t, buf, size);
	if (mbim_parse(msg, len, &m) == 0) {
		print_msg(&t, &m);
		return t.len;
	}
	if (mbim_fragment_parse(msg, len, &f) == 0 && f.total > 1) {
		text_add(&t, "fragment %" PRIu32 "/%" PRIu32 " of %s %" PRIu32,
		    f.current, f.total, body_name(f.type), f.txn);
		text_add(&t, ", %zu bytes", len);
		return t.len;
	}
	text_add(&t, "broken message of %zu bytes: ", len);
	text_hex(&t, msg, len < MBIM_HDR_LEN ? len : MBIM_HDR_LEN);
	return t.len;
}
