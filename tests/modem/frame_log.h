/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One direction of a control channel in the log, message by message, however the bytes
 * came; only at debug level.
 */
#ifndef PDNMUX_MODEM_FRAME_LOG_H
#define PDNMUX_MODEM_FRAME_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame_log;

/* name is copied; arrow is '>' to the modem or '<' from it.  Never NULL. */
struct frame_log *frame_log_new(const char *name, char arrow, bool mbim);
/* NULL is fine. */
void frame_log_free(struct frame_log *f);
void frame_log_bytes(struct frame_log *f, const uint8_t *bytes, size_t len);

#endif
