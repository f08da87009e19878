/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/mbim_ids.h"
#include "common/utf16.h"
#include "tests/modem/mbim_context.h"

#define SOURCE_DEVICE 4
#define AUTH_MAX 3 /* MSCHAPv2 */

void
mbim_contexts_init(struct mbim_contexts *c)
{
	struct mbim_context *first = &c->provisioned[0];

	memset(c, 0, sizeof(*c));
	first->id = 1;
	memcpy(first->type, mbim_context_internet, sizeof(first->type));
	first->ip_type = MBIM_IP_TYPE_V4V6;
	first->state = 1;
	first->source = SOURCE_DEVICE;
	snprintf(first->access.apn, sizeof(first->access.apn), "internet");
	for (uint32_t i = 0; i < MBIM_ATTACH_CONTEXTS; i++) {
		c->attach[i].ip_type = MBIM_IP_TYPE_V4V6;
		c->attach[i].roaming = i;
		c->attach[i].source = SOURCE_DEVICE;
		c->attach[i].access = first->access;
	}
}

const struct mbim_context *
mbim_contexts_of_type(const struct mbim_contexts *c, const uint8_t *type)
{
	for (size_t i = 0; i < MBIM_CONTEXTS_MAX; i++)
		if (c->provisioned[i].id && c->provisioned[i].state &&
		    memcmp(c->provisioned[i].type, type, 16) == 0)
			return &c->provisioned[i];
	return NULL;
}

bool
mbim_read_text(
    struct mbim_reader *r, char *ret, size_t size, size_t limit, bool *ret_too_long)
{
	struct cursor text;

	if (!mbim_read_ref(r, &text))
		return false;
	if (cursor_left(&text) > limit)
		*ret_too_long = true;
	if (!utf16_decode(&text, ret, size))
		r->is_bad = true;
	return mbim_reader_ok(r);
}

bool
mbim_read_access(struct mbim_reader *r, struct mbim_access *ret, bool *ret_too_long)
{
	return mbim_read_text(
		   r, ret->apn, sizeof(ret->apn), MBIM_APN_MAX, ret_too_long) &&
	       mbim_read_text(
		   r, ret->user, sizeof(ret->user), MBIM_USER_MAX, ret_too_long) &&
	       mbim_read_text(r, ret->password, sizeof(ret->password),
		   MBIM_PASSWORD_MAX, ret_too_long);
}

void
mbim_write_access(struct mbim_writer *w, const struct mbim_access *a)
{
	mbim_write_string(w, a->apn);
	mbim_write_string(w, a->user);
	mbim_write_string(w, a->password);
}

bool
mbim_access_valid(const struct mbim_access *a)
{
	return a->compression <= 1 && a->auth <= AUTH_MAX;
}
