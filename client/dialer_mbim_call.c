/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CONNECT, SETTINGS and DISCONNECT of the MBIM dialer: the session itself.
 *
 * One CONNECT brings up all families at once; the network may grant fewer, and says so
 * by the type that is granted.  When it refuses instead, what else may be tried follows
 * from the cause (reference/mbim.md 3.3, 5.4):
 *
 *   50, 51    only IPv4, only IPv6: that one
 *   52        no dual stack on one bearer: two of them
 *   28, INVALID_PARAMETERS    this type is not known: each family alone
 *   29, INVALID_USER_NAME_PWD with both PAP and CHAP allowed: the other one
 *
 * Success may come in two parts, ACTIVATING and later an indication.
 *
 * Without an APN from the user the modem's own context is used, and where it has none
 * the choice is left to it; a modem that then refuses needs one from the user.
 *
 * An IP configuration without an address means that the modem is still getting one, or
 * leaves it to DHCP or autoconfiguration on the data path.  It is given 20 seconds; we
 * run neither, so a family without an address is then done without.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/dialer_mbim_int.h"
#include "client/mbim_reason.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/utf16.h"

#define CONNECT_FIXED 60
#define IP_QUERY_LEN 60
#define TLV_WCHAR_STR 10
#define MEDIA_3GPP 1
#define ADDRESS_WAIT_MS 20000
#define AUTH_NONE 0
#define AUTH_PAP 1
#define AUTH_CHAP 2
#define CONFIG_AUTH_PAP 1u /* bits of dialer_config.auth */
#define CONFIG_AUTH_CHAP 2u
#define DEACTIVATE 0
#define ACTIVATE 1

enum mbim_cause {
	MBIM_CAUSE_UNKNOWN_APN = 27,
	MBIM_CAUSE_UNKNOWN_TYPE = 28,
	MBIM_CAUSE_AUTH_FAILED = 29,
	MBIM_CAUSE_NOT_SUBSCRIBED = 33,
	MBIM_CAUSE_ONLY_V4 = 50,
	MBIM_CAUSE_ONLY_V6 = 51,
	MBIM_CAUSE_SINGLE_BEARERS = 52,
};

/* What one CONNECT set says. */
struct dm_connect_set {
	uint32_t command;
	const char *apn, *user, *password;
	uint32_t auth, ip_type;
};

static const char *
dm_type_name(uint32_t ip_type)
{
	switch (ip_type) {
	case MBIM_IP_TYPE_V4: return "IPv4";
	case MBIM_IP_TYPE_V6: return "IPv6";
	case MBIM_IP_TYPE_V4V6: return "IPv4v6";
	case MBIM_IP_TYPE_V4_AND_V6: return "IPv4 and IPv6";
	default: return "default";
	}
}

static void
dm_log_status(const struct dialer_mbim *dm)
{
	if (dm->dialer.config.want_v4)
		log_plain("requestQueryDataCall IPv4ConnectionStatus: %s",
		    dm->up && dm->v4 ? "CONNECTED" : "DISCONNECTED");
	if (dm->dialer.config.want_v6)
		log_plain("requestQueryDataCall IPv6ConnectionStatus: %s",
		    dm->up && dm->v6 ? "CONNECTED" : "DISCONNECTED");
}

static void
dm_log_cause(uint32_t cause)
{
	if (cause == 0)
		return;
	log_plain("call_end_reason is %" PRIu32, cause);
	log_plain("call_end_reason_verbose is %s", mbim_cause_text(cause));
}

/* ---- sending
 * ------------------------------------------------------------------------- */

/* A text of MBIMEx 3: in line, there also when it is empty. */
static void
dm_put_text(struct writer *w, const char *s)
{
	size_t pad_mark, len_mark, begin, len;

	writer_u16le(w, TLV_WCHAR_STR);
	pad_mark = writer_mark(w, 2); /* a reserved byte, then the padding's length */
	len_mark = writer_mark(w, 4);
	begin = w->len;
	utf16_encode(w, s != NULL ? s : "");
	len = w->len - begin;
	writer_zero(w, (4 - len % 4) % 4);
	writer_fill_u16le(w, pad_mark, (uint16_t)((4 - len % 4) % 4 << 8));
	writer_fill_u32le(w, len_mark, (uint32_t)len);
}

