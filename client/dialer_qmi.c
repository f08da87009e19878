/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The QMI dialer: reaching the modem, listening to it, letting it go.
 *
 * From a cold start to addresses it takes four round trips (reference/qmi.md 4.4):
 *
 *   1  versions and every CID                                       (OPEN)
 *   2  bind, family, indications, format, SIM, registration,
 *      profile, revision, all at once                               (PREPARE)
 *   3  Start Network of both families                               (CONNECT)
 *   4  Current Settings of both                                     (SETTINGS)
 *
 * and one more where the data format, the profile or the PIN has to be set (cold).
 *
 * One WDS CID carries one family of one call, so dual stack has two.  Releasing a CID
 * takes its call down (qmi.md 4.3), which is why CLOSE never needs to know how far a
 * call has got.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "client/dialer_qmi_int.h"
#include "client/port.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/qmux.h"
#include "common/xmem.h"

#define DQ_SILENT_MAX 3       /* time-outs in a row: the modem is dead (qmi.md 4.7) */
#define DQ_POLL_CALL_MS 45000 /* qmi.md 4.6: every 30 to 60 s */
#define DQ_POLL_REGISTER_MS 10000
#define DQ_POLL_HURRY_MS 3000 /* after a time-out: is it dead? */

struct bearer *
dq_bearer(struct dialer_qmi *dq, size_t from)
{
	size_t i;

	for (i = from; i < 2; i++) {
		if (dq->bearers[i].family != 0)
			return &dq->bearers[i];
	}
	return NULL;
}

bool
dq_any_up(struct dialer_qmi *dq)
{
	struct bearer *b;

	DQ_FOREACH_BEARER(b, dq)
	{
		if (b->up)
			return true;
	}
	return false;
}

void
dq_fail(struct dialer_qmi *dq, const struct failure *why)
{
	if (dq->failure.class == FAILURE_NONE)
		dq->failure = *why;
}

void
dq_refused(
    struct failure *ret, const char *request, uint16_t error, const struct qmi_msg *msg)
{
	if (msg == NULL) {
		failure_set(ret, FAILURE_SILENT, FAILURE_RETRY_BACKOFF,
		    "if it stays so, reset the modem", "no answer to %s", request);
		return;
	}
	log_plain("%s QMUXResult = 0x1, QMUXError = 0x%x", request, error);
	failure_set(ret, FAILURE_MODEM, FAILURE_RETRY_BACKOFF, NULL,
	    "the modem refused %s: %s (%u)", request, qmi_error_name(error), error);
}

void
dq_check_burst(struct dialer_qmi *dq)
{
	if (qmi_link_pending(dq->link, DQ_GROUP_STEP) == 0)
		dq->burst_done(dq);
}

void
dq_end_step(struct dialer_qmi *dq, enum dialer_step step)
{
	if (dq->failure.class != FAILURE_NONE)
		dialer_post(&dq->dialer, DIALER_EVENT_FAILED, step, &dq->failure);
	else
		dialer_post(&dq->dialer, DIALER_EVENT_DONE, step, NULL);
}

void
dq_poll_in(struct dialer_qmi *dq, int64_t ms)
{
	struct timeval tv = loop_timeval(ms);

	if (ms == 0)
		evtimer_del(dq->poll);
	else
		evtimer_add(dq->poll, &tv);
}

/* Once in a while ask what an indication should have told us. */
static void
dq_poll_cb(evutil_socket_t fd, short what, void *arg)
{
	struct dialer_qmi *dq = arg;
	unsigned int silent;

	(void)fd;
	(void)what;
	if (dq->link == NULL)
		return;
	silent = qmi_link_silent(dq->link);
	if (silent >= DQ_SILENT_MAX) {
		struct failure why;

		failure_set(&why, FAILURE_SILENT, FAILURE_RETRY_BACKOFF,
		    "if it stays so, reset the modem",
		    "the modem has not answered %u requests in a row", silent);
		dialer_post(&dq->dialer, DIALER_EVENT_SILENT, DIALER_STEP_NONE, &why);
		return;
	}
	if (dq->dialer.running == DIALER_STEP_REGISTER) {
		dq_poll_serving(dq);
		dq_poll_in(dq, DQ_POLL_REGISTER_MS);
	} else if (dq_any_up(dq)) {
		dq_poll_call(dq);
		dq_poll_in(dq, silent > 0 ? DQ_POLL_HURRY_MS : DQ_POLL_CALL_MS);
	}
}

