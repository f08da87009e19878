/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two programs do alike: options, signals, readiness. */
#ifndef PDNMUX_PROXY_PROGRAM_H
#define PDNMUX_PROXY_PROGRAM_H

#include "proxy/broker.h"

/* The whole of main(); returns the exit status of the manual page. */
int program_run(const struct broker_protocol *protocol, int argc, char **argv);

#endif
