/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-mallocs.so: counts the allocations of the program it is preloaded into.
 *
 * The count of malloc, calloc and realloc calls is written as text to the file named by
 * BENCH_MALLOCS at exit, or at SIGTERM in a program that does not handle it.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_ulong count;
static void *(*real_malloc)(size_t);
static void *(*real_realloc)(void *, size_t);
void *__libc_calloc(size_t, size_t);

void *
malloc(size_t size)
{
	if (!real_malloc)
		*(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
	atomic_fetch_add(&count, 1);
	return real_malloc(size);
}

/* dlsym() itself may call calloc(), so this one must not look anything up. */
void *
calloc(size_t n, size_t size)
{
	atomic_fetch_add(&count, 1);
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	if (!real_realloc)
		*(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
	atomic_fetch_add(&count, 1);
	return real_realloc(p, size);
}

static void
report(void)
{
	char text[24];
	size_t at = sizeof(text);
	unsigned long n = atomic_load(&count);
	const char *path = getenv("BENCH_MALLOCS");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	text[--at] = '\n';
	do
		text[--at] = (char)('0' + n % 10);
	while (n /= 10);
	if (write(fd, text + at, sizeof(text) - at) < 0)
		_exit(1);
	close(fd);
}

static void
terminate_cb(int signo)
{
	(void)signo;
	report();
	_exit(0);
}

__attribute__((constructor)) static void
start(void)
{
	struct sigaction sa = {.sa_handler = terminate_cb};

	sigaction(SIGTERM, &sa, NULL);
	atexit(report);
}
