/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control language of one modem: a table of commands, a function each.
 *
 * A command is its name and up to four words.  What begins with a front's own word is
 * that front's ("usb unplug").  An answer is one line; "stats" answers with JSON.
 */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/xmem.h"
#include "tests/modem/mbim_func.h"
#include "tests/modem/modem_control.h"
#include "tests/modem/modem_int.h"
#include "tests/modem/qmi_port.h"

#define WORDS_MAX 4

struct command_call {
	struct modem *m;
	char *words[WORDS_MAX]; /* after the name; NULL: not given */
	const char *rest;       /* the line after the name */
	char *ret;
	size_t size;
};

typedef int command_fn(struct command_call *c);

static int __attribute__((format(printf, 2, 3)))
wrong(struct command_call *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->ret, c->size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool
number(const char *word, unsigned max, unsigned *ret)
{
	char *end;
	unsigned long n;

	if (!word)
		return false;
	n = strtoul(word, &end, 10);
	if (end == word || *end != '\0' || n > max)
		return false;
	*ret = (unsigned)n;
	return true;
}

/* The place of a word in a list that ends with NULL; -1. */
static int
one_of(const char *word, const char *const *list)
{
	for (int n = 0; word && list[n]; n++)
		if (strcmp(word, list[n]) == 0)
			return n;
	return -1;
}

/* ---- counting ---- */

static int
do_mark(struct command_call *c)
{
	struct modem *m = c->m;
	struct modem_tally *t;

	m->counters = (struct modem_counters){.requests = 0};
	m->trip_answered = true;
	while ((t = LIST_FIRST(&m->tallies))) {
		LIST_REMOVE(t, next);
		free(t);
	}
	return 0;
}

/* Appends to the answer; what does not fit is cut. */
static void __attribute__((format(printf, 2, 3)))
say(struct command_call *c, const char *fmt, ...)
{
	size_t at = strlen(c->ret);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->ret + at, c->size - at, fmt, ap);
	va_end(ap);
}

static void
say_call(struct command_call *c, const struct modem_call *call)
{
	const struct bearer_config *config =
	    call->bearer ? bearer_config(call->bearer) : NULL;
	const struct bearer_counters *n =
	    call->bearer ? bearer_counters(call->bearer) : NULL;
	char address[INET6_ADDRSTRLEN] = "";

	if (config)
		inet_ntop(call->family,
		    call->family == AF_INET ? (const void *)&config->address4
					    : (const void *)&config->address6,
		    address, sizeof(address));
	say(c,
	    "{\"apn\": \"%s\", \"link\": %u, \"family\": %d, \"up\": %s, "
	    "\"suspended\": %s, \"address\": \"%s\"",
	    call->apn, call->link, call->family == AF_INET6 ? 6 : 4,
	    call->up ? "true" : "false", call->suspended ? "true" : "false", address);
	if (n)
		say(c,
		    ", \"up_packets\": %llu, \"up_bytes\": %llu, \"down_packets\": "
		    "%llu, \"down_bytes\": %llu, \"spoofed\": %llu, \"malformed\": "
		    "%llu, \"link_local\": %llu",
		    (unsigned long long)n->up_packets, (unsigned long long)n->up_bytes,
		    (unsigned long long)n->down_packets,
		    (unsigned long long)n->down_bytes, (unsigned long long)n->spoofed,
		    (unsigned long long)n->malformed,
		    (unsigned long long)n->link_local);
	say(c, "}");
}

static void
say_calls(struct command_call *c)
{
	const struct modem_call *call;

	say(c, "\"calls\": [");
	LIST_FOREACH (call, &c->m->calls, next) {
		if (call != LIST_FIRST(&c->m->calls))
			say(c, ", ");
		say_call(c, call);
	}
	say(c, "]");
}

static void
say_messages(struct command_call *c)
{
	const struct modem_tally *t;

	say(c, "\"messages\": {");
	LIST_FOREACH (t, &c->m->tallies, next)
		say(c, "%s\"%s\": [%llu, %llu, %llu]",
		    t == LIST_FIRST(&c->m->tallies) ? "" : ", ", t->name,
		    (unsigned long long)t->requests, (unsigned long long)t->responses,
		    (unsigned long long)t->indications);
	say(c, "}");
}

