/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MBIM dialer against a port that answers from a script.
 *
 * The port answers all that was sent in one turn of the loop together, in the next
 * one, and counts these turns: they are the round trips.  Each test changes the answer
 * of one command, or sends an indication, and looks at the events that pdn would hear.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "client/dialer_mbim_int.h"
#include "client/mbim_reason.h"
#include "client/port.h"
#include "common/log.h"
#include "common/loop.h"

#define FRAMES_MAX 64
#define SESSION 2
#define ALL_FLAGS 0x0f
#define ANY_ERROR 9 /* of *_errors_left: every time */

struct frame {
	uint8_t bytes[1024];
	size_t len;
};

/* What a CONNECT set asked for last. */
struct connect_seen {
	uint32_t session, command, auth, ip_type;
	char apn[128], user[64], password[64];
};

struct script {
	struct event_base *base;
	struct dialer *dialer;
	struct dialer_config config;
	struct fake_port *port;
	const struct port_dialect *dialect;
	bool alone;
	uint32_t max_transfer; /* of the port, and of the answers */
	uint16_t version;      /* announced before ready; 0: nothing said */
	unsigned int rounds;
	unsigned int sent[32][2]; /* by command and type, Basic Connect only */
	unsigned int opens, closes, fragments, host_errors;
	unsigned int activations, deactivations;
	struct connect_seen seen;
	/* what is different from a good modem */
	bool closed;       /* NOT_OPENED until an OPEN */
	bool mute_connect; /* activation is not answered */
	bool empty_refusals;
	uint32_t open_status, connect_status, connect_cause, connect_state;
	unsigned int connect_errors_left;
	uint32_t granted; /* IP type; 0: as asked */
	uint32_t session_state;
	uint32_t ready, pin_type, pin_attempts, pin_status;
	uint32_t registration, registration_cause, packet;
	bool auto_attach, radio_off, radio_hw_off, no_context;
	uint32_t radio_status;
	uint32_t flags4, flags6;
	const char *addr4, *addr6;
	/* what was heard */
	struct dialer_event events[16];
	unsigned int event_count;
};

struct fake_port {
	struct port port;
	struct script *script;
	struct event *deliver;
	struct mbim_assembly in;
	struct frame answers[FRAMES_MAX];
	unsigned int count;
	bool ready_told;
};

/* ---- the information buffers
 * ---------------------------------------------------------- */

static void
put_caps(struct writer *w)
{
	struct mbim_writer m;
	int i;

	mbim_writer_init(&m, w, 64);
	for (i = 0; i < 7; i++)
		mbim_write_u32(&m, 1);
	mbim_write_u32(&m, 8);
	mbim_write_string(&m, NULL);
	mbim_write_string(&m, "490154203237518");
	mbim_write_string(&m, "EC25EFAR06A01M4G");
	mbim_write_string(&m, "EC25");
}

static void
put_services(struct writer *w)
{
	struct mbim_writer m, e;
	size_t begin;
	int i;

	mbim_writer_init(&m, w, 8 + 8);
	mbim_write_u32(&m, 1);
	mbim_write_u32(&m, 0);
	begin = mbim_write_element_begin(&m);
	mbim_writer_init(&e, w, 28 + 12);
	mbim_write_inline(&e, mbim_basic_connect, MBIM_UUID_LEN);
	mbim_write_u32(&e, 0);
	mbim_write_u32(&e, 0);
	mbim_write_u32(&e, 3);
	for (i = 1; i <= 3; i++)
		mbim_write_u32(&e, (uint32_t)i);
	mbim_write_element_end(&m, begin);
}

static void
put_ready(struct writer *w, uint32_t ready, bool v3)
{
	writer_u32le(w, ready);
	writer_zero(w, v3 ? 28 : 24);
}

static void
put_registration(struct script *s, struct writer *w)
{
	struct mbim_writer m;

	mbim_writer_init(&m, w, 48);
	mbim_write_u32(&m, s->registration_cause);
	mbim_write_u32(&m, s->registration);
	mbim_write_u32(&m, 1);
	mbim_write_u32(&m, 1u << 5);
	mbim_write_u32(&m, 1);
	mbim_write_string(&m, "26201");
	mbim_write_string(&m, "Test");
	mbim_write_string(&m, NULL);
	mbim_write_u32(&m, s->auto_attach ? 2 : 0);
}

static void
put_packet(struct script *s, struct writer *w)
{
	writer_u32le(w, 0);
	writer_u32le(w, s->packet);
	writer_u32le(w, 1u << 5);
	writer_zero(w, 16);
}

static void
put_connect(struct writer *w, uint32_t session, uint32_t state, uint32_t ip_type,
    uint32_t cause)
{
	writer_u32le(w, session);
	writer_u32le(w, state);
	writer_u32le(w, 0);
	writer_u32le(w, ip_type);
	writer_bytes(w, mbim_context_internet, MBIM_UUID_LEN);
	writer_u32le(w, cause);
}

static void
put_contexts(struct script *s, struct writer *w)
{
	struct mbim_writer m, e;
	size_t begin;
	int i;

	mbim_writer_init(&m, w, s->no_context ? 4 : 4 + 2 * 8);
	mbim_write_u32(&m, s->no_context ? 0 : 2);
	for (i = 0; i < 2 && !s->no_context; i++) {
		begin = mbim_write_element_begin(&m);
		mbim_writer_init(&e, w, 52);
		mbim_write_u32(&e, (uint32_t)i);
		mbim_write_inline(&e, i == 0 ? mbim_context_ims : mbim_context_internet,
		    MBIM_UUID_LEN);
		mbim_write_string(&e, i == 0 ? "ims" : "stored");
		mbim_write_string(&e, "su");
		mbim_write_string(&e, "sp");
		mbim_write_u32(&e, 0);
		mbim_write_u32(&e, 1);
		mbim_write_element_end(&m, begin);
	}
}

static void
put_ip(struct script *s, struct writer *w, uint32_t session)
{
	uint8_t element4[8] = {30}, element6[20] = {64}, gw[4] = {10, 1, 2, 4};
	uint8_t dns4[8] = {0, 0, 0, 0, 10, 9, 9, 9}, dns6[16] = {0x20, 1};
	struct mbim_writer m;

	inet_pton(AF_INET, s->addr4, element4 + 4);
	inet_pton(AF_INET6, s->addr6, element6 + 4);
	mbim_writer_init(&m, w, 60);
	mbim_write_u32(&m, session);
	mbim_write_u32(&m, s->flags4);
	mbim_write_u32(&m, s->flags6);
	mbim_write_array(&m, element4, 1, 8);
	mbim_write_array(&m, element6, 1, 20);
	mbim_write_offset(&m, gw, 4);
	mbim_write_offset(&m, NULL, 16);
	mbim_write_array(&m, dns4, 2, 4);
	mbim_write_array(&m, dns6, 1, 16);
	mbim_write_u32(&m, 1500);
	mbim_write_u32(&m, 1430);
}

/* ---- the modem
 * ------------------------------------------------------------------------ */

static void
read_text(struct mbim_reader *r, char *ret, size_t size)
{
	assert_true(mbim_read_string(r, ret, size));
}

