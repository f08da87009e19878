/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The QMI router case by case, with a clock that only the test moves.
 *
 * A case is a list of lines.  What goes in: "join 1 0" (connection, uid), "leave 1",
 * "up", "down", "at 5000" (the clock, milliseconds; every deadline on the way is run
 * when it is due), and messages ">1 ..." of connection 1 and ">D ..." of the device.
 * All other lines are what must come out, in this order and nothing else: "<1 ...",
 * "<D ...", "hang 1", "reopen".  A message is
 *
 *	kind service/cid transaction message [ok | errN] [tlv=hex ...]
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/qmi_table.h"
#include "common/text.h"
#include "proxy/router.h"
#include "tests/unit/check.h"

#define LINE_LEN 160
#define OUT_MAX 512

struct name {
	const char *text;
	unsigned number;
};

static const struct name kinds[] = {{"req", 0}, {"rsp", 1}, {"ind", 2}};
static const struct name services[] = {{"ctl", 0}, {"wds", 1}, {"dms", 2}, {"nas", 3},
    {"uim", 11}, {"v6", 0x11}, {"wda", 26}};
static const struct name messages[] = {{"version", 0x21}, {"alloc", 0x22},
    {"release", 0x23}, {"revoke", 0x24}, {"invalid", 0x25}, {"sync", 0x27},
    {"open", 0xff00}, {"qrtr", 0xff22}, {"start", 0x20}, {"stop", 0x21},
    {"status", 0x22}, {"scan", 0x21}, {"bind", 0xa2}, {"get", 0x4d}};

struct world {
	void *router;
	int64_t now_ms;
	char out[OUT_MAX][LINE_LEN];
	unsigned taken, made;
};

static const char *
name_of(const struct name *list, size_t count, unsigned number, bool is_ctl)
{
	for (size_t i = 0; i < count; i++)
		/* the first half of messages is CTL's */
		if (list[i].number == number && (list != messages || (i < 8) == is_ctl))
			return list[i].text;
	return "?";
}

static unsigned
number_of(const struct name *list, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].text, text) == 0)
			return list[i].number;
	fail_msg("no such word: %s", text);
	return 0;
}

#define NAME(list, number, is_ctl) name_of(list, COUNT(list), number, is_ctl)
#define NUMBER(list, text) number_of(list, COUNT(list), text)

/* ---- what comes out ---- */

static char *
out_line(struct world *w)
{
	assert_true(w->made < OUT_MAX);
	return w->out[w->made++];
}

static void
show_tlvs(struct text *t, const struct qmi_msg *m)
{
	struct qmi_tlv tlv;
	struct cursor c;

	if (m->kind == QMI_KIND_RSP && qmi_response_error(m))
		text_add(t, " err%u", qmi_response_error(m));
	else if (m->kind == QMI_KIND_RSP)
		text_add(t, " ok");
	cursor_init(&c, m->tlvs, m->tlvs_len);
	while (qmi_tlv_next(&c, &tlv)) {
		if (m->kind == QMI_KIND_RSP && tlv.type == QMI_TLV_RESULT)
			continue;
		text_add(t, " %02x=", tlv.type);
		for (unsigned i = 0; i < tlv.len; i++)
			text_add(t, "%02x", tlv.value[i]);
	}
}

