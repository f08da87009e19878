/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands are built in one buffer and leave at once, cut into fragments where the
 * port wants it; the table of requests does the rest.
 *
 * The whole connection is one space of transaction ids.  They stay below 2^24: the
 * vendor's proxy keeps no more of them (reference/proxies.md 5).  An answer must be to
 * the command that has its id, which a number made of service and command checks; a
 * FUNCTION_ERROR names no command and is matched by its id alone.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/mbim_link.h"
#include "client/port.h"
#include "client/request.h"
#include "common/log.h"
#include "common/mbim_ids.h"
#include "common/print.h"
#include "common/xmem.h"

#define MBIM_LINK_REQUEST_MAX 2048 /* our largest, CONNECT, is below 1400 bytes */
#define MBIM_LINK_TXN_MAX 0xffffffu
#define MBIM_LINK_SPACE 0
#define MBIM_LINK_TXN_AT 8 /* offset of the transaction id */

/* What the request table carries for us. */
struct mbim_waiting {
	mbim_answer_fn *fn;
	void *arg;
};

struct mbim_link {
	struct port *port;
	struct requests *requests;
	const struct mbim_link_handlers *handlers;
	void *arg;
	struct mbim_assembly in;
	uint16_t version;
	struct mbim_builder builder;
	uint32_t expect;
	uint8_t buf[MBIM_LINK_REQUEST_MAX];
};

static void
mbim_link_trace(const char *way, const uint8_t *bytes, size_t len)
{
	char text[1024];

	if (!log_enabled(LOG_LEVEL_DEBUG, "mbim"))
		return;
	print_mbim(text, sizeof(text), bytes, len);
	log_debug("mbim", "%s %s", way, text);
}

/* What an answer must carry beside its id, as one number. */
static uint32_t
mbim_link_expect(const uint8_t *service, uint32_t cmd)
{
	return service != NULL ? get_u32le(service) ^ cmd << 16 : 0;
}

static void
mbim_link_function_error(struct mbim_link *l, const struct mbim_msg *msg)
{
	if (!request_answer_any(l->requests, MBIM_LINK_SPACE, msg->txn, msg) &&
	    msg->value == MBIM_ERROR_NOT_OPENED)
		l->handlers->not_opened(l->arg);
}

static void
mbim_link_indication(struct mbim_link *l, const struct mbim_msg *msg)
{
	uint16_t version, extended;
	struct cursor c;

	if (memcmp(msg->service, mbim_proxy_control, MBIM_UUID_LEN) != 0) {
		l->handlers->indication(l->arg, msg);
		return;
	}
	cursor_init(&c, msg->info, msg->info_len);
	if (msg->cmd != MBIM_CID_PROXY_VERSION || !cursor_u16le(&c, &version) ||
	    !cursor_u16le(&c, &extended))
		return;
	log_debug("mbim", "the proxy says: layouts of MBIMEx %x.%x", extended >> 8,
	    extended & 0xff);
	l->version = extended;
}

/* One whole message. */
static void
mbim_link_dispatch(struct mbim_link *l, const struct mbim_msg *msg)
{
	if (msg->type == MBIM_TYPE_FUNCTION_ERROR)
		mbim_link_function_error(l, msg);
	else if (msg->type == MBIM_TYPE_INDICATE_STATUS)
		mbim_link_indication(l, msg);
	else if (msg->type & 0x80000000u) /* a DONE of some kind */
		request_answer(l->requests, MBIM_LINK_SPACE, msg->txn,
		    mbim_link_expect(msg->service, msg->cmd), msg);
}

static void
mbim_link_complain(struct mbim_link *l, uint32_t txn, enum mbim_error error)
{
	uint8_t buf[16];
	int len = mbim_build_short(buf, sizeof(buf), MBIM_TYPE_HOST_ERROR, txn, error);

	if (len > 0)
		port_send(l->port, buf, (size_t)len);
}

/*
 * Takes one fragment; the length of the whole message when it is the last.  A message
 * that never came to its end is given up for the next one's first fragment.
 */