static void
see_connect(struct script *s, const struct mbim_msg *m)
{
	struct connect_seen *c = &s->seen;
	struct mbim_reader r;
	uint32_t compression;
	const uint8_t *type;

	mbim_reader_init(&r, m->info, m->info_len, 60);
	assert_true(mbim_read_u32(&r, &c->session) && mbim_read_u32(&r, &c->command));
	read_text(&r, c->apn, sizeof(c->apn));
	read_text(&r, c->user, sizeof(c->user));
	read_text(&r, c->password, sizeof(c->password));
	assert_true(mbim_read_u32(&r, &compression) && mbim_read_u32(&r, &c->auth) &&
		    mbim_read_u32(&r, &c->ip_type));
	assert_true(mbim_read_inline(&r, MBIM_UUID_LEN, &type));
	assert_memory_equal(type, mbim_context_internet, MBIM_UUID_LEN);
	assert_true(mbim_reader_ok(&r));
}

/* MBIMEx 3: only the numbers. */
static void
see_connect_v3(struct script *s, const struct mbim_msg *m)
{
	struct cursor c;
	uint32_t skip, len;
	uint16_t type, pad;

	cursor_init(&c, m->info, m->info_len);
	cursor_u32le(&c, &s->seen.session);
	cursor_u32le(&c, &s->seen.command);
	cursor_u32le(&c, &skip);
	cursor_u32le(&c, &s->seen.auth);
	cursor_u32le(&c, &s->seen.ip_type);
	assert_true(cursor_skip(&c, MBIM_UUID_LEN + 4));
	while (cursor_left(&c) > 0) {
		assert_true(cursor_u16le(&c, &type) && cursor_u16le(&c, &pad) &&
			    cursor_u32le(&c, &len));
		assert_int_equal(type, 10);
		assert_int_equal((len + (pad >> 8)) % 4, 0);
		assert_true(cursor_skip(&c, len + (pad >> 8)));
	}
	assert_true(cursor_ok(&c));
}

/* The status of a CONNECT set, and what its buffer says. */
static uint32_t
answer_connect(struct script *s, const struct mbim_msg *m, struct writer *w)
{
	uint32_t granted;

	if (s->version >= MBIMEX_3)
		see_connect_v3(s, m);
	else
		see_connect(s, m);
	if (s->seen.command == 0) {
		s->deactivations++;
		put_connect(w, s->seen.session, MBIM_ACTIVATION_DEACTIVATED, 0, 0);
		return 0;
	}
	s->activations++;
	granted = s->granted != 0 ? s->granted : s->seen.ip_type;
	if (s->connect_errors_left == 0) {
		put_connect(w, s->seen.session, s->connect_state, granted, 0);
		return 0;
	}
	if (s->connect_errors_left != ANY_ERROR)
		s->connect_errors_left--;
	if (!s->empty_refusals)
		put_connect(w, s->seen.session, MBIM_ACTIVATION_DEACTIVATED, 0,
		    s->connect_cause);
	return s->connect_status;
}

static uint32_t
answer_pin(struct script *s, const struct mbim_msg *m, struct writer *w)
{
	bool set = m->command_type == MBIM_SET, good = s->pin_status == 0;

	if (set && !good) {
		s->pin_attempts--;
		if (s->empty_refusals)
			return s->pin_status;
	}
	if (!set || !good) {
		writer_u32le(w, s->pin_type);
		writer_u32le(w, s->pin_type != 0);
		writer_u32le(w, s->pin_attempts);
		return set ? s->pin_status : 0;
	}
	writer_zero(w, 12);
	return 0;
}

static uint32_t
answer_basic(struct script *s, const struct mbim_msg *m, struct writer *w)
{
	bool set = m->command_type == MBIM_SET;

	assert_true(m->cmd < 32);
	s->sent[m->cmd][set]++;
	switch (m->cmd) {
	case MBIM_CID_DEVICE_CAPS: put_caps(w); break;
	case MBIM_CID_DEVICE_SERVICES: put_services(w); break;
	case MBIM_CID_SUBSCRIBER_READY_STATUS:
		put_ready(w, s->ready, s->version >= MBIMEX_3);
		break;
	case MBIM_CID_RADIO_STATE:
		if (set && s->radio_status != 0)
			return s->radio_status;
		writer_u32le(w, !s->radio_hw_off);
		writer_u32le(w, set || !s->radio_off);
		break;
	case MBIM_CID_PIN: return answer_pin(s, m, w);
	case MBIM_CID_REGISTER_STATE: put_registration(s, w); break;
	case MBIM_CID_PACKET_SERVICE:
		if (set)
			s->packet = MBIM_PACKET_SERVICE_ATTACHED;
		put_packet(s, w);
		break;
	case MBIM_CID_PROVISIONED_CONTEXTS: put_contexts(s, w); break;
	case MBIM_CID_CONNECT:
		if (set)
			return answer_connect(s, m, w);
		assert_int_equal(m->info_len, s->version >= MBIMEX_3 ? 4 : 36);
		put_connect(w, get_u32le(m->info), s->session_state, 0, 0);
		break;
	case MBIM_CID_IP_CONFIGURATION:
		assert_int_equal(m->info_len, 60);
		put_ip(s, w, get_u32le(m->info));
		break;
	default: return MBIM_STATUS_NO_DEVICE_SUPPORT;
	}
	return 0;
}

/* Queues bytes, in fragments where that is wanted. */
static void
queue(struct fake_port *fp, const uint8_t *msg, size_t len)
{
	size_t max = fp->script->max_transfer != 0 ? fp->script->max_transfer : 4096;
	uint32_t i, count = 1;
	struct frame *f;
	int n;

	if (mbim_type_fragments(get_u32le(msg)))
		count = mbim_split_count(len, max);
	for (i = 0; i < count; i++) {
		f = &fp->answers[fp->count++];
		assert_true(fp->count < FRAMES_MAX);
		f->len = len;
		if (count == 1) {
			memcpy(f->bytes, msg, len);
			continue;
		}
		n = mbim_split(msg, len, max, i, f->bytes, sizeof(f->bytes));
		assert_true(n > 0);
		f->len = (size_t)n;
	}
	event_active(fp->deliver, EV_TIMEOUT, 0);
}

static void
queue_short(struct fake_port *fp, uint32_t type, uint32_t txn, uint32_t value)
{
	uint8_t buf[16];
	int n = mbim_build_short(buf, sizeof(buf), type, txn, value);

	queue(fp, buf, (size_t)n);
}

static void
answer_command(struct fake_port *fp, const struct mbim_msg *m)
{
	struct script *s = fp->script;
	struct mbim_builder b;
	uint8_t buf[1024];
	uint32_t status;
	int n;

	if (s->closed) {
		queue_short(
		    fp, MBIM_TYPE_FUNCTION_ERROR, m->txn, MBIM_ERROR_NOT_OPENED);
		return;
	}
	assert_memory_equal(m->service, mbim_basic_connect, MBIM_UUID_LEN);
	mbim_build_done(&b, buf, sizeof(buf), m->txn, m->service, m->cmd, 0);
	status = answer_basic(s, m, &b.w);
	n = mbim_build_end(&b);
	assert_true(n > 0);
	put_u32le(buf + 40, status);
	if (m->cmd == MBIM_CID_CONNECT && m->command_type == MBIM_SET &&
	    s->seen.command == 1 && s->mute_connect)
		return;
	queue(fp, buf, (size_t)n);
}

