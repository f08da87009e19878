/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MBIM router case by case, with a clock that only the test moves, and its law with
 * random programs and an unreliable modem.
 *
 * A case is a list of lines.  What goes in: "join 1 0 lib" (connection, uid, dialect),
 * "leave 1", "up 4096",
 * "announces" (the device, its messages), "down", "at 5000" (the clock, milliseconds;
 * every deadline on the way is run when it is due), and messages ">1 ..." of connection
 * 1 and ">D ..." of the device, see build().  "part 64 0 ..." in front of a message
 * sends only that fragment of it.  All other lines are what must come out, in this
 * order and nothing else: "<1 ..." and "<D ..." as print_mbim() says it (up to "..."
 * when it ends so), "hang 1", "reopen".
 */
#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "common/mbim_table.h"
#include "common/print.h"
#include "proxy/mbim_subs.h"
#include "proxy/router.h"
#include "tests/unit/check.h"

#define LINE_LEN 400
#define OUT_MAX 512
#define MSG_MAX 4096
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct world {
	void *router;
	int64_t now_ms;
	char out[OUT_MAX][LINE_LEN];
	unsigned taken, made;
};

/* ---- what comes out ---- */

static char *
out_line(struct world *w)
{
	assert_true(w->made < OUT_MAX);
	return w->out[w->made++];
}

static void
deliver(void *arg, uint32_t dest, enum router_prio prio, const uint8_t *msg, size_t len)
{
	char line[LINE_LEN - 20], who[16];

	(void)prio;
	assert_int_equal(mbim_scan(msg, len), len);
	snprintf(who, sizeof(who), dest == ROUTER_DEVICE ? "D" : "%u", dest);
	print_mbim(line, sizeof(line), msg, len);
	snprintf(out_line(arg), LINE_LEN, "<%s %s", who, line);
}

static void
hang_up(void *arg, uint32_t conn, const char *why)
{
	(void)why;
	snprintf(out_line(arg), LINE_LEN, "hang %u", conn);
}

static void
reopen(void *arg, const char *why)
{
	(void)why;
	snprintf(out_line(arg), LINE_LEN, "reopen");
}

static void
expect(struct world *w, const char *line)
{
	size_t len = strlen(line);
	const char *got;

	if (w->taken == w->made)
		fail_msg("nothing came out, but should: %s", line);
	got = w->out[w->taken++];
	if (len > 3 && strcmp(line + len - 3, "...") == 0) {
		if (strncmp(line, got, len - 3) == 0)
			return;
	} else if (strcmp(line, got) == 0) {
		return;
	}
	fail_msg("wanted: %s\n   got: %s", line, got);
}

static void
expect_nothing(struct world *w, const char *line)
{
	if (w->taken != w->made)
		fail_msg("before \"%s\" this came out: %s", line, w->out[w->taken]);
	w->taken = w->made = 0;
}

/* ---- messages from lines ---- */

static const char *
word(const char **line)
{
	static char words[8][256];
	static unsigned next;
	char *to = words[next++ % 8];
	size_t len;

	*line += strspn(*line, " ");
	len = strcspn(*line, " ");
	assert_true(len < sizeof(words[0]));
	memcpy(to, *line, len);
	to[len] = '\0';
	*line += len;
	return to;
}

static uint32_t
number(const char **line)
{
	const char *text = word(line);
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (*text == '\0' || *end != '\0')
		fail_msg("not a number: \"%s\"", text);
	return (uint32_t)n;
}

/* "0102ff", and "x4096" for so many bytes. */
static void
write_hex(struct writer *w, const char **line)
{
	const char *text = word(line);
	unsigned byte;

	if (*text == 'x') {
		writer_zero(w, strtoul(text + 1, NULL, 10));
		return;
	}
	for (; sscanf(text, "%2x", &byte) == 1; text += 2)
		writer_u8(w, (uint8_t)byte);
}

static const struct mbim_cmd_row *
command_row(const char **line)
{
	const char *name = word(line);
	const struct mbim_cmd_row *row = mbim_cmd_find_named(name);

	if (!row)
		fail_msg("no such command: %s", name);
	return row;
}

/* "QMI 1 2 SMS": services, each with its commands. */
static void
write_subscriptions(struct writer *w, const char *line)
{
	struct mbim_subs s = {0};
	struct mbim_sub items[16];
	const char *text;

	s.items = items;
	while (*(text = word(&line))) {
		const uint8_t *service;
		size_t first = s.count;

		for (int i = 0;; i++) {
			if (i == MBIM_SERVICE_COUNT)
				fail_msg("no such service: %s", text);
			service = mbim_service_uuid((enum mbim_service)i);
			if (strcmp(mbim_service_word((enum mbim_service)i), text) == 0)
				break;
		}
		while (*line && line[1] >= '0' && line[1] <= '9') {
			memcpy(items[s.count].service, service, MBIM_UUID_LEN);
			items[s.count++].cmd = number(&line);
		}
		if (s.count > first)
			continue;
		memcpy(items[s.count].service, service, MBIM_UUID_LEN);
		items[s.count++].cmd = 0;
	}
	mbim_subs_write(&s, w);
}

static int
build_command(const char *kind, const char **line, uint8_t *buf)
{
	uint32_t txn = number(line);
	struct mbim_builder b;
	struct mbim_writer m;

	if (strcmp(kind, "config") == 0) {
		mbim_build_command(&b, buf, MSG_MAX, txn, mbim_proxy_control,
		    MBIM_CID_PROXY_CONFIGURATION, MBIM_SET);
		mbim_writer_init(&m, &b.w, 12);
		mbim_write_string(&m, word(line));
		mbim_write_u32(&m, number(line));
	} else if (strcmp(kind, "connect") == 0) {
		mbim_build_command(&b, buf, MSG_MAX, txn, mbim_basic_connect,
		    MBIM_CID_CONNECT, MBIM_SET);
		writer_u32le(&b.w, number(line));
		writer_u32le(&b.w, number(line));
		writer_zero(&b.w, 52);
	} else if (strcmp(kind, "subscribe") == 0) {
		mbim_build_command(&b, buf, MSG_MAX, txn, mbim_basic_connect,
		    MBIM_CID_SUBSCRIBE_LIST, MBIM_SET);
		write_subscriptions(&b.w, *line);
	} else {
		const struct mbim_cmd_row *row = command_row(line);

		mbim_build_command(&b, buf, MSG_MAX, txn,
		    mbim_service_uuid(row->service), row->id,
		    strcmp(kind, "set") == 0 ? MBIM_SET : MBIM_QUERY);
		write_hex(&b.w, line);
	}
	return mbim_build_end(&b);
}

static void
write_connect(struct writer *w, const char **line)
{
	writer_u32le(w, number(line)); /* session */
	writer_u32le(w, number(line)); /* state */
	writer_zero(w, 8);
	writer_bytes(w, mbim_context_internet, MBIM_UUID_LEN);
	writer_zero(w, 4);
}

static int
build_said(const char *kind, const char **line, uint8_t *buf)
{
	const struct mbim_cmd_row *row;
	struct mbim_builder b;
	uint32_t txn;

	if (strcmp(kind, "connect-ind") == 0) {
		mbim_build_indication(
		    &b, buf, MSG_MAX, mbim_basic_connect, MBIM_CID_CONNECT);
		write_connect(&b.w, line);
		return mbim_build_end(&b);
	}
	if (strcmp(kind, "ind") == 0) {
		row = command_row(line);
		mbim_build_indication(
		    &b, buf, MSG_MAX, mbim_service_uuid(row->service), row->id);
		write_hex(&b.w, line);
		return mbim_build_end(&b);
	}
	txn = number(line);
	if (strcmp(kind, "connect-done") == 0) {
		mbim_build_done(&b, buf, MSG_MAX, txn, mbim_basic_connect,
		    MBIM_CID_CONNECT, number(line));
		write_connect(&b.w, line);
		return mbim_build_end(&b);
	}
	row = command_row(line);
	mbim_build_done(&b, buf, MSG_MAX, txn, mbim_service_uuid(row->service), row->id,
	    number(line));
	write_hex(&b.w, line);
	return mbim_build_end(&b);
}

/*
 * Of connections: "open TXN MAX", "close TXN", "config TXN PATH SECONDS", "query TXN
 * COMMAND [HEX]", "set ...", "connect TXN SESSION ACTIVATE", "subscribe TXN SERVICE
 * [COMMAND...]...", "host-error TXN ERROR", "raw HEX".
 * Of the device: "open-done TXN STATUS", "close-done TXN STATUS", "error TXN ERROR",
 * "done TXN COMMAND STATUS [HEX]", "ind COMMAND [HEX]", "connect-done TXN STATUS
 * SESSION STATE", "connect-ind SESSION STATE".
 */
static int
build(const char *line, uint8_t *buf)
{
	static const struct {
		const char *kind;
		uint32_t type;
	} shorts[] = {{"open", MBIM_TYPE_OPEN}, {"host-error", MBIM_TYPE_HOST_ERROR},
	    {"open-done", MBIM_TYPE_OPEN_DONE}, {"close-done", MBIM_TYPE_CLOSE_DONE},
	    {"error", MBIM_TYPE_FUNCTION_ERROR}};
	const char *kind = word(&line);
	struct writer w;

	if (strcmp(kind, "raw") == 0) {
		writer_init(&w, buf, MSG_MAX);
		while (*line)
			write_hex(&w, &line);
		return (int)w.len;
	}
	if (strcmp(kind, "close") == 0)
		return mbim_build_short(
		    buf, MSG_MAX, MBIM_TYPE_CLOSE, number(&line), 0);
	for (size_t i = 0; i < COUNT(shorts); i++)
		if (strcmp(kind, shorts[i].kind) == 0) {
			uint32_t txn = number(&line);

			return mbim_build_short(
			    buf, MSG_MAX, shorts[i].type, txn, number(&line));
		}
	if (strstr("config connect subscribe query set", kind))
		return build_command(kind, &line, buf);
	return build_said(kind, &line, buf);
}

