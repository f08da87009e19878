/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The QMI dialer against a port that answers from a script.
 *
 * The port answers all that was sent in one turn of the loop together, in the next
 * one, and counts these turns: they are the round trips.  Each test changes the answer
 * of one message, or sends an indication, and looks at the events that pdn would hear.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "client/dialer.h"
#include "client/port.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/qmi_value.h"

#define FRAMES_MAX 64
#define PDH 0x87253410u

struct frame {
	uint8_t bytes[512];
	size_t len;
};

struct script {
	struct event_base *base;
	struct dialer *dialer;
	struct dialer_config config;
	struct fake_port *port;
	unsigned int rounds;
	unsigned int sent[0x100]; /* by the low byte of the message id, WDS only */
	unsigned int sent_pin, sent_set_format;
	bool start_by_profile, start_by_apn;
	uint8_t next_cid;
	unsigned int released;
	/* what is different from a good modem */
	uint16_t start_error[2]; /* by family, the first time */
	uint16_t start_reason;   /* verbose, 3GPP */
	unsigned int start_errors_left;
	uint16_t alloc_wda_error, bind_error;
	uint8_t grants_only; /* QMAP protocol of every format it grants */
	bool pin_needed, pin_wrong, unregistered, stored_apn, other_format, no_settings;
	uint8_t pin_retries;
	/* what was heard */
	struct dialer_event events[16];
	unsigned int event_count;
};

struct fake_port {
	struct port port;
	struct script *script;
	struct event *deliver;
	struct frame answers[FRAMES_MAX];
	unsigned int count;
};

static void
build_card_status(struct script *s, struct qmi_builder *b)
{
	struct writer *w = qmi_put_begin(b, QMI_UIM_GET_CARD_STATUS_RSP_CARD_STATUS);

	writer_u16le(w, 0x0000);
	writer_u16le(w, 0xffff);
	writer_u16le(w, 0xffff);
	writer_u16le(w, 0xffff);
	writer_u8(w, 1); /* cards */
	writer_u8(w, 1); /* present */
	writer_zero(w, 4);
	writer_u8(w, 1); /* applications */
	writer_u8(w, 2); /* USIM */
	writer_u8(w, s->pin_needed ? 2 : 7);
	writer_zero(w, 4);
	writer_u8(w, 0); /* AID */
	writer_u8(w, 0); /* UPIN does not replace PIN1 */
	writer_u8(w, s->pin_needed ? 1 : 3);
	writer_u8(w, s->pin_retries);
	writer_u8(w, 10);
	writer_zero(w, 3);
	qmi_build_tlv_end(b);
}

static void
build_serving(struct qmi_builder *b, enum qmi_row row, bool registered)
{
	struct writer *w = qmi_put_begin(b, row);

	writer_u8(w, registered ? 1 : 2);
	writer_u8(w, 1);
	writer_u8(w, registered ? 1 : 2);
	writer_u8(w, 2);
	writer_u8(w, 1);
	writer_u8(w, 8);
	qmi_build_tlv_end(b);
}

static void
build_format(struct script *s, const struct qmi_msg *m, struct qmi_builder *b)
{
	bool set = m->id == QMI_WDA_SET_DATA_FORMAT;
	uint32_t protocol = s->other_format && !set ? 0 : 9;

	if (set && s->grants_only != 0)
		protocol = s->grants_only;
	s->sent_set_format += set;
	qmi_build_tlv(b, 0x11, (const uint8_t[]){2, 0, 0, 0}, 4);
	qmi_build_tlv(b, 0x12, (const uint8_t[]){(uint8_t)protocol, 0, 0, 0}, 4);
	qmi_build_tlv(b, 0x13, (const uint8_t[]){(uint8_t)protocol, 0, 0, 0}, 4);
	qmi_build_tlv(b, 0x16, (const uint8_t[]){0, 0x40, 0, 0}, 4);
}

static void
build_settings(struct script *s, const struct qmi_msg *m, struct qmi_builder *b)
{
	struct in_addr a;
	struct in6_addr a6;
	struct writer *w;

	if (s->no_settings)
		return;
	inet_pton(AF_INET, "10.1.2.3", &a);
	qmi_put_ip4(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP4_ADDRESS, a);
	inet_pton(AF_INET, "255.255.255.252", &a);
	qmi_put_ip4(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP4_MASK, a);
	inet_pton(AF_INET, "10.9.9.9", &a);
	qmi_put_ip4(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_DNS1, a);
	inet_pton(AF_INET6, "2001:db8::5", &a6);
	w = qmi_put_begin(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_IP6_ADDRESS);
	writer_bytes(w, &a6, 16);
	writer_u8(w, 64);
	qmi_build_tlv_end(b);
	qmi_put_u32(b, QMI_WDS_GET_CURRENT_SETTINGS_RSP_MTU, m->cid == 1 ? 1430 : 1500);
}

