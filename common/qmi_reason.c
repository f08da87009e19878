/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Call end reasons and reject causes, looked up in const tables.
 *
 * Plain and verbose reasons have a table each, made by a macro each, because their
 * numbers overlap with different meanings (reference/qmi.md 3.3).  Both are sorted by
 * number, as qmi_reason.def is.
 */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>

#include "common/qmi_reason.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct plain_reason {
	uint16_t number;
	enum qmi_reason_class class;
	const char *text;
};

struct verbose_reason {
	uint16_t type;
	int16_t number;
	enum qmi_reason_class class;
	const char *text;
};

static const struct plain_reason plain_reasons[] = {
#define QMI_PLAIN_REASON(number, class, name, words) \
	{number, QMI_REASON_##class, words " (" #name ")"},
#define QMI_VERBOSE_REASON(type, number, class, name, words)
#include "common/qmi_reason.def"
#undef QMI_PLAIN_REASON
#undef QMI_VERBOSE_REASON
};

static const struct verbose_reason verbose_reasons[] = {
#define QMI_PLAIN_REASON(number, class, name, words)
#define QMI_VERBOSE_REASON(type, number, class, name, words) \
	{QMI_REASON_##type, number, QMI_REASON_##class, words " (" #name ")"},
#include "common/qmi_reason.def"
#undef QMI_PLAIN_REASON
#undef QMI_VERBOSE_REASON
};

static int
compare_plain(const void *a, const void *b)
{
	const struct plain_reason *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static const struct plain_reason *
find_plain(uint16_t number)
{
	struct plain_reason key = {.number = number};

	return bsearch(
	    &key, plain_reasons, COUNT(plain_reasons), sizeof(key), compare_plain);
}

static int
compare_verbose(const void *a, const void *b)
{
	const struct verbose_reason *x = a, *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static const struct verbose_reason *
find_verbose(uint16_t type, int16_t number)
{
	struct verbose_reason key = {.type = type, .number = number};

	return bsearch(&key, verbose_reasons, COUNT(verbose_reasons), sizeof(key),
	    compare_verbose);
}

const char *
qmi_reason_text(bool verbose, uint16_t type, int16_t reason)
{
	const struct verbose_reason *v;
	const struct plain_reason *p;

	if (verbose) {
		v = find_verbose(type, reason);
		return v ? v->text : "reason not known";
	}
	p = find_plain((uint16_t)reason);
	return p ? p->text : "reason not known";
}

enum qmi_reason_class
qmi_reason_class(bool verbose, uint16_t type, int16_t reason)
{
	const struct verbose_reason *v;
	const struct plain_reason *p;

	if (verbose) {
		v = find_verbose(type, reason);
		return v ? v->class : QMI_REASON_TRANSIENT;
	}
	p = find_plain((uint16_t)reason);
	return p ? p->class : QMI_REASON_TRANSIENT;
}

const char *
qmi_reject_text(uint16_t cause)
{
	if (cause >= 48 && cause <= 63)
		return "retry in a new cell";
	switch (cause) {
	case 0: return "no cause given";
	case 2: return "IMSI unknown to the home network";
	case 3: return "subscriber not accepted (illegal UE)";
	case 4: return "IMSI unknown to the visited network";
	case 5: return "IMEI not accepted";
	case 6: return "device not accepted (illegal ME)";
	case 7: return "packet service not allowed";
	case 8: return "packet and voice service not allowed";
	case 9: return "device identity could not be derived by the network";
	case 10: return "implicitly detached";
	case 11: return "network (PLMN) not allowed";
	case 12: return "location or tracking area not allowed";
	case 13: return "roaming not allowed in this area";
	case 14: return "packet service not allowed in this network or area";
	case 15: return "no suitable cells in this area";
	case 16: return "switching centre temporarily not reachable";
	case 17: return "network failure";
	case 18: return "voice domain not available";
	case 19: return "session management failure: check the attach profile's APN";
	case 20: return "authentication failed (MAC failure)";
	case 21: return "authentication failed (synchronisation)";
	case 22: return "network congested";
	case 23: return "security capabilities do not match";
	case 24: return "security mode rejected";
	case 25: return "not authorised for this closed subscriber group";
	case 26: return "authentication not acceptable";
	case 28: return "SMS is provided by GPRS in this area";
	case 31: return "redirected to the 5G core network";
	case 32: return "service option not supported";
	case 33: return "service option not subscribed";
	case 34: return "service option temporarily out of order";
	case 35: return "service option not authorised";
	case 38: return "call cannot be identified";
	case 39: return "voice service temporarily not available";
	case 40: return "no bearer context active";
	case 42: return "severe network failure";
	case 95: return "protocol error: message semantically wrong";
	case 96: return "protocol error: mandatory information wrong";
	case 97: return "protocol error: message type unknown";
	case 98: return "protocol error: message does not fit the state";
	case 99: return "protocol error: information element unknown";
	case 100: return "protocol error: conditional information element wrong";
	case 101: return "protocol error: message does not fit the protocol state";
	case 111: return "protocol error, unspecified";
	}
	return "cause not known";
}

bool
qmi_reject_is_final(uint16_t cause)
{
	switch (cause) {
	case 2:
	case 3:
	case 5:
	case 6:
	case 7:
	case 8: return true;
	}
	return false;
}