static void
say(struct world *w, const char *line)
{
	bool is_device = *line == 'D';
	uint32_t conn = is_device ? 0 : (uint32_t)strtoul(line, NULL, 10);
	uint8_t buf[MSG_MAX], piece[MSG_MAX];
	uint32_t part = 0, max = 0;
	int len;

	line += strcspn(line, " ");
	if (strncmp(line, " part ", 6) == 0) {
		line += 6;
		max = number(&line);
		part = number(&line);
	}
	len = build(line, buf);
	if (len <= 0)
		fail_msg("cannot build: %s", line);
	if (max) {
		len = mbim_split(buf, (size_t)len, max, part, piece, sizeof(piece));
		assert_true(len > 0);
		memcpy(buf, piece, (size_t)len);
	}
	if (is_device)
		mbim_router_ops.from_device(w->router, buf, (size_t)len, w->now_ms);
	else
		assert_int_equal(mbim_router_ops.from_conn(
				     w->router, conn, buf, (size_t)len, w->now_ms),
		    0);
}

/* ---- cases ---- */

static void
advance(struct world *w, int64_t to_ms)
{
	int64_t at;

	while ((at = mbim_router_ops.deadline(w->router)) <= to_ms) {
		w->now_ms = at > w->now_ms ? at : w->now_ms;
		mbim_router_ops.timer(w->router, w->now_ms);
	}
	w->now_ms = to_ms;
}

static void
join(struct world *w, const char *line)
{
	uint32_t id = number(&line);
	struct router_peer peer = {.uid = number(&line)};

	peer.dialect = strcmp(word(&line), "vendor") == 0 ? ROUTER_DIALECT_VENDOR
							  : ROUTER_DIALECT_LIB;
	mbim_router_ops.conn_added(w->router, id, &peer, w->now_ms);
}

static void
run_line(struct world *w, const char *line)
{
	const char *rest = line;
	const char *verb = word(&rest);

	if (*verb == '<' || strcmp(verb, "hang") == 0 || strcmp(verb, "reopen") == 0) {
		expect(w, line);
		return;
	}
	expect_nothing(w, line);
	if (*verb == '>')
		say(w, line + 1);
	else if (strcmp(verb, "join") == 0)
		join(w, rest);
	else if (strcmp(verb, "leave") == 0)
		mbim_router_ops.conn_lost(w->router, number(&rest), w->now_ms);
	else if (strcmp(verb, "announces") == 0)
		mbim_router_ops.device_announces(w->router, true);
	else if (strcmp(verb, "up") == 0)
		mbim_router_ops.device_up(w->router, number(&rest), w->now_ms);
	else if (strcmp(verb, "down") == 0)
		mbim_router_ops.device_down(w->router, w->now_ms);
	else if (strcmp(verb, "at") == 0)
		advance(w, number(&rest));
	else
		fail_msg("what is \"%s\"?", line);
}

static void
run(const struct router_config *config, const char *const *lines)
{
	struct world *w = calloc(1, sizeof(*w));
	struct router_sink sink = {deliver, hang_up, reopen, w};

	assert_non_null(w);
	w->router = mbim_router_ops.create(config, &sink);
	for (; *lines; lines++)
		run_line(w, *lines);
	expect_nothing(w, "the end");
	mbim_router_ops.destroy(w->router);
	free(w);
}

static const struct router_config defaults = {.device = "test"};

#define CASE(name, ...) \
	static void name(void **state) \
	{ \
		static const char *const lines[] = {__VA_ARGS__, NULL}; \
		(void)state; \
		run(&defaults, lines); \
	}

/* The function is open (ids 1), connections 1 and 2 are libmbim's and configured. */
#define UP "up 4096", "<D open 1 MAX_TRANSFER=4096", ">D open-done 1 0"
#define JOIN(n) \
	"join " n " 0 lib", ">" n " config 1 /dev/cdc-wdm0 30", ">" n " open 2 4096", \
	    "<" n " open-done 2 ok", "<" n " PROXY_CONTROL done 1 CONFIGURATION ok"
#define CAPS "BASIC_CONNECT.DEVICE_CAPS"
#define LOST(n) "<" n " function-error 0 NOT_OPENED"

CASE(open_answered_before_configuration, UP, "join 1 0 lib",
    ">1 config 1 /dev/cdc-wdm0 30", ">1 open 2 4096", "<1 open-done 2 ok",
    "<1 PROXY_CONTROL done 1 CONFIGURATION ok")

CASE(configuration_is_answered_without_open, UP, "join 1 0 lib",
    ">1 config 1 /dev/cdc-wdm0 30", "at 19", "at 20",
    "<1 PROXY_CONTROL done 1 CONFIGURATION ok", ">1 open 2 4096", "<1 open-done 2 ok")

CASE(a_command_ends_the_wait_for_open, UP, "join 1 0 lib",
    ">1 config 1 /dev/cdc-wdm0 30", ">1 query 7 " CAPS,
    "<1 PROXY_CONTROL done 1 CONFIGURATION ok", "<D BASIC_CONNECT query 2 DEVICE_CAPS",
    ">D done 2 " CAPS " 0", "<1 BASIC_CONNECT done 7 DEVICE_CAPS ok")

CASE(early_birds_wait_for_the_modem, "join 1 0 lib", ">1 config 1 /dev/cdc-wdm0 30",
    ">1 open 2 4096", ">1 query 3 " CAPS, "join 2 0 vendor", ">2 open 1 4096",
    "at 3000", "up 65536", "<D open 1 MAX_TRANSFER=4096", ">D open-done 1 0",
    "<1 open-done 2 ok", "<1 PROXY_CONTROL done 1 CONFIGURATION ok",
    "<2 open-done 1 ok", "<D BASIC_CONNECT query 2 DEVICE_CAPS", ">D done 2 " CAPS " 0",
    "<1 BASIC_CONNECT done 3 DEVICE_CAPS ok")

CASE(the_wait_for_the_modem_ends, "join 1 0 lib", ">1 config 1 /dev/cdc-wdm0 30",
    ">1 open 2 4096", "join 2 0 vendor", ">2 open 5 4096", ">2 close 6", "at 20000",
    "<1 open-done 2 failed FAILURE", "<2 open-done 5 failed FAILURE",
    "<2 close-done 6 ok", "at 30000",
    "<1 PROXY_CONTROL done 1 CONFIGURATION failed FAILURE")

CASE(a_second_configuration, UP, "join 1 0 lib", ">1 config 1 /dev/cdc-wdm0 30",
    ">1 config 2 /dev/cdc-wdm0 30", "<1 PROXY_CONTROL done 2 CONFIGURATION failed BUSY",
    "at 20", "<1 PROXY_CONTROL done 1 CONFIGURATION ok", ">1 config 3 /dev/cdc-wdm0 30",
    "<1 PROXY_CONTROL done 3 CONFIGURATION ok", ">1 config 4 /dev/cdc-wdm1 30",
    "<1 PROXY_CONTROL done 4 CONFIGURATION failed FAILURE",
    ">1 query 5 PROXY_CONTROL.CONFIGURATION",
    "<1 PROXY_CONTROL done 5 CONFIGURATION failed INVALID_PARAMETERS",
    ">1 query 6 PROXY_CONTROL.VERSION",
    "<1 PROXY_CONTROL done 6 VERSION failed NO_DEVICE_SUPPORT")

CASE(equal_ids_of_two, UP, JOIN("1"), JOIN("2"), ">1 query 7 " CAPS,
    "<D BASIC_CONNECT query 2 DEVICE_CAPS", ">2 query 7 " CAPS,
    "<D BASIC_CONNECT query 3 DEVICE_CAPS", ">D done 3 " CAPS " 2",
    "<2 BASIC_CONNECT done 7 DEVICE_CAPS failed FAILURE", ">D done 2 " CAPS " 1",
    "<1 BASIC_CONNECT done 7 DEVICE_CAPS failed BUSY",
    /* late, doubled, of another command: nobody's */
    ">D done 2 " CAPS " 0", ">1 query 8 " CAPS, "<D BASIC_CONNECT query 4 DEVICE_CAPS",
    ">D done 4 BASIC_CONNECT.PIN 0", ">D done 99 " CAPS " 0", ">D done 4 " CAPS " 0",
    "<1 BASIC_CONNECT done 8 DEVICE_CAPS ok")

CASE(ids_of_32_bits_survive, UP, JOIN("1"), ">1 query 0xffffffff " CAPS,
    "<D BASIC_CONNECT query 2 DEVICE_CAPS", ">D done 2 " CAPS " 0",
    "<1 BASIC_CONNECT done 4294967295 DEVICE_CAPS ok")

CASE(close_is_ours, UP, JOIN("1"), ">1 close 9", "<1 close-done 9 ok",
    /* and commands go on after it */
    ">1 query 10 " CAPS, "<D BASIC_CONNECT query 2 DEVICE_CAPS", ">D done 2 " CAPS " 0",
    "<1 BASIC_CONNECT done 10 DEVICE_CAPS ok",
    /* of length 0 (vector 10) */
    ">1 raw 02000000 00000000 0b000000", "<1 close-done 11 ok")

