/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ends up in the log file: levels, tokens, no forged and no torn lines.  Standard
 * output is parked on /dev/null so that the lines do not mix with cmocka's.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

static char path[32];
static int real_stdout;

static int
start(void **state)
{
	int null = open("/dev/null", O_WRONLY);
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/check_log.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0 && null >= 0);
	close(fd);
	assert_int_equal(log_open_file(path), 0);
	fflush(stdout);
	real_stdout = dup(STDOUT_FILENO);
	dup2(null, STDOUT_FILENO);
	close(null);
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	fflush(stdout);
	dup2(real_stdout, STDOUT_FILENO);
	close(real_stdout);
	log_accept(NULL);
	unlink(path);
	return 0;
}

/* All that was logged since the last call, in a buffer that the next call reuses. */
static const char *
logged(void)
{
	static char buf[1 << 20];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[n] = '\0';
	assert_int_equal(truncate(path, 0), 0);
	return buf;
}

/* "[MM-DD_HH:MM:SS:mmm] " and then the text. */
static const char *
text_of(const char *line)
{
	static const char shape[] = "[00-00_00:00:00:000] ";

	for (size_t i = 0; shape[i]; i++) {
		if (shape[i] == '0')
			assert_true(line[i] >= '0' && line[i] <= '9');
		else
			assert_int_equal(line[i], shape[i]);
	}
	return line + sizeof(shape) - 1;
}

static void
a_line_has_stamp_token_level_and_errno(void **state)
{
	(void)state;
	log_init(LOG_LEVEL_INFO);
	log_info("pdn", "hello %d", 5);
	assert_string_equal(text_of(logged()), "pdn: hello 5\n");
	errno = ENOENT;
	log_warn("conf", "cannot read %s", "x");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(text_of(logged()),
	    "conf: warning: cannot read x: No such file or directory\n");
	errno = EPERM;
	log_errx("conf", "no");
	assert_int_equal(errno, EPERM);
	assert_string_equal(text_of(logged()), "conf: error: no\n");
	log_plain("requestRegistrationState2 MCC: 1");
	assert_string_equal(text_of(logged()), "requestRegistrationState2 MCC: 1\n");
}

static void
levels_and_tokens(void **state)
{
	(void)state;
	log_init(LOG_LEVEL_WARN);
	log_info("pdn", "x");
	log_plain("x");
	assert_string_equal(logged(), "");
	log_init(LOG_LEVEL_DEBUG);
	log_accept("qmux,pdn");
	log_debug("router", "x");
	log_debug("pd", "x");
	log_debug("qmux,pdn", "x");
	assert_string_equal(logged(), "");
	assert_true(log_enabled(LOG_LEVEL_DEBUG, "pdn"));
	assert_true(log_enabled(LOG_LEVEL_DEBUG, "qmux"));
	assert_false(log_enabled(LOG_LEVEL_DEBUG, "router"));
	assert_true(log_enabled(LOG_LEVEL_INFO, "router"));
	log_accept(NULL);
	log_debug("router", "y");
	assert_string_equal(text_of(logged()), "router: y\n");
}

static void
a_line_cannot_be_forged_or_endless(void **state)
{
	static char big[5000];
	const char *line;

	(void)state;
	log_init(LOG_LEVEL_INFO);
	log_info("conn", "apn %s", "a\n[01-01_00:00:00:000] pdn: b\x1b[2J\x7f");
	assert_string_equal(
	    text_of(logged()), "conn: apn a?[01-01_00:00:00:000] pdn: b?[2J?\n");
	memset(big, 'a', sizeof(big) - 1);
	log_info("conn", "%s", big);
	line = logged();
	assert_true(strlen(line) <= 2048);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

#define THREADS 4
#define LINES 500

static void *
chatter(void *arg)
{
	for (int i = 0; i < LINES; i++)
		log_info("conn", "thread %d line %d end", *(int *)arg, i);
	return NULL;
}

static void
threads_do_not_tear_lines(void **state)
{
	pthread_t threads[THREADS];
	int ids[THREADS];
	size_t lines = 0;
	char *line, *save;

	(void)state;
	log_init(LOG_LEVEL_INFO);
	for (int i = 0; i < THREADS; i++) {
		ids[i] = i;
		assert_int_equal(
		    pthread_create(&threads[i], NULL, chatter, &ids[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	line = strtok_r((char *)(uintptr_t)logged(), "\n", &save);
	for (; line; line = strtok_r(NULL, "\n", &save)) {
		int thread, number, at = 0;

		sscanf(text_of(line), "conn: thread %d line %d end%n", &thread, &number,
		    &at);
		assert_true(at > 0 && text_of(line)[at] == '\0');
		lines++;
	}
	assert_int_equal(lines, THREADS * LINES);
}

static void
a_file_that_cannot_be_opened(void **state)
{
	(void)state;
	assert_int_equal(log_open_file("/nonexistent/log"), -ENOENT);
	/* the earlier file stays in use */
	log_info("pdn", "still here");
	assert_string_equal(text_of(logged()), "pdn: still here\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_line_has_stamp_token_level_and_errno, start, finish),
	    cmocka_unit_test_setup_teardown(levels_and_tokens, start, finish),
	    cmocka_unit_test_setup_teardown(
		a_line_cannot_be_forged_or_endless, start, finish),
	    cmocka_unit_test_setup_teardown(threads_do_not_tear_lines, start, finish),
	    cmocka_unit_test_setup_teardown(
		a_file_that_cannot_be_opened, start, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
