/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QMI through the QMI service of a function in MBIM mode: each frame is the whole
 * information buffer of one command, the answer that of its DONE, and indications come
 * as the service's notifications once they are subscribed to.
 *
 * An MBIM command waits longer than a QMI request, so that a late answer is QMI's
 * affair.  Source: reference/mbim.md 2.5, proxies.md 4.7.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/mbim_link.h"
#include "client/port.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "common/xmem.h"

#define TUNNEL_FRAME_MAX 1024 /* bytes of a QMI frame of ours: a profile, below 400 */
#define TUNNEL_ANSWER_MS 200000
#define TUNNEL_SUBSCRIBE_MS 10000

struct port_tunnel {
	struct port port;
	struct event_base *base;
	struct port *inner; /* until it is started; then the link's */
	struct mbim_link *link;
	bool ready;
};

static void
tunnel_lost(struct port_tunnel *t, const struct failure *why)
{
	t->ready = false;
	t->port.handlers->lost(t->port.arg, why);
}

/* The function, or the proxy for it, has no such service or is not open. */
static void
tunnel_refused(struct port_tunnel *t, uint32_t status)
{
	const char *name = mbim_status_name(status);
	struct failure why;

	failure_set(&why, FAILURE_NO_MODEM, FAILURE_RETRY_BACKOFF,
	    "dial by MBIM (--protocol mbim)",
	    "%s: no QMI through this function: %s (status %" PRIu32 ")", t->port.name,
	    name != NULL ? name : "refused", status);
	tunnel_lost(t, &why);
}

static void
tunnel_subscribed(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct port_tunnel *t = arg;

	if (msg == NULL || status != MBIM_STATUS_NONE) {
		tunnel_refused(t, status);
		return;
	}
	t->ready = true;
	t->port.handlers->ready(t->port.arg);
}

/* One service, one of its notifications (reference/mbim.md 2.3). */
static void
tunnel_ready(void *arg)
{
	struct port_tunnel *t = arg;
	struct mbim_writer list, element;
	struct writer *w;
	size_t begin;

	w = mbim_link_begin(
	    t->link, mbim_basic_connect, MBIM_CID_SUBSCRIBE_LIST, MBIM_SET);
	mbim_writer_init(&list, w, 12);
	mbim_write_u32(&list, 1);
	begin = mbim_write_element_begin(&list);
	mbim_writer_init(&element, w, MBIM_UUID_LEN + 8);
	mbim_write_inline(&element, mbim_qmi, MBIM_UUID_LEN);
	mbim_write_u32(&element, 1);
	mbim_write_u32(&element, MBIM_CID_QMI_MSG);
	mbim_write_element_end(&list, begin);
	mbim_link_send(t->link, 0, TUNNEL_SUBSCRIBE_MS, tunnel_subscribed, t);
}

static void
tunnel_indication(void *arg, const struct mbim_msg *msg)
{
	struct port_tunnel *t = arg;

	if (t->ready && memcmp(msg->service, mbim_qmi, MBIM_UUID_LEN) == 0 &&
	    msg->cmd == MBIM_CID_QMI_MSG)
		t->port.handlers->message(t->port.arg, msg->info, msg->info_len);
}

static void
tunnel_not_opened(void *arg)
{
	tunnel_refused(arg, MBIM_STATUS_NOT_INITIALIZED);
}

static void
tunnel_link_lost(void *arg, const struct failure *why)
{
	tunnel_lost(arg, why);
}

static const struct mbim_link_handlers tunnel_handlers = {
    .ready = tunnel_ready,
    .indication = tunnel_indication,
    .not_opened = tunnel_not_opened,
    .lost = tunnel_link_lost,
};

static void
tunnel_start(struct port *p)
{
	struct port_tunnel *t = (struct port_tunnel *)p;

	t->link = mbim_link_new(t->base, t->inner, &tunnel_handlers, t);
	t->inner = NULL;
}

/* A command that fails is a request without an answer, unless the service is missing.
 */
static void
tunnel_answer(void *arg, uint32_t status, const struct mbim_msg *msg)
{
	struct port_tunnel *t = arg;

	if (!t->ready || msg == NULL)
		return;
	if (status == MBIM_STATUS_NONE)
		t->port.handlers->message(t->port.arg, msg->info, msg->info_len);
	else if (status == MBIM_STATUS_NO_DEVICE_SUPPORT ||
		 status == MBIM_STATUS_INVALID_DEVICE_SERVICE_OPERATION)
		tunnel_refused(t, status);
}

static int
tunnel_send(struct port *p, const uint8_t *frame, size_t len)
{
	struct port_tunnel *t = (struct port_tunnel *)p;
	struct writer *w;

	if (!t->ready)
		return -EAGAIN;
	if (len > TUNNEL_FRAME_MAX)
		return -ENOBUFS;
	w = mbim_link_begin(t->link, mbim_qmi, MBIM_CID_QMI_MSG, MBIM_SET);
	writer_bytes(w, frame, len);
	mbim_link_send(t->link, 0, TUNNEL_ANSWER_MS, tunnel_answer, t);
	return 0;
}

static void
tunnel_flush(struct port *p)
{
	(void)p; /* each command leaves as it is sent */
}

static void
tunnel_free(struct port *p)
{
	struct port_tunnel *t = (struct port_tunnel *)p;

	mbim_link_free(t->link);
	port_free(t->inner);
	free(t);
}

struct port *
port_tunnel_new(struct event_base *base, struct port *inner)
{
	static const struct port_ops ops = {
	    tunnel_start, tunnel_send, tunnel_flush, tunnel_free};
	struct port_tunnel *t = xcalloc(1, sizeof(*t));

	t->port.ops = &ops;
	t->port.dialect = &port_dialect_libqmi;
	snprintf(t->port.name, sizeof(t->port.name), "%s", inner->name);
	t->base = base;
	t->inner = inner;
	return &t->port;
}
