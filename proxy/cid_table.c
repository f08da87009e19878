/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A block of 256 entries for each service in use: lookup is two indices, a walk is in
 * order of service and CID.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/xmem.h"
#include "proxy/cid_table.h"

#define CID_COUNT 256

struct cid_table {
	struct cid *blocks[CID_COUNT];
};

struct cid_table *
cid_table_new(void)
{
	return xcalloc(1, sizeof(struct cid_table));
}

void
cid_table_free(struct cid_table *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < CID_COUNT; i++)
		free(t->blocks[i]);
	free(t);
}

struct cid *
cid_table_get(struct cid_table *t, uint8_t service, uint8_t cid)
{
	struct cid *block = t->blocks[service];

	if (!block) {
		block = xcalloc(CID_COUNT, sizeof(*block));
		for (unsigned i = 0; i < CID_COUNT; i++) {
			block[i].service = service;
			block[i].cid = (uint8_t)i;
		}
		t->blocks[service] = block;
	}
	return &block[cid];
}

void
cid_table_own(struct cid *c, uint32_t owner, uid_t uid)
{
	c->state = CID_STATE_OWNED;
	c->owner = owner;
	c->uid = uid;
	c->deadline_ms = 0;
	c->must_release = false;
}

void
cid_table_clear(struct cid *c)
{
	uint8_t service = c->service, cid = c->cid;

	memset(c, 0, sizeof(*c));
	c->service = service;
	c->cid = cid;
}

struct cid *
cid_table_next(struct cid_table *t, const struct cid *prev)
{
	unsigned at = prev ? prev->service * CID_COUNT + prev->cid + 1u : 0;

	for (; at < CID_COUNT * CID_COUNT; at++) {
		struct cid *block = t->blocks[at / CID_COUNT];

		if (!block) {
			at |= CID_COUNT - 1; /* the whole block */
			continue;
		}
		if (block[at % CID_COUNT].state != CID_STATE_FREE)
			return &block[at % CID_COUNT];
	}
	return NULL;
}
