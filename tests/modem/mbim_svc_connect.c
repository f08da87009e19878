/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CONNECT: what is asked for, what forbids it, and the layouts of MBIM 1.0 and of
 * MBIMEx 3.0 (reference/mbim.md 2.3, 6).
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "tests/modem/mbim_svc.h"
#include "tests/modem/mbim_tlv.h"

#define CONNECT_LEN 36     /* query and response */
#define CONNECT_SET_LEN 60 /* fixed part */
#define CAUSE_SAME_PDN 55  /* reference/mbim.md 3.3 */

/* One CONNECT set as read. */
struct connect {
	uint32_t session_id;
	uint32_t command; /* 0 deactivate, 1 activate */
	uint32_t ip_type;
	const uint8_t *context;
	struct mbim_access access;
	bool too_long;
};

void
mbim_write_connect(struct mbim_func *f, struct writer *out, void *arg)
{
	const struct mbim_session *s = arg;
	bool is_up = s->state == MBIM_ACTIVATION_ACTIVATED ||
		     s->state == MBIM_ACTIVATION_ACTIVATING;

	writer_u32le(out, s->id);
	writer_u32le(out, s->state);
	writer_u32le(out, 0); /* no voice call */
	writer_u32le(out, is_up ? s->ip_type : MBIM_IP_TYPE_DEFAULT);
	writer_bytes(out, s->context, sizeof(s->context));
	writer_u32le(out, s->nw_error);
	if (f->version < MBIMEX_3)
		return;
	writer_u32le(out, 0); /* media preference */
	mbim_tlv_write_string(out, is_up ? s->access.apn : "");
}

static bool
read_connect_1(const struct mbim_msg *m, struct connect *c)
{
	struct mbim_reader in;

	mbim_reader_init(&in, m->info, m->info_len, CONNECT_SET_LEN);
	mbim_read_u32(&in, &c->session_id);
	mbim_read_u32(&in, &c->command);
	mbim_read_access(&in, &c->access, &c->too_long);
	mbim_read_u32(&in, &c->access.compression);
	mbim_read_u32(&in, &c->access.auth);
	mbim_read_u32(&in, &c->ip_type);
	return mbim_read_inline(&in, MBIM_UUID_LEN, &c->context);
}

static bool
read_connect_3(const struct mbim_msg *m, struct connect *c)
{
	struct cursor in;

	cursor_init(&in, m->info, m->info_len);
	cursor_u32le(&in, &c->session_id);
	cursor_u32le(&in, &c->command);
	cursor_u32le(&in, &c->access.compression);
	cursor_u32le(&in, &c->access.auth);
	cursor_u32le(&in, &c->ip_type);
	return cursor_bytes(&in, MBIM_UUID_LEN, &c->context) &&
	       cursor_skip(&in, 4) && /* media preference */
	       mbim_tlv_read_string(&in, c->access.apn, sizeof(c->access.apn),
		   MBIM_APN_MAX, &c->too_long) &&
	       mbim_tlv_read_string(&in, c->access.user, sizeof(c->access.user),
		   MBIM_USER_MAX, &c->too_long) &&
	       mbim_tlv_read_string(&in, c->access.password, sizeof(c->access.password),
		   MBIM_PASSWORD_MAX, &c->too_long);
}

static uint32_t
check_values(const struct connect *c)
{
	if (c->session_id > MBIM_SESSION_ID_MAX || c->command > 1 ||
	    c->ip_type > MBIM_IP_TYPE_V4_AND_V6 || !mbim_access_valid(&c->access))
		return MBIM_STATUS_INVALID_PARAMETERS;
	return c->too_long ? MBIM_STATUS_PARAMETER_TOO_LONG : MBIM_STATUS_NONE;
}

/* What of the module's state stands in the way of any context. */
static uint32_t
check_modem(const struct mbim_func *f)
{
	uint32_t sim = mbim_sim_status(f);

	if (sim != MBIM_STATUS_NONE)
		return sim;
	if (!mbim_radio_is_on(f))
		return MBIM_STATUS_RADIO_POWER_OFF;
	if (!mbim_is_registered(f))
		return MBIM_STATUS_NOT_REGISTERED;
	return mbim_is_attached(f) ? MBIM_STATUS_NONE
				   : MBIM_STATUS_PACKET_SERVICE_DETACHED;
}

