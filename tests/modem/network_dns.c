/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One network's name server: one question, one answer (RFC 1035 4.1).
 *
 * The question is copied into the answer, so its name is never written out anew: it
 * is compared as text and pointed at.
 */
#include "config.h"

#include "tests/modem/network_int.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "common/cursor.h"

#define DNS_HEADER 12
#define DNS_NAME_MAX 255
#define DNS_LABEL_MAX 63
#define FLAG_RESPONSE 0x8000u
#define FLAG_AUTHORITATIVE 0x0400u
#define FLAG_RECURSION_DESIRED 0x0100u
#define FLAG_RECURSION_AVAILABLE 0x0080u
#define OPCODE_MASK 0x7800u
#define TYPE_A 1
#define TYPE_TXT 16
#define TYPE_AAAA 28
#define TYPE_ANY 255
#define CLASS_IN 1
#define TTL 5                /* seconds */
#define NAME_POINTER 0xc00cu /* to the question's name */

enum rcode {
	RCODE_OK = 0,
	RCODE_FORMAT = 1,
	RCODE_NO_NAME = 3,
	RCODE_NOT_IMPLEMENTED = 4,
};

struct question {
	uint16_t id, flags;
	char name[DNS_NAME_MAX + 1]; /* with dots between labels, none at the end */
	uint16_t type, class;
	const uint8_t *bytes; /* the question as it came, borrowed */
	size_t len;
};

static bool
read_label(struct cursor *c, uint8_t len, char *name, size_t *used)
{
	const uint8_t *label;
	if (len > DNS_LABEL_MAX || *used + len + 1 > DNS_NAME_MAX)
		return false;
	if (!cursor_bytes(c, len, &label) || memchr(label, '\0', len))
		return false;
	if (*used > 0)
		name[(*used)++] = '.';
	memcpy(name + *used, label, len);
	*used += len;
	return true;
}

static bool
read_name(struct cursor *c, char *name)
{
	size_t used = 0;
	uint8_t len;
	while (cursor_u8(c, &len)) {
		if (len == 0) {
			name[used] = '\0';
			return true;
		}
		if (!read_label(c, len, name, &used))
			return false;
	}
	return false;
}

/* False with only id and flags valid when there is not exactly one whole question. */
static bool
read_question(struct cursor *c, struct question *q)
{
	uint16_t count;
	if (!cursor_u16be(c, &count) || count != 1 || !cursor_skip(c, 6))
		return false;
	q->bytes = c->pos;
	if (!read_name(c, q->name) || !cursor_u16be(c, &q->type) ||
	    !cursor_u16be(c, &q->class))
		return false;
	q->len = (size_t)(c->pos - q->bytes);
	return true;
}

/* Is name the APN's, or one under it? */
static bool
is_under(const char *name, const char *apn)
{
	size_t len = strlen(name), apn_len = strlen(apn);
	if (len < apn_len || strcasecmp(name + len - apn_len, apn) != 0)
		return false;
	return len == apn_len || name[len - apn_len - 1] == '.';
}

/* What a name stands for. */
struct zone_entry {
	bool found;
	struct in_addr v4;
	struct in6_addr v6;
};

static struct zone_entry
look_up(const struct network_plan *plan, const char *apn, const char *name)
{
	struct zone_entry e = {.found = true, .v4 = plan->self4, .v6 = plan->self6};
	if (is_under(name, apn) || strcasecmp(name, "who.test") == 0)
		return e;
	e.found = strcasecmp(name, "common.test") == 0;
	inet_pton(AF_INET, NETWORK_COMMON4, &e.v4);
	inet_pton(AF_INET6, NETWORK_COMMON6, &e.v6);
	return e;
}

static void
put_record(struct writer *w, uint16_t type, const void *data, size_t len)
{
	writer_u16be(w, NAME_POINTER);
	writer_u16be(w, type);
	writer_u16be(w, CLASS_IN);
	writer_u32be(w, TTL);
	writer_u16be(w, (uint16_t)len);
	writer_bytes(w, data, len);
}

/* The records of e that q asks for; how many. */
static uint16_t
put_answers(struct writer *w, const struct question *q, const struct zone_entry *e,
    const char *apn)
{
	uint16_t count = 0;
	bool any = q->type == TYPE_ANY;
	if (q->class != CLASS_IN)
		return 0;
	if (any || q->type == TYPE_A) {
		put_record(w, TYPE_A, &e->v4, sizeof(e->v4));
		count++;
	}
	if (any || q->type == TYPE_AAAA) {
		put_record(w, TYPE_AAAA, &e->v6, sizeof(e->v6));
		count++;
	}
	if (any || q->type == TYPE_TXT) {
		uint8_t text[1 + NETWORK_APN_MAX];
		size_t len = strlen(apn);
		text[0] = (uint8_t)len;
		memcpy(text + 1, apn, len);
		put_record(w, TYPE_TXT, text, len + 1);
		count++;
	}
	return count;
}

static size_t
finish(struct writer *w, const struct question *q, enum rcode rcode, uint16_t questions,
    uint16_t answers)
{
	struct writer head;
	unsigned flags = FLAG_RESPONSE | FLAG_AUTHORITATIVE | FLAG_RECURSION_AVAILABLE |
			 (q->flags & (OPCODE_MASK | FLAG_RECURSION_DESIRED)) | rcode;
	if (!writer_ok(w))
		return 0;
	writer_init(&head, w->buf, DNS_HEADER);
	writer_u16be(&head, q->id);
	writer_u16be(&head, (uint16_t)flags);
	writer_u16be(&head, questions);
	writer_u16be(&head, answers);
	writer_zero(&head, 4);
	return w->len;
}

size_t
dns_answer(const struct network_plan *plan, const char *apn, const uint8_t *query,
    size_t len, uint8_t *ret)
{
	struct cursor c;
	struct writer w;
	struct question q = {.id = 0};

	cursor_init(&c, query, len);
	writer_init(&w, ret, DNS_MESSAGE_MAX);
	writer_zero(&w, DNS_HEADER); /* later */
	if (!cursor_u16be(&c, &q.id) || !cursor_u16be(&c, &q.flags) ||
	    q.flags & FLAG_RESPONSE)
		return 0;
	if (q.flags & OPCODE_MASK)
		return finish(&w, &q, RCODE_NOT_IMPLEMENTED, 0, 0);
	if (!read_question(&c, &q))
		return finish(&w, &q, RCODE_FORMAT, 0, 0);
	writer_bytes(&w, q.bytes, q.len);
	struct zone_entry e = look_up(plan, apn, q.name);
	if (!e.found)
		return finish(&w, &q, RCODE_NO_NAME, 1, 0);
	uint16_t answers = put_answers(&w, &q, &e, apn);
	return finish(&w, &q, RCODE_OK, 1, answers);
}
