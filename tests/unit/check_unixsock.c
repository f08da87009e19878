/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets by name: exact abstract addresses, modes, stale files, who is there. */
#include "config.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/unixsock.h"

#define ANYONE ((uid_t)-1), ((gid_t)-1)

static char dir[64];
static char sock[96];
static char abstract[64];

static int
start(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/check_unixsock.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(sock, sizeof(sock), "%s/s", dir);
	/* abstract names are shared by the whole network namespace */
	snprintf(abstract, sizeof(abstract), "@check_unixsock-%d", (int)getpid());
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	unlink(sock);
	rmdir(dir);
	return 0;
}

static void
assert_flags(int fd)
{
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void
an_abstract_name_has_its_exact_length(void **state)
{
	struct sockaddr_un sun;
	socklen_t len = sizeof(sun);
	int l = unixsock_listen(abstract, SOCK_STREAM, 0, ANYONE);
	int c;

	(void)state;
	assert_true(l >= 0);
	assert_flags(l);
	assert_int_equal(getsockname(l, (struct sockaddr *)&sun, &len), 0);
	assert_int_equal(
	    len, offsetof(struct sockaddr_un, sun_path) + strlen(abstract));
	assert_int_equal(sun.sun_path[0], '\0');
	assert_memory_equal(sun.sun_path + 1, abstract + 1, strlen(abstract) - 1);
	assert_int_equal(
	    unixsock_listen(abstract, SOCK_STREAM, 0, ANYONE), -EADDRINUSE);
	c = unixsock_connect(abstract, SOCK_STREAM);
	assert_true(c >= 0);
	assert_flags(c);
	close(c);
	close(l);
	assert_int_equal(unixsock_connect(abstract, SOCK_STREAM), -ECONNREFUSED);
}

static void
a_file_has_the_mode_asked_for(void **state)
{
	mode_t old = umask(0);
	struct stat st;
	int l;

	(void)state;
	l = unixsock_listen(sock, SOCK_SEQPACKET, 0660, getuid(), getgid());
	assert_true(l >= 0);
	assert_int_equal(stat(sock, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(st.st_uid, getuid());
	/* the caller's umask is as it was, whatever it was */
	assert_int_equal(umask(old), 0);
	close(l);
}

static void
a_stale_file_is_replaced_and_a_live_one_is_not(void **state)
{
	int l, again;

	(void)state;
	l = unixsock_listen(sock, SOCK_STREAM, 0600, ANYONE);
	assert_true(l >= 0);
	assert_int_equal(unixsock_listen(sock, SOCK_STREAM, 0600, ANYONE), -EADDRINUSE);
	assert_int_equal(
	    unixsock_listen(sock, SOCK_SEQPACKET, 0600, ANYONE), -EADDRINUSE);
	close(l);
	again = unixsock_listen(sock, SOCK_STREAM, 0600, ANYONE);
	assert_true(again >= 0);
	close(again);
}

static void
a_file_that_is_no_socket_is_left_alone(void **state)
{
	struct stat st;
	int fd = open(sock, O_CREAT | O_WRONLY, 0600);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(unixsock_listen(sock, SOCK_STREAM, 0600, ANYONE), -EADDRINUSE);
	assert_int_equal(stat(sock, &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void
names_that_cannot_be(void **state)
{
	char name[200];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(unixsock_listen(name, SOCK_STREAM, 0, ANYONE), -ENAMETOOLONG);
	name[0] = '@';
	assert_int_equal(unixsock_connect(name, SOCK_STREAM), -ENAMETOOLONG);
	name[108] = '\0';
	assert_int_equal(unixsock_connect(name, SOCK_STREAM), -ECONNREFUSED);
	assert_int_equal(unixsock_connect("", SOCK_STREAM), -EINVAL);
	assert_int_equal(unixsock_connect("@", SOCK_STREAM), -EINVAL);
	assert_int_equal(unixsock_connect(sock, SOCK_STREAM), -ENOENT);
	assert_int_equal(
	    unixsock_listen("/nonexistent/s", SOCK_STREAM, 0, ANYONE), -ENOENT);
}

static void
the_peer_is_known_and_the_types_do_not_mix(void **state)
{
	int l = unixsock_listen(sock, SOCK_SEQPACKET, 0600, ANYONE);
	int c = unixsock_connect(sock, SOCK_SEQPACKET);
	uid_t uid;
	gid_t gid;
	pid_t pid;
	int a;

	(void)state;
	assert_true(l >= 0 && c >= 0);
	a = accept(l, NULL, NULL);
	assert_true(a >= 0);
	assert_int_equal(unixsock_peer(a, &uid, &gid, &pid), 0);
	assert_int_equal(uid, getuid());
	assert_int_equal(gid, getgid());
	assert_int_equal(pid, getpid());
	assert_int_equal(unixsock_connect(sock, SOCK_STREAM), -EPROTOTYPE);
	close(a);
	close(c);
	close(l);
	assert_int_equal(unixsock_peer(-1, &uid, &gid, &pid), -EBADF);
}

/* A listener that does not accept must not make a connecting program wait. */
static void
a_full_backlog_does_not_block(void **state)
{
	int fds[512];
	size_t n = 0;
	int l = unixsock_listen(sock, SOCK_STREAM, 0600, ANYONE);
	int r = 0;

	(void)state;
	assert_true(l >= 0);
	while (n < COUNT(fds)) {
		r = unixsock_connect(sock, SOCK_STREAM);
		if (r < 0)
			break;
		fds[n++] = r;
	}
	assert_int_equal(r, -EAGAIN);
	assert_true(n >= 128);
	/* nor is such a socket taken for a stale one */
	assert_int_equal(unixsock_listen(sock, SOCK_STREAM, 0600, ANYONE), -EADDRINUSE);
	while (n > 0)
		close(fds[--n]);
	close(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		an_abstract_name_has_its_exact_length, start, finish),
	    cmocka_unit_test_setup_teardown(
		a_file_has_the_mode_asked_for, start, finish),
	    cmocka_unit_test_setup_teardown(
		a_stale_file_is_replaced_and_a_live_one_is_not, start, finish),
	    cmocka_unit_test_setup_teardown(
		a_file_that_is_no_socket_is_left_alone, start, finish),
	    cmocka_unit_test_setup_teardown(names_that_cannot_be, start, finish),
	    cmocka_unit_test_setup_teardown(
		the_peer_is_known_and_the_types_do_not_mix, start, finish),
	    cmocka_unit_test_setup_teardown(
		a_full_backlog_does_not_block, start, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
