/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/modem/frame_log.h"

#include <stdlib.h>
#include <string.h>

#include "common/framer.h"
#include "common/log.h"
#include "common/mbim.h"
#include "common/print.h"
#include "common/qmux.h"
#include "common/xmem.h"

#define TOKEN "frame"
#define MESSAGE_MAX 65540 /* bytes */
#define LINE_MAX_CHARS 2000

struct frame_log {
	struct framer *framer;
	char *name;
	char arrow;
	bool mbim;
};

struct frame_log *
frame_log_new(const char *name, char arrow, bool mbim)
{
	struct frame_log *f = xcalloc(1, sizeof(*f));
	f->framer = framer_new(mbim ? mbim_scan : qmux_scan, MESSAGE_MAX);
	f->name = xstrdup(name);
	f->arrow = arrow;
	f->mbim = mbim;
	return f;
}

void
frame_log_free(struct frame_log *f)
{
	if (!f)
		return;
	framer_free(f->framer);
	free(f->name);
	free(f);
}

static void
show(const struct frame_log *f, const uint8_t *msg, size_t len)
{
	char line[LINE_MAX_CHARS];
	if (f->mbim)
		print_mbim(line, sizeof(line), msg, len);
	else
		print_qmi(line, sizeof(line), msg, len);
	log_debug(TOKEN, "%s %c %s", f->name, f->arrow, line);
}

static void
show_whole(struct frame_log *f)
{
	uint8_t *msg;
	int n;
	while ((n = framer_next(f->framer, &msg)) != 0) {
		if (n > 0)
			show(f, msg, (size_t)n);
		else
			log_debug(TOKEN, "%s %c %zu bytes that are no message", f->name,
			    f->arrow, framer_resync(f->framer));
	}
}

void
frame_log_bytes(struct frame_log *f, const uint8_t *bytes, size_t len)
{
	if (!log_enabled(LOG_LEVEL_DEBUG, TOKEN))
		return;
	while (len > 0) {
		size_t room;
		uint8_t *to = framer_room(f->framer, &room);
		size_t n = len < room ? len : room;
		memcpy(to, bytes, n);
		framer_added(f->framer, n);
		show_whole(f);
		bytes += n;
		len -= n;
	}
}
