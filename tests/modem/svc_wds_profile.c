/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Profiles: the 3GPP contexts stored in the module.  Source: reference/qmi.md 2.2.10.
 */
#include "config.h"

#include <stdio.h>

#include "tests/modem/svc_wds.h"

#define TYPE_3GPP 0
#define EXTENDED_BAD_NUMBER 5
#define EXTENDED_OUT_OF_PROFILES 1006

struct modem_profile *
wds_profile(struct modem *m, uint8_t index)
{
	if (index == 0 || index > MODEM_PROFILES_MAX || !m->profiles[index].exists)
		return NULL;
	return &m->profiles[index];
}

/* The profile a request is about; NULL, with the extended error written, if none. */
static struct modem_profile *
wanted(struct qmi_request *r, enum qmi_row row, struct qmi_builder *b,
    enum qmi_row extended)
{
	struct modem_profile *p = NULL;
	uint8_t type = 0xff, index = 0;
	struct cursor c;

	if (qmi_get_cursor(r->msg, row, &c) && cursor_u8(&c, &type) &&
	    cursor_u8(&c, &index) && type == TYPE_3GPP)
		p = wds_profile(r->modem, index);
	if (!p)
		qmi_put_u16(b, extended, EXTENDED_BAD_NUMBER);
	return p;
}

