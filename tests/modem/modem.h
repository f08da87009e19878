/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One simulated module: what all its services and all ways to reach it share.
 *
 * SIM, radio, registration, the calls and the data format are state here; the QMI
 * services (qmi_port, svc_*) and the MBIM function ask and change it, and hear of
 * changes as events.  Hosts reach it through fronts: a front carries the control
 * channel of one attachment, or packets, or both.  Single-threaded, on one event base.
 */
#ifndef PDNMUX_MODEM_MODEM_H
#define PDNMUX_MODEM_MODEM_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/modem/network.h"

struct event_base;
struct fault_set;
struct modem;
struct modem_call;
struct modem_port;
struct qmi_port;
struct mbim_func;

enum modem_mode { MODEM_MODE_QMI, MODEM_MODE_MBIM };

enum modem_sim {
	MODEM_SIM_READY,
	MODEM_SIM_ABSENT,
	MODEM_SIM_PIN,     /* PIN1 enabled, not verified */
	MODEM_SIM_PUK,     /* PIN1 blocked */
	MODEM_SIM_BLOCKED, /* PUK1 blocked too: for good */
};

/* Registration as NAS has it (reference/qmi.md 3.5). */
enum modem_registration {
	MODEM_NOT_REGISTERED = 0,
	MODEM_REGISTERED = 1,
	MODEM_SEARCHING = 2,
	MODEM_DENIED = 3,
};

/* What changed; services turn it into the indications their clients asked for. */
enum modem_event {
	MODEM_EVENT_SIM,
	MODEM_EVENT_RADIO, /* operating mode */
	MODEM_EVENT_REGISTRATION,
	MODEM_EVENT_CALL_UP,   /* call connected */
	MODEM_EVENT_CALL_DOWN, /* call ended by the network or the modem; still valid */
	MODEM_EVENT_CALL_ADDRESS,   /* new address */
	MODEM_EVENT_CALL_SUSPENDED, /* suspended or resumed: call->suspended */
	MODEM_EVENT_RESET,          /* everything starts anew */
};

/* The data format of the port (WDA); counts and sizes as granted. */
struct modem_format {
	uint32_t link;     /* 1: 802.3, 2: raw IP */
	uint32_t protocol; /* 0 none, 5 QMAP v1, 8 v4, 9 v5 (reference/qmi.md 2.3) */
	uint32_t down_datagrams, down_size;
	uint32_t up_datagrams, up_size;
	uint32_t down_padding;
};

/* Why a call ended or was refused; type and reason as WDS has them. */
struct modem_cause {
	uint16_t reason; /* call end reason */
	uint16_t type;   /* verbose: 6 is 3GPP, 2 internal ... */
	int16_t verbose;
};

/* One call: one family of one PDN connection, for one owner. */
struct modem_call {
	LIST_ENTRY(modem_call) next;
	struct modem *modem;
	char apn[NETWORK_APN_MAX + 1];
	uint8_t link; /* QMAP mux id or MBIM session; 0: not multiplexed */
	int family;   /* AF_INET or AF_INET6 */
	bool up;
	bool suspended;
	uint32_t handle;
	struct modem_cause cause;        /* valid once it failed or ended */
	struct bearer *bearer;           /* NULL until up */
	struct bearer_counters counters; /* of one that ended by itself */
	struct event *timer;             /* while connecting */
	void (*done)(struct modem_call *call, bool up, void *owner);
	void *owner;
};

struct modem_settings {
	unsigned number;
	enum modem_mode mode;
	unsigned latency_ms; /* from a request to its response */
	unsigned connect_ms; /* how long the network takes to set up a call */
	unsigned cids;       /* clients per QMI service */
	unsigned max_calls;  /* PDN connections at once, families apart */
	const char *pin;     /* NULL: PIN disabled */
	uint16_t usb_interface;
	uint32_t max_protocol; /* best QMAP version: 5, 8 or 9 */
	uint32_t max_size;     /* bytes of the largest aggregate each way */
};

struct modem_counters {
	uint64_t requests, responses, indications;
	uint64_t
	    round_trips; /* waits of a host for the modem; see modem_count_request() */
	uint64_t wrong_link;   /* packets on a link without a call of that family */
	uint64_t bad_messages; /* control messages without sense */
	uint64_t bad_frames;   /* aggregates that broke the format */
};

/* Ways in and out, each with its own opinion of what "present" means. */
struct modem_front_ops {
	/* The module appears on or vanishes from its bus (USB), or from the directory.
	 */
	void (*presence)(void *front, bool present);
	/*
	 * One IP packet for the host on that link.  NULL: this front has no data side.
	 * Only one front of a modem may have one.
	 */
	void (*downlink)(void *front, uint8_t link, const uint8_t *ip, size_t len);
	/*
	 * A control command that begins with the front's own word ("usb stall 2"); as
	 * modem_command().  -ENOENT: not for this front.  NULL: it has none.
	 */
	int (*command)(void *front, const char *line, char *ret, size_t size);
};

/* How the control channel reaches one attached host. */
struct modem_port_ops {
	/* Bytes for the host: one message, or what a fault made of it.  Borrowed. */
	void (*send)(void *front, const uint8_t *bytes, size_t len);
	/* The modem is gone from under the host, and the port is freed: hang up. */
	void (*hangup)(void *front);
};

/* networks is shared by all modems and outlives them.  Never NULL. */
struct modem *modem_new(struct event_base *base, struct networks *networks,
    const struct modem_settings *settings);
void modem_free(struct modem *m);

/* fronts -------------------------------------------------------------------------- */

/* Adds a way in; called once at once with the presence of now. */
void modem_add_front(struct modem *m, const struct modem_front_ops *ops, void *front);
/*
 * A host opens the control channel.  NULL with errno ENODEV while the module is not
 * there, ENXIO when it does not answer opens.
 */
struct modem_port *modem_attach(
    struct modem *m, const struct modem_port_ops *ops, void *front);
/* The host closed it.  What its clients own stays, as in a module. */
void modem_detach_port(struct modem_port *p);
/* Bytes from the host, cut anywhere. */
void modem_port_input(struct modem_port *p, const uint8_t *bytes, size_t len);
/* One IP packet from the host on a link.  Wrong links are counted and dropped. */
void modem_uplink(struct modem *m, uint8_t link, const uint8_t *ip, size_t len);
const struct modem_format *modem_format(const struct modem *m);
struct modem_counters *modem_counters(struct modem *m);
const struct modem_settings *modem_settings(const struct modem *m);

#endif
