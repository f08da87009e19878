/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where fuzzing the MBIM router starts: short conversations of two programs and a
 * modem, made of the worked frames.  fuzz_mbim_router.c says what a step is.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/cursor.h"
#include "common/mbim.h"
#include "tests/fuzz/fuzz.h"

#define VENDOR_1 131 /* n % 5 says who: the modem is 0 */
#define VENDOR_2 132
#define LIB_3 128
#define MODEM 130
#define LEAVE_1 0x20
#define REPLUG 0x40
#define WAIT 0x50

/* A step of a conversation: a frame of mbim.hex, with another transaction id or 0. */
struct step {
	uint8_t who;
	uint8_t detail;
	const char *frame; /* NULL: nothing is said */
	uint32_t txn;
};

static const struct step dials[] = {{MODEM, 0, "E1 OPEN_DONE", 0},
    {VENDOR_1, 0, "E2", 0}, {MODEM, 0, "E3", 2}, {VENDOR_2, 0, "E2", 0},
    {LEAVE_1, 0, NULL, 0}, {WAIT, 255, NULL, 0}, {0}};
static const struct step loses[] = {{MODEM, 0, "E1 OPEN_DONE", 0},
    {VENDOR_1, 0, "E2", 0}, {MODEM, 0, "E3", 2}, {MODEM, 0, "E5", 0},
    {MODEM, 0, "E1 FUNCTION_ERROR", 0}, {MODEM, 0, "E1 OPEN_DONE", 3}, {0}};
static const struct step subscribes[] = {{MODEM, 0, "E1 OPEN_DONE", 0},
    {VENDOR_1, 0, "E6", 0}, {LIB_3, 0, "E8", 0}, {LIB_3, 0, "E1 OPEN", 0},
    {LEAVE_1, 0, NULL, 0}, {REPLUG, 2, NULL, 0}, {REPLUG, 2, NULL, 0},
    {MODEM, 0, "E1 OPEN_DONE", 3}, {0}};
static const struct step fragments[] = {{MODEM, 0, "E1 OPEN_DONE", 0},
    {VENDOR_1, 0, "E7 fragment 0", 0}, {VENDOR_2, 0, "E7 fragment 0", 0},
    {VENDOR_1, 0, "E7 fragment 1", 0}, {VENDOR_2, 0, "E9", 0},
    {VENDOR_1, 0, "E1 CLOSE", 0}, {WAIT, 30, NULL, 0}, {0}};
static const struct step versions[] = {{LIB_3, 0, "E8", 0},
    {MODEM, 0, "E1 OPEN_DONE", 0}, {WAIT, 3, NULL, 0}, {LIB_3, 0, "E10", 0},
    {MODEM, 0, "E10", 2}, {MODEM, 0, "E1 FUNCTION_ERROR", 0}, {WAIT, 255, NULL, 0},
    {0}};

static const struct step *const conversations[] = {
    dials, loses, subscribes, fragments, versions};

#define CONVERSATIONS (sizeof(conversations) / sizeof(conversations[0]))

static const struct frame *
find(const struct frame *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	abort();
}

static void
add_step(struct frame *to, const struct step *s, const struct frame *list, size_t count)
{
	const struct frame *f = s->frame ? find(list, count, s->frame) : NULL;

	if (to->len + 2 + (f ? f->len : 0) > sizeof(to->bytes))
		abort();
	to->bytes[to->len++] = s->who;
	to->bytes[to->len++] = s->detail;
	if (!f)
		return;
	memcpy(to->bytes + to->len, f->bytes, f->len);
	if (s->txn)
		put_u32le(to->bytes + to->len + 8, s->txn);
	to->len += f->len;
}

struct frame *
fuzz_seeds(size_t *ret_count)
{
	size_t count;
	struct frame *list = frames_load("mbim.hex", &count);
	struct frame *seeds = calloc(CONVERSATIONS, sizeof(*seeds));

	if (!seeds)
		abort();
	for (size_t i = 0; i < CONVERSATIONS; i++)
		for (const struct step *s = conversations[i]; s->who; s++)
			add_step(&seeds[i], s, list, count);
	free(list);
	*ret_count = CONVERSATIONS;
	return seeds;
}

void
fuzz_dictionary(FILE *out)
{
	static const uint32_t types[] = {MBIM_TYPE_OPEN, MBIM_TYPE_CLOSE,
	    MBIM_TYPE_COMMAND, MBIM_TYPE_HOST_ERROR, MBIM_TYPE_OPEN_DONE,
	    MBIM_TYPE_CLOSE_DONE, MBIM_TYPE_COMMAND_DONE, MBIM_TYPE_FUNCTION_ERROR,
	    MBIM_TYPE_INDICATE_STATUS};
	static const uint8_t who[] = {VENDOR_1, VENDOR_2, LIB_3, MODEM, LEAVE_1, WAIT};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		fprintf(out, "\"\\x%02x\\x00\\x00\\x%02x\"\n",
		    (unsigned)(types[i] & 0xff), (unsigned)(types[i] >> 24));
	for (size_t i = 0; i < sizeof(who); i++)
		fprintf(out, "\"\\x%02x\\x00\"\n", who[i]);
}
