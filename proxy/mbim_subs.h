/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which indications somebody wants: lists of (service, command), their union, and how
 * they lie in a DEVICE_SERVICE_SUBSCRIBE_LIST.
 *
 * A list is sorted and without doubles; command 0 stands for every command of its
 * service.  Source: reference/mbim.md 2.3, 2.9; proxies.md 4.4.
 */
#ifndef PDNMUX_PROXY_MBIM_SUBS_H
#define PDNMUX_PROXY_MBIM_SUBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cursor.h"
#include "common/mbim.h"

#define MBIM_SUBS_MAX 512         /* commands in one program's list */
#define MBIM_SUBS_MERGED_MAX 1024 /* and in the modem's, which fits one message */

struct mbim_sub {
	uint8_t service[MBIM_UUID_LEN];
	uint32_t cmd;
};

/* All zero is the empty list. */
struct mbim_subs {
	struct mbim_sub *items; /* owned */
	size_t count;
};

void mbim_subs_free(struct mbim_subs *s);
/* Becomes what every program has without asking, and what the modem always sends. */
void mbim_subs_standard(struct mbim_subs *ret);
/*
 * mbim_subs_parse - read an information buffer into an empty list.
 *
 * Returns 0; -EINVAL when it is broken; -E2BIG with more than MBIM_SUBS_MAX commands.
 */
int mbim_subs_parse(const uint8_t *info, size_t len, struct mbim_subs *ret);
/*
 * mbim_subs_merge - add to the modem's list what other has of services that the
 * standard list does not speak of.
 *
 * Returns 0, or -E2BIG with nothing added.
 */
int mbim_subs_merge(struct mbim_subs *s, const struct mbim_subs *other);
bool mbim_subs_has(const struct mbim_subs *s, const uint8_t *service, uint32_t cmd);
bool mbim_subs_equal(const struct mbim_subs *a, const struct mbim_subs *b);
/* Appends the information buffer. */
void mbim_subs_write(const struct mbim_subs *s, struct writer *w);

#endif
