/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a modem may say to the dialer: every message is read as each thing that the
 * dialer reads, whatever its command says.
 *
 * Laws: what was read is within the bounds that its header promises, and all of it was
 * written, text with its end.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "client/mbim_read.h"
#include "common/mbim_ids.h"
#include "tests/fuzz/fuzz.h"

static void
law(bool holds)
{
	if (!holds)
		abort();
}

static void
read_ip(const struct mbim_msg *m)
{
	struct pdn_settings s;
	uint32_t session;

	if (!mbim_read_ip(m, &session, &s))
		return;
	law(s.v4.prefix <= 32 && s.v6.prefix <= 128);
	law(s.v4.dns_count <= DIALER_DNS_MAX && s.v6.dns_count <= DIALER_DNS_MAX);
	law(!s.v4.present || s.v4.addr.s_addr != 0);
	law(!s.v6.present || !IN6_IS_ADDR_LINKLOCAL(&s.v6.addr));
	law(s.v4.present || (s.v4.dns_count == 0 && s.v4.gateway.s_addr == 0));
}

static void
read_texts(const struct mbim_msg *m)
{
	struct mbim_registration g;
	struct mbim_context context;
	struct mbim_caps caps;

	if (mbim_read_caps(m, &caps))
		law(strlen(caps.device_id) < sizeof(caps.device_id) &&
		    strlen(caps.firmware) < sizeof(caps.firmware) &&
		    strlen(caps.hardware) < sizeof(caps.hardware));
	if (mbim_read_registration(m, &g))
		law(strlen(g.plmn) < sizeof(g.plmn));
	if (mbim_read_context(m, &context))
		law(context.apn[0] != '\0' &&
		    strlen(context.apn) < sizeof(context.apn) &&
		    strlen(context.user) < sizeof(context.user) &&
		    strlen(context.password) < sizeof(context.password));
}

static void
read_numbers(const struct mbim_msg *m, uint16_t version)
{
	struct mbim_packet_service packet;
	struct mbim_services services;
	struct mbim_connect connect;
	struct mbim_radio radio;
	struct mbim_pin pin;
	uint32_t ready;

	if (mbim_read_ready(m, version, &ready))
		law(mbim_ready_name(ready) != NULL);
	if (mbim_read_packet_service(m, &packet))
		law(mbim_data_class_name(packet.data_class, version) != NULL);
	if (mbim_read_services(m, &services))
		law((services.basic & 1) == 0 || m->info_len >= 36);
	if (mbim_read_connect(m, &connect))
		law(m->info_len >= 36);
	if (mbim_read_radio(m, &radio))
		law(m->info_len >= 8);
	if (mbim_read_pin(m, &pin))
		law(m->info_len >= 12);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mbim_msg m;

	while (size > 0) {
		int n = mbim_scan(data, size);

		if (n <= 0)
			break;
		if (mbim_parse(data, (size_t)n, &m) == 0 && m.info != NULL) {
			read_ip(&m);
			read_texts(&m);
			read_numbers(&m, MBIMEX_1);
			read_numbers(&m, MBIMEX_3);
		}
		data += n;
		size -= (size_t)n;
	}
	return 0;
}
