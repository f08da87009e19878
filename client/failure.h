/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why something did not work, in a form that travels.
 *
 * Every failure a user can meet is one struct failure: a class that decides the exit
 * code, a retry hint that decides what the state machine does next, one line of text
 * that names the cause and one that names the remedy.  The layer that finds the cause
 * fills it in; pdn decides; the log line is made from it in one place.
 */
#ifndef PDNMUX_CLIENT_FAILURE_H
#define PDNMUX_CLIENT_FAILURE_H

#include <stdint.h>

/* What kind of failure.  The numbers are the exit codes of quectel-CM(8). */
enum failure_class {
	FAILURE_NONE = 0,
	FAILURE_INTERNAL = 1,        /* we, or the machine, are at fault */
	FAILURE_USAGE = 2,           /* options or configuration file */
	FAILURE_NO_MODEM = 3,        /* no such modem or control device */
	FAILURE_NO_PROXY = 4,        /* nobody listens where the proxy should be */
	FAILURE_BUSY = 5,            /* somebody else holds the control device */
	FAILURE_SILENT = 6,          /* the modem does not answer */
	FAILURE_MODEM = 7,           /* the modem refused a request */
	FAILURE_SIM_ABSENT = 8,      /* no SIM, or not readable */
	FAILURE_SIM_PIN = 9,         /* PIN needed, wrong, or not tried on purpose */
	FAILURE_SIM_BLOCKED = 10,    /* PUK needed or SIM dead */
	FAILURE_NOT_REGISTERED = 11, /* no network in time, or registration denied */
	FAILURE_APN = 12,            /* APN, credentials or subscription refused */
	FAILURE_NETWORK = 13,        /* the network refused or ended the call */
	FAILURE_MUXDEV = 14,         /* mux network device refused or missing */
	FAILURE_CONFIG_IP = 15,      /* addresses, routes or DNS refused */
	FAILURE_NOT_RUNNING = 16,    /* -k: no such dialer */
	FAILURE_LOCKED = 17,         /* another dialer already has this PDN */
};

/* What waiting can do about it. */
enum failure_retry {
	FAILURE_RETRY_BACKOFF, /* transient: next delay of the back-off */
	FAILURE_RETRY_NOW,     /* there is another modem to try: at once */
	FAILURE_RETRY_SOON,  /* stale or ended call: one second, once, then back-off */
	FAILURE_RETRY_AFTER, /* not before retry_after_s */
	FAILURE_RETRY_EVENT, /* useless until SIM or registration changes; slow poll */
	FAILURE_RETRY_NEVER, /* a person has to act: wrong PIN, blocked SIM */
};

#define FAILURE_TEXT_MAX 160

struct failure {
	enum failure_class class;
	enum failure_retry retry;
	uint32_t retry_after_s;      /* with FAILURE_RETRY_AFTER */
	char text[FAILURE_TEXT_MAX]; /* the cause: "APN refused: unknown APN (cause 27)"
				      */
	char remedy[FAILURE_TEXT_MAX]; /* what to do, or empty */
};

/*
 * failure_set - fill in a failure; text and remedy are cut to fit.
 *
 * remedy  may be NULL.  fmt and what follows make the text.  retry_after_s becomes 0:
 *         set it afterwards where it means something.
 */
void failure_set(struct failure *f, enum failure_class class, enum failure_retry retry,
    const char *remedy, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* "sim-pin" for FAILURE_SIM_PIN: for logs and status files. */
const char *failure_class_name(enum failure_class class);

#endif