/* The error of one START_NETWORK: by family, as often as the script says. */
static uint16_t
start_error(struct script *s, const struct qmi_msg *m)
{
	uint8_t family = 0;
	uint16_t error;

	s->start_by_profile = qmi_has(m, QMI_WDS_START_NETWORK_REQ_PROFILE_3GPP);
	s->start_by_apn = qmi_has(m, QMI_WDS_START_NETWORK_REQ_APN);
	qmi_get_u8(m, QMI_WDS_START_NETWORK_REQ_IP_FAMILY, &family);
	error = s->start_error[family == 6];
	if (error == 0 || s->start_errors_left == 0)
		return 0;
	s->start_errors_left--;
	return error;
}

static uint16_t
error_of(struct script *s, const struct qmi_msg *m)
{
	uint8_t service = 0;

	if (m->service == QMI_CTL && m->id == QMI_CTL_ALLOCATE_CID &&
	    qmi_get_u8(m, QMI_CTL_ALLOCATE_CID_REQ_SERVICE, &service) &&
	    service == QMI_WDA)
		return s->alloc_wda_error;
	if (m->service == QMI_WDS && m->id == QMI_WDS_START_NETWORK)
		return start_error(s, m);
	if (m->service == QMI_WDS && m->id == QMI_WDS_BIND_MUX_DATA_PORT)
		return s->bind_error;
	if (m->service == QMI_UIM && m->id == QMI_UIM_VERIFY_PIN) {
		s->sent_pin++;
		return s->pin_wrong ? QMI_ERR_INCORRECT_PIN : 0;
	}
	return 0;
}

static void
build_ctl(struct script *s, const struct qmi_msg *m, struct qmi_builder *b)
{
	uint8_t service = 0;

	s->released += m->id == QMI_CTL_RELEASE_CID;
	if (m->id != QMI_CTL_ALLOCATE_CID)
		return;
	qmi_get_u8(m, QMI_CTL_ALLOCATE_CID_REQ_SERVICE, &service);
	qmi_build_tlv(b, 0x01, (const uint8_t[]){service, ++s->next_cid}, 2);
}

static void
build_wds(struct script *s, const struct qmi_msg *m, struct qmi_builder *b)
{
	uint8_t status[] = {
	    6, 0, (uint8_t)s->start_reason, (uint8_t)(s->start_reason >> 8)};

	switch (m->id) {
	case QMI_WDS_START_NETWORK:
		qmi_put_u32(b, QMI_WDS_START_NETWORK_RSP_PACKET_HANDLE, PDH);
		if (s->start_reason != 0)
			qmi_build_tlv(b, 0x11, status, sizeof(status));
		break;
	case QMI_WDS_GET_CURRENT_SETTINGS: build_settings(s, m, b); break;
	case QMI_WDS_GET_PROFILE_SETTINGS:
		qmi_put_u8(b, QMI_WDS_GET_PROFILE_SETTINGS_RSP_PDP_TYPE, 3);
		qmi_put_str(b, QMI_WDS_GET_PROFILE_SETTINGS_RSP_APN,
		    s->stored_apn ? "internet" : "other");
		break;
	default: break;
	}
}

