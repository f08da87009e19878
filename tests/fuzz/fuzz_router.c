/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes as a life of the QMI router: programs come, ask, spoof and go; the modem
 * answers, lies, is silent, starts anew and is unplugged; time passes.
 *
 * Laws: each request is answered exactly once, at its sender, under its ids, unless
 * the program is gone or was hung up; nobody hears an answer he did not ask for; an
 * indication for one CID is heard by one program at most; a deadline that was run moves
 * on; in the end, nothing is owed.
 *
 * One event: its kind in the low 3 bits of a byte, a program in the next 3; what it
 * needs beside follows.  See next_event().
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/qmi_table.h"
#include "common/qmux.h"
#include "proxy/router.h"
#include "tests/fuzz/fuzz.h"

#define CONNS 8
#define OWED_MAX 4096
#define DEVICE_MAX 64
#define FRAME_MAX 300

/* A request that was sent and not answered. */
struct owed {
	uint32_t conn;
	uint8_t service, cid;
	uint16_t txn, id;
};

/* A request the modem has got. */
struct asked {
	size_t len;
	uint8_t frame[FRAME_MAX];
};

struct world {
	void *router;
	int64_t now_ms;
	bool is_up, must_reopen;
	bool is_joined[CONNS], is_hung[CONNS];
	uint32_t ids[CONNS]; /* never used again */
	uint32_t last_id;
	struct owed owed[OWED_MAX];
	unsigned owed_count;
	struct asked asked[DEVICE_MAX]; /* a ring: the oldest are forgotten */
	unsigned asked_first, asked_end;
	unsigned heard; /* indications for one CID, in this call */
	const uint8_t *data;
	size_t left;
};

static const uint8_t services[] = {
    QMI_CTL, QMI_WDS, QMI_NAS, QMI_DMS, 0x11, QMI_UIM, QMI_WDA, 0xff};
static const uint16_t messages[] = {QMI_CTL_ALLOCATE_CID, QMI_CTL_RELEASE_CID,
    QMI_CTL_SYNC, QMI_CTL_REVOKE_CLIENT_ID, 0xff00, 0xff22, QMI_WDS_START_NETWORK,
    QMI_WDS_STOP_NETWORK, QMI_WDS_BIND_MUX_DATA_PORT, QMI_CTL_GET_VERSION_INFO, 0x0025,
    0x004d, 0, 0, 0, 0};

static void
law(bool holds)
{
	if (!holds)
		abort();
}

static uint8_t
byte(struct world *w)
{
	if (w->left == 0)
		return 0;
	w->left--;
	return *w->data++;
}

/* ---- what the router says ---- */

static int
index_of(const struct world *w, uint32_t conn)
{
	for (int n = 0; n < CONNS; n++)
		if (w->is_joined[n] && w->ids[n] == conn)
			return n;
	return -1;
}

static void
settle_debt(struct world *w, uint32_t conn, const struct qmi_msg *m)
{
	for (unsigned n = 0; n < w->owed_count; n++) {
		const struct owed *o = &w->owed[n];

		if (o->conn != conn || o->service != m->service || o->cid != m->cid ||
		    o->txn != m->txn || o->id != m->id)
			continue;
		w->owed[n] = w->owed[--w->owed_count];
		return;
	}
	law(false); /* nobody asked */
}

static void
to_device(struct world *w, const uint8_t *msg, size_t len)
{
	struct asked *a = &w->asked[w->asked_end++ % DEVICE_MAX];

	law(w->is_up && len <= sizeof(a->frame));
	memcpy(a->frame, msg, len);
	a->len = len;
	if (w->asked_end - w->asked_first > DEVICE_MAX)
		w->asked_first++;
}

static void
deliver(void *arg, uint32_t dest, enum router_prio prio, const uint8_t *msg, size_t len)
{
	struct world *w = arg;
	struct qmi_msg m;

	(void)prio;
	law(qmi_parse(msg, len, &m) == 0);
	if (dest == ROUTER_DEVICE) {
		law(m.kind == QMI_KIND_REQ);
		to_device(w, msg, len);
		return;
	}
	law(index_of(w, dest) >= 0 && m.kind != QMI_KIND_REQ);
	if (m.kind == QMI_KIND_RSP)
		settle_debt(w, dest, &m);
	else if (m.service != QMI_CTL && m.cid != 0 && m.cid != QMUX_CID_BROADCAST)
		law(++w->heard == 1);
}

