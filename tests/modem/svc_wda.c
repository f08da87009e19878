/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * WDA: the data format of the port, one for the whole modem.
 *
 * What is granted is the lesser of what was asked and what this modem can; a protocol
 * that it does not know is granted as "disabled", with success, as firmware does.
 * Source: reference/qmi.md 2.3, 6.1.
 */
#include "config.h"

#include "tests/modem/qmi_int.h"

#define LINK_802_3 1
#define LINK_RAW_IP 2
#define PROTOCOL_DISABLED 0
#define PROTOCOL_QMAP_V1 5
#define PROTOCOL_QMAP_V4 8
#define PROTOCOL_QMAP_V5 9
#define DATAGRAMS_MAX 64
#define ENDPOINT_HSUSB 2

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The endpoint TLV has another number in each request. */
static uint16_t
check_endpoint(struct qmi_request *r, enum qmi_row row, bool required)
{
	uint32_t type, iface;
	struct cursor c;

	if (!qmi_get_cursor(r->msg, row, &c))
		return required ? QMI_ERR_MISSING_ARGUMENT : QMI_ERR_NONE;
	if (!cursor_u32le(&c, &type) || !cursor_u32le(&c, &iface))
		return QMI_ERR_MALFORMED_MESSAGE;
	if (type != ENDPOINT_HSUSB || iface != r->modem->settings.usb_interface)
		return QMI_ERR_INVALID_ARGUMENT;
	return QMI_ERR_NONE;
}

/* The rows of both answers differ in number only. */
#define PUT_FORMAT(b, f, message) \
	do { \
		qmi_put_u8(b, QMI_WDA_##message##_RSP_QOS_FORMAT, 0); \
		qmi_put_u32(b, QMI_WDA_##message##_RSP_LINK_PROTOCOL, (f)->link); \
		qmi_put_u32(b, QMI_WDA_##message##_RSP_UL_PROTOCOL, (f)->protocol); \
		qmi_put_u32(b, QMI_WDA_##message##_RSP_DL_PROTOCOL, (f)->protocol); \
		qmi_put_u32(b, QMI_WDA_##message##_RSP_NDP_SIGNATURE, 0); \
		qmi_put_u32( \
		    b, QMI_WDA_##message##_RSP_DL_MAX_DATAGRAMS, (f)->down_datagrams); \
		qmi_put_u32(b, QMI_WDA_##message##_RSP_DL_MAX_SIZE, (f)->down_size); \
		qmi_put_u32( \
		    b, QMI_WDA_##message##_RSP_UL_MAX_DATAGRAMS, (f)->up_datagrams); \
		qmi_put_u32(b, QMI_WDA_##message##_RSP_UL_MAX_SIZE, (f)->up_size); \
		qmi_put_u32( \
		    b, QMI_WDA_##message##_RSP_DL_MIN_PADDING, (f)->down_padding); \
	} while (0)

static uint16_t
get_format(struct qmi_request *r, struct qmi_builder *b)
{
	/* RM500Q and newer want the endpoint, older ones do without */
	uint16_t error = check_endpoint(r, QMI_WDA_GET_DATA_FORMAT_REQ_ENDPOINT, false);

	if (error)
		return error;
	PUT_FORMAT(b, modem_format(r->modem), GET_DATA_FORMAT);
	return QMI_ERR_NONE;
}

/* What this modem makes of a wish for aggregation. */
static uint32_t
grant_protocol(const struct modem *m, uint32_t asked)
{
	if (asked != PROTOCOL_QMAP_V1 && asked != PROTOCOL_QMAP_V4 &&
	    asked != PROTOCOL_QMAP_V5)
		return PROTOCOL_DISABLED;
	return asked <= m->settings.max_protocol ? asked : PROTOCOL_DISABLED;
}

static void
grant_sizes(const struct qmi_msg *msg, const struct modem *m, struct modem_format *f)
{
	uint32_t v;

	f->down_datagrams = f->up_datagrams = f->down_size = f->up_size = 0;
	if (f->protocol == PROTOCOL_DISABLED)
		return;
	v = 10;
	qmi_get_u32(msg, QMI_WDA_SET_DATA_FORMAT_REQ_DL_MAX_DATAGRAMS, &v);
	f->down_datagrams = least(v, DATAGRAMS_MAX);
	v = 4096;
	qmi_get_u32(msg, QMI_WDA_SET_DATA_FORMAT_REQ_DL_MAX_SIZE, &v);
	f->down_size = least(v, m->settings.max_size);
	v = 11;
	qmi_get_u32(msg, QMI_WDA_SET_DATA_FORMAT_REQ_UL_MAX_DATAGRAMS, &v);
	f->up_datagrams = least(v, DATAGRAMS_MAX);
	v = 8192;
	qmi_get_u32(msg, QMI_WDA_SET_DATA_FORMAT_REQ_UL_MAX_SIZE, &v);
	f->up_size = least(v, m->settings.max_size);
}

static uint16_t
set_format(struct qmi_request *r, struct qmi_builder *b)
{
	struct modem_format f = *modem_format(r->modem);
	uint16_t error = check_endpoint(r, QMI_WDA_SET_DATA_FORMAT_REQ_ENDPOINT, false);
	uint32_t up = f.protocol, down = f.protocol;

	if (error)
		return error;
	qmi_get_u32(r->msg, QMI_WDA_SET_DATA_FORMAT_REQ_LINK_PROTOCOL, &f.link);
	if (f.link != LINK_802_3 && f.link != LINK_RAW_IP)
		return QMI_ERR_INVALID_ARGUMENT;
	if (qmi_get_u32(r->msg, QMI_WDA_SET_DATA_FORMAT_REQ_DL_PROTOCOL, &down))
		up = down;
	qmi_get_u32(r->msg, QMI_WDA_SET_DATA_FORMAT_REQ_UL_PROTOCOL, &up);
	/* one protocol for both ways, and QMAP carries IP only */
	f.protocol = up == down && f.link == LINK_RAW_IP
			 ? grant_protocol(r->modem, down)
			 : PROTOCOL_DISABLED;
	grant_sizes(r->msg, r->modem, &f);
	qmi_get_u32(
	    r->msg, QMI_WDA_SET_DATA_FORMAT_REQ_DL_MIN_PADDING, &f.down_padding);
	modem_set_format(r->modem, &f);
	PUT_FORMAT(b, &f, SET_DATA_FORMAT);
	return QMI_ERR_NONE;
}

static const struct qmi_handler handlers[] = {
    {QMI_WDA_SET_DATA_FORMAT, set_format},
    {QMI_WDA_GET_DATA_FORMAT, get_format},
};

const struct qmi_service_row qmi_svc_wda = {
    .number = QMI_WDA, .major = 1, .minor = 20, QMI_HANDLERS(handlers)};