/* Another session that has this PDN already: networks give one connection per PDN. */
static bool
apn_is_taken(const struct mbim_func *f, const struct mbim_session *self)
{
	for (uint32_t id = 0; id <= MBIM_SESSION_ID_MAX; id++) {
		const struct mbim_session *s = f->sessions.all[id];

		if (s && s != self && s->state != MBIM_ACTIVATION_DEACTIVATED &&
		    strcasecmp(s->access.apn, self->access.apn) == 0)
			return true;
	}
	return false;
}

/* No APN: that of the context which the module has for this type. */
static bool
complete_access(struct mbim_func *f, struct connect *c)
{
	const struct mbim_context *known;

	if (c->access.apn[0] != '\0')
		return true;
	known = mbim_contexts_of_type(&f->contexts, c->context);
	if (!known || known->access.apn[0] == '\0')
		return false;
	c->access = known->access;
	return true;
}

/* An activate for a session that is not deactivated: the same again is no error. */
static uint32_t
activate_again(const struct mbim_session *s, const struct connect *c)
{
	if (s->state != MBIM_ACTIVATION_ACTIVATED)
		return MBIM_STATUS_BUSY;
	return strcasecmp(s->access.apn, c->access.apn) == 0 ? MBIM_STATUS_NONE
							     : MBIM_STATUS_FAILURE;
}

static uint32_t
activate(struct mbim_func *f, const struct mbim_request *r, struct connect *c)
{
	struct mbim_session *s = mbim_session_get(f, c->session_id);
	uint32_t status = check_modem(f);

	s->nw_error = 0;
	if (status != MBIM_STATUS_NONE)
		return status;
	if (!mbim_context_name(c->context) ||
	    memcmp(c->context, mbim_context_none, MBIM_UUID_LEN) == 0)
		return MBIM_STATUS_CONTEXT_NOT_SUPPORTED;
	if (!complete_access(f, c))
		return MBIM_STATUS_INVALID_ACCESS_STRING;
	if (s->state != MBIM_ACTIVATION_DEACTIVATED)
		return activate_again(s, c);
	if (mbim_sessions_active(f) >= f->quirks.max_sessions)
		return MBIM_STATUS_MAX_ACTIVATED_CONTEXTS;
	s->access = c->access;
	s->ip_type = c->ip_type;
	memcpy(s->context, c->context, sizeof(s->context));
	if (!f->quirks.same_apn && apn_is_taken(f, s)) {
		s->nw_error = CAUSE_SAME_PDN;
		return MBIM_STATUS_FAILURE;
	}
	mbim_session_activate(s, mbim_func_hold(f, r));
	return MBIM_ANSWER_LATER;
}

static uint32_t
deactivate(struct mbim_session *s)
{
	if (s->state == MBIM_ACTIVATION_DEACTIVATED)
		return MBIM_STATUS_CONTEXT_NOT_ACTIVATED;
	mbim_session_deactivate(s);
	return MBIM_STATUS_NONE;
}

uint32_t
mbim_connect_set(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct connect c = {0};
	struct mbim_session *s;
	uint32_t status;
	bool good;

	good = f->version < MBIMEX_3 ? read_connect_1(r->msg, &c)
				     : read_connect_3(r->msg, &c);
	if (!good)
		return MBIM_STATUS_INVALID_PARAMETERS;
	status = check_values(&c);
	if (status != MBIM_STATUS_NONE)
		return status;
	s = mbim_session_get(f, c.session_id);
	status = c.command ? activate(f, r, &c) : deactivate(s);
	if (status != MBIM_ANSWER_LATER)
		mbim_write_connect(f, out, s);
	return status;
}

uint32_t
mbim_connect_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct mbim_reader in;
	uint32_t id;

	mbim_reader_init(&in, r->msg->info, r->msg->info_len,
	    f->version < MBIMEX_3 ? CONNECT_LEN : 4);
	if (!mbim_read_u32(&in, &id) || id > MBIM_SESSION_ID_MAX)
		return MBIM_STATUS_INVALID_PARAMETERS;
	mbim_write_connect(f, out, mbim_session_get(f, id));
	return MBIM_STATUS_NONE;
}

/* A refusal by rule: nothing is done, and the session remembers why. */
uint32_t
mbim_connect_refused(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct mbim_session *s;
	struct cursor in;
	uint32_t id;

	cursor_init(&in, r->msg->info, r->msg->info_len);
	if (!cursor_u32le(&in, &id) || id > MBIM_SESSION_ID_MAX)
		return MBIM_STATUS_INVALID_PARAMETERS;
	s = mbim_session_get(f, id);
	s->nw_error = f->refusal;
	mbim_write_connect(f, out, s);
	return MBIM_STATUS_NONE;
}
