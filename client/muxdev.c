/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which back end applies, and what is the same for all of them.
 *
 * Opening: lock the modem's devices, remove what dead dialers left on it, write down
 * what comes, then find or make the device.  A device that is there although no live
 * or dead dialer has written it down was made by the administrator: it is used and
 * left in place afterwards.  Closing goes the same way back.
 *
 * Invariant: a device that we made has a record from before it exists until after it
 * is gone, so there is no moment at which kill -9 leaves an unknown device.
 */
#include "config.h"

#include "client/muxdev.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/muxdev_backend.h"
#include "common/log.h"
#include "common/sysfs.h"
#include "common/xmem.h"

static const struct muxdev_backend *const backends[] = {
    [MUXDEV_PRECREATED] = &muxdev_precreated,
    [MUXDEV_QMIMUX] = &muxdev_qmimux,
    [MUXDEV_RMNET] = &muxdev_rmnet,
    [MUXDEV_PLAIN] = &muxdev_plain,
    [MUXDEV_VLAN] = &muxdev_vlan,
    [MUXDEV_WWAN] = &muxdev_wwan,
};

const char *
muxdev_kind_name(enum muxdev_kind kind)
{
	static const char *const names[] = {
	    [MUXDEV_AUTO] = "auto",
	    [MUXDEV_PRECREATED] = "precreated",
	    [MUXDEV_QMIMUX] = "qmimux",
	    [MUXDEV_RMNET] = "rmnet",
	    [MUXDEV_PLAIN] = "plain",
	    [MUXDEV_VLAN] = "vlan",
	    [MUXDEV_WWAN] = "wwan",
	};
	return names[kind];
}

static int __attribute__((format(printf, 4, 5)))
because(int rc, char *why, size_t why_size, const char *fmt, ...)
{
	va_list ap;
	if (!why || why_size == 0)
		return rc;
	va_start(ap, fmt);
	vsnprintf(why, why_size, fmt, ap);
	va_end(ap);
	return rc;
}

/* ---- looking around ------------------------------------------------------------ */

struct upper_search {
	bool any;
	bool qmimux;
};

static bool
look_at_upper(const char *entry, void *arg)
{
	struct upper_search *s = arg;
	if (strncmp(entry, "upper_", 6) != 0)
		return true;
	s->any = true;
	if (sysfs_exists("class/net/%s/qmap/mux_id", entry + 6))
		s->qmimux = true;
	return true;
}

static struct upper_search
look_at_uppers(const char *parent)
{
	struct upper_search s = {false, false};
	char path[64];
	snprintf(path, sizeof(path), "class/net/%s", parent);
	(void)sysfs_list(path, look_at_upper, &s);
	return s;
}

bool
muxdev_has_qmimux(const char *parent)
{
	return look_at_uppers(parent).qmimux;
}

bool
muxdev_has_uppers(const char *parent)
{
	return look_at_uppers(parent).any;
}

struct child_search {
	int parent;
	const char *kind;
	uint32_t id; /* RTNL_NO_ID: any */
	int found;
};

static bool
look_at_link(const struct rtnl_link *link, void *arg)
{
	struct child_search *s = arg;
	if (strcmp(link->kind, s->kind) != 0)
		return true;
	if (s->parent != 0 && link->parent != s->parent)
		return true;
	if (s->id != RTNL_NO_ID && link->id != s->id)
		return true;
	s->found = link->index;
	return false;
}

int
muxdev_find_child(
    struct rtnl *r, int parent, const char *kind, uint32_t id, int *ret_index)
{
	struct child_search s = {.parent = parent, .kind = kind, .id = id};
	int rc = rtnl_links(r, look_at_link, &s);
	if (rc < 0)
		return rc;
	if (s.found == 0)
		return -ENODEV;
	*ret_index = s.found;
	return 0;
}

bool
muxdev_has_rmnet(struct rtnl *r, int parent)
{
	int index;
	return muxdev_find_child(r, parent, "rmnet", RTNL_NO_ID, &index) == 0;
}

/* ---- choosing ------------------------------------------------------------------ */

struct choice {
	struct rtnl *r;
	const struct modem_info *modem;
	unsigned number;
	char *why;
	size_t why_size;
};