/* Is (service, cid) one of ours? */
static bool
dq_owns(struct dialer_qmi *dq, uint8_t service, uint8_t cid)
{
	struct bearer *b;

	switch (service) {
	case QMI_DMS: return dq->dms == cid;
	case QMI_NAS: return dq->nas == cid;
	case QMI_UIM: return dq->uim == cid;
	case QMI_WDA: return dq->wda == cid;
	case QMI_WDS: break;
	default: return false;
	}
	DQ_FOREACH_BEARER(b, dq)
	{
		if (b->cid == cid)
			return true;
	}
	return false;
}

/* The modem started anew, or took a client id away (qmi.md 4.7). */
static void
dq_ctl_indication(struct dialer_qmi *dq, const struct qmi_msg *msg)
{
	uint8_t service, cid;
	struct cursor c;

	if (msg->id == QMI_CTL_SYNC) {
		dialer_post(
		    &dq->dialer, DIALER_EVENT_MODEM_RESET, DIALER_STEP_NONE, NULL);
		return;
	}
	if (msg->id == QMI_CTL_REVOKE_CLIENT_ID) {
		if (!qmi_get_cursor(msg, QMI_CTL_REVOKE_CLIENT_ID_IND_CLIENT, &c))
			return;
	} else if (msg->id == QMI_CTL_INVALID_CLIENT_ID) {
		if (!qmi_get_cursor(msg, QMI_CTL_INVALID_CLIENT_ID_IND_CLIENT, &c))
			return;
	} else
		return;
	if (!cursor_u8(&c, &service) || !cursor_u8(&c, &cid) ||
	    !dq_owns(dq, service, cid))
		return;
	log_info("qmi", "[%s] client id %u of service %s was taken away",
	    dq->dialer.config.name, cid, qmi_service_name(service));
	dialer_post(&dq->dialer, DIALER_EVENT_MODEM_RESET, DIALER_STEP_NONE, NULL);
}

static void
dq_indication(void *arg, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;

	if (msg->service == QMI_CTL)
		dq_ctl_indication(dq, msg);
	else if (msg->service == QMI_WDS)
		dq_packet_status(dq, msg);
	else if (msg->service == QMI_NAS && msg->id == QMI_NAS_GET_SERVING_SYSTEM)
		dq_serving_changed(dq, msg);
	else if (msg->service == QMI_UIM && msg->id == QMI_UIM_CARD_STATUS)
		dq_sim_changed(dq, msg);
}

static void
dq_lost(void *arg, const struct failure *why)
{
	struct dialer_qmi *dq = arg;

	dq->lost = true;
	/* The link cannot be freed from inside its own call; CLOSE does it. */
	if (dq->dialer.running == DIALER_STEP_CLOSE) {
		dialer_post(&dq->dialer, DIALER_EVENT_DONE, DIALER_STEP_CLOSE, NULL);
		return;
	}
	if (dq->dialer.running != DIALER_STEP_NONE)
		dq_fail(dq, why);
	dialer_post(&dq->dialer, DIALER_EVENT_PORT_LOST, DIALER_STEP_NONE, why);
}

/* Where the CID of an answered allocation goes. */
static void
dq_allocated(struct dialer_qmi *dq, uint8_t service, uint8_t cid)
{
	struct bearer *b;

	switch (service) {
	case QMI_DMS: dq->dms = cid; break;
	case QMI_NAS: dq->nas = cid; break;
	case QMI_UIM: dq->uim = cid; break;
	case QMI_WDA: dq->wda = cid; break;
	case QMI_WDS:
		DQ_FOREACH_BEARER(b, dq)
		{
			if (b->cid == 0) {
				b->cid = cid;
				break;
			}
		}
		break;
	default: return;
	}
	log_plain("Get client%s = %u", qmi_service_name(service), cid);
}

static void
dq_alloc_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;
	uint8_t service, cid;
	struct cursor c;

	/* Only WDS is indispensable, and burst_done counts those. */
	if (msg == NULL || error != QMI_ERR_NONE)
		dq_refused(&dq->bearers[0].failure, "ALLOCATE_CID", error, msg);
	else if (qmi_get_cursor(msg, QMI_CTL_ALLOCATE_CID_RSP_CLIENT, &c) &&
		 cursor_u8(&c, &service) && cursor_u8(&c, &cid))
		dq_allocated(dq, service, cid);
	dq_check_burst(dq);
}

