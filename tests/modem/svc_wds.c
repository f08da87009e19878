/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * WDS: data calls.
 *
 * A client id that wants a call binds itself to a mux id and a family, starts, and is
 * answered when the network has decided.  Only this client id sees the call: another
 * sees itself idle (reference/qmi.md 4.3).  Releasing the id takes the call down.
 * Source: reference/qmi.md 2.2, 4.5, 6.1.
 */
#include "config.h"

#include <sys/socket.h>

#include <stdio.h>
#include <strings.h>

#include "common/xmem.h"
#include "tests/modem/svc_wds.h"

#define PDH_GLOBAL 0xffffffffu
#define STATUS_DISCONNECTED 1
#define STATUS_CONNECTED 2
#define STATUS_SUSPENDED 3
#define IP_CONFIG_ADDRESS_AND_DNS 0x110
#define ENDPOINT_HSUSB 2

static const struct modem_cause client_end = {.reason = 2, .type = 3, .verbose = 2000};

const struct modem_call *
wds_call(const struct qmi_request *r)
{
	const struct modem_call *call = wds_of(r->client)->call;

	return call && call->up ? call : NULL;
}

/* ---- indications ---- */

static void
put_cause(struct qmi_builder *b, enum qmi_row reason, enum qmi_row verbose,
    const struct modem_cause *cause)
{
	struct writer *w;

	qmi_put_u16(b, reason, cause->reason);
	w = qmi_put_begin(b, verbose);
	writer_u16le(w, cause->type);
	writer_u16le(w, (uint16_t)cause->verbose);
	qmi_build_tlv_end(b);
}

static void
say_status(struct qmi_client *c, uint8_t status, bool reconfigure,
    const struct modem_cause *cause)
{
	struct wds *s = wds_of(c);
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder b;
	struct writer *w;

	if (s->suppresses_status)
		return;
	qmi_indicate(c, QMI_WDS_PACKET_SERVICE_STATUS, &b, buf);
	w = qmi_put_begin(&b, QMI_WDS_PACKET_SERVICE_STATUS_IND_STATUS);
	writer_u8(w, status);
	writer_u8(w, reconfigure);
	qmi_build_tlv_end(&b);
	if (cause)
		put_cause(&b, QMI_WDS_PACKET_SERVICE_STATUS_IND_CALL_END_REASON,
		    QMI_WDS_PACKET_SERVICE_STATUS_IND_VERBOSE_CALL_END_REASON, cause);
	qmi_put_u8(&b, QMI_WDS_PACKET_SERVICE_STATUS_IND_IP_FAMILY, s->family);
	qmi_indicate_send(c, &b);
}

static void
say_ip_config(struct qmi_client *c)
{
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder b;

	if (!wds_of(c)->wants_ip_config)
		return;
	qmi_indicate(c, QMI_WDS_EXTENDED_IP_CONFIG, &b, buf);
	qmi_put_u32(
	    &b, QMI_WDS_EXTENDED_IP_CONFIG_IND_CHANGED, IP_CONFIG_ADDRESS_AND_DNS);
	qmi_indicate_send(c, &b);
}

static uint8_t
status_now(const struct wds *s)
{
	if (!s->call || !s->call->up)
		return STATUS_DISCONNECTED;
	return s->call->suspended ? STATUS_SUSPENDED : STATUS_CONNECTED;
}

static bool
wds_indicate(struct qmi_client *c, uint16_t id)
{
	if (id != QMI_WDS_PACKET_SERVICE_STATUS)
		return false;
	say_status(c, status_now(wds_of(c)), false, NULL);
	return true;
}

/* ---- the life of a call ---- */

static void
end_call(struct wds *s)
{
	const struct bearer_counters *n;

	if (s->call) {
		n = s->call->bearer ? bearer_counters(s->call->bearer)
				    : &s->call->counters;
		s->last_up_bytes = n->up_bytes;
		s->last_down_bytes = n->down_bytes;
	}
	modem_call_end(s->call);
	s->call = NULL;
	s->is_starting = false;
}

