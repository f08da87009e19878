/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PREPARE and REGISTER of the QMI dialer.
 *
 * One burst asks for everything at once: nothing in it depends on anything else in it
 * (reference/qmi.md 4.4).  What has to be set because it is not yet right (data format,
 * profile, PIN) makes a second burst; on a warm modem there is none.
 *
 * A PIN is tried once in the life of a process, and never with one attempt left unless
 * that is forced.  The serving system is asked before a PIN may be verified, so
 * REGISTER waits for the indication, with a slow poll as the safety net.
 */
#include "config.h"

#include <string.h>

#include "client/dialer_qmi_int.h"
#include "common/log.h"

#define UIM_EVENT_CARD_STATUS 1u
#define UIM_SESSION_PRIMARY_GW 0
#define WDS_CLIENT_TETHERED 1u
#define WDS_PROFILE_3GPP 0
#define WDA_LINK_802_3 1u
#define WDA_LINK_RAW_IP 2u
#define DQ_REGISTER_POLL_MS 10000

static void
dq_put_endpoint(struct dialer_qmi *dq, struct qmi_builder *b, enum qmi_row row)
{
	struct writer *w = qmi_put_begin(b, row);

	writer_u32le(w, dq->dialer.config.ep_type);
	writer_u32le(w, dq->dialer.config.ep_iface);
	qmi_build_tlv_end(b);
}

/* Answers that only matter for the log. */
static void
dq_optional_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;

	if (msg != NULL && error != QMI_ERR_NONE)
		log_debug("qmi", "message 0x%04x refused: %s", msg->id,
		    qmi_error_name(error));
	dq_check_burst(dq);
}

/* Without the binding, traffic would go to another PDN's device: fatal. */
static void
dq_bind_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;
	struct failure why;

	if (msg == NULL || error != QMI_ERR_NONE) {
		dq_refused(&why, "BIND_MUX_DATA_PORT", error, msg);
		if (error == QMI_ERR_DEVICE_UNSUPPORTED ||
		    error == QMI_ERR_INVALID_QMI_COMMAND)
			failure_set(&why, FAILURE_MUXDEV, FAILURE_RETRY_AFTER,
			    "dial one PDN without -m, backend = \"plain\"",
			    "this modem cannot multiplex (mux id 0x%02x)",
			    dq->dialer.config.mux_id);
		if (why.retry == FAILURE_RETRY_AFTER)
			why.retry_after_s = 600;
		dq_fail(dq, &why);
	}
	dq_check_burst(dq);
}

/* Bind, family, indications of one bearer: its CID takes them in order. */
static void
dq_prepare_bearer(struct dialer_qmi *dq, struct bearer *b)
{
	struct qmi_link *l = dq->link;
	struct qmi_builder *q;

	if (dq->dialer.config.mux_id != 0) {
		q = qmi_link_begin(l, QMI_WDS, b->cid, QMI_WDS_BIND_MUX_DATA_PORT);
		dq_put_endpoint(dq, q, QMI_WDS_BIND_MUX_DATA_PORT_REQ_ENDPOINT);
		qmi_put_u8(
		    q, QMI_WDS_BIND_MUX_DATA_PORT_REQ_MUX_ID, dq->dialer.config.mux_id);
		qmi_put_u32(
		    q, QMI_WDS_BIND_MUX_DATA_PORT_REQ_CLIENT_TYPE, WDS_CLIENT_TETHERED);
		qmi_link_send(l, DQ_GROUP_STEP, DQ_QUERY_MS, dq_bind_answer, dq);
	}
	q = qmi_link_begin(l, QMI_WDS, b->cid, QMI_WDS_SET_IP_FAMILY);
	qmi_put_u8(q, QMI_WDS_SET_IP_FAMILY_REQ_IP_FAMILY, b->family);
	qmi_link_send(l, DQ_GROUP_STEP, DQ_QUERY_MS, dq_optional_answer, dq);
	q = qmi_link_begin(l, QMI_WDS, b->cid, QMI_WDS_INDICATION_REGISTER);
	qmi_put_u8(q, QMI_WDS_INDICATION_REGISTER_REQ_EXTENDED_IP_CONFIG, 1);
	qmi_link_send(l, DQ_GROUP_STEP, DQ_QUERY_MS, dq_optional_answer, dq);
}