static void
dq_version_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;

	if (msg != NULL && error != QMI_ERR_NONE)
		log_debug("qmi", "GET_VERSION_INFO refused: %s", qmi_error_name(error));
	dq_check_burst(dq);
}

static void
dq_alloc(struct dialer_qmi *dq, uint8_t service)
{
	struct qmi_builder *b =
	    qmi_link_begin(dq->link, QMI_CTL, QMUX_CID_CTL, QMI_CTL_ALLOCATE_CID);

	qmi_put_u8(b, QMI_CTL_ALLOCATE_CID_REQ_SERVICE, service);
	qmi_link_send(dq->link, DQ_GROUP_STEP, DQ_CTL_MS, dq_alloc_answer, dq);
}

/* Check digit and software version, the 15th and 16th, are no part of the identity. */
#define DQ_IMEI_DIGITS 14

static void
dq_imei_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;
	const char *wanted = dq->dialer.config.imei;
	char imei[32] = "";
	struct failure why;

	if (msg == NULL || error != QMI_ERR_NONE) {
		dq_refused(&why, "GET_IDS", error, msg);
		dq_fail(dq, &why);
	} else if (!qmi_get_str(msg, QMI_DMS_GET_IDS_RSP_IMEI, imei, sizeof(imei)) ||
		   strncmp(imei, wanted, DQ_IMEI_DIGITS) != 0) {
		failure_set(&why, FAILURE_NO_MODEM, FAILURE_RETRY_BACKOFF, NULL,
		    "this is not the modem with IMEI %s", wanted);
		dq_fail(dq, &why);
	}
	dq_check_burst(dq);
}

static void
dq_identified(struct dialer_qmi *dq)
{
	dq_end_step(dq, DIALER_STEP_OPEN);
}

/* One round trip more, before anything is changed on what may be the wrong modem. */
static void
dq_identify(struct dialer_qmi *dq)
{
	struct failure why;

	dq->burst_done = dq_identified;
	if (dq->dms != 0) {
		qmi_link_begin(dq->link, QMI_DMS, dq->dms, QMI_DMS_GET_IDS);
		qmi_link_send(dq->link, DQ_GROUP_STEP, DQ_QUERY_MS, dq_imei_answer, dq);
		return;
	}
	failure_set(&why, FAILURE_MODEM, FAILURE_RETRY_BACKOFF,
	    "match it by usb_path or serial", "no client id to ask for the IMEI");
	dq_fail(dq, &why);
	dq_identified(dq);
}

static void
dq_opened(struct dialer_qmi *dq)
{
	struct bearer *b;
	struct failure *why = &dq->bearers[0].failure;

	DQ_FOREACH_BEARER(b, dq)
	{
		if (b->cid != 0)
			continue;
		if (why->class == FAILURE_MODEM)
			snprintf(why->remedy, sizeof(why->remedy),
			    "if its client ids are used up: restart the proxy");
		dq_fail(dq, why);
	}
	memset(why, 0, sizeof(*why));
	if (dq->dialer.config.imei != NULL && dq->failure.class == FAILURE_NONE)
		dq_identify(dq);
	else
		dq_end_step(dq, DIALER_STEP_OPEN);
}

/* Round trip 1. */
static void
dq_ready(void *arg)
{
	struct dialer_qmi *dq = arg;
	struct bearer *b;

	dq->burst_done = dq_opened;
	qmi_link_begin(dq->link, QMI_CTL, QMUX_CID_CTL, QMI_CTL_GET_VERSION_INFO);
	qmi_link_send(dq->link, DQ_GROUP_STEP, DQ_CTL_MS, dq_version_answer, dq);
	DQ_FOREACH_BEARER(b, dq)
	dq_alloc(dq, QMI_WDS);
	dq_alloc(dq, QMI_DMS);
	dq_alloc(dq, QMI_NAS);
	dq_alloc(dq, QMI_UIM);
	if (!dq->dialer.offer.skip)
		dq_alloc(dq, QMI_WDA);
}

static const struct qmi_link_handlers dq_link_handlers = {
    .ready = dq_ready,
    .indication = dq_indication,
    .lost = dq_lost,
};

