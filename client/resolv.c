/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Three ways to tell the host about DNS servers, one object per device.
 *
 * Programs are run one after another: a set during a run is remembered and made when
 * the run has ended, and only the last wish counts.  "What is set" is known from our
 * own bookkeeping; a predecessor's lines in a plain file are recognised by the mark
 * with the device's name and replaced by ours.
 *
 * A symbolic link at the file's place is followed, so that /etc/resolv.conf may be one;
 * the file that it names is replaced, not the link.
 */
#include "config.h"

#include "client/resolv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ipconf.h"
#include "client/resolv_file.h"
#include "client/run.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/xmem.h"

#define DEADLINE_MS 5000
#define DEFAULT_FILE "/etc/resolv.conf"
#define RESOLVED_SOCKET "/run/systemd/resolve/io.systemd.Resolve"
#define SERVERS_MAX (2 * IPCONF_DNS_MAX)

enum resolv_way {
	RESOLV_NONE,
	RESOLV_RESOLVCONF,
	RESOLV_RESOLVED,
	RESOLV_FILE,
};

struct resolv {
	struct event_base *base;
	enum resolv_way way;
	char *file;
	char *how; /* for the log */
	char *run_dir;
	char dev[IFNAMSIZ];
	struct ipconf_dns wanted;
	bool is_set;  /* what is or is about to be in place */
	bool pending; /* wanted or is_set changed while a program was running */
	struct run *run;
	struct event *done_event; /* calls done from the loop */
	void (*done)(void *arg);
	void *done_arg;
};

static void resolv_act(struct resolv *r);

/* ---- which way ----------------------------------------------------------------- */

static bool
has_program(const char *name)
{
	char path[PATH_MAX];
	return run_find(name, path, sizeof(path));
}

static enum resolv_way
way_auto(void)
{
	if (access(RESOLVED_SOCKET, F_OK) == 0 && has_program("resolvectl"))
		return RESOLV_RESOLVED;
	return has_program("resolvconf") ? RESOLV_RESOLVCONF : RESOLV_FILE;
}

/* -EINVAL for a word we do not know. */
static int
parse_how(const char *how, enum resolv_way *ret, const char **ret_file)
{
	*ret_file = DEFAULT_FILE;
	if (strcmp(how, "auto") == 0 || how[0] == '\0')
		*ret = way_auto();
	else if (strcmp(how, "none") == 0)
		*ret = RESOLV_NONE;
	else if (strcmp(how, "resolvconf") == 0)
		*ret = RESOLV_RESOLVCONF;
	else if (strcmp(how, "resolved") == 0)
		*ret = RESOLV_RESOLVED;
	else if (strcmp(how, "file") == 0)
		*ret = RESOLV_FILE;
	else if (strncmp(how, "file:/", 6) == 0) {
		*ret = RESOLV_FILE;
		*ret_file = how + 5;
	} else
		return -EINVAL;
	return 0;
}

static void
resolv_done_cb(evutil_socket_t fd, short what, void *arg)
{
	struct resolv *r = arg;
	void (*done)(void *arg) = r->done;
	(void)fd;
	(void)what;
	r->done = NULL;
	if (done)
		done(r->done_arg);
}

struct resolv *
resolv_new(struct event_base *base, const char *how, const char *run_dir)
{
	enum resolv_way way;
	const char *file;
	if (parse_how(how, &way, &file) < 0) {
		errno = EINVAL;
		return NULL;
	}
	static const char *const names[] = {
	    [RESOLV_NONE] = "none",
	    [RESOLV_RESOLVCONF] = "resolvconf",
	    [RESOLV_RESOLVED] = "resolved",
	    [RESOLV_FILE] = "file ",
	};
	struct resolv *r = xcalloc(1, sizeof(*r));
	r->base = base;
	r->way = way;
	r->file = xstrdup(file);
	r->how = xasprintf("%s%s", names[way], way == RESOLV_FILE ? file : "");
	r->run_dir = xstrdup(run_dir);
	r->done_event = evtimer_new(base, resolv_done_cb, r);
	return r;
}

const char *
resolv_how(const struct resolv *r)
{
	return r->how;
}

/* ---- doing it ------------------------------------------------------------------ */

struct servers {
	char text[SERVERS_MAX][INET6_ADDRSTRLEN];
	size_t count;
};

static void
servers_text(const struct ipconf_dns *dns, struct servers *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < dns->v4_count && i < IPCONF_DNS_MAX; i++)
		inet_ntop(
		    AF_INET, &dns->v4[i], ret->text[ret->count++], INET6_ADDRSTRLEN);
	for (size_t i = 0; i < dns->v6_count && i < IPCONF_DNS_MAX; i++)
		inet_ntop(
		    AF_INET6, &dns->v6[i], ret->text[ret->count++], INET6_ADDRSTRLEN);
}

