/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NAS: registration, attach, signal.  One LTE network, home or roaming.
 * Source: reference/qmi.md 2.5, 3.5.
 */
#include "config.h"

#include <stdio.h>

#include "common/xmem.h"
#include "tests/modem/qmi_int.h"

#define RADIO_NONE 0
#define RADIO_LTE 8
#define CAPABILITY_LTE 11
#define CELL_ID 0x01020304u
#define TAC 0x1234
#define BAND_LTE_3 122
#define CHANNEL 1575
#define ACTION_ATTACH 1
#define ACTION_DETACH 2
#define SERVICE_NONE 0
#define SERVICE_AVAILABLE 2
#define DOMAIN_CS_PS 3

struct nas {
	bool wants_serving, wants_system, wants_signal;
};

static bool
is_registered(const struct modem *m)
{
	return m->registration == MODEM_REGISTERED;
}

/* ---- serving system ---- */

struct serving_rows {
	enum qmi_row system, roaming, capabilities, plmn, cell, tac;
};

static const struct serving_rows serving_rsp = {
    QMI_NAS_GET_SERVING_SYSTEM_RSP_SERVING_SYSTEM,
    QMI_NAS_GET_SERVING_SYSTEM_RSP_ROAMING,
    QMI_NAS_GET_SERVING_SYSTEM_RSP_DATA_CAPABILITIES,
    QMI_NAS_GET_SERVING_SYSTEM_RSP_PLMN, QMI_NAS_GET_SERVING_SYSTEM_RSP_CELL_ID,
    QMI_NAS_GET_SERVING_SYSTEM_RSP_TAC};
static const struct serving_rows serving_ind = {
    QMI_NAS_GET_SERVING_SYSTEM_IND_SERVING_SYSTEM,
    QMI_NAS_GET_SERVING_SYSTEM_IND_ROAMING,
    QMI_NAS_GET_SERVING_SYSTEM_IND_DATA_CAPABILITIES,
    QMI_NAS_GET_SERVING_SYSTEM_IND_PLMN, QMI_NAS_GET_SERVING_SYSTEM_IND_CELL_ID,
    QMI_NAS_GET_SERVING_SYSTEM_IND_TAC};

static void
put_serving(
    const struct modem *m, struct qmi_builder *b, const struct serving_rows *rows)
{
	struct writer *w = qmi_put_begin(b, rows->system);

	writer_u8(w, (uint8_t)m->registration);
	writer_u8(w, is_registered(m) ? 1 : 2);
	writer_u8(w, m->attached ? 1 : 2);
	writer_u8(w, 2); /* 3GPP */
	writer_u8(w, 1);
	writer_u8(w, is_registered(m) ? RADIO_LTE : RADIO_NONE);
	qmi_build_tlv_end(b);
	if (!is_registered(m))
		return;
	qmi_put_u8(b, rows->roaming, !m->roaming);
	w = qmi_put_begin(b, rows->capabilities);
	writer_u8(w, 1);
	writer_u8(w, CAPABILITY_LTE);
	qmi_build_tlv_end(b);
	w = qmi_put_begin(b, rows->plmn);
	writer_u16le(w, m->mcc);
	writer_u16le(w, m->mnc);
	writer_str8(w, MODEM_NETWORK_NAME);
	qmi_build_tlv_end(b);
	qmi_put_u32(b, rows->cell, CELL_ID);
	qmi_put_u16(b, rows->tac, TAC);
}

static uint16_t
get_serving(struct qmi_request *r, struct qmi_builder *b)
{
	put_serving(r->modem, b, &serving_rsp);
	return QMI_ERR_NONE;
}

static void
say_serving(struct qmi_client *c)
{
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder b;

	qmi_indicate(c, QMI_NAS_GET_SERVING_SYSTEM, &b, buf);
	put_serving(c->modem, &b, &serving_ind);
	qmi_indicate_send(c, &b);
}

/* ---- system info ---- */

static void
put_plmn_digits(struct writer *w, const struct modem *m)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%03u%02u", m->mcc % 1000, m->mnc % 100);
	writer_bytes(w, digits, 5);
	writer_u8(w, 0xff); /* two digits of MNC */
}

