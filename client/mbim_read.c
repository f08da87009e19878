/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading what the modem says, field by field, in the order of the reference's tables.
 */
#include "config.h"

#include <string.h>

#include "client/mbim_read.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"

#define CAPS_FIXED 64
#define READY_FIXED 28
#define READY_FIXED_V3 32
#define PIN_FIXED 12
#define REGISTRATION_FIXED 48
#define PACKET_SERVICE_FIXED 28
#define CONNECT_FIXED 36
#define CONTEXT_FIXED 52
#define IP_FIXED 60
#define SERVICE_FIXED 28
#define AUTO_ATTACH 2u /* RegistrationFlag */
#define REF_LEN 8      /* an offset and a size */

static void
mbim_read_init(struct mbim_reader *r, const struct mbim_msg *msg, size_t fixed_len)
{
	mbim_reader_init(r, msg->info, msg->info_len, fixed_len);
}

/* Fields that nobody here asks for. */
static void
mbim_read_skip(struct mbim_reader *r, size_t fields)
{
	const uint8_t *bytes;

	mbim_read_inline(r, fields * 4, &bytes);
}

bool
mbim_read_caps(const struct mbim_msg *msg, struct mbim_caps *ret)
{
	struct mbim_caps caps;
	struct mbim_reader r;
	struct cursor custom;

	mbim_read_init(&r, msg, CAPS_FIXED);
	mbim_read_skip(&r, 7);
	mbim_read_u32(&r, &caps.max_sessions);
	mbim_read_ref(&r, &custom);
	mbim_read_string(&r, caps.device_id, sizeof(caps.device_id));
	mbim_read_string(&r, caps.firmware, sizeof(caps.firmware));
	mbim_read_string(&r, caps.hardware, sizeof(caps.hardware));
	if (!mbim_reader_ok(&r))
		return false;
	*ret = caps;
	return true;
}

/* One element of DEVICE_SERVICES. */
static void
mbim_read_service(struct cursor *c, struct mbim_services *ret)
{
	const uint8_t *uuid;
	struct mbim_reader r;
	uint32_t count, i, cmd;
	const size_t len = cursor_left(c);
	const uint8_t *bytes;

	if (!cursor_bytes(c, len, &bytes))
		return;
	mbim_reader_init(&r, bytes, len, SERVICE_FIXED);
	mbim_read_inline(&r, MBIM_UUID_LEN, &uuid);
	mbim_read_skip(&r, 2);
	if (!mbim_read_u32(&r, &count) || !mbim_read_grow(&r, count, 4))
		return;
	if (memcmp(uuid, mbim_qmi, MBIM_UUID_LEN) == 0)
		ret->qmi = true;
	if (memcmp(uuid, mbim_basic_connect, MBIM_UUID_LEN) != 0)
		return;
	for (i = 0; i < count && mbim_read_u32(&r, &cmd); i++) {
		if (cmd < 32)
			ret->basic |= 1u << cmd;
	}
}

bool
mbim_read_services(const struct mbim_msg *msg, struct mbim_services *ret)
{
	struct mbim_services services = {0};
	struct mbim_reader r;
	struct cursor element;
	uint32_t count, i;

	mbim_read_init(&r, msg, 8);
	mbim_read_u32(&r, &count);
	mbim_read_skip(&r, 1);
	if (!mbim_reader_ok(&r) || !mbim_read_grow(&r, count, REF_LEN))
		return false;
	for (i = 0; i < count && mbim_read_ref(&r, &element); i++)
		mbim_read_service(&element, &services);
	if (!mbim_reader_ok(&r))
		return false;
	*ret = services;
	return true;
}

bool
mbim_read_ready(const struct mbim_msg *msg, uint16_t version, uint32_t *ret)
{
	struct mbim_reader r;

	mbim_read_init(&r, msg, version >= MBIMEX_3 ? READY_FIXED_V3 : READY_FIXED);
	return mbim_read_u32(&r, ret);
}

