/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of mbim_messages.def as const arrays, and how to find one.
 *
 * The file is sorted as the arrays are searched (check_mbim_table proves it), so there
 * is nothing to set up and nothing to free.  Services are few and are searched one
 * after the other.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/mbim.h"
#include "common/mbim_table.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define OPS_Q MBIM_OP_QUERY
#define OPS_S MBIM_OP_SET
#define OPS_N MBIM_OP_NOTIFY
#define OPS_QS (OPS_Q | OPS_S)
#define OPS_QN (OPS_Q | OPS_N)
#define OPS_SN (OPS_S | OPS_N)
#define OPS_QSN (OPS_Q | OPS_S | OPS_N)

static const struct {
	uint8_t uuid[MBIM_UUID_LEN];
	const char *word;
} services[] = {
#define MBIM_SERVICE(service, ...) {{__VA_ARGS__}, #service},
#define MBIM_CMD(service, command, id, ops, source)
#define MBIM_FIELD(service, command, dir, name, type, flags)
#include "common/mbim_messages.def"
#undef MBIM_SERVICE
#undef MBIM_CMD
#undef MBIM_FIELD
};

const struct mbim_cmd_row mbim_cmd_rows[] = {
#define MBIM_SERVICE(service, ...)
#define MBIM_CMD(service, command, id, ops, source) \
	{MBIM_SERVICE_##service, id, #command, OPS_##ops, source},
#define MBIM_FIELD(service, command, dir, name, type, flags)
#include "common/mbim_messages.def"
#undef MBIM_SERVICE
#undef MBIM_CMD
#undef MBIM_FIELD
};

const size_t mbim_cmd_rows_count = COUNT(mbim_cmd_rows);

/* A command's id by its words, for the rows of its fields. */
enum {
#define MBIM_SERVICE(service, ...)
#define MBIM_CMD(service, command, id, ops, source) ID_##service##_##command = id,
#define MBIM_FIELD(service, command, dir, name, type, flags)
#include "common/mbim_messages.def"
#undef MBIM_SERVICE
#undef MBIM_CMD
#undef MBIM_FIELD
};

const struct mbim_field_row mbim_field_rows[] = {
#define MBIM_SERVICE(service, ...)
#define MBIM_CMD(service, command, id, ops, source)
#define MBIM_FIELD(service, command, dir, name, type, flags) \
	{MBIM_SERVICE_##service, ID_##service##_##command, MBIM_DIR_##dir, #name, \
	    MBIM_FIELD_##type, MBIM_FLAG_##flags},
#include "common/mbim_messages.def"
#undef MBIM_SERVICE
#undef MBIM_CMD
#undef MBIM_FIELD
};

const size_t mbim_field_rows_count = COUNT(mbim_field_rows);

const uint8_t *
mbim_service_uuid(enum mbim_service service)
{
	return services[service].uuid;
}

int
mbim_service_find(const uint8_t *uuid)
{
	for (size_t i = 0; i < COUNT(services); i++) {
		if (memcmp(services[i].uuid, uuid, MBIM_UUID_LEN) == 0)
			return (int)i;
	}
	return -1;
}

const char *
mbim_service_word(enum mbim_service service)
{
	return services[service].word;
}

static int
compare_cmd(const void *a, const void *b)
{
	const struct mbim_cmd_row *x = a, *y = b;

	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

const struct mbim_cmd_row *
mbim_cmd_find(const uint8_t *uuid, uint32_t cmd)
{
	int service = mbim_service_find(uuid);
	struct mbim_cmd_row key = {.id = cmd};

	if (service < 0)
		return NULL;
	key.service = (enum mbim_service)service;
	return bsearch(&key, mbim_cmd_rows, mbim_cmd_rows_count,
	    sizeof(mbim_cmd_rows[0]), compare_cmd);
}

const struct mbim_cmd_row *
mbim_cmd_find_named(const char *name)
{
	char full[80];

	for (size_t i = 0; i < mbim_cmd_rows_count; i++) {
		const struct mbim_cmd_row *row = &mbim_cmd_rows[i];

		snprintf(full, sizeof(full), "%s.%s", mbim_service_word(row->service),
		    row->name);
		if (strcasecmp(full, name) == 0)
			return row;
	}
	return NULL;
}

/* Finds any field of that buffer; they are neighbours. */
static int
compare_field(const void *a, const void *b)
{
	const struct mbim_field_row *x = a, *y = b;

	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	if (x->cmd != y->cmd)
		return x->cmd < y->cmd ? -1 : 1;
	return (x->dir > y->dir) - (x->dir < y->dir);
}

const struct mbim_field_row *
mbim_cmd_fields(const struct mbim_cmd_row *row, enum mbim_dir dir, size_t *ret_count)
{
	struct mbim_field_row key = {
	    .service = row->service, .cmd = row->id, .dir = dir};
	const struct mbim_field_row *first, *last;
	const struct mbim_field_row *end = mbim_field_rows + mbim_field_rows_count;

	first = bsearch(&key, mbim_field_rows, mbim_field_rows_count,
	    sizeof(mbim_field_rows[0]), compare_field);
	if (!first) {
		*ret_count = 0;
		return NULL;
	}
	last = first;
	while (first > mbim_field_rows && compare_field(&first[-1], &key) == 0)
		first--;
	while (last + 1 < end && compare_field(&last[1], &key) == 0)
		last++;
	*ret_count = (size_t)(last - first) + 1;
	return first;
}

static size_t
field_len(enum mbim_field_type type)
{
	switch (type) {
	case MBIM_FIELD_BCD: return 2;
	case MBIM_FIELD_U32:
	case MBIM_FIELD_HEX32:
	case MBIM_FIELD_COUNT:
	case MBIM_FIELD_NUMBERS:
	case MBIM_FIELD_IP4:
	case MBIM_FIELD_IP6: return 4;
	case MBIM_FIELD_U64:
	case MBIM_FIELD_STR:
	case MBIM_FIELD_PREFIXES4:
	case MBIM_FIELD_PREFIXES6:
	case MBIM_FIELD_LIST4:
	case MBIM_FIELD_LIST6: return 8;
	case MBIM_FIELD_SERVICE:
	case MBIM_FIELD_CONTEXT: return MBIM_UUID_LEN;
	case MBIM_FIELD_STRINGS:
	case MBIM_FIELD_LIST:
	case MBIM_FIELD_BYTES:
	case MBIM_FIELD_QMUX: break;
	}
	return 0;
}

size_t
mbim_fields_fixed_len(const struct mbim_field_row *fields, size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count && fields[i].type != MBIM_FIELD_LIST; i++)
		len += field_len(fields[i].type);
	return len;
}

const char *
mbim_protocol_error_name(uint32_t error)
{
	switch ((enum mbim_error)error) {
	case MBIM_ERROR_TIMEOUT_FRAGMENT: return "TIMEOUT_FRAGMENT";
	case MBIM_ERROR_FRAGMENT_OUT_OF_SEQUENCE: return "FRAGMENT_OUT_OF_SEQUENCE";
	case MBIM_ERROR_LENGTH_MISMATCH: return "LENGTH_MISMATCH";
	case MBIM_ERROR_DUPLICATED_TID: return "DUPLICATED_TID";
	case MBIM_ERROR_NOT_OPENED: return "NOT_OPENED";
	case MBIM_ERROR_UNKNOWN: return "UNKNOWN";
	case MBIM_ERROR_CANCEL: return "CANCEL";
	case MBIM_ERROR_MAX_TRANSFER: return "MAX_TRANSFER";
	}
	return NULL;
}
