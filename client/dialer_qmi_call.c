/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CONNECT, SETTINGS and DISCONNECT of the QMI dialer: the call itself.
 *
 * IPv4 and IPv6 are started in parallel and fail separately; the PDN is connected when
 * one of them is (reference/qmi.md 4.2).  What Start Network may answer, and what is
 * done about it, is the table of qmi.md 4.5:
 *
 *   NO_EFFECT         a call is there already: taken as connected; if its settings
 *                     cannot be read, it is stopped globally and started once more
 *   CALL_FAILED       classed by its reason; the second family of one PDN that was
 *                     refused as a duplicate is started again once the first is up
 *   POLICY_MISMATCH   stale: the whole dial begins again with new client ids, soon
 *   MISSING_ARGUMENT  some firmware wants profile and explicit values: once more
 *
 * A call that loses one family is ended and dialed again as a whole: networks end
 * both together, and a half-alive PDN helps nobody.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "client/dialer_qmi_int.h"
#include "common/log.h"
#include "common/qmi_reason.h"
#include "common/qmux.h"

#define WDS_SETTINGS_MASK \
	0x0000e310u /* DNS, address, gateway, MTU, domains, family \
		     */
#define WDS_STATUS_DISCONNECTED 1
#define WDS_STATUS_CONNECTED 2
#define DQ_CALL_POLL_MS 45000

static void dq_start_bearer(struct bearer *b);

static const char *
dq_str(const char *s)
{
	return s != NULL ? s : "";
}

static void
dq_log_status(const struct bearer *b)
{
	log_plain("requestQueryDataCall IPv%uConnectionStatus: %s", b->family,
	    b->up ? "CONNECTED" : "DISCONNECTED");
}

static void
dq_log_end(const struct qmi_end *end)
{
	if (!end->known)
		return;
	log_plain("call_end_reason is %d", end->reason);
	log_plain("call_end_reason_verbose is %s",
	    qmi_reason_text(end->verbose, end->type, end->reason));
}

/* Is this refusal the kind that passes once the other family is up?  (4.4) */
static bool
dq_wants_retry(const struct bearer *b, const struct qmi_end *end)
{
	struct dialer_qmi *dq = b->dq;

	return !b->retried && dq->bearers[0].family != 0 &&
	       dq->bearers[1].family != 0 && end->known &&
	       qmi_reason_class(end->verbose, end->type, end->reason) ==
		   QMI_REASON_DUPLICATE;
}

static void
dq_start_refused(struct bearer *b, uint16_t error, const struct qmi_msg *msg)
{
	struct qmi_end end;
	char what[64];

	dq_refused(&b->failure, "requestSetupDataCall", error, msg);
	if (msg == NULL)
		return;
	if (error == QMI_ERR_POLICY_MISMATCH)
		b->failure.retry = FAILURE_RETRY_SOON;
	if (error != QMI_ERR_CALL_FAILED)
		return;
	qmi_read_end(msg, QMI_WDS_START_NETWORK_RSP_CALL_END_REASON,
	    QMI_WDS_START_NETWORK_RSP_VERBOSE_CALL_END_REASON, &end);
	dq_log_end(&end);
	snprintf(what, sizeof(what), "IPv%u call refused", b->family);
	qmi_end_failure(&end, what, &b->failure);
	b->again = dq_wants_retry(b, &end);
}

static void
dq_start_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct bearer *b = arg;
	struct dialer_qmi *dq = b->dq;

	memset(&b->failure, 0, sizeof(b->failure));
	b->again = false;
	if (msg != NULL && error == QMI_ERR_NONE) {
		b->up = true;
		b->pdh = DQ_PDH_GLOBAL;
		qmi_get_u32(msg, QMI_WDS_START_NETWORK_RSP_PACKET_HANDLE, &b->pdh);
		log_plain("requestSetupDataCall WdsConnectionIPv%uHandle: 0x%08x",
		    b->family, b->pdh);
	} else if (msg != NULL && error == QMI_ERR_NO_EFFECT) {
		b->up = b->joined = true;
		b->pdh = DQ_PDH_GLOBAL;
		log_info("qmi", "[%s] IPv%u: a call is there already",
		    dq->dialer.config.name, b->family);
	} else if (msg != NULL && error == QMI_ERR_MISSING_ARGUMENT && !b->both_forms) {
		b->both_forms = true;
		dq_start_bearer(b);
		return;
	} else
		dq_start_refused(b, error, msg);
	dq_check_burst(dq);
}

