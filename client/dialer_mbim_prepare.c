/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PREPARE and REGISTER of the MBIM dialer.
 *
 * One burst asks for everything at once: queries do not depend on one another
 * (reference/mbim.md 5.3).  What has to be set because it is not yet right makes a
 * second one: the radio, the PIN, and a session that a killed predecessor left up.
 * Nobody asks for newer message layouts (VERSION): they would change for every client
 * of the proxy, and a dialer gains nothing by them.
 *
 * A PIN is tried once in the life of a process, and never with one attempt left unless
 * that is forced.  A modem registers and mostly attaches by itself; REGISTER attaches
 * where the modem says that it will not, and waits for indications otherwise, with a
 * slow poll as the safety net.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/dialer_mbim_int.h"
#include "client/mbim_reason.h"
#include "client/port.h"
#include "common/log.h"
#include "common/qmi_reason.h"

#define PIN_FIXED 24
#define REGISTER_FIXED 16
#define REGISTER_AUTOMATIC 0
#define PACKET_ATTACH 0
#define RADIO_ON 1

/* ---- what the modem says of itself --------------------------------------------------
 */

static void
dm_log_registration(const struct dialer_mbim *dm)
{
	const char *plmn = dm->registration.plmn;
	const char *mnc = strlen(plmn) > 3 ? plmn + 3 : "0";

	log_plain("requestRegistrationState2 MCC: %.3s, MNC: %s, PS: %s, DataCap: %s",
	    plmn[0] != '\0' ? plmn : "0", mnc,
	    dm->packet.state == MBIM_PACKET_SERVICE_ATTACHED ? "Attached" : "Detached",
	    mbim_data_class_name(dm->packet.data_class, mbim_link_version(dm->link)));
}

static bool
dm_is_online(const struct dialer_mbim *dm)
{
	return mbim_is_registered(&dm->registration) &&
	       dm->packet.state == MBIM_PACKET_SERVICE_ATTACHED;
}

static void
dm_caps_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	if (dm_ok(dm, NULL, status, msg, &why) && mbim_read_caps(msg, &dm->caps)) {
		log_plain("requestBaseBandVersion %s", dm->caps.firmware);
		log_info("mbim", "[%s] %s, %" PRIu32 " sessions at once",
		    dm->dialer.config.name,
		    dm->caps.hardware[0] != '\0' ? dm->caps.hardware : "modem",
		    dm->caps.max_sessions);
	}
	dm_check_burst(dm);
}

static void
dm_services_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	if (dm_ok(dm, NULL, status, msg, &why) &&
	    mbim_read_services(msg, &dm->services))
		log_debug("mbim", "[%s] Basic Connect commands 0x%08" PRIx32 "%s",
		    dm->dialer.config.name, dm->services.basic,
		    dm->services.qmi ? ", QMI" : "");
	dm_check_burst(dm);
}

static void
dm_take_ready(struct dialer_mbim *dm, uint32_t ready)
{
	if (!dm->ready_known || dm->ready != ready)
		log_plain("requestGetSIMStatus SIMStatus: %s", mbim_ready_name(ready));
	dm->ready = ready;
	dm->ready_known = true;
}

static void
dm_ready_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;
	uint32_t ready;

	if (!dm_ok(dm, "requestGetSIMStatus", status, msg, &why))
		dm_fail(dm, &why);
	else if (mbim_read_ready(msg, mbim_link_version(dm->link), &ready))
		dm_take_ready(dm, ready);
	dm_check_burst(dm);
}

static void
dm_radio_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	dm->radio_known =
	    dm_ok(dm, NULL, status, msg, &why) && mbim_read_radio(msg, &dm->radio);
	dm_check_burst(dm);
}

static void
dm_pin_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	dm->pin_known =
	    dm_ok(dm, NULL, status, msg, &why) && mbim_read_pin(msg, &dm->pin);
	dm_check_burst(dm);
}

static void
dm_registration_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	dm->registration_known = dm_ok(dm, NULL, status, msg, &why) &&
				 mbim_read_registration(msg, &dm->registration);
	dm_check_burst(dm);
}

static void
dm_packet_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	dm->packet_known = dm_ok(dm, NULL, status, msg, &why) &&
			   mbim_read_packet_service(msg, &dm->packet);
	dm_check_burst(dm);
}

