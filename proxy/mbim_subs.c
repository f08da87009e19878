/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/mbim_info.h"
#include "common/mbim_table.h"
#include "common/xmem.h"
#include "proxy/mbim_subs.h"

/* reference/mbim.md 2.9 */
static const struct {
	enum mbim_service service;
	uint32_t cmd;
} standard[] = {
    {MBIM_SERVICE_BASIC_CONNECT, 2},
    {MBIM_SERVICE_BASIC_CONNECT, 3},
    {MBIM_SERVICE_BASIC_CONNECT, 7},
    {MBIM_SERVICE_BASIC_CONNECT, 9},
    {MBIM_SERVICE_BASIC_CONNECT, 10},
    {MBIM_SERVICE_BASIC_CONNECT, 11},
    {MBIM_SERVICE_BASIC_CONNECT, 12},
    {MBIM_SERVICE_BASIC_CONNECT, 13},
    {MBIM_SERVICE_BASIC_CONNECT, 15},
    {MBIM_SERVICE_BASIC_CONNECT, 22},
    {MBIM_SERVICE_BASIC_CONNECT, 24},
    {MBIM_SERVICE_SMS, 1},
    {MBIM_SERVICE_SMS, 2},
    {MBIM_SERVICE_SMS, 5},
    {MBIM_SERVICE_USSD, 1},
    {MBIM_SERVICE_PHONEBOOK, 1},
    {MBIM_SERVICE_STK, 1},
};

#define STANDARD_COUNT (sizeof(standard) / sizeof(standard[0]))

static bool
is_standard_service(const uint8_t *uuid)
{
	int service = mbim_service_find(uuid);

	for (size_t i = 0; i < STANDARD_COUNT; i++)
		if ((int)standard[i].service == service)
			return true;
	return false;
}

void
mbim_subs_free(struct mbim_subs *s)
{
	free(s->items);
	*s = (struct mbim_subs){0};
}

static int
compare(const void *a, const void *b)
{
	const struct mbim_sub *x = a, *y = b;
	int order = memcmp(x->service, y->service, MBIM_UUID_LEN);

	return order ? order : (x->cmd > y->cmd) - (x->cmd < y->cmd);
}

/* Sorted, without doubles, and without what "all of the service" covers. */
static void
tidy(struct mbim_subs *s)
{
	size_t kept = 0;

	if (s->count > 0)
		qsort(s->items, s->count, sizeof(*s->items), compare);
	for (size_t i = 0; i < s->count; i++) {
		const struct mbim_sub *last = kept ? &s->items[kept - 1] : NULL;

		if (last &&
		    memcmp(last->service, s->items[i].service, MBIM_UUID_LEN) == 0 &&
		    (last->cmd == 0 || last->cmd == s->items[i].cmd))
			continue;
		s->items[kept++] = s->items[i];
	}
	s->count = kept;
}

static void
append(struct mbim_subs *s, const uint8_t *service, uint32_t cmd)
{
	struct mbim_sub *one;

	/* grows at each power of two */
	if ((s->count & (s->count - 1)) == 0)
		s->items =
		    xrealloc(s->items, s->count ? s->count * 2 : 1, sizeof(*s->items));
	one = &s->items[s->count++];
	memcpy(one->service, service, MBIM_UUID_LEN);
	one->cmd = cmd;
}

void
mbim_subs_standard(struct mbim_subs *ret)
{
	mbim_subs_free(ret);
	for (size_t i = 0; i < STANDARD_COUNT; i++)
		append(ret, mbim_service_uuid(standard[i].service), standard[i].cmd);
	tidy(ret);
}

static int
parse_element(struct cursor *c, struct mbim_subs *ret)
{
	struct mbim_reader e;
	const uint8_t *service;
	uint32_t count, cmd = 0;

	mbim_reader_init(&e, c->pos, cursor_left(c), MBIM_UUID_LEN + 4);
	if (!mbim_read_inline(&e, MBIM_UUID_LEN, &service) ||
	    !mbim_read_u32(&e, &count) || !mbim_read_grow(&e, count, 4))
		return -EINVAL;
	if (ret->count + (count ? count : 1) > MBIM_SUBS_MAX)
		return -E2BIG;
	if (count == 0)
		append(ret, service, 0);
	for (uint32_t i = 0; i < count; i++)
		if (mbim_read_u32(&e, &cmd) && cmd != 0)
			append(ret, service, cmd);
	return mbim_reader_ok(&e) ? 0 : -EINVAL;
}

int
mbim_subs_parse(const uint8_t *info, size_t len, struct mbim_subs *ret)
{
	struct mbim_reader r;
	uint32_t count;
	struct cursor c;
	int rc = 0;

	mbim_reader_init(&r, info, len, 4);
	if (!mbim_read_u32(&r, &count) || !mbim_read_grow(&r, count, 8))
		return -EINVAL;
	for (uint32_t i = 0; i < count && rc == 0; i++)
		rc = mbim_read_ref(&r, &c) ? parse_element(&c, ret) : -EINVAL;
	if (rc < 0)
		mbim_subs_free(ret);
	else
		tidy(ret);
	return rc;
}

int
mbim_subs_merge(struct mbim_subs *s, const struct mbim_subs *other)
{
	if (s->count + other->count > MBIM_SUBS_MERGED_MAX)
		return -E2BIG;
	for (size_t i = 0; i < other->count; i++)
		if (!is_standard_service(other->items[i].service))
			append(s, other->items[i].service, other->items[i].cmd);
	tidy(s);
	return 0;
}

bool
mbim_subs_has(const struct mbim_subs *s, const uint8_t *service, uint32_t cmd)
{
	for (size_t i = 0; i < s->count; i++)
		if ((s->items[i].cmd == cmd || s->items[i].cmd == 0) &&
		    memcmp(s->items[i].service, service, MBIM_UUID_LEN) == 0)
			return true;
	return false;
}

bool
mbim_subs_equal(const struct mbim_subs *a, const struct mbim_subs *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (compare(&a->items[i], &b->items[i]) != 0)
			return false;
	return true;
}

/* How many items from first on are of one service. */
static size_t
run_of(const struct mbim_subs *s, size_t first)
{
	size_t n = 1;

	while (first + n < s->count &&
	       memcmp(s->items[first].service, s->items[first + n].service,
		   MBIM_UUID_LEN) == 0)
		n++;
	return n;
}

void
mbim_subs_write(const struct mbim_subs *s, struct writer *w)
{
	struct mbim_writer m;
	uint32_t services = 0;

	for (size_t i = 0; i < s->count; i += run_of(s, i))
		services++;
	mbim_writer_init(&m, w, 4 + 8 * (size_t)services);
	mbim_write_u32(&m, services);
	for (size_t i = 0, n; i < s->count; i += n) {
		size_t begin = mbim_write_element_begin(&m);
		bool all = s->items[i].cmd == 0;

		n = run_of(s, i);
		writer_bytes(w, s->items[i].service, MBIM_UUID_LEN);
		writer_u32le(w, all ? 0 : (uint32_t)n);
		for (size_t k = 0; k < n && !all; k++)
			writer_u32le(w, s->items[i + k].cmd);
		mbim_write_element_end(&m, begin);
	}
}
