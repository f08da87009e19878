/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <string.h>

#include "common/cursor.h"

void
cursor_init(struct cursor *c, const void *buf, size_t len)
{
	c->pos = buf;
	c->end = len ? c->pos + len : c->pos;
	c->is_short = false;
}
