/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What WDS tells of a call: addresses, counters, bearer, attach.
 * Source: reference/qmi.md 2.2.4, 2.2.11 - 2.2.13.
 */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>

#include "tests/modem/svc_wds.h"

/* Bits of the requested-settings mask. */
#define WANT_PROFILE 0x00001u
#define WANT_NAME 0x00002u
#define WANT_PDP_TYPE 0x00004u
#define WANT_APN 0x00008u
#define WANT_DNS 0x00010u
#define WANT_AUTH 0x00080u
#define WANT_ADDRESS 0x00100u
#define WANT_GATEWAY 0x00200u
#define WANT_MTU 0x02000u
#define WANT_DOMAINS 0x04000u
#define WANT_FAMILY 0x08000u

#define BEARER_LTE 10
#define RAT_LTE 0x20u
#define UP_BPS 50000000u
#define DOWN_BPS 150000000u

static void
put_ip6_plen(
    struct qmi_builder *b, enum qmi_row row, const struct in6_addr *a, uint8_t plen)
{
	struct writer *w = qmi_put_begin(b, row);

	writer_ip6(w, a);
	writer_u8(w, plen);
	qmi_build_tlv_end(b);
}

static void
put_ip4(struct qmi_builder *b, const struct bearer_config *c, uint32_t mask)
{
	if (mask & WANT_DNS) {
		qmi_put_ip4(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_DNS1, c->dns4[0]);
		qmi_put_ip4(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_DNS2, c->dns4[1]);
	}
	if (mask & WANT_ADDRESS)
		qmi_put_ip4(
		    b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP4_ADDRESS, c->address4);
	if (mask & WANT_GATEWAY) {
		qmi_put_ip4(
		    b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP4_GATEWAY, c->gateway4);
		qmi_put_ip4(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP4_MASK, c->netmask4);
	}
}

static void
put_ip6(struct qmi_builder *b, const struct bearer_config *c, uint32_t mask)
{
	if (mask & WANT_ADDRESS)
		put_ip6_plen(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP6_ADDRESS,
		    &c->address6, c->plen);
	if (mask & WANT_GATEWAY)
		put_ip6_plen(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP6_GATEWAY,
		    &c->gateway6, c->plen);
	if (mask & WANT_DNS) {
		qmi_put_ip6(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP6_DNS1, &c->dns6[0]);
		qmi_put_ip6(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP6_DNS2, &c->dns6[1]);
	}
}

static void
put_profile(struct qmi_builder *b, const struct wds *s, struct modem *m, uint32_t mask)
{
	const struct modem_profile *p = wds_profile(m, s->profile);
	struct writer *w;

	if (!p)
		return;
	if (mask & WANT_NAME)
		qmi_put_str(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_PROFILE_NAME, p->name);
	if (mask & WANT_AUTH)
		qmi_put_u8(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_AUTH, p->auth);
	if (mask & WANT_PROFILE) {
		w = qmi_put_begin(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_PROFILE);
		writer_u8(w, 0);
		writer_u8(w, s->profile);
		qmi_build_tlv_end(b);
	}
}

uint16_t
wds_get_settings(struct qmi_request *r, struct qmi_builder *b)
{
	const struct modem_call *call = wds_call(r);
	const struct bearer_config *c;
	uint32_t mask = WANT_DNS | WANT_ADDRESS | WANT_GATEWAY | WANT_MTU | WANT_FAMILY;
	bool is_v6;

	if (!call)
		return QMI_ERR_OUT_OF_CALL;
	c = bearer_config(call->bearer);
	is_v6 = call->family == AF_INET6;
	qmi_get_u32(r->msg, QMI_WDS_GET_CURRENT_SETTINGS_REQ_MASK, &mask);
	put_profile(b, wds_of(r->client), r->modem, mask);
	if (mask & WANT_PDP_TYPE)
		qmi_put_u8(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_PDP_TYPE, is_v6 ? 2 : 0);
	if (mask & WANT_APN)
		qmi_put_str(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_APN, call->apn);
	if (is_v6)
		put_ip6(b, c, mask);
	else
		put_ip4(b, c, mask);
	if ((mask & WANT_MTU) && c->mtu)
		qmi_put_u32(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_MTU, c->mtu);
	if (mask & WANT_DOMAINS) {
		writer_u8(
		    qmi_put_begin(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_DOMAINS), 0);
		qmi_build_tlv_end(b);
	}
	if (mask & WANT_FAMILY)
		qmi_put_u8(
		    b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP_FAMILY, is_v6 ? 6 : 4);
	return QMI_ERR_NONE;
}

