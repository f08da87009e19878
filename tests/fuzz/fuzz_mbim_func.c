/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes of a host to the simulated modem's MBIM function, once it is open.
 *
 * Laws: all that comes back is whole messages or fragments, none longer than what OPEN
 * said, in the order of their numbers, and each whole message has the layout of one;
 * and whatever was said before, an OPEN is answered.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/mbim.h"
#include "tests/fuzz/fuzz.h"
#include "tests/modem/modem_int.h"

#define TRANSFER 128      /* small, so that answers come in fragments */
#define TURNS 8           /* of the loop, after the input */
#define LAST_OPEN 0x10f00 /* transaction id of the OPEN that must be answered */

struct host {
	struct event_base *base;
	struct networks *networks;
	struct modem *modem;
	struct modem_port *port;
	struct mbim_assembly whole;
	bool is_open;
};

static void
law(bool holds)
{
	if (!holds)
		abort();
}

static void
receive(void *front, const uint8_t *bytes, size_t len)
{
	struct host *h = front;
	struct mbim_msg m;
	int n;

	law(len <= TRANSFER && mbim_scan(bytes, len) == (int)len);
	if (!mbim_type_fragments(get_u32le(bytes))) {
		law(mbim_parse(bytes, len, &m) == 0);
		h->is_open =
		    h->is_open || (m.type == MBIM_TYPE_OPEN_DONE && m.txn == LAST_OPEN);
		return;
	}
	n = mbim_assembly_add(&h->whole, bytes, len);
	law(n >= 0);
	if (n > 0)
		law(mbim_parse(h->whole.buf, (size_t)n, &m) == 0);
}

static void
hangup(void *front)
{
	struct host *h = front;

	h->port = NULL;
}

static const struct modem_port_ops port_ops = {.send = receive, .hangup = hangup};

static void
turn(struct host *h)
{
	for (unsigned i = 0; i < TURNS; i++)
		event_base_loop(h->base, EVLOOP_NONBLOCK);
}

static void
open_function(struct host *h, uint32_t txn)
{
	uint8_t buf[16];
	int n = mbim_build_short(buf, sizeof(buf), MBIM_TYPE_OPEN, txn, TRANSFER);

	modem_port_input(h->port, buf, (size_t)n);
	turn(h);
}

static void
host_start(struct host *h)
{
	static const struct modem_settings settings = {
	    .mode = MODEM_MODE_MBIM, .cids = 4, .max_calls = 8};
	static struct event_base *base;

	if (!base)
		base = loop_new(); /* one for all inputs: the costly part */
	memset(h, 0, sizeof(*h));
	h->base = base;
	h->networks = networks_new(h->base);
	networks_add(h->networks, "internet", 1500);
	networks_add(h->networks, "corp1", 1500); /* that of the worked frame E2 */
	h->modem = modem_new(h->base, h->networks, &settings);
	h->port = modem_attach(h->modem, &port_ops, h);
	open_function(h, 1);
}

static void
host_end(struct host *h)
{
	modem_free(h->modem);
	networks_free(h->networks);
	mbim_assembly_free(&h->whole);
}

/* A message whose type or length is none makes the function look for the next one. */
static void
feed_whole_messages(struct host *h, const uint8_t *data, size_t size)
{
	while (size > 0) {
		int n = mbim_scan(data, size);

		if (n <= 0)
			return;
		modem_port_input(h->port, data, (size_t)n);
		data += n;
		size -= (size_t)n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host h;

	log_init(LOG_LEVEL_ERROR);
	host_start(&h);
	feed_whole_messages(&h, data, size);
	turn(&h);
	open_function(&h, LAST_OPEN);
	law(h.is_open);
	/* and as bytes without sense: it must find its way by itself */
	modem_port_input(h.port, data, size);
	turn(&h);
	host_end(&h);
	return 0;
}
