/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One QMI message between bytes and host values.
 *
 * Reading: three lengths claimed by a stranger are nested in a frame (QMUX, SDU, TLV)
 * and qmi_parse() proves that each fills its parent exactly, so that the iterator and
 * everybody behind it can trust msg->tlvs.  Writing: qmi_build() leaves those lengths
 * open and qmi_build_end() seals them.  No allocation and no table: this is what a
 * broker does for each message.
 *
 * CTL differs in two places, and only this file knows: its transaction id is one byte
 * wide, and its response and indication bits are 0x01 and 0x02 where every other
 * service has 0x02 and 0x04 (reference/qmi.md 1.2).
 */
#include "config.h"

#include <errno.h>

#include "common/qmi.h"
#include "common/qmux.h"

#define FRAME_SERVICE 4 /* offsets in a frame */
#define FRAME_CID 5
#define FRAME_TXN 7

#define QMUX_FROM_MODEM 0x80

static const uint8_t ctl_flags[] = {
    [QMI_KIND_REQ] = 0x00,
    [QMI_KIND_RSP] = 0x01,
    [QMI_KIND_IND] = 0x02,
};

static const uint8_t service_flags[] = {
    [QMI_KIND_REQ] = 0x00,
    [QMI_KIND_RSP] = 0x02,
    [QMI_KIND_IND] = 0x04,
};

/* False for a compound message and for bits nobody has defined. */
static bool
kind_from_flags(uint8_t service, uint8_t flags, enum qmi_kind *ret)
{
	const uint8_t *table = service == QMI_CTL ? ctl_flags : service_flags;

	for (enum qmi_kind k = QMI_KIND_REQ; k <= QMI_KIND_IND; k++) {
		if (table[k] == flags) {
			*ret = k;
			return true;
		}
	}
	return false;
}

/* Reads the QMUX and SDU header; the cursor ends up at the first TLV. */
static bool
parse_headers(struct cursor *c, struct qmi_msg *msg, uint16_t *ret_tlvs_len)
{
	uint8_t marker, control, flags, short_txn;
	uint16_t qmux_len;
	size_t frame_len = cursor_left(c);

	cursor_u8(c, &marker);
	cursor_u16le(c, &qmux_len);
	cursor_u8(c, &control);
	cursor_u8(c, &msg->service);
	cursor_u8(c, &msg->cid);
	if (!cursor_u8(c, &flags))
		return false;
	if (msg->service == QMI_CTL) {
		if (!cursor_u8(c, &short_txn))
			return false;
		msg->txn = short_txn;
	} else {
		cursor_u16le(c, &msg->txn);
	}
	cursor_u16le(c, &msg->id);
	if (!cursor_u16le(c, ret_tlvs_len))
		return false;
	return marker == QMUX_MARKER && (size_t)qmux_len + 1 == frame_len &&
	       kind_from_flags(msg->service, flags, &msg->kind);
}

int
qmi_parse(const uint8_t *frame, size_t frame_len, struct qmi_msg *ret)
{
	struct cursor c;
	struct qmi_msg msg;
	struct qmi_tlv tlv;
	uint16_t tlvs_len;

	cursor_init(&c, frame, frame_len);
	if (!parse_headers(&c, &msg, &tlvs_len) || tlvs_len != cursor_left(&c))
		return -EPROTO;
	msg.tlvs = c.pos;
	msg.tlvs_len = tlvs_len;
	while (qmi_tlv_next(&c, &tlv))
		;
	if (!cursor_ok(&c))
		return -EPROTO;
	*ret = msg;
	return 0;
}

bool
qmi_tlv_next(struct cursor *c, struct qmi_tlv *ret)
{
	struct qmi_tlv tlv;

	if (cursor_left(c) == 0)
		return false;
	cursor_u8(c, &tlv.type);
	if (!cursor_u16le(c, &tlv.len) || !cursor_bytes(c, tlv.len, &tlv.value))
		return false;
	*ret = tlv;
	return true;
}

bool
qmi_tlv_find(const struct qmi_msg *msg, uint8_t type, struct cursor *ret)
{
	struct cursor c;
	struct qmi_tlv tlv;

	cursor_init(&c, msg->tlvs, msg->tlvs_len);
	while (qmi_tlv_next(&c, &tlv)) {
		if (tlv.type == type) {
			cursor_init(ret, tlv.value, tlv.len);
			return true;
		}
	}
	return false;
}