static void
dq_revision_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;
	char revision[128];

	if (msg != NULL && error == QMI_ERR_NONE &&
	    qmi_get_str(
		msg, QMI_DMS_GET_REVISION_RSP_REVISION, revision, sizeof(revision)))
		log_plain("requestBaseBandVersion %s", revision);
	dq_check_burst(dq);
}

static void
dq_sim_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;
	struct failure why;

	if (msg == NULL || error != QMI_ERR_NONE) {
		dq_refused(&why, "requestGetSIMStatus", error, msg);
		if (msg == NULL)
			dq_fail(dq, &why);
	} else if (qmi_read_sim(
		       msg, QMI_UIM_GET_CARD_STATUS_RSP_CARD_STATUS, &dq->sim)) {
		dq->sim_known = true;
		log_plain(
		    "requestGetSIMStatus SIMStatus: %s", qmi_sim_name(dq->sim.state));
	}
	dq_check_burst(dq);
}

static void
dq_log_serving(const struct qmi_serving *s)
{
	log_plain("requestRegistrationState2 MCC: %u, MNC: %u, PS: %s, DataCap: %s",
	    s->mcc, s->mnc, s->attached ? "Attached" : "Detached",
	    qmi_radio_name(s->radio));
}

static void
dq_serving_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;

	if (msg != NULL && error == QMI_ERR_NONE && qmi_read_serving(msg, &dq->serving))
		dq_log_serving(&dq->serving);
	dq_check_burst(dq);
}

static void
dq_profile_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	static const char *const families[] = {
	    "IPV4", "PPP", "IPV6", "IPV4V6", "NON-IP"};
	struct dialer_qmi *dq = arg;
	const char *password = dq->dialer.config.password;
	const struct qmi_profile *p = &dq->profile;

	if (msg != NULL && error == QMI_ERR_NONE) {
		qmi_read_profile(msg, password != NULL ? password : "", &dq->profile);
		dq->profile_known = true;
		log_plain("requestGetProfile[pdp:%u index:%u] %s/%s/%s/%u/%s",
		    dq->dialer.config.channel, dq->dialer.config.channel, p->apn,
		    p->user, p->has_password ? "***" : "", p->auth,
		    p->pdp_type <= 4 ? families[p->pdp_type] : "?");
	}
	dq_check_burst(dq);
}

static void
dq_format_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;

	if (msg != NULL && error == QMI_ERR_NONE)
		qmi_read_format(msg, &dq->dialer.format);
	dq_check_burst(dq);
}

static void
dq_get_format(struct dialer_qmi *dq)
{
	struct qmi_builder *q =
	    qmi_link_begin(dq->link, QMI_WDA, dq->wda, QMI_WDA_GET_DATA_FORMAT);

	dq_put_endpoint(dq, q, QMI_WDA_GET_DATA_FORMAT_REQ_ENDPOINT);
	qmi_link_send(dq->link, DQ_GROUP_STEP, DQ_QUERY_MS, dq_format_answer, dq);
}

static void dq_set_format(struct dialer_qmi *dq);

/*
 * Round trip 2, the part that is not about one bearer.  Where nobody can be using the
 * data format, it is set at once; else it is looked at first, and left if it will do.
 */
