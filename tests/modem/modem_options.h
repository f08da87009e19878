/* SPDX-License-Identifier: BSD-2-Clause */
/* What pdnmux-modem was asked to be. */
#ifndef PDNMUX_MODEM_MODEM_OPTIONS_H
#define PDNMUX_MODEM_MODEM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/modem/modem.h"

struct usb_model;

#define MODEM_OPTIONS_MODEMS_MAX 64

/* Strings are borrowed from argv. */
struct modem_options {
	const char *dir;    /* where sockets and links are made */
	const char *script; /* commands to run at the start, or NULL */
	unsigned modems;
	bool no_tun;
	const struct usb_model *usb; /* plugged into vhci_hcd; no TUN devices then */
	unsigned tun;                /* multiplexed links of each modem */
	unsigned apns;               /* networks there are */
	uint32_t mtu;                /* of each, bytes */
	bool stream;                 /* control sockets are streams */
	bool verbose;
	struct modem_settings settings; /* of every modem, but for the number */
};

enum modem_options_result {
	MODEM_OPTIONS_RUN,
	MODEM_OPTIONS_DONE,
	MODEM_OPTIONS_WRONG
};

/* Prints help, version or what is wrong; *ret is filled in only for RUN. */
enum modem_options_result modem_options_parse(
    int argc, char **argv, struct modem_options *ret);
/* Name of the network of that number, from 0: internet, ims, m2m, mgmt, apn5 ... */
void modem_options_apn(unsigned number, char *ret, unsigned size);

#endif