static int
fake_send(struct port *p, const uint8_t *bytes, size_t len)
{
	struct fake_port *fp = (struct fake_port *)p;
	struct script *s = fp->script;
	struct mbim_msg m;
	int n;

	if (mbim_type_fragments(get_u32le(bytes))) {
		n = mbim_assembly_add(&fp->in, bytes, len);
		assert_true(n >= 0);
		s->fragments++;
		if (n == 0)
			return 0;
		bytes = fp->in.buf;
		len = (size_t)n;
	}
	assert_int_equal(mbim_parse(bytes, len, &m), 0);
	s->host_errors += m.type == MBIM_TYPE_HOST_ERROR;
	if (m.type == MBIM_TYPE_HOST_ERROR)
		return 0;
	assert_true(m.txn != 0 && m.txn <= 0xffffff);
	if (m.type == MBIM_TYPE_OPEN) {
		s->opens++;
		s->closed = false;
		queue_short(fp, MBIM_TYPE_OPEN_DONE, m.txn, s->open_status);
	} else if (m.type == MBIM_TYPE_CLOSE) {
		s->closes++;
		queue_short(fp, MBIM_TYPE_CLOSE_DONE, m.txn, 0);
	} else
		answer_command(fp, &m);
	return 0;
}

/* What libmbim's proxy says of a device whose layouts somebody has changed. */
static void
announce_version(struct fake_port *fp)
{
	struct mbim_builder b;
	uint8_t buf[64];
	int n;

	mbim_build_indication(
	    &b, buf, sizeof(buf), mbim_proxy_control, MBIM_CID_PROXY_VERSION);
	writer_u16le(&b.w, 0x0100);
	writer_u16le(&b.w, fp->script->version);
	n = mbim_build_end(&b);
	fp->port.handlers->message(fp->port.arg, buf, (size_t)n);
}

/* One round trip. */
static void
fake_deliver_cb(evutil_socket_t fd, short what, void *arg)
{
	struct fake_port *fp = arg;
	struct frame *answers;
	unsigned int count = fp->count, i;
	struct script *s = fp->script;

	(void)fd;
	(void)what;
	if (!fp->ready_told) {
		fp->ready_told = true;
		if (s->version != 0)
			announce_version(fp);
		fp->port.handlers->ready(fp->port.arg);
		return;
	}
	answers = calloc(FRAMES_MAX, sizeof(*answers));
	memcpy(answers, fp->answers, count * sizeof(answers[0]));
	fp->count = 0;
	s->rounds++;
	for (i = 0; i < count && s->port == fp; i++)
		fp->port.handlers->message(
		    fp->port.arg, answers[i].bytes, answers[i].len);
	free(answers);
}

static void
fake_start(struct port *p)
{
	event_active(((struct fake_port *)p)->deliver, EV_TIMEOUT, 0);
}

static void
fake_flush(struct port *p)
{
	(void)p;
}

static void
fake_free(struct port *p)
{
	struct fake_port *fp = (struct fake_port *)p;

	fp->script->port = NULL;
	mbim_assembly_free(&fp->in);
	event_free(fp->deliver);
	free(fp);
}

static const struct port_ops fake_ops = {fake_start, fake_send, fake_flush, fake_free};

static struct port *
fake_port_new(void *arg, struct dialer *d, struct failure *ret_why)
{
	struct script *s = arg;
	struct fake_port *fp = calloc(1, sizeof(*fp));

	(void)d;
	(void)ret_why;
	fp->port.ops = &fake_ops;
	fp->port.dialect = s->dialect;
	fp->port.alone = s->alone;
	fp->port.max_transfer = s->max_transfer;
	fp->script = s;
	fp->deliver = evtimer_new(s->base, fake_deliver_cb, fp);
	s->port = fp;
	return &fp->port;
}

/* ---- the test's side
 * ------------------------------------------------------------------ */

static int64_t test_now_ms;

static int64_t
test_clock(void)
{
	return test_now_ms;
}

static void
heard(void *arg, const struct dialer_event *ev)
{
	struct script *s = arg;

	assert_true(s->event_count < COUNT(s->events));
	s->events[s->event_count++] = *ev;
}

static int
setup(void **state)
{
	struct script *s = calloc(1, sizeof(*s));

	log_init(LOG_LEVEL_ERROR);
	test_now_ms = 1000000;
	loop_set_clock(test_clock);
	s->base = loop_new();
	s->dialect = &port_dialect_libmbim;
	s->connect_state = MBIM_ACTIVATION_ACTIVATED;
	s->session_state = MBIM_ACTIVATION_UNKNOWN; /* before first use: mbim.md 7 */
	s->ready = MBIM_READY_INITIALIZED;
	s->pin_attempts = 3;
	s->registration = MBIM_REGISTER_HOME;
	s->packet = MBIM_PACKET_SERVICE_ATTACHED;
	s->flags4 = s->flags6 = ALL_FLAGS;
	s->addr4 = "10.1.2.3";
	s->addr6 = "2001:db8::5";
	s->config = (struct dialer_config){
	    .name = "test", .apn = "internet", .want_v4 = true, .session_id = SESSION};
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct script *s = *state;

	dialer_free(s->dialer);
	assert_null(s->port);
	event_base_free(s->base);
	loop_set_clock(NULL);
	free(s);
	return 0;
}

/* Runs until nothing more happens at once. */
static void
settle(struct script *s)
{
	unsigned int i;

	for (i = 0; i < 50; i++)
		event_base_loop(s->base, EVLOOP_NONBLOCK);
}

static struct dialer_mbim *
inside(struct script *s)
{
	return (struct dialer_mbim *)s->dialer;
}

static const struct dialer_event *
step(struct script *s, enum dialer_step step)
{
	if (s->dialer == NULL)
		s->dialer =
		    dialer_mbim_new(s->base, &s->config, fake_port_new, s, heard, s);
	s->event_count = 0;
	dialer_start(s->dialer, step);
	assert_int_equal(s->event_count, 0); /* never from inside the call */
	settle(s);
	return s->event_count > 0 ? &s->events[0] : NULL;
}

static void
step_done(struct script *s, enum dialer_step which)
{
	const struct dialer_event *ev = step(s, which);

	assert_non_null(ev);
	assert_int_equal(ev->step, which);
	assert_string_equal(dialer_event_name(ev->type), "done");
}

static void
dial_until(struct script *s, enum dialer_step last)
{
	enum dialer_step i;

	for (i = DIALER_STEP_OPEN; i <= last; i++)
		step_done(s, i);
}

static const struct failure *
step_fails(struct script *s, enum dialer_step which)
{
	const struct dialer_event *ev = step(s, which);

	assert_non_null(ev);
	assert_int_equal(ev->step, which);
	assert_string_equal(dialer_event_name(ev->type), "failed");
	return &ev->failure;
}

/* The modem says something by itself: begin, write, tell. */
static struct mbim_builder indication;
static uint8_t indication_buf[512];

static struct writer *
indicate(uint32_t cmd)
{
	mbim_build_indication(&indication, indication_buf, sizeof(indication_buf),
	    mbim_basic_connect, cmd);
	return &indication.w;
}

