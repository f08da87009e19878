/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which notifications the host wants: DEVICE_SERVICE_SUBSCRIBE_LIST.
 *
 * After OPEN the standard services notify and the others do not; a list that the host
 * sets stands instead of that, and every list instead of the one before it.
 * Source: reference/mbim.md 1.8, 2.3 (CID 19).
 */
#ifndef PDNMUX_MODEM_MBIM_SUBSCRIPTION_H
#define PDNMUX_MODEM_MBIM_SUBSCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cursor.h"

#define MBIM_SUBSCRIPTION_SERVICES_MAX 64
#define MBIM_SUBSCRIPTION_CIDS_MAX 64 /* of one service */

struct mbim_subscription_entry {
	uint8_t service[16];
	uint32_t cids[MBIM_SUBSCRIPTION_CIDS_MAX];
	uint32_t count; /* 0: all of the service */
};

struct mbim_subscription {
	bool is_set; /* a list was set since OPEN */
	uint32_t count;
	struct mbim_subscription_entry entries[MBIM_SUBSCRIPTION_SERVICES_MAX];
};

/* As after OPEN. */
void mbim_subscription_reset(struct mbim_subscription *s);
/* The information of a set.  False, s untouched, when it is broken or too large. */
bool mbim_subscription_read(
    struct mbim_subscription *s, const uint8_t *info, size_t len);
/* The list in force, as the answer to a set has it. */
void mbim_subscription_write(const struct mbim_subscription *s, struct writer *w);
/* is_standard: what holds for that service as long as no list was set. */
bool mbim_subscription_wants(const struct mbim_subscription *s, const uint8_t *service,
    uint32_t cmd, bool is_standard);

#endif
