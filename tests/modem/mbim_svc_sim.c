/* SPDX-License-Identifier: BSD-2-Clause */
/* The SIM: SUBSCRIBER_READY_STATUS, PIN and PIN_LIST. */
#include "config.h"

#include <string.h>

#include "tests/modem/mbim_svc.h"

#define READY_FIXED_LEN 28
#define READY_FIXED_LEN_3 32   /* MBIMEx 3.0: and flags */
#define READY_FLAG_REMOVABLE 6 /* known to be removable */
#define PIN_FIXED_LEN 24
#define PIN_TEXT_SIZE (MBIM_PIN_MAX / 2 * 3 + 1)
#define ATTEMPTS_UNKNOWN UINT32_MAX

#define PIN_UNLOCKED 0
#define PIN_LOCKED 1
#define PIN_MODE_ENABLED 1
#define PIN_MODE_DISABLED 2
#define PIN_FORMAT_NUMERIC 1
#define PIN_LENGTH_MIN 4
#define PIN_LENGTH_MAX 8
#define PIN_KINDS_AFTER_PIN2 8 /* in PIN_LIST; this module has none of them */

struct pin_set {
	uint32_t type, operation;
	char pin[PIN_TEXT_SIZE];
	char new_pin[PIN_TEXT_SIZE];
};

uint32_t
mbim_sim_status(const struct mbim_func *f)
{
	switch (f->modem->sim) {
	case MODEM_SIM_READY: return MBIM_STATUS_NONE;
	case MODEM_SIM_ABSENT: return MBIM_STATUS_SIM_NOT_INSERTED;
	case MODEM_SIM_PIN:
	case MODEM_SIM_PUK: return MBIM_STATUS_PIN_REQUIRED;
	case MODEM_SIM_BLOCKED: return MBIM_STATUS_BAD_SIM;
	}
	return MBIM_STATUS_FAILURE;
}

static enum mbim_ready_state
ready_state(enum modem_sim sim)
{
	switch (sim) {
	case MODEM_SIM_READY: return MBIM_READY_INITIALIZED;
	case MODEM_SIM_ABSENT: return MBIM_READY_SIM_NOT_INSERTED;
	case MODEM_SIM_PIN:
	case MODEM_SIM_PUK: return MBIM_READY_DEVICE_LOCKED;
	case MODEM_SIM_BLOCKED: return MBIM_READY_BAD_SIM;
	}
	return MBIM_READY_FAILURE;
}

void
mbim_write_subscriber_ready(struct mbim_func *f, struct writer *out, void *arg)
{
	const struct modem *m = f->modem;
	bool has_flags = f->version >= MBIMEX_3;
	bool is_ready = m->sim == MODEM_SIM_READY;
	struct mbim_writer w;

	(void)arg;
	mbim_writer_init(&w, out,
	    (has_flags ? READY_FIXED_LEN_3 : READY_FIXED_LEN) + (is_ready ? 8u : 0u));
	mbim_write_u32(&w, ready_state(m->sim));
	if (has_flags)
		mbim_write_u32(&w, READY_FLAG_REMOVABLE);
	mbim_write_string(&w, is_ready ? m->imsi : "");
	mbim_write_string(&w, m->sim == MODEM_SIM_ABSENT ? "" : m->iccid);
	mbim_write_u32(&w, 0); /* ready info: nothing to protect */
	mbim_write_u32(&w, is_ready ? 1 : 0);
	if (is_ready)
		mbim_write_string(&w, m->msisdn);
}

uint32_t
mbim_subscriber_ready_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	mbim_write_subscriber_ready(f, out, NULL);
	return MBIM_STATUS_NONE;
}

/* The lock that blocks now, or none (reference/mbim.md 2.3). */
static void
write_lock(const struct modem *m, struct writer *out)
{
	bool is_pin = m->sim == MODEM_SIM_PIN;
	bool is_puk = m->sim == MODEM_SIM_PUK || m->sim == MODEM_SIM_BLOCKED;

	if (is_pin || is_puk) {
		writer_u32le(out, is_pin ? MBIM_PIN_TYPE_PIN1 : MBIM_PIN_TYPE_PUK1);
		writer_u32le(out, PIN_LOCKED);
		writer_u32le(out, is_pin ? m->pin_left : m->puk_left);
		return;
	}
	writer_u32le(out, MBIM_PIN_TYPE_NONE);
	writer_u32le(out, PIN_UNLOCKED);
	writer_u32le(out, ATTEMPTS_UNKNOWN);
}