static void
tell(struct script *s)
{
	int n = mbim_build_end(&indication);

	assert_true(n > 0);
	s->event_count = 0;
	s->port->port.handlers->message(s->port->port.arg, indication_buf, (size_t)n);
	settle(s);
}

static void
tell_connect(struct script *s, uint32_t session, uint32_t state, uint32_t cause)
{
	put_connect(indicate(MBIM_CID_CONNECT), session, state, 0, cause);
	tell(s);
}

static void
assert_heard(struct script *s, enum dialer_event_type type)
{
	assert_true(s->event_count > 0);
	assert_string_equal(
	    dialer_event_name(s->events[0].type), dialer_event_name(type));
	assert_int_equal(s->event_count, 1);
}

/* ---- happy paths
 * ---------------------------------------------------------------------- */

static void
a_dial_takes_four_round_trips(void **state)
{
	struct script *s = *state;
	const struct pdn_settings *g;

	s->config.want_v6 = true;
	s->config.user = "u1";
	s->config.password = "pw";
	s->config.auth = 2;
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->rounds, 4); /* of which the proxy answers OPEN by itself */
	assert_int_equal(s->opens, 1);
	assert_int_equal(s->sent[MBIM_CID_RADIO_STATE][MBIM_SET], 0);
	assert_int_equal(s->sent[MBIM_CID_PROVISIONED_CONTEXTS][MBIM_QUERY], 0);
	assert_int_equal(s->seen.session, SESSION);
	assert_int_equal(s->seen.ip_type, MBIM_IP_TYPE_V4V6);
	assert_int_equal(s->seen.auth, 2);
	assert_string_equal(s->seen.apn, "internet");
	assert_string_equal(s->seen.user, "u1");
	assert_string_equal(s->seen.password, "pw");
	g = &s->dialer->settings;
	assert_true(g->v4.present && g->v6.present);
	assert_int_equal(g->v4.addr.s_addr, inet_addr("10.1.2.3"));
	assert_int_equal(g->v4.gateway.s_addr, inet_addr("10.1.2.4"));
	assert_int_equal(g->v4.prefix, 30);
	assert_int_equal(g->v4.dns_count, 1); /* 0.0.0.0 is none */
	assert_int_equal(g->v4.dns[0].s_addr, inet_addr("10.9.9.9"));
	assert_int_equal(g->v6.prefix, 64);
	assert_int_equal(g->v6.dns_count, 1);
	assert_int_equal(g->mtu, 1430);
	step_done(s, DIALER_STEP_DISCONNECT);
	assert_int_equal(s->deactivations, 1);
	step_done(s, DIALER_STEP_CLOSE);
	assert_int_equal(s->deactivations, 1);
	assert_int_equal(s->closes, 1);
	assert_int_equal(s->rounds, 6);
}

static void
each_family_asks_for_its_type(void **state)
{
	struct script *s = *state;

	dial_until(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->seen.ip_type, MBIM_IP_TYPE_V4);
	assert_true(s->dialer->settings.v4.present);
	assert_false(s->dialer->settings.v6.present); /* told, but not wanted */
	step_done(s, DIALER_STEP_CLOSE);
	dialer_free(s->dialer);
	s->dialer = NULL;
	s->config.want_v4 = false;
	s->config.want_v6 = true;
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->seen.ip_type, MBIM_IP_TYPE_V6);
	assert_false(s->dialer->settings.v4.present);
	assert_true(s->dialer->settings.v6.present);
}

static void
a_narrower_grant_is_no_failure(void **state)
{
	struct script *s = *state;

	s->config.want_v6 = true;
	s->granted = MBIM_IP_TYPE_V4;
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->activations, 1);
	assert_true(s->dialer->settings.v4.present);
	assert_false(s->dialer->settings.v6.present);
}

static void
a_device_of_our_own_is_closed_at_the_end(void **state)
{
	struct script *s = *state;

	s->alone = true;
	s->max_transfer = 64; /* and everything travels in fragments */
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->opens, 0); /* the port did it */
	assert_true(s->fragments > s->sent[MBIM_CID_CONNECT][MBIM_SET] + 10);
	step_done(s, DIALER_STEP_CLOSE);
	assert_int_equal(s->closes, 1);
	assert_int_equal(s->deactivations, 0); /* CLOSE ends the session */
}

static void
the_vendors_proxy_is_opened_only_when_closed(void **state)
{
	struct script *s = *state;

	s->dialect = &port_dialect_quectel_mbim;
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->opens, 0);
	step_done(s, DIALER_STEP_CLOSE);
	assert_int_equal(s->closes, 0);
	assert_int_equal(s->deactivations, 1); /* or it would stay up */
	s->closed = true;
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->opens, 1);
}

static void
a_neighbours_newer_layouts_are_spoken(void **state)
{
	struct script *s = *state;

	s->version = MBIMEX_3;
	s->config.want_v6 = true;
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->seen.session, SESSION);
	assert_int_equal(s->seen.ip_type, MBIM_IP_TYPE_V4V6);
	step_done(s, DIALER_STEP_DISCONNECT);
	assert_int_equal(s->deactivations, 1);
}

static void
without_an_apn_the_modems_own_is_used(void **state)
{
	struct script *s = *state;

	s->config.apn = NULL;
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->rounds, 4);
	assert_string_equal(s->seen.apn, "stored");
	assert_string_equal(s->seen.user, "su");
	assert_string_equal(s->seen.password, "sp");
	assert_int_equal(s->seen.auth, 1);
}

static void
a_modem_that_needs_an_apn_says_so(void **state)
{
	struct script *s = *state;
	const struct failure *why;

	s->config.apn = NULL;
	s->no_context = true;
	dial_until(s, DIALER_STEP_CONNECT); /* this one chooses by itself */
	assert_string_equal(s->seen.apn, "");
	step_done(s, DIALER_STEP_DISCONNECT);
	s->connect_errors_left = ANY_ERROR;
	s->connect_status = MBIM_STATUS_INVALID_ACCESS_STRING;
	why = step_fails(s, DIALER_STEP_CONNECT);
	assert_int_equal(why->class, FAILURE_APN);
	assert_int_equal(why->retry, FAILURE_RETRY_NEVER);
	assert_non_null(strstr(why->text, "needs an APN"));
}

static void
the_imei_is_compared_before_anything_is_changed(void **state)
{
	struct script *s = *state;

	s->config.imei = "490154203237510"; /* only the check digit differs */
	step_done(s, DIALER_STEP_OPEN);
	step_done(s, DIALER_STEP_CLOSE);
	dialer_free(s->dialer);
	s->dialer = NULL;
	s->config.imei = "351234567890123";
	assert_int_equal(step_fails(s, DIALER_STEP_OPEN)->class, FAILURE_NO_MODEM);
}

/* ---- SIM, radio, network
 * -------------------------------------------------------------- */

