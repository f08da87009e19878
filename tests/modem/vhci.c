/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sysfs.h"
#include "tests/modem/vhci.h"

#define VHCI "devices/platform/vhci_hcd.0"
#define STATUS_MAX 4096 /* bytes: one page of sysfs */
#define CONTROLLERS_MAX 64
#define STATE_FREE 4
#define SPEED_HIGH 3
#define SPEED_SUPER 5
#define DEVICE_ID 0x10001 /* bus 1, device 1 of a server that there is not */

/* The free port on one line of a status file, or -1; port -1 in want: any. */
static int
free_port(const char *line, bool super_speed, int want)
{
	int port, state;
	char hub[3];

	if (sscanf(line, "%2s %d %d", hub, &port, &state) != 3)
		return -1;
	if (strcmp(hub, super_speed ? "ss" : "hs") != 0 || state != STATE_FREE)
		return -1;
	return want < 0 || want == port ? port : -1;
}

static int
find_in(char *text, bool super_speed, int want)
{
	char *save;

	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		int port = free_port(line, super_speed, want);
		if (port >= 0)
			return port;
	}
	return -EBUSY;
}

/* One status file a controller; the first has no number in its name. */
static int
find_port(bool super_speed, int want)
{
	char text[STATUS_MAX];

	for (int i = 0; i < CONTROLLERS_MAX; i++) {
		int r = i == 0 ? sysfs_read(text, sizeof(text), VHCI "/status")
			       : sysfs_read(text, sizeof(text), VHCI "/status.%d", i);
		if (r < 0)
			return i == 0 ? r : -EBUSY;
		r = find_in(text, super_speed, want);
		if (r >= 0)
			return r;
	}
	return -EBUSY;
}

static int
vhci_attach(void *bus, int fd, bool super_speed, int port)
{
	char text[64];
	int r;

	(void)bus;
	port = find_port(super_speed, port);
	if (port < 0)
		return port;
	snprintf(text, sizeof(text), "%d %d %d %d", port, fd, DEVICE_ID,
	    super_speed ? SPEED_SUPER : SPEED_HIGH);
	r = sysfs_write(text, VHCI "/attach");
	return r < 0 ? r : port;
}

const struct usb_bus_ops vhci_ops = {.attach = vhci_attach};