static void
dm_session_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct mbim_connect c;
	struct failure why;

	if (dm_ok(dm, NULL, status, msg, &why) && mbim_read_connect(msg, &c)) {
		dm->session_state = c.state;
		log_plain("requestQueryDataCall session %u: %s",
		    dm->dialer.config.session_id,
		    c.state == MBIM_ACTIVATION_ACTIVATED ? "CONNECTED"
							 : "DISCONNECTED");
	}
	dm_check_burst(dm);
}

static void
dm_context_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	if (dm_ok(dm, NULL, status, msg, &why) && mbim_read_context(msg, &dm->context))
		log_info("mbim", "[%s] no APN given: the modem's own is \"%s\"",
		    dm->dialer.config.name, dm->context.apn);
	dm_check_burst(dm);
}

/* ---- the PIN ------------------------------------------------------------------------
 */

/* The PIN was refused; msg, if it can be read as such, says what is left. */
static void
dm_pin_refused(struct dialer_mbim *dm, const struct mbim_msg *msg)
{
	struct mbim_pin pin = {.attempts = MBIM_PIN_ATTEMPTS_UNKNOWN};
	struct failure why;

	if (msg != NULL && msg->service != NULL)
		(void)mbim_read_pin(msg, &pin);
	if (pin.type == MBIM_PIN_TYPE_PUK1)
		failure_set(&why, FAILURE_SIM_BLOCKED, FAILURE_RETRY_NEVER,
		    "unblock it with its PUK in a phone",
		    "wrong PIN, and the SIM is blocked now");
	else if (pin.attempts != MBIM_PIN_ATTEMPTS_UNKNOWN)
		failure_set(&why, FAILURE_SIM_PIN, FAILURE_RETRY_NEVER,
		    "give the right one; it was tried once and is not repeated",
		    "wrong PIN, %" PRIu32 " attempts left", pin.attempts);
	else
		failure_set(&why, FAILURE_SIM_PIN, FAILURE_RETRY_NEVER,
		    "check it in a phone; it was tried once and is not repeated",
		    "PIN refused");
	dm_fail(dm, &why);
	dm_check_burst(dm);
}

static void
dm_pin_left_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	(void)status;
	dm_pin_refused(arg, msg);
}

/* A refusal mostly has an empty buffer: what is left has to be asked for. */
static void
dm_enter_pin_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	if (dm_ok(dm, "requestEnterSimPin", status, msg, &why))
		log_plain("requestEnterSimPin OK");
	else if (msg == NULL || status == MBIM_LINK_FUNCTION_ERROR) {
		why.retry = FAILURE_RETRY_NEVER;
		dm_fail(dm, &why);
	} else if (msg->info_len == 0) {
		dm_query(dm, MBIM_CID_PIN, dm_pin_left_answer);
		return;
	} else {
		dm_pin_refused(dm, msg);
		return;
	}
	dm_check_burst(dm);
}

static void
dm_enter_pin(struct dialer_mbim *dm)
{
	struct writer *w =
	    mbim_link_begin(dm->link, mbim_basic_connect, MBIM_CID_PIN, MBIM_SET);
	struct mbim_writer m;

	mbim_writer_init(&m, w, PIN_FIXED);
	mbim_write_u32(&m, MBIM_PIN_TYPE_PIN1);
	mbim_write_u32(&m, MBIM_PIN_ENTER);
	mbim_write_string(&m, dm->dialer.config.pin);
	mbim_write_string(&m, NULL);
	mbim_link_send(dm->link, DM_GROUP_STEP, DM_PIN_MS, dm_enter_pin_answer, dm);
}

/* " (2 attempts left)", or nothing where the modem does not say. */
static const char *
dm_attempts(const struct dialer_mbim *dm, char *buf, size_t size)
{
	buf[0] = '\0';
	if (dm->pin_known && dm->pin.attempts != MBIM_PIN_ATTEMPTS_UNKNOWN)
		snprintf(buf, size, " (%" PRIu32 " attempts left)", dm->pin.attempts);
	return buf;
}

