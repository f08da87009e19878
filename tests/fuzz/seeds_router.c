/* SPDX-License-Identifier: BSD-2-Clause */
/* Where fuzzing the router starts: short lives, in the bytes of fuzz_router.c. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define UP "\7\3\0"                   /* and its SYNC is answered */
#define JOIN "\0"                     /* program 0; 1: \10, 2: \20 */
#define ALLOC "\1\100\0\11\0\1\1\1"   /* of program 0, a WDS CID */
#define GRANT "\3\10\1\4"             /* the modem gives WDS 4 */
#define BIND "\1\101\4\1\10\21\1\201" /* to mux id 0x81 */
#define START "\1\1\4\2\6"            /* on WDS 4 */
#define ANSWER "\3\0"
#define LEAVE "\0"
#define WAIT "\6\377\377" /* 65 s */

#define SEED(bytes) \
	{ \
		bytes, sizeof(bytes) - 1 \
	}

static const struct {
	const char *bytes;
	size_t len;
} lives[] = {
    SEED(UP JOIN ALLOC GRANT BIND ANSWER START ANSWER LEAVE WAIT ANSWER),
    /* killed while ALLOCATE is under way; adopted; spoofed by another */
    SEED(UP JOIN ALLOC LEAVE GRANT ANSWER WAIT),
    SEED(UP JOIN ALLOC GRANT START ANSWER LEAVE "\20"
						"\21\1\4\2\7" ANSWER "\20" WAIT),
    SEED(UP JOIN "\20" ALLOC GRANT "\21\1\4\2\7"
		 "\30"
		 "\31\1\4\2\7"),
    /* RELEASE that is not answered, and overtaken by another's ALLOCATE */
    SEED(UP JOIN "\20" ALLOC GRANT LEAVE WAIT "\21\100\0\11\0\1\1\1"
		 "\3\10\1\4"
		 "\3\20"
		 "\3\0" WAIT),
    /* SYNC of a program, of the modem; unplugged with requests under way */
    SEED(UP JOIN ALLOC GRANT "\1\0\0\5\2"
			     "\3\0"
			     "\24\0\0\0\2" ANSWER),
    SEED(UP JOIN ALLOC GRANT START "\7\7" ANSWER WAIT),
    /* before the modem is ready; the open message; for ever */
    SEED(JOIN "\1\100\0\1\4\1\2ab" WAIT),
    SEED(JOIN "\1\100\0\1\4\1\2ab"
	      "\1\1\4\2\6" UP WAIT),
    /* more than it may have at once; one id twice; broadcast; revoke */
    SEED(UP JOIN ALLOC GRANT START START START START START START ANSWER ANSWER WAIT),
    SEED(UP JOIN ALLOC GRANT "\24\1\377\0\14"
			     "\24\1\4\0\14"
			     "\24\100\0\0\3\1\2\1\4"),
    /* a broken frame and a whole one, as bytes */
    SEED(UP JOIN "\2\20\1\17\0\0\3\4\0\7\0\115\0\3\0\1\11\0"
		 "\2\14\1\13\0\0\0\0\0\5\41"
		 "\0\0\0" ANSWER WAIT),
};

struct frame *
fuzz_seeds(size_t *ret_count)
{
	size_t count = sizeof(lives) / sizeof(lives[0]);
	struct frame *seeds = calloc(count, sizeof(*seeds));

	if (!seeds)
		abort();
	for (size_t n = 0; n < count; n++) {
		memcpy(seeds[n].bytes, lives[n].bytes, lives[n].len);
		seeds[n].len = lives[n].len;
	}
	*ret_count = count;
	return seeds;
}

void
fuzz_dictionary(FILE *out)
{
	fputs("\"\\x07\\x03\\x00\"\n"                          /* up, and SYNC */
	      "\"\\x01\\x40\\x00\\x09\\x00\\x01\\x01\\x01\"\n" /* ALLOCATE */
	      "\"\\x03\\x08\\x01\\x04\"\n"                     /* its answer */
	      "\"\\x01\\x01\\x04\\x02\\x06\"\n"                /* START */
	      "\"\\x03\\x00\"\n"                               /* an answer */
	      "\"\\x06\\xff\\xff\"\n",                         /* time */
	    out);
}