static void
dq_ask_modem(struct dialer_qmi *dq)
{
	struct qmi_link *l = dq->link;
	struct qmi_builder *q;

	if (dq->wda != 0 && !dq->dialer.offer.skip) {
		if (dq->dialer.offer.fresh)
			dq_set_format(dq);
		else
			dq_get_format(dq);
	}
	if (dq->uim != 0) {
		q = qmi_link_begin(l, QMI_UIM, dq->uim, QMI_UIM_REGISTER_EVENTS);
		qmi_put_u32(q, QMI_UIM_REGISTER_EVENTS_REQ_MASK, UIM_EVENT_CARD_STATUS);
		qmi_link_send(l, DQ_GROUP_STEP, DQ_QUERY_MS, dq_optional_answer, dq);
		qmi_link_begin(l, QMI_UIM, dq->uim, QMI_UIM_GET_CARD_STATUS);
		qmi_link_send(l, DQ_GROUP_STEP, DQ_QUERY_MS, dq_sim_answer, dq);
	}
	if (dq->nas != 0) {
		q = qmi_link_begin(l, QMI_NAS, dq->nas, QMI_NAS_INDICATION_REGISTER);
		qmi_put_u8(q, QMI_NAS_INDICATION_REGISTER_REQ_SERVING_SYSTEM, 1);
		qmi_link_send(l, DQ_GROUP_STEP, DQ_QUERY_MS, dq_optional_answer, dq);
		qmi_link_begin(l, QMI_NAS, dq->nas, QMI_NAS_GET_SERVING_SYSTEM);
		qmi_link_send(l, DQ_GROUP_STEP, DQ_QUERY_MS, dq_serving_answer, dq);
	}
	if (dq->dms != 0) {
		qmi_link_begin(l, QMI_DMS, dq->dms, QMI_DMS_GET_REVISION);
		qmi_link_send(l, DQ_GROUP_STEP, DQ_QUERY_MS, dq_revision_answer, dq);
	}
}

static void
dq_ask_profile(struct dialer_qmi *dq)
{
	struct bearer *b = dq_bearer(dq, 0);
	struct qmi_builder *q;
	struct writer *w;

	if (dq->dialer.config.channel == 0)
		return;
	q = qmi_link_begin(dq->link, QMI_WDS, b->cid, QMI_WDS_GET_PROFILE_SETTINGS);
	w = qmi_put_begin(q, QMI_WDS_GET_PROFILE_SETTINGS_REQ_PROFILE);
	writer_u8(w, WDS_PROFILE_3GPP);
	writer_u8(w, dq->dialer.config.channel);
	qmi_build_tlv_end(q);
	qmi_link_send(dq->link, DQ_GROUP_STEP, DQ_QUERY_MS, dq_profile_answer, dq);
}

static uint8_t
dq_pdp_type(const struct dialer_config *c)
{
	if (c->want_v4 && c->want_v6)
		return 3;
	return c->want_v6 ? 2 : 0;
}

static const char *
dq_str(const char *s)
{
	return s != NULL ? s : "";
}

/* A wider stored type serves a narrower wish: IPv4v6 covers IPv4 and IPv6 alone. */
static bool
dq_profile_matches(const struct dialer_qmi *dq)
{
	const struct dialer_config *c = &dq->dialer.config;
	const struct qmi_profile *p = &dq->profile;
	bool family = p->pdp_type == dq_pdp_type(c) || p->pdp_type == 3;

	if (c->apn == NULL)
		return family;
	return family && strcmp(p->apn, c->apn) == 0 &&
	       strcmp(p->user, dq_str(c->user)) == 0 && p->same_password &&
	       p->auth == c->auth;
}

static void
dq_modify_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;
	struct failure why;

	if (msg != NULL && error == QMI_ERR_NONE)
		dq->profile_ok = true;
	else /* not fatal: the call is then started with explicit parameters */
		dq_refused(&why, "requestSetProfile", error, msg);
	dq_check_burst(dq);
}