static void
a_pin_is_entered_once(void **state)
{
	struct script *s = *state;
	bool tried = false;
	const struct failure *why;

	s->ready = MBIM_READY_DEVICE_LOCKED;
	s->pin_type = MBIM_PIN_TYPE_PIN1;
	s->config.pin = "0123";
	s->config.pin_tried = &tried;
	step_done(s, DIALER_STEP_OPEN);
	step_done(s, DIALER_STEP_PREPARE);
	assert_true(tried);
	assert_int_equal(s->sent[MBIM_CID_PIN][MBIM_SET], 1);
	why = step_fails(s, DIALER_STEP_PREPARE);
	assert_int_equal(why->class, FAILURE_SIM_PIN);
	assert_int_equal(why->retry, FAILURE_RETRY_NEVER);
	assert_int_equal(s->sent[MBIM_CID_PIN][MBIM_SET], 1);
}

static void
a_wrong_pin_is_told_with_what_is_left(void **state)
{
	struct script *s = *state;
	const struct failure *why;

	s->ready = MBIM_READY_DEVICE_LOCKED;
	s->pin_type = MBIM_PIN_TYPE_PIN1;
	s->pin_status = MBIM_STATUS_FAILURE;
	s->config.pin = "9999";
	step_done(s, DIALER_STEP_OPEN);
	why = step_fails(s, DIALER_STEP_PREPARE);
	assert_int_equal(why->class, FAILURE_SIM_PIN);
	assert_int_equal(why->retry, FAILURE_RETRY_NEVER);
	assert_non_null(strstr(why->text, "2 attempts left"));
	s->empty_refusals = true; /* as most do */
	why = step_fails(s, DIALER_STEP_PREPARE);
	assert_non_null(strstr(why->text, "1 attempts left"));
}

static void
the_last_attempt_of_a_pin_is_kept(void **state)
{
	struct script *s = *state;

	s->ready = MBIM_READY_DEVICE_LOCKED;
	s->pin_type = MBIM_PIN_TYPE_PIN1;
	s->pin_attempts = 1;
	s->config.pin = "1234";
	step_done(s, DIALER_STEP_OPEN);
	assert_int_equal(step_fails(s, DIALER_STEP_PREPARE)->class, FAILURE_SIM_PIN);
	assert_int_equal(s->sent[MBIM_CID_PIN][MBIM_SET], 0);
	s->dialer->config.pin_force = true;
	step_done(s, DIALER_STEP_PREPARE);
	assert_int_equal(s->sent[MBIM_CID_PIN][MBIM_SET], 1);
}

static void
every_kind_of_lock_has_its_words(void **state)
{
	struct script *s = *state;
	static const struct {
		uint32_t ready, pin_type;
		enum failure_class class;
		const char *words;
	} cases[] = {
	    {MBIM_READY_DEVICE_LOCKED, MBIM_PIN_TYPE_PIN1, FAILURE_SIM_PIN,
		"needs its PIN (3 attempts left)"},
	    {MBIM_READY_DEVICE_LOCKED, MBIM_PIN_TYPE_PUK1, FAILURE_SIM_BLOCKED, "PUK"},
	    {MBIM_READY_DEVICE_LOCKED, 6, FAILURE_SIM_BLOCKED, "locked"},
	    {MBIM_READY_SIM_NOT_INSERTED, 0, FAILURE_SIM_ABSENT, "no SIM"},
	    {MBIM_READY_BAD_SIM, 0, FAILURE_SIM_ABSENT, "read"},
	    {MBIM_READY_NOT_ACTIVATED, 0, FAILURE_APN, "subscription"},
	    {MBIM_READY_NO_ESIM_PROFILE, 0, FAILURE_SIM_ABSENT, "profile"},
	};
	const struct failure *why;
	size_t i;

	step_done(s, DIALER_STEP_OPEN);
	for (i = 0; i < COUNT(cases); i++) {
		s->ready = cases[i].ready;
		s->pin_type = cases[i].pin_type;
		why = step_fails(s, DIALER_STEP_PREPARE);
		assert_int_equal(why->class, cases[i].class);
		assert_non_null(strstr(why->text, cases[i].words));
		assert_true(why->remedy[0] != '\0');
	}
	s->ready = MBIM_READY_DEVICE_LOCKED; /* PIN2 hinders nobody */
	s->pin_type = MBIM_PIN_TYPE_PIN2;
	step_done(s, DIALER_STEP_PREPARE);
}

static void
the_radio_is_switched_on_if_it_can_be(void **state)
{
	struct script *s = *state;
	const struct failure *why;

	s->radio_off = true;
	step_done(s, DIALER_STEP_OPEN);
	step_done(s, DIALER_STEP_PREPARE);
	assert_int_equal(s->sent[MBIM_CID_RADIO_STATE][MBIM_SET], 1);
	s->radio_status = MBIM_STATUS_OPERATION_NOT_ALLOWED;
	why = step_fails(s, DIALER_STEP_PREPARE);
	assert_non_null(strstr(why->remedy, "FCC"));
	s->radio_hw_off = true;
	why = step_fails(s, DIALER_STEP_PREPARE);
	assert_non_null(strstr(why->text, "hardware"));
	assert_int_equal(s->sent[MBIM_CID_RADIO_STATE][MBIM_SET], 2);
}

static void
a_session_left_over_is_ended_first(void **state)
{
	struct script *s = *state;

	s->session_state = MBIM_ACTIVATION_ACTIVATED;
	step_done(s, DIALER_STEP_OPEN);
	step_done(s, DIALER_STEP_PREPARE);
	assert_int_equal(s->deactivations, 1);
	assert_int_equal(s->rounds, 3);
	assert_int_equal(s->seen.session, SESSION);
}

static void
registration_is_awaited(void **state)
{
	struct script *s = *state;

	s->registration = MBIM_REGISTER_SEARCHING;
	s->packet = MBIM_PACKET_SERVICE_DETACHED;
	s->auto_attach = true;
	dial_until(s, DIALER_STEP_PREPARE);
	assert_null(step(s, DIALER_STEP_REGISTER));
	s->registration = MBIM_REGISTER_ROAMING;
	put_registration(s, indicate(MBIM_CID_REGISTER_STATE));
	tell(s);
	assert_int_equal(s->event_count, 0); /* not attached yet */
	assert_int_equal(s->sent[MBIM_CID_PACKET_SERVICE][MBIM_SET], 0);
	s->packet = MBIM_PACKET_SERVICE_ATTACHED;
	put_packet(s, indicate(MBIM_CID_PACKET_SERVICE));
	tell(s);
	assert_heard(s, DIALER_EVENT_DONE);
	assert_int_equal(s->events[0].step, DIALER_STEP_REGISTER);
	step_done(s, DIALER_STEP_CONNECT);
	s->registration = MBIM_REGISTER_SEARCHING;
	put_registration(s, indicate(MBIM_CID_REGISTER_STATE));
	tell(s);
	assert_heard(s, DIALER_EVENT_UNREGISTERED);
	s->session_state = MBIM_ACTIVATION_DEACTIVATED; /* it did not survive */
	s->registration = MBIM_REGISTER_HOME;
	put_registration(s, indicate(MBIM_CID_REGISTER_STATE));
	tell(s);
	assert_int_equal(s->event_count, 2);
	assert_int_equal(s->events[0].type, DIALER_EVENT_REGISTERED);
	assert_int_equal(s->events[1].type, DIALER_EVENT_CALL_ENDED);
}

static void
a_modem_that_does_not_attach_is_told_to(void **state)
{
	struct script *s = *state;

	s->packet = MBIM_PACKET_SERVICE_DETACHED;
	dial_until(s, DIALER_STEP_REGISTER);
	assert_int_equal(s->sent[MBIM_CID_PACKET_SERVICE][MBIM_SET], 1);
	assert_int_equal(s->rounds, 3);
}

