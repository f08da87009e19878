/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-relay: the least a program between one device and its clients can do.
 *
 *	bench-relay qmi|mbim DEVICE NAME
 *
 * The yardstick for the broker.  It frames, remembers who gets an answer, and copies:
 * no ownership, no queues, no limits, no error handling worth the name.  QMI goes back
 * to the connection that last used the (service, CID), so a load must set up its
 * clients one after the other; MBIM has nothing but transaction ids, which are
 * numbered anew.  It answers the messages that open a device itself and serves the
 * abstract socket NAME.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "common/cursor.h"
#include "common/mbim.h"
#include "common/mbim_ids.h"
#include "common/qmi.h"
#include "common/qmi_table.h"
#include "common/qmux.h"
#include "common/unixsock.h"
#include "tests/bench/wire.h"

#define RELAY_FD_MAX 4096
#define RELAY_BUFFER 8192
#define PENDING_MAX 65536 /* MBIM requests in flight, a power of two */

struct stream {
	uint8_t buf[RELAY_BUFFER];
	size_t len;
};

static struct stream *streams[RELAY_FD_MAX];
static const struct wire *wire;
static int owners[256][256]; /* QMI: (service, CID) to descriptor */
static struct {
	int fd;
	uint32_t txn;
} pending[PENDING_MAX]; /* MBIM: by transaction id on the device */
static uint32_t last_txn;
static int device_fd;
static int epoll_fd;

static void
watch(int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	if (fd >= RELAY_FD_MAX || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0 ||
	    !(streams[fd] = calloc(1, sizeof(struct stream)))) {
		perror("bench-relay");
		exit(1);
	}
}

static void
send_whole(int fd, const uint8_t *frame, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, frame, len);
		if (n < 0)
			return;
		frame += n;
		len -= (size_t)n;
	}
}

static void
qmi_from_client(int fd, const uint8_t *frame, size_t len)
{
	struct qmi_msg req;
	uint8_t out[WIRE_FRAME_MAX];

	if (frame[4] == QMI_CTL && qmi_parse(frame, len, &req) == 0 &&
	    req.id == QMI_CTL_PROXY_OPEN) {
		int n = qmi_build_error(out, sizeof(out), &req, QMI_ERR_NONE);
		if (n > 0)
			send_whole(fd, out, (size_t)n);
		return;
	}
	owners[frame[4]][frame[5]] = fd;
	send_whole(device_fd, frame, len);
}

static void
qmi_from_device(const uint8_t *frame, size_t len)
{
	int fd = owners[frame[4]][frame[5]];

	if (fd > 0)
		send_whole(fd, frame, len);
}

/* OPEN, CLOSE and what is for a proxy; false: for the device. */
static bool
mbim_answer_here(int fd, const uint8_t *frame, size_t len)
{
	struct mbim_msg m;
	struct mbim_builder b;
	uint8_t out[WIRE_FRAME_MAX];
	int n;

	if (mbim_parse(frame, len, &m) < 0)
		return true;
	if (m.type == MBIM_TYPE_OPEN || m.type == MBIM_TYPE_CLOSE) {
		n = wire->answer(frame, len, out);
	} else {
		if (memcmp(m.service, mbim_proxy_control, MBIM_UUID_LEN) != 0)
			return false;
		mbim_build_done(
		    &b, out, sizeof(out), m.txn, m.service, m.cmd, MBIM_STATUS_NONE);
		n = mbim_build_end(&b);
	}
	if (n > 0)
		send_whole(fd, out, (size_t)n);
	return true;
}

static void
mbim_from_client(int fd, uint8_t *frame, size_t len)
{
	if (mbim_answer_here(fd, frame, len))
		return;
	last_txn++;
	pending[last_txn % PENDING_MAX].fd = fd;
	pending[last_txn % PENDING_MAX].txn = get_u32le(frame + 8);
	put_u32le(frame + 8, last_txn);
	send_whole(device_fd, frame, len);
}

static void
mbim_from_device(uint8_t *frame, size_t len)
{
	uint32_t at = get_u32le(frame + 8) % PENDING_MAX;

	if (pending[at].fd <= 0)
		return;
	put_u32le(frame + 8, pending[at].txn);
	send_whole(pending[at].fd, frame, len);
	pending[at].fd = 0;
}

static void
take(int fd, uint8_t *frame, size_t len)
{
	bool is_device = fd == device_fd;

	if (wire == &wire_qmi && is_device)
		qmi_from_device(frame, len);
	else if (wire == &wire_qmi)
		qmi_from_client(fd, frame, len);
	else if (is_device)
		mbim_from_device(frame, len);
	else
		mbim_from_client(fd, frame, len);
}

static void
hang_up(int fd)
{
	close(fd);
	free(streams[fd]);
	streams[fd] = NULL;
	for (int s = 0; s < 256; s++)
		for (int c = 0; c < 256; c++)
			if (owners[s][c] == fd)
				owners[s][c] = 0;
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (pending[i].fd == fd)
			pending[i].fd = 0;
}

static void
readable(int fd)
{
	struct stream *s = streams[fd];
	ssize_t n = read(fd, s->buf + s->len, sizeof(s->buf) - s->len);
	size_t at = 0;
	int len;

	if (n <= 0) {
		if (fd != device_fd)
			hang_up(fd);
		return;
	}
	s->len += (size_t)n;
	while ((len = wire->scan(s->buf + at, s->len - at)) > 0) {
		take(fd, s->buf + at, (size_t)len);
		at += (size_t)len;
	}
	s->len -= at;
	if (at > 0 && s->len > 0)
		memmove(s->buf, s->buf + at, s->len);
}

static int
open_device(const char *path)
{
	struct termios t;
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0 && tcgetattr(fd, &t) == 0) {
		cfmakeraw(&t);
		tcsetattr(fd, TCSANOW, &t);
	}
	return fd;
}

int
main(int argc, char **argv)
{
	struct epoll_event events[64];
	int listen_fd;

	wire = argc == 4 ? wire_named(argv[1]) : NULL;
	if (!wire) {
		fprintf(stderr, "usage: bench-relay qmi|mbim DEVICE @NAME\n");
		return 2;
	}
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	device_fd = open_device(argv[2]);
	listen_fd = unixsock_listen(argv[3], SOCK_STREAM, 0600, (uid_t)-1, (gid_t)-1);
	if (epoll_fd < 0 || device_fd < 0 || listen_fd < 0) {
		fprintf(stderr, "bench-relay: %s: %s\n", argv[2],
		    strerror(listen_fd < 0 ? -listen_fd : errno));
		return 1;
	}
	watch(device_fd);
	watch(listen_fd);
	for (;;) {
		int n = epoll_wait(epoll_fd, events, 64, -1);
		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;
			if (fd == listen_fd)
				watch(accept(listen_fd, NULL, NULL));
			else
				readable(fd);
		}
	}
}