CASE(an_open_may_be_longer, UP, "join 1 0 vendor",
    ">1 raw 01000000 30000000 01000000 00100000 x32", "<1 open-done 1 ok")

CASE(a_vendor_needs_no_open, UP, "join 1 0 vendor", ">1 query 5 " CAPS,
    "<D BASIC_CONNECT query 2 DEVICE_CAPS", ">D done 2 " CAPS " 0",
    "<1 BASIC_CONNECT done 5 DEVICE_CAPS ok")

CASE(no_modem_no_command, "join 1 0 vendor", ">1 query 5 " CAPS,
    "<1 function-error 5 NOT_OPENED")

/* ---- fragments ---- */

#define LONG_SET "set 5 BASIC_CONNECT.SERVICE_ACTIVATION x100"

CASE(fragments_meet_only_their_own, UP, JOIN("1"), JOIN("2"), ">1 part 64 0 " LONG_SET,
    ">2 query 5 " CAPS, "<D BASIC_CONNECT query 2 DEVICE_CAPS",
    ">1 part 64 1 " LONG_SET, ">2 part 64 0 " LONG_SET, ">1 part 64 2 " LONG_SET,
    "<D BASIC_CONNECT set 3 SERVICE_ACTIVATION, 100 bytes", ">2 part 64 1 " LONG_SET,
    ">2 part 64 2 " LONG_SET, "<D BASIC_CONNECT set 4 SERVICE_ACTIVATION, 100 bytes")

CASE(cut_for_the_modem, "up 64", "<D open 1 MAX_TRANSFER=64", ">D open-done 1 0",
    JOIN("1"), ">1 " LONG_SET, "<D fragment 0/3 of command 2, 64 bytes",
    "<D fragment 1/3 of command 2, 64 bytes", "<D fragment 2/3 of command 2, 60 bytes")

CASE(cut_for_the_program, UP, "join 1 0 lib", ">1 config 1 /dev/cdc-wdm0 30",
    ">1 open 2 64", "<1 open-done 2 ok", "<1 PROXY_CONTROL done 1 CONFIGURATION ok",
    ">1 query 3 " CAPS, "<D BASIC_CONNECT query 2 DEVICE_CAPS",
    ">D done 2 " CAPS " 0 x40", "<1 fragment 0/2 of command-done 3, 64 bytes",
    "<1 fragment 1/2 of command-done 3, 44 bytes",
    ">D ind BASIC_CONNECT.SIGNAL_STATE x40",
    "<1 fragment 0/2 of indication 0, 64 bytes",
    "<1 fragment 1/2 of indication 0, 40 bytes")

CASE(joined_for_the_program, UP, JOIN("1"), ">1 query 3 " CAPS,
    "<D BASIC_CONNECT query 2 DEVICE_CAPS", ">D part 64 0 done 2 " CAPS " 0 x60",
    /* a modem may not do this; it hurts nobody */
    ">D ind BASIC_CONNECT.RADIO_STATE 0100000001000000",
    "<1 BASIC_CONNECT ind 0 RADIO_STATE HARDWARE=1 SOFTWARE=1",
    ">D part 64 1 done 2 " CAPS " 0 x60", "<1 BASIC_CONNECT done 3 DEVICE_CAPS ok ...")

CASE(fragments_out_of_order, UP, JOIN("1"), ">1 part 64 1 " LONG_SET,
    "<1 function-error 5 FRAGMENT_OUT_OF_SEQUENCE", ">1 part 64 0 " LONG_SET,
    ">1 part 64 2 " LONG_SET, "<1 function-error 5 FRAGMENT_OUT_OF_SEQUENCE",
    /* one that is begun and left for another */
    ">1 part 64 0 " LONG_SET, ">1 query 6 " CAPS,
    "<1 function-error 5 FRAGMENT_OUT_OF_SEQUENCE",
    "<D BASIC_CONNECT query 2 DEVICE_CAPS", ">1 part 64 0 " LONG_SET,
    ">1 part 64 0 set 7 BASIC_CONNECT.SERVICE_ACTIVATION x30",
    "<1 function-error 5 FRAGMENT_OUT_OF_SEQUENCE",
    ">1 part 64 1 set 7 BASIC_CONNECT.SERVICE_ACTIVATION x30",
    "<D BASIC_CONNECT set 3 SERVICE_ACTIVATION, 30 bytes",
    /* fragment 4 of 3 */
    ">1 raw 03000000 14000000 09000000 03000000 04000000",
    "<1 function-error 9 FRAGMENT_OUT_OF_SEQUENCE")

CASE(half_a_message, UP, JOIN("1"), ">1 part 64 0 " LONG_SET, "at 1249", "at 1250",
    "<1 function-error 5 TIMEOUT_FRAGMENT", ">1 part 64 1 " LONG_SET,
    "<1 function-error 5 FRAGMENT_OUT_OF_SEQUENCE", ">1 part 64 0 " LONG_SET, "leave 1",
    "at 60000")

CASE(half_an_answer, UP, JOIN("1"), ">1 query 3 " CAPS,
    "<D BASIC_CONNECT query 2 DEVICE_CAPS", ">D part 64 0 done 2 " CAPS " 0 x60",
    "at 1250", "<D host-error 2 TIMEOUT_FRAGMENT",
    "<1 function-error 3 TIMEOUT_FRAGMENT", ">1 query 4 " CAPS,
    "<D BASIC_CONNECT query 3 DEVICE_CAPS", ">D part 64 1 done 3 " CAPS " 0 x60",
    "<D host-error 3 FRAGMENT_OUT_OF_SEQUENCE",
    "<1 function-error 4 FRAGMENT_OUT_OF_SEQUENCE")

/* InformationBufferLength lies */
CASE(lengths_that_lie, UP, JOIN("1"),
    ">1 raw 03000000 30000000 07000000 01000000 00000000 "
    "a289cc33bcbb8b4fb6b0133ec2aae6df 01000000 00000000 08000000",
    "<1 function-error 7 LENGTH_MISMATCH",
    ">1 raw 03000000 14000000 08000000 01000000 00000000",
    "<1 function-error 8 LENGTH_MISMATCH", ">1 query 9 " CAPS,
    "<D BASIC_CONNECT query 2 DEVICE_CAPS",
    ">D raw 03000080 30000000 02000000 01000000 00000000 "
    "a289cc33bcbb8b4fb6b0133ec2aae6df 01000000 00000000 08000000",
    "<D host-error 2 LENGTH_MISMATCH", "<1 function-error 9 LENGTH_MISMATCH")

/* ---- subscriptions ---- */

#define MERGED(txn, sar, qmi) \
	"<D BASIC_CONNECT set " txn " SUBSCRIBE_LIST EVENTS=[SERVICE=PHONEBOOK " \
	"COMMANDS=[1], SERVICE=SMS COMMANDS=[1 2 5], " sar "SERVICE=BASIC_CONNECT " \
	"COMMANDS=[2 3 7 9 10 11 12 13 15 22 24], " qmi "SERVICE=STK COMMANDS=[1], " \
	"SERVICE=USSD COMMANDS=[1]]"
#define WITH_SAR "SERVICE=MS_SAR COMMANDS=[2], "
#define WITH_QMI "SERVICE=QMI COMMANDS=[1], "
#define LIST "BASIC_CONNECT.SUBSCRIBE_LIST"

static void
subscriptions_are_sorted_and_merged(void **state)
{
	struct mbim_subs a = {0}, b = {0};
	const uint8_t *qmi = mbim_qmi;
	uint8_t buf[MSG_MAX];
	struct writer w;

	(void)state;
	mbim_subs_standard(&a);
	assert_int_equal(a.count, 17);
	assert_true(mbim_subs_has(&a, mbim_basic_connect, MBIM_CID_CONNECT));
	assert_false(mbim_subs_has(&a, qmi, 1));
	writer_init(&w, buf, sizeof(buf));
	write_subscriptions(&w, "QMI 3 1 3 MS_SAR 2 BASIC_CONNECT 99 MS_SAR");
	assert_int_equal(mbim_subs_parse(buf, w.len, &b), 0);
	assert_int_equal(b.count, 4); /* all of MS_SAR swallows its 2 */
	assert_true(mbim_subs_has(&b, mbim_service_uuid(MBIM_SERVICE_MS_SAR), 77));
	assert_int_equal(mbim_subs_merge(&a, &b), 0);
	assert_int_equal(a.count, 20); /* standard services are not added to */
	assert_false(mbim_subs_has(&a, mbim_basic_connect, 99));
	assert_true(mbim_subs_has(&a, qmi, 3));
	mbim_subs_free(&b);
	writer_init(&w, buf, sizeof(buf));
	mbim_subs_write(&a, &w);
	assert_int_equal(mbim_subs_parse(buf, w.len, &b), 0);
	assert_true(mbim_subs_equal(&a, &b));
	mbim_subs_free(&a);
	mbim_subs_free(&b);
}

static void
subscriptions_that_lie(void **state)
{
	static const uint8_t lies[][28] = {
	    {0xff, 0xff, 0xff, 0xff}, /* vector 10 */
	    {1},
	    {1, 0, 0, 0, 12, 0, 0, 0, 16},
	    {1, 0, 0, 0, 12, 0, 0, 0, 0xff, 0xff, 0xff, 0xff},
	    {1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 20},
	};
	struct mbim_subs s = {0};
	uint8_t many[24 + 4 * (MBIM_SUBS_MAX + 1) + 8] = {1, 0, 0, 0, 12, 0, 0, 0};

	(void)state;
	for (size_t i = 0; i < COUNT(lies); i++)
		for (size_t len = 4; len <= sizeof(lies[0]); len += 4) {
			assert_true(mbim_subs_parse(lies[i], len, &s) < 0);
			assert_null(s.items);
		}
	assert_true(mbim_subs_parse(NULL, 0, &s) < 0);
	put_u32le(many + 8, sizeof(many) - 12);
	put_u32le(many + 28, MBIM_SUBS_MAX + 1);
	assert_true(mbim_subs_parse(many, sizeof(many), &s) < 0);
	assert_null(s.items);
}

