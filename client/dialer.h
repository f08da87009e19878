/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the state machine (pdn.c) asks of a protocol, and what it hears back.
 *
 * A dialer brings one PDN up and down on one modem in one protocol: dialer_qmi.c and
 * dialer_mbim.c implement this interface and nobody else knows QMI or MBIM.  The work
 * is cut into steps; pdn starts a step and hears about its end through one event:
 *
 *   OPEN       reach the modem: port, proxy hello, client ids or MBIM open
 *   PREPARE    everything that can be asked at once: SIM (and PIN, tried once), data
 *              format, versions, profile, bindings
 *   REGISTER   wait until the modem is registered and attached; at once if it is
 *   CONNECT    start the call, both families where two are wanted
 *   SETTINGS   read what the network handed out; may be repeated while connected
 *   DISCONNECT end the call, politely
 *   CLOSE      give back client ids, close the port
 *
 * Rules for implementations
 * - One step runs at a time; starting DISCONNECT or CLOSE cancels the one that runs,
 *   which then reports nothing more.  CLOSE is allowed in any state, also before OPEN
 *   and twice, and always ends with DONE (whatever could not be given back is lost).
 * - Every step ends by itself: each request has its own deadline.  REGISTER has none;
 *   pdn limits it.
 * - Events are never delivered from inside a dialer_*() call: post them with
 *   dialer_post(), which delivers from the event loop.  After dialer_free() nothing
 *   is delivered.
 * - Requests that do not depend on one another go out together.
 * - After PORT_LOST or MODEM_RESET only CLOSE (and then OPEN again) makes sense.
 */
#ifndef PDNMUX_CLIENT_DIALER_H
#define PDNMUX_CLIENT_DIALER_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "client/failure.h"

struct event_base;
struct dialer;
struct port;

#define DIALER_APN_MAX 100 /* TS 23.003 9.1: 100 octets */
#define DIALER_DNS_MAX 2   /* per family; QMI hands out two, more are ignored */

enum dialer_step {
	DIALER_STEP_NONE,
	DIALER_STEP_OPEN,
	DIALER_STEP_PREPARE,
	DIALER_STEP_REGISTER,
	DIALER_STEP_CONNECT,
	DIALER_STEP_SETTINGS,
	DIALER_STEP_DISCONNECT,
	DIALER_STEP_CLOSE,
};

enum dialer_event_type {
	DIALER_EVENT_DONE,        /* the step that ran has ended well */
	DIALER_EVENT_FAILED,      /* the step that ran has failed: see failure */
	DIALER_EVENT_PORT_LOST,   /* proxy or device gone: see failure */
	DIALER_EVENT_MODEM_RESET, /* modem restarted or client id revoked: start over */
	DIALER_EVENT_SILENT,      /* too many requests in a row without an answer */
	DIALER_EVENT_CALL_ENDED,  /* the (whole) call is down: see failure */
	DIALER_EVENT_SETTINGS_CHANGED, /* read SETTINGS again */
	DIALER_EVENT_REGISTERED,   /* registration is back (after REGISTER was done) */
	DIALER_EVENT_UNREGISTERED, /* registration lost; the call may survive */
	DIALER_EVENT_SIM_CHANGED,  /* SIM removed, inserted or became ready */
};

/* One address family as the network gave it.  All in network byte order. */
struct pdn_settings4 {
	bool present;
	struct in_addr addr;
	uint8_t prefix;         /* bits, 0 to 32 */
	struct in_addr gateway; /* 0: none, route to the device */
	struct in_addr dns[DIALER_DNS_MAX];
	uint8_t dns_count;
};

struct pdn_settings6 {
	bool present;
	struct in6_addr addr;
	uint8_t prefix;          /* bits, 0 to 128 */
	struct in6_addr gateway; /* unspecified: none, route to the device */
	struct in6_addr dns[DIALER_DNS_MAX];
	uint8_t dns_count;
};

/* What SETTINGS found.  At least one family is present. */
struct pdn_settings {
	struct pdn_settings4 v4;
	struct pdn_settings6 v6;
	uint32_t mtu; /* bytes; 0: the network did not say */
};

/* The modem's data format, known once PREPARE is done. */
struct dialer_data_format {
	bool known;              /* false: could not be asked, the offer stands */
	bool raw_ip;             /* false: Ethernet frames */
	uint8_t qmap_version;    /* 0: no multiplexing, else 1, 4 or 5 */
	uint32_t dl_max_bytes;   /* largest downlink aggregate; 0: not told */
	uint32_t dl_max_packets; /* packets in one; 0: not told */
	uint32_t ul_max_bytes;   /* largest uplink aggregate; 0: not told */
	uint32_t ul_max_packets; /* packets in an uplink aggregate; 0: not told */
};

struct dialer_event {
	enum dialer_event_type type;
	enum dialer_step step;  /* DONE, FAILED: which step */
	struct failure failure; /* FAILED, PORT_LOST, SILENT, CALL_ENDED; else zeroed */
};

