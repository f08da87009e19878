/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module itself: its bus, its hosts, its SIM and radio, and the calls.
 *
 * Nothing here knows QMI or MBIM.  Whoever changes a state tells the services by
 * tell(), once, after the change.  A call is one family of one PDN connection and
 * belongs to the service that started it; bearers come from network.h.
 *
 * Round trips are counted from the host's side: a trip begins with the first request
 * after something was delivered, so that a burst counts once.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/event.h>

#include "common/framer.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mbim.h"
#include "common/qmi.h"
#include "common/qmux.h"
#include "common/xmem.h"
#include "tests/modem/mbim_func.h"
#include "tests/modem/modem_int.h"
#include "tests/modem/qmi_port.h"

#define MODEM_AWAY_MS 500  /* from leaving the bus to being back, by itself */
#define MODEM_ANSWER_MS 20 /* between the answer to a restart and the restart */

/* As firmware has it after power on: no multiplexing. */
static const struct modem_format format_at_start = {.link = 1};

static void
tell(struct modem *m, enum modem_event event, struct modem_call *call)
{
	qmi_func_event(m->qmi, event, call);
	if (m->mbim)
		mbim_func_event(m->mbim, event, call);
}

/* ---- life ---- */

static void
set_identity(struct modem *m)
{
	unsigned n = m->settings.number;

	snprintf(m->imei, sizeof(m->imei), "86034504%06u%u", n + 1, n % 10);
	snprintf(m->imsi, sizeof(m->imsi), "00101%010u", n + 1);
	snprintf(m->iccid, sizeof(m->iccid), "8901001%012u%u", n + 1, n % 10);
	snprintf(m->serial, sizeof(m->serial), "SIM%09u", n + 1);
	snprintf(m->msisdn, sizeof(m->msisdn), "1555%07u", n + 1);
	snprintf(m->puk, sizeof(m->puk), "12345678");
	m->pin_enabled = m->settings.pin != NULL;
	snprintf(m->pin, sizeof(m->pin), "%s",
	    m->pin_enabled ? m->settings.pin : MODEM_PIN_DEFAULT);
}

/* These contexts are defined, as an operator's tool leaves a gateway's module. */
static void
set_profiles(struct modem *m)
{
	static const char *const first[] = {"internet", "ims"};

	for (unsigned n = 1; n <= MODEM_PROFILES_SET; n++) {
		struct modem_profile *p = &m->profiles[n];

		p->exists = true;
		p->pdp_type = 3;
		snprintf(p->name, sizeof(p->name), "profile%u", n);
		if (n <= sizeof(first) / sizeof(first[0]))
			snprintf(p->apn, sizeof(p->apn), "%s", first[n - 1]);
	}
}

/* What a restart does not change: SIM counters, PIN, identity. */
static void
power_on(struct modem *m)
{
	m->format = format_at_start;
	m->radio = MODEM_RADIO_ONLINE;
	if (m->sim == MODEM_SIM_READY && m->pin_enabled)
		m->sim = MODEM_SIM_PIN;
	m->registration =
	    m->sim == MODEM_SIM_READY ? MODEM_REGISTERED : MODEM_SEARCHING;
	m->attached = m->registration == MODEM_REGISTERED;
}

struct modem *
modem_new(struct event_base *base, struct networks *networks,
    const struct modem_settings *settings)
{
	struct modem *m = xcalloc(1, sizeof(*m));

	m->base = base;
	m->networks = networks;
	m->settings = *settings;
	TAILQ_INIT(&m->fronts);
	TAILQ_INIT(&m->ports);
	LIST_INIT(&m->calls);
	LIST_INIT(&m->tallies);
	m->faults = fault_set_new();
	m->pin_left = MODEM_PIN_TRIES;
	m->puk_left = MODEM_PUK_TRIES;
	m->mcc = 1;
	m->mnc = 1;
	m->rssi = -67;
	m->last_handle = 0x87250000u + settings->number * 0x1000;
	set_identity(m);
	set_profiles(m);
	m->present = true;
	m->qmi = qmi_func_new(m);
	if (settings->mode == MODEM_MODE_MBIM)
		m->mbim = mbim_func_new(m);
	power_on(m);
	return m;
}

