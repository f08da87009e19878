/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MBIM headers, read and written.
 *
 * A stranger's three nested claims (MessageLength, the fragment header, the length of
 * the information buffer) are each checked against what is there before anything is
 * shown.  A whole message is always held as fragment 0 of 1, whatever way it came, so
 * that nobody above the assembly knows fragments.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/mbim.h"

#define AT_LENGTH 4
#define PADDING_MAX 3

static size_t
least_length(uint32_t type)
{
	switch (type) {
	case MBIM_TYPE_CLOSE: return MBIM_HDR_LEN;
	case MBIM_TYPE_OPEN:
	case MBIM_TYPE_HOST_ERROR:
	case MBIM_TYPE_OPEN_DONE:
	case MBIM_TYPE_CLOSE_DONE:
	case MBIM_TYPE_FUNCTION_ERROR: return MBIM_HDR_LEN + 4;
	case MBIM_TYPE_COMMAND:
	case MBIM_TYPE_COMMAND_DONE:
	case MBIM_TYPE_INDICATE_STATUS: return MBIM_FRAGMENT_HDR_LEN;
	default: return 0;
	}
}

bool
mbim_type_fragments(uint32_t type)
{
	return least_length(type) == MBIM_FRAGMENT_HDR_LEN;
}

int
mbim_scan(const uint8_t *buf, size_t len)
{
	uint32_t type, message_len;
	struct cursor c;
	size_t least;

	cursor_init(&c, buf, len);
	if (!cursor_u32le(&c, &type))
		return 0;
	least = least_length(type);
	if (least == 0)
		return -EPROTO;
	if (!cursor_u32le(&c, &message_len))
		return 0;
	if (message_len < least || message_len > MBIM_MESSAGE_MAX)
		return -EPROTO;
	return message_len <= len ? (int)message_len : 0;
}

/* Header of exactly len bytes; the cursor is left behind it. */
static bool
read_header(
    struct cursor *c, const uint8_t *buf, size_t len, uint32_t *type, uint32_t *txn)
{
	cursor_init(c, buf, len);
	if (mbim_scan(buf, len) <= 0 || (size_t)mbim_scan(buf, len) != len)
		return false;
	cursor_u32le(c, type);
	cursor_skip(c, 4);
	return cursor_u32le(c, txn);
}

static int
parse_body(struct cursor *c, struct mbim_msg *m)
{
	uint32_t total, current, info_len;

	cursor_u32le(c, &total);
	cursor_u32le(c, &current);
	cursor_bytes(c, MBIM_UUID_LEN, &m->service);
	cursor_u32le(c, &m->cmd);
	if (m->type == MBIM_TYPE_COMMAND)
		cursor_u32le(c, &m->command_type);
	else if (m->type == MBIM_TYPE_COMMAND_DONE)
		cursor_u32le(c, &m->value);
	if (!cursor_u32le(c, &info_len))
		return -EPROTO;
	if (total != 1 || current != 0)
		return -EPROTO;
	m->info_len = info_len;
	if (!cursor_bytes(c, info_len, &m->info))
		return -EBADMSG;
	return cursor_left(c) <= PADDING_MAX ? 0 : -EBADMSG;
}

int
mbim_parse(const uint8_t *buf, size_t len, struct mbim_msg *ret)
{
	struct mbim_msg m = {0};
	struct cursor c;
	int err = 0;

	if (!read_header(&c, buf, len, &m.type, &m.txn))
		return -EPROTO;
	if (mbim_type_fragments(m.type))
		err = parse_body(&c, &m);
	else if (m.type != MBIM_TYPE_CLOSE)
		cursor_u32le(&c, &m.value);
	if (err == -EBADMSG) {
		m.info = NULL;
		m.info_len = 0;
	}
	if (err != -EPROTO)
		*ret = m;
	return err;
}

int
mbim_fragment_parse(const uint8_t *buf, size_t len, struct mbim_fragment *ret)
{
	struct mbim_fragment f;
	struct cursor c;

	if (!read_header(&c, buf, len, &f.type, &f.txn) || !mbim_type_fragments(f.type))
		return -EPROTO;
	cursor_u32le(&c, &f.total);
	if (!cursor_u32le(&c, &f.current) || f.current >= f.total)
		return -EPROTO;
	f.payload_len = cursor_left(&c);
	cursor_bytes(&c, f.payload_len, &f.payload);
	*ret = f;
	return 0;
}

static void
write_header(struct writer *w, uint32_t type, uint32_t len, uint32_t txn)
{
	writer_u32le(w, type);
	writer_u32le(w, len);
	writer_u32le(w, txn);
}

int
mbim_build_short(uint8_t *buf, size_t cap, uint32_t type, uint32_t txn, uint32_t value)
{
	struct writer w;

	writer_init(&w, buf, cap);
	write_header(&w, type, (uint32_t)least_length(type), txn);
	if (type != MBIM_TYPE_CLOSE)
		writer_u32le(&w, value);
	return writer_ok(&w) ? (int)w.len : -ENOBUFS;
}

static void
begin_body(struct mbim_builder *b, uint8_t *buf, size_t cap, uint32_t type,
    uint32_t txn, const uint8_t *service, uint32_t cmd)
{
	writer_init(&b->w, buf, cap);
	write_header(&b->w, type, 0, txn);
	writer_u32le(&b->w, 1);
	writer_u32le(&b->w, 0);
	writer_bytes(&b->w, service, MBIM_UUID_LEN);
	writer_u32le(&b->w, cmd);
}

static void
begin_info(struct mbim_builder *b)
{
	writer_mark(&b->w, 4);
	b->info = b->w.len;
}