CASE(subscriptions_of_several, UP, JOIN("1"), JOIN("2"), ">1 subscribe 3 QMI 1",
    MERGED("2", "", WITH_QMI),
    /* of the next one the modem hears when it has answered */
    ">2 subscribe 4 MS_SAR 2", ">D done 2 " LIST " 0",
    "<1 BASIC_CONNECT done 3 SUBSCRIBE_LIST ok EVENTS=[SERVICE=QMI COMMANDS=[1]]",
    MERGED("3", WITH_SAR, WITH_QMI), ">D done 3 " LIST " 0",
    "<2 BASIC_CONNECT done 4 SUBSCRIBE_LIST ok EVENTS=[SERVICE=MS_SAR COMMANDS=[2]]",
    /* nothing new for the modem */
    ">2 subscribe 5 MS_SAR 2 QMI 1",
    "<2 BASIC_CONNECT done 5 SUBSCRIBE_LIST ok EVENTS=[SERVICE=MS_SAR COMMANDS=[2], "
    "SERVICE=QMI COMMANDS=[1]]",
    "leave 1", "join 3 0 lib", "leave 2", MERGED("4", "", ""), ">D done 4 " LIST " 0")

CASE(a_subscriber_leaves_too_early, UP, JOIN("1"), JOIN("2"), ">1 subscribe 3 QMI 1",
    MERGED("2", "", WITH_QMI), "leave 1", ">D done 2 " LIST " 0", MERGED("3", "", ""),
    ">2 subscribe 4 QMI 1", ">D done 3 " LIST " 0", MERGED("4", "", WITH_QMI),
    ">D done 4 " LIST " 0",
    "<2 BASIC_CONNECT done 4 SUBSCRIBE_LIST ok EVENTS=[SERVICE=QMI COMMANDS=[1]]")

CASE(a_list_that_the_modem_refuses, UP, JOIN("1"), ">1 subscribe 3 QMI 1",
    MERGED("2", "", WITH_QMI), ">D done 2 " LIST " 9",
    "<1 BASIC_CONNECT done 3 SUBSCRIBE_LIST failed NO_DEVICE_SUPPORT",
    /* his list is what it was */
    ">D ind BASIC_CONNECT.RADIO_STATE 0100000001000000",
    "<1 BASIC_CONNECT ind 0 RADIO_STATE HARDWARE=1 SOFTWARE=1", ">1 subscribe 4 QMI 1",
    MERGED("3", "", WITH_QMI), ">D error 3 6", "<1 function-error 4 UNKNOWN",
    ">1 subscribe 5 QMI 1", MERGED("4", "", WITH_QMI), "at 120000",
    "<1 function-error 5 CANCEL", ">1 subscribe 6 QMI 1", MERGED("5", "", WITH_QMI))

CASE(a_subscription_of_nonsense, UP, JOIN("1"), ">1 set 3 " LIST " ffffffff",
    "<1 BASIC_CONNECT done 3 SUBSCRIBE_LIST failed INVALID_PARAMETERS",
    ">1 set 4 " LIST,
    "<1 BASIC_CONNECT done 4 SUBSCRIBE_LIST failed INVALID_PARAMETERS")

/* Each hears what it wants, the vendor's all until it says otherwise (C16). */
CASE(indications_to_those_who_want_them, UP, JOIN("1"), JOIN("2"), "join 3 0 vendor",
    ">D ind BASIC_CONNECT.RADIO_STATE 0100000001000000",
    "<1 BASIC_CONNECT ind 0 RADIO_STATE HARDWARE=1 SOFTWARE=1",
    "<2 BASIC_CONNECT ind 0 RADIO_STATE HARDWARE=1 SOFTWARE=1",
    "<3 BASIC_CONNECT ind 0 RADIO_STATE HARDWARE=1 SOFTWARE=1",
    ">D ind MS_SAR.TRANSMISSION_STATUS", "<3 MS_SAR ind 0 TRANSMISSION_STATUS",
    ">1 subscribe 3 MS_SAR", "<D BASIC_CONNECT set 2 SUBSCRIBE_LIST ...",
    ">D done 2 " LIST " 0", "<1 BASIC_CONNECT done 3 SUBSCRIBE_LIST ok ...",
    ">D ind MS_SAR.TRANSMISSION_STATUS", "<1 MS_SAR ind 0 TRANSMISSION_STATUS",
    "<3 MS_SAR ind 0 TRANSMISSION_STATUS",
    ">D ind BASIC_CONNECT.RADIO_STATE 0100000001000000",
    "<2 BASIC_CONNECT ind 0 RADIO_STATE HARDWARE=1 SOFTWARE=1",
    "<3 BASIC_CONNECT ind 0 RADIO_STATE HARDWARE=1 SOFTWARE=1",
    ">3 subscribe 3 MS_SAR 1",
    "<3 BASIC_CONNECT done 3 SUBSCRIBE_LIST ok EVENTS=[SERVICE=MS_SAR COMMANDS=[1]]",
    ">D ind MS_SAR.TRANSMISSION_STATUS", "<1 MS_SAR ind 0 TRANSMISSION_STATUS")

/* Some modems put an id there (C9). */
CASE(an_indication_with_an_id, UP, JOIN("1"),
    ">D raw 07000080 2c000000 05000000 01000000 00000000 "
    "a289cc33bcbb8b4fb6b0133ec2aae6df 03000000 00000000",
    "<1 BASIC_CONNECT ind 0 RADIO_STATE")

/* ---- sessions ---- */

#define CONNECT(n, txn, session, dev) \
	">" n " connect " txn " " session " 1", \
	    "<D BASIC_CONNECT set " dev " CONNECT SESSION=" session " ACTIVATE=1 ...", \
	    ">D connect-done " dev " 0 " session " 1", \
	    "<" n " BASIC_CONNECT done " txn " CONNECT ok SESSION=" session \
	    " STATE=1 ..."

CASE(a_session_is_its_owners, UP, JOIN("1"), JOIN("2"), CONNECT("1", "3", "4", "2"),
    ">2 connect 3 4 1", "<2 BASIC_CONNECT done 3 CONNECT failed BUSY",
    ">2 connect 4 4 0", "<2 BASIC_CONNECT done 4 CONNECT failed BUSY",
    /* to look is free, and another number is another session */
    ">2 query 5 BASIC_CONNECT.CONNECT 04000000",
    "<D BASIC_CONNECT query 3 CONNECT SESSION=4", ">2 connect 6 5 1",
    "<D BASIC_CONNECT set 4 CONNECT SESSION=5 ...", ">1 connect 7 4 0",
    "<D BASIC_CONNECT set 5 CONNECT SESSION=4 ACTIVATE=0 ...",
    ">D connect-done 5 0 4 3",
    "<1 BASIC_CONNECT done 7 CONNECT ok SESSION=4 STATE=3 ...",
    CONNECT("2", "8", "4", "6"))

CASE(a_session_that_does_not_come_up, UP, JOIN("1"), JOIN("2"), ">1 connect 3 4 1",
    "<D BASIC_CONNECT set 2 CONNECT SESSION=4 ...", ">2 connect 3 4 1",
    "<2 BASIC_CONNECT done 3 CONNECT failed BUSY", ">D done 2 BASIC_CONNECT.CONNECT 7",
    "<1 BASIC_CONNECT done 3 CONNECT failed NOT_REGISTERED",
    CONNECT("2", "4", "4", "3"))

CASE(the_network_ends_a_session, UP, JOIN("1"), JOIN("2"), CONNECT("1", "3", "4", "2"),
    ">1 subscribe 4 QMI 1", "<D BASIC_CONNECT set 3 SUBSCRIBE_LIST ...",
    ">D done 3 " LIST " 0", "<1 BASIC_CONNECT done 4 SUBSCRIBE_LIST ok ...",
    /* the owner hears it whatever it subscribed to (C8) */
    ">D connect-ind 4 3", "<1 BASIC_CONNECT ind 0 CONNECT SESSION=4 STATE=3 ...",
    "<2 BASIC_CONNECT ind 0 CONNECT SESSION=4 STATE=3 ...", CONNECT("2", "5", "4", "4"),
    ">D connect-ind 4 4", "<2 BASIC_CONNECT ind 0 CONNECT SESSION=4 STATE=4 ...")

/* One who held it for a while and was killed. */
CASE(an_orphan_is_let_go_in_time, UP, JOIN("1"), CONNECT("1", "3", "4", "2"), "at 5000",
    "leave 1", "at 64999", "at 65000",
    "<D BASIC_CONNECT set 3 CONNECT SESSION=4 ACTIVATE=0 APN=\"\" USER=\"\" "
    "PASSWORD=\"\" COMPRESSION=0 AUTH=0 IP_TYPE=0 CONTEXT_TYPE=internet",
    ">D connect-done 3 0 4 3", "at 200000")

CASE(an_orphan_that_will_not_go, UP, JOIN("1"), CONNECT("1", "3", "4", "2"), "at 5000",
    "leave 1", "at 65000", "<D BASIC_CONNECT set 3 CONNECT SESSION=4 ACTIVATE=0 ...",
    ">D done 3 BASIC_CONNECT.CONNECT 2", "at 75000",
    "<D BASIC_CONNECT set 4 CONNECT SESSION=4 ACTIVATE=0 ...", "at 85000",
    "<D BASIC_CONNECT set 5 CONNECT SESSION=4 ACTIVATE=0 ...", "at 200000", JOIN("2"),
    CONNECT("2", "4", "4", "6"))

