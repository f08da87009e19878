/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filling in a failure, and its class as a word.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "client/failure.h"

static const char *const failure_class_names[] = {
    [FAILURE_NONE] = "none",
    [FAILURE_INTERNAL] = "internal",
    [FAILURE_USAGE] = "usage",
    [FAILURE_NO_MODEM] = "no-modem",
    [FAILURE_NO_PROXY] = "no-proxy",
    [FAILURE_BUSY] = "busy",
    [FAILURE_SILENT] = "silent",
    [FAILURE_MODEM] = "modem",
    [FAILURE_SIM_ABSENT] = "sim-absent",
    [FAILURE_SIM_PIN] = "sim-pin",
    [FAILURE_SIM_BLOCKED] = "sim-blocked",
    [FAILURE_NOT_REGISTERED] = "not-registered",
    [FAILURE_APN] = "apn",
    [FAILURE_NETWORK] = "network",
    [FAILURE_MUXDEV] = "muxdev",
    [FAILURE_CONFIG_IP] = "config-ip",
    [FAILURE_NOT_RUNNING] = "not-running",
    [FAILURE_LOCKED] = "locked",
};

void
failure_set(struct failure *f, enum failure_class class, enum failure_retry retry,
    const char *remedy, const char *fmt, ...)
{
	va_list ap;

	f->class = class;
	f->retry = retry;
	f->retry_after_s = 0;
	snprintf(f->remedy, sizeof(f->remedy), "%s", remedy != NULL ? remedy : "");
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

const char *failure_class_name(enum failure_class class)
{
	return failure_class_names[class];
}
