/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * While no host has the PTY open, its controlling side is readable for ever (EIO).  The
 * event is therefore edge-triggered: it fires once when the last host closes, and again
 * when another one writes.  Nothing is made anew in between, so that a host which opens
 * at that very moment is not left with a dead terminal.
 */
#include "config.h"

#include "tests/modem/front_pty.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmem.h"
#include "tests/modem/host_link.h"
#include "tests/modem/modem.h"

struct front_pty {
	struct event_base *base;
	struct modem *modem;
	char *path;
	int fd; /* the controlling side; -1: the module is not there */
	struct event *readable;
	struct host_link *link; /* NULL: no host so far */
	uint8_t in[HOST_LINK_READ_MAX];
};

static void appear(struct front_pty *f);
static void vanish(struct front_pty *f);

/* ---- the host
 * ------------------------------------------------------------------------ */

/* Bytes must pass as they are, whatever a host made of the settings. */
static int
make_raw(int fd)
{
	struct termios t;
	if (tcgetattr(fd, &t) < 0)
		return -errno;
	cfmakeraw(&t);
	return tcsetattr(fd, TCSANOW, &t) < 0 ? -errno : 0;
}

/* The last host has closed: what it left unread is not for the next one. */
static void
drop_host(struct front_pty *f)
{
	host_link_free(f->link);
	f->link = NULL;
	(void)tcflush(f->fd, TCOFLUSH);
	(void)make_raw(f->fd);
}

/* The modem hung up, or does not let anybody in: so does the terminal. */
static void
hung_up(void *arg)
{
	struct front_pty *f = arg;
	vanish(f);
	appear(f);
}

static bool
attach(struct front_pty *f)
{
	struct host_link_settings settings = {.fd = f->fd,
	    .edge_triggered = true,
	    .name = f->path,
	    .hung_up = hung_up,
	    .arg = f};
	f->link = host_link_new(f->base, f->modem, &settings);
	if (f->link)
		return true;
	log_info("modem", "%s: open refused: %s", f->path, strerror(errno));
	hung_up(f);
	return false;
}

/* False when there is nothing more to read, or the PTY is another one. */
static bool
read_once(struct front_pty *f)
{
	ssize_t n = read(f->fd, f->in, sizeof(f->in));
	if (n > 0) {
		if (!f->link && !attach(f))
			return false;
		return host_link_input(f->link, f->in, (size_t)n);
	}
	if (n < 0 && errno == EINTR)
		return true;
	if (n == 0 || errno != EAGAIN)
		drop_host(f);
	return false;
}

static void
readable_cb(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	while (read_once(arg))
		;
}

/* ---- the module comes and goes
 * --------------------------------------------------------- */

/* A new link takes the place of an old one in one step. */
static int
point_to(const char *path, const char *target)
{
	char *beside = xasprintf("%s.new", path);
	struct stat st;
	int rc = 0;
	if (lstat(path, &st) == 0 && !S_ISLNK(st.st_mode))
		rc = -EEXIST;
	if (rc == 0) {
		(void)unlink(beside);
		if (symlink(target, beside) < 0 || rename(beside, path) < 0)
			rc = -errno;
	}
	free(beside);
	return rc;
}

/* The controlling side, or -errno. */
static int
open_pty(char *ret_name, size_t size)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	int rc = 0;
	if (grantpt(fd) < 0 || unlockpt(fd) < 0)
		rc = -errno;
	if (rc == 0)
		rc = -ptsname_r(fd, ret_name, size);
	if (rc == 0)
		rc = make_raw(fd);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

static int
try_appear(struct front_pty *f)
{
	char name[PATH_MAX];
	int fd = open_pty(name, sizeof(name));
	if (fd < 0)
		return fd;
	int rc = point_to(f->path, name);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	f->fd = fd;
	f->readable =
	    event_new(f->base, fd, EV_READ | EV_PERSIST | EV_ET, readable_cb, f);
	if (!f->readable || event_add(f->readable, NULL) < 0)
		fatal("modem", "no memory");
	return 0;
}

static void
appear(struct front_pty *f)
{
	int rc = f->fd < 0 ? try_appear(f) : 0;
	if (rc == 0)
		return;
	errno = -rc;
	log_err("modem", "%s", f->path);
}

static void
vanish(struct front_pty *f)
{
	host_link_free(f->link);
	f->link = NULL;
	if (f->fd < 0)
		return;
	unlink(f->path);
	event_free(f->readable);
	close(f->fd);
	f->readable = NULL;
	f->fd = -1;
}

static void
front_pty_presence(void *arg, bool present)
{
	if (present)
		appear(arg);
	else
		vanish(arg);
}

static const struct modem_front_ops front_ops = {.presence = front_pty_presence};

struct front_pty *
front_pty_new(struct event_base *base, struct modem *m, const char *path)
{
	struct front_pty *f = xcalloc(1, sizeof(*f));
	f->base = base;
	f->modem = m;
	f->path = xstrdup(path);
	f->fd = -1;
	int rc = try_appear(f);
	if (rc < 0) {
		front_pty_free(f);
		errno = -rc;
		return NULL;
	}
	modem_add_front(m, &front_ops, f);
	return f;
}

void
front_pty_free(struct front_pty *f)
{
	if (!f)
		return;
	vanish(f);
	free(f->path);
	free(f);
}
