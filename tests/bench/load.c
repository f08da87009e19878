/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-load: what a request through a proxy costs.
 *
 *	bench-load [-p qmi|mbim] [-c CLIENTS] [-w WINDOW] [-n REQUESTS] [-s SOCKET]
 *	    [-t NAME] -- PROGRAM [ARG ...]
 *
 * Starts an answering modem on a PTY and PROGRAM with %D in its arguments replaced by
 * the PTY's path, connects CLIENTS programs' worth of sockets in the dialect of libqmi
 *or libmbim, and sends REQUESTS requests in all, each client keeping WINDOW of them in
 *flight.  Prints one line of JSON: processor time of PROGRAM per request (all its
 *threads, read from its processor clock around the measured part only), latency as the
 *clients saw it, and PROGRAM's resident memory.  Exit 1 when an answer is missing or
 *wrong.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/unixsock.h"
#include "tests/bench/echo_modem.h"
#include "tests/bench/wire.h"

#define WINDOW_MAX 64
#define CLIENTS_MAX 250 /* CIDs of one service */
#define ANSWER_MS 20000 /* no answer at all for so long: the program is stuck */
#define BUFFER 8192

struct client {
	int fd;
	uint8_t cid;
	uint32_t txn;
	unsigned in_flight;
	int64_t sent_ns[WINDOW_MAX]; /* by transaction id modulo WINDOW_MAX */
	uint8_t buf[BUFFER];
	size_t len;
};

struct load {
	const struct wire *wire;
	unsigned clients, window;
	unsigned long requests, sent, answered;
	const char *socket;
	const char *name;
	char device[64];
	pid_t pid;
	struct client *client;
	uint32_t *latency_ns;
};

static pid_t program; /* what we started; it ends with us, however that is */

static void
die(const char *what)
{
	fprintf(stderr, "bench-load: %s: %s\n", what, strerror(errno));
	if (program > 0)
		kill(-program, SIGKILL);
	exit(1);
}

static int64_t
clock_ns(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) < 0)
		die("clock");
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
spawn(struct load *l, char **argv)
{
	for (char **a = argv; *a; a++)
		if (strcmp(*a, "%D") == 0)
			*a = l->device;
	l->pid = fork();
	if (l->pid < 0)
		die("fork");
	program = l->pid;
	if (l->pid > 0)
		return;
	setpgid(0, 0);
	execvp(argv[0], argv);
	die(argv[0]);
}

/* Foreign programs have no way to say that they listen: try until they do. */
static int
connect_soon(const char *name)
{
	int64_t deadline = clock_ns(CLOCK_MONOTONIC) + 10000000000;
	int fd;

	while ((fd = unixsock_connect(name, SOCK_STREAM)) < 0) {
		if (clock_ns(CLOCK_MONOTONIC) > deadline) {
			errno = -fd;
			die(name);
		}
		poll(NULL, 0, 5);
	}
	return fd;
}

static void
send_frame(struct client *c, const uint8_t *frame, int len)
{
	ssize_t n;

	if (len < 0)
		die("request");
	while ((n = send(c->fd, frame, (size_t)len, MSG_NOSIGNAL)) < 0) {
		struct pollfd p = {.fd = c->fd, .events = POLLOUT};
		if (errno != EAGAIN || poll(&p, 1, ANSWER_MS) <= 0)
			die("send");
	}
	if (n != len)
		die("short send");
}

/* One whole frame into c->buf; its length. */
static int
receive_frame(const struct wire *wire, struct client *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	int len;

	while ((len = wire->scan(c->buf, c->len)) == 0) {
		if (poll(&p, 1, ANSWER_MS) <= 0)
			die("no answer");
		ssize_t n = read(c->fd, c->buf + c->len, sizeof(c->buf) - c->len);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			die("hung up");
		c->len += n > 0 ? (size_t)n : 0;
	}
	if (len < 0)
		die("garbage");
	return len;
}

static void
client_start(struct load *l, struct client *c)
{
	uint8_t out[WIRE_FRAME_MAX];
	int n;

	c->fd = connect_soon(l->socket);
	for (unsigned step = 0; (n = l->wire->set_up(step, l->device, out)) != 0;
	     step++) {
		c->len = 0;
		send_frame(c, out, n);
		int len = receive_frame(l->wire, c);
		if (!l->wire->set_up_done(step, c->buf, (size_t)len, &c->cid)) {
			errno = EPROTO;
			die("set-up refused");
		}
	}
	c->len = 0;
}

static void
request_next(struct load *l, struct client *c)
{
	uint8_t out[WIRE_FRAME_MAX];

	if (l->sent == l->requests)
		return;
	c->txn = c->txn == l->wire->txn_max ? 1 : c->txn + 1;
	c->sent_ns[c->txn % WINDOW_MAX] = clock_ns(CLOCK_MONOTONIC);
	send_frame(c, out, l->wire->request(c->cid, c->txn, out));
	c->in_flight++;
	l->sent++;
}

