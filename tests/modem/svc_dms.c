/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMS: what the device is, and its operating mode.  PINs are the business of UIM: the
 * old messages of DMS for them are unknown, as on all newer modules.
 * Source: reference/qmi.md 2.4, 3.11.
 */
#include "config.h"

#include <stdio.h>
#include <time.h>

#include "common/xmem.h"
#include "tests/modem/qmi_int.h"

#define TIME_TICKS_PER_MS_NUM 4 /* the clock ticks every 1.25 ms */
#define TIME_TICKS_PER_MS_DEN 5
#define GPS_EPOCH_S 315964800

struct dms {
	bool wants_mode, wants_uim;
};

static uint16_t
get_capabilities(struct qmi_request *r, struct qmi_builder *b)
{
	static const uint8_t radios[] = {4, 5, 8}; /* GSM, UMTS, LTE */
	struct writer *w = qmi_put_begin(b, QMI_DMS_GET_CAPABILITIES_RSP_CAPABILITIES);

	(void)r;
	writer_u32le(w, 50000000);
	writer_u32le(w, 150000000);
	writer_u8(w, 2); /* packet switched */
	writer_u8(w, 2); /* with SIM */
	writer_u8(w, sizeof(radios));
	writer_bytes(w, radios, sizeof(radios));
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}

static uint16_t
get_manufacturer(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	qmi_put_str(b, QMI_DMS_GET_MANUFACTURER_RSP_MANUFACTURER, "pdnmux");
	return QMI_ERR_NONE;
}

static uint16_t
get_model(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	qmi_put_str(b, QMI_DMS_GET_MODEL_RSP_MODEL, "SIMULATED-MODEM");
	return QMI_ERR_NONE;
}

static uint16_t
get_revision(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	qmi_put_str(b, QMI_DMS_GET_REVISION_RSP_REVISION, "PDNMUXSIMR01A01");
	return QMI_ERR_NONE;
}

static uint16_t
get_msisdn(struct qmi_request *r, struct qmi_builder *b)
{
	if (r->modem->sim != MODEM_SIM_READY)
		return QMI_ERR_NOT_PROVISIONED;
	qmi_put_str(b, QMI_DMS_GET_MSISDN_RSP_MSISDN, r->modem->msisdn);
	return QMI_ERR_NONE;
}

static uint16_t
get_ids(struct qmi_request *r, struct qmi_builder *b)
{
	qmi_put_str(b, QMI_DMS_GET_IDS_RSP_ESN, "0");
	qmi_put_str(b, QMI_DMS_GET_IDS_RSP_IMEI, r->modem->imei);
	return QMI_ERR_NONE;
}

static uint16_t
get_power(struct qmi_request *r, struct qmi_builder *b)
{
	struct writer *w = qmi_put_begin(b, QMI_DMS_GET_POWER_STATE_RSP_POWER_STATE);

	(void)r;
	writer_u8(w, 0x01); /* powered from outside */
	writer_u8(w, 100);
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}

static uint16_t
get_hardware(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	qmi_put_str(b, QMI_DMS_GET_HARDWARE_REVISION_RSP_REVISION, "10000");
	return QMI_ERR_NONE;
}

static uint16_t
get_mode(struct qmi_request *r, struct qmi_builder *b)
{
	qmi_put_u8(b, QMI_DMS_GET_OPERATING_MODE_RSP_MODE, (uint8_t)r->modem->radio);
	if (r->modem->radio == MODEM_RADIO_OFFLINE)
		qmi_put_u16(b, QMI_DMS_GET_OPERATING_MODE_RSP_OFFLINE_REASON, 1);
	return QMI_ERR_NONE;
}

static uint16_t
set_mode(struct qmi_request *r, struct qmi_builder *b)
{
	uint8_t mode = 0xff;

	(void)b;
	qmi_get_u8(r->msg, QMI_DMS_SET_OPERATING_MODE_REQ_MODE, &mode);
	switch (mode) {
	case MODEM_RADIO_ONLINE:
		/* offline is left by a reset only */
		if (r->modem->radio == MODEM_RADIO_OFFLINE)
			return QMI_ERR_INVALID_TRANSITION;
		break;
	case MODEM_RADIO_LOW_POWER:
	case MODEM_RADIO_OFFLINE:
	case MODEM_RADIO_RESET: break;
	default: return QMI_ERR_INVALID_ARGUMENT;
	}
	modem_set_radio(r->modem, (enum modem_radio)mode);
	return QMI_ERR_NONE;
}

