/* SPDX-License-Identifier: BSD-2-Clause */
/* The vendor's own service: the radio once more (reference/mbim.md 2.6). */
#include "config.h"

#include "tests/modem/mbim_svc.h"

static const struct mbim_command commands[] = {
    {.cmd = MBIM_CID_QUECTEL_RADIO_STATE,
	.name = "QUECTEL.RADIO_STATE",
	.query = mbim_quectel_radio_query,
	.set = mbim_quectel_radio_set},
};

const struct mbim_func_service mbim_svc_quectel = {
    .uuid = mbim_quectel,
    .commands = commands,
    .count = sizeof(commands) / sizeof(commands[0]),
};
