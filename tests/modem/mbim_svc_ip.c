/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP_CONFIGURATION, and what is counted and filtered on the way: PACKET_STATISTICS and
 * IP_PACKET_FILTERS.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/xmem.h"
#include "tests/modem/mbim_svc.h"

#define IP_CONFIGURATION_LEN 60
#define FILTER_FIXED_LEN 12
#define FILTER_FIXED_LEN_3 16 /* MBIMEx 3.0: and the filter's id */
#define FILTER_BYTES_MAX 192
#define FILTERS_MAX 32 /* of one session */

/* Addresses, gateway and name servers of one family, as the wire wants them. */
struct ip_half {
	uint8_t element[20]; /* prefix length and address */
	uint8_t gateway[16];
	uint8_t dns[2 * 16];
	uint32_t dns_count;
	uint32_t mtu;
	uint32_t flags; /* MBIM_IP_... */
	size_t address_len;
};

static void
half_set_element(struct ip_half *h, uint32_t plen, const void *address, size_t len)
{
	put_u32le(h->element, plen);
	memcpy(h->element + 4, address, len);
	h->address_len = len;
}

static void
half_add_dns(struct ip_half *h, const void *address)
{
	static const uint8_t none[16];

	if (memcmp(address, none, h->address_len) == 0)
		return;
	memcpy(h->dns + h->dns_count * h->address_len, address, h->address_len);
	h->dns_count++;
}

static void
half_read(struct ip_half *h, const struct modem_call *call, uint32_t flags)
{
	const struct bearer_config *c;

	memset(h, 0, sizeof(*h));
	if (!call || !call->bearer)
		return;
	c = bearer_config(call->bearer);
	h->flags = flags;
	h->mtu = c->mtu;
	if (c->family == AF_INET) {
		half_set_element(h, c->plen, &c->address4, sizeof(c->address4));
		memcpy(h->gateway, &c->gateway4, sizeof(c->gateway4));
		half_add_dns(h, &c->dns4[0]);
		half_add_dns(h, &c->dns4[1]);
	} else {
		half_set_element(h, c->plen, &c->address6, sizeof(c->address6));
		memcpy(h->gateway, &c->gateway6, sizeof(c->gateway6));
		half_add_dns(h, &c->dns6[0]);
		half_add_dns(h, &c->dns6[1]);
	}
}

static void
write_addresses(struct mbim_writer *w, const struct ip_half *h)
{
	mbim_write_array(
	    w, h->element, h->flags & MBIM_IP_ADDRESS ? 1 : 0, 4 + h->address_len);
}

static void
write_gateway(struct mbim_writer *w, const struct ip_half *h)
{
	mbim_write_offset(
	    w, h->flags & MBIM_IP_GATEWAY ? h->gateway : NULL, h->address_len);
}

static void
write_dns(struct mbim_writer *w, const struct ip_half *h)
{
	mbim_write_array(
	    w, h->dns, h->flags & MBIM_IP_DNS ? h->dns_count : 0, h->address_len);
}

void
mbim_write_ip_configuration(struct mbim_func *f, struct writer *out, void *arg)
{
	const struct mbim_session *s = arg;
	struct ip_half v4, v6;
	struct mbim_writer w;

	half_read(&v4, s->calls[MBIM_SESSION_V4], f->quirks.ip_flags[MBIM_SESSION_V4]);
	half_read(&v6, s->calls[MBIM_SESSION_V6], f->quirks.ip_flags[MBIM_SESSION_V6]);
	mbim_writer_init(&w, out, IP_CONFIGURATION_LEN);
	mbim_write_u32(&w, s->id);
	mbim_write_u32(&w, v4.flags);
	mbim_write_u32(&w, v6.flags);
	write_addresses(&w, &v4);
	write_addresses(&w, &v6);
	write_gateway(&w, &v4);
	write_gateway(&w, &v6);
	write_dns(&w, &v4);
	write_dns(&w, &v6);
	mbim_write_u32(&w, v4.flags & MBIM_IP_MTU ? v4.mtu : 0);
	mbim_write_u32(&w, v6.flags & MBIM_IP_MTU ? v6.mtu : 0);
}

uint32_t
mbim_ip_configuration_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct mbim_session *s;
	struct mbim_reader in;
	uint32_t id;

	mbim_reader_init(&in, r->msg->info, r->msg->info_len, IP_CONFIGURATION_LEN);
	if (!mbim_read_u32(&in, &id) || id > MBIM_SESSION_ID_MAX)
		return MBIM_STATUS_INVALID_PARAMETERS;
	s = mbim_session_get(f, id);
	if (s->state != MBIM_ACTIVATION_ACTIVATED)
		return MBIM_STATUS_CONTEXT_NOT_ACTIVATED;
	mbim_write_ip_configuration(f, out, s);
	return MBIM_STATUS_NONE;
}