static void
a_missed_indication_is_asked_for(void **state)
{
	struct script *s = *state;

	s->registration = MBIM_REGISTER_DEREGISTERED;
	dial_until(s, DIALER_STEP_PREPARE);
	assert_null(step(s, DIALER_STEP_REGISTER));
	dm_poll_register(inside(s));
	settle(s);
	assert_int_equal(s->sent[MBIM_CID_REGISTER_STATE][MBIM_SET], 1);
	assert_int_equal(s->event_count, 0);
	s->registration = MBIM_REGISTER_HOME;
	dm_poll_register(inside(s));
	settle(s);
	assert_heard(s, DIALER_EVENT_DONE);
	assert_int_equal(s->sent[MBIM_CID_REGISTER_STATE][MBIM_SET], 1);
}

static void
a_final_denial_is_told_with_its_cause(void **state)
{
	struct script *s = *state;
	const struct failure *why;

	s->registration = MBIM_REGISTER_DENIED;
	s->registration_cause = 3;
	dial_until(s, DIALER_STEP_PREPARE);
	why = step_fails(s, DIALER_STEP_REGISTER);
	assert_int_equal(why->class, FAILURE_NOT_REGISTERED);
	assert_non_null(strstr(why->text, "(cause 3)"));
}

/* ---- CONNECT refused
 * ------------------------------------------------------------------ */

static void
an_unknown_apn_says_so(void **state)
{
	struct script *s = *state;
	const struct failure *why;

	s->connect_errors_left = ANY_ERROR;
	s->connect_status = MBIM_STATUS_FAILURE;
	s->connect_cause = 27;
	dial_until(s, DIALER_STEP_REGISTER);
	why = step_fails(s, DIALER_STEP_CONNECT);
	assert_int_equal(why->class, FAILURE_APN);
	assert_int_equal(why->retry, FAILURE_RETRY_AFTER);
	assert_non_null(strstr(why->text, "(cause 27)"));
	step_done(s, DIALER_STEP_CLOSE);
	assert_int_equal(s->deactivations, 0); /* nothing was up */
}

static void
a_refusal_without_a_cause_has_words_too(void **state)
{
	struct script *s = *state;
	static const struct {
		uint32_t status;
		enum failure_class class;
	} cases[] = {
	    {MBIM_STATUS_BUSY, FAILURE_BUSY},
	    {MBIM_STATUS_FAILURE, FAILURE_NETWORK},
	    {MBIM_STATUS_MAX_ACTIVATED_CONTEXTS, FAILURE_MODEM},
	    {MBIM_STATUS_INVALID_ACCESS_STRING, FAILURE_APN},
	    {MBIM_STATUS_INVALID_USER_NAME_PWD, FAILURE_APN},
	    {MBIM_STATUS_PACKET_SERVICE_DETACHED, FAILURE_NOT_REGISTERED},
	    {MBIM_STATUS_SIM_NOT_INSERTED, FAILURE_SIM_ABSENT},
	    {0x87430001, FAILURE_MODEM},
	};
	const struct failure *why;
	char number[24];
	size_t i;

	s->connect_errors_left = ANY_ERROR;
	s->empty_refusals = true;
	dial_until(s, DIALER_STEP_REGISTER);
	for (i = 0; i < COUNT(cases); i++) {
		s->connect_status = cases[i].status;
		why = step_fails(s, DIALER_STEP_CONNECT);
		assert_int_equal(why->class, cases[i].class);
		snprintf(number, sizeof(number), "status %u)", cases[i].status);
		assert_non_null(strstr(why->text, number));
	}
}

static void
another_type_is_tried_where_the_cause_says_so(void **state)
{
	struct script *s = *state;
	static const struct {
		uint32_t status, cause;
		unsigned int times; /* refused */
		uint32_t last;      /* type asked for */
	} cases[] = {
	    {MBIM_STATUS_FAILURE, 50, 1, MBIM_IP_TYPE_V4},
	    {MBIM_STATUS_FAILURE, 51, 1, MBIM_IP_TYPE_V6},
	    {MBIM_STATUS_FAILURE, 52, 1, MBIM_IP_TYPE_V4_AND_V6},
	    {MBIM_STATUS_FAILURE, 52, 2, MBIM_IP_TYPE_V4},
	    {MBIM_STATUS_FAILURE, 28, 2, MBIM_IP_TYPE_V6},
	    {MBIM_STATUS_INVALID_PARAMETERS, 0, 1, MBIM_IP_TYPE_V4},
	};
	size_t i;

	s->config.want_v6 = true;
	dial_until(s, DIALER_STEP_REGISTER);
	for (i = 0; i < COUNT(cases); i++) {
		s->activations = 0;
		s->connect_status = cases[i].status;
		s->connect_cause = cases[i].cause;
		s->connect_errors_left = cases[i].times;
		step_done(s, DIALER_STEP_CONNECT);
		assert_int_equal(s->activations, cases[i].times + 1);
		assert_int_equal(s->seen.ip_type, cases[i].last);
		step_done(s, DIALER_STEP_DISCONNECT);
	}
	s->connect_cause = 50; /* for ever: each type once */
	s->connect_errors_left = ANY_ERROR;
	s->activations = 0;
	step_fails(s, DIALER_STEP_CONNECT);
	assert_int_equal(s->activations, 2);
}

static void
pap_is_tried_after_chap(void **state)
{
	struct script *s = *state;

	s->config.auth = 3;
	s->config.user = "u";
	s->connect_status = MBIM_STATUS_FAILURE;
	s->connect_cause = 29;
	s->connect_errors_left = 1;
	dial_until(s, DIALER_STEP_CONNECT);
	assert_int_equal(s->activations, 2);
	assert_int_equal(s->seen.auth, 1);
}

static void
activation_may_end_with_an_indication(void **state)
{
	struct script *s = *state;
	const struct failure *why;

	s->connect_state = MBIM_ACTIVATION_ACTIVATING;
	dial_until(s, DIALER_STEP_REGISTER);
	assert_null(step(s, DIALER_STEP_CONNECT));
	tell_connect(s, SESSION + 1, MBIM_ACTIVATION_DEACTIVATED, 36);
	assert_int_equal(s->event_count, 0);
	tell_connect(s, SESSION, MBIM_ACTIVATION_ACTIVATED, 0);
	assert_heard(s, DIALER_EVENT_DONE);
	step_done(s, DIALER_STEP_DISCONNECT);
	assert_null(step(s, DIALER_STEP_CONNECT));
	tell_connect(s, SESSION, MBIM_ACTIVATION_DEACTIVATED, 33);
	assert_heard(s, DIALER_EVENT_FAILED);
	assert_non_null(strstr(s->events[0].failure.text, "(cause 33)"));
	assert_null(step(s, DIALER_STEP_CONNECT)); /* the indication is lost */
	s->session_state = MBIM_ACTIVATION_ACTIVATED;
	dm_poll_activating(inside(s));
	settle(s);
	assert_heard(s, DIALER_EVENT_DONE);
	assert_null(step(s, DIALER_STEP_CONNECT)); /* or never comes */
	s->session_state = MBIM_ACTIVATION_ACTIVATING;
	test_now_ms += DM_CONNECT_MS;
	s->event_count = 0;
	dm_poll_activating(inside(s));
	settle(s);
	assert_heard(s, DIALER_EVENT_FAILED);
	why = &s->events[0].failure;
	assert_non_null(strstr(why->text, "activation"));
	s->deactivations = 0;
	step_done(s, DIALER_STEP_CLOSE);
	assert_int_equal(s->deactivations, 1); /* it may come up yet */
}