static void
port_free(struct modem_port *p)
{
	struct modem *m = p->modem;

	TAILQ_REMOVE(&m->ports, p, next);
	if (p->qmi)
		qmi_port_free(p->qmi);
	else if (m->mbim)
		mbim_func_detached(m->mbim, p);
	fault_line_free(p->out);
	framer_free(p->framer);
	free(p);
}

void
modem_free(struct modem *m)
{
	struct modem_port *p;
	struct modem_front *f;
	struct modem_tally *t;

	while ((p = TAILQ_FIRST(&m->ports)))
		port_free(p);
	if (m->mbim)
		mbim_func_free(m->mbim);
	qmi_func_free(m->qmi);
	while (!LIST_EMPTY(&m->calls))
		modem_call_end(LIST_FIRST(&m->calls));
	while ((f = TAILQ_FIRST(&m->fronts))) {
		TAILQ_REMOVE(&m->fronts, f, next);
		free(f);
	}
	while ((t = LIST_FIRST(&m->tallies))) {
		LIST_REMOVE(t, next);
		free(t);
	}
	if (m->back)
		event_free(m->back);
	if (m->restart)
		event_free(m->restart);
	fault_set_free(m->faults);
	free(m);
}

/* ---- fronts and ports ---- */

void
modem_add_front(struct modem *m, const struct modem_front_ops *ops, void *front)
{
	struct modem_front *f = xcalloc(1, sizeof(*f));

	f->ops = ops;
	f->arg = front;
	TAILQ_INSERT_TAIL(&m->fronts, f, next);
	if (ops->presence)
		ops->presence(front, m->present);
}

static void
port_out(void *arg, const uint8_t *bytes, size_t len)
{
	struct modem_port *p = arg;

	p->ops->send(p->front, bytes, len);
}

static void
port_qmi_send(
    void *arg, const char *name, enum fault_way way, uint8_t *frame, size_t len)
{
	modem_port_send(arg, name, way, frame, len, true);
}

struct modem_port *
modem_attach(struct modem *m, const struct modem_port_ops *ops, void *front)
{
	struct modem_port *p;
	bool is_mbim = m->mbim != NULL;

	if (!m->present) {
		errno = ENODEV;
		return NULL;
	}
	if (m->silent) {
		errno = ENXIO;
		return NULL;
	}
	p = xcalloc(1, sizeof(*p));
	p->modem = m;
	p->ops = ops;
	p->front = front;
	p->framer = framer_new(is_mbim ? mbim_scan : qmux_scan, MBIM_MESSAGE_MAX);
	p->out = fault_line_new(m->base, port_out, p);
	if (!is_mbim)
		p->qmi = qmi_port_new(m->qmi, port_qmi_send, p);
	TAILQ_INSERT_TAIL(&m->ports, p, next);
	return p;
}

void
modem_detach_port(struct modem_port *p)
{
	port_free(p);
}

static bool
port_is_there(const struct modem *m, const struct modem_port *port)
{
	const struct modem_port *p;

	TAILQ_FOREACH (p, &m->ports, next)
		if (p == port)
			return true;
	return false;
}

/* The message may end the port: a reset hangs up. */
static bool
take_message(struct modem_port *p, uint8_t *msg, size_t len)
{
	struct modem *m = p->modem;

	if (m->silent)
		return true;
	if (p->qmi)
		qmi_port_input(p->qmi, msg, len);
	else
		mbim_func_input(m->mbim, p, msg, len);
	return port_is_there(m, p);
}

static bool
take_messages(struct modem_port *p)
{
	uint8_t *msg;
	int n;

	while ((n = framer_next(p->framer, &msg)) != 0) {
		if (n < 0) {
			p->modem->counters.bad_messages++;
			framer_resync(p->framer);
		} else if (!take_message(p, msg, (size_t)n)) {
			return false;
		}
	}
	return true;
}

void
modem_port_input(struct modem_port *p, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		size_t room;
		uint8_t *to = framer_room(p->framer, &room);
		size_t n = len < room ? len : room;

		memcpy(to, bytes, n);
		framer_added(p->framer, n);
		bytes += n;
		len -= n;
		if (!take_messages(p))
			return;
	}
}

/* ---- messages ---- */