static void
dm_put_connect_v3(struct writer *w, uint32_t session, const struct dm_connect_set *set)
{
	writer_u32le(w, session);
	writer_u32le(w, set->command);
	writer_u32le(w, 0); /* no compression */
	writer_u32le(w, set->auth);
	writer_u32le(w, set->ip_type);
	writer_bytes(w, mbim_context_internet, MBIM_UUID_LEN);
	writer_u32le(w, MEDIA_3GPP);
	dm_put_text(w, set->apn);
	dm_put_text(w, set->user);
	dm_put_text(w, set->password);
}

static void
dm_put_connect(struct writer *w, uint32_t session, const struct dm_connect_set *set)
{
	struct mbim_writer m;

	mbim_writer_init(&m, w, CONNECT_FIXED);
	mbim_write_u32(&m, session);
	mbim_write_u32(&m, set->command);
	mbim_write_string(&m, set->apn);
	mbim_write_string(&m, set->user);
	mbim_write_string(&m, set->password);
	mbim_write_u32(&m, 0); /* no compression */
	mbim_write_u32(&m, set->auth);
	mbim_write_u32(&m, set->ip_type);
	mbim_write_inline(&m, mbim_context_internet, MBIM_UUID_LEN);
}

static void
dm_send_connect(struct dialer_mbim *dm, const struct dm_connect_set *set,
    int64_t timeout_ms, mbim_answer_fn *fn)
{
	struct writer *w =
	    mbim_link_begin(dm->link, mbim_basic_connect, MBIM_CID_CONNECT, MBIM_SET);

	if (mbim_link_version(dm->link) >= MBIMEX_3)
		dm_put_connect_v3(w, dm->dialer.config.session_id, set);
	else
		dm_put_connect(w, dm->dialer.config.session_id, set);
	mbim_link_send(dm->link, DM_GROUP_STEP, timeout_ms, fn, dm);
}

void
dm_deactivate(struct dialer_mbim *dm, int64_t timeout_ms, mbim_answer_fn *fn)
{
	const struct dm_connect_set set = {.command = DEACTIVATE};

	dm_send_connect(dm, &set, timeout_ms, fn);
}

static void dm_activate_answer(void *arg, uint32_t status, const struct mbim_msg *msg);

static void
dm_activate(struct dialer_mbim *dm)
{
	const struct dialer_config *c = &dm->dialer.config;
	struct dm_connect_set set = {
	    .command = ACTIVATE,
	    .apn = c->apn,
	    .user = c->user,
	    .password = c->password,
	    .auth = dm->auth,
	    .ip_type = dm->ip_type,
	};

	if (c->apn == NULL && dm->context.apn[0] != '\0') {
		set.apn = dm->context.apn;
		set.user = dm->context.user;
		set.password = dm->context.password;
		set.auth = dm->context.auth;
	}
	dm->types_tried |= 1u << dm->ip_type;
	dm->maybe_up = true;
	dm_send_connect(dm, &set, DM_CONNECT_MS, dm_activate_answer);
}

/* ---- CONNECT
 * ------------------------------------------------------------------------- */

/* True when another try follows, with that type if it was not tried yet. */
static bool
dm_try_type(struct dialer_mbim *dm, uint32_t ip_type)
{
	if ((dm->types_tried & 1u << ip_type) != 0)
		return false;
	log_info("mbim", "[%s] %s refused, trying %s", dm->dialer.config.name,
	    dm_type_name(dm->ip_type), dm_type_name(ip_type));
	dm->ip_type = ip_type;
	dm_activate(dm);
	return true;
}

/* True when PAP is tried after CHAP. */
static bool
dm_try_pap(struct dialer_mbim *dm)
{
	const struct dialer_config *c = &dm->dialer.config;

	if (c->apn == NULL || c->auth != (CONFIG_AUTH_PAP | CONFIG_AUTH_CHAP) ||
	    dm->auth != AUTH_CHAP)
		return false;
	dm->auth = AUTH_PAP;
	dm_activate(dm);
	return true;
}

