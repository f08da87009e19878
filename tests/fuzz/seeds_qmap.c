/* SPDX-License-Identifier: BSD-2-Clause */
/* Where fuzzing QMAP starts: the frames made by hand, and headers as words. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

struct frame *
fuzz_seeds(size_t *ret_count)
{
	return frames_load("qmap.hex", ret_count);
}

void
fuzz_dictionary(FILE *out)
{
	fputs("\"\\x00\\x81\\x00\\x25\"\n" /* v1 header */
	      "\"\\x80\\x81\\x00\\x14\"\n" /* command */
	      "\"\\x40\\x81\\x00\\x25\"\n" /* v5 header */
	      "\"\\x04\\x80\\x00\\x00\"\n" /* v5 checksum header */
	      "\"\\x00\\x14\\xc0\\x06\"\n" /* v4 offload, UDP */
	      "\"\\x00\\x14\\x80\\x10\"\n" /* v4 offload, TCP */
	      "\"\\x45\\x00\"\n"
	      "\"\\x60\\x00\"\n",
	    out);
}
