/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request before the open message gets an error instead of libqmi's silence; what is
 * not a request is passed over.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/qmi.h"
#include "common/qmi_table.h"
#include "common/qmux.h"
#include "proxy/hello.h"

static int
refuse(struct hello *ret, const struct qmi_msg *req, uint16_t error)
{
	int len = qmi_build_error(ret->answer, sizeof(ret->answer), req, error);

	ret->answer_len = len > 0 ? (size_t)len : 0;
	return HELLO_REFUSE;
}

/* TLV 0x01 is the path without a terminator; some send one all the same. */
static bool
read_path(const struct qmi_msg *msg, struct hello *ret)
{
	struct cursor c;
	const uint8_t *bytes;
	size_t len;

	if (!qmi_tlv_find(msg, 0x01, &c))
		return false;
	len = cursor_left(&c);
	if (!cursor_bytes(&c, len, &bytes))
		return false;
	while (len > 0 && bytes[len - 1] == '\0')
		len--;
	if (len == 0 || len >= sizeof(ret->path) || memchr(bytes, '\0', len))
		return false;
	memcpy(ret->path, bytes, len);
	ret->path[len] = '\0';
	return true;
}

int
hello_qmi(const uint8_t *buf, size_t len, struct hello *ret)
{
	struct qmi_msg msg;
	int n = qmux_scan(buf, len);

	if (n <= 0)
		return n < 0 ? n : HELLO_MORE;
	ret->used = (size_t)n;
	ret->answer_len = 0;
	if (qmi_parse(buf, (size_t)n, &msg) < 0)
		return -EPROTO;
	if (msg.kind != QMI_KIND_REQ)
		return HELLO_REFUSE;
	if (msg.service != QMI_CTL || msg.id != QMI_CTL_PROXY_OPEN)
		return refuse(ret, &msg, QMI_ERR_INVALID_OPERATION);
	if (!read_path(&msg, ret))
		return refuse(ret, &msg, QMI_ERR_MISSING_ARGUMENT);
	return HELLO_DEVICE;
}
