/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands of the MBIM function: to the handler that knows them, and back as answers,
 * at once or later; and notifications, which nobody asked for.
 *
 * A fault rule is asked before the handler, and may refuse the command with any status.
 */
#include "config.h"

#include <stdlib.h>

#include "common/xmem.h"
#include "tests/modem/mbim_func_int.h"

#define UNKNOWN_NAME "MBIM.UNKNOWN" /* a command that no service has */

static void
pending_free(struct mbim_func *f, struct mbim_pending *p)
{
	TAILQ_REMOVE(&f->pending, p, next);
	free(p);
}

struct mbim_pending *
mbim_pending_find(const struct mbim_func *f, uint32_t txn)
{
	struct mbim_pending *p;

	TAILQ_FOREACH (p, &f->pending, next)
		if (p->port && p->txn == txn)
			return p;
	return NULL;
}

void
mbim_pending_abandon(struct mbim_func *f, struct mbim_pending *p)
{
	p->port = NULL;
	if (!p->is_held)
		pending_free(f, p);
}

void
mbim_pending_abandon_all(struct mbim_func *f, const struct modem_port *port)
{
	struct mbim_pending *p, *next;

	for (p = TAILQ_FIRST(&f->pending); p; p = next) {
		next = TAILQ_NEXT(p, next);
		if (!port || p->port == port)
			mbim_pending_abandon(f, p);
	}
}

struct mbim_pending *
mbim_func_hold(struct mbim_func *f, const struct mbim_request *r)
{
	struct mbim_pending *p = xcalloc(1, sizeof(*p));

	p->port = r->port;
	p->txn = r->msg->txn;
	p->service = r->service;
	p->command = r->command;
	p->name = r->command->name;
	p->is_held = true;
	TAILQ_INSERT_TAIL(&f->pending, p, next);
	return p;
}

static bool
keeps_info(const struct mbim_func *f, const struct mbim_command *c, uint32_t status)
{
	if (status == MBIM_STATUS_NONE)
		return true;
	return c && c->refused && !f->quirks.short_failures;
}

void
mbim_func_finish(struct mbim_func *f, struct mbim_pending *p, uint32_t status,
    mbim_write_fn *write, void *arg)
{
	struct mbim_builder b;

	mbim_build_done(&b, f->message, sizeof(f->message), p->txn, p->service->uuid,
	    p->command->cmd, status);
	if (write && keeps_info(f, p->command, status))
		write(f, &b.w, arg);
	if (p->port)
		mbim_send_response(f, p->port, p->name, &b);
	pending_free(f, p);
}

void
mbim_func_notify_as(struct mbim_func *f, const char *name,
    const struct mbim_func_service *s, uint32_t cmd, mbim_write_fn *write, void *arg)
{
	struct mbim_builder b;
	struct modem_port *port;
	int n;

	if (!f->is_open ||
	    !mbim_subscription_wants(&f->subscription, s->uuid, cmd, s->is_standard))
		return;
	mbim_build_indication(&b, f->message, sizeof(f->message), s->uuid, cmd);
	write(f, &b.w, arg);
	n = mbim_build_end(&b);
	if (n < 0)
		return;
	TAILQ_FOREACH (port, &f->modem->ports, next)
		mbim_send_message(f, port, name, FAULT_IND, (size_t)n);
}

void
mbim_func_notify(struct mbim_func *f, const struct mbim_func_service *s, uint32_t cmd,
    mbim_write_fn *write, void *arg)
{
	mbim_func_notify_as(f, mbim_command_find(s, cmd)->name, s, cmd, write, arg);
}

static uint32_t
run_handler(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	mbim_handler_fn *handler;

	if (!r->command)
		return MBIM_STATUS_NO_DEVICE_SUPPORT;
	if (r->msg->command_type > MBIM_SET)
		return MBIM_STATUS_INVALID_PARAMETERS;
	handler =
	    r->msg->command_type == MBIM_SET ? r->command->set : r->command->query;
	if (!handler)
		return MBIM_STATUS_INVALID_DEVICE_SERVICE_OPERATION;
	return handler(f, r, out);
}

/* The status that a rule wants, with the structure where a failure has one. */
static uint32_t
run_refusal(struct mbim_func *f, const struct mbim_request *r,
    const struct fault_hit *hit, struct writer *out)
{
	f->refusal = hit->cause;
	if (r->command && r->command->refused)
		r->command->refused(f, r, out);
	f->refusal = 0;
	return hit->number;
}

static void
answer(struct mbim_func *f, const struct mbim_request *r, uint32_t status,
    const struct writer *info)
{
	const struct mbim_msg *m = r->msg;
	struct mbim_builder b;

	mbim_build_done(
	    &b, f->message, sizeof(f->message), m->txn, m->service, m->cmd, status);
	if (keeps_info(f, r->command, status))
		writer_bytes(&b.w, info->buf, info->len);
	mbim_send_response(
	    f, r->port, r->command ? r->command->name : UNKNOWN_NAME, &b);
}

static void
run_command(struct mbim_func *f, const struct mbim_request *r)
{
	const char *name = r->command ? r->command->name : UNKNOWN_NAME;
	struct fault_hit hit = fault_check(f->modem->faults, name, FAULT_REQ);
	struct writer out;
	uint32_t status;

	if (hit.action == FAULT_DROP)
		return;
	writer_init(&out, f->info, sizeof(f->info));
	status = hit.action == FAULT_ERROR ? run_refusal(f, r, &hit, &out)
					   : run_handler(f, r, &out);
	if (status != MBIM_ANSWER_LATER)
		answer(f, r, status, &out);
}

void
mbim_command_take(
    struct mbim_func *f, struct modem_port *port, const struct mbim_msg *m)
{
	struct mbim_request r = {.port = port, .msg = m};
	struct mbim_pending *twin = mbim_pending_find(f, m->txn);

	r.service = mbim_func_service(m->service);
	r.command = r.service ? mbim_command_find(r.service, m->cmd) : NULL;
	if (!r.service || !r.service->counts_itself)
		modem_count_request(
		    f->modem, r.command ? r.command->name : UNKNOWN_NAME);
	if (twin) {
		mbim_pending_abandon(f, twin);
		mbim_send_error(f, port, m->txn, MBIM_ERROR_DUPLICATED_TID);
		return;
	}
	if (f->quirks.function_error) {
		mbim_send_error(f, port, m->txn, f->quirks.function_error);
		f->quirks.function_error = 0;
		return;
	}
	run_command(f, &r);
}
