/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS hand-over: marked lines in a file, and programs run in their order with the
 * right arguments, input and end.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/ipconf.h"
#include "client/resolv.h"
#include "client/run.h"
#include "common/loop.h"
#include "common/xmem.h"

static char dir[] = "/tmp/pdnmux-resolv-XXXXXX";
static struct event_base *base;
static char *file;
static char *how;

static void
write_text(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
assert_text(const char *path, const char *wanted)
{
	char text[4096];
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	size_t n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	assert_string_equal(text, wanted);
}

static struct ipconf_dns
servers(const char *v4, const char *v6)
{
	struct ipconf_dns dns = {.v4_count = v4 != NULL, .v6_count = v6 != NULL};
	if (v4)
		inet_pton(AF_INET, v4, &dns.v4[0]);
	if (v6)
		inet_pton(AF_INET6, v6, &dns.v6[0]);
	return dns;
}

static void
stop(void *arg)
{
	(void)arg;
	event_base_loopbreak(base);
}

/* Clears and waits for the end of it. */
static void
clear(struct resolv *r)
{
	resolv_clear(r, stop, NULL);
	event_base_dispatch(base);
	assert_true(event_base_got_break(base));
}

static void
test_file(void **state)
{
	struct ipconf_dns one = servers("10.0.0.53", "2001:db8::53");
	struct ipconf_dns other = servers("10.0.1.53", NULL);
	(void)state;
	/* wwan0.1 died before; wwan0.11 and the user's lines are not its business. */
	write_text(file,
	    "search example.org\n"
	    "nameserver 10.9.9.9 # pdnmux wwan0.1\n"
	    "nameserver 10.8.8.8 # pdnmux wwan0.11\n"
	    "nameserver 192.0.2.1 # not pdnmux wwan0.1 at all",
	    0640);
	struct resolv *r = resolv_new(base, how, dir);
	resolv_set(r, "wwan0.1", &one);
	assert_text(file, "nameserver 10.0.0.53 # pdnmux wwan0.1\n"
			  "nameserver 2001:db8::53 # pdnmux wwan0.1\n"
			  "search example.org\n"
			  "nameserver 10.8.8.8 # pdnmux wwan0.11\n"
			  "nameserver 192.0.2.1 # not pdnmux wwan0.1 at all");
	struct stat before, after;
	assert_int_equal(stat(file, &before), 0);
	assert_int_equal(before.st_mode & 0777, 0640);
	resolv_set(r, "wwan0.1", &one); /* the same again: not written */
	assert_int_equal(stat(file, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);

	struct resolv *sibling = resolv_new(base, how, dir);
	resolv_set(sibling, "wwan0.2", &other);
	clear(r);
	assert_text(file, "nameserver 10.0.1.53 # pdnmux wwan0.2\n"
			  "search example.org\n"
			  "nameserver 10.8.8.8 # pdnmux wwan0.11\n"
			  "nameserver 192.0.2.1 # not pdnmux wwan0.1 at all");
	clear(sibling);
	resolv_free(sibling);
	resolv_free(r);
}

static void
test_file_absent_and_linked(void **state)
{
	struct ipconf_dns one = servers("10.0.0.53", NULL);
	char *link = xasprintf("%s/link", dir);
	char *link_how = xasprintf("file:%s", link);
	struct stat st;
	(void)state;
	unlink(file);
	struct resolv *r = resolv_new(base, how, dir);
	resolv_set(r, "wwan0.1", &one);
	assert_text(file, "nameserver 10.0.0.53 # pdnmux wwan0.1\n");
	assert_int_equal(symlink("resolv.conf", link), 0);
	struct resolv *linked = resolv_new(base, link_how, dir);
	resolv_set(linked, "wwan0.2", &one);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_text(file, "nameserver 10.0.0.53 # pdnmux wwan0.2\n"
			  "nameserver 10.0.0.53 # pdnmux wwan0.1\n");
	clear(linked);
	clear(r);
	assert_text(file, "");
	resolv_free(linked);
	resolv_free(r);
	unlink(link);
	free(link);
	free(link_how);
}

static void
test_resolvconf(void **state)
{
	struct ipconf_dns one = servers("10.0.0.53", NULL);
	struct ipconf_dns two = servers("10.0.0.54", NULL);
	struct ipconf_dns three = servers("10.0.0.55", "2001:db8::1");
	char *program = xasprintf("%s/resolvconf", dir);
	char *log = xasprintf("%s/log", dir);
	char *script =
	    xasprintf("#!/bin/sh\n{ echo \"$1 $2\"; [ $1 = -d ] || cat; env |"
		      " grep -c SECRET; } >>%s; true\n",
		log);
	(void)state;
	write_text(program, script, 0755);
	run_set_path(dir);
	setenv("SECRET", "not for programs", 1);
	struct resolv *r = resolv_new(base, "resolvconf", dir);
	assert_string_equal(resolv_how(r), "resolvconf");
	resolv_set(r, "wwan0.1", &one);
	resolv_set(r, "wwan0.1", &two); /* overtaken before it was started */
	resolv_set(r, "wwan0.1", &three);
	for (int i = 0; i < 2; i++) /* the end of two programs */
		event_base_loop(base, EVLOOP_ONCE);
	clear(r);
	assert_text(log, "-a wwan0.1.pdnmux\nnameserver 10.0.0.53\n0\n"
			 "-a wwan0.1.pdnmux\nnameserver 10.0.0.55\n"
			 "nameserver 2001:db8::1\n0\n"
			 "-d wwan0.1.pdnmux\n0\n");
	resolv_free(r);
	run_set_path(NULL);
	unlink(program);
	unlink(log);
	free(program);
	free(log);
	free(script);
}

static int ended_status;

static void
ended(int status, void *arg)
{
	(void)arg;
	ended_status = status;
}

static void
test_run(void **state)
{
	const char *const fine[] = {"sh", "-c", "exit 3", NULL};
	const char *const stuck[] = {"sleep", "1000", NULL};
	/* Ends, but leaves a daemon behind that holds every descriptor it got. */
	const char *const daemon[] = {"sh", "-c", "sleep 2 & exit 4", NULL};
	const char *const none[] = {"pdnmux-no-such-program", NULL};
	(void)state;
	assert_non_null(run_start(base, fine, NULL, 10000, ended, NULL));
	event_base_dispatch(base);
	assert_int_equal(ended_status, 3);
	assert_non_null(run_start(base, stuck, NULL, 50, ended, NULL));
	event_base_dispatch(base);
	assert_int_equal(ended_status, -ETIMEDOUT);
	assert_non_null(run_start(base, daemon, NULL, 500, ended, NULL));
	event_base_dispatch(base);
	assert_int_equal(ended_status, 4);
	assert_null(run_start(base, none, NULL, 50, ended, NULL));
	assert_int_equal(errno, ENOENT);
}

static void
test_none_and_unknown(void **state)
{
	struct ipconf_dns one = servers("10.0.0.53", NULL);
	(void)state;
	struct resolv *r = resolv_new(base, "none", dir);
	resolv_set(r, "wwan0.1", &one);
	clear(r);
	resolv_free(r);
	assert_null(resolv_new(base, "dnsmasq", dir));
	assert_int_equal(errno, EINVAL);
	assert_null(resolv_new(base, "file:relative", dir));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_file),
	    cmocka_unit_test(test_file_absent_and_linked),
	    cmocka_unit_test(test_resolvconf),
	    cmocka_unit_test(test_run),
	    cmocka_unit_test(test_none_and_unknown),
	};
	if (!mkdtemp(dir))
		return 1;
	alarm(60); /* nothing here waits that long, unless for ever */
	base = loop_new();
	file = xasprintf("%s/resolv.conf", dir);
	how = xasprintf("file:%s", file);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	char *lock = xasprintf("%s/resolv.lock", dir);
	unlink(lock);
	unlink(file);
	rmdir(dir);
	free(lock);
	free(file);
	free(how);
	event_base_free(base);
	return failed;
}
