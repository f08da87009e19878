/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contexts that the module keeps: PROVISIONED_CONTEXTS of Basic Connect and of the
 * Microsoft extensions, which show the same table, and what LTE is attached with.
 */
#include "config.h"

#include <string.h>

#include "tests/modem/mbim_svc.h"

#define CONTEXT_FIXED_LEN 52     /* an element of the Basic Connect list */
#define CONTEXT_SET_FIXED_LEN 60 /* what a host sends: provider id too */
#define MS_CONTEXT_FIXED_LEN 72
#define ATTACH_FIXED_LEN 44
#define PROVIDER_ID_MAX 12 /* bytes of UTF-16: six digits */

enum ms_operation { MS_DEFAULT = 0, MS_DELETE = 1, MS_RESTORE = 2 };

typedef void write_element_fn(const struct mbim_context *c, struct writer *out);

static void
write_context(const struct mbim_context *c, struct writer *out)
{
	struct mbim_writer w;

	mbim_writer_init(&w, out, CONTEXT_FIXED_LEN);
	mbim_write_u32(&w, c->id);
	mbim_write_inline(&w, c->type, sizeof(c->type));
	mbim_write_access(&w, &c->access);
	mbim_write_u32(&w, c->access.compression);
	mbim_write_u32(&w, c->access.auth);
}

static void
write_ms_context(const struct mbim_context *c, struct writer *out)
{
	struct mbim_writer w;

	mbim_writer_init(&w, out, MS_CONTEXT_FIXED_LEN);
	mbim_write_u32(&w, c->id);
	mbim_write_inline(&w, c->type, sizeof(c->type));
	mbim_write_u32(&w, c->ip_type);
	mbim_write_u32(&w, c->state);
	mbim_write_u32(&w, c->roaming);
	mbim_write_u32(&w, c->media);
	mbim_write_u32(&w, c->source);
	mbim_write_access(&w, &c->access);
	mbim_write_u32(&w, c->access.compression);
	mbim_write_u32(&w, c->access.auth);
}

static void
write_list(const struct mbim_contexts *all, write_element_fn *write_element,
    struct writer *out)
{
	struct mbim_writer w;
	uint32_t count = 0;

	for (size_t i = 0; i < MBIM_CONTEXTS_MAX; i++)
		count += all->provisioned[i].id != 0;
	mbim_writer_init(&w, out, 4 + 8 * (size_t)count);
	mbim_write_u32(&w, count);
	for (size_t i = 0; i < MBIM_CONTEXTS_MAX; i++) {
		size_t begin = mbim_write_element_begin(&w);

		if (all->provisioned[i].id == 0)
			continue;
		write_element(&all->provisioned[i], out);
		mbim_write_element_end(&w, begin);
	}
}

void
mbim_write_contexts(struct mbim_func *f, struct writer *out, void *arg)
{
	(void)arg;
	write_list(&f->contexts, write_context, out);
}

void
mbim_write_ms_contexts(struct mbim_func *f, struct writer *out, void *arg)
{
	(void)arg;
	write_list(&f->contexts, write_ms_context, out);
}

/* The table is one: both services say that it is another now. */
static void
notify_contexts(struct mbim_func *f)
{
	mbim_func_notify(f, &mbim_svc_basic, MBIM_CID_PROVISIONED_CONTEXTS,
	    mbim_write_contexts, NULL);
	mbim_func_notify(f, &mbim_svc_ms, MBIM_CID_MS_PROVISIONED_CONTEXTS,
	    mbim_write_ms_contexts, NULL);
}

uint32_t
mbim_contexts_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	mbim_write_contexts(f, out, NULL);
	return MBIM_STATUS_NONE;
}

static uint32_t
check_access(const struct mbim_access *a, bool too_long)
{
	if (too_long)
		return MBIM_STATUS_PARAMETER_TOO_LONG;
	return mbim_access_valid(a) ? MBIM_STATUS_NONE : MBIM_STATUS_INVALID_PARAMETERS;
}

