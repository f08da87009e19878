/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/modem/front_tun.h"

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmem.h"
#include "tests/modem/modem.h"
#include "tests/modem/tun.h"

#define PACKETS_A_TURN 64
#define QMAP_FIRST 0x80 /* the vendor's mux id of link 0 */

struct tun_link {
	struct front_tun *front;
	char name[IFNAMSIZ];
	uint8_t id; /* mux id or session; 0: the plain link */
	int fd;     /* -1: the module is not there */
	struct event *readable;
};

struct front_tun {
	struct event_base *base;
	struct modem *modem;
	unsigned count;
	struct tun_link *links; /* the plain one first */
	uint8_t packet[NETWORK_PACKET_MAX];
};

/* ---- packets
 * ------------------------------------------------------------------------- */

static void
readable_cb(int fd, short what, void *arg)
{
	struct tun_link *l = arg;
	struct front_tun *f = l->front;
	(void)what;
	for (unsigned i = 0; i < PACKETS_A_TURN && l->fd == fd; i++) {
		ssize_t n = read(fd, f->packet, sizeof(f->packet));
		if (n > 0) {
			modem_uplink(f->modem, l->id, f->packet, (size_t)n);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR) {
			log_warn("modem", "%s", l->name);
			event_del(l->readable); /* somebody deleted the device */
		}
		return;
	}
}

static void
front_tun_downlink(void *arg, uint8_t link, const uint8_t *ip, size_t len)
{
	struct front_tun *f = arg;
	for (unsigned i = 0; i < f->count; i++) {
		const struct tun_link *l = &f->links[i];
		if (l->id != link || l->fd < 0)
			continue;
		if (write(l->fd, ip, len) < 0)
			log_debug("modem", "%s: packet lost: %s", l->name,
			    strerror(errno)); /* the device is down */
		return;
	}
}

/* ---- the module comes and goes
 * --------------------------------------------------------- */

static void
link_close(struct tun_link *l)
{
	if (l->fd < 0)
		return;
	event_free(l->readable);
	close(l->fd);
	l->readable = NULL;
	l->fd = -1;
}

static int
link_open(struct tun_link *l)
{
	int fd = tun_open(l->name);
	if (fd < 0)
		return fd;
	l->fd = fd;
	l->readable =
	    event_new(l->front->base, fd, EV_READ | EV_PERSIST, readable_cb, l);
	if (!l->readable || event_add(l->readable, NULL) < 0)
		fatal("modem", "no memory");
	return 0;
}

static void
vanish(struct front_tun *f)
{
	for (unsigned i = 0; i < f->count; i++)
		link_close(&f->links[i]);
}

/* All of them or, with -errno, none. */
static int
appear(struct front_tun *f)
{
	for (unsigned i = 0; i < f->count; i++) {
		int rc = f->links[i].fd < 0 ? link_open(&f->links[i]) : 0;
		if (rc == 0)
			continue;
		vanish(f);
		return rc;
	}
	return 0;
}

static void
front_tun_presence(void *arg, bool present)
{
	struct front_tun *f = arg;
	int rc = 0;
	if (present)
		rc = appear(f);
	else
		vanish(f);
	if (rc == 0)
		return;
	errno = -rc;
	log_err("modem", "%s", f->links[0].name);
}

static const struct modem_front_ops front_ops = {
    .presence = front_tun_presence,
    .downlink = front_tun_downlink,
};

/* Names and numbers, no device yet.  False when a name is too long. */
static bool
describe(struct front_tun *f, const char *name)
{
	bool mbim = modem_settings(f->modem)->mode == MODEM_MODE_MBIM;
	for (unsigned i = 0; i < f->count; i++) {
		struct tun_link *l = &f->links[i];
		int n = i == 0 ? snprintf(l->name, sizeof(l->name), "%s", name)
			       : snprintf(l->name, sizeof(l->name), "%s_%u", name, i);
		if (n <= 0 || (size_t)n >= sizeof(l->name))
			return false;
		l->front = f;
		l->fd = -1;
		l->id = (uint8_t)(i == 0 || mbim ? i : QMAP_FIRST + i);
	}
	return true;
}

struct front_tun *
front_tun_new(
    struct event_base *base, struct modem *m, const char *name, unsigned links)
{
	struct front_tun *f = xcalloc(1, sizeof(*f));
	f->base = base;
	f->modem = m;
	f->count = links + 1;
	f->links = xcalloc(f->count, sizeof(*f->links));
	bool ok = links <= FRONT_TUN_LINKS_MAX && describe(f, name);
	int rc = ok ? appear(f) : -EINVAL;
	if (rc < 0) {
		free(f->links);
		free(f);
		errno = -rc;
		return NULL;
	}
	modem_add_front(m, &front_ops, f);
	return f;
}

void
front_tun_free(struct front_tun *f)
{
	if (!f)
		return;
	vanish(f);
	free(f->links);
	free(f);
}
