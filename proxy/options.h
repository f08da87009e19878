/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line that qmi-proxy and mbim-proxy share: ours, and what libqmi's and
 * libmbim's proxies of the same names take.
 */
#ifndef PDNMUX_PROXY_OPTIONS_H
#define PDNMUX_PROXY_OPTIONS_H

#include <stdbool.h>

#include "proxy/broker.h"

#define OPTIONS_DEVICES_MAX 64
#define OPTIONS_ALIASES_MAX 8

struct options {
	struct broker_config broker;
	const char
	    *devices[OPTIONS_DEVICES_MAX]; /* of the command line, or made here */
	unsigned devices_count;
	const char *aliases[OPTIONS_ALIASES_MAX];
	unsigned aliases_count;
	bool is_spawned; /* by a client of the library, which names its device */
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_EXIT,  /* help or version were printed */
	OPTIONS_WRONG, /* one line on standard error says what and how */
};

/* Strings of argv are borrowed. */
enum options_result options_parse(
    const struct broker_protocol *protocol, int argc, char **argv, struct options *ret);

#endif
