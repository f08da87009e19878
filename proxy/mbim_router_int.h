/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the MBIM router share: its tables, and the connections it knows.
 */
#ifndef PDNMUX_PROXY_MBIM_ROUTER_INT_H
#define PDNMUX_PROXY_MBIM_ROUTER_INT_H

#include <sys/queue.h>

#include "common/mbim.h"
#include "proxy/cid_table.h"
#include "proxy/mbim_subs.h"
#include "proxy/router.h"
#include "proxy/txn_table.h"
#include "proxy/waitlist.h"

#define MBIM_ROUTER_BUCKETS 256
#define MBIM_ROUTER_SESSIONS 256         /* ids beyond pass and are not watched */
#define MBIM_HELD_BYTES_MAX (128 * 1024) /* of one connection, then it is not read */
#define MBIM_AGE_MS 1000                 /* after which a request no longer counts */
#define MBIM_FRAGMENT_GAP_MS 1250        /* between two fragments of a message */
#define MBIM_OWN_WAIT_MS 10000 /* for an answer to a request of the router's own */

struct mbim_conn {
	LIST_ENTRY(mbim_conn) by_id;
	TAILQ_ENTRY(mbim_conn) by_age;
	uint32_t id;
	struct router_peer peer;
	struct waiter waiter;
	unsigned live; /* requests forwarded and not answered */

	struct mbim_assembly in; /* a message of which more must come */
	int64_t in_deadline_ms;  /* ROUTER_NEVER: there is none */

	/* CONFIGURATION: what it named; its answer, while that is owed */
	char *path;
	bool is_configured;
	bool owes_config;
	uint32_t config_txn;
	int64_t config_due_ms;   /* when it is answered although no OPEN follows */
	int64_t config_limit_ms; /* when it fails */

	uint32_t max_transfer; /* of its OPEN; 0: it takes any size */
	bool has_used;         /* it opened, or something was forwarded for it */
	bool said_close;       /* since its last OPEN */

	struct mbim_subs subs;
	bool wants_all; /* the vendor's dialect, until it subscribes */
};

enum mbim_session_state {
	MBIM_SESSION_FREE,
	MBIM_SESSION_OWNED,      /* by a live connection */
	MBIM_SESSION_ORPHAN,     /* its owner went; deactivated at deadline_ms */
	MBIM_SESSION_LETTING_GO, /* our own deactivation is under way */
};

struct mbim_session {
	enum mbim_session_state state;
	uint32_t owner;       /* connection id when OWNED */
	uid_t uid;            /* of the last owner */
	bool is_up;           /* the modem said so */
	unsigned activations; /* under way */
	unsigned tries;       /* LETTING_GO: how often it was sent */
	int64_t up_ms;        /* when the modem said so */
	int64_t deadline_ms;  /* ORPHAN: end of grace; LETTING_GO: try again */
};

/* Where the function stands. */
enum mbim_phase {
	MBIM_PHASE_DOWN,    /* no device */
	MBIM_PHASE_OPENING, /* OPEN was sent */
	MBIM_PHASE_CLOSING, /* out of step: CLOSE was sent, OPEN follows */
	MBIM_PHASE_VERSION, /* open again: the extensions' version is asked for */
	MBIM_PHASE_READY,
};

/* Requests of the router's own, as txn.mbim.own has them. */
enum mbim_own {
	MBIM_OWN_NONE,
	MBIM_OWN_SUBSCRIBE, /* also on behalf of a connection: txn.conn */
	MBIM_OWN_VERSION,
	MBIM_OWN_DEACTIVATE,
	MBIM_OWN_QMI_RELEASE, /* txn.arg_service and arg_cid */
	MBIM_OWN_PROBE,       /* does the modem still answer? */
	MBIM_OWN_NUDGE,       /* to fetch what was never announced */
};

/* The one SUBSCRIBE_LIST that may be under way. */
struct mbim_subscribing {
	bool is_under_way;
	struct mbim_subs merged;    /* what was sent */
	struct mbim_subs conn_subs; /* what its asker wants */
	uint8_t *echo;              /* its information buffer, given back to it */
	size_t echo_len;
};

struct mbim_router {
	struct router_config config;
	struct router_sink sink;
	struct txn_table *txns;
	LIST_HEAD(, mbim_conn) conns[MBIM_ROUTER_BUCKETS];
	TAILQ_HEAD(, mbim_conn) all;
	struct waitlist waiting;
	int64_t conn_deadline_ms; /* no connection has anything due before */

