/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How MBIM modules differ from one another and from what is right, on request of a
 * test: the control command "mbim NAME VALUE".
 *
 *	mbim sessions 8        contexts at once
 *	mbim transfer 512      bytes of the longest control transfer
 *	mbim early 1           CONNECT is answered ACTIVATING, ACTIVATED is indicated
 *	mbim notify-all 1      a host's own changes are indicated too
 *	mbim same-apn 1        one APN in several sessions is allowed
 *	mbim short-failure 1   failures have an empty buffer
 *	mbim ip4-flags 8       what of IPv4 is said: 1 address, 2 gateway, 4 DNS, 8 MTU
 *	mbim ip6-flags 15
 *	mbim open-closes 1     so many OPENs are answered with CLOSE_DONE
 *	mbim open-stale 1      before so many OPEN_DONE an old answer comes
 *	mbim wrong-uuid 1      so many answers name another service
 *	mbim bad-offset 1      in so many answers offsets point behind the end
 *	mbim function-error 5  the next command gets FUNCTION_ERROR with that number
 */
#ifndef PDNMUX_MODEM_MBIM_QUIRK_H
#define PDNMUX_MODEM_MBIM_QUIRK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mbim_quirks {
	uint32_t max_sessions;
	uint32_t transfer;
	uint32_t answers_early;
	uint32_t notifies_all;
	uint32_t same_apn;
	uint32_t short_failures;
	uint32_t ip_flags[2]; /* IPv4, IPv6 */
	uint32_t open_closes;
	uint32_t open_stale;
	uint32_t wrong_uuid;
	uint32_t bad_offset;
	uint32_t function_error; /* MBIM protocol error for the next command */
};

/* As a module without quirks. */
void mbim_quirks_init(struct mbim_quirks *q, uint32_t max_sessions);
/*
 * mbim_quirks_command - "NAME VALUE", or "NAME" to ask for the value.
 *
 * ret  receives the value, or one sentence that says what was wrong.
 *
 * Returns 0 or -EINVAL.
 */
int mbim_quirks_command(
    struct mbim_quirks *q, const char *line, char *ret, size_t size);
/* One less, and whether there was one. */
bool mbim_quirk_use(uint32_t *counter);

#endif
