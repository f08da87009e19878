/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-relay: the least a program between one QMI device and its clients can do.
 *
 *	bench-relay DEVICE NAME
 *
 * The yardstick for the broker.  It frames, remembers which connection last used a
 * (service, CID), and copies: no ownership, no transaction ids, no queues, no limits,
 * no error handling worth the name.  It answers libqmi's open message itself and
 * serves the abstract socket NAME.  A CTL answer goes to whoever asked last, so a load
 * must set up its clients one after the other.
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

#include "common/qmi.h"
#include "common/qmi_table.h"
#include "common/qmux.h"
#include "common/unixsock.h"

#define RELAY_FD_MAX 4096
#define RELAY_BUFFER 8192

struct stream {
	uint8_t buf[RELAY_BUFFER];
	size_t len;
};

static struct stream *streams[RELAY_FD_MAX];
static int owners[256][256]; /* (service, CID) to descriptor */
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
from_client(int fd, const uint8_t *frame, size_t len)
{
	struct qmi_msg req;
	uint8_t out[32];

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
from_device(const uint8_t *frame, size_t len)
{
	int fd = owners[frame[4]][frame[5]];

	if (fd > 0)
		send_whole(fd, frame, len);
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
	while ((len = qmux_scan(s->buf + at, s->len - at)) > 0) {
		if (fd == device_fd)
			from_device(s->buf + at, (size_t)len);
		else
			from_client(fd, s->buf + at, (size_t)len);
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

	if (argc != 3) {
		fprintf(stderr, "usage: bench-relay DEVICE @NAME\n");
		return 2;
	}
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	device_fd = open_device(argv[1]);
	listen_fd = unixsock_listen(argv[2], SOCK_STREAM, 0600, (uid_t)-1, (gid_t)-1);
	if (epoll_fd < 0 || device_fd < 0 || listen_fd < 0) {
		fprintf(stderr, "bench-relay: %s: %s\n", argv[1],
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
