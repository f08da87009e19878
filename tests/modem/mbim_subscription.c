/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mbim_info.h"
#include "common/xmem.h"
#include "tests/modem/mbim_subscription.h"

#define ENTRY_FIXED_LEN 20 /* UUID and count */

void
mbim_subscription_reset(struct mbim_subscription *s)
{
	s->is_set = false;
	s->count = 0;
}

static bool
read_entry(struct mbim_subscription_entry *e, struct cursor *element)
{
	const uint8_t *uuid, *bytes;
	struct mbim_reader r;
	size_t len = cursor_left(element);

	if (!cursor_bytes(element, len, &bytes))
		return false;
	mbim_reader_init(&r, bytes, len, ENTRY_FIXED_LEN);
	if (!mbim_read_inline(&r, sizeof(e->service), &uuid) ||
	    !mbim_read_u32(&r, &e->count) || e->count > MBIM_SUBSCRIPTION_CIDS_MAX)
		return false;
	memcpy(e->service, uuid, sizeof(e->service));
	for (uint32_t i = 0; i < e->count; i++)
		mbim_read_u32(&r, &e->cids[i]);
	return mbim_reader_ok(&r);
}

bool
mbim_subscription_read(struct mbim_subscription *s, const uint8_t *info, size_t len)
{
	struct mbim_subscription *fresh = xcalloc(1, sizeof(*fresh));
	struct mbim_reader r;
	struct cursor element;
	bool good;

	mbim_reader_init(&r, info, len, 4);
	good = mbim_read_u32(&r, &fresh->count) &&
	       fresh->count <= MBIM_SUBSCRIPTION_SERVICES_MAX &&
	       mbim_read_grow(&r, fresh->count, 8);
	for (uint32_t i = 0; good && i < fresh->count; i++)
		good = mbim_read_ref(&r, &element) &&
		       read_entry(&fresh->entries[i], &element);
	if (good) {
		fresh->is_set = true;
		*s = *fresh;
	}
	free(fresh);
	return good;
}

static void
write_entry(const struct mbim_subscription_entry *e, struct writer *w)
{
	writer_bytes(w, e->service, sizeof(e->service));
	writer_u32le(w, e->count);
	for (uint32_t i = 0; i < e->count; i++)
		writer_u32le(w, e->cids[i]);
}

void
mbim_subscription_write(const struct mbim_subscription *s, struct writer *w)
{
	struct mbim_writer m;

	mbim_writer_init(&m, w, 4 + 8 * (size_t)s->count);
	mbim_write_u32(&m, s->count);
	for (uint32_t i = 0; i < s->count; i++) {
		size_t begin = mbim_write_element_begin(&m);

		write_entry(&s->entries[i], w);
		mbim_write_element_end(&m, begin);
	}
}

static bool
entry_has(const struct mbim_subscription_entry *e, uint32_t cmd)
{
	for (uint32_t i = 0; i < e->count; i++)
		if (e->cids[i] == cmd)
			return true;
	return e->count == 0;
}

bool
mbim_subscription_wants(const struct mbim_subscription *s, const uint8_t *service,
    uint32_t cmd, bool is_standard)
{
	if (!s->is_set)
		return is_standard;
	for (uint32_t i = 0; i < s->count; i++)
		if (memcmp(s->entries[i].service, service, 16) == 0 &&
		    entry_has(&s->entries[i], cmd))
			return true;
	return false;
}
