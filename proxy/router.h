/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a channel and a router say to one another.
 *
 * A router is pure logic: no descriptor, event, thread or clock.  Whole messages go in
 * with who sent them; deliveries come out through the sink, during the call.  The sink
 * only copies or queues: it never calls the router back, so a router may deliver in
 * the middle of a walk over its tables.  A channel owns exactly one router and calls
 * it from one thread.
 *
 * Device life: device_up() when the node is open and drained; the router then does its
 * own handshake (QMI SYNC, MBIM OPEN) with its own retries and holds the requests of
 * connections until it is done, for a bounded time.  device_down() when it is lost;
 * the router answers all that is pending with an error and tells connections in the
 * words of their dialect.
 */
#ifndef PDNMUX_PROXY_ROUTER_H
#define PDNMUX_PROXY_ROUTER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUTER_DEVICE 0u       /* destination: the modem */
#define ROUTER_NEVER INT64_MAX /* no deadline */

enum router_dialect {
	ROUTER_DIALECT_LIB,    /* libqmi, libmbim: an open message comes first */
	ROUTER_DIALECT_VENDOR, /* bound to the device from the first byte */
};

/* What may be dropped, and in which order, when a connection does not read. */
enum router_prio {
	ROUTER_PRIO_ANSWER, /* never dropped: the connection goes instead */
	ROUTER_PRIO_CALL,   /* state of its own call: dropped last */
	ROUTER_PRIO_IND,    /* any other indication: dropped first */
};

struct router_sink {
	/*
	 * One whole message for a connection or ROUTER_DEVICE.  msg is borrowed for the
	 * call.  A message for a device that is down is dropped.
	 */
	void (*deliver)(void *arg, uint32_t dest, enum router_prio prio,
	    const uint8_t *msg, size_t len);
	/*
	 * Hang up once all that was delivered is flushed.  The channel answers with
	 * conn_lost() later, never during this call.  why: one static line for the log.
	 */
	void (*hang_up)(void *arg, uint32_t conn, const char *why);
	/* The device must be closed and opened again.  Later, never during the call. */
	void (*reopen)(void *arg, const char *why);
	void *arg;
};

/* Times are milliseconds; 0 everywhere: the router's defaults. */
struct router_config {
	const char *device;    /* for log lines; borrowed, outlives the router */
	uint32_t max_requests; /* towards the modem; default 64, MBIM 16 */
	uint32_t max_waiting;  /* messages of one connection held back; default 64 */
	int64_t timeout_ms;    /* ordinary request; default 60 s */
	int64_t grace_ms;      /* how long a call may stay orphaned; default 60 s */
	int64_t open_wait_ms;  /* how long a request waits for the device; 20 s */
};

struct router_peer {
	enum router_dialect dialect;
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

/*
 * All calls take now_ms, monotonic.  Messages are borrowed for the call and may be
 * patched in place by the router.
 */
struct router_ops {
	const char *name;  /* "qmi", "mbim" */
	size_t msg_max;    /* longest message of a connection, bytes */
	size_t device_max; /* largest write to a cdc-wdm that does not say (4096) */

	/* As qmux_scan(): a whole message's length, 0: more bytes, -EPROTO. */
	int (*scan)(const uint8_t *buf, size_t len);
	/* One message as a line for -v; returns its length, cut to size - 1. */
	size_t (*print)(char *buf, size_t size, const uint8_t *msg, size_t len);

	/* sink and config are copied.  Never NULL. */
	void *(*create)(
	    const struct router_config *config, const struct router_sink *sink);
	void (*destroy)(void *r);

	/* id is the channel's, never 0 and never used again. */
	void (*conn_added)(
	    void *r, uint32_t id, const struct router_peer *peer, int64_t now_ms);
	/* Gone for good: nothing more may be delivered to it. */
	void (*conn_lost)(void *r, uint32_t id, int64_t now_ms);
	/*
	 * One message of a connection, its open message included.  0, or -EPROTO with
	 * nothing delivered: the channel closes the connection and logs the header.
	 */
	int (*from_conn)(
	    void *r, uint32_t id, uint8_t *msg, size_t len, int64_t now_ms);
	/* False: it has enough waiting, do not read from it.  Asked after each call. */
	bool (*conn_may_send)(void *r, uint32_t id);
	/* True while an answer is owed: a half-closed connection is kept so long. */
	bool (*conn_owed)(void *r, uint32_t id);

	/*
	 * Before device_up(): does the device fetch a message only when the modem
	 * announces one (cdc-wdm)?  NULL: the router does not care.
	 */
	void (*device_announces)(void *r, bool announces);
	/* max_write: the largest message the device takes in one write, bytes. */
	void (*device_up)(void *r, size_t max_write, int64_t now_ms);
	void (*device_down)(void *r, int64_t now_ms);
	/* One message of the modem.  0, or -EPROTO: dropped, the channel counts it. */
	int (*from_device)(void *r, uint8_t *msg, size_t len, int64_t now_ms);

	/* Runs what is due. */
	void (*timer)(void *r, int64_t now_ms);
	/* When timer() wants to be called next; ROUTER_NEVER. */
	int64_t (*deadline)(void *r);
	/*
	 * Orderly stop: lets go of what belongs to nobody else (MBIM CLOSE is the
	 * router's choice).  Deliveries to the device are flushed before it is closed.
	 */
	void (*stop)(void *r, int64_t now_ms);
};

extern const struct router_ops qmi_router_ops;
extern const struct router_ops mbim_router_ops;

#endif
