/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for udev: a database of plain files, written as udev writes its own.
 */
#include "config.h"

#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/udev.h"
#include "common/loop.h"

#define LONG_MS 60000

struct bench {
	char dir[64];
	struct event_base *base;
	struct udev_watch *watch;
	int told;
};

static void
hear(void *arg)
{
	struct bench *b = arg;
	b->told++;
	event_base_loopbreak(b->base);
}

static void
hear_and_free(void *arg)
{
	struct bench *b = arg;
	hear(b);
	udev_watch_free(b->watch);
	b->watch = NULL;
}

static void
write_file(const struct bench *b, const char *name)
{
	char tmp[128], path[128];
	snprintf(tmp, sizeof(tmp), "%s/data/.#%s", b->dir, name);
	snprintf(path, sizeof(path), "%s/data/%s", b->dir, name);
	int fd = open(tmp, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(rename(tmp, path), 0);
}

static void
remove_file(const struct bench *b, const char *name)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/data/%s", b->dir, name);
	(void)unlink(path);
}

static void
run_until_told(struct bench *b, int times)
{
	struct timeval limit = {.tv_sec = 30};
	event_base_loopexit(b->base, &limit);
	while (b->told < times && event_base_dispatch(b->base) == 0 &&
	       !event_base_got_exit(b->base))
		continue;
	assert_true(b->told >= times);
}

static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	char data[80];
	snprintf(b->dir, sizeof(b->dir), "/tmp/pdnmux-udev-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(data, sizeof(data), "%s/data", b->dir);
	assert_int_equal(mkdir(data, 0700), 0);
	b->base = loop_new();
	b->watch = udev_watch_new(b->base, b->dir, LONG_MS, hear, b);
	assert_non_null(b->watch);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;
	char data[80];
	udev_watch_free(b->watch);
	event_base_free(b->base);
	remove_file(b, "n7");
	remove_file(b, "c180:0");
	snprintf(data, sizeof(data), "%s/data", b->dir);
	assert_int_equal(rmdir(data), 0);
	assert_int_equal(rmdir(b->dir), 0);
	free(b);
	return 0;
}

static void
test_nobody_to_wait_for(void **state)
{
	struct bench *b = *state;
	assert_true(udev_watch_settled(NULL, 7));
	assert_true(udev_watch_settled(b->watch, 0));
	assert_null(udev_watch_new(b->base, "/nowhere", LONG_MS, hear, b));
}

static void
test_settled_by_the_database(void **state)
{
	struct bench *b = *state;
	assert_false(udev_watch_settled(b->watch, 7));
	write_file(b, "c180:0"); /* the node of the same modem: not it */
	run_until_told(b, 1);
	assert_false(udev_watch_settled(b->watch, 7));
	write_file(b, "n7");
	run_until_told(b, b->told + 1);
	assert_true(udev_watch_settled(b->watch, 7));
	assert_false(udev_watch_settled(b->watch, 8));
}

static void
test_patience_ends(void **state)
{
	struct bench *b = *state;
	udev_watch_free(b->watch);
	b->watch = udev_watch_new(b->base, b->dir, 1, hear, b);
	assert_false(udev_watch_settled(b->watch, 7));
	run_until_told(b, 1); /* no event: the deadline */
	assert_true(udev_watch_settled(b->watch, 7));
	assert_false(udev_watch_settled(b->watch, 8)); /* the next one is waited for */
}

static void
test_freed_by_its_listener(void **state)
{
	struct bench *b = *state;
	udev_watch_free(b->watch);
	b->watch = udev_watch_new(b->base, b->dir, LONG_MS, hear_and_free, b);
	assert_false(udev_watch_settled(b->watch, 7));
	write_file(b, "n7");
	run_until_told(b, 1);
	assert_null(b->watch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_nobody_to_wait_for, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_settled_by_the_database, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_patience_ends, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_freed_by_its_listener, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