const char *
mbim_ready_name(uint32_t state)
{
	switch (state) {
	case MBIM_READY_NOT_INITIALIZED: return "SIM_NOT_READY";
	case MBIM_READY_INITIALIZED: return "SIM_READY";
	case MBIM_READY_SIM_NOT_INSERTED: return "SIM_ABSENT";
	case MBIM_READY_BAD_SIM: return "SIM_BAD";
	case MBIM_READY_NOT_ACTIVATED: return "SIM_NOT_ACTIVATED";
	case MBIM_READY_DEVICE_LOCKED: return "SIM_PIN";
	case MBIM_READY_NO_ESIM_PROFILE: return "SIM_NO_PROFILE";
	default: return "SIM_ERROR";
	}
}

bool
mbim_read_radio(const struct mbim_msg *msg, struct mbim_radio *ret)
{
	uint32_t hardware = 0, software = 0;
	struct mbim_reader r;

	mbim_read_init(&r, msg, 8);
	mbim_read_u32(&r, &hardware);
	mbim_read_u32(&r, &software);
	if (!mbim_reader_ok(&r))
		return false;
	ret->hardware_on = hardware != 0;
	ret->software_on = software != 0;
	return true;
}

bool
mbim_read_pin(const struct mbim_msg *msg, struct mbim_pin *ret)
{
	struct mbim_pin pin;
	struct mbim_reader r;
	uint32_t state;

	mbim_read_init(&r, msg, PIN_FIXED);
	mbim_read_u32(&r, &pin.type);
	mbim_read_u32(&r, &state);
	mbim_read_u32(&r, &pin.attempts);
	if (!mbim_reader_ok(&r))
		return false;
	pin.locked = state != 0;
	*ret = pin;
	return true;
}

bool
mbim_read_registration(const struct mbim_msg *msg, struct mbim_registration *ret)
{
	struct mbim_registration g;
	struct mbim_reader r;
	struct cursor text;
	uint32_t flags = 0;

	mbim_read_init(&r, msg, REGISTRATION_FIXED);
	mbim_read_u32(&r, &g.cause);
	mbim_read_u32(&r, &g.state);
	mbim_read_skip(&r, 3);
	mbim_read_string(&r, g.plmn, sizeof(g.plmn));
	mbim_read_ref(&r, &text); /* the provider's name */
	mbim_read_ref(&r, &text); /* about roaming */
	mbim_read_u32(&r, &flags);
	if (!mbim_reader_ok(&r))
		return false;
	g.auto_attach = (flags & AUTO_ATTACH) != 0;
	*ret = g;
	return true;
}

bool
mbim_is_registered(const struct mbim_registration *r)
{
	return r->state == MBIM_REGISTER_HOME || r->state == MBIM_REGISTER_ROAMING ||
	       r->state == MBIM_REGISTER_PARTNER;
}

bool
mbim_read_packet_service(const struct mbim_msg *msg, struct mbim_packet_service *ret)
{
	struct mbim_packet_service p;
	struct mbim_reader r;

	mbim_read_init(&r, msg, PACKET_SERVICE_FIXED);
	mbim_read_u32(&r, &p.cause);
	mbim_read_u32(&r, &p.state);
	mbim_read_u32(&r, &p.data_class);
	if (!mbim_reader_ok(&r))
		return false;
	*ret = p;
	return true;
}

const char *
mbim_data_class_name(uint32_t data_class, uint16_t version)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
	    {1u << 7, "5G_SA"},
	    {1u << 6, "5G_NSA"},
	    {1u << 5, "LTE"},
	    {1u << 4, "HSUPA"},
	    {1u << 3, "HSDPA"},
	    {1u << 2, "UMTS"},
	    {1u << 1, "EDGE"},
	    {1u << 0, "GPRS"},
	};
	size_t i;

	if (version >= MBIMEX_3 && (data_class & 1u << 6) != 0)
		return "5G";
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((data_class & names[i].bit) != 0)
			return names[i].name;
	}
	return "UNKNOWN";
}

