/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two tables: causes that only MBIM's NwError has, and what each status asks for.
 *
 * The 3GPP causes are the same numbers that QMI reports as reasons of type 3GPP and as
 * reject causes, so their words and classes come from common/qmi_reason.
 */
#include "config.h"

#include <inttypes.h>
#include <stddef.h>

#include "client/mbim_reason.h"
#include "client/qmi_read.h"
#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "common/qmi_reason.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FIRST_SESSION_CAUSE 25
#define CONGESTED_AFTER_S 30
#define CONFIG_AFTER_S 600

struct mbim_cause_row {
	uint32_t cause;
	enum failure_class class;
	enum failure_retry retry;
	uint32_t after_s;
	const char *text;
	const char *remedy;
};

#define WAIT FAILURE_RETRY_AFTER, CONGESTED_AFTER_S
#define EVENT FAILURE_RETRY_EVENT, 0
#define BACKOFF FAILURE_RETRY_BACKOFF, 0
#define CONFIG FAILURE_RETRY_AFTER, CONFIG_AFTER_S

/* text NULL: as common/qmi_reason has it. */
static const struct mbim_cause_row mbim_causes[] = {
    {2, FAILURE_NOT_REGISTERED, EVENT, NULL, "use another SIM"},
    {3, FAILURE_NOT_REGISTERED, EVENT, NULL, "use another SIM"},
    {4, FAILURE_NOT_REGISTERED, EVENT, NULL, "use another SIM"},
    {5, FAILURE_NOT_REGISTERED, EVENT, NULL, "ask the operator about this module"},
    {6, FAILURE_NOT_REGISTERED, EVENT, NULL, "ask the operator about this module"},
    {7, FAILURE_APN, CONFIG, NULL, "check the subscription"},
    {8, FAILURE_APN, CONFIG, NULL, "check the subscription"},
    {9, FAILURE_NOT_REGISTERED, BACKOFF, NULL, NULL},
    {10, FAILURE_NOT_REGISTERED, BACKOFF, NULL, NULL},
    {11, FAILURE_NOT_REGISTERED, EVENT, NULL, NULL},
    {12, FAILURE_NOT_REGISTERED, EVENT, NULL, NULL},
    {13, FAILURE_NOT_REGISTERED, EVENT, NULL, "check roaming in the subscription"},
    {14, FAILURE_NOT_REGISTERED, EVENT, NULL, "check the subscription"},
    {15, FAILURE_NOT_REGISTERED, EVENT, NULL, "check antenna and coverage"},
    {16, FAILURE_NETWORK, WAIT, NULL, NULL},
    {17, FAILURE_NETWORK, WAIT, NULL, NULL},
    {22, FAILURE_NETWORK, WAIT, NULL, NULL},
    {62, FAILURE_NETWORK, BACKOFF, "no network slice available", NULL},
    {67, FAILURE_NETWORK, WAIT, "no resources for this slice and APN", NULL},
    {69, FAILURE_NETWORK, WAIT, "no resources for this slice", NULL},
    {71, FAILURE_NOT_REGISTERED, BACKOFF, "security key set in use", NULL},
    {72, FAILURE_NOT_REGISTERED, EVENT, "access without 3GPP not allowed", NULL},
    {73, FAILURE_NOT_REGISTERED, EVENT, "serving network not authorised", NULL},
    {74, FAILURE_NOT_REGISTERED, EVENT, "not authorised for this private network now",
	NULL},
    {75, FAILURE_NOT_REGISTERED, EVENT, "not authorised for this private network",
	"check the subscription"},
    {76, FAILURE_NOT_REGISTERED, EVENT, "not authorised for this closed access group",
	"check the subscription"},
    {77, FAILURE_NOT_REGISTERED, EVENT, "wireline access area not allowed", NULL},
    {90, FAILURE_NETWORK, BACKOFF, "the network did not forward the request", NULL},
    {91, FAILURE_APN, CONFIG, "APN not supported or subscribed in this slice",
	"check APN and subscription"},
    {92, FAILURE_NETWORK, WAIT, "no user plane resources", NULL},
    {112, FAILURE_APN, BACKOFF, "APN cannot be used beside those that are connected",
	"disconnect the other PDN first"},
    {113, FAILURE_APN, BACKOFF, "APN is connected already and may be only once",
	"use another APN for this PDN"},
};

