/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listeners and channels of one proxy: who is let in where, start and stop order.
 *
 * Protocol-neutral: struct broker_protocol says what qmi-proxy and mbim-proxy have of
 * their own.  Runs on the main thread; what it hands to a channel it never sees again.
 */
#ifndef PDNMUX_PROXY_BROKER_H
#define PDNMUX_PROXY_BROKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "proxy/channel.h"
#include "proxy/hello.h"
#include "proxy/listener.h"

struct broker;
struct event_base;

struct broker_protocol {
	const char *program;     /* "qmi-proxy": also its abstract and file name */
	const char *vendor_name; /* "quectel-qmi-proxy" */
	bool vendor_has_suffix;  /* the last character of the device path follows */
	const char *spawned_as;  /* the path under which the library starts its own */
	const char *foreign_driver; /* of devices that speak another protocol */
	const char *port_type;      /* of its ports in the WWAN framework: "QMI" */
	const struct router_ops *ops;
	hello_fn *hello;
};

struct broker_config {
	const char *runtime_dir;
	mode_t socket_mode;
	uid_t socket_uid; /* -1: leave alone */
	gid_t socket_gid;
	unsigned empty_timeout_s; /* ends that long after the last program; 0: never */
	struct access_list access;
	struct channel_config channel; /* for every device; ops are filled in */
};

/*
 * config and protocol are borrowed.  Never NULL.  When nobody has been connected for
 * empty_timeout_s (and no more than twice that) the base's loop is left.
 */
struct broker *broker_new(struct event_base *base,
    const struct broker_protocol *protocol, const struct broker_config *config);
void broker_free(struct broker *b);
/*
 * broker_listen - the sockets of libqmi's or libmbim's dialect: abstract and file.
 *
 * Returns 0; -EADDRINUSE when another proxy has the abstract name; another -errno,
 * which has been logged.
 */
int broker_listen(struct broker *b);
/* A configured device, and its socket in the vendor's dialect.  0 or -errno (logged).
 */
int broker_add_device(struct broker *b, const char *path);
/* A further abstract name in the vendor's dialect for the first device. */
int broker_add_alias(struct broker *b, const char *name);

#endif
