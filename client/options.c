/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One row for each option: letter, long name, what it takes, what it does.
 *
 * A short option is recognised by its first letter alone, as users' scripts have it
 * ("-4", and also "-46", which we read as both families).  Options that the familiar
 * tool has and we have not are refused by name rather than with the whole usage.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/dialer.h"
#include "client/options.h"
#include "common/xmem.h"

#define OPTIONS_STR_MAX 255 /* one TLV with a length byte has to hold it */

/* The words that remain, and where the words of one option end. */
struct options_walk {
	char **argv;
	int argc;
	int pos;        /* the next word */
	char *attached; /* --name=VALUE; NULL: none */
	char *error;
	size_t error_size;
};

typedef int option_fn(struct options *o, struct options_walk *w);

struct option_row {
	char letter;
	const char *name; /* long form; NULL: none */
	option_fn *fn;
};

#define FAIL(w, ...) (snprintf((w)->error, (w)->error_size, __VA_ARGS__), -EINVAL)

/* The value of the current option, or NULL when the next word is no value. */
static char *
options_value(struct options_walk *w)
{
	char *v = w->attached;

	w->attached = NULL;
	if (v != NULL)
		return v;
	if (w->pos >= w->argc || w->argv[w->pos][0] == '-')
		return NULL;
	if (w->pos == w->argc - 1 && strcmp(w->argv[w->pos], "&") == 0)
		return NULL;
	return w->argv[w->pos++];
}

static void
options_set(char **field, const char *value)
{
	xfree_secret(*field);
	*field = value != NULL ? xstrdup(value) : NULL;
}

static int
options_string(char **field, struct options_walk *w, const char *what)
{
	char *v = options_value(w);

	if (v == NULL)
		return FAIL(w, "%s wants a value", what);
	if (strlen(v) > OPTIONS_STR_MAX)
		return FAIL(w, "the value of %s is longer than %d characters", what,
		    OPTIONS_STR_MAX);
	options_set(field, v);
	return 0;
}

/* A secret leaves the argument list as soon as it is copied. */
static int
options_secret(char **field, struct options_walk *w, char *v)
{
	if (strlen(v) > OPTIONS_STR_MAX)
		return FAIL(w, "a password is at most %d characters", OPTIONS_STR_MAX);
	options_set(field, v);
	explicit_bzero(v, strlen(v));
	return 0;
}

static int
options_number(
    struct options_walk *w, const char *what, uint32_t min, uint32_t max, uint32_t *ret)
{
	char *v = options_value(w), *end;
	unsigned long n;

	if (v == NULL || !isdigit((unsigned char)v[0]))
		return FAIL(w, "%s wants a number from %u to %u", what, min, max);
	errno = 0;
	n = strtoul(v, &end, 10);
	if (*end != '\0' || errno != 0 || n < min || n > max)
		return FAIL(
		    w, "%s wants a number from %u to %u, not '%s'", what, min, max, v);
	*ret = (uint32_t)n;
	return 0;
}

static int
options_auth(struct options *o, struct options_walk *w, const char *v)
{
	static const struct {
		const char *number, *word;
		uint8_t auth;
	} words[] = {
	    {"0", "none", 0}, {"1", "pap", 1}, {"2", "chap", 2},
	    {"3", "mschapv2", 2}, /* the modem chooses the variant */
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(v, words[i].number) != 0 &&
		    strcasecmp(v, words[i].word) != 0)
			continue;
		o->has_auth = true;
		o->auth = words[i].auth;
		return 0;
	}
	if (v[0] == '\0')
		return 0;
	return FAIL(w, "auth is 0 none, 1 pap, 2 chap or 3 MsChapV2, not '%s'", v);
}

static int
option_apn_value(struct options *o, struct options_walk *w, const char *v)
{
	if (strlen(v) > DIALER_APN_MAX)
		return FAIL(w, "an APN is at most %d characters", DIALER_APN_MAX);
	o->has_apn = true;
	options_set(&o->apn, v);
	return 0;
}

