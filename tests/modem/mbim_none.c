/* SPDX-License-Identifier: BSD-2-Clause */
/* Until the MBIM function is there: a modem cannot be made in that mode. */
#include "config.h"

#include "common/log.h"
#include "tests/modem/mbim_func.h"

struct mbim_func *
mbim_func_new(struct modem *m)
{
	(void)m;
	fatal("modem", "there is no MBIM function yet");
}

void
mbim_func_free(struct mbim_func *f)
{
	(void)f;
}

void
mbim_func_input(
    struct mbim_func *f, struct modem_port *port, const uint8_t *msg, size_t len)
{
	(void)f;
	(void)port;
	(void)msg;
	(void)len;
}

void
mbim_func_detached(struct mbim_func *f, struct modem_port *port)
{
	(void)f;
	(void)port;
}

void
mbim_func_event(struct mbim_func *f, enum modem_event event, struct modem_call *call)
{
	(void)f;
	(void)event;
	(void)call;
}

void
mbim_func_forget(struct mbim_func *f)
{
	(void)f;
}
