/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules are tried in the order in which they were given; the first that fits decides.
 *
 * A line is a queue in due order with one timer.  What is due together leaves in the
 * order in which it was put, so that equal delays keep messages in order.  REORDER and
 * COALESCE hold a message for the next one that is put on the same line, for at most
 * FAULT_HOLD_MS, since there may be none.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/mbim_ids.h"
#include "common/qmi_table.h"
#include "common/xmem.h"
#include "tests/modem/fault.h"
#include "tests/modem/modem_int.h"

#define FAULT_HOLD_MS 2000
#define FAULT_WORDS_MAX 12

struct fault_rule {
	TAILQ_ENTRY(fault_rule) next;
	char name[MODEM_NAME_MAX];
	enum fault_way way;
	struct fault_hit hit;
	bool is_counted;
	unsigned left;
};

struct fault_set {
	TAILQ_HEAD(, fault_rule) rules;
};

struct action_row {
	const char *word;
	enum fault_action action;
	bool has_number;
};

static const struct action_row actions[] = {
    {"drop", FAULT_DROP, false},
    {"delay", FAULT_DELAY, true},
    {"error", FAULT_ERROR, true},
    {"duplicate", FAULT_DUPLICATE, false},
    {"reorder", FAULT_REORDER, false},
    {"truncate", FAULT_TRUNCATE, true},
    {"split", FAULT_SPLIT, false},
    {"coalesce", FAULT_COALESCE, false},
    {"garbage", FAULT_GARBAGE, true},
    {"badtxn", FAULT_BAD_TXN, false},
    {"badcid", FAULT_BAD_CID, false},
    {"broadcast", FAULT_BROADCAST, false},
};

/* ---- rules ---- */

struct fault_set *
fault_set_new(void)
{
	struct fault_set *s = xcalloc(1, sizeof(*s));

	TAILQ_INIT(&s->rules);
	return s;
}

static void
rule_free(struct fault_set *s, struct fault_rule *r)
{
	TAILQ_REMOVE(&s->rules, r, next);
	free(r);
}

static void
clear(struct fault_set *s)
{
	while (!TAILQ_EMPTY(&s->rules))
		rule_free(s, TAILQ_FIRST(&s->rules));
}

void
fault_set_free(struct fault_set *s)
{
	if (!s)
		return;
	clear(s);
	free(s);
}

static bool
read_number(const char *word, uint32_t *ret)
{
	char *end;
	unsigned long n;

	if (!word)
		return false;
	errno = 0;
	n = strtoul(word, &end, 0);
	if (*end != '\0' || end == word || errno != 0 || n > UINT32_MAX)
		return false;
	*ret = (uint32_t)n;
	return true;
}

static const char *
error_name(bool is_mbim, uint32_t n)
{
	const char *name = is_mbim ? mbim_status_name(n) : qmi_error_name((uint16_t)n);

	return name ? name : "";
}

/* A number, or the name of a QMI error or, for MBIM.CONNECT and the like, a status. */
static bool
read_error(const char *message, const char *word, uint32_t *ret)
{
	bool is_mbim = strncasecmp(message, "MBIM", 4) == 0;

	if (read_number(word, ret))
		return true;
	for (uint32_t n = 1; word && n < 0x200; n++) {
		if (strcasecmp(word, error_name(is_mbim, n)) != 0)
			continue;
		*ret = n;
		return true;
	}
	return false;
}

static bool
read_way(const char *word, enum fault_way *ret)
{
	static const char *const ways[] = {"req", "rsp", "ind"};

	for (unsigned n = 0; word && n < 3; n++) {
		if (strcmp(word, ways[n]) != 0)
			continue;
		*ret = (enum fault_way)n;
		return true;
	}
	return false;
}

static const struct action_row *
find_action(const char *word)
{
	for (size_t n = 0; word && n < sizeof(actions) / sizeof(actions[0]); n++)
		if (strcmp(actions[n].word, word) == 0)
			return &actions[n];
	return NULL;
}

/* "cause N" and "count N" at the end. */
static bool
read_rest(char **words, struct fault_rule *r)
{
	uint32_t n;

	for (; *words; words += 2) {
		if (!read_number(words[1], &n))
			return false;
		if (strcmp(*words, "cause") == 0 && n <= UINT16_MAX) {
			r->hit.cause = (uint16_t)n;
		} else if (strcmp(*words, "count") == 0) {
			r->is_counted = true;
			r->left = n;
		} else {
			return false;
		}
	}
	return true;
}

