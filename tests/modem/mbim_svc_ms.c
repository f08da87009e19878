/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Microsoft's Basic Connect Extensions (reference/mbim.md 2.4): VERSION, which changes
 * the layouts of other commands, and what modules of today are asked for.
 */
#include "config.h"

#include <string.h>

#include <event2/event.h>

#include "tests/modem/mbim_svc.h"

#define MBIM_1_0 0x0100

#define SLOT_ACTIVE 5
#define SLOT_EMPTY 3

#define PCO_COMPLETE 0
#define PCO_DNS6 0x0003 /* containers of 3GPP TS 24.008 10.5.6.3 */
#define PCO_DNS4 0x000d

static uint32_t
version_query(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	uint16_t mbim, extensions;
	struct cursor in;

	cursor_init(&in, r->msg->info, r->msg->info_len);
	cursor_u16le(&in, &mbim);
	if (!cursor_u16le(&in, &extensions) || mbim < MBIM_1_0)
		return MBIM_STATUS_INVALID_PARAMETERS;
	if (extensions >= MBIMEX_3)
		f->version = MBIMEX_3;
	else
		f->version = extensions >= MBIMEX_2 ? MBIMEX_2 : MBIMEX_1;
	writer_u16le(out, MBIM_1_0);
	writer_u16le(out, f->version);
	return MBIM_STATUS_NONE;
}

static uint32_t
sys_caps_query(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)f;
	(void)r;
	writer_u32le(out, 1); /* executors */
	writer_u32le(out, 1); /* slots */
	writer_u32le(out, 1); /* concurrency */
	writer_u64le(out, 1); /* this modem's id among those of the device */
	return MBIM_STATUS_NONE;
}

/* Executor 0 on slot 0: there is nothing else to map. */
static void
write_slot_mappings(struct writer *out)
{
	struct mbim_writer w;
	size_t begin;

	mbim_writer_init(&w, out, 4 + 8);
	mbim_write_u32(&w, 1);
	begin = mbim_write_element_begin(&w);
	writer_u32le(out, 0);
	mbim_write_element_end(&w, begin);
}

static uint32_t
slot_mappings_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)f;
	(void)r;
	write_slot_mappings(out);
	return MBIM_STATUS_NONE;
}

static uint32_t
slot_mappings_set(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct cursor element;
	struct mbim_reader in;
	uint32_t count, slot;

	(void)f;
	mbim_reader_init(&in, r->msg->info, r->msg->info_len, 4);
	if (!mbim_read_u32(&in, &count) || count != 1 ||
	    !mbim_read_grow(&in, count, 8) || !mbim_read_ref(&in, &element) ||
	    !cursor_u32le(&element, &slot) || slot != 0)
		return MBIM_STATUS_INVALID_PARAMETERS;
	write_slot_mappings(out);
	return MBIM_STATUS_NONE;
}

void
mbim_write_slot_info(struct mbim_func *f, struct writer *out, void *arg)
{
	uint32_t state = SLOT_ACTIVE;

	(void)arg;
	if (mbim_sim_status(f) == MBIM_STATUS_SIM_NOT_INSERTED)
		state = SLOT_EMPTY;
	writer_u32le(out, 0);
	writer_u32le(out, state);
}

static uint32_t
slot_info_query(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct cursor in;
	uint32_t slot;

	cursor_init(&in, r->msg->info, r->msg->info_len);
	if (!cursor_u32le(&in, &slot) || slot != 0)
		return MBIM_STATUS_INVALID_PARAMETERS;
	mbim_write_slot_info(f, out, NULL);
	return MBIM_STATUS_NONE;
}

static void
write_pco_server(struct writer *w, uint16_t container, const void *address, size_t len)
{
	writer_u16be(w, container);
	writer_u8(w, (uint8_t)len);
	writer_bytes(w, address, len);
}

/* What the network said when the session came up: its name servers. */
static void
write_pco(const struct mbim_session *s, struct writer *w)
{
	const struct modem_call *v4 = s->calls[MBIM_SESSION_V4];
	const struct modem_call *v6 = s->calls[MBIM_SESSION_V6];

	writer_u8(w, 0x80); /* configuration protocol: PPP for IP */
	if (v4 && v4->bearer)
		write_pco_server(w, PCO_DNS4, &bearer_config(v4->bearer)->dns4[0], 4);
	if (v6 && v6->bearer)
		write_pco_server(w, PCO_DNS6, &bearer_config(v6->bearer)->dns6[0], 16);
}

