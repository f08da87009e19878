/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks /proc/PID/fd and compares device numbers.  Processes come and go while we
 * look, so every failure in between just means "not this one".
 */
#include "config.h"

#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/holder.h"

static bool
holder_has(const char *pid, dev_t rdev)
{
	char dir_path[64];
	struct dirent *e;
	struct stat st;
	bool found = false;
	DIR *dir;

	snprintf(dir_path, sizeof(dir_path), "/proc/%.20s/fd", pid);
	dir = opendir(dir_path);
	if (dir == NULL)
		return false;
	while (!found && (e = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		if (fstatat(dirfd(dir), e->d_name, &st, 0) == 0)
			found = S_ISCHR(st.st_mode) && st.st_rdev == rdev;
	}
	closedir(dir);
	return found;
}

static void
holder_name(const char *pid, char *ret_name, size_t size)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, ret_name, size - 1);
		close(fd);
	}
	ret_name[n > 0 ? n : 0] = '\0';
	ret_name[strcspn(ret_name, "\n")] = '\0';
}

pid_t
holder_find(const char *path, char *ret_name, size_t size)
{
	struct dirent *e;
	struct stat st;
	pid_t pid, found = 0;
	DIR *proc;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode))
		return -ENOTTY;
	proc = opendir("/proc");
	if (proc == NULL)
		return -errno;
	while (found == 0 && (e = readdir(proc)) != NULL) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		pid = (pid_t)atoi(e->d_name);
		if (pid == getpid() || !holder_has(e->d_name, st.st_rdev))
			continue;
		holder_name(e->d_name, ret_name, size);
		found = pid;
	}
	closedir(proc);
	return found;
}
