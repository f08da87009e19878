/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From libconfig's tree to our structures, through the option tables.
 *
 * libconfig finds syntax errors; everything else is found here: a key that no table
 * has, a wrong type, a value out of range, a name twice, a PDN of a modem that is not
 * there.  All problems of a file are reported before it is refused, not only the first.
 */
#include "config.h"

#include "common/conf.h"

#include <errno.h>
#include <libconfig.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "common/xmem.h"

#define TOKEN "conf"
#define SECTION_MODEMS "modems"
#define SECTION_PDNS "pdns"
#define SECTION_MAX 256 /* modems or PDNs in one file */

struct reader {
	const char *path;
	unsigned errors;
	bool has_secret;
};

static void __attribute__((format(printf, 3, 4)))
problem(struct reader *rd, const config_setting_t *at, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* An included file has its own name. */
	const char *file = config_setting_source_file(at);
	log_errx(TOKEN, "%s:%u: %s", file ? file : rd->path,
	    (unsigned)config_setting_source_line(at), text);
	rd->errors++;
}

/* ---- values and defaults ------------------------------------------------------- */

static void *
member(void *base, const struct conf_option *o)
{
	return (char *)base + o->offset;
}

static void
set_string(void *base, const struct conf_option *o, const char *value)
{
	char **at = member(base, o);
	if (o->type == CONF_TYPE_SECRET)
		xfree_secret(*at);
	else
		free(*at);
	*at = xstrdup(value);
}

static int
word_number(const struct conf_option *o, const char *word)
{
	for (int i = 0; o->words[i]; i++)
		if (strcmp(o->words[i], word) == 0)
			return i;
	return -1;
}

static void
set_default(void *base, const struct conf_option *o)
{
	switch (o->type) {
	case CONF_TYPE_STR:
	case CONF_TYPE_SECRET: set_string(base, o, o->def); break;
	case CONF_TYPE_UINT:
		*(uint32_t *)member(base, o) = (uint32_t)strtoul(o->def, NULL, 10);
		break;
	case CONF_TYPE_BOOL:
		*(bool *)member(base, o) = strcmp(o->def, "true") == 0;
		break;
	case CONF_TYPE_ENUM: *(int *)member(base, o) = word_number(o, o->def); break;
	case CONF_TYPE_LIST:
		*(char ***)member(base, o) = xcalloc(1, sizeof(char *));
		break;
	}
}

static void
set_defaults(void *base, const struct conf_option *options)
{
	for (; options->key; options++)
		set_default(base, options);
}

static void
free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

static void
free_values(void *base, const struct conf_option *options)
{
	for (const struct conf_option *o = options; o->key; o++) {
		if (o->type == CONF_TYPE_STR)
			free(*(char **)member(base, o));
		else if (o->type == CONF_TYPE_SECRET)
			xfree_secret(*(char **)member(base, o));
		else if (o->type == CONF_TYPE_LIST)
			free_list(*(char ***)member(base, o));
	}
}

/* ---- one value ----------------------------------------------------------------- */

static void
read_string(struct reader *rd, const config_setting_t *s, const struct conf_option *o,
    void *base)
{
	bool secret = o->type == CONF_TYPE_SECRET;
	const char *value = config_setting_get_string(s);
	if (!value) {
		problem(rd, s, "%s wants a text in quotes: %s", o->key, o->text);
		return;
	}
	if (strlen(value) > o->max) {
		problem(rd, s, "%s is longer than %u characters", o->key, o->max);
		return;
	}
	if (value[0] != '\0' && o->check && !o->check(value)) {
		problem(rd, s, "%s cannot be \"%s\": %s", o->key,
		    secret ? "***" : value, o->text);
		return;
	}
	if (o->required && value[0] == '\0') {
		problem(rd, s, "%s must not be empty: %s", o->key, o->text);
		return;
	}
	if (secret && value[0] != '\0')
		rd->has_secret = true;
	set_string(base, o, value);
}

