/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <string.h>

#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "common/qmi.h"
#include "common/qmi_table.h"
#include "common/qmux.h"
#include "tests/bench/wire.h"

/* QMI: the open message, one CID of DMS, then Get Operating Mode for ever. */

/* Allocate and Release carry (service, CID) in TLV 0x01 (qmi.md 2.1). */
static void
put_cid(struct qmi_builder *b, const struct qmi_msg *req)
{
	static uint8_t last_cid[256];
	struct cursor c;
	uint8_t service;

	if (!qmi_tlv_find(req, 0x01, &c) || !cursor_u8(&c, &service))
		return;
	if (++last_cid[service] == QMUX_CID_BROADCAST)
		last_cid[service] = 1;
	uint8_t cid = last_cid[service];
	if (req->id == QMI_CTL_RELEASE_CID)
		cursor_u8(&c, &cid);
	const uint8_t pair[2] = {service, cid};
	qmi_build_tlv(b, 0x01, pair, sizeof(pair));
}

static int
qmi_answer(const uint8_t *frame, size_t len, uint8_t *out)
{
	struct qmi_msg req;
	struct qmi_builder b;

	if (qmi_parse(frame, len, &req) < 0 || req.kind != QMI_KIND_REQ)
		return 0;
	qmi_build(&b, out, WIRE_FRAME_MAX, req.service, req.cid, QMI_KIND_RSP, req.txn,
	    req.id);
	qmi_build_result(&b, QMI_ERR_NONE);
	if (req.service == QMI_CTL &&
	    (req.id == QMI_CTL_ALLOCATE_CID || req.id == QMI_CTL_RELEASE_CID))
		put_cid(&b, &req);
	return qmi_build_end(&b);
}

static int
qmi_set_up(unsigned step, const char *device, uint8_t *out)
{
	static const uint16_t ids[] = {QMI_CTL_PROXY_OPEN, QMI_CTL_ALLOCATE_CID};
	const uint8_t service = QMI_DMS;
	struct qmi_builder b;

	if (step >= sizeof(ids) / sizeof(ids[0]))
		return 0;
	qmi_build(&b, out, WIRE_FRAME_MAX, QMI_CTL, 0, QMI_KIND_REQ, 1, ids[step]);
	if (step == 0)
		qmi_build_tlv(&b, 0x01, device, strlen(device));
	else
		qmi_build_tlv(&b, 0x01, &service, 1);
	return qmi_build_end(&b);
}

static bool
qmi_set_up_done(unsigned step, const uint8_t *frame, size_t len, uint8_t *cid)
{
	struct qmi_msg rsp;
	struct cursor value;
	uint8_t service;

	if (qmi_parse(frame, len, &rsp) < 0 || qmi_response_error(&rsp) != 0)
		return false;
	if (step == 0)
		return rsp.id == QMI_CTL_PROXY_OPEN;
	return rsp.id == QMI_CTL_ALLOCATE_CID && qmi_tlv_find(&rsp, 0x01, &value) &&
	       cursor_u8(&value, &service) && cursor_u8(&value, cid);
}

static int
qmi_request(uint8_t cid, uint32_t txn, uint8_t *out)
{
	struct qmi_builder b;

	qmi_build(&b, out, WIRE_FRAME_MAX, QMI_DMS, cid, QMI_KIND_REQ, (uint16_t)txn,
	    QMI_DMS_GET_OPERATING_MODE);
	return qmi_build_end(&b);
}

static bool
qmi_response(const uint8_t *frame, size_t len, uint8_t cid, uint32_t *txn)
{
	struct qmi_msg rsp;

	if (qmi_parse(frame, len, &rsp) < 0 || rsp.cid != cid ||
	    qmi_response_error(&rsp) != 0)
		return false;
	*txn = rsp.txn;
	return true;
}

const struct wire wire_qmi = {
    .name = "qmi",
    .socket = "@qmi-proxy",
    .scan = qmux_scan,
    .answer = qmi_answer,
    .set_up = qmi_set_up,
    .set_up_done = qmi_set_up_done,
    .request = qmi_request,
    .response = qmi_response,
    .txn_max = UINT16_MAX,
};

