/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the module knows of contexts by itself: those provisioned, one per context type
 * and APN, and the three that it may attach to LTE with (home, partner, non-partner).
 */
#ifndef PDNMUX_MODEM_MBIM_CONTEXT_H
#define PDNMUX_MODEM_MBIM_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mbim_info.h"

/* Text as UTF-8: three bytes at most for each unit of UTF-16, and the NUL. */
#define MBIM_APN_SIZE (200 / 2 * 3 + 1)
#define MBIM_USER_SIZE (510 / 2 * 3 + 1)

#define MBIM_CONTEXTS_MAX 16
#define MBIM_ATTACH_CONTEXTS 3

/* Name and credentials, as four commands have them. */
struct mbim_access {
	char apn[MBIM_APN_SIZE];
	char user[MBIM_USER_SIZE];
	char password[MBIM_USER_SIZE];
	uint32_t compression;
	uint32_t auth;
};

struct mbim_context {
	uint32_t id; /* 0: not in use */
	uint8_t type[16];
	uint32_t ip_type, state, roaming, media, source;
	struct mbim_access access;
};

struct mbim_attach_context {
	uint32_t ip_type, roaming, source;
	struct mbim_access access;
};

struct mbim_contexts {
	struct mbim_context provisioned[MBIM_CONTEXTS_MAX];
	struct mbim_attach_context attach[MBIM_ATTACH_CONTEXTS];
};

/* As the module leaves the factory: "internet", and attaching with the same. */
void mbim_contexts_init(struct mbim_contexts *c);
/* The enabled context of that type; NULL when there is none. */
const struct mbim_context *mbim_contexts_of_type(
    const struct mbim_contexts *c, const uint8_t *type);
/*
 * mbim_read_text - a pair pointing at text of at most limit bytes of UTF-16.
 *
 * Like mbim_read_string(), but longer text sets *ret_too_long.
 */
bool mbim_read_text(
    struct mbim_reader *r, char *ret, size_t size, size_t limit, bool *ret_too_long);
/* The three pairs; compression and auth follow at different places. */
bool mbim_read_access(
    struct mbim_reader *r, struct mbim_access *ret, bool *ret_too_long);
void mbim_write_access(struct mbim_writer *w, const struct mbim_access *a);
/* Compression and authentication protocol within their enumerations. */
bool mbim_access_valid(const struct mbim_access *a);

#endif
