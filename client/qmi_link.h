/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A QMI conversation over a port: requests with their answers, and indications.
 */
#ifndef PDNMUX_CLIENT_QMI_LINK_H
#define PDNMUX_CLIENT_QMI_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure.h"
#include "common/qmi.h"

struct event_base;
struct port;
struct qmi_link;

struct qmi_link_handlers {
	void (*ready)(void *arg);
	/* Borrowed for the call; may free the link. */
	void (*indication)(void *arg, const struct qmi_msg *msg);
	void (*lost)(void *arg, const struct failure *why);
};

/*
 * The answer: error is the QMI error (0: success) and msg the response; or msg is NULL
 * when none came in time.  May free the link.
 */
typedef void qmi_answer_fn(void *arg, uint16_t error, const struct qmi_msg *msg);

/* port is taken and started.  handlers are borrowed.  Never NULL. */
struct qmi_link *qmi_link_new(struct event_base *base, struct port *port,
    const struct qmi_link_handlers *handlers, void *arg);
/* Cancels everything, closes the port.  NULL is fine. */
void qmi_link_free(struct qmi_link *l);

/*
 * qmi_link_begin, qmi_link_send - one request.
 *
 * begin gives a builder for a request of that service, CID and message; add TLVs and
 * then send.  One request is built at a time.  fn is called from the event loop with
 * arg, unless cancelled first; also when the port does not take the request, by its
 * time-out.
 */
struct qmi_builder *qmi_link_begin(
    struct qmi_link *l, uint8_t service, uint8_t cid, uint16_t message);
void qmi_link_send(struct qmi_link *l, unsigned int group, int64_t timeout_ms,
    qmi_answer_fn *fn, void *arg);

void qmi_link_cancel_group(struct qmi_link *l, unsigned int group);
size_t qmi_link_pending(const struct qmi_link *l, unsigned int group);
/* Time-outs in a row since the modem last said anything. */
unsigned int qmi_link_silent(const struct qmi_link *l);

#endif