static void
put_system(const struct modem *m, struct qmi_builder *b, enum qmi_row status,
    enum qmi_row info)
{
	uint8_t service = is_registered(m) ? SERVICE_AVAILABLE : SERVICE_NONE;
	struct writer *w = qmi_put_begin(b, status);

	writer_u8(w, service);
	writer_u8(w, service);
	writer_u8(w, 1);
	qmi_build_tlv_end(b);
	if (!is_registered(m))
		return;
	w = qmi_put_begin(b, info);
	writer_u8(w, 1);
	writer_u8(w, DOMAIN_CS_PS);
	writer_u8(w, 1);
	writer_u8(w, m->attached ? DOMAIN_CS_PS : 1);
	writer_u8(w, 1);
	writer_u8(w, m->roaming);
	writer_u8(w, 1);
	writer_u8(w, 0); /* not forbidden */
	writer_u8(w, 0);
	writer_u16le(w, 0); /* LAC */
	writer_u8(w, 1);
	writer_u32le(w, CELL_ID);
	writer_u8(w, 0);
	writer_u16le(w, 0); /* reject */
	writer_u8(w, 1);
	put_plmn_digits(w, m);
	writer_u8(w, 1);
	writer_u16le(w, TAC);
	qmi_build_tlv_end(b);
}

static uint16_t
get_system(struct qmi_request *r, struct qmi_builder *b)
{
	put_system(r->modem, b, QMI_NAS_GET_SYSTEM_INFO_RSP_LTE_STATUS,
	    QMI_NAS_GET_SYSTEM_INFO_RSP_LTE_INFO);
	return QMI_ERR_NONE;
}

static void
say_system(struct qmi_client *c)
{
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder b;

	qmi_indicate(c, QMI_NAS_SYSTEM_INFO, &b, buf);
	put_system(c->modem, &b, QMI_NAS_SYSTEM_INFO_IND_LTE_STATUS,
	    QMI_NAS_SYSTEM_INFO_IND_LTE_INFO);
	qmi_indicate_send(c, &b);
}

/* ---- signal ---- */

static void
put_signal(const struct modem *m, struct qmi_builder *b, enum qmi_row lte)
{
	struct writer *w = qmi_put_begin(b, lte);

	writer_u8(w, (uint8_t)m->rssi);
	writer_u8(w, (uint8_t)-9);
	writer_u16le(w, (uint16_t)(m->rssi - 28));
	writer_u16le(w, 184);
	qmi_build_tlv_end(b);
}

static uint16_t
get_signal(struct qmi_request *r, struct qmi_builder *b)
{
	if (!is_registered(r->modem))
		return QMI_ERR_INFORMATION_UNAVAILABLE;
	put_signal(r->modem, b, QMI_NAS_GET_SIGNAL_INFO_RSP_LTE);
	return QMI_ERR_NONE;
}

static void
say_signal(struct qmi_client *c)
{
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder b;

	qmi_indicate(c, QMI_NAS_SIGNAL_INFO, &b, buf);
	put_signal(c->modem, &b, QMI_NAS_SIGNAL_INFO_IND_LTE);
	qmi_indicate_send(c, &b);
}

static uint16_t
get_strength(struct qmi_request *r, struct qmi_builder *b)
{
	struct modem *m = r->modem;
	uint16_t mask = 0;
	struct writer *w;

	if (!is_registered(m))
		return QMI_ERR_INFORMATION_UNAVAILABLE;
	qmi_get_u16(r->msg, QMI_NAS_GET_SIGNAL_STRENGTH_REQ_MASK, &mask);
	w = qmi_put_begin(b, QMI_NAS_GET_SIGNAL_STRENGTH_RSP_STRENGTH);
	writer_u8(w, (uint8_t)m->rssi);
	writer_u8(w, RADIO_LTE);
	qmi_build_tlv_end(b);
	if (mask & 0x01) {
		w = qmi_put_begin(b, QMI_NAS_GET_SIGNAL_STRENGTH_RSP_RSSI);
		writer_u16le(w, 1);
		writer_u8(w, (uint8_t)-m->rssi);
		writer_u8(w, RADIO_LTE);
		qmi_build_tlv_end(b);
	}
	if (mask & 0x20) {
		w = qmi_put_begin(b, QMI_NAS_GET_SIGNAL_STRENGTH_RSP_RSRQ);
		writer_u8(w, (uint8_t)-9);
		writer_u8(w, RADIO_LTE);
		qmi_build_tlv_end(b);
	}
	if (mask & 0x40)
		qmi_put_u16(b, QMI_NAS_GET_SIGNAL_STRENGTH_RSP_LTE_SNR, 184);
	if (mask & 0x80)
		qmi_put_u16(b, QMI_NAS_GET_SIGNAL_STRENGTH_RSP_LTE_RSRP,
		    (uint16_t)(m->rssi - 28));
	return QMI_ERR_NONE;
}

