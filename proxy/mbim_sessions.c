/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose session is it?
 *
 * A session belongs to the connection that activates it; for others it is BUSY until it
 * is down.  When its owner goes, a session that is up is an orphan: root, or a program
 * of the same user, may take it over by a CONNECT set; anybody else may have its number
 * once it is let go, which his asking brings about.  After the grace it is
 * deactivated, so that a killed dialer leaves nothing behind.
 *
 * Two kinds of programs leave a session on purpose, and for them there is no end of
 * grace: one that says CLOSE before it goes, and one that goes right after its CONNECT
 * was answered (umbim and scripts dial in one process, query in a second and hang up in
 * a third).  Source: reference/mbim.md 2.10 item 6, proxies.md 4.6 and 9.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/log.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "proxy/mbim_router_int.h"

#define ONE_SHOT_MS \
	2000 /* a program that stays no longer after CONNECT is no holder \
	      */
#define RELEASE_TRIES 3
#define DEACTIVATE_MAX 128 /* bytes of a CONNECT set without strings */

static void
set_free(struct mbim_session *s)
{
	*s = (struct mbim_session){.state = MBIM_SESSION_FREE};
}

static void
wake(struct mbim_router *r, int64_t at_ms)
{
	if (at_ms < r->session_deadline_ms)
		r->session_deadline_ms = at_ms;
}

/* Session and state of a CONNECT response or indication, alike in all versions. */
static bool
read_state(const struct mbim_msg *m, uint32_t *ret_session_id, uint32_t *ret_state)
{
	struct cursor c;

	cursor_init(&c, m->info, m->info_len);
	return cursor_u32le(&c, ret_session_id) && cursor_u32le(&c, ret_state);
}

static bool
is_connect(const struct mbim_msg *m)
{
	return m->cmd == MBIM_CID_CONNECT &&
	       memcmp(m->service, mbim_basic_connect, MBIM_UUID_LEN) == 0;
}

static bool
is_up_state(uint32_t state)
{
	return state == MBIM_ACTIVATION_ACTIVATED ||
	       state == MBIM_ACTIVATION_ACTIVATING;
}

/* ---- letting go ---- */

/* Without strings, in the layout of the version in force (mbim.md 2.3). */
static int
build_deactivate(struct mbim_router *r, uint8_t *buf, uint32_t txn, uint32_t session_id)
{
	static const uint8_t empty_text[8] = {10}; /* a TLV of type WCHAR_STR */
	struct mbim_builder b;
	struct writer *w = &b.w;

	mbim_build_command(&b, buf, DEACTIVATE_MAX, txn, mbim_basic_connect,
	    MBIM_CID_CONNECT, MBIM_SET);
	writer_u32le(w, session_id);
	writer_u32le(w, 0);
	if (r->extended < MBIMEX_3) {
		writer_zero(w, 24 + 12);
		writer_bytes(w, mbim_context_internet, MBIM_UUID_LEN);
		return mbim_build_end(&b);
	}
	writer_zero(w, 12);
	writer_bytes(w, mbim_context_internet, MBIM_UUID_LEN);
	writer_zero(w, 4);
	for (int i = 0; i < 3; i++)
		writer_bytes(w, empty_text, sizeof(empty_text));
	return mbim_build_end(&b);
}

static void
let_go(struct mbim_router *r, uint32_t session_id, int64_t now_ms)
{
	struct mbim_session *s = &r->sessions[session_id];
	uint8_t buf[DEACTIVATE_MAX];
	struct txn *x;
	int n;

	if (s->tries++ == RELEASE_TRIES) {
		log_warnx("router", "%s: session %" PRIu32 " cannot be deactivated",
		    r->config.device, session_id);
		set_free(s);
		return;
	}
	s->state = MBIM_SESSION_LETTING_GO;
	s->owner = 0;
	s->deadline_ms = now_ms + MBIM_OWN_WAIT_MS;
	wake(r, s->deadline_ms);
	x = txn_table_add(r->txns, TXN_SPACE_MBIM, 0, 0, TXN_WAIT_CTL, now_ms,
	    now_ms + MBIM_OWN_WAIT_MS);
	if (!x)
		return;
	x->own = true;
	x->msg_id = MBIM_CID_CONNECT;
	x->mbim.own = MBIM_OWN_DEACTIVATE;
	x->mbim.is_connect = true;
	x->mbim.session_id = session_id;
	memcpy(x->mbim.service, mbim_basic_connect, MBIM_UUID_LEN);
	n = build_deactivate(r, buf, x->device_txn, session_id);
	mbim_router_to_device(r, buf, (size_t)n);
}