/* Queues the answer to one request. */
static int
fake_send(struct port *p, const uint8_t *bytes, size_t len)
{
	struct fake_port *fp = (struct fake_port *)p;
	struct script *s = fp->script;
	struct frame *f = &fp->answers[fp->count];
	struct qmi_builder b;
	struct qmi_msg m;
	uint16_t error;
	int n;

	assert_int_equal(qmi_parse(bytes, len, &m), 0);
	assert_true(fp->count < FRAMES_MAX);
	if (m.service == QMI_WDS)
		s->sent[m.id & 0xff]++;
	error = error_of(s, &m);
	qmi_build(&b, f->bytes, sizeof(f->bytes), m.service, m.cid, QMI_KIND_RSP, m.txn,
	    m.id);
	qmi_build_result(&b, error);
	if (m.service == QMI_CTL && error == 0)
		build_ctl(s, &m, &b);
	else if (m.service == QMI_WDS)
		build_wds(s, &m, &b);
	else if (m.service == QMI_WDA)
		build_format(s, &m, &b);
	else if (m.service == QMI_UIM && m.id == QMI_UIM_GET_CARD_STATUS)
		build_card_status(s, &b);
	else if (m.service == QMI_UIM && error != 0)
		qmi_build_tlv(&b, 0x10, (const uint8_t[]){2, 10}, 2);
	else if (m.service == QMI_DMS && m.id == QMI_DMS_GET_IDS)
		qmi_put_str(&b, QMI_DMS_GET_IDS_RSP_IMEI, "860000000000017");
	else if (m.service == QMI_NAS && m.id == QMI_NAS_GET_SERVING_SYSTEM)
		build_serving(&b, QMI_NAS_GET_SERVING_SYSTEM_RSP_SERVING_SYSTEM,
		    !s->unregistered);
	n = qmi_build_end(&b);
	assert_true(n > 0);
	f->len = (size_t)n;
	fp->count++;
	event_active(fp->deliver, EV_TIMEOUT, 0);
	return 0;
}

/* One round trip. */
static void
fake_deliver_cb(evutil_socket_t fd, short what, void *arg)
{
	struct fake_port *fp = arg;
	struct frame answers[FRAMES_MAX];
	unsigned int count = fp->count, i;

	(void)fd;
	(void)what;
	if (fp->script->rounds == 0 && count == 0) {
		fp->port.handlers->ready(fp->port.arg);
		return;
	}
	memcpy(answers, fp->answers, count * sizeof(answers[0]));
	fp->count = 0;
	fp->script->rounds++;
	for (i = 0; i < count && fp->script->port == fp; i++)
		fp->port.handlers->message(
		    fp->port.arg, answers[i].bytes, answers[i].len);
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
	fp->script = s;
	fp->deliver = evtimer_new(s->base, fake_deliver_cb, fp);
	s->port = fp;
	return &fp->port;
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
	s->base = loop_new();
	s->stored_apn = true;
	s->pin_retries = 3;
	s->config = (struct dialer_config){.name = "test",
	    .apn = "internet",
	    .want_v4 = true,
	    .channel = 1,
	    .mux_id = 0x81,
	    .ep_type = 2,
	    .ep_iface = 4};
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

static const struct dialer_event *
step(struct script *s, enum dialer_step step)
{
	if (s->dialer == NULL) {
		s->dialer =
		    dialer_qmi_new(s->base, &s->config, fake_port_new, s, heard, s);
		s->dialer->offer.may_set = true;
		s->dialer->offer.raw_ip = true;
		s->dialer->offer.qmap_versions = 1u << 5 | 1u << 1;
		s->dialer->offer.dl_max_bytes = 16384;
		s->dialer->offer.dl_max_packets = 32;
	}
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
	assert_string_equal(dialer_event_name(ev->type), "failed");
	return &ev->failure;
}

/* The modem says something by itself. */
static void
indicate(struct script *s, uint8_t service, uint8_t cid, uint16_t id, uint8_t tlv,
    const void *value, size_t len)
{
	struct qmi_builder b;
	uint8_t buf[256];
	int n;

	qmi_build(&b, buf, sizeof(buf), service, cid, QMI_KIND_IND, 0, id);
	if (len > 0)
		qmi_build_tlv(&b, tlv, value, len);
	n = qmi_build_end(&b);
	s->event_count = 0;
	s->port->port.handlers->message(s->port->port.arg, buf, (size_t)n);
	settle(s);
}

static void
warm_dial_takes_four_round_trips(void **state)
{
	struct script *s = *state;
	const struct pdn_settings *g;

	s->config.want_v6 = true;
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->rounds, 4);
	assert_int_equal(s->sent_set_format, 0);
	assert_int_equal(s->sent[QMI_WDS_MODIFY_PROFILE], 0);
	assert_int_equal(s->sent[QMI_WDS_BIND_MUX_DATA_PORT], 2);
	assert_true(s->start_by_profile);
	assert_false(s->start_by_apn);
	g = &s->dialer->settings;
	assert_true(g->v4.present && g->v6.present);
	assert_int_equal(g->v4.addr.s_addr, inet_addr("10.1.2.3"));
	assert_int_equal(g->v4.prefix, 30);
	assert_int_equal(g->v4.dns_count, 1);
	assert_int_equal(g->v6.prefix, 64);
	assert_int_equal(g->mtu, 1430);
	assert_int_equal(s->dialer->format.qmap_version, 5);
	step_done(s, DIALER_STEP_DISCONNECT);
	assert_int_equal(s->sent[QMI_WDS_STOP_NETWORK], 2);
	step_done(s, DIALER_STEP_CLOSE);
	assert_int_equal(s->released, s->next_cid);
	assert_int_equal(s->rounds, 6);
}

