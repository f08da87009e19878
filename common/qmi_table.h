/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of qmi_messages.def as enumerators and const arrays.
 *
 * QMI_WDS_START_NETWORK is a message id; QMI_WDS_START_NETWORK_RSP_PACKET_HANDLE is
 * the row number of one TLV.  The result TLV 0x02 of a response has no row: every
 * response carries it and qmi_result() reads it.  One row a fact: codec (qmi_value.h),
 * log (print.h), the simulated modem and the fuzzers all read the same table.
 */
#ifndef PDNMUX_COMMON_QMI_TABLE_H
#define PDNMUX_COMMON_QMI_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/qmi.h"

/* How the value of a TLV, or a field of a composite one, is laid out. */
enum qmi_type {
	QMI_TYPE_U8,
	QMI_TYPE_U16,
	QMI_TYPE_U32,
	QMI_TYPE_U48, /* six bytes: the time stamp of DMS */
	QMI_TYPE_U64,
	QMI_TYPE_I8,
	QMI_TYPE_I16,
	QMI_TYPE_I32,
	QMI_TYPE_BOOL,
	QMI_TYPE_STR,     /* the rest of the TLV, no length, no NUL */
	QMI_TYPE_STR8,    /* u8 byte count, then characters */
	QMI_TYPE_STR16,   /* u16 byte count, then characters */
	QMI_TYPE_CHAR3,   /* three characters, no terminator: MCC, MNC of system info */
	QMI_TYPE_IP4_LE,  /* little-endian *number*: the dotted quad reversed */
	QMI_TYPE_IP6,     /* 16 bytes, network order */
	QMI_TYPE_BYTES,   /* the rest, opaque */
	QMI_TYPE_BYTES3,  /* three bytes, opaque */
	QMI_TYPE_BYTES8,  /* u8 count, then bytes */
	QMI_TYPE_BYTES16, /* u16 count, then bytes */
	QMI_TYPE_STRUCT,  /* its QMI_FIELD rows follow, back to back */
	/*
	 * Fields only: a count of elements, each made of *all* the field rows that
	 * follow in this TLV.  A list can thus hold a list, and nothing follows one.
	 */
	QMI_TYPE_LIST8,  /* u8 count */
	QMI_TYPE_LIST16, /* u16 count */
};

enum qmi_presence {
	QMI_REQUIRED,
	QMI_OPTIONAL,
	QMI_ON_SUCCESS,
	QMI_ON_FAILURE,
};

#define QMI_FLAG_0 0x00
#define QMI_FLAG_SECRET 0x01   /* never shown: passwords, PINs */
#define QMI_FLAG_PERSONAL 0x02 /* masked in logs: IMSI, IMEI, ICCID, user names */

enum {
#define QMI_MSG(service, message, id, source) QMI_##service##_##message = id,
#define QMI_TLV(service, message, dir, tlv, name, type, presence, flags)
#define QMI_FIELD(service, message, dir, tlvname, name, type, flags)
#include "common/qmi_messages.def"
#undef QMI_MSG
#undef QMI_TLV
#undef QMI_FIELD
};

enum qmi_row {
#define QMI_MSG(service, message, id, source)
#define QMI_TLV(service, message, dir, tlv, name, type, presence, flags) \
	QMI_##service##_##message##_##dir##_##name,
#define QMI_FIELD(service, message, dir, tlvname, name, type, flags)
#include "common/qmi_messages.def"
#undef QMI_MSG
#undef QMI_TLV
#undef QMI_FIELD
	QMI_ROW_COUNT
};

struct qmi_msg_row {
	uint8_t service;
	uint16_t id;
	const char *name; /* "START_NETWORK" */
	const char *source;
};

struct qmi_tlv_row {
	uint8_t service;
	uint16_t msg_id;
	enum qmi_kind kind;
	uint8_t tlv;
	const char *name;      /* "APN" */
	const char *full_name; /* "WDS.START_NETWORK.REQ.APN" */
	enum qmi_type type;
	enum qmi_presence presence;
	uint8_t flags;
};

struct qmi_field_row {
	enum qmi_row row; /* the composite TLV it is part of */
	const char *name;
	enum qmi_type type;
	uint8_t flags;
};

/* Sorted by service, message id; then by direction and TLV id. */
extern const struct qmi_msg_row qmi_msg_rows[];
extern const size_t qmi_msg_rows_count;
extern const struct qmi_tlv_row qmi_tlv_rows[QMI_ROW_COUNT];
extern const struct qmi_field_row qmi_field_rows[];
extern const size_t qmi_field_rows_count;

/* Rows by wire ids; NULL when the table does not know them. */
const struct qmi_msg_row *qmi_find_msg(uint8_t service, uint16_t id);
const struct qmi_tlv_row *qmi_find_tlv(
    uint8_t service, uint16_t id, enum qmi_kind kind, uint8_t tlv);
/* Rows by name ("WDS.START_NETWORK", "WDS.START_NETWORK.REQ.APN"), case-insensitive. */
const struct qmi_msg_row *qmi_find_msg_named(const char *name);
const struct qmi_tlv_row *qmi_find_tlv_named(const char *full_name);

/* The fields of a STRUCT row, in wire order, and how many; NULL and 0 for others. */
const struct qmi_field_row *qmi_row_fields(enum qmi_row row, size_t *ret_count);

/* "WDS" for 1; "0x7f" style is up to the caller: NULL when unknown. */
const char *qmi_service_name(uint8_t service);
/* Service number of a name, or -1. */
int qmi_service_number(const char *name);
/* "CALL_FAILED" for 14; "UNKNOWN" when not assigned. */
const char *qmi_error_name(uint16_t error);
/* "data call failed" for 14; "unknown error" when not assigned. */
const char *qmi_error_text(uint16_t error);

#endif