/* ---- the rest ---- */

static uint16_t
get_home(struct qmi_request *r, struct qmi_builder *b)
{
	struct writer *w;

	if (r->modem->sim != MODEM_SIM_READY)
		return QMI_ERR_NOT_PROVISIONED;
	w = qmi_put_begin(b, QMI_NAS_GET_HOME_NETWORK_RSP_HOME_NETWORK);
	writer_u16le(w, 1);
	writer_u16le(w, 1);
	writer_str8(w, MODEM_NETWORK_NAME);
	qmi_build_tlv_end(b);
	w = qmi_put_begin(b, QMI_NAS_GET_HOME_NETWORK_RSP_DIGITS);
	writer_u8(w, 1);
	writer_u8(w, 0);
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}

static uint16_t
get_bands(struct qmi_request *r, struct qmi_builder *b)
{
	struct writer *w;

	if (!is_registered(r->modem))
		return QMI_ERR_INFORMATION_UNAVAILABLE;
	w = qmi_put_begin(b, QMI_NAS_GET_RF_BAND_INFO_RSP_BANDS);
	writer_u8(w, 1);
	writer_u8(w, RADIO_LTE);
	writer_u16le(w, BAND_LTE_3);
	writer_u16le(w, CHANNEL);
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}

static uint16_t
get_preference(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	qmi_put_u8(b, QMI_NAS_GET_SYSTEM_SELECTION_PREFERENCE_RSP_EMERGENCY_MODE, 0);
	qmi_put_u16(b, QMI_NAS_GET_SYSTEM_SELECTION_PREFERENCE_RSP_MODE, 0x1c);
	qmi_put_u64(
	    b, QMI_NAS_GET_SYSTEM_SELECTION_PREFERENCE_RSP_BANDS, 0x0000000004600380u);
	qmi_put_u16(b, QMI_NAS_GET_SYSTEM_SELECTION_PREFERENCE_RSP_ROAMING, 0xff);
	qmi_put_u64(b, QMI_NAS_GET_SYSTEM_SELECTION_PREFERENCE_RSP_LTE_BANDS,
	    0x00000000000800d5u);
	qmi_put_u8(b, QMI_NAS_GET_SYSTEM_SELECTION_PREFERENCE_RSP_NETWORK_SELECTION, 0);
	qmi_put_u32(b, QMI_NAS_GET_SYSTEM_SELECTION_PREFERENCE_RSP_SERVICE_DOMAIN, 2);
	return QMI_ERR_NONE;
}

static uint16_t
do_register(struct qmi_request *r, struct qmi_builder *b)
{
	struct modem *m = r->modem;
	uint8_t action = 0;

	(void)b;
	qmi_get_u8(r->msg, QMI_NAS_REGISTER_REQ_ACTION, &action);
	if (action != 1 && action != 2)
		return QMI_ERR_INVALID_REGISTER_ACTION;
	if (is_registered(m))
		return QMI_ERR_NO_EFFECT;
	if (m->sim != MODEM_SIM_READY || m->radio != MODEM_RADIO_ONLINE)
		return QMI_ERR_NO_NETWORK_FOUND;
	modem_set_registration(m, MODEM_REGISTERED);
	return QMI_ERR_NONE;
}