/* Refused: is there something else to try? */
static bool
dm_try_otherwise(struct dialer_mbim *dm, uint32_t status, uint32_t cause)
{
	const struct dialer_config *c = &dm->dialer.config;
	bool both = c->want_v4 && c->want_v6;

	if (cause == MBIM_CAUSE_AUTH_FAILED ||
	    status == MBIM_STATUS_INVALID_USER_NAME_PWD)
		return dm_try_pap(dm);
	if (!both)
		return false;
	if (cause == MBIM_CAUSE_ONLY_V4)
		return dm_try_type(dm, MBIM_IP_TYPE_V4);
	if (cause == MBIM_CAUSE_ONLY_V6)
		return dm_try_type(dm, MBIM_IP_TYPE_V6);
	if (cause == MBIM_CAUSE_SINGLE_BEARERS)
		return dm_try_type(dm, MBIM_IP_TYPE_V4_AND_V6) ||
		       dm_try_type(dm, MBIM_IP_TYPE_V4);
	if (cause == MBIM_CAUSE_UNKNOWN_TYPE ||
	    (cause == 0 && status == MBIM_STATUS_INVALID_PARAMETERS))
		return dm_try_type(dm, MBIM_IP_TYPE_V4) ||
		       dm_try_type(dm, MBIM_IP_TYPE_V6);
	return false;
}

/* Was it the missing APN? */
static bool
dm_needs_apn(const struct dialer_mbim *dm, uint32_t status, uint32_t cause)
{
	if (dm->dialer.config.apn != NULL || dm->context.apn[0] != '\0')
		return false;
	return status == MBIM_STATUS_INVALID_ACCESS_STRING ||
	       (cause == 0 && status == MBIM_STATUS_INVALID_PARAMETERS) ||
	       cause == MBIM_CAUSE_UNKNOWN_APN || cause == MBIM_CAUSE_NOT_SUBSCRIBED;
}

/* The session did not come up: status and cause say why, either may be 0. */
static void
dm_refused(struct dialer_mbim *dm, uint32_t status, uint32_t cause)
{
	struct failure why;

	dm->maybe_up = dm->activating = false;
	dm_log_cause(cause);
	if (dm_try_otherwise(dm, status, cause))
		return;
	if (dm_needs_apn(dm, status, cause))
		failure_set(&why, FAILURE_APN, FAILURE_RETRY_NEVER,
		    "give it with -s APN, or apn in the configuration file",
		    "this modem needs an APN");
	else if (cause != 0)
		mbim_cause_failure("call refused", cause, &why);
	else
		mbim_status_failure("call refused",
		    status != MBIM_STATUS_NONE ? status : MBIM_STATUS_FAILURE, &why);
	dm_fail(dm, &why);
}

/* The session is up, with the families that were granted. */
static void
dm_activated(struct dialer_mbim *dm, const struct mbim_connect *c)
{
	const struct dialer_config *config = &dm->dialer.config;
	uint32_t granted =
	    c->ip_type != MBIM_IP_TYPE_DEFAULT ? c->ip_type : dm->ip_type;

	dm->activating = false;
	dm->up = true;
	dm->v4 = config->want_v4 && granted != MBIM_IP_TYPE_V6;
	dm->v6 = config->want_v6 && granted != MBIM_IP_TYPE_V4;
	log_plain("requestSetupDataCall session %u %s", config->session_id,
	    dm_type_name(granted));
	if (config->want_v4 && config->want_v6 && dm->v4 != dm->v6)
		log_warnx("mbim", "[%s] without IPv%u: %s", config->name,
		    dm->v4 ? 6 : 4,
		    c->cause != 0 ? mbim_cause_text(c->cause) : "not granted");
	dm_poll_in(dm, DM_POLL_CALL_MS);
}

/* An end of CONNECT: all that was tried is answered. */
static void
dm_connected(struct dialer_mbim *dm)
{
	if (dm->activating)
		return; /* an indication or the poll goes on */
	dm_log_status(dm);
	dm_end_step(dm, DIALER_STEP_CONNECT);
}

/* The state of our session while it is being activated. */
static void
dm_take_state(struct dialer_mbim *dm, uint32_t status, const struct mbim_connect *c)
{
	if (status != MBIM_STATUS_NONE)
		dm_refused(dm, status, c->cause);
	else if (c->state == MBIM_ACTIVATION_ACTIVATED)
		dm_activated(dm, c);
	else if (c->state != MBIM_ACTIVATION_ACTIVATING)
		dm_refused(dm, status, c->cause);
	else if (!dm->activating) {
		dm->activating = true;
		dm->give_up_ms = loop_now_ms() + DM_CONNECT_MS;
		dm_poll_in(dm, DM_POLL_ACTIVATING_MS);
	}
}