bool
mbim_read_connect(const struct mbim_msg *msg, struct mbim_connect *ret)
{
	struct mbim_connect c;
	struct mbim_reader r;
	const uint8_t *type;

	mbim_read_init(&r, msg, CONNECT_FIXED);
	mbim_read_u32(&r, &c.session);
	mbim_read_u32(&r, &c.state);
	mbim_read_skip(&r, 1); /* voice call */
	mbim_read_u32(&r, &c.ip_type);
	mbim_read_inline(&r, MBIM_UUID_LEN, &type); /* often wrong: not looked at */
	mbim_read_u32(&r, &c.cause);
	if (!mbim_reader_ok(&r))
		return false;
	*ret = c;
	return true;
}

/* One element of PROVISIONED_CONTEXTS: for the internet, and with an APN? */
static bool
mbim_read_one_context(struct cursor *c, struct mbim_context *ret)
{
	const size_t len = cursor_left(c);
	const uint8_t *bytes, *type = NULL;
	struct mbim_reader r;

	if (!cursor_bytes(c, len, &bytes))
		return false;
	mbim_reader_init(&r, bytes, len, CONTEXT_FIXED);
	mbim_read_skip(&r, 1); /* id */
	mbim_read_inline(&r, MBIM_UUID_LEN, &type);
	mbim_read_string(&r, ret->apn, sizeof(ret->apn));
	mbim_read_string(&r, ret->user, sizeof(ret->user));
	mbim_read_string(&r, ret->password, sizeof(ret->password));
	mbim_read_skip(&r, 1); /* compression */
	mbim_read_u32(&r, &ret->auth);
	return mbim_reader_ok(&r) && ret->apn[0] != '\0' &&
	       memcmp(type, mbim_context_internet, MBIM_UUID_LEN) == 0;
}

bool
mbim_read_context(const struct mbim_msg *msg, struct mbim_context *ret)
{
	struct mbim_reader r;
	struct cursor element;
	uint32_t count, i;

	mbim_read_init(&r, msg, 4);
	if (!mbim_read_u32(&r, &count) || !mbim_read_grow(&r, count, REF_LEN))
		return false;
	for (i = 0; i < count && mbim_read_ref(&r, &element); i++) {
		if (mbim_read_one_context(&element, ret))
			return true;
	}
	explicit_bzero(ret, sizeof(*ret));
	return false;
}

/* ---- IP configuration -------------------------------------------------------------
 */

/* The fixed part, as it stands. */
struct mbim_ip_fields {
	uint32_t flags4, flags6;
	uint32_t addr4_count, addr6_count, dns4_count, dns6_count;
	struct cursor addr4, addr6, gateway4, gateway6, dns4, dns6;
	uint32_t mtu4, mtu6;
};

static bool
mbim_read_ip_fields(
    struct mbim_reader *r, uint32_t *ret_session, struct mbim_ip_fields *f)
{
	mbim_read_u32(r, ret_session);
	mbim_read_u32(r, &f->flags4);
	mbim_read_u32(r, &f->flags6);
	mbim_read_array(r, 8, &f->addr4_count, &f->addr4);
	mbim_read_array(r, 20, &f->addr6_count, &f->addr6);
	mbim_read_offset(r, 4, &f->gateway4);
	mbim_read_offset(r, 16, &f->gateway6);
	mbim_read_array(r, 4, &f->dns4_count, &f->dns4);
	mbim_read_array(r, 16, &f->dns6_count, &f->dns6);
	mbim_read_u32(r, &f->mtu4);
	mbim_read_u32(r, &f->mtu6);
	return mbim_reader_ok(r);
}

static bool
mbim_take(struct cursor *c, void *ret, size_t len)
{
	const uint8_t *bytes;

	if (!cursor_bytes(c, len, &bytes))
		return false;
	memcpy(ret, bytes, len);
	return true;
}