void
mbim_build_command(struct mbim_builder *b, uint8_t *buf, size_t cap, uint32_t txn,
    const uint8_t *service, uint32_t cmd, uint32_t command_type)
{
	begin_body(b, buf, cap, MBIM_TYPE_COMMAND, txn, service, cmd);
	writer_u32le(&b->w, command_type);
	begin_info(b);
}

void
mbim_build_done(struct mbim_builder *b, uint8_t *buf, size_t cap, uint32_t txn,
    const uint8_t *service, uint32_t cmd, uint32_t status)
{
	begin_body(b, buf, cap, MBIM_TYPE_COMMAND_DONE, txn, service, cmd);
	writer_u32le(&b->w, status);
	begin_info(b);
}

void
mbim_build_indication(struct mbim_builder *b, uint8_t *buf, size_t cap,
    const uint8_t *service, uint32_t cmd)
{
	begin_body(b, buf, cap, MBIM_TYPE_INDICATE_STATUS, 0, service, cmd);
	begin_info(b);
}

int
mbim_build_end(struct mbim_builder *b)
{
	if (!writer_ok(&b->w) || b->w.len > MBIM_MESSAGE_MAX)
		return -ENOBUFS;
	writer_fill_u32le(&b->w, AT_LENGTH, (uint32_t)b->w.len);
	writer_fill_u32le(&b->w, b->info - 4, (uint32_t)(b->w.len - b->info));
	return (int)b->w.len;
}

uint32_t
mbim_split_count(size_t len, size_t max)
{
	size_t piece = max - MBIM_FRAGMENT_HDR_LEN;

	if (len <= max)
		return 1;
	return (uint32_t)((len - MBIM_FRAGMENT_HDR_LEN + piece - 1) / piece);
}

int
mbim_split(const uint8_t *msg, size_t len, size_t max, uint32_t current, uint8_t *ret,
    size_t cap)
{
	struct mbim_fragment whole;
	const uint8_t *bytes;
	size_t piece, start;
	struct cursor c;
	struct writer w;

	if (max < MBIM_TRANSFER_MIN || mbim_fragment_parse(msg, len, &whole) < 0 ||
	    whole.total != 1 || current >= mbim_split_count(len, max))
		return -EINVAL;
	piece = max - MBIM_FRAGMENT_HDR_LEN;
	start = current * piece;
	cursor_init(&c, whole.payload, whole.payload_len);
	cursor_skip(&c, start);
	if (piece > cursor_left(&c))
		piece = cursor_left(&c);
	if (!cursor_bytes(&c, piece, &bytes))
		return -EINVAL;
	writer_init(&w, ret, cap);
	write_header(
	    &w, whole.type, (uint32_t)(MBIM_FRAGMENT_HDR_LEN + piece), whole.txn);
	writer_u32le(&w, mbim_split_count(len, max));
	writer_u32le(&w, current);
	writer_bytes(&w, bytes, piece);
	return writer_ok(&w) ? (int)w.len : -ENOBUFS;
}

static int
assembly_grow(struct mbim_assembly *a, size_t need)
{
	size_t cap = a->cap ? a->cap : MBIM_TRANSFER_DEFAULT;
	uint8_t *buf;

	if (need > MBIM_MESSAGE_MAX)
		return -EMSGSIZE;
	while (cap < need)
		cap *= 2;
	if (cap == a->cap)
		return 0;
	buf = realloc(a->buf, cap);
	if (!buf)
		return -ENOMEM;
	a->buf = buf;
	a->cap = cap;
	return 0;
}

static bool
assembly_expects(const struct mbim_assembly *a, const struct mbim_fragment *f)
{
	if (f->current != a->next)
		return false;
	if (a->next == 0)
		return true;
	return f->total == a->total && f->txn == a->txn && f->type == get_u32le(a->buf);
}

/* A first fragment: its headers become those of the whole. */
static void
assembly_start(struct mbim_assembly *a, const struct mbim_fragment *f)
{
	struct writer w;

	a->txn = f->txn;
	a->total = f->total;
	a->len = MBIM_FRAGMENT_HDR_LEN;
	writer_init(&w, a->buf, a->cap);
	write_header(&w, f->type, 0, f->txn);
	writer_u32le(&w, 1);
	writer_u32le(&w, 0);
}

static int
assembly_append(struct mbim_assembly *a, const struct mbim_fragment *f)
{
	size_t held = a->next ? a->len : MBIM_FRAGMENT_HDR_LEN;
	int err = assembly_grow(a, held + f->payload_len);

	if (err < 0)
		return err;
	if (a->next == 0)
		assembly_start(a, f);
	memcpy(a->buf + a->len, f->payload, f->payload_len);
	a->len += f->payload_len;
	a->next++;
	return 0;
}

int
mbim_assembly_add(struct mbim_assembly *a, const uint8_t *buf, size_t len)
{
	struct mbim_fragment f;
	int err = mbim_fragment_parse(buf, len, &f);

	if (err == 0 && !assembly_expects(a, &f))
		err = -EPROTO;
	if (err == 0)
		err = assembly_append(a, &f);
	if (err < 0) {
		mbim_assembly_clear(a);
		return err;
	}
	if (a->next < a->total)
		return 0;
	put_u32le(a->buf + AT_LENGTH, (uint32_t)a->len);
	a->next = 0;
	return (int)a->len;
}

void
mbim_assembly_clear(struct mbim_assembly *a)
{
	a->len = 0;
	a->next = 0;
}

void
mbim_assembly_free(struct mbim_assembly *a)
{
	free(a->buf);
	*a = (struct mbim_assembly){0};
}
