/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MBIM function of a modem in MBIM mode.
 */
#ifndef PDNMUX_MODEM_MBIM_FUNC_H
#define PDNMUX_MODEM_MBIM_FUNC_H

#include <stddef.h>
#include <stdint.h>

#include "tests/modem/modem.h"

/* Never NULL. */
struct mbim_func *mbim_func_new(struct modem *m);
void mbim_func_free(struct mbim_func *f);
/* One message or fragment of a host, as mbim_scan() cut it. */
void mbim_func_input(
    struct mbim_func *f, struct modem_port *port, const uint8_t *msg, size_t len);
/* That host is gone: nothing may be sent to it any more. */
void mbim_func_detached(struct mbim_func *f, struct modem_port *port);
/* Something changed.  call: of the CALL events, else NULL. */
void mbim_func_event(
    struct mbim_func *f, enum modem_event event, struct modem_call *call);
/* A restart: not open, no session; hosts are told nothing. */
void mbim_func_forget(struct mbim_func *f);

/* The control command "mbim ...", without that word: mbim_quirk.h. */
int mbim_func_command(struct mbim_func *f, const char *line, char *ret, size_t size);

#endif
