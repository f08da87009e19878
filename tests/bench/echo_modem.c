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

#include "common/qmi.h"
#include "common/qmi_table.h"
#include "common/qmux.h"
#include "tests/bench/echo_modem.h"

#define ECHO_BUFFER 65536

struct echo_modem {
	int fd;      /* controlling side of the PTY */
	int held_fd; /* device side, held open so that no hang-up is ever seen */
	int stop_fd;
	pthread_t thread;
	uint8_t next_cid[256];
	uint8_t in[ECHO_BUFFER];
	size_t in_len;
};

static void
write_all(int fd, const uint8_t *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, buf, len);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return;
		if (n < 0) {
			struct pollfd p = {.fd = fd, .events = POLLOUT};
			poll(&p, 1, 1000);
			continue;
		}
		buf += n;
		len -= (size_t)n;
	}
}

/* Allocate and Release carry (service, CID) in TLV 0x01 (qmi.md 2.1). */
static void
put_cid(struct echo_modem *m, struct qmi_builder *b, const struct qmi_msg *req)
{
	struct cursor c;
	uint8_t service;

	if (!qmi_tlv_find(req, 0x01, &c) || !cursor_u8(&c, &service))
		return;
	uint8_t cid = m->next_cid[service];
	if (req->id == QMI_CTL_RELEASE_CID)
		cursor_u8(&c, &cid);
	else if (++m->next_cid[service] == QMUX_CID_BROADCAST)
		m->next_cid[service] = 1;
	uint8_t pair[2] = {service, cid};
	qmi_build_tlv(b, 0x01, pair, sizeof(pair));
}

static void
answer(struct echo_modem *m, const uint8_t *frame, size_t len)
{
	struct qmi_msg req;
	struct qmi_builder b;
	uint8_t out[64];

	if (qmi_parse(frame, len, &req) < 0 || req.kind != QMI_KIND_REQ)
		return;
	qmi_build(
	    &b, out, sizeof(out), req.service, req.cid, QMI_KIND_RSP, req.txn, req.id);
	qmi_build_result(&b, QMI_ERR_NONE);
	if (req.service == QMI_CTL &&
	    (req.id == QMI_CTL_ALLOCATE_CID || req.id == QMI_CTL_RELEASE_CID))
		put_cid(m, &b, &req);
	int n = qmi_build_end(&b);
	if (n > 0)
		write_all(m->fd, out, (size_t)n);
}

static void
answer_all(struct echo_modem *m)
{
	size_t at = 0;
	int n;

	while ((n = qmux_scan(m->in + at, m->in_len - at)) > 0) {
		answer(m, m->in + at, (size_t)n);
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
	struct pollfd p[2] = {
	    {.fd = m->fd, .events = POLLIN}, {.fd = m->stop_fd, .events = POLLIN}};

	while (poll(p, 2, -1) >= 0 || errno == EINTR) {
		if (p[1].revents)
			break;
		ssize_t n = read(m->fd, m->in + m->in_len, sizeof(m->in) - m->in_len);
		if (n <= 0)
			continue;
		m->in_len += (size_t)n;
		answer_all(m);
	}
	return NULL;
}

static int
open_pty(struct echo_modem *m, char *path, size_t path_size)
{
	struct termios t;

	m->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (m->fd < 0 || grantpt(m->fd) < 0 || unlockpt(m->fd) < 0)
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
echo_modem_start(char *path, size_t path_size)
{
	struct echo_modem *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->fd = m->held_fd = -1;
	m->stop_fd = eventfd(0, EFD_CLOEXEC);
	memset(m->next_cid, 1, sizeof(m->next_cid));
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
