/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The networks behind a simulated modem without a kernel: tests/modem/network.h, but
 * bearers only hand out addresses and count packets.  A program that has this among its
 * sources needs no root and takes nothing of network.o from libmodem.
 *
 * APN number n, in the order in which they were added from 1, has 10.n.0.0/16 and
 * 2001:db8:n::/48.
 */
#ifndef PDNMUX_TESTS_UNIT_FAKE_NETWORK_H
#define PDNMUX_TESTS_UNIT_FAKE_NETWORK_H

#include "tests/modem/network.h"

/* Of that APN, only this family is given; 0: both. */
void fake_network_only(struct networks *n, const char *apn, int family);
/* Bearers that are open now. */
unsigned fake_network_bearers(const struct networks *n);

#endif
