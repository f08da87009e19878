/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes from strangers through the MBIM router: programs and a modem that may say
 * anything, in any order.
 *
 * The input is a list of steps.  A step is a byte that says who acts, a byte of detail
 * and, for a message, the message as mbim_scan_conn() or mbim_scan() cuts it from what
 * follows; a message alone is one too, since its first byte is a small number.  Laws:
 * nothing is read out of bounds (the sanitizers' business); all that comes out is a
 * sound message or fragment; nothing goes to who is not there; a program that is owed
 * nothing gets no answer; when everybody has waited long enough, nobody is owed
 * anything.
 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mbim.h"
#include "common/print.h"
#include "proxy/mbim_scan.h"
#include "proxy/router.h"
#include "tests/fuzz/fuzz.h"

#define PROGRAMS 4
#define STEPS_MAX 400
#define SETTLE_MS 500000 /* longer than any wait of the router */

struct strangers {
	void *router;
	int64_t now_ms;
	bool is_here[PROGRAMS + 1];
	bool is_up;
};

static void
law(bool holds)
{
	if (!holds)
		abort();
}

static void
deliver(void *arg, uint32_t dest, enum router_prio prio, const uint8_t *msg, size_t len)
{
	struct strangers *w = arg;
	uint32_t type = get_u32le(msg);
	char line[256];

	(void)prio;
	law(mbim_scan(msg, len) == (int)len);
	print_mbim(line, sizeof(line), msg, len);
	if (dest == ROUTER_DEVICE) {
		law(type <= MBIM_TYPE_HOST_ERROR);
		return;
	}
	law(dest <= PROGRAMS && w->is_here[dest]);
	law(type > MBIM_TYPE_HOST_ERROR);
}

static void
hang_up(void *arg, uint32_t conn, const char *why)
{
	(void)arg;
	(void)conn;
	(void)why;
	law(false); /* this router has words for everything */
}

static void
reopen(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

static void
come_or_go(struct strangers *w, uint32_t conn, uint8_t detail)
{
	struct router_peer peer = {.uid = detail & 1,
	    .dialect = detail & 2 ? ROUTER_DIALECT_VENDOR : ROUTER_DIALECT_LIB};

	if (w->is_here[conn]) {
		w->is_here[conn] = false;
		mbim_router_ops.conn_lost(w->router, conn, w->now_ms);
		return;
	}
	w->is_here[conn] = true;
	mbim_router_ops.conn_added(w->router, conn, &peer, w->now_ms);
}

static void
plug(struct strangers *w, uint8_t detail)
{
	static const size_t sizes[] = {64, 512, 4096, 65536};

	if (w->is_up)
		mbim_router_ops.device_down(w->router, w->now_ms);
	else
		mbim_router_ops.device_up(w->router, sizes[detail % 4], w->now_ms);
	w->is_up = !w->is_up;
}

static void
run_timer(struct strangers *w)
{
	/* time moves on at each call, so a deadline that never passes is found */
	for (int i = 0; mbim_router_ops.deadline(w->router) <= w->now_ms; i++) {
		law(i < 1000);
		mbim_router_ops.timer(w->router, w->now_ms);
	}
}

/* The message at the start of the rest; gives what it took. */
static size_t
say(struct strangers *w, uint32_t conn, const uint8_t *data, size_t size)
{
	int n = conn ? mbim_scan_conn(data, size) : mbim_scan(data, size);
	uint8_t *msg;

	if (n <= 0)
		return size;
	msg = malloc((size_t)n);
	law(msg != NULL);
	memcpy(msg, data, (size_t)n);
	if (conn == 0 && w->is_up)
		mbim_router_ops.from_device(w->router, msg, (size_t)n, w->now_ms);
	else if (conn && w->is_here[conn] &&
		 mbim_router_ops.conn_may_send(w->router, conn))
		mbim_router_ops.from_conn(w->router, conn, msg, (size_t)n, w->now_ms);
	free(msg);
	return (size_t)n;
}

static void
settle(struct strangers *w)
{
	int64_t end_ms = w->now_ms + SETTLE_MS, at_ms;

	while ((at_ms = mbim_router_ops.deadline(w->router)) <= end_ms) {
		w->now_ms = at_ms > w->now_ms ? at_ms : w->now_ms;
		run_timer(w);
	}
	for (uint32_t conn = 1; conn <= PROGRAMS; conn++)
		if (w->is_here[conn])
			law(!mbim_router_ops.conn_owed(w->router, conn));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct router_config config = {
	    .device = "fuzz", .max_requests = 6, .max_waiting = 8};
	struct strangers w = {.is_up = false};
	struct router_sink sink = {deliver, hang_up, reopen, &w};

	log_init(LOG_LEVEL_ERROR);
	w.router = mbim_router_ops.create(&config, &sink);
	/* two programs in the vendor's dialect and two in libmbim's are there */
	for (uint32_t conn = 1; conn <= PROGRAMS; conn++)
		come_or_go(&w, conn, conn < 3 ? 2 : 0);
	plug(&w, 2);
	for (int i = 0; i < STEPS_MAX && size >= 2; i++) {
		uint8_t who = data[0], detail = data[1];
		size_t used = 2;

		if (who >= 0x20 && who < 0x40)
			come_or_go(&w, 1 + who % PROGRAMS, detail);
		else if (who >= 0x40 && who < 0x50)
			plug(&w, detail);
		else if (who >= 0x50 && who < 0x80)
			w.now_ms += detail * detail * 4;
		else if (who >= 0x80)
			used += say(&w, who % (PROGRAMS + 1), data + 2, size - 2);
		else
			used = say(&w, i % (PROGRAMS + 1), data, size);
		run_timer(&w);
		data += used;
		size -= used;
	}
	settle(&w);
	mbim_router_ops.destroy(w.router);
	return 0;
}
