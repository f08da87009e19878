/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MBIM function of a simulated module: its life, OPEN and CLOSE, and what it tells
 * its hosts by itself.
 *
 * States are two (reference/mbim.md 1.8): closed, where all but OPEN and CLOSE is
 * answered NOT_OPENED, and opened.  An OPEN in the opened state means that host and
 * function are out of step, and does all that CLOSE does, without the CLOSE_DONE.
 * Commands are the business of mbim_command.c, fragments of mbim_fragments.c.
 */
#include "config.h"

#include <stdlib.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmem.h"
#include "tests/modem/mbim_svc.h"
#include "tests/modem/qmi_port.h"

#define AT_TXN 8
#define AT_FRAGMENT 16
#define STALE_TXN 0x00abcdef
#define OPEN_NAME "MBIM.OPEN"
#define CLOSE_NAME "MBIM.CLOSE"

static void
note_told(struct mbim_func *f)
{
	f->told.is_registered = mbim_is_registered(f);
	f->told.registration = f->modem->registration;
	f->told.roaming = f->modem->roaming;
	f->told.is_attached = mbim_is_attached(f);
}

/* opening and closing ----------------------------------------------------------------
 */

/* Everything that a host has built up ends, and nobody is told. */
static void
forget_host(struct mbim_func *f)
{
	f->is_open = false;
	mbim_pending_abandon_all(f, NULL);
	mbim_fragments_forget(f);
	mbim_sessions_clear(f);
	mbim_subscription_reset(&f->subscription);
	f->version = MBIMEX_1;
	f->idle_hint = false;
}

/* An answer from another life, as a function has that keeps what nobody fetched. */
static void
send_stale(struct mbim_func *f, struct modem_port *port)
{
	struct mbim_builder b;

	mbim_build_done(&b, f->message, sizeof(f->message), STALE_TXN,
	    mbim_basic_connect, MBIM_CID_PACKET_SERVICE, MBIM_STATUS_NONE);
	mbim_write_packet_service(f, &b.w, NULL);
	mbim_send_response(f, port, "MBIM.PACKET_SERVICE", &b);
}

static void
take_open(struct mbim_func *f, struct modem_port *port, const struct mbim_msg *m)
{
	struct fault_hit hit = fault_check(f->modem->faults, OPEN_NAME, FAULT_REQ);
	uint32_t status = hit.action == FAULT_ERROR ? hit.number : MBIM_STATUS_NONE;

	modem_count_request(f->modem, OPEN_NAME);
	if (hit.action == FAULT_DROP)
		return;
	forget_host(f);
	if (mbim_quirk_use(&f->quirks.open_closes)) {
		mbim_send_short(port, OPEN_NAME, MBIM_TYPE_CLOSE_DONE, m->txn, 0);
		return;
	}
	if (m->value < MBIM_TRANSFER_MIN || m->value > f->quirks.transfer) {
		mbim_send_error(f, port, m->txn, MBIM_ERROR_MAX_TRANSFER);
		return;
	}
	f->max_transfer = m->value;
	f->is_open = status == MBIM_STATUS_NONE;
	note_told(f);
	if (mbim_quirk_use(&f->quirks.open_stale))
		send_stale(f, port);
	mbim_send_short(port, OPEN_NAME, MBIM_TYPE_OPEN_DONE, m->txn, status);
}

static void
take_close(struct mbim_func *f, struct modem_port *port, const struct mbim_msg *m)
{
	struct fault_hit hit = fault_check(f->modem->faults, CLOSE_NAME, FAULT_REQ);

	modem_count_request(f->modem, CLOSE_NAME);
	if (hit.action == FAULT_DROP)
		return;
	forget_host(f);
	mbim_send_short(
	    port, CLOSE_NAME, MBIM_TYPE_CLOSE_DONE, m->txn, MBIM_STATUS_NONE);
}

/* The host gave up on a transaction, or met an error in it. */
static void
take_host_error(struct mbim_func *f, const struct mbim_msg *m)
{
	struct mbim_pending *p = mbim_pending_find(f, m->txn);

	log_info("mbim", "modem%u: the host reports error %u in transaction %u",
	    f->modem->settings.number, m->value, m->txn);
	if (p)
		mbim_pending_abandon(f, p);
}

/* A stranger's bytes, as one message or fragment of whole length. */
void
mbim_func_input(
    struct mbim_func *f, struct modem_port *port, const uint8_t *msg, size_t len)
{
	struct mbim_msg m;

	if (len > f->quirks.transfer) {
		mbim_send_error(
		    f, port, get_u32le(msg + AT_TXN), MBIM_ERROR_LENGTH_MISMATCH);
		return;
	}
	switch (get_u32le(msg)) {
	case MBIM_TYPE_OPEN:
		if (mbim_parse(msg, len, &m) == 0)
			take_open(f, port, &m);
		return;
	case MBIM_TYPE_CLOSE:
		if (mbim_parse(msg, len, &m) == 0)
			take_close(f, port, &m);
		return;
	case MBIM_TYPE_HOST_ERROR:
		if (f->is_open && mbim_parse(msg, len, &m) == 0)
			take_host_error(f, &m);
		return;
	case MBIM_TYPE_COMMAND: break;
	default: return; /* a host does not say what a function says */
	}
	if (f->is_open)
		mbim_fragment_take(f, port, msg, len);
	else if (get_u32le(msg + AT_FRAGMENT) == 0)
		mbim_send_error(
		    f, port, get_u32le(msg + AT_TXN), MBIM_ERROR_NOT_OPENED);
}