uint32_t
mbim_pin_query(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	if (f->modem->sim == MODEM_SIM_ABSENT)
		return MBIM_STATUS_SIM_NOT_INSERTED;
	write_lock(f->modem, out);
	return MBIM_STATUS_NONE;
}

static enum modem_pin_result
apply_pin(struct modem *m, const struct pin_set *s)
{
	if (s->type == MBIM_PIN_TYPE_PUK1)
		return modem_pin_unblock(m, s->pin, s->new_pin);
	switch ((enum mbim_pin_operation)s->operation) {
	case MBIM_PIN_ENTER: return modem_pin_verify(m, s->pin);
	case MBIM_PIN_ENABLE: return modem_pin_enable(m, s->pin, true);
	case MBIM_PIN_DISABLE: return modem_pin_enable(m, s->pin, false);
	case MBIM_PIN_CHANGE: return modem_pin_change(m, s->pin, s->new_pin);
	}
	return MODEM_PIN_NOT_NOW;
}

static uint32_t
pin_status(const struct modem *m, const struct pin_set *s, enum modem_pin_result result)
{
	switch (result) {
	case MODEM_PIN_OK: return MBIM_STATUS_NONE;
	case MODEM_PIN_WRONG:
	case MODEM_PIN_BLOCKED: return MBIM_STATUS_FAILURE;
	case MODEM_PIN_NOT_NOW:
	case MODEM_PIN_NO_EFFECT: break;
	}
	if (m->sim == MODEM_SIM_ABSENT)
		return MBIM_STATUS_SIM_NOT_INSERTED;
	if (!modem_pin_enabled(m))
		return MBIM_STATUS_PIN_DISABLED;
	return s->operation == MBIM_PIN_ENABLE || s->operation == MBIM_PIN_ENTER
		   ? MBIM_STATUS_NONE
		   : MBIM_STATUS_FAILURE;
}

static bool
pin_set_valid(const struct pin_set *s)
{
	if (s->type == MBIM_PIN_TYPE_PUK1)
		return s->operation == MBIM_PIN_ENTER;
	return s->type == MBIM_PIN_TYPE_PIN1 && s->operation <= MBIM_PIN_CHANGE;
}

uint32_t
mbim_pin_set(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	bool too_long = false;
	struct mbim_reader in;
	struct pin_set s;
	uint32_t status;

	mbim_reader_init(&in, r->msg->info, r->msg->info_len, PIN_FIXED_LEN);
	mbim_read_u32(&in, &s.type);
	mbim_read_u32(&in, &s.operation);
	mbim_read_text(&in, s.pin, sizeof(s.pin), MBIM_PIN_MAX, &too_long);
	if (!mbim_read_text(&in, s.new_pin, sizeof(s.new_pin), MBIM_PIN_MAX, &too_long))
		return MBIM_STATUS_INVALID_PARAMETERS;
	if (too_long)
		return MBIM_STATUS_PARAMETER_TOO_LONG;
	if (!pin_set_valid(&s))
		return s.type == MBIM_PIN_TYPE_PIN2 || s.type == MBIM_PIN_TYPE_PUK2
			   ? MBIM_STATUS_NO_DEVICE_SUPPORT
			   : MBIM_STATUS_INVALID_PARAMETERS;
	status = pin_status(f->modem, &s, apply_pin(f->modem, &s));
	if (status == MBIM_STATUS_NONE)
		write_lock(f->modem, out);
	return status;
}

static void
write_pin_kind(struct writer *out, uint32_t mode)
{
	writer_u32le(out, mode);
	writer_u32le(out, PIN_FORMAT_NUMERIC);
	writer_u32le(out, PIN_LENGTH_MIN);
	writer_u32le(out, PIN_LENGTH_MAX);
}

uint32_t
mbim_pin_list_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	if (f->modem->sim == MODEM_SIM_ABSENT)
		return MBIM_STATUS_SIM_NOT_INSERTED;
	write_pin_kind(
	    out, modem_pin_enabled(f->modem) ? PIN_MODE_ENABLED : PIN_MODE_DISABLED);
	write_pin_kind(out, PIN_MODE_DISABLED);
	writer_zero(out, PIN_KINDS_AFTER_PIN2 * 16);
	return MBIM_STATUS_NONE;
}
