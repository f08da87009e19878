/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network namespace of the test's own: whatever it does to devices dies with it.
 */
#ifndef PDNMUX_TESTS_UNIT_NETNS_H
#define PDNMUX_TESTS_UNIT_NETNS_H

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>

#include "common/rtnl.h"

/* Prints why and returns false where the host does not permit it. */
static inline bool
netns_enter(void)
{
	if (unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
		return true;
	fprintf(stderr, "skipped: no network namespace: %s\n", strerror(errno));
	return false;
}

/* A kind of Ethernet-like device without a peer that this kernel has; NULL: none. */
static inline const char *
netns_device_kind(void)
{
	static const char *const kinds[] = {"ifb", "dummy", "bridge"};
	const char *found = NULL;
	struct rtnl *r = rtnl_open();
	for (size_t i = 0; r && !found && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int index;
		if (rtnl_plain_add(r, kinds[i], "probe0", &index) < 0)
			continue;
		rtnl_link_del(r, index);
		found = kinds[i];
	}
	rtnl_close(r);
	if (!found)
		fprintf(stderr, "skipped: the kernel has no ifb, dummy or bridge\n");
	return found;
}

#define TEST_SKIPPED 77 /* automake's exit status */

#endif
