/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sysfs.h"
#include "common/xmem.h"
#include "proxy/options.h"

#define NODE_NAME_MAX 48

enum {
	OPT_RUNTIME_DIR = 256,
	OPT_SOCKET_MODE,
	OPT_SOCKET_OWNER,
	OPT_SOCKET_GROUP,
	OPT_ALLOW_USER,
	OPT_ALLOW_GROUP,
	OPT_ALIAS,
	OPT_GRACE,
	OPT_MAX_REQUESTS,
	OPT_HIDE_DEVICE,
	OPT_IGNORED,
};

static const struct option long_options[] = {
    {"device", required_argument, NULL, 'd'},
    {"interface", required_argument, NULL, 'i'},
    {"verbose", no_argument, NULL, 'v'},
    {"verbose-full", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"runtime-dir", required_argument, NULL, OPT_RUNTIME_DIR},
    {"socket-mode", required_argument, NULL, OPT_SOCKET_MODE},
    {"socket-owner", required_argument, NULL, OPT_SOCKET_OWNER},
    {"socket-group", required_argument, NULL, OPT_SOCKET_GROUP},
    {"allow-user", required_argument, NULL, OPT_ALLOW_USER},
    {"allow-group", required_argument, NULL, OPT_ALLOW_GROUP},
    {"alias", required_argument, NULL, OPT_ALIAS},
    {"grace", required_argument, NULL, OPT_GRACE},
    {"max-requests", required_argument, NULL, OPT_MAX_REQUESTS},
    {"hide-device", no_argument, NULL, OPT_HIDE_DEVICE},
    {"no-exit", no_argument, NULL, OPT_IGNORED},
    {"empty-timeout", required_argument, NULL, OPT_IGNORED},
    {NULL, 0, NULL, 0},
};

static void
usage(const char *program)
{
	printf(
	    "Usage: %s [options]\n"
	    "  -d, --device DEVICE     serve this control device; repeatable,\n"
	    "                          default /dev/cdc-wdm0\n"
	    "  -i, --interface NETDEV  the control device of this network interface\n"
	    "      --alias NAME        also this abstract socket, for the first "
	    "device\n"
	    "      --runtime-dir DIR   where the file socket is, default %s\n"
	    "      --socket-mode MODE  of the file socket, default 0660\n"
	    "      --socket-owner USER, --socket-group GROUP\n"
	    "      --allow-user USER, --allow-group GROUP\n"
	    "                          may use the abstract sockets besides root\n"
	    "      --grace SECONDS     a lost program's call is kept, default 60\n"
	    "      --max-requests N    under way in the modem at once\n"
	    "      --hide-device       show no device path in /proc\n"
	    "  -v, --verbose           show every message\n"
	    "  -h, --help, -V, --version\n",
	    program, RUNSTATEDIR "/pdnmux");
}

static bool
wrong(const char *program, const char *value, const char *want)
{
	fprintf(stderr, "%s: \"%s\" is not %s; see %s --help\n", program, value, want,
	    program);
	return false;
}

static bool
read_number(const char *text, unsigned long max, int base, unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(text, &end, base);
	return errno == 0 && *end == '\0' && end != text && text[0] != '-' &&
	       *ret <= max;
}

/* A user by name or number. */
static bool
read_user(const char *text, uid_t *ret)
{
	const struct passwd *pw = getpwnam(text);
	unsigned long n;

	if (pw)
		*ret = pw->pw_uid;
	else if (read_number(text, 0xfffffffe, 10, &n))
		*ret = (uid_t)n;
	else
		return false;
	return true;
}

static bool
read_group(const char *text, gid_t *ret)
{
	const struct group *gr = getgrnam(text);
	unsigned long n;

	if (gr)
		*ret = gr->gr_gid;
	else if (read_number(text, 0xfffffffe, 10, &n))
		*ret = (gid_t)n;
	else
		return false;
	return true;
}

static bool
add_text(const char *text, const char **list, unsigned *count, unsigned max)
{
	if (*count == max)
		return false;
	list[(*count)++] = text;
	return true;
}

static bool
take_node(const char *name, void *arg)
{
	snprintf(arg, NODE_NAME_MAX, "%s", name);
	return false; /* there is one */
}

