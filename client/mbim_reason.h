/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why MBIM said no, in words with a remedy: status codes and network errors.
 *
 * Source: reference/mbim.md 3.1, 3.3 and the advice there.
 */
#ifndef PDNMUX_CLIENT_MBIM_REASON_H
#define PDNMUX_CLIENT_MBIM_REASON_H

#include <stdint.h>

#include "client/failure.h"

/*
 * mbim_cause_text - a NwError in words.
 *
 * Numbers below 25 are mobility management's, the others session management's; the few
 * that mean something in both are taken for the latter from 25 on.  Never NULL.
 */
const char *mbim_cause_text(uint32_t cause);
/* what: "call refused".  cause is not 0. */
void mbim_cause_failure(const char *what, uint32_t cause, struct failure *ret);
/* What a status means when no cause came with it.  what: as above. */
void mbim_status_failure(const char *what, uint32_t status, struct failure *ret);
/* "NOT_OPENED" of FUNCTION_ERROR's enum mbim_error.  Never NULL. */
const char *mbim_error_name(uint32_t error);

#endif
