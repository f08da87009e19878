/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes from a stranger through all that reads QMI.
 *
 * Laws: nothing is read out of bounds (the sanitizers' business); a frame that is
 * accepted and put together again from what was read is the same frame, but for the
 * control flag, which nobody decides anything by; and text stays in its buffer.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/print.h"
#include "common/qmi_value.h"
#include "common/qmux.h"
#include "tests/fuzz/fuzz.h"

#define CONTROL_FLAG 3 /* its offset in a frame */

static void
law(bool holds)
{
	if (!holds)
		abort();
}

static void
rebuild_and_compare(const uint8_t *frame, size_t len, const struct qmi_msg *m)
{
	uint8_t *copy = malloc(len);
	struct qmi_builder b;
	struct qmi_tlv tlv;
	struct cursor c;

	law(copy != NULL);
	qmi_build(&b, copy, len, m->service, m->cid, m->kind, m->txn, m->id);
	cursor_init(&c, m->tlvs, m->tlvs_len);
	while (qmi_tlv_next(&c, &tlv))
		qmi_build_tlv(&b, tlv.type, tlv.value, tlv.len);
	law(qmi_build_end(&b) == (int)len);
	copy[CONTROL_FLAG] = frame[CONTROL_FLAG];
	law(memcmp(copy, frame, len) == 0);
	free(copy);
}

/* Every TLV that has a row, through the getter of its type. */
static void
get_values(const struct qmi_msg *m)
{
	struct in6_addr ip6;
	struct in_addr ip4;
	struct qmi_tlv tlv;
	struct cursor c;
	char text[24];
	uint64_t u64;

	cursor_init(&c, m->tlvs, m->tlvs_len);
	while (qmi_tlv_next(&c, &tlv)) {
		const struct qmi_tlv_row *r =
		    qmi_find_tlv(m->service, m->id, m->kind, tlv.type);
		enum qmi_row row;

		if (!r)
			continue;
		row = (enum qmi_row)(r - qmi_tlv_rows);
		law(qmi_has(m, row));
		if (r->type == QMI_TYPE_STR) {
			law(qmi_get_str(m, row, text, sizeof(text)));
			law(strlen(text) < sizeof(text));
		} else if (r->type == QMI_TYPE_IP4_LE) {
			qmi_get_ip4(m, row, &ip4);
		} else if (r->type == QMI_TYPE_IP6) {
			qmi_get_ip6(m, row, &ip6);
		} else if (r->type == QMI_TYPE_U64) {
			qmi_get_u64(m, row, &u64);
		}
	}
}

static void
print_at_sizes(const uint8_t *frame, size_t len)
{
	static const size_t sizes[] = {0, 1, 40, 1024};
	char text[1024];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = print_qmi(text, sizes[i], frame, len);

		if (sizes[i] > 0)
			law(n < sizes[i] && strlen(text) == n);
	}
}

static void
one_frame(const uint8_t *frame, size_t len)
{
	struct qmi_msg m;

	print_at_sizes(frame, len);
	if (qmi_parse(frame, len, &m) < 0)
		return;
	qmi_response_error(&m);
	rebuild_and_compare(frame, len, &m);
	get_values(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	while (size > 0) {
		int n = qmux_scan(data, size);

		if (n <= 0)
			break;
		law((size_t)n <= size);
		one_frame(data, (size_t)n);
		data += n;
		size -= (size_t)n;
	}
	/* what is no frame must not be taken for one either */
	one_frame(data, size);
	return 0;
}