static bool
has_precreated(const struct choice *c)
{
	int index;
	return muxdev_find_precreated(c->r, c->modem->netdev, c->number, &index) == 0;
}

static int
choose_mbim(const struct choice *c, enum muxdev_kind *ret)
{
	bool framework =
	    c->modem->wwan_dev[0] != '\0' && c->modem->driver == MODEM_DRIVER_WWAN;
	if (c->number == 0) {
		*ret = MUXDEV_PLAIN;
		return because(0, c->why, c->why_size, "session 0 is untagged");
	}
	if (has_precreated(c)) {
		*ret = MUXDEV_PRECREATED;
		return because(0, c->why, c->why_size, "its device is there already");
	}
	*ret = framework ? MUXDEV_WWAN : MUXDEV_VLAN;
	const char *kind = muxdev_kind_name(*ret);
	if (!rtnl_kind_known(c->r, kind))
		return because(-EOPNOTSUPP, c->why, c->why_size,
		    "the kernel has no %s devices: load the module %s", kind,
		    framework ? "wwan" : "8021q");
	return because(0, c->why, c->why_size, "MBIM session %u on %s", c->number,
	    c->modem->driver_name);
}

/* What is in use on the parent decides; *ret is MUXDEV_AUTO when nothing is. */
static int
choose_by_siblings(
    const struct choice *c, enum muxdev_kind asked, enum muxdev_kind *ret)
{
	*ret = MUXDEV_AUTO;
	if (muxdev_has_qmimux(c->modem->netdev))
		*ret = MUXDEV_QMIMUX;
	else if (muxdev_has_rmnet(c->r, c->modem->ifindex))
		*ret = MUXDEV_RMNET;
	if (*ret == MUXDEV_AUTO)
		return 0;
	if (asked != MUXDEV_AUTO && asked != *ret)
		return because(-EBUSY, c->why, c->why_size,
		    "%s already carries %s devices and they do not mix with %s: stop "
		    "the "
		    "other dialers or configure %s",
		    c->modem->netdev, muxdev_kind_name(*ret), muxdev_kind_name(asked),
		    muxdev_kind_name(*ret));
	return because(0, c->why, c->why_size, "others on %s use it", c->modem->netdev);
}

struct foreign_search {
	struct rtnl *r;
	enum muxdev_kind kind;
	char name[IFNAMSIZ];
};

static bool
is_of_kind(struct rtnl *r, const char *name, enum muxdev_kind kind)
{
	struct rtnl_link link;
	if (rtnl_link_by_name(r, name, &link) < 0)
		return true; /* what is gone by now does no harm */
	if (kind == MUXDEV_QMIMUX)
		return sysfs_exists("class/net/%s/qmap/mux_id", name);
	return strcmp(link.kind, "rmnet") == 0;
}

static bool
look_for_foreign(const char *entry, void *arg)
{
	struct foreign_search *s = arg;
	if (strncmp(entry, "upper_", 6) != 0 || strlen(entry + 6) >= IFNAMSIZ ||
	    is_of_kind(s->r, entry + 6, s->kind))
		return true;
	snprintf(s->name, sizeof(s->name), "%s", entry + 6);
	return false;
}

/*
 * qmi_wwan takes whatever stands on the parent for its own qmimux, and rmnet is alone
 * there too: mixed with a VLAN or a VRF they crash the kernel, at unplug at the latest
 * (reference/kernel.md 3.3).
 */
static int
check_unmixed(const struct choice *c, enum muxdev_kind kind)
{
	struct foreign_search s = {.r = c->r, .kind = kind};
	char path[64];
	if (kind != MUXDEV_QMIMUX && kind != MUXDEV_RMNET)
		return 0;
	snprintf(path, sizeof(path), "class/net/%s", c->modem->netdev);
	(void)sysfs_list(path, look_for_foreign, &s);
	if (s.name[0] == '\0')
		return 0;
	return because(-EBUSY, c->why, c->why_size,
	    "%s stands on %s, where the kernel bears nothing beside %s devices: remove "
	    "it, or put it on a PDN's device",
	    s.name, c->modem->netdev, muxdev_kind_name(kind));
}