/* Nothing more to do: whoever waits for a clear hears of it. */
static void
finished(struct resolv *r)
{
	if (!r->done)
		return;
	evtimer_del(r->done_event);
	event_active(r->done_event, EV_TIMEOUT, 0);
}

static void
program_ended(int status, void *arg)
{
	struct resolv *r = arg;
	r->run = NULL;
	if (status == -ETIMEDOUT)
		log_warnx("dns", "%s did not end in time for %s", r->how, r->dev);
	else if (status != 0 && r->is_set)
		log_warnx("dns", "%s refused the DNS servers of %s (status %d)", r->how,
		    r->dev, status);
	if (r->pending) {
		r->pending = false;
		resolv_act(r);
	} else {
		finished(r);
	}
}

static void
start_program(struct resolv *r, const char *const *argv, const char *input)
{
	r->run = run_start(r->base, argv, input, DEADLINE_MS, program_ended, r);
	if (r->run)
		return;
	log_warn("dns", "cannot run %s for %s", argv[0], r->dev);
	finished(r);
}

static void
act_resolvconf(struct resolv *r, const struct servers *s)
{
	char record[IFNAMSIZ + 16];
	char input[SERVERS_MAX * 64] = "";
	snprintf(record, sizeof(record), "%s.pdnmux", r->dev);
	const char *set[] = {"resolvconf", "-a", record, NULL};
	const char *clear[] = {"resolvconf", "-d", record, NULL};
	size_t len = 0;
	for (size_t i = 0; i < s->count; i++)
		len += (size_t)snprintf(
		    input + len, sizeof(input) - len, "nameserver %s\n", s->text[i]);
	start_program(r, r->is_set ? set : clear, r->is_set ? input : NULL);
}

static void
act_resolved(struct resolv *r, const struct servers *s)
{
	const char *set[3 + SERVERS_MAX + 1] = {"resolvectl", "dns", r->dev};
	const char *clear[] = {"resolvectl", "revert", r->dev, NULL};
	for (size_t i = 0; i < s->count; i++)
		set[3 + i] = s->text[i];
	start_program(r, r->is_set ? set : clear, NULL);
}

static void
act_file(struct resolv *r, const struct servers *s)
{
	const char *list[SERVERS_MAX];
	for (size_t i = 0; i < s->count; i++)
		list[i] = s->text[i];
	int rc = resolv_file_set(
	    r->file, r->run_dir, r->dev, list, r->is_set ? s->count : 0);
	if (rc < 0)
		log_warnx("dns", "cannot write the DNS servers of %s to %s: %s", r->dev,
		    r->file, strerror(-rc));
	finished(r);
}

/* Makes the host agree with is_set and wanted; or remembers to, while a run is on. */
static void
resolv_act(struct resolv *r)
{
	struct servers s;
	if (r->run) {
		r->pending = true;
		return;
	}
	servers_text(&r->wanted, &s);
	switch (r->way) {
	case RESOLV_NONE: finished(r); break;
	case RESOLV_RESOLVCONF: act_resolvconf(r, &s); break;
	case RESOLV_RESOLVED: act_resolved(r, &s); break;
	case RESOLV_FILE: act_file(r, &s); break;
	}
}

static bool
same_dns(const struct ipconf_dns *a, const struct ipconf_dns *b)
{
	return a->v4_count == b->v4_count && a->v6_count == b->v6_count &&
	       memcmp(a->v4, b->v4, a->v4_count * sizeof(a->v4[0])) == 0 &&
	       memcmp(a->v6, b->v6, a->v6_count * sizeof(a->v6[0])) == 0;
}

void
resolv_set(struct resolv *r, const char *dev, const struct ipconf_dns *dns)
{
	if (r->is_set && strcmp(r->dev, dev) == 0 && same_dns(&r->wanted, dns))
		return;
	snprintf(r->dev, sizeof(r->dev), "%s", dev);
	r->wanted = *dns;
	r->is_set = dns->v4_count + dns->v6_count > 0;
	resolv_act(r);
}

void
resolv_clear(struct resolv *r, void (*done)(void *arg), void *arg)
{
	struct timeval deadline = loop_timeval(DEADLINE_MS);
	bool was_set = r->is_set;
	r->done = done;
	r->done_arg = arg;
	r->is_set = false;
	if (done)
		evtimer_add(r->done_event, &deadline);
	if (was_set || r->run)
		resolv_act(r);
	else
		finished(r);
}

void
resolv_free(struct resolv *r)
{
	if (!r)
		return;
	run_forget(r->run);
	event_free(r->done_event);
	free(r->file);
	free(r->how);
	free(r->run_dir);
	free(r);
}
