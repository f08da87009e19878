/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cheapest thing that answers QMI on a PTY, on a thread of its own.
 *
 * It hands out CIDs and answers every other request with success, at once, so that a
 * benchmark measures the program between it and the clients and nothing else.  It has
 * no state worth the name: for a modem, see tests/modem.
 */
#ifndef PDNMUX_BENCH_ECHO_MODEM_H
#define PDNMUX_BENCH_ECHO_MODEM_H

#include <stddef.h>

struct echo_modem;

/*
 * Opens a PTY in raw mode and starts answering on it.  The path of its device side
 * goes to path.  Returns NULL with errno set on failure.
 */
struct echo_modem *echo_modem_start(char *path, size_t path_size);
/* Stops the thread and closes the PTY. */
void echo_modem_stop(struct echo_modem *m);

#endif
