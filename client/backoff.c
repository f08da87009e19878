/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delays between attempts.  The generator is Marsaglia's xorshift32: quality does not
 * matter here, independence of the C library's shared state does.
 */
#include "config.h"

#include <stddef.h>

#include "client/backoff.h"

static const int64_t backoff_steps_ms[] = {1000, 2000, 5000, 10000, 30000, 60000};

#define BACKOFF_STEPS (sizeof(backoff_steps_ms) / sizeof(backoff_steps_ms[0]))

void
backoff_init(struct backoff *b, uint32_t seed, int64_t min_ms, int64_t max_ms)
{
	b->step = 0;
	b->min_ms = min_ms;
	b->max_ms = max_ms;
	b->random = seed != 0 ? seed : 1;
}

static uint32_t
backoff_random(struct backoff *b)
{
	b->random ^= b->random << 13;
	b->random ^= b->random >> 17;
	b->random ^= b->random << 5;
	return b->random;
}

int64_t
backoff_spread_ms(struct backoff *b, int64_t ms)
{
	int64_t fifth = ms / 5;

	return ms - fifth + (int64_t)(backoff_random(b) % (uint32_t)(2 * fifth + 1));
}

int64_t
backoff_next_ms(struct backoff *b)
{
	int64_t ms = backoff_steps_ms[b->step];

	if (b->step + 1 < BACKOFF_STEPS)
		b->step++;
	if (ms < b->min_ms)
		ms = b->min_ms;
	if (ms > b->max_ms)
		ms = b->max_ms;
	return backoff_spread_ms(b, ms);
}

void
backoff_reset(struct backoff *b)
{
	b->step = 0;
}
