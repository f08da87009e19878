/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MBIM control messages: where one ends, what its header says, and how a long one
 * travels as fragments.
 *
 * Information buffers are the business of mbim_info.h.  All integers on the wire are
 * little-endian; a service's UUID is 16 bytes in printed order.  A later fragment has
 * no body header, so it is read by mbim_fragment_parse() and never by mbim_parse().
 * Source: reference/mbim.md 1.
 */
#ifndef PDNMUX_COMMON_MBIM_H
#define PDNMUX_COMMON_MBIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cursor.h"

#define MBIM_HDR_LEN 12
#define MBIM_FRAGMENT_HDR_LEN 20
#define MBIM_COMMAND_HDR_LEN 48    /* COMMAND and COMMAND_DONE */
#define MBIM_INDICATION_HDR_LEN 44 /* INDICATE_STATUS */
#define MBIM_MESSAGE_MAX 65536     /* bytes of a message that we take, assembled */
#define MBIM_TRANSFER_MIN 64       /* smallest control transfer allowed */
#define MBIM_TRANSFER_DEFAULT 4096 /* where the device does not say */
#define MBIM_UUID_LEN 16

#define MBIM_QUERY 0
#define MBIM_SET 1

enum mbim_type {
	MBIM_TYPE_OPEN = 0x00000001,
	MBIM_TYPE_CLOSE = 0x00000002,
	MBIM_TYPE_COMMAND = 0x00000003,
	MBIM_TYPE_HOST_ERROR = 0x00000004,
};
/* A response has bit 31 set, which an enumerator need not hold. */
#define MBIM_TYPE_OPEN_DONE UINT32_C(0x80000001)
#define MBIM_TYPE_CLOSE_DONE UINT32_C(0x80000002)
#define MBIM_TYPE_COMMAND_DONE UINT32_C(0x80000003)
#define MBIM_TYPE_FUNCTION_ERROR UINT32_C(0x80000004)
#define MBIM_TYPE_INDICATE_STATUS UINT32_C(0x80000007)

/* What HOST_ERROR and FUNCTION_ERROR say. */
enum mbim_error {
	MBIM_ERROR_TIMEOUT_FRAGMENT = 1,
	MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE = 2,
	MBIM_ERROR_LENGTH_MISMATCH = 3,
	MBIM_ERROR_DUPLICATED_TID = 4,
	MBIM_ERROR_NOT_OPENED = 5,
	MBIM_ERROR_UNKNOWN = 6,
	MBIM_ERROR_CANCEL = 7,
	MBIM_ERROR_MAX_TRANSFER = 8,
};

/* A whole message.  service and info point into the caller's buffer. */
struct mbim_msg {
	uint32_t type;
	uint32_t txn;
	uint32_t value; /* OPEN: max transfer; *_DONE: status; errors: mbim_error */
	const uint8_t *service; /* MBIM_UUID_LEN bytes; NULL without a body */
	uint32_t cmd;
	uint32_t command_type; /* COMMAND: MBIM_QUERY or MBIM_SET */
	const uint8_t *info;
	size_t info_len;
};

/* One fragment; an unfragmented message is fragment 0 of 1. */
struct mbim_fragment {
	uint32_t type;
	uint32_t txn;
	uint32_t total;
	uint32_t current;
	const uint8_t *payload; /* all that follows the 20 bytes of headers */
	size_t payload_len;
};

/*
 * mbim_scan - how long is the message or fragment at the start of buf?
 *
 * Returns its length in bytes when all of it is there, 0 when more is needed, -EPROTO
 * when framing is lost: an unknown type, or a length below the type's least or above
 * MBIM_MESSAGE_MAX.  A length of 0 is such a loss, not an endless loop.
 */
int mbim_scan(const uint8_t *buf, size_t len);
/* True for the three types that have a fragment header. */
bool mbim_type_fragments(uint32_t type);

