/* SPDX-License-Identifier: BSD-2-Clause */
/* The language in which a test tells one modem what to do; modem_control.c has it. */
#ifndef PDNMUX_MODEM_MODEM_CONTROL_H
#define PDNMUX_MODEM_MODEM_CONTROL_H

#include <stddef.h>

struct modem;

/*
 * modem_command - one command, without "modem N" and newline.
 *
 * ret  receives the answer in one line, or one sentence that says what was wrong.
 *
 * Returns 0 or -errno.
 */
int modem_command(struct modem *m, const char *line, char *ret, size_t size);
/* The commands, a line each. */
const char *modem_command_help(void);

#endif
