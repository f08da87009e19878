/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests are built in one buffer and leave at once; the table of requests does the
 * rest.  A transaction id is unique within (service, CID), 8 bits wide on CTL
 * (reference/qmi.md 1.6).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "client/port.h"
#include "client/qmi_link.h"
#include "client/request.h"
#include "common/log.h"
#include "common/print.h"
#include "common/qmux.h"
#include "common/xmem.h"

#define QMI_LINK_REQUEST_MAX 2048 /* our largest, a profile, is below 400 bytes */

/* What the request table carries for us. */
struct qmi_waiting {
	qmi_answer_fn *fn;
	void *arg;
};

struct qmi_link {
	struct port *port;
	struct requests *requests;
	const struct qmi_link_handlers *handlers;
	void *arg;
	struct qmi_builder builder;
	uint8_t service, cid;
	uint16_t message;
	uint8_t buf[QMI_LINK_REQUEST_MAX];
};

static void
qmi_link_trace(const char *way, const uint8_t *frame, size_t len)
{
	char text[1024];

	if (!log_enabled(LOG_LEVEL_DEBUG, "qmi"))
		return;
	print_qmi(text, sizeof(text), frame, len);
	log_debug("qmi", "%s %s", way, text);
}

static uint32_t
qmi_link_space(uint8_t service, uint8_t cid)
{
	return (uint32_t)service << 8 | cid;
}

static void
qmi_link_ready(void *arg)
{
	struct qmi_link *l = arg;

	l->handlers->ready(l->arg);
}

static void
qmi_link_message(void *arg, const uint8_t *frame, size_t len)
{
	struct qmi_link *l = arg;
	struct qmi_msg msg;

	qmi_link_trace("<", frame, len);
	if (qmi_parse(frame, len, &msg) < 0) {
		log_warnx("qmi", "dropped a broken frame of %zu bytes", len);
		return;
	}
	if (msg.kind == QMI_KIND_IND) {
		l->handlers->indication(l->arg, &msg);
		return;
	}
	if (msg.kind == QMI_KIND_RSP)
		request_answer(l->requests, qmi_link_space(msg.service, msg.cid),
		    msg.txn, msg.id, &msg);
}

static void
qmi_link_lost(void *arg, const struct failure *why)
{
	struct qmi_link *l = arg;

	l->handlers->lost(l->arg, why);
}

static const struct port_handlers qmi_link_port_handlers = {
    .ready = qmi_link_ready,
    .message = qmi_link_message,
    .lost = qmi_link_lost,
};

struct qmi_link *
qmi_link_new(struct event_base *base, struct port *port,
    const struct qmi_link_handlers *handlers, void *arg)
{
	struct qmi_link *l = xcalloc(1, sizeof(*l));

	l->port = port;
	l->handlers = handlers;
	l->arg = arg;
	l->requests = requests_new(base, sizeof(struct qmi_waiting));
	port_start(port, &qmi_link_port_handlers, l);
	return l;
}

void
qmi_link_free(struct qmi_link *l)
{
	if (l == NULL)
		return;
	requests_free(l->requests);
	port_free(l->port);
	explicit_bzero(l->buf, sizeof(l->buf)); /* passwords passed through here */
	free(l);
}

static void
qmi_link_outcome(const void *context, enum request_outcome outcome, const void *answer)
{
	const struct qmi_waiting *w = context;
	const struct qmi_msg *msg = outcome == REQUEST_ANSWERED ? answer : NULL;

	w->fn(w->arg, msg != NULL ? qmi_response_error(msg) : 0, msg);
}

struct qmi_builder *
qmi_link_begin(struct qmi_link *l, uint8_t service, uint8_t cid, uint16_t message)
{
	l->service = service;
	l->cid = cid;
	l->message = message;
	qmi_build(&l->builder, l->buf, sizeof(l->buf), service, cid, QMI_KIND_REQ, 1,
	    message);
	return &l->builder;
}

void
qmi_link_send(struct qmi_link *l, unsigned int group, int64_t timeout_ms,
    qmi_answer_fn *fn, void *arg)
{
	uint32_t txn, txn_max = l->service == QMI_CTL ? 0xff : 0xffff;
	const struct qmi_waiting w = {.fn = fn, .arg = arg};
	int len = qmi_build_end(&l->builder);

	txn = request_begin(l->requests, qmi_link_space(l->service, l->cid), txn_max,
	    l->message, group, timeout_ms, qmi_link_outcome, &w);
	if (len < 0 || txn == 0) /* bounded by options.c and by our own restraint */
		fatal("qmi", "request 0x%04x does not fit", l->message);
	qmi_patch_txn(l->buf, (uint16_t)txn);
	qmi_link_trace(">", l->buf, (size_t)len);
	if (port_send(l->port, l->buf, (size_t)len) < 0)
		log_debug("qmi", "request 0x%04x was not taken", l->message);
}

void
qmi_link_cancel_group(struct qmi_link *l, unsigned int group)
{
	request_cancel_group(l->requests, group);
}

size_t
qmi_link_pending(const struct qmi_link *l, unsigned int group)
{
	return requests_pending(l->requests, group);
}

unsigned int
qmi_link_silent(const struct qmi_link *l)
{
	return requests_silent(l->requests);
}