static void
dm_activate_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct mbim_connect c = {.state = MBIM_ACTIVATION_ACTIVATED};
	struct dialer_mbim *dm = arg;
	struct failure why;

	/* Silence leaves maybe_up: CLOSE ends what may have come up after all. */
	if (!dm_ok(dm, "requestSetupDataCall", status, msg, &why) &&
	    (msg == NULL || status == MBIM_LINK_FUNCTION_ERROR)) {
		dm->maybe_up = msg == NULL;
		dm_fail(dm, &why);
		dm_check_burst(dm);
		return;
	}
	(void)mbim_read_connect(msg, &c); /* often empty when refused */
	dm_take_state(dm, status, &c);
	dm_check_burst(dm);
}

void
dm_connect(struct dialer *d)
{
	struct dialer_mbim *dm = (struct dialer_mbim *)d;
	const struct dialer_config *c = &d->config;

	memset(&dm->failure, 0, sizeof(dm->failure));
	dm->up = dm->activating = dm->awaiting = dm->settings_known = false;
	dm->types_tried = 0;
	dm->auth = AUTH_NONE;
	if ((c->auth & CONFIG_AUTH_CHAP) != 0)
		dm->auth = AUTH_CHAP;
	else if ((c->auth & CONFIG_AUTH_PAP) != 0)
		dm->auth = AUTH_PAP;
	dm->ip_type = MBIM_IP_TYPE_V4V6;
	if (!c->want_v6)
		dm->ip_type = MBIM_IP_TYPE_V4;
	else if (!c->want_v4)
		dm->ip_type = MBIM_IP_TYPE_V6;
	dm->burst_done = dm_connected;
	dm_activate(dm);
}

static void
dm_poll_activating_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct mbim_connect c;
	struct failure why;

	if (!dm->activating)
		return;
	if (dm_ok(dm, NULL, status, msg, &why) && mbim_read_connect(msg, &c))
		dm_take_state(dm, MBIM_STATUS_NONE, &c);
	if (dm->activating && loop_now_ms() < dm->give_up_ms) {
		dm_poll_in(dm, DM_POLL_ACTIVATING_MS);
		return;
	}
	if (dm->activating) {
		dm->activating = false; /* and maybe_up stays */
		failure_set(&why, FAILURE_NETWORK, FAILURE_RETRY_BACKOFF, NULL,
		    "the network does not finish the activation");
		dm_fail(dm, &why);
	}
	dm_check_burst(dm);
}

void
dm_poll_activating(struct dialer_mbim *dm)
{
	dm_query_connect(dm, DM_GROUP_POLL, dm_poll_activating_answer);
}

/* ---- SETTINGS
 * ------------------------------------------------------------------------ */

/* Only families that were asked for and granted. */
static void
dm_take_settings(struct dialer_mbim *dm, struct pdn_settings *s)
{
	if (!dm->v4)
		memset(&s->v4, 0, sizeof(s->v4));
	if (!dm->v6)
		memset(&s->v6, 0, sizeof(s->v6));
}

static bool
dm_same4(const struct pdn_settings4 *a, const struct pdn_settings4 *b)
{
	return a->present == b->present && a->addr.s_addr == b->addr.s_addr &&
	       a->prefix == b->prefix && a->gateway.s_addr == b->gateway.s_addr &&
	       a->dns_count == b->dns_count &&
	       memcmp(a->dns, b->dns, sizeof(a->dns)) == 0;
}

static bool
dm_same6(const struct pdn_settings6 *a, const struct pdn_settings6 *b)
{
	return a->present == b->present && IN6_ARE_ADDR_EQUAL(&a->addr, &b->addr) &&
	       a->prefix == b->prefix && IN6_ARE_ADDR_EQUAL(&a->gateway, &b->gateway) &&
	       a->dns_count == b->dns_count &&
	       memcmp(a->dns, b->dns, sizeof(a->dns)) == 0;
}

static bool
dm_same_settings(const struct pdn_settings *a, const struct pdn_settings *b)
{
	return dm_same4(&a->v4, &b->v4) && dm_same6(&a->v6, &b->v6) && a->mtu == b->mtu;
}

static bool
dm_is_complete(const struct dialer_mbim *dm)
{
	const struct pdn_settings *s = &dm->dialer.settings;

	return (!dm->v4 || s->v4.present) && (!dm->v6 || s->v6.present);
}

