/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/notify.h"
#include "proxy/options.h"
#include "proxy/program.h"

#define EXIT_USAGE 2

static void
program_signal_cb(int signo, short what, void *arg)
{
	(void)what;
	log_info("broker", "signal %d: ending", signo);
	event_base_loopbreak(arg);
}

static int
start(struct broker *b, const struct options *o)
{
	int rc = broker_listen(b);

	if (rc < 0)
		return rc;
	for (unsigned n = 0; n < o->devices_count; n++) {
		rc = broker_add_device(b, o->devices[n]);
		if (rc < 0)
			return rc;
	}
	for (unsigned n = 0; n < o->aliases_count; n++) {
		rc = broker_add_alias(b, o->aliases[n]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/*
 * libqmi's clients start the proxy without arguments, several at once; whoever comes
 * second has nothing to do and says nothing (proxies.md 1.2).
 */
static int
status_of(const struct broker_protocol *protocol, const struct options *o, int rc)
{
	if (rc == -EADDRINUSE && o->is_spawned)
		return EXIT_SUCCESS;
	if (rc == -EADDRINUSE)
		log_errx("broker",
		    "another %s serves this machine already: stop it "
		    "first (ss -xlp shows who has @%s)",
		    protocol->program, protocol->program);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Every program that is connected is a descriptor: take all that we may have. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warn("broker", "cannot have more descriptors");
}

static int
serve(const struct broker_protocol *protocol, const struct options *o)
{
	struct event_base *base = loop_new();
	struct event *term = evsignal_new(base, SIGTERM, program_signal_cb, base);
	struct event *intr = evsignal_new(base, SIGINT, program_signal_cb, base);
	struct event *hup = evsignal_new(base, SIGHUP, program_signal_cb, base);
	struct broker *b = broker_new(base, protocol, &o->broker);
	int rc;

	if (!term || !intr || !hup)
		fatal("broker", "out of memory");
	event_add(term, NULL);
	event_add(intr, NULL);
	event_add(hup, NULL);
	rc = start(b, o);
	if (rc == 0) {
		if (notify_send("READY=1") < 0)
			log_warnx(
			    "broker", "cannot tell NOTIFY_SOCKET that we are ready");
		event_base_dispatch(base);
		notify_send("STOPPING=1");
	}
	broker_free(b);
	event_free(term);
	event_free(intr);
	event_free(hup);
	event_base_free(base);
	return status_of(protocol, o, rc);
}

int
program_run(const struct broker_protocol *protocol, int argc, char **argv)
{
	struct options o;

	switch (options_parse(protocol, argc, argv, &o)) {
	case OPTIONS_EXIT: return EXIT_SUCCESS;
	case OPTIONS_WRONG: return EXIT_USAGE;
	case OPTIONS_RUN: break;
	}
	log_init(LOG_LEVEL_INFO);
	log_errors_to_stderr(true);
	signal(SIGPIPE, SIG_IGN);
	raise_descriptor_limit();
	return serve(protocol, &o);
}