static void
dq_modify_profile(struct dialer_qmi *dq)
{
	const struct dialer_config *c = &dq->dialer.config;
	struct bearer *b = dq_bearer(dq, 0);
	struct qmi_builder *q;
	struct writer *w;

	log_plain("requestSetProfile[pdp:%u index:%u] %s/%s/%s/%u/%s", c->channel,
	    c->channel, dq_str(c->apn), dq_str(c->user),
	    dq_str(c->password)[0] != '\0' ? "***" : "", c->auth,
	    c->want_v6 ? (c->want_v4 ? "IPV4V6" : "IPV6") : "IPV4");
	q = qmi_link_begin(dq->link, QMI_WDS, b->cid, QMI_WDS_MODIFY_PROFILE);
	w = qmi_put_begin(q, QMI_WDS_MODIFY_PROFILE_REQ_PROFILE);
	writer_u8(w, WDS_PROFILE_3GPP);
	writer_u8(w, c->channel);
	qmi_build_tlv_end(q);
	qmi_put_u8(q, QMI_WDS_MODIFY_PROFILE_REQ_PDP_TYPE, dq_pdp_type(c));
	if (c->apn != NULL) {
		qmi_put_str(q, QMI_WDS_MODIFY_PROFILE_REQ_APN, c->apn);
		qmi_put_str(q, QMI_WDS_MODIFY_PROFILE_REQ_USER, dq_str(c->user));
		qmi_put_str(
		    q, QMI_WDS_MODIFY_PROFILE_REQ_PASSWORD, dq_str(c->password));
		qmi_put_u8(q, QMI_WDS_MODIFY_PROFILE_REQ_AUTH, c->auth);
	}
	qmi_link_send(dq->link, DQ_GROUP_STEP, DQ_QUERY_MS, dq_modify_answer, dq);
}

/* QMAP version that host and modem shall use: the best that is left. */
static uint8_t
dq_wanted_qmap(const struct dialer_qmi *dq)
{
	static const uint8_t best[] = {5, 4, 1};
	size_t i;

	for (i = 0; i < sizeof(best); i++) {
		if ((dq->qmap_left & 1u << best[i]) != 0)
			return best[i];
	}
	return 0;
}

/* Can the host take what the modem has?  Any version it knows is as good as the best.
 */
static bool
dq_format_fits(const struct dialer_qmi *dq)
{
	const struct dialer_offer *o = &dq->dialer.offer;
	const struct dialer_data_format *f = &dq->dialer.format;

	if (!f->known || f->raw_ip != o->raw_ip)
		return false;
	if (o->qmap_versions == 0)
		return f->qmap_version == 0;
	return f->qmap_version != 0 && (o->qmap_versions & 1u << f->qmap_version) != 0;
}

/* And are its aggregates no larger than the host would like? */
static bool
dq_format_is_right(const struct dialer_qmi *dq)
{
	return dq_format_fits(dq) &&
	       (dq->dialer.offer.dl_max_bytes == 0 ||
		   dq->dialer.format.dl_max_bytes <= dq->dialer.offer.dl_max_bytes);
}

static void dq_asked(struct dialer_qmi *dq);

/* Refused, or granted something the host cannot: try the next version. */
static void
dq_set_format_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;
	struct failure why;

	if (msg != NULL && error == QMI_ERR_NONE &&
	    qmi_read_format(msg, &dq->dialer.format) && dq_format_fits(dq)) {
		dq_check_burst(dq);
		return;
	}
	if (dq->burst_done == dq_asked) { /* unasked: what it has may do */
		dq_get_format(dq);
		return;
	}
	dq->qmap_left &= ~(1u << dq_wanted_qmap(dq));
	if (msg != NULL && dq_wanted_qmap(dq) != 0) {
		dq_set_format(dq);
		return;
	}
	dq_refused(&why, "requestSetDataFormat", error, msg);
	if (msg != NULL && error == QMI_ERR_NONE)
		failure_set(&why, FAILURE_MUXDEV, FAILURE_RETRY_BACKOFF,
		    "dial one PDN without multiplexing, backend = \"plain\"",
		    "the modem grants no data format that this host can take");
	dq_fail(dq, &why);
	dq_check_burst(dq);
}

