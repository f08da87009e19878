/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdnmux.conf through an option table: defaults, ranges, places of errors.
 *
 * One row of the table is the only place where an option exists: its key, type, range,
 * default, unit and one line of text.  The parser, the checks, the example file's and
 * the manual's unit test all walk the table.  An error names file, line, key and the
 * remedy; a key that the table does not have is refused, with the nearest one that it
 * has.
 */
#ifndef PDNMUX_COMMON_CONF_H
#define PDNMUX_COMMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum conf_auth {
	CONF_AUTH_AUTO, /* none without user, else PAP and CHAP */
	CONF_AUTH_NONE,
	CONF_AUTH_PAP,
	CONF_AUTH_CHAP,
	CONF_AUTH_BOTH,
};

enum conf_family {
	CONF_FAMILY_IPV4,
	CONF_FAMILY_IPV6,
	CONF_FAMILY_IPV4V6,
};

enum conf_protocol {
	CONF_PROTOCOL_AUTO, /* what proxy's name or driver say */
	CONF_PROTOCOL_QMI,
	CONF_PROTOCOL_MBIM,
};

/* The same order as enum muxdev_kind (client/muxdev.h): a unit test holds them equal.
 */
enum conf_backend {
	CONF_BACKEND_AUTO,
	CONF_BACKEND_PRECREATED,
	CONF_BACKEND_QMIMUX,
	CONF_BACKEND_RMNET,
	CONF_BACKEND_PLAIN,
	CONF_BACKEND_VLAN,
	CONF_BACKEND_WWAN,
};

/* Strings are never NULL: "" when not given.  Lists end with NULL. */
struct conf_modem {
	char *name;
	char *device;
	char *usb_path;
	char *serial;
	char *imei;
	char *netdev;
	char *proxy;      /* a name or path; "": the default; "none": open the device */
	int protocol;     /* enum conf_protocol */
	int backend;      /* enum conf_backend */
	uint32_t qmap;    /* 0: the best */
	uint32_t dl_size; /* bytes; 0: by model */
	char *pin;
	unsigned line; /* where it stands in the file */
};

struct conf_pdn {
	char *name;
	char *modem; /* "": the only one, or whichever is found */
	char *apn;
	char *user;
	char *password;
	int auth;         /* enum conf_auth */
	int family;       /* enum conf_family */
	uint32_t channel; /* profile and default data device number; -n */
	uint32_t mux_id;  /* 0: 0x80 + channel */
	char *device;     /* name of its network device; "": <parent>.<channel> */
	bool default_route;
	char **routes;
	uint32_t metric;
	uint32_t mtu; /* bytes; 0: what the network says */
	char *dns;    /* as resolv_new() takes it */
	uint32_t retry_min_s;
	uint32_t retry_max_s;
	uint32_t retry_limit; /* attempts; 0: for ever */
	uint32_t register_timeout_s;
	unsigned line;
};

struct conf {
	char *path;
	char *runtime_dir; /* "": the built-in default */
	struct conf_modem *modems;
	size_t modems_count;
	struct conf_pdn *pdns;
	size_t pdns_count;
};

/*
 * conf_load - read and check a whole file.
 *
 * Every problem is reported through the log (token "conf") as
 * "FILE:LINE: what; remedy"; a file with secrets that others may read is a warning.
 * Returns the configuration, or NULL with errno: ENOENT and the like when it cannot be
 * read, EINVAL when it has errors.
 */
struct conf *conf_load(const char *path);
/* Overwrites secrets before freeing.  NULL is fine. */
void conf_free(struct conf *c);
/* Borrowed; NULL when there is none of that name. */
const struct conf_pdn *conf_find_pdn(const struct conf *c, const char *name);
/* The modem a PDN names; the only one when it names none; else NULL. */
const struct conf_modem *conf_modem_of(
    const struct conf *c, const struct conf_pdn *pdn);
/* All defaults, to be filled by options of the command line; conf_pdn_free() them. */
struct conf_pdn *conf_pdn_default(void);
struct conf_modem *conf_modem_default(void);
void conf_pdn_free(struct conf_pdn *p);
void conf_modem_free(struct conf_modem *m);

enum conf_type {
	CONF_TYPE_STR,
	CONF_TYPE_SECRET,
	CONF_TYPE_UINT,
	CONF_TYPE_BOOL,
	CONF_TYPE_ENUM,
	CONF_TYPE_LIST, /* of strings */
};

/* One option.  What parser, checks, documentation tests and completions read. */
struct conf_option {
	const char *key;
	enum conf_type type;
	size_t offset;
	uint32_t min; /* UINT; for STR and SECRET the longest length is max */
	uint32_t max;
	const char *def;          /* the default, as it is written in the file */
	const char *const *words; /* ENUM, ends with NULL */
	bool (*check)(const char *value); /* further rule for STR; may be NULL */
	const char *unit;                 /* "bytes", "s" or "" */
	const char *text;
	bool required;
};

/* Tables end with a NULL key. */
extern const struct conf_option conf_global_options[];
extern const struct conf_option conf_modem_options[];
extern const struct conf_option conf_pdn_options[];

#endif