static void
an_unanswered_activation_is_taken_back(void **state)
{
	struct script *s = *state;

	s->mute_connect = true;
	dial_until(s, DIALER_STEP_REGISTER);
	assert_null(step(s, DIALER_STEP_CONNECT));
	step_done(s, DIALER_STEP_CLOSE);
	assert_int_equal(s->deactivations, 1);
	assert_int_equal(s->closes, 1);
}

/* ---- SETTINGS
 * ------------------------------------------------------------------------- */

static void
an_address_that_is_still_to_come_is_awaited(void **state)
{
	struct script *s = *state;

	s->config.want_v6 = true;
	s->addr6 = "fe80::1"; /* only a link-local one so far */
	dial_until(s, DIALER_STEP_CONNECT);
	assert_null(step(s, DIALER_STEP_SETTINGS));
	s->addr6 = "2001:db8::9";
	put_ip(s, indicate(MBIM_CID_IP_CONFIGURATION), SESSION);
	tell(s);
	assert_heard(s, DIALER_EVENT_DONE);
	assert_true(s->dialer->settings.v6.present);
}

static void
a_family_without_an_address_is_done_without(void **state)
{
	struct script *s = *state;
	const struct failure *why;

	s->config.want_v6 = true;
	s->flags6 = 0;
	dial_until(s, DIALER_STEP_CONNECT);
	assert_null(step(s, DIALER_STEP_SETTINGS));
	dm_poll_address(inside(s)); /* still none */
	settle(s);
	assert_int_equal(s->event_count, 0);
	test_now_ms += 20000;
	dm_poll_address(inside(s));
	settle(s);
	assert_heard(s, DIALER_EVENT_DONE);
	assert_true(s->dialer->settings.v4.present);
	assert_false(s->dialer->settings.v6.present);
	s->flags4 = 0; /* and then none at all */
	assert_null(step(s, DIALER_STEP_SETTINGS));
	test_now_ms += 20000;
	dm_poll_address(inside(s));
	settle(s);
	assert_heard(s, DIALER_EVENT_FAILED);
	why = &s->events[0].failure;
	assert_int_equal(why->class, FAILURE_NETWORK);
	assert_non_null(strstr(why->remedy, "DHCP"));
}

static void
flags_decide_what_is_valid(void **state)
{
	struct script *s = *state;
	const struct pdn_settings4 *v4;

	s->flags4 = MBIM_IP_ADDRESS;
	s->flags6 = 0;
	dial_until(s, DIALER_STEP_SETTINGS);
	v4 = &s->dialer->settings.v4;
	assert_true(v4->present);
	assert_int_equal(v4->gateway.s_addr, 0);
	assert_int_equal(v4->dns_count, 0);
	assert_int_equal(s->dialer->settings.mtu, 0);
}

static void
a_told_configuration_is_news_only_when_it_differs(void **state)
{
	struct script *s = *state;

	dial_until(s, DIALER_STEP_CONNECT);
	put_ip(s, indicate(MBIM_CID_IP_CONFIGURATION), SESSION); /* as many do */
	tell(s);
	assert_int_equal(s->event_count, 0);
	step_done(s, DIALER_STEP_SETTINGS);
	put_ip(s, indicate(MBIM_CID_IP_CONFIGURATION), SESSION);
	tell(s);
	assert_int_equal(s->event_count, 0);
	s->addr4 = "10.7.7.7";
	put_ip(s, indicate(MBIM_CID_IP_CONFIGURATION), SESSION + 1);
	tell(s);
	assert_int_equal(s->event_count, 0); /* another's */
	put_ip(s, indicate(MBIM_CID_IP_CONFIGURATION), SESSION);
	tell(s);
	assert_heard(s, DIALER_EVENT_SETTINGS_CHANGED);
	step_done(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->dialer->settings.v4.addr.s_addr, inet_addr("10.7.7.7"));
}

/* ---- ends
 * ----------------------------------------------------------------------------- */

static void
a_call_that_ends_is_told_with_its_cause(void **state)
{
	struct script *s = *state;

	dial_until(s, DIALER_STEP_SETTINGS);
	tell_connect(s, SESSION + 1, MBIM_ACTIVATION_DEACTIVATED, 36);
	assert_int_equal(s->event_count, 0); /* another's */
	tell_connect(s, SESSION, MBIM_ACTIVATION_ACTIVATED, 0);
	assert_heard(s, DIALER_EVENT_SETTINGS_CHANGED);
	tell_connect(s, SESSION, MBIM_ACTIVATION_DEACTIVATED, 36);
	assert_heard(s, DIALER_EVENT_CALL_ENDED);
	assert_int_equal(s->events[0].failure.retry, FAILURE_RETRY_SOON);
	assert_non_null(strstr(s->events[0].failure.text, "(cause 36)"));
	step_done(s, DIALER_STEP_CLOSE);
	assert_int_equal(s->deactivations, 0);
}

static void
the_poll_finds_what_no_indication_told(void **state)
{
	struct script *s = *state;

	dial_until(s, DIALER_STEP_SETTINGS);
	s->session_state = MBIM_ACTIVATION_ACTIVATED;
	s->event_count = 0;
	dm_poll_call(inside(s));
	settle(s);
	assert_int_equal(s->event_count, 0);
	s->session_state = MBIM_ACTIVATION_DEACTIVATED;
	dm_poll_call(inside(s));
	settle(s);
	assert_heard(s, DIALER_EVENT_CALL_ENDED);
}

static void
a_closed_function_is_a_modem_reset(void **state)
{
	struct script *s = *state;
	uint8_t buf[16];
	int n;

	dial_until(s, DIALER_STEP_SETTINGS);
	n = mbim_build_short(
	    buf, sizeof(buf), MBIM_TYPE_FUNCTION_ERROR, 0, MBIM_ERROR_NOT_OPENED);
	s->event_count = 0;
	s->port->port.handlers->message(s->port->port.arg, buf, (size_t)n);
	settle(s);
	assert_heard(s, DIALER_EVENT_MODEM_RESET);
	step_done(s, DIALER_STEP_CLOSE);
	assert_int_equal(s->deactivations, 0);
	s->closed = true; /* behind libmbim's proxy: no OPEN of ours would help */
	s->open_status = MBIM_STATUS_FAILURE;
	assert_int_equal(step_fails(s, DIALER_STEP_OPEN)->class, FAILURE_MODEM);
	s->open_status = 0;
	step_done(s, DIALER_STEP_OPEN);
	s->closed = true;
	assert_int_equal(step_fails(s, DIALER_STEP_PREPARE)->retry, FAILURE_RETRY_SOON);
}