static void
dm_decide_pin1(struct dialer_mbim *dm)
{
	const struct dialer_config *c = &dm->dialer.config;
	struct failure why;
	char left[40];

	if (c->pin == NULL)
		failure_set(&why, FAILURE_SIM_PIN, FAILURE_RETRY_NEVER,
		    "give it with -p PIN, or pin in the configuration file",
		    "the SIM needs its PIN%s", dm_attempts(dm, left, sizeof(left)));
	else if (c->pin_tried != NULL && *c->pin_tried)
		failure_set(&why, FAILURE_SIM_PIN, FAILURE_RETRY_NEVER,
		    "enter it by hand, or restart with the right one",
		    "the SIM asks for its PIN again; it was tried once already");
	else if (dm->pin_known && dm->pin.attempts <= 1 && !c->pin_force)
		failure_set(&why, FAILURE_SIM_PIN, FAILURE_RETRY_NEVER,
		    "check it in a phone, or insist with --force-pin",
		    "PIN not tried: only %" PRIu32 " attempt left", dm->pin.attempts);
	else {
		if (c->pin_tried != NULL)
			*c->pin_tried = true;
		dm_enter_pin(dm);
		return;
	}
	dm_fail(dm, &why);
}

/* The device is locked: what does it ask for? */
static void
dm_decide_lock(struct dialer_mbim *dm)
{
	struct failure why;

	/* Some answer the PIN query itself with PIN_REQUIRED (mbim.md 7). */
	if (!dm->pin_known || dm->pin.type == MBIM_PIN_TYPE_PIN1) {
		dm_decide_pin1(dm);
		return;
	}
	if (!dm->pin.locked || dm->pin.type == MBIM_PIN_TYPE_NONE ||
	    dm->pin.type == MBIM_PIN_TYPE_PIN2 || dm->pin.type == MBIM_PIN_TYPE_PUK2)
		return; /* nothing that a data call needs */
	if (dm->pin.type == MBIM_PIN_TYPE_PUK1)
		failure_set(&why, FAILURE_SIM_BLOCKED, FAILURE_RETRY_NEVER,
		    "unblock it with its PUK in a phone",
		    "the SIM is blocked, PUK needed");
	else
		failure_set(&why, FAILURE_SIM_BLOCKED, FAILURE_RETRY_NEVER,
		    "use a SIM of the operator that this modem is locked to",
		    "the modem is locked (code of type %" PRIu32 " needed)",
		    dm->pin.type);
	dm_fail(dm, &why);
}

static void
dm_decide_sim(struct dialer_mbim *dm)
{
	struct failure why;

	if (!dm->ready_known)
		return;
	switch (dm->ready) {
	case MBIM_READY_DEVICE_LOCKED: dm_decide_lock(dm); return;
	case MBIM_READY_SIM_NOT_INSERTED:
		failure_set(&why, FAILURE_SIM_ABSENT, FAILURE_RETRY_EVENT,
		    "insert a SIM, or check its holder", "no SIM");
		break;
	case MBIM_READY_BAD_SIM:
	case MBIM_READY_FAILURE:
		failure_set(&why, FAILURE_SIM_ABSENT, FAILURE_RETRY_EVENT,
		    "try another SIM", "the SIM cannot be read");
		break;
	case MBIM_READY_NOT_ACTIVATED:
		failure_set(&why, FAILURE_APN, FAILURE_RETRY_EVENT,
		    "activate it at the operator", "the subscription is not active");
		break;
	case MBIM_READY_NO_ESIM_PROFILE:
		failure_set(&why, FAILURE_SIM_ABSENT, FAILURE_RETRY_EVENT,
		    "load a profile, or use a SIM card", "the eSIM has no profile");
		break;
	default: return; /* ready, or starting: REGISTER waits for the rest */
	}
	dm_fail(dm, &why);
}

/* ---- the radio, and what was left over
 * ----------------------------------------------- */

static void
dm_radio_on_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	if (!dm_ok(dm, "requestRadioOn", status, msg, &why)) {
		if (msg != NULL && status == MBIM_STATUS_OPERATION_NOT_ALLOWED)
			failure_set(&why, FAILURE_MODEM, FAILURE_RETRY_BACKOFF,
			    "unlock it with its maker's tool (FCC lock)",
			    "the modem does not allow its radio to be switched on");
		dm_fail(dm, &why);
	}
	dm_check_burst(dm);
}

