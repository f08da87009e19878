/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libmbim's CONFIGURATION names the device.  Before it OPEN fails, CLOSE succeeds and a
 * command meets a function that is not open; libmbim's own proxy leaves the command
 * without an answer.  Source: reference/proxies.md 4.1, 4.2.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "proxy/hello.h"
#include "proxy/mbim_scan.h"

static int
answer_short(struct hello *ret, uint32_t type, uint32_t txn, uint32_t value)
{
	int n = mbim_build_short(ret->answer, sizeof(ret->answer), type, txn, value);

	ret->answer_len = n > 0 ? (size_t)n : 0;
	return HELLO_REFUSE;
}

static int
answer_done(struct hello *ret, const struct mbim_msg *m, uint32_t status)
{
	struct mbim_builder b;
	int n;

	mbim_build_done(
	    &b, ret->answer, sizeof(ret->answer), m->txn, m->service, m->cmd, status);
	n = mbim_build_end(&b);
	ret->answer_len = n > 0 ? (size_t)n : 0;
	return HELLO_REFUSE;
}

static int
hello_command(const struct mbim_msg *m, struct hello *ret)
{
	struct mbim_reader r;

	if (memcmp(m->service, mbim_proxy_control, MBIM_UUID_LEN) != 0 ||
	    m->cmd != MBIM_CID_PROXY_CONFIGURATION)
		return answer_short(
		    ret, MBIM_TYPE_FUNCTION_ERROR, m->txn, MBIM_ERROR_NOT_OPENED);
	mbim_reader_init(&r, m->info, m->info_len, 12);
	if (m->command_type != MBIM_SET ||
	    !mbim_read_string(&r, ret->path, sizeof(ret->path)) || ret->path[0] == '\0')
		return answer_done(ret, m, MBIM_STATUS_INVALID_PARAMETERS);
	return HELLO_DEVICE;
}

int
hello_mbim(const uint8_t *buf, size_t len, struct hello *ret)
{
	int n = mbim_scan_conn(buf, len);
	uint32_t type, txn;
	struct mbim_msg m;

	if (n <= 0)
		return n < 0 ? n : HELLO_MORE;
	ret->used = (size_t)n;
	ret->answer_len = 0;
	type = get_u32le(buf);
	txn = get_u32le(buf + 8);
	switch (type) {
	case MBIM_TYPE_OPEN:
		return answer_short(ret, MBIM_TYPE_OPEN_DONE, txn, MBIM_STATUS_FAILURE);
	case MBIM_TYPE_CLOSE:
		return answer_short(ret, MBIM_TYPE_CLOSE_DONE, txn, MBIM_STATUS_NONE);
	case MBIM_TYPE_COMMAND:
		if (mbim_parse(buf, (size_t)n, &m) == 0)
			return hello_command(&m, ret);
		return answer_short(
		    ret, MBIM_TYPE_FUNCTION_ERROR, txn, MBIM_ERROR_LENGTH_MISMATCH);
	default: return HELLO_REFUSE; /* passed over */
	}
}
