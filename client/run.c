/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One child process and the end of it.
 *
 * The end is heard through a pipe of which the child holds the only writing end and
 * never writes: it becomes readable (end of file) when the child is gone.  So no
 * SIGCHLD handler is needed that other users of the loop would have to share, and the
 * child is reaped by its number.  A daemon that the child started may keep the pipe and
 * hide the end: then the deadline finds it out.
 */
#include "config.h"

#include "client/run.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/xmem.h"

#define ALIVE_FD 3 /* the writing end in the child */

static const char *run_path;

struct run {
	pid_t pid;
	int alive_fd; /* reading end */
	struct event *ended;
	run_fn fn;
	void *arg;
};

void
run_set_path(const char *dir)
{
	run_path = dir;
}

bool
run_find(const char *name, char *ret, size_t size)
{
	static const char *const dirs[] = {"/usr/local/sbin", "/usr/local/bin",
	    "/usr/sbin", "/usr/bin", "/sbin", "/bin"};
	size_t count = run_path ? 1 : sizeof(dirs) / sizeof(dirs[0]);
	for (size_t i = 0; i < count; i++) {
		int n =
		    snprintf(ret, size, "%s/%s", run_path ? run_path : dirs[i], name);
		if (n > 0 && (size_t)n < size && access(ret, X_OK) == 0)
			return true;
	}
	return false;
}

static void
run_free(struct run *run)
{
	if (run->ended)
		event_free(run->ended);
	close(run->alive_fd);
	free(run);
}

/* wait: 0, or WNOHANG, and then -EAGAIN when it still runs. */
static int
reap(const struct run *run, int wait)
{
	int status;
	pid_t pid;
	do {
		pid = waitpid(run->pid, &status, wait);
	} while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return -EAGAIN;
	if (pid < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
run_ended_cb(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;
	(void)fd;
	/* At the deadline it may have ended, with a daemon of its holding the pipe. */
	int status = reap(run, what & EV_TIMEOUT ? WNOHANG : 0);
	if (status == -EAGAIN) {
		kill(run->pid, SIGKILL);
		(void)reap(run, 0);
		status = -ETIMEDOUT;
	}
	run_fn fn = run->fn;
	void *fn_arg = run->arg;
	run_free(run);
	if (fn)
		fn(status, fn_arg);
}

/* A pipe whose reading end holds the text and whose writing end is closed. */
static int
input_pipe(const char *text)
{
	int fds[2];
	size_t len = strlen(text);
	if (len > RUN_INPUT_MAX)
		return -EMSGSIZE;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	ssize_t n = write(fds[1], text, len);
	close(fds[1]);
	if (n == (ssize_t)len)
		return fds[0];
	close(fds[0]);
	return -EIO;
}

static int
spawn(pid_t *ret_pid, const char *path, const char *const *argv, int input, int alive)
{
	static char path_env[] =
	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *const env[] = {path_env, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (input >= 0)
		posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	else
		posix_spawn_file_actions_addopen(
		    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(
	    &actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(
	    &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, alive, ALIVE_FD);
	/* The vector's strings are not written to; its type comes from older days. */
	int rc = posix_spawn(
	    ret_pid, path, &actions, &attr, (char *const *)(uintptr_t)argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return -rc;
}

struct run *
run_start(struct event_base *base, const char *const *argv, const char *input,
    int deadline_ms, run_fn fn, void *arg)
{
	char path[PATH_MAX];
	int alive[2];
	pid_t pid;
	if (!run_find(argv[0], path, sizeof(path))) {
		errno = ENOENT;
		return NULL;
	}
	int input_fd = input ? input_pipe(input) : -1;
	if (input && input_fd < 0) {
		errno = -input_fd;
		return NULL;
	}
	int rc = pipe2(alive, O_CLOEXEC) < 0 ? -errno : 0;
	if (rc == 0) {
		rc = spawn(&pid, path, argv, input_fd, alive[1]);
		close(alive[1]);
		if (rc < 0)
			close(alive[0]);
	}
	if (input_fd >= 0)
		close(input_fd);
	if (rc < 0) {
		errno = -rc;
		return NULL;
	}
	struct timeval deadline = loop_timeval(deadline_ms);
	struct run *run = xcalloc(1, sizeof(*run));
	run->pid = pid;
	run->alive_fd = alive[0];
	run->fn = fn;
	run->arg = arg;
	run->ended = event_new(base, alive[0], EV_READ, run_ended_cb, run);
	event_add(run->ended, &deadline);
	return run;
}

void
run_forget(struct run *run)
{
	if (run)
		run->fn = NULL;
}
