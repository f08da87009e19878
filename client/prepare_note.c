/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line of numbers, versioned.
 */
#include "config.h"

#include "client/prepare_note.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xmem.h"

#define NOTE_FORMAT "pdnmux-1 %lu %d %d %d %u %u %u %u %u end"

int
prepare_note_read(const char *path, struct prepare_note *ret)
{
	struct prepare_note n = {0};
	int kind, raw_ip, last = 0;
	unsigned qmap;
	FILE *f = fopen(path, "re");
	if (!f)
		return -errno;
	int fields = fscanf(f, NOTE_FORMAT "%n", &n.serial, &n.ifindex, &kind, &raw_ip,
	    &qmap, &n.format.dl_max_size, &n.format.dl_max_datagrams,
	    &n.format.ul_max_size, &n.format.ul_max_datagrams, &last);
	fclose(f);
	if (fields != 9 || last == 0 || kind <= MUXDEV_AUTO || kind > MUXDEV_WWAN ||
	    qmap > 5)
		return -EBADMSG;
	n.kind = kind;
	n.format.raw_ip = raw_ip != 0;
	n.format.qmap = (uint8_t)qmap;
	*ret = n;
	return 0;
}

int
prepare_note_write(const char *path, const struct prepare_note *note)
{
	const struct prepare_format *f = &note->format;
	char *temp = xasprintf("%s.%ld", path, (long)getpid());
	FILE *file = fopen(temp, "we");
	int rc = 0;
	if (!file) {
		rc = -errno;
	} else {
		fprintf(file, NOTE_FORMAT "\n", note->serial, note->ifindex,
		    (int)note->kind, f->raw_ip ? 1 : 0, f->qmap, f->dl_max_size,
		    f->dl_max_datagrams, f->ul_max_size, f->ul_max_datagrams);
		if (fclose(file) != 0 || rename(temp, path) < 0) {
			rc = -errno;
			unlink(temp);
		}
	}
	free(temp);
	return rc;
}
