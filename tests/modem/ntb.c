/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "tests/modem/ntb.h"

/* Signatures as the u32 they read as; the session id is the top byte of IPS and DSS. */
#define NTH16_SIGNATURE 0x484d434eu /* "NCMH" */
#define NTH32_SIGNATURE 0x686d636eu /* "ncmh" */
#define NDP16_IPS 0x00535049u       /* "IPS" */
#define NDP16_DSS 0x00535344u       /* "DSS" */
#define NDP32_IPS 0x00737069u       /* "ips" */
#define NDP32_DSS 0x00737364u       /* "dss" */
#define SIGNATURE_MASK 0x00ffffffu

#define NTH16_LEN 12
#define NTH32_LEN 16
#define NDP16_HDR_LEN 8
#define NDP32_HDR_LEN 16
#define TABLES_MAX 64 /* chained tables we follow: a chain may be a circle */

struct reader {
	const uint8_t *buf;
	uint32_t block_len;
	const struct ntb_format *format;
	ntb_datagram_fn *fn;
	void *arg;
	struct ntb_faults *faults;
	int delivered;
};

/* A number that is 32 bits wide in one form and 16 in the other. */
static bool
read_number(struct cursor *c, bool ntb32, uint32_t *ret)
{
	uint16_t v;

	if (ntb32)
		return cursor_u32le(c, ret);
	if (!cursor_u16le(c, &v))
		return false;
	*ret = v;
	return true;
}

static void
write_number(struct writer *w, bool ntb32, uint32_t v)
{
	if (ntb32)
		writer_u32le(w, v);
	else
		writer_u16le(w, (uint16_t)v);
}

static bool
read_header(const uint8_t *buf, size_t len, const struct ntb_format *format,
    uint32_t *ret_block_len, uint32_t *ret_table)
{
	struct cursor c;
	uint32_t signature, block_len, table;
	uint16_t header_len, sequence;

	cursor_init(&c, buf, len);
	cursor_u32le(&c, &signature);
	cursor_u16le(&c, &header_len);
	cursor_u16le(&c, &sequence);
	read_number(&c, format->ntb32, &block_len);
	read_number(&c, format->ntb32, &table);
	if (!cursor_ok(&c))
		return false;
	if (signature != (format->ntb32 ? NTH32_SIGNATURE : NTH16_SIGNATURE) ||
	    header_len != (format->ntb32 ? NTH32_LEN : NTH16_LEN))
		return false;
	if (block_len == 0) /* a full-size block may leave its length to the transfer */
		block_len = (uint32_t)len;
	if (block_len > len || block_len > format->max_size || block_len < header_len)
		return false;
	*ret_block_len = block_len;
	*ret_table = table;
	return true;
}

static bool
is_ip(const uint8_t *p, uint32_t len)
{
	return (len >= 20 && p[0] >> 4 == 4) || (len >= 40 && p[0] >> 4 == 6);
}

static void
read_datagram(
    struct reader *r, bool is_stream, uint8_t session_id, uint32_t index, uint32_t len)
{
	if (index > r->block_len || len > r->block_len - index) {
		r->faults->bad_datagrams++;
	} else if (is_stream) {
		r->faults->streams++;
	} else if (!is_ip(r->buf + index, len)) {
		r->faults->bad_datagrams++;
	} else {
		r->fn(r->arg, session_id, r->buf + index, len);
		r->delivered++;
	}
}

/* One table at offset at; false when it is broken, else where the next one is. */
static bool
read_table(struct reader *r, uint32_t at, uint32_t *ret_next)
{
	const bool ntb32 = r->format->ntb32;
	const uint32_t ips = ntb32 ? NDP32_IPS : NDP16_IPS;
	const uint32_t dss = ntb32 ? NDP32_DSS : NDP16_DSS;
	const size_t hdr_len = ntb32 ? NDP32_HDR_LEN : NDP16_HDR_LEN;
	struct cursor c, entries;
	uint32_t signature, next, index, len, reserved32;
	uint16_t table_len, reserved;

	if (at > r->block_len)
		return false;
	cursor_init(&c, r->buf + at, r->block_len - at);
	cursor_u32le(&c, &signature);
	cursor_u16le(&c, &table_len);
	if (ntb32)
		cursor_u16le(&c, &reserved);
	read_number(&c, ntb32, &next);
	if (ntb32)
		cursor_u32le(&c, &reserved32);
	if (!cursor_ok(&c) || table_len < hdr_len ||
	    !cursor_sub(&c, table_len - hdr_len, &entries))
		return false;
	*ret_next = next;
	if ((signature & SIGNATURE_MASK) != ips && (signature & SIGNATURE_MASK) != dss)
		return false;
	while (read_number(&entries, ntb32, &index) &&
	       read_number(&entries, ntb32, &len) && index != 0 && len != 0)
		read_datagram(r, (signature & SIGNATURE_MASK) == dss,
		    (uint8_t)(signature >> 24), index, len);
	return true;
}

int
ntb_parse(const uint8_t *buf, size_t len, const struct ntb_format *format,
    ntb_datagram_fn *fn, void *arg, struct ntb_faults *ret_faults)
{
	struct reader r = {
	    .buf = buf, .format = format, .fn = fn, .arg = arg, .faults = ret_faults};
	uint32_t at;

	if (!read_header(buf, len, format, &r.block_len, &at))
		return -EPROTO;
	for (int tables = 0; at != 0; tables++) {
		uint32_t next;
		if (tables == TABLES_MAX || !read_table(&r, at, &next)) {
			ret_faults->bad_tables++;
			break;
		}
		at = next;
	}
	return r.delivered;
}