uint32_t
mbim_contexts_set(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct mbim_context c = {
	    .ip_type = MBIM_IP_TYPE_DEFAULT, .state = 1, .source = 1};
	char provider[PROVIDER_ID_MAX + 1];
	struct mbim_reader in;
	const uint8_t *type = NULL;
	bool too_long = false;
	uint32_t status;

	mbim_reader_init(&in, r->msg->info, r->msg->info_len, CONTEXT_SET_FIXED_LEN);
	mbim_read_u32(&in, &c.id);
	mbim_read_inline(&in, sizeof(c.type), &type);
	mbim_read_access(&in, &c.access, &too_long);
	mbim_read_u32(&in, &c.access.compression);
	mbim_read_u32(&in, &c.access.auth);
	if (!mbim_read_text(
		&in, provider, sizeof(provider), PROVIDER_ID_MAX, &too_long) ||
	    c.id == 0 || c.id > MBIM_CONTEXTS_MAX || !mbim_context_name(type))
		return MBIM_STATUS_INVALID_PARAMETERS;
	status = check_access(&c.access, too_long);
	if (status != MBIM_STATUS_NONE)
		return status;
	memcpy(c.type, type, sizeof(c.type));
	f->contexts.provisioned[c.id - 1] = c;
	mbim_write_contexts(f, out, NULL);
	notify_contexts(f);
	return MBIM_STATUS_NONE;
}

uint32_t
mbim_ms_contexts_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	mbim_write_ms_contexts(f, out, NULL);
	return MBIM_STATUS_NONE;
}

/* The place of a context of that type, or a free one; NULL when the table is full. */
static struct mbim_context *
place_of(struct mbim_contexts *all, const uint8_t *type)
{
	struct mbim_context *free_one = NULL;

	for (size_t i = 0; i < MBIM_CONTEXTS_MAX; i++) {
		struct mbim_context *c = &all->provisioned[i];

		if (c->id && memcmp(c->type, type, sizeof(c->type)) == 0)
			return c;
		if (!c->id && !free_one)
			free_one = c;
	}
	return free_one;
}

static uint32_t
apply_ms_context(struct mbim_func *f, uint32_t operation, struct mbim_context *c)
{
	struct mbim_context *place = place_of(&f->contexts, c->type);

	switch ((enum ms_operation)operation) {
	case MS_RESTORE: mbim_contexts_init(&f->contexts); return MBIM_STATUS_NONE;
	case MS_DELETE:
		if (!place || !place->id)
			return MBIM_STATUS_INVALID_PARAMETERS;
		memset(place, 0, sizeof(*place));
		return MBIM_STATUS_NONE;
	case MS_DEFAULT:
		if (!place)
			return MBIM_STATUS_WRITE_FAILURE;
		c->id = (uint32_t)(place - f->contexts.provisioned) + 1;
		*place = *c;
		return MBIM_STATUS_NONE;
	}
	return MBIM_STATUS_INVALID_PARAMETERS;
}

uint32_t
mbim_ms_contexts_set(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct mbim_context c = {0};
	struct mbim_reader in;
	const uint8_t *type = NULL;
	bool too_long = false;
	uint32_t operation, status;

	mbim_reader_init(&in, r->msg->info, r->msg->info_len, MS_CONTEXT_FIXED_LEN);
	mbim_read_u32(&in, &operation);
	mbim_read_inline(&in, sizeof(c.type), &type);
	mbim_read_u32(&in, &c.ip_type);
	mbim_read_u32(&in, &c.state);
	mbim_read_u32(&in, &c.roaming);
	mbim_read_u32(&in, &c.media);
	mbim_read_u32(&in, &c.source);
	mbim_read_access(&in, &c.access, &too_long);
	mbim_read_u32(&in, &c.access.compression);
	if (!mbim_read_u32(&in, &c.access.auth) || !mbim_context_name(type) ||
	    c.ip_type > MBIM_IP_TYPE_V4_AND_V6)
		return MBIM_STATUS_INVALID_PARAMETERS;
	status = check_access(&c.access, too_long);
	if (status != MBIM_STATUS_NONE)
		return status;
	memcpy(c.type, type, sizeof(c.type));
	status = apply_ms_context(f, operation, &c);
	if (status != MBIM_STATUS_NONE)
		return status;
	mbim_write_ms_contexts(f, out, NULL);
	notify_contexts(f);
	return MBIM_STATUS_NONE;
}

