/* SPDX-License-Identifier: BSD-2-Clause */
/* One answer each: whatever the handlers do to the table.  And the back-off. */
#include "config.h"

#include "tests/unit/check.h"

#include <stdlib.h>

#include "client/backoff.h"
#include "client/request.h"
#include "common/loop.h"

static int64_t now_ms;

static int64_t
fake_clock(void)
{
	return now_ms;
}

struct seen {
	struct requests *rs;
	unsigned int answered, timed_out;
	bool free_table;
	bool cancel_rest;
};

static void
note(const void *context, enum request_outcome outcome, const void *msg)
{
	struct seen *s = *(struct seen *const *)context;

	if (outcome == REQUEST_ANSWERED) {
		s->answered++;
		assert_non_null(msg);
	} else {
		s->timed_out++;
		assert_null(msg);
	}
	if (s->cancel_rest)
		request_cancel_all(s->rs);
	if (s->free_table)
		requests_free(s->rs);
}

static int
setup(void **state)
{
	struct seen *s = calloc(1, sizeof(*s));

	now_ms = 1000;
	loop_set_clock(fake_clock);
	s->rs = requests_new(NULL, sizeof(s));
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct seen *s = *state;

	if (!s->free_table)
		requests_free(s->rs);
	free(s);
	loop_set_clock(NULL);
	return 0;
}

static void
answered_without_a_name(void **state)
{
	struct seen *s = *state;
	uint32_t txn = request_begin(s->rs, 1, 0xff, 0x20, 0, 100, note, &s);

	assert_false(request_answer(s->rs, 1, txn, 0x21, s));
	assert_false(request_answer_any(s->rs, 2, txn, s));
	assert_true(request_answer_any(s->rs, 1, txn, s));
	assert_false(request_answer_any(s->rs, 1, txn, s));
	assert_int_equal(s->answered, 1);
}

static void
answered_once(void **state)
{
	struct seen *s = *state;
	uint32_t txn = request_begin(s->rs, 1, 0xff, 0x20, 0, 100, note, &s);

	assert_int_equal(txn, 1);
	assert_false(request_answer(s->rs, 2, txn, 0x20, s)); /* another space */
	assert_false(request_answer(s->rs, 1, txn, 0x21, s)); /* another message */
	assert_true(request_answer(s->rs, 1, txn, 0x20, s));
	assert_false(request_answer(s->rs, 1, txn, 0x20, s)); /* duplicate */
	now_ms += 1000;
	requests_expire(s->rs, now_ms);
	assert_int_equal(s->answered, 1);
	assert_int_equal(s->timed_out, 0);
}

static void
times_out_once_then_late_is_stray(void **state)
{
	struct seen *s = *state;
	uint32_t txn = request_begin(s->rs, 1, 0xff, 0, 0, 100, note, &s);

	assert_int_equal(requests_deadline_ms(s->rs), 1100);
	requests_expire(s->rs, 1099);
	assert_int_equal(s->timed_out, 0);
	requests_expire(s->rs, 1100);
	assert_int_equal(s->timed_out, 1);
	assert_int_equal(requests_silent(s->rs), 1);
	assert_false(request_answer(s->rs, 1, txn, 0, s));
	assert_int_equal(requests_silent(s->rs), 0);
	assert_int_equal(s->answered, 0);
	assert_int_equal(requests_deadline_ms(s->rs), -1);
}

static void
ids_wrap_and_run_out(void **state)
{
	struct seen *s = *state;
	unsigned int i;

	for (i = 1; i <= 255; i++)
		assert_int_equal(request_begin(s->rs, 7, 0xff, 0, 0, 100, note, &s), i);
	assert_int_equal(request_begin(s->rs, 7, 0xff, 0, 0, 100, note, &s), 0);
	assert_int_equal(request_begin(s->rs, 8, 0xff, 0, 0, 100, note, &s), 1);
	assert_true(request_answer(s->rs, 7, 42, 0, s));
	assert_int_equal(request_begin(s->rs, 7, 0xff, 0, 0, 100, note, &s), 42);
	request_cancel_all(s->rs);
	assert_int_equal(request_begin(s->rs, 7, 0xff, 0, 0, 100, note, &s), 43);
}

static void
cancel_is_silent(void **state)
{
	struct seen *s = *state;
	uint32_t one = request_begin(s->rs, 1, 0xff, 0, 1, 100, note, &s);

	request_begin(s->rs, 1, 0xff, 0, 2, 100, note, &s);
	request_begin(s->rs, 1, 0xff, 0, 2, 100, note, &s);
	request_cancel_group(s->rs, 2);
	assert_int_equal(requests_pending(s->rs, 2), 0);
	assert_int_equal(requests_pending(s->rs, 1), 1);
	request_cancel(s->rs, 1, one);
	requests_expire(s->rs, 5000);
	assert_int_equal(s->answered + s->timed_out, 0);
}

static void
handler_may_cancel_the_rest(void **state)
{
	struct seen *s = *state;
	unsigned int i;

	s->cancel_rest = true;
	for (i = 0; i < 5; i++)
		request_begin(s->rs, 1, 0xff, 0, 0, 100, note, &s);
	requests_expire(s->rs, 5000);
	assert_int_equal(s->timed_out, 1);
}

static void
handler_may_free_the_table(void **state)
{
	struct seen *s = *state;
	unsigned int i;

	s->free_table = true;
	for (i = 0; i < 5; i++)
		request_begin(s->rs, 1, 0xff, 0, 0, 100, note, &s);
	requests_expire(s->rs, 5000);
	assert_int_equal(s->timed_out, 1);
}

static void
backoff_grows_to_its_cap(void **state)
{
	static const int64_t steps[] = {1000, 2000, 5000, 10000, 30000, 60000, 60000};
	struct backoff b;
	unsigned int round, i;
	int64_t ms, low = INT64_MAX, high = 0;

	(void)state;
	for (round = 1; round <= 200; round++) {
		backoff_init(&b, round, 0, 60000);
		for (i = 0; i < 7; i++) {
			ms = backoff_next_ms(&b);
			assert_in_range(ms, steps[i] * 4 / 5, steps[i] * 6 / 5);
			if (i == 0 && ms < low)
				low = ms;
			if (i == 0 && ms > high)
				high = ms;
		}
		backoff_reset(&b);
		assert_in_range(backoff_next_ms(&b), 800, 1200);
	}
	assert_true(high - low > 300); /* it really spreads */
}

static void
backoff_obeys_its_bounds(void **state)
{
	struct backoff b;
	unsigned int i;

	(void)state;
	backoff_init(&b, 0, 4000, 8000);
	for (i = 0; i < 10; i++)
		assert_in_range(backoff_next_ms(&b), 3200, 9600);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(answered_without_a_name),
	    T(answered_once),
	    T(times_out_once_then_late_is_stray),
	    T(ids_wrap_and_run_out),
	    T(cancel_is_silent),
	    T(handler_may_cancel_the_rest),
	    T(handler_may_free_the_table),
	    cmocka_unit_test(backoff_grows_to_its_cap),
	    cmocka_unit_test(backoff_obeys_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