static void
a_removed_sim_is_told(void **state)
{
	struct script *s = *state;

	dial_until(s, DIALER_STEP_SETTINGS);
	put_ready(
	    indicate(MBIM_CID_SUBSCRIBER_READY_STATUS), MBIM_READY_INITIALIZED, false);
	tell(s);
	assert_int_equal(s->event_count, 0);
	put_ready(indicate(MBIM_CID_SUBSCRIBER_READY_STATUS),
	    MBIM_READY_SIM_NOT_INSERTED, false);
	tell(s);
	assert_heard(s, DIALER_EVENT_SIM_CHANGED);
}

static void
a_radio_that_goes_off_makes_us_look(void **state)
{
	struct script *s = *state;
	struct writer *w;

	dial_until(s, DIALER_STEP_SETTINGS);
	s->session_state = MBIM_ACTIVATION_DEACTIVATED;
	w = indicate(MBIM_CID_RADIO_STATE);
	writer_u32le(w, 1);
	writer_u32le(w, 0);
	tell(s);
	assert_heard(s, DIALER_EVENT_CALL_ENDED);
}

static void
close_works_in_any_state(void **state)
{
	struct script *s = *state;
	enum dialer_step i;

	for (i = DIALER_STEP_NONE; i <= DIALER_STEP_SETTINGS; i++) {
		s->activations = s->deactivations = 0;
		if (i != DIALER_STEP_NONE)
			dial_until(s, i);
		step_done(s, DIALER_STEP_CLOSE);
		step_done(s, DIALER_STEP_CLOSE);
		assert_int_equal(s->deactivations, s->activations);
		if (i % 2 != 0) { /* the same dialer may be used again */
			step_done(s, DIALER_STEP_OPEN);
			step_done(s, DIALER_STEP_CLOSE);
		}
		dialer_free(s->dialer);
		s->dialer = NULL;
	}
}

static void
a_lost_port_is_told_and_closes_at_once(void **state)
{
	struct script *s = *state;
	struct failure why;

	dial_until(s, DIALER_STEP_SETTINGS);
	failure_set(&why, FAILURE_NO_PROXY, FAILURE_RETRY_BACKOFF, NULL, "gone");
	s->event_count = 0;
	s->port->port.handlers->lost(s->port->port.arg, &why);
	settle(s);
	assert_heard(s, DIALER_EVENT_PORT_LOST);
	step_done(s, DIALER_STEP_DISCONNECT);
	step_done(s, DIALER_STEP_CLOSE);
	assert_int_equal(s->deactivations + s->closes, 0);
}

/* ---- the link
 * ------------------------------------------------------------------------- */

static void
fragments_out_of_order_are_refused(void **state)
{
	struct script *s = *state;
	uint8_t whole[512], f0[128], f1[128];
	struct port *p;
	int n, n0, n1;

	dial_until(s, DIALER_STEP_SETTINGS);
	s->addr4 = "10.8.8.8";
	put_ip(s, indicate(MBIM_CID_IP_CONFIGURATION), SESSION);
	n = mbim_build_end(&indication);
	memcpy(whole, indication_buf, (size_t)n);
	n0 = mbim_split(whole, (size_t)n, 128, 0, f0, sizeof(f0));
	n1 = mbim_split(whole, (size_t)n, 128, 1, f1, sizeof(f1));
	assert_true(n0 > 0 && n1 > 0);
	p = &s->port->port;
	s->event_count = 0;
	p->handlers->message(p->arg, f1, (size_t)n1);
	assert_int_equal(s->host_errors, 1);
	p->handlers->message(p->arg, f0, (size_t)n0); /* this one never ends */
	p->handlers->message(p->arg, f0, (size_t)n0); /* and this one does */
	assert_int_equal(s->host_errors, 2);
	p->handlers->message(p->arg, f1, (size_t)n1);
	settle(s);
	assert_heard(s, DIALER_EVENT_SETTINGS_CHANGED);
	p->handlers->message(p->arg, whole, (size_t)n - 4); /* cut short */
	settle(s);
	assert_int_equal(s->event_count, 1);
}

static void
an_answer_to_something_else_is_not_taken(void **state)
{
	struct script *s = *state;
	struct mbim_builder b;
	uint8_t buf[256];
	struct port *p;
	int n;

	s->mute_connect = true;
	dial_until(s, DIALER_STEP_REGISTER);
	assert_null(step(s, DIALER_STEP_CONNECT));
	p = &s->port->port;
	/* the id of our CONNECT, which is the last one sent, with another command */
	mbim_build_done(
	    &b, buf, sizeof(buf), 10, mbim_basic_connect, MBIM_CID_IP_CONFIGURATION, 0);
	put_ip(s, &b.w, SESSION);
	n = mbim_build_end(&b);
	p->handlers->message(p->arg, buf, (size_t)n);
	settle(s);
	assert_int_equal(s->event_count, 0);
	mbim_build_done(
	    &b, buf, sizeof(buf), 10, mbim_basic_connect, MBIM_CID_CONNECT, 0);
	put_connect(&b.w, SESSION, MBIM_ACTIVATION_ACTIVATED, MBIM_IP_TYPE_V4, 0);
	n = mbim_build_end(&b);
	p->handlers->message(p->arg, buf, (size_t)n);
	settle(s);
	assert_heard(s, DIALER_EVENT_DONE);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(a_dial_takes_four_round_trips),
	    T(each_family_asks_for_its_type),
	    T(a_narrower_grant_is_no_failure),
	    T(a_device_of_our_own_is_closed_at_the_end),
	    T(the_vendors_proxy_is_opened_only_when_closed),
	    T(a_neighbours_newer_layouts_are_spoken),
	    T(without_an_apn_the_modems_own_is_used),
	    T(a_modem_that_needs_an_apn_says_so),
	    T(the_imei_is_compared_before_anything_is_changed),
	    T(a_pin_is_entered_once),
	    T(a_wrong_pin_is_told_with_what_is_left),
	    T(the_last_attempt_of_a_pin_is_kept),
	    T(every_kind_of_lock_has_its_words),
	    T(the_radio_is_switched_on_if_it_can_be),
	    T(a_session_left_over_is_ended_first),
	    T(registration_is_awaited),
	    T(a_modem_that_does_not_attach_is_told_to),
	    T(a_missed_indication_is_asked_for),
	    T(a_final_denial_is_told_with_its_cause),
	    T(an_unknown_apn_says_so),
	    T(a_refusal_without_a_cause_has_words_too),
	    T(another_type_is_tried_where_the_cause_says_so),
	    T(pap_is_tried_after_chap),
	    T(activation_may_end_with_an_indication),
	    T(an_unanswered_activation_is_taken_back),
	    T(an_address_that_is_still_to_come_is_awaited),
	    T(a_family_without_an_address_is_done_without),
	    T(flags_decide_what_is_valid),
	    T(a_told_configuration_is_news_only_when_it_differs),
	    T(a_call_that_ends_is_told_with_its_cause),
	    T(the_poll_finds_what_no_indication_told),
	    T(a_closed_function_is_a_modem_reset),
	    T(a_removed_sim_is_told),
	    T(a_radio_that_goes_off_makes_us_look),
	    T(close_works_in_any_state),
	    T(a_lost_port_is_told_and_closes_at_once),
	    T(fragments_out_of_order_are_refused),
	    T(an_answer_to_something_else_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
