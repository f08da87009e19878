/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The annotated frames of tests/data, for unit tests and fuzz seeds.
 *
 * A file is lines: "frame NAME" opens a frame, "text LINE" is what the printer says
 * about it, indented lines are its bytes in hex.  "|" is for the eye and "#" begins a
 * note.
 */
#ifndef PDNMUX_TESTS_UNIT_FRAMES_H
#define PDNMUX_TESTS_UNIT_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_BYTES_MAX 512

struct frame {
	char name[128];
	char text[512];
	uint8_t bytes[FRAME_BYTES_MAX];
	size_t len;
};

/*
 * frames_load - read tests/data/<file>; exits with a message when it is not as above.
 *
 * Gives an array of *ret_count frames, to be released with free().
 */
struct frame *frames_load(const char *file, size_t *ret_count);
/* The same for every QMI file at once. */
struct frame *frames_load_qmi(size_t *ret_count);

/*
 * Group set-up and tear-down of cmocka: every QMI frame in an array for all tests of a
 * program.
 */
extern struct frame *frames;
extern size_t frames_count;
int frames_setup(void **state);
int frames_teardown(void **state);
/* The frame of that name; exits with a message when there is none. */
const struct frame *frame_named(const char *name);

#endif
