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

/* QMI protocol errors we create or act on; names of all: qmi_error_name(). */
enum qmi_error {
	QMI_ERR_NONE = 0,
	QMI_ERR_MALFORMED_MESSAGE = 1,
	QMI_ERR_NO_MEMORY = 2,
	QMI_ERR_INTERNAL = 3,
	QMI_ERR_ABORTED = 4,
	QMI_ERR_CLIENT_IDS_EXHAUSTED = 5,
	QMI_ERR_INVALID_CLIENT_ID = 7,
	QMI_ERR_INVALID_HANDLE = 9,
	QMI_ERR_INVALID_PROFILE = 10,
	QMI_ERR_INCORRECT_PIN = 12,
	QMI_ERR_CALL_FAILED = 14,
	QMI_ERR_OUT_OF_CALL = 15,
	QMI_ERR_MISSING_ARGUMENT = 17,
	QMI_ERR_ARGUMENT_TOO_LONG = 19,
	QMI_ERR_DEVICE_IN_USE = 23,
	QMI_ERR_DEVICE_UNSUPPORTED = 25,
	QMI_ERR_NO_EFFECT = 26,
	QMI_ERR_INVALID_SERVICE_TYPE = 31,
	QMI_ERR_PIN_BLOCKED = 35,
	QMI_ERR_PIN_ALWAYS_BLOCKED = 36,
	QMI_ERR_UIM_UNINITIALIZED = 37,
	QMI_ERR_GENERAL_ERROR = 46,
	QMI_ERR_INVALID_ARGUMENT = 48,
	QMI_ERR_DEVICE_NOT_READY = 52,
	QMI_ERR_INVALID_QMI_COMMAND = 71,
	QMI_ERR_INFORMATION_UNAVAILABLE = 74,
	QMI_ERR_POLICY_MISMATCH = 79,
	QMI_ERR_EXTENDED_INTERNAL = 81,
	QMI_ERR_NOT_SUPPORTED = 94,
	QMI_ERR_NO_SIM = 102,
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

void qmi_build(struct qmi_builder *b, void *buf, size_t cap, uint8_t service, uint8_t cid,
    enum qmi_kind kind, uint16_t txn, uint16_t id);
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
