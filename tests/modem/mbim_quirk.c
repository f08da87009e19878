/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "tests/modem/mbim_quirk.h"

#define FLAGS_ALL (MBIM_IP_ADDRESS | MBIM_IP_GATEWAY | MBIM_IP_DNS | MBIM_IP_MTU)

static const struct {
	const char *name;
	size_t offset;
	uint32_t min, max;
} quirks[] = {
    {"sessions", offsetof(struct mbim_quirks, max_sessions), 1, 256},
    {"transfer", offsetof(struct mbim_quirks, transfer), MBIM_TRANSFER_MIN, UINT16_MAX},
    {"early", offsetof(struct mbim_quirks, answers_early), 0, 1},
    {"notify-all", offsetof(struct mbim_quirks, notifies_all), 0, 1},
    {"same-apn", offsetof(struct mbim_quirks, same_apn), 0, 1},
    {"short-failure", offsetof(struct mbim_quirks, short_failures), 0, 1},
    {"ip4-flags", offsetof(struct mbim_quirks, ip_flags[0]), 0, FLAGS_ALL},
    {"ip6-flags", offsetof(struct mbim_quirks, ip_flags[1]), 0, FLAGS_ALL},
    {"open-closes", offsetof(struct mbim_quirks, open_closes), 0, UINT32_MAX},
    {"open-stale", offsetof(struct mbim_quirks, open_stale), 0, UINT32_MAX},
    {"wrong-uuid", offsetof(struct mbim_quirks, wrong_uuid), 0, UINT32_MAX},
    {"bad-offset", offsetof(struct mbim_quirks, bad_offset), 0, UINT32_MAX},
    {"function-error", offsetof(struct mbim_quirks, function_error), 0, UINT32_MAX},
};

#define QUIRKS_COUNT (sizeof(quirks) / sizeof(quirks[0]))

void
mbim_quirks_init(struct mbim_quirks *q, uint32_t max_sessions)
{
	*q = (struct mbim_quirks){
	    .max_sessions = max_sessions,
	    .transfer = MBIM_TRANSFER_DEFAULT,
	    .ip_flags = {FLAGS_ALL, FLAGS_ALL},
	};
}

static int
find(const char *name)
{
	for (size_t i = 0; i < QUIRKS_COUNT; i++)
		if (strcmp(quirks[i].name, name) == 0)
			return (int)i;
	return -1;
}

int
mbim_quirks_command(struct mbim_quirks *q, const char *line, char *ret, size_t size)
{
	long long value;
	char name[32], more;
	uint32_t *field;
	int which, given;

	given = sscanf(line, "%31s %lli %c", name, &value, &more);
	which = given >= 1 ? find(name) : -1;
	if (which < 0 || given > 2) {
		snprintf(ret, size, "mbim NAME [VALUE], and no such name or value");
		return -EINVAL;
	}
	field = (void *)((char *)q + quirks[which].offset); /* aligned: a member */
	if (given == 2 && (value < quirks[which].min || value > quirks[which].max)) {
		snprintf(ret, size, "mbim %s: %u to %u", name, quirks[which].min,
		    quirks[which].max);
		return -EINVAL;
	}
	if (given == 2)
		*field = (uint32_t)value;
	snprintf(ret, size, "%u", *field);
	return 0;
}

bool
mbim_quirk_use(uint32_t *counter)
{
	if (*counter == 0)
		return false;
	(*counter)--;
	return true;
}