	enum mbim_phase phase;
	unsigned open_tries;
	uint32_t open_txn;  /* of the last OPEN or CLOSE sent */
	uint32_t first_txn; /* of the first OPEN of this opening */
	bool open_answered; /* an earlier OPEN than the last was answered */
	int64_t open_deadline_ms;
	size_t max_write;
	size_t max_transfer; /* what we announced, and obey */
	unsigned timeouts;   /* in a row, without a word of the modem */

	bool announces;   /* the device does, each message */
	unsigned nudges;  /* since the last message that was wanted */
	int64_t nudge_ms; /* when the last was sent */

	struct mbim_assembly in; /* a message of the modem of which more must come */
	int64_t in_deadline_ms;

	uint16_t version, extended; /* in force; 0: nobody asked */

	struct mbim_subs subs; /* what the modem has confirmed; empty: nothing sent */
	struct mbim_subscribing subscribing;
	bool subs_changed;   /* somebody left while one was under way */
	bool must_subscribe; /* the function lost a list that it had */

	struct mbim_session sessions[MBIM_ROUTER_SESSIONS];
	int64_t session_deadline_ms;

	struct cid_table *cids; /* of QMI inside MBIM */

	uint8_t *scratch; /* MBIM_MESSAGE_MAX bytes: a message being made */
	uint8_t *piece;   /* the same: a fragment being cut */
};

/* ---- mbim_router.c ---- */

struct mbim_conn *mbim_router_conn(struct mbim_router *r, uint32_t id);
/* As many held requests as the modem may have, each connection in its turn. */
void mbim_router_pump(struct mbim_router *r, int64_t now_ms);
/* One whole message for a connection, in fragments where it asked for that. */
void mbim_router_to_conn(struct mbim_router *r, struct mbim_conn *c,
    enum router_prio prio, const uint8_t *msg, size_t len);
/* OPEN_DONE, CLOSE_DONE or FUNCTION_ERROR made here. */
void mbim_router_short(
    struct mbim_router *r, uint32_t conn, uint32_t type, uint32_t txn, uint32_t value);
/* One whole message for the modem, in fragments where it must be. */
void mbim_router_to_device(struct mbim_router *r, const uint8_t *msg, size_t len);
/* HOST_ERROR, OPEN or CLOSE. */
void mbim_router_short_to_device(
    struct mbim_router *r, uint32_t type, uint32_t txn, uint32_t value);
/* The owed answer to CONFIGURATION, now. */
void mbim_router_configured(struct mbim_router *r, struct mbim_conn *c);
/* The version of all layouts from now on: who has words for it is told. */
void mbim_router_set_version(
    struct mbim_router *r, uint16_t version, uint16_t extended);
/* The timer must look at this connection no later than at_ms. */
void mbim_router_wake(struct mbim_router *r, int64_t at_ms);

/* ---- mbim_request.c: what connections ask ---- */

/*
 * mbim_router_request - one whole message of a connection, now that it may be sent.
 *
 * Returns 0 when it was forwarded or answered, -EAGAIN when it has to wait for what is
 * under way (nothing happened).
 */
int mbim_router_request(struct mbim_router *r, struct mbim_conn *c, uint8_t *msg,
    size_t len, int64_t now_ms);
/* COMMAND_DONE made here, with a status and no information. */
void mbim_router_done(struct mbim_router *r, struct mbim_conn *c,
    const struct mbim_msg *req, uint32_t status);
/* CONFIGURATION is answered at once or owed; it is never held. */
bool mbim_is_configuration(const struct mbim_msg *msg);
void mbim_router_configure(struct mbim_router *r, struct mbim_conn *c,
    const struct mbim_msg *msg, int64_t now_ms);

/* ---- mbim_answer.c: what the modem says ---- */

int mbim_router_from_device(void *arg, uint8_t *msg, size_t len, int64_t now_ms);
/* Requests whose time is over are answered with an error. */
void mbim_router_expire(struct mbim_router *r, int64_t now_ms);
/* Every request that is under way is answered with that error. */
void mbim_router_fail_all(struct mbim_router *r, enum mbim_error error, int64_t now_ms);
/* An indication to those who subscribed to it, and to the owner of its session. */
void mbim_router_indicate(struct mbim_router *r, const uint8_t *msg, size_t len,
    const struct mbim_msg *parsed);