/* Everything that will come has come. */
static void
dm_settings_read(struct dialer_mbim *dm)
{
	const struct pdn_settings *s = &dm->dialer.settings;
	struct failure why;

	dm->awaiting = false;
	dm->settings_known = dm->failure.class == FAILURE_NONE;
	dm_poll_in(dm, DM_POLL_CALL_MS);
	if (dm->failure.class == FAILURE_NONE && !s->v4.present && !s->v6.present) {
		failure_set(&why, FAILURE_NETWORK, FAILURE_RETRY_BACKOFF,
		    "it may want DHCP on its network device, which is not done here",
		    "connected, but the modem gives no address");
		dm_fail(dm, &why);
	} else if (dm->failure.class == FAILURE_NONE && !dm_is_complete(dm))
		log_warnx("mbim", "[%s] without IPv%u: the modem gives no address",
		    dm->dialer.config.name, s->v4.present ? 6 : 4);
	dm_end_step(dm, DIALER_STEP_SETTINGS);
}

static void
dm_ip_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct pdn_settings s = {0};
	uint32_t session;
	struct failure why;

	if (!dm_ok(dm, "requestGetIPAddress", status, msg, &why)) {
		dm_fail(dm, &why);
		dm_settings_read(dm);
		return;
	}
	if (mbim_read_ip(msg, &session, &s) &&
	    session == dm->dialer.config.session_id) {
		dm_take_settings(dm, &s);
		dm->dialer.settings = s;
	}
	if (dm_is_complete(dm) || loop_now_ms() >= dm->give_up_ms) {
		dm_settings_read(dm);
		/* Told while we asked: was the answer older or newer? */
		if (dm->told_new && !dm_same_settings(&dm->told, &dm->dialer.settings))
			dialer_post(&dm->dialer, DIALER_EVENT_SETTINGS_CHANGED,
			    DIALER_STEP_NONE, NULL);
		return;
	}
	dm->awaiting = true;
	dm_poll_in(dm, DM_POLL_ADDRESS_MS);
}

static void
dm_ask_ip(struct dialer_mbim *dm)
{
	struct writer *w = mbim_link_begin(
	    dm->link, mbim_basic_connect, MBIM_CID_IP_CONFIGURATION, MBIM_QUERY);

	writer_u32le(w, dm->dialer.config.session_id);
	writer_zero(w, IP_QUERY_LEN - 4);
	dm->told_new = false;
	dm->awaiting = false;
	mbim_link_send(dm->link, DM_GROUP_STEP, DM_IP_MS, dm_ip_answer, dm);
}

void
dm_poll_address(struct dialer_mbim *dm)
{
	dm_ask_ip(dm);
}

void
dm_settings(struct dialer *d)
{
	struct dialer_mbim *dm = (struct dialer_mbim *)d;

	memset(&dm->failure, 0, sizeof(dm->failure));
	memset(&d->settings, 0, sizeof(d->settings));
	dm->settings_known = false;
	dm->give_up_ms = loop_now_ms() + ADDRESS_WAIT_MS;
	dm_ask_ip(dm);
}

/*
 * The modem tells a configuration by itself: news only if it differs from the one we
 * have, since many tell it after each CONNECT.
 */
void
dm_ip_changed(struct dialer_mbim *dm, const struct mbim_msg *msg)
{
	struct pdn_settings s;
	uint32_t session;

	if (!dm->up || !mbim_read_ip(msg, &session, &s) ||
	    session != dm->dialer.config.session_id)
		return;
	dm_take_settings(dm, &s);
	if (dm->awaiting) {
		dm_ask_ip(dm);
		return;
	}
	if (dm->dialer.running == DIALER_STEP_SETTINGS) {
		dm->told = s;
		dm->told_new = true;
		return;
	}
	if (dm->settings_known && !dm_same_settings(&s, &dm->dialer.settings))
		dialer_post(
		    &dm->dialer, DIALER_EVENT_SETTINGS_CHANGED, DIALER_STEP_NONE, NULL);
}

/* ---- DISCONNECT
 * ---------------------------------------------------------------------- */

static void
dm_stopped(struct dialer_mbim *dm)
{
	memset(&dm->failure, 0, sizeof(dm->failure));
	dm_end_step(dm, DIALER_STEP_DISCONNECT);
}

