/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CTL: client ids, versions, SYNC.  Source: reference/qmi.md 2.1, 4.7.
 */
#include "config.h"

#include "tests/modem/qmi_int.h"

static uint16_t
set_instance_id(struct qmi_request *r, struct qmi_builder *b)
{
	uint8_t instance = 0;

	qmi_get_u8(r->msg, QMI_CTL_SET_INSTANCE_ID_REQ_INSTANCE, &instance);
	qmi_put_u16(b, QMI_CTL_SET_INSTANCE_ID_RSP_LINK, instance);
	return QMI_ERR_NONE;
}

static void
put_version(struct writer *w, const struct qmi_service_row *s)
{
	writer_u8(w, s->number);
	writer_u16le(w, s->major);
	writer_u16le(w, s->minor);
}

static uint16_t
get_version_info(struct qmi_request *r, struct qmi_builder *b)
{
	struct writer *w = qmi_put_begin(b, QMI_CTL_GET_VERSION_INFO_RSP_SERVICES);

	(void)r;
	writer_u8(w, (uint8_t)(qmi_services_count + 1));
	put_version(w, &qmi_svc_ctl);
	for (size_t n = 0; n < qmi_services_count; n++)
		put_version(w, qmi_services[n]);
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}

static void
put_client(struct qmi_builder *b, enum qmi_row row, uint8_t service, uint8_t cid)
{
	struct writer *w = qmi_put_begin(b, row);

	writer_u8(w, service);
	writer_u8(w, cid);
	qmi_build_tlv_end(b);
}

static uint16_t
allocate_cid(struct qmi_request *r, struct qmi_builder *b)
{
	uint8_t service = 0, cid = 0;
	uint16_t error;

	qmi_get_u8(r->msg, QMI_CTL_ALLOCATE_CID_REQ_SERVICE, &service);
	error = qmi_client_add(r->func, r->port, service, &cid);
	if (error == QMI_ERR_NONE)
		put_client(b, QMI_CTL_ALLOCATE_CID_RSP_CLIENT, service, cid);
	return error;
}

static uint16_t
release_cid(struct qmi_request *r, struct qmi_builder *b)
{
	uint8_t service, cid;
	struct cursor c;
	uint16_t error;

	if (!qmi_get_cursor(r->msg, QMI_CTL_RELEASE_CID_REQ_CLIENT, &c) ||
	    !cursor_u8(&c, &service) || !cursor_u8(&c, &cid))
		return QMI_ERR_MALFORMED_MESSAGE;
	error = qmi_client_remove(r->func, service, cid);
	if (error == QMI_ERR_NONE)
		put_client(b, QMI_CTL_RELEASE_CID_RSP_CLIENT, service, cid);
	return error;
}

static uint16_t
set_data_format(struct qmi_request *r, struct qmi_builder *b)
{
	struct modem_format f = *modem_format(r->modem);
	uint16_t link = 0;

	if (qmi_get_u16(r->msg, QMI_CTL_SET_DATA_FORMAT_REQ_LINK_PROTOCOL, &link)) {
		if (link != 1 && link != 2)
			return QMI_ERR_INVALID_ARGUMENT;
		f.link = link;
		modem_set_format(r->modem, &f);
	}
	qmi_put_u16(b, QMI_CTL_SET_DATA_FORMAT_RSP_LINK_PROTOCOL, (uint16_t)f.link);
	return QMI_ERR_NONE;
}

static uint16_t
sync_clients(struct qmi_request *r, struct qmi_builder *b)
{
	(void)b;
	qmi_clients_sync(r->func, r->port);
	return QMI_ERR_NONE;
}

static const struct qmi_handler handlers[] = {
    {QMI_CTL_SET_INSTANCE_ID, set_instance_id},
    {QMI_CTL_GET_VERSION_INFO, get_version_info},
    {QMI_CTL_ALLOCATE_CID, allocate_cid},
    {QMI_CTL_RELEASE_CID, release_cid},
    {QMI_CTL_SET_DATA_FORMAT, set_data_format},
    {QMI_CTL_SYNC, sync_clients},
};

const struct qmi_service_row qmi_svc_ctl = {
    .number = QMI_CTL, .major = 1, .minor = 5, QMI_HANDLERS(handlers)};
