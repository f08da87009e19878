/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a frame to a service and back.
 *
 * A request is counted, may be hit by a fault, is held against the message table
 * (required TLVs, lengths of scalars), and only then is its handler asked.  The result
 * TLV stands first in each answer and is filled in when the handler is done.  Order of
 * checks and errors: reference/qmi.md 6.1.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/qmux.h"
#include "common/xmem.h"
#include "tests/modem/qmi_int.h"

#define QMI_RESULT_AT_CTL 15 /* offset of the result's value in an answer of CTL */
#define QMI_RESULT_AT 16     /* and of another service */

const struct qmi_service_row *const qmi_services[] = {
    &qmi_svc_wds, &qmi_svc_dms, &qmi_svc_nas, &qmi_svc_uim, &qmi_svc_wda};
const size_t qmi_services_count = sizeof(qmi_services) / sizeof(qmi_services[0]);

struct qmi_func {
	struct modem *modem;
	LIST_HEAD(, qmi_port) ports;
	LIST_HEAD(, qmi_client) clients;
	uint8_t last_cid[256]; /* by service: a released id rests for a round */
	bool is_exhausted;
};

/* ---- ports ---- */

struct qmi_func *
qmi_func_new(struct modem *m)
{
	struct qmi_func *f = xcalloc(1, sizeof(*f));

	f->modem = m;
	LIST_INIT(&f->ports);
	LIST_INIT(&f->clients);
	return f;
}

static void
client_free(struct qmi_client *c)
{
	LIST_REMOVE(c, next);
	if (c->service->removed)
		c->service->removed(c);
	free(c->state);
	free(c);
}

void
qmi_func_forget(struct qmi_func *f)
{
	while (!LIST_EMPTY(&f->clients))
		client_free(LIST_FIRST(&f->clients));
}

void
qmi_func_free(struct qmi_func *f)
{
	qmi_func_forget(f);
	while (!LIST_EMPTY(&f->ports))
		qmi_port_free(LIST_FIRST(&f->ports));
	free(f);
}

struct qmi_port *
qmi_port_new(struct qmi_func *f, qmi_send_fn *send, void *arg)
{
	struct qmi_port *p = xcalloc(1, sizeof(*p));

	p->func = f;
	p->send = send;
	p->arg = arg;
	LIST_INSERT_HEAD(&f->ports, p, next);
	return p;
}

void
qmi_port_free(struct qmi_port *p)
{
	struct qmi_client *c;

	LIST_FOREACH (c, &p->func->clients, next)
		if (c->port == p)
			c->port = NULL;
	LIST_REMOVE(p, next);
	free(p);
}

static bool
port_is_there(const struct qmi_func *f, const struct qmi_port *port)
{
	const struct qmi_port *p;

	LIST_FOREACH (p, &f->ports, next)
		if (p == port)
			return true;
	return false;
}

/* ---- clients ---- */

struct qmi_client *
qmi_client_find(struct qmi_func *f, uint8_t service, uint8_t cid)
{
	struct qmi_client *c;

	LIST_FOREACH (c, &f->clients, next)
		if (c->service->number == service && c->cid == cid)
			return c;
	return NULL;
}

static const struct qmi_service_row *
find_service(uint8_t number)
{
	for (size_t n = 0; n < qmi_services_count; n++)
		if (qmi_services[n]->number == number)
			return qmi_services[n];
	return NULL;
}

/* The next free id after the last one given out; 0: none. */
static uint8_t
next_cid(struct qmi_func *f, uint8_t service)
{
	unsigned pool = f->modem->settings.cids, cid = f->last_cid[service];

	if (f->is_exhausted)
		return 0;
	for (unsigned n = 0; n < pool; n++) {
		cid = cid % pool + 1;
		if (!qmi_client_find(f, service, (uint8_t)cid))
			return (uint8_t)cid;
	}
	return 0;
}

uint16_t
qmi_client_add(
    struct qmi_func *f, struct qmi_port *p, uint8_t service, uint8_t *ret_cid)
{
	const struct qmi_service_row *row = find_service(service);
	struct qmi_client *c;
	uint8_t cid;

