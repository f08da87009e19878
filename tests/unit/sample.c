/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A valid value for any row of the table.  All bytes are letters, so that a value is
 * also a clean string, and no two neighbours are alike, so that a swapped byte shows.
 */
#include "config.h"

#include "common/qmi_value.h"
#include "tests/unit/sample.h"

/* Writes a value of type; its bytes are letters, counted up in *next. */
static void
write_type(struct writer *w, enum qmi_type type, uint8_t *next)
{
	size_t len = 0;

	switch (type) {
	case QMI_TYPE_U8:
	case QMI_TYPE_I8:
	case QMI_TYPE_BOOL: len = 1; break;
	case QMI_TYPE_U16:
	case QMI_TYPE_I16: len = 2; break;
	case QMI_TYPE_CHAR3:
	case QMI_TYPE_BYTES3: len = 3; break;
	case QMI_TYPE_U32:
	case QMI_TYPE_I32:
	case QMI_TYPE_IP4_LE: len = 4; break;
	case QMI_TYPE_U48: len = 6; break;
	case QMI_TYPE_U64: len = 8; break;
	case QMI_TYPE_IP6: len = 16; break;
	case QMI_TYPE_STR:
	case QMI_TYPE_BYTES: len = 5; break;
	case QMI_TYPE_STR8:
	case QMI_TYPE_BYTES8:
		writer_u8(w, 5);
		len = 5;
		break;
	case QMI_TYPE_STR16:
	case QMI_TYPE_BYTES16:
		writer_u16le(w, 5);
		len = 5;
		break;
	case QMI_TYPE_LIST8: writer_u8(w, 1); break;
	case QMI_TYPE_LIST16: writer_u16le(w, 1); break;
	case QMI_TYPE_STRUCT: break;
	}
	for (size_t i = 0; i < len; i++)
		writer_u8(w, (uint8_t)('a' + (*next)++ % 26));
}

void
sample_put(struct qmi_builder *b, enum qmi_row row)
{
	struct writer *w = qmi_put_begin(b, row);
	const struct qmi_field_row *f;
	uint8_t next = 0;
	size_t count;

	f = qmi_row_fields(row, &count);
	if (!f)
		write_type(w, qmi_tlv_rows[row].type, &next);
	for (size_t i = 0; i < count; i++)
		write_type(w, f[i].type, &next);
	qmi_build_tlv_end(b);
}

int
sample_build(void *buf, size_t size, const struct qmi_msg_row *msg, enum qmi_kind kind)
{
	struct qmi_builder b;

	qmi_build(&b, buf, size, msg->service, msg->service == QMI_CTL ? 0 : 1, kind, 1,
	    msg->id);
	if (kind == QMI_KIND_RSP)
		qmi_build_result(&b, QMI_ERR_NONE);
	for (size_t i = 0; i < QMI_ROW_COUNT; i++) {
		const struct qmi_tlv_row *r = &qmi_tlv_rows[i];

		if (r->service == msg->service && r->msg_id == msg->id &&
		    r->kind == kind)
			sample_put(&b, (enum qmi_row)i);
	}
	return qmi_build_end(&b);
}
