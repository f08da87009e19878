/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which device does a newcomer want?
 *
 * In libqmi's and libmbim's dialects the first message names it.  The main thread reads
 * just far enough to know, and hands the connection over with all that was read: the
 * message itself is the router's to answer.
 */
#ifndef PDNMUX_PROXY_HELLO_H
#define PDNMUX_PROXY_HELLO_H

#include <stddef.h>
#include <stdint.h>

#define HELLO_PATH_MAX 512
#define HELLO_ANSWER_MAX 64

enum hello_result {
	HELLO_MORE,   /* not yet known: read more */
	HELLO_DEVICE, /* path is filled in; every byte goes to its channel */
	HELLO_REFUSE, /* used bytes are done with; answer_len bytes of answer go back */
};

struct hello {
	char path[HELLO_PATH_MAX];
	size_t used;
	uint8_t answer[HELLO_ANSWER_MAX];
	size_t answer_len;
};

/* What len bytes at buf say.  An enum hello_result, or -EPROTO: hang up. */
typedef int hello_fn(const uint8_t *buf, size_t len, struct hello *ret);

/* libqmi's open message, CTL 0xff00 (reference/proxies.md 2.1). */
hello_fn hello_qmi;
/* libmbim's CONFIGURATION command (reference/proxies.md 4.1). */
hello_fn hello_mbim;

#endif
