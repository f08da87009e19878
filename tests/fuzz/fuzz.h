/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a fuzz target and the program around it say to one another.
 *
 * A target is one file with LLVMFuzzerTestOneInput() and one with its seeds.  Linked
 * with an engine it is a fuzzer; linked with fuzz_main.c it is an ordinary test that
 * runs the seeds and much damaged copies of them.
 */
#ifndef PDNMUX_TESTS_FUZZ_FUZZ_H
#define PDNMUX_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/unit/frames.h"

/* Takes any bytes; aborts when a law is broken.  Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Whole messages to start from, to be released with free(). */
struct frame *fuzz_seeds(size_t *ret_count);
/* Writes the words of the protocol as a libFuzzer and AFL dictionary. */
void fuzz_dictionary(FILE *out);

#endif
