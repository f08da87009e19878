/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration: defaults, every kind of error with its line, and that the example
 * and the manual have every option and no other.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/muxdev.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/xmem.h"

static char dir[] = "/tmp/pdnmux-conf-XXXXXX";
static char *conf_path;
static char *log_path;

static void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static char *
read_text(const char *path)
{
	char *text = xcalloc(1, 65536);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	assert_true(fread(text, 1, 65535, f) < 65535);
	fclose(f);
	return text;
}

static struct conf *
load(const char *text)
{
	write_text(conf_path, text);
	assert_int_equal(chmod(conf_path, 0600), 0);
	assert_int_equal(truncate(log_path, 0), 0);
	return conf_load(conf_path);
}

/* The file is refused and the log says the line and the words. */
static void
refused(const char *text, const char *where, const char *words)
{
	assert_null(load(text));
	assert_int_equal(errno, EINVAL);
	char *log = read_text(log_path);
	char *place = xasprintf("%s%s", conf_path, where);
	if (!strstr(log, place) || !strstr(log, words))
		fail_msg("wanted %s ... %s, got %s", place, words, log);
	free(place);
	free(log);
}

static void
test_values(void **state)
{
	(void)state;
	struct conf *c =
	    load("runtime_dir = \"/run/x\";\n"
		 "modems = ( { name = \"m\"; usb_path = \"1-1\"; qmap = 5; } );\n"
		 "pdns = ( { name = \"a\"; apn = \"internet\"; family = \"ipv4v6\";\n"
		 "  channel = 12; metric = 4000000000L; default_route = false;\n"
		 "  routes = [ \"10.0.0.0/8\", \"2001:db8::/32\" ];\n"
		 "  password = \"x\"; auth = \"chap\"; }, { name = \"b\"; } );\n");
	assert_non_null(c);
	assert_string_equal(c->runtime_dir, "/run/x");
	const struct conf_pdn *p = conf_find_pdn(c, "a");
	assert_non_null(p);
	assert_int_equal(p->line, 3);
	assert_int_equal(p->family, CONF_FAMILY_IPV4V6);
	assert_int_equal(p->auth, CONF_AUTH_CHAP);
	assert_int_equal(p->channel, 12);
	assert_int_equal(p->metric, 4000000000u);
	assert_false(p->default_route);
	assert_string_equal(p->routes[1], "2001:db8::/32");
	assert_null(p->routes[2]);
	assert_ptr_equal(conf_modem_of(c, p), &c->modems[0]);
	assert_int_equal(c->modems[0].qmap, 5);
	p = conf_find_pdn(c, "b");
	assert_string_equal(p->apn, "");
	assert_string_equal(p->dns, "auto");
	assert_int_equal(p->channel, 1);
	assert_true(p->default_route);
	assert_null(p->routes[0]);
	assert_null(conf_find_pdn(c, "c"));
	conf_free(c);
}

static void
test_refused(void **state)
{
	(void)state;
	refused("pdns = ( { name = \"a\";\n chanel = 2; } );",
	    ":2: ", "unknown option chanel: do you mean channel?");
	refused("frobnicate = 1;", ":1: ", "unknown option frobnicate: see");
	refused("pdns = ( { name = \"a\"; channel = 256; } );",
	    ":1: ", "channel is 256, but goes from 0 to 255");
	refused(
	    "pdns = ( { name = \"a\"; channel = \"2\"; } );", ":1: ", "wants a number");
	refused("pdns = ( { name = \"a\"; apn = 7; } );", ":1: ", "wants a text");
	refused("pdns = ( { name = \"a\"; default_route = 1; } );",
	    ":1: ", "true or false");
	refused("pdns = ( { name = \"a\"; family = \"ipv5\"; } );",
	    ":1: ", "one of \"ipv4\", \"ipv6\", \"ipv4v6\"");
	refused("pdns = ( { name = \"a\"; routes = [ \"10.0.0.0/40\" ]; } );",
	    ":1: ", "entry 1 of routes cannot be 10.0.0.0/40");
	refused("pdns = ( { name = \"a/b\"; } );", ":1: ", "name cannot be \"a/b\"");
	refused("pdns = ( { apn = \"a\"; } );", ":1: ", "name is missing");
	refused("pdns = ( { name = \"a\"; },\n{ name = \"a\"; } );",
	    ":2: ", "already on line 1");
	refused(
	    "pdns = ( { name = \"a\"; modem = \"x\"; } );", ":1: ", "no modem \"x\"");
	refused("modems = ( { name = \"a\"; }, { name = \"b\"; } );\n"
		"pdns = ( { name = \"p\"; } );",
	    ":2: ", "modem is missing");
	refused("pdns = { name = \"a\"; };", ":1: ", "wants a list");
	refused("pdns = ( \"a\" );", ":1: ", "in braces");
	refused(
	    "modems = ( { name = \"m\"; qmap = 3; } );", ":1: ", "versions 1, 4 and 5");
	refused("pdns = ( { name = \"a\"; retry_min = 9; retry_max = 3; } );",
	    ":1: ", "retry_min is above");
	refused("pdns = (\n\n", ":3: ", "syntax error");
	/* A refused PIN is not shown. */
	refused("modems = ( { name = \"m\"; pin = \"12345x\"; } );", ":1: ", "***");
	char *log = read_text(log_path);
	assert_null(strstr(log, "12345x"));
	free(log);
	/* All problems at once. */
	refused("pdns = ( { name = \"a\"; mtu = 1; chanel = 1; channel = 999; } );",
	    ":1: ", "channel is 999");
	log = read_text(log_path);
	assert_non_null(strstr(log, "chanel"));
	free(log);
}

