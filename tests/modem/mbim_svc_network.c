/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The radio network: providers, REGISTER_STATE, PACKET_SERVICE and SIGNAL_STATE.
 *
 * There is one network, and whether it takes us is for a test to say; a host that
 * registers by hand may choose that one or none.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/modem/mbim_svc.h"

#define PROVIDER_FIXED_LEN 32
#define PROVIDER_ID_MAX 12 /* bytes of UTF-16: six digits */
#define PROVIDER_ID_SIZE (PROVIDER_ID_MAX / 2 * 3 + 1)
#define PROVIDER_HOME 1
#define PROVIDER_PREFERRED 4
#define PROVIDER_VISIBLE 8
#define PROVIDER_REGISTERED 16
#define CELLULAR_GSM 1

#define REGISTER_FIXED_LEN 48
#define REGISTER_FIXED_LEN_2 52
#define REGISTER_SET_FIXED_LEN 16
#define REGISTER_AUTOMATIC 0 /* actions; a mode is one more */
#define REGISTER_MANUAL 1
#define REGISTER_AUTO_ATTACH 2 /* flag: the modem attaches by itself */

#define UPLINK_BPS 50000000
#define DOWNLINK_BPS 150000000

#define SIGNAL_UNKNOWN 99
#define SIGNAL_BEST 31
#define ERROR_RATE_UNKNOWN 99
#define RSRP_UNKNOWN UINT32_MAX

static void
provider_id(const struct modem *m, char *ret, size_t size)
{
	snprintf(ret, size, "%03u%02u", m->mcc % 1000u, m->mnc % 100u);
}

/* 0 to 31 for -113 to -51 dBm in steps of 2 (reference/mbim.md 2.3, CID 11). */
static uint32_t
signal_level(const struct mbim_func *f)
{
	int level = (f->modem->rssi + 113) / 2;

	if (!mbim_is_registered(f))
		return SIGNAL_UNKNOWN;
	if (level < 0)
		return 0;
	return level > SIGNAL_BEST ? SIGNAL_BEST : (uint32_t)level;
}

bool
mbim_is_registered(const struct mbim_func *f)
{
	const struct modem *m = f->modem;

	return m->sim == MODEM_SIM_READY && m->radio == MODEM_RADIO_ONLINE &&
	       m->registration == MODEM_REGISTERED;
}

bool
mbim_is_attached(const struct mbim_func *f)
{
	return mbim_is_registered(f) && f->modem->attached;
}

/* Providers --------------------------------------------------------------------------
 */

static void
write_provider(const struct mbim_func *f, uint32_t state, struct writer *out)
{
	char id[PROVIDER_ID_SIZE];
	struct mbim_writer w;

	provider_id(f->modem, id, sizeof(id));
	mbim_writer_init(&w, out, PROVIDER_FIXED_LEN);
	mbim_write_string(&w, id);
	mbim_write_u32(&w, state);
	mbim_write_string(&w, MODEM_NETWORK_NAME);
	mbim_write_u32(&w, CELLULAR_GSM);
	mbim_write_u32(&w, signal_level(f));
	mbim_write_u32(&w, ERROR_RATE_UNKNOWN);
}

uint32_t
mbim_home_provider_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	uint32_t sim = mbim_sim_status(f);

	(void)r;
	if (sim == MBIM_STATUS_NONE)
		write_provider(f, PROVIDER_HOME, out);
	return sim;
}

/* A list of the one provider there is. */
static void
write_one_provider(const struct mbim_func *f, uint32_t state, struct writer *out)
{
	struct mbim_writer w;
	size_t begin;

	mbim_writer_init(&w, out, 4 + 8);
	mbim_write_u32(&w, 1);
	begin = mbim_write_element_begin(&w);
	write_provider(f, state, out);
	mbim_write_element_end(&w, begin);
}

uint32_t
mbim_preferred_providers_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	uint32_t sim = mbim_sim_status(f);

	(void)r;
	if (sim == MBIM_STATUS_NONE)
		write_one_provider(f, PROVIDER_PREFERRED, out);
	return sim;
}

