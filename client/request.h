/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests in flight: transaction ids, deadlines, and exactly one answer each.
 *
 * The table knows no protocol.  A space is whatever transaction ids are unique in: one
 * (service, CID) of QMI, the whole connection of MBIM.  A request is begun, which
 * reserves its id; then it is answered, or times out, or is cancelled.  Its handler is
 * called once for the first two and never for the third.  A handler may begin, cancel
 * and free requests, and free the table.
 */
#ifndef PDNMUX_CLIENT_REQUEST_H
#define PDNMUX_CLIENT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct requests;

enum request_outcome {
	REQUEST_ANSWERED,
	REQUEST_TIMED_OUT, /* msg is NULL */
};

/*
 * context  the table's copy of what request_begin() was given, borrowed for the call.
 * msg      whatever request_answer() was given, likewise.
 */
typedef void request_fn(
    const void *context, enum request_outcome outcome, const void *msg);

/*
 * context_size  bytes of what each request carries for its handler.
 * base          may be NULL: then the owner calls requests_expire() (tests).
 */
struct requests *requests_new(struct event_base *base, size_t context_size);
/* Cancels everything.  NULL is fine. */
void requests_free(struct requests *rs);

/*
 * request_begin - reserve a transaction id.
 *
 * space       see above.
 * txn_max     the largest id of this space (0xff on QMI's CTL, 0xffff elsewhere).
 * expect      what the answer must carry beside the id, for QMI its message id; an
 *             answer with another one is stray.
 * group       for request_cancel_group(); 0 is a group like any other.
 * timeout_ms  from now; the deadline is kept by a timer of the table.
 * context     copied: it lives as long as the request does.
 *
 * Returns the id, 1 to txn_max and not in use in this space; 0 when all are in use.
 */
uint32_t request_begin(struct requests *rs, uint32_t space, uint32_t txn_max,
    uint32_t expect, unsigned int group, int64_t timeout_ms, request_fn *fn,
    const void *context);
/* Hand an answer to its request.  False: nobody waits for it (late or stray). */
bool request_answer(struct requests *rs, uint32_t space, uint32_t txn, uint32_t expect,
    const void *msg);
/* An answer that does not say to what, beside the id. */
bool request_answer_any(
    struct requests *rs, uint32_t space, uint32_t txn, const void *msg);
/* Forget one request, or all of a group; no handler is called. */
void request_cancel(struct requests *rs, uint32_t space, uint32_t txn);
void request_cancel_group(struct requests *rs, unsigned int group);
void request_cancel_all(struct requests *rs);
/* Time out what is due at now_ms (monotonic). */
void requests_expire(struct requests *rs, int64_t now_ms);

/* How many wait in a group. */
size_t requests_pending(const struct requests *rs, unsigned int group);
/* Timeouts since the last answer of anybody: a modem that says nothing at all. */
unsigned int requests_silent(const struct requests *rs);
/* When the next one is due, monotonic ms; -1: nothing in flight. */
int64_t requests_deadline_ms(const struct requests *rs);

#endif