#define RESPONSE_BIT UINT32_C(0x80000000)

/* MBIM: CONFIGURATION names the device, OPEN, then a query of RADIO_STATE for ever. */

static bool
is_radio_state(const struct mbim_msg *m)
{
	return memcmp(m->service, mbim_basic_connect, MBIM_UUID_LEN) == 0 &&
	       m->cmd == MBIM_CID_RADIO_STATE;
}

static int
mbim_answer(const uint8_t *frame, size_t len, uint8_t *out)
{
	struct mbim_msg m;
	struct mbim_builder b;

	if (mbim_parse(frame, len, &m) < 0)
		return 0;
	if (m.type == MBIM_TYPE_OPEN || m.type == MBIM_TYPE_CLOSE)
		return mbim_build_short(out, WIRE_FRAME_MAX, m.type | RESPONSE_BIT,
		    m.txn, MBIM_STATUS_NONE);
	if (m.type != MBIM_TYPE_COMMAND)
		return 0;
	bool known = is_radio_state(&m);
	mbim_build_done(&b, out, WIRE_FRAME_MAX, m.txn, m.service, m.cmd,
	    known ? MBIM_STATUS_NONE : MBIM_STATUS_NO_DEVICE_SUPPORT);
	if (known) {
		writer_u32le(&b.w, 1); /* both switches on */
		writer_u32le(&b.w, 1);
	}
	return mbim_build_end(&b);
}

static int
mbim_set_up(unsigned step, const char *device, uint8_t *out)
{
	struct mbim_builder b;
	struct mbim_writer w;

	if (step == 1)
		return mbim_build_short(
		    out, WIRE_FRAME_MAX, MBIM_TYPE_OPEN, 2, MBIM_TRANSFER_DEFAULT);
	if (step > 1)
		return 0;
	mbim_build_command(&b, out, WIRE_FRAME_MAX, 1, mbim_proxy_control,
	    MBIM_CID_PROXY_CONFIGURATION, MBIM_SET);
	mbim_writer_init(&w, &b.w, 12);
	mbim_write_string(&w, device);
	mbim_write_u32(&w, 30); /* seconds */
	return mbim_build_end(&b);
}

static bool
mbim_set_up_done(unsigned step, const uint8_t *frame, size_t len, uint8_t *cid)
{
	struct mbim_msg m;

	(void)cid;
	return mbim_parse(frame, len, &m) == 0 && m.value == MBIM_STATUS_NONE &&
	       m.type == (step == 0 ? MBIM_TYPE_COMMAND_DONE : MBIM_TYPE_OPEN_DONE);
}

static int
mbim_request(uint8_t cid, uint32_t txn, uint8_t *out)
{
	struct mbim_builder b;

	(void)cid;
	mbim_build_command(&b, out, WIRE_FRAME_MAX, txn, mbim_basic_connect,
	    MBIM_CID_RADIO_STATE, MBIM_QUERY);
	return mbim_build_end(&b);
}

static bool
mbim_response(const uint8_t *frame, size_t len, uint8_t cid, uint32_t *txn)
{
	struct mbim_msg m;

	(void)cid;
	if (mbim_parse(frame, len, &m) < 0 || m.type != MBIM_TYPE_COMMAND_DONE ||
	    m.value != MBIM_STATUS_NONE || m.info_len != 8 || !is_radio_state(&m))
		return false;
	*txn = m.txn;
	return true;
}

const struct wire wire_mbim = {
    .name = "mbim",
    .socket = "@mbim-proxy",
    .scan = mbim_scan,
    .answer = mbim_answer,
    .set_up = mbim_set_up,
    .set_up_done = mbim_set_up_done,
    .request = mbim_request,
    .response = mbim_response,
    .txn_max = UINT32_MAX,
};

const struct wire *
wire_named(const char *name)
{
	static const struct wire *const all[] = {&wire_qmi, &wire_mbim};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}
