/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of mux devices as locked files.
 *
 * A record is removed while it is locked; who opened it before that and gets the lock
 * afterwards holds a file without a name, notices (link count 0) and opens again.
 */
#include "config.h"

#include "client/leftover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/xmem.h"

#define RECORD_MAX 512 /* bytes of a record's text */

struct leftover {
	int fd; /* locked */
	char *path;
};

int
leftover_lock(const char *run_dir, const char *key)
{
	if (mkdir(run_dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	char *path = xasprintf("%s/%s.lock", run_dir, key);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc = fd < 0 ? -errno : fd;
	free(path);
	while (fd >= 0 && flock(fd, LOCK_EX) < 0) {
		if (errno == EINTR)
			continue;
		rc = -errno;
		close(fd);
		return rc;
	}
	return rc;
}

/* ---- the text of a record ------------------------------------------------------ */

static int
record_write(int fd, const struct leftover_record *rec)
{
	char text[RECORD_MAX];
	int n = snprintf(text, sizeof(text),
	    "pid %ld\nkind %s\nid %u\nname %s\nparent %s\n", (long)getpid(),
	    muxdev_kind_name(rec->kind), rec->id, rec->name, rec->parent);
	if (n < 0 || n >= (int)sizeof(text))
		return -EMSGSIZE;
	if (ftruncate(fd, 0) < 0)
		return -errno;
	ssize_t put = pwrite(fd, text, (size_t)n, 0);
	if (put < 0)
		return -errno;
	return put == n ? 0 : -ENOSPC;
}

static enum muxdev_kind
kind_of(const char *name)
{
	for (int kind = MUXDEV_PRECREATED; kind <= MUXDEV_WWAN; kind++)
		if (strcmp(name, muxdev_kind_name(kind)) == 0)
			return kind;
	return MUXDEV_AUTO;
}

static void
take_line(const char *key, const char *value, struct leftover_record *ret)
{
	if (strcmp(key, "pid") == 0)
		ret->pid = (pid_t)strtol(value, NULL, 10);
	else if (strcmp(key, "kind") == 0)
		ret->kind = kind_of(value);
	else if (strcmp(key, "id") == 0)
		ret->id = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(key, "name") == 0)
		snprintf(ret->name, sizeof(ret->name), "%s", value);
	else if (strcmp(key, "parent") == 0)
		snprintf(ret->parent, sizeof(ret->parent), "%s", value);
}

/* False for a record that was not written to its end: then nothing was made either. */
static bool
record_read(int fd, struct leftover_record *ret)
{
	char text[RECORD_MAX];
	char *rest = NULL;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	if (n <= 0 || text[n - 1] != '\n')
		return false;
	text[n] = '\0';
	memset(ret, 0, sizeof(*ret));
	for (char *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *space = strchr(line, ' ');
		if (!space)
			continue;
		*space = '\0';
		take_line(line, space + 1, ret);
	}
	return ret->kind != MUXDEV_AUTO && ret->parent[0] != '\0';
}

/* ---- locked files -------------------------------------------------------------- */

/*
 * Opens path and locks it.  Returns the descriptor; -EBUSY when it is somebody's, with
 * what that one wrote in *ret_live (zeroed if unreadable); other -errno.
 */
static int
open_locked(const char *path, int flags, struct leftover_record *ret_live)
{
	for (;;) {
		struct stat st;
		int fd = open(path, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			int rc = errno == EWOULDBLOCK ? -EBUSY : -errno;
			if (!record_read(fd, ret_live))
				memset(ret_live, 0, sizeof(*ret_live));
			close(fd);
			return rc;
		}
		if (fstat(fd, &st) == 0 && st.st_nlink > 0)
			return fd;
		close(fd);
	}
}

struct sweep {
	void (*dead)(const struct leftover_record *rec, void *arg);
	void (*live)(const struct leftover_record *rec, void *arg);
	void *arg;
};

static void
sweep_one(const char *path, const struct sweep *s)
{
	struct leftover_record rec;
	int fd = open_locked(path, 0, &rec);
	if (fd == -EBUSY && s->live && rec.kind != MUXDEV_AUTO)
		s->live(&rec, s->arg);
	if (fd < 0)
		return;
	if (s->dead) {
		if (record_read(fd, &rec))
			s->dead(&rec, s->arg);
		unlink(path);
	}
	close(fd);
}

int
leftover_sweep(const char *run_dir, const char *key,
    void (*dead)(const struct leftover_record *rec, void *arg),
    void (*live)(const struct leftover_record *rec, void *arg), void *arg)
{
	struct sweep s = {.dead = dead, .live = live, .arg = arg};
	struct dirent **entries;
	int n = scandir(run_dir, &entries, NULL, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	char *prefix = xasprintf("%s.mux", key);
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		if (strncmp(name, prefix, strlen(prefix)) == 0) {
			char *path = xasprintf("%s/%s", run_dir, name);
			sweep_one(path, &s);
			free(path);
		}
		free(entries[i]);
	}
	free(entries);
	free(prefix);
	return 0;
}

int
leftover_claim(const char *run_dir, const char *key, const struct leftover_record *rec,
    struct leftover **ret, pid_t *ret_holder)
{
	struct leftover_record live;
	char *path = xasprintf("%s/%s.mux%u", run_dir, key, rec->id);
	int fd = open_locked(path, O_CREAT, &live);
	int rc = fd < 0 ? fd : record_write(fd, rec);
	if (rc < 0) {
		if (rc == -EBUSY)
			*ret_holder = live.pid;
		if (fd >= 0)
			close(fd);
		free(path);
		return rc;
	}
	struct leftover *l = xcalloc(1, sizeof(*l));
	l->fd = fd;
	l->path = path;
	*ret = l;
	return 0;
}

void
leftover_drop(struct leftover *l)
{
	if (!l)
		return;
	unlink(l->path);
	close(l->fd);
	free(l->path);
	free(l);
}
