/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where fuzzing the MBIM function starts: the worked frames, and a set of each command
 * that has more than a number to read.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "tests/fuzz/fuzz.h"

/* A command whose information is count numbers, strings where they are below zero. */
struct made {
	const char *name;
	const uint8_t *service;
	uint32_t cmd;
	uint32_t type;
	const char
	    *layout; /* n number, s string, u context type, e list of one: the rest */
};

static const struct made made[] = {
    {"PIN", mbim_basic_connect, MBIM_CID_PIN, MBIM_SET, "nnss"},
    {"REGISTER_STATE", mbim_basic_connect, MBIM_CID_REGISTER_STATE, MBIM_SET, "snn"},
    {"PROVISIONED_CONTEXTS", mbim_basic_connect, MBIM_CID_PROVISIONED_CONTEXTS,
	MBIM_SET, "nusssnns"},
    {"IP_PACKET_FILTERS", mbim_basic_connect, MBIM_CID_IP_PACKET_FILTERS, MBIM_SET,
	"nennn"},
    {"SIGNAL_STATE", mbim_basic_connect, MBIM_CID_SIGNAL_STATE, MBIM_SET, "nnn"},
    {"MS PROVISIONED_CONTEXTS", mbim_ms_basic_connect, MBIM_CID_MS_PROVISIONED_CONTEXTS,
	MBIM_SET, "nunnnnnsssnn"},
    {"LTE_ATTACH_CONFIG", mbim_ms_basic_connect, MBIM_CID_MS_LTE_ATTACH_CONFIG,
	MBIM_SET, "nennnsssnn"},
    {"SLOT_MAPPINGS", mbim_ms_basic_connect, MBIM_CID_MS_SLOT_MAPPINGS, MBIM_SET, "en"},
};

static size_t
fixed_len(const char *layout)
{
	size_t len = 0;

	for (; *layout; layout++) {
		switch (*layout) {
		case 'u': len += 16; break;
		case 's': len += 8; break;
		case 'e': return len + 4 + 8;
		default: len += 4;
		}
	}
	return len;
}

static void
write_layout(struct writer *out, const char *layout)
{
	struct mbim_writer w;

	mbim_writer_init(&w, out, fixed_len(layout));
	for (; *layout; layout++) {
		size_t begin;

		switch (*layout) {
		case 'n': mbim_write_u32(&w, 1); break;
		case 's': mbim_write_string(&w, "1234"); break;
		case 'u': mbim_write_inline(&w, mbim_context_internet, 16); break;
		case 'e':
			mbim_write_u32(&w, 1);
			begin = mbim_write_element_begin(&w);
			write_layout(out, layout + 1);
			mbim_write_element_end(&w, begin);
			return;
		default: abort();
		}
	}
}

static void
make(struct frame *f, const struct made *m)
{
	struct mbim_builder b;
	int n;

	memset(f, 0, sizeof(*f));
	mbim_build_command(
	    &b, f->bytes, sizeof(f->bytes), 0x77, m->service, m->cmd, m->type);
	write_layout(&b.w, m->layout);
	n = mbim_build_end(&b);
	if (n < 0)
		abort();
	f->len = (size_t)n;
}

struct frame *
fuzz_seeds(size_t *ret_count)
{
	size_t count, more = sizeof(made) / sizeof(made[0]);
	struct frame *seeds = frames_load("mbim.hex", &count);

	seeds = realloc(seeds, (count + more) * sizeof(*seeds));
	if (!seeds)
		abort();
	for (size_t i = 0; i < more; i++)
		make(&seeds[count + i], &made[i]);
	*ret_count = count + more;
	return seeds;
}

/* The services, as no mutation finds them. */
void
fuzz_dictionary(FILE *out)
{
	static const uint8_t *const services[] = {mbim_basic_connect,
	    mbim_ms_basic_connect, mbim_qmi, mbim_quectel, mbim_context_internet};

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		fputc('"', out);
		for (size_t n = 0; n < MBIM_UUID_LEN; n++)
			fprintf(out, "\\x%02x", services[i][n]);
		fputs("\"\n", out);
	}
}
