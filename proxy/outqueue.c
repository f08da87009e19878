/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/xmem.h"
#include "proxy/outqueue.h"

struct item {
	TAILQ_ENTRY(item) entry;
	enum router_prio prio;
	size_t len, done; /* bytes, and how many of them are written */
	uint8_t bytes[];
};
TAILQ_HEAD(item_list, item);

struct outqueue {
	bool is_socket;
	struct item_list items;
	size_t bytes, max_bytes;
	unsigned msgs, max_msgs;
	unsigned long dropped;
};

struct outqueue *
outqueue_new(bool is_socket, size_t max_bytes, unsigned max_msgs)
{
	struct outqueue *q = xcalloc(1, sizeof(*q));

	TAILQ_INIT(&q->items);
	q->is_socket = is_socket;
	q->max_bytes = max_bytes;
	q->max_msgs = max_msgs;
	return q;
}

static void
remove_item(struct outqueue *q, struct item *i)
{
	TAILQ_REMOVE(&q->items, i, entry);
	q->bytes -= i->len;
	q->msgs--;
	free(i);
}

void
outqueue_clear(struct outqueue *q)
{
	struct item *i;

	while ((i = TAILQ_FIRST(&q->items)))
		remove_item(q, i);
}

void
outqueue_free(struct outqueue *q)
{
	if (!q)
		return;
	outqueue_clear(q);
	free(q);
}

bool
outqueue_empty(const struct outqueue *q)
{
	return TAILQ_EMPTY(&q->items);
}

unsigned
outqueue_fill(const struct outqueue *q)
{
	size_t bytes = q->bytes * 100 / q->max_bytes,
	       msgs = q->msgs * 100 / q->max_msgs;

	return (unsigned)(bytes > msgs ? bytes : msgs);
}

unsigned long
outqueue_dropped(const struct outqueue *q)
{
	return q->dropped;
}

/*
 * Indications may fill half of the queue: the other half is for answers, so that a
 * program that was slow for a moment still gets those.
 */
static bool
has_room(const struct outqueue *q, size_t len, enum router_prio prio)
{
	unsigned share = prio == ROUTER_PRIO_ANSWER ? 1 : 2;

	return q->bytes + len <= q->max_bytes / share && q->msgs < q->max_msgs / share;
}

/*
 * Gives up what is cheaper than prio, the cheapest and oldest first; an indication
 * also takes the place of older ones of its kind, as the last one tells how things are.
 */
static void
make_room(struct outqueue *q, size_t len, enum router_prio prio)
{
	enum router_prio last = prio == ROUTER_PRIO_ANSWER ? ROUTER_PRIO_CALL : prio;

	for (enum router_prio cheap = ROUTER_PRIO_IND; cheap >= last; cheap--) {
		struct item *i, *next;
		for (i = TAILQ_FIRST(&q->items); i; i = next) {
			next = TAILQ_NEXT(i, entry);
			if (has_room(q, len, prio))
				return;
			if (i->prio != cheap || i->done > 0)
				continue;
			remove_item(q, i);
			q->dropped++;
		}
	}
}

static int
keep(struct outqueue *q, const uint8_t *msg, size_t len, size_t done,
    enum router_prio prio)
{
	struct item *i = NULL;

	if (!has_room(q, len, prio))
		make_room(q, len, prio);
	if (has_room(q, len, prio) || done > 0)
		i = malloc(sizeof(*i) + len);
	if (!i) {
		if (prio == ROUTER_PRIO_ANSWER || done > 0)
			return -ENOBUFS;
		q->dropped++;
		return 0;
	}
	i->prio = prio;
	i->len = len;
	i->done = done;
	memcpy(i->bytes, msg, len);
	TAILQ_INSERT_TAIL(&q->items, i, entry);
	q->bytes += len;
	q->msgs++;
	return 0;
}

/* Bytes written, 0 when fd takes none now, or -errno. */
static ssize_t
write_some(const struct outqueue *q, int fd, const uint8_t *msg, size_t len)
{
	ssize_t n = q->is_socket ? send(fd, msg, len, MSG_NOSIGNAL | MSG_DONTWAIT)
				 : write(fd, msg, len);

	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
		return 0;
	return -errno;
}

int
outqueue_send(
    struct outqueue *q, int fd, const uint8_t *msg, size_t len, enum router_prio prio)
{
	ssize_t n = 0;

	if (TAILQ_EMPTY(&q->items))
		n = write_some(q, fd, msg, len);
	if (n < 0)
		return (int)n;
	if ((size_t)n == len)
		return 0;
	return keep(q, msg, len, (size_t)n, prio);
}

int
outqueue_flush(struct outqueue *q, int fd)
{
	struct item *i;

	while ((i = TAILQ_FIRST(&q->items))) {
		ssize_t n = write_some(q, fd, i->bytes + i->done, i->len - i->done);
		if (n <= 0)
			return (int)n;
		i->done += (size_t)n;
		if (i->done < i->len)
			return 0;
		remove_item(q, i);
	}
	return 0;
}
