/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the MBIM dialer share: dialer_mbim.c (reach the modem, listen, let
 * go), dialer_mbim_prepare.c (SIM, radio, registration) and dialer_mbim_call.c
 * (activate, configuration, deactivate).  Nobody else includes this.
 *
 * Steps are bursts, as in the QMI dialer: all commands of a burst are in one group;
 * when the last is answered, dm->burst_done runs and sends the next burst or ends the
 * step.  The first failure of a step stays.
 */
#ifndef PDNMUX_CLIENT_DIALER_MBIM_INT_H
#define PDNMUX_CLIENT_DIALER_MBIM_INT_H

#include "client/dialer.h"
#include "client/mbim_link.h"
#include "client/mbim_read.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"

#define DM_GROUP_STEP 1 /* the running step */
#define DM_GROUP_POLL 2 /* looking after a call, or for registration */

#define DM_OPEN_MS 45000 /* deadlines: mbim.md 5 */
#define DM_QUERY_MS 10000
#define DM_RADIO_MS 20000
#define DM_PIN_MS 30000
#define DM_ATTACH_MS 30000
#define DM_CONNECT_MS 180000
#define DM_IP_MS 30000
#define DM_STOP_MS 9000 /* pdn gives DISCONNECT and CLOSE ten seconds each */

/* How often the poll of dialer_mbim.c looks; what at depends on the step. */
#define DM_POLL_CALL_MS 45000
#define DM_POLL_REGISTER_MS 10000
#define DM_POLL_ACTIVATING_MS 5000
#define DM_POLL_ADDRESS_MS 2000

struct dialer_mbim {
	struct dialer dialer; /* first: pdn knows this part only */
	dialer_port_fn *port_fn;
	void *port_arg;
	struct mbim_link *link;
	bool ready_to_send;     /* the port takes messages */
	bool lost;              /* the port is dead: nothing can be said any more */
	bool closed;            /* an answer was NOT_OPENED: the session is gone */
	bool reopened;          /* we have opened a function that a proxy had closed */
	struct failure failure; /* of the running step */
	void (*burst_done)(struct dialer_mbim *dm);
	struct event *poll;

	/* What PREPARE found out; kept up to date by indications. */
	struct mbim_caps caps;
	struct mbim_services services;
	struct mbim_radio radio;
	struct mbim_pin pin;
	struct mbim_registration registration;
	struct mbim_packet_service packet;
	struct mbim_context context; /* the modem's own; apn "" when there is none */
	uint32_t ready;              /* enum mbim_ready_state */
	uint32_t session_state;      /* enum mbim_activation_state, as it was found */
	bool ready_known, radio_known, pin_known, registration_known, packet_known;
	bool online;         /* registered and attached, as last told to pdn */
	bool told_automatic; /* REGISTER asked a modem that was not even searching */

	/* The call. */
	uint32_t ip_type;     /* asked for */
	uint32_t types_tried; /* 1u << ip_type */
	uint32_t auth;        /* as CONNECT has it */
	bool auth_tried_pap;
	bool maybe_up;   /* activate was sent, and no end was heard of */
	bool activating; /* accepted; the indication tells the end */
	bool up;
	bool v4, v6;              /* granted */
	int64_t give_up_ms;       /* of a wait within CONNECT or SETTINGS */
	bool awaiting;            /* SETTINGS: an address is still to come */
	bool settings_known;      /* SETTINGS has read them since CONNECT */
	struct pdn_settings told; /* the last IP_CONFIGURATION indication */
	bool told_new;            /* it came after the last query was sent */
};

/* Steps, by file. */
void dm_prepare(struct dialer *d);
void dm_register(struct dialer *d);
void dm_connect(struct dialer *d);
void dm_settings(struct dialer *d);
void dm_disconnect(struct dialer *d);
/* Indications and polls that belong to one file. */
void dm_ready_changed(struct dialer_mbim *dm, const struct mbim_msg *msg);
void dm_radio_changed(struct dialer_mbim *dm, const struct mbim_msg *msg);
void dm_registration_changed(struct dialer_mbim *dm, const struct mbim_msg *msg);
void dm_packet_changed(struct dialer_mbim *dm, const struct mbim_msg *msg);
void dm_connect_changed(struct dialer_mbim *dm, const struct mbim_msg *msg);
void dm_ip_changed(struct dialer_mbim *dm, const struct mbim_msg *msg);
void dm_poll_register(struct dialer_mbim *dm);
void dm_poll_call(struct dialer_mbim *dm);
void dm_poll_activating(struct dialer_mbim *dm);
void dm_poll_address(struct dialer_mbim *dm);

/* A Basic Connect query with an empty buffer, in the step's group. */
void dm_query(struct dialer_mbim *dm, uint32_t cmd, mbim_answer_fn *fn);
/* CONNECT query or deactivation of our session. */
void dm_query_connect(struct dialer_mbim *dm, unsigned int group, mbim_answer_fn *fn);
void dm_deactivate(struct dialer_mbim *dm, int64_t timeout_ms, mbim_answer_fn *fn);
/* OPEN, and what runs when it is answered (in dm->failure: how). */
void dm_send_open(struct dialer_mbim *dm, void (*done)(struct dialer_mbim *dm));

/* After each answer of the step: runs burst_done when it was the last. */
void dm_check_burst(struct dialer_mbim *dm);
/* Ends the running step with dm->failure, or well when there is none. */
void dm_end_step(struct dialer_mbim *dm, enum dialer_step step);
/* First failure of the step wins. */
void dm_fail(struct dialer_mbim *dm, const struct failure *why);
/*
 * dm_ok - has the answer come, and well?
 *
 * what  NULL, or what the request was called in the familiar log: then a refusal is
 *       logged and put into *ret_why.  Silence and FUNCTION_ERROR are put there too.
 */
bool dm_ok(struct dialer_mbim *dm, const char *what, uint32_t status,
    const struct mbim_msg *msg, struct failure *ret_why);
/* Look again in ms; 0: never. */
void dm_poll_in(struct dialer_mbim *dm, int64_t ms);

#endif
