/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The modem from inside: what the QMI services, the MBIM function and the control
 * language read and change.  Fields are read freely and changed by the functions here.
 */
#ifndef PDNMUX_MODEM_MODEM_INT_H
#define PDNMUX_MODEM_MODEM_INT_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/modem/fault.h"
#include "tests/modem/modem.h"

struct framer;

#define MODEM_PIN_TRIES 3
#define MODEM_PUK_TRIES 10
#define MODEM_PIN_DEFAULT "1234" /* of a card without its demand */
#define MODEM_NAME_MAX 64
#define MODEM_NETWORK_NAME "pdnmux test" /* of the operator */

/* Operating modes, as DMS has them (reference/qmi.md 3.11). */
enum modem_radio {
	MODEM_RADIO_ONLINE = 0,
	MODEM_RADIO_LOW_POWER = 1,
	MODEM_RADIO_OFFLINE = 3,
	MODEM_RADIO_RESET = 4,
};

/* One way in or out, as modem_add_front() took it. */
struct modem_front {
	TAILQ_ENTRY(modem_front) next;
	const struct modem_front_ops *ops;
	void *arg;
};

/* One attached host. */
struct modem_port {
	TAILQ_ENTRY(modem_port) next;
	struct modem *modem;
	const struct modem_port_ops *ops;
	void *front;
	struct framer *framer;
	struct fault_line *out;
	struct fault_hit hit; /* of the message whose fragments go out */
	struct qmi_port *qmi; /* in QMI mode */
};

/* A PDP context as stored in the module; survives restarts. */
struct modem_profile {
	char name[32];
	char apn[NETWORK_APN_MAX + 1];
	char user[64], password[64];
	uint8_t auth;     /* bit 0 PAP, bit 1 CHAP */
	uint8_t pdp_type; /* 0 IPv4, 2 IPv6, 3 IPv4v6 (qmi.md 2.2.10) */
	bool exists;
};

#define MODEM_PROFILES_MAX 64 /* numbered from 1 */
#define MODEM_PROFILES_SET 32 /* so many are defined at first */

/* How often one message went, for "stats". */
struct modem_tally {
	LIST_ENTRY(modem_tally) next;
	char name[MODEM_NAME_MAX]; /* "WDS.START_NETWORK" */
	uint64_t requests, responses, indications;
};

struct modem {
	struct event_base *base;
	struct networks *networks;
	struct modem_settings settings;
	struct fault_set *faults;
	TAILQ_HEAD(, modem_front) fronts;
	TAILQ_HEAD(, modem_port) ports;
	bool present;          /* on its bus */
	bool silent;           /* hears and says nothing */
	struct event *back;    /* after a reset: when it appears again */
	struct event *restart; /* asked for by a host */

	enum modem_sim sim;
	char pin[9], puk[9];
	bool pin_enabled;
	unsigned pin_left, puk_left;
	char imei[16], imsi[16], iccid[21], serial[24], msisdn[16];

	enum modem_radio radio;
	enum modem_registration registration;
	bool attached; /* to the packet domain */
	bool roaming;
	uint16_t mcc, mnc;
	int8_t rssi; /* dBm */

	struct modem_profile profiles[MODEM_PROFILES_MAX + 1]; /* [0] is not used */
	LIST_HEAD(, modem_call) calls;
	uint32_t last_handle;
	struct modem_format format;
	struct modem_counters counters;
	bool trip_answered; /* the host has had a response in this round trip */
	LIST_HEAD(, modem_tally) tallies;

	struct qmi_func *qmi;   /* services and client ids; always there */
	struct mbim_func *mbim; /* in MBIM mode */
};

/* messages ------------------------------------------------------------------------ */

/* A request of that name has come: counted. */
void modem_count_request(struct modem *m, const char *name);
/*
 * modem_port_send - a response or indication for a host, through latency and faults.
 *
 * msg     one whole message, or MBIM fragment; borrowed, may be changed by a fault.
 * first   false for the later fragments of a message: they are not counted, and share
 *         its fate.
 */
void modem_port_send(struct modem_port *p, const char *name, enum fault_way way,
    uint8_t *msg, size_t len, bool first);

/* calls --------------------------------------------------------------------------- */

/*
 * modem_call_start - sets up one family of one PDN connection.
 *
 * apn   "": the default one of the subscription.
 * link  QMAP mux id or MBIM session.
 * done  called once from the loop, after the network took its time: up, or not with
 *       call->cause saying why.  Not called after modem_call_end().
 *
 * The call is the owner's until modem_call_end().  A call that was up and ends by
 * itself is told with MODEM_EVENT_CALL_DOWN, up being false then.  Never NULL.
 */
struct modem_call *modem_call_start(struct modem *m, const char *apn, uint8_t link,
    int family, void (*done)(struct modem_call *call, bool up, void *owner),
    void *owner);
/* Ends it, up or not, silently, and frees it.  NULL is fine. */
void modem_call_end(struct modem_call *call);
/* The call that is up on a link in a family, or NULL. */
struct modem_call *modem_call_find(const struct modem *m, uint8_t link, int family);
/*
 * Those that are up, of an APN or link number ("internet", "129"; NULL: all), end by
 * themselves.  Returns how many.
 */
unsigned modem_drop_calls(
    struct modem *m, const char *apn_or_link, const struct modem_cause *cause);
/* Packets stop or flow again; the call stays. */
void modem_suspend_call(struct modem_call *call, bool suspended);
/* Another address, as when the network renumbers.  0 or -errno. */
int modem_renumber_call(struct modem_call *call);
/* As QMI says it: unknown 3GPP causes become a network failure. */
struct modem_cause modem_cause_3gpp(uint16_t cause);

/* SIM, radio, network; each tells what changed as an event ------------------------- */

enum modem_pin_result {
	MODEM_PIN_OK,
	MODEM_PIN_WRONG,
	MODEM_PIN_BLOCKED,  /* PUK needed, or wanted and not there: for good */
	MODEM_PIN_NOT_NOW,  /* no SIM, or nothing to verify */
	MODEM_PIN_NO_EFFECT /* as it is already */
};
enum modem_pin_result modem_pin_verify(struct modem *m, const char *pin);
enum modem_pin_result modem_pin_unblock(
    struct modem *m, const char *puk, const char *new_pin);
enum modem_pin_result modem_pin_change(
    struct modem *m, const char *old_pin, const char *new_pin);
/* Switches the demand for PIN1 on or off. */
enum modem_pin_result modem_pin_enable(struct modem *m, const char *pin, bool enable);
bool modem_pin_enabled(const struct modem *m);

void modem_set_sim(struct modem *m, enum modem_sim sim);
/* RESET restarts the modem, like modem_reset(). */
void modem_set_radio(struct modem *m, enum modem_radio radio);
/* Losing it ends no call. */
void modem_set_registration(struct modem *m, enum modem_registration r);
/* Registered in a network that is not the home one. */
void modem_set_roaming(struct modem *m, bool roaming);
/* Detaching ends all calls. */
void modem_set_attached(struct modem *m, bool attached);
/* May a call be set up, and if not, why? */
bool modem_ready_for_calls(const struct modem *m, struct modem_cause *ret_why);
void modem_set_format(struct modem *m, const struct modem_format *f);
/*
 * modem_reset - everything in it starts anew.
 *
 * unplugs  true: it leaves its bus and comes back after away_ms; false: the node stays
 *          and hosts hear of it in the words of their protocol.
 */
void modem_reset(struct modem *m, bool unplugs, unsigned away_ms);
/* It leaves its bus, or is back. */
void modem_set_present(struct modem *m, bool present);

#endif
