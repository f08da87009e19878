/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line as users' scripts write it (reference/proxies.md 10.1). */
#include "config.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <string.h>

#include "client/options.h"

#define WORDS_MAX 16

/* argv in memory of its own, so that wiping secrets can be seen. */
struct line {
	char text[512];
	char *argv[WORDS_MAX];
	int argc;
	struct options options;
	char error[256];
};

static int
parse(struct line *l, const char *const *words)
{
	size_t pos = 0;

	memset(l, 0, sizeof(*l));
	for (; words[l->argc] != NULL; l->argc++) {
		l->argv[l->argc] = l->text + pos;
		strcpy(l->text + pos, words[l->argc]);
		pos += strlen(words[l->argc]) + 1;
	}
	return options_parse(l->argc, l->argv, &l->options, l->error, sizeof(l->error));
}

#define PARSE(l, ...) parse(l, (const char *const[]){"quectel-CM", __VA_ARGS__, NULL})

static void
defaults(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(parse(&l, (const char *const[]){"quectel-CM", NULL}), 0);
	assert_int_equal(l.options.action, OPTIONS_DIAL);
	assert_int_equal(l.options.channel, 1);
	assert_int_equal(l.options.mux, 1);
	assert_true(l.options.v4);
	assert_false(l.options.v6);
	assert_false(l.options.has_apn);
	options_free(&l.options);
}

static void
s_takes_up_to_four_values(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(PARSE(&l, "-s", "internet", "u", "secret", "PAP", "-4"), 0);
	assert_string_equal(l.options.apn, "internet");
	assert_string_equal(l.options.user, "u");
	assert_string_equal(l.options.password, "secret");
	assert_int_equal(l.options.auth, 1);
	assert_true(l.options.v4);
	options_free(&l.options);
}

static void
secrets_leave_the_arguments(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(
	    PARSE(&l, "-s", "a", "u", "secret", "-p", "01234", "--password=hush"), 0);
	assert_string_equal(l.options.pin, "01234");
	assert_string_equal(l.options.password, "hush");
	assert_string_equal(l.argv[4], "");
	assert_string_equal(l.argv[6], "");
	assert_string_equal(l.argv[7], "--password=");
	assert_null(memmem(l.text, sizeof(l.text), "secret", 6));
	assert_null(memmem(l.text, sizeof(l.text), "hush", 4));
	assert_null(memmem(l.text, sizeof(l.text), "1234", 4));
	options_free(&l.options);
}

static void
empty_words_and_none_are_values(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(PARSE(&l, "-s", "m2m", "", "", "none", "-n", "2"), 0);
	assert_string_equal(l.options.apn, "m2m");
	assert_string_equal(l.options.user, "");
	assert_int_equal(l.options.auth, 0);
	assert_int_equal(l.options.channel, 2);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-s", "-4"), 0);
	assert_true(l.options.has_apn);
	assert_string_equal(l.options.apn, "");
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-s", "a", "u", "p", ""), 0);
	assert_int_equal(l.options.auth, 2); /* a password without auth means CHAP */
	options_free(&l.options);
}

static void
p_is_a_pin_or_a_proxy(void **state)
{
	static const char *const pins[] = {"0000", "1234", "00012345"};
	static const char *const proxies[] = {"qmi-proxy", "mbim-proxy",
	    "quectel-qmi-proxy", "quectel-mbim-proxy", "/run/x", "@name"};
	static const char *const bad[] = {"123", "123456789", "proxy", "12a4"};
	struct line l;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(PARSE(&l, "-p", pins[i]), 0);
		assert_string_equal(l.options.pin, pins[i]);
		assert_null(l.options.proxy);
		options_free(&l.options);
	}
	for (i = 0; i < 6; i++) {
		assert_int_equal(PARSE(&l, "-p", proxies[i]), 0);
		assert_string_equal(l.options.proxy, proxies[i]);
		assert_null(l.options.pin);
		options_free(&l.options);
	}
	for (i = 0; i < 4; i++) {
		assert_int_equal(PARSE(&l, "-p", bad[i]), -EINVAL);
		options_free(&l.options);
	}
	assert_int_equal(PARSE(&l, "-p", "qmi-proxy", "-p", "0123"), 0);
	assert_string_equal(l.options.proxy, "qmi-proxy");
	assert_string_equal(l.options.pin, "0123");
	options_free(&l.options);
}

static void
numbers_have_no_old_limits(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(PARSE(&l, "-n", "12", "-m", "25"), 0);
	assert_int_equal(l.options.channel, 12);
	assert_int_equal(l.options.mux, 25);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-n", "16"), 0);
	assert_int_equal(l.options.mux, 16);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-n", "128"), -EINVAL);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-m", "127"), -EINVAL);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-n", "1x"), -EINVAL);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-n", "-4"), -EINVAL);
	options_free(&l.options);
}

static void
trailing_ampersand_and_families(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(PARSE(&l, "-4", "-6", "-s", "a", "&"), 0);
	assert_true(l.options.v4 && l.options.v6);
	assert_null(l.options.user);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-6"), 0);
	assert_false(l.options.v4);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-46"), 0);
	assert_true(l.options.v4 && l.options.v6);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "&", "-4"), -EINVAL);
	options_free(&l.options);
}

static void
actions_and_refusals(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(PARSE(&l, "-h"), 0);
	assert_int_equal(l.options.action, OPTIONS_HELP);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-k", "3"), 0);
	assert_int_equal(l.options.action, OPTIONS_KILL);
	assert_int_equal(l.options.channel, 3);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-c", "/etc/pdnmux.conf", "ims"), 0);
	assert_string_equal(l.options.conf_pdn, "ims");
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-c", "/etc/pdnmux.conf"), -EINVAL);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "--apn", "x", "--metric=7", "--no-dns"), 0);
	assert_int_equal(l.options.metric, 7);
	assert_true(l.options.no_dns);
	assert_int_equal(l.options.protocol, CONF_PROTOCOL_AUTO);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "--protocol", "MBIM", "-s", "x"), 0);
	assert_int_equal(l.options.protocol, CONF_PROTOCOL_MBIM);
	assert_false(l.options.has_channel); /* session 0 then */
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "--protocol=gobi"), -EINVAL);
	assert_non_null(strstr(l.error, "qmi or mbim"));
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "--no-dns=1"), -EINVAL);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-b"), -EINVAL);
	assert_non_null(strstr(l.error, "-b is not supported"));
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "internet"), -EINVAL);
	options_free(&l.options);
	assert_int_equal(PARSE(&l, "-Z"), -EINVAL);
	options_free(&l.options);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(s_takes_up_to_four_values),
	    cmocka_unit_test(secrets_leave_the_arguments),
	    cmocka_unit_test(empty_words_and_none_are_values),
	    cmocka_unit_test(p_is_a_pin_or_a_proxy),
	    cmocka_unit_test(numbers_have_no_old_limits),
	    cmocka_unit_test(trailing_ampersand_and_families),
	    cmocka_unit_test(actions_and_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
