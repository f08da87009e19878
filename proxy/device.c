/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "common/sysfs.h"
#include "common/unixsock.h"
#include "proxy/device.h"

#define NAME_LEN 64 /* of a kernel class or driver */
#define OPEN_FLAGS (O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
/* cdc-wdm's largest command, a u16 (kernel.md 2) */
#define WDM_MAX_COMMAND _IOR('H', 0xA0, uint16_t)

static int
open_socket(const char *path, struct device *ret)
{
	int fd = unixsock_connect(path, SOCK_SEQPACKET);
	bool is_stream = fd == -EPROTOTYPE;

	if (is_stream)
		fd = unixsock_connect(path, SOCK_STREAM);
	if (fd < 0)
		return fd;
	*ret = (struct device){
	    .fd = fd, .kind = DEVICE_KIND_SOCKET, .is_stream = is_stream};
	return 0;
}

/* A node of our own for the same device, gone from the folder as soon as it is open. */
static int
open_hidden(const char *path, const struct stat *st)
{
	const char *slash = strrchr(path, '/');
	char name[PATH_MAX];
	int n, fd, err;

	n = snprintf(name, sizeof(name), "%.*s.pdnmux-%d",
	    slash ? (int)(slash - path) + 1 : 0, path, (int)getpid());
	if (n < 0 || (size_t)n >= sizeof(name))
		return -ENAMETOOLONG;
	if (mknod(name, S_IFCHR | 0600, st->st_rdev) < 0)
		return -errno;
	fd = open(name, OPEN_FLAGS);
	err = -errno;
	unlink(name);
	return fd < 0 ? err : fd;
}

static void
make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return;
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
}

/* The kernel's class of a device node, and the driver behind it; "" for unknown. */
static void
describe(const struct stat *st, char class[NAME_LEN], char driver[NAME_LEN])
{
	unsigned major = major(st->st_rdev), minor = minor(st->st_rdev);

	class[0] = driver[0] = '\0';
	sysfs_link_name(class, NAME_LEN, "dev/char/%u:%u/subsystem", major, minor);
	sysfs_link_name(driver, NAME_LEN, "dev/char/%u:%u/device/driver", major, minor);
}

static bool
is_control_class(const char *class)
{
	static const char *const classes[] = {"usbmisc", "wwan", "GobiQMI"};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcmp(class, classes[i]) == 0)
			return true;
	return false;
}

int
device_check(const char *path, uid_t uid, const char *foreign_driver)
{
	char class[NAME_LEN] = "", driver[NAME_LEN] = "";
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISCHR(st.st_mode))
		describe(&st, class, driver);
	else if (!S_ISSOCK(st.st_mode))
		return -ENODEV;
	if (uid != 0 && !is_control_class(class))
		return -EACCES;
	if (foreign_driver && strcmp(driver, foreign_driver) == 0)
		return -EPROTONOSUPPORT;
	return 0;
}

int
device_open(const char *path, bool is_hidden, struct device *ret)
{
	struct stat st;
	uint16_t max = 0;
	int fd = -1;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISSOCK(st.st_mode))
		return open_socket(path, ret);
	if (!S_ISCHR(st.st_mode))
		return -ENODEV;
	if (is_hidden)
		fd = open_hidden(path, &st);
	if (fd < 0)
		fd = open(path, OPEN_FLAGS);
	if (fd < 0)
		return -errno;
	*ret = (struct device){.fd = fd, .kind = DEVICE_KIND_NODE};
	if (isatty(fd)) {
		make_raw(fd);
		ret->kind = DEVICE_KIND_TTY;
		ret->is_stream = true;
	} else if (ioctl(fd, WDM_MAX_COMMAND, &max) == 0) {
		ret->msg_max = max;
	}
	return 0;
}

bool
device_same(const char *a, const char *b)
{
	char real_a[PATH_MAX], real_b[PATH_MAX];

	if (strcmp(a, b) == 0)
		return true;
	return realpath(a, real_a) && realpath(b, real_b) &&
	       strcmp(real_a, real_b) == 0;
}
