/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the modem says, taken apart.  Every length is proved by the cursor; what does
 * not parse is reported as absent and the dialer goes on without it where it can.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "client/qmi_read.h"
#include "common/qmi_reason.h"

/* Application states (qmi.md 2.6). */
#define UIM_APP_PIN 2
#define UIM_APP_PUK 3
#define UIM_APP_PERSO 4
#define UIM_APP_BLOCKED 5
#define UIM_APP_READY 7
#define UIM_CARD_PRESENT 1
#define UIM_PIN_ID_PIN1 1
#define UIM_PIN_ID_UPIN 3

struct qmi_sim_app {
	uint8_t state, perso_state;
	uint8_t upin_replaces, pin1_retries;
};

/* One application entry, in wire order. */
static bool
qmi_read_sim_app(struct cursor *c, struct qmi_sim_app *ret)
{
	uint8_t aid_len = 0;

	cursor_skip(c, 1); /* type */
	cursor_u8(c, &ret->state);
	cursor_u8(c, &ret->perso_state);
	cursor_skip(c, 3); /* feature, retries, unblock retries */
	cursor_u8(c, &aid_len);
	cursor_skip(c, aid_len);
	cursor_u8(c, &ret->upin_replaces);
	cursor_skip(c, 1); /* PIN1 state */
	cursor_u8(c, &ret->pin1_retries);
	cursor_skip(c, 4); /* PUK1 retries, PIN2 state and retries, PUK2 retries */
	return cursor_ok(c);
}

static enum qmi_sim_state
qmi_sim_state_of(uint8_t app_state)
{
	switch (app_state) {
	case UIM_APP_PIN: return QMI_SIM_PIN;
	case UIM_APP_PUK: return QMI_SIM_PUK;
	case UIM_APP_PERSO: return QMI_SIM_PERSO;
	case UIM_APP_BLOCKED: return QMI_SIM_BLOCKED;
	case UIM_APP_READY: return QMI_SIM_READY;
	default: return QMI_SIM_NOT_READY;
	}
}

/* The card at the cursor; fills ret when it holds the application wanted. */
static bool
qmi_read_sim_card(
    struct cursor *c, bool wanted_card, uint8_t wanted_app, struct qmi_sim *ret)
{
	uint8_t card_state = 0, upin_retries = 0, count = 0, i;
	struct qmi_sim_app app;

	cursor_u8(c, &card_state);
	cursor_skip(c, 1); /* UPIN state */
	cursor_u8(c, &upin_retries);
	cursor_skip(c, 2); /* UPUK retries, error */
	cursor_u8(c, &count);
	if (wanted_card && card_state == UIM_CARD_PRESENT)
		ret->state = QMI_SIM_NOT_READY;
	for (i = 0; i < count && cursor_ok(c); i++) {
		memset(&app, 0, sizeof(app));
		if (!qmi_read_sim_app(c, &app))
			return false;
		if (!wanted_card || i != wanted_app || card_state != UIM_CARD_PRESENT)
			continue;
		ret->state = qmi_sim_state_of(app.state);
		ret->pin_id = app.upin_replaces ? UIM_PIN_ID_UPIN : UIM_PIN_ID_PIN1;
		ret->pin_retries = app.upin_replaces ? upin_retries : app.pin1_retries;
	}
	return cursor_ok(c);
}

bool
qmi_read_sim(const struct qmi_msg *msg, enum qmi_row row, struct qmi_sim *ret)
{
	struct qmi_sim sim = {.state = QMI_SIM_ABSENT, .pin_id = UIM_PIN_ID_PIN1};
	uint16_t primary = 0xffff;
	uint8_t cards = 0, i;
	struct cursor c;

	if (!qmi_get_cursor(msg, row, &c))
		return false;
	cursor_u16le(&c, &primary);
	cursor_skip(&c, 6); /* the other three provisioning sessions */
	cursor_u8(&c, &cards);
	for (i = 0; i < cards && cursor_ok(&c); i++) {
		/* 0xffff points at no card: a card that starts is then not ready. */
		bool wanted = primary == 0xffff ? i == 0 : i == primary >> 8;

		if (!qmi_read_sim_card(
			&c, wanted, primary == 0xffff ? 0xff : (uint8_t)primary, &sim))
			return false;
	}
	if (!cursor_ok(&c))
		return false;
	*ret = sim;
	return true;
}