static int
do_stats(struct command_call *c)
{
	const struct modem_counters *n = &c->m->counters;
	const struct modem_format *f = &c->m->format;

	c->ret[0] = '\0';
	say(c,
	    "{\"requests\": %llu, \"responses\": %llu, \"indications\": %llu, "
	    "\"round_trips\": %llu, \"bad_messages\": %llu, \"wrong_link\": %llu, "
	    "\"bad_frames\": %llu, ",
	    (unsigned long long)n->requests, (unsigned long long)n->responses,
	    (unsigned long long)n->indications, (unsigned long long)n->round_trips,
	    (unsigned long long)n->bad_messages, (unsigned long long)n->wrong_link,
	    (unsigned long long)n->bad_frames);
	say(c,
	    "\"format\": {\"link\": %u, \"protocol\": %u, \"down_size\": %u, "
	    "\"down_datagrams\": %u, \"up_size\": %u, \"up_datagrams\": %u}, ",
	    f->link, f->protocol, f->down_size, f->down_datagrams, f->up_size,
	    f->up_datagrams);
	say(c, "\"present\": %s, \"sim\": %d, \"pin_left\": %u, \"puk_left\": %u, ",
	    c->m->present ? "true" : "false", c->m->sim, c->m->pin_left,
	    c->m->puk_left);
	qmi_func_stats(c->m->qmi, c->ret + strlen(c->ret), c->size - strlen(c->ret));
	say(c, ", ");
	say_calls(c);
	say(c, ", ");
	say_messages(c);
	say(c, "}");
	return 0;
}

/* ---- settings ---- */

static int
set_ms(struct command_call *c, unsigned *setting)
{
	return number(c->words[0], 600000, setting) ? 0 : wrong(c, "how many ms?");
}

static int
do_latency(struct command_call *c)
{
	return set_ms(c, &c->m->settings.latency_ms);
}

static int
do_connect(struct command_call *c)
{
	return set_ms(c, &c->m->settings.connect_ms);
}

static int
do_cids(struct command_call *c)
{
	static const char *const words[] = {"restore", "exhaust", NULL};
	int n = one_of(c->words[0], words);

	if (n >= 0)
		qmi_func_exhaust(c->m->qmi, n == 1);
	else if (!number(c->words[0], 254, &c->m->settings.cids))
		return wrong(c, "cids exhaust, restore, or a number to 254");
	return 0;
}

static int
do_pin(struct command_call *c)
{
	struct modem *m = c->m;
	size_t len = c->words[0] ? strlen(c->words[0]) : 0;
	unsigned left = MODEM_PIN_TRIES;

	if (c->words[0] && strcmp(c->words[0], "none") == 0) {
		m->pin_enabled = false;
		return 0;
	}
	if (len < 4 || len > 8)
		return wrong(c, "pin none, or 4 to 8 digits [left N]");
	if (c->words[1] && (strcmp(c->words[1], "left") != 0 ||
			       !number(c->words[2], MODEM_PIN_TRIES, &left)))
		return wrong(c, "after the PIN: left N, to %d", MODEM_PIN_TRIES);
	snprintf(m->pin, sizeof(m->pin), "%s", c->words[0]);
	m->pin_enabled = true;
	m->pin_left = left;
	return 0;
}

static int
do_signal(struct command_call *c)
{
	int dbm = c->words[0] ? atoi(c->words[0]) : 0;

	if (dbm < -120 || dbm > -30)
		return wrong(c, "signal in dBm, -120 to -30");
	c->m->rssi = (int8_t)dbm;
	return 0;
}

/* ---- SIM, radio, network ---- */

