/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UIM: the card, its PIN, and the few files that hosts read.
 * Source: reference/qmi.md 2.6.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/xmem.h"
#include "tests/modem/qmi_int.h"

#define EVENT_CARD_STATUS 0x01u
#define EVENT_SLOT_STATUS 0x10u
#define EF_ICCID 0x2fe2
#define EF_IMSI 0x6f07
#define EF_AD 0x6fad
#define APP_USIM 2
#define PIN1 1
#define PIN_MAX 8

struct uim {
	uint32_t events;
};

static const uint8_t aid[] = {
    0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02, 0xff, 0xff, 0xff, 0xff, 0x89};

/* ---- card status ---- */

static uint8_t
app_state(const struct modem *m)
{
	switch (m->sim) {
	case MODEM_SIM_READY: return 7;
	case MODEM_SIM_PIN: return 2;
	case MODEM_SIM_PUK: return 3;
	case MODEM_SIM_BLOCKED: return 5;
	case MODEM_SIM_ABSENT: break;
	}
	return 0;
}

static uint8_t
pin1_state(const struct modem *m)
{
	if (m->sim == MODEM_SIM_BLOCKED)
		return 5;
	if (m->sim == MODEM_SIM_PUK)
		return 4;
	if (!modem_pin_enabled(m))
		return 3;
	return m->sim == MODEM_SIM_READY ? 2 : 1;
}

static void
put_application(struct writer *w, const struct modem *m)
{
	writer_u8(w, APP_USIM);
	writer_u8(w, app_state(m));
	writer_u8(w, m->sim == MODEM_SIM_READY ? 2 : 0);
	writer_u8(w, 11); /* no personalisation */
	writer_u8(w, 0);
	writer_u8(w, 0);
	writer_u8(w, sizeof(aid));
	writer_bytes(w, aid, sizeof(aid));
	writer_u8(w, 0); /* UPIN does not replace PIN1 */
	writer_u8(w, pin1_state(m));
	writer_u8(w, (uint8_t)m->pin_left);
	writer_u8(w, (uint8_t)m->puk_left);
	writer_u8(w, 1); /* PIN2: enabled, not verified */
	writer_u8(w, MODEM_PIN_TRIES);
	writer_u8(w, MODEM_PUK_TRIES);
}

static void
put_card(const struct modem *m, struct qmi_builder *b, enum qmi_row row)
{
	bool present = m->sim != MODEM_SIM_ABSENT;
	struct writer *w = qmi_put_begin(b, row);

	writer_u16le(w, present ? 0x0000 : 0xffff);
	writer_u16le(w, 0xffff);
	writer_u16le(w, 0xffff);
	writer_u16le(w, 0xffff);
	writer_u8(w, 1);
	writer_u8(w, present);
	writer_u8(w, 0); /* UPIN */
	writer_u8(w, 0);
	writer_u8(w, 0);
	writer_u8(w, present ? 0 : 3); /* no answer to reset */
	writer_u8(w, present);
	if (present)
		put_application(w, m);
	qmi_build_tlv_end(b);
}

static uint16_t
get_card_status(struct qmi_request *r, struct qmi_builder *b)
{
	put_card(r->modem, b, QMI_UIM_GET_CARD_STATUS_RSP_CARD_STATUS);
	return QMI_ERR_NONE;
}

static bool
uim_indicate(struct qmi_client *c, uint16_t id)
{
	uint8_t buf[QMI_FRAME_OUT_MAX];
	struct qmi_builder b;

	if (id != QMI_UIM_CARD_STATUS)
		return false;
	qmi_indicate(c, id, &b, buf);
	put_card(c->modem, &b, QMI_UIM_CARD_STATUS_IND_CARD_STATUS);
	qmi_indicate_send(c, &b);
	return true;
}

static uint16_t
get_slot_status(struct qmi_request *r, struct qmi_builder *b)
{
	bool present = r->modem->sim != MODEM_SIM_ABSENT;
	struct writer *w = qmi_put_begin(b, QMI_UIM_GET_SLOT_STATUS_RSP_SLOTS);

	writer_u8(w, 1);
	writer_u32le(w, present ? 2 : 1);
	writer_u32le(w, 1);
	writer_u8(w, 1);
	writer_u8(w, 0); /* ICCID: to be read from the file */
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}

static uint16_t
register_events(struct qmi_request *r, struct qmi_builder *b)
{
	struct uim *s = r->client->state;
	uint32_t mask = 0;

	qmi_get_u32(r->msg, QMI_UIM_REGISTER_EVENTS_REQ_MASK, &mask);
	s->events = mask & (EVENT_CARD_STATUS | EVENT_SLOT_STATUS);
	qmi_put_u32(b, QMI_UIM_REGISTER_EVENTS_RSP_MASK, s->events);
	return QMI_ERR_NONE;
}

