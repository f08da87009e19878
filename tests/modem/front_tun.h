/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A modem's data channel as TUN devices of the network namespace that the program was
 * started in, as a vendor's driver makes them: NAME is the module's plain link 0, and
 * NAME_1 to NAME_K are its multiplexed links, QMAP mux id 0x80 + n or MBIM session n.
 * While the module is not there, neither are they.
 */
#ifndef PDNMUX_MODEM_FRONT_TUN_H
#define PDNMUX_MODEM_FRONT_TUN_H

struct event_base;
struct front_tun;
struct modem;

#define FRONT_TUN_LINKS_MAX 126 /* mux ids end at 254 */

/* links is the K above.  NULL with errno when a device cannot be made. */
struct front_tun *front_tun_new(
    struct event_base *base, struct modem *m, const char *name, unsigned links);
/* Before the modem goes.  NULL is fine. */
void front_tun_free(struct front_tun *f);

#endif