void
mbim_sessions_run(struct mbim_router *r, int64_t now_ms)
{
	if (r->phase != MBIM_PHASE_READY || r->session_deadline_ms > now_ms)
		return;
	r->session_deadline_ms = ROUTER_NEVER;
	for (uint32_t i = 0; i < MBIM_ROUTER_SESSIONS; i++) {
		struct mbim_session *s = &r->sessions[i];

		if (s->state != MBIM_SESSION_ORPHAN &&
		    s->state != MBIM_SESSION_LETTING_GO)
			continue;
		if (s->deadline_ms > now_ms) {
			wake(r, s->deadline_ms);
			continue;
		}
		if (s->state == MBIM_SESSION_ORPHAN)
			log_info("router",
			    "%s: nobody came for session %" PRIu32 ": deactivating it",
			    r->config.device, i);
		let_go(r, i, now_ms);
	}
}

/* ---- claiming ---- */

static void
own(struct mbim_session *s, const struct mbim_conn *c)
{
	s->state = MBIM_SESSION_OWNED;
	s->owner = c->id;
	s->uid = c->peer.uid;
	s->deadline_ms = ROUTER_NEVER;
}

static int
claim_orphan(struct mbim_router *r, const struct mbim_conn *c, uint32_t session_id,
    bool activates, int64_t now_ms)
{
	struct mbim_session *s = &r->sessions[session_id];

	if (c->peer.uid == 0 || c->peer.uid == s->uid) {
		own(s, c);
		return 0;
	}
	/* left on purpose, or not wanted: it is not his */
	if (!activates || s->deadline_ms == ROUTER_NEVER)
		return MBIM_STATUS_BUSY;
	let_go(r, session_id, now_ms);
	return -EAGAIN;
}

int
mbim_session_claim(struct mbim_router *r, struct mbim_conn *c, uint32_t session_id,
    bool activates, int64_t now_ms)
{
	struct mbim_session *s = &r->sessions[session_id];

	switch (s->state) {
	case MBIM_SESSION_FREE:
		if (activates)
			own(s, c);
		return 0;
	case MBIM_SESSION_OWNED: return s->owner == c->id ? 0 : MBIM_STATUS_BUSY;
	case MBIM_SESSION_ORPHAN:
		return claim_orphan(r, c, session_id, activates, now_ms);
	case MBIM_SESSION_LETTING_GO: return -EAGAIN;
	}
	return 0;
}

void
mbim_sessions_leave(struct mbim_router *r, struct mbim_conn *c, int64_t now_ms)
{
	for (uint32_t i = 0; i < MBIM_ROUTER_SESSIONS; i++) {
		struct mbim_session *s = &r->sessions[i];
		bool on_purpose =
		    s->is_up && (c->said_close || now_ms - s->up_ms < ONE_SHOT_MS);

		if (s->state != MBIM_SESSION_OWNED || s->owner != c->id)
			continue;
		if (!s->is_up && s->activations == 0) {
			set_free(s);
			continue;
		}
		s->state = MBIM_SESSION_ORPHAN;
		s->owner = 0;
		s->tries = 0;
		s->deadline_ms = ROUTER_NEVER;
		if (!on_purpose)
			s->deadline_ms = r->config.grace_ms > 0
					     ? now_ms + r->config.grace_ms
					     : now_ms;
		wake(r, s->deadline_ms);
	}
}

/* ---- what the modem says ---- */

static void
is_down(struct mbim_session *s)
{
	s->is_up = false;
	if (s->activations == 0)
		set_free(s);
}

static void
activation_answered(struct mbim_session *s, bool is_up, bool is_known, int64_t now_ms)
{
	if (s->activations > 0)
		s->activations--;
	if (is_up || !is_known) {
		s->is_up = true;
		s->up_ms = now_ms;
	} else if (!s->is_up) {
		is_down(s);
	}
}

