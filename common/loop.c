/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event bases and the clock.
 *
 * Each channel thread of a proxy has its own base, and a descriptor is handed from one
 * to another, so libevent's locking is switched on before the first base exists.
 * libevent's own words come out of our log.
 */
#include "config.h"

#include <event2/event.h>
#include <event2/thread.h>

#include <pthread.h>
#include <time.h>

#include "common/log.h"
#include "common/loop.h"

static pthread_once_t loop_once = PTHREAD_ONCE_INIT;
static int64_t (*clock_fn)(void);

static void
loop_log_cb(int severity, const char *msg)
{
	if (severity >= EVENT_LOG_WARN)
		log_warnx("loop", "libevent: %s", msg);
	else
		log_debug("loop", "libevent: %s", msg);
}

static void
loop_fatal_cb(int err)
{
	fatal("loop", "libevent: fatal error %d", err);
}

static void
loop_setup(void)
{
	event_set_log_callback(loop_log_cb);
	event_set_fatal_callback(loop_fatal_cb);
	if (evthread_use_pthreads() < 0)
		fatal("loop", "libevent has no thread support");
}

struct event_base *
loop_new(void)
{
	struct event_base *base;

	pthread_once(&loop_once, loop_setup);
	base = event_base_new();
	if (!base)
		fatal("loop", "cannot create an event base");
	return base;
}

int64_t
loop_now_ms(void)
{
	struct timespec ts;

	if (clock_fn)
		return clock_fn();
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
loop_set_clock(int64_t (*fn)(void))
{
	clock_fn = fn;
}

struct timeval
loop_timeval(int64_t ms)
{
	struct timeval tv = {0};

	if (ms > 0) {
		tv.tv_sec = (time_t)(ms / 1000);
		tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	}
	return tv;
}