static bool
can_rmnet(const struct choice *c)
{
	bool carries =
	    sysfs_exists("class/net/%s/qmi/pass_through", c->modem->netdev) ||
	    c->modem->driver == MODEM_DRIVER_WWAN;
	return carries && rtnl_kind_known(c->r, "rmnet");
}

static bool
can_qmimux(const struct choice *c)
{
	return sysfs_exists("class/net/%s/qmi/add_mux", c->modem->netdev);
}

static int
choose_qmi_auto(const struct choice *c, enum muxdev_kind *ret)
{
	const char *net = c->modem->netdev;
	if (has_precreated(c)) {
		*ret = MUXDEV_PRECREATED;
		return because(0, c->why, c->why_size, "%s has made its devices",
		    c->modem->driver_name[0] ? c->modem->driver_name : "the driver");
	}
	if (can_rmnet(c)) {
		*ret = MUXDEV_RMNET;
		return because(0, c->why, c->why_size, "the kernel has rmnet");
	}
	if (can_qmimux(c)) {
		*ret = MUXDEV_QMIMUX;
		return because(0, c->why, c->why_size,
		    "%s has add_mux and the kernel no rmnet", net);
	}
	if (c->number > 1)
		return because(-EOPNOTSUPP, c->why, c->why_size,
		    "%s has no device number %u and no way to make one: load its "
		    "driver "
		    "with a larger qmap_mode, or use channel 1",
		    net, c->number);
	*ret = MUXDEV_PLAIN;
	return because(0, c->why, c->why_size, "%s cannot multiplex", net);
}

/* The user insists: is it there? */
static int
check_asked(const struct choice *c, enum muxdev_kind asked)
{
	bool ok = true;
	switch (asked) {
	case MUXDEV_AUTO:
	case MUXDEV_PLAIN: break;
	case MUXDEV_PRECREATED: ok = has_precreated(c); break;
	case MUXDEV_QMIMUX: ok = can_qmimux(c); break;
	case MUXDEV_RMNET: ok = can_rmnet(c); break;
	case MUXDEV_VLAN:
	case MUXDEV_WWAN: ok = c->modem->protocol == MODEM_PROTOCOL_MBIM; break;
	}
	if (ok)
		return because(0, c->why, c->why_size, "configured");
	return because(-EOPNOTSUPP, c->why, c->why_size,
	    "%s was asked for, but %s (driver %s) or this kernel does not offer it: "
	    "configure \"auto\"",
	    muxdev_kind_name(asked), c->modem->netdev,
	    c->modem->driver_name[0] ? c->modem->driver_name : "unknown");
}

int
muxdev_choose(struct rtnl *r, const struct modem_info *modem, enum muxdev_kind asked,
    unsigned index, enum muxdev_kind *ret, char *why, size_t why_size)
{
	struct choice c = {
	    .r = r,
	    .modem = modem,
	    .number = index,
	    .why = why,
	    .why_size = why_size,
	};
	enum muxdev_kind kind = asked;
	if (modem->netdev[0] == '\0')
		return because(-ENODEV, why, why_size,
		    "no network device is known for %s: name it (-i)", modem->device);
	int rc = 0;
	if (modem->protocol == MODEM_PROTOCOL_MBIM && asked == MUXDEV_AUTO) {
		rc = choose_mbim(&c, &kind);
	} else {
		rc = choose_by_siblings(&c, asked, &kind);
		if (rc == 0 && kind == MUXDEV_AUTO) {
			kind = asked;
			rc = asked == MUXDEV_AUTO ? choose_qmi_auto(&c, &kind)
						  : check_asked(&c, asked);
		}
		if (rc == 0)
			rc = check_unmixed(&c, kind);
	}
	if (rc == 0)
		*ret = kind;
	return rc;
}

/* ---- opening ------------------------------------------------------------------- */

/* <parent>.<number>; of a long parent name its end, which tells more. */
static void
default_name(struct muxdev *m)
{
	char suffix[12];
	int n = snprintf(suffix, sizeof(suffix), ".%u", m->number);
	size_t room = IFNAMSIZ - 1 - (size_t)n;
	size_t len = strlen(m->parent);
	const char *from = len > room ? m->parent + len - room : m->parent;
	snprintf(m->name, sizeof(m->name), "%.*s%s", (int)room, from, suffix);
}

