/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the MBIM function on their way out, cut to the size that OPEN gave. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmem.h"
#include "tests/modem/mbim_func_int.h"

void
mbim_send_short(struct modem_port *port, const char *name, uint32_t type, uint32_t txn,
    uint32_t value)
{
	uint8_t buf[16];
	int n = mbim_build_short(buf, sizeof(buf), type, txn, value);

	modem_port_send(port, name, FAULT_RSP, buf, (size_t)n, true);
}

void
mbim_send_error(
    struct mbim_func *f, struct modem_port *port, uint32_t txn, uint32_t error)
{
	log_info("mbim", "modem%u: error %u for transaction %u",
	    f->modem->settings.number, error, txn);
	mbim_send_short(
	    port, "MBIM.FUNCTION_ERROR", MBIM_TYPE_FUNCTION_ERROR, txn, error);
}

/* A whole message in as many pieces as the host wants it. */
void
mbim_send_message(struct mbim_func *f, struct modem_port *port, const char *name,
    enum fault_way way, size_t len)
{
	uint32_t count = mbim_split_count(len, f->max_transfer);
	uint8_t *part = xcalloc(1, f->max_transfer);

	for (uint32_t i = 0; i < count; i++) {
		int n = mbim_split(
		    f->message, len, f->max_transfer, i, part, f->max_transfer);

		modem_port_send(port, name, way, part, (size_t)n, i == 0);
	}
	free(part);
}

/* Ends a response in f->message and sends it, spoilt as a test wants it. */
void
mbim_send_response(struct mbim_func *f, struct modem_port *port, const char *name,
    struct mbim_builder *b)
{
	int n = mbim_build_end(b);

	if (n < 0)
		return; /* larger than MBIM can say: no service here has that much */
	if (b->w.len > b->info && mbim_quirk_use(&f->quirks.bad_offset))
		memset(f->message + b->info, 0xff, b->w.len - b->info);
	if (mbim_quirk_use(&f->quirks.wrong_uuid))
		f->message[MBIM_FRAGMENT_HDR_LEN] ^= 0xff;
	mbim_send_message(f, port, name, FAULT_RSP, (size_t)n);
}