/* ---- PIN ---- */

static uint16_t
pin_error(enum modem_pin_result result)
{
	switch (result) {
	case MODEM_PIN_OK: return QMI_ERR_NONE;
	case MODEM_PIN_WRONG: return QMI_ERR_INCORRECT_PIN;
	case MODEM_PIN_BLOCKED: return QMI_ERR_PIN_BLOCKED;
	case MODEM_PIN_NOT_NOW: return QMI_ERR_UIM_UNINITIALIZED;
	case MODEM_PIN_NO_EFFECT: return QMI_ERR_NO_EFFECT;
	}
	return QMI_ERR_INTERNAL;
}

/* The answer, with what is left where there is something to count. */
static uint16_t
pin_answer(struct qmi_request *r, struct qmi_builder *b, enum qmi_row row,
    enum modem_pin_result result)
{
	struct writer *w;

	if (result == MODEM_PIN_OK)
		return QMI_ERR_NONE;
	w = qmi_put_begin(b, row);
	writer_u8(w, (uint8_t)r->modem->pin_left);
	writer_u8(w, (uint8_t)r->modem->puk_left);
	qmi_build_tlv_end(b);
	return pin_error(result);
}

static bool
read_pin(struct cursor *c, char ret[PIN_MAX + 1])
{
	uint8_t len;
	const uint8_t *digits;

	if (!cursor_u8(c, &len) || len < 4 || len > PIN_MAX ||
	    !cursor_bytes(c, len, &digits))
		return false;
	memcpy(ret, digits, len);
	ret[len] = '\0';
	return strspn(ret, "0123456789") == len;
}

/* The info TLV up to its PIN id. */
static uint16_t
read_pin_id(struct qmi_request *r, enum qmi_row row, struct cursor *ret)
{
	uint8_t id = 0;

	if (!qmi_get_cursor(r->msg, row, ret) || !cursor_u8(ret, &id))
		return QMI_ERR_MALFORMED_MESSAGE;
	return id == PIN1 ? QMI_ERR_NONE : QMI_ERR_INVALID_PIN_ID;
}

static uint16_t
verify_pin(struct qmi_request *r, struct qmi_builder *b)
{
	char pin[PIN_MAX + 1];
	struct cursor c;
	uint16_t error = read_pin_id(r, QMI_UIM_VERIFY_PIN_REQ_INFO, &c);

	if (error)
		return error;
	if (!read_pin(&c, pin))
		return QMI_ERR_INVALID_ARGUMENT;
	return pin_answer(
	    r, b, QMI_UIM_VERIFY_PIN_RSP_RETRIES, modem_pin_verify(r->modem, pin));
}

static uint16_t
unblock_pin(struct qmi_request *r, struct qmi_builder *b)
{
	char puk[PIN_MAX + 1], pin[PIN_MAX + 1];
	struct cursor c;
	uint16_t error = read_pin_id(r, QMI_UIM_UNBLOCK_PIN_REQ_INFO, &c);

	if (error)
		return error;
	if (!read_pin(&c, puk) || !read_pin(&c, pin))
		return QMI_ERR_INVALID_ARGUMENT;
	return pin_answer(r, b, QMI_UIM_UNBLOCK_PIN_RSP_RETRIES,
	    modem_pin_unblock(r->modem, puk, pin));
}

static uint16_t
change_pin(struct qmi_request *r, struct qmi_builder *b)
{
	char old_pin[PIN_MAX + 1], new_pin[PIN_MAX + 1];
	struct cursor c;
	uint16_t error = read_pin_id(r, QMI_UIM_CHANGE_PIN_REQ_INFO, &c);

	if (error)
		return error;
	if (!read_pin(&c, old_pin) || !read_pin(&c, new_pin))
		return QMI_ERR_INVALID_ARGUMENT;
	return pin_answer(r, b, QMI_UIM_CHANGE_PIN_RSP_RETRIES,
	    modem_pin_change(r->modem, old_pin, new_pin));
}

static uint16_t
set_pin_protection(struct qmi_request *r, struct qmi_builder *b)
{
	char pin[PIN_MAX + 1];
	uint8_t enable;
	struct cursor c;
	uint16_t error = read_pin_id(r, QMI_UIM_SET_PIN_PROTECTION_REQ_INFO, &c);

	if (error)
		return error;
	if (!cursor_u8(&c, &enable) || !read_pin(&c, pin))
		return QMI_ERR_INVALID_ARGUMENT;
	return pin_answer(r, b, QMI_UIM_SET_PIN_PROTECTION_RSP_RETRIES,
	    modem_pin_enable(r->modem, pin, enable != 0));
}

/* ---- files ---- */

