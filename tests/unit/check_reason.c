/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a call was refused: the right table, the right class, every number found. */
#include "config.h"

#include "tests/unit/check.h"

#include <string.h>

#include "common/qmi_reason.h"

#define UNKNOWN "reason not known"

static void
plain_and_verbose_are_not_mixed_up(void **state)
{
	(void)state;
	/* 1013 and 1002 mean different things (reference/qmi.md 3.3) */
	assert_non_null(strstr(qmi_reason_text(false, 0, 1013), "(UNKNOWN_APN)"));
	assert_non_null(
	    strstr(qmi_reason_text(true, QMI_REASON_CM, 1013), "(PDP_DUPLICATE)"));
	assert_int_equal(qmi_reason_class(false, 0, 1013), QMI_REASON_CONFIG);
	assert_int_equal(
	    qmi_reason_class(true, QMI_REASON_CM, 1013), QMI_REASON_DUPLICATE);
	assert_non_null(strstr(qmi_reason_text(false, 0, 1002), "(NO_SERVICE)"));
	assert_non_null(
	    strstr(qmi_reason_text(true, QMI_REASON_CM, 1002), "(NO_GATEWAY_SERVICE)"));
	/* a type is ignored for a plain one and decides for a verbose one */
	assert_string_equal(
	    qmi_reason_text(false, 6, 1013), qmi_reason_text(false, 0, 1013));
	assert_string_equal(qmi_reason_text(true, QMI_REASON_3GPP, 1013), UNKNOWN);
}

static void
one_of_each_class(void **state)
{
	static const struct {
		uint16_t type;
		int16_t reason;
		enum qmi_reason_class class;
	} want[] = {
	    {QMI_REASON_3GPP, 38, QMI_REASON_TRANSIENT},
	    {QMI_REASON_3GPP, 26, QMI_REASON_THROTTLED},
	    {QMI_REASON_3GPP, 65, QMI_REASON_THROTTLED},
	    {QMI_REASON_3GPP, 50, QMI_REASON_FAMILY},
	    {QMI_REASON_INTERNAL, 210, QMI_REASON_FAMILY},
	    {QMI_REASON_3GPP, 27, QMI_REASON_CONFIG},
	    {QMI_REASON_3GPP, 33, QMI_REASON_CONFIG},
	    {QMI_REASON_PPP, 32, QMI_REASON_CONFIG},
	    {QMI_REASON_CM, 2500, QMI_REASON_POWER},
	    {QMI_REASON_3GPP, 115, QMI_REASON_NETWORK},
	    {QMI_REASON_3GPP, 39, QMI_REASON_REATTACH},
	    {QMI_REASON_INTERNAL, 236, QMI_REASON_DUPLICATE},
	    {QMI_REASON_INTERNAL, 212, QMI_REASON_RESTART},
	    {QMI_REASON_3GPP, 36, QMI_REASON_END},
	    {QMI_REASON_CM, 500, QMI_REASON_UNUSED},
	    {QMI_REASON_EHRPD, 1, QMI_REASON_FAMILY},
	    {QMI_REASON_MIP, -1, QMI_REASON_TRANSIENT},
	    {QMI_REASON_IPV6, 1, QMI_REASON_FAMILY},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_int_equal(qmi_reason_class(true, want[i].type, want[i].reason),
		    want[i].class);
		assert_string_not_equal(
		    qmi_reason_text(true, want[i].type, want[i].reason), UNKNOWN);
	}
	assert_int_equal(qmi_reason_class(false, 0, 1008), QMI_REASON_END);
	assert_int_equal(qmi_reason_class(false, 0, 1010), QMI_REASON_REATTACH);
	assert_int_equal(qmi_reason_class(false, 0, 3), QMI_REASON_NETWORK);
}

static size_t
count_known(bool verbose, uint16_t type)
{
	size_t n = 0;

	for (int r = INT16_MIN; r <= INT16_MAX; r++) {
		if (strcmp(qmi_reason_text(verbose, type, (int16_t)r), UNKNOWN) != 0)
			n++;
	}
	return n;
}

/* Every row of the file is found, which it is not when the file is out of order. */
static void
every_row_is_found(void **state)
{
#define QMI_PLAIN_REASON(number, class, name, words) +1
#define QMI_VERBOSE_REASON(type, number, class, name, words)
	static const size_t plain = 0
#include "common/qmi_reason.def"
	    ;
#undef QMI_PLAIN_REASON
#undef QMI_VERBOSE_REASON
#define QMI_PLAIN_REASON(number, class, name, words)
#define QMI_VERBOSE_REASON(type, number, class, name, words) +1
	static const size_t verbose = 0
#include "common/qmi_reason.def"
	    ;
#undef QMI_PLAIN_REASON
#undef QMI_VERBOSE_REASON
	size_t n = 0;

	(void)state;
	assert_int_equal(count_known(false, 0), plain);
	for (uint16_t type = 0; type < 12; type++)
		n += count_known(true, type);
	assert_int_equal(n, verbose);
	assert_int_equal(plain, 72);
	assert_int_equal(verbose, 363);
}

static void
what_nobody_named_is_transient(void **state)
{
	(void)state;
	assert_string_equal(qmi_reason_text(false, 0, 12), UNKNOWN);
	assert_int_equal(qmi_reason_class(false, 0, 12), QMI_REASON_TRANSIENT);
	assert_int_equal(qmi_reason_class(true, 0xffff, -1), QMI_REASON_TRANSIENT);
}

static void
reject_causes(void **state)
{
	(void)state;
	assert_non_null(strstr(qmi_reject_text(11), "PLMN"));
	assert_string_equal(qmi_reject_text(48), qmi_reject_text(63));
	assert_string_equal(qmi_reject_text(64), "cause not known");
	assert_string_equal(qmi_reject_text(0xffff), "cause not known");
	for (uint16_t cause = 0; cause < 256; cause++) {
		bool final = cause == 2 || cause == 3 || (cause >= 5 && cause <= 8);

		assert_int_equal(qmi_reject_is_final(cause), final);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_and_verbose_are_not_mixed_up),
	    cmocka_unit_test(one_of_each_class),
	    cmocka_unit_test(every_row_is_found),
	    cmocka_unit_test(what_nobody_named_is_transient),
	    cmocka_unit_test(reject_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
