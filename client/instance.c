/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Record locks, because fcntl(F_GETLK) names the holder.
 *
 * The file is removed while the lock is still held; who opened it in between holds a
 * lock on a name that is gone, so the locker looks whether the name still leads to the
 * file it locked and tries again if not.
 *
 * A holder's end is the end of its lock.  The kernel drops a lock before it tells
 * inotify that the file was closed, so that event is what to wait for; a pidfd would
 * need Linux 5.3, and routers run older ones.
 */
#include "config.h"

#include <sys/inotify.h>
#include <sys/stat.h>

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
#include "common/loop.h"

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

/* Waits until pid no longer holds the lock; news: an inotify of its folder. */
static int
instance_await_end(int fd, pid_t pid, int news, int64_t timeout_ms)
{
	int64_t deadline_ms = loop_now_ms() + timeout_ms, left_ms;
	struct pollfd pfd = {.fd = news, .events = POLLIN};
	char events[4096];

	while (instance_holder(fd) == pid) {
		left_ms = deadline_ms - loop_now_ms();
		if (left_ms <= 0)
			return -ETIMEDOUT;
		if (poll(&pfd, 1, (int)left_ms) < 0 && errno != EINTR)
			return -errno;
		while (read(news, events, sizeof(events)) > 0)
			;
	}
	return 0;
}

static int
instance_end(const char *run_dir, int fd, pid_t pid, int64_t timeout_ms)
{
	int news = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), r;

	/* before the signal, so that its effect cannot be missed */
	if (news < 0 || inotify_add_watch(news, run_dir, IN_CLOSE_WRITE) < 0)
		r = -errno;
	else if (kill(pid, SIGINT) < 0)
		r = errno == ESRCH ? 0 : -errno;
	else
		r = instance_await_end(fd, pid, news, timeout_ms);
	if (news >= 0)
		close(news);
	return r;
}

static int
instance_kill_one(const char *run_dir, int dir_fd, const char *name, int64_t timeout_ms)
{
	/* for reading, so that closing it is no event in instance_await_end() */
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), r = 0;
	pid_t pid;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	pid = instance_holder(fd);
	if (pid > 0)
		r = instance_end(run_dir, fd, pid, timeout_ms);
	close(fd);
	if (r < 0)
		return r;
	return pid > 0 ? 1 : 0;
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
		r = instance_kill_one(run_dir, dirfd(dir), e->d_name, timeout_ms);
		if (r < 0)
			error = r;
		else
			asked += r;
	}
	closedir(dir);
	return error < 0 ? error : asked;
}