static struct modem_tally *
tally_of(struct modem *m, const char *name)
{
	struct modem_tally *t;

	LIST_FOREACH (t, &m->tallies, next)
		if (strcmp(t->name, name) == 0)
			return t;
	t = xcalloc(1, sizeof(*t));
	snprintf(t->name, sizeof(t->name), "%s", name);
	LIST_INSERT_HEAD(&m->tallies, t, next);
	return t;
}

void
modem_count_request(struct modem *m, const char *name)
{
	m->counters.requests++;
	tally_of(m, name)->requests++;
	if (m->trip_answered || m->counters.round_trips == 0)
		m->counters.round_trips++;
	m->trip_answered = false;
}

void
modem_port_send(struct modem_port *p, const char *name, enum fault_way way,
    uint8_t *msg, size_t len, bool first)
{
	struct modem *m = p->modem;
	struct modem_tally *t = tally_of(m, name);
	struct fault_hit hit = {.action = FAULT_NONE};

	if (m->silent)
		return;
	if (first && way == FAULT_RSP) {
		m->counters.responses++;
		t->responses++;
	} else if (first) {
		m->counters.indications++;
		t->indications++;
	}
	if (first)
		p->hit = fault_check(m->faults, name, way);
	hit = first || p->hit.action == FAULT_DROP ? p->hit : hit;
	if (p->qmi && hit.action == FAULT_BAD_CID)
		qmi_patch_cid(msg, 0xfe);
	else if (p->qmi && hit.action == FAULT_BROADCAST)
		qmi_patch_cid(msg, QMUX_CID_BROADCAST);
	else if (p->qmi && hit.action == FAULT_BAD_TXN)
		qmi_patch_txn(msg, 0xfd);
	else if (hit.action == FAULT_BAD_TXN)
		put_u32le(msg + 8, 0xfdfdfdfd);
	fault_line_put(p->out, &hit, way == FAULT_RSP ? m->settings.latency_ms : 0,
	    way == FAULT_RSP ? &m->trip_answered : NULL, msg, len);
}

/* ---- calls ---- */

struct cause_row {
	uint16_t cause;  /* 3GPP */
	uint16_t reason; /* WDS call end reason of old firmware */
};

/* reference/qmi.md 3.3 */
static const struct cause_row causes[] = {{8, 1012}, {25, 1004}, {26, 1005}, {27, 1013},
    {28, 1014}, {29, 10}, {30, 1015}, {31, 1016}, {32, 1017}, {33, 1018}, {34, 1006},
    {35, 1007}, {36, 1008}, {37, 1019}, {38, 1009}, {39, 1010}, {111, 1011},
    {112, 1034}};

struct modem_cause
modem_cause_3gpp(uint16_t cause)
{
	struct modem_cause c = {.reason = 1009, .type = 6, .verbose = (int16_t)cause};

	for (size_t n = 0; n < sizeof(causes) / sizeof(causes[0]); n++)
		if (causes[n].cause == cause)
			c.reason = causes[n].reason;
	return c;
}

bool
modem_ready_for_calls(const struct modem *m, struct modem_cause *ret_why)
{
	if (m->sim == MODEM_SIM_READY && m->radio == MODEM_RADIO_ONLINE &&
	    m->registration == MODEM_REGISTERED && m->attached)
		return true;
	/* no service: plain 3, call manager 2001 */
	*ret_why = (struct modem_cause){.reason = 3, .type = 3, .verbose = 2001};
	return false;
}

struct modem_call *
modem_call_find(const struct modem *m, uint8_t link, int family)
{
	struct modem_call *c;

	LIST_FOREACH (c, &m->calls, next)
		if (c->up && c->link == link && c->family == family)
			return c;
	return NULL;
}

static void
call_down_packet(void *arg, const uint8_t *ip, size_t len)
{
	struct modem_call *c = arg;
	struct modem_front *f;

	if (c->suspended || c->modem->silent)
		return;
	TAILQ_FOREACH (f, &c->modem->fronts, next)
		if (f->ops->downlink)
			f->ops->downlink(f->arg, c->link, ip, len);
}

static unsigned
calls_up(const struct modem *m)
{
	const struct modem_call *c;
	unsigned n = 0;

	LIST_FOREACH (c, &m->calls, next)
		n += c->up;
	return n;
}