static int
do_sim(struct command_call *c)
{
	static const char *const words[] = {
	    "ready", "absent", "pin", "puk", "blocked", NULL};
	int n = one_of(c->words[0], words);

	if (n < 0)
		return wrong(c, "sim ready, absent, pin, puk or blocked");
	modem_set_sim(c->m, (enum modem_sim)n);
	return 0;
}

static int
do_register(struct command_call *c)
{
	static const char *const words[] = {
	    "not", "registered", "searching", "denied", NULL};
	int n = one_of(c->words[0], words);

	if (n < 0)
		return wrong(c, "register registered, searching, denied or not");
	modem_set_registration(c->m, (enum modem_registration)n);
	return 0;
}

static int
do_attach(struct command_call *c)
{
	modem_set_attached(c->m, true);
	return 0;
}

static int
do_detach(struct command_call *c)
{
	modem_set_attached(c->m, false);
	return 0;
}

static int
do_roaming(struct command_call *c)
{
	static const char *const words[] = {"off", "on", NULL};
	int n = one_of(c->words[0], words);

	if (n < 0)
		return wrong(c, "roaming on or off");
	modem_set_roaming(c->m, n == 1);
	return 0;
}

/* ---- calls ---- */

static int
do_disconnect(struct command_call *c)
{
	const char *which = c->words[0];
	struct modem_cause cause;
	unsigned number_3gpp = 36;

	if (!which || (c->words[1] && !number(c->words[1], 255, &number_3gpp)))
		return wrong(c, "disconnect APN, LINK or all, and a 3GPP cause");
	cause = modem_cause_3gpp((uint16_t)number_3gpp);
	if (modem_drop_calls(c->m, strcmp(which, "all") == 0 ? NULL : which, &cause) ==
	    0)
		return wrong(c, "no such call is up");
	return 0;
}

static bool
is_meant(const struct modem_call *call, const char *which)
{
	char link[8];

	snprintf(link, sizeof(link), "%u", call->link);
	return call->up && (strcmp(which, "all") == 0 || strcmp(which, link) == 0 ||
			       strcasecmp(which, call->apn) == 0);
}

/* Does something to each call that is meant; a failure ends it. */
static int
each_call(struct command_call *c, int (*fn)(struct modem_call *call))
{
	struct modem_call *call, *next;
	unsigned n = 0;

	for (call = LIST_FIRST(&c->m->calls); c->words[0] && call; call = next) {
		int r;

		next = LIST_NEXT(call, next);
		if (!is_meant(call, c->words[0]))
			continue;
		n++;
		r = fn(call);
		if (r < 0)
			return wrong(c, "%s", strerror(-r));
	}
	return n ? 0 : wrong(c, "no such call is up: an APN, a link or all");
}

static int
suspend(struct modem_call *call)
{
	modem_suspend_call(call, true);
	return 0;
}

static int
resume(struct modem_call *call)
{
	modem_suspend_call(call, false);
	return 0;
}

static int
do_renumber(struct command_call *c)
{
	return each_call(c, modem_renumber_call);
}

static int
do_suspend(struct command_call *c)
{
	return each_call(c, suspend);
}

static int
do_resume(struct command_call *c)
{
	return each_call(c, resume);
}

/* ---- the module as a whole ---- */

static int
do_reset(struct command_call *c)
{
	static const char *const words[] = {"sync", "bus", NULL};
	int n = c->words[0] ? one_of(c->words[0], words) : 1;
	unsigned away_ms = 200;

	if (n < 0 || (c->words[1] && !number(c->words[1], 600000, &away_ms)))
		return wrong(c, "reset bus [MS], or sync");
	modem_reset(c->m, n == 1, away_ms);
	return 0;
}

static int
do_vanish(struct command_call *c)
{
	modem_set_present(c->m, false);
	return 0;
}

static int
do_appear(struct command_call *c)
{
	modem_set_present(c->m, true);
	return 0;
}

static int
do_silent(struct command_call *c)
{
	c->m->silent = true;
	return 0;
}

static int
do_answer(struct command_call *c)
{
	c->m->silent = false;
	return 0;
}