/* The control device beside a network interface (kernel.md 1.1). */
static bool
add_interface(const char *netdev, struct options *o)
{
	static char path[OPTIONS_DEVICES_MAX][64];
	char folder[128], node[NODE_NAME_MAX] = "";
	unsigned n = o->devices_count;

	snprintf(folder, sizeof(folder), "class/net/%s/device/usbmisc", netdev);
	if (n == OPTIONS_DEVICES_MAX || strchr(netdev, '/'))
		return false;
	sysfs_list(folder, take_node, node);
	if (node[0] == '\0')
		return false;
	snprintf(path[n], sizeof(path[n]), "/dev/%s", node);
	return add_text(path[n], o->devices, &o->devices_count, OPTIONS_DEVICES_MAX);
}

static bool
parse_access(const char *program, int opt, const char *value, struct broker_config *b)
{
	struct access_list *a = &b->access;
	unsigned long mode;

	switch (opt) {
	case OPT_SOCKET_MODE:
		if (!read_number(value, 0777, 8, &mode))
			return wrong(program, value, "a mode such as 0660");
		b->socket_mode = (mode_t)mode;
		return true;
	case OPT_SOCKET_OWNER:
		return read_user(value, &b->socket_uid) ||
		       wrong(program, value, "a user");
	case OPT_SOCKET_GROUP:
		return read_group(value, &b->socket_gid) ||
		       wrong(program, value, "a group");
	case OPT_ALLOW_USER:
		return (a->users_count < ACCESS_MAX &&
			   read_user(value, &a->users[a->users_count++])) ||
		       wrong(program, value, "a user, or one too many");
	default:
		return (a->groups_count < ACCESS_MAX &&
			   read_group(value, &a->groups[a->groups_count++])) ||
		       wrong(program, value, "a group, or one too many");
	}
}

static bool
parse_option(const char *program, int opt, const char *value, struct options *o)
{
	struct router_config *router = &o->broker.channel.router;
	unsigned long n;

	switch (opt) {
	case 'd':
		return add_text(
			   value, o->devices, &o->devices_count, OPTIONS_DEVICES_MAX) ||
		       wrong(program, value, "one of at most 64 devices");
	case 'i':
		return add_interface(value, o) ||
		       wrong(program, value, "an interface with a control device");
	case 'v': o->broker.channel.is_verbose = true; return true;
	case OPT_RUNTIME_DIR: o->broker.runtime_dir = value; return true;
	case OPT_ALIAS:
		return add_text(
			   value, o->aliases, &o->aliases_count, OPTIONS_ALIASES_MAX) ||
		       wrong(program, value, "one of at most 8 aliases");
	case OPT_GRACE:
		if (!read_number(value, 86400, 10, &n))
			return wrong(program, value, "a number of seconds to 86400");
		router->grace_ms = n > 0 ? (int64_t)n * 1000 : -1;
		return true;
	case OPT_MAX_REQUESTS:
		if (!read_number(value, 4096, 10, &n) || n == 0)
			return wrong(program, value, "a number from 1 to 4096");
		router->max_requests = (uint32_t)n;
		return true;
	case OPT_HIDE_DEVICE: o->broker.channel.is_hidden = true; return true;
	case OPT_IGNORED: return true;
	default: return parse_access(program, opt, value, &o->broker);
	}
}

enum options_result
options_parse(const char *program, int argc, char **argv, struct options *ret)
{
	const char *dir = getenv("RUNTIME_DIRECTORY");
	int opt;

	memset(ret, 0, sizeof(*ret));
	ret->is_spawned = argc == 1;
	ret->broker.runtime_dir = dir && dir[0] == '/' ? dir : RUNSTATEDIR "/pdnmux";
	ret->broker.socket_mode = 0660;
	ret->broker.socket_uid = (uid_t)-1;
	ret->broker.socket_gid = (gid_t)-1;
	while ((opt = getopt_long(argc, argv, "d:i:vhV", long_options, NULL)) != -1) {
		switch (opt) {
		case 'h': usage(program); return OPTIONS_EXIT;
		case 'V':
			printf("%s %s (pdnmux)\n", program, PACKAGE_VERSION);
			return OPTIONS_EXIT;
		case '?': return OPTIONS_WRONG;
		default:
			if (!parse_option(program, opt, optarg, ret))
				return OPTIONS_WRONG;
		}
	}
	if (optind < argc) {
		wrong(program, argv[optind], "an option");
		return OPTIONS_WRONG;
	}
	if (ret->devices_count == 0)
		ret->devices[ret->devices_count++] = "/dev/cdc-wdm0";
	return OPTIONS_RUN;
}
