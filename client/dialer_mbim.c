/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MBIM dialer: reaching the modem, listening to it, letting it go.
 *
 * From a start to addresses the modem is waited for four times, and for one of them
 * only by whoever opens it (reference/mbim.md 5):
 *
 *   1  OPEN: by the port on a device of our own; a proxy answers by itself     (OPEN)
 *   2  capabilities, services, SIM, PIN, radio, registration, attachment,
 *      the session's state, all at once                                     (PREPARE)
 *   3  CONNECT                                                              (CONNECT)
 *   4  IP_CONFIGURATION                                                    (SETTINGS)
 *
 * and once more each where something has to be set: radio, PIN, a session left over by
 * a killed predecessor (in PREPARE, together), packet service (REGISTER).
 *
 * OPEN and CLOSE act on the whole modem.  They are sent to a device of our own, and to
 * a proxy that is known to answer them itself; the vendor's proxy is opened only when
 * it says NOT_OPENED, and never closed.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "client/dialer_mbim_int.h"
#include "client/mbim_reason.h"
#include "client/port.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/xmem.h"

#define DM_SILENT_MAX 3       /* time-outs in a row: the modem is dead */
#define DM_POLL_HURRY_MS 3000 /* after a time-out: is it dead? */
#define DM_IMEI_DIGITS 14     /* the check digit is no part of the identity */
#define DM_CONNECT_LEN 36     /* of a CONNECT query; 4 with MBIMEx 3 */

/* ---- what every step needs ---------------------------------------------------------
 */

void
dm_fail(struct dialer_mbim *dm, const struct failure *why)
{
	if (dm->failure.class == FAILURE_NONE)
		dm->failure = *why;
}

bool
dm_ok(struct dialer_mbim *dm, const char *what, uint32_t status,
    const struct mbim_msg *msg, struct failure *ret_why)
{
	const char *name = what != NULL ? what : "a query";

	if (msg != NULL && status == MBIM_STATUS_NONE)
		return true;
	if (msg == NULL) {
		failure_set(ret_why, FAILURE_SILENT, FAILURE_RETRY_BACKOFF,
		    "if it stays so, reset the modem", "no answer to %s", name);
		return false;
	}
	if (status == MBIM_LINK_FUNCTION_ERROR) {
		dm->closed |= msg->value == MBIM_ERROR_NOT_OPENED;
		failure_set(ret_why, FAILURE_MODEM,
		    dm->closed ? FAILURE_RETRY_SOON : FAILURE_RETRY_BACKOFF, NULL,
		    "%s: the modem answers %s", name, mbim_error_name(msg->value));
		return false;
	}
	if (what != NULL) {
		log_plain("%s MBIM_STATUS = %" PRIu32, what, status);
		mbim_status_failure(what, status, ret_why);
	}
	return false;
}

void
dm_check_burst(struct dialer_mbim *dm)
{
	if (mbim_link_pending(dm->link, DM_GROUP_STEP) == 0)
		dm->burst_done(dm);
}

void
dm_end_step(struct dialer_mbim *dm, enum dialer_step step)
{
	if (dm->failure.class != FAILURE_NONE)
		dialer_post(&dm->dialer, DIALER_EVENT_FAILED, step, &dm->failure);
	else
		dialer_post(&dm->dialer, DIALER_EVENT_DONE, step, NULL);
}

void
dm_query(struct dialer_mbim *dm, uint32_t cmd, mbim_answer_fn *fn)
{
	mbim_link_begin(dm->link, mbim_basic_connect, cmd, MBIM_QUERY);
	mbim_link_send(dm->link, DM_GROUP_STEP, DM_QUERY_MS, fn, dm);
}

void
dm_query_connect(struct dialer_mbim *dm, unsigned int group, mbim_answer_fn *fn)
{
	struct writer *w =
	    mbim_link_begin(dm->link, mbim_basic_connect, MBIM_CID_CONNECT, MBIM_QUERY);

	writer_u32le(w, dm->dialer.config.session_id);
	if (mbim_link_version(dm->link) < MBIMEX_3)
		writer_zero(w, DM_CONNECT_LEN - 4);
	mbim_link_send(dm->link, group, DM_QUERY_MS, fn, dm);
}

/* ---- polls -------------------------------------------------------------------------
 */

void
dm_poll_in(struct dialer_mbim *dm, int64_t ms)
{
	struct timeval tv = loop_timeval(ms);

	if (ms == 0)
		evtimer_del(dm->poll);
	else
		evtimer_add(dm->poll, &tv);
}

