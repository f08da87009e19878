/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers that a modem holds and has not announced.
 *
 * A cdc-wdm fetches one message for each announcement and never by itself.  When one
 * announcement was missed, or messages were left over from a predecessor, every later
 * message comes late by one, the last one not at all (reference/kernel.md 2.1), and
 * nothing short of another announcement brings it out.  So when an answer is overdue,
 * or what arrives is an answer that nobody waits for, the modem is asked something
 * harmless: the announcement of that answer fetches the one we want.
 */
#ifndef PDNMUX_PROXY_QMI_NUDGE_H
#define PDNMUX_PROXY_QMI_NUDGE_H

#include <stdbool.h>
#include <stdint.h>

struct qmi_router;
struct txn;

struct qmi_nudge {
	bool announces; /* the device does; else nothing of this is needed */
	bool behind;    /* the modem holds something: be quick */
	uint32_t txn;   /* device transaction of the last nudge; 0: answered */
	int64_t sent_ms;
	bool overtaken; /* since then something else has arrived */
	bool followed;  /* since then something else was asked */
	unsigned idle;  /* nudges since the last message that was for somebody */
};

/* Nothing is known of the device. */
void qmi_nudge_reset(struct qmi_nudge *n);
/* A message that was for somebody has arrived. */
void qmi_nudge_useful(struct qmi_router *r, int64_t now_ms);
/* An answer that nobody waits for has arrived. */
void qmi_nudge_stale(struct qmi_router *r, int64_t now_ms);
/* The answer to a nudge. */
void qmi_nudge_answered(struct qmi_router *r, const struct txn *x, int64_t now_ms);
/* Nudges the modem if an answer is overdue; when that will be. */
void qmi_nudge_run(struct qmi_router *r, int64_t now_ms);
int64_t qmi_nudge_deadline(struct qmi_router *r);

#endif