/* Whatever the answer, it is as far down as we can get it. */
static void
dm_stop_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	const char *name = mbim_status_name(status);

	if (msg == NULL || (status != MBIM_STATUS_NONE &&
			       status != MBIM_STATUS_CONTEXT_NOT_ACTIVATED &&
			       status != MBIM_STATUS_SIM_NOT_INSERTED))
		log_warnx("mbim", "[%s] session %u was not ended: %s",
		    dm->dialer.config.name, dm->dialer.config.session_id,
		    msg == NULL    ? "no answer"
		    : name != NULL ? name
				   : "refused");
	dm_check_burst(dm);
}

void
dm_disconnect(struct dialer *d)
{
	struct dialer_mbim *dm = (struct dialer_mbim *)d;

	dm_poll_in(dm, 0);
	dm->activating = dm->awaiting = false;
	if (dm->link != NULL) {
		mbim_link_cancel_group(dm->link, DM_GROUP_STEP);
		mbim_link_cancel_group(dm->link, DM_GROUP_POLL);
	}
	if (!dm->ready_to_send || dm->lost || !dm->maybe_up) {
		dm_stopped(dm);
		return;
	}
	dm->burst_done = dm_stopped;
	log_plain(
	    "requestDeactivateDefaultPDP session %u", dm->dialer.config.session_id);
	dm->up = dm->maybe_up = false;
	dm_deactivate(dm, DM_STOP_MS, dm_stop_answer);
}

/* ---- the end of a call, and looking after it
 * ------------------------------------------ */

static void
dm_call_ended(struct dialer_mbim *dm, uint32_t cause)
{
	struct failure why;

	dm->up = dm->maybe_up = dm->awaiting = false;
	dm_log_status(dm);
	dm_log_cause(cause);
	if (cause != 0)
		mbim_cause_failure("call ended", cause, &why);
	else
		failure_set(&why, FAILURE_NETWORK, FAILURE_RETRY_BACKOFF, NULL,
		    "call ended, the modem does not say why");
	if (why.retry == FAILURE_RETRY_BACKOFF)
		why.retry = FAILURE_RETRY_SOON;
	dialer_post(&dm->dialer, DIALER_EVENT_CALL_ENDED, DIALER_STEP_NONE, &why);
}

/* Of a session that we believe up. */
static void
dm_check_state(struct dialer_mbim *dm, const struct mbim_connect *c)
{
	if (c->state != MBIM_ACTIVATION_ACTIVATED &&
	    c->state != MBIM_ACTIVATION_ACTIVATING)
		dm_call_ended(dm, c->cause);
}

/*
 * Only the session counts: the context type may be wrong (mbim.md 5.5).  What comes
 * before CONNECT is answered is the forerunner of the answer, or the end of what a
 * predecessor had left.
 */
void
dm_connect_changed(struct dialer_mbim *dm, const struct mbim_msg *msg)
{
	struct mbim_connect c;

	if (!mbim_read_connect(msg, &c) || c.session != dm->dialer.config.session_id)
		return;
	if (dm->activating && c.state != MBIM_ACTIVATION_ACTIVATING) {
		dm_take_state(dm, MBIM_STATUS_NONE, &c);
		dm_check_burst(dm);
	} else if (dm->up && c.state == MBIM_ACTIVATION_ACTIVATED && dm->settings_known)
		dialer_post(/* once more: perhaps with another address */
		    &dm->dialer, DIALER_EVENT_SETTINGS_CHANGED, DIALER_STEP_NONE, NULL);
	else if (dm->up)
		dm_check_state(dm, &c);
}

static void
dm_poll_call_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct dialer_mbim *dm = arg;
	struct mbim_connect c;
	struct failure why;

	if (msg == NULL) {
		dm_poll_in(dm, 1); /* look at once whether it is dead */
		return;
	}
	if (dm_ok(dm, NULL, status, msg, &why) && mbim_read_connect(msg, &c) && dm->up)
		dm_check_state(dm, &c);
	else if (dm->closed)
		dialer_post(
		    &dm->dialer, DIALER_EVENT_MODEM_RESET, DIALER_STEP_NONE, NULL);
}

void
dm_poll_call(struct dialer_mbim *dm)
{
	dm_query_connect(dm, DM_GROUP_POLL, dm_poll_call_answer);
}
