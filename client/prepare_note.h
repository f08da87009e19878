/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The note that says a modem is ready: what was agreed, and on which device.
 *
 * It is replaced in one step, so it is whole or absent, and it can be read without a
 * lock.
 */
#ifndef PDNMUX_CLIENT_PREPARE_NOTE_H
#define PDNMUX_CLIENT_PREPARE_NOTE_H

#include "client/prepare.h"

struct prepare_note {
	unsigned long serial; /* another one for each note */
	int ifindex;          /* of the parent */
	enum muxdev_kind kind;
	struct prepare_format format;
};

/* 0, -ENOENT, -EBADMSG for a note that is none, other -errno. */
int prepare_note_read(const char *path, struct prepare_note *ret);
int prepare_note_write(const char *path, const struct prepare_note *note);

#endif