bool
qmi_result(const struct qmi_msg *msg, uint16_t *ret_status, uint16_t *ret_error)
{
	struct cursor c;
	uint16_t status, error;

	if (msg->kind != QMI_KIND_RSP || !qmi_tlv_find(msg, QMI_TLV_RESULT, &c))
		return false;
	cursor_u16le(&c, &status);
	if (!cursor_u16le(&c, &error))
		return false;
	*ret_status = status;
	*ret_error = error;
	return true;
}

uint16_t
qmi_response_error(const struct qmi_msg *msg)
{
	uint16_t status, error;

	if (!qmi_result(msg, &status, &error))
		return QMI_ERR_INTERNAL;
	if (status == 0)
		return QMI_ERR_NONE;
	/* a failure that names no error is still one */
	return error != QMI_ERR_NONE ? error : QMI_ERR_INTERNAL;
}

void
qmi_build(struct qmi_builder *b, void *buf, size_t cap, uint8_t service, uint8_t cid,
    enum qmi_kind kind, uint16_t txn, uint16_t id)
{
	struct writer *w = &b->w;

	writer_init(w, buf, cap);
	writer_u8(w, QMUX_MARKER);
	b->qmux_len_mark = writer_mark(w, 2);
	writer_u8(w, kind == QMI_KIND_REQ ? 0x00 : QMUX_FROM_MODEM);
	writer_u8(w, service);
	writer_u8(w, cid);
	if (service == QMI_CTL) {
		writer_u8(w, ctl_flags[kind]);
		writer_u8(w, (uint8_t)txn);
	} else {
		writer_u8(w, service_flags[kind]);
		writer_u16le(w, txn);
	}
	writer_u16le(w, id);
	b->sdu_len_mark = writer_mark(w, 2);
	b->tlv_len_mark = 0;
}

void
qmi_build_tlv(struct qmi_builder *b, uint8_t type, const void *value, size_t len)
{
	writer_bytes(qmi_build_tlv_begin(b, type), value, len);
	qmi_build_tlv_end(b);
}

struct writer *
qmi_build_tlv_begin(struct qmi_builder *b, uint8_t type)
{
	writer_u8(&b->w, type);
	b->tlv_len_mark = writer_mark(&b->w, 2);
	return &b->w;
}

/* Writes how many bytes follow the u16 at mark; more than it can say is an overflow. */
static void
seal_length(struct writer *w, size_t mark)
{
	size_t len = w->len - mark - 2;

	if (len > UINT16_MAX)
		w->overflow = true;
	writer_fill_u16le(w, mark, (uint16_t)len);
}

void
qmi_build_tlv_end(struct qmi_builder *b)
{
	seal_length(&b->w, b->tlv_len_mark);
}

void
qmi_build_result(struct qmi_builder *b, uint16_t error)
{
	struct writer *w = qmi_build_tlv_begin(b, QMI_TLV_RESULT);

	writer_u16le(w, error == QMI_ERR_NONE ? 0 : 1);
	writer_u16le(w, error);
	qmi_build_tlv_end(b);
}

int
qmi_build_end(struct qmi_builder *b)
{
	struct writer *w = &b->w;

	if (!writer_ok(w) || w->len > QMUX_FRAME_MAX)
		return -EMSGSIZE;
	writer_fill_u16le(w, b->qmux_len_mark, (uint16_t)(w->len - 1));
	seal_length(w, b->sdu_len_mark);
	return writer_ok(w) ? (int)w->len : -EMSGSIZE;
}

int
qmi_build_error(void *buf, size_t cap, const struct qmi_msg *req, uint16_t error)
{
	struct qmi_builder b;

	qmi_build(
	    &b, buf, cap, req->service, req->cid, QMI_KIND_RSP, req->txn, req->id);
	qmi_build_result(&b, error);
	return qmi_build_end(&b);
}

void
qmi_patch_txn(uint8_t *frame, uint16_t txn)
{
	if (frame[FRAME_SERVICE] == QMI_CTL)
		frame[FRAME_TXN] = (uint8_t)txn;
	else
		put_u16le(frame + FRAME_TXN, txn);
}

void
qmi_patch_cid(uint8_t *frame, uint8_t cid)
{
	frame[FRAME_CID] = cid;
}
