/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/modem/modem_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/modem/front_tun.h"
#include "tests/modem/usb_desc.h"

#define MS_MAX 3600000
#define APNS_MAX 254
#define CIDS_MAX 254
#define SIZE_MAX_BYTES 65535
#define PROGRAM "pdnmux-modem"

/* Values of long options; each has a function below. */
enum {
	OPT_DIR = 256,
	OPT_MODEMS,
	OPT_TUN,
	OPT_NO_TUN,
	OPT_USB,
	OPT_LATENCY,
	OPT_CONNECT,
	OPT_APNS,
	OPT_MODE,
	OPT_CIDS,
	OPT_CALLS,
	OPT_PIN,
	OPT_STREAM,
	OPT_MTU,
	OPT_MAX_QMAP,
	OPT_MAX_SIZE,
	OPT_SCRIPT,
};

static const struct option long_options[] = {
    {"dir", required_argument, NULL, OPT_DIR},
    {"modems", required_argument, NULL, OPT_MODEMS},
    {"tun", required_argument, NULL, OPT_TUN},
    {"no-tun", no_argument, NULL, OPT_NO_TUN},
    {"usb", required_argument, NULL, OPT_USB},
    {"latency", required_argument, NULL, OPT_LATENCY},
    {"connect", required_argument, NULL, OPT_CONNECT},
    {"apns", required_argument, NULL, OPT_APNS},
    {"mode", required_argument, NULL, OPT_MODE},
    {"cids", required_argument, NULL, OPT_CIDS},
    {"calls", required_argument, NULL, OPT_CALLS},
    {"pin", required_argument, NULL, OPT_PIN},
    {"stream", no_argument, NULL, OPT_STREAM},
    {"mtu", required_argument, NULL, OPT_MTU},
    {"max-qmap", required_argument, NULL, OPT_MAX_QMAP},
    {"max-size", required_argument, NULL, OPT_MAX_SIZE},
    {"script", required_argument, NULL, OPT_SCRIPT},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static void
usage(void)
{
	printf("Usage: " PROGRAM " --dir DIR [options]\n"
	       "Simulated cellular modules with networks behind them.  In DIR appear\n"
	       "modemN.qmi (or .mbim), modemN.tty and control; \"ready\" says so.\n"
	       "      --modems N       how many, default 1\n"
	       "      --tun K          devices wwanN_1 to wwanN_K each, default 4\n"
	       "      --no-tun         no network devices at all\n"
	       "      --usb MODEL      USB devices at vhci_hcd: ec25 or rm500q, which\n"
	       "                       also sets --max-qmap and --max-size; no TUN\n"
	       "      --mode MODE      qmi or mbim, default qmi\n"
	       "      --latency MS     from a request to its response, default 0\n"
	       "      --connect MS     until a call is up, default 0\n"
	       "      --apns N         networks: internet, ims, m2m, mgmt, apn5 ...,\n"
	       "                       default 4\n"
	       "      --mtu BYTES      of the networks, default 1500\n"
	       "      --cids N         client ids of each service, default 64\n"
	       "      --calls N        calls at once, families apart, default 254\n"
	       "      --pin PIN        the SIM asks for it\n"
	       "      --stream         control sockets are streams, not packets\n"
	       "      --max-qmap V     best QMAP version: 1, 4 or 5; default 5\n"
	       "      --max-size BYTES of an aggregate, default 31744\n"
	       "      --script FILE    commands to run at the start\n"
	       "  -v, --verbose        log every message\n"
	       "  -h, --help, -V, --version\n");
}

static bool
wrong(const char *option, const char *value, const char *want)
{
	fprintf(stderr, PROGRAM ": %s \"%s\": must be %s; see " PROGRAM " --help\n",
	    option, value, want);
	return false;
}

static bool
read_number(
    const char *option, const char *text, unsigned min, unsigned max, unsigned *ret)
{
	char want[64], *end;
	errno = 0;
	unsigned long n = strtoul(text, &end, 10);
	if (errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' &&
	    n >= min && n <= max) {
		*ret = (unsigned)n;
		return true;
	}
	snprintf(want, sizeof(want), "a number from %u to %u", min, max);
	return wrong(option, text, want);
}

static bool
read_mode(const char *option, const char *text, enum modem_mode *ret)
{
	if (strcmp(text, "qmi") == 0)
		*ret = MODEM_MODE_QMI;
	else if (strcmp(text, "mbim") == 0)
		*ret = MODEM_MODE_MBIM;
	else
		return wrong(option, text, "qmi or mbim");
	return true;
}

static bool
read_pin(const char *option, const char *text, const char **ret)
{
	size_t len = strlen(text);
	if (len < 4 || len > 8 || strspn(text, "0123456789") != len)
		return wrong(option, text, "4 to 8 digits");
	*ret = text;
	return true;
}

/* The WDA numbers of QMAP versions (reference/qmi.md 2.3). */
static bool
read_qmap(const char *option, const char *text, uint32_t *ret)
{
	static const struct {
		const char *text;
		uint32_t protocol;
	} versions[] = {{"1", 5}, {"4", 8}, {"5", 9}};
	for (unsigned i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (strcmp(versions[i].text, text) != 0)
			continue;
		*ret = versions[i].protocol;
		return true;
	}
	return wrong(option, text, "1, 4 or 5");
}

/* What the module can do goes with its name; options behind it may say otherwise. */
static bool
read_usb(const char *option, const char *text, struct modem_options *o)
{
	o->usb = usb_model_find(text);
	if (!o->usb)
		return wrong(option, text, usb_model_names());
	o->settings.max_protocol = o->usb->max_protocol;
	o->settings.max_size = o->usb->max_size;
	return true;
}

/* One option.  False: it is wrong, and that has been said. */
static bool
take(int option, const char *name, const char *value, struct modem_options *o)
{
	struct modem_settings *s = &o->settings;
	switch (option) {
	case OPT_DIR: o->dir = value; return true;
	case OPT_SCRIPT: o->script = value; return true;
	case OPT_NO_TUN: o->no_tun = true; return true;
	case OPT_USB: return read_usb(name, value, o);
	case OPT_STREAM: o->stream = true; return true;
	case 'v': o->verbose = true; return true;
	case OPT_MODE: return read_mode(name, value, &s->mode);
	case OPT_PIN: return read_pin(name, value, &s->pin);
	case OPT_MAX_QMAP: return read_qmap(name, value, &s->max_protocol);
	case OPT_MODEMS:
		return read_number(
		    name, value, 1, MODEM_OPTIONS_MODEMS_MAX, &o->modems);
	case OPT_TUN: return read_number(name, value, 0, FRONT_TUN_LINKS_MAX, &o->tun);
	case OPT_LATENCY: return read_number(name, value, 0, MS_MAX, &s->latency_ms);
	case OPT_CONNECT: return read_number(name, value, 0, MS_MAX, &s->connect_ms);
	case OPT_APNS: return read_number(name, value, 1, APNS_MAX, &o->apns);
	case OPT_CIDS: return read_number(name, value, 1, CIDS_MAX, &s->cids);
	case OPT_CALLS: return read_number(name, value, 1, UINT16_MAX, &s->max_calls);
	case OPT_MTU: return read_number(name, value, 576, NETWORK_PACKET_MAX, &o->mtu);
	case OPT_MAX_SIZE:
		return read_number(name, value, 1500, SIZE_MAX_BYTES, &s->max_size);
	default:
		fprintf(stderr, "see " PROGRAM " --help\n"); /* getopt said what */
		return false;
	}
}

enum modem_options_result
modem_options_parse(int argc, char **argv, struct modem_options *ret)
{
	struct modem_options o = {.modems = 1,
	    .tun = 4,
	    .apns = 4,
	    .mtu = 1500,
	    .settings = {.cids = 64,
		.max_calls = 254,
		.usb_interface = 4, /* where Quectel's QMI modules have it */
		.max_protocol = 9,
		.max_size = 31744}};
	int option, index = 0;
	while ((option = getopt_long(argc, argv, "vhV", long_options, &index)) >= 0) {
		if (option == 'h') {
			usage();
			return MODEM_OPTIONS_DONE;
		}
		if (option == 'V') {
			printf(PROGRAM " (pdnmux) " PACKAGE_VERSION "\n");
			return MODEM_OPTIONS_DONE;
		}
		if (!take(option, long_options[index].name, optarg, &o))
			return MODEM_OPTIONS_WRONG;
	}
	if (optind < argc) {
		wrong("argument", argv[optind], "an option");
		return MODEM_OPTIONS_WRONG;
	}
	if (!o.dir) {
		fprintf(
		    stderr, PROGRAM ": --dir DIR is missing; see " PROGRAM " --help\n");
		return MODEM_OPTIONS_WRONG;
	}
	*ret = o;
	return MODEM_OPTIONS_RUN;
}

void
modem_options_apn(unsigned number, char *ret, unsigned size)
{
	static const char *const names[] = {"internet", "ims", "m2m", "mgmt"};
	if (number < sizeof(names) / sizeof(names[0]))
		snprintf(ret, size, "%s", names[number]);
	else
		snprintf(ret, size, "apn%u", number + 1);
}
