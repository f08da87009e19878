/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Valid messages made from the table alone, for tests and fuzz seeds.
 */
#ifndef PDNMUX_TESTS_UNIT_SAMPLE_H
#define PDNMUX_TESTS_UNIT_SAMPLE_H

#include "common/qmi_table.h"

/* Appends the TLV of row with a value of its type; lists have one element. */
void sample_put(struct qmi_builder *b, enum qmi_row row);
/*
 * sample_build - a whole message of that kind with every TLV the table has for it.
 *
 * A response says success.  Returns the frame length, or -EMSGSIZE.
 */
int sample_build(
    void *buf, size_t size, const struct qmi_msg_row *msg, enum qmi_kind kind);

#endif