static int
do_unsolicited(struct command_call *c)
{
	const char *name = c->words[0] ? c->words[0] : "";

	if (strcasecmp(name, "CTL.SYNC") == 0) {
		qmi_func_say_sync(c->m->qmi);
		return 0;
	}
	if (qmi_func_unsolicited(c->m->qmi, name) < 0)
		return wrong(c, "no client hears an indication named '%s'", name);
	return 0;
}

static int
do_fault(struct command_call *c)
{
	return fault_set_command(c->m->faults, c->rest, c->ret, c->size);
}

static int
do_mbim(struct command_call *c)
{
	if (!c->m->mbim)
		return wrong(c, "the modem is in QMI mode");
	return mbim_func_command(c->m->mbim, c->rest, c->ret, c->size);
}

/* ---- the table ---- */

struct command_row {
	const char *name;
	command_fn *fn;
	const char *text;
};

static const struct command_row rows[] = {
    {"mark", do_mark, "counts from zero from now on"},
    {"stats", do_stats, "what was counted, and what is there, as JSON"},
    {"latency", do_latency, "MS: from a request to its response"},
    {"connect", do_connect, "MS: how long the network takes for a call"},
    {"cids", do_cids, "exhaust|restore|N: client ids of each service"},
    {"pin", do_pin, "none|DIGITS [left N]: PIN1 and its tries"},
    {"signal", do_signal, "DBM: RSSI"},
    {"sim", do_sim, "ready|absent|pin|puk|blocked"},
    {"register", do_register, "registered|searching|denied|not"},
    {"attach", do_attach, ": to the packet domain"},
    {"detach", do_detach, ": from it; all calls end"},
    {"roaming", do_roaming, "on|off"},
    {"disconnect", do_disconnect, "APN|LINK|all [CAUSE]: by the network"},
    {"renumber", do_renumber, "APN|LINK|all: another address"},
    {"suspend", do_suspend, "APN|LINK|all"},
    {"resume", do_resume, "APN|LINK|all"},
    {"reset", do_reset, "bus [MS]|sync: restart, with or without leaving the bus"},
    {"vanish", do_vanish, ": leaves its bus"},
    {"appear", do_appear, ": is back on it"},
    {"silent", do_silent, ": hears and says nothing"},
    {"answer", do_answer, ": speaks again"},
    {"unsolicited", do_unsolicited, "NAME: an indication to all clients"},
    {"mbim", do_mbim, "NAME [VALUE]: a way in which MBIM modules differ; mbim_quirk.h"},
    {"fault", do_fault, "NAME|* req|rsp|ind ACTION [N] [cause N] [count N], or clear"},
};

const char *
modem_command_help(void)
{
	static char text[4096];
	size_t at = 0;

	if (text[0] != '\0')
		return text;
	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s %s\n",
		    rows[n].name, rows[n].text);
	return text;
}

static int
ask_fronts(struct modem *m, const char *line, char *ret, size_t size)
{
	struct modem_front *f;

	TAILQ_FOREACH (f, &m->fronts, next) {
		int r = f->ops->command ? f->ops->command(f->arg, line, ret, size)
					: -ENOENT;

		if (r != -ENOENT)
			return r;
	}
	snprintf(ret, size, "no such command: help lists them");
	return -EINVAL;
}

int
modem_command(struct modem *m, const char *line, char *ret, size_t size)
{
	struct command_call c = {.m = m, .ret = ret, .size = size};
	size_t name_len = strcspn(line, " \t");
	char *copy, *save = NULL;
	int r = -ENOENT;

	ret[0] = '\0';
	c.rest = line + name_len + strspn(line + name_len, " \t");
	copy = xstrdup(c.rest);
	for (unsigned n = 0; n < WORDS_MAX; n++)
		c.words[n] = strtok_r(n ? NULL : copy, " \t", &save);
	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++)
		if (strlen(rows[n].name) == name_len &&
		    strncmp(rows[n].name, line, name_len) == 0)
			r = rows[n].fn(&c);
	free(copy);
	return r == -ENOENT ? ask_fronts(m, line, ret, size) : r;
}