	if (!row)
		return QMI_ERR_INVALID_SERVICE_TYPE;
	cid = next_cid(f, service);
	if (cid == 0)
		return QMI_ERR_CLIENT_IDS_EXHAUSTED;
	c = xcalloc(1, sizeof(*c));
	c->service = row;
	c->modem = f->modem;
	c->func = f;
	c->port = p;
	c->cid = f->last_cid[service] = cid;
	LIST_INSERT_HEAD(&f->clients, c, next);
	if (row->added)
		row->added(c);
	*ret_cid = cid;
	return QMI_ERR_NONE;
}

uint16_t
qmi_client_remove(struct qmi_func *f, uint8_t service, uint8_t cid)
{
	struct qmi_client *c = qmi_client_find(f, service, cid);

	if (!c)
		return QMI_ERR_INVALID_CLIENT_ID;
	client_free(c);
	return QMI_ERR_NONE;
}

void
qmi_clients_sync(struct qmi_func *f, struct qmi_port *p)
{
	struct qmi_client *c, *next;

	for (c = LIST_FIRST(&f->clients); c; c = next) {
		next = LIST_NEXT(c, next);
		if (!c->port || c->port == p)
			client_free(c);
	}
}

/* ---- out ---- */

static void
name_of(uint8_t service, uint16_t id, char *ret, size_t size)
{
	const struct qmi_msg_row *row = qmi_find_msg(service, id);
	const char *name = qmi_service_name(service);

	if (row)
		snprintf(ret, size, "%s.%s", name, row->name);
	else
		snprintf(ret, size, "0x%02x.0x%04x", service, id);
}

static void
send_frame(struct qmi_func *f, struct qmi_port *p, uint8_t service, uint16_t id,
    enum fault_way way, struct qmi_builder *b)
{
	char name[MODEM_NAME_MAX];
	int len = qmi_build_end(b);

	if (len < 0 || !p || !port_is_there(f, p))
		return;
	name_of(service, id, name, sizeof(name));
	p->send(p->arg, name, way, b->w.buf, (size_t)len);
}

struct qmi_later
qmi_later_of(const struct qmi_request *r)
{
	return (struct qmi_later){.port = r->port,
	    .service = r->msg->service,
	    .cid = r->msg->cid,
	    .txn = r->msg->txn,
	    .id = r->msg->id};
}

void
qmi_answer(struct qmi_func *f, const struct qmi_later *later, struct qmi_builder *b,
    uint8_t *buf, uint16_t error)
{
	(void)f;
	qmi_build(b, buf, QMI_FRAME_OUT_MAX, later->service, later->cid, QMI_KIND_RSP,
	    later->txn, later->id);
	qmi_build_result(b, error);
}

void
qmi_answer_send(
    struct qmi_func *f, const struct qmi_later *later, struct qmi_builder *b)
{
	struct qmi_client *c = qmi_client_find(f, later->service, later->cid);

	if (c)
		c->responses++;
	send_frame(f, later->port, later->service, later->id, FAULT_RSP, b);
}

void
qmi_indicate(struct qmi_client *c, uint16_t id, struct qmi_builder *b, uint8_t *buf)
{
	qmi_build(b, buf, QMI_FRAME_OUT_MAX, c->service->number, c->cid, QMI_KIND_IND,
	    ++c->next_ind, id);
}

void
qmi_indicate_send(struct qmi_client *c, struct qmi_builder *b)
{
	struct qmi_msg msg;
	int len = qmi_build_end(b);

	if (len < 0 || qmi_parse(b->w.buf, (size_t)len, &msg) < 0)
		return;
	c->indications++;
	send_frame(c->func, c->port, c->service->number, msg.id, FAULT_IND, b);
}

/* ---- in ---- */

/* How long a value of this type is; 0: any length. */
static size_t
scalar_len(enum qmi_type type)
{
	switch (type) {
	case QMI_TYPE_U8:
	case QMI_TYPE_I8:
	case QMI_TYPE_BOOL: return 1;
	case QMI_TYPE_U16:
	case QMI_TYPE_I16: return 2;
	case QMI_TYPE_U32:
	case QMI_TYPE_I32:
	case QMI_TYPE_IP4_LE: return 4;
	case QMI_TYPE_U64: return 8;
	case QMI_TYPE_IP6: return 16;
	default: return 0;
	}
}

