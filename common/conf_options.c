/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every option of pdnmux.conf, once.
 *
 * The order is that of the example file and the manual.
 */
#include "config.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

#include "common/conf.h"

#define STR_LEN(n) .min = 0, .max = (n)

static const char *const auth_words[] = {"auto", "none", "pap", "chap", "both", NULL};
static const char *const family_words[] = {"ipv4", "ipv6", "ipv4v6", NULL};
static const char *const protocol_words[] = {"auto", "qmi", "mbim", NULL};
static const char *const backend_words[] = {
    "auto", "precreated", "qmimux", "rmnet", "plain", "vlan", "wwan", NULL};

/* What may be part of a file name and of a log line without quotes. */
static bool
is_name(const char *value)
{
	return value[0] != '\0' && value[0] != '-' && value[0] != '.' &&
	       strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234"
			     "56789-_.") == strlen(value);
}

static bool
is_device_name(const char *value)
{
	return is_name(value) && strlen(value) < IFNAMSIZ;
}

static bool
is_pin(const char *value)
{
	size_t len = strlen(value);
	return len >= 4 && len <= 8 && strspn(value, "0123456789") == len;
}

static bool
is_imei(const char *value)
{
	size_t len = strlen(value);
	return len >= 14 && len <= 16 && strspn(value, "0123456789") == len;
}

static bool
is_absolute(const char *value)
{
	return value[0] == '/';
}

static bool
is_device_path(const char *value)
{
	return value[0] == '/' || value[0] == '@';
}

/* TS 23.003 9.1: labels of letters, digits and hyphens; operators also use "_". */
static bool
is_apn(const char *value)
{
	for (const char *p = value; *p; p++)
		if (*p <= ' ' || *p == 0x7f)
			return false;
	return true;
}

static bool
is_dns_way(const char *value)
{
	static const char *const ways[] = {
	    "auto", "none", "resolvconf", "resolved", "file"};
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(value, ways[i]) == 0)
			return true;
	return strncmp(value, "file:/", 6) == 0;
}

/* Digits of a prefix length up to max. */
static bool
is_plen(const char *text, unsigned max)
{
	unsigned v = 0;
	size_t len = strlen(text);
	if (len == 0 || len > 3 || strspn(text, "0123456789") != len)
		return false;
	for (; *text; text++)
		v = v * 10 + (unsigned)(*text - '0');
	return v <= max;
}

static bool
is_prefix(const char *value)
{
	char ip[INET6_ADDRSTRLEN];
	unsigned char bytes[sizeof(struct in6_addr)];
	size_t len = strcspn(value, "/");
	if (len >= sizeof(ip))
		return false;
	memcpy(ip, value, len);
	ip[len] = '\0';
	int family = strchr(ip, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(family, ip, bytes) != 1)
		return false;
	return value[len] == '\0' ||
	       is_plen(value + len + 1, family == AF_INET ? 32 : 128);
}

