/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of services, and the two commands that are about them:
 * DEVICE_SERVICES and DEVICE_SERVICE_SUBSCRIBE_LIST.
 */
#include "config.h"

#include <string.h>

#include "tests/modem/mbim_func_int.h"
#include "tests/modem/mbim_svc.h"

static const struct mbim_func_service *const services[] = {
    &mbim_svc_basic, &mbim_svc_ms, &mbim_svc_qmi, &mbim_svc_quectel};

#define SERVICES_COUNT (sizeof(services) / sizeof(services[0]))

const struct mbim_func_service *
mbim_func_service(const uint8_t *uuid)
{
	for (size_t i = 0; i < SERVICES_COUNT; i++)
		if (memcmp(services[i]->uuid, uuid, MBIM_UUID_LEN) == 0)
			return services[i];
	return NULL;
}

const struct mbim_command *
mbim_command_find(const struct mbim_func_service *s, uint32_t cmd)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->commands[i].cmd == cmd)
			return &s->commands[i];
	return NULL;
}

/* One element of the list: UUID, no service stream (DSS), commands. */
static void
write_service(const struct mbim_func_service *s, struct writer *out)
{
	writer_bytes(out, s->uuid, MBIM_UUID_LEN);
	writer_u32le(out, 0); /* DSS payload: none */
	writer_u32le(out, 0); /* DSS instances */
	writer_u32le(out, (uint32_t)s->count);
	for (size_t i = 0; i < s->count; i++)
		writer_u32le(out, s->commands[i].cmd);
}

uint32_t
mbim_device_services_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct mbim_writer w;

	(void)f;
	(void)r;
	mbim_writer_init(&w, out, 8 + 8 * SERVICES_COUNT);
	mbim_write_u32(&w, SERVICES_COUNT);
	mbim_write_u32(&w, 0); /* sessions of service streams */
	for (size_t i = 0; i < SERVICES_COUNT; i++) {
		size_t begin = mbim_write_element_begin(&w);

		write_service(services[i], out);
		mbim_write_element_end(&w, begin);
	}
	return MBIM_STATUS_NONE;
}

uint32_t
mbim_subscribe_list_set(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	if (!mbim_subscription_read(&f->subscription, r->msg->info, r->msg->info_len))
		return MBIM_STATUS_INVALID_PARAMETERS;
	mbim_subscription_write(&f->subscription, out);
	return MBIM_STATUS_NONE;
}