/* The fields that are packets or bytes, by the bit that asks for them. */
static void
put_counts(struct qmi_builder *b, const struct bearer_counters *n, uint32_t mask)
{
	const struct {
		uint32_t bit;
		enum qmi_row row;
		uint64_t packets;
	} rows[] = {
	    {0x001, QMI_WDS_GET_PACKET_STATISTICS_RSP_TX_OK, n->up_packets},
	    {0x002, QMI_WDS_GET_PACKET_STATISTICS_RSP_RX_OK, n->down_packets},
	    {0x004, QMI_WDS_GET_PACKET_STATISTICS_RSP_TX_ERRORS, n->malformed},
	    {0x008, QMI_WDS_GET_PACKET_STATISTICS_RSP_RX_ERRORS, 0},
	    {0x010, QMI_WDS_GET_PACKET_STATISTICS_RSP_TX_OVERFLOWS, 0},
	    {0x020, QMI_WDS_GET_PACKET_STATISTICS_RSP_RX_OVERFLOWS, 0},
	    {0x100, QMI_WDS_GET_PACKET_STATISTICS_RSP_TX_DROPPED, n->spoofed},
	    {0x200, QMI_WDS_GET_PACKET_STATISTICS_RSP_RX_DROPPED, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (mask & rows[i].bit)
			qmi_put_u32(b, rows[i].row, (uint32_t)rows[i].packets);
	if (mask & 0x040)
		qmi_put_u64(b, QMI_WDS_GET_PACKET_STATISTICS_RSP_TX_BYTES, n->up_bytes);
	if (mask & 0x080)
		qmi_put_u64(
		    b, QMI_WDS_GET_PACKET_STATISTICS_RSP_RX_BYTES, n->down_bytes);
}

uint16_t
wds_get_statistics(struct qmi_request *r, struct qmi_builder *b)
{
	const struct modem_call *call = wds_call(r);
	const struct wds *s = wds_of(r->client);
	uint32_t mask = 0;

	qmi_get_u32(r->msg, QMI_WDS_GET_PACKET_STATISTICS_REQ_MASK, &mask);
	if (call) {
		put_counts(b, bearer_counters(call->bearer), mask);
		return QMI_ERR_NONE;
	}
	qmi_put_u64(
	    b, QMI_WDS_GET_PACKET_STATISTICS_RSP_LAST_TX_BYTES, s->last_up_bytes);
	qmi_put_u64(
	    b, QMI_WDS_GET_PACKET_STATISTICS_RSP_LAST_RX_BYTES, s->last_down_bytes);
	return QMI_ERR_OUT_OF_CALL;
}

uint16_t
wds_get_bearer(struct qmi_request *r, struct qmi_builder *b)
{
	bool up = wds_call(r) != NULL;

	qmi_put_u8(b,
	    up ? QMI_WDS_GET_DATA_BEARER_TECHNOLOGY_RSP_CURRENT
	       : QMI_WDS_GET_DATA_BEARER_TECHNOLOGY_RSP_LAST,
	    BEARER_LTE);
	return up ? QMI_ERR_NONE : QMI_ERR_OUT_OF_CALL;
}

uint16_t
wds_get_current_bearer(struct qmi_request *r, struct qmi_builder *b)
{
	bool up = wds_call(r) != NULL;
	struct writer *w =
	    qmi_put_begin(b, up ? QMI_WDS_GET_CURRENT_DATA_BEARER_TECHNOLOGY_RSP_CURRENT
				: QMI_WDS_GET_CURRENT_DATA_BEARER_TECHNOLOGY_RSP_LAST);

	writer_u8(w, 2); /* 3GPP */
	writer_u32le(w, RAT_LTE);
	writer_u32le(w, 0);
	qmi_build_tlv_end(b);
	return up ? QMI_ERR_NONE : QMI_ERR_OUT_OF_CALL;
}

uint16_t
wds_get_rates(struct qmi_request *r, struct qmi_builder *b)
{
	struct writer *w;

	if (!wds_call(r))
		return QMI_ERR_OUT_OF_CALL;
	w = qmi_put_begin(b, QMI_WDS_GET_CHANNEL_RATES_RSP_RATES);
	writer_u32le(w, UP_BPS);
	writer_u32le(w, DOWN_BPS);
	writer_u32le(w, UP_BPS);
	writer_u32le(w, DOWN_BPS);
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}

uint16_t
wds_get_dormancy(struct qmi_request *r, struct qmi_builder *b)
{
	if (!wds_call(r))
		return QMI_ERR_OUT_OF_CALL;
	qmi_put_u8(b, QMI_WDS_GET_DORMANCY_STATUS_RSP_STATUS, 2);
	return QMI_ERR_NONE;
}

uint16_t
wds_get_autoconnect(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	qmi_put_u8(b, QMI_WDS_GET_AUTOCONNECT_SETTINGS_RSP_STATUS, 0);
	qmi_put_u8(b, QMI_WDS_GET_AUTOCONNECT_SETTINGS_RSP_ROAMING, 0);
	return QMI_ERR_NONE;
}

/* ---- attach: always with profile 1 ---- */

uint16_t
wds_get_attach_parameters(struct qmi_request *r, struct qmi_builder *b)
{
	static const uint8_t ip_types[] = {0, 0, 1, 2}; /* by PDP type */
	const struct modem_profile *p = wds_profile(r->modem, 1);

	if (!r->modem->attached || !p)
		return QMI_ERR_INFORMATION_UNAVAILABLE;
	qmi_put_str(b, QMI_WDS_GET_LTE_ATTACH_PARAMETERS_RSP_APN, p->apn);
	qmi_put_u8(b, QMI_WDS_GET_LTE_ATTACH_PARAMETERS_RSP_IP_TYPE,
	    ip_types[p->pdp_type & 3]);
	qmi_put_u8(b, QMI_WDS_GET_LTE_ATTACH_PARAMETERS_RSP_OTA_ATTACH, 1);
	return QMI_ERR_NONE;
}

uint16_t
wds_get_max_attach(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	qmi_put_u8(b, QMI_WDS_GET_MAX_LTE_ATTACH_PDN_NUMBER_RSP_NUMBER, 1);
	return QMI_ERR_NONE;
}

uint16_t
wds_get_attach_list(struct qmi_request *r, struct qmi_builder *b)
{
	struct writer *w =
	    qmi_put_begin(b, QMI_WDS_GET_LTE_ATTACH_PDN_LIST_RSP_CURRENT);

	(void)r;
	writer_u8(w, 1);
	writer_u16le(w, 1);
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}

uint16_t
wds_set_attach_list(struct qmi_request *r, struct qmi_builder *b)
{
	uint8_t count = 0;
	uint16_t index = 0;
	struct cursor c;

	(void)b;
	if (!qmi_get_cursor(r->msg, QMI_WDS_SET_LTE_ATTACH_PDN_LIST_REQ_PROFILES, &c) ||
	    !cursor_u8(&c, &count) || !cursor_u16le(&c, &index))
		return QMI_ERR_MALFORMED_MESSAGE;
	return count == 1 && index == 1 ? QMI_ERR_NO_EFFECT : QMI_ERR_INVALID_ARGUMENT;
}

uint16_t
wds_get_throttle(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	writer_u8(qmi_put_begin(b, QMI_WDS_GET_PDN_THROTTLE_INFO_RSP_THROTTLED), 0);
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}