#define OPT(kind, name, member) \
	.key = (name), .offset = offsetof(struct conf_##kind, member)

const struct conf_option conf_global_options[] = {
    {.key = "runtime_dir",
	.type = CONF_TYPE_STR,
	.offset = offsetof(struct conf, runtime_dir),
	STR_LEN(80),
	.def = "",
	.check = is_absolute,
	.unit = "",
	.text =
	    "directory for sockets, locks and records; empty: as built, /run/pdnmux"},
    {.key = NULL},
};

const struct conf_option conf_modem_options[] = {
    {OPT(modem, "name", name), .type = CONF_TYPE_STR, STR_LEN(32), .def = "",
	.check = is_name, .unit = "", .required = true,
	.text = "how the PDNs below call this modem"},
    {OPT(modem, "device", device), .type = CONF_TYPE_STR, STR_LEN(107), .def = "",
	.check = is_device_path, .unit = "",
	.text = "control device; it may be renumbered, so prefer usb_path or serial"},
    {OPT(modem, "usb_path", usb_path), .type = CONF_TYPE_STR, STR_LEN(31), .def = "",
	.check = is_name, .unit = "",
	.text = "the modem in this USB port, as in /sys/bus/usb/devices"},
    {OPT(modem, "serial", serial), .type = CONF_TYPE_STR, STR_LEN(63), .def = "",
	.unit = "", .text = "the modem with this USB serial number"},
    {OPT(modem, "imei", imei), .type = CONF_TYPE_STR, STR_LEN(16), .def = "",
	.check = is_imei, .unit = "",
	.text = "the modem with this IMEI; each candidate is asked"},
    {OPT(modem, "netdev", netdev), .type = CONF_TYPE_STR, STR_LEN(15), .def = "",
	.check = is_device_name, .unit = "",
	.text = "the modem with this network device"},
    {OPT(modem, "proxy", proxy), .type = CONF_TYPE_STR, STR_LEN(107), .def = "",
	.unit = "",
	.text =
	    "socket of the proxy; empty: the one that is found; none: open the device"},
    {OPT(modem, "protocol", protocol), .type = CONF_TYPE_ENUM, .def = "auto",
	.words = protocol_words, .unit = "",
	.text = "what its control channel speaks; auto: as proxy or driver say"},
    {OPT(modem, "backend", backend), .type = CONF_TYPE_ENUM, .def = "auto",
	.words = backend_words, .unit = "",
	.text = "how mux devices are made; auto: what driver and kernel offer"},
    {OPT(modem, "qmap", qmap), .type = CONF_TYPE_UINT, .min = 0, .max = 5, .def = "0",
	.unit = "", .text = "QMAP version 1, 4 or 5; 0: the best that both sides have"},
    {OPT(modem, "dl_size", dl_size), .type = CONF_TYPE_UINT, .min = 0, .max = 65535,
	.def = "0", .unit = "bytes",
	.text = "largest downlink aggregate; 0: as fits the model"},
    {OPT(modem, "pin", pin), .type = CONF_TYPE_SECRET, STR_LEN(8), .def = "",
	.check = is_pin, .unit = "", .text = "PIN of the SIM, tried once"},
    {.key = NULL},
};

const struct conf_option conf_pdn_options[] = {
    {OPT(pdn, "name", name), .type = CONF_TYPE_STR, STR_LEN(32), .def = "",
	.check = is_name, .unit = "", .required = true,
	.text = "what quectel-CM -c FILE NAME calls it"},
    {OPT(pdn, "modem", modem), .type = CONF_TYPE_STR, STR_LEN(32), .def = "",
	.check = is_name, .unit = "", .text = "name of its modem; empty: the only one"},
    {OPT(pdn, "apn", apn), .type = CONF_TYPE_STR, STR_LEN(100), .def = "",
	.check = is_apn, .unit = "",
	.text = "access point name; empty: as the modem's profile has it"},
    {OPT(pdn, "user", user), .type = CONF_TYPE_STR, STR_LEN(127), .def = "", .unit = "",
	.text = "user name for PAP or CHAP"},
    {OPT(pdn, "password", password), .type = CONF_TYPE_SECRET, STR_LEN(127), .def = "",
	.unit = "", .text = "password for PAP or CHAP"},
    {OPT(pdn, "auth", auth), .type = CONF_TYPE_ENUM, .def = "auto", .words = auth_words,
	.unit = "", .text = "auto: none without a user, else both PAP and CHAP"},
    {OPT(pdn, "family", family), .type = CONF_TYPE_ENUM, .def = "ipv4",
	.words = family_words, .unit = "", .text = "address families to ask for"},
    {OPT(pdn, "channel", channel), .type = CONF_TYPE_UINT, .min = 0, .max = 255,
	.def = "1", .unit = "",
	.text = "profile and data device number, or MBIM session"},
    {OPT(pdn, "mux_id", mux_id), .type = CONF_TYPE_UINT, .min = 0, .max = 254,
	.def = "0", .unit = "", .text = "QMAP mux id; 0: 128 + channel"},
    {OPT(pdn, "device", device), .type = CONF_TYPE_STR, STR_LEN(15), .def = "",
	.check = is_device_name, .unit = "",
	.text = "name of its network device; empty: the modem's, a dot, the channel"},
    {OPT(pdn, "default_route", default_route), .type = CONF_TYPE_BOOL, .def = "true",
	.unit = "", .text = "whether a default route leads through this PDN"},
    {OPT(pdn, "routes", routes), .type = CONF_TYPE_LIST, .max = 32, .def = "[ ]",
	.check = is_prefix, .unit = "",
	.text = "networks reached through this PDN, such as \"10.8.0.0/16\""},
    {OPT(pdn, "metric", metric), .type = CONF_TYPE_UINT, .min = 0, .max = 4294967295u,
	.def = "0", .unit = "",
	.text = "metric of these routes, lower is preferred; 0: the kernel's default"},
    {OPT(pdn, "mtu", mtu), .type = CONF_TYPE_UINT, .min = 0, .max = 9000, .def = "0",
	.unit = "bytes", .text = "MTU of the device; 0: as the network says"},
    {OPT(pdn, "dns", dns), .type = CONF_TYPE_STR, STR_LEN(255), .def = "auto",
	.check = is_dns_way, .unit = "",
	.text = "who learns the DNS servers: auto, none, resolvconf, resolved, file, "
		"file:PATH"},
    {OPT(pdn, "register_timeout", register_timeout_s), .type = CONF_TYPE_UINT, .min = 1,
	.max = 3600, .def = "120", .unit = "s",
	.text = "how long one attempt waits for registration"},
    {OPT(pdn, "retry_min", retry_min_s), .type = CONF_TYPE_UINT, .min = 1, .max = 3600,
	.def = "2", .unit = "s",
	.text = "pause after the first failed attempt; it doubles from there"},
    {OPT(pdn, "retry_max", retry_max_s), .type = CONF_TYPE_UINT, .min = 1, .max = 86400,
	.def = "120", .unit = "s", .text = "longest pause between attempts"},
    {OPT(pdn, "retry_limit", retry_limit), .type = CONF_TYPE_UINT, .min = 0,
	.max = 1000000, .def = "0", .unit = "",
	.text = "attempts before quectel-CM gives up; 0: never"},
    {.key = NULL},
};