/* Explicit values, for want of a profile that says the same. */
static void
dq_put_explicit(struct dialer_qmi *dq, struct qmi_builder *q)
{
	const struct dialer_config *c = &dq->dialer.config;

	if (c->apn == NULL)
		return;
	qmi_put_str(q, QMI_WDS_START_NETWORK_REQ_APN, c->apn);
	qmi_put_u8(q, QMI_WDS_START_NETWORK_REQ_AUTH, c->auth);
	if (dq_str(c->user)[0] != '\0')
		qmi_put_str(q, QMI_WDS_START_NETWORK_REQ_USER, c->user);
	if (dq_str(c->password)[0] != '\0')
		qmi_put_str(q, QMI_WDS_START_NETWORK_REQ_PASSWORD, c->password);
}

static void
dq_start_bearer(struct bearer *b)
{
	struct dialer_qmi *dq = b->dq;
	struct qmi_builder *q =
	    qmi_link_begin(dq->link, QMI_WDS, b->cid, QMI_WDS_START_NETWORK);
	bool by_profile = dq->profile_ok && dq->dialer.config.channel != 0;

	if (!by_profile || b->both_forms)
		dq_put_explicit(dq, q);
	qmi_put_u8(q, QMI_WDS_START_NETWORK_REQ_IP_FAMILY, b->family);
	if (by_profile || b->both_forms)
		qmi_put_u8(q, QMI_WDS_START_NETWORK_REQ_PROFILE_3GPP,
		    dq->dialer.config.channel);
	qmi_link_send(dq->link, DQ_GROUP_STEP, DQ_START_MS, dq_start_answer, b);
}

/* Families that are to be started again now that another is up.  True: some are. */
static bool
dq_restart_refused(struct dialer_qmi *dq)
{
	struct bearer *b;
	bool any = false;

	if (!dq_any_up(dq))
		return false;
	DQ_FOREACH_BEARER(b, dq)
	{
		if (b->up || !b->again)
			continue;
		b->again = false;
		b->retried = true;
		any = true;
		dq_start_bearer(b);
	}
	return any;
}

static void
dq_connected(struct dialer_qmi *dq)
{
	struct bearer *b;

	if (dq_restart_refused(dq))
		return;
	DQ_FOREACH_BEARER(b, dq)
	{
		dq_log_status(b);
		if (b->up)
			continue;
		if (dq_any_up(dq))
			log_warnx("qmi", "[%s] without IPv%u: %s",
			    dq->dialer.config.name, b->family, b->failure.text);
		else
			dq_fail(dq, &b->failure);
	}
	if (dq_any_up(dq))
		dq_poll_in(dq, DQ_CALL_POLL_MS);
	dq_end_step(dq, DIALER_STEP_CONNECT);
}

void
dq_connect(struct dialer *d)
{
	struct dialer_qmi *dq = (struct dialer_qmi *)d;
	struct bearer *b;

	memset(&dq->failure, 0, sizeof(dq->failure));
	dq->burst_done = dq_connected;
	DQ_FOREACH_BEARER(b, dq)
	{
		b->up = b->joined = b->retried = b->again = b->both_forms = false;
		dq_start_bearer(b);
	}
}

static void dq_ask_settings(struct bearer *b);

static void
dq_rejoin_start_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct bearer *b = arg;

	if (msg != NULL && (error == QMI_ERR_NONE || error == QMI_ERR_NO_EFFECT)) {
		b->up = true;
		b->pdh = DQ_PDH_GLOBAL;
		qmi_get_u32(msg, QMI_WDS_START_NETWORK_RSP_PACKET_HANDLE, &b->pdh);
		dq_ask_settings(b);
		return;
	}
	dq_start_refused(b, error, msg);
	dq_check_burst(b->dq);
}

static void
dq_rejoin_stop_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct bearer *b = arg;
	struct dialer_qmi *dq = b->dq;
	struct qmi_builder *q;

	(void)error;
	(void)msg; /* whatever it said, the start tells the rest */
	q = qmi_link_begin(dq->link, QMI_WDS, b->cid, QMI_WDS_START_NETWORK);
	if (!dq->profile_ok)
		dq_put_explicit(dq, q);
	else
		qmi_put_u8(q, QMI_WDS_START_NETWORK_REQ_PROFILE_3GPP,
		    dq->dialer.config.channel);
	qmi_put_u8(q, QMI_WDS_START_NETWORK_REQ_IP_FAMILY, b->family);
	qmi_link_send(dq->link, DQ_GROUP_STEP, DQ_START_MS, dq_rejoin_start_answer, b);
}