static void
test_no_file(void **state)
{
	(void)state;
	assert_null(conf_load("/nonexistent/pdnmux.conf"));
	assert_int_equal(errno, ENOENT);
}

static void
test_secret_mode(void **state)
{
	static const char *const text =
	    "modems = ( { name = \"m\"; pin = \"0123\"; } );";
	(void)state;
	struct conf *c = load(text);
	char *log = read_text(log_path);
	assert_string_equal(log, "");
	assert_string_equal(c->modems[0].pin, "0123"); /* leading zeros stay */
	free(log);
	conf_free(c);
	assert_int_equal(chmod(conf_path, 0644), 0);
	c = conf_load(conf_path);
	log = read_text(log_path);
	assert_non_null(strstr(log, "chmod 600"));
	free(log);
	conf_free(c);
}

static void
test_defaults(void **state)
{
	(void)state;
	struct conf_pdn *p = conf_pdn_default();
	struct conf_modem *m = conf_modem_default();
	assert_int_equal(p->auth, CONF_AUTH_AUTO);
	assert_int_equal(m->backend, CONF_BACKEND_AUTO);
	assert_string_equal(m->device, "");
	conf_pdn_free(p);
	conf_modem_free(m);
}

/* conf.h cannot include muxdev.h, but the numbers are passed on as they are. */
static void
test_backends_equal_kinds(void **state)
{
	(void)state;
	for (const struct conf_option *o = conf_modem_options; o->key; o++) {
		if (strcmp(o->key, "backend") != 0)
			continue;
		for (int i = 0; o->words[i]; i++)
			assert_string_equal(o->words[i], muxdev_kind_name(i));
	}
	assert_int_equal(CONF_BACKEND_WWAN, MUXDEV_WWAN);
}

/* ---- the documents ------------------------------------------------------------- */

static bool
is_option(const char *name)
{
	const struct conf_option *tables[] = {
	    conf_global_options, conf_modem_options, conf_pdn_options};
	for (size_t i = 0; i < 3; i++)
		for (const struct conf_option *o = tables[i]; o->key; o++)
			if (strcmp(o->key, name) == 0)
				return true;
	return strcmp(name, "modems") == 0 || strcmp(name, "pdns") == 0;
}

static void
all_in(const char *text, const char *before, const char *after)
{
	const struct conf_option *tables[] = {
	    conf_global_options, conf_modem_options, conf_pdn_options};
	for (size_t i = 0; i < 3; i++)
		for (const struct conf_option *o = tables[i]; o->key; o++) {
			char *wanted = xasprintf("%s%s%s", before, o->key, after);
			if (!strstr(text, wanted))
				fail_msg("%s is not there", o->key);
			free(wanted);
		}
}

/* The first word of a line, a comment mark in front of it left out. */
static void
no_other_settings(char *text)
{
	char *rest = NULL;
	for (char *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *word = line + strspn(line, "\t #");
		char *end = word;
		while (isalnum((unsigned char)*end) || *end == '_')
			end++;
		if (end == word || strncmp(end, " = ", 3) != 0)
			continue;
		*end = '\0';
		if (!is_option(word))
			fail_msg("%s is no option", word);
	}
}

static void
test_example(void **state)
{
	char *path = xasprintf("%s/conf/pdnmux.conf.example", getenv("srcdir"));
	(void)state;
	struct conf *c = conf_load(path);
	assert_non_null(c);
	assert_int_equal(c->modems_count, 1);
	conf_free(c);
	char *text = read_text(path);
	all_in(text, "", " = ");
	no_other_settings(text);
	/* With every comment mark before a setting gone, the defaults are legal. */
	free(text);
	text = read_text(path);
	for (char *p = text; (p = strstr(p, "#")); p++)
		if (islower((unsigned char)p[1]))
			*p = ' ';
	c = load(text);
	assert_non_null(c);
	assert_int_equal(c->pdns[0].channel, 1);
	conf_free(c);
	free(text);
	free(path);
}

static void
test_manual(void **state)
{
	char *path = xasprintf("%s/man/pdnmux.conf.5.in", getenv("srcdir"));
	char *text = read_text(path);
	(void)state;
	all_in(text, ".It Ic ", "\n");
	for (char *p = text; (p = strstr(p, ".It Ic ")); p++) {
		char name[40];
		assert_int_equal(sscanf(p, ".It Ic %39[^\n]", name), 1);
		if (!is_option(name))
			fail_msg("%s is no option", name);
	}
	free(text);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_no_file),
	    cmocka_unit_test(test_secret_mode),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_backends_equal_kinds),
	    cmocka_unit_test(test_example),
	    cmocka_unit_test(test_manual),
	};
	if (!getenv("srcdir"))
		setenv("srcdir", "..", 1);
	if (!mkdtemp(dir))
		return 1;
	conf_path = xasprintf("%s/pdnmux.conf", dir);
	log_path = xasprintf("%s/log", dir);
	log_init(LOG_LEVEL_INFO);
	if (log_open_file(log_path) < 0)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(conf_path);
	unlink(log_path);
	rmdir(dir);
	free(conf_path);
	free(log_path);
	return failed;
}
