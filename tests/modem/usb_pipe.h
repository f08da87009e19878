/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a test may do to the transfers of one pipe of a USB device: let the next ones
 * fail, let each one wait, or hold them all.
 */
#ifndef PDNMUX_MODEM_USB_PIPE_H
#define PDNMUX_MODEM_USB_PIPE_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct event_base;

struct usb_pipe {
	unsigned stall, error, empty; /* transfers to come */
	bool held;
	unsigned delay_ms;
	bool due;      /* the first transfer has waited */
	uint64_t done; /* transfers */
	struct event *timer;
	void (*serve)(void *arg, struct usb_pipe *p);
	void *arg;
};

/* serve is called from the loop when a transfer has waited long enough. */
void usb_pipe_init(struct usb_pipe *p, struct event_base *base,
    void (*serve)(void *arg, struct usb_pipe *p), void *arg);
void usb_pipe_free(struct usb_pipe *p);
/* Nothing waits any more: the host is gone. */
void usb_pipe_stop(struct usb_pipe *p);
/* May the first transfer be done now?  If not, serve is called, or it is held. */
bool usb_pipe_open(struct usb_pipe *p);
/* How the transfer that is done now ends: 0 or -errno.  Once for each. */
int usb_pipe_fault(struct usb_pipe *p);
/* Carries it nothing?  Asked before usb_pipe_fault(). */
bool usb_pipe_empty(struct usb_pipe *p);
/* "stall", "error", "empty", "delay", "hold", "release"; false: no such verb. */
bool usb_pipe_command(struct usb_pipe *p, const char *verb, unsigned n);
/* One less of what is to come; false: there was none. */
bool usb_pipe_use_up(unsigned *count);

#endif
