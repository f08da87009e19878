/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of quectel-CM, as users' scripts write it.
 *
 * Rules (reference/proxies.md 10.1): a value is taken only if the next word does not
 * begin with a dash; an empty string is a value; a literal trailing "&" is ignored; an
 * option may repeat and the last wins.  On top of that there are long options
 * (--name VALUE or --name=VALUE).  The old limits are gone: PINs of 4 to 8 digits with
 * leading zeros, channels and mux indices of two digits.
 */
#ifndef PDNMUX_CLIENT_OPTIONS_H
#define PDNMUX_CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"

#define OPTIONS_CHANNEL_MAX 127 /* mux id 0x80 + index is one byte */

enum options_action {
	OPTIONS_DIAL,
	OPTIONS_KILL,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

/* All strings are copies; NULL: not given, "" : given empty. */
struct options {
	enum options_action action;
	bool has_apn; /* -s, also bare */
	char *apn;
	char *user;
	char *password;
	bool has_auth;
	uint8_t auth; /* bit 0 PAP, bit 1 CHAP */
	char *pin;
	char *proxy; /* a name or path, as given */
	bool direct; /* --direct: open the device itself */
	enum conf_protocol protocol;
	bool has_channel;
	uint8_t channel; /* -n, and of -k; MBIM: session, 0 when not given */
	bool has_mux;
	uint8_t mux; /* -m: index, mux id is 0x80 more */
	char *iface;
	char *device;
	bool v4, v6; /* neither: IPv4 */
	char *log_file;
	bool verbose;
	bool has_metric;
	uint32_t metric;
	bool no_dns;
	bool force_profile;
	bool force_pin;
	bool keep_trying;
	char *conf_file; /* -c, with the PDN's name in conf_pdn */
	char *conf_pdn;
	char *runtime_dir;
};

/*
 * options_parse - take argv apart.
 *
 * argv       secrets (PIN, password) are overwritten in it, so that ps(1) and
 *            /proc/PID/cmdline do not show them.
 * ret        zeroed and filled in; free with options_free() also after a failure.
 * error      receives one sentence when it fails.
 *
 * Returns 0 or -EINVAL.
 */
int options_parse(
    int argc, char **argv, struct options *ret, char *error, size_t error_size);
/* Secrets are overwritten. */
void options_free(struct options *o);
/* The usage text, ends with a newline. */
const char *options_usage(void);

#endif