static void
dq_set_format(struct dialer_qmi *dq)
{
	const struct dialer_offer *o = &dq->dialer.offer;
	uint32_t protocol = qmi_qmap_protocol(dq_wanted_qmap(dq));
	struct qmi_builder *q =
	    qmi_link_begin(dq->link, QMI_WDA, dq->wda, QMI_WDA_SET_DATA_FORMAT);

	qmi_put_u8(q, QMI_WDA_SET_DATA_FORMAT_REQ_QOS_FORMAT, 0);
	qmi_put_u32(q, QMI_WDA_SET_DATA_FORMAT_REQ_LINK_PROTOCOL,
	    o->raw_ip ? WDA_LINK_RAW_IP : WDA_LINK_802_3);
	qmi_put_u32(q, QMI_WDA_SET_DATA_FORMAT_REQ_UL_PROTOCOL, protocol);
	qmi_put_u32(q, QMI_WDA_SET_DATA_FORMAT_REQ_DL_PROTOCOL, protocol);
	if (protocol != 0) {
		qmi_put_u32(
		    q, QMI_WDA_SET_DATA_FORMAT_REQ_DL_MAX_DATAGRAMS, o->dl_max_packets);
		qmi_put_u32(
		    q, QMI_WDA_SET_DATA_FORMAT_REQ_DL_MAX_SIZE, o->dl_max_bytes);
	}
	dq_put_endpoint(dq, q, QMI_WDA_SET_DATA_FORMAT_REQ_ENDPOINT);
	if (protocol != 0 && o->ul_max_bytes != 0) {
		qmi_put_u32(
		    q, QMI_WDA_SET_DATA_FORMAT_REQ_UL_MAX_DATAGRAMS, o->ul_max_packets);
		qmi_put_u32(
		    q, QMI_WDA_SET_DATA_FORMAT_REQ_UL_MAX_SIZE, o->ul_max_bytes);
	}
	qmi_link_send(dq->link, DQ_GROUP_STEP, DQ_QUERY_MS, dq_set_format_answer, dq);
}

static void
dq_pin_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	struct dialer_qmi *dq = arg;
	uint8_t left = 0;
	struct failure why;
	struct cursor c;

	if (msg != NULL && (error == QMI_ERR_NONE || error == QMI_ERR_NO_EFFECT)) {
		log_plain("requestEnterSimPin OK");
		dq_check_burst(dq);
		return;
	}
	if (msg != NULL && qmi_get_cursor(msg, QMI_UIM_VERIFY_PIN_RSP_RETRIES, &c))
		cursor_u8(&c, &left);
	if (msg == NULL)
		dq_refused(&why, "requestEnterSimPin", error, msg);
	else if (error == QMI_ERR_INCORRECT_PIN)
		failure_set(&why, FAILURE_SIM_PIN, FAILURE_RETRY_NEVER,
		    "give the right one; it was tried once and is not repeated",
		    "wrong PIN, %u attempts left", left);
	else
		failure_set(&why, FAILURE_SIM_PIN, FAILURE_RETRY_NEVER,
		    "unblock the SIM in a phone if it asks for a PUK",
		    "PIN refused: %s", qmi_error_name(error));
	why.retry = FAILURE_RETRY_NEVER;
	dq_fail(dq, &why);
	dq_check_burst(dq);
}

static void
dq_verify_pin(struct dialer_qmi *dq)
{
	const char *pin = dq->dialer.config.pin;
	struct qmi_builder *q =
	    qmi_link_begin(dq->link, QMI_UIM, dq->uim, QMI_UIM_VERIFY_PIN);
	struct writer *w = qmi_put_begin(q, QMI_UIM_VERIFY_PIN_REQ_SESSION);

	writer_u8(w, UIM_SESSION_PRIMARY_GW);
	writer_u8(w, 0);
	qmi_build_tlv_end(q);
	w = qmi_put_begin(q, QMI_UIM_VERIFY_PIN_REQ_INFO);
	writer_u8(w, dq->sim.pin_id);
	writer_u8(w, (uint8_t)strlen(pin));
	writer_bytes(w, pin, strlen(pin));
	qmi_build_tlv_end(q);
	qmi_link_send(dq->link, DQ_GROUP_STEP, DQ_PIN_MS, dq_pin_answer, dq);
}

