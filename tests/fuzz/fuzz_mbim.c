/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes from a stranger through all that reads MBIM.
 *
 * Laws: nothing is read out of bounds (the sanitizers' business); an unfragmented
 * message that is cut into the smallest fragments and joined is the same message; text
 * stays in its buffer.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mbim.h"
#include "common/mbim_info.h"
#include "common/print.h"
#include "tests/fuzz/fuzz.h"

static void
law(bool holds)
{
	if (!holds)
		abort();
}

static void
cut_and_join(const uint8_t *msg, size_t len)
{
	uint32_t count = mbim_split_count(len, MBIM_TRANSFER_MIN);
	struct mbim_assembly a = {0};
	uint8_t part[MBIM_TRANSFER_MIN];

	for (uint32_t i = 0; i < count; i++) {
		int n = mbim_split(msg, len, MBIM_TRANSFER_MIN, i, part, sizeof(part));

		law(n >= MBIM_FRAGMENT_HDR_LEN);
		n = mbim_assembly_add(&a, part, (size_t)n);
		law(n == (i + 1 < count ? 0 : (int)len));
	}
	law(memcmp(a.buf, msg, len) == 0);
	mbim_assembly_free(&a);
}

/* The information as if it were a list of strings, the deepest there is. */
static void
read_info(const struct mbim_msg *m)
{
	struct mbim_reader r;
	uint32_t count, n;
	struct cursor c;
	char text[24];

	mbim_reader_init(&r, m->info, m->info_len, 4);
	if (mbim_read_u32(&r, &count) && mbim_read_grow(&r, count, 8)) {
		while (count-- > 0 && mbim_read_string(&r, text, sizeof(text)))
			law(strlen(text) < sizeof(text));
	}
	mbim_reader_init(&r, m->info, m->info_len, 12);
	if (mbim_read_array(&r, 20, &n, &c))
		law(cursor_left(&c) == (size_t)n * 20);
	mbim_read_offset(&r, 16, &c);
}

static void
print_at_sizes(const uint8_t *msg, size_t len)
{
	static const size_t sizes[] = {0, 1, 40, 1024};
	char text[1024];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = print_mbim(text, sizes[i], msg, len);

		if (sizes[i] > 0)
			law(n < sizes[i] && strlen(text) == n);
	}
}

static void
one_message(const uint8_t *bytes, size_t len)
{
	struct mbim_fragment f;
	struct mbim_msg m;

	print_at_sizes(bytes, len);
	if (mbim_fragment_parse(bytes, len, &f) == 0 && f.total == 1)
		cut_and_join(bytes, len);
	if (mbim_parse(bytes, len, &m) == 0 && m.info)
		read_info(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mbim_assembly a = {0};

	while (size > 0) {
		int n = mbim_scan(data, size);

		if (n <= 0)
			break;
		law((size_t)n <= size);
		one_message(data, (size_t)n);
		n = mbim_assembly_add(&a, data, (size_t)n);
		law(n < 0 || a.len <= MBIM_MESSAGE_MAX);
		if (n > 0)
			one_message(a.buf, (size_t)n);
		n = mbim_scan(data, size);
		data += n;
		size -= (size_t)n;
	}
	mbim_assembly_free(&a);
	/* what is no message must not be taken for one either */
	one_message(data, size);
	return 0;
}