/*
 * mbim_parse - read one whole message of exactly len bytes.
 *
 * Returns 0; -EPROTO when it is no message or only a fragment of one; -EBADMSG when
 * the header is sound but InformationBufferLength is not what follows it, to be
 * answered with LENGTH_MISMATCH (type and txn are set then).  Up to three bytes after
 * the information buffer are taken for padding.
 */
int mbim_parse(const uint8_t *buf, size_t len, struct mbim_msg *ret);
/*
 * mbim_fragment_parse - the headers of one fragment, or of an unfragmented message.
 *
 * Returns 0, or -EPROTO when len is not its length, the type has no fragments, or
 * total is 0 or current is not below it.
 */
int mbim_fragment_parse(const uint8_t *buf, size_t len, struct mbim_fragment *ret);

/*
 * mbim_build_short - a message without a body.
 *
 * value  OPEN: max transfer; a DONE: status; an error: enum mbim_error; CLOSE: unused.
 *
 * Returns its length, 12 or 16, or -ENOBUFS.
 */
int mbim_build_short(
    uint8_t *buf, size_t cap, uint32_t type, uint32_t txn, uint32_t value);

/* Building a message with a body: begin, write to b->w, end. */
struct mbim_builder {
	struct writer w;
	size_t info; /* where the information buffer begins */
};

/* Each borrows buf until mbim_build_end(); service is MBIM_UUID_LEN bytes. */
void mbim_build_command(struct mbim_builder *b, uint8_t *buf, size_t cap, uint32_t txn,
    const uint8_t *service, uint32_t cmd, uint32_t command_type);
void mbim_build_done(struct mbim_builder *b, uint8_t *buf, size_t cap, uint32_t txn,
    const uint8_t *service, uint32_t cmd, uint32_t status);
void mbim_build_indication(struct mbim_builder *b, uint8_t *buf, size_t cap,
    const uint8_t *service, uint32_t cmd);
/* Fills in the lengths.  Returns the message's length, or -ENOBUFS. */
int mbim_build_end(struct mbim_builder *b);

/*
 * mbim_split_count - how many fragments of at most max bytes a message makes.
 *
 * len  of the whole message.  max  MBIM_TRANSFER_MIN or more.  1 when it fits.
 */
uint32_t mbim_split_count(size_t len, size_t max);
/*
 * mbim_split - writes fragment number current of a whole message.
 *
 * msg  borrowed, unfragmented, of a type with fragments.
 *
 * Returns the fragment's length; -EINVAL when there is no such fragment; -ENOBUFS.
 * All but the last are max bytes long.
 */
int mbim_split(const uint8_t *msg, size_t len, size_t max, uint32_t current,
    uint8_t *ret, size_t cap);

/* Fragments of one direction and one message on their way to be whole. */
struct mbim_assembly {
	uint8_t *buf; /* owned; the message so far, as one unfragmented */
	size_t len;
	size_t cap;
	uint32_t txn;
	uint32_t total;
	uint32_t next; /* the fragment that must come; 0: nothing is held */
};

/*
 * mbim_assembly_add - take one fragment.
 *
 * a    starts as all zero; freed by mbim_assembly_free().
 * buf  one fragment of len bytes, borrowed; an unfragmented message will do too.
 *
 * Returns the whole message's length, which is in a->buf until the next call; 0 when
 * more fragments must come; -EPROTO for the wrong order (FRAGMENT_OUT_OF_SEQUENCE with
 * that fragment's id is the answer); -EMSGSIZE beyond MBIM_MESSAGE_MAX; -ENOMEM.
 * After an error nothing is held.  The time between fragments is the caller's affair.
 */
int mbim_assembly_add(struct mbim_assembly *a, const uint8_t *buf, size_t len);
/* Forgets what is held, as when the sender took too long. */
void mbim_assembly_clear(struct mbim_assembly *a);
void mbim_assembly_free(struct mbim_assembly *a);

#endif
