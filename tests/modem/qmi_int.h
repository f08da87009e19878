/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What qmi_port.c and the services share: clients, one request on its way to an
 * answer, and the table of services.
 *
 * A handler reads the request and writes the TLVs of the answer; it returns a QMI
 * error, or QMI_LATER when the answer comes by qmi_answer() some time.  What the table
 * (qmi_messages.def) says of required TLVs and lengths is checked before it is called.
 */
#ifndef PDNMUX_MODEM_QMI_INT_H
#define PDNMUX_MODEM_QMI_INT_H

#include <sys/queue.h>

#include "common/qmi_table.h"
#include "common/qmi_value.h"
#include "tests/modem/modem_int.h"
#include "tests/modem/qmi_port.h"

#define QMI_LATER 0xffff
#define QMI_FRAME_OUT_MAX 4096

struct qmi_client;
struct qmi_service_row;

struct qmi_port {
	LIST_ENTRY(qmi_port) next;
	struct qmi_func *func;
	qmi_send_fn *send;
	void *arg;
};

/* One client id. */
struct qmi_client {
	LIST_ENTRY(qmi_client) next;
	const struct qmi_service_row *service;
	struct modem *modem;
	struct qmi_func *func;
	struct qmi_port *port; /* who used it last; NULL: nobody who is still there */
	uint8_t cid;
	uint16_t next_ind;
	uint64_t requests, responses, indications;
	void *state; /* the service's, made and freed by it; NULL: none */
};

struct qmi_request {
	struct modem *modem;
	struct qmi_func *func;
	struct qmi_port *port;
	struct qmi_client *client; /* NULL for CTL */
	const struct qmi_msg *msg;
	uint16_t cause; /* an error by fault may bring a 3GPP cause; 0: none */
};

/* Whom to answer later. */
struct qmi_later {
	struct qmi_port *port;
	uint8_t service, cid;
	uint16_t txn, id;
};

typedef uint16_t qmi_handler_fn(struct qmi_request *r, struct qmi_builder *b);

struct qmi_handler {
	uint16_t id;
	qmi_handler_fn *fn;
};

struct qmi_service_row {
	uint8_t number;
	uint16_t major, minor;
	const struct qmi_handler *handlers;
	size_t count;
	void (*added)(struct qmi_client *c);   /* may be NULL, as all below */
	void (*removed)(struct qmi_client *c); /* its call ends, its state goes */
	/* Reset 0x0000: registrations are forgotten. */
	void (*reset)(struct qmi_client *c);
	void (*event)(
	    struct qmi_client *c, enum modem_event event, struct modem_call *call);
	/* An error that a fault made: what else is in such an answer. */
	void (*refused)(struct qmi_request *r, struct qmi_builder *b, uint16_t error);
	/* The indication with this id, as it would look now. */
	bool (*indicate)(struct qmi_client *c, uint16_t id);
};

extern const struct qmi_service_row qmi_svc_ctl, qmi_svc_wds, qmi_svc_dms, qmi_svc_nas,
    qmi_svc_uim, qmi_svc_wda;
/* All but CTL, which has no clients. */
extern const struct qmi_service_row *const qmi_services[];
extern const size_t qmi_services_count;

#define QMI_HANDLERS(table) \
	.handlers = (table), .count = sizeof(table) / sizeof((table)[0])

/* For CTL.  *ret_cid: the new id.  A QMI error. */
uint16_t qmi_client_add(
    struct qmi_func *f, struct qmi_port *p, uint8_t service, uint8_t *ret_cid);
uint16_t qmi_client_remove(struct qmi_func *f, uint8_t service, uint8_t cid);
/* What SYNC does: all clients of that port, and those of nobody. */
void qmi_clients_sync(struct qmi_func *f, struct qmi_port *p);
struct qmi_client *qmi_client_find(struct qmi_func *f, uint8_t service, uint8_t cid);

struct qmi_later qmi_later_of(const struct qmi_request *r);
/* Begins the answer with its result; add TLVs, then qmi_answer_send(). */
void qmi_answer(struct qmi_func *f, const struct qmi_later *later,
    struct qmi_builder *b, uint8_t *buf, uint16_t error);
void qmi_answer_send(
    struct qmi_func *f, const struct qmi_later *later, struct qmi_builder *b);
/* Begins an indication; add TLVs, then qmi_indicate_send(). */
void qmi_indicate(
    struct qmi_client *c, uint16_t id, struct qmi_builder *b, uint8_t *buf);
void qmi_indicate_send(struct qmi_client *c, struct qmi_builder *b);

#endif