/* The rows of CREATE and MODIFY are different ones for the same TLV. */
static void
read_settings(const struct qmi_msg *msg, bool create, struct modem_profile *p)
{
#define ROW(name) \
	(create ? QMI_WDS_CREATE_PROFILE_REQ_##name : QMI_WDS_MODIFY_PROFILE_REQ_##name)
	qmi_get_str(msg, ROW(PROFILE_NAME), p->name, sizeof(p->name));
	qmi_get_u8(msg, ROW(PDP_TYPE), &p->pdp_type);
	qmi_get_str(msg, ROW(APN), p->apn, sizeof(p->apn));
	qmi_get_str(msg, ROW(USER), p->user, sizeof(p->user));
	qmi_get_str(msg, ROW(PASSWORD), p->password, sizeof(p->password));
	qmi_get_u8(msg, ROW(AUTH), &p->auth);
#undef ROW
}

static bool
pdp_type_is_sane(const struct qmi_msg *msg, enum qmi_row row)
{
	uint8_t type = 0;

	return !qmi_get_u8(msg, row, &type) || type <= 4;
}

uint16_t
wds_create_profile(struct qmi_request *r, struct qmi_builder *b)
{
	struct modem *m = r->modem;
	struct writer *w;
	uint8_t type = 0xff, n = 1;

	qmi_get_u8(r->msg, QMI_WDS_CREATE_PROFILE_REQ_TYPE, &type);
	if (type != TYPE_3GPP)
		return QMI_ERR_INVALID_PROFILE_TYPE;
	if (!pdp_type_is_sane(r->msg, QMI_WDS_CREATE_PROFILE_REQ_PDP_TYPE))
		return QMI_ERR_INVALID_PDP_TYPE;
	while (n <= MODEM_PROFILES_MAX && m->profiles[n].exists)
		n++;
	if (n > MODEM_PROFILES_MAX) {
		qmi_put_u16(b, QMI_WDS_CREATE_PROFILE_RSP_EXTENDED_ERROR,
		    EXTENDED_OUT_OF_PROFILES);
		return QMI_ERR_EXTENDED_INTERNAL;
	}
	m->profiles[n] = (struct modem_profile){.exists = true};
	read_settings(r->msg, true, &m->profiles[n]);
	w = qmi_put_begin(b, QMI_WDS_CREATE_PROFILE_RSP_PROFILE);
	writer_u8(w, TYPE_3GPP);
	writer_u8(w, n);
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}

uint16_t
wds_modify_profile(struct qmi_request *r, struct qmi_builder *b)
{
	struct modem_profile *p = wanted(r, QMI_WDS_MODIFY_PROFILE_REQ_PROFILE, b,
	    QMI_WDS_MODIFY_PROFILE_RSP_EXTENDED_ERROR);

	if (!p)
		return QMI_ERR_EXTENDED_INTERNAL;
	if (!pdp_type_is_sane(r->msg, QMI_WDS_MODIFY_PROFILE_REQ_PDP_TYPE))
		return QMI_ERR_INVALID_PDP_TYPE;
	read_settings(r->msg, false, p);
	return QMI_ERR_NONE;
}

uint16_t
wds_delete_profile(struct qmi_request *r, struct qmi_builder *b)
{
	struct modem_profile *p = wanted(r, QMI_WDS_DELETE_PROFILE_REQ_PROFILE, b,
	    QMI_WDS_DELETE_PROFILE_RSP_EXTENDED_ERROR);

	if (!p)
		return QMI_ERR_EXTENDED_INTERNAL;
	*p = (struct modem_profile){.exists = false};
	return QMI_ERR_NONE;
}

uint16_t
wds_list_profiles(struct qmi_request *r, struct qmi_builder *b)
{
	uint8_t type = TYPE_3GPP, count = 0;
	struct writer *w;

	qmi_get_u8(r->msg, QMI_WDS_GET_PROFILE_LIST_REQ_TYPE, &type);
	for (uint8_t n = 1; n <= MODEM_PROFILES_MAX; n++)
		count += wds_profile(r->modem, n) != NULL;
	if (type != TYPE_3GPP && type != 0xff)
		count = 0;
	w = qmi_put_begin(b, QMI_WDS_GET_PROFILE_LIST_RSP_PROFILES);
	writer_u8(w, count);
	for (uint8_t n = 1; count && n <= MODEM_PROFILES_MAX; n++) {
		const struct modem_profile *p = wds_profile(r->modem, n);

		if (!p)
			continue;
		writer_u8(w, TYPE_3GPP);
		writer_u8(w, n);
		writer_str8(w, p->name);
	}
	qmi_build_tlv_end(b);
	return QMI_ERR_NONE;
}

uint16_t
wds_get_profile(struct qmi_request *r, struct qmi_builder *b)
{
	const struct modem_profile *p =
	    wanted(r, QMI_WDS_GET_PROFILE_SETTINGS_REQ_PROFILE, b,
		QMI_WDS_GET_PROFILE_SETTINGS_RSP_EXTENDED_ERROR);

	if (!p)
		return QMI_ERR_EXTENDED_INTERNAL;
	qmi_put_str(b, QMI_WDS_GET_PROFILE_SETTINGS_RSP_PROFILE_NAME, p->name);
	qmi_put_u8(b, QMI_WDS_GET_PROFILE_SETTINGS_RSP_PDP_TYPE, p->pdp_type);
	qmi_put_str(b, QMI_WDS_GET_PROFILE_SETTINGS_RSP_APN, p->apn);
	qmi_put_str(b, QMI_WDS_GET_PROFILE_SETTINGS_RSP_USER, p->user);
	qmi_put_str(b, QMI_WDS_GET_PROFILE_SETTINGS_RSP_PASSWORD, p->password);
	qmi_put_u8(b, QMI_WDS_GET_PROFILE_SETTINGS_RSP_AUTH, p->auth);
	return QMI_ERR_NONE;
}

uint16_t
wds_get_default(struct qmi_request *r, struct qmi_builder *b)
{
	const struct modem_profile *p = wds_profile(r->modem, 1);

	if (!p)
		return QMI_ERR_INVALID_PROFILE;
	qmi_put_str(b, QMI_WDS_GET_DEFAULT_SETTINGS_RSP_PROFILE_NAME, p->name);
	qmi_put_u8(b, QMI_WDS_GET_DEFAULT_SETTINGS_RSP_PDP_TYPE, p->pdp_type);
	qmi_put_str(b, QMI_WDS_GET_DEFAULT_SETTINGS_RSP_APN, p->apn);
	qmi_put_u8(b, QMI_WDS_GET_DEFAULT_SETTINGS_RSP_AUTH, p->auth);
	return QMI_ERR_NONE;
}

uint16_t
wds_get_default_number(struct qmi_request *r, struct qmi_builder *b)
{
	(void)r;
	qmi_put_u8(b, QMI_WDS_GET_DEFAULT_PROFILE_NUMBER_RSP_INDEX, 1);
	return QMI_ERR_NONE;
}