/* PACKET_STATISTICS -------------------------------------------------------------------
 */

void
mbim_count_bearer(struct bearer_counters *total, const struct modem_call *call)
{
	const struct bearer_counters *c;

	if (!call)
		return;
	c = call->bearer ? bearer_counters(call->bearer) : &call->counters;
	total->up_packets += c->up_packets;
	total->up_bytes += c->up_bytes;
	total->down_packets += c->down_packets;
	total->down_bytes += c->down_bytes;
	total->spoofed += c->spoofed;
	total->malformed += c->malformed;
}

/* Of the whole device since OPEN: sessions that are gone, and those that are there. */
uint32_t
mbim_packet_statistics_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct bearer_counters total = f->sessions.gone;

	(void)r;
	for (uint32_t id = 0; id <= MBIM_SESSION_ID_MAX; id++) {
		const struct mbim_session *s = f->sessions.all[id];

		for (size_t i = 0; s && i < MBIM_SESSION_FAMILIES; i++)
			mbim_count_bearer(&total, s->calls[i]);
	}
	writer_u32le(out, 0); /* in: to the host; discards */
	writer_u32le(out, 0); /* errors */
	writer_u64le(out, total.down_bytes);
	writer_u64le(out, total.down_packets);
	writer_u64le(out, total.up_bytes);
	writer_u64le(out, total.up_packets);
	writer_u32le(out, (uint32_t)total.malformed);
	writer_u32le(out, (uint32_t)total.spoofed); /* discards */
	return MBIM_STATUS_NONE;
}

/* IP_PACKET_FILTERS -------------------------------------------------------------------
 */

static bool
filter_valid(struct cursor *element, size_t fixed_len)
{
	size_t len = cursor_left(element);
	struct cursor filter, mask;
	const uint8_t *bytes;
	struct mbim_reader in;
	uint32_t size;

	if (!cursor_bytes(element, len, &bytes))
		return false;
	mbim_reader_init(&in, bytes, len, fixed_len);
	return mbim_read_u32(&in, &size) && size <= FILTER_BYTES_MAX &&
	       mbim_read_offset(&in, size, &filter) &&
	       mbim_read_offset(&in, size, &mask);
}

/* Is it a well formed list, and whose? */
static bool
read_filters(const struct mbim_func *f, const struct mbim_msg *m, uint32_t *ret_id)
{
	size_t fixed_len =
	    f->version < MBIMEX_3 ? FILTER_FIXED_LEN : FILTER_FIXED_LEN_3;
	struct cursor element;
	struct mbim_reader in;
	uint32_t count;

	mbim_reader_init(&in, m->info, m->info_len, 8);
	mbim_read_u32(&in, ret_id);
	if (!mbim_read_u32(&in, &count) || *ret_id > MBIM_SESSION_ID_MAX ||
	    count > FILTERS_MAX || !mbim_read_grow(&in, count, 8))
		return false;
	while (count-- > 0)
		if (!mbim_read_ref(&in, &element) || !filter_valid(&element, fixed_len))
			return false;
	return true;
}

static void
write_filters(const struct mbim_session *s, struct writer *out)
{
	if (s->filters) {
		writer_bytes(out, s->filters, s->filters_len);
		return;
	}
	writer_u32le(out, s->id);
	writer_u32le(out, 0); /* none: all packets pass */
}

uint32_t
mbim_packet_filters_query(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	uint32_t id;

	if (!read_filters(f, r->msg, &id))
		return MBIM_STATUS_INVALID_PARAMETERS;
	write_filters(mbim_session_get(f, id), out);
	return MBIM_STATUS_NONE;
}

/*
 * Filters say which packets may wake a sleeping host.  This function's host never
 * sleeps, so that they are kept and shown, and nothing is filtered by them.
 */
uint32_t
mbim_packet_filters_set(
    struct mbim_func *f, const struct mbim_request *r, struct writer *out)
{
	struct mbim_session *s;
	uint32_t id;

	if (!read_filters(f, r->msg, &id))
		return MBIM_STATUS_INVALID_PARAMETERS;
	s = mbim_session_get(f, id);
	free(s->filters);
	s->filters = xcalloc(1, r->msg->info_len);
	s->filters_len = r->msg->info_len;
	memcpy(s->filters, r->msg->info, s->filters_len);
	write_filters(s, out);
	return MBIM_STATUS_NONE;
}
