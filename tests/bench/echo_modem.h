/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cheapest thing that answers on a PTY, on a thread of its own.
 *
 * It answers every request as its wire says, at once, so that a benchmark measures the
 * program between it and the clients and nothing else.
 */
#ifndef PDNMUX_BENCH_ECHO_MODEM_H
#define PDNMUX_BENCH_ECHO_MODEM_H

#include <stddef.h>

struct echo_modem;
struct wire;

/*
 * Opens a PTY in raw mode and starts answering on it.  The path of its device side
 * goes to path.  Returns NULL with errno set on failure.
 */
struct echo_modem *echo_modem_start(
    const struct wire *wire, char *path, size_t path_size);
/* Stops the thread and closes the PTY. */
void echo_modem_stop(struct echo_modem *m);

#endif
