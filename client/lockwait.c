/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One thread in flock().
 *
 * It is cancelled asynchronously, which is safe for exactly this: between switching
 * that on and off there is one system call on a descriptor that the caller owns.
 */
#include "config.h"

#include "client/lockwait.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/xmem.h"

struct lockwait {
	pthread_t thread;
	int fd;        /* the caller's */
	int result_fd; /* the thread's end of the pipe */
	int read_fd;
	struct event *result;
	lockwait_fn fn;
	void *arg;
};

static void *
lock_thread(void *arg)
{
	struct lockwait *w = arg;
	int rc;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	do {
		rc = flock(w->fd, LOCK_EX) < 0 ? errno : 0;
	} while (rc == EINTR);
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
	unsigned char byte = (unsigned char)rc; /* errno values of flock are small */
	ssize_t n = write(w->result_fd, &byte, 1);
	(void)n; /* an empty pipe takes one byte */
	return NULL;
}

static void
lockwait_free(struct lockwait *w)
{
	event_free(w->result);
	close(w->read_fd);
	close(w->result_fd);
	free(w);
}

static void
lockwait_result_cb(evutil_socket_t fd, short what, void *arg)
{
	struct lockwait *w = arg;
	unsigned char byte = ETIMEDOUT;
	if (what & EV_TIMEOUT)
		pthread_cancel(w->thread);
	else if (read(fd, &byte, 1) != 1)
		byte = EIO;
	pthread_join(w->thread, NULL);
	lockwait_fn fn = w->fn;
	void *fn_arg = w->arg;
	lockwait_free(w);
	fn(-(int)byte, fn_arg);
}

/* Signals are the main thread's business. */
static int
start_thread(struct lockwait *w)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&w->thread, NULL, lock_thread, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

struct lockwait *
lockwait_start(
    struct event_base *base, int fd, int deadline_ms, lockwait_fn fn, void *arg)
{
	struct timeval deadline = loop_timeval(deadline_ms);
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return NULL;
	struct lockwait *w = xcalloc(1, sizeof(*w));
	w->fd = fd;
	w->read_fd = fds[0];
	w->result_fd = fds[1];
	w->fn = fn;
	w->arg = arg;
	w->result = event_new(base, fds[0], EV_READ, lockwait_result_cb, w);
	int rc = start_thread(w);
	if (rc != 0) {
		lockwait_free(w);
		errno = rc;
		return NULL;
	}
	event_add(w->result, &deadline);
	return w;
}

void
lockwait_cancel(struct lockwait *w)
{
	if (!w)
		return;
	pthread_cancel(w->thread);
	pthread_join(w->thread, NULL);
	lockwait_free(w);
}
