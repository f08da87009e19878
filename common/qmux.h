/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds one whole QMUX frame in a buffer.
 *
 * Frame: marker 0x01, u16 LE length of all that follows the marker, flags, service,
 * CID, then an SDU.  Source: reference/qmi.md 1.1, 1.4.
 */
#ifndef PDNMUX_COMMON_QMUX_H
#define PDNMUX_COMMON_QMUX_H

#include <stddef.h>
#include <stdint.h>

#define QMUX_MARKER 0x01
#define QMUX_HDR_LEN 6
#define QMUX_FRAME_MAX 65536 /* u16 length plus the marker */
#define QMUX_WDM_MAX 4096    /* qmi_wwan's largest command (kernel.md 2) */

#define QMUX_CID_CTL 0x00
#define QMUX_CID_BROADCAST 0xff

/*
 * qmux_scan - how long is the frame at the start of buf?
 *
 * Returns the whole frame's length in bytes, marker included, when all of it is in
 * buf; 0 when more bytes are needed; -EPROTO when framing is lost (wrong marker, or
 * a length that cannot hold a header and the smallest SDU).
 */
int qmux_scan(const uint8_t *buf, size_t len);

#endif
