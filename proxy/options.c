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
#include "proxy/device.h"
#include "proxy/options.h"

#define NODE_NAME_MAX 48
#define DEFAULT_RUNTIME_DIR RUNSTATEDIR "/pdnmux"
#define DEFAULT_DEVICE "/dev/cdc-wdm0"
#define SPAWNED_EMPTY_S 300 /* as the library's own proxy ends */

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
	OPT_NO_EXIT,
	OPT_EMPTY_TIMEOUT,
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
    {"no-exit", no_argument, NULL, OPT_NO_EXIT},
    {"empty-timeout", required_argument, NULL, OPT_EMPTY_TIMEOUT},
    {NULL, 0, NULL, 0},
};

static void
usage(const char *program)
{
	printf(
	    "Usage: %s [options]\n"
	    "  -d, --device DEVICE     serve this control device; repeatable,\n"
	    "                          default " DEFAULT_DEVICE "\n"
	    "  -i, --interface NETDEV  the control device of this network interface\n"
	    "      --alias NAME        also this abstract socket, for the first "
	    "device\n"
	    "      --runtime-dir DIR   where the file socket is,\n"
	    "                          default " DEFAULT_RUNTIME_DIR "\n"
	    "      --socket-mode MODE  of the file socket, default 0660\n"
	    "      --socket-owner USER, --socket-group GROUP\n"
	    "                          of the file socket, default ours\n"
	    "      --allow-user USER, --allow-group GROUP\n"
	    "                          may use the abstract sockets besides root\n"
	    "      --grace SECONDS     a lost program's call is kept, default 60\n"
	    "      --max-requests N    under way in the modem at once, default 64\n"
	    "      --hide-device       show no device path in /proc\n"
	    "      --empty-timeout SECONDS\n"
	    "                          end when nobody was connected for so long,\n"
	    "                          default 0: never\n"
	    "      --no-exit           the same as --empty-timeout=0\n"
	    "  -v, --verbose, --verbose-full\n"
	    "                          show every message\n"
	    "  -h, --help              show this\n"
	    "  -V, --version           show the version\n",
	    program);
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

/* A search for the control device beside a network interface (kernel.md 1.1). */
struct search {
	const char *port_type;
	char node[NODE_NAME_MAX];
};

static bool
take_node(const char *name, void *arg)
{
	struct search *s = arg;

	snprintf(s->node, sizeof(s->node), "%s", name);
	return false; /* there is one */
}

/* wwan0qmi0 and its like lie beside much else. */
static bool
take_wwan_port(const char *name, void *arg)
{
	struct search *s = arg;
	char type[16];

	if (sysfs_read(type, sizeof(type), "class/wwan/%s/type", name) < 0 ||
	    strcmp(type, s->port_type) != 0)
		return true;
	return take_node(name, arg);
}

static void
find_node(const char *netdev, struct search *s)
{
	static const char *const folders[] = {"usbmisc", "GobiQMI", ""};
	char folder[128];

	for (size_t i = 0; i < 3 && s->node[0] == '\0'; i++) {
		snprintf(folder, sizeof(folder), "class/net/%s/device/%s", netdev,
		    folders[i]);
		sysfs_list(folder, folders[i][0] ? take_node : take_wwan_port, s);
	}
}

static bool
add_interface(
    const struct broker_protocol *protocol, const char *netdev, struct options *o)
{
	static char path[OPTIONS_DEVICES_MAX][64];
	struct search s = {.port_type = protocol->port_type};
	unsigned n = o->devices_count;

	if (n == OPTIONS_DEVICES_MAX || strchr(netdev, '/'))
		return false;
	find_node(netdev, &s);
	if (s.node[0] == '\0')
		return false;
	snprintf(path[n], sizeof(path[n]), "/dev/%s", s.node);
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
parse_option(const struct broker_protocol *protocol, int opt, const char *value,
    struct options *o)
{
	const char *program = protocol->program;
	struct router_config *router = &o->broker.channel.router;
	unsigned long n;

	switch (opt) {
	case 'd':
		return add_text(
			   value, o->devices, &o->devices_count, OPTIONS_DEVICES_MAX) ||
		       wrong(program, value, "one of at most 64 devices");
	case 'i':
		return add_interface(protocol, value, o) ||
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
	case OPT_NO_EXIT: o->broker.empty_timeout_s = 0; return true;
	case OPT_EMPTY_TIMEOUT:
		if (!read_number(value, 86400, 10, &n))
			return wrong(program, value, "a number of seconds to 86400");
		o->broker.empty_timeout_s = (unsigned)n;
		return true;
	default: return parse_access(program, opt, value, &o->broker);
	}
}

/*
 * Whom a client of the library started serves the device that the client names, and
 * touches no other.  One that speaks another protocol is not ours by default.
 */
static void
add_default_device(const struct broker_protocol *protocol, struct options *o)
{
	if (!o->is_spawned && device_check(DEFAULT_DEVICE, 0,
				  protocol->foreign_driver) != -EPROTONOSUPPORT)
		o->devices[o->devices_count++] = DEFAULT_DEVICE;
}

enum options_result
options_parse(
    const struct broker_protocol *protocol, int argc, char **argv, struct options *ret)
{
	const char *program = protocol->program, *dir = getenv("RUNTIME_DIRECTORY");
	int opt;

	memset(ret, 0, sizeof(*ret));
	ret->is_spawned = argc == 1 && strcmp(argv[0], protocol->spawned_as) == 0;
	ret->broker.empty_timeout_s = ret->is_spawned ? SPAWNED_EMPTY_S : 0;
	ret->broker.runtime_dir = dir && dir[0] == '/' ? dir : DEFAULT_RUNTIME_DIR;
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
			if (!parse_option(protocol, opt, optarg, ret))
				return OPTIONS_WRONG;
		}
	}
	if (optind < argc) {
		wrong(program, argv[optind], "an option");
		return OPTIONS_WRONG;
	}
	if (ret->devices_count == 0)
		add_default_device(protocol, ret);
	return OPTIONS_RUN;
}