static void
cold_dial_takes_five(void **state)
{
	struct script *s = *state;

	s->other_format = true;
	s->stored_apn = false;
	s->pin_needed = true;
	s->config.pin = "0123";
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->rounds, 5);
	assert_int_equal(s->sent_set_format, 1);
	assert_int_equal(s->sent[QMI_WDS_MODIFY_PROFILE], 1);
	assert_int_equal(s->sent_pin, 1);
}

static void
a_format_that_nobody_uses_is_set_unasked(void **state)
{
	struct script *s = *state;

	s->other_format = true;
	step_done(s, DIALER_STEP_OPEN);
	s->dialer->offer.fresh = true;
	step_done(s, DIALER_STEP_PREPARE);
	assert_int_equal(s->rounds, 2);
	assert_int_equal(s->sent_set_format, 1);
	assert_int_equal(s->dialer->format.qmap_version, 5);
}

static void
a_modem_that_will_not_be_told_may_be_right(void **state)
{
	struct script *s = *state;

	s->grants_only = 7; /* v3: nobody can */
	step_done(s, DIALER_STEP_OPEN);
	s->dialer->offer.fresh = true;
	step_done(s, DIALER_STEP_PREPARE);
	assert_int_equal(s->sent_set_format, 1);
	assert_int_equal(s->dialer->format.qmap_version, 5);
	s->other_format = true;
	assert_int_equal(step_fails(s, DIALER_STEP_PREPARE)->class, FAILURE_MUXDEV);
	assert_int_equal(s->sent_set_format, 4);
}

static void
format_is_set_only_by_who_may(void **state)
{
	struct script *s = *state;

	s->other_format = true;
	step_done(s, DIALER_STEP_OPEN);
	s->dialer->offer.may_set = false;
	step_done(s, DIALER_STEP_PREPARE);
	assert_int_equal(s->sent_set_format, 0);
	assert_int_equal(s->dialer->format.qmap_version, 0);
}

static void
a_format_refused_tries_the_next_version(void **state)
{
	struct script *s = *state;

	s->other_format = true;
	s->grants_only = 5; /* QMAP v1: taken at once, the host can do it */
	step_done(s, DIALER_STEP_OPEN);
	step_done(s, DIALER_STEP_PREPARE);
	assert_int_equal(s->sent_set_format, 1);
	assert_int_equal(s->dialer->format.qmap_version, 1);
	s->grants_only = 7; /* v3: nobody can */
	assert_int_equal(step_fails(s, DIALER_STEP_PREPARE)->class, FAILURE_MUXDEV);
	assert_int_equal(s->sent_set_format, 3);
}

static void
a_missing_wda_client_is_tolerated(void **state)
{
	struct script *s = *state;

	s->alloc_wda_error = QMI_ERR_CLIENT_IDS_EXHAUSTED;
	dial_until(s, DIALER_STEP_SETTINGS);
	step_done(s, DIALER_STEP_CLOSE);
	assert_int_equal(s->released, 4);
}

static void
a_refused_binding_is_fatal(void **state)
{
	struct script *s = *state;

	s->bind_error = QMI_ERR_INVALID_QMI_COMMAND;
	step_done(s, DIALER_STEP_OPEN);
	assert_int_equal(step_fails(s, DIALER_STEP_PREPARE)->class, FAILURE_MUXDEV);
}

static void
a_pin_is_tried_once(void **state)
{
	struct script *s = *state;
	bool tried = false;
	const struct failure *why;

	s->pin_needed = s->pin_wrong = true;
	s->config.pin = "1234";
	s->config.pin_tried = &tried;
	step_done(s, DIALER_STEP_OPEN);
	why = step_fails(s, DIALER_STEP_PREPARE);
	assert_int_equal(why->class, FAILURE_SIM_PIN);
	assert_int_equal(why->retry, FAILURE_RETRY_NEVER);
	assert_non_null(strstr(why->text, "2 attempts left"));
	assert_true(tried);
	step_done(s, DIALER_STEP_CLOSE);
	dialer_free(s->dialer);
	s->dialer = NULL;
	s->rounds = 0;
	step_done(s, DIALER_STEP_OPEN);
	step_fails(s, DIALER_STEP_PREPARE);
	assert_int_equal(s->sent_pin, 1);
}