static const struct mbim_cause_row *
mbim_cause_find(uint32_t cause)
{
	size_t i;

	for (i = 0; i < COUNT(mbim_causes); i++) {
		if (mbim_causes[i].cause == cause)
			return &mbim_causes[i];
	}
	return NULL;
}

const char *
mbim_cause_text(uint32_t cause)
{
	const struct mbim_cause_row *row = mbim_cause_find(cause);

	if (row != NULL && row->text != NULL)
		return row->text;
	if (cause > INT16_MAX)
		return "cause not known";
	if (cause < FIRST_SESSION_CAUSE)
		return qmi_reject_text((uint16_t)cause);
	return qmi_reason_text(true, QMI_REASON_3GPP, (int16_t)cause);
}

void
mbim_cause_failure(const char *what, uint32_t cause, struct failure *ret)
{
	const struct mbim_cause_row *row = mbim_cause_find(cause);
	const struct qmi_end end = {
	    .known = true,
	    .verbose = true,
	    .type = QMI_REASON_3GPP,
	    .reason = (int16_t)cause,
	};

	if (row == NULL && cause >= FIRST_SESSION_CAUSE && cause <= INT16_MAX) {
		qmi_end_failure(&end, what, ret);
		return;
	}
	failure_set(ret, row != NULL ? row->class : FAILURE_NETWORK,
	    row != NULL ? row->retry : FAILURE_RETRY_BACKOFF,
	    row != NULL ? row->remedy : NULL, "%s: %s (cause %" PRIu32 ")", what,
	    mbim_cause_text(cause), cause);
	if (row != NULL)
		ret->retry_after_s = row->after_s;
}

struct mbim_status_row {
	uint32_t status;
	enum failure_class class;
	enum failure_retry retry;
	uint32_t after_s;
	const char *text;
	const char *remedy;
};