/* Why the network refuses it; false when it does not. */
static bool
call_refused(struct modem_call *c)
{
	struct modem *m = c->modem;

	if (!modem_ready_for_calls(m, &c->cause))
		return true;
	if (c->apn[0] == '\0' || !networks_has(m->networks, c->apn)) {
		c->cause = modem_cause_3gpp(27);
		return true;
	}
	if (modem_call_find(m, c->link, c->family)) {
		/* internal 236: the same PDN connection exists already */
		c->cause =
		    (struct modem_cause){.reason = 1007, .type = 2, .verbose = 236};
		return true;
	}
	if (calls_up(m) >= m->settings.max_calls) {
		c->cause = modem_cause_3gpp(26);
		return true;
	}
	return false;
}

static void
modem_call_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct modem_call *c = arg;

	(void)fd;
	(void)what;
	if (!call_refused(c)) {
		c->bearer = bearer_open(
		    c->modem->networks, c->apn, c->family, call_down_packet, c);
		if (!c->bearer)
			c->cause = modem_cause_3gpp(26);
	}
	c->up = c->bearer != NULL;
	if (c->up) {
		c->handle = ++c->modem->last_handle;
		tell(c->modem, MODEM_EVENT_CALL_UP, c);
	}
	c->done(c, c->up, c->owner);
}

struct modem_call *
modem_call_start(struct modem *m, const char *apn, uint8_t link, int family,
    void (*done)(struct modem_call *call, bool up, void *owner), void *owner)
{
	struct modem_call *c = xcalloc(1, sizeof(*c));
	struct timeval tv = loop_timeval(m->settings.connect_ms);

	c->modem = m;
	snprintf(c->apn, sizeof(c->apn), "%s", apn[0] != '\0' ? apn : "internet");
	c->link = link;
	c->family = family;
	c->done = done;
	c->owner = owner;
	c->timer = evtimer_new(m->base, modem_call_timer_cb, c);
	if (!c->timer)
		fatal("modem", "no memory for an event");
	event_add(c->timer, &tv);
	LIST_INSERT_HEAD(&m->calls, c, next);
	return c;
}

void
modem_call_end(struct modem_call *c)
{
	if (!c)
		return;
	LIST_REMOVE(c, next);
	bearer_close(c->bearer);
	event_free(c->timer);
	free(c);
}

/* One that is up ends by itself. */
static void
call_drop(struct modem_call *c, const struct modem_cause *cause)
{
	c->counters = *bearer_counters(c->bearer);
	bearer_close(c->bearer);
	c->bearer = NULL;
	c->up = false;
	c->cause = *cause;
	tell(c->modem, MODEM_EVENT_CALL_DOWN, c);
}

static struct modem_call *
next_up(const struct modem *m, const char *apn_or_link)
{
	struct modem_call *c;
	char link[8];

	LIST_FOREACH (c, &m->calls, next) {
		snprintf(link, sizeof(link), "%u", c->link);
		if (c->up && (!apn_or_link || strcmp(apn_or_link, link) == 0 ||
				 strcasecmp(apn_or_link, c->apn) == 0))
			return c;
	}
	return NULL;
}

unsigned
modem_drop_calls(
    struct modem *m, const char *apn_or_link, const struct modem_cause *cause)
{
	struct modem_call *c;
	unsigned n = 0;

	for (; (c = next_up(m, apn_or_link)); n++)
		call_drop(c, cause);
	return n;
}

void
modem_suspend_call(struct modem_call *c, bool suspended)
{
	if (c->suspended == suspended)
		return;
	c->suspended = suspended;
	tell(c->modem, MODEM_EVENT_CALL_SUSPENDED, c);
}

int
modem_renumber_call(struct modem_call *c)
{
	int r = bearer_renumber(c->bearer);

	if (r == 0)
		tell(c->modem, MODEM_EVENT_CALL_ADDRESS, c);
	return r;
}

void
modem_uplink(struct modem *m, uint8_t link, const uint8_t *ip, size_t len)
{
	uint8_t version = len > 0 ? ip[0] >> 4 : 0;
	struct modem_call *c;

	if (m->silent)
		return;
	c = modem_call_find(m, link, version == 6 ? AF_INET6 : AF_INET);
	if (!c || (version != 4 && version != 6)) {
		m->counters.wrong_link++;
		return;
	}
	if (!c->suspended)
		bearer_up(c->bearer, ip, len);
}