static void
read_uint(struct reader *rd, const config_setting_t *s, const struct conf_option *o,
    void *base)
{
	int type = config_setting_type(s);
	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		problem(rd, s, "%s wants a number without quotes: %s", o->key, o->text);
		return;
	}
	long long value = type == CONFIG_TYPE_INT ? config_setting_get_int(s)
						  : config_setting_get_int64(s);
	if (value < (long long)o->min || value > (long long)o->max) {
		problem(rd, s, "%s is %lld, but goes from %u to %u%s%s", o->key, value,
		    o->min, o->max, o->unit[0] ? " " : "", o->unit);
		return;
	}
	*(uint32_t *)member(base, o) = (uint32_t)value;
}

static void
read_enum(struct reader *rd, const config_setting_t *s, const struct conf_option *o,
    void *base)
{
	const char *value = config_setting_get_string(s);
	int number = value ? word_number(o, value) : -1;
	if (number >= 0) {
		*(int *)member(base, o) = number;
		return;
	}
	char words[160] = "";
	size_t len = 0;
	for (int i = 0; o->words[i]; i++)
		len += (size_t)snprintf(words + len, sizeof(words) - len, "%s\"%s\"",
		    i ? ", " : "", o->words[i]);
	problem(rd, s, "%s wants one of %s", o->key, words);
}

static void
read_list(struct reader *rd, const config_setting_t *s, const struct conf_option *o,
    void *base)
{
	if (!config_setting_is_array(s) && !config_setting_is_list(s)) {
		problem(rd, s, "%s wants a list, such as [ \"a\", \"b\" ]: %s", o->key,
		    o->text);
		return;
	}
	int n = config_setting_length(s);
	if ((unsigned)n > o->max) {
		problem(rd, s, "%s has %d entries, but at most %u are allowed", o->key,
		    n, o->max);
		return;
	}
	char ***at = member(base, o);
	free_list(*at);
	*at = xcalloc((size_t)n + 1, sizeof(char *));
	size_t count = 0;
	for (int i = 0; i < n; i++) {
		const char *value = config_setting_get_string_elem(s, i);
		if (!value || !o->check(value))
			problem(rd, s, "entry %d of %s cannot be %s: %s", i + 1, o->key,
			    value ? value : "this", o->text);
		else
			(*at)[count++] = xstrdup(value);
	}
}

static void
read_value(struct reader *rd, const config_setting_t *s, const struct conf_option *o,
    void *base)
{
	switch (o->type) {
	case CONF_TYPE_STR:
	case CONF_TYPE_SECRET: read_string(rd, s, o, base); break;
	case CONF_TYPE_UINT: read_uint(rd, s, o, base); break;
	case CONF_TYPE_ENUM: read_enum(rd, s, o, base); break;
	case CONF_TYPE_LIST: read_list(rd, s, o, base); break;
	case CONF_TYPE_BOOL:
		if (config_setting_type(s) != CONFIG_TYPE_BOOL)
			problem(
			    rd, s, "%s wants true or false, without quotes", o->key);
		else
			*(bool *)member(base, o) = config_setting_get_bool(s);
		break;
	}
}

/* ---- one group ----------------------------------------------------------------- */

