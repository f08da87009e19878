/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "common/wdm.h"

int
wdm_take_note(int fd)
{
	struct pollfd p = {.fd = fd};

	if (poll(&p, 1, 0) != 1 || (p.revents & (POLLERR | POLLHUP)) != POLLERR)
		return 0;
	/* waits for a command under way, and the one that was has just failed */
	return fsync(fd) < 0 ? -errno : 0;
}