static void
dm_silent(struct dialer_mbim *dm, unsigned int count)
{
	struct failure why;

	failure_set(&why, FAILURE_SILENT, FAILURE_RETRY_BACKOFF,
	    "if it stays so, reset the modem",
	    "the modem has not answered %u requests in a row", count);
	dialer_post(&dm->dialer, DIALER_EVENT_SILENT, DIALER_STEP_NONE, &why);
}

/* Once in a while ask what an indication should have told us. */
static void
dm_poll_cb(evutil_socket_t fd, short what, void *arg)
{
	struct dialer_mbim *dm = arg;
	unsigned int silent;

	(void)fd;
	(void)what;
	if (dm->link == NULL || dm->lost)
		return;
	silent = mbim_link_silent(dm->link);
	if (silent >= DM_SILENT_MAX)
		dm_silent(dm, silent);
	else if (dm->dialer.running == DIALER_STEP_REGISTER) {
		dm_poll_register(dm);
		dm_poll_in(dm, DM_POLL_REGISTER_MS);
	} else if (dm->activating)
		dm_poll_activating(dm);
	else if (dm->awaiting)
		dm_poll_address(dm);
	else if (dm->up) {
		dm_poll_call(dm);
		dm_poll_in(dm, silent > 0 ? DM_POLL_HURRY_MS : DM_POLL_CALL_MS);
	}
}

/* ---- what comes by itself ----------------------------------------------------------
 */

static void
dm_indication(void *arg, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;

	if (memcmp(msg->service, mbim_basic_connect, MBIM_UUID_LEN) != 0)
		return;
	switch (msg->cmd) {
	case MBIM_CID_SUBSCRIBER_READY_STATUS: dm_ready_changed(dm, msg); break;
	case MBIM_CID_RADIO_STATE: dm_radio_changed(dm, msg); break;
	case MBIM_CID_REGISTER_STATE: dm_registration_changed(dm, msg); break;
	case MBIM_CID_PACKET_SERVICE: dm_packet_changed(dm, msg); break;
	case MBIM_CID_CONNECT: dm_connect_changed(dm, msg); break;
	case MBIM_CID_IP_CONFIGURATION: dm_ip_changed(dm, msg); break;
	default: break;
	}
}

/* The modem restarted, or the proxy lost it: nothing of ours is left in it. */
static void
dm_not_opened(void *arg)
{
	struct dialer_mbim *dm = arg;

	dm->maybe_up = dm->up = dm->activating = false;
	if (dm->dialer.running != DIALER_STEP_OPEN &&
	    dm->dialer.running != DIALER_STEP_CLOSE)
		dialer_post(
		    &dm->dialer, DIALER_EVENT_MODEM_RESET, DIALER_STEP_NONE, NULL);
}

static void
dm_lost(void *arg, const struct failure *why)
{
	struct dialer_mbim *dm = arg;

	dm->lost = true;
	/* The link cannot be freed from inside its own call; CLOSE does it. */
	if (dm->dialer.running == DIALER_STEP_CLOSE) {
		dialer_post(&dm->dialer, DIALER_EVENT_DONE, DIALER_STEP_CLOSE, NULL);
		return;
	}
	if (dm->dialer.running != DIALER_STEP_NONE)
		dm_fail(dm, why);
	dialer_post(&dm->dialer, DIALER_EVENT_PORT_LOST, DIALER_STEP_NONE, why);
}

/* ---- OPEN --------------------------------------------------------------------------
 */

static void
dm_imei_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	const char *wanted = dm->dialer.config.imei;
	struct failure why;

	if (!dm_ok(dm, "DEVICE_CAPS", status, msg, &why))
		dm_fail(dm, &why);
	else if (!mbim_read_caps(msg, &dm->caps) ||
		 strncmp(dm->caps.device_id, wanted, DM_IMEI_DIGITS) != 0) {
		failure_set(&why, FAILURE_NO_MODEM, FAILURE_RETRY_BACKOFF, NULL,
		    "this is not the modem with IMEI %s", wanted);
		dm_fail(dm, &why);
	}
	dm_end_step(dm, DIALER_STEP_OPEN);
}

/* One round trip more, before anything is changed on what may be the wrong modem. */
static void
dm_opened(struct dialer_mbim *dm)
{
	if (dm->failure.class == FAILURE_NONE && dm->dialer.config.imei != NULL)
		dm_query(dm, MBIM_CID_DEVICE_CAPS, dm_imei_answer);
	else
		dm_end_step(dm, DIALER_STEP_OPEN);
}

static void
dm_open_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct failure why;

	if (!dm_ok(dm, NULL, status, msg, &why)) {
		if (msg != NULL && status != MBIM_LINK_FUNCTION_ERROR)
			failure_set(&why, FAILURE_MODEM, FAILURE_RETRY_BACKOFF,
			    "see the proxy's log",
			    "%s cannot open the modem (status %" PRIu32 ")",
			    mbim_link_port(dm->link)->name, status);
		dm_fail(dm, &why);
	}
	dm->burst_done(dm);
}