static const char *
read_rule(char **words, struct fault_rule *r)
{
	const struct action_row *a;

	if (!words[0] || strlen(words[0]) >= sizeof(r->name))
		return "which message? a name such as WDS.START_NETWORK, or *";
	snprintf(r->name, sizeof(r->name), "%s", words[0]);
	if (!read_way(words[1], &r->way))
		return "which way? req, rsp or ind";
	a = find_action(words[2]);
	if (!a)
		return "what? drop, delay, error, duplicate, reorder, truncate, split, "
		       "coalesce, garbage, badtxn, badcid or broadcast";
	r->hit.action = a->action;
	words += 3;
	if (a->action == FAULT_ERROR
		? !read_error(r->name, *words, &r->hit.number)
		: a->has_number && !read_number(*words, &r->hit.number))
		return "this fault wants a number";
	if (a->action == FAULT_ERROR && r->way != FAULT_REQ)
		return "an error is the answer to a req";
	if (r->way == FAULT_REQ && a->action != FAULT_ERROR && a->action != FAULT_DROP)
		return "a req can be dropped or answered with an error";
	if (!read_rest(a->has_number ? words + 1 : words, r))
		return "at the end there may be cause N and count N";
	return NULL;
}

int
fault_set_command(struct fault_set *s, const char *line, char *why, size_t why_size)
{
	char *copy = xstrdup(line), *save = NULL, *words[FAULT_WORDS_MAX + 2] = {0};
	struct fault_rule *r = xcalloc(1, sizeof(*r));
	const char *wrong = NULL;
	unsigned n = 0;

	for (char *w = strtok_r(copy, " \t", &save); w && n < FAULT_WORDS_MAX;
	     w = strtok_r(NULL, " \t", &save))
		words[n++] = w;
	if (n == 1 && strcmp(words[0], "clear") == 0) {
		clear(s);
		free(r);
	} else if ((wrong = read_rule(words, r))) {
		snprintf(why, why_size, "%s", wrong);
		free(r);
	} else {
		TAILQ_INSERT_TAIL(&s->rules, r, next);
	}
	free(copy);
	return wrong ? -EINVAL : 0;
}

static bool
fits(const struct fault_rule *r, const char *name, enum fault_way way)
{
	if (r->way != way)
		return false;
	return strcmp(r->name, "*") == 0 || strcasecmp(r->name, name) == 0;
}

struct fault_hit
fault_check(struct fault_set *s, const char *name, enum fault_way way)
{
	struct fault_hit hit = {.action = FAULT_NONE};
	struct fault_rule *r;

	TAILQ_FOREACH (r, &s->rules, next)
		if (fits(r, name, way))
			break;
	if (!r)
		return hit;
	hit = r->hit;
	if (r->is_counted && (r->left == 0 || --r->left == 0))
		rule_free(s, r);
	return hit;
}

/* ---- the line ---- */

struct fault_item {
	TAILQ_ENTRY(fault_item) next;
	int64_t due_ms;
	bool *sent; /* set when it is; may be NULL */
	bool is_split;
	size_t len;
	uint8_t bytes[];
};

struct fault_line {
	TAILQ_HEAD(fault_items, fault_item) items; /* by due_ms */
	struct event *timer;
	struct fault_item *held; /* waits for the next message */
	bool held_joins;         /* in one write with it, else after it */
	fault_send_fn *send;
	void *arg;
	bool is_sending; /* then a free waits for its end */
	bool is_freed;
};

static void
arm(struct fault_line *l)
{
	const struct fault_item *first = TAILQ_FIRST(&l->items);
	struct timeval tv;

	if (!first || (l->held && l->held->due_ms < first->due_ms))
		first = l->held;
	if (!first)
		return;
	tv = loop_timeval(first->due_ms - loop_now_ms());
	event_add(l->timer, &tv);
}

static void
insert(struct fault_line *l, struct fault_item *it)
{
	struct fault_item *after = TAILQ_LAST(&l->items, fault_items);

	while (after && after->due_ms > it->due_ms)
		after = TAILQ_PREV(after, fault_items, next);
	if (after)
		TAILQ_INSERT_AFTER(&l->items, after, it, next);
	else
		TAILQ_INSERT_HEAD(&l->items, it, next);
	arm(l);
}

/* Nothing followed it. */
static void
release(struct fault_line *l)
{
	struct fault_item *held = l->held;

	l->held = NULL;
	if (held)
		insert(l, held);
}

