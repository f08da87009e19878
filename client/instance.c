/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Record locks, because fcntl(F_GETLK) names the holder.
 *
 * The file is removed while the lock is still held; who opened it in between holds a
 * lock on a name that is gone, so the locker looks whether the name still leads to the
 * file it locked and tries again if not.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/instance.h"

#define INSTANCE_TRIES 5

static void
instance_path(
    char *buf, size_t size, const char *run_dir, const char *key, uint8_t channel)
{
	snprintf(buf, size, "%s/dialer-%s-%u.lock", run_dir, key, channel);
}

/* The holder's pid; 0: nobody; -errno. */
static pid_t
instance_holder(int fd)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_GETLK, &fl) < 0)
		return -errno;
	return fl.l_type == F_UNLCK ? 0 : fl.l_pid;
}

/* Does the name still lead to this file? */
static bool
instance_is_linked(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

int
instance_lock(const char *run_dir, const char *key, uint8_t channel, pid_t *ret_holder)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[512];
	int fd, tries, error;

	if (mkdir(run_dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	instance_path(path, sizeof(path), run_dir, key, channel);
	for (tries = 0; tries < INSTANCE_TRIES; tries++) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0)
			return -errno;
		if (fcntl(fd, F_SETLK, &fl) < 0) {
			error = errno;
			*ret_holder = instance_holder(fd);
			close(fd);
			return error == EAGAIN || error == EACCES ? -EBUSY : -error;
		}
		if (instance_is_linked(fd, path))
			return fd;
		close(fd);
	}
	return -EAGAIN;
}

void
instance_unlock(int fd, const char *run_dir, const char *key, uint8_t channel)
{
	char path[512];

	if (fd < 0)
		return;
	instance_path(path, sizeof(path), run_dir, key, channel);
	if (instance_is_linked(fd, path))
		unlink(path);
	close(fd);
}

/* "dialer-KEY-CHANNEL.lock", KEY being key or, if that is NULL, anything. */
static bool
instance_name_matches(const char *name, const char *key, uint8_t channel)
{
	char tail[24];
	size_t len = strlen(name), tail_len, key_len;

	tail_len = (size_t)snprintf(tail, sizeof(tail), "-%u.lock", channel);
	if (strncmp(name, "dialer-", 7) != 0 || len <= 7 + tail_len ||
	    strcmp(name + len - tail_len, tail) != 0)
		return false;
	key_len = len - 7 - tail_len;
	return key == NULL ||
	       (strlen(key) == key_len && strncmp(name + 7, key, key_len) == 0);
}

/* A signal through a pidfd cannot reach a successor of the same pid. */
static int
instance_end(pid_t pid, int64_t timeout_ms)
{
	struct pollfd pfd = {.events = POLLIN};
	int r = 0;

	pfd.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pfd.fd < 0)
		return errno == ESRCH ? 0 : -errno;
	if (syscall(SYS_pidfd_send_signal, pfd.fd, SIGINT, NULL, 0) < 0)
		r = errno == ESRCH ? 0 : -errno;
	else if (poll(&pfd, 1, (int)timeout_ms) == 0)
		r = -ETIMEDOUT;
	close(pfd.fd);
	return r;
}

static int
instance_kill_one(int dir_fd, const char *name, int64_t timeout_ms)
{
	int fd = openat(dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW), r;
	pid_t pid;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	pid = instance_holder(fd);
	close(fd);
	if (pid <= 0)
		return 0;
	r = instance_end(pid, timeout_ms);
	return r < 0 ? r : 1;
}

int
instance_kill(const char *run_dir, const char *key, uint8_t channel, int64_t timeout_ms)
{
	DIR *dir = opendir(run_dir);
	struct dirent *e;
	int asked = 0, error = 0, r;

	if (dir == NULL)
		return errno == ENOENT ? 0 : -errno;
	while ((e = readdir(dir)) != NULL) {
		if (!instance_name_matches(e->d_name, key, channel))
			continue;
		r = instance_kill_one(dirfd(dir), e->d_name, timeout_ms);
		if (r < 0)
			error = r;
		else
			asked += r;
	}
	closedir(dir);
	return error < 0 ? error : asked;
}
