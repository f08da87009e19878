/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sysfs as files: read one attribute, write one, list a directory, follow a link.
 *
 * A sysfs attribute is read and written with one system call; a second write would be
 * a second command.  Everything is relative to a root, so that a test's temporary
 * directory can be a whole machine.
 */
#include "config.h"

#include "common/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ATTR_MAX 4096 /* a page: no attribute is longer */

static const char *sysfs_root = "/sys";

void
sysfs_set_root(const char *root)
{
	sysfs_root = root ? root : "/sys";
}

/* Root and formatted rest into ret, which has PATH_MAX bytes. */
static int
full_path(char *ret, const char *fmt, va_list ap)
{
	int n = snprintf(ret, PATH_MAX, "%s/", sysfs_root);
	if (n < 0 || n >= PATH_MAX)
		return -ENAMETOOLONG;
	int m = vsnprintf(ret + n, (size_t)(PATH_MAX - n), fmt, ap);
	if (m < 0 || m >= PATH_MAX - n)
		return -ENAMETOOLONG;
	return 0;
}

static int
read_path(const char *path, char *ret, size_t size)
{
	char text[ATTR_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, sizeof(text));
	int saved = errno;
	close(fd);
	if (n < 0)
		return -saved;
	while (n > 0 && strchr(" \t\r\n", text[n - 1]))
		n--;
	if ((size_t)n >= size)
		n = (ssize_t)size - 1;
	memcpy(ret, text, (size_t)n);
	ret[n] = '\0';
	return 0;
}

int
sysfs_read(char *ret, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	va_start(ap, fmt);
	int rc = full_path(path, fmt, ap);
	va_end(ap);
	return rc < 0 ? rc : read_path(path, ret, size);
}

int
sysfs_read_uint(unsigned long *ret, int base, const char *fmt, ...)
{
	char path[PATH_MAX];
	char text[64];
	va_list ap;
	va_start(ap, fmt);
	int rc = full_path(path, fmt, ap);
	va_end(ap);
	if (rc == 0)
		rc = read_path(path, text, sizeof(text));
	if (rc < 0)
		return rc;
	char *end;
	errno = 0;
	unsigned long v = strtoul(text, &end, base);
	if (end == text || *end != '\0' || errno != 0)
		return -EINVAL;
	*ret = v;
	return 0;
}

int
sysfs_write(const char *text, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	va_start(ap, fmt);
	int rc = full_path(path, fmt, ap);
	va_end(ap);
	if (rc < 0)
		return rc;
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_TRUNC);
	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, text, strlen(text));
	rc = n < 0 ? -errno : 0;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc;
}

bool
sysfs_exists(const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	va_start(ap, fmt);
	int rc = full_path(path, fmt, ap);
	va_end(ap);
	return rc == 0 && access(path, F_OK) == 0;
}

int
sysfs_link_name(char *ret, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX];
	char target[PATH_MAX];
	va_list ap;
	va_start(ap, fmt);
	int rc = full_path(path, fmt, ap);
	va_end(ap);
	if (rc < 0)
		return rc;
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	const char *slash = strrchr(target, '/');
	const char *name = slash ? slash + 1 : target;
	if (strlen(name) >= size)
		return -ENAMETOOLONG;
	memcpy(ret, name, strlen(name) + 1);
	return 0;
}

int
sysfs_realpath(char *ret, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX];
	char root[PATH_MAX];
	char real[PATH_MAX];
	va_list ap;
	va_start(ap, fmt);
	int rc = full_path(path, fmt, ap);
	va_end(ap);
	if (rc < 0)
		return rc;
	if (!realpath(sysfs_root, root) || !realpath(path, real))
		return -errno;
	size_t root_len = strlen(root);
	if (strncmp(real, root, root_len) != 0 || real[root_len] != '/')
		return -EXDEV;
	const char *rest = real + root_len + 1;
	if (strlen(rest) >= size)
		return -ENAMETOOLONG;
	memcpy(ret, rest, strlen(rest) + 1);
	return 0;
}

int
sysfs_list(const char *path, bool (*fn)(const char *name, void *arg), void *arg)
{
	char full[PATH_MAX];
	int n = snprintf(full, sizeof(full), "%s/%s", sysfs_root, path);
	if (n < 0 || n >= PATH_MAX)
		return -ENAMETOOLONG;
	struct dirent **entries;
	n = scandir(full, &entries, NULL, versionsort);
	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	int seen = 0;
	bool more = true;
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		if (more && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
			seen++;
			more = fn(name, arg);
		}
		free(entries[i]);
	}
	free(entries);
	return seen;
}
