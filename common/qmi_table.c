/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of qmi_messages.def as const arrays, and how to find one.
 *
 * The file is sorted as the arrays are searched (check_table proves it), so there is
 * nothing to set up and nothing to free.  Names are searched one after the other:
 * only people ask by name.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "common/qmi_table.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct qmi_msg_row qmi_msg_rows[] = {
#define QMI_MSG(service, message, id, source) {QMI_##service, id, #message, source},
#define QMI_TLV(service, message, dir, tlv, name, type, presence, flags)
#define QMI_FIELD(service, message, dir, tlvname, name, type, flags)
#include "common/qmi_messages.def"
#undef QMI_MSG
#undef QMI_TLV
#undef QMI_FIELD
};

const size_t qmi_msg_rows_count = COUNT(qmi_msg_rows);

const struct qmi_tlv_row qmi_tlv_rows[QMI_ROW_COUNT] = {
#define QMI_MSG(service, message, id, source)
#define QMI_TLV(service, message, dir, tlv, name, type, presence, flags) \
	{QMI_##service, QMI_##service##_##message, QMI_KIND_##dir, tlv, #name, \
	    #service "." #message "." #dir "." #name, QMI_TYPE_##type, QMI_##presence, \
	    QMI_FLAG_##flags},
#define QMI_FIELD(service, message, dir, tlvname, name, type, flags)
#include "common/qmi_messages.def"
#undef QMI_MSG
#undef QMI_TLV
#undef QMI_FIELD
};

const struct qmi_field_row qmi_field_rows[] = {
#define QMI_MSG(service, message, id, source)
#define QMI_TLV(service, message, dir, tlv, name, type, presence, flags)
#define QMI_FIELD(service, message, dir, tlvname, name, type, flags) \
	{QMI_##service##_##message##_##dir##_##tlvname, #name, QMI_TYPE_##type, \
	    QMI_FLAG_##flags},
#include "common/qmi_messages.def"
#undef QMI_MSG
#undef QMI_TLV
#undef QMI_FIELD
};

const size_t qmi_field_rows_count = COUNT(qmi_field_rows);

static int
compare_msg(const void *a, const void *b)
{
	const struct qmi_msg_row *x = a, *y = b;

	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

const struct qmi_msg_row *
qmi_find_msg(uint8_t service, uint16_t id)
{
	struct qmi_msg_row key = {.service = service, .id = id};

	return bsearch(&key, qmi_msg_rows, qmi_msg_rows_count, sizeof(qmi_msg_rows[0]),
	    compare_msg);
}

static int
compare_tlv(const void *a, const void *b)
{
	const struct qmi_tlv_row *x = a, *y = b;

	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	if (x->msg_id != y->msg_id)
		return x->msg_id < y->msg_id ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->tlv > y->tlv) - (x->tlv < y->tlv);
}

const struct qmi_tlv_row *
qmi_find_tlv(uint8_t service, uint16_t id, enum qmi_kind kind, uint8_t tlv)
{
	struct qmi_tlv_row key = {
	    .service = service,
	    .msg_id = id,
	    .kind = kind,
	    .tlv = tlv,
	};

	return bsearch(
	    &key, qmi_tlv_rows, QMI_ROW_COUNT, sizeof(qmi_tlv_rows[0]), compare_tlv);
}

const struct qmi_msg_row *
qmi_find_msg_named(const char *name)
{
	char full[80];

	for (size_t i = 0; i < qmi_msg_rows_count; i++) {
		const struct qmi_msg_row *m = &qmi_msg_rows[i];

		snprintf(
		    full, sizeof(full), "%s.%s", qmi_service_name(m->service), m->name);
		if (strcasecmp(full, name) == 0)
			return m;
	}
	return NULL;
}

const struct qmi_tlv_row *
qmi_find_tlv_named(const char *full_name)
{
	for (size_t i = 0; i < QMI_ROW_COUNT; i++) {
		if (strcasecmp(qmi_tlv_rows[i].full_name, full_name) == 0)
			return &qmi_tlv_rows[i];
	}
	return NULL;
}

/* Finds any field of the row key->row; they are neighbours. */
static int
compare_field(const void *a, const void *b)
{
	const struct qmi_field_row *x = a, *y = b;

	return (x->row > y->row) - (x->row < y->row);
}

const struct qmi_field_row *
qmi_row_fields(enum qmi_row row, size_t *ret_count)
{
	struct qmi_field_row key = {.row = row};
	const struct qmi_field_row *first, *last;
	const struct qmi_field_row *end = qmi_field_rows + qmi_field_rows_count;

	first = bsearch(&key, qmi_field_rows, qmi_field_rows_count,
	    sizeof(qmi_field_rows[0]), compare_field);
	if (!first) {
		*ret_count = 0;
		return NULL;
	}
	last = first;
	while (first > qmi_field_rows && first[-1].row == row)
		first--;
	while (last + 1 < end && last[1].row == row)
		last++;
	*ret_count = (size_t)(last - first) + 1;
	return first;
}

/* Source: reference/qmi.md 3.1. */
static const struct {
	uint8_t service;
	const char *name;
} services[] = {
    {0x00, "CTL"},
    {0x01, "WDS"},
    {0x02, "DMS"},
    {0x03, "NAS"},
    {0x04, "QOS"},
    {0x05, "WMS"},
    {0x06, "PDS"},
    {0x07, "AUTH"},
    {0x08, "AT"},
    {0x09, "VOICE"},
    {0x0a, "CAT2"},
    {0x0b, "UIM"},
    {0x0c, "PBM"},
    {0x0d, "QCHAT"},
    {0x0e, "RMTFS"},
    {0x0f, "TEST"},
    {0x10, "LOC"},
    {0x11, "SAR"},
    {0x12, "IMS"},
    {0x13, "ADC"},
    {0x14, "CSD"},
    {0x15, "MFS"},
    {0x16, "TIME"},
    {0x17, "TS"},
    {0x18, "TMD"},
    {0x19, "SAP"},
    {0x1a, "WDA"},
    {0x1b, "TSYNC"},
    {0x1c, "RFSA"},
    {0x1d, "CSVT"},
    {0x1e, "QCMAP"},
    {0x1f, "IMSP"},
    {0x20, "IMSVT"},
    {0x21, "IMSA"},
    {0x22, "COEX"},
    {0x24, "PDC"},
    {0x26, "STX"},
    {0x27, "BIT"},
    {0x28, "IMSRTP"},
    {0x29, "RFRPE"},
    {0x2a, "DSD"},
    {0x2b, "SSCTL"},
    {0x2f, "DPM"},
    {0x32, "UIM_RMT"},
    {0x47, "UIM_HTTP"},
    {0xe0, "CAT"},
    {0xe1, "RMS"},
    {0xe2, "OMA"},
    {0xe3, "FOX"},
    {0xe6, "FOTA"},
    {0xe7, "GMS"},
    {0xe8, "GAS"},
    {0xed, "ATR"},
};

const char *
qmi_service_name(uint8_t service)
{
	for (size_t i = 0; i < COUNT(services); i++) {
		if (services[i].service == service)
			return services[i].name;
	}
	return NULL;
}

int
qmi_service_number(const char *name)
{
	for (size_t i = 0; i < COUNT(services); i++) {
		if (strcasecmp(services[i].name, name) == 0)
			return services[i].service;
	}
	return -1;
}

const char *
qmi_error_name(uint16_t error)
{
	switch (error) {
#define QMI_ERROR(number, name, words) \
	case number: \
		return #name;
#include "common/qmi_errors.def"
#undef QMI_ERROR
	}
	return "UNKNOWN";
}

const char *
qmi_error_text(uint16_t error)
{
	switch (error) {
#define QMI_ERROR(number, name, words) \
	case number: \
		return words;
#include "common/qmi_errors.def"
#undef QMI_ERROR
	}
	return "unknown error";
}
