/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where one frame ends and the next begins, and nothing else.
 *
 * Only the marker and the length are looked at: a frame whose boundary is plausible
 * but whose inside is broken is qmi_parse()'s to refuse, so that it costs one frame
 * and not the connection (reference/qmi.md 1.4).
 */
#include "config.h"

#include <errno.h>

#include "common/cursor.h"
#include "common/qmux.h"

#define QMUX_FRAME_MIN 12 /* header and the SDU header of CTL, the shortest one */

int
qmux_scan(const uint8_t *buf, size_t len)
{
	size_t frame_len;

	if (len == 0)
		return 0;
	if (buf[0] != QMUX_MARKER)
		return -EPROTO;
	if (len < 3)
		return 0;
	frame_len = (size_t)get_u16le(buf + 1) + 1;
	if (frame_len < QMUX_FRAME_MIN)
		return -EPROTO;
	return len < frame_len ? 0 : (int)frame_len;
}