const char *
qmi_sim_name(enum qmi_sim_state state)
{
	switch (state) {
	case QMI_SIM_ABSENT: return "SIM_ABSENT";
	case QMI_SIM_NOT_READY: return "SIM_NOT_READY";
	case QMI_SIM_PIN: return "SIM_PIN";
	case QMI_SIM_PUK: return "SIM_PUK";
	case QMI_SIM_BLOCKED: return "SIM_BAD";
	case QMI_SIM_PERSO: return "SIM_NETWORK_PERSONALIZATION";
	case QMI_SIM_READY: return "SIM_READY";
	}
	return "SIM_NOT_READY";
}

bool
qmi_read_serving(const struct qmi_msg *msg, struct qmi_serving *ret)
{
	bool ind = msg->kind == QMI_KIND_IND;
	uint8_t registration = 0, ps_attach = 0, radios = 0, radio = 0;
	struct qmi_serving s = {0};
	struct cursor c;

	if (!qmi_get_cursor(msg,
		ind ? QMI_NAS_GET_SERVING_SYSTEM_IND_SERVING_SYSTEM
		    : QMI_NAS_GET_SERVING_SYSTEM_RSP_SERVING_SYSTEM,
		&c))
		return false;
	cursor_u8(&c, &registration);
	cursor_skip(&c, 1); /* circuit-switched attach */
	cursor_u8(&c, &ps_attach);
	if (!cursor_ok(&c))
		return false;
	cursor_skip(&c, 1); /* selected network */
	if (cursor_u8(&c, &radios) && radios > 0)
		cursor_u8(&c, &radio);
	s.attached = ps_attach == 1;
	s.registered = registration == 1 && s.attached;
	s.denied = registration == 3;
	s.radio = (int8_t)radio;
	if (qmi_get_cursor(msg,
		ind ? QMI_NAS_GET_SERVING_SYSTEM_IND_PLMN
		    : QMI_NAS_GET_SERVING_SYSTEM_RSP_PLMN,
		&c))
		s.has_plmn = cursor_u16le(&c, &s.mcc) && cursor_u16le(&c, &s.mnc);
	*ret = s;
	return true;
}

const char *
qmi_radio_name(int8_t radio)
{
	switch (radio) {
	case 1: return "CDMA";
	case 2: return "EVDO";
	case 4: return "GSM";
	case 5: return "WCDMA";
	case 8: return "LTE";
	case 9: return "TD-SCDMA";
	case 12: return "5G_SA";
	default: return "UNKNOWN";
	}
}

uint8_t
qmi_qmap_version(uint32_t protocol)
{
	switch (protocol) {
	case 5: return 1;
	case 6: return 2;
	case 7: return 3;
	case 8: return 4;
	case 9: return 5;
	default: return 0;
	}
}

uint32_t
qmi_qmap_protocol(uint8_t version)
{
	return version == 0 ? 0 : version + 4u;
}