static void
dq_decide_pin(struct dialer_qmi *dq)
{
	const struct dialer_config *c = &dq->dialer.config;
	struct failure why;

	if (c->pin == NULL)
		failure_set(&why, FAILURE_SIM_PIN, FAILURE_RETRY_NEVER,
		    "give it with -p PIN, or pin in the configuration file",
		    "the SIM needs its PIN (%u attempts left)", dq->sim.pin_retries);
	else if (c->pin_tried != NULL && *c->pin_tried)
		failure_set(&why, FAILURE_SIM_PIN, FAILURE_RETRY_NEVER,
		    "enter it by hand, or restart with the right one",
		    "the SIM asks for its PIN again; it was tried once already");
	else if (dq->sim.pin_retries <= 1 && !c->pin_force)
		failure_set(&why, FAILURE_SIM_PIN, FAILURE_RETRY_NEVER,
		    "check it in a phone, or insist with --force-pin",
		    "PIN not tried: only %u attempt left", dq->sim.pin_retries);
	else {
		if (c->pin_tried != NULL)
			*c->pin_tried = true;
		dq_verify_pin(dq);
		return;
	}
	dq_fail(dq, &why);
}

static void
dq_decide_sim(struct dialer_qmi *dq)
{
	struct failure why;

	if (!dq->sim_known)
		return;
	switch (dq->sim.state) {
	case QMI_SIM_READY:
	case QMI_SIM_NOT_READY: return; /* REGISTER waits for the rest */
	case QMI_SIM_PIN: dq_decide_pin(dq); return;
	case QMI_SIM_ABSENT:
		failure_set(&why, FAILURE_SIM_ABSENT, FAILURE_RETRY_EVENT,
		    "insert a SIM, or check its holder", "no SIM");
		break;
	case QMI_SIM_PUK:
		failure_set(&why, FAILURE_SIM_BLOCKED, FAILURE_RETRY_NEVER,
		    "unblock it with its PUK in a phone",
		    "the SIM is blocked, PUK needed");
		break;
	case QMI_SIM_BLOCKED:
		failure_set(&why, FAILURE_SIM_BLOCKED, FAILURE_RETRY_NEVER,
		    "ask the operator for another one", "the SIM is blocked for ever");
		break;
	case QMI_SIM_PERSO:
		failure_set(&why, FAILURE_SIM_BLOCKED, FAILURE_RETRY_NEVER,
		    "use a SIM of the operator that this modem is locked to",
		    "the modem refuses this SIM (personalisation)");
		break;
	}
	dq_fail(dq, &why);
}

static void
dq_prepared(struct dialer_qmi *dq)
{
	if (dq->failure.class == FAILURE_NONE && dq->dialer.format.known)
		log_info("qmi", "[%s] data format: %s, QMAP %u, downlink %u bytes",
		    dq->dialer.config.name,
		    dq->dialer.format.raw_ip ? "raw-IP" : "802.3",
		    dq->dialer.format.qmap_version, dq->dialer.format.dl_max_bytes);
	dq_end_step(dq, DIALER_STEP_PREPARE);
}

/* The second burst: only what is not yet right. */
static void
dq_asked(struct dialer_qmi *dq)
{
	const struct dialer_config *c = &dq->dialer.config;
	const struct dialer_offer *o = &dq->dialer.offer;

	dq->burst_done = dq_prepared;
	if (dq->failure.class != FAILURE_NONE) {
		dq_prepared(dq);
		return;
	}
	dq_decide_sim(dq);
	dq->profile_ok =
	    dq->profile_known && dq_profile_matches(dq) && !c->force_profile;
	if (dq->failure.class == FAILURE_NONE && dq->profile_known && !dq->profile_ok)
		dq_modify_profile(dq);
	if (dq->wda != 0 && !o->skip && o->may_set && !dq_format_is_right(dq))
		dq_set_format(dq);
	dq_check_burst(dq);
}

