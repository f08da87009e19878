/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a data call ended or was refused, and why a network turned the modem away: in
 * words for people, as a class for the dialer.
 *
 * Source: reference/qmi.md 3.3, 3.4, 3.6.  The numbers are protocol, the classes are
 * that document's advice.
 */
#ifndef PDNMUX_COMMON_QMI_REASON_H
#define PDNMUX_COMMON_QMI_REASON_H

#include <stdbool.h>
#include <stdint.h>

/* The type of a verbose call end reason. */
enum qmi_reason_type {
	QMI_REASON_MIP = 1,
	QMI_REASON_INTERNAL = 2,
	QMI_REASON_CM = 3, /* call manager */
	QMI_REASON_3GPP = 6,
	QMI_REASON_PPP = 7,
	QMI_REASON_EHRPD = 8,
	QMI_REASON_IPV6 = 9,
};

/* What to do about it; in the reference a letter. */
enum qmi_reason_class {
	QMI_REASON_TRANSIENT, /* T: retry with back-off */
	QMI_REASON_THROTTLED, /* H: overload: wait 30 s or more, or what the modem says
			       */
	QMI_REASON_FAMILY,    /* I: this IP family is not to be had; keep the other */
	QMI_REASON_CONFIG,  /* G: final until APN, profile, credentials or SIM change */
	QMI_REASON_POWER,   /* P: wait for the power or SIM event */
	QMI_REASON_NETWORK, /* N: wait for registration, then retry */
	QMI_REASON_REATTACH,  /* A: detach and attach, or let the modem do it */
	QMI_REASON_DUPLICATE, /* D: stop the stale call and retry once at once */
	QMI_REASON_RESTART,   /* M: the modem restarted: begin from the beginning */
	QMI_REASON_END,       /* E: a normal end: reconnect if still wanted */
	QMI_REASON_UNUSED, /* z: of a technology we do not dial; treat as transient */
};

/*
 * qmi_reason_text - "APN unknown to the network, or none given (UNKNOWN_APN)"
 *
 * verbose  true: type and reason of TLV 0x11; false: the u16 of TLV 0x10, converted
 *          to int16_t, and type is ignored.
 *
 * Plain and verbose numbers overlap with different meanings, so prefer the verbose
 * one and never pass one for the other.  A number nobody has named is "reason not
 * known": show the number beside the text.  Never NULL.
 */
const char *qmi_reason_text(bool verbose, uint16_t type, int16_t reason);
/* The class of the same reason; TRANSIENT when the number is not known. */
enum qmi_reason_class qmi_reason_class(bool verbose, uint16_t type, int16_t reason);

/* A NAS reject cause (3GPP TS 24.008, 24.301) in words.  Never NULL. */
const char *qmi_reject_text(uint16_t cause);
/* True when only another SIM or a power cycle helps. */
bool qmi_reject_is_final(uint16_t cause);

#endif
