/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fragments of the host, joined before anybody looks at them (reference/mbim.md 1.6).
 *
 * A host that breaks their order or is too slow hears it with the id of the message
 * that it spoilt.
 */
#include "config.h"

#include <errno.h>

#include <event2/event.h>

#include "common/loop.h"
#include "tests/modem/mbim_func_int.h"

#define GAP_MS 1250 /* between two fragments (1.6) */
#define AT_TXN 8

static void
take_whole(struct mbim_func *f, struct modem_port *port, const uint8_t *msg, size_t len)
{
	struct mbim_msg m = {0};
	int err = mbim_parse(msg, len, &m);

	if (err < 0)
		mbim_send_error(
		    f, port, get_u32le(msg + AT_TXN), MBIM_ERROR_LENGTH_MISMATCH);
	else
		mbim_command_take(f, port, &m);
}

/*
 * A fragment that does not belong to the message being joined: that one is spoilt, and
 * its sender hears so.  The newcomer is not at fault when it begins a message.
 */
static void
drop_other(struct mbim_func *f, const struct mbim_fragment *part)
{
	if (f->in.next == 0 || part->txn == f->in.txn)
		return;
	mbim_send_error(f, f->in_port, f->in.txn, MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	mbim_assembly_clear(&f->in);
}

void
mbim_fragment_take(
    struct mbim_func *f, struct modem_port *port, const uint8_t *buf, size_t len)
{
	struct timeval gap = loop_timeval(GAP_MS);
	struct mbim_fragment part;
	int n = mbim_fragment_parse(buf, len, &part);

	event_del(f->fragment_timer);
	if (n == 0)
		drop_other(f, &part);
	f->in_port = port;
	n = mbim_assembly_add(&f->in, buf, len);
	if (n < 0)
		mbim_send_error(f, port, get_u32le(buf + AT_TXN),
		    n == -EMSGSIZE ? MBIM_ERROR_LENGTH_MISMATCH
				   : MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE);
	else if (n == 0)
		event_add(f->fragment_timer, &gap);
	else
		take_whole(f, port, f->in.buf, (size_t)n);
}

void
mbim_fragment_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct mbim_func *f = arg;
	uint32_t txn = f->in.txn;

	(void)fd;
	(void)what;
	mbim_assembly_clear(&f->in);
	mbim_send_error(f, f->in_port, txn, MBIM_ERROR_TIMEOUT_FRAGMENT);
}

void
mbim_fragments_forget(struct mbim_func *f)
{
	mbim_assembly_clear(&f->in);
	event_del(f->fragment_timer);
	f->in_port = NULL;
}