CASE(an_orphan_is_taken_over, UP, JOIN("1"), CONNECT("1", "3", "4", "2"), "at 5000",
    "leave 1", JOIN("2"), ">2 connect 3 4 1", "<D BASIC_CONNECT set 3 CONNECT ...",
    ">D connect-done 3 0 4 1", "<2 BASIC_CONNECT done 3 CONNECT ok ...", "at 200000",
    ">2 connect 4 4 0", "<D BASIC_CONNECT set 4 CONNECT SESSION=4 ACTIVATE=0 ...",
    ">D connect-done 4 0 4 3", "<2 BASIC_CONNECT done 4 CONNECT ok ...")

/* Another user may not have it, but its number once it is down. */
CASE(an_orphan_gives_way, UP, JOIN("1"), CONNECT("1", "3", "4", "2"), "at 5000",
    "leave 1", "join 2 1000 vendor", ">2 connect 3 4 0",
    "<2 BASIC_CONNECT done 3 CONNECT failed BUSY", ">2 connect 4 4 1",
    "<D BASIC_CONNECT set 3 CONNECT SESSION=4 ACTIVATE=0 ...",
    ">D connect-done 3 0 4 3",
    "<D BASIC_CONNECT set 4 CONNECT SESSION=4 ACTIVATE=1 ...",
    ">D connect-done 4 0 4 1", "<2 BASIC_CONNECT done 4 CONNECT ok ...")

/* Tools that dial and go mean it. */
CASE(a_session_left_on_purpose, UP, JOIN("1"), CONNECT("1", "3", "4", "2"), "at 1999",
    "leave 1", JOIN("2"), CONNECT("2", "3", "5", "3"), "at 50000", ">2 close 4",
    "<2 close-done 4 ok", "leave 2", "at 900000", "join 3 1000 vendor",
    ">3 connect 3 4 1", "<3 BASIC_CONNECT done 3 CONNECT failed BUSY", JOIN("4"),
    ">4 connect 3 4 0", "<D BASIC_CONNECT set 4 CONNECT SESSION=4 ACTIVATE=0 ...",
    ">D done 4 BASIC_CONNECT.CONNECT 16",
    "<4 BASIC_CONNECT done 3 CONNECT failed CONTEXT_NOT_ACTIVATED", ">3 connect 4 4 1",
    "<D BASIC_CONNECT set 5 CONNECT SESSION=4 ACTIVATE=1 ...")

CASE(gone_while_it_comes_up, UP, JOIN("1"), ">1 connect 3 4 1",
    "<D BASIC_CONNECT set 2 CONNECT ...", "leave 1", "at 30000",
    ">D connect-done 2 0 4 1", "at 60000",
    "<D BASIC_CONNECT set 3 CONNECT SESSION=4 ACTIVATE=0 ...",
    ">D connect-done 3 0 4 3")

CASE(sessions_of_odd_numbers_pass, UP, JOIN("1"), JOIN("2"), ">1 connect 3 256 1",
    "<D BASIC_CONNECT set 2 CONNECT SESSION=256 ...", ">2 connect 3 256 1",
    "<D BASIC_CONNECT set 3 CONNECT SESSION=256 ...",
    ">1 set 4 BASIC_CONNECT.CONNECT 0100",
    "<D BASIC_CONNECT set 4 CONNECT SESSION=<bad>")

/* ---- versions ---- */

#define V_QUERY "MS_BASIC_CONNECT.VERSION"

CASE(a_version_is_everybodys, UP, JOIN("1"), JOIN("2"),
    ">1 query 3 " V_QUERY " 00010003",
    "<D MS_BASIC_CONNECT query 2 VERSION MBIM=1.0 EXTENDED=3.0",
    ">D done 2 " V_QUERY " 0 00010003",
    "<1 PROXY_CONTROL ind 0 VERSION MBIM=1.0 EXTENDED=3.0",
    "<2 PROXY_CONTROL ind 0 VERSION MBIM=1.0 EXTENDED=3.0",
    "<1 MS_BASIC_CONNECT done 3 VERSION ok MBIM=1.0 EXTENDED=3.0", "join 3 0 lib",
    ">3 config 1 /dev/cdc-wdm0 30", ">3 open 2 4096", "<3 open-done 2 ok",
    "<3 PROXY_CONTROL ind 0 VERSION MBIM=1.0 EXTENDED=3.0",
    "<3 PROXY_CONTROL done 1 CONFIGURATION ok",
    /* and holds when the function is opened again */
    ">1 query 4 " CAPS, "<D BASIC_CONNECT query 3 DEVICE_CAPS", ">D error 3 5",
    "<1 function-error 4 NOT_OPENED", LOST("1"), LOST("2"), LOST("3"),
    "<D open 4 MAX_TRANSFER=4096", ">D open-done 4 0",
    "<D MS_BASIC_CONNECT query 5 VERSION MBIM=1.0 EXTENDED=3.0", ">1 query 5 " CAPS,
    ">D done 5 " V_QUERY " 0 00010003",
    "<1 PROXY_CONTROL ind 0 VERSION MBIM=1.0 EXTENDED=3.0",
    "<2 PROXY_CONTROL ind 0 VERSION MBIM=1.0 EXTENDED=3.0",
    "<3 PROXY_CONTROL ind 0 VERSION MBIM=1.0 EXTENDED=3.0",
    "<D BASIC_CONNECT query 6 DEVICE_CAPS")

CASE(a_version_that_is_gone, UP, JOIN("1"), ">1 query 3 " V_QUERY " 00010003",
    "<D MS_BASIC_CONNECT query 2 VERSION ...", ">D done 2 " V_QUERY " 0 00010003",
    "<1 PROXY_CONTROL ind 0 VERSION MBIM=1.0 EXTENDED=3.0",
    "<1 MS_BASIC_CONNECT done 3 VERSION ok MBIM=1.0 EXTENDED=3.0", "down", LOST("1"),
    "up 4096", "<D open 3 MAX_TRANSFER=4096", ">D open-done 3 0",
    "<D MS_BASIC_CONNECT query 4 VERSION MBIM=1.0 EXTENDED=3.0", "at 5000",
    "<1 PROXY_CONTROL ind 0 VERSION MBIM=1.0 EXTENDED=1.0")

/* The vendor's tools cannot be told, so nothing may change under them. */
CASE(a_version_stays_for_the_vendor, UP, JOIN("1"), "join 2 0 vendor", ">2 open 1 4096",
    "<2 open-done 1 ok", ">1 query 3 " V_QUERY " 00010003",
    "<1 MS_BASIC_CONNECT done 3 VERSION ok MBIM=1.0 EXTENDED=1.0",
    ">2 query 2 " V_QUERY " 00010002", "<D MS_BASIC_CONNECT query 2 VERSION ...",
    ">D done 2 " V_QUERY " 0 00010002",
    "<1 PROXY_CONTROL ind 0 VERSION MBIM=1.0 EXTENDED=2.0",
    "<2 MS_BASIC_CONNECT done 2 VERSION ok MBIM=1.0 EXTENDED=2.0",
    ">1 query 4 " V_QUERY " 00010003",
    "<1 MS_BASIC_CONNECT done 4 VERSION ok MBIM=1.0 EXTENDED=2.0")

CASE(an_orphan_is_let_go_in_the_new_layout, UP, JOIN("1"),
    ">1 query 3 " V_QUERY " 00010003", "<D MS_BASIC_CONNECT query 2 VERSION ...",
    ">D done 2 " V_QUERY " 0 00010003", "<1 PROXY_CONTROL ind 0 VERSION ...",
    "<1 MS_BASIC_CONNECT done 3 VERSION ok ...", CONNECT("1", "4", "4", "3"), "at 5000",
    "leave 1", "at 65000",
    /* 64 bytes: read as the old layout, what follows the number makes no sense */
    "<D BASIC_CONNECT set 4 CONNECT SESSION=4 ACTIVATE=0 ...")

/* ---- QMI inside MBIM ---- */

/* CTL: kind 0 or 1, transaction 1, message, TLVs. */
#define ALLOCATE_NAS \
	"010f0000000000" \
	"01" \
	"2200" \
	"0400" \
	"01010003"
#define ALLOCATED_3_7 \
	"0117" \
	"0080000001" \
	"01" \
	"2200" \
	"0c00" \
	"0204000000000001020003" \
	"07"
#define RELEASE_3_7 \
	"01100000000000" \
	"01" \
	"2300" \
	"0500" \
	"0102000307"
#define RELEASED_3_7 \
	"0117" \
	"0080000001" \
	"01" \
	"2300" \
	"0c00" \
	"0204000000000001020003" \
	"07"
#define SYNC \
	"010b0000000000" \
	"01" \
	"2700" \
	"0000"
#define NAS_7 \
	"010c0000030700" \
	"0500" \
	"4d00" \
	"0000"
#define ALLOCATES(n, txn, dev) \
	">" n " set " txn " QMI.MSG " ALLOCATE_NAS, \
	    "<D QMI set " dev " MSG QMI={CTL/0 req 1 ALLOCATE_CID SERVICE=3}", \
	    ">D done " dev " QMI.MSG 0 " ALLOCATED_3_7, \
	    "<" n " QMI done " txn " MSG ok QMI={CTL/0 rsp 1 ALLOCATE_CID ok " \
	    "CLIENT={SERVICE=3 CID=7}}"

