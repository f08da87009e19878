/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports: greeting, framing, loss; and the lock that says who dials a channel. */
#include "config.h"

#include "tests/unit/check.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "client/instance.h"
#include "client/port.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "common/mbim_info.h"
#include "common/qmi_value.h"
#include "common/unixsock.h"

struct bench {
	char dir[64];
	char name[96];
	struct event_base *base;
	int listener;
	int peer; /* our end as the proxy */
	struct port *port;
	unsigned int ready, messages, lost;
	size_t last_len;
	struct failure why;
	bool free_on_message;
};

static void
on_ready(void *arg)
{
	((struct bench *)arg)->ready++;
}

static void
on_message(void *arg, const uint8_t *msg, size_t len)
{
	struct bench *b = arg;

	(void)msg;
	b->messages++;
	b->last_len = len;
	if (!b->free_on_message)
		return;
	port_free(b->port);
	b->port = NULL;
}

static void
on_lost(void *arg, const struct failure *why)
{
	struct bench *b = arg;

	b->lost++;
	b->why = *why;
}

static const struct port_handlers handlers = {on_ready, on_message, on_lost};

static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	log_init(LOG_LEVEL_ERROR);
	signal(SIGPIPE, SIG_IGN);
	strcpy(b->dir, "/tmp/check_port.XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->name, sizeof(b->name), "%s/proxy", b->dir);
	b->base = loop_new();
	b->listener = unixsock_listen(b->name, SOCK_STREAM, 0600, (uid_t)-1, (gid_t)-1);
	assert_true(b->listener >= 0);
	b->peer = -1;
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	port_free(b->port);
	close(b->listener);
	if (b->peer >= 0)
		close(b->peer);
	unlink(b->name);
	rmdir(b->dir);
	event_base_free(b->base);
	free(b);
	return 0;
}

static void
turn(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		event_base_loop(b->base, EVLOOP_NONBLOCK);
}

/* Opens the port and takes our end of it. */
static void
open_port(struct bench *b, const struct port_dialect *dialect)
{
	const char *const names[] = {"/nonexistent/proxy", b->name, NULL};

	b->port = port_proxy_new(b->base, dialect, names, "/dev/cdc-wdm7");
	port_start(b->port, &handlers, b);
	assert_int_equal(b->ready + b->lost, 0); /* only from the loop */
	turn(b);
	b->peer = accept(b->listener, NULL, NULL);
	assert_true(b->peer >= 0);
}

static void
say(struct bench *b, enum qmi_kind kind, uint16_t id, uint16_t error, size_t at_once)
{
	struct qmi_builder q;
	uint8_t buf[64];
	int len, pos;

	qmi_build(&q, buf, sizeof(buf), QMI_CTL, 0, kind, 1, id);
	if (kind == QMI_KIND_RSP)
		qmi_build_result(&q, error);
	len = qmi_build_end(&q);
	for (pos = 0; pos < len; pos += (int)at_once) {
		size_t n =
		    at_once < (size_t)(len - pos) ? at_once : (size_t)(len - pos);

		assert_int_equal(write(b->peer, buf + pos, n), n);
		turn(b);
	}
}

static void
greets_and_waits_for_the_answer(void **state)
{
	struct bench *b = *state;
	char hello[64];
	ssize_t n;

	open_port(b, &port_dialect_libqmi);
	n = read(b->peer, hello, sizeof(hello));
	assert_true(n > 13);
	assert_memory_equal(hello + n - 13, "/dev/cdc-wdm7", 13);
	assert_int_equal(b->ready, 0);
	assert_int_equal(port_send(b->port, (const uint8_t *)hello, 4), -EAGAIN);
	say(b, QMI_KIND_IND, QMI_CTL_SYNC, 0, 99); /* before the answer: dropped */
	say(b, QMI_KIND_RSP, QMI_CTL_PROXY_OPEN, 0, 1);
	assert_int_equal(b->ready, 1);
	assert_int_equal(b->messages, 0);
	say(b, QMI_KIND_IND, QMI_CTL_SYNC, 0, 5); /* trickled */
	assert_int_equal(b->messages, 1);
	assert_int_equal(b->last_len, 12);
}

static void
the_vendors_proxy_wants_no_greeting(void **state)
{
	struct bench *b = *state;
	static const uint8_t frame[] = {1, 11, 0, 0, 0, 0, 0, 1, 0x27, 0, 0, 0};
	uint8_t got[32];

	open_port(b, &port_dialect_quectel_qmi);
	assert_int_equal(b->ready, 1);
	assert_int_equal(port_send(b->port, frame, sizeof(frame)), 0);
	assert_int_equal(read(b->peer, got, sizeof(got)), sizeof(frame));
}