static void
start_done(struct modem_call *call, bool up, void *owner)
{
	struct qmi_client *c = owner;
	struct wds *s = wds_of(c);
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder b;

	s->is_starting = false;
	qmi_answer(
	    c->func, &s->start, &b, buf, up ? QMI_ERR_NONE : QMI_ERR_CALL_FAILED);
	if (up)
		qmi_put_u32(&b, QMI_WDS_START_NETWORK_RSP_PACKET_HANDLE, call->handle);
	else
		put_cause(&b, QMI_WDS_START_NETWORK_RSP_CALL_END_REASON,
		    QMI_WDS_START_NETWORK_RSP_VERBOSE_CALL_END_REASON, &call->cause);
	qmi_answer_send(c->func, &s->start, &b);
	if (up)
		say_status(c, STATUS_CONNECTED, false, NULL);
	else
		end_call(s);
}

/* What the request says; the profile's APN where it names none. */
static uint16_t
read_start(struct qmi_request *r, char *apn, size_t size)
{
	struct wds *s = wds_of(r->client);
	const struct modem_profile *p;
	uint8_t family = s->family ? s->family : 4, index = 0;

	qmi_get_u8(r->msg, QMI_WDS_START_NETWORK_REQ_IP_FAMILY, &family);
	if (family == 8)
		family = 4;
	if (family != 4 && family != 6)
		return QMI_ERR_INVALID_IP_FAMILY_PREFERENCE;
	s->family = family;
	apn[0] = '\0';
	if (qmi_get_u8(r->msg, QMI_WDS_START_NETWORK_REQ_PROFILE_3GPP, &index)) {
		p = wds_profile(r->modem, index);
		if (!p)
			return QMI_ERR_INVALID_PROFILE;
		snprintf(apn, size, "%s", p->apn);
	}
	s->profile = index;
	qmi_get_str(r->msg, QMI_WDS_START_NETWORK_REQ_APN, apn, size);
	return QMI_ERR_NONE;
}

static uint16_t
start_network(struct qmi_request *r, struct qmi_builder *b)
{
	struct wds *s = wds_of(r->client);
	char apn[NETWORK_APN_MAX + 1];
	const struct modem_call *other;
	uint16_t error;
	int family;

	(void)b;
	if (s->call)
		return s->is_starting ? QMI_ERR_INCOMPATIBLE_STATE : QMI_ERR_NO_EFFECT;
	error = read_start(r, apn, sizeof(apn));
	if (error)
		return error;
	family = s->family == 6 ? AF_INET6 : AF_INET;
	other = modem_call_find(r->modem, s->mux_id, family);
	if (other && strcasecmp(other->apn, apn) == 0)
		return QMI_ERR_NO_EFFECT;
	s->start = qmi_later_of(r);
	s->is_starting = true;
	s->call =
	    modem_call_start(r->modem, apn, s->mux_id, family, start_done, r->client);
	return QMI_LATER;
}

/* An error made by a test brings its cause along. */
static void
wds_refused(struct qmi_request *r, struct qmi_builder *b, uint16_t error)
{
	struct modem_cause cause = modem_cause_3gpp(r->cause);

	if (r->msg->id == QMI_WDS_START_NETWORK && error == QMI_ERR_CALL_FAILED &&
	    r->cause != 0)
		put_cause(b, QMI_WDS_START_NETWORK_RSP_CALL_END_REASON,
		    QMI_WDS_START_NETWORK_RSP_VERBOSE_CALL_END_REASON, &cause);
}

static uint16_t
stop_network(struct qmi_request *r, struct qmi_builder *b)
{
	struct wds *s = wds_of(r->client);
	uint32_t pdh = 0;

	(void)b;
	qmi_get_u32(r->msg, QMI_WDS_STOP_NETWORK_REQ_PACKET_HANDLE, &pdh);
	if (!wds_call(r))
		return QMI_ERR_NO_EFFECT;
	if (pdh != PDH_GLOBAL && pdh != s->call->handle)
		return QMI_ERR_INVALID_HANDLE;
	end_call(s);
	say_status(r->client, STATUS_DISCONNECTED, false, &client_end);
	return QMI_ERR_NONE;
}

