/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include "tests/bench/echo_modem.h"
#include "tests/bench/wire.h"

#define ECHO_BUFFER (1 << 20) /* bytes: more than any load keeps in flight */

struct echo_modem {
	const struct wire *wire;
	int fd;      /* controlling side of the PTY */
	int held_fd; /* device side, held open so that no hang-up is ever seen */
	int stop_fd;
	pthread_t thread;
	uint8_t in[ECHO_BUFFER];
	size_t in_len;
	uint8_t out[ECHO_BUFFER]; /* what the PTY did not take yet */
	size_t out_len;
};

/* Each answer is a write of its own; a full PTY holds up neither reading nor others. */
static void
send_answer(struct echo_modem *m, const uint8_t *frame, size_t len)
{
	ssize_t n = m->out_len > 0 ? 0 : write(m->fd, frame, len);
	size_t done = n > 0 ? (size_t)n : 0;

	if (len - done > sizeof(m->out) - m->out_len)
		return; /* the load notices what is missing */
	memcpy(m->out + m->out_len, frame + done, len - done);
	m->out_len += len - done;
}

static void
send_held(struct echo_modem *m)
{
	ssize_t n = write(m->fd, m->out, m->out_len);

	if (n <= 0)
		return;
	m->out_len -= (size_t)n;
	memmove(m->out, m->out + n, m->out_len);
}

static void
answer_all(struct echo_modem *m)
{
	uint8_t out[WIRE_FRAME_MAX];
	size_t at = 0;
	int n;

	while ((n = m->wire->scan(m->in + at, m->in_len - at)) > 0) {
		int len = m->wire->answer(m->in + at, (size_t)n, out);
		if (len > 0)
			send_answer(m, out, (size_t)len);
		at += (size_t)n;
	}
	if (n < 0)
		at = m->in_len;
	m->in_len -= at;
	memmove(m->in, m->in + at, m->in_len);
}

static void *
echo_thread(void *arg)
{
	struct echo_modem *m = arg;
	struct pollfd p[2] = {{.fd = m->fd}, {.fd = m->stop_fd, .events = POLLIN}};

	for (;;) {
		p[0].events = m->out_len > 0 ? POLLIN | POLLOUT : POLLIN;
		if ((poll(p, 2, -1) < 0 && errno != EINTR) || p[1].revents)
			return NULL;
		if (p[0].revents & POLLOUT)
			send_held(m);
		ssize_t n = read(m->fd, m->in + m->in_len, sizeof(m->in) - m->in_len);
		if (n <= 0)
			continue;
		m->in_len += (size_t)n;
		answer_all(m);
	}
}

static int
open_pty(struct echo_modem *m, char *path, size_t path_size)
{
	struct termios t;

	m->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (m->fd < 0 || grantpt(m->fd) < 0 || unlockpt(m->fd) < 0 ||
	    fcntl(m->fd, F_SETFL, O_NONBLOCK) < 0)
		return -1;
	if (ptsname_r(m->fd, path, path_size) != 0)
		return -1;
	m->held_fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (m->held_fd < 0 || tcgetattr(m->held_fd, &t) < 0)
		return -1;
	cfmakeraw(&t);
	return tcsetattr(m->held_fd, TCSANOW, &t);
}

static void
echo_modem_free(struct echo_modem *m)
{
	int err = errno;

	if (m->held_fd >= 0)
		close(m->held_fd);
	if (m->fd >= 0)
		close(m->fd);
	if (m->stop_fd >= 0)
		close(m->stop_fd);
	free(m);
	errno = err;
}

struct echo_modem *
echo_modem_start(const struct wire *wire, char *path, size_t path_size)
{
	struct echo_modem *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->fd = m->held_fd = -1;
	m->stop_fd = eventfd(0, EFD_CLOEXEC);
	m->wire = wire;
	if (m->stop_fd < 0 || open_pty(m, path, path_size) < 0)
		goto failed;
	if ((errno = pthread_create(&m->thread, NULL, echo_thread, m)) != 0)
		goto failed;
	return m;
failed:
	echo_modem_free(m);
	return NULL;
}

void
echo_modem_stop(struct echo_modem *m)
{
	uint64_t one = 1;

	if (write(m->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(m->thread, NULL);
	echo_modem_free(m);
}