static void
deliver(void *arg, uint32_t dest, enum router_prio prio, const uint8_t *msg, size_t len)
{
	struct qmi_msg m;
	struct text t;
	char who[16];

	(void)prio;
	assert_int_equal(qmi_parse(msg, len, &m), 0);
	snprintf(who, sizeof(who), dest == ROUTER_DEVICE ? "D" : "%u", dest);
	text_init(&t, out_line(arg), LINE_LEN);
	text_add(&t, "<%s %s %s/%u %u %s", who, NAME(kinds, m.kind, false),
	    NAME(services, m.service, false), m.cid, m.txn,
	    NAME(messages, m.id, m.service == QMI_CTL));
	show_tlvs(&t, &m);
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

/* ---- what goes in ---- */

static void
add_hex_tlv(struct qmi_builder *b, const char *word)
{
	uint8_t bytes[64];
	size_t len = 0;
	unsigned type, byte;

	assert_int_equal(sscanf(word, "%2x=", &type), 1);
	for (word += 3; sscanf(word, "%2x", &byte) == 1; word += 2)
		bytes[len++] = (uint8_t)byte;
	qmi_build_tlv(b, (uint8_t)type, bytes, len);
}

/* A message in words, as a frame; its length. */
static int
build(const char *line, uint8_t *buf, size_t size)
{
	char kind[8], service[8], id[16], words[LINE_LEN];
	struct qmi_builder b;
	unsigned cid, txn, error;
	char *word, *rest;
	int used = 0;

	assert_int_equal(sscanf(line, "%7s %7[^/]/%u %u %15s%n", kind, service, &cid,
			     &txn, id, &used),
	    5);
	qmi_build(&b, buf, size, (uint8_t)NUMBER(services, service), (uint8_t)cid,
	    (enum qmi_kind)NUMBER(kinds, kind), (uint16_t)txn,
	    (uint16_t)NUMBER(messages, id));
	snprintf(words, sizeof(words), "%s", line + used);
	for (word = strtok_r(words, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		if (strcmp(word, "ok") == 0)
			qmi_build_result(&b, 0);
		else if (sscanf(word, "err%u", &error) == 1)
			qmi_build_result(&b, (uint16_t)error);
		else
			add_hex_tlv(&b, word);
	}
	return qmi_build_end(&b);
}

static void
send_line(struct world *w, const char *line)
{
	uint8_t buf[256];
	int n = build(strchr(line, ' ') + 1, buf, sizeof(buf));

	assert_true(n > 0);
	if (line[1] == 'D')
		qmi_router_ops.from_device(w->router, buf, (size_t)n, w->now_ms);
	else
		qmi_router_ops.from_conn(
		    w->router, (uint32_t)atoi(line + 1), buf, (size_t)n, w->now_ms);
}

/* Every deadline on the way is run when it is due, and moves on when it was run. */
static void
go_to(struct world *w, int64_t to_ms)
{
	int64_t due_ms;

	for (unsigned n = 0; (due_ms = qmi_router_ops.deadline(w->router)) <= to_ms;
	     n++) {
		assert_true(n < 1000);
		if (due_ms > w->now_ms)
			w->now_ms = due_ms;
		qmi_router_ops.timer(w->router, w->now_ms);
	}
	w->now_ms = to_ms;
}

static void
join(struct world *w, const char *line)
{
	struct router_peer peer = {.dialect = ROUTER_DIALECT_LIB};
	unsigned id, uid;

	assert_int_equal(sscanf(line, "join %u %u", &id, &uid), 2);
	peer.uid = uid;
	qmi_router_ops.conn_added(w->router, id, &peer, w->now_ms);
}

/* True when line is something to do. */
static bool
act(struct world *w, const char *line)
{
	if (line[0] == '>')
		send_line(w, line);
	else if (strncmp(line, "join", 4) == 0)
		join(w, line);
	else if (strncmp(line, "leave", 5) == 0)
		qmi_router_ops.conn_lost(
		    w->router, (uint32_t)atoi(line + 6), w->now_ms);
	else if (strncmp(line, "at", 2) == 0)
		go_to(w, atoi(line + 3));
	else if (strcmp(line, "up") == 0)
		qmi_router_ops.device_up(w->router, 200, w->now_ms);
	else if (strcmp(line, "down") == 0)
		qmi_router_ops.device_down(w->router, w->now_ms);
	else
		return false;
	return true;
}

static void
nothing_left(struct world *w, const char *before)
{
	if (w->taken < w->made)
		fail_msg(
		    "\"%s\" was not expected before \"%s\"", w->out[w->taken], before);
}

static void
expect(struct world *w, const char *line)
{
	if (w->taken == w->made)
		fail_msg("\"%s\" did not come", line);
	if (strcmp(w->out[w->taken], line) != 0)
		fail_msg("\"%s\" came, not \"%s\"", w->out[w->taken], line);
	w->taken++;
}

static void
start_world(struct world *w, const struct router_config *config)
{
	struct router_sink sink = {deliver, hang_up, reopen, w};

	memset(w, 0, sizeof(*w));
	w->router = qmi_router_ops.create(config, &sink);
}

static void
run_lines(struct world *w, const char *const *lines)
{
	for (; *lines; lines++) {
		if (strchr("<hr", **lines)) {
			expect(w, *lines);
			continue;
		}
		nothing_left(w, *lines);
		if (!act(w, *lines))
			fail_msg("cannot do \"%s\"", *lines);
	}
	nothing_left(w, "the end");
}

static struct world world;

static void
run_case(const char *const *lines, const struct router_config *config)
{
	struct router_config plain = {.device = "test"};

	start_world(&world, config ? config : &plain);
	run_lines(&world, lines);
	qmi_router_ops.destroy(world.router);
}

#define CASE(test, ...) \
	static void test(void **state) \
	{ \
		static const char *const lines[] = {__VA_ARGS__, NULL}; \
\
		(void)state; \
		run_case(lines, NULL); \
	}

/* The device is open and its SYNC is answered: the next CTL id is 2. */
#define READY "up", "<D req ctl/0 1 sync", ">D rsp ctl/0 1 sync ok"
/* Connection n gets that CID; t: CTL id at the device. */
#define ALLOC(n, t, pair) \
	">" n " req ctl/0 9 alloc 01=01", "<D req ctl/0 " t " alloc 01=01", \
	    ">D rsp ctl/0 " t " alloc ok 01=" pair, \
	    "<" n " rsp ctl/0 9 alloc ok 01=" pair
#define CALL(n, cid) \
	">" n " req wds/" cid " 1 start", "<D req wds/" cid " 1 start", \
	    ">D rsp wds/" cid " 1 start ok 01=01000000", \
	    "<" n " rsp wds/" cid " 1 start ok 01=01000000"

/* ---- transactions ---- */

CASE(ctl_ids_are_the_brokers_own, READY, "join 1 0", "join 2 0",
    ">1 req ctl/0 5 version", "<D req ctl/0 2 version", /* both use 5 */
    ">2 req ctl/0 5 version", "<D req ctl/0 3 version",
    ">D rsp ctl/0 3 version ok 01=02", "<2 rsp ctl/0 5 version ok 01=02",
    ">D rsp ctl/0 2 version ok 01=01", "<1 rsp ctl/0 5 version ok 01=01")

CASE(ids_of_services_pass_untouched_and_a_double_one_is_told_apart, READY, "join 1 0",
    ALLOC("1", "2", "0304"), ">1 req nas/4 700 get", "<D req nas/4 700 get",
    ">1 req nas/4 700 get 10=01", "<D req nas/4 1 get 10=01",
    ">D rsp nas/4 1 get ok 11=02", "<1 rsp nas/4 700 get ok 11=02",
    ">D rsp nas/4 700 get ok 11=01", "<1 rsp nas/4 700 get ok 11=01")

CASE(a_late_or_double_answer_goes_to_nobody, READY, "join 1 0", ALLOC("1", "2", "0304"),
    ">1 req nas/4 7 get", "<D req nas/4 7 get", "at 59999", "at 60000",
    "<1 rsp nas/4 7 get err4",
    /* its id rests, so that the late answer cannot be taken for this one's */
    ">1 req nas/4 7 get", "<D req nas/4 1 get", ">D rsp nas/4 7 get ok",
    ">D rsp nas/4 1 get ok", "<1 rsp nas/4 7 get ok", ">D rsp nas/4 1 get ok")

CASE(an_answer_to_another_message_is_dropped, READY, "join 1 0",
    ALLOC("1", "2", "0304"), ">1 req nas/4 7 get", "<D req nas/4 7 get",
    ">D rsp nas/4 7 status ok", ">D rsp nas/4 7 get ok", "<1 rsp nas/4 7 get ok")

CASE(a_modem_refusal_passes_unchanged, READY, "join 1 0", ">1 req ctl/0 9 alloc 01=1a",
    "<D req ctl/0 2 alloc 01=1a", ">D rsp ctl/0 2 alloc err5",
    "<1 rsp ctl/0 9 alloc err5")

CASE(long_requests_wait_longer_and_hold_up_nobody, READY, "join 1 0", "join 2 0",
    ALLOC("1", "2", "0104"), ALLOC("2", "3", "0305"), ">1 req wds/4 8 start",
    "<D req wds/4 8 start", "at 200000", ">2 req nas/5 8 get", "<D req nas/5 8 get",
    ">D rsp nas/5 8 get ok", "<2 rsp nas/5 8 get ok", "at 299999", "at 300000",
    "<1 rsp wds/4 8 start err4")

CASE(what_is_no_request_is_passed_over, READY, "join 1 0", ">1 rsp ctl/0 1 sync ok",
    ">1 ind ctl/0 1 sync", ">1 req ctl/0 3 qrtr", "<1 rsp ctl/0 3 qrtr err94")

CASE(open_again_is_fine_but_not_for_another_device, READY, "join 1 0",
    ">1 req ctl/0 1 open 01=2f61", "<1 rsp ctl/0 1 open ok",
    ">1 req ctl/0 2 open 01=2f6100", "<1 rsp ctl/0 2 open ok",
    ">1 req ctl/0 3 open 01=2f62", "<1 rsp ctl/0 3 open err48", ">1 req ctl/0 4 open",
    "<1 rsp ctl/0 4 open err17")

/* ---- who owns a CID ---- */

CASE(a_foreign_cid_is_refused, READY, "join 1 0", "join 2 0", ALLOC("1", "2", "0304"),
    ">2 req nas/4 1 get", "<2 rsp nas/4 1 get err7", ">2 req ctl/0 2 release 01=0304",
    "<2 rsp ctl/0 2 release err7", ">1 req nas/4 1 get", "<D req nas/4 1 get")

CASE(cid_0_and_255_are_no_ones_to_ask_with, READY, "join 1 0", ">1 req nas/0 1 get",
    "<1 rsp nas/0 1 get err7", ">1 req nas/255 1 get", "<1 rsp nas/255 1 get err7")

CASE(root_adopts_what_nobody_owns_and_others_do_not, READY, "join 1 0", "join 2 1000",
    ">2 req nas/4 1 get", "<2 rsp nas/4 1 get err7", ">1 req nas/4 1 get",
    "<D req nas/4 1 get", ">D rsp nas/4 1 get ok", "<1 rsp nas/4 1 get ok",
    ">D ind nas/4 0 get", "<1 ind nas/4 0 get")

CASE(an_adopted_cid_that_the_modem_does_not_know_is_nobodys, READY, "join 1 0",
    "join 2 0", ">1 req nas/4 1 get", "<D req nas/4 1 get", ">D rsp nas/4 1 get err7",
    "<1 rsp nas/4 1 get err7", ">2 req nas/4 2 get", "<D req nas/4 2 get")

CASE(a_dead_connections_cids_are_released_at_once, READY, "join 1 0",
    ALLOC("1", "2", "0304"), ALLOC("1", "3", "0104"), "leave 1",
    "<D req ctl/0 4 release 01=0104", "<D req ctl/0 5 release 01=0304",
    /* routed to nobody, not even root, until the modem has confirmed */
    "join 2 0", ">2 req nas/4 1 get", "<2 rsp nas/4 1 get err7",
    ">D rsp ctl/0 5 release ok 01=0304", ">D rsp ctl/0 4 release ok 01=0104",
    ">2 req nas/4 1 get", "<D req nas/4 1 get")

CASE(a_release_is_asked_for_until_it_is_confirmed, READY, "join 1 0",
    ALLOC("1", "2", "0304"), "leave 1", "<D req ctl/0 3 release 01=0304", "at 10000",
    "at 15000", "<D req ctl/0 4 release 01=0304", ">D rsp ctl/0 4 release err3",
    "at 19999", "at 20000", "<D req ctl/0 5 release 01=0304",
    ">D rsp ctl/0 5 release err7", /* unknown there: gone is gone */
    "at 100000")

CASE(a_late_confirmation_ends_the_asking, READY, "join 1 0", ALLOC("1", "2", "0304"),
    "leave 1", "<D req ctl/0 3 release 01=0304", "at 12000",
    ">D rsp ctl/0 3 release ok 01=0304", "at 100000")

CASE(an_allocate_for_a_dead_connection_is_undone, READY, "join 1 0",
    ">1 req ctl/0 9 alloc 01=03", "<D req ctl/0 2 alloc 01=03", "leave 1",
    ">D rsp ctl/0 2 alloc ok 01=0304", "<D req ctl/0 3 release 01=0304",
    ">D rsp ctl/0 3 release ok 01=0304", "at 100000")

CASE(an_allocate_that_is_late_is_undone, READY, "join 1 0",
    ">1 req ctl/0 9 alloc 01=03", "<D req ctl/0 2 alloc 01=03", "at 10000",
    "<1 rsp ctl/0 9 alloc err4", "at 11000", ">D rsp ctl/0 2 alloc ok 01=0304",
    "<D req ctl/0 3 release 01=0304",
    /* a double of it finds the release under way and makes it sure */
    ">D rsp ctl/0 2 alloc ok 01=0304", "<D req ctl/0 4 release 01=0304",
    ">D rsp ctl/0 3 release ok 01=0304", ">D rsp ctl/0 4 release err7", "at 100000")

CASE(a_double_allocate_answer_harms_nobody, READY, "join 1 0", ALLOC("1", "2", "0304"),
    ">D rsp ctl/0 2 alloc ok 01=0304", ">1 req nas/4 1 get", "<D req nas/4 1 get")

CASE(a_release_that_overtook_an_allocate_is_told, READY, "join 1 0", "join 2 0",
    ALLOC("1", "2", "0304"), "leave 1", "<D req ctl/0 3 release 01=0304", "at 15000",
    "<D req ctl/0 4 release 01=0304", ">2 req ctl/0 9 alloc 01=03",
    "<D req ctl/0 5 alloc 01=03", ">D rsp ctl/0 3 release ok 01=0304",
    ">D rsp ctl/0 5 alloc ok 01=0304", "<2 rsp ctl/0 9 alloc ok 01=0304",
    ">D rsp ctl/0 4 release ok 01=0304", "<2 ind ctl/0 0 revoke 01=0304",
    "<D req ctl/0 6 release 01=0304", ">D rsp ctl/0 6 release err7", "at 100000")

CASE(a_cid_given_away_anew_is_lost_to_its_owner, READY, "join 1 0", "join 2 0",
    ALLOC("1", "2", "0304"), ">2 req ctl/0 8 alloc 01=03", "<D req ctl/0 3 alloc 01=03",
    ">D rsp ctl/0 3 alloc ok 01=0304", "<1 ind ctl/0 0 revoke 01=0304",
    "<2 rsp ctl/0 8 alloc ok 01=0304", ">1 req nas/4 1 get", "<1 rsp nas/4 1 get err7")

CASE(an_own_release_is_confirmed_or_asked_for_again, READY, "join 1 0",
    ALLOC("1", "2", "0304"), ">1 req ctl/0 7 release 01=0304",
    "<D req ctl/0 3 release 01=0304", ">1 req nas/4 1 get", "<1 rsp nas/4 1 get err7",
    "at 10000", "<1 rsp ctl/0 7 release err4", "at 15000",
    "<D req ctl/0 4 release 01=0304", ">D rsp ctl/0 4 release ok 01=0304", "at 100000")

CASE(a_release_with_the_ipv6_quirk_means_wds, READY, "join 1 0",
    ALLOC("1", "2", "0104"), ">1 req ctl/0 7 release 01=1104",
    "<D req ctl/0 3 release 01=0104", ">D rsp ctl/0 3 release ok 01=0104",
    "<1 rsp ctl/0 7 release ok 01=0104")

CASE(a_release_without_its_argument, READY, "join 1 0", ">1 req ctl/0 7 release",
    "<1 rsp ctl/0 7 release err17")

CASE(a_clients_sync_costs_only_itself, READY, "join 1 0", "join 2 0",
    ALLOC("1", "2", "0304"), ALLOC("2", "3", "0305"), CALL("1", "6"),
    ">1 req ctl/0 7 sync", "<D req ctl/0 4 release 01=0106",
    "<D req ctl/0 5 release 01=0304", "<1 rsp ctl/0 7 sync ok", ">2 req nas/5 1 get",
    "<D req nas/5 1 get")

/* ---- calls whose program is gone ---- */

CASE(a_call_is_kept_for_a_while, READY, "join 1 0", ALLOC("1", "2", "0104"),
    CALL("1", "4"), "leave 1", "at 59999", "at 60000", "<D req ctl/0 3 release 01=0104",
    ">D rsp ctl/0 3 release ok 01=0104", "at 200000")

CASE(a_kept_call_is_adopted_by_the_same_user, READY, "join 1 7",
    ALLOC("1", "2", "0104"), CALL("1", "4"), "leave 1", "join 2 8", "join 3 7",
    ">2 req wds/4 5 status", "<2 rsp wds/4 5 status err7", ">3 req wds/4 5 status",
    "<D req wds/4 5 status", ">D rsp wds/4 5 status ok 01=02",
    "<3 rsp wds/4 5 status ok 01=02", ">D ind wds/4 0 status 01=0200",
    "<3 ind wds/4 0 status 01=0200", "at 200000",
    /* and kept once more after it */
    "leave 3", "at 259999", "at 260000", "<D req ctl/0 3 release 01=0104")

CASE(a_kept_call_is_adopted_by_root, READY, "join 1 7", ALLOC("1", "2", "0104"),
    CALL("1", "4"), "leave 1", "join 2 0", ">2 req wds/4 5 stop 01=01000000",
    "<D req wds/4 5 stop 01=01000000", ">D rsp wds/4 5 stop ok",
    "<2 rsp wds/4 5 stop ok", "leave 2", "<D req ctl/0 3 release 01=0104")

CASE(a_kept_call_that_ends_is_let_go, READY, "join 1 0", ALLOC("1", "2", "0104"),
    CALL("1", "4"), "leave 1", ">D ind wds/4 0 status 01=0100",
    "<D req ctl/0 3 release 01=0104")

CASE(a_stop_under_way_ends_the_keeping, READY, "join 1 0", ALLOC("1", "2", "0104"),
    CALL("1", "4"), ">1 req wds/4 5 stop", "<D req wds/4 5 stop", "leave 1",
    ">D rsp wds/4 5 stop ok", "<D req ctl/0 3 release 01=0104")

CASE(a_start_under_way_is_not_kept, READY, "join 1 0", ALLOC("1", "2", "0104"),
    ">1 req wds/4 5 start", "<D req wds/4 5 start", "leave 1",
    "<D req ctl/0 3 release 01=0104", ">D rsp wds/4 5 start ok 01=01000000",
    ">D rsp ctl/0 3 release ok 01=0104", "at 400000")

CASE(a_kept_call_goes_when_its_mux_id_is_wanted, READY, "join 1 0",
    ALLOC("1", "2", "0104"), ">1 req wds/4 5 bind 11=81", "<D req wds/4 5 bind 11=81",
    ">D rsp wds/4 5 bind ok", "<1 rsp wds/4 5 bind ok", CALL("1", "4"), "leave 1",
    "join 2 0", ALLOC("2", "3", "0105"), ">2 req wds/5 1 bind 11=82",
    "<D req wds/5 1 bind 11=82", ">2 req wds/5 2 bind 11=81",
    "<D req ctl/0 4 release 01=0104", "<D req wds/5 2 bind 11=81")

/* ---- indications ---- */

CASE(an_indication_goes_to_its_owner_only, READY, "join 1 0", "join 2 0",
    ALLOC("1", "2", "0304"), ALLOC("2", "3", "0305"), ">D ind nas/5 0 get 10=aa",
    "<2 ind nas/5 0 get 10=aa", ">D ind nas/6 0 get")

CASE(a_broadcast_is_one_copy_for_each, READY, "join 1 0", "join 2 0", "join 3 0",
    ALLOC("1", "2", "0104"), ALLOC("1", "3", "0105"), ALLOC("2", "4", "0106"),
    ALLOC("3", "5", "0307"), ">D ind wds/255 0 get", "<1 ind wds/255 0 get",
    "<2 ind wds/255 0 get", ">D ind wds/0 0 get", "<1 ind wds/0 0 get",
    "<2 ind wds/0 0 get")

CASE(a_revoke_of_the_modem_is_told_to_the_owner, READY, "join 1 0", "join 2 0",
    ALLOC("1", "2", "0304"), ">D ind ctl/0 0 revoke 01=0304",
    "<1 ind ctl/0 0 revoke 01=0304", ">D ind ctl/0 0 invalid 01=0304", "leave 1")

/* ---- the modem comes and goes ---- */

CASE(a_modem_that_starts_anew, READY, "join 1 0", "join 2 7", ALLOC("1", "2", "0304"),
    ALLOC("2", "3", "0105"), ">1 req nas/4 1 get", "<D req nas/4 1 get",
    ">2 req ctl/0 6 version", "<D req ctl/0 4 version", ">D ind ctl/0 0 sync",
    "<2 rsp ctl/0 6 version err52", "<1 rsp nas/4 1 get err52",
    "<2 ind ctl/0 0 revoke 01=0105", "<1 ind ctl/0 0 revoke 01=0304",
    "<D req ctl/0 5 sync", ">1 req nas/4 2 get", "<1 rsp nas/4 2 get err52",
    ">1 req ctl/0 3 alloc 01=03", ">D rsp ctl/0 5 sync ok",
    "<D req ctl/0 6 alloc 01=03", ">D rsp ctl/0 6 alloc ok 01=0304",
    "<1 rsp ctl/0 3 alloc ok 01=0304", "leave 2")

CASE(an_echo_of_our_sync_is_no_reset, READY, ">D ind ctl/0 0 sync", "join 1 0",
    ALLOC("1", "2", "0304"))

CASE(a_device_that_goes_and_comes_back, READY, "join 1 0", ALLOC("1", "2", "0304"),
    ">1 req nas/4 1 get", "<D req nas/4 1 get", "down", "<1 rsp nas/4 1 get err52",
    "<1 ind ctl/0 0 revoke 01=0304", ">1 req ctl/0 3 alloc 01=03", "at 5000", "up",
    "<D req ctl/0 3 sync",
    /* leftovers of its former life */
    ">D rsp ctl/0 2 alloc ok 01=0309", ">D rsp nas/4 1 get ok", ">D ind nas/4 0 get",
    ">D rsp ctl/0 3 sync ok", "<D req ctl/0 4 alloc 01=03",
    ">D rsp ctl/0 4 alloc ok 01=0301", "<1 rsp ctl/0 3 alloc ok 01=0301")

CASE(sync_is_tried_again_and_then_the_device_opened_again, "up", "<D req ctl/0 1 sync",
    "at 2000", "<D req ctl/0 2 sync", ">D rsp ctl/0 1 sync ok", /* late counts */
    "join 1 0", ">1 req ctl/0 7 version", "<D req ctl/0 3 version")

CASE(a_modem_without_sync_is_opened_again, "up", "<D req ctl/0 1 sync", "at 2000",
    "<D req ctl/0 2 sync", "at 18000", "<D req ctl/0 3 sync", "<D req ctl/0 4 sync",
    "<D req ctl/0 5 sync", "<D req ctl/0 6 sync", "<D req ctl/0 7 sync",
    "<D req ctl/0 8 sync", "<D req ctl/0 9 sync", "<D req ctl/0 10 sync", "at 20000",
    "reopen", "down", "up", "<D req ctl/0 11 sync")

CASE(who_comes_before_the_modem_waits, "join 1 0", "join 2 0",
    ">1 req ctl/0 1 open 01=2f61", ">2 req ctl/0 1 version", ">1 req nas/4 3 get",
    "<1 rsp nas/4 3 get err52", "at 19000", "up", "<D req ctl/0 1 sync",
    ">D rsp ctl/0 1 sync ok", "<1 rsp ctl/0 1 open ok", "<D req ctl/0 2 version")

CASE(and_not_for_ever, "join 1 0", "join 2 0", ">1 req ctl/0 1 open 01=2f61",
    ">2 req ctl/0 1 version", "at 20000", "hang 1", "<2 rsp ctl/0 1 version err52",
    "leave 1")

CASE(a_silent_modem_is_asked_whether_it_lives, READY, "join 1 0",
    ALLOC("1", "2", "0304"), ">1 req nas/4 1 get", "<D req nas/4 1 get",
    ">1 req nas/4 2 get", "<D req nas/4 2 get", ">1 req nas/4 3 get",
    "<D req nas/4 3 get", "at 60000", "<1 rsp nas/4 1 get err4",
    "<1 rsp nas/4 2 get err4", "<1 rsp nas/4 3 get err4", "<D req ctl/0 3 version",
    "at 70000", "reopen", "down", "<1 ind ctl/0 0 revoke 01=0304")

CASE(a_modem_that_lives_is_left_alone, READY, "join 1 0", ALLOC("1", "2", "0304"),
    ">1 req nas/4 1 get", "<D req nas/4 1 get", ">1 req nas/4 2 get",
    "<D req nas/4 2 get", ">1 req nas/4 3 get", "<D req nas/4 3 get", "at 60000",
    "<1 rsp nas/4 1 get err4", "<1 rsp nas/4 2 get err4", "<1 rsp nas/4 3 get err4",
    "<D req ctl/0 3 version", ">D rsp ctl/0 3 version ok", "at 200000")

/* ---- turns, and what is held ---- */

static void
requests_beyond_the_modems_fill_wait_in_turn(void **state)
{
	static const struct router_config one = {.device = "test", .max_requests = 1};
	static const char *const lines[] = {READY, "join 1 0", "join 2 0",
	    ">1 req ctl/0 1 version", "<D req ctl/0 2 version",
	    ">1 req ctl/0 2 version", ">1 req ctl/0 3 version",
	    ">2 req ctl/0 1 version", "at 999", ">D rsp ctl/0 2 version ok",
	    "<1 rsp ctl/0 1 version ok", "<D req ctl/0 3 version", /* 1's second */
	    ">D rsp ctl/0 3 version ok", "<1 rsp ctl/0 2 version ok",
	    "<D req ctl/0 4 version", /* 2's first comes before 1's third */
	    "at 1998", "at 1999",     /* the modem has put it aside */
	    "<D req ctl/0 5 version", ">D rsp ctl/0 5 version ok",
	    "<1 rsp ctl/0 3 version ok", "at 10999", "<2 rsp ctl/0 1 version err4",
	    NULL};

	(void)state;
	run_case(lines, &one);
}

static void
what_is_held_too_long_is_answered(void **state)
{
	static const struct router_config config = {
	    .device = "test", .max_requests = 1, .max_waiting = 2, .timeout_ms = 500};
	static const char *const lines[] = {READY, "join 1 0", ">1 req ctl/0 1 version",
	    "<D req ctl/0 2 version", ">1 req ctl/0 2 version",
	    ">1 req ctl/0 3 version", NULL};
	static const char *const later[] = {"at 499", "at 500",
	    "<1 rsp ctl/0 2 version err52", "<1 rsp ctl/0 3 version err52", "at 10000",
	    "<1 rsp ctl/0 1 version err4", NULL};

	(void)state;
	start_world(&world, &config);
	run_lines(&world, lines);
	assert_false(qmi_router_ops.conn_may_send(world.router, 1));
	assert_true(qmi_router_ops.conn_owed(world.router, 1));
	run_lines(&world, later);
	assert_true(qmi_router_ops.conn_may_send(world.router, 1));
	assert_false(qmi_router_ops.conn_owed(world.router, 1));
	qmi_router_ops.destroy(world.router);
}

/* More CTL requests than there are ids, and the modem answers none of them. */
static void
a_flood_on_ctl_holds_up_no_service(void **state)
{
	static const char *const start[] = {
	    READY, "join 1 0", "join 2 0", ALLOC("2", "2", "0304"), NULL};
	static const char *const other[] = {
	    ">2 req nas/4 1 get", "<D req nas/4 1 get", NULL};
	uint8_t frame[64];

	(void)state;
	start_world(&world, &(struct router_config){.device = "test"});
	run_lines(&world, start);
	for (unsigned n = 0; n < 250; n++) {
		int len = build("req ctl/0 1 version", frame, sizeof(frame));

		if (n % 16 == 0) /* those it has are put aside */
			go_to(&world, world.now_ms + 1000 / 16);
		qmi_router_ops.from_conn(
		    world.router, 1, frame, (size_t)len, world.now_ms);
	}
	while (world.now_ms < 30000) { /* it lives, but has no answer on CTL */
		go_to(&world, world.now_ms + 1000);
		send_line(&world, ">D ind nas/9 0 get");
	}
	world.taken = world.made;
	run_lines(&world, other);
	act(&world, "leave 2"); /* the broker keeps ids for itself */
	assert_int_equal(world.made, world.taken + 1);
	assert_non_null(strstr(world.out[world.taken], " release 01=0304"));
	qmi_router_ops.destroy(world.router);
}

static void
a_broken_request_is_answered_where_it_can_be(void **state)
{
	/* TLVs that do not tile */
	static const uint8_t broken[] = {
	    1, 15, 0, 0, 3, 4, 0, 7, 0, 0x4d, 0, 3, 0, 1, 9, 0};
	static const uint8_t reply[] = {
	    1, 15, 0, 0, 3, 4, 2, 7, 0, 0x4d, 0, 3, 0, 1, 9, 0};
	static const char *const start[] = {READY, "join 1 0", NULL};
	static const char *const answered[] = {"<1 rsp nas/4 7 get err1", NULL};
	uint8_t copy[300];

	(void)state;
	start_world(&world, &(struct router_config){.device = "test"});
	run_lines(&world, start);
	memcpy(copy, reply, sizeof(reply));
	qmi_router_ops.from_conn(world.router, 1, copy, sizeof(reply), 0);
	memcpy(copy, broken, sizeof(broken));
	qmi_router_ops.from_conn(world.router, 1, copy, sizeof(broken), 0);
	run_lines(&world, answered);
	qmi_router_ops.destroy(world.router);
}

static void
what_the_device_cannot_take_is_refused(void **state)
{
	static const char *const start[] = {READY, "join 1 0", NULL};
	static const char *const answered[] = {"<1 rsp nas/4 7 get err19", NULL};
	uint8_t frame[300], value[201] = {0};
	struct qmi_builder b;
	int len;

	(void)state;
	start_world(&world, &(struct router_config){.device = "test"});
	run_lines(&world, start); /* "up" says 200 bytes */
	qmi_build(&b, frame, sizeof(frame), QMI_NAS, 4, QMI_KIND_REQ, 7, 0x4d);
	qmi_build_tlv(&b, 0x10, value, sizeof(value));
	len = qmi_build_end(&b);
	qmi_router_ops.from_conn(world.router, 1, frame, (size_t)len, 0);
	run_lines(&world, answered);
	qmi_router_ops.destroy(world.router);
}

int
main(void)
{
#define T(test) cmocka_unit_test(test)
	const struct CMUnitTest tests[] = {
	    T(ctl_ids_are_the_brokers_own),
	    T(ids_of_services_pass_untouched_and_a_double_one_is_told_apart),
	    T(a_late_or_double_answer_goes_to_nobody),
	    T(an_answer_to_another_message_is_dropped),
	    T(a_modem_refusal_passes_unchanged),
	    T(long_requests_wait_longer_and_hold_up_nobody),
	    T(what_is_no_request_is_passed_over),
	    T(open_again_is_fine_but_not_for_another_device),
	    T(a_foreign_cid_is_refused),
	    T(cid_0_and_255_are_no_ones_to_ask_with),
	    T(root_adopts_what_nobody_owns_and_others_do_not),
	    T(an_adopted_cid_that_the_modem_does_not_know_is_nobodys),
	    T(a_dead_connections_cids_are_released_at_once),
	    T(a_release_is_asked_for_until_it_is_confirmed),
	    T(a_late_confirmation_ends_the_asking),
	    T(an_allocate_for_a_dead_connection_is_undone),
	    T(an_allocate_that_is_late_is_undone),
	    T(a_double_allocate_answer_harms_nobody),
	    T(a_release_that_overtook_an_allocate_is_told),
	    T(a_cid_given_away_anew_is_lost_to_its_owner),
	    T(an_own_release_is_confirmed_or_asked_for_again),
	    T(a_release_with_the_ipv6_quirk_means_wds),
	    T(a_release_without_its_argument),
	    T(a_clients_sync_costs_only_itself),
	    T(a_call_is_kept_for_a_while),
	    T(a_kept_call_is_adopted_by_the_same_user),
	    T(a_kept_call_is_adopted_by_root),
	    T(a_kept_call_that_ends_is_let_go),
	    T(a_stop_under_way_ends_the_keeping),
	    T(a_start_under_way_is_not_kept),
	    T(a_kept_call_goes_when_its_mux_id_is_wanted),
	    T(an_indication_goes_to_its_owner_only),
	    T(a_broadcast_is_one_copy_for_each),
	    T(a_revoke_of_the_modem_is_told_to_the_owner),
	    T(a_modem_that_starts_anew),
	    T(an_echo_of_our_sync_is_no_reset),
	    T(a_device_that_goes_and_comes_back),
	    T(sync_is_tried_again_and_then_the_device_opened_again),
	    T(a_modem_without_sync_is_opened_again),
	    T(who_comes_before_the_modem_waits),
	    T(and_not_for_ever),
	    T(a_silent_modem_is_asked_whether_it_lives),
	    T(a_modem_that_lives_is_left_alone),
	    T(requests_beyond_the_modems_fill_wait_in_turn),
	    T(what_is_held_too_long_is_answered),
	    T(a_flood_on_ctl_holds_up_no_service),
	    T(a_broken_request_is_answered_where_it_can_be),
	    T(what_the_device_cannot_take_is_refused),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