void
dm_send_open(struct dialer_mbim *dm, void (*done)(struct dialer_mbim *dm))
{
	dm->closed = false;
	dm->burst_done = done;
	mbim_link_send_short(
	    dm->link, MBIM_TYPE_OPEN, DM_GROUP_STEP, DM_OPEN_MS, dm_open_answer, dm);
}

static void
dm_port_ready(void *arg)
{
	struct dialer_mbim *dm = arg;
	const struct port *port = mbim_link_port(dm->link);

	dm->ready_to_send = true;
	if (!port->alone && port->dialect->answers_open)
		dm_send_open(dm, dm_opened);
	else
		dm_opened(dm);
}

static const struct mbim_link_handlers dm_link_handlers = {
    .ready = dm_port_ready,
    .indication = dm_indication,
    .not_opened = dm_not_opened,
    .lost = dm_lost,
};

static void
dm_open(struct dialer *d)
{
	struct dialer_mbim *dm = (struct dialer_mbim *)d;
	struct failure why;
	struct port *port;

	memset(&dm->failure, 0, sizeof(dm->failure));
	mbim_link_free(dm->link);
	dm->link = NULL;
	dm->lost = dm->closed = dm->reopened = dm->ready_to_send = false;
	port = dm->port_fn(dm->port_arg, d, &why);
	if (port == NULL) {
		dm_fail(dm, &why);
		dm_end_step(dm, DIALER_STEP_OPEN);
		return;
	}
	dm->link = mbim_link_new(d->base, port, &dm_link_handlers, dm);
}

/* ---- CLOSE -------------------------------------------------------------------------
 */

static void
dm_closed(struct dialer_mbim *dm)
{
	memset(&dm->failure, 0, sizeof(dm->failure));
	dm_end_step(dm, DIALER_STEP_CLOSE);
}

static void
dm_close_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;

	if (msg == NULL || status != MBIM_STATUS_NONE)
		log_debug("mbim", "CLOSE: %s", msg == NULL ? "no answer" : "refused");
	dm_check_burst(dm);
}

/*
 * A proxy keeps the session of whoever leaves, so it is ended here if need be; CLOSE of
 * a device of our own ends all of them.
 */
static void
dm_close(struct dialer *d)
{
	struct dialer_mbim *dm = (struct dialer_mbim *)d;
	const struct port *port;

	memset(&dm->failure, 0, sizeof(dm->failure));
	dm_poll_in(dm, 0);
	dm->up = dm->activating = dm->awaiting = false;
	if (!dm->ready_to_send || dm->lost) {
		dm_end_step(dm, DIALER_STEP_CLOSE);
		return;
	}
	port = mbim_link_port(dm->link);
	mbim_link_cancel_group(dm->link, DM_GROUP_STEP);
	mbim_link_cancel_group(dm->link, DM_GROUP_POLL);
	dm->burst_done = dm_closed;
	if (dm->maybe_up && !port->alone)
		dm_deactivate(dm, DM_STOP_MS, dm_close_answer);
	dm->maybe_up = false;
	if (port->alone || port->dialect->answers_open)
		mbim_link_send_short(dm->link, MBIM_TYPE_CLOSE, DM_GROUP_STEP,
		    DM_STOP_MS, dm_close_answer, dm);
	dm_check_burst(dm);
}

static void
dm_free(struct dialer *d)
{
	struct dialer_mbim *dm = (struct dialer_mbim *)d;

	mbim_link_free(dm->link);
	event_free(dm->poll);
	dialer_fini(d);
	explicit_bzero(&dm->context, sizeof(dm->context));
	free(dm);
}

static const struct dialer_ops dialer_mbim_ops = {
    .name = "MBIM",
    .open = dm_open,
    .prepare = dm_prepare,
    .do_register = dm_register,
    .connect = dm_connect,
    .settings = dm_settings,
    .disconnect = dm_disconnect,
    .close = dm_close,
    .free = dm_free,
};

struct dialer *
dialer_mbim_new(struct event_base *base, const struct dialer_config *config,
    dialer_port_fn *port_fn, void *port_arg, dialer_event_fn *event, void *event_arg)
{
	struct dialer_mbim *dm = xcalloc(1, sizeof(*dm));

	dialer_init(&dm->dialer, &dialer_mbim_ops, base, config, event, event_arg);
	dm->port_fn = port_fn;
	dm->port_arg = port_arg;
	dm->poll = evtimer_new(base, dm_poll_cb, dm);
	if (dm->poll == NULL)
		fatal("mbim", "no memory for an event");
	return &dm->dialer;
}