static uint16_t
abort_start(struct qmi_request *r, struct qmi_builder *b)
{
	struct wds *s = wds_of(r->client);
	struct qmi_later later = s->start;
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder answer;
	uint16_t txn = 0;

	(void)b;
	qmi_get_u16(r->msg, QMI_WDS_ABORT_REQ_TRANSACTION, &txn);
	if (!s->is_starting || later.txn != txn)
		return QMI_ERR_INVALID_TRANSACTION_ID;
	end_call(s);
	qmi_answer(r->func, &later, &answer, buf, QMI_ERR_ABORTED);
	qmi_answer_send(r->func, &later, &answer);
	return QMI_ERR_NONE;
}

static uint16_t
get_status(struct qmi_request *r, struct qmi_builder *b)
{
	qmi_put_u8(
	    b, QMI_WDS_PACKET_SERVICE_STATUS_RSP_STATUS, status_now(wds_of(r->client)));
	return QMI_ERR_NONE;
}

/* ---- what a client id is set up for ---- */

static uint16_t
bind_mux(struct qmi_request *r, struct qmi_builder *b)
{
	struct wds *s = wds_of(r->client);
	uint32_t type, iface;
	uint8_t mux = 0;
	struct cursor c;

	(void)b;
	if (s->call)
		return QMI_ERR_INCOMPATIBLE_STATE;
	if (qmi_get_cursor(r->msg, QMI_WDS_BIND_MUX_DATA_PORT_REQ_ENDPOINT, &c)) {
		if (!cursor_u32le(&c, &type) || !cursor_u32le(&c, &iface))
			return QMI_ERR_MALFORMED_MESSAGE;
		if (type != ENDPOINT_HSUSB || iface != r->modem->settings.usb_interface)
			return QMI_ERR_INVALID_ARGUMENT;
	}
	qmi_get_u8(r->msg, QMI_WDS_BIND_MUX_DATA_PORT_REQ_MUX_ID, &mux);
	if (mux == 0 || mux == 0xff)
		return QMI_ERR_INVALID_ARGUMENT;
	s->mux_id = mux;
	return QMI_ERR_NONE;
}

static uint16_t
set_family(struct qmi_request *r, struct qmi_builder *b)
{
	uint8_t family = 0;

	(void)b;
	qmi_get_u8(r->msg, QMI_WDS_SET_IP_FAMILY_REQ_IP_FAMILY, &family);
	if (family != 4 && family != 6 && family != 8)
		return QMI_ERR_INVALID_IP_FAMILY_PREFERENCE;
	wds_of(r->client)->family = family == 6 ? 6 : 4;
	return QMI_ERR_NONE;
}

static uint16_t
indication_register(struct qmi_request *r, struct qmi_builder *b)
{
	struct wds *s = wds_of(r->client);
	uint8_t v;

	(void)b;
	if (qmi_get_u8(r->msg, QMI_WDS_INDICATION_REGISTER_REQ_EXTENDED_IP_CONFIG, &v))
		s->wants_ip_config = v != 0;
	if (qmi_get_u8(
		r->msg, QMI_WDS_INDICATION_REGISTER_REQ_SUPPRESS_PACKET_STATUS, &v))
		s->suppresses_status = v != 0;
	return QMI_ERR_NONE;
}

/* Registrations for events that never happen here. */
static uint16_t
accept_only(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	(void)b;
	return QMI_ERR_NONE;
}

static void
wds_added(struct qmi_client *c)
{
	c->state = xcalloc(1, sizeof(struct wds));
}

static void
wds_removed(struct qmi_client *c)
{
	end_call(wds_of(c));
}

static void
wds_reset(struct qmi_client *c)
{
	struct wds *s = wds_of(c);

	s->wants_ip_config = s->suppresses_status = false;
}