/*
 * What the host's side of the data pipe can do, from prepare.h.  PREPARE changes the
 * modem's data format only with may_set, which is true for the one dialer that holds
 * the modem's preparation lock; the others report what they find.
 */
struct dialer_offer {
	bool may_set;
	bool fresh; /* and nobody uses the format that the modem has now */
	bool skip;  /* the driver negotiates by itself: no WDA at all */
	bool raw_ip;
	uint32_t qmap_versions; /* 1u << version for each; 0: no multiplexing */
	uint32_t dl_max_bytes;  /* 0: no downlink aggregation */
	uint32_t dl_max_packets;
	uint32_t ul_max_bytes; /* 0: no uplink aggregation */
	uint32_t ul_max_packets;
};

/* What to dial.  Strings are borrowed and outlive the dialer; NULL means not given. */
struct dialer_config {
	const char *name;     /* for log lines: the PDN's name or channel */
	const char *apn;      /* NULL: the stored profile or subscription decides */
	const char *user;     /* NULL or "": none */
	const char *password; /* never logged */
	uint8_t auth;         /* bit 0 PAP, bit 1 CHAP (also MSCHAPv2); 0 none */
	bool force_profile;   /* -F: write the profile although it already matches */
	const char *imei; /* OPEN fails with NO_MODEM on any other; NULL: any will do */
	const char *pin;  /* 4 to 8 digits or NULL; never logged */
	bool *pin_tried;  /* the owner's note that it was tried; outlives us, or NULL */
	bool pin_force;   /* try the PIN even with one attempt left */
	bool want_v4, want_v6;
	uint8_t channel;    /* -n: QMI profile (PDP context) number; MBIM: see mux */
	uint8_t mux_id;     /* QMAP mux id, 0: not multiplexed */
	uint8_t session_id; /* MBIM SessionId; 0 when not multiplexed */
	uint32_t ep_type;   /* QMI data endpoint: 2 HSUSB, 3 PCIe, 4 embedded */
	uint32_t ep_iface;  /* and its interface number */
};

/* An implementation.  Each function starts the step of its name and returns. */
struct dialer_ops {
	const char *name; /* "QMI", "MBIM" */
	void (*open)(struct dialer *d);
	void (*prepare)(struct dialer *d);
	void (*do_register)(struct dialer *d);
	void (*connect)(struct dialer *d);
	void (*settings)(struct dialer *d);
	void (*disconnect)(struct dialer *d);
	void (*close)(struct dialer *d);
	/* Frees d and all it owns at once; nothing is sent any more. */
	void (*free)(struct dialer *d);
};

typedef void dialer_event_fn(void *arg, const struct dialer_event *ev);
/* Makes the port of a new OPEN; the dialer takes it.  NULL: *ret_why says why. */
typedef struct port *dialer_port_fn(
    void *arg, struct dialer *d, struct failure *ret_why);

#define DIALER_QUEUE_MAX 16

/*
 * The part every implementation begins with (first member of its own struct).
 * ret values (settings, format) are the dialer's, readable by pdn after the step.
 */
struct dialer {
	const struct dialer_ops *ops;
	struct event_base *base;
	struct dialer_config config;
	dialer_event_fn *event;
	void *event_arg;
	enum dialer_step running;
	struct dialer_offer offer;        /* set by the owner before PREPARE */
	struct pdn_settings settings;     /* after SETTINGS */
	struct dialer_data_format format; /* after PREPARE */
	struct dialer_event queue[DIALER_QUEUE_MAX];
	uint8_t queue_head, queue_count;
	struct event *queue_event;
};

/* For implementations: base members set up and torn down. */
void dialer_init(struct dialer *d, const struct dialer_ops *ops,
    struct event_base *base, const struct dialer_config *config, dialer_event_fn *event,
    void *arg);
void dialer_fini(struct dialer *d);
/*
 * dialer_post - queue an event for delivery from the event loop.
 *
 * failure  copied; NULL for none.  A DONE or FAILED also clears d->running.
 */
void dialer_post(struct dialer *d, enum dialer_event_type type, enum dialer_step step,
    const struct failure *failure);
/* Forget queued events: a step was cancelled. */
void dialer_flush(struct dialer *d);

/* For pdn: start a step (cancels the running one where the rules above allow it). */
void dialer_start(struct dialer *d, enum dialer_step step);
void dialer_free(struct dialer *d);
const char *dialer_step_name(enum dialer_step step);
const char *dialer_event_name(enum dialer_event_type type);

/*
 * Constructors.  config is copied (its strings stay borrowed); port_fn is called at
 * each OPEN with port_arg.  Never NULL.
 */
struct dialer *dialer_qmi_new(struct event_base *base,
    const struct dialer_config *config, dialer_port_fn *port_fn, void *port_arg,
    dialer_event_fn *event, void *event_arg);
struct dialer *dialer_mbim_new(struct event_base *base,
    const struct dialer_config *config, dialer_port_fn *port_fn, void *port_arg,
    dialer_event_fn *event, void *event_arg);

#endif
