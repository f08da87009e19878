/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How QMI is framed on a port, and how its proxies are greeted.
 *
 * libqmi's proxy wants one CTL message 0xFF00 with the device's path before anything
 * else and drops what comes earlier; the vendor's proxy wants no greeting.
 * Source: reference/proxies.md 2.1, 3.
 */
#include "config.h"

#include <errno.h>

#include "client/port.h"
#include "common/qmi_value.h"
#include "common/qmux.h"

#define PORT_QMI_HELLO_MS 20000 /* a proxy may take 10 s to open a device */
#define PORT_QMI_SYNC_MS 2000   /* qmi.md 4.8 */
#define PORT_QMI_SYNC_TRIES 10

static int
port_qmi_hello(uint8_t *buf, size_t cap, const char *device)
{
	struct qmi_builder b;

	qmi_build(
	    &b, buf, cap, QMI_CTL, QMUX_CID_CTL, QMI_KIND_REQ, 1, QMI_CTL_PROXY_OPEN);
	qmi_put_str(&b, QMI_CTL_PROXY_OPEN_REQ_DEVICE_PATH, device);
	return qmi_build_end(&b);
}

static int
port_qmi_hello_answer(const uint8_t *msg, size_t len)
{
	struct qmi_msg m;

	if (qmi_parse(msg, len, &m) < 0 || m.service != QMI_CTL ||
	    m.kind != QMI_KIND_RSP || m.id != QMI_CTL_PROXY_OPEN)
		return 0;
	return qmi_response_error(&m) == QMI_ERR_NONE ? 1 : -EACCES;
}

/* CTL SYNC drops every client id that an earlier owner left behind (qmi.md 2.1). */
static int
port_qmi_sync(uint8_t *buf, size_t cap, enum port_sync_kind kind, uint32_t max_transfer)
{
	struct qmi_builder b;

	(void)kind;
	(void)max_transfer;
	qmi_build(&b, buf, cap, QMI_CTL, QMUX_CID_CTL, QMI_KIND_REQ, 1, QMI_CTL_SYNC);
	return qmi_build_end(&b);
}

static enum port_sync_result
port_qmi_sync_answer(const uint8_t *msg, size_t len)
{
	struct qmi_msg m;

	if (qmi_parse(msg, len, &m) < 0 || m.service != QMI_CTL ||
	    m.kind != QMI_KIND_RSP || m.id != QMI_CTL_SYNC)
		return PORT_SYNC_OTHER;
	return PORT_SYNC_DONE; /* a modem that refuses SYNC is at least awake */
}

const struct port_dialect port_dialect_libqmi = {
    .name = "libqmi",
    .first_line = "QMI",
    .scan = qmux_scan,
    .hello = port_qmi_hello,
    .hello_answer = port_qmi_hello_answer,
    .hello_ms = PORT_QMI_HELLO_MS,
    .sync = port_qmi_sync,
    .sync_answer = port_qmi_sync_answer,
    .sync_ms = PORT_QMI_SYNC_MS,
    .sync_tries = PORT_QMI_SYNC_TRIES,
};

const struct port_dialect port_dialect_quectel_qmi = {
    .name = "quectel-qmi",
    .first_line = "QMI",
    .scan = qmux_scan,
    .sync = port_qmi_sync,
    .sync_answer = port_qmi_sync_answer,
    .sync_ms = PORT_QMI_SYNC_MS,
    .sync_tries = PORT_QMI_SYNC_TRIES,
};