CASE(a_qmi_client_is_its_owners, UP, JOIN("1"), JOIN("2"), ALLOCATES("1", "3", "2"),
    ">2 set 3 QMI.MSG " NAS_7,
    "<2 QMI done 3 MSG ok QMI={NAS/7 rsp 5 GET_SYSTEM_INFO failed INVALID_CLIENT_ID}",
    ">2 set 4 QMI.MSG " RELEASE_3_7,
    "<2 QMI done 4 MSG ok QMI={CTL/0 rsp 1 RELEASE_CID failed INVALID_CLIENT_ID}",
    /* what would end everybody's is answered here */
    ">2 set 5 QMI.MSG " SYNC, "<2 QMI done 5 MSG ok QMI={CTL/0 rsp 1 SYNC ok}",
    ">1 set 6 QMI.MSG " NAS_7, "<D QMI set 3 MSG QMI={NAS/7 req 5 GET_SYSTEM_INFO}",
    ">1 set 7 QMI.MSG " RELEASE_3_7,
    "<D QMI set 4 MSG QMI={CTL/0 req 1 RELEASE_CID CLIENT={SERVICE=3 CID=7}}",
    ">D done 4 QMI.MSG 0 " RELEASED_3_7, "<1 QMI done 7 MSG ok ...",
    ALLOCATES("2", "8", "5"))

#define RELEASE_BY_US(dev) \
	"<D QMI set " dev " MSG QMI={CTL/0 req 1 RELEASE_CID CLIENT={SERVICE=3 " \
	"CID=7}}"

CASE(a_killed_programs_qmi_clients_go_back, UP, JOIN("1"), JOIN("2"),
    ALLOCATES("1", "3", "2"), "leave 1", RELEASE_BY_US("3"), ">2 set 4 QMI.MSG " NAS_7,
    "<2 QMI done 4 MSG ok QMI={NAS/7 rsp 5 GET_SYSTEM_INFO failed INVALID_CLIENT_ID}",
    ">D done 3 QMI.MSG 0 " RELEASED_3_7, ">2 set 5 QMI.MSG " NAS_7,
    "<D QMI set 4 MSG ...",
    /* and one that comes when its asker is gone */
    ">2 set 6 QMI.MSG " ALLOCATE_NAS, "<D QMI set 5 MSG ...", "leave 2",
    ">D done 5 QMI.MSG 0 " ALLOCATED_3_7, RELEASE_BY_US("6"), "at 10000", "at 200000")

CASE(a_qmi_client_left_on_purpose, UP, JOIN("1"), JOIN("2"), ALLOCATES("1", "3", "2"),
    ">1 close 4", "<1 close-done 4 ok", "leave 1", ">2 set 4 QMI.MSG " NAS_7,
    "<D QMI set 3 MSG QMI={NAS/7 req 5 GET_SYSTEM_INFO}")

/* ---- opening and losing ---- */

CASE(open_is_repeated_and_the_last_counts, "up 4096", "<D open 1 MAX_TRANSFER=4096",
    "at 5000", "<D open 2 MAX_TRANSFER=4096", ">D open-done 1 0", "join 1 0 vendor",
    ">1 query 1 " CAPS, "at 5001", ">D open-done 2 0",
    "<D BASIC_CONNECT query 3 DEVICE_CAPS")

CASE(open_was_answered_before, "up 4096", "<D open 1 MAX_TRANSFER=4096", "at 5000",
    "<D open 2 MAX_TRANSFER=4096", ">D open-done 1 0", "join 1 0 vendor",
    ">1 query 1 " CAPS, "at 10000", "<D BASIC_CONNECT query 3 DEVICE_CAPS")

CASE(open_is_refused_and_stray_words, "up 4096", "<D open 1 MAX_TRANSFER=4096",
    ">D open-done 77 0", ">D done 1 " CAPS " 0", ">D connect-ind 1 1", ">D error 9 5",
    ">D open-done 1 14", "at 5000", "<D open 2 MAX_TRANSFER=4096", ">D open-done 2 0",
    JOIN("1"))

CASE(transfers_too_large, "up 4096", "<D open 1 MAX_TRANSFER=4096", ">D error 1 8",
    "<D open 2 MAX_TRANSFER=2048", ">D error 2 8", "<D open 3 MAX_TRANSFER=1024",
    ">D open-done 3 0", JOIN("1"))

/* EM7345 */
CASE(open_taken_for_close, "up 4096", "<D open 1 MAX_TRANSFER=4096",
    ">D close-done 1 0", "<D close 2", ">D close-done 2 0",
    "<D open 3 MAX_TRANSFER=4096", ">D open-done 3 0", JOIN("1"))

CASE(a_modem_that_never_opens, "up 4096", "<D open 1 MAX_TRANSFER=4096", "at 5000",
    "<D open 2 ...", "at 10000", "<D open 3 ...", "at 15000", "<D open 4 ...",
    "at 20000", "<D open 5 ...", "at 25000", "<D open 6 ...", "at 30000",
    "<D open 7 ...", "at 35000", "<D open 8 ...", "at 40000", "<D open 9 ...",
    "at 45000", "<D open 10 ...", "at 50000", "<D open 11 ...", "at 55000",
    "<D open 12 ...", "at 60000", "reopen", "down", "up 4096",
    "<D open 13 MAX_TRANSFER=4096")

/* Vector 12, and what else was there is down. */
CASE(a_function_that_forgot, UP, JOIN("1"), JOIN("2"), "join 3 0 lib",
    CONNECT("1", "3", "4", "2"), ">1 subscribe 4 QMI 1", MERGED("3", "", WITH_QMI),
    ">D done 3 " LIST " 0", "<1 BASIC_CONNECT done 4 SUBSCRIBE_LIST ok ...",
    ">1 query 5 " CAPS, "<D BASIC_CONNECT query 4 DEVICE_CAPS", ">2 query 5 " CAPS,
    "<D BASIC_CONNECT query 5 DEVICE_CAPS", ">D error 5 5",
    "<2 function-error 5 NOT_OPENED", "<1 function-error 5 NOT_OPENED",
    "<1 BASIC_CONNECT ind 0 CONNECT SESSION=4 STATE=3 VOICE_CALL=0 IP_TYPE=0 "
    "CONTEXT_TYPE=internet NW_ERROR=0",
    "<2 BASIC_CONNECT ind 0 CONNECT SESSION=4 STATE=3 ...", LOST("1"), LOST("2"),
    "<D open 6 MAX_TRANSFER=4096", ">2 query 6 " CAPS, ">1 open 6 4096",
    ">D done 4 " CAPS " 0", ">D open-done 6 0", MERGED("7", "", WITH_QMI),
    "<D BASIC_CONNECT query 8 DEVICE_CAPS", "<1 open-done 6 ok", ">D done 7 " LIST " 0",
    ">D done 8 " CAPS " 0", "<2 BASIC_CONNECT done 6 DEVICE_CAPS ok",
    CONNECT("2", "7", "4", "9"))

CASE(a_modem_that_went, UP, JOIN("1"), JOIN("2"), CONNECT("1", "3", "4", "2"),
    ">2 query 3 " CAPS, "<D BASIC_CONNECT query 3 DEVICE_CAPS", "down",
    "<2 function-error 3 NOT_OPENED",
    "<1 BASIC_CONNECT ind 0 CONNECT SESSION=4 STATE=3 ...",
    "<2 BASIC_CONNECT ind 0 CONNECT SESSION=4 STATE=3 ...", LOST("1"), LOST("2"),
    ">2 query 4 " CAPS, "<2 function-error 4 NOT_OPENED", ">2 open 5 4096",
    ">2 query 6 " CAPS, "up 4096", "<D open 4 MAX_TRANSFER=4096",
    ">D done 3 " CAPS " 0", ">D open-done 4 0", "<2 open-done 5 ok",
    "<D BASIC_CONNECT query 5 DEVICE_CAPS")

CASE(a_silent_modem, UP, JOIN("1"), ">1 query 3 " CAPS,
    "<D BASIC_CONNECT query 2 DEVICE_CAPS", ">1 query 4 " CAPS,
    "<D BASIC_CONNECT query 3 DEVICE_CAPS", ">1 query 5 " CAPS,
    "<D BASIC_CONNECT query 4 DEVICE_CAPS", "at 120000", "<1 function-error 3 CANCEL",
    "<1 function-error 4 CANCEL", "<1 function-error 5 CANCEL",
    "<D BASIC_CONNECT query 5 DEVICE_CAPS", ">D done 2 " CAPS " 0", "at 130000",
    /* it lives: the answer was only late */
    ">1 set 6 BASIC_CONNECT.RADIO_STATE 01000000",
    "<D BASIC_CONNECT set 6 RADIO_STATE STATE=1", "at 429999", "at 430000",
    "<1 function-error 6 CANCEL")

CASE(a_dead_modem, UP, JOIN("1"), ">1 query 3 " CAPS,
    "<D BASIC_CONNECT query 2 DEVICE_CAPS", ">1 query 4 " CAPS,
    "<D BASIC_CONNECT query 3 DEVICE_CAPS", ">1 query 5 " CAPS,
    "<D BASIC_CONNECT query 4 DEVICE_CAPS", "at 120000", "<1 function-error 3 CANCEL",
    "<1 function-error 4 CANCEL", "<1 function-error 5 CANCEL",
    "<D BASIC_CONNECT query 5 DEVICE_CAPS", "at 130000", "reopen")

/* ---- a modem that is behind by one (kernel.md 2.1) ---- */

