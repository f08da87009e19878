/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VLAN, rmnet and WWAN-framework devices as the kernel makes them: what a dialer gets,
 * what a second one is told, and what is left of one that was killed.
 *
 * VLAN and rmnet stand on a device in a network namespace of the test's own.  A WWAN
 * link needs a framework device: wwan_hwsim's only, never a real modem's; those cannot
 * leave the first namespace, so this one's socket is opened before ours is entered.
 * A kind that this kernel does not have is skipped by name; tests/vm has all three.
 */
#include "config.h"

#include <errno.h>
#include <net/if.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/discover.h"
#include "client/muxdev.h"
#include "common/rtnl.h"
#include "common/sysfs.h"
#include "common/xmem.h"
#include "tests/unit/netns.h"
#include "tests/unit/remove_tree.h"

/* One kind of device and the machine it is made on. */
struct bench {
	enum muxdev_kind kind;
	const char *name; /* the kernel's word for the kind */
	struct rtnl *r;
	struct modem_info modem;
	bool present;
};

static struct bench vlan = {.kind = MUXDEV_VLAN, .name = "vlan"};
static struct bench rmnet = {.kind = MUXDEV_RMNET, .name = "rmnet"};
static struct bench wwan = {.kind = MUXDEV_WWAN, .name = "wwan"};
static char run_dir[] = "/tmp/pdnmux-muxk-XXXXXX";

static struct bench *
need(void **state)
{
	struct bench *b = *state;
	if (!b->present) {
		print_message("skipped: this kernel has no %s\n", b->name);
		skip();
	}
	return b;
}

static struct muxdev_want
want(const struct bench *b, unsigned index)
{
	return (struct muxdev_want){
	    .modem = &b->modem,
	    .kind = b->kind,
	    .index = index,
	    .mux_id = (uint8_t)(0x80 + index),
	    .run_dir = run_dir,
	    .qmap = 1,
	};
}

/* The id by which the kernel knows the device of an index. */
static uint32_t
id_of(const struct bench *b, unsigned index)
{
	return b->kind == MUXDEV_RMNET ? 0x80 + index : index;
}

struct census {
	const struct bench *b;
	uint32_t id;
	int seen;
};

static bool
count_link(const struct rtnl_link *link, void *arg)
{
	struct census *c = arg;
	c->seen += strcmp(link->kind, c->b->name) == 0 && link->id == c->id;
	return true;
}

/* How many devices have this id now. */
static int
devices(const struct bench *b, unsigned index)
{
	struct census c = {.b = b, .id = id_of(b, index)};
	assert_int_equal(rtnl_links(b->r, count_link, &c), 0);
	return c.seen;
}

static struct muxdev *
open_device(const struct bench *b, unsigned index)
{
	struct muxdev_want w = want(b, index);
	struct muxdev *m = NULL;
	char why[200] = "";
	int rc = muxdev_open(b->r, &w, &m, why, sizeof(why));
	if (rc < 0)
		print_message("%s: %s\n", strerror(-rc), why);
	assert_int_equal(rc, 0);
	return m;
}

/* ---- what holds for every kind --------------------------------------------------- */

static void
test_made_and_taken_away(void **state)
{
	struct bench *b = need(state);
	struct rtnl_link link;
	char name[IFNAMSIZ + 4];
	struct muxdev *m = open_device(b, 5);
	struct muxdev *sibling = open_device(b, 6);
	snprintf(name, sizeof(name), "%s.5", b->modem.netdev);
	assert_string_equal(muxdev_name(m), name);
	assert_int_equal(rtnl_link_by_index(b->r, muxdev_ifindex(m), &link), 0);
	assert_string_equal(link.kind, b->name);
	assert_int_equal(link.id, id_of(b, 5));
	assert_false(link.flags & IFF_UP);
	assert_int_equal(link.addrgen, RTNL_ADDRGEN_NONE);
	if (b->kind != MUXDEV_WWAN) /* which has a framework device instead */
		assert_int_equal(link.parent, b->modem.ifindex);
	muxdev_close(m);
	assert_int_equal(devices(b, 5), 0);
	assert_int_equal(devices(b, 6), 1);
	muxdev_close(sibling);
	assert_int_equal(devices(b, 6), 0);
}

static void
test_held(void **state)
{
	struct bench *b = need(state);
	struct muxdev_want w = want(b, 5);
	struct muxdev *second;
	char why[200];
	struct muxdev *m = open_device(b, 5);
	assert_int_equal(muxdev_open(b->r, &w, &second, why, sizeof(why)), -EBUSY);
	char *pid = xasprintf("process %ld", (long)getpid());
	assert_non_null(strstr(why, pid));
	free(pid);
	assert_int_equal(devices(b, 5), 1);
	muxdev_close(m);
}

