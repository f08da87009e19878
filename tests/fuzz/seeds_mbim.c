/* SPDX-License-Identifier: BSD-2-Clause */
/* Where fuzzing MBIM starts: the worked frames, and their types as words. */
#include "config.h"

#include "common/mbim.h"
#include "tests/fuzz/fuzz.h"

struct frame *
fuzz_seeds(size_t *ret_count)
{
	return frames_load("mbim.hex", ret_count);
}

void
fuzz_dictionary(FILE *out)
{
	static const uint32_t types[] = {MBIM_TYPE_OPEN, MBIM_TYPE_CLOSE,
	    MBIM_TYPE_COMMAND, MBIM_TYPE_HOST_ERROR, MBIM_TYPE_OPEN_DONE,
	    MBIM_TYPE_CLOSE_DONE, MBIM_TYPE_COMMAND_DONE, MBIM_TYPE_FUNCTION_ERROR,
	    MBIM_TYPE_INDICATE_STATUS};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		fprintf(out, "\"\\x%02x\\x00\\x00\\x%02x\"\n",
		    (unsigned)(types[i] & 0xff), (unsigned)(types[i] >> 24));
}