uint32_t
mbim_visible_providers_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	uint32_t action, state = PROVIDER_HOME | PROVIDER_VISIBLE;
	struct cursor in;

	cursor_init(&in, r->msg->info, r->msg->info_len);
	if (!cursor_u32le(&in, &action) || action > 1)
		return MBIM_STATUS_INVALID_PARAMETERS;
	if (!mbim_radio_is_on(f))
		return MBIM_STATUS_RADIO_POWER_OFF;
	if (mbim_is_registered(f))
		state |= PROVIDER_REGISTERED;
	write_one_provider(f, state, out);
	return MBIM_STATUS_NONE;
}

/* REGISTER_STATE ---------------------------------------------------------------------
 */

static enum mbim_register_state
register_state(const struct mbim_func *f)
{
	const struct modem *m = f->modem;

	if (m->radio != MODEM_RADIO_ONLINE)
		return MBIM_REGISTER_DEREGISTERED;
	switch (m->registration) {
	case MODEM_NOT_REGISTERED: return MBIM_REGISTER_DEREGISTERED;
	case MODEM_SEARCHING: return MBIM_REGISTER_SEARCHING;
	case MODEM_DENIED: return MBIM_REGISTER_DENIED;
	case MODEM_REGISTERED: break;
	}
	if (m->sim != MODEM_SIM_READY)
		return MBIM_REGISTER_DEREGISTERED;
	return m->roaming ? MBIM_REGISTER_ROAMING : MBIM_REGISTER_HOME;
}

void
mbim_write_register_state(struct mbim_func *f, struct writer *out, void *arg)
{
	bool is_new = f->version >= MBIMEX_2;
	bool registered = mbim_is_registered(f);
	char id[PROVIDER_ID_SIZE];
	struct mbim_writer w;

	(void)arg;
	provider_id(f->modem, id, sizeof(id));
	mbim_writer_init(&w, out, is_new ? REGISTER_FIXED_LEN_2 : REGISTER_FIXED_LEN);
	mbim_write_u32(&w, f->refusal);
	mbim_write_u32(&w, register_state(f));
	mbim_write_u32(&w, f->is_manual ? REGISTER_MANUAL + 1 : REGISTER_AUTOMATIC + 1);
	mbim_write_u32(&w, registered ? MBIM_DATA_CLASS_LTE : 0);
	mbim_write_u32(&w, CELLULAR_GSM);
	mbim_write_string(&w, registered ? id : "");
	mbim_write_string(&w, registered ? MODEM_NETWORK_NAME : "");
	mbim_write_string(&w, ""); /* what to say when roaming */
	mbim_write_u32(&w, REGISTER_AUTO_ATTACH);
	if (is_new)
		mbim_write_u32(&w, MBIM_DATA_CLASSES);
}

uint32_t
mbim_register_state_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	mbim_write_register_state(f, out, NULL);
	return MBIM_STATUS_NONE;
}

static uint32_t
check_provider(const struct mbim_func *f, uint32_t action, const char *wanted)
{
	char id[PROVIDER_ID_SIZE];

	provider_id(f->modem, id, sizeof(id));
	if (action == REGISTER_MANUAL && strcmp(wanted, id) != 0)
		return MBIM_STATUS_PROVIDER_NOT_VISIBLE;
	return MBIM_STATUS_NONE;
}

uint32_t
mbim_register_state_set(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	uint32_t action, data_class, status;
	char wanted[PROVIDER_ID_SIZE];
	bool too_long = false;
	struct mbim_reader in;

	mbim_reader_init(&in, r->msg->info, r->msg->info_len, REGISTER_SET_FIXED_LEN);
	mbim_read_text(&in, wanted, sizeof(wanted), PROVIDER_ID_MAX, &too_long);
	mbim_read_u32(&in, &action);
	if (!mbim_read_u32(&in, &data_class) || action > REGISTER_MANUAL || too_long)
		return MBIM_STATUS_INVALID_PARAMETERS;
	status = mbim_sim_status(f);
	if (status == MBIM_STATUS_NONE && !mbim_radio_is_on(f))
		status = MBIM_STATUS_RADIO_POWER_OFF;
	if (status == MBIM_STATUS_NONE)
		status = check_provider(f, action, wanted);
	if (status == MBIM_STATUS_NONE)
		f->is_manual = action == REGISTER_MANUAL;
	mbim_write_register_state(f, out, NULL);
	return status;
}