static void
mbim_read_ip4(struct mbim_ip_fields *f, struct pdn_settings4 *ret)
{
	struct in_addr dns;
	uint32_t prefix;

	if ((f->flags4 & MBIM_IP_ADDRESS) == 0 || f->addr4_count == 0 ||
	    !cursor_u32le(&f->addr4, &prefix) || !mbim_take(&f->addr4, &ret->addr, 4) ||
	    ret->addr.s_addr == 0)
		return;
	ret->present = true;
	ret->prefix = prefix > 32 ? 32 : (uint8_t)prefix;
	if ((f->flags4 & MBIM_IP_GATEWAY) != 0)
		mbim_take(&f->gateway4, &ret->gateway, 4);
	if ((f->flags4 & MBIM_IP_DNS) == 0)
		return;
	while (ret->dns_count < DIALER_DNS_MAX && mbim_take(&f->dns4, &dns, 4)) {
		if (dns.s_addr != 0)
			ret->dns[ret->dns_count++] = dns;
	}
}

/* The first address that reaches further than the link. */
static bool
mbim_read_addr6(struct mbim_ip_fields *f, struct pdn_settings6 *ret)
{
	struct in6_addr addr;
	uint32_t prefix;

	while (cursor_u32le(&f->addr6, &prefix) && mbim_take(&f->addr6, &addr, 16)) {
		if (IN6_IS_ADDR_UNSPECIFIED(&addr) || IN6_IS_ADDR_LINKLOCAL(&addr))
			continue;
		ret->addr = addr;
		/* A /128 stands for the /64 that is routed to us (mbim.md 5.2). */
		ret->prefix = prefix >= 128 ? 64 : (uint8_t)prefix;
		return true;
	}
	return false;
}

static void
mbim_read_ip6(struct mbim_ip_fields *f, struct pdn_settings6 *ret)
{
	struct in6_addr dns;

	if ((f->flags6 & MBIM_IP_ADDRESS) == 0 || !mbim_read_addr6(f, ret))
		return;
	ret->present = true;
	if ((f->flags6 & MBIM_IP_GATEWAY) != 0)
		mbim_take(&f->gateway6, &ret->gateway, 16);
	if ((f->flags6 & MBIM_IP_DNS) == 0)
		return;
	while (ret->dns_count < DIALER_DNS_MAX && mbim_take(&f->dns6, &dns, 16)) {
		if (!IN6_IS_ADDR_UNSPECIFIED(&dns))
			ret->dns[ret->dns_count++] = dns;
	}
}

/* The smaller one of those that were told. */
static uint32_t
mbim_ip_mtu(const struct mbim_ip_fields *f)
{
	uint32_t mtu4 = (f->flags4 & MBIM_IP_MTU) != 0 ? f->mtu4 : 0;
	uint32_t mtu6 = (f->flags6 & MBIM_IP_MTU) != 0 ? f->mtu6 : 0;

	if (mtu4 == 0 || mtu6 == 0)
		return mtu4 + mtu6;
	return mtu4 < mtu6 ? mtu4 : mtu6;
}

/*
 * Parts whose flag is clear are not looked at, but their offsets must be sound all the
 * same: a structure that lies about its size is not believed in anything.
 */
bool
mbim_read_ip(
    const struct mbim_msg *msg, uint32_t *ret_session, struct pdn_settings *ret)
{
	struct mbim_ip_fields f;
	struct mbim_reader r;
	uint32_t session;

	mbim_read_init(&r, msg, IP_FIXED);
	if (!mbim_read_ip_fields(&r, &session, &f))
		return false;
	*ret_session = session;
	memset(ret, 0, sizeof(*ret));
	mbim_read_ip4(&f, &ret->v4);
	mbim_read_ip6(&f, &ret->v6);
	ret->mtu = mbim_ip_mtu(&f);
	return true;
}
