/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another program, by argument vector: no shell, a clean environment, a deadline.
 *
 * The program gets its standard input from a short text of ours, /dev/null as its
 * output, no other descriptor, and of the environment only PATH.
 */
#ifndef PDNMUX_CLIENT_RUN_H
#define PDNMUX_CLIENT_RUN_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct run;

#define RUN_INPUT_MAX 4096 /* bytes: fits a pipe, so writing never waits */

/*
 * Runs from the loop.  status is the exit status, 128 + N for signal N, or
 * -ETIMEDOUT when the program was killed at its deadline.  The run is freed after.
 */
typedef void (*run_fn)(int status, void *arg);

/*
 * run_start - start a program.
 *
 * argv   NULL-terminated; argv[0] is looked up with run_find(); borrowed.
 * input  text for its standard input, or NULL; borrowed.
 * fn     may be NULL: nobody cares.
 *
 * Returns the run, which frees itself after fn, or NULL with errno: ENOENT when there
 * is no such program.  fn is not called then.
 */
struct run *run_start(struct event_base *base, const char *const *argv,
    const char *input, int deadline_ms, run_fn fn, void *arg);
/* fn will not be called; the program is left to finish (and killed at its deadline). */
void run_forget(struct run *run);
/* Where a program is, in the administrator's directories; false: not installed. */
bool run_find(const char *name, char *ret, size_t size);
/* Tests: look in this directory instead; NULL goes back.  Borrowed. */
void run_set_path(const char *dir);

#endif
