/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The next delay before a redial: 1, 2, 5, 10, 30, then 60 s, each spread by 20 % to
 * both sides so that dialers which failed together do not come back together.
 * Source: reference/qmi.md 4.8.
 */
#ifndef PDNMUX_CLIENT_BACKOFF_H
#define PDNMUX_CLIENT_BACKOFF_H

#include <stdint.h>

struct backoff {
	unsigned int step;
	int64_t min_ms, max_ms;
	uint32_t random; /* state of a small generator, never 0 */
};

/*
 * seed    any number that differs between processes; the sequence depends on it only.
 * min_ms  and max_ms hold each step between them before it is spread.
 */
void backoff_init(struct backoff *b, uint32_t seed, int64_t min_ms, int64_t max_ms);
/* The next delay in milliseconds, within 20 % of its step; moves to the next step. */
int64_t backoff_next_ms(struct backoff *b);
/* ms spread by 20 % without moving: for fixed delays. */
int64_t backoff_spread_ms(struct backoff *b, int64_t ms);
/* Start again at the first step: the connection has proved itself. */
void backoff_reset(struct backoff *b);

#endif