static void
hang_up(void *arg, uint32_t conn, const char *why)
{
	struct world *w = arg;
	int n = index_of(w, conn);

	(void)why;
	law(n >= 0);
	w->is_hung[n] = true;
}

static void
reopen(void *arg, const char *why)
{
	struct world *w = arg;

	(void)why;
	law(w->is_up);
	w->must_reopen = true;
}

/* ---- what happens ---- */

static void
leave(struct world *w, int n)
{
	uint32_t conn = w->ids[n];

	for (unsigned i = 0; i < w->owed_count;)
		if (w->owed[i].conn == conn)
			w->owed[i] = w->owed[--w->owed_count];
		else
			i++;
	w->is_joined[n] = w->is_hung[n] = false;
	qmi_router_ops.conn_lost(w->router, conn, w->now_ms);
}

static void
join_or_leave(struct world *w, int n)
{
	struct router_peer peer = {.uid = n & 1 ? 1000 : 0,
	    .dialect = n & 2 ? ROUTER_DIALECT_VENDOR : ROUTER_DIALECT_LIB};

	if (w->is_joined[n]) {
		leave(w, n);
		return;
	}
	w->ids[n] = ++w->last_id;
	w->is_joined[n] = true;
	qmi_router_ops.conn_added(w->router, w->ids[n], &peer, w->now_ms);
}

static void
plug_or_unplug(struct world *w)
{
	w->is_up = !w->is_up;
	w->asked_first = w->asked_end;
	if (w->is_up)
		qmi_router_ops.device_up(w->router, 200, w->now_ms);
	else
		qmi_router_ops.device_down(w->router, w->now_ms);
}

/* A message of the service, message and TLVs that follow. */
static size_t
read_message(struct world *w, uint8_t *buf, size_t size, enum qmi_kind kind)
{
	uint8_t head = byte(w), value[32];
	struct qmi_builder b;
	int n;

	qmi_build(&b, buf, size, services[head & 7], byte(w), kind, byte(w),
	    messages[byte(w) & 15]);
	for (unsigned tlvs = head >> 6; tlvs > 0; tlvs--) {
		uint8_t type = byte(w), len = byte(w) & 31;

		for (unsigned i = 0; i < len; i++)
			value[i] = byte(w);
		qmi_build_tlv(&b, type, value, len);
	}
	n = qmi_build_end(&b);
	return n < 0 ? 0 : (size_t)n;
}

/* Bytes as they follow, if a framer would take them for a message. */
static size_t
read_raw(struct world *w, uint8_t *buf, size_t size)
{
	size_t len = byte(w);

	if (len > size)
		len = size;
	for (size_t i = 0; i < len; i++)
		buf[i] = byte(w);
	return qmux_scan(buf, len) == (int)len ? len : 0;
}

static void
owe(struct world *w, uint32_t conn, const uint8_t *frame, size_t len)
{
	struct qmi_msg m;

	if (qmi_parse(frame, len, &m) < 0) {
		/* only its header can be answered: as if it were whole */
		m = (struct qmi_msg){
		    .kind = QMI_KIND_RSP, .service = frame[4], .cid = frame[5]};
		if (frame[6] != 0)
			return;
		m.kind = QMI_KIND_REQ;
		m.txn = frame[4] ? get_u16le(frame + 7) : frame[7];
		m.id = get_u16le(frame + (frame[4] ? 9 : 8));
	}
	if (m.kind != QMI_KIND_REQ)
		return;
	w->owed[w->owed_count++] = (struct owed){
	    .conn = conn, .service = m.service, .cid = m.cid, .txn = m.txn, .id = m.id};
}

static void
send_from_conn(struct world *w, int n, uint8_t *frame, size_t len)
{
	/* as a channel does: who has enough waiting is not read */
	if (len == 0 || !w->is_joined[n] || w->owed_count == OWED_MAX ||
	    !qmi_router_ops.conn_may_send(w->router, w->ids[n]))
		return;
	owe(w, w->ids[n], frame, len);
	if (qmi_router_ops.from_conn(w->router, w->ids[n], frame, len, w->now_ms) < 0)
		w->is_hung[n] = true;
}