/* Digits as swapped nibbles; an odd rest is filled with f. */
static size_t
bcd(const char *digits, uint8_t *ret)
{
	size_t len = strlen(digits), n;

	for (n = 0; n * 2 < len; n++) {
		uint8_t low = (uint8_t)(digits[n * 2] - '0');
		uint8_t high =
		    n * 2 + 1 < len ? (uint8_t)(digits[n * 2 + 1] - '0') : 0x0f;

		ret[n] = (uint8_t)(high << 4 | low);
	}
	return n;
}

/* The content of a file; 0: there is none. */
static size_t
read_file(const struct modem *m, uint16_t id, uint8_t ret[32])
{
	char digits[24];
	size_t len;

	switch (id) {
	case EF_ICCID: return bcd(m->iccid, ret);
	case EF_IMSI:
		/* length, then the parity digit 9 before the IMSI */
		snprintf(digits, sizeof(digits), "9%s", m->imsi);
		len = bcd(digits, ret + 1);
		ret[0] = (uint8_t)len;
		return len + 1;
	case EF_AD:
		memcpy(ret, "\0\0\0\x02", 4); /* two digits of MNC */
		return 4;
	default: return 0;
	}
}

static uint16_t
read_transparent(struct qmi_request *r, struct qmi_builder *b)
{
	uint8_t content[32];
	uint16_t id = 0;
	struct cursor c;
	struct writer *w;
	size_t len;

	if (!qmi_get_cursor(r->msg, QMI_UIM_READ_TRANSPARENT_REQ_FILE, &c) ||
	    !cursor_u16le(&c, &id))
		return QMI_ERR_MALFORMED_MESSAGE;
	if (r->modem->sim == MODEM_SIM_ABSENT)
		return QMI_ERR_NO_SIM;
	if (r->modem->sim != MODEM_SIM_READY && id != EF_ICCID)
		return QMI_ERR_PIN_RESTRICTION;
	len = read_file(r->modem, id, content);
	if (len == 0)
		return QMI_ERR_SIM_FILE_NOT_FOUND;
	w = qmi_put_begin(b, QMI_UIM_READ_TRANSPARENT_RSP_CARD_RESULT);
	writer_u8(w, 0x90);
	writer_u8(w, 0x00);
	qmi_build_tlv_end(b);
	w = qmi_put_begin(b, QMI_UIM_READ_TRANSPARENT_RSP_CONTENT);
	writer_u16le(w, (uint16_t)len);
	writer_bytes(w, content, len);
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}

static uint16_t
power_off(struct qmi_request *r, struct qmi_builder *b)
{
	(void)b;
	modem_set_sim(r->modem, MODEM_SIM_ABSENT);
	return QMI_ERR_NONE;
}

static uint16_t
power_on(struct qmi_request *r, struct qmi_builder *b)
{
	struct modem *m = r->modem;

	(void)b;
	if (m->sim != MODEM_SIM_ABSENT)
		return QMI_ERR_NO_EFFECT;
	modem_set_sim(m, modem_pin_enabled(m) ? MODEM_SIM_PIN : MODEM_SIM_READY);
	return QMI_ERR_NONE;
}

static void
uim_event(struct qmi_client *c, enum modem_event event, struct modem_call *call)
{
	const struct uim *s = c->state;

	(void)call;
	if (event == MODEM_EVENT_SIM && (s->events & EVENT_CARD_STATUS))
		uim_indicate(c, QMI_UIM_CARD_STATUS);
}

static void
uim_added(struct qmi_client *c)
{
	c->state = xcalloc(1, sizeof(struct uim));
}

static void
uim_reset(struct qmi_client *c)
{
	((struct uim *)c->state)->events = 0;
}

static const struct qmi_handler handlers[] = {
    {QMI_UIM_READ_TRANSPARENT, read_transparent},
    {QMI_UIM_SET_PIN_PROTECTION, set_pin_protection},
    {QMI_UIM_VERIFY_PIN, verify_pin},
    {QMI_UIM_UNBLOCK_PIN, unblock_pin},
    {QMI_UIM_CHANGE_PIN, change_pin},
    {QMI_UIM_REGISTER_EVENTS, register_events},
    {QMI_UIM_GET_CARD_STATUS, get_card_status},
    {QMI_UIM_POWER_OFF_SIM, power_off},
    {QMI_UIM_POWER_ON_SIM, power_on},
    {QMI_UIM_GET_SLOT_STATUS, get_slot_status},
};

const struct qmi_service_row qmi_svc_uim = {
    .number = QMI_UIM,
    .major = 1,
    .minor = 44,
    QMI_HANDLERS(handlers),
    .added = uim_added,
    .reset = uim_reset,
    .event = uim_event,
    .indicate = uim_indicate,
};
