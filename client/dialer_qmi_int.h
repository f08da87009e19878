/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the QMI dialer share: dialer_qmi.c (reach the modem, listen, let
 * go), dialer_qmi_prepare.c (SIM, format, profile, registration) and dialer_qmi_call.c
 * (start, settings, stop).  Nobody else includes this.
 *
 * A step is a few bursts.  All requests of a burst are in one group; when the last is
 * answered, dq->burst_done runs and sends the next burst or ends the step.  An answer
 * that makes the step impossible sets dq->failure; the first one stays.
 */
#ifndef PDNMUX_CLIENT_DIALER_QMI_INT_H
#define PDNMUX_CLIENT_DIALER_QMI_INT_H

#include "client/dialer.h"
#include "client/qmi_link.h"
#include "client/qmi_read.h"

#define DQ_GROUP_STEP 1 /* the running step */
#define DQ_GROUP_POLL 2 /* looking after a call, or for registration */

#define DQ_CTL_MS 5000 /* deadlines: qmi.md 4.8 */
#define DQ_QUERY_MS 10000
#define DQ_PIN_MS 30000
#define DQ_START_MS 180000
#define DQ_STOP_MS 5000
#define DQ_RELEASE_MS 2000
#define DQ_PDH_GLOBAL 0xffffffffu

/* One address family of the call: its own CID, its own packet data handle. */
struct bearer {
	struct dialer_qmi *dq;
	uint8_t family; /* 4 or 6; 0: not wanted */
	uint8_t cid;
	bool up;
	bool joined;     /* NO_EFFECT: a call was there already, see settings */
	bool again;      /* worth a second start once the other family is up */
	bool retried;    /* started a second time */
	bool both_forms; /* MISSING_ARGUMENT: profile and explicit TLVs together */
	uint32_t pdh;
	struct failure failure; /* why it is not up */
};

struct dialer_qmi {
	struct dialer dialer; /* first: pdn knows this part only */
	dialer_port_fn *port_fn;
	void *port_arg;
	struct qmi_link *link;
	bool lost;                  /* the port is dead: nothing can be given back */
	struct bearer bearers[2];   /* IPv4, IPv6 */
	uint8_t dms, nas, uim, wda; /* CIDs; 0: not to be had */
	struct failure failure;     /* of the running step */
	void (*burst_done)(struct dialer_qmi *dq);
	struct event *poll; /* registration, or the call: a missed indication */

	struct qmi_sim sim;
	struct qmi_serving serving;
	bool sim_known, profile_known, profile_ok;
	struct qmi_profile profile;
	uint32_t qmap_left; /* versions not yet refused, as in dialer_offer */
};

/* Steps, by file. */
void dq_prepare(struct dialer *d);
void dq_register(struct dialer *d);
void dq_connect(struct dialer *d);
void dq_settings(struct dialer *d);
void dq_disconnect(struct dialer *d);
/* Indications and polls that belong to one file. */
void dq_serving_changed(struct dialer_qmi *dq, const struct qmi_msg *msg);
void dq_sim_changed(struct dialer_qmi *dq, const struct qmi_msg *msg);
void dq_packet_status(struct dialer_qmi *dq, const struct qmi_msg *msg);
void dq_poll_serving(struct dialer_qmi *dq);
void dq_poll_call(struct dialer_qmi *dq);

/* Next bearer that is wanted (and up), from b on; NULL: none. */
struct bearer *dq_bearer(struct dialer_qmi *dq, size_t from);
#define DQ_FOREACH_BEARER(b, dq) \
	for ((b) = dq_bearer(dq, 0); (b) != NULL; \
	     (b) = dq_bearer(dq, (size_t)((b) - (dq)->bearers) + 1))
bool dq_any_up(struct dialer_qmi *dq);

/* After each answer of the step: runs burst_done when it was the last. */
void dq_check_burst(struct dialer_qmi *dq);
/* Ends the running step with dq->failure, or well when there is none. */
void dq_end_step(struct dialer_qmi *dq, enum dialer_step step);
/* First failure of the step wins. */
void dq_fail(struct dialer_qmi *dq, const struct failure *why);
/*
 * What a refused or unanswered request means when nothing better is known: the line
 * of the familiar log and a failure.
 */
void dq_refused(struct failure *ret, const char *request, uint16_t error,
    const struct qmi_msg *msg);
/* Look again in ms; 0: never. */
void dq_poll_in(struct dialer_qmi *dq, int64_t ms);

#endif