/* ---- SIM ---- */

/* A SIM that becomes usable lets the modem register, and the reverse. */
static void
sim_changed(struct modem *m)
{
	bool usable = m->sim == MODEM_SIM_READY;

	tell(m, MODEM_EVENT_SIM, NULL);
	if (m->radio != MODEM_RADIO_ONLINE)
		return;
	modem_set_registration(m, usable ? MODEM_REGISTERED : MODEM_SEARCHING);
	modem_set_attached(m, usable);
}

void
modem_set_sim(struct modem *m, enum modem_sim sim)
{
	if (m->sim == sim)
		return;
	m->sim = sim;
	if (sim == MODEM_SIM_PUK || sim == MODEM_SIM_BLOCKED)
		m->pin_left = 0;
	else if (m->pin_left == 0)
		m->pin_left = MODEM_PIN_TRIES;
	if (sim == MODEM_SIM_BLOCKED)
		m->puk_left = 0;
	else if (m->puk_left == 0)
		m->puk_left = MODEM_PUK_TRIES;
	sim_changed(m);
}

bool
modem_pin_enabled(const struct modem *m)
{
	return m->pin_enabled;
}

/* One try is spent on a wrong PIN, the last one blocks it. */
static enum modem_pin_result
check_pin(struct modem *m, const char *pin)
{
	if (m->sim == MODEM_SIM_ABSENT)
		return MODEM_PIN_NOT_NOW;
	if (m->sim == MODEM_SIM_PUK || m->sim == MODEM_SIM_BLOCKED)
		return MODEM_PIN_BLOCKED;
	if (strcmp(pin, m->pin) == 0) {
		m->pin_left = MODEM_PIN_TRIES;
		return MODEM_PIN_OK;
	}
	if (--m->pin_left > 0)
		return MODEM_PIN_WRONG;
	modem_set_sim(m, MODEM_SIM_PUK);
	return MODEM_PIN_BLOCKED;
}

enum modem_pin_result
modem_pin_verify(struct modem *m, const char *pin)
{
	enum modem_pin_result r;

	if (m->sim == MODEM_SIM_READY)
		return MODEM_PIN_NO_EFFECT;
	r = check_pin(m, pin);
	if (r == MODEM_PIN_OK)
		modem_set_sim(m, MODEM_SIM_READY);
	return r;
}

enum modem_pin_result
modem_pin_unblock(struct modem *m, const char *puk, const char *new_pin)
{
	if (m->sim == MODEM_SIM_ABSENT)
		return MODEM_PIN_NOT_NOW;
	if (m->puk_left == 0)
		return MODEM_PIN_BLOCKED;
	if (strcmp(puk, m->puk) != 0) {
		if (--m->puk_left > 0)
			return MODEM_PIN_WRONG;
		modem_set_sim(m, MODEM_SIM_BLOCKED);
		return MODEM_PIN_BLOCKED;
	}
	snprintf(m->pin, sizeof(m->pin), "%s", new_pin);
	m->pin_left = MODEM_PIN_TRIES;
	m->puk_left = MODEM_PUK_TRIES;
	modem_set_sim(m, MODEM_SIM_READY);
	return MODEM_PIN_OK;
}

enum modem_pin_result
modem_pin_change(struct modem *m, const char *old_pin, const char *new_pin)
{
	enum modem_pin_result r;

	if (!m->pin_enabled)
		return MODEM_PIN_NOT_NOW;
	r = check_pin(m, old_pin);
	if (r == MODEM_PIN_OK)
		snprintf(m->pin, sizeof(m->pin), "%s", new_pin);
	return r;
}

enum modem_pin_result
modem_pin_enable(struct modem *m, const char *pin, bool enable)
{
	enum modem_pin_result r;

	if (modem_pin_enabled(m) == enable)
		return MODEM_PIN_NO_EFFECT;
	r = check_pin(m, pin);
	if (r != MODEM_PIN_OK)
		return r;
	m->pin_enabled = enable;
	if (m->sim == MODEM_SIM_PIN)
		modem_set_sim(m, MODEM_SIM_READY);
	else
		tell(m, MODEM_EVENT_SIM, NULL);
	return r;
}