static void
a_refusal_and_a_hang_up_are_told_once(void **state)
{
	struct bench *b = *state;

	open_port(b, &port_dialect_libqmi);
	close(b->peer);
	b->peer = -1;
	turn(b);
	assert_int_equal(b->lost, 1);
	assert_int_equal(b->why.class, FAILURE_NO_PROXY);
	assert_non_null(strstr(b->why.text, "/dev/cdc-wdm7"));
}

static void
nobody_listening_is_told(void **state)
{
	struct bench *b = *state;
	const char *const names[] = {"/nonexistent/proxy", NULL};

	b->port = port_proxy_new(b->base, &port_dialect_libqmi, names, "/dev/cdc-wdm0");
	port_start(b->port, &handlers, b);
	turn(b);
	assert_int_equal(b->lost, 1);
	assert_int_equal(b->why.class, FAILURE_NO_PROXY);
}

static void
garbage_from_a_proxy_ends_the_port(void **state)
{
	struct bench *b = *state;

	open_port(b, &port_dialect_quectel_qmi);
	assert_int_equal(write(b->peer, "HTTP/1.0", 8), 8);
	turn(b);
	assert_int_equal(b->lost, 1);
}

static void
a_handler_may_free_the_port(void **state)
{
	struct bench *b = *state;
	static const uint8_t two[] = {1, 11, 0, 0, 0, 0, 2, 0, 0x27, 0, 0, 0, 1, 11, 0,
	    0, 0, 0, 2, 0, 0x27, 0, 0, 0};

	open_port(b, &port_dialect_quectel_qmi);
	b->free_on_message = true;
	assert_int_equal(write(b->peer, two, sizeof(two)), sizeof(two));
	turn(b);
	assert_int_equal(b->messages, 1);
}

/* A packet socket cuts off what the reader has no room for. */
static void
a_large_packet_comes_whole(void **state)
{
	struct bench *b = *state;
	uint8_t frame[6001] = {
	    1, 6000 & 0xff, 6000 >> 8, 0, 2, 0, 2, 0, 0x27, 0, 5988 & 0xff, 5988 >> 8};

	close(b->listener);
	unlink(b->name);
	b->listener =
	    unixsock_listen(b->name, SOCK_SEQPACKET, 0600, (uid_t)-1, (gid_t)-1);
	open_port(b, &port_dialect_quectel_qmi);
	assert_int_equal(write(b->peer, frame, sizeof(frame)), sizeof(frame));
	turn(b);
	assert_int_equal(b->messages, 1);
	assert_int_equal(b->last_len, sizeof(frame));
}

static void
say_mbim(int fd, const uint8_t *bytes, int len)
{
	assert_true(len > 0);
	assert_int_equal(write(fd, bytes, (size_t)len), len);
}

/* The answer to libmbim's greeting. */
static void
say_configured(struct bench *b, uint32_t status)
{
	struct mbim_builder m;
	uint8_t buf[64];

	mbim_build_done(&m, buf, sizeof(buf), 1, mbim_proxy_control,
	    MBIM_CID_PROXY_CONFIGURATION, status);
	say_mbim(b->peer, buf, mbim_build_end(&m));
	turn(b);
}

static void
mbim_is_greeted_with_the_device(void **state)
{
	struct bench *b = *state;
	struct mbim_builder v;
	struct mbim_reader r;
	struct mbim_msg m;
	uint8_t buf[256];
	char device[64];
	ssize_t n;

	open_port(b, &port_dialect_libmbim);
	n = read(b->peer, buf, sizeof(buf));
	assert_int_equal(mbim_parse(buf, (size_t)n, &m), 0);
	assert_int_equal(m.type, MBIM_TYPE_COMMAND);
	assert_memory_equal(m.service, mbim_proxy_control, MBIM_UUID_LEN);
	assert_int_equal(m.cmd, MBIM_CID_PROXY_CONFIGURATION);
	assert_int_equal(m.command_type, MBIM_SET);
	mbim_reader_init(&r, m.info, m.info_len, 12);
	assert_true(mbim_read_string(&r, device, sizeof(device)));
	assert_string_equal(device, "/dev/cdc-wdm7");
	/* What the owner must know is passed on early, other talk is not. */
	mbim_build_indication(
	    &v, buf, sizeof(buf), mbim_proxy_control, MBIM_CID_PROXY_VERSION);
	writer_u32le(&v.w, 0x03000100);
	say_mbim(b->peer, buf, mbim_build_end(&v));
	mbim_build_indication(
	    &v, buf, sizeof(buf), mbim_basic_connect, MBIM_CID_CONNECT);
	say_mbim(b->peer, buf, mbim_build_end(&v));
	turn(b);
	assert_int_equal(b->messages, 1);
	assert_int_equal(b->ready, 0);
	say_configured(b, MBIM_STATUS_NONE);
	assert_int_equal(b->ready, 1);
	assert_false(b->port->alone);
}

static void
mbims_greeting_may_be_refused(void **state)
{
	struct bench *b = *state;

	open_port(b, &port_dialect_libmbim);
	say_configured(b, MBIM_STATUS_INVALID_PARAMETERS);
	assert_int_equal(b->lost, 1);
	assert_int_equal(b->why.class, FAILURE_NO_PROXY);
}