/* The request as the table has it: present, and as long as its type. */
static uint16_t
check_row(const struct qmi_msg *msg, const struct qmi_tlv_row *row)
{
	size_t want = scalar_len(row->type), got;
	struct cursor c;

	if (!qmi_tlv_find(msg, row->tlv, &c))
		return row->presence == QMI_REQUIRED ? QMI_ERR_MISSING_ARGUMENT
						     : QMI_ERR_NONE;
	got = cursor_left(&c);
	if (row->type == QMI_TYPE_STRUCT && got == 0)
		return QMI_ERR_MALFORMED_MESSAGE;
	if (want == 0 || got == want)
		return QMI_ERR_NONE;
	return got < want ? QMI_ERR_MALFORMED_MESSAGE : QMI_ERR_ARGUMENT_TOO_LONG;
}

static uint16_t
check_request(const struct qmi_msg *msg)
{
	for (size_t n = 0; n < QMI_ROW_COUNT; n++) {
		const struct qmi_tlv_row *row = &qmi_tlv_rows[n];
		uint16_t error;

		if (row->service != msg->service || row->msg_id != msg->id ||
		    row->kind != QMI_KIND_REQ)
			continue;
		error = check_row(msg, row);
		if (error)
			return error;
	}
	return QMI_ERR_NONE;
}

/* Messages every service has: RESET, and which there are. */
static uint16_t
common_message(struct qmi_request *r, struct qmi_builder *b)
{
	const struct qmi_service_row *s = r->client->service;
	uint8_t mask[32] = {0}; /* ids to 0xff */
	uint16_t used = 0;
	struct writer *w;

	if (r->msg->id == 0x0000) {
		if (s->reset)
			s->reset(r->client);
		return QMI_ERR_NONE;
	}
	if (r->msg->id != QMI_WDS_GET_SUPPORTED_MESSAGES)
		return QMI_ERR_INVALID_QMI_COMMAND;
	for (size_t n = 0; n < s->count; n++) {
		uint16_t id = s->handlers[n].id;

		if (id / 8 >= sizeof(mask))
			continue;
		mask[id / 8] |= (uint8_t)(1u << id % 8);
		used = id / 8 + 1 > used ? (uint16_t)(id / 8 + 1) : used;
	}
	w = qmi_build_tlv_begin(b, 0x10);
	writer_u16le(w, used);
	writer_bytes(w, mask, used);
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}

static uint16_t
handle(const struct qmi_service_row *s, struct qmi_request *r, struct qmi_builder *b)
{
	uint16_t error;

	for (size_t n = 0; n < s->count; n++) {
		if (s->handlers[n].id != r->msg->id)
			continue;
		error = check_request(r->msg);
		return error ? error : s->handlers[n].fn(r, b);
	}
	return r->client ? common_message(r, b) : QMI_ERR_INVALID_QMI_COMMAND;
}

/* The result was written as success. */
static void
set_result(struct qmi_builder *b, uint8_t service, uint16_t error)
{
	size_t at = service == QMI_CTL ? QMI_RESULT_AT_CTL : QMI_RESULT_AT;

	put_u16le(b->w.buf + at, error != QMI_ERR_NONE);
	put_u16le(b->w.buf + at + 2, error);
}

static const struct qmi_service_row *
service_of(struct qmi_request *r)
{
	return r->client ? r->client->service : &qmi_svc_ctl;
}

static void
answer(struct qmi_request *r, const struct fault_hit *hit)
{
	const struct qmi_service_row *s = service_of(r);
	struct qmi_later later = qmi_later_of(r);
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder b;
	uint16_t error;

	qmi_answer(r->func, &later, &b, buf, QMI_ERR_NONE);
	if (hit->action == FAULT_ERROR) {
		error = (uint16_t)hit->number;
		r->cause = hit->cause;
		if (s->refused)
			s->refused(r, &b, error);
	} else {
		error = handle(s, r, &b);
	}
	if (error == QMI_LATER)
		return;
	set_result(&b, r->msg->service, error);
	qmi_answer_send(r->func, &later, &b);
}