bool
qmi_read_format(const struct qmi_msg *msg, struct dialer_data_format *ret)
{
	bool get = msg->id == QMI_WDA_GET_DATA_FORMAT;
	struct dialer_data_format f = {0};
	uint32_t link = 0, protocol = 0;

#define ROW(name) \
	(get ? QMI_WDA_GET_DATA_FORMAT_RSP_##name : QMI_WDA_SET_DATA_FORMAT_RSP_##name)
	if (!qmi_get_u32(msg, ROW(LINK_PROTOCOL), &link))
		return false;
	f.known = true;
	f.raw_ip = link == 2;
	qmi_get_u32(msg, ROW(DL_PROTOCOL), &protocol);
	f.qmap_version = qmi_qmap_version(protocol);
	qmi_get_u32(msg, ROW(DL_MAX_SIZE), &f.dl_max_bytes);
	qmi_get_u32(msg, ROW(DL_MAX_DATAGRAMS), &f.dl_max_packets);
	qmi_get_u32(msg, ROW(UL_MAX_SIZE), &f.ul_max_bytes);
	qmi_get_u32(msg, ROW(UL_MAX_DATAGRAMS), &f.ul_max_packets);
#undef ROW
	*ret = f;
	return true;
}

void
qmi_read_profile(
    const struct qmi_msg *msg, const char *password, struct qmi_profile *ret)
{
	char stored[128] = "";

	memset(ret, 0, sizeof(*ret));
	qmi_get_str(
	    msg, QMI_WDS_GET_PROFILE_SETTINGS_RSP_APN, ret->apn, sizeof(ret->apn));
	qmi_get_str(
	    msg, QMI_WDS_GET_PROFILE_SETTINGS_RSP_USER, ret->user, sizeof(ret->user));
	ret->has_password = qmi_get_str(
	    msg, QMI_WDS_GET_PROFILE_SETTINGS_RSP_PASSWORD, stored, sizeof(stored));
	ret->same_password = strcmp(stored, password) == 0;
	explicit_bzero(stored, sizeof(stored));
	qmi_get_u8(msg, QMI_WDS_GET_PROFILE_SETTINGS_RSP_AUTH, &ret->auth);
	qmi_get_u8(msg, QMI_WDS_GET_PROFILE_SETTINGS_RSP_PDP_TYPE, &ret->pdp_type);
}

/* Bits of a netmask; holes end the count (a modem's mask is believed that far). */
static uint8_t
qmi_mask_prefix(struct in_addr mask)
{
	uint32_t m = ntohl(mask.s_addr);
	uint8_t bits = 0;

	while (bits < 32 && (m & (0x80000000u >> bits)) != 0)
		bits++;
	return bits;
}

static bool
qmi_read_settings4(const struct qmi_msg *msg, struct pdn_settings4 *ret)
{
	static const enum qmi_row dns_rows[DIALER_DNS_MAX] = {
	    QMI_WDS_GET_CURRENT_SETTINGS_RSP_DNS1,
	    QMI_WDS_GET_CURRENT_SETTINGS_RSP_DNS2,
	};
	struct pdn_settings4 s = {.present = true, .prefix = 32};
	struct in_addr a;
	size_t i;

	if (!qmi_get_ip4(msg, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP4_ADDRESS, &s.addr) ||
	    s.addr.s_addr == 0)
		return false;
	if (qmi_get_ip4(msg, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP4_MASK, &a) &&
	    a.s_addr != 0)
		s.prefix = qmi_mask_prefix(a);
	qmi_get_ip4(msg, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP4_GATEWAY, &s.gateway);
	for (i = 0; i < DIALER_DNS_MAX; i++) {
		if (qmi_get_ip4(msg, dns_rows[i], &a) && a.s_addr != 0)
			s.dns[s.dns_count++] = a;
	}
	*ret = s;
	return true;
}

/* {address, prefix} of a composite TLV. */
static bool
qmi_read_ip6_prefix(const struct qmi_msg *msg, enum qmi_row row, struct in6_addr *ret,
    uint8_t *ret_prefix)
{
	const uint8_t *bytes;
	struct cursor c;
	uint8_t prefix;

	if (!qmi_get_cursor(msg, row, &c) || !cursor_bytes(&c, 16, &bytes) ||
	    !cursor_u8(&c, &prefix) || prefix > 128)
		return false;
	memcpy(ret, bytes, sizeof(*ret));
	*ret_prefix = prefix;
	return true;
}

static bool
qmi_read_settings6(const struct qmi_msg *msg, struct pdn_settings6 *ret)
{
	static const enum qmi_row dns_rows[DIALER_DNS_MAX] = {
	    QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP6_DNS1,
	    QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP6_DNS2,
	};
	struct pdn_settings6 s = {.present = true};
	struct in6_addr a;
	uint8_t unused;
	size_t i;

	if (!qmi_read_ip6_prefix(msg, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP6_ADDRESS,
		&s.addr, &s.prefix) ||
	    IN6_IS_ADDR_UNSPECIFIED(&s.addr))
		return false;
	qmi_read_ip6_prefix(
	    msg, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP6_GATEWAY, &s.gateway, &unused);
	for (i = 0; i < DIALER_DNS_MAX; i++) {
		if (qmi_get_ip6(msg, dns_rows[i], &a) && !IN6_IS_ADDR_UNSPECIFIED(&a))
			s.dns[s.dns_count++] = a;
	}
	*ret = s;
	return true;
}

bool
qmi_read_settings(const struct qmi_msg *msg, uint8_t family, struct pdn_settings *ret)
{
	uint32_t mtu = 0;

	if (family == 4 && !qmi_read_settings4(msg, &ret->v4))
		return false;
	if (family == 6 && !qmi_read_settings6(msg, &ret->v6))
		return false;
	qmi_get_u32(msg, QMI_WDS_GET_CURRENT_SETTINGS_RSP_MTU, &mtu);
	if (mtu != 0 && (ret->mtu == 0 || mtu < ret->mtu))
		ret->mtu = mtu;
	return true;
}

void
qmi_read_end(const struct qmi_msg *msg, enum qmi_row plain_row,
    enum qmi_row verbose_row, struct qmi_end *ret)
{
	uint16_t plain, type, reason;
	struct cursor c;

	memset(ret, 0, sizeof(*ret));
	if (qmi_get_cursor(msg, verbose_row, &c) && cursor_u16le(&c, &type) &&
	    cursor_u16le(&c, &reason)) {
		ret->known = true;
		ret->verbose = true;
		ret->type = type;
		ret->reason = (int16_t)reason;
		return;
	}
	if (!qmi_get_u16(msg, plain_row, &plain))
		return;
	ret->known = true;
	ret->reason = (int16_t)plain;
}

/* Class letters of qmi.md 3.3 as our classes and hints. */
void
qmi_end_failure(const struct qmi_end *end, const char *what, struct failure *ret)
{
	enum failure_class class = FAILURE_NETWORK;
	enum failure_retry retry = FAILURE_RETRY_BACKOFF;
	const char *remedy = NULL;
	uint32_t after_s = 0;

	if (!end->known) {
		failure_set(
		    ret, class, retry, NULL, "%s, the modem does not say why", what);
		return;
	}
	switch (qmi_reason_class(end->verbose, end->type, end->reason)) {
	case QMI_REASON_THROTTLED:
		retry = FAILURE_RETRY_AFTER;
		after_s = 30;
		break;
	case QMI_REASON_CONFIG:
		class = FAILURE_APN;
		retry = FAILURE_RETRY_AFTER;
		after_s = 600;
		remedy = "check APN, user, password and subscription";
		break;
	case QMI_REASON_FAMILY:
		class = FAILURE_APN;
		retry = FAILURE_RETRY_AFTER;
		after_s = 600;
		remedy = "ask for the other address family (-4, -6)";
		break;
	case QMI_REASON_POWER:
		class = FAILURE_SIM_ABSENT;
		retry = FAILURE_RETRY_EVENT;
		break;
	case QMI_REASON_NETWORK:
	case QMI_REASON_REATTACH: class = FAILURE_NOT_REGISTERED; break;
	case QMI_REASON_DUPLICATE:
	case QMI_REASON_RESTART:
	case QMI_REASON_END: retry = FAILURE_RETRY_SOON; break;
	case QMI_REASON_TRANSIENT:
	case QMI_REASON_UNUSED: break;
	}
	failure_set(ret, class, retry, remedy, "%s: %s (%s %d)", what,
	    qmi_reason_text(end->verbose, end->type, end->reason),
	    end->verbose && end->type == QMI_REASON_3GPP ? "cause" : "reason",
	    end->reason);
	ret->retry_after_s = after_s;
}
