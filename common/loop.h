/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An event base that logs through us, and a monotonic clock that tests can replace.
 */
#ifndef PDNMUX_COMMON_LOOP_H
#define PDNMUX_COMMON_LOOP_H

#include <sys/time.h>

#include <stdint.h>

struct event_base;

/* A new base (thread support is switched on first).  Never NULL; fatal on failure. */
struct event_base *loop_new(void);
/* Monotonic milliseconds. */
int64_t loop_now_ms(void);
/* Tests: take time from fn instead; NULL goes back to the real clock. */
void loop_set_clock(int64_t (*fn)(void));
/* Milliseconds as the struct timeval that event_add() wants; not below zero. */
struct timeval loop_timeval(int64_t ms);

#endif
