/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host that closes and the next one that connects may be seen in one turn of the
 * loop and in any order.  So before a newcomer is refused, the one there is read to its
 * end: only who is really there keeps others out.
 */
#include "config.h"

#include "tests/modem/front_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/unixsock.h"
#include "common/xmem.h"
#include "tests/modem/host_link.h"
#include "tests/modem/modem.h"

#define SOCKET_MODE 0600

struct front_socket {
	struct event_base *base;
	struct modem *modem;
	char *path;
	int type;
	int listen_fd; /* -1: the module is not there */
	struct event *acceptable;
	int fd; /* the host; -1: none */
	struct event *readable;
	struct host_link *link;
	uint8_t in[HOST_LINK_READ_MAX];
};

/* ---- the host
 * ------------------------------------------------------------------------ */

static void
drop_host(void *arg)
{
	struct front_socket *f = arg;
	if (f->fd < 0)
		return;
	host_link_free(f->link);
	event_free(f->readable);
	close(f->fd);
	f->link = NULL;
	f->readable = NULL;
	f->fd = -1;
}

/* False when there is nothing more to read, or no host any more. */
static bool
read_once(struct front_socket *f)
{
	ssize_t n = recv(f->fd, f->in, sizeof(f->in), 0);
	if (n > 0)
		return host_link_input(f->link, f->in, (size_t)n);
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		drop_host(f);
	return false;
}

static void
readable_cb(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_once(arg);
}

/* Has the host closed?  Then what it said before is heard first. */
static void
finish_closed_host(struct front_socket *f)
{
	struct pollfd p = {.fd = f->fd, .events = 0};
	if (f->fd < 0 || poll(&p, 1, 0) <= 0 || !(p.revents & (POLLHUP | POLLERR)))
		return;
	while (f->fd >= 0 && read_once(f))
		;
}

static void
take_host(struct front_socket *f, int fd)
{
	struct host_link_settings settings = {.fd = fd,
	    .packets = f->type == SOCK_SEQPACKET,
	    .name = f->path,
	    .hung_up = drop_host,
	    .arg = f};
	struct host_link *link = host_link_new(f->base, f->modem, &settings);
	if (!link) {
		log_info("modem", "%s: open refused: %s", f->path, strerror(errno));
		close(fd);
		return;
	}
	f->link = link;
	f->fd = fd;
	f->readable = event_new(f->base, fd, EV_READ | EV_PERSIST, readable_cb, f);
	if (!f->readable || event_add(f->readable, NULL) < 0)
		fatal("modem", "no memory");
}

static void
acceptable_cb(int listen_fd, short what, void *arg)
{
	struct front_socket *f = arg;
	(void)what;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	finish_closed_host(f);
	if (f->fd >= 0) {
		log_info("modem", "%s: somebody else has it open", f->path);
		close(fd);
		return;
	}
	take_host(f, fd);
}

/* ---- the module comes and goes
 * --------------------------------------------------------- */

static int
try_appear(struct front_socket *f)
{
	int fd = unixsock_listen(f->path, f->type, SOCKET_MODE, (uid_t)-1, (gid_t)-1);
	if (fd < 0)
		return fd;
	f->listen_fd = fd;
	f->acceptable = event_new(f->base, fd, EV_READ | EV_PERSIST, acceptable_cb, f);
	if (!f->acceptable || event_add(f->acceptable, NULL) < 0)
		fatal("modem", "no memory");
	return 0;
}

static void
appear(struct front_socket *f)
{
	int rc = f->listen_fd < 0 ? try_appear(f) : 0;
	if (rc == 0)
		return;
	errno = -rc;
	log_err("modem", "%s", f->path);
}

static void
vanish(struct front_socket *f)
{
	drop_host(f);
	if (f->listen_fd < 0)
		return;
	unlink(f->path);
	event_free(f->acceptable);
	close(f->listen_fd);
	f->acceptable = NULL;
	f->listen_fd = -1;
}

static void
front_socket_presence(void *arg, bool present)
{
	if (present)
		appear(arg);
	else
		vanish(arg);
}

static const struct modem_front_ops front_ops = {.presence = front_socket_presence};

struct front_socket *
front_socket_new(struct event_base *base, struct modem *m, const char *path, int type)
{
	struct front_socket *f = xcalloc(1, sizeof(*f));
	f->base = base;
	f->modem = m;
	f->path = xstrdup(path);
	f->type = type;
	f->listen_fd = f->fd = -1;
	int rc = try_appear(f);
	if (rc < 0) {
		front_socket_free(f);
		errno = -rc;
		return NULL;
	}
	modem_add_front(m, &front_ops, f);
	return f;
}

void
front_socket_free(struct front_socket *f)
{
	if (!f)
		return;
	vanish(f);
	free(f->path);
	free(f);
}
