/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How MBIM is framed on a port, and how its proxies are greeted.
 *
 * libmbim's proxy wants its own CONFIGURATION command with the device's path first; if
 * somebody has negotiated newer message layouts for the device, it says so before it
 * answers.  The vendor's proxy wants no greeting and has one device.  A device of our
 * own is opened: that ends all that an earlier owner had open in it.
 * Source: reference/mbim.md 1.8, 2.8, 2.9, proxies.md 4, 5.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "client/port.h"
#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"

#define PORT_MBIM_TXN_OPEN 1
#define PORT_MBIM_TXN_CLOSE 2
#define PORT_MBIM_OPEN_S 30      /* what we grant the proxy for opening the device */
#define PORT_MBIM_HELLO_MS 35000 /* and a little more for its answer */
#define PORT_MBIM_SYNC_MS 5000   /* mbim.md 1.8: tens of seconds after a boot */
#define PORT_MBIM_SYNC_TRIES 9

static int
port_mbim_hello(uint8_t *buf, size_t cap, const char *device)
{
	struct mbim_builder b;
	struct mbim_writer m;

	mbim_build_command(&b, buf, cap, PORT_MBIM_TXN_OPEN, mbim_proxy_control,
	    MBIM_CID_PROXY_CONFIGURATION, MBIM_SET);
	mbim_writer_init(&m, &b.w, 12);
	mbim_write_string(&m, device);
	mbim_write_u32(&m, PORT_MBIM_OPEN_S);
	return mbim_build_end(&b);
}

static int
port_mbim_hello_status(uint32_t status)
{
	switch (status) {
	case MBIM_STATUS_NONE: return 1;
	case MBIM_STATUS_BUSY: return -EBUSY;
	case MBIM_STATUS_INVALID_PARAMETERS: return -EINVAL;
	default: return -EIO;
	}
}

static int
port_mbim_hello_answer(const uint8_t *msg, size_t len)
{
	struct mbim_msg m;

	if (mbim_parse(msg, len, &m) < 0 || m.txn != PORT_MBIM_TXN_OPEN)
		return 0;
	if (m.type == MBIM_TYPE_FUNCTION_ERROR)
		return -EPROTO;
	if (m.type != MBIM_TYPE_COMMAND_DONE || m.cmd != MBIM_CID_PROXY_CONFIGURATION ||
	    memcmp(m.service, mbim_proxy_control, MBIM_UUID_LEN) != 0)
		return 0;
	return port_mbim_hello_status(m.value);
}

static bool
port_mbim_early(const uint8_t *msg, size_t len)
{
	struct mbim_msg m;

	return mbim_parse(msg, len, &m) == 0 && m.type == MBIM_TYPE_INDICATE_STATUS &&
	       m.cmd == MBIM_CID_PROXY_VERSION &&
	       memcmp(m.service, mbim_proxy_control, MBIM_UUID_LEN) == 0;
}

static int
port_mbim_sync(
    uint8_t *buf, size_t cap, enum port_sync_kind kind, uint32_t max_transfer)
{
	if (kind == PORT_SYNC_RESET)
		return mbim_build_short(
		    buf, cap, MBIM_TYPE_CLOSE, PORT_MBIM_TXN_CLOSE, 0);
	if (max_transfer == 0)
		max_transfer = MBIM_TRANSFER_DEFAULT;
	if (max_transfer < MBIM_TRANSFER_MIN)
		max_transfer = MBIM_TRANSFER_MIN;
	return mbim_build_short(
	    buf, cap, MBIM_TYPE_OPEN, PORT_MBIM_TXN_OPEN, max_transfer);
}

/*
 * Some modems that are open already take our OPEN for a CLOSE (mbim.md 7): they are
 * closed in earnest and opened again.  One that refuses is not ready yet.
 */
static enum port_sync_result
port_mbim_sync_answer(const uint8_t *msg, size_t len)
{
	struct mbim_msg m;

	if (mbim_parse(msg, len, &m) < 0)
		return PORT_SYNC_OTHER;
	if (m.type == MBIM_TYPE_OPEN_DONE && m.txn == PORT_MBIM_TXN_OPEN &&
	    m.value == MBIM_STATUS_NONE)
		return PORT_SYNC_DONE;
	if (m.type == MBIM_TYPE_FUNCTION_ERROR && m.txn == PORT_MBIM_TXN_OPEN &&
	    m.value == MBIM_ERROR_MAX_TRANSFER)
		return PORT_SYNC_SMALLER;
	if (m.type != MBIM_TYPE_CLOSE_DONE)
		return PORT_SYNC_OTHER;
	return m.txn == PORT_MBIM_TXN_OPEN ? PORT_SYNC_OUT_OF_STEP : PORT_SYNC_AGAIN;
}

#define PORT_MBIM_COMMON \
	.first_line = "MBIM", .scan = mbim_scan, .sync = port_mbim_sync, \
	.sync_answer = port_mbim_sync_answer, .sync_ms = PORT_MBIM_SYNC_MS, \
	.sync_tries = PORT_MBIM_SYNC_TRIES

const struct port_dialect port_dialect_libmbim = {
    .name = "libmbim",
    PORT_MBIM_COMMON,
    .hello = port_mbim_hello,
    .hello_answer = port_mbim_hello_answer,
    .hello_ms = PORT_MBIM_HELLO_MS,
    .early = port_mbim_early,
    .answers_open = true,
};

const struct port_dialect port_dialect_quectel_mbim = {
    .name = "quectel-mbim",
    PORT_MBIM_COMMON,
};
