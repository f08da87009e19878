/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the MBIM function share: the function, one command on its way to
 * an answer, and the tables of services.
 *
 * A handler reads the information of one command and writes that of the answer; the
 * function does the rest (framing, status, fragments).  It returns a status, or
 * MBIM_ANSWER_LATER after mbim_func_hold(), and then somebody owes the host an answer
 * by mbim_func_finish().
 */
#ifndef PDNMUX_MODEM_MBIM_FUNC_INT_H
#define PDNMUX_MODEM_MBIM_FUNC_INT_H

#include <sys/queue.h>

#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "tests/modem/mbim_context.h"
#include "tests/modem/mbim_func.h"
#include "tests/modem/mbim_quirk.h"
#include "tests/modem/mbim_session.h"
#include "tests/modem/mbim_subscription.h"
#include "tests/modem/modem_int.h"

#define MBIM_ANSWER_LATER UINT32_MAX

/* What this module is: LTE, and one cell of it. */
#define MBIM_DATA_CLASS_LTE 0x20
#define MBIM_DATA_CLASSES 0x3f /* GPRS to LTE */
#define MBIM_TRACKING_AREA 0x1234
#define MBIM_CELL_ID 0x0123456

struct event;
struct mbim_command;
struct mbim_func;
struct mbim_func_service;
struct qmi_port;

/* A command that waits for its answer. */
struct mbim_pending {
	TAILQ_ENTRY(mbim_pending) next;
	struct modem_port *port; /* NULL: nobody wants the answer any more */
	uint32_t txn;
	const struct mbim_func_service *service;
	const struct mbim_command *command;
	const char *name; /* of the answer, for fault rules */
	bool is_held;     /* somebody has a pointer and will finish it */
	uint32_t qmi_key; /* of the QMI request inside: service, client, transaction */
};

struct mbim_request {
	struct modem_port *port;
	const struct mbim_msg *msg; /* borrowed for the call */
	const struct mbim_func_service *service;
	const struct mbim_command *command;
};

typedef uint32_t mbim_handler_fn(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out);
/* Writes the information of a notification or of a late answer. */
typedef void mbim_write_fn(struct mbim_func *f, struct writer *out, void *arg);

struct mbim_command {
	uint32_t cmd;
	const char *name; /* as fault rules and statistics have it: "MBIM.CONNECT" */
	mbim_handler_fn *query; /* NULL: there is no query */
	mbim_handler_fn *set;
	/*
	 * A failure of this command has its structure too (1.3): writes it for one that
	 * a fault rule refuses with f->refusal as its cause.  NULL: failures are empty.
	 */
	mbim_handler_fn *refused;
};

struct mbim_func_service {
	const uint8_t *uuid;
	bool is_standard;   /* notifies without being asked to */
	bool counts_itself; /* what is inside a message is counted, not the message */
	const struct mbim_command *commands;
	size_t count;
};

/* What the host was told last, so that it is told only what changed. */
struct mbim_told {
	enum modem_registration registration;
	bool roaming;
	bool is_registered, is_attached;
};

struct mbim_func {
	struct modem *modem;
	bool is_open;
	size_t max_transfer; /* of our own messages: what OPEN said */
	uint16_t version;    /* MBIMEX_..., of the layouts of all messages */
	struct mbim_quirks quirks;

	struct mbim_assembly in;
	struct modem_port *in_port; /* whose fragments are being joined */
	struct event *fragment_timer;
	struct event *reset; /* the module restarts when all that is due is said */

	TAILQ_HEAD(, mbim_pending) pending;
	struct mbim_subscription subscription;
	struct mbim_sessions sessions;
	struct mbim_contexts contexts;
	struct qmi_port *qmi;
	struct mbim_told told;

	bool idle_hint;
	bool is_manual;   /* the host chose the network */
	uint32_t refusal; /* 3GPP cause in the answer that is being written; 0: none */
	uint32_t signal_interval_s, rssi_threshold, error_rate_threshold;

	uint8_t info[MBIM_MESSAGE_MAX];    /* information that a handler writes */
	uint8_t message[MBIM_MESSAGE_MAX]; /* the message being sent */
};

const struct mbim_func_service *mbim_func_service(const uint8_t *uuid);
const struct mbim_command *mbim_command_find(
    const struct mbim_func_service *s, uint32_t cmd);
extern const struct mbim_func_service mbim_svc_basic;
extern const struct mbim_func_service mbim_svc_ms;
extern const struct mbim_func_service mbim_svc_qmi;
extern const struct mbim_func_service mbim_svc_quectel;

/* sending; name and way are for fault rules and statistics ----------------------------
 */

void mbim_send_short(struct modem_port *port, const char *name, uint32_t type,
    uint32_t txn, uint32_t value);
void mbim_send_error(
    struct mbim_func *f, struct modem_port *port, uint32_t txn, uint32_t error);
/* The len bytes in f->message. */
void mbim_send_message(struct mbim_func *f, struct modem_port *port, const char *name,
    enum fault_way way, size_t len);
/* A DONE that was begun in f->message. */
void mbim_send_response(struct mbim_func *f, struct modem_port *port, const char *name,
    struct mbim_builder *b);

/* receiving ---------------------------------------------------------------------------
 */

/* One fragment of a command, or a whole one. */
void mbim_fragment_take(
    struct mbim_func *f, struct modem_port *port, const uint8_t *buf, size_t len);
void mbim_fragments_forget(struct mbim_func *f);
/* The rest of a message did not come in time; for libevent. */
void mbim_fragment_timer_cb(int fd, short what, void *arg);
void mbim_command_take(
    struct mbim_func *f, struct modem_port *port, const struct mbim_msg *m);

/* answering ---------------------------------------------------------------------------
 */

/* NULL when no command with that id waits. */
struct mbim_pending *mbim_pending_find(const struct mbim_func *f, uint32_t txn);
/* Nobody is to be answered any more; it lives on where somebody holds it. */
void mbim_pending_abandon(struct mbim_func *f, struct mbim_pending *p);
/* Those of one host, or of all for NULL. */
void mbim_pending_abandon_all(struct mbim_func *f, const struct modem_port *port);
/* The command will be answered later; gives what mbim_func_finish() takes. */
struct mbim_pending *mbim_func_hold(struct mbim_func *f, const struct mbim_request *r);
/* Answers; write may be NULL for an empty buffer. */
void mbim_func_finish(struct mbim_func *f, struct mbim_pending *p, uint32_t status,
    mbim_write_fn *write, void *arg);
/* Says it to the hosts, when the function is open and they want it. */
void mbim_func_notify(struct mbim_func *f, const struct mbim_func_service *s,
    uint32_t cmd, mbim_write_fn *write, void *arg);
/* The same under another name. */
void mbim_func_notify_as(struct mbim_func *f, const char *name,
    const struct mbim_func_service *s, uint32_t cmd, mbim_write_fn *write, void *arg);

#endif