static void
dm_decide_radio(struct dialer_mbim *dm)
{
	struct failure why;
	struct writer *w;

	if (!dm->radio_known || (dm->radio.hardware_on && dm->radio.software_on))
		return;
	if (!dm->radio.hardware_on) {
		failure_set(&why, FAILURE_MODEM, FAILURE_RETRY_EVENT,
		    "switch it on: a key, or the module's W_DISABLE pin",
		    "the radio is switched off by hardware");
		dm_fail(dm, &why);
		return;
	}
	log_info(
	    "mbim", "[%s] the radio is off: switching it on", dm->dialer.config.name);
	w = mbim_link_begin(
	    dm->link, mbim_basic_connect, MBIM_CID_RADIO_STATE, MBIM_SET);
	writer_u32le(w, RADIO_ON);
	mbim_link_send(dm->link, DM_GROUP_STEP, DM_RADIO_MS, dm_radio_on_answer, dm);
}

static void
dm_leftover_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	(void)dm_ok(dm, NULL, status, msg, &why); /* CONNECT tells the rest */
	dm_check_burst(dm);
}

/* We hold the lock of this session: whoever has left it up is gone. */
static void
dm_decide_leftover(struct dialer_mbim *dm)
{
	if (dm->session_state != MBIM_ACTIVATION_ACTIVATED &&
	    dm->session_state != MBIM_ACTIVATION_ACTIVATING &&
	    dm->session_state != MBIM_ACTIVATION_DEACTIVATING)
		return;
	log_info("mbim", "[%s] session %u is up already: ending it first",
	    dm->dialer.config.name, dm->dialer.config.session_id);
	dm_deactivate(dm, DM_ATTACH_MS, dm_leftover_answer);
}

/* ---- PREPARE
 * ------------------------------------------------------------------------- */

static void dm_ask_all(struct dialer_mbim *dm);

static void
dm_prepared(struct dialer_mbim *dm)
{
	dm_end_step(dm, DIALER_STEP_PREPARE);
}

static void
dm_reopened(struct dialer_mbim *dm)
{
	if (dm->failure.class != FAILURE_NONE)
		dm_end_step(dm, DIALER_STEP_PREPARE);
	else
		dm_ask_all(dm);
}

/* A proxy of the vendor's kind that nobody has opened the modem through yet. */
static bool
dm_must_open(const struct dialer_mbim *dm)
{
	const struct port *port = mbim_link_port(dm->link);

	return dm->closed && !dm->reopened && !port->alone &&
	       !port->dialect->answers_open;
}

/* The second burst: only what is not yet right. */
static void
dm_asked(struct dialer_mbim *dm)
{
	dm->burst_done = dm_prepared;
	if (dm_must_open(dm)) {
		memset(&dm->failure, 0, sizeof(dm->failure));
		dm->reopened = true;
		dm_send_open(dm, dm_reopened);
		return;
	}
	if (dm->registration_known || dm->packet_known)
		dm_log_registration(dm);
	if (dm->failure.class == FAILURE_NONE)
		dm_decide_sim(dm);
	if (dm->failure.class == FAILURE_NONE) {
		dm_decide_radio(dm);
		dm_decide_leftover(dm);
	}
	dm_check_burst(dm);
}

/* Round trip 2. */
static void
dm_ask_all(struct dialer_mbim *dm)
{
	dm->burst_done = dm_asked;
	dm_query(dm, MBIM_CID_DEVICE_CAPS, dm_caps_answer);
	dm_query(dm, MBIM_CID_DEVICE_SERVICES, dm_services_answer);
	dm_query(dm, MBIM_CID_SUBSCRIBER_READY_STATUS, dm_ready_answer);
	dm_query(dm, MBIM_CID_RADIO_STATE, dm_radio_answer);
	dm_query(dm, MBIM_CID_PIN, dm_pin_answer);
	dm_query(dm, MBIM_CID_REGISTER_STATE, dm_registration_answer);
	dm_query(dm, MBIM_CID_PACKET_SERVICE, dm_packet_answer);
	if (dm->dialer.config.apn == NULL)
		dm_query(dm, MBIM_CID_PROVISIONED_CONTEXTS, dm_context_answer);
	dm_query_connect(dm, DM_GROUP_STEP, dm_session_answer);
}

