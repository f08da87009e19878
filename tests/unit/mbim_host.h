/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host on the control channel of a simulated modem in MBIM mode, for unit tests: what
 * it sends, and every message or fragment that comes.
 */
#ifndef PDNMUX_TESTS_UNIT_MBIM_HOST_H
#define PDNMUX_TESTS_UNIT_MBIM_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mbim.h"
#include "tests/modem/modem.h"

#define MBIM_HOST_HELD_MAX 256

struct event_base;

/* One transfer from the function. */
struct mbim_host_part {
	uint8_t *bytes;
	size_t len;
};

struct mbim_host {
	struct event_base *base;
	struct networks *networks; /* "internet" and "ims"; see fake_network.h */
	struct modem *modem;
	struct modem_port *port;
	uint32_t txn;
	struct mbim_host_part held[MBIM_HOST_HELD_MAX];
	size_t count, taken;
	struct mbim_assembly whole;
};

/* pin: NULL for a SIM without; connect_ms: how long the network takes. */
void mbim_host_init(struct mbim_host *h, const char *pin, unsigned connect_ms);
void mbim_host_free(struct mbim_host *h);
/* Bytes as they are. */
void mbim_host_send(struct mbim_host *h, const uint8_t *bytes, size_t len);
/* A command cut to max bytes a transfer; its transaction id. */
uint32_t mbim_host_command(struct mbim_host *h, const uint8_t *service, uint32_t cmd,
    uint32_t command_type, const uint8_t *info, size_t len, size_t max);
/* The next transfer, waited for; NULL when none comes in 10 s. */
const struct mbim_host_part *mbim_host_part(struct mbim_host *h);
/*
 * The next message, joined of its fragments, which must be in order.  The test fails
 * when none comes.  Valid until the next call.
 */
struct mbim_msg mbim_host_message(struct mbim_host *h);
/* Everything that is under way has arrived, and it is nothing. */
bool mbim_host_hears_nothing(struct mbim_host *h);
/* OPEN, with OPEN_DONE and status 0. */
void mbim_host_open(struct mbim_host *h, uint32_t max_transfer);
/* A Basic Connect command and its answer, which must be next. */
struct mbim_msg mbim_host_ask(struct mbim_host *h, uint32_t cmd, uint32_t command_type,
    const uint8_t *info, size_t len);
/* Of CONNECT (MBIM 1.0 layout): fills info, returns its length. */
size_t mbim_host_connect_info(uint8_t *info, size_t cap, uint32_t session_id,
    bool activate, const char *apn, uint32_t ip_type);

#endif
