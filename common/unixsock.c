/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unix sockets by name.
 *
 * Two things are easy to get wrong and are done here once: the address length of an
 * abstract name counts its bytes and no NUL more, and a socket file never has, not
 * even for a moment, a wider mode than it was asked to have.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/unixsock.h"

#define UNIXSOCK_BACKLOG 128 /* a gateway's dialers all start at once */

/* Fills sun for name and returns the address length, or -errno. */
static int
address(struct sockaddr_un *sun, const char *name)
{
	size_t len = strlen(name);

	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (len == 0 || strcmp(name, "@") == 0)
		return -EINVAL;
	if (name[0] == '@') {
		if (len > sizeof(sun->sun_path))
			return -ENAMETOOLONG;
		memcpy(sun->sun_path + 1, name + 1, len - 1);
		return (int)(offsetof(struct sockaddr_un, sun_path) + len);
	}
	if (len >= sizeof(sun->sun_path))
		return -ENAMETOOLONG;
	memcpy(sun->sun_path, name, len);
	return (int)(offsetof(struct sockaddr_un, sun_path) + len + 1);
}

/* A new socket and the address it is for.  The descriptor or -errno. */
static int
new_socket(const char *name, int type, struct sockaddr_un *sun, socklen_t *ret_len)
{
	int fd, len = address(sun, name);

	if (len < 0)
		return len;
	fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	*ret_len = (socklen_t)len;
	return fd;
}

/* 0, or -errno and fd is still the caller's. */
static int
bind_tight(int fd, const struct sockaddr_un *sun, socklen_t len)
{
	mode_t old = umask(0177);
	int r = bind(fd, (const struct sockaddr *)sun, len) < 0 ? -errno : 0;

	umask(old);
	return r;
}

/* Removes a socket file nobody listens on.  True when the name is free now. */
static bool
remove_stale(const char *path, int type)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) < 0)
		return errno == ENOENT;
	if (!S_ISSOCK(st.st_mode))
		return false;
	fd = unixsock_connect(path, type);
	if (fd >= 0) {
		close(fd);
		return false;
	}
	/* anything but a refusal (another type, a full backlog) means somebody lives */
	return fd == -ECONNREFUSED && unlink(path) == 0;
}

static int
set_owner_and_mode(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) && chown(path, uid, gid) < 0)
		return -errno;
	return chmod(path, mode) < 0 ? -errno : 0;
}

static int
bind_path(int fd, const char *path, const struct sockaddr_un *sun, socklen_t len,
    int type, mode_t mode, uid_t uid, gid_t gid)
{
	int r = bind_tight(fd, sun, len);

	if (r == -EADDRINUSE && remove_stale(path, type))
		r = bind_tight(fd, sun, len);
	if (r < 0)
		return r;
	r = set_owner_and_mode(path, mode, uid, gid);
	if (r < 0)
		unlink(path);
	return r;
}

int
unixsock_listen(const char *name, int type, mode_t mode, uid_t uid, gid_t gid)
{
	struct sockaddr_un sun;
	socklen_t len;
	int fd, r;

	fd = new_socket(name, type, &sun, &len);
	if (fd < 0)
		return fd;
	if (name[0] == '@')
		r = bind(fd, (struct sockaddr *)&sun, len) < 0 ? -errno : 0;
	else
		r = bind_path(fd, name, &sun, len, type, mode, uid, gid);
	if (r == 0 && listen(fd, UNIXSOCK_BACKLOG) < 0)
		r = -errno;
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

int
unixsock_connect(const char *name, int type)
{
	struct sockaddr_un sun;
	socklen_t len;
	int fd, r;

	fd = new_socket(name, type, &sun, &len);
	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&sun, len) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

int
unixsock_peer(int fd, uid_t *ret_uid, gid_t *ret_gid, pid_t *ret_pid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	*ret_uid = cred.uid;
	*ret_gid = cred.gid;
	*ret_pid = cred.pid;
	return 0;
}
