/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a connection asks: answered here, refused here, or forwarded under an id of
 * ours.
 *
 * Answered here: OPEN and CLOSE, libmbim's CONFIGURATION, a subscription that changes
 * nothing for the modem, a CONNECT for a session that somebody else has, a change of
 * the extensions' version that a connection of the vendor's dialect could not be told
 * of, and QMI that would touch another's client ids.  Everything else passes as it is,
 * unknown services too.  Source: reference/proxies.md 4, mbim.md 2.8-2.10.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "common/xmem.h"
#include "proxy/mbim_router_int.h"

#define LONG_WAIT_MS 300000
#define OPEN_FOLLOWS_MS \
	20 /* an OPEN sent together with CONFIGURATION arrives in it \
	    */
#define PATH_MAX_LEN 512
#define CONFIG_WAIT_MAX_S 300

void
mbim_router_done(struct mbim_router *r, struct mbim_conn *c, const struct mbim_msg *req,
    uint32_t status)
{
	uint8_t buf[MBIM_COMMAND_HDR_LEN];
	struct mbim_builder b;
	int n;

	mbim_build_done(&b, buf, sizeof(buf), req->txn, req->service, req->cmd, status);
	n = mbim_build_end(&b);
	mbim_router_to_conn(r, c, ROUTER_PRIO_ANSWER, buf, (size_t)n);
}

static bool
is_of(const struct mbim_msg *m, const uint8_t *service, uint32_t cmd)
{
	return m->cmd == cmd && memcmp(m->service, service, MBIM_UUID_LEN) == 0;
}

/* ---- CONFIGURATION ---- */

bool
mbim_is_configuration(const struct mbim_msg *m)
{
	return m->type == MBIM_TYPE_COMMAND &&
	       is_of(m, mbim_proxy_control, MBIM_CID_PROXY_CONFIGURATION);
}

static bool
read_configuration(
    const struct mbim_msg *m, char *ret_path, size_t size, uint32_t *ret_timeout_s)
{
	struct mbim_reader r;

	mbim_reader_init(&r, m->info, m->info_len, 12);
	return m->command_type == MBIM_SET && mbim_read_string(&r, ret_path, size) &&
	       mbim_read_u32(&r, ret_timeout_s) && ret_path[0] != '\0';
}

/* A second one: the same device is fine, another is not (proxies.md 4.2). */
static uint32_t
configure_again(const struct mbim_conn *c, const char *path)
{
	if (c->owes_config)
		return MBIM_STATUS_BUSY;
	return !c->path || strcmp(c->path, path) == 0 ? MBIM_STATUS_NONE
						      : MBIM_STATUS_FAILURE;
}

/*
 * The answer is owed until the function is open, and an OPEN that was sent together
 * with it is answered first (proxies.md C13).
 */
void
mbim_router_configure(struct mbim_router *r, struct mbim_conn *c,
    const struct mbim_msg *m, int64_t now_ms)
{
	char path[PATH_MAX_LEN];
	uint32_t timeout_s;

	if (!read_configuration(m, path, sizeof(path), &timeout_s)) {
		mbim_router_done(r, c, m, MBIM_STATUS_INVALID_PARAMETERS);
		return;
	}
	if (c->is_configured || c->owes_config) {
		mbim_router_done(r, c, m, configure_again(c, path));
		return;
	}
	if (timeout_s == 0 || timeout_s > CONFIG_WAIT_MAX_S)
		timeout_s = CONFIG_WAIT_MAX_S;
	c->path = xstrdup(path);
	c->owes_config = true;
	c->config_txn = m->txn;
	c->config_due_ms = now_ms + OPEN_FOLLOWS_MS;
	c->config_limit_ms = now_ms + (int64_t)timeout_s * 1000;
	mbim_router_wake(
	    r, r->phase == MBIM_PHASE_READY ? c->config_due_ms : c->config_limit_ms);
}

/* ---- OPEN and CLOSE ---- */

static void
request_open(struct mbim_router *r, struct mbim_conn *c, const struct mbim_msg *m)
{
	uint32_t status =
	    c->is_configured || c->owes_config ? MBIM_STATUS_NONE : MBIM_STATUS_FAILURE;

	if (m->value >= MBIM_TRANSFER_MIN)
		c->max_transfer =
		    m->value < MBIM_MESSAGE_MAX ? m->value : MBIM_MESSAGE_MAX;
	if (status == MBIM_STATUS_NONE)
		c->has_used = true;
	c->said_close = false;
	mbim_router_short(r, c->id, MBIM_TYPE_OPEN_DONE, m->txn, status);
	mbim_router_configured(r, c);
}

static void
request_close(struct mbim_router *r, struct mbim_conn *c, const struct mbim_msg *m)
{
	c->said_close = true;
	mbim_router_short(r, c->id, MBIM_TYPE_CLOSE_DONE, m->txn, MBIM_STATUS_NONE);
}

/* ---- commands ---- */

/* Things that legitimately take minutes: what is set, and the search for networks. */
static bool
is_long(const struct mbim_msg *m)
{
	return m->command_type == MBIM_SET ||
	       is_of(m, mbim_basic_connect, MBIM_CID_VISIBLE_PROVIDERS);
}