static void
dq_send_stop(struct bearer *b, qmi_answer_fn *fn)
{
	struct qmi_link *l = b->dq->link;
	struct qmi_builder *q =
	    qmi_link_begin(l, QMI_WDS, b->cid, QMI_WDS_STOP_NETWORK);

	qmi_put_u32(q, QMI_WDS_STOP_NETWORK_REQ_PACKET_HANDLE, b->pdh);
	if (b->pdh == DQ_PDH_GLOBAL)
		qmi_put_u8(q, QMI_WDS_STOP_NETWORK_REQ_DISABLE_AUTOCONNECT, 1);
	qmi_link_send(l, DQ_GROUP_STEP, DQ_STOP_MS, fn, b);
}

static void
dq_settings_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct bearer *b = arg;
	struct dialer_qmi *dq = b->dq;

	if (msg != NULL && error == QMI_ERR_NONE &&
	    qmi_read_settings(msg, b->family, &dq->dialer.settings)) {
		dq_check_burst(dq);
		return;
	}
	if (b->joined && !b->retried && msg != NULL) {
		b->joined = b->up = false;
		b->retried = true;
		b->pdh = DQ_PDH_GLOBAL;
		dq_send_stop(b, dq_rejoin_stop_answer);
		return;
	}
	if (msg == NULL || error != QMI_ERR_NONE)
		dq_refused(&b->failure, "requestGetIPAddress", error, msg);
	else
		failure_set(&b->failure, FAILURE_NETWORK, FAILURE_RETRY_BACKOFF, NULL,
		    "connected, but the network gave no IPv%u address", b->family);
	dq_check_burst(dq);
}

static void
dq_ask_settings(struct bearer *b)
{
	struct qmi_link *l = b->dq->link;
	struct qmi_builder *q =
	    qmi_link_begin(l, QMI_WDS, b->cid, QMI_WDS_GET_CURRENT_SETTINGS);

	qmi_put_u32(q, QMI_WDS_GET_CURRENT_SETTINGS_REQ_MASK, WDS_SETTINGS_MASK);
	qmi_link_send(l, DQ_GROUP_STEP, DQ_QUERY_MS, dq_settings_answer, b);
}

static void
dq_settings_read(struct dialer_qmi *dq)
{
	const struct pdn_settings *s = &dq->dialer.settings;
	struct bearer *b;

	DQ_FOREACH_BEARER(b, dq)
	{
		bool got = b->family == 4 ? s->v4.present : s->v6.present;

		if (got || b->failure.class == FAILURE_NONE)
			continue;
		if (s->v4.present || s->v6.present)
			log_warnx("qmi", "[%s] without IPv%u: %s",
			    dq->dialer.config.name, b->family, b->failure.text);
		else
			dq_fail(dq, &b->failure);
	}
	dq_end_step(dq, DIALER_STEP_SETTINGS);
}

void
dq_settings(struct dialer *d)
{
	struct dialer_qmi *dq = (struct dialer_qmi *)d;
	struct bearer *b;

	memset(&dq->failure, 0, sizeof(dq->failure));
	memset(&d->settings, 0, sizeof(d->settings));
	dq->burst_done = dq_settings_read;
	DQ_FOREACH_BEARER(b, dq)
	{
		if (b->up)
			dq_ask_settings(b);
	}
}

static void
dq_stopped(struct dialer_qmi *dq)
{
	memset(&dq->failure, 0, sizeof(dq->failure));
	dq_end_step(dq, DIALER_STEP_DISCONNECT);
}

static void
dq_stop_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct bearer *b = arg;

	if (msg == NULL || (error != QMI_ERR_NONE && error != QMI_ERR_NO_EFFECT))
		log_debug("qmi", "STOP_NETWORK: %s",
		    msg == NULL ? "no answer" : qmi_error_name(error));
	dq_check_burst(b->dq);
}