/* Makes the device, says so, and waits to be killed. */
static void
doomed_dialer(const struct bench *b, int tell)
{
	struct muxdev_want w = want(b, 5);
	struct muxdev *m;
	bool ok = muxdev_open(b->r, &w, &m, NULL, 0) == 0;
	if (write(tell, ok ? "y" : "n", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void
test_killed(void **state)
{
	struct bench *b = need(state);
	int ready[2];
	char answer = 0;
	assert_int_equal(pipe(ready), 0);
	struct muxdev *sibling = open_device(b, 6);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		doomed_dialer(b, ready[1]);
	assert_int_equal(read(ready[0], &answer, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(answer, 'y');
	assert_int_equal(devices(b, 5), 1); /* what it left */
	struct muxdev *m = open_device(b, 5);
	assert_int_equal(devices(b, 5), 1);
	muxdev_close(m);
	/* Ours, not taken for an administrator's: it goes with us. */
	assert_int_equal(devices(b, 5), 0);
	assert_int_equal(devices(b, 6), 1);
	muxdev_close(sibling);
}

static void
make_by_hand(const struct bench *b, const char *name, unsigned index)
{
	int made, rc = -EINVAL, parent = b->modem.ifindex;
	uint32_t id = id_of(b, index);
	if (b->kind == MUXDEV_VLAN)
		rc = rtnl_vlan_add(b->r, parent, name, (uint16_t)id, &made);
	else if (b->kind == MUXDEV_RMNET)
		rc = rtnl_rmnet_add(
		    b->r, parent, name, (uint16_t)id, RTNL_RMNET_DEAGG, &made);
	else
		rc = rtnl_wwan_add(b->r, b->modem.wwan_dev, name, id, &made);
	assert_int_equal(rc, 0);
}

static void
test_administrators_stays(void **state)
{
	struct bench *b = need(state);
	struct rtnl_link link;
	make_by_hand(b, "byhand7", 7);
	struct muxdev *m = open_device(b, 7);
	assert_string_equal(muxdev_name(m), "byhand7");
	assert_int_equal(devices(b, 7), 1);
	muxdev_close(m);
	assert_int_equal(rtnl_link_by_name(b->r, "byhand7", &link), 0);
	assert_int_equal(rtnl_link_del(b->r, link.index), 0);
}

/* ---- rmnet's flags are its parent's ---------------------------------------------- */

static void
test_rmnet_flags(void **state)
{
	static const struct {
		uint8_t qmap;
		uint32_t flags;
	} cases[] = {{1, 0x01}, {4, 0x0d}, {5, 0x31}};
	struct bench *b = need(state);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct muxdev_want w = want(b, 5);
		struct muxdev *m;
		struct rtnl_link link;
		w.qmap = cases[i].qmap;
		assert_int_equal(muxdev_open(b->r, &w, &m, NULL, 0), 0);
		assert_int_equal(rtnl_link_by_index(b->r, muxdev_ifindex(m), &link), 0);
		assert_int_equal(link.rmnet_flags & RTNL_RMNET_MASK, cases[i].flags);
		muxdev_close(m);
	}
}

/* ---- the machines ------------------------------------------------------------------
 */

/* A framework device of the simulator's, by its first link. */
static bool
take_hwsim(const char *name, void *arg)
{
	struct bench *b = arg;
	char real[256];
	if (sysfs_realpath(real, sizeof(real), "class/net/%s/device", name) < 0 ||
	    !strstr(real, "hwsim"))
		return true;
	snprintf(b->modem.netdev, sizeof(b->modem.netdev), "%s", name);
	sysfs_link_name(
	    b->modem.wwan_dev, sizeof(b->modem.wwan_dev), "class/net/%s/device", name);
	b->modem.ifindex = (int)if_nametoindex(name);
	b->present = b->modem.ifindex > 0;
	return !b->present;
}

static void
find_hwsim(struct bench *b)
{
	b->r = rtnl_open();
	b->modem.protocol = MODEM_PROTOCOL_MBIM;
	b->modem.driver = MODEM_DRIVER_WWAN;
	if (b->r)
		(void)sysfs_list("class/net", take_hwsim, b);
}

static void
stand_on(struct bench *b, struct rtnl *r, const char *kind, const char *parent)
{
	b->r = r;
	b->modem.protocol =
	    b->kind == MUXDEV_VLAN ? MODEM_PROTOCOL_MBIM : MODEM_PROTOCOL_QMI;
	snprintf(b->modem.netdev, sizeof(b->modem.netdev), "%s", parent);
	snprintf(b->modem.usb_path, sizeof(b->modem.usb_path), "test-%s", b->name);
	b->present = rtnl_kind_known(r, b->name) &&
		     rtnl_plain_add(r, kind, parent, &b->modem.ifindex) == 0;
}

/* clang-format off */
#define FOR_KIND(b) \
	{"made and taken away: " #b, test_made_and_taken_away, NULL, NULL, &(b)}, \
	{"held: " #b, test_held, NULL, NULL, &(b)}, \
	{"killed: " #b, test_killed, NULL, NULL, &(b)}, \
	{"administrator's stays: " #b, test_administrators_stays, NULL, NULL, &(b)}
/* clang-format on */

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FOR_KIND(vlan),
	    FOR_KIND(rmnet),
	    FOR_KIND(wwan),
	    {"rmnet flags", test_rmnet_flags, NULL, NULL, &rmnet},
	};
	alarm(120); /* nothing here waits that long, unless for ever */
	find_hwsim(&wwan);
	const char *kind = netns_enter() ? netns_device_kind() : NULL;
	struct rtnl *r = kind ? rtnl_open() : NULL;
	if (r) {
		stand_on(&vlan, r, kind, "eth-m");
		stand_on(&rmnet, r, kind, "raw-q");
	}
	if (!vlan.present && !rmnet.present && !wwan.present) {
		fprintf(
		    stderr, "skipped: the kernel has no vlan, rmnet or wwan_hwsim\n");
		return TEST_SKIPPED;
	}
	if (!mkdtemp(run_dir))
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove_tree(run_dir);
	rtnl_close(r);
	rtnl_close(wwan.r);
	return failed;
}