static int
mbim_link_assemble(struct mbim_link *l, const uint8_t *bytes, size_t len)
{
	int n = mbim_assembly_add(&l->in, bytes, len);
	struct mbim_fragment f;

	if (n >= 0 || mbim_fragment_parse(bytes, len, &f) < 0)
		return n;
	log_warnx("mbim", "fragment %" PRIu32 " of message %" PRIu32 " out of order",
	    f.current, f.txn);
	mbim_link_complain(l, f.txn, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	return f.current == 0 ? mbim_assembly_add(&l->in, bytes, len) : n;
}

static void
mbim_link_message(void *arg, const uint8_t *bytes, size_t len)
{
	struct mbim_link *l = arg;
	struct mbim_msg msg;
	int n, r;

	if (len >= MBIM_HDR_LEN && mbim_type_fragments(get_u32le(bytes))) {
		n = mbim_link_assemble(l, bytes, len);
		if (n == 0)
			return;
		bytes = l->in.buf;
		len = n > 0 ? (size_t)n : 0;
	}
	r = mbim_parse(bytes, len, &msg);
	if (r < 0) {
		log_warnx("mbim", "dropped a broken message of %zu bytes", len);
		if (r == -EBADMSG)
			mbim_link_complain(l, msg.txn, MBIM_ERROR_LENGTH_MISMATCH);
		return;
	}
	mbim_link_trace("<", bytes, len);
	mbim_link_dispatch(l, &msg);
}

static void
mbim_link_ready(void *arg)
{
	struct mbim_link *l = arg;

	l->handlers->ready(l->arg);
}

static void
mbim_link_lost(void *arg, const struct failure *why)
{
	struct mbim_link *l = arg;

	l->handlers->lost(l->arg, why);
}

static const struct port_handlers mbim_link_port_handlers = {
    .ready = mbim_link_ready,
    .message = mbim_link_message,
    .lost = mbim_link_lost,
};

struct mbim_link *
mbim_link_new(struct event_base *base, struct port *port,
    const struct mbim_link_handlers *handlers, void *arg)
{
	struct mbim_link *l = xcalloc(1, sizeof(*l));

	l->port = port;
	l->handlers = handlers;
	l->arg = arg;
	l->version = MBIMEX_1;
	l->requests = requests_new(base, sizeof(struct mbim_waiting));
	port_start(port, &mbim_link_port_handlers, l);
	return l;
}

void
mbim_link_free(struct mbim_link *l)
{
	if (l == NULL)
		return;
	requests_free(l->requests);
	port_free(l->port);
	mbim_assembly_free(&l->in);
	explicit_bzero(l->buf, sizeof(l->buf)); /* passwords passed through here */
	free(l);
}

const struct port *
mbim_link_port(const struct mbim_link *l)
{
	return l->port;
}

static void
mbim_link_outcome(const void *context, enum request_outcome outcome, const void *answer)
{
	const struct mbim_waiting *w = context;
	const struct mbim_msg *msg = outcome == REQUEST_ANSWERED ? answer : NULL;
	uint32_t status = 0;

	if (msg != NULL)
		status = msg->type == MBIM_TYPE_FUNCTION_ERROR
			     ? MBIM_LINK_FUNCTION_ERROR
			     : msg->value;
	w->fn(w->arg, status, msg);
}

static uint32_t
mbim_link_request(struct mbim_link *l, uint32_t expect, unsigned int group,
    int64_t timeout_ms, mbim_answer_fn *fn, void *arg)
{
	const struct mbim_waiting w = {.fn = fn, .arg = arg};
	uint32_t txn = request_begin(l->requests, MBIM_LINK_SPACE, MBIM_LINK_TXN_MAX,
	    expect, group, timeout_ms, mbim_link_outcome, &w);

	if (txn == 0) /* by our own restraint */
		fatal("mbim", "no transaction id is free");
	return txn;
}

/* One message, in as many pieces as the port wants; each leaves in one write. */
static void
mbim_link_write(struct mbim_link *l, const uint8_t *msg, size_t len)
{
	size_t max = l->port->max_transfer >= MBIM_TRANSFER_MIN ? l->port->max_transfer
								: MBIM_TRANSFER_DEFAULT;
	uint8_t piece[MBIM_LINK_REQUEST_MAX];
	uint32_t i, count = mbim_split_count(len, max);
	int n = 0;

	mbim_link_trace(">", msg, len);
	if (count == 1)
		n = port_send(l->port, msg, len);
	for (i = 0; count > 1 && i < count && n >= 0; i++) {
		n = mbim_split(msg, len, max, i, piece, sizeof(piece));
		if (n > 0)
			n = port_send(l->port, piece, (size_t)n);
	}
	explicit_bzero(piece, sizeof(piece));
	if (n < 0)
		log_debug("mbim", "a command was not taken: %s", strerror(-n));
}

struct writer *
mbim_link_begin(
    struct mbim_link *l, const uint8_t *service, uint32_t cmd, uint32_t command_type)
{
	l->expect = mbim_link_expect(service, cmd);
	mbim_build_command(
	    &l->builder, l->buf, sizeof(l->buf), 1, service, cmd, command_type);
	return &l->builder.w;
}

void
mbim_link_send(struct mbim_link *l, unsigned int group, int64_t timeout_ms,
    mbim_answer_fn *fn, void *arg)
{
	int len = mbim_build_end(&l->builder);

	if (len < 0) /* bounded by options.c */
		fatal("mbim", "a command does not fit");
	put_u32le(l->buf + MBIM_LINK_TXN_AT,
	    mbim_link_request(l, l->expect, group, timeout_ms, fn, arg));
	mbim_link_write(l, l->buf, (size_t)len);
}

void
mbim_link_send_short(struct mbim_link *l, uint32_t type, unsigned int group,
    int64_t timeout_ms, mbim_answer_fn *fn, void *arg)
{
	uint32_t txn = mbim_link_request(l, 0, group, timeout_ms, fn, arg);
	uint8_t buf[16];
	int len = mbim_build_short(buf, sizeof(buf), type, txn, MBIM_TRANSFER_DEFAULT);

	if (len > 0)
		mbim_link_write(l, buf, (size_t)len);
}

void
mbim_link_cancel_group(struct mbim_link *l, unsigned int group)
{
	request_cancel_group(l->requests, group);
}

size_t
mbim_link_pending(const struct mbim_link *l, unsigned int group)
{
	return requests_pending(l->requests, group);
}

unsigned int
mbim_link_silent(const struct mbim_link *l)
{
	return requests_silent(l->requests);
}

uint16_t
mbim_link_version(const struct mbim_link *l)
{
	return l->version;
}
