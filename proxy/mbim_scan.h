/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a program's MBIM message ends. */
#ifndef PDNMUX_PROXY_MBIM_SCAN_H
#define PDNMUX_PROXY_MBIM_SCAN_H

#include <stddef.h>
#include <stdint.h>

/*
 * As mbim_scan(), but a CLOSE that says it is 0 bytes long is the 12 of its header:
 * there are programs that never fill in its length (proxies.md 14, vector 10).
 */
int mbim_scan_conn(const uint8_t *buf, size_t len);

#endif