static void
send_item(struct fault_line *l, const struct fault_item *it)
{
	size_t step = it->is_split ? 1 : it->len;

	if (it->sent)
		*it->sent = true;
	for (size_t at = 0; at < it->len && !l->is_freed; at += step)
		l->send(l->arg, it->bytes + at, step);
}

static void
send_due(struct fault_line *l)
{
	int64_t now_ms = loop_now_ms();
	struct fault_item *it;

	if (l->held && l->held->due_ms <= now_ms)
		release(l);
	while (!l->is_freed && (it = TAILQ_FIRST(&l->items)) && it->due_ms <= now_ms) {
		TAILQ_REMOVE(&l->items, it, next);
		send_item(l, it);
		free(it);
	}
}

static void
fault_line_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct fault_line *l = arg;

	(void)fd;
	(void)what;
	l->is_sending = true;
	send_due(l);
	l->is_sending = false;
	if (l->is_freed)
		fault_line_free(l);
	else
		arm(l);
}

struct fault_line *
fault_line_new(struct event_base *base, fault_send_fn *send, void *arg)
{
	struct fault_line *l = xcalloc(1, sizeof(*l));

	TAILQ_INIT(&l->items);
	l->send = send;
	l->arg = arg;
	l->timer = evtimer_new(base, fault_line_timer_cb, l);
	if (!l->timer)
		fatal("modem", "no memory for an event");
	return l;
}

void
fault_line_free(struct fault_line *l)
{
	struct fault_item *it;

	if (!l)
		return;
	l->is_freed = true;
	if (l->is_sending)
		return;
	while ((it = TAILQ_FIRST(&l->items))) {
		TAILQ_REMOVE(&l->items, it, next);
		free(it);
	}
	free(l->held);
	event_free(l->timer);
	free(l);
}

static struct fault_item *
item_new(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, int64_t due_ms)
{
	struct fault_item *it = xcalloc(1, sizeof(*it) + a_len + b_len);

	it->due_ms = due_ms;
	it->len = a_len + b_len;
	memcpy(it->bytes, a, a_len);
	if (b_len)
		memcpy(it->bytes + a_len, b, b_len);
	return it;
}

/* Puts it, and with it what waited for it. */
static void
put(struct fault_line *l, struct fault_item *it)
{
	struct fault_item *held = l->held, *both;

	l->held = NULL;
	if (held && l->held_joins) {
		both = item_new(held->bytes, held->len, it->bytes, it->len, it->due_ms);
		both->sent = it->sent ? it->sent : held->sent;
		insert(l, both);
		free(held);
		free(it);
		return;
	}
	insert(l, it);
	if (!held)
		return;
	held->due_ms = it->due_ms;
	insert(l, held);
}

/* What is held already goes with this one: pairs, also where every message is hit. */
static void
hold(struct fault_line *l, struct fault_item *it, bool joins)
{
	if (l->held) {
		put(l, it);
		return;
	}
	it->due_ms += FAULT_HOLD_MS;
	l->held = it;
	l->held_joins = joins;
	arm(l);
}

static void
put_garbage(struct fault_line *l, const struct fault_item *it, uint32_t count)
{
	uint8_t noise[256];

	if (count > sizeof(noise))
		count = sizeof(noise);
	for (uint32_t n = 0; n < count; n++)
		noise[n] = (uint8_t)(0xa5 ^ n * 7);
	put(l, item_new(noise, count, it->bytes, it->len, it->due_ms));
}

void
fault_line_put(struct fault_line *l, const struct fault_hit *hit, int64_t delay_ms,
    bool *sent, const uint8_t *msg, size_t len)
{
	struct fault_item *it = item_new(msg, len, NULL, 0, loop_now_ms() + delay_ms);

	it->sent = sent;
	switch (hit->action) {
	case FAULT_NONE:
	case FAULT_ERROR:
	case FAULT_BAD_TXN:
	case FAULT_BAD_CID:
	case FAULT_BROADCAST: break;
	case FAULT_DROP: free(it); return;
	case FAULT_DELAY: it->due_ms += hit->number; break;
	case FAULT_DUPLICATE: put(l, item_new(msg, len, NULL, 0, it->due_ms)); break;
	case FAULT_TRUNCATE: it->len -= hit->number < len ? hit->number : len; break;
	case FAULT_SPLIT: it->is_split = true; break;
	case FAULT_REORDER: hold(l, it, false); return;
	case FAULT_COALESCE: hold(l, it, true); return;
	case FAULT_GARBAGE:
		put_garbage(l, it, hit->number);
		free(it);
		return;
	}
	put(l, it);
}
