/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is first, who comes later, and what they may believe.
 *
 *   begin -> note right? ---------------------------------------> READY
 *         -> wait for the lock -> note right now? -> unlock ----> READY
 *                              -> kernel part ------------------> FIRST
 *   FIRST -> (the dialer negotiates) -> done: MTU, up, note, unlock
 *
 * The note is believed only when it names the parent's present ifindex and back end,
 * and the parent is in the state it describes; a note that the modem contradicted is
 * remembered by its serial and never believed again.  Nothing else is kept, so there
 * is nothing to repair after a crash: the lock is gone with the process and the note
 * was not written.
 */
#include "config.h"

#include "client/prepare.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/discover.h"
#include "client/leftover.h"
#include "client/lockwait.h"
#include "client/muxdev_backend.h"
#include "client/prepare_note.h"
#include "client/prepare_parent.h"
#include "common/rtnl.h"
#include "common/xmem.h"

#define LOCK_DEADLINE_MS 60000 /* a silent modem costs the holder less than that */
#define DL_DATAGRAMS 32
#define UL_DATAGRAMS 11
#define UL_SIZE 4096
/*
 * rmnet devices can be created only while the parent's MTU is at most 16388, and a
 * later PDN must not shrink the parent under its siblings (reference/kernel.md 3.4).
 */
#define RMNET_DL_MAX 16384
#define DL_MIN 1536 /* one packet and its headers */

struct prepare {
	struct event_base *base;
	struct rtnl *r;
	struct modem_info modem;
	enum muxdev_kind kind;
	uint8_t qmap;     /* configured */
	uint32_t dl_size; /* configured */
	char *run_dir;
	char *lock_path;
	char *note_path;
	int lock_fd; /* -1: not open; locked when held */
	bool held;
	struct lockwait *wait;
	struct event *post; /* runs fn from the loop */
	enum prepare_result result;
	prepare_fn fn;
	void *arg;
	struct prepare_parent parent;
	struct prepare_offer offer;
	struct prepare_format format;
	unsigned long serial;     /* of the note that format came from */
	unsigned long bad_serial; /* the note the modem contradicted; 0: none */
	char error[256];
};

static void
post(struct prepare *p, enum prepare_result result)
{
	p->result = result;
	event_active(p->post, EV_TIMEOUT, 0);
}

static void
unlock(struct prepare *p)
{
	if (p->lock_fd >= 0)
		close(p->lock_fd);
	p->lock_fd = -1;
	p->held = false;
}

static void
failed(struct prepare *p)
{
	unlock(p);
	post(p, PREPARE_FAILED);
}

/* ---- what we can do ------------------------------------------------------------ */

static uint32_t
qmap_versions(const struct prepare *p)
{
	uint32_t all = PREPARE_QMAP_V1;
	if (p->kind == MUXDEV_RMNET)
		all |= PREPARE_QMAP_V4 | PREPARE_QMAP_V5;
	if (p->kind == MUXDEV_PRECREATED && p->modem.qmap_max == 5)
		all = PREPARE_QMAP_V5; /* the vendor's drivers know one per model */
	if (p->qmap != 0)
		all &= 1u << p->qmap;
	return all;
}

static void
make_offer(struct prepare *p)
{
	struct prepare_offer *o = &p->offer;
	memset(o, 0, sizeof(*o));
	o->driver_negotiates = p->modem.driver == MODEM_DRIVER_GOBINET;
	/* EC20 (MDM9215), UC20 and their like speak Ethernet frames only. */
	o->raw_ip = p->modem.qmap_max > 0 || p->modem.driver != MODEM_DRIVER_QMI_WWAN;
	if (p->kind == MUXDEV_PLAIN)
		return;
	o->qmap_versions = qmap_versions(p);
	o->dl_max_size = p->dl_size ? p->dl_size : p->modem.dl_size;
	if (o->dl_max_size < DL_MIN)
		o->dl_max_size = DL_MIN;
	if (p->kind == MUXDEV_RMNET && o->dl_max_size > RMNET_DL_MAX)
		o->dl_max_size = RMNET_DL_MAX;
	o->dl_max_datagrams = DL_DATAGRAMS;
	o->ul_max_datagrams = p->kind == MUXDEV_PRECREATED ? UL_DATAGRAMS : 1;
	o->ul_max_size = UL_SIZE;
}