/* ---- radio and network ---- */

void
modem_set_attached(struct modem *m, bool attached)
{
	/* 3GPP 36: a regular end; internal 218: the card is gone */
	struct modem_cause cause = modem_cause_3gpp(36);

	if (m->sim != MODEM_SIM_READY)
		cause = (struct modem_cause){.reason = 2, .type = 2, .verbose = 218};
	if (m->attached == attached)
		return;
	m->attached = attached;
	if (!attached)
		modem_drop_calls(m, NULL, &cause);
	tell(m, MODEM_EVENT_REGISTRATION, NULL);
}

void
modem_set_registration(struct modem *m, enum modem_registration r)
{
	if (m->registration == r)
		return;
	m->registration = r;
	if (r == MODEM_REGISTERED)
		m->attached = true;
	tell(m, MODEM_EVENT_REGISTRATION, NULL);
}

void
modem_set_roaming(struct modem *m, bool roaming)
{
	if (m->roaming == roaming)
		return;
	m->roaming = roaming;
	tell(m, MODEM_EVENT_REGISTRATION, NULL);
}

static void
modem_restart_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	modem_reset(arg, true, MODEM_AWAY_MS);
}

/* The answer goes out first. */
static void
restart_soon(struct modem *m)
{
	struct timeval tv = loop_timeval(m->settings.latency_ms + MODEM_ANSWER_MS);

	if (!m->restart)
		m->restart = evtimer_new(m->base, modem_restart_cb, m);
	if (!m->restart)
		fatal("modem", "no memory for an event");
	event_add(m->restart, &tv);
}

void
modem_set_radio(struct modem *m, enum modem_radio radio)
{
	if (radio == MODEM_RADIO_RESET) {
		restart_soon(m);
		return;
	}
	if (m->radio == radio)
		return;
	m->radio = radio;
	tell(m, MODEM_EVENT_RADIO, NULL);
	if (radio != MODEM_RADIO_ONLINE) {
		modem_set_attached(m, false);
		modem_set_registration(m, MODEM_NOT_REGISTERED);
	} else if (m->sim == MODEM_SIM_READY) {
		modem_set_registration(m, MODEM_REGISTERED);
	}
}

void
modem_set_format(struct modem *m, const struct modem_format *f)
{
	m->format = *f;
}

/* ---- bus ---- */

static void
hang_up_all(struct modem *m)
{
	struct modem_port *p;

	while ((p = TAILQ_FIRST(&m->ports))) {
		const struct modem_port_ops *ops = p->ops;
		void *front = p->front;

		port_free(p);
		ops->hangup(front);
	}
}

/* All calls go with their owners. */
static void
forget(struct modem *m)
{
	qmi_func_forget(m->qmi);
	if (m->mbim)
		mbim_func_forget(m->mbim);
	power_on(m);
	m->silent = false;
}

static void
modem_back_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	modem_set_present(arg, true);
}

void
modem_set_present(struct modem *m, bool present)
{
	struct modem_front *f;

	if (m->present == present)
		return;
	m->present = present;
	if (!present) {
		hang_up_all(m);
		forget(m);
	}
	TAILQ_FOREACH (f, &m->fronts, next)
		if (f->ops->presence)
			f->ops->presence(f->arg, present);
}

void
modem_reset(struct modem *m, bool unplugs, unsigned away_ms)
{
	struct timeval tv = loop_timeval(away_ms);

	if (!unplugs) {
		forget(m);
		qmi_func_say_sync(m->qmi);
		tell(m, MODEM_EVENT_RESET, NULL);
		return;
	}
	modem_set_present(m, false);
	if (!m->back)
		m->back = evtimer_new(m->base, modem_back_cb, m);
	if (!m->back)
		fatal("modem", "no memory for an event");
	event_add(m->back, &tv);
}

/* ---- reading ---- */

const struct modem_format *
modem_format(const struct modem *m)
{
	return &m->format;
}

struct modem_counters *
modem_counters(struct modem *m)
{
	return &m->counters;
}

const struct modem_settings *
modem_settings(const struct modem *m)
{
	return &m->settings;
}