CASE(left_overs_of_a_predecessor, "announces", "up 4096", "<D open 1 MAX_TRANSFER=4096",
    /* each announcement brings the message before */
    ">D done 77 " CAPS " 0", "<D BASIC_CONNECT query 2 DEVICE_CAPS", ">D open-done 1 0",
    JOIN("1"), ">1 query 7 " CAPS, "<D BASIC_CONNECT query 3 DEVICE_CAPS",
    ">D done 2 " CAPS " 0", "<D BASIC_CONNECT query 4 DEVICE_CAPS",
    ">D done 3 " CAPS " 0", "<1 BASIC_CONNECT done 7 DEVICE_CAPS ok", "at 5000",
    ">1 query 8 " CAPS, "<D BASIC_CONNECT query 5 DEVICE_CAPS", ">D done 4 " CAPS " 0",
    "<D BASIC_CONNECT query 6 DEVICE_CAPS", ">D done 5 " CAPS " 0",
    "<1 BASIC_CONNECT done 8 DEVICE_CAPS ok", "at 200000")

CASE(an_announcement_that_was_missed, "announces", UP, JOIN("1"), ">1 query 7 " CAPS,
    "<D BASIC_CONNECT query 2 DEVICE_CAPS", "at 699", "at 700",
    "<D BASIC_CONNECT query 3 DEVICE_CAPS", ">D done 2 " CAPS " 0",
    "<1 BASIC_CONNECT done 7 DEVICE_CAPS ok", "at 100000")

/* One question more, and no more for as long as it takes. */
CASE(a_modem_that_is_only_slow, "announces", UP, JOIN("1"), ">1 query 7 " CAPS,
    "<D BASIC_CONNECT query 2 DEVICE_CAPS", "at 700",
    "<D BASIC_CONNECT query 3 DEVICE_CAPS", ">D done 3 " CAPS " 0", "at 90000",
    ">D done 2 " CAPS " 0", "<1 BASIC_CONNECT done 7 DEVICE_CAPS ok")

/* ---- errors ---- */

CASE(errors_to_the_right_one, UP, JOIN("1"), JOIN("2"), ">1 query 3 " CAPS,
    "<D BASIC_CONNECT query 2 DEVICE_CAPS", ">2 query 3 " CAPS,
    "<D BASIC_CONNECT query 3 DEVICE_CAPS", ">D error 3 4",
    "<2 function-error 3 DUPLICATED_TID", ">D error 77 6",
    /* what a program gives up is given up in the modem, under its id there */
    ">2 host-error 3 7", ">1 host-error 3 1", ">1 host-error 3 7",
    "<D host-error 2 CANCEL", ">D done 2 " CAPS " 0",
    /* a function's words from a program are void */
    ">1 open-done 1 0", ">1 connect-ind 1 1", ">1 error 1 5")

static void
a_flood_waits_for_its_turn(void **state)
{
	static const struct router_config config = {
	    .device = "test", .max_requests = 4, .max_waiting = 2};
	static const char *const lines[] = {UP, JOIN("1"), JOIN("2"),
	    ">1 query 3 " CAPS, "<D BASIC_CONNECT query 2 DEVICE_CAPS",
	    ">1 query 4 " CAPS, "<D BASIC_CONNECT query 3 DEVICE_CAPS",
	    ">1 query 5 " CAPS, "<D BASIC_CONNECT query 4 DEVICE_CAPS",
	    /* the last place is for one who has little under way */
	    ">1 query 6 " CAPS, ">2 query 3 " CAPS,
	    "<D BASIC_CONNECT query 5 DEVICE_CAPS", ">2 query 4 " CAPS,
	    ">D done 2 " CAPS " 0", "<1 BASIC_CONNECT done 3 DEVICE_CAPS ok",
	    "<D BASIC_CONNECT query 6 DEVICE_CAPS",
	    /* what the modem has had for a second no longer counts */
	    "at 1000", "<D BASIC_CONNECT query 7 DEVICE_CAPS", ">1 query 7 " CAPS,
	    "<D BASIC_CONNECT query 8 DEVICE_CAPS", ">1 query 8 " CAPS,
	    "<D BASIC_CONNECT query 9 DEVICE_CAPS", ">1 query 9 " CAPS,
	    /* what is held and given up never reaches the modem */
	    ">1 host-error 9 7", NULL};

	(void)state;
	run(&config, lines);
}

/* ---- the law ---- */

#define CONNS 6
#define ROUNDS 60000
#define IDS 20000

/* One program that is there, or one that was. */
struct program {
	uint32_t conn;
	uint32_t next_txn;
	uint8_t answers[IDS]; /* by id: 1 owed, 2 answered */
	struct mbim_assembly in;
};

/* A request that reached the modem: its id, its owner and number, as it said them. */
struct asked {
	uint32_t txn, who, what;
};

struct law {
	void *router;
	int64_t now_ms;
	uint32_t next_conn;
	struct program programs[CONNS];
	struct mbim_assembly device_in;
	struct asked queue[256];
	unsigned queued;
	bool opens; /* an OPEN is to be answered */
	uint32_t open_txn;
	unsigned answered, errors;
};

static uint32_t seed = 4711;