static void
wds_event(struct qmi_client *c, enum modem_event event, struct modem_call *call)
{
	struct wds *s = wds_of(c);
	struct modem_cause cause;

	if (!call || call != s->call || s->is_starting)
		return;
	switch (event) {
	case MODEM_EVENT_CALL_DOWN:
		cause = call->cause;
		end_call(s);
		say_status(c, STATUS_DISCONNECTED, false, &cause);
		return;
	case MODEM_EVENT_CALL_ADDRESS:
		say_status(c, STATUS_CONNECTED, true, NULL);
		say_ip_config(c);
		return;
	case MODEM_EVENT_CALL_SUSPENDED:
		say_status(c, status_now(s), false, NULL);
		return;
	case MODEM_EVENT_CALL_UP:
	case MODEM_EVENT_SIM:
	case MODEM_EVENT_RADIO:
	case MODEM_EVENT_REGISTRATION:
	case MODEM_EVENT_RESET: return;
	}
}

static const struct qmi_handler handlers[] = {
    {QMI_WDS_EVENT_REPORT, accept_only},
    {QMI_WDS_ABORT, abort_start},
    {QMI_WDS_INDICATION_REGISTER, indication_register},
    {QMI_WDS_START_NETWORK, start_network},
    {QMI_WDS_STOP_NETWORK, stop_network},
    {QMI_WDS_PACKET_SERVICE_STATUS, get_status},
    {QMI_WDS_GET_CHANNEL_RATES, wds_get_rates},
    {QMI_WDS_GET_PACKET_STATISTICS, wds_get_statistics},
    {QMI_WDS_CREATE_PROFILE, wds_create_profile},
    {QMI_WDS_MODIFY_PROFILE, wds_modify_profile},
    {QMI_WDS_DELETE_PROFILE, wds_delete_profile},
    {QMI_WDS_GET_PROFILE_LIST, wds_list_profiles},
    {QMI_WDS_GET_PROFILE_SETTINGS, wds_get_profile},
    {QMI_WDS_GET_DEFAULT_SETTINGS, wds_get_default},
    {QMI_WDS_GET_CURRENT_SETTINGS, wds_get_settings},
    {QMI_WDS_GET_DORMANCY_STATUS, wds_get_dormancy},
    {QMI_WDS_GET_AUTOCONNECT_SETTINGS, wds_get_autoconnect},
    {QMI_WDS_GET_DATA_BEARER_TECHNOLOGY, wds_get_bearer},
    {QMI_WDS_GET_CURRENT_DATA_BEARER_TECHNOLOGY, wds_get_current_bearer},
    {QMI_WDS_GET_DEFAULT_PROFILE_NUMBER, wds_get_default_number},
    {QMI_WDS_SET_IP_FAMILY, set_family},
    {QMI_WDS_SET_AUTOCONNECT_SETTINGS, accept_only},
    {QMI_WDS_GET_PDN_THROTTLE_INFO, wds_get_throttle},
    {QMI_WDS_GET_LTE_ATTACH_PARAMETERS, wds_get_attach_parameters},
    {QMI_WDS_GET_MAX_LTE_ATTACH_PDN_NUMBER, wds_get_max_attach},
    {QMI_WDS_SET_LTE_ATTACH_PDN_LIST, wds_set_attach_list},
    {QMI_WDS_GET_LTE_ATTACH_PDN_LIST, wds_get_attach_list},
    {QMI_WDS_BIND_MUX_DATA_PORT, bind_mux},
    {QMI_WDS_CONFIGURE_PROFILE_EVENT_LIST, accept_only},
};

const struct qmi_service_row qmi_svc_wds = {
    .number = QMI_WDS,
    .major = 1,
    .minor = 67,
    QMI_HANDLERS(handlers),
    .added = wds_added,
    .removed = wds_removed,
    .reset = wds_reset,
    .event = wds_event,
    .refused = wds_refused,
    .indicate = wds_indicate,
};