/* Letters that have to change to make b of a; at most 99. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[33];
	size_t lb = strlen(b);
	if (strlen(a) > 32 || lb > 32)
		return 99;
	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

static void
unknown_key(
    struct reader *rd, const config_setting_t *s, const struct conf_option *options)
{
	const char *name = config_setting_name(s);
	const char *nearest = NULL;
	unsigned best = 4;
	for (const struct conf_option *o = options; o->key; o++) {
		unsigned d = distance(name, o->key);
		if (d < best) {
			best = d;
			nearest = o->key;
		}
	}
	if (nearest)
		problem(rd, s, "unknown option %s: do you mean %s?", name, nearest);
	else
		problem(rd, s, "unknown option %s: see pdnmux.conf(5)", name);
}

static void
read_group(struct reader *rd, const config_setting_t *group,
    const struct conf_option *options, void *base)
{
	int n = config_setting_length(group);
	for (int i = 0; i < n; i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
		const struct conf_option *o = options;
		while (o->key && strcmp(o->key, config_setting_name(s)) != 0)
			o++;
		if (o->key)
			read_value(rd, s, o, base);
		else
			unknown_key(rd, s, options);
	}
	for (const struct conf_option *o = options; o->key; o++)
		if (o->required && !config_setting_get_member(group, o->key))
			problem(rd, group, "%s is missing: %s", o->key, o->text);
}

/* The section as a list of groups; NULL and no problem when it is not there. */
static const config_setting_t *
section(struct reader *rd, const config_t *cfg, const char *name, size_t *ret_count)
{
	const config_setting_t *list = config_lookup(cfg, name);
	*ret_count = 0;
	if (!list)
		return NULL;
	int n = config_setting_length(list);
	if (!config_setting_is_list(list)) {
		problem(rd, list, "%s wants a list: %s = ( { ... }, { ... } );", name,
		    name);
		return NULL;
	}
	if (n > SECTION_MAX) {
		problem(rd, list, "%s has more than %d entries", name, SECTION_MAX);
		return NULL;
	}
	for (int i = 0; i < n; i++) {
		const config_setting_t *s = config_setting_get_elem(list, (unsigned)i);
		if (config_setting_is_group(s))
			continue;
		problem(rd, s, "entry %d of %s must be in braces: { name = \"...\"; }",
		    i + 1, name);
		return NULL;
	}
	*ret_count = (size_t)n;
	return list;
}

static void
read_modems(struct reader *rd, const config_t *cfg, struct conf *c)
{
	const config_setting_t *list =
	    section(rd, cfg, SECTION_MODEMS, &c->modems_count);
	c->modems = xcalloc(c->modems_count + 1, sizeof(*c->modems));
	for (size_t i = 0; i < c->modems_count; i++) {
		const config_setting_t *s = config_setting_get_elem(list, (unsigned)i);
		struct conf_modem *m = &c->modems[i];
		set_defaults(m, conf_modem_options);
		m->line = (unsigned)config_setting_source_line(s);
		read_group(rd, s, conf_modem_options, m);
		if (m->qmap == 2 || m->qmap == 3)
			problem(rd, s, "qmap is %u, but there are versions 1, 4 and 5",
			    m->qmap);
		for (size_t j = 0; j < i; j++)
			if (m->name[0] && strcmp(m->name, c->modems[j].name) == 0)
				problem(rd, s, "modem \"%s\" is already on line %u",
				    m->name, c->modems[j].line);
	}
}

static void
check_pdn(struct reader *rd, const config_setting_t *s, const struct conf *c, size_t i)
{
	const struct conf_pdn *p = &c->pdns[i];
	bool found = p->modem[0] == '\0';
	for (size_t j = 0; j < c->modems_count; j++)
		found |= strcmp(p->modem, c->modems[j].name) == 0;
	if (!found)
		problem(rd, s, "there is no modem \"%s\": add it to modems", p->modem);
	if (p->modem[0] == '\0' && c->modems_count > 1)
		problem(rd, s,
		    "modem is missing: with several modems each PDN names its own");
	if (p->retry_min_s > p->retry_max_s)
		problem(rd, s, "retry_min is above retry_max");
	for (size_t j = 0; j < i; j++)
		if (p->name[0] && strcmp(p->name, c->pdns[j].name) == 0)
			problem(rd, s, "PDN \"%s\" is already on line %u", p->name,
			    c->pdns[j].line);
}

static void
read_pdns(struct reader *rd, const config_t *cfg, struct conf *c)
{
	const config_setting_t *list = section(rd, cfg, SECTION_PDNS, &c->pdns_count);
	c->pdns = xcalloc(c->pdns_count + 1, sizeof(*c->pdns));
	for (size_t i = 0; i < c->pdns_count; i++) {
		const config_setting_t *s = config_setting_get_elem(list, (unsigned)i);
		struct conf_pdn *p = &c->pdns[i];
		set_defaults(p, conf_pdn_options);
		p->line = (unsigned)config_setting_source_line(s);
		read_group(rd, s, conf_pdn_options, p);
		check_pdn(rd, s, c, i);
	}
}