/* what changed ----------------------------------------------------------------------
 */

static void
say_basic(struct mbim_func *f, uint32_t cmd, mbim_write_fn *write)
{
	mbim_func_notify(f, &mbim_svc_basic, cmd, write, NULL);
}

/* Radio, SIM and network each may change registration and attachment. */
static void
say_network(struct mbim_func *f)
{
	struct mbim_told before = f->told;

	note_told(f);
	if (before.registration != f->told.registration ||
	    before.roaming != f->told.roaming ||
	    before.is_registered != f->told.is_registered) {
		say_basic(f, MBIM_CID_REGISTER_STATE, mbim_write_register_state);
		say_basic(f, MBIM_CID_SIGNAL_STATE, mbim_write_signal_state);
	}
	if (before.is_attached == f->told.is_attached)
		return;
	say_basic(f, MBIM_CID_PACKET_SERVICE, mbim_write_packet_service);
	mbim_func_notify(
	    f, &mbim_svc_ms, MBIM_CID_MS_LTE_ATTACH_INFO, mbim_write_attach_info, NULL);
}

static void
call_event(struct mbim_func *f, enum modem_event event, struct modem_call *call)
{
	struct mbim_session *s = mbim_session_of(f, call);

	if (!s || s->state != MBIM_ACTIVATION_ACTIVATED)
		return;
	if (event == MODEM_EVENT_CALL_DOWN)
		mbim_session_call_lost(s, call);
	else if (event == MODEM_EVENT_CALL_ADDRESS)
		mbim_func_notify(f, &mbim_svc_basic, MBIM_CID_IP_CONFIGURATION,
		    mbim_write_ip_configuration, s);
}

void
mbim_func_event(struct mbim_func *f, enum modem_event event, struct modem_call *call)
{
	switch (event) {
	case MODEM_EVENT_SIM:
		say_basic(
		    f, MBIM_CID_SUBSCRIBER_READY_STATUS, mbim_write_subscriber_ready);
		mbim_func_notify(
		    f, &mbim_svc_ms, MBIM_CID_MS_SLOT_INFO, mbim_write_slot_info, NULL);
		break;
	case MODEM_EVENT_RADIO:
		say_basic(f, MBIM_CID_RADIO_STATE, mbim_write_radio_state);
		break;
	case MODEM_EVENT_CALL_DOWN:
	case MODEM_EVENT_CALL_ADDRESS: call_event(f, event, call); break;
	case MODEM_EVENT_REGISTRATION:
	case MODEM_EVENT_CALL_UP:
	case MODEM_EVENT_CALL_SUSPENDED:
	case MODEM_EVENT_RESET: break;
	}
	say_network(f);
}

/* life --------------------------------------------------------------------------------
 */

void
mbim_func_forget(struct mbim_func *f)
{
	forget_host(f);
	f->is_manual = false;
	f->signal_interval_s = f->rssi_threshold = f->error_rate_threshold = 0;
}

void
mbim_func_detached(struct mbim_func *f, struct modem_port *port)
{
	mbim_pending_abandon_all(f, port);
	if (f->in_port == port)
		mbim_fragments_forget(f);
}

/* A host asked for a restart, and has its answer by now. */
static void
reset_cb(evutil_socket_t fd, short what, void *arg)
{
	struct mbim_func *f = arg;

	(void)fd;
	(void)what;
	modem_set_radio(f->modem, MODEM_RADIO_RESET);
}

int
mbim_func_command(struct mbim_func *f, const char *line, char *ret, size_t size)
{
	return mbim_quirks_command(&f->quirks, line, ret, size);
}

/* A session may need a call of each family. */
static uint32_t
sessions_of(unsigned max_calls)
{
	return max_calls < 2 * MBIM_SESSION_FAMILIES
		   ? 1
		   : max_calls / MBIM_SESSION_FAMILIES;
}

struct mbim_func *
mbim_func_new(struct modem *m)
{
	struct mbim_func *f = xcalloc(1, sizeof(*f));

	f->modem = m;
	f->version = MBIMEX_1;
	TAILQ_INIT(&f->pending);
	mbim_quirks_init(&f->quirks, sessions_of(m->settings.max_calls));
	mbim_contexts_init(&f->contexts);
	mbim_subscription_reset(&f->subscription);
	mbim_sessions_init(f);
	f->fragment_timer = evtimer_new(m->base, mbim_fragment_timer_cb, f);
	f->reset = evtimer_new(m->base, reset_cb, f);
	if (!f->fragment_timer || !f->reset)
		fatal("mbim", "no timer");
	return f;
}

static void
free_pending(struct mbim_func *f)
{
	struct mbim_pending *p;

	while ((p = TAILQ_FIRST(&f->pending)) != NULL) {
		TAILQ_REMOVE(&f->pending, p, next);
		free(p);
	}
}

void
mbim_func_free(struct mbim_func *f)
{
	if (!f)
		return;
	mbim_sessions_free(f);
	free_pending(f);
	mbim_assembly_free(&f->in);
	event_free(f->fragment_timer);
	event_free(f->reset);
	if (f->qmi)
		qmi_port_free(f->qmi);
	free(f);
}