/* After the kernel part: what the parent can receive is known. */
static void
limit_offer(struct prepare *p)
{
	struct rtnl_link link;
	struct prepare_offer *o = &p->offer;
	if (!p->parent.qmi_wwan || o->dl_max_size == 0)
		return;
	if (rtnl_link_by_index(p->r, p->parent.index, &link) < 0)
		return;
	uint32_t need = prepare_parent_mtu(o->dl_max_size);
	if (need <= link.mtu || link.max_mtu == 0 || need <= link.max_mtu)
		return;
	/* The limit cannot be raised now: no aggregate is larger than one buffer. */
	o->dl_max_size = link.mtu > link.max_mtu ? link.mtu : link.max_mtu;
	if (o->dl_max_size < DL_MIN)
		o->dl_max_datagrams = 1;
}

const struct prepare_offer *
prepare_offer(const struct prepare *p)
{
	return &p->offer;
}

const struct prepare_format *
prepare_format(const struct prepare *p)
{
	return &p->format;
}

const char *
prepare_error(const struct prepare *p)
{
	return p->error;
}

/* ---- the note ------------------------------------------------------------------ */

static bool
note_right(struct prepare *p)
{
	struct prepare_note note;
	if (prepare_note_read(p->note_path, &note) < 0)
		return false;
	if (note.serial == p->bad_serial || note.ifindex != p->parent.index ||
	    note.kind != p->kind)
		return false;
	if (!prepare_parent_right(&p->parent, note.format.dl_max_size))
		return false;
	p->format = note.format;
	p->serial = note.serial;
	return true;
}

/* ---- begin --------------------------------------------------------------------- */

static void
count_live(const struct leftover_record *rec, void *arg)
{
	bool *live = arg;
	(void)rec;
	*live = true;
}

/*
 * Do live dialers stand on the parent?  After a replug their records may still be there
 * although the new parent carries nothing and is down.
 */
static void
look_for_live(struct prepare *p)
{
	struct rtnl_link link;
	char key[96];
	bool live = false;
	modem_info_key(&p->modem, key, sizeof(key));
	int lock = leftover_lock(p->run_dir, key);
	if (lock < 0)
		return;
	(void)leftover_sweep(p->run_dir, key, NULL, count_live, &live);
	close(lock);
	bool in_use = muxdev_has_uppers(p->parent.name) ||
		      (rtnl_link_by_index(p->r, p->parent.index, &link) == 0 &&
			  (link.flags & IFF_UP));
	p->parent.live = live && in_use;
	p->offer.fresh = !in_use;
}

/* The lock is ours. */
static void
do_kernel_part(struct prepare *p)
{
	if (note_right(p)) {
		unlock(p);
		post(p, PREPARE_READY);
		return;
	}
	(void)unlink(p->note_path);
	look_for_live(p);
	int rc = prepare_parent_frame(
	    &p->parent, p->offer.dl_max_size, p->error, sizeof(p->error));
	if (rc < 0) {
		failed(p);
		return;
	}
	limit_offer(p);
	p->held = true;
	post(p, PREPARE_FIRST);
}

static void
lock_ready(int rc, void *arg)
{
	struct prepare *p = arg;
	p->wait = NULL;
	if (rc == 0) {
		do_kernel_part(p);
		return;
	}
	snprintf(p->error, sizeof(p->error), "cannot lock %s: %s%s", p->lock_path,
	    strerror(-rc),
	    rc == -ETIMEDOUT ? "; another dialer of this modem does not come to an end"
			     : "");
	failed(p);
}

