/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the whole file, drops our lines, writes a new one beside it, renames.
 *
 * The mark is a comment at the end of a line, "# pdnmux DEV": glibc and musl stop at
 * the address.  It is compared with the end of the line, whole, so "wwan0.1" is never
 * mistaken for "wwan0.11" or for a user's own comment.  Where the directory cannot
 * take a new file (a bind mount of one file in a container) the file is rewritten in
 * place.
 */
#include "config.h"

#include "client/resolv_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/leftover.h"
#include "common/xmem.h"

#define FILE_LIMIT 65536 /* bytes; a larger one is no resolv.conf */

/* The whole file as text, "" when there is none; NULL with errno.  Gives it. */
static char *
read_file(const char *path, mode_t *ret_mode)
{
	struct stat st;
	char *text = xcalloc(1, FILE_LIMIT + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	*ret_mode = 0644;
	if (fd < 0 && errno == ENOENT)
		return text;
	ssize_t n = fd < 0 ? -1 : read(fd, text, FILE_LIMIT);
	int saved = errno;
	if (fd >= 0 && fstat(fd, &st) == 0)
		*ret_mode = st.st_mode & 0777;
	if (fd >= 0)
		close(fd);
	if (n >= 0 && n < FILE_LIMIT)
		return text;
	free(text);
	errno = n < 0 ? saved : EFBIG;
	return NULL;
}

static bool
is_ours(const char *line, size_t len, const char *mark)
{
	size_t mark_len = strlen(mark);
	return len > mark_len && memcmp(line + len - mark_len, mark, mark_len) == 0;
}

/* The new text; gives it. */
static char *
compose(const char *old, const char *mark, const char *const *servers, size_t count)
{
	size_t size = strlen(old) + 2 + count * 128;
	char *text = xcalloc(1, size);
	size_t len = 0;
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(
		    text + len, size - len, "nameserver %s%s\n", servers[i], mark);
	while (*old) {
		size_t line = strcspn(old, "\n");
		if (!is_ours(old, line, mark))
			len += (size_t)snprintf(text + len, size - len, "%.*s%s",
			    (int)line, old, old[line] == '\n' ? "\n" : "");
		old += line + (old[line] == '\n');
	}
	return text;
}

static int
write_whole(int fd, const char *text, size_t len)
{
	ssize_t n = write(fd, text, len);
	if (n < 0)
		return -errno;
	if ((size_t)n < len)
		return -ENOSPC;
	return fsync(fd) < 0 ? -errno : 0;
}

static int
write_beside(const char *path, const char *text, mode_t mode)
{
	char *temp = xasprintf("%s.pdnmux-XXXXXX", path);
	int fd = mkostemp(temp, O_CLOEXEC);
	int rc = fd < 0 ? -errno : write_whole(fd, text, strlen(text));
	if (rc == 0 && (fchmod(fd, mode) < 0 || rename(temp, path) < 0))
		rc = -errno;
	if (fd >= 0) {
		if (rc < 0)
			unlink(temp);
		close(fd);
	}
	free(temp);
	return rc;
}

static int
write_in_place(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int rc = write_whole(fd, text, strlen(text));
	close(fd);
	return rc;
}

static int
replace(const char *path, const char *mark, const char *const *servers, size_t count)
{
	mode_t mode;
	char *old = read_file(path, &mode);
	if (!old)
		return -errno;
	char *text = compose(old, mark, servers, count);
	int rc = 0;
	if (strcmp(old, text) != 0) {
		rc = write_beside(path, text, mode);
		if (rc == -EBUSY || rc == -EROFS || rc == -EACCES || rc == -EXDEV)
			rc = write_in_place(path, text);
	}
	free(text);
	free(old);
	return rc;
}

int
resolv_file_set(const char *path, const char *run_dir, const char *dev,
    const char *const *servers, size_t count)
{
	char real[PATH_MAX];
	int lock = leftover_lock(run_dir, "resolv");
	if (lock < 0)
		return lock;
	char *mark = xasprintf(" # pdnmux %s", dev);
	int rc = replace(realpath(path, real) ? real : path, mark, servers, count);
	free(mark);
	close(lock);
	return rc;
}
