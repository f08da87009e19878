/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An MBIM conversation over a port: commands with their answers, and indications.
 *
 * Fragments are joined and made here; everybody above sees whole messages.
 */
#ifndef PDNMUX_CLIENT_MBIM_LINK_H
#define PDNMUX_CLIENT_MBIM_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure.h"
#include "common/mbim.h"

struct event_base;
struct mbim_link;
struct port;

struct mbim_link_handlers {
	void (*ready)(void *arg);
	/* Borrowed for the call; may free the link. */
	void (*indication)(void *arg, const struct mbim_msg *msg);
	/* The function, or the broker for it, says unasked that it is closed. */
	void (*not_opened)(void *arg);
	void (*lost)(void *arg, const struct failure *why);
};

/* The status of an answer that is a FUNCTION_ERROR: see msg->value. */
#define MBIM_LINK_FUNCTION_ERROR UINT32_MAX

/*
 * The answer: status is that of the DONE (0: success) or MBIM_LINK_FUNCTION_ERROR, and
 * msg the whole message; or msg is NULL when none came in time.  May free the link.
 */
typedef void mbim_answer_fn(void *arg, uint32_t status, const struct mbim_msg *msg);

/* port is taken and started.  handlers are borrowed.  Never NULL. */
struct mbim_link *mbim_link_new(struct event_base *base, struct port *port,
    const struct mbim_link_handlers *handlers, void *arg);
/* Cancels everything, closes the port.  NULL is fine. */
void mbim_link_free(struct mbim_link *l);
/* Its port, borrowed: is it ours alone, and who answers OPEN? */
const struct port *mbim_link_port(const struct mbim_link *l);

/*
 * mbim_link_begin, mbim_link_send - one command.
 *
 * service       MBIM_UUID_LEN bytes.
 * command_type  MBIM_QUERY or MBIM_SET.
 *
 * begin gives the writer of the information buffer; fill it and then send.  One command
 * is built at a time.  fn is called from the event loop with arg, unless cancelled
 * first; also when the port does not take the command, by its time-out.
 */
struct writer *mbim_link_begin(
    struct mbim_link *l, const uint8_t *service, uint32_t cmd, uint32_t command_type);
void mbim_link_send(struct mbim_link *l, unsigned int group, int64_t timeout_ms,
    mbim_answer_fn *fn, void *arg);
/* OPEN or CLOSE. */
void mbim_link_send_short(struct mbim_link *l, uint32_t type, unsigned int group,
    int64_t timeout_ms, mbim_answer_fn *fn, void *arg);

void mbim_link_cancel_group(struct mbim_link *l, unsigned int group);
size_t mbim_link_pending(const struct mbim_link *l, unsigned int group);
/* Time-outs in a row since the modem last said anything. */
unsigned int mbim_link_silent(const struct mbim_link *l);
/*
 * The version of the extensions whose layouts are in force, MBIMEX_1 unless the proxy
 * has announced another: we never ask for one, but a neighbour may (mbim.md 2.9).
 */
uint16_t mbim_link_version(const struct mbim_link *l);

#endif
