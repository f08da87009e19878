/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of mbim_messages.def as enumerators and const arrays.
 *
 * A service is a UUID on the wire and an enum mbim_service here.  The numbers that code
 * compares with are in mbim_ids.h; check_mbim_table holds the two together.
 */
#ifndef PDNMUX_COMMON_MBIM_TABLE_H
#define PDNMUX_COMMON_MBIM_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum mbim_service {
#define MBIM_SERVICE(service, ...) MBIM_SERVICE_##service,
#define MBIM_CMD(service, command, id, ops, source)
#define MBIM_FIELD(service, command, dir, name, type, flags)
#include "common/mbim_messages.def"
#undef MBIM_SERVICE
#undef MBIM_CMD
#undef MBIM_FIELD
	MBIM_SERVICE_COUNT
};

/* What a command may be used for. */
#define MBIM_OP_QUERY 0x01
#define MBIM_OP_SET 0x02
#define MBIM_OP_NOTIFY 0x04

/* Which information buffer. */
enum mbim_dir {
	MBIM_DIR_QUERY,
	MBIM_DIR_SET,
	MBIM_DIR_INFO, /* of a response or an indication */
};

/* How a field lies in the buffer (mbim.md 1.9). */
enum mbim_field_type {
	MBIM_FIELD_U32,
	MBIM_FIELD_HEX32, /* u32 of flags */
	MBIM_FIELD_U64,
	MBIM_FIELD_BCD,       /* u16: a version, 0x0300 for 3.0 */
	MBIM_FIELD_SERVICE,   /* UUID of a service */
	MBIM_FIELD_CONTEXT,   /* UUID of a context type */
	MBIM_FIELD_STR,       /* offset and size of UTF-16 */
	MBIM_FIELD_COUNT,     /* u32: of the elements of the next list */
	MBIM_FIELD_STRINGS,   /* pairs, as many as COUNT said, of strings */
	MBIM_FIELD_LIST,      /* the same of elements: all the field rows that follow */
	MBIM_FIELD_NUMBERS,   /* u32 count and as many u32, at the end of an element */
	MBIM_FIELD_PREFIXES4, /* u32 count and offset: prefix length and address */
	MBIM_FIELD_PREFIXES6,
	MBIM_FIELD_IP4, /* u32 offset, 0 for none */
	MBIM_FIELD_IP6,
	MBIM_FIELD_LIST4, /* u32 count and offset: addresses */
	MBIM_FIELD_LIST6,
	MBIM_FIELD_BYTES, /* the rest, opaque */
	MBIM_FIELD_QMUX,  /* the rest, a QMUX frame */
};

#define MBIM_FLAG_0 0x00
#define MBIM_FLAG_SECRET 0x01   /* never shown: passwords, PINs */
#define MBIM_FLAG_PERSONAL 0x02 /* masked in logs: IMSI, IMEI, ICCID, user names */

struct mbim_cmd_row {
	enum mbim_service service;
	uint32_t id;
	const char *name; /* "CONNECT" */
	uint8_t ops;      /* MBIM_OP_... */
	const char *source;
};

struct mbim_field_row {
	enum mbim_service service;
	uint32_t cmd;
	enum mbim_dir dir;
	const char *name; /* "APN" */
	enum mbim_field_type type;
	uint8_t flags; /* MBIM_FLAG_... */
};

/* Sorted by service, id; then by direction. */
extern const struct mbim_cmd_row mbim_cmd_rows[];
extern const size_t mbim_cmd_rows_count;
extern const struct mbim_field_row mbim_field_rows[];
extern const size_t mbim_field_rows_count;

/* MBIM_UUID_LEN bytes. */
const uint8_t *mbim_service_uuid(enum mbim_service service);
/* An enum mbim_service, or -1. */
int mbim_service_find(const uint8_t *uuid);
/* "BASIC_CONNECT": one word, for log lines and control languages. */
const char *mbim_service_word(enum mbim_service service);

/* Rows by wire ids, and by name ("BASIC_CONNECT.CONNECT", in any case); or NULL. */
const struct mbim_cmd_row *mbim_cmd_find(const uint8_t *uuid, uint32_t cmd);
const struct mbim_cmd_row *mbim_cmd_find_named(const char *name);
/* The fields of one buffer in wire order, and how many; NULL and 0 without rows. */
const struct mbim_field_row *mbim_cmd_fields(
    const struct mbim_cmd_row *row, enum mbim_dir dir, size_t *ret_count);
/* Bytes of the fixed part that these fields make, without what a count governs. */
size_t mbim_fields_fixed_len(const struct mbim_field_row *fields, size_t count);

/* "NOT_OPENED" of enum mbim_error; NULL when unknown. */
const char *mbim_protocol_error_name(uint32_t error);

#endif
