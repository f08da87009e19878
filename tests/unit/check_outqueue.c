/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What waits for a program that does not read: order, whole messages, and what gives
 * way to what.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/outqueue.h"
#include "tests/unit/check.h"

#define MSG_LEN 100
#define MSGS_MAX 8

struct bench {
	struct outqueue *queue;
	int here, there; /* the socket and its other end */
	unsigned filled; /* messages the socket took before the queue began */
};

static int
send_one(struct bench *b, uint8_t number, enum router_prio prio)
{
	uint8_t msg[MSG_LEN];

	memset(msg, number, sizeof(msg));
	return outqueue_send(b->queue, b->here, msg, sizeof(msg), prio);
}

/* Until the kernel takes no more: what is sent from now on is queued. */
static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	int fds[2], size = 1;

	assert_non_null(b);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	b->here = fds[0];
	b->there = fds[1];
	setsockopt(b->here, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	b->queue = outqueue_new(true, MSG_LEN * MSGS_MAX, MSGS_MAX);
	while (outqueue_empty(b->queue)) {
		assert_int_equal(send_one(b, 0xee, ROUTER_PRIO_ANSWER), 0);
		b->filled++;
	}
	outqueue_clear(b->queue); /* this one was not written at all */
	b->filled--;
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	outqueue_free(b->queue);
	close(b->here);
	close(b->there);
	free(b);
	return 0;
}

/* The numbers of all whole messages that come out, as a string; those before are out.
 */
static void
drain(struct bench *b, char *ret)
{
	uint8_t msg[MSG_LEN];
	unsigned n = 0;

	for (;;) {
		assert_int_equal(outqueue_flush(b->queue, b->here), 0);
		if (recv(b->there, msg, sizeof(msg), MSG_DONTWAIT) < 0)
			break;
		for (unsigned i = 1; i < MSG_LEN; i++)
			assert_int_equal(msg[i], msg[0]);
		if (n++ >= b->filled)
			*ret++ = (char)msg[0];
	}
	assert_true(outqueue_empty(b->queue));
	*ret = '\0';
}

static void
in_order(void **state)
{
	struct bench *b = *state;
	char came[32];

	for (uint8_t n = 'a'; n <= 'd'; n++)
		assert_int_equal(send_one(b, n, ROUTER_PRIO_ANSWER), 0);
	assert_int_equal(outqueue_fill(b->queue), 50);
	drain(b, came);
	assert_string_equal(came, "abcd");
	assert_int_equal(outqueue_fill(b->queue), 0);
	assert_int_equal(outqueue_dropped(b->queue), 0);
}

/* A capital is the state of a call, a digit any other indication, else an answer. */
static enum router_prio
prio_of(char name)
{
	if (name <= '9')
		return ROUTER_PRIO_IND;
	return name <= 'Z' ? ROUTER_PRIO_CALL : ROUTER_PRIO_ANSWER;
}

static void
the_cheap_gives_way_to_the_dear(void **state)
{
	static const struct {
		const char *sent, *came; /* indications have half of the eight places */
	} cases[] = {
	    {"123456", "3456"},
	    {"1A23B4", "A3B4"},
	    {"ABCD12", "ABCD"},
	    {"ABCDEF", "CDEF"},
	    {"12ABabcdef", "ABabcdef"},
	    {"1AaBbC2cdefgh", "abcdefgh"},
	};

	(void)state;
	for (size_t n = 0; n < COUNT(cases); n++) {
		void *own;
		struct bench *b;
		char came[32];

		setup(&own);
		b = own;
		for (const char *p = cases[n].sent; *p; p++)
			assert_int_equal(send_one(b, (uint8_t)*p, prio_of(*p)), 0);
		assert_int_equal(outqueue_dropped(b->queue),
		    strlen(cases[n].sent) - strlen(cases[n].came));
		drain(b, came);
		assert_string_equal(came, cases[n].came);
		teardown(&own);
	}
}

static void
nothing_gives_way_to_one_answer_too_many(void **state)
{
	struct bench *b = *state;
	char came[32];

	for (uint8_t n = 'a'; n < 'a' + MSGS_MAX; n++)
		assert_int_equal(send_one(b, n, ROUTER_PRIO_ANSWER), 0);
	assert_int_equal(send_one(b, 'z', ROUTER_PRIO_ANSWER), -ENOBUFS);
	assert_int_equal(send_one(b, '1', ROUTER_PRIO_IND), 0); /* dropped */
	assert_int_equal(outqueue_dropped(b->queue), 1);
	drain(b, came);
	assert_string_equal(came, "abcdefgh");
}

static void
a_dead_peer_is_told(void **state)
{
	struct bench *b = *state;

	assert_int_equal(send_one(b, 'a', ROUTER_PRIO_ANSWER), 0);
	close(b->there);
	assert_int_equal(outqueue_flush(b->queue, b->here), -EPIPE);
	b->there = dup(b->here);
	outqueue_clear(b->queue);
	assert_int_equal(send_one(b, 'b', ROUTER_PRIO_IND), -EPIPE);
}

/* A pipe takes a part of a message that is longer than itself. */
static void
a_message_that_has_begun_is_finished_first(void **state)
{
	static uint8_t big[100000], back[sizeof(big) + 4];
	struct outqueue *q = outqueue_new(false, sizeof(big), 2);
	size_t have = 0;
	ssize_t n;
	int fds[2];

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7);
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	/* an indication, but no longer to be dropped once it has begun */
	assert_int_equal(
	    outqueue_send(q, fds[1], big, sizeof(big), ROUTER_PRIO_IND), 0);
	assert_int_equal(
	    outqueue_send(q, fds[1], (const uint8_t *)"tail", 4, ROUTER_PRIO_ANSWER),
	    -ENOBUFS);
	while ((n = read(fds[0], back + have, sizeof(back) - have)) > 0) {
		have += (size_t)n;
		assert_int_equal(outqueue_flush(q, fds[1]), 0);
	}
	assert_int_equal(have, sizeof(big));
	assert_memory_equal(back, big, sizeof(big));
	outqueue_free(q);
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(in_order),
	    cmocka_unit_test(the_cheap_gives_way_to_the_dear),
	    T(nothing_gives_way_to_one_answer_too_many),
	    T(a_dead_peer_is_told),
	    cmocka_unit_test(a_message_that_has_begun_is_finished_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