void
dq_disconnect(struct dialer *d)
{
	struct dialer_qmi *dq = (struct dialer_qmi *)d;
	struct bearer *b;

	qmi_link_cancel_group(dq->link, DQ_GROUP_STEP);
	qmi_link_cancel_group(dq->link, DQ_GROUP_POLL);
	dq_poll_in(dq, 0);
	dq->burst_done = dq_stopped;
	DQ_FOREACH_BEARER(b, dq)
	{
		if (!b->up)
			continue;
		log_plain(
		    "requestDeactivateDefaultPDP WdsConnectionIPv%uHandle: 0x%08x",
		    b->family, b->pdh);
		b->up = false;
		dq_send_stop(b, dq_stop_answer);
	}
	dq_check_burst(dq);
}

/* The call of one family is over; the other goes with it. */
static void
dq_call_ended(struct bearer *b, const struct qmi_end *end)
{
	struct dialer_qmi *dq = b->dq;
	struct failure why;
	char what[64];

	b->up = false;
	dq_log_status(b);
	dq_log_end(end);
	snprintf(what, sizeof(what), "IPv%u call ended", b->family);
	qmi_end_failure(end, what, &why);
	if (why.retry == FAILURE_RETRY_BACKOFF)
		why.retry = FAILURE_RETRY_SOON;
	dialer_post(&dq->dialer, DIALER_EVENT_CALL_ENDED, DIALER_STEP_NONE, &why);
}

/* Whom an indication is for: its CID says, or for a broadcast the family in it. */
static struct bearer *
dq_bearer_of(struct dialer_qmi *dq, const struct qmi_msg *msg)
{
	uint8_t family = 0;
	struct bearer *b;

	qmi_get_u8(msg, QMI_WDS_PACKET_SERVICE_STATUS_IND_IP_FAMILY, &family);
	DQ_FOREACH_BEARER(b, dq)
	{
		if (b->cid == msg->cid)
			return b;
		if (msg->cid == QMUX_CID_BROADCAST && b->family == family)
			return b;
	}
	return NULL;
}

void
dq_packet_status(struct dialer_qmi *dq, const struct qmi_msg *msg)
{
	struct bearer *b = dq_bearer_of(dq, msg);
	uint8_t status = 0, reconfigure = 0;
	struct qmi_end end;
	struct cursor c;

	if (b == NULL || !b->up)
		return; /* not ours, or only the forerunner of Start Network's answer */
	if (msg->id == QMI_WDS_EXTENDED_IP_CONFIG) {
		dialer_post(
		    &dq->dialer, DIALER_EVENT_SETTINGS_CHANGED, DIALER_STEP_NONE, NULL);
		return;
	}
	if (msg->id != QMI_WDS_PACKET_SERVICE_STATUS ||
	    !qmi_get_cursor(msg, QMI_WDS_PACKET_SERVICE_STATUS_IND_STATUS, &c) ||
	    !cursor_u8(&c, &status))
		return;
	cursor_u8(&c, &reconfigure);
	if (status == WDS_STATUS_CONNECTED && reconfigure)
		dialer_post(
		    &dq->dialer, DIALER_EVENT_SETTINGS_CHANGED, DIALER_STEP_NONE, NULL);
	if (status != WDS_STATUS_DISCONNECTED)
		return;
	qmi_read_end(msg, QMI_WDS_PACKET_SERVICE_STATUS_IND_CALL_END_REASON,
	    QMI_WDS_PACKET_SERVICE_STATUS_IND_VERBOSE_CALL_END_REASON, &end);
	dq_call_ended(b, &end);
}

static void
dq_poll_call_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	static const struct qmi_end no_reason = {0};
	struct bearer *b = arg;
	uint8_t status;

	if (msg == NULL) {
		dq_poll_in(b->dq, 1); /* look at once whether it is dead */
		return;
	}
	if (error != QMI_ERR_NONE || !b->up ||
	    !qmi_get_u8(msg, QMI_WDS_PACKET_SERVICE_STATUS_RSP_STATUS, &status))
		return;
	if (status == WDS_STATUS_DISCONNECTED)
		dq_call_ended(b, &no_reason);
}

void
dq_poll_call(struct dialer_qmi *dq)
{
	struct bearer *b;

	DQ_FOREACH_BEARER(b, dq)
	{
		if (!b->up)
			continue;
		qmi_link_begin(
		    dq->link, QMI_WDS, b->cid, QMI_WDS_PACKET_SERVICE_STATUS);
		qmi_link_send(
		    dq->link, DQ_GROUP_POLL, DQ_QUERY_MS, dq_poll_call_answer, b);
	}
}
