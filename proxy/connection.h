/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connected program: its descriptor, its limits, its reason for closing.
 *
 * A connection belongs to one channel and lives on that channel's thread.  It frames
 * what it reads and hands on whole messages; what it cannot write at once it queues
 * within bounds.  It stops reading while it is paused, and while answers wait that its
 * program does not fetch.
 */
#ifndef PDNMUX_PROXY_CONNECTION_H
#define PDNMUX_PROXY_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proxy/router.h"

struct connection;
struct event_base;

struct connection_handlers {
	/* One whole message, may be changed in place.  Must not free the connection. */
	void (*message)(void *arg, struct connection *c, uint8_t *msg, size_t len);
	/*
	 * The program sends no more, but may still listen for answers (half-closed).
	 * Must not free the connection.
	 */
	void (*input_ended)(void *arg, struct connection *c);
	/* It is gone or at fault: free it.  At most once, from the loop. */
	void (*lost)(void *arg, struct connection *c, const char *why);
};

struct connection_config {
	int (*scan)(const uint8_t *buf, size_t len);
	size_t msg_max;       /* bytes of one message */
	size_t out_bytes_max; /* queued towards the program */
	unsigned out_msgs_max;
};

/*
 * connection_new - start talking on fd.
 *
 * fd     taken.  config copied, handlers borrowed.
 * head   len bytes already read from fd, borrowed for the call.
 */
struct connection *connection_new(struct event_base *base, int fd, uint32_t id,
    pid_t pid, const struct connection_config *config, const uint8_t *head, size_t len,
    const struct connection_handlers *handlers, void *arg);
/* Closes it at once; what is queued is lost. */
void connection_free(struct connection *c);
void connection_send(
    struct connection *c, const uint8_t *msg, size_t len, enum router_prio prio);
/* Stops and resumes reading: back-pressure. */
void connection_pause(struct connection *c, bool paused);
/* lost() follows from the loop, with why (a constant); what is queued is lost. */
void connection_hang_up(struct connection *c, const char *why);
/* The same once what is queued has been written; nothing more is read. */
void connection_finish(struct connection *c, const char *why);

uint32_t connection_id(const struct connection *c);
pid_t connection_pid(const struct connection *c);
bool connection_input_ended(const struct connection *c);
/* Nothing is queued towards the program. */
bool connection_flushed(const struct connection *c);

#endif