static void
send_from_device(struct world *w, uint8_t *frame, size_t len)
{
	if (len > 0 && w->is_up)
		qmi_router_ops.from_device(w->router, frame, len, w->now_ms);
}

/* The modem answers what it has had for longest, or another of those it has. */
static void
answer(struct world *w)
{
	uint8_t how = byte(w), buf[64], pair[2];
	unsigned at = w->asked_first + (how & 3);
	struct qmi_builder b;
	struct qmi_msg m;

	if (!w->is_up || at >= w->asked_end)
		return;
	law(qmi_parse(w->asked[at % DEVICE_MAX].frame, w->asked[at % DEVICE_MAX].len,
		&m) == 0);
	qmi_build(&b, buf, sizeof(buf), m.service, m.cid, QMI_KIND_RSP, m.txn, m.id);
	qmi_build_result(&b, how & 4 ? byte(w) : 0);
	if (how & 8) {
		pair[0] = services[byte(w) & 7];
		pair[1] = byte(w);
		qmi_build_tlv(&b, 0x01, pair, sizeof(pair));
	}
	if (!(how & 16)) /* else it will answer once more */
		w->asked_first = at == w->asked_first ? at + 1 : w->asked_first;
	send_from_device(w, buf, (size_t)qmi_build_end(&b));
}

static void
pass_time(struct world *w, int64_t ms)
{
	int64_t to_ms = w->now_ms + ms, due_ms;

	for (unsigned n = 0; (due_ms = qmi_router_ops.deadline(w->router)) <= to_ms;
	     n++) {
		law(n < 100000);
		if (due_ms > w->now_ms)
			w->now_ms = due_ms;
		qmi_router_ops.timer(w->router, w->now_ms);
		if (w->must_reopen)
			break;
	}
	if (!w->must_reopen)
		w->now_ms = to_ms;
}

/* What a channel does when the router is done: it never does it from within. */
static void
follow_up(struct world *w)
{
	for (int n = 0; n < CONNS; n++)
		if (w->is_joined[n] && w->is_hung[n])
			leave(w, n);
	if (!w->must_reopen)
		return;
	w->must_reopen = false;
	if (w->is_up)
		plug_or_unplug(w);
	plug_or_unplug(w);
}

static void
next_event(struct world *w)
{
	uint8_t event = byte(w), frame[FRAME_MAX];
	int conn = event >> 3 & 7;
	enum qmi_kind kind = (enum qmi_kind)(conn % 3);

	w->heard = 0;
	switch (event & 7) {
	case 0: join_or_leave(w, conn); break;
	case 1:
		send_from_conn(w, conn, frame,
		    read_message(w, frame, sizeof(frame), QMI_KIND_REQ));
		break;
	case 2:
		send_from_conn(w, conn, frame, read_raw(w, frame, sizeof(frame)));
		break;
	case 3: answer(w); break;
	case 4:
		send_from_device(w, frame, read_message(w, frame, sizeof(frame), kind));
		break;
	case 5: send_from_device(w, frame, read_raw(w, frame, sizeof(frame))); break;
	case 6: pass_time(w, (int64_t)byte(w) * byte(w)); break;
	case 7: plug_or_unplug(w); break;
	}
	follow_up(w);
}

/* The modem says nothing more; whoever still waits is told so in time. */
static void
end(struct world *w)
{
	for (unsigned n = 0; n < 200 && w->owed_count > 0; n++) {
		pass_time(w, 10000);
		follow_up(w);
	}
	law(w->owed_count == 0);
	for (int n = 0; n < CONNS; n++)
		law(!w->is_joined[n] ||
		    !qmi_router_ops.conn_owed(w->router, w->ids[n]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	struct router_config config = {.device = "fuzz", .max_requests = 4};
	struct router_sink sink = {deliver, hang_up, reopen, &w};

	memset(&w, 0, sizeof(w));
	w.data = data;
	w.left = size;
	log_init(LOG_LEVEL_ERROR);
	w.router = qmi_router_ops.create(&config, &sink);
	while (w.left > 0)
		next_event(&w);
	end(&w);
	qmi_router_ops.destroy(w.router);
	return 0;
}