/* ---- mbim_open.c: the function's life ---- */

void mbim_open_start(struct mbim_router *r, int64_t now_ms);
/* A message of the modem before it is ready. */
void mbim_open_answer(
    struct mbim_router *r, const struct mbim_msg *msg, int64_t now_ms);
void mbim_open_timer(struct mbim_router *r, int64_t now_ms);
/*
 * The function has lost its state, or the device is gone: what was asked is answered,
 * sessions are down, everybody is told.
 */
void mbim_open_lost(struct mbim_router *r, int64_t now_ms);

/* ---- mbim_subscribe.c ---- */

/* A connection's SUBSCRIBE_LIST set; as mbim_router_request(). */
int mbim_subscribe(struct mbim_router *r, struct mbim_conn *c,
    const struct mbim_msg *msg, int64_t now_ms);
/* The modem's answer, or its absence (status other than 0) to the one under way. */
void mbim_subscribed(struct mbim_router *r, const struct txn *x, struct mbim_conn *c,
    uint32_t status, int64_t now_ms);
/* The modem's list is brought up to date if somebody's has changed. */
void mbim_subscribe_again(struct mbim_router *r, int64_t now_ms);

/* ---- mbim_nudge.c: answers that were never announced ---- */

/* A query that changes nothing; own says what its answer is for. */
void mbim_ask_harmless(struct mbim_router *r, enum mbim_own own, int64_t now_ms);
/* A message that was for somebody has arrived. */
void mbim_nudge_wanted(struct mbim_router *r);
/* One that nobody waits for; x: of a nudge that it answers, or NULL. */
void mbim_nudge_unwanted(struct mbim_router *r, const struct txn *x, int64_t now_ms);
/* Nudges the modem if an answer is overdue; when that will be. */
void mbim_nudge_run(struct mbim_router *r, int64_t now_ms);
int64_t mbim_nudge_deadline(const struct mbim_router *r);

/* ---- mbim_qmi.c: QMI inside MBIM ---- */

/* True when a command of c was answered here; false: it is to be forwarded. */
bool mbim_qmi_request(
    struct mbim_router *r, struct mbim_conn *c, const struct mbim_msg *msg);
/* What an answer of the modem tells about client ids; c NULL: its asker is gone. */
void mbim_qmi_answered(struct mbim_router *r, struct mbim_conn *c,
    const struct mbim_msg *msg, int64_t now_ms);
/* The end of a release of our own. */
void mbim_qmi_released(struct mbim_router *r, const struct txn *x, bool is_good);
/* Client ids of a connection that goes are given back, or left on purpose. */
void mbim_qmi_leave(struct mbim_router *r, const struct mbim_conn *c, int64_t now_ms);
/* The modem forgot them all. */
void mbim_qmi_forget(struct mbim_router *r);

/* ---- mbim_sessions.c ---- */

/*
 * mbim_session_claim - may c do that with that session?
 *
 * 0 when it owns it, or may have it (and then does, if it activates); a status to
 * answer with; -EAGAIN when it will be known later.
 */
int mbim_session_claim(struct mbim_router *r, struct mbim_conn *c, uint32_t session_id,
    bool activates, int64_t now_ms);
/* The answer to a CONNECT set; msg NULL: there is none and nobody knows what it did. */
void mbim_session_answered(struct mbim_router *r, const struct txn *x,
    const struct mbim_msg *msg, int64_t now_ms);
/* The function would not even look at a CONNECT set. */
void mbim_session_refused(struct mbim_router *r, const struct txn *x);
/* A CONNECT indication. */
void mbim_session_indicated(
    struct mbim_router *r, const struct mbim_msg *msg, int64_t now_ms);
/* The connection that owns the session an indication speaks of; 0: nobody. */
uint32_t mbim_session_owner(const struct mbim_router *r, const struct mbim_msg *msg);
void mbim_sessions_leave(struct mbim_router *r, struct mbim_conn *c, int64_t now_ms);
/* Ends the grace of orphans. */
void mbim_sessions_run(struct mbim_router *r, int64_t now_ms);
/* The function forgot them all: whoever listens is told that they are down. */
void mbim_sessions_down(struct mbim_router *r);

#endif
