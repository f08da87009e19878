/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QMI over MBIM: a QMUX frame in each information buffer, to and from the same services
 * that a modem in QMI mode has (reference/mbim.md 2.5).
 *
 * A response goes to the command that carried its request, found by service, client and
 * transaction id; indications become notifications.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/qmi.h"
#include "common/qmux.h"
#include "common/xmem.h"
#include "tests/modem/mbim_svc.h"
#include "tests/modem/qmi_port.h"

struct frame {
	const uint8_t *bytes;
	size_t len;
};

static void
write_frame(struct mbim_func *f, struct writer *out, void *arg)
{
	const struct frame *frame = arg;

	(void)f;
	writer_bytes(out, frame->bytes, frame->len);
}

static uint32_t
key_of(const struct qmi_msg *m)
{
	return (uint32_t)m->service << 24 | (uint32_t)m->cid << 16 | m->txn;
}

static struct mbim_pending *
find_pending(const struct mbim_func *f, uint32_t key)
{
	struct mbim_pending *p;

	TAILQ_FOREACH (p, &f->pending, next)
		if (p->service == &mbim_svc_qmi && p->qmi_key == key)
			return p;
	return NULL;
}

/* qmi_send_fn */
static void
qmi_send(void *arg, const char *name, enum fault_way way, uint8_t *bytes, size_t len)
{
	struct frame frame = {bytes, len};
	struct mbim_func *f = arg;
	struct mbim_pending *p;
	struct qmi_msg m;

	if (way == FAULT_IND) {
		mbim_func_notify_as(
		    f, name, &mbim_svc_qmi, MBIM_CID_QMI_MSG, write_frame, &frame);
		return;
	}
	p = qmi_parse(bytes, len, &m) == 0 ? find_pending(f, key_of(&m)) : NULL;
	if (!p)
		return; /* the host gave up, or opened the function anew */
	p->name = name;
	mbim_func_finish(f, p, MBIM_STATUS_NONE, write_frame, &frame);
}

static uint32_t
msg_set(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	size_t len = r->msg->info_len;
	struct mbim_pending *p;
	struct qmi_msg m;
	uint8_t *frame;

	(void)out;
	if (qmux_scan(r->msg->info, len) != (int)len ||
	    qmi_parse(r->msg->info, len, &m) < 0)
		return MBIM_STATUS_INVALID_PARAMETERS;
	if (!f->qmi)
		f->qmi = qmi_port_new(f->modem->qmi, qmi_send, f);
	p = mbim_func_hold(f, r);
	p->qmi_key = key_of(&m);
	p->is_held = false; /* it is found by its key */
	frame = xcalloc(1, len);
	memcpy(frame, r->msg->info, len);
	qmi_port_input(f->qmi, frame, len);
	free(frame);
	return MBIM_ANSWER_LATER;
}

static const struct mbim_command commands[] = {
    {.cmd = MBIM_CID_QMI_MSG, .name = "MBIM.QMI", .set = msg_set},
};

const struct mbim_func_service mbim_svc_qmi = {
    .uuid = mbim_qmi,
    .counts_itself = true,
    .commands = commands,
    .count = sizeof(commands) / sizeof(commands[0]),
};