void
mbim_session_answered(struct mbim_router *r, const struct txn *x,
    const struct mbim_msg *m, int64_t now_ms)
{
	struct mbim_session *s = &r->sessions[x->mbim.session_id];
	uint32_t session_id, state = MBIM_ACTIVATION_UNKNOWN;
	bool is_good = m && m->value == MBIM_STATUS_NONE;
	bool says = m && read_state(m, &session_id, &state);

	if (s->state == MBIM_SESSION_FREE)
		return;
	if (x->mbim.activates) {
		activation_answered(
		    s, is_good && (!says || is_up_state(state)), m != NULL, now_ms);
		return;
	}
	if ((is_good && (!says || !is_up_state(state))) ||
	    (m && (m->value == MBIM_STATUS_CONTEXT_NOT_ACTIVATED ||
		      m->value == MBIM_STATUS_SIM_NOT_INSERTED)))
		is_down(s);
	/* a refusal to our own: again at the deadline */
}

void
mbim_session_refused(struct mbim_router *r, const struct txn *x)
{
	struct mbim_session *s = &r->sessions[x->mbim.session_id];

	if (s->state != MBIM_SESSION_FREE && x->mbim.activates)
		activation_answered(s, false, true, 0);
}

void
mbim_session_indicated(struct mbim_router *r, const struct mbim_msg *m, int64_t now_ms)
{
	uint32_t session_id, state;
	struct mbim_session *s;

	if (!is_connect(m) || !read_state(m, &session_id, &state) ||
	    session_id >= MBIM_ROUTER_SESSIONS)
		return;
	s = &r->sessions[session_id];
	if (s->state == MBIM_SESSION_FREE)
		return;
	if (state == MBIM_ACTIVATION_DEACTIVATED) {
		is_down(s);
	} else if (state == MBIM_ACTIVATION_ACTIVATED && !s->is_up) {
		s->is_up = true;
		s->up_ms = now_ms;
	}
}

uint32_t
mbim_session_owner(const struct mbim_router *r, const struct mbim_msg *m)
{
	uint32_t session_id;
	struct cursor c;

	cursor_init(&c, m->info, m->info_len);
	if ((m->cmd != MBIM_CID_CONNECT && m->cmd != MBIM_CID_IP_CONFIGURATION) ||
	    memcmp(m->service, mbim_basic_connect, MBIM_UUID_LEN) != 0 ||
	    !cursor_u32le(&c, &session_id) || session_id >= MBIM_ROUTER_SESSIONS)
		return 0;
	return r->sessions[session_id].owner;
}

/* As the modem would have said it, had it had the time (mbim.md 2.3). */
static void
indicate_down(struct mbim_router *r, uint32_t session_id)
{
	static const uint8_t empty_text[8] = {10};
	uint8_t buf[MBIM_INDICATION_HDR_LEN + 48];
	struct mbim_builder b;
	struct mbim_msg m;
	int n;

	mbim_build_indication(
	    &b, buf, sizeof(buf), mbim_basic_connect, MBIM_CID_CONNECT);
	writer_u32le(&b.w, session_id);
	writer_u32le(&b.w, MBIM_ACTIVATION_DEACTIVATED);
	writer_zero(&b.w, 8);
	writer_bytes(&b.w, mbim_context_internet, MBIM_UUID_LEN);
	writer_zero(&b.w, 4);
	if (r->extended >= MBIMEX_3) {
		writer_zero(&b.w, 4);
		writer_bytes(&b.w, empty_text, sizeof(empty_text));
	}
	n = mbim_build_end(&b);
	if (n > 0 && mbim_parse(buf, (size_t)n, &m) == 0)
		mbim_router_indicate(r, buf, (size_t)n, &m);
}

void
mbim_sessions_down(struct mbim_router *r)
{
	for (uint32_t i = 0; i < MBIM_ROUTER_SESSIONS; i++) {
		if (r->sessions[i].state == MBIM_SESSION_FREE)
			continue;
		if (r->sessions[i].is_up)
			indicate_down(r, i);
		set_free(&r->sessions[i]);
	}
	r->session_deadline_ms = ROUTER_NEVER;
}
