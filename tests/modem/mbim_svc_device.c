/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module itself: DEVICE_CAPS in its three layouts, RADIO_STATE, and the small
 * commands that are hardly more than a number.
 */
#include "config.h"

#include "tests/modem/mbim_svc.h"
#include "tests/modem/mbim_tlv.h"

#define DEVICE_EMBEDDED 1
#define CELLULAR_GSM 1
#define VOICE_NONE 1
#define SIM_REMOVABLE 2
#define SMS_PDU 3 /* both ways */
#define CONTROL_MANUAL_REGISTRATION 1
#define CAPS_FIXED_LEN 64
#define FIRMWARE "PDNMUX01A01M4G"
#define HARDWARE "PDNMUX SIM-EM"

static void
write_caps(struct mbim_func *f, struct mbim_writer *w)
{
	mbim_write_u32(w, DEVICE_EMBEDDED);
	mbim_write_u32(w, CELLULAR_GSM);
	mbim_write_u32(w, VOICE_NONE);
	mbim_write_u32(w, SIM_REMOVABLE);
	mbim_write_u32(w, MBIM_DATA_CLASSES);
	mbim_write_u32(w, SMS_PDU);
	mbim_write_u32(w, CONTROL_MANUAL_REGISTRATION);
	mbim_write_u32(w, f->quirks.max_sessions);
	mbim_write_string(w, ""); /* no data class of its own */
	mbim_write_string(w, f->modem->imei);
	mbim_write_string(w, FIRMWARE);
	mbim_write_string(w, HARDWARE);
}

uint32_t
mbim_device_caps_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct mbim_writer w;

	(void)r;
	mbim_writer_init(&w, out, CAPS_FIXED_LEN);
	write_caps(f, &w);
	return MBIM_STATUS_NONE;
}

/* MBIMEx 3.0 has bands, and all text in TLVs. */
static void
write_caps_3(struct mbim_func *f, struct writer *out)
{
	static const uint16_t lte_bands[] = {1, 3, 7, 8, 20, 28};

	writer_u32le(out, DEVICE_EMBEDDED);
	writer_u32le(out, CELLULAR_GSM);
	writer_u32le(out, VOICE_NONE);
	writer_u32le(out, SIM_REMOVABLE);
	writer_u32le(out, MBIM_DATA_CLASSES);
	writer_u32le(out, SMS_PDU);
	writer_u32le(out, CONTROL_MANUAL_REGISTRATION);
	writer_u64le(out, 0); /* no 5G */
	writer_u32le(out, f->quirks.max_sessions);
	writer_u32le(out, 0); /* executor */
	writer_u32le(out, 0); /* WCDMA bands */
	mbim_tlv_write_u16s(out, lte_bands, sizeof(lte_bands) / sizeof(lte_bands[0]));
	mbim_tlv_write_u16s(out, NULL, 0); /* NR bands */
	mbim_tlv_write_string(out, "");
	mbim_tlv_write_string(out, f->modem->imei);
	mbim_tlv_write_string(out, FIRMWARE);
	mbim_tlv_write_string(out, HARDWARE);
}

uint32_t
mbim_ms_device_caps_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct mbim_writer w;

	(void)r;
	if (f->version >= MBIMEX_3) {
		write_caps_3(f, out);
		return MBIM_STATUS_NONE;
	}
	mbim_writer_init(&w, out, CAPS_FIXED_LEN + 4);
	write_caps(f, &w);
	mbim_write_u32(&w, 0); /* executor */
	return MBIM_STATUS_NONE;
}

/* The radio --------------------------------------------------------------------------
 */

bool
mbim_radio_is_on(const struct mbim_func *f)
{
	return f->modem->radio == MODEM_RADIO_ONLINE;
}

void
mbim_write_radio_state(struct mbim_func *f, struct writer *out, void *arg)
{
	(void)arg;
	writer_u32le(out, 1); /* no switch on the case */
	writer_u32le(out, mbim_radio_is_on(f) ? 1 : 0);
}

uint32_t
mbim_radio_state_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	mbim_write_radio_state(f, out, NULL);
	return MBIM_STATUS_NONE;
}

/* A set that is one number of 0 or 1. */
static bool
read_switch(const struct mbim_request *r, uint32_t *ret)
{
	struct cursor in;

	cursor_init(&in, r->msg->info, r->msg->info_len);
	return cursor_u32le(&in, ret) && *ret <= 1;
}

uint32_t
mbim_radio_state_set(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	uint32_t on;

	if (!read_switch(r, &on))
		return MBIM_STATUS_INVALID_PARAMETERS;
	if (mbim_radio_is_on(f) != (on == 1))
		modem_set_radio(
		    f->modem, on ? MODEM_RADIO_ONLINE : MODEM_RADIO_LOW_POWER);
	mbim_write_radio_state(f, out, NULL);
	return MBIM_STATUS_NONE;
}

uint32_t
mbim_quectel_radio_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	writer_u32le(out, mbim_radio_is_on(f) ? 1 : 0);
	return MBIM_STATUS_NONE;
}

uint32_t
mbim_quectel_radio_set(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	uint32_t status = mbim_radio_state_set(f, r, out);

	out->len = 0;
	return status == MBIM_STATUS_NONE ? mbim_quectel_radio_query(f, r, out)
					  : status;
}

/* Numbers ----------------------------------------------------------------------------
 */

uint32_t
mbim_idle_hint_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	writer_u32le(out, f->idle_hint);
	return MBIM_STATUS_NONE;
}

uint32_t
mbim_idle_hint_set(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	uint32_t on;

	if (!read_switch(r, &on))
		return MBIM_STATUS_INVALID_PARAMETERS;
	f->idle_hint = on;
	return mbim_idle_hint_query(f, r, out);
}

/* Emergency calls need no registration, so the network is always willing. */
uint32_t
mbim_emergency_mode_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	writer_u32le(out, mbim_radio_is_on(f) ? 1 : 0);
	return MBIM_STATUS_NONE;
}

/* Carriers of this kind do not exist any more: the answer of a module without one. */
uint32_t
mbim_service_activation_set(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	uint32_t sim = mbim_sim_status(f);

	(void)r;
	writer_u32le(out, f->refusal);
	return sim != MBIM_STATUS_NONE ? sim : MBIM_STATUS_SERVICE_NOT_ACTIVATED;
}