/* Gives the entry, or NULL when no id is free; msg carries the device's id. */
static struct txn *
forward(struct mbim_router *r, struct mbim_conn *c, uint8_t *msg, size_t len,
    const struct mbim_msg *m, int64_t now_ms)
{
	bool takes_long = is_long(m);
	struct txn *x = txn_table_add(r->txns, TXN_SPACE_MBIM, 0, 0,
	    takes_long ? TXN_WAIT_LONG : TXN_WAIT_NORMAL, now_ms,
	    now_ms + (takes_long ? LONG_WAIT_MS : r->config.timeout_ms));

	if (!x)
		return NULL;
	x->conn = c->id;
	x->conn_txn = m->txn;
	x->msg_id = m->cmd;
	memcpy(x->mbim.service, m->service, MBIM_UUID_LEN);
	c->live++;
	c->has_used = true;
	put_u32le(msg + 8, x->device_txn);
	mbim_router_to_device(r, msg, len);
	return x;
}

/* Session id and activation lie alike in all versions of the layout. */
static int
request_connect(struct mbim_router *r, struct mbim_conn *c, uint8_t *msg, size_t len,
    const struct mbim_msg *m, int64_t now_ms)
{
	uint32_t session_id, activates;
	struct cursor v;
	struct txn *x;
	int rc;

	cursor_init(&v, m->info, m->info_len);
	if (!cursor_u32le(&v, &session_id) || !cursor_u32le(&v, &activates) ||
	    session_id >= MBIM_ROUTER_SESSIONS)
		return forward(r, c, msg, len, m, now_ms) ? 0 : -EAGAIN;
	rc = mbim_session_claim(r, c, session_id, activates == 1, now_ms);
	if (rc > 0)
		mbim_router_done(r, c, m, (uint32_t)rc);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	x = forward(r, c, msg, len, m, now_ms);
	if (!x)
		return -EAGAIN;
	x->mbim.is_connect = true;
	x->mbim.activates = activates == 1;
	x->mbim.session_id = session_id;
	if (activates == 1)
		r->sessions[session_id].activations++;
	return 0;
}

/*
 * A change of version changes every layout for everybody.  libmbim's dialect has words
 * to tell it (proxies.md 4.5); a connection of the vendor's would misread the modem
 * from then on, so while there is one the asker gets the version that is in force.
 */
static bool
version_is_fixed(const struct mbim_router *r, const struct mbim_conn *asker)
{
	const struct mbim_conn *c;

	TAILQ_FOREACH (c, &r->all, by_age)
		if (c != asker && c->has_used &&
		    c->peer.dialect == ROUTER_DIALECT_VENDOR)
			return true;
	return false;
}

static void
answer_version(struct mbim_router *r, struct mbim_conn *c, const struct mbim_msg *m)
{
	uint8_t buf[MBIM_COMMAND_HDR_LEN + 4];
	struct mbim_builder b;
	int n;

	mbim_build_done(
	    &b, buf, sizeof(buf), m->txn, m->service, m->cmd, MBIM_STATUS_NONE);
	writer_u16le(&b.w, r->version ? r->version : MBIMEX_1);
	writer_u16le(&b.w, r->extended ? r->extended : MBIMEX_1);
	n = mbim_build_end(&b);
	mbim_router_to_conn(r, c, ROUTER_PRIO_ANSWER, buf, (size_t)n);
}

static int
request_command(struct mbim_router *r, struct mbim_conn *c, uint8_t *msg, size_t len,
    const struct mbim_msg *m, int64_t now_ms)
{
	bool sets = m->command_type == MBIM_SET;

	if (memcmp(m->service, mbim_proxy_control, MBIM_UUID_LEN) == 0) {
		mbim_router_done(r, c, m, MBIM_STATUS_NO_DEVICE_SUPPORT);
		return 0;
	}
	if (sets && is_of(m, mbim_basic_connect, MBIM_CID_SUBSCRIBE_LIST))
		return mbim_subscribe(r, c, m, now_ms);
	if (sets && is_of(m, mbim_basic_connect, MBIM_CID_CONNECT))
		return request_connect(r, c, msg, len, m, now_ms);
	if (is_of(m, mbim_ms_basic_connect, MBIM_CID_MS_VERSION) &&
	    version_is_fixed(r, c)) {
		answer_version(r, c, m);
		return 0;
	}
	if (mbim_qmi_request(r, c, m))
		return 0;
	return forward(r, c, msg, len, m, now_ms) ? 0 : -EAGAIN;
}

int
mbim_router_request(struct mbim_router *r, struct mbim_conn *c, uint8_t *msg,
    size_t len, int64_t now_ms)
{
	struct mbim_msg m;

	if (mbim_parse(msg, len, &m) < 0)
		return 0; /* cannot be: it was parsed before it was held */
	switch (m.type) {
	case MBIM_TYPE_OPEN: request_open(r, c, &m); return 0;
	case MBIM_TYPE_CLOSE: request_close(r, c, &m); return 0;
	default:
		/* a command ends the wait for an OPEN */
		mbim_router_configured(r, c);
		return request_command(r, c, msg, len, &m, now_ms);
	}
}