/* -s [apn [user [password [auth]]]] */
static int
option_s(struct options *o, struct options_walk *w)
{
	char *v = options_value(w);

	if (option_apn_value(o, w, v != NULL ? v : "") < 0)
		return -EINVAL;
	options_set(&o->user, NULL);
	options_set(&o->password, NULL);
	o->has_auth = false;
	if (v == NULL || (v = options_value(w)) == NULL)
		return 0;
	if (strlen(v) > OPTIONS_STR_MAX)
		return FAIL(w, "a user name is at most %d characters", OPTIONS_STR_MAX);
	options_set(&o->user, v);
	if ((v = options_value(w)) == NULL)
		return 0;
	if (options_secret(&o->password, w, v) < 0)
		return -EINVAL;
	if ((v = options_value(w)) == NULL)
		return 0;
	return options_auth(o, w, v);
}

static bool
options_is_pin(const char *v)
{
	size_t len = strlen(v);

	return len >= 4 && len <= 8 && strspn(v, "0123456789") == len;
}

static int
options_pin(struct options *o, struct options_walk *w, char *v)
{
	if (v == NULL || !options_is_pin(v))
		return FAIL(w, "a PIN has 4 to 8 digits");
	return options_secret(&o->pin, w, v);
}

static int
options_proxy(struct options *o, struct options_walk *w, const char *v)
{
	static const char *const names[] = {
	    "qmi-proxy", "mbim-proxy", "quectel-qmi-proxy", "quectel-mbim-proxy"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(v, names[i]) == 0)
			break;
	}
	if (i == sizeof(names) / sizeof(names[0]) && v[0] != '/' && v[0] != '@' &&
	    v[0] != '.')
		return FAIL(w,
		    "a proxy is qmi-proxy, mbim-proxy, quectel-qmi-proxy, "
		    "quectel-mbim-proxy or a socket's path; a PIN has 4 to 8 digits");
	options_set(&o->proxy, v);
	return 0;
}

/* -p PIN or -p PROXY */
static int
option_p(struct options *o, struct options_walk *w)
{
	char *v = options_value(w);

	if (v == NULL)
		return FAIL(w, "-p wants a PIN or a proxy");
	if (strspn(v, "0123456789") == strlen(v))
		return options_pin(o, w, v);
	return options_proxy(o, w, v);
}

static int
option_pin(struct options *o, struct options_walk *w)
{
	return options_pin(o, w, options_value(w));
}

static int
option_proxy(struct options *o, struct options_walk *w)
{
	char *v = options_value(w);

	return v == NULL ? FAIL(w, "--proxy wants a name") : options_proxy(o, w, v);
}

static int
option_protocol(struct options *o, struct options_walk *w)
{
	static const struct {
		const char *word;
		enum conf_protocol protocol;
	} words[] = {
	    {"auto", CONF_PROTOCOL_AUTO},
	    {"qmi", CONF_PROTOCOL_QMI},
	    {"mbim", CONF_PROTOCOL_MBIM},
	};
	const char *v = options_value(w);
	size_t i;

	for (i = 0; v != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(v, words[i].word) != 0)
			continue;
		o->protocol = words[i].protocol;
		return 0;
	}
	return FAIL(w, "--protocol is auto, qmi or mbim");
}

static int
option_user(struct options *o, struct options_walk *w)
{
	return options_string(&o->user, w, "--user");
}

static int
option_password(struct options *o, struct options_walk *w)
{
	char *v = options_value(w);

	if (v == NULL)
		return FAIL(w, "--password wants a value");
	return options_secret(&o->password, w, v);
}

static int
option_auth(struct options *o, struct options_walk *w)
{
	char *v = options_value(w);

	return v == NULL ? FAIL(w, "--auth wants a value") : options_auth(o, w, v);
}

static int
option_n(struct options *o, struct options_walk *w)
{
	uint32_t n;

	if (options_number(w, "-n", 0, OPTIONS_CHANNEL_MAX, &n) < 0)
		return -EINVAL;
	o->has_channel = true;
	o->channel = (uint8_t)n;
	return 0;
}

static int
option_m(struct options *o, struct options_walk *w)
{
	uint32_t n;

	if (options_number(w, "-m", 0, OPTIONS_CHANNEL_MAX - 1, &n) < 0)
		return -EINVAL;
	o->has_mux = true;
	o->mux = (uint8_t)n;
	return 0;
}

static int
option_k(struct options *o, struct options_walk *w)
{
	uint32_t n;

	if (options_number(w, "-k", 0, OPTIONS_CHANNEL_MAX, &n) < 0)
		return -EINVAL;
	o->action = OPTIONS_KILL;
	o->has_channel = true;
	o->channel = (uint8_t)n;
	return 0;
}

