/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/loop.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "common/xmem.h"
#include "tests/unit/mbim_host.h"

#define DEADLINE_MS 10000
#define SETTLE_TURNS 8 /* of the loop: start, answer, send, and once more */

static void
host_receive(void *front, const uint8_t *bytes, size_t len)
{
	struct mbim_host *h = front;
	struct mbim_host_part *part = &h->held[h->count];

	assert_true(h->count < MBIM_HOST_HELD_MAX);
	part->bytes = xcalloc(1, len);
	memcpy(part->bytes, bytes, len);
	part->len = len;
	h->count++;
}

static void
host_hangup(void *front)
{
	struct mbim_host *h = front;

	h->port = NULL;
}

static const struct modem_port_ops port_ops = {
    .send = host_receive, .hangup = host_hangup};

void
mbim_host_init(struct mbim_host *h, const char *pin, unsigned connect_ms)
{
	const struct modem_settings settings = {.mode = MODEM_MODE_MBIM,
	    .connect_ms = connect_ms,
	    .cids = 16,
	    .max_calls = 8,
	    .pin = pin};

	memset(h, 0, sizeof(*h));
	h->base = loop_new();
	h->networks = networks_new(h->base);
	assert_int_equal(networks_add(h->networks, "internet", 1500), 0);
	assert_int_equal(networks_add(h->networks, "ims", 1430), 0);
	h->modem = modem_new(h->base, h->networks, &settings);
	h->port = modem_attach(h->modem, &port_ops, h);
	assert_non_null(h->port);
}

static void
forget_held(struct mbim_host *h)
{
	for (size_t i = 0; i < h->count; i++)
		free(h->held[i].bytes);
	h->count = h->taken = 0;
}

void
mbim_host_free(struct mbim_host *h)
{
	modem_free(h->modem);
	networks_free(h->networks);
	forget_held(h);
	mbim_assembly_free(&h->whole);
	event_base_free(h->base);
}

void
mbim_host_send(struct mbim_host *h, const uint8_t *bytes, size_t len)
{
	modem_port_input(h->port, bytes, len);
}

uint32_t
mbim_host_command(struct mbim_host *h, const uint8_t *service, uint32_t cmd,
    uint32_t command_type, const uint8_t *info, size_t len, size_t max)
{
	uint8_t msg[8192], part[4096];
	struct mbim_builder b;
	int n;

	mbim_build_command(&b, msg, sizeof(msg), ++h->txn, service, cmd, command_type);
	if (len)
		writer_bytes(&b.w, info, len);
	n = mbim_build_end(&b);
	assert_true(n > 0);
	for (uint32_t i = 0; i < mbim_split_count((size_t)n, max); i++) {
		int cut = mbim_split(msg, (size_t)n, max, i, part, sizeof(part));

		assert_true(cut > 0);
		mbim_host_send(h, part, (size_t)cut);
	}
	return h->txn;
}

static void
deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

const struct mbim_host_part *
mbim_host_part(struct mbim_host *h)
{
	struct timeval tv = loop_timeval(DEADLINE_MS);
	bool is_late = false;
	struct event *deadline = evtimer_new(h->base, deadline_cb, &is_late);

	if (h->taken == h->count)
		forget_held(h);
	event_add(deadline, &tv);
	while (h->taken == h->count && !is_late)
		event_base_loop(h->base, EVLOOP_ONCE);
	event_free(deadline);
	return h->taken < h->count ? &h->held[h->taken++] : NULL;
}

struct mbim_msg
mbim_host_message(struct mbim_host *h)
{
	struct mbim_msg m = {0};
	int n = 0;

	while (n == 0) {
		const struct mbim_host_part *part = mbim_host_part(h);

		assert_non_null(part);
		if (!mbim_type_fragments(get_u32le(part->bytes))) {
			assert_int_equal(mbim_parse(part->bytes, part->len, &m), 0);
			return m;
		}
		n = mbim_assembly_add(&h->whole, part->bytes, part->len);
		assert_true(n >= 0);
	}
	assert_int_equal(mbim_parse(h->whole.buf, (size_t)n, &m), 0);
	return m;
}

bool
mbim_host_hears_nothing(struct mbim_host *h)
{
	for (unsigned i = 0; i < SETTLE_TURNS; i++)
		event_base_loop(h->base, EVLOOP_NONBLOCK);
	return h->taken == h->count;
}

void
mbim_host_open(struct mbim_host *h, uint32_t max_transfer)
{
	struct mbim_msg m;
	uint8_t buf[16];
	int n =
	    mbim_build_short(buf, sizeof(buf), MBIM_TYPE_OPEN, ++h->txn, max_transfer);

	mbim_host_send(h, buf, (size_t)n);
	m = mbim_host_message(h);
	assert_int_equal(m.type, MBIM_TYPE_OPEN_DONE);
	assert_int_equal(m.txn, h->txn);
	assert_int_equal(m.value, MBIM_STATUS_NONE);
}

struct mbim_msg
mbim_host_ask(struct mbim_host *h, uint32_t cmd, uint32_t command_type,
    const uint8_t *info, size_t len)
{
	uint32_t txn = mbim_host_command(
	    h, mbim_basic_connect, cmd, command_type, info, len, MBIM_TRANSFER_DEFAULT);
	struct mbim_msg m = mbim_host_message(h);

	assert_int_equal(m.type, MBIM_TYPE_COMMAND_DONE);
	assert_int_equal(m.txn, txn);
	assert_int_equal(m.cmd, cmd);
	return m;
}

size_t
mbim_host_connect_info(uint8_t *info, size_t cap, uint32_t session_id, bool activate,
    const char *apn, uint32_t ip_type)
{
	struct mbim_writer w;
	struct writer out;

	writer_init(&out, info, cap);
	mbim_writer_init(&w, &out, 60);
	mbim_write_u32(&w, session_id);
	mbim_write_u32(&w, activate);
	mbim_write_string(&w, apn);
	mbim_write_string(&w, "");
	mbim_write_string(&w, "");
	mbim_write_u32(&w, 0); /* compression */
	mbim_write_u32(&w, 0); /* authentication */
	mbim_write_u32(&w, ip_type);
	mbim_write_inline(&w, mbim_context_internet, 16);
	assert_true(writer_ok(&out));
	return out.len;
}