/* The next message that the modem gets; its type. */
static uint32_t
get_mbim(struct bench *b, int modem, struct mbim_msg *ret)
{
	uint8_t buf[64];
	ssize_t n;

	turn(b);
	n = read(modem, buf, sizeof(buf));
	assert_true(n > 0);
	assert_int_equal(mbim_parse(buf, (size_t)n, ret), 0);
	return ret->type;
}

/* Some modems take OPEN for CLOSE when they are open already: mbim.md 7. */
static void
a_modem_out_of_step_is_closed_and_opened(void **state)
{
	struct bench *b = *state;
	struct mbim_msg m;
	uint8_t buf[16];

	b->port = port_device_new(b->base, &port_dialect_libmbim, b->name);
	port_start(b->port, &handlers, b);
	turn(b);
	b->peer = accept(b->listener, NULL, NULL);
	assert_int_equal(get_mbim(b, b->peer, &m), MBIM_TYPE_OPEN);
	assert_int_equal(m.value, MBIM_TRANSFER_DEFAULT);
	say_mbim(b->peer, buf,
	    mbim_build_short(buf, sizeof(buf), MBIM_TYPE_FUNCTION_ERROR, m.txn,
		MBIM_ERROR_MAX_TRANSFER));
	assert_int_equal(get_mbim(b, b->peer, &m), MBIM_TYPE_OPEN);
	assert_int_equal(m.value, MBIM_TRANSFER_DEFAULT / 2);
	say_mbim(b->peer, buf,
	    mbim_build_short(buf, sizeof(buf), MBIM_TYPE_OPEN_DONE, m.txn + 7, 0));
	say_mbim(b->peer, buf,
	    mbim_build_short(buf, sizeof(buf), MBIM_TYPE_CLOSE_DONE, m.txn, 0));
	assert_int_equal(get_mbim(b, b->peer, &m), MBIM_TYPE_CLOSE);
	assert_int_equal(b->ready, 0); /* somebody else's OPEN_DONE */
	say_mbim(b->peer, buf,
	    mbim_build_short(buf, sizeof(buf), MBIM_TYPE_CLOSE_DONE, m.txn, 0));
	assert_int_equal(get_mbim(b, b->peer, &m), MBIM_TYPE_OPEN);
	say_mbim(b->peer, buf,
	    mbim_build_short(buf, sizeof(buf), MBIM_TYPE_OPEN_DONE, m.txn, 0));
	turn(b);
	assert_int_equal(b->ready, 1);
	assert_true(b->port->alone);
	assert_int_equal(b->messages, 0);
}

/* A process that holds the lock until it is told to end. */
static pid_t
lock_in_child(const char *dir, uint8_t channel)
{
	int pipes[2];
	pid_t pid, holder;
	char c;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		signal(SIGINT, SIG_DFL); /* a shell's background job ignores it */
		c = instance_lock(dir, "usb-1-1", channel, &holder) >= 0 ? 'y' : 'n';
		if (write(pipes[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(pipes[0], &c, 1), 1);
	assert_int_equal(c, 'y');
	close(pipes[0]);
	close(pipes[1]);
	return pid;
}

static void
one_dialer_per_channel_and_kill_finds_it(void **state)
{
	struct bench *b = *state;
	pid_t child = lock_in_child(b->dir, 1), holder = 0;
	int fd, status;

	assert_int_equal(instance_lock(b->dir, "usb-1-1", 1, &holder), -EBUSY);
	assert_int_equal(holder, child);
	fd = instance_lock(b->dir, "usb-1-1", 11, &holder); /* not channel 1 */
	assert_true(fd >= 0);
	assert_int_equal(instance_kill(b->dir, "usb-2-1", 1, 5000), 0);
	assert_int_equal(instance_kill(b->dir, NULL, 1, 5000), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	assert_int_equal(instance_kill(b->dir, NULL, 1, 5000), 0);
	instance_unlock(fd, b->dir, "usb-1-1", 11);
	fd = instance_lock(b->dir, "usb-1-1", 1, &holder); /* what it left is free */
	assert_true(fd >= 0);
	instance_unlock(fd, b->dir, "usb-1-1", 1);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(greets_and_waits_for_the_answer),
	    T(the_vendors_proxy_wants_no_greeting),
	    T(a_refusal_and_a_hang_up_are_told_once),
	    T(nobody_listening_is_told),
	    T(garbage_from_a_proxy_ends_the_port),
	    T(a_handler_may_free_the_port),
	    T(a_large_packet_comes_whole),
	    T(mbim_is_greeted_with_the_device),
	    T(mbims_greeting_may_be_refused),
	    T(a_modem_out_of_step_is_closed_and_opened),
	    T(one_dialer_per_channel_and_kill_finds_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
