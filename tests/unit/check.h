/* SPDX-License-Identifier: BSD-2-Clause */
/* cmocka with all that it wants included first. */
#ifndef PDNMUX_TESTS_UNIT_CHECK_H
#define PDNMUX_TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
