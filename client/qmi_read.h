/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QMI responses and indications as plain structs: no state, no I/O.
 */
#ifndef PDNMUX_CLIENT_QMI_READ_H
#define PDNMUX_CLIENT_QMI_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "client/dialer.h"
#include "common/qmi_value.h"

enum qmi_sim_state {
	QMI_SIM_ABSENT,
	QMI_SIM_NOT_READY, /* there, but still starting */
	QMI_SIM_PIN,
	QMI_SIM_PUK,
	QMI_SIM_BLOCKED, /* for ever */
	QMI_SIM_PERSO,   /* locked to a network */
	QMI_SIM_READY,
};

struct qmi_sim {
	enum qmi_sim_state state;
	uint8_t pin_id;      /* 1, or 3 where the universal PIN replaces PIN1 */
	uint8_t pin_retries; /* attempts left for that PIN */
};

/*
 * qmi_read_sim - the card status of a GET_CARD_STATUS response or CARD_STATUS
 * indication: the application that GW primary points at (qmi.md 2.6).
 *
 * row  the row of the TLV 0x10 in that message.  False: absent or malformed.
 */
bool qmi_read_sim(const struct qmi_msg *msg, enum qmi_row row, struct qmi_sim *ret);
/* "SIM_READY": the words of the familiar log line (proxies.md 11). */
const char *qmi_sim_name(enum qmi_sim_state state);

struct qmi_serving {
	bool registered; /* registration 1 and packet service attached */
	bool denied;     /* registration 3 */
	bool attached;
	bool has_plmn;
	uint16_t mcc, mnc;
	int8_t radio; /* qmi.md 3.5; 0: none */
};

/* Response or indication 0x0024.  False: no serving system in it. */
bool qmi_read_serving(const struct qmi_msg *msg, struct qmi_serving *ret);
const char *qmi_radio_name(int8_t radio);

/* GET_DATA_FORMAT or SET_DATA_FORMAT response; both number their TLVs alike. */
bool qmi_read_format(const struct qmi_msg *msg, struct dialer_data_format *ret);
/* QMAP version of an aggregation protocol number, and back; 0: none (qmi.md 2.3). */
uint8_t qmi_qmap_version(uint32_t protocol);
uint32_t qmi_qmap_protocol(uint8_t version);

struct qmi_profile {
	char apn[DIALER_APN_MAX + 1];
	char user[128];
	bool has_password; /* told, and equal to what was asked about */
	bool same_password;
	uint8_t auth;
	uint8_t pdp_type; /* 0 IPv4, 2 IPv6, 3 IPv4v6 */
};

/* GET_PROFILE_SETTINGS response; the password is compared, not kept. */
void qmi_read_profile(
    const struct qmi_msg *msg, const char *password, struct qmi_profile *ret);

/*
 * GET_CURRENT_SETTINGS of one family (4 or 6) into ret, whose other family is left
 * alone; mtu becomes the smaller of what both say.  False: no usable address.
 */
bool qmi_read_settings(
    const struct qmi_msg *msg, uint8_t family, struct pdn_settings *ret);

/* A call end: what TLVs 0x10 and 0x11 of a message say, verbose preferred. */
struct qmi_end {
	bool known;
	bool verbose;
	uint16_t type;
	int16_t reason;
};

void qmi_read_end(const struct qmi_msg *msg, enum qmi_row plain_row,
    enum qmi_row verbose_row, struct qmi_end *ret);
/* The failure that such an end means to pdn. */
void qmi_end_failure(const struct qmi_end *end, const char *what, struct failure *ret);

#endif
