/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "common/cursor.h"
#include "common/mbim.h"
#include "proxy/mbim_scan.h"

int
mbim_scan_conn(const uint8_t *buf, size_t len)
{
	if (len >= 8 && get_u32le(buf) == MBIM_TYPE_CLOSE && get_u32le(buf + 4) == 0)
		return len >= MBIM_HDR_LEN ? MBIM_HDR_LEN : 0;
	return mbim_scan(buf, len);
}