static uint32_t
rnd(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static void
law_answered(struct law *w, struct program *p, const struct mbim_msg *m)
{
	if (m->type == MBIM_TYPE_INDICATE_STATUS ||
	    (m->type == MBIM_TYPE_FUNCTION_ERROR && m->txn == 0))
		return;
	assert_in_range(m->txn, 1, p->next_txn - 1);
	assert_int_equal(p->answers[m->txn], 1);
	p->answers[m->txn] = 2;
	w->answered++;
	w->errors += m->type == MBIM_TYPE_FUNCTION_ERROR;
	if (m->type != MBIM_TYPE_COMMAND_DONE || m->info_len < 8 ||
	    m->cmd == MBIM_CID_CONNECT || m->cmd == MBIM_CID_SUBSCRIBE_LIST)
		return;
	/* the words it asked with come back to it */
	assert_int_equal(get_u32le(m->info), p->conn);
	assert_int_equal(get_u32le(m->info + 4), m->txn);
}

static void
law_device(struct law *w, const uint8_t *msg, size_t len)
{
	struct mbim_msg m;
	int n;

	if (get_u32le(msg) == MBIM_TYPE_OPEN) {
		w->opens = true;
		w->open_txn = get_u32le(msg + 8);
	}
	if (get_u32le(msg) != MBIM_TYPE_COMMAND)
		return;
	assert_true(len <= 256);
	n = mbim_assembly_add(&w->device_in, msg, len);
	assert_true(n >= 0); /* never interleaved */
	if (n == 0 || mbim_parse(w->device_in.buf, (size_t)n, &m) < 0 ||
	    m.info_len < 8 || w->queued == COUNT(w->queue))
		return;
	w->queue[w->queued++] =
	    (struct asked){m.txn, get_u32le(m.info), get_u32le(m.info + 4)};
}

static void
law_deliver(
    void *arg, uint32_t dest, enum router_prio prio, const uint8_t *msg, size_t len)
{
	struct law *w = arg;
	struct mbim_msg m;
	int n;

	(void)prio;
	if (dest == ROUTER_DEVICE) {
		law_device(w, msg, len);
		return;
	}
	for (struct program *p = w->programs; p < w->programs + CONNS; p++) {
		if (p->conn != dest)
			continue;
		if (!mbim_type_fragments(get_u32le(msg))) {
			assert_int_equal(mbim_parse(msg, len, &m), 0);
			law_answered(w, p, &m);
			return;
		}
		n = mbim_assembly_add(&p->in, msg, len);
		assert_true(n >= 0);
		if (n > 0) {
			assert_int_equal(mbim_parse(p->in.buf, (size_t)n, &m), 0);
			law_answered(w, p, &m);
		}
		return;
	}
	fail_msg("a message for %u, who is gone", dest);
}

static void
law_hang_up(void *arg, uint32_t conn, const char *why)
{
	(void)arg;
	fail_msg("%u hung up: %s", conn, why);
}

static void
law_reopen(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

static void
law_send(struct law *w, struct program *p, const uint8_t *msg, size_t len)
{
	size_t max = rnd(3) ? 4096 : 64 + rnd(100);
	uint32_t count = mbim_split_count(len, max);
	uint8_t piece[4096];

	if (get_u32le(msg) != MBIM_TYPE_COMMAND)
		count = 1;
	for (uint32_t i = 0; i < count; i++) {
		int n = get_u32le(msg) == MBIM_TYPE_COMMAND
			    ? mbim_split(msg, len, max, i, piece, sizeof(piece))
			    : (int)len;

		if (get_u32le(msg) != MBIM_TYPE_COMMAND)
			memcpy(piece, msg, len);
		mbim_router_ops.from_conn(
		    w->router, p->conn, piece, (size_t)n, w->now_ms);
	}
}

static void
law_ask(struct law *w, struct program *p)
{
	static const uint32_t commands[] = {MBIM_CID_DEVICE_CAPS, MBIM_CID_RADIO_STATE,
	    MBIM_CID_SIGNAL_STATE, MBIM_CID_VISIBLE_PROVIDERS};
	uint32_t txn = p->next_txn++;
	struct mbim_builder b;
	uint8_t buf[1024];
	int n;

	p->answers[txn] = 1;
	if (rnd(20) == 0) {
		n = mbim_build_short(buf, sizeof(buf),
		    rnd(2) ? MBIM_TYPE_OPEN : MBIM_TYPE_CLOSE, txn, 64 + rnd(400));
		law_send(w, p, buf, (size_t)n);
		return;
	}
	if (rnd(15) == 0) {
		mbim_build_command(&b, buf, sizeof(buf), txn, mbim_basic_connect,
		    MBIM_CID_SUBSCRIBE_LIST, MBIM_SET);
		write_subscriptions(&b.w, rnd(2) ? "QMI 1 SMS 2" : "MS_SAR");
	} else if (rnd(8) == 0) {
		mbim_build_command(&b, buf, sizeof(buf), txn, mbim_basic_connect,
		    MBIM_CID_CONNECT, MBIM_SET);
		writer_u32le(&b.w, rnd(4));
		writer_u32le(&b.w, rnd(2));
		writer_zero(&b.w, 52);
	} else {
		mbim_build_command(&b, buf, sizeof(buf), txn, mbim_basic_connect,
		    commands[rnd(4)], rnd(2));
		writer_u32le(&b.w, p->conn);
		writer_u32le(&b.w, txn);
		writer_zero(&b.w, rnd(600));
	}
	n = mbim_build_end(&b);
	law_send(w, p, buf, (size_t)n);
}

/* The modem answers one of those it has, with what it was asked, in pieces. */
static void
law_modem(struct law *w, bool may_fail)
{
	static const uint32_t commands[] = {MBIM_CID_DEVICE_CAPS, MBIM_CID_RADIO_STATE,
	    MBIM_CID_SIGNAL_STATE, MBIM_CID_VISIBLE_PROVIDERS, MBIM_CID_CONNECT,
	    MBIM_CID_SUBSCRIBE_LIST};
	struct mbim_builder b;
	uint8_t buf[1024], piece[256];
	struct asked a;
	unsigned i;
	int n;

	if (w->opens) {
		w->opens = false;
		n = mbim_build_short(
		    buf, sizeof(buf), MBIM_TYPE_OPEN_DONE, w->open_txn, 0);
		mbim_router_ops.from_device(w->router, buf, (size_t)n, w->now_ms);
		return;
	}
	if (w->queued == 0)
		return;
	i = rnd(w->queued);
	a = w->queue[i];
	w->queue[i] = w->queue[--w->queued];
	if (may_fail && rnd(30) == 0)
		return; /* silent: the asker must get an error in time */
	if (may_fail && rnd(30) == 0) {
		n = mbim_build_short(buf, sizeof(buf), MBIM_TYPE_FUNCTION_ERROR, a.txn,
		    rnd(20) ? MBIM_ERROR_UNKNOWN : MBIM_ERROR_NOT_OPENED);
		mbim_router_ops.from_device(w->router, buf, (size_t)n, w->now_ms);
		return;
	}
	/* it does not remember the command: of all answers only the right one counts */
	for (size_t k = 0; k < COUNT(commands); k++) {
		mbim_build_done(&b, buf, sizeof(buf), a.txn, mbim_basic_connect,
		    commands[k], commands[k] == MBIM_CID_CONNECT ? rnd(3) : 0);
		writer_u32le(&b.w, a.who);
		writer_u32le(&b.w, a.what);
		writer_zero(&b.w, rnd(400));
		n = mbim_build_end(&b);
		for (uint32_t f = 0; f < mbim_split_count((size_t)n, 256); f++) {
			int len =
			    mbim_split(buf, (size_t)n, 256, f, piece, sizeof(piece));

			mbim_router_ops.from_device(
			    w->router, piece, (size_t)len, w->now_ms);
		}
	}
}

static void
law_owed(const struct program *p, unsigned want)
{
	for (uint32_t i = 1; i < p->next_txn; i++)
		assert_int_equal(p->answers[i], want);
}

static void
law_join(struct law *w, struct program *p)
{
	struct router_peer peer = {.dialect = ROUTER_DIALECT_VENDOR};

	mbim_assembly_clear(&p->in);
	memset(p->answers, 0, sizeof(p->answers));
	p->conn = ++w->next_conn;
	p->next_txn = 1;
	mbim_router_ops.conn_added(w->router, p->conn, &peer, w->now_ms);
}

static void
law_round(struct law *w)
{
	struct program *p = &w->programs[rnd(CONNS)];

	w->now_ms += rnd(40);
	if (rnd(2) && mbim_router_ops.conn_may_send(w->router, p->conn))
		law_ask(w, p);
	if (rnd(3))
		law_modem(w, true);
	if (rnd(8000) == 0) {
		w->queued = 0;
		mbim_router_ops.device_down(w->router, w->now_ms);
		mbim_router_ops.device_up(w->router, 256, w->now_ms);
	}
	if (rnd(3000) == 0 || p->next_txn == IDS) {
		mbim_router_ops.conn_lost(w->router, p->conn, w->now_ms);
		law_join(w, p);
	}
	mbim_router_ops.timer(w->router, w->now_ms);
}

static void
law_holds(void **state)
{
	static struct law w;
	struct router_config config = {.device = "test"};
	struct router_sink sink = {law_deliver, law_hang_up, law_reopen, &w};

	(void)state;
	memset(&w, 0, sizeof(w));
	w.router = mbim_router_ops.create(&config, &sink);
	for (unsigned i = 0; i < CONNS; i++)
		law_join(&w, &w.programs[i]);
	mbim_router_ops.device_up(w.router, 256, w.now_ms);
	for (unsigned i = 0; i < ROUNDS; i++)
		law_round(&w);
	for (unsigned i = 0; i < 2000; i++) {
		w.now_ms += 500;
		law_modem(&w, false);
		mbim_router_ops.timer(w.router, w.now_ms);
	}
	for (struct program *p = w.programs; p < w.programs + CONNS; p++) {
		assert_false(mbim_router_ops.conn_owed(w.router, p->conn));
		law_owed(p, 2);
		mbim_assembly_free(&p->in);
	}
	/* or the test tests nothing */
	assert_true(w.answered > ROUNDS / 4);
	assert_true(w.errors > 100 && w.errors < w.answered / 4);
	mbim_assembly_free(&w.device_in);
	mbim_router_ops.destroy(w.router);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(open_answered_before_configuration),
	    cmocka_unit_test(configuration_is_answered_without_open),
	    cmocka_unit_test(a_command_ends_the_wait_for_open),
	    cmocka_unit_test(early_birds_wait_for_the_modem),
	    cmocka_unit_test(the_wait_for_the_modem_ends),
	    cmocka_unit_test(a_second_configuration),
	    cmocka_unit_test(equal_ids_of_two),
	    cmocka_unit_test(ids_of_32_bits_survive),
	    cmocka_unit_test(close_is_ours),
	    cmocka_unit_test(an_open_may_be_longer),
	    cmocka_unit_test(a_vendor_needs_no_open),
	    cmocka_unit_test(no_modem_no_command),
	    cmocka_unit_test(fragments_meet_only_their_own),
	    cmocka_unit_test(cut_for_the_modem),
	    cmocka_unit_test(cut_for_the_program),
	    cmocka_unit_test(joined_for_the_program),
	    cmocka_unit_test(fragments_out_of_order),
	    cmocka_unit_test(half_a_message),
	    cmocka_unit_test(half_an_answer),
	    cmocka_unit_test(lengths_that_lie),
	    cmocka_unit_test(subscriptions_of_several),
	    cmocka_unit_test(a_subscriber_leaves_too_early),
	    cmocka_unit_test(a_list_that_the_modem_refuses),
	    cmocka_unit_test(a_subscription_of_nonsense),
	    cmocka_unit_test(indications_to_those_who_want_them),
	    cmocka_unit_test(an_indication_with_an_id),
	    cmocka_unit_test(a_session_is_its_owners),
	    cmocka_unit_test(a_session_that_does_not_come_up),
	    cmocka_unit_test(the_network_ends_a_session),
	    cmocka_unit_test(an_orphan_is_let_go_in_time),
	    cmocka_unit_test(an_orphan_that_will_not_go),
	    cmocka_unit_test(an_orphan_is_taken_over),
	    cmocka_unit_test(an_orphan_gives_way),
	    cmocka_unit_test(a_session_left_on_purpose),
	    cmocka_unit_test(gone_while_it_comes_up),
	    cmocka_unit_test(sessions_of_odd_numbers_pass),
	    cmocka_unit_test(a_version_is_everybodys),
	    cmocka_unit_test(a_version_that_is_gone),
	    cmocka_unit_test(a_version_stays_for_the_vendor),
	    cmocka_unit_test(an_orphan_is_let_go_in_the_new_layout),
	    cmocka_unit_test(a_qmi_client_is_its_owners),
	    cmocka_unit_test(a_killed_programs_qmi_clients_go_back),
	    cmocka_unit_test(a_qmi_client_left_on_purpose),
	    cmocka_unit_test(open_is_repeated_and_the_last_counts),
	    cmocka_unit_test(open_was_answered_before),
	    cmocka_unit_test(open_is_refused_and_stray_words),
	    cmocka_unit_test(transfers_too_large),
	    cmocka_unit_test(open_taken_for_close),
	    cmocka_unit_test(a_modem_that_never_opens),
	    cmocka_unit_test(a_function_that_forgot),
	    cmocka_unit_test(a_modem_that_went),
	    cmocka_unit_test(a_silent_modem),
	    cmocka_unit_test(a_dead_modem),
	    cmocka_unit_test(left_overs_of_a_predecessor),
	    cmocka_unit_test(an_announcement_that_was_missed),
	    cmocka_unit_test(a_modem_that_is_only_slow),
	    cmocka_unit_test(errors_to_the_right_one),
	    cmocka_unit_test(subscriptions_are_sorted_and_merged),
	    cmocka_unit_test(subscriptions_that_lie),
	    cmocka_unit_test(a_flood_waits_for_its_turn),
	    cmocka_unit_test(law_holds),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