static void
take_answer(struct load *l, struct client *c, const uint8_t *frame, size_t len)
{
	uint32_t txn;

	if (!l->wire->response(frame, len, c->cid, &txn) || c->in_flight == 0) {
		errno = EPROTO;
		die("wrong answer");
	}
	int64_t ns = clock_ns(CLOCK_MONOTONIC) - c->sent_ns[txn % WINDOW_MAX];
	l->latency_ns[l->answered++] = (uint32_t)ns;
	c->in_flight--;
	request_next(l, c);
}

static void
client_readable(struct load *l, struct client *c)
{
	size_t at = 0;
	int len;

	ssize_t n = read(c->fd, c->buf + c->len, sizeof(c->buf) - c->len);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		die("hung up");
	c->len += n > 0 ? (size_t)n : 0;
	while ((len = l->wire->scan(c->buf + at, c->len - at)) > 0) {
		take_answer(l, c, c->buf + at, (size_t)len);
		at += (size_t)len;
	}
	c->len -= at;
	memmove(c->buf, c->buf + at, c->len);
}

static void
run(struct load *l, int epoll_fd)
{
	struct epoll_event events[64];

	for (unsigned i = 0; i < l->clients; i++)
		for (unsigned w = 0; w < l->window; w++)
			request_next(l, &l->client[i]);
	while (l->answered < l->requests) {
		int n = epoll_wait(epoll_fd, events, 64, ANSWER_MS);
		if (n <= 0 && errno != EINTR) {
			errno = ETIMEDOUT;
			die("no answer");
		}
		for (int i = 0; i < n; i++)
			client_readable(l, events[i].data.ptr);
	}
}

static long
resident_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = -1;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

static int
by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
report(struct load *l, int64_t cpu_ns, int64_t wall_ns)
{
	unsigned long n = l->requests;

	qsort(l->latency_ns, n, sizeof(*l->latency_ns), by_value);
	printf("{\"program\":\"%s\",\"clients\":%u,\"window\":%u,\"requests\":%lu,"
	       "\"cpu_us_per_request\":%.2f,\"latency_us_p50\":%.1f,"
	       "\"latency_us_p99\":%.1f,\"requests_per_s\":%.0f,\"rss_kib\":%ld}\n",
	    l->name, l->clients, l->window, n, (double)cpu_ns / 1e3 / (double)n,
	    l->latency_ns[n / 2] / 1e3, l->latency_ns[n - 1 - n / 100] / 1e3,
	    (double)n * 1e9 / (double)wall_ns, resident_kib(l->pid));
}

static void
measure(struct load *l)
{
	clockid_t cpu;
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	for (unsigned i = 0; i < l->clients; i++) {
		struct client *c = &l->client[i];
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
		client_start(l, c);
		if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &e) < 0)
			die("epoll");
	}
	if ((errno = clock_getcpuclockid(l->pid, &cpu)) != 0)
		die("processor clock");
	int64_t cpu_ns = clock_ns(cpu), wall_ns = clock_ns(CLOCK_MONOTONIC);
	run(l, epoll_fd);
	report(l, clock_ns(cpu) - cpu_ns, clock_ns(CLOCK_MONOTONIC) - wall_ns);
	close(epoll_fd);
}

/* TERM, then KILL when it has not ended in time. */
static void
stop_program(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	kill(-pid, SIGTERM);
	if (fd < 0 || poll(&p, 1, 5000) <= 0)
		kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (fd >= 0)
		close(fd);
}

static unsigned long
number(const char *text, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || n == 0 || n > max) {
		fprintf(stderr, "bench-load: %s: a number from 1 to %lu\n", text, max);
		exit(2);
	}
	return n;
}

int
main(int argc, char **argv)
{
	struct load l = {.wire = &wire_qmi,
	    .clients = 1,
	    .window = 1,
	    .requests = 20000,
	    .name = "?"};
	int opt;

	while ((opt = getopt(argc, argv, "+p:c:w:n:s:t:")) != -1) {
		switch (opt) {
		case 'p': l.wire = wire_named(optarg); break;
		case 'c': l.clients = (unsigned)number(optarg, CLIENTS_MAX); break;
		case 'w': l.window = (unsigned)number(optarg, WINDOW_MAX); break;
		case 'n': l.requests = number(optarg, 100000000); break;
		case 's': l.socket = optarg; break;
		case 't': l.name = optarg; break;
		default: return 2;
		}
	}
	if (optind == argc || !l.wire) {
		fprintf(stderr, "bench-load: no program given, or no such protocol\n");
		return 2;
	}
	if (!l.socket)
		l.socket = l.wire->socket;
	struct echo_modem *modem = echo_modem_start(l.wire, l.device, sizeof(l.device));
	l.client = calloc(l.clients, sizeof(*l.client));
	l.latency_ns = calloc(l.requests, sizeof(*l.latency_ns));
	if (!modem || !l.client || !l.latency_ns)
		die("start");
	spawn(&l, argv + optind);
	measure(&l);
	for (unsigned i = 0; i < l.clients; i++)
		close(l.client[i].fd);
	stop_program(l.pid);
	echo_modem_stop(modem);
	free(l.client);
	free(l.latency_ns);
	return 0;
}