/* A dead dialer's device: what its back end finds under its id goes. */
static void
remove_dead(const struct leftover_record *rec, void *arg)
{
	const struct muxdev *m = arg;
	const struct muxdev_backend *backend = backends[rec->kind];
	struct muxdev dead = *m;
	dead.backend = backend;
	dead.id = rec->id;
	snprintf(dead.name, sizeof(dead.name), "%s", rec->name);
	int index;
	if (backend->find(&dead, &index) < 0)
		return;
	dead.index = index;
	log_info("mux", "%s: left over by process %ld, which was killed: %s", rec->name,
	    (long)rec->pid, backend->remove ? "removed" : "taken over");
	if (backend->remove)
		(void)backend->remove(&dead);
}

struct sibling_search {
	bool muxed; /* somebody has a device above the parent */
	bool plain; /* somebody has the parent itself */
	pid_t pid;
};

struct sweep_arg {
	struct muxdev *m;
	struct sibling_search seen;
};

static void
sweep_dead(const struct leftover_record *rec, void *arg)
{
	struct sweep_arg *s = arg;
	remove_dead(rec, s->m);
}

static void
sweep_live(const struct leftover_record *rec, void *arg)
{
	struct sweep_arg *s = arg;
	if (rec->kind == MUXDEV_PLAIN)
		s->seen.plain = true;
	else
		s->seen.muxed = true;
	s->seen.pid = rec->pid;
}

static int
claim(struct muxdev *m, char *why, size_t why_size)
{
	struct leftover_record rec = {.kind = m->backend->kind, .id = m->id};
	struct sweep_arg sweep = {.m = m};
	pid_t holder = 0;
	snprintf(rec.name, sizeof(rec.name), "%s", m->name);
	snprintf(rec.parent, sizeof(rec.parent), "%s", m->parent);
	int rc = leftover_sweep(m->run_dir, m->key, sweep_dead, sweep_live, &sweep);
	if (rc < 0)
		return because(
		    rc, why, why_size, "cannot read %s: %s", m->run_dir, strerror(-rc));
	/* MBIM's session 0 lives beside the others; QMI without a mux is alone. */
	bool alone = m->backend->kind == MUXDEV_PLAIN;
	if (!m->mbim && (alone ? sweep.seen.muxed : sweep.seen.plain))
		return because(-EBUSY, why, why_size,
		    "%s is in use by process %ld %s a mux: dial all PDNs with mux "
		    "devices",
		    m->parent, (long)sweep.seen.pid, alone ? "with" : "without");
	rc = leftover_claim(m->run_dir, m->key, &rec, &m->claim, &holder);
	if (rc == -EBUSY)
		return because(rc, why, why_size,
		    "process %ld already dials %s %u of this modem: stop it (-k), or "
		    "use "
		    "another channel",
		    (long)holder, m->mbim ? "session" : "mux id", m->id);
	if (rc < 0)
		return because(rc, why, why_size, "cannot write to %s: %s", m->run_dir,
		    strerror(-rc));
	return 0;
}

/* An administrator's device may have a name already; ours gets the one wanted. */
static int
name_device(struct muxdev *m, char *why, size_t why_size)
{
	struct rtnl_link link;
	int rc = rtnl_link_by_index(m->r, m->index, &link);
	if (rc < 0)
		return because(rc, why, why_size, "%s is gone", m->name);
	bool rename = strcmp(link.name, m->name) != 0 &&
		      (m->name_given || !m->foreign) && m->backend->create;
	if (rename) {
		if (link.flags & IFF_UP)
			(void)rtnl_link_up(m->r, m->index, false);
		rc = rtnl_link_rename(m->r, m->index, m->name);
	}
	if (rc < 0)
		return because(rc, why, why_size, "cannot rename %s to %s: %s",
		    link.name, m->name, strerror(-rc));
	if (!rename)
		snprintf(m->name, sizeof(m->name), "%s", link.name);
	if (link.addrgen >= 0 && link.addrgen != RTNL_ADDRGEN_NONE)
		(void)rtnl_link_addrgen(m->r, m->index, RTNL_ADDRGEN_NONE);
	return 0;
}