void
dm_prepare(struct dialer *d)
{
	struct dialer_mbim *dm = (struct dialer_mbim *)d;

	memset(&dm->failure, 0, sizeof(dm->failure));
	memset(&d->format, 0, sizeof(d->format));
	memset(&dm->registration, 0, sizeof(dm->registration));
	memset(&dm->packet, 0, sizeof(dm->packet));
	explicit_bzero(&dm->context, sizeof(dm->context));
	dm->ready_known = dm->radio_known = dm->pin_known = false;
	dm->registration_known = dm->packet_known = false;
	dm->session_state = MBIM_ACTIVATION_UNKNOWN;
	dm->closed = false;
	dm_ask_all(dm);
}

/* ---- REGISTER
 * ------------------------------------------------------------------------ */

static void
dm_refused_for_good(struct dialer_mbim *dm)
{
	struct failure why;

	if (dm->registration.state != MBIM_REGISTER_DENIED ||
	    !qmi_reject_is_final((uint16_t)dm->registration.cause))
		return;
	failure_set(&why, FAILURE_NOT_REGISTERED, FAILURE_RETRY_EVENT,
	    "use another SIM, or ask the operator",
	    "the network refuses this SIM: %s (cause %" PRIu32 ")",
	    mbim_cause_text(dm->registration.cause), dm->registration.cause);
	dm_fail(dm, &why);
}

static void
dm_attach_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct mbim_packet_service p;
	struct failure why;
	bool ok = dm_ok(dm, "requestAttach", status, msg, &why);

	if (msg != NULL && status != MBIM_LINK_FUNCTION_ERROR &&
	    mbim_read_packet_service(msg, &p)) {
		if (!ok && p.cause != 0)
			log_warnx("mbim", "[%s] attach refused: %s (cause %" PRIu32 ")",
			    dm->dialer.config.name, mbim_cause_text(p.cause), p.cause);
		dm_packet_changed(dm, msg);
	} else if (!ok)
		log_warnx("mbim", "[%s] %s", dm->dialer.config.name, why.text);
}

static void
dm_attach(struct dialer_mbim *dm)
{
	struct writer *w = mbim_link_begin(
	    dm->link, mbim_basic_connect, MBIM_CID_PACKET_SERVICE, MBIM_SET);

	writer_u32le(w, PACKET_ATTACH);
	mbim_link_send(dm->link, DM_GROUP_POLL, DM_ATTACH_MS, dm_attach_answer, dm);
}

static void
dm_automatic_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	(void)dm_ok(dm, "requestRegister", status, msg, &why);
}

/* A modem that is not even searching has to be told. */
static void
dm_register_automatic(struct dialer_mbim *dm)
{
	struct mbim_writer m;
	struct writer *w = mbim_link_begin(
	    dm->link, mbim_basic_connect, MBIM_CID_REGISTER_STATE, MBIM_SET);

	dm->told_automatic = true;
	mbim_writer_init(&m, w, REGISTER_FIXED);
	mbim_write_string(&m, NULL);
	mbim_write_u32(&m, REGISTER_AUTOMATIC);
	mbim_write_u32(&m, 0); /* any technology */
	mbim_link_send(dm->link, DM_GROUP_POLL, DM_QUERY_MS, dm_automatic_answer, dm);
}

/* Registered and detached: the modem attaches by itself, or it is told to. */
static bool
dm_wants_attach(const struct dialer_mbim *dm)
{
	return mbim_is_registered(&dm->registration) &&
	       (dm->packet.state == MBIM_PACKET_SERVICE_DETACHED ||
		   dm->packet.state == MBIM_PACKET_SERVICE_UNKNOWN) &&
	       !dm->registration.auto_attach;
}

void
dm_register(struct dialer *d)
{
	struct dialer_mbim *dm = (struct dialer_mbim *)d;

	memset(&dm->failure, 0, sizeof(dm->failure));
	dm->told_automatic = false;
	dm->online = dm_is_online(dm);
	/* A modem that cannot be asked about the network is believed to have one. */
	if (dm->online || (!dm->registration_known && !dm->packet_known)) {
		dm_end_step(dm, DIALER_STEP_REGISTER);
		return;
	}
	dm_refused_for_good(dm);
	if (dm->failure.class != FAILURE_NONE) {
		dm_end_step(dm, DIALER_STEP_REGISTER);
		return;
	}
	log_info("mbim", "[%s] waiting for the network%s", d->config.name,
	    dm->registration.state == MBIM_REGISTER_DENIED ? ": registration is denied"
							   : "");
	if (dm_wants_attach(dm))
		dm_attach(dm);
	dm_poll_in(dm, DM_POLL_REGISTER_MS);
}