void
dq_prepare(struct dialer *d)
{
	struct dialer_qmi *dq = (struct dialer_qmi *)d;
	struct bearer *b;

	memset(&dq->failure, 0, sizeof(dq->failure));
	memset(&dq->serving, 0, sizeof(dq->serving));
	memset(&d->format, 0, sizeof(d->format));
	dq->sim_known = dq->profile_known = dq->profile_ok = false;
	dq->qmap_left = d->offer.qmap_versions;
	dq->burst_done = dq_asked;
	DQ_FOREACH_BEARER(b, dq)
	dq_prepare_bearer(dq, b);
	dq_ask_profile(dq);
	dq_ask_modem(dq);
}

void
dq_register(struct dialer *d)
{
	struct dialer_qmi *dq = (struct dialer_qmi *)d;

	memset(&dq->failure, 0, sizeof(dq->failure));
	if (dq->nas == 0 || dq->serving.registered) {
		dq_end_step(dq, DIALER_STEP_REGISTER);
		return;
	}
	log_info("qmi", "[%s] waiting for the network%s", d->config.name,
	    dq->serving.denied ? ": registration is denied" : "");
	dq_poll_in(dq, DQ_REGISTER_POLL_MS);
}

static void
dq_registered(struct dialer_qmi *dq, const struct qmi_serving *s)
{
	bool was = dq->serving.registered;

	dq->serving = *s;
	if (was == s->registered)
		return;
	dq_log_serving(s);
	if (s->registered && dq->dialer.running == DIALER_STEP_REGISTER) {
		dq_poll_in(dq, 0);
		dq_end_step(dq, DIALER_STEP_REGISTER);
	} else
		dialer_post(&dq->dialer,
		    s->registered ? DIALER_EVENT_REGISTERED : DIALER_EVENT_UNREGISTERED,
		    DIALER_STEP_NONE, NULL);
}

void
dq_serving_changed(struct dialer_qmi *dq, const struct qmi_msg *msg)
{
	struct qmi_serving s;

	if (qmi_read_serving(msg, &s))
		dq_registered(dq, &s);
}

static void
dq_poll_serving_answer(void *arg, uint16_t error, const struct qmi_msg *msg)
{
	if (msg != NULL && error == QMI_ERR_NONE)
		dq_serving_changed(arg, msg);
}

void
dq_poll_serving(struct dialer_qmi *dq)
{
	qmi_link_begin(dq->link, QMI_NAS, dq->nas, QMI_NAS_GET_SERVING_SYSTEM);
	qmi_link_send(dq->link, DQ_GROUP_POLL, DQ_QUERY_MS, dq_poll_serving_answer, dq);
}

/* A SIM that comes up is no change worth an event; one that goes is. */
void
dq_sim_changed(struct dialer_qmi *dq, const struct qmi_msg *msg)
{
	struct qmi_sim sim;
	bool was_there = dq->sim_known && dq->sim.state != QMI_SIM_ABSENT;

	if (!qmi_read_sim(msg, QMI_UIM_CARD_STATUS_IND_CARD_STATUS, &sim))
		return;
	if (!dq->sim_known || sim.state != dq->sim.state)
		log_plain("requestGetSIMStatus SIMStatus: %s", qmi_sim_name(sim.state));
	dq->sim = sim;
	dq->sim_known = true;
	if (was_there && sim.state == QMI_SIM_ABSENT)
		dialer_post(
		    &dq->dialer, DIALER_EVENT_SIM_CHANGED, DIALER_STEP_NONE, NULL);
}