static const struct mbim_status_row mbim_statuses[] = {
    {MBIM_STATUS_BUSY, FAILURE_BUSY, BACKOFF,
	"the modem is busy, or somebody else has this session",
	"use another -n where another program dials this one"},
    {MBIM_STATUS_FAILURE, FAILURE_NETWORK, BACKOFF,
	"the modem does not say why; some do so after many refusals", NULL},
    {MBIM_STATUS_SIM_NOT_INSERTED, FAILURE_SIM_ABSENT, EVENT, "no SIM",
	"insert a SIM, or check its holder"},
    {MBIM_STATUS_BAD_SIM, FAILURE_SIM_ABSENT, EVENT, "the SIM cannot be used",
	"try another SIM"},
    {MBIM_STATUS_PIN_REQUIRED, FAILURE_SIM_PIN, FAILURE_RETRY_NEVER, 0,
	"the SIM needs its PIN",
	"give it with -p PIN, or pin in the configuration file"},
    {MBIM_STATUS_NOT_REGISTERED, FAILURE_NOT_REGISTERED, BACKOFF, "not registered",
	"check antenna, coverage and subscription"},
    {MBIM_STATUS_NO_DEVICE_SUPPORT, FAILURE_MODEM, CONFIG, "the modem cannot do this",
	NULL},
    {MBIM_STATUS_DATA_CLASS_NOT_AVAILABLE, FAILURE_NOT_REGISTERED, EVENT,
	"no network of the technology that is allowed", NULL},
    {MBIM_STATUS_PACKET_SERVICE_DETACHED, FAILURE_NOT_REGISTERED, BACKOFF,
	"not attached to the packet service", NULL},
    {MBIM_STATUS_MAX_ACTIVATED_CONTEXTS, FAILURE_MODEM, BACKOFF,
	"the modem has no free session", "disconnect another PDN"},
    {MBIM_STATUS_NOT_INITIALIZED, FAILURE_MODEM, BACKOFF, "the modem is still starting",
	NULL},
    {MBIM_STATUS_VOICE_CALL_IN_PROGRESS, FAILURE_NETWORK, BACKOFF,
	"a voice call is in the way", NULL},
    {MBIM_STATUS_CONTEXT_NOT_ACTIVATED, FAILURE_NETWORK, FAILURE_RETRY_SOON, 0,
	"the session is not up any more", NULL},
    {MBIM_STATUS_SERVICE_NOT_ACTIVATED, FAILURE_APN, CONFIG,
	"the subscription is not active", "activate it at the operator"},
    {MBIM_STATUS_INVALID_ACCESS_STRING, FAILURE_APN, CONFIG,
	"the modem takes no such APN", "check the APN"},
    {MBIM_STATUS_INVALID_USER_NAME_PWD, FAILURE_APN, CONFIG,
	"user name or password not accepted", "check user, password and auth"},
    {MBIM_STATUS_RADIO_POWER_OFF, FAILURE_MODEM, BACKOFF, "the radio is off",
	"is somebody else switching it?"},
    {MBIM_STATUS_INVALID_PARAMETERS, FAILURE_APN, CONFIG,
	"the modem takes no such parameters",
	"check APN, credentials and address family"},
    {MBIM_STATUS_PARAMETER_TOO_LONG, FAILURE_APN, CONFIG, "a parameter is too long",
	"shorten APN, user or password"},
    {MBIM_STATUS_OPERATION_NOT_ALLOWED, FAILURE_MODEM, CONFIG,
	"the modem does not allow it", NULL},
    {MBIM_STATUS_CONTEXT_NOT_SUPPORTED, FAILURE_MODEM, CONFIG,
	"the modem has no contexts of this type", NULL},
};

void
mbim_status_failure(const char *what, uint32_t status, struct failure *ret)
{
	const struct mbim_status_row *row = NULL;
	const char *name = mbim_status_name(status);
	size_t i;

	for (i = 0; i < COUNT(mbim_statuses); i++) {
		if (mbim_statuses[i].status == status)
			row = &mbim_statuses[i];
	}
	if (row == NULL) {
		failure_set(ret, FAILURE_MODEM, FAILURE_RETRY_BACKOFF, NULL,
		    "%s: %s (status %" PRIu32 ")", what, name != NULL ? name : "?",
		    status);
		return;
	}
	failure_set(ret, row->class, row->retry, row->remedy,
	    "%s: %s (%s, status %" PRIu32 ")", what, row->text,
	    name != NULL ? name : "?", status);
	ret->retry_after_s = row->after_s;
}

const char *
mbim_error_name(uint32_t error)
{
	static const char *const names[] = {
	    [MBIM_ERROR_TIMEOUT_FRAGMENT] = "TIMEOUT_FRAGMENT",
	    [MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE] = "FRAGMENT_OUT_OF_SEQUENCE",
	    [MBIM_ERROR_LENGTH_MISMATCH] = "LENGTH_MISMATCH",
	    [MBIM_ERROR_DUPLICATED_TID] = "DUPLICATED_TID",
	    [MBIM_ERROR_NOT_OPENED] = "NOT_OPENED",
	    [MBIM_ERROR_UNKNOWN] = "UNKNOWN",
	    [MBIM_ERROR_CANCEL] = "CANCEL",
	    [MBIM_ERROR_MAX_TRANSFER] = "MAX_TRANSFER",
	};

	return error < COUNT(names) && names[error] != NULL ? names[error] : "?";
}