static void
the_last_attempt_of_a_pin_is_kept(void **state)
{
	struct script *s = *state;

	s->pin_needed = true;
	s->pin_retries = 1;
	s->config.pin = "1234";
	step_done(s, DIALER_STEP_OPEN);
	assert_int_equal(step_fails(s, DIALER_STEP_PREPARE)->class, FAILURE_SIM_PIN);
	assert_int_equal(s->sent_pin, 0);
	s->dialer->config.pin_force = true;
	step_done(s, DIALER_STEP_PREPARE);
	assert_int_equal(s->sent_pin, 1);
}

static void
registration_is_awaited(void **state)
{
	struct script *s = *state;
	static const uint8_t registered[] = {1, 1, 1, 2, 1, 8};
	static const uint8_t lost[] = {2, 2, 2, 2, 0};

	s->unregistered = true;
	dial_until(s, DIALER_STEP_PREPARE);
	assert_null(step(s, DIALER_STEP_REGISTER));
	indicate(s, QMI_NAS, 3, QMI_NAS_GET_SERVING_SYSTEM, 0x01, registered,
	    sizeof(registered));
	assert_int_equal(s->event_count, 1);
	assert_int_equal(s->events[0].type, DIALER_EVENT_DONE);
	assert_int_equal(s->events[0].step, DIALER_STEP_REGISTER);
	step_done(s, DIALER_STEP_CONNECT);
	indicate(s, QMI_NAS, 3, QMI_NAS_GET_SERVING_SYSTEM, 0x01, lost, sizeof(lost));
	assert_int_equal(s->events[0].type, DIALER_EVENT_UNREGISTERED);
}

static void
an_unknown_apn_says_so(void **state)
{
	struct script *s = *state;
	const struct failure *why;

	s->start_error[0] = QMI_ERR_CALL_FAILED;
	s->start_errors_left = 9;
	s->start_reason = 27;
	dial_until(s, DIALER_STEP_REGISTER);
	why = step_fails(s, DIALER_STEP_CONNECT);
	assert_int_equal(why->class, FAILURE_APN);
	assert_int_equal(why->retry, FAILURE_RETRY_AFTER);
	assert_non_null(strstr(why->text, "(cause 27)"));
}

static void
one_family_refused_keeps_the_other(void **state)
{
	struct script *s = *state;

	s->config.want_v6 = true;
	s->start_error[1] = QMI_ERR_CALL_FAILED;
	s->start_errors_left = 9;
	s->start_reason = 50; /* IPv4 only allowed */
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_true(s->dialer->settings.v4.present);
	assert_false(s->dialer->settings.v6.present);
	assert_int_equal(s->sent[QMI_WDS_START_NETWORK], 2);
}

static void
a_duplicate_second_family_is_started_again(void **state)
{
	struct script *s = *state;

	s->config.want_v6 = true;
	s->start_error[1] = QMI_ERR_CALL_FAILED;
	s->start_errors_left = 1;
	s->start_reason = 55;
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_true(s->dialer->settings.v6.present);
	assert_int_equal(s->sent[QMI_WDS_START_NETWORK], 3);
}

static void
missing_argument_is_supplied_once(void **state)
{
	struct script *s = *state;

	s->start_error[0] = QMI_ERR_MISSING_ARGUMENT;
	s->start_errors_left = 1;
	dial_until(s, DIALER_STEP_CONNECT);
	assert_true(s->start_by_apn && s->start_by_profile);
	s->start_errors_left = 9;
	step_done(s, DIALER_STEP_DISCONNECT);
	step_fails(s, DIALER_STEP_CONNECT);
	assert_int_equal(s->sent[QMI_WDS_START_NETWORK], 4);
}

static void
no_effect_joins_then_restarts(void **state)
{
	struct script *s = *state;

	s->start_error[0] = QMI_ERR_NO_EFFECT;
	s->start_errors_left = 1;
	dial_until(s, DIALER_STEP_CONNECT);
	s->no_settings = true;
	assert_int_equal(step_fails(s, DIALER_STEP_SETTINGS)->class, FAILURE_NETWORK);
	assert_int_equal(s->sent[QMI_WDS_STOP_NETWORK], 1);
	assert_int_equal(s->sent[QMI_WDS_START_NETWORK], 2);
}