static uint16_t
get_time(struct qmi_request *r, struct qmi_builder *b)
{
	uint64_t ms = ((uint64_t)time(NULL) - GPS_EPOCH_S) * 1000;
	uint64_t ticks = ms * TIME_TICKS_PER_MS_NUM / TIME_TICKS_PER_MS_DEN;
	struct writer *w = qmi_put_begin(b, QMI_DMS_GET_TIME_RSP_DEVICE_TIME);

	(void)r;
	writer_u32le(w, (uint32_t)ticks);
	writer_u16le(w, (uint16_t)(ticks >> 32));
	writer_u16le(w, 0); /* source: 32 kHz clock */
	qmi_build_tlv_end(b);
	qmi_put_u64(b, QMI_DMS_GET_TIME_RSP_SYSTEM_MS, ms);
	qmi_put_u64(b, QMI_DMS_GET_TIME_RSP_USER_MS, ms);
	return QMI_ERR_NONE;
}

static uint16_t
get_bands(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	qmi_put_u64(b, QMI_DMS_GET_BAND_CAPABILITIES_RSP_BANDS, 0x0000000004600380u);
	qmi_put_u64(
	    b, QMI_DMS_GET_BAND_CAPABILITIES_RSP_LTE_BANDS, 0x00000000000800d5u);
	return QMI_ERR_NONE;
}

static uint16_t
get_software(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	qmi_put_str(b, QMI_DMS_GET_SOFTWARE_VERSION_RSP_VERSION, "R01A01");
	return QMI_ERR_NONE;
}

static uint16_t
set_event_report(struct qmi_request *r, struct qmi_builder *b)
{
	struct dms *s = r->client->state;
	uint8_t v;

	(void)b;
	if (qmi_get_u8(r->msg, QMI_DMS_EVENT_REPORT_REQ_OPERATING_MODE, &v))
		s->wants_mode = v != 0;
	if (qmi_get_u8(r->msg, QMI_DMS_EVENT_REPORT_REQ_UIM_STATE, &v))
		s->wants_uim = v != 0;
	return QMI_ERR_NONE;
}

static bool
dms_indicate(struct qmi_client *c, uint16_t id)
{
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder b;

	if (id != QMI_DMS_EVENT_REPORT)
		return false;
	qmi_indicate(c, id, &b, buf);
	qmi_put_u8(
	    &b, QMI_DMS_EVENT_REPORT_IND_OPERATING_MODE, (uint8_t)c->modem->radio);
	qmi_indicate_send(c, &b);
	return true;
}

static void
say_uim_state(struct qmi_client *c)
{
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder b;
	uint8_t state = 0;

	if (c->modem->sim == MODEM_SIM_ABSENT)
		state = 2;
	else if (c->modem->sim != MODEM_SIM_READY)
		state = 1;
	qmi_indicate(c, QMI_DMS_EVENT_REPORT, &b, buf);
	qmi_put_u8(&b, QMI_DMS_EVENT_REPORT_IND_UIM_STATE, state);
	qmi_indicate_send(c, &b);
}

static void
dms_event(struct qmi_client *c, enum modem_event event, struct modem_call *call)
{
	const struct dms *s = c->state;

	(void)call;
	if (event == MODEM_EVENT_RADIO && s->wants_mode)
		dms_indicate(c, QMI_DMS_EVENT_REPORT);
	if (event == MODEM_EVENT_SIM && s->wants_uim)
		say_uim_state(c);
}

static void
dms_added(struct qmi_client *c)
{
	c->state = xcalloc(1, sizeof(struct dms));
}

static void
dms_reset(struct qmi_client *c)
{
	*(struct dms *)c->state = (struct dms){false, false};
}

static const struct qmi_handler handlers[] = {
    {QMI_DMS_EVENT_REPORT, set_event_report},
    {QMI_DMS_GET_CAPABILITIES, get_capabilities},
    {QMI_DMS_GET_MANUFACTURER, get_manufacturer},
    {QMI_DMS_GET_MODEL, get_model},
    {QMI_DMS_GET_REVISION, get_revision},
    {QMI_DMS_GET_MSISDN, get_msisdn},
    {QMI_DMS_GET_IDS, get_ids},
    {QMI_DMS_GET_POWER_STATE, get_power},
    {QMI_DMS_GET_HARDWARE_REVISION, get_hardware},
    {QMI_DMS_GET_OPERATING_MODE, get_mode},
    {QMI_DMS_SET_OPERATING_MODE, set_mode},
    {QMI_DMS_GET_TIME, get_time},
    {QMI_DMS_GET_BAND_CAPABILITIES, get_bands},
    {QMI_DMS_GET_SOFTWARE_VERSION, get_software},
};

const struct qmi_service_row qmi_svc_dms = {
    .number = QMI_DMS,
    .major = 1,
    .minor = 14,
    QMI_HANDLERS(handlers),
    .added = dms_added,
    .reset = dms_reset,
    .event = dms_event,
    .indicate = dms_indicate,
};