static void
start_locking(struct prepare *p)
{
	if (mkdir(p->run_dir, 0755) < 0 && errno != EEXIST)
		goto no_lock;
	p->lock_fd =
	    open(p->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (p->lock_fd < 0)
		goto no_lock;
	if (flock(p->lock_fd, LOCK_EX | LOCK_NB) == 0) {
		do_kernel_part(p);
		return;
	}
	p->wait = lockwait_start(p->base, p->lock_fd, LOCK_DEADLINE_MS, lock_ready, p);
	if (p->wait)
		return;
no_lock:
	snprintf(p->error, sizeof(p->error), "cannot lock %s: %s", p->lock_path,
	    strerror(errno));
	failed(p);
}

/* MBIM and GobiNet: nothing to agree on, only the parent has to be up and quiet. */
static void
only_bring_up(struct prepare *p)
{
	p->format.raw_ip = p->offer.raw_ip;
	int rc = prepare_parent_size(&p->parent, 0, p->error, sizeof(p->error));
	post(p, rc < 0 ? PREPARE_FAILED : PREPARE_READY);
}

static void
start(struct prepare *p)
{
	struct rtnl_link link;
	p->error[0] = '\0';
	int rc = rtnl_link_by_name(p->r, p->modem.netdev, &link);
	if (rc < 0) {
		snprintf(p->error, sizeof(p->error),
		    "there is no network device \"%s\": %s", p->modem.netdev,
		    strerror(-rc));
		post(p, PREPARE_FAILED);
		return;
	}
	p->parent.index = link.index;
	make_offer(p);
	p->parent.raw_ip = p->offer.raw_ip;
	if (p->modem.protocol == MODEM_PROTOCOL_MBIM || p->offer.driver_negotiates)
		only_bring_up(p);
	else if (note_right(p))
		post(p, PREPARE_READY);
	else
		start_locking(p);
}

static void
prepare_post_cb(evutil_socket_t fd, short what, void *arg)
{
	struct prepare *p = arg;
	(void)fd;
	(void)what;
	p->fn(p, p->result, p->arg);
}

struct prepare *
prepare_begin(struct event_base *base, struct rtnl *r, const struct prepare_want *want,
    prepare_fn fn, void *arg)
{
	char key[96];
	struct prepare *p = xcalloc(1, sizeof(*p));
	p->base = base;
	p->r = r;
	p->modem = *want->modem;
	p->kind = want->kind;
	p->qmap = want->qmap;
	p->dl_size = want->dl_size;
	p->fn = fn;
	p->arg = arg;
	p->lock_fd = -1;
	p->run_dir = xstrdup(want->run_dir);
	modem_info_key(&p->modem, key, sizeof(key));
	p->lock_path = xasprintf("%s/%s.prepare.lock", want->run_dir, key);
	p->note_path = xasprintf("%s/%s.ready", want->run_dir, key);
	p->post = evtimer_new(base, prepare_post_cb, p);
	p->parent.r = r;
	p->parent.kind = want->kind;
	p->parent.qmi_wwan = p->modem.driver == MODEM_DRIVER_QMI_WWAN;
	snprintf(p->parent.name, sizeof(p->parent.name), "%s", p->modem.netdev);
	start(p);
	return p;
}

/* ---- the rest of the way ------------------------------------------------------- */

static unsigned long
new_serial(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return ((unsigned long)now.tv_sec * 1000000ul +
		   (unsigned long)now.tv_nsec / 1000) |
	       1ul;
}

int
prepare_done(struct prepare *p, const struct prepare_format *agreed)
{
	struct prepare_note note = {
	    .ifindex = p->parent.index,
	    .kind = p->kind,
	    .format = *agreed,
	};
	if (!p->held)
		return -EINVAL;
	int rc = prepare_parent_size(
	    &p->parent, agreed->dl_max_size, p->error, sizeof(p->error));
	if (rc == 0) {
		note.serial = new_serial();
		rc = prepare_note_write(p->note_path, &note);
		if (rc < 0)
			snprintf(p->error, sizeof(p->error), "cannot write %s: %s",
			    p->note_path, strerror(-rc));
	}
	unlock(p);
	if (rc < 0)
		return rc;
	p->format = *agreed;
	p->serial = note.serial;
	return 0;
}

void
prepare_redo(struct prepare *p)
{
	lockwait_cancel(p->wait);
	p->wait = NULL;
	unlock(p);
	if (p->serial != 0)
		p->bad_serial = p->serial;
	start(p);
}

void
prepare_free(struct prepare *p)
{
	if (!p)
		return;
	lockwait_cancel(p->wait);
	unlock(p);
	event_free(p->post);
	free(p->run_dir);
	free(p->lock_path);
	free(p->note_path);
	free(p);
}
