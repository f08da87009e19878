/* SPDX-License-Identifier: BSD-2-Clause */
/* qmi-proxy: one QMI control channel for any number of programs. */
#include "config.h"

#include "proxy/program.h"

static const struct broker_protocol protocol = {
    .program = "qmi-proxy",
    .vendor_name = "quectel-qmi-proxy",
    .vendor_has_suffix = true,
    .spawned_as = LIBQMI_PROXY_PATH,
    .foreign_driver = "cdc_mbim",
    .port_type = "QMI",
    .ops = &qmi_router_ops,
    .hello = hello_qmi,
};

int
main(int argc, char **argv)
{
	return program_run(&protocol, argc, argv);
}
