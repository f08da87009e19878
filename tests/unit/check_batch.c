/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which messages leave in one write: those that lie one behind the other for the same
 * place, up to a bound.
 */
#include "config.h"

#include "proxy/batch.h"
#include "tests/unit/check.h"

static uint8_t bytes[2 * BATCH_MAX];

static void
test_neighbours(void **state)
{
	struct batch b = {.len = 0};

	(void)state;
	assert_true(batch_add(&b, 7, bytes, 10));
	assert_true(batch_add(&b, 7, bytes + 10, 20));
	assert_true(batch_add(&b, 7, bytes + 30, 1));
	assert_ptr_equal(b.bytes, bytes);
	assert_int_equal(b.len, 31);
	assert_int_equal(b.dest, 7);
}

/* What is refused leaves the batch as it was. */
static void
test_refused(void **state)
{
	struct batch b = {.len = 0};

	(void)state;
	assert_true(batch_add(&b, 7, bytes, 10));
	assert_false(batch_add(&b, 8, bytes + 10, 10)); /* for somebody else */
	assert_false(
	    batch_add(&b, 7, bytes + 11, 10)); /* one between was not for him */
	assert_false(batch_add(&b, 7, bytes, 10));
	assert_int_equal(b.len, 10);
	assert_int_equal(b.dest, 7);
	assert_true(batch_add(&b, 7, bytes + 10, 10));
}

static void
test_bound(void **state)
{
	struct batch b = {.len = 0};

	(void)state;
	assert_true(batch_add(&b, 7, bytes, BATCH_MAX - 1));
	assert_false(batch_add(&b, 7, bytes + BATCH_MAX - 1, 2));
	assert_true(batch_add(&b, 7, bytes + BATCH_MAX - 1, 1));
	b.len = 0;
	assert_true(
	    batch_add(&b, 7, bytes, BATCH_MAX + 1)); /* alone, it goes as it is */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_neighbours),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
