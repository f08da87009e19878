/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock, the base, and small memory. */
#include "config.h"

#include "tests/unit/check.h"

#include <event2/event.h>

#include <stdlib.h>
#include <string.h>

#include "common/loop.h"
#include "common/xmem.h"

static int64_t
fixed_clock(void)
{
	return 123456789012;
}

static void
the_clock_can_be_replaced(void **state)
{
	int64_t before = loop_now_ms();

	(void)state;
	loop_set_clock(fixed_clock);
	assert_true(loop_now_ms() == 123456789012);
	loop_set_clock(NULL);
	assert_true(loop_now_ms() >= before);
	assert_true(loop_now_ms() != 123456789012);
}

static void
milliseconds_as_timeval(void **state)
{
	static const struct {
		int64_t ms;
		time_t s;
		suseconds_t us;
	} want[] = {
	    {0, 0, 0},
	    {-5, 0, 0},
	    {INT64_MIN, 0, 0},
	    {1, 0, 1000},
	    {999, 0, 999000},
	    {1000, 1, 0},
	    {86400001, 86400, 1000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		struct timeval tv = loop_timeval(want[i].ms);

		assert_int_equal(tv.tv_sec, want[i].s);
		assert_int_equal(tv.tv_usec, want[i].us);
	}
}

static void
fired_cb(evutil_socket_t fd, short what, void *arg)
{
	int *fired = arg;

	(void)fd;
	(void)what;
	(*fired)++;
}

/* Two bases, as two channels have them, each with its own timer. */
static void
bases_run_their_timers(void **state)
{
	struct event_base *one = loop_new(), *two = loop_new();
	struct timeval tv = loop_timeval(1);
	int fired = 0;

	(void)state;
	assert_ptr_not_equal(one, two);
	assert_int_equal(
	    event_base_once(one, -1, EV_TIMEOUT, fired_cb, &fired, &tv), 0);
	assert_int_equal(
	    event_base_once(two, -1, EV_TIMEOUT, fired_cb, &fired, &tv), 0);
	assert_int_equal(event_base_dispatch(one), 1);
	assert_int_equal(fired, 1);
	assert_int_equal(event_base_dispatch(two), 1);
	assert_int_equal(fired, 2);
	event_base_free(one);
	event_base_free(two);
}

static void
small_memory(void **state)
{
	char *s = xasprintf("%s-%d", "a", 7);
	uint32_t *p = xcalloc(3, sizeof(*p));

	(void)state;
	assert_string_equal(s, "a-7");
	assert_int_equal(p[0] | p[1] | p[2], 0);
	p[2] = 9;
	p = xrealloc(p, 1000, sizeof(*p));
	assert_int_equal(p[2], 9);
	free(p);
	p = xrealloc(NULL, 0, sizeof(*p));
	assert_non_null(p);
	free(p);
	xfree_secret(s);
	xfree_secret(NULL);
	s = xstrdup("");
	assert_string_equal(s, "");
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_clock_can_be_replaced),
	    cmocka_unit_test(milliseconds_as_timeval),
	    cmocka_unit_test(bases_run_their_timers),
	    cmocka_unit_test(small_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