/* An id that nobody has: the error, as most firmware does. */
static void
refuse_cid(struct qmi_request *r)
{
	struct qmi_later later = qmi_later_of(r);
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder b;

	qmi_answer(r->func, &later, &b, buf, QMI_ERR_INVALID_CLIENT_ID);
	qmi_answer_send(r->func, &later, &b);
}

void
qmi_port_input(struct qmi_port *p, uint8_t *frame, size_t len)
{
	struct modem *m = p->func->modem;
	struct qmi_request r = {.modem = m, .func = p->func, .port = p};
	char name[MODEM_NAME_MAX];
	struct fault_hit hit;
	struct qmi_msg msg;

	if (qmi_parse(frame, len, &msg) < 0) {
		modem_counters(m)->bad_messages++;
		return;
	}
	if (msg.kind != QMI_KIND_REQ)
		return;
	name_of(msg.service, msg.id, name, sizeof(name));
	modem_count_request(m, name);
	hit = fault_check(m->faults, name, FAULT_REQ);
	if (hit.action == FAULT_DROP)
		return;
	r.msg = &msg;
	if (msg.service != QMI_CTL) {
		r.client = qmi_client_find(p->func, msg.service, msg.cid);
		if (!r.client) {
			refuse_cid(&r);
			return;
		}
		r.client->port = p;
		r.client->requests++;
	}
	answer(&r, &hit);
}

/* ---- events, statistics, tests ---- */

void
qmi_func_event(struct qmi_func *f, enum modem_event event, struct modem_call *call)
{
	struct qmi_client *c, *next;

	for (c = LIST_FIRST(&f->clients); c; c = next) {
		next = LIST_NEXT(c, next);
		if (c->service->event)
			c->service->event(c, event, call);
	}
}

void
qmi_func_say_sync(struct qmi_func *f)
{
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder b;
	struct qmi_port *p;

	LIST_FOREACH (p, &f->ports, next) {
		qmi_build(&b, buf, sizeof(buf), QMI_CTL, QMUX_CID_CTL, QMI_KIND_IND, 0,
		    QMI_CTL_SYNC);
		send_frame(f, p, QMI_CTL, QMI_CTL_SYNC, FAULT_IND, &b);
	}
}

void
qmi_func_exhaust(struct qmi_func *f, bool exhaust)
{
	f->is_exhausted = exhaust;
}

int
qmi_func_unsolicited(struct qmi_func *f, const char *name)
{
	const struct qmi_msg_row *row = qmi_find_msg_named(name);
	struct qmi_client *c;
	int sent = 0;

	if (!row)
		return -EINVAL;
	LIST_FOREACH (c, &f->clients, next)
		if (c->service->number == row->service && c->service->indicate)
			sent += c->service->indicate(c, row->id);
	return sent ? 0 : -EINVAL;
}

static size_t __attribute__((format(printf, 4, 5)))
add(char *ret, size_t size, size_t at, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(ret + at, size - at, fmt, ap);
	va_end(ap);
	return at + (size_t)n < size ? at + (size_t)n : size - 1;
}

size_t
qmi_func_stats(const struct qmi_func *f, char *ret, size_t size)
{
	const struct qmi_client *c;
	size_t at = add(ret, size, 0, "\"open_cids\": {");

	for (size_t s = 0; s < qmi_services_count; s++) {
		unsigned count = 0;

		LIST_FOREACH (c, &f->clients, next)
			count += c->service == qmi_services[s];
		at = add(ret, size, at, "%s\"%s\": %u", s ? ", " : "",
		    qmi_service_name(qmi_services[s]->number), count);
	}
	at = add(ret, size, at, "}, \"clients\": [");
	LIST_FOREACH (c, &f->clients, next)
		at = add(ret, size, at,
		    "%s{\"service\": \"%s\", \"cid\": %u, \"requests\": %llu, "
		    "\"responses\": %llu, \"indications\": %llu}",
		    c == LIST_FIRST(&f->clients) ? "" : ", ",
		    qmi_service_name(c->service->number), c->cid,
		    (unsigned long long)c->requests, (unsigned long long)c->responses,
		    (unsigned long long)c->indications);
	return add(ret, size, at, "]");
}