static void
read_globals(struct reader *rd, const config_t *cfg, struct conf *c)
{
	const config_setting_t *root = config_root_setting(cfg);
	int n = config_setting_length(root);
	for (int i = 0; i < n; i++) {
		const config_setting_t *s = config_setting_get_elem(root, (unsigned)i);
		const char *name = config_setting_name(s);
		const struct conf_option *o = conf_global_options;
		if (strcmp(name, SECTION_MODEMS) == 0 ||
		    strcmp(name, SECTION_PDNS) == 0)
			continue;
		while (o->key && strcmp(o->key, name) != 0)
			o++;
		if (o->key)
			read_value(rd, s, o, c);
		else
			unknown_key(rd, s, conf_global_options);
	}
}

/* ---- the whole file ------------------------------------------------------------ */

static void
warn_if_readable(const struct reader *rd)
{
	struct stat st;
	if (rd->has_secret && stat(rd->path, &st) == 0 && (st.st_mode & 077) != 0)
		log_warnx(TOKEN,
		    "%s holds secrets but its mode is %03o: chmod 600 it, so that only "
		    "its "
		    "owner reads it",
		    rd->path, (unsigned)(st.st_mode & 0777));
}

/* 0 or -errno; syntax errors are reported. */
static int
parse_file(config_t *cfg, const char *path)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return -errno;
	int ok = config_read(cfg, file);
	fclose(file);
	if (ok == CONFIG_TRUE)
		return 0;
	const char *where = config_error_file(cfg);
	log_errx(TOKEN, "%s:%d: %s: each setting is \"name = value;\"",
	    where ? where : path, config_error_line(cfg), config_error_text(cfg));
	return -EINVAL;
}

struct conf *
conf_load(const char *path)
{
	struct reader rd = {.path = path};
	config_t cfg;
	config_init(&cfg);
	int rc = parse_file(&cfg, path);
	if (rc < 0) {
		config_destroy(&cfg);
		errno = -rc;
		return NULL;
	}
	struct conf *c = xcalloc(1, sizeof(*c));
	c->path = xstrdup(path);
	set_defaults(c, conf_global_options);
	read_globals(&rd, &cfg, c);
	read_modems(&rd, &cfg, c);
	read_pdns(&rd, &cfg, c);
	config_destroy(&cfg);
	warn_if_readable(&rd);
	if (rd.errors == 0)
		return c;
	conf_free(c);
	errno = EINVAL;
	return NULL;
}

void
conf_free(struct conf *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->modems_count; i++)
		free_values(&c->modems[i], conf_modem_options);
	for (size_t i = 0; i < c->pdns_count; i++)
		free_values(&c->pdns[i], conf_pdn_options);
	free_values(c, conf_global_options);
	free(c->modems);
	free(c->pdns);
	free(c->path);
	free(c);
}

const struct conf_pdn *
conf_find_pdn(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->pdns_count; i++)
		if (strcmp(c->pdns[i].name, name) == 0)
			return &c->pdns[i];
	return NULL;
}

const struct conf_modem *
conf_modem_of(const struct conf *c, const struct conf_pdn *pdn)
{
	if (pdn->modem[0] == '\0')
		return c->modems_count == 1 ? &c->modems[0] : NULL;
	for (size_t i = 0; i < c->modems_count; i++)
		if (strcmp(c->modems[i].name, pdn->modem) == 0)
			return &c->modems[i];
	return NULL;
}

struct conf_pdn *
conf_pdn_default(void)
{
	struct conf_pdn *p = xcalloc(1, sizeof(*p));
	set_defaults(p, conf_pdn_options);
	return p;
}

struct conf_modem *
conf_modem_default(void)
{
	struct conf_modem *m = xcalloc(1, sizeof(*m));
	set_defaults(m, conf_modem_options);
	return m;
}

void
conf_pdn_free(struct conf_pdn *p)
{
	if (!p)
		return;
	free_values(p, conf_pdn_options);
	free(p);
}

void
conf_modem_free(struct conf_modem *m)
{
	if (!m)
		return;
	free_values(m, conf_modem_options);
	free(m);
}