static size_t
align(size_t at, size_t divisor, size_t remainder)
{
	size_t over = divisor > 1 ? (at + divisor - remainder % divisor) % divisor : 0;

	return over ? at + divisor - over : at;
}

static size_t
table_alignment(const struct ntb_format *format)
{
	return format->alignment < 4 ? 4 : format->alignment;
}

static bool
session_seen(const struct ntb_builder *b, unsigned before, uint8_t session_id)
{
	for (unsigned i = 0; i < before; i++)
		if (b->entries[i].session_id == session_id)
			return true;
	return false;
}

/* Bytes of the table of a session with n datagrams, its closing entry included. */
static size_t
table_size(const struct ntb_builder *b, unsigned n)
{
	return b->format.ntb32 ? NDP32_HDR_LEN + 8 * (n + 1)
			       : NDP16_HDR_LEN + 4 * (n + 1);
}

/* Length of the whole block if its datagrams ended at the offset end. */
static size_t
sealed_size(const struct ntb_builder *b, size_t end)
{
	for (unsigned i = 0; i < b->count; i++) {
		unsigned n = 0;
		if (session_seen(b, i, b->entries[i].session_id))
			continue;
		for (unsigned j = i; j < b->count; j++)
			n += b->entries[j].session_id == b->entries[i].session_id;
		end = align(end, table_alignment(&b->format), 0) + table_size(b, n);
	}
	return end;
}

void
ntb_begin(struct ntb_builder *b, uint8_t *buf, size_t cap,
    const struct ntb_format *format, uint16_t sequence)
{
	b->format = *format;
	b->count = 0;
	size_t max_size = format->ntb32 || format->max_size < UINT16_MAX
			      ? format->max_size
			      : UINT16_MAX;

	writer_init(&b->w, buf, cap < max_size ? cap : max_size);
	writer_u32le(&b->w, format->ntb32 ? NTH32_SIGNATURE : NTH16_SIGNATURE);
	writer_u16le(&b->w, format->ntb32 ? NTH32_LEN : NTH16_LEN);
	writer_u16le(&b->w, sequence);
	writer_zero(&b->w, format->ntb32 ? 8 : 4); /* sealed by ntb_end() */
}

bool
ntb_add(struct ntb_builder *b, uint8_t session_id, const uint8_t *ip, size_t len)
{
	size_t at = align(b->w.len, b->format.divisor, b->format.remainder);

	if (b->count == NTB_DATAGRAMS_MAX ||
	    (b->format.max_datagrams > 0 && b->count == b->format.max_datagrams))
		return false;
	b->entries[b->count++] = (struct ntb_entry){
	    .session_id = session_id, .index = (uint32_t)at, .len = (uint32_t)len};
	if (sealed_size(b, at + len) > b->w.cap) {
		b->count--;
		return false;
	}
	writer_zero(&b->w, at - b->w.len);
	writer_bytes(&b->w, ip, len);
	return true;
}

/* The table of the session whose first datagram is entry first. */
static void
write_table(struct ntb_builder *b, unsigned first, bool is_last)
{
	const bool ntb32 = b->format.ntb32;
	const uint8_t session_id = b->entries[first].session_id;
	const size_t start = b->w.len;
	unsigned n = 0;

	for (unsigned i = first; i < b->count; i++)
		n += b->entries[i].session_id == session_id;
	size_t next = align(start + table_size(b, n), table_alignment(&b->format), 0);
	writer_u32le(
	    &b->w, (ntb32 ? NDP32_IPS : NDP16_IPS) | (uint32_t)session_id << 24);
	writer_u16le(&b->w, (uint16_t)table_size(b, n));
	if (ntb32)
		writer_u16le(&b->w, 0);
	write_number(&b->w, ntb32, is_last ? 0 : (uint32_t)next);
	if (ntb32)
		writer_u32le(&b->w, 0);
	for (unsigned i = first; i < b->count; i++) {
		if (b->entries[i].session_id != session_id)
			continue;
		write_number(&b->w, ntb32, b->entries[i].index);
		write_number(&b->w, ntb32, b->entries[i].len);
	}
	write_number(&b->w, ntb32, 0);
	write_number(&b->w, ntb32, 0);
}

static void
seal_header(struct ntb_builder *b, size_t first_table)
{
	if (b->format.ntb32) {
		writer_fill_u32le(&b->w, 8, (uint32_t)b->w.len);
		writer_fill_u32le(&b->w, 12, (uint32_t)first_table);
	} else {
		writer_fill_u16le(&b->w, 8, (uint16_t)b->w.len);
		writer_fill_u16le(&b->w, 10, (uint16_t)first_table);
	}
}

int
ntb_end(struct ntb_builder *b)
{
	size_t first_table = 0;
	unsigned last = 0;

	for (unsigned i = 0; i < b->count; i++)
		if (!session_seen(b, i, b->entries[i].session_id))
			last = i;
	for (unsigned i = 0; i < b->count; i++) {
		if (session_seen(b, i, b->entries[i].session_id))
			continue;
		size_t at = align(b->w.len, table_alignment(&b->format), 0);
		writer_zero(&b->w, at - b->w.len);
		if (first_table == 0)
			first_table = at;
		write_table(b, i, i == last);
	}
	seal_header(b, first_table);
	return writer_ok(&b->w) ? (int)b->w.len : -EMSGSIZE;
}