static void
a_call_that_ends_is_told_with_its_reason(void **state)
{
	struct script *s = *state;
	static const uint8_t reconfigure[] = {2, 1}, ended[] = {1, 0};

	dial_until(s, DIALER_STEP_SETTINGS);
	indicate(s, QMI_WDS, 1, QMI_WDS_PACKET_SERVICE_STATUS, 0x01, reconfigure, 2);
	assert_int_equal(s->event_count, 1);
	assert_int_equal(s->events[0].type, DIALER_EVENT_SETTINGS_CHANGED);
	indicate(s, QMI_WDS, 9, QMI_WDS_PACKET_SERVICE_STATUS, 0x01, ended, 2);
	assert_int_equal(s->event_count, 0); /* another's */
	indicate(s, QMI_WDS, 1, QMI_WDS_PACKET_SERVICE_STATUS, 0x01, ended, 2);
	assert_int_equal(s->event_count, 1);
	assert_int_equal(s->events[0].type, DIALER_EVENT_CALL_ENDED);
	assert_int_equal(s->events[0].failure.retry, FAILURE_RETRY_SOON);
}

static void
a_revoked_client_id_starts_over(void **state)
{
	struct script *s = *state;
	static const uint8_t ours[] = {QMI_WDS, 1}, other[] = {QMI_WDS, 77};

	dial_until(s, DIALER_STEP_SETTINGS);
	indicate(s, QMI_CTL, 0, QMI_CTL_REVOKE_CLIENT_ID, 0x01, other, 2);
	assert_int_equal(s->event_count, 0);
	indicate(s, QMI_CTL, 0, QMI_CTL_REVOKE_CLIENT_ID, 0x01, ours, 2);
	assert_int_equal(s->events[0].type, DIALER_EVENT_MODEM_RESET);
	indicate(s, QMI_CTL, 0, QMI_CTL_SYNC, 0, NULL, 0);
	assert_int_equal(s->events[0].type, DIALER_EVENT_MODEM_RESET);
}

static void
close_works_in_any_state(void **state)
{
	struct script *s = *state;
	enum dialer_step i;

	for (i = DIALER_STEP_NONE; i <= DIALER_STEP_SETTINGS; i++) {
		s->rounds = s->released = s->next_cid = 0;
		if (i != DIALER_STEP_NONE)
			dial_until(s, i);
		step_done(s, DIALER_STEP_CLOSE);
		step_done(s, DIALER_STEP_CLOSE);
		assert_int_equal(s->released, s->next_cid);
		s->rounds = 0;
		step_done(s, DIALER_STEP_OPEN); /* the same one may be used again */
		step_done(s, DIALER_STEP_CLOSE);
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
	assert_int_equal(s->event_count, 1);
	assert_int_equal(s->events[0].type, DIALER_EVENT_PORT_LOST);
	s->released = 0;
	step_done(s, DIALER_STEP_CLOSE);
	assert_int_equal(s->released, 0);
}

/* Before anything is changed on what may be somebody else's modem. */
static void
the_imei_tells_modems_apart(void **state)
{
	struct script *s = *state;

	s->config.imei = "860000000000025";
	assert_int_equal(step_fails(s, DIALER_STEP_OPEN)->class, FAILURE_NO_MODEM);
	assert_int_equal(s->sent[QMI_WDS_BIND_MUX_DATA_PORT & 0xff], 0);
	dialer_free(s->dialer);
	s->dialer = NULL;
	s->rounds = 0;
	s->config.imei = "86000000000001"; /* without its check digit */
	dial_until(s, DIALER_STEP_SETTINGS);
	assert_int_equal(s->rounds, 5);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(warm_dial_takes_four_round_trips),
	    T(cold_dial_takes_five),
	    T(a_format_that_nobody_uses_is_set_unasked),
	    T(a_modem_that_will_not_be_told_may_be_right),
	    T(format_is_set_only_by_who_may),
	    T(a_format_refused_tries_the_next_version),
	    T(a_missing_wda_client_is_tolerated),
	    T(a_refused_binding_is_fatal),
	    T(a_pin_is_tried_once),
	    T(the_last_attempt_of_a_pin_is_kept),
	    T(registration_is_awaited),
	    T(an_unknown_apn_says_so),
	    T(one_family_refused_keeps_the_other),
	    T(a_duplicate_second_family_is_started_again),
	    T(missing_argument_is_supplied_once),
	    T(no_effect_joins_then_restarts),
	    T(a_call_that_ends_is_told_with_its_reason),
	    T(a_revoked_client_id_starts_over),
	    T(close_works_in_any_state),
	    T(a_lost_port_is_told_and_closes_at_once),
	    T(the_imei_tells_modems_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
