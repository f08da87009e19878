/* SPDX-License-Identifier: BSD-2-Clause */
/* mbim-proxy: one MBIM control channel for any number of programs. */
#include "config.h"

#include "proxy/program.h"

static const struct broker_protocol protocol = {
    .program = "mbim-proxy",
    .vendor_name = "quectel-mbim-proxy",
    .spawned_as = LIBMBIM_PROXY_PATH,
    .foreign_driver = "qmi_wwan",
    .port_type = "MBIM",
    .ops = &mbim_router_ops,
    .hello = hello_mbim,
};

int
main(int argc, char **argv)
{
	return program_run(&protocol, argc, argv);
}