static int
option_metric(struct options *o, struct options_walk *w)
{
	if (options_number(w, "-M", 0, 0x7fffffff, &o->metric) < 0)
		return -EINVAL;
	o->has_metric = true;
	return 0;
}

static int
option_c(struct options *o, struct options_walk *w)
{
	char *v;

	if (options_string(&o->conf_file, w, "-c") < 0)
		return -EINVAL;
	v = options_value(w);
	if (v == NULL)
		return FAIL(w, "-c wants a file and the name of a PDN in it");
	options_set(&o->conf_pdn, v);
	return 0;
}

static int
option_i(struct options *o, struct options_walk *w)
{
	return options_string(&o->iface, w, "-i");
}

static int
option_f(struct options *o, struct options_walk *w)
{
	return options_string(&o->log_file, w, "-f");
}

static int
option_device(struct options *o, struct options_walk *w)
{
	return options_string(&o->device, w, "--device");
}

static int
option_runtime_dir(struct options *o, struct options_walk *w)
{
	return options_string(&o->runtime_dir, w, "--runtime-dir");
}

#define OPTION_FLAG(name, ...) \
	static int name(struct options *o, struct options_walk *w) \
	{ \
		(void)w; \
		__VA_ARGS__; \
		return 0; \
	}

OPTION_FLAG(option_4, o->v4 = true)
OPTION_FLAG(option_6, o->v6 = true)
OPTION_FLAG(option_v, o->verbose = true)
OPTION_FLAG(option_d, (void)o) /* addresses from the modem: always so */
OPTION_FLAG(option_no_dns, o->no_dns = true)
OPTION_FLAG(option_force, o->force_profile = true)
OPTION_FLAG(option_force_pin, o->force_pin = true)
OPTION_FLAG(option_wait, o->keep_trying = true)
OPTION_FLAG(option_direct, o->direct = true)
OPTION_FLAG(option_help, o->action = OPTIONS_HELP)
OPTION_FLAG(option_version, o->action = OPTIONS_VERSION)

static int
option_missing(struct options *o, struct options_walk *w)
{
	(void)o;
	return FAIL(w, "%s is not supported here", w->argv[w->pos - 1]);
}

static const struct option_row option_rows[] = {
    {'s', "apn", option_s},
    {0, "user", option_user},
    {0, "password", option_password},
    {0, "auth", option_auth},
    {'p', NULL, option_p},
    {0, "pin", option_pin},
    {0, "proxy", option_proxy},
    {0, "direct", option_direct},
    {0, "protocol", option_protocol},
    {'n', "channel", option_n},
    {'m', "mux", option_m},
    {'i', "interface", option_i},
    {0, "device", option_device},
    {'4', "ipv4", option_4},
    {'6', "ipv6", option_6},
    {'f', "log", option_f},
    {'k', "kill", option_k},
    {'d', NULL, option_d},
    {'v', "verbose", option_v},
    {'M', "metric", option_metric},
    {'D', "no-dns", option_no_dns},
    {'F', "force-profile", option_force},
    {0, "force-pin", option_force_pin},
    {0, "wait", option_wait},
    {'c', "config", option_c},
    {0, "runtime-dir", option_runtime_dir},
    {'h', "help", option_help},
    {0, "version", option_version},
    {'b', NULL, option_missing},
    {'u', NULL, option_missing},
    {'a', NULL, option_missing},
    {'y', NULL, option_missing},
    {'l', NULL, option_missing},
};

static const struct option_row *
option_find(const char *word, struct options_walk *w)
{
	const struct option_row *row = option_rows;
	size_t i, count = sizeof(option_rows) / sizeof(option_rows[0]);
	bool is_long = strncmp(word, "--", 2) == 0;
	const char *equals = is_long ? strchr(word, '=') : NULL;
	size_t len = is_long ? strcspn(word + 2, "=") : 0;

	for (i = 0; i < count; i++, row++) {
		if (!is_long && row->letter != 0 && row->letter == word[1])
			return row;
		if (!is_long || row->name == NULL || strlen(row->name) != len ||
		    strncmp(row->name, word + 2, len) != 0)
			continue;
		if (equals != NULL)
			w->attached = w->argv[w->pos - 1] + (equals + 1 - word);
		return row;
	}
	return NULL;
}