static int
find_or_create(struct muxdev *m, char *why, size_t why_size)
{
	const struct muxdev_backend *b = m->backend;
	int rc = b->find(m, &m->index);
	m->foreign = rc == 0;
	if (rc == -ENODEV && b->create)
		rc = b->create(m, &m->index, why, why_size);
	else if (rc < 0)
		because(rc, why, why_size, "%s has no device number %u: %s", m->parent,
		    m->number, strerror(-rc));
	if (rc < 0)
		return rc;
	rc = name_device(m, why, why_size);
	if (rc < 0 && !m->foreign && b->remove)
		(void)b->remove(m);
	return rc;
}

static struct muxdev *
muxdev_new(struct rtnl *r, const struct muxdev_want *want)
{
	const struct modem_info *modem = want->modem;
	struct muxdev *m = xcalloc(1, sizeof(*m));
	m->backend = backends[want->kind];
	m->r = r;
	m->run_dir = xstrdup(want->run_dir);
	modem_info_key(modem, m->key, sizeof(m->key));
	snprintf(m->wwan_dev, sizeof(m->wwan_dev), "%s", modem->wwan_dev);
	snprintf(m->parent, sizeof(m->parent), "%s", modem->netdev);
	m->mbim = modem->protocol == MODEM_PROTOCOL_MBIM;
	m->number = want->index;
	m->id = m->mbim ? want->index : want->mux_id;
	if (want->kind == MUXDEV_PLAIN)
		m->id = 0;
	m->qmap = want->qmap;
	m->name_given = want->name && want->name[0] != '\0';
	if (m->name_given)
		snprintf(m->name, sizeof(m->name), "%s", want->name);
	else
		default_name(m);
	return m;
}

static void
muxdev_free(struct muxdev *m)
{
	leftover_drop(m->claim);
	free(m->run_dir);
	free(m);
}

int
muxdev_open(struct rtnl *r, const struct muxdev_want *want, struct muxdev **ret,
    char *why, size_t why_size)
{
	struct rtnl_link parent;
	struct muxdev *m = muxdev_new(r, want);
	int rc = rtnl_link_by_name(r, m->parent, &parent);
	if (rc < 0) {
		because(rc, why, why_size, "there is no network device %s", m->parent);
		muxdev_free(m);
		return rc;
	}
	m->parent_index = parent.index;
	int lock = leftover_lock(m->run_dir, m->key);
	rc = lock;
	if (lock < 0)
		because(lock, why, why_size, "cannot lock in %s: %s", m->run_dir,
		    strerror(-lock));
	else
		rc = claim(m, why, why_size);
	if (rc == 0)
		rc = find_or_create(m, why, why_size);
	if (rc < 0) {
		muxdev_free(m);
		m = NULL;
	}
	if (lock >= 0)
		close(lock);
	if (rc < 0)
		return rc;
	*ret = m;
	return 0;
}

/* ---- while it is open ---------------------------------------------------------- */

const char *
muxdev_name(struct muxdev *m)
{
	struct rtnl_link link;
	if (rtnl_link_by_index(m->r, m->index, &link) == 0)
		snprintf(m->name, sizeof(m->name), "%s", link.name);
	return m->name;
}

int
muxdev_ifindex(const struct muxdev *m)
{
	return m->index;
}

enum muxdev_kind
muxdev_kind_of(const struct muxdev *m)
{
	return m->backend->kind;
}

uint8_t
muxdev_mux_id(const struct muxdev *m)
{
	return m->mbim ? 0 : (uint8_t)m->id;
}

int
muxdev_set_link(struct muxdev *m, bool up)
{
	return m->backend->set_link ? m->backend->set_link(m, up) : 0;
}

void
muxdev_close(struct muxdev *m)
{
	if (!m)
		return;
	int lock = leftover_lock(m->run_dir, m->key);
	/* Others may stand on the parent: it stays up under them. */
	if (m->id != 0 || !muxdev_has_uppers(m->parent))
		(void)rtnl_link_up(m->r, m->index, false);
	if (!m->foreign && m->backend->remove) {
		int rc = m->backend->remove(m);
		if (rc < 0)
			log_warnx("mux", "%s could not be removed: %s", m->name,
			    strerror(-rc));
	}
	muxdev_free(m);
	if (lock >= 0)
		close(lock);
}