/* Tells pdn what the last news of registration or packet service means. */
static void
dm_network_changed(struct dialer_mbim *dm)
{
	bool waiting = dm->dialer.running == DIALER_STEP_REGISTER;
	bool online = dm_is_online(dm);

	if (waiting && !online) {
		dm_refused_for_good(dm);
		if (dm->failure.class != FAILURE_NONE)
			dm_end_step(dm, DIALER_STEP_REGISTER);
	}
	if (dm->online == online)
		return;
	dm->online = online;
	dm_log_registration(dm);
	if (online && waiting) {
		dm_poll_in(dm, 0);
		dm_end_step(dm, DIALER_STEP_REGISTER);
		return;
	}
	dialer_post(&dm->dialer,
	    online ? DIALER_EVENT_REGISTERED : DIALER_EVENT_UNREGISTERED,
	    DIALER_STEP_NONE, NULL);
	if (online && dm->up) /* did the session live through it? */
		dm_poll_call(dm);
}

void
dm_registration_changed(struct dialer_mbim *dm, const struct mbim_msg *msg)
{
	bool was = mbim_is_registered(&dm->registration);

	if (!mbim_read_registration(msg, &dm->registration))
		return;
	dm->registration_known = true;
	if (!was && dm_wants_attach(dm))
		dm_attach(dm);
	dm_network_changed(dm);
}

void
dm_packet_changed(struct dialer_mbim *dm, const struct mbim_msg *msg)
{
	if (!mbim_read_packet_service(msg, &dm->packet))
		return;
	dm->packet_known = true;
	dm_network_changed(dm);
}

static void
dm_poll_registration_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	if (!dm_ok(dm, NULL, status, msg, &why))
		return;
	dm_registration_changed(dm, msg);
	if (dm->registration.state == MBIM_REGISTER_DEREGISTERED && !dm->told_automatic)
		dm_register_automatic(dm);
}

static void
dm_poll_packet_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	if (!dm_ok(dm, NULL, status, msg, &why))
		return;
	dm_packet_changed(dm, msg);
	/* It had its time to attach by itself. */
	if (mbim_is_registered(&dm->registration) &&
	    dm->packet.state == MBIM_PACKET_SERVICE_DETACHED)
		dm_attach(dm);
}

void
dm_poll_register(struct dialer_mbim *dm)
{
	mbim_link_begin(
	    dm->link, mbim_basic_connect, MBIM_CID_REGISTER_STATE, MBIM_QUERY);
	mbim_link_send(
	    dm->link, DM_GROUP_POLL, DM_QUERY_MS, dm_poll_registration_answer, dm);
	mbim_link_begin(
	    dm->link, mbim_basic_connect, MBIM_CID_PACKET_SERVICE, MBIM_QUERY);
	mbim_link_send(dm->link, DM_GROUP_POLL, DM_QUERY_MS, dm_poll_packet_answer, dm);
}

/* ---- SIM and radio, later
 * ------------------------------------------------------------ */

/* A SIM that comes up is no change worth an event; one that goes is. */
void
dm_ready_changed(struct dialer_mbim *dm, const struct mbim_msg *msg)
{
	bool was_there = dm->ready_known && dm->ready != MBIM_READY_SIM_NOT_INSERTED;
	uint32_t ready;

	if (!mbim_read_ready(msg, mbim_link_version(dm->link), &ready))
		return;
	dm_take_ready(dm, ready);
	if (was_there && ready == MBIM_READY_SIM_NOT_INSERTED)
		dialer_post(
		    &dm->dialer, DIALER_EVENT_SIM_CHANGED, DIALER_STEP_NONE, NULL);
}

/* With the radio the session goes; some modems do not say that. */
void
dm_radio_changed(struct dialer_mbim *dm, const struct mbim_msg *msg)
{
	if (!mbim_read_radio(msg, &dm->radio))
		return;
	dm->radio_known = true;
	if ((!dm->radio.hardware_on || !dm->radio.software_on) && dm->up)
		dm_poll_call(dm);
}
