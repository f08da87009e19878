/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes wrong between a modem and its hosts, by rule.
 *
 * A rule names a message ("WDS.START_NETWORK", "MBIM.CONNECT", "*"), which way it goes,
 * what becomes of it, and how often.  Every message passes here by name: a request
 * before its service sees it, a response or indication before a front sends it.
 *
 *	fault WDS.START_NETWORK rsp delay 500        each one
 *	fault CTL.ALLOCATE_CID req error CLIENT_IDS_EXHAUSTED count 2
 *	fault WDS.START_NETWORK req error CALL_FAILED cause 33
 *	fault * rsp split count 1
 */
#ifndef PDNMUX_MODEM_FAULT_H
#define PDNMUX_MODEM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct fault_set;

enum fault_way { FAULT_REQ, FAULT_RSP, FAULT_IND };

enum fault_action {
	FAULT_NONE,
	FAULT_DROP,      /* as if it had never been */
	FAULT_DELAY,     /* number: ms */
	FAULT_ERROR,     /* req only: the service is not asked; number: the error */
	FAULT_DUPLICATE, /* twice */
	FAULT_REORDER,   /* after the one that follows it */
	FAULT_TRUNCATE,  /* number: bytes cut off its end */
	FAULT_SPLIT,     /* byte by byte */
	FAULT_COALESCE,  /* in one write with the one that follows */
	FAULT_GARBAGE,   /* number: random bytes before it */
	FAULT_BAD_TXN,   /* another transaction id */
	FAULT_BAD_CID,   /* another client id; QMI only */
	FAULT_BROADCAST, /* to all clients of the service; QMI only */
};

struct fault_hit {
	enum fault_action action;
	uint32_t number;
	uint16_t cause; /* with FAULT_ERROR: 3GPP cause of a refused call; 0: none */
};

/* Never NULL. */
struct fault_set *fault_set_new(void);
void fault_set_free(struct fault_set *s);
/*
 * fault_set_command - "NAME req|rsp|ind ACTION [NUMBER] [cause N] [count N]", or
 * "clear".
 *
 * line is borrowed.  Returns 0, or -EINVAL with one sentence in why.
 */
int fault_set_command(
    struct fault_set *s, const char *line, char *why, size_t why_size);
/* The first rule that fits, used up by one; action FAULT_NONE when there is none. */
struct fault_hit fault_check(struct fault_set *s, const char *name, enum fault_way way);

/*
 * What a front is given, after delays: a queue towards one host in due order.
 */
struct fault_line;

typedef void fault_send_fn(void *arg, const uint8_t *bytes, size_t len);

/* send is called from base's loop only. */
struct fault_line *fault_line_new(
    struct event_base *base, fault_send_fn *send, void *arg);
/* What waits is forgotten. */
void fault_line_free(struct fault_line *l);
/*
 * fault_line_put - msg is sent after delay_ms, and hit is done to it.
 *
 * sent  becomes true when the message leaves; NULL: not wanted.  Outlives the line.
 * msg   copied.  For FAULT_BAD_* the caller has changed it already.
 */
void fault_line_put(struct fault_line *l, const struct fault_hit *hit, int64_t delay_ms,
    bool *sent, const uint8_t *msg, size_t len);

#endif