/* PACKET_SERVICE ---------------------------------------------------------------------
 */

void
mbim_write_packet_service(struct mbim_func *f, struct writer *out, void *arg)
{
	bool attached = mbim_is_attached(f);

	(void)arg;
	writer_u32le(out, f->refusal);
	writer_u32le(out,
	    attached ? MBIM_PACKET_SERVICE_ATTACHED : MBIM_PACKET_SERVICE_DETACHED);
	writer_u32le(out, mbim_is_registered(f) ? MBIM_DATA_CLASS_LTE : 0);
	writer_u64le(out, attached ? UPLINK_BPS : 0);
	writer_u64le(out, attached ? DOWNLINK_BPS : 0);
	if (f->version >= MBIMEX_2)
		writer_u32le(out, 0); /* frequency range: no 5G */
	if (f->version < MBIMEX_3)
		return;
	writer_u32le(out, 0); /* data subclass: no 5G */
	writer_u16le(out, f->modem->mcc);
	writer_u16le(out, f->modem->mnc);
	writer_u32le(out, MBIM_TRACKING_AREA);
}

uint32_t
mbim_packet_service_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	mbim_write_packet_service(f, out, NULL);
	return MBIM_STATUS_NONE;
}

uint32_t
mbim_packet_service_set(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	uint32_t action, status;
	struct cursor in;

	cursor_init(&in, r->msg->info, r->msg->info_len);
	if (!cursor_u32le(&in, &action) || action > 1)
		return MBIM_STATUS_INVALID_PARAMETERS;
	status = mbim_sim_status(f);
	if (status == MBIM_STATUS_NONE && !mbim_radio_is_on(f))
		status = MBIM_STATUS_RADIO_POWER_OFF;
	if (status == MBIM_STATUS_NONE && !mbim_is_registered(f))
		status = MBIM_STATUS_NOT_REGISTERED;
	if (status == MBIM_STATUS_NONE && f->modem->attached != (action == 0))
		modem_set_attached(f->modem, action == 0);
	mbim_write_packet_service(f, out, NULL);
	return status;
}

/* SIGNAL_STATE
 * ------------------------------------------------------------------------- */

/* MBIMEx 2.0: strength of each system, here of LTE, which this modem does not measure.
 */
static void
write_signal_systems(struct writer *out)
{
	writer_u32le(out, 1);
	writer_u32le(out, RSRP_UNKNOWN);
	writer_u32le(out, RSRP_UNKNOWN); /* signal to noise */
	writer_u32le(out, 0);            /* thresholds */
	writer_u32le(out, 0);
	writer_u32le(out, MBIM_DATA_CLASS_LTE);
}

void
mbim_write_signal_state(struct mbim_func *f, struct writer *out, void *arg)
{
	bool is_new = f->version >= MBIMEX_2;
	struct mbim_writer w;
	size_t begin;

	(void)arg;
	mbim_writer_init(&w, out, is_new ? 28 : 20);
	mbim_write_u32(&w, signal_level(f));
	mbim_write_u32(&w, ERROR_RATE_UNKNOWN);
	mbim_write_u32(&w, f->signal_interval_s);
	mbim_write_u32(&w, f->rssi_threshold);
	mbim_write_u32(&w, f->error_rate_threshold);
	if (!is_new)
		return;
	begin = mbim_write_element_begin(&w);
	write_signal_systems(out);
	mbim_write_element_end(&w, begin);
}

uint32_t
mbim_signal_state_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	mbim_write_signal_state(f, out, NULL);
	return MBIM_STATUS_NONE;
}

uint32_t
mbim_signal_state_set(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	uint32_t interval, rssi, error_rate;
	struct cursor in;

	cursor_init(&in, r->msg->info, r->msg->info_len);
	cursor_u32le(&in, &interval);
	cursor_u32le(&in, &rssi);
	if (!cursor_u32le(&in, &error_rate))
		return MBIM_STATUS_INVALID_PARAMETERS;
	f->signal_interval_s = interval;
	f->rssi_threshold = rssi;
	f->error_rate_threshold = error_rate;
	mbim_write_signal_state(f, out, NULL);
	return MBIM_STATUS_NONE;
}