static uint16_t
attach_detach(struct qmi_request *r, struct qmi_builder *b)
{
	struct modem *m = r->modem;
	uint8_t action = 0;

	(void)b;
	qmi_get_u8(r->msg, QMI_NAS_ATTACH_DETACH_REQ_ACTION, &action);
	if (action != ACTION_ATTACH && action != ACTION_DETACH)
		return QMI_ERR_INVALID_PS_ATTACH_ACTION;
	if (m->attached == (action == ACTION_ATTACH))
		return QMI_ERR_NO_EFFECT;
	if (action == ACTION_ATTACH && !is_registered(m))
		return QMI_ERR_NO_NETWORK_FOUND;
	modem_set_attached(m, action == ACTION_ATTACH);
	return QMI_ERR_NONE;
}

static uint16_t
indication_register(struct qmi_request *r, struct qmi_builder *b)
{
	struct nas *s = r->client->state;
	uint8_t v;

	(void)b;
	if (qmi_get_u8(r->msg, QMI_NAS_INDICATION_REGISTER_REQ_SERVING_SYSTEM, &v))
		s->wants_serving = v != 0;
	if (qmi_get_u8(r->msg, QMI_NAS_INDICATION_REGISTER_REQ_SYSTEM_INFO, &v))
		s->wants_system = v != 0;
	if (qmi_get_u8(r->msg, QMI_NAS_INDICATION_REGISTER_REQ_SIGNAL_INFO, &v))
		s->wants_signal = v != 0;
	return QMI_ERR_NONE;
}

/* Thresholds and legacy reports: the signal does not change by itself. */
static uint16_t
accept_only(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	(void)b;
	return QMI_ERR_NONE;
}

static bool
nas_indicate(struct qmi_client *c, uint16_t id)
{
	switch (id) {
	case QMI_NAS_GET_SERVING_SYSTEM: say_serving(c); return true;
	case QMI_NAS_SYSTEM_INFO: say_system(c); return true;
	case QMI_NAS_SIGNAL_INFO: say_signal(c); return true;
	default: return false;
	}
}

static void
nas_event(struct qmi_client *c, enum modem_event event, struct modem_call *call)
{
	const struct nas *s = c->state;

	(void)call;
	if (event != MODEM_EVENT_REGISTRATION)
		return;
	if (s->wants_serving)
		say_serving(c);
	if (s->wants_system)
		say_system(c);
	if (s->wants_signal && is_registered(c->modem))
		say_signal(c);
}

/* Serving system indications come without registration, as on most firmware. */
static void
nas_added(struct qmi_client *c)
{
	struct nas *s = xcalloc(1, sizeof(*s));

	s->wants_serving = true;
	c->state = s;
}

static void
nas_reset(struct qmi_client *c)
{
	*(struct nas *)c->state = (struct nas){.wants_serving = true};
}

static const struct qmi_handler handlers[] = {
    {QMI_NAS_EVENT_REPORT, accept_only},
    {QMI_NAS_INDICATION_REGISTER, indication_register},
    {QMI_NAS_GET_SIGNAL_STRENGTH, get_strength},
    {QMI_NAS_REGISTER, do_register},
    {QMI_NAS_ATTACH_DETACH, attach_detach},
    {QMI_NAS_GET_SERVING_SYSTEM, get_serving},
    {QMI_NAS_GET_HOME_NETWORK, get_home},
    {QMI_NAS_GET_RF_BAND_INFO, get_bands},
    {QMI_NAS_SET_SYSTEM_SELECTION_PREFERENCE, accept_only},
    {QMI_NAS_GET_SYSTEM_SELECTION_PREFERENCE, get_preference},
    {QMI_NAS_GET_SYSTEM_INFO, get_system},
    {QMI_NAS_GET_SIGNAL_INFO, get_signal},
    {QMI_NAS_CONFIG_SIGNAL_INFO, accept_only},
};

const struct qmi_service_row qmi_svc_nas = {
    .number = QMI_NAS,
    .major = 1,
    .minor = 25,
    QMI_HANDLERS(handlers),
    .added = nas_added,
    .reset = nas_reset,
    .event = nas_event,
    .indicate = nas_indicate,
};
