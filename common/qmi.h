/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The QMI message: QMUX and SDU header as host values, the TLV iterator, the TLV
 * builder, and in-place patching of the identifiers a broker rewrites.
 *
 * Source: reference/qmi.md 1.2 - 1.7.
 */
#ifndef PDNMUX_COMMON_QMI_H
#define PDNMUX_COMMON_QMI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cursor.h"

enum qmi_service {
	QMI_CTL = 0x00,
	QMI_WDS = 0x01,
	QMI_DMS = 0x02,
	QMI_NAS = 0x03,
	QMI_UIM = 0x0b,
	QMI_WDA = 0x1a,
};

enum qmi_kind {
	QMI_KIND_REQ,
	QMI_KIND_RSP,
	QMI_KIND_IND,
};

#define QMI_TLV_RESULT 0x02

/* QMI_ERR_NO_EFFECT and so on; names and words: qmi_error_name(), qmi_error_text(). */
enum qmi_error {
#define QMI_ERROR(number, name, words) QMI_ERR_##name = number,
#include "common/qmi_errors.def"
#undef QMI_ERROR
};

/* One parsed message.  tlvs is borrowed from the frame it was parsed from. */
struct qmi_msg {
	uint8_t service;
	uint8_t cid;
	enum qmi_kind kind;
	uint16_t txn; /* 8 bits wide on CTL */
	uint16_t id;
	const uint8_t *tlvs;
	size_t tlvs_len; /* bytes */
};

struct qmi_tlv {
	uint8_t type;
	uint16_t len; /* bytes */
	const uint8_t *value;
};

/*
 * qmi_parse - check one whole frame (as qmux_scan() found it) and take it apart.
 *
 * The SDU must fill the frame and the TLVs must tile the SDU.  Returns 0, or -EPROTO
 * and leaves *ret alone: the frame's boundary is known, so only it is to be dropped.
 */
int qmi_parse(const uint8_t *frame, size_t frame_len, struct qmi_msg *ret);

/* Walks TLVs: start with c over msg->tlvs, call until false. */
bool qmi_tlv_next(struct cursor *c, struct qmi_tlv *ret);
/* The first TLV of that type, as a cursor over its value. */
bool qmi_tlv_find(const struct qmi_msg *msg, uint8_t type, struct cursor *ret);

/* Result of a response (TLV 0x02).  False: not a response, or no such TLV. */
bool qmi_result(const struct qmi_msg *msg, uint16_t *ret_status, uint16_t *ret_error);
/* The error alone: 0 for success; a response without result counts as INTERNAL. */
uint16_t qmi_response_error(const struct qmi_msg *msg);

/*
 * Builder: qmi_build() starts a frame in buf, TLVs follow, qmi_build_end() seals the
 * three lengths.  qmi_build_end() returns the frame length or -EMSGSIZE when the
 * buffer was too small.  The builder borrows buf.
 */
struct qmi_builder {
	struct writer w;
	size_t qmux_len_mark;
	size_t sdu_len_mark;
	size_t tlv_len_mark;
};

void qmi_build(struct qmi_builder *b, void *buf, size_t cap, uint8_t service,
    uint8_t cid, enum qmi_kind kind, uint16_t txn, uint16_t id);
void qmi_build_tlv(struct qmi_builder *b, uint8_t type, const void *value, size_t len);
/* A TLV written piecewise: begin, write to the returned writer, end. */
struct writer *qmi_build_tlv_begin(struct qmi_builder *b, uint8_t type);
void qmi_build_tlv_end(struct qmi_builder *b);
void qmi_build_result(struct qmi_builder *b, uint16_t error);
int qmi_build_end(struct qmi_builder *b);

/*
 * qmi_build_error - the answer "error" to a request, in one call.
 *
 * req is borrowed.  Returns the frame length, or -EMSGSIZE.
 */
int qmi_build_error(void *buf, size_t cap, const struct qmi_msg *req, uint16_t error);

/* Overwrite the transaction id or CID of a frame that qmi_parse() accepted. */
void qmi_patch_txn(uint8_t *frame, uint16_t txn);
void qmi_patch_cid(uint8_t *frame, uint8_t cid);

#endif