static void
dq_open(struct dialer *d)
{
	struct dialer_qmi *dq = (struct dialer_qmi *)d;
	struct failure why;
	struct port *port;

	memset(&dq->failure, 0, sizeof(dq->failure));
	qmi_link_free(dq->link);
	dq->link = NULL;
	dq->lost = false;
	port = dq->port_fn(dq->port_arg, d, &why);
	if (port == NULL) {
		dq_fail(dq, &why);
		dq_end_step(dq, DIALER_STEP_OPEN);
		return;
	}
	dq->link = qmi_link_new(d->base, port, &dq_link_handlers, dq);
}

static void
dq_closed(struct dialer_qmi *dq)
{
	memset(&dq->failure, 0, sizeof(dq->failure));
	dq_end_step(dq, DIALER_STEP_CLOSE);
}

static void
dq_release_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;

	if (msg == NULL || error != QMI_ERR_NONE)
		log_debug("qmi", "RELEASE_CID: %s",
		    msg == NULL ? "no answer" : qmi_error_name(error));
	dq_check_burst(dq);
}

static void
dq_release(struct dialer_qmi *dq, uint8_t service, uint8_t *cid)
{
	struct qmi_builder *b;
	struct writer *w;

	if (*cid == 0)
		return;
	b = qmi_link_begin(dq->link, QMI_CTL, QMUX_CID_CTL, QMI_CTL_RELEASE_CID);
	w = qmi_put_begin(b, QMI_CTL_RELEASE_CID_REQ_CLIENT);
	writer_u8(w, service);
	writer_u8(w, *cid);
	qmi_build_tlv_end(b);
	qmi_link_send(dq->link, DQ_GROUP_STEP, DQ_RELEASE_MS, dq_release_answer, dq);
	*cid = 0;
}

static void
dq_close(struct dialer *d)
{
	struct dialer_qmi *dq = (struct dialer_qmi *)d;
	struct bearer *b;

	memset(&dq->failure, 0, sizeof(dq->failure));
	dq_poll_in(dq, 0);
	if (dq->link == NULL || dq->lost) {
		dq_end_step(dq, DIALER_STEP_CLOSE);
		return;
	}
	qmi_link_cancel_group(dq->link, DQ_GROUP_STEP);
	qmi_link_cancel_group(dq->link, DQ_GROUP_POLL);
	dq->burst_done = dq_closed;
	DQ_FOREACH_BEARER(b, dq)
	{
		dq_release(dq, QMI_WDS, &b->cid);
		b->up = false;
	}
	dq_release(dq, QMI_DMS, &dq->dms);
	dq_release(dq, QMI_NAS, &dq->nas);
	dq_release(dq, QMI_UIM, &dq->uim);
	dq_release(dq, QMI_WDA, &dq->wda);
	dq_check_burst(dq);
}

static void
dq_free(struct dialer *d)
{
	struct dialer_qmi *dq = (struct dialer_qmi *)d;

	qmi_link_free(dq->link);
	event_free(dq->poll);
	dialer_fini(d);
	free(dq);
}

static const struct dialer_ops dialer_qmi_ops = {
    .name = "QMI",
    .open = dq_open,
    .prepare = dq_prepare,
    .do_register = dq_register,
    .connect = dq_connect,
    .settings = dq_settings,
    .disconnect = dq_disconnect,
    .close = dq_close,
    .free = dq_free,
};

struct dialer *
dialer_qmi_new(struct event_base *base, const struct dialer_config *config,
    dialer_port_fn *port_fn, void *port_arg, dialer_event_fn *event, void *event_arg)
{
	struct dialer_qmi *dq = xcalloc(1, sizeof(*dq));
	size_t i;

	dialer_init(&dq->dialer, &dialer_qmi_ops, base, config, event, event_arg);
	dq->port_fn = port_fn;
	dq->port_arg = port_arg;
	dq->bearers[0].family = config->want_v4 ? 4 : 0;
	dq->bearers[1].family = config->want_v6 ? 6 : 0;
	for (i = 0; i < 2; i++)
		dq->bearers[i].dq = dq;
	dq->poll = evtimer_new(base, dq_poll_cb, dq);
	if (dq->poll == NULL)
		fatal("qmi", "no memory for an event");
	return &dq->dialer;
}