static uint32_t
pco_query(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct mbim_session *s;
	struct cursor in;
	size_t begin;
	uint32_t id;

	cursor_init(&in, r->msg->info, r->msg->info_len);
	if (!cursor_u32le(&in, &id) || id > MBIM_SESSION_ID_MAX)
		return MBIM_STATUS_INVALID_PARAMETERS;
	s = mbim_session_get(f, id);
	if (s->state != MBIM_ACTIVATION_ACTIVATED)
		return MBIM_STATUS_CONTEXT_NOT_ACTIVATED;
	writer_u32le(out, id);
	begin = writer_mark(out, 4);
	writer_u32le(out, PCO_COMPLETE);
	write_pco(s, out);
	writer_fill_u32le(out, begin, (uint32_t)(out->len - begin - 8));
	return MBIM_STATUS_NONE;
}

static uint32_t
location_info_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	if (!mbim_is_registered(f))
		return MBIM_STATUS_NOT_REGISTERED;
	writer_u32le(out, UINT32_MAX); /* no location area: LTE */
	writer_u32le(out, MBIM_TRACKING_AREA);
	writer_u32le(out, MBIM_CELL_ID);
	return MBIM_STATUS_NONE;
}

/* The bearer that came with attaching: of the first attach context, the home one. */
void
mbim_write_attach_info(struct mbim_func *f, struct writer *out, void *arg)
{
	const struct mbim_attach_context *c = &f->contexts.attach[0];
	bool attached = mbim_is_attached(f);
	struct mbim_writer w;

	(void)arg;
	mbim_writer_init(&w, out, f->version < MBIMEX_3 ? 40 : 44);
	mbim_write_u32(&w, attached ? 1 : 0);
	if (f->version >= MBIMEX_3)
		mbim_write_u32(&w, 0); /* NwError */
	mbim_write_u32(&w, attached ? c->ip_type : MBIM_IP_TYPE_DEFAULT);
	mbim_write_string(&w, attached ? c->access.apn : "");
	mbim_write_string(&w, attached ? c->access.user : "");
	mbim_write_string(&w, attached ? c->access.password : "");
	mbim_write_u32(&w, attached ? c->access.compression : 0);
	mbim_write_u32(&w, attached ? c->access.auth : 0);
}

static uint32_t
attach_info_query(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	mbim_write_attach_info(f, out, NULL);
	return MBIM_STATUS_NONE;
}

static uint32_t
device_reset_set(struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	(void)r;
	(void)out;
	event_active(f->reset, 0, 0); /* answers first */
	return MBIM_STATUS_NONE;
}

static const struct mbim_command commands[] = {
    {.cmd = MBIM_CID_MS_PROVISIONED_CONTEXTS,
	.name = "MBIMEX.PROVISIONED_CONTEXTS",
	.query = mbim_ms_contexts_query,
	.set = mbim_ms_contexts_set},
    {.cmd = MBIM_CID_MS_LTE_ATTACH_CONFIG,
	.name = "MBIMEX.LTE_ATTACH_CONFIG",
	.query = mbim_ms_attach_config_query,
	.set = mbim_ms_attach_config_set},
    {.cmd = MBIM_CID_MS_LTE_ATTACH_INFO,
	.name = "MBIMEX.LTE_ATTACH_INFO",
	.query = attach_info_query},
    {.cmd = MBIM_CID_MS_SYS_CAPS, .name = "MBIMEX.SYS_CAPS", .query = sys_caps_query},
    {.cmd = MBIM_CID_MS_DEVICE_CAPS,
	.name = "MBIMEX.DEVICE_CAPS",
	.query = mbim_ms_device_caps_query},
    {.cmd = MBIM_CID_MS_SLOT_MAPPINGS,
	.name = "MBIMEX.SLOT_MAPPINGS",
	.query = slot_mappings_query,
	.set = slot_mappings_set},
    {.cmd = MBIM_CID_MS_SLOT_INFO,
	.name = "MBIMEX.SLOT_INFO",
	.query = slot_info_query},
    {.cmd = MBIM_CID_MS_PCO, .name = "MBIMEX.PCO", .query = pco_query},
    {.cmd = MBIM_CID_MS_DEVICE_RESET,
	.name = "MBIMEX.DEVICE_RESET",
	.set = device_reset_set},
    {.cmd = MBIM_CID_MS_LOCATION_INFO,
	.name = "MBIMEX.LOCATION_INFO",
	.query = location_info_query},
    {.cmd = MBIM_CID_MS_VERSION, .name = "MBIMEX.VERSION", .query = version_query},
};

const struct mbim_func_service mbim_svc_ms = {
    .uuid = mbim_ms_basic_connect,
    .commands = commands,
    .count = sizeof(commands) / sizeof(commands[0]),
};
