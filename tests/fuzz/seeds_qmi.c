/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where fuzzing QMI starts: the worked frames, and each message in each direction as
 * the table has it.  A new row is a new seed and a new word without anybody's doing.
 */
#include "config.h"

#include <stdlib.h>

#include "common/qmi_table.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/sample.h"

struct frame *
fuzz_seeds(size_t *ret_count)
{
	struct frame *seeds;
	size_t count;

	seeds = frames_load_qmi(&count);
	seeds = realloc(seeds, (count + 3 * qmi_msg_rows_count) * sizeof(*seeds));
	if (!seeds)
		abort();
	for (size_t i = 0; i < 3 * qmi_msg_rows_count; i++) {
		const struct qmi_msg_row *m = &qmi_msg_rows[i / 3];
		enum qmi_kind kind = (enum qmi_kind)(i % 3);
		struct frame *f = &seeds[count++];
		int len = sample_build(f->bytes, sizeof(f->bytes), m, kind);

		if (len < 0)
			abort();
		f->len = (size_t)len;
		snprintf(f->name, sizeof(f->name), "%s.%s.%d",
		    qmi_service_name(m->service), m->name, (int)kind);
		f->text[0] = '\0';
	}
	*ret_count = count;
	return seeds;
}

void
fuzz_dictionary(FILE *out)
{
	fprintf(out, "# from qmi_messages.def: message ids, then TLV headers\n");
	for (size_t i = 0; i < qmi_msg_rows_count; i++) {
		const struct qmi_msg_row *m = &qmi_msg_rows[i];

		fprintf(out, "\"\\x%02x\\x%02x\"\n", m->id & 0xff, m->id >> 8);
	}
	for (size_t i = 0; i < QMI_ROW_COUNT; i++)
		fprintf(out, "\"\\x%02x\\x04\\x00\"\n", qmi_tlv_rows[i].tlv);
	fprintf(out, "\"\\x02\\x04\\x00\\x00\\x00\\x00\\x00\"\n");
}