/* attaching ------------------------------------------------------------------------ */

static void
write_attach_context(const struct mbim_attach_context *c, struct writer *out)
{
	struct mbim_writer w;

	mbim_writer_init(&w, out, ATTACH_FIXED_LEN);
	mbim_write_u32(&w, c->ip_type);
	mbim_write_u32(&w, c->roaming);
	mbim_write_u32(&w, c->source);
	mbim_write_access(&w, &c->access);
	mbim_write_u32(&w, c->access.compression);
	mbim_write_u32(&w, c->access.auth);
}

static void
write_attach_config(const struct mbim_contexts *all, struct writer *out)
{
	struct mbim_writer w;

	mbim_writer_init(&w, out, 4 + 8 * MBIM_ATTACH_CONTEXTS);
	mbim_write_u32(&w, MBIM_ATTACH_CONTEXTS);
	for (size_t i = 0; i < MBIM_ATTACH_CONTEXTS; i++) {
		size_t begin = mbim_write_element_begin(&w);

		write_attach_context(&all->attach[i], out);
		mbim_write_element_end(&w, begin);
	}
}

uint32_t
mbim_ms_attach_config_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	write_attach_config(&f->contexts, out);
	return MBIM_STATUS_NONE;
}

static uint32_t
read_attach_context(struct cursor *element, struct mbim_attach_context *c)
{
	size_t len = cursor_left(element);
	struct mbim_reader in;
	const uint8_t *bytes;
	bool too_long = false;

	if (!cursor_bytes(element, len, &bytes))
		return MBIM_STATUS_INVALID_PARAMETERS;
	mbim_reader_init(&in, bytes, len, ATTACH_FIXED_LEN);
	mbim_read_u32(&in, &c->ip_type);
	mbim_read_u32(&in, &c->roaming);
	mbim_read_u32(&in, &c->source);
	mbim_read_access(&in, &c->access, &too_long);
	mbim_read_u32(&in, &c->access.compression);
	if (!mbim_read_u32(&in, &c->access.auth) ||
	    c->ip_type > MBIM_IP_TYPE_V4_AND_V6 || c->roaming >= MBIM_ATTACH_CONTEXTS)
		return MBIM_STATUS_INVALID_PARAMETERS;
	return check_access(&c->access, too_long);
}

uint32_t
mbim_ms_attach_config_set(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct mbim_attach_context fresh[MBIM_ATTACH_CONTEXTS];
	uint32_t operation, count, status = MBIM_STATUS_NONE;
	struct cursor element;
	struct mbim_reader in;

	memcpy(fresh, f->contexts.attach, sizeof(fresh));
	mbim_reader_init(&in, r->msg->info, r->msg->info_len, 8);
	mbim_read_u32(&in, &operation);
	if (!mbim_read_u32(&in, &count) || operation > 1 ||
	    count > MBIM_ATTACH_CONTEXTS || !mbim_read_grow(&in, count, 8))
		return MBIM_STATUS_INVALID_PARAMETERS;
	for (uint32_t i = 0; i < count && status == MBIM_STATUS_NONE; i++) {
		struct mbim_attach_context c = {0};

		if (!mbim_read_ref(&in, &element))
			return MBIM_STATUS_INVALID_PARAMETERS;
		status = read_attach_context(&element, &c);
		fresh[c.roaming % MBIM_ATTACH_CONTEXTS] = c;
	}
	if (status != MBIM_STATUS_NONE)
		return status;
	if (operation == 1)
		mbim_contexts_init(&f->contexts);
	else
		memcpy(f->contexts.attach, fresh, sizeof(fresh));
	write_attach_config(&f->contexts, out);
	return MBIM_STATUS_NONE;
}