/* What only makes sense together, and what follows from what was said. */
static int
options_finish(struct options *o, struct options_walk *w)
{
	if (o->conf_file != NULL && o->has_apn)
		return FAIL(w, "-s and -c exclude one another: the file names the APN");
	if (o->direct && o->proxy != NULL)
		return FAIL(w, "--direct and a proxy exclude one another");
	if (!o->has_channel)
		o->channel = 1;
	if (!o->has_mux && o->channel >= OPTIONS_CHANNEL_MAX)
		return FAIL(w, "channel %u needs a mux index with -m", o->channel);
	if (!o->has_mux)
		o->mux = o->channel;
	if (!o->has_auth && o->password != NULL && o->password[0] != '\0') {
		o->has_auth = true;
		o->auth = 2; /* CHAP, as the familiar tool does */
	}
	if (!o->v4 && !o->v6)
		o->v4 = true;
	return 0;
}

int
options_parse(
    int argc, char **argv, struct options *ret, char *error, size_t error_size)
{
	struct options_walk w = {.argv = argv,
	    .argc = argc,
	    .pos = 1,
	    .error = error,
	    .error_size = error_size};
	const struct option_row *row;
	const char *word;

	memset(ret, 0, sizeof(*ret));
	while (w.pos < argc) {
		word = argv[w.pos++];
		if (strcmp(word, "&") == 0 && w.pos == argc)
			break;
		if (word[0] != '-' || word[1] == '\0')
			return FAIL(&w, "'%s' is not an option", word);
		row = option_find(word, &w);
		if (row == NULL)
			return FAIL(&w, "unknown option %s", word);
		if (row->fn(ret, &w) < 0)
			return -EINVAL;
		if (w.attached != NULL)
			return FAIL(&w, "--%s takes no value", row->name);
		if (strcmp(word, "-46") == 0 || strcmp(word, "-64") == 0)
			ret->v4 = ret->v6 = true;
	}
	return options_finish(ret, &w);
}

void
options_free(struct options *o)
{
	free(o->apn);
	free(o->user);
	xfree_secret(o->password);
	xfree_secret(o->pin);
	free(o->proxy);
	free(o->iface);
	free(o->device);
	free(o->log_file);
	free(o->conf_file);
	free(o->conf_pdn);
	free(o->runtime_dir);
	memset(o, 0, sizeof(*o));
}

const char *
options_usage(void)
{
	return "Usage: quectel-CM [options]\n"
	       "  -s [apn [user [password [auth]]]]  APN; auth: 0 none, 1 pap, 2 chap, "
	       "3 MsChapV2\n"
	       "  -p PIN                  SIM PIN, 4 to 8 digits\n"
	       "  -p PROXY                qmi-proxy, mbim-proxy, quectel-qmi-proxy,\n"
	       "                          quectel-mbim-proxy, or a socket's path\n"
	       "  --direct                open the device itself, without a proxy\n"
	       "  --protocol PROTOCOL     qmi, mbim, or auto: as proxy or driver say\n"
	       "  -n CHANNEL              QMI: PDP context (profile), default 1\n"
	       "                          MBIM: session, default 0\n"
	       "  -m INDEX                QMI: mux index, mux id 0x80 + INDEX, default "
	       "-n\n"
	       "  -i NETDEV               modem of this network interface\n"
	       "  --device DEVICE         control device or modem socket\n"
	       "  -4, -6                  address families, default -4; both: dual "
	       "stack\n"
	       "  -M METRIC               metric of the default route\n"
	       "  -D                      leave DNS alone\n"
	       "  -F                      write the profile even if it matches\n"
	       "  --force-pin             try the PIN with one attempt left\n"
	       "  --wait                  wait for modem and proxy to appear\n"
	       "  -c FILE NAME            dial the PDN of that name in pdnmux.conf(5)\n"
	       "  -k CHANNEL              hang up the dialer of that channel\n"
	       "  -f FILE                 append the log to FILE\n"
	       "  -d                      addresses from the modem (always so)\n"
	       "  -v                      show every message\n"
	       "  --runtime-dir DIR       sockets, locks and notes\n"
	       "  -h, --version\n";
}
