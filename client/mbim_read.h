/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MBIM answers and indications as plain structs: no state, no I/O.
 *
 * Each reads the information buffer of one message and returns false, ret untouched,
 * when it is too short or broken.  version is that of the extensions in force
 * (mbim_link_version()), where it changes a layout.  Source: reference/mbim.md 2.3.
 */
#ifndef PDNMUX_CLIENT_MBIM_READ_H
#define PDNMUX_CLIENT_MBIM_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "client/dialer.h"
#include "common/mbim.h"

struct mbim_caps {
	uint32_t max_sessions;
	char device_id[24]; /* IMEI or MEID */
	char firmware[64];
	char hardware[64];
};

bool mbim_read_caps(const struct mbim_msg *msg, struct mbim_caps *ret);

/* What of DEVICE_SERVICES a dialer cares for. */
struct mbim_services {
	uint32_t basic; /* Basic Connect: 1u << command for each */
	bool qmi;       /* QMI over MBIM */
};

bool mbim_read_services(const struct mbim_msg *msg, struct mbim_services *ret);
/* ret: enum mbim_ready_state. */
bool mbim_read_ready(const struct mbim_msg *msg, uint16_t version, uint32_t *ret);
/* "SIM_READY": the words of the familiar log line (proxies.md 11). */
const char *mbim_ready_name(uint32_t state);

struct mbim_radio {
	bool hardware_on, software_on;
};

bool mbim_read_radio(const struct mbim_msg *msg, struct mbim_radio *ret);

#define MBIM_PIN_ATTEMPTS_UNKNOWN UINT32_MAX

struct mbim_pin {
	uint32_t type; /* enum mbim_pin_type: what blocks now, or was just tried */
	bool locked;
	uint32_t attempts; /* left */
};

bool mbim_read_pin(const struct mbim_msg *msg, struct mbim_pin *ret);

struct mbim_registration {
	uint32_t cause;   /* NwError */
	uint32_t state;   /* enum mbim_register_state */
	bool auto_attach; /* the modem attaches by itself */
	char plmn[8];     /* "26201" */
};

bool mbim_read_registration(const struct mbim_msg *msg, struct mbim_registration *ret);
/* Home, roaming or at a partner's. */
bool mbim_is_registered(const struct mbim_registration *r);

struct mbim_packet_service {
	uint32_t cause;
	uint32_t state;      /* enum mbim_packet_service_state */
	uint32_t data_class; /* bits, the best one available or in use */
};

bool mbim_read_packet_service(
    const struct mbim_msg *msg, struct mbim_packet_service *ret);
/* The best technology in a set of DataClass bits: "LTE". */
const char *mbim_data_class_name(uint32_t data_class, uint16_t version);

struct mbim_connect {
	uint32_t session;
	uint32_t state;   /* enum mbim_activation_state */
	uint32_t ip_type; /* enum mbim_ip_type */
	uint32_t cause;   /* NwError */
};

/* Response or indication; the buffer of a failed one may be empty, which is false. */
bool mbim_read_connect(const struct mbim_msg *msg, struct mbim_connect *ret);

/* A stored context.  The password is a secret. */
struct mbim_context {
	char apn[DIALER_APN_MAX + 1];
	char user[256];
	char password[256];
	uint32_t auth; /* as CONNECT has it */
};

/* The first stored context for the internet that has an APN.  False: none. */
bool mbim_read_context(const struct mbim_msg *msg, struct mbim_context *ret);

/*
 * mbim_read_ip - an IP_CONFIGURATION, response or indication.
 *
 * ret  a family is present when a usable address of it came: the modem may leave IPv4
 *      to DHCP, and IPv6 (no address, or only a link-local one) to autoconfiguration.
 */
bool mbim_read_ip(
    const struct mbim_msg *msg, uint32_t *ret_session, struct pdn_settings *ret);

#endif
