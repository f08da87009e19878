/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Modems, mux devices and the parent's preparation on a machine made of plain files
 * (sysfs) and a network namespace (devices): what is found, what is chosen, and what a
 * killed dialer leaves.
 */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/discover.h"
#include "client/modem_table.h"
#include "client/muxdev.h"
#include "client/prepare.h"
#include "common/loop.h"
#include "common/rtnl.h"
#include "common/sysfs.h"
#include "common/xmem.h"
#include "tests/unit/netns.h"
#include "tests/unit/remove_tree.h"

static char dir[] = "/tmp/pdnmux-mux-XXXXXX";
static const char *kind;
static struct rtnl *r;
static char *run_dir;

/* ---- a machine ----------------------------------------------------------------- */

static void
make_dirs(char *path)
{
	for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
}

static void
attr(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	make_dirs(path);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	free(path);
}

static void
link_to(const char *name, const char *target)
{
	char *path = xasprintf("%s/%s", dir, name);
	char *full = xasprintf("%s/%s", dir, target);
	make_dirs(path);
	assert_int_equal(symlink(full, path), 0);
	free(path);
	free(full);
}

/* A USB modem: path "1-1", node number, driver and what hangs from it. */
static void
add_modem(
    const char *usb, int node, const char *driver, const char *pid, const char *netdev)
{
	char *iface = xasprintf("devices/pci/usb1/%s/%s:1.4", usb, usb);
	char name[256], value[32];
#define IN(rest) (snprintf(name, sizeof(name), "%s%s", iface, rest), name)
	attr(IN("/bInterfaceNumber"), "04\n");
	attr(IN("/bInterfaceClass"), "ff\n");
	attr(IN("/bInterfaceSubClass"), "ff\n");
	snprintf(value, sizeof(value), "/net/%s/mtu", netdev);
	attr(IN(value), "1500\n");
#undef IN
	snprintf(name, sizeof(name), "%s/driver", iface);
	char *driver_dir = xasprintf("bus/usb/drivers/%s", driver);
	link_to(name, driver_dir);
	snprintf(name, sizeof(name), "devices/pci/usb1/%s/idVendor", usb);
	attr(name, "2c7c\n");
	snprintf(name, sizeof(name), "devices/pci/usb1/%s/idProduct", usb);
	attr(name, pid);
	snprintf(name, sizeof(name), "devices/pci/usb1/%s/serial", usb);
	attr(name, usb);
	snprintf(name, sizeof(name), "class/usbmisc/cdc-wdm%d/device", node);
	link_to(name, iface);
	free(driver_dir);
	free(iface);
}

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(mkdir(dir, 0755), 0);
	sysfs_set_root(dir);
	run_dir = xasprintf("%s/run", dir);
	r = rtnl_open();
	assert_non_null(r);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rtnl_close(r);
	free(run_dir);
	assert_int_equal(remove_tree(dir), 0);
	return 0;
}

/* ---- discovery ----------------------------------------------------------------- */

static void
test_discover(void **state)
{
	struct modem_info m;
	struct modem_match any = {.device = NULL};
	char why[200];
	char key[64];
	(void)state;
	assert_int_equal(discover_find(&any, &m, why, sizeof(why)), -ENODEV);
	add_modem("1-1", 0, "qmi_wwan", "0125\n", "wwan0");
	assert_int_equal(discover_find(&any, &m, why, sizeof(why)), 0);
	assert_string_equal(m.device, "/dev/cdc-wdm0");
	assert_string_equal(m.netdev, "wwan0");
	assert_string_equal(m.usb_path, "1-1");
	assert_string_equal(m.model, "Quectel EC25/EC20/EG25-G");
	assert_int_equal(m.protocol, MODEM_PROTOCOL_QMI);
	assert_int_equal(m.driver, MODEM_DRIVER_QMI_WWAN);
	assert_int_equal(m.ep_iface, 4);
	assert_int_equal(m.dl_size, 4096);
	modem_info_key(&m, key, sizeof(key));
	assert_string_equal(key, "usb-1-1");

	add_modem("1-2", 10, "cdc_mbim", "ffff\n", "wwan1");
	assert_int_equal(discover_find(&any, &m, why, sizeof(why)), -ENOTUNIQ);
	assert_non_null(strstr(why, "cdc-wdm10"));
	struct modem_match second = {.nth = 2}, third = {.nth = 3};
	assert_int_equal(discover_find(&second, &m, why, sizeof(why)), 0);
	assert_string_equal(m.device, "/dev/cdc-wdm10");
	assert_int_equal(discover_find(&third, &m, why, sizeof(why)), -ENODEV);
	struct modem_match by_path = {.usb_path = "1-2"};
	assert_int_equal(discover_find(&by_path, &m, why, sizeof(why)), 0);
	assert_int_equal(
	    m.protocol, MODEM_PROTOCOL_MBIM); /* id unknown: the driver rules */
	struct modem_match by_net = {.netdev = "wwan0.3"};
	assert_int_equal(discover_find(&by_net, &m, why, sizeof(why)), 0);
	assert_string_equal(m.device, "/dev/cdc-wdm0");
	struct modem_match by_serial = {.serial = "1-2"};
	assert_int_equal(discover_find(&by_serial, &m, why, sizeof(why)), 0);
	assert_string_equal(m.device, "/dev/cdc-wdm10");
	struct modem_match by_device = {.device = "/dev/cdc-wdm1"}; /* not cdc-wdm10 */
	assert_int_equal(discover_find(&by_device, &m, why, sizeof(why)), -ENODEV);
	struct modem_match socket = {.device = "/run/modem.sock", .netdev = "wwan7"};
	assert_int_equal(discover_find(&socket, &m, why, sizeof(why)), 0);
	assert_string_equal(m.netdev, "wwan7");
}

static void
test_discover_wrong_mode(void **state)
{
	struct modem_match any = {.device = NULL};
	struct modem_info m;
	char why[200];
	(void)state;
	add_modem("1-1", 0, "huawei_cdc_ncm", "0125\n", "usb0");
	assert_int_equal(discover_find(&any, &m, why, sizeof(why)), -EPROTONOSUPPORT);
	assert_non_null(strstr(why, "usbnet"));
}

static void
test_table(void **state)
{
	(void)state;
	const struct modem_row *last = NULL;
	for (unsigned i = 0; modem_table_row(i); i++) {
		const struct modem_row *row = modem_table_row(i);
		uint32_t id = (uint32_t)row->vid << 16 | row->pid;
		if (last)
			assert_true(id > ((uint32_t)last->vid << 16 | last->pid));
		assert_true(row->qmap == 0 || row->qmap == 1 || row->qmap == 5);
		assert_true((row->qmap == 0) == (row->dl_size == 0));
		last = row;
	}
	assert_int_equal(modem_table_find(0x2c7c, 0x0800)->qmap, 5);
	assert_null(modem_table_find(1, 2));
}

/* ---- mux devices --------------------------------------------------------------- */

static struct modem_info
modem_on(const char *netdev)
{
	struct modem_match match = {.device = "/run/modem.sock", .netdev = netdev};
	struct modem_info m;
	assert_int_equal(discover_find(&match, &m, NULL, 0), 0);
	return m;
}

static struct muxdev_want
want(const struct modem_info *modem, enum muxdev_kind back_end, unsigned index)
{
	return (struct muxdev_want){
	    .modem = modem,
	    .kind = back_end,
	    .index = index,
	    .mux_id = (uint8_t)(0x80 + index),
	    .run_dir = run_dir,
	    .qmap = 1,
	};
}

static void
test_precreated(void **state)
{
	struct modem_info modem = modem_on("wwan0");
	enum muxdev_kind chosen;
	struct muxdev *m, *second;
	struct rtnl_link link;
	char why[200];
	int parent, child;
	(void)state;
	assert_int_equal(rtnl_plain_add(r, kind, "wwan0", &parent), 0);
	assert_int_equal(rtnl_plain_add(r, kind, "wwan0_2", &child), 0);
	assert_int_equal(
	    muxdev_choose(r, &modem, MUXDEV_AUTO, 2, &chosen, why, sizeof(why)), 0);
	assert_int_equal(chosen, MUXDEV_PRECREATED);
	assert_int_equal(
	    muxdev_choose(r, &modem, MUXDEV_AUTO, 3, &chosen, why, sizeof(why)),
	    -EOPNOTSUPP);
	assert_non_null(strstr(why, "number 3"));
	assert_int_equal(
	    muxdev_choose(r, &modem, MUXDEV_QMIMUX, 2, &chosen, why, sizeof(why)),
	    -EOPNOTSUPP);

	attr("class/net/wwan0/link_state", "");
	attr("class/net/wwan0/qmap_mode", "4\n");
	struct muxdev_want w = want(&modem, MUXDEV_PRECREATED, 2);
	assert_int_equal(muxdev_open(r, &w, &m, why, sizeof(why)), 0);
	assert_string_equal(muxdev_name(m), "wwan0_2");
	assert_int_equal(muxdev_ifindex(m), child);
	assert_int_equal(muxdev_mux_id(m), 0x82);
	char text[16];
	assert_int_equal(muxdev_set_link(m, true), 0);
	assert_int_equal(
	    sysfs_read(text, sizeof(text), "class/net/wwan0/link_state"), 0);
	assert_string_equal(text, "2");
	assert_int_equal(muxdev_set_link(m, false), 0);
	assert_int_equal(
	    sysfs_read(text, sizeof(text), "class/net/wwan0/link_state"), 0);
	assert_string_equal(text, "130");
	/* The same mux id is taken, and by whom is said. */
	assert_int_equal(muxdev_open(r, &w, &second, why, sizeof(why)), -EBUSY);
	char *pid = xasprintf("process %ld", (long)getpid());
	assert_non_null(strstr(why, pid));
	free(pid);
	/* Nor may anybody dial without a mux beside it. */
	struct muxdev_want plain = want(&modem, MUXDEV_PLAIN, 1);
	assert_int_equal(muxdev_open(r, &plain, &second, why, sizeof(why)), -EBUSY);
	muxdev_close(m);
	assert_int_equal(
	    rtnl_link_by_name(r, "wwan0_2", &link), 0); /* the driver's stays */
	assert_int_equal(muxdev_open(r, &plain, &second, why, sizeof(why)), 0);
	assert_int_equal(muxdev_ifindex(second), parent);
	assert_int_equal(muxdev_mux_id(second), 0);
	muxdev_close(second);
	assert_int_equal(rtnl_link_del(r, child), 0);
	assert_int_equal(rtnl_link_del(r, parent), 0);
}

/* MBIM: the untagged session beside one whose device is there already. */
static void
test_mbim_sessions(void **state)
{
	struct modem_info modem = modem_on("wwan0");
	enum muxdev_kind chosen;
	struct muxdev *zero, *second;
	char why[200];
	int parent, child;
	(void)state;
	modem.protocol = MODEM_PROTOCOL_MBIM;
	assert_int_equal(rtnl_plain_add(r, kind, "wwan0", &parent), 0);
	assert_int_equal(rtnl_plain_add(r, kind, "wwan0_2", &child), 0);
	assert_int_equal(
	    muxdev_choose(r, &modem, MUXDEV_AUTO, 0, &chosen, why, sizeof(why)), 0);
	assert_int_equal(chosen, MUXDEV_PLAIN);
	assert_int_equal(
	    muxdev_choose(r, &modem, MUXDEV_AUTO, 2, &chosen, why, sizeof(why)), 0);
	assert_int_equal(chosen, MUXDEV_PRECREATED);
	struct muxdev_want w0 = want(&modem, MUXDEV_PLAIN, 0);
	struct muxdev_want w2 = want(&modem, MUXDEV_PRECREATED, 2);
	assert_int_equal(muxdev_open(r, &w2, &second, why, sizeof(why)), 0);
	assert_int_equal(muxdev_open(r, &w0, &zero, why, sizeof(why)), 0);
	assert_int_equal(muxdev_ifindex(zero), parent);
	assert_int_equal(muxdev_ifindex(second), child);
	assert_int_equal(muxdev_mux_id(second), 0);
	muxdev_close(second);
	muxdev_close(zero);
	assert_int_equal(rtnl_link_del(r, child), 0);
	assert_int_equal(rtnl_link_del(r, parent), 0);
}

static void
test_choice_follows_siblings(void **state)
{
	struct modem_info modem = modem_on("wwan0");
	enum muxdev_kind chosen;
	char why[200];
	(void)state;
	attr("class/net/wwan0/qmi/add_mux", "");
	assert_int_equal(
	    muxdev_choose(r, &modem, MUXDEV_AUTO, 1, &chosen, why, sizeof(why)), 0);
	assert_int_equal(chosen, MUXDEV_QMIMUX);
	attr("class/net/qmimux0/qmap/mux_id", "0x81\n");
	link_to("class/net/wwan0/upper_qmimux0", "class/net/qmimux0");
	assert_int_equal(
	    muxdev_choose(r, &modem, MUXDEV_RMNET, 2, &chosen, why, sizeof(why)),
	    -EBUSY);
	assert_non_null(strstr(why, "do not mix"));
}

/*
 * A dialer is killed between writing down its mux and going away: the next one finds
 * the kernel's device under the recorded id, removes it and makes its own.
 */
static void
test_leftover(void **state)
{
	struct modem_info modem = modem_on("wwan0");
	struct muxdev *m;
	char why[200], text[16];
	int parent, child;
	int ready[2];
	(void)state;
	assert_int_equal(rtnl_plain_add(r, kind, "wwan0", &parent), 0);
	assert_int_equal(rtnl_plain_add(r, kind, "qmimux0", &child), 0);
	attr("class/net/wwan0/qmi/add_mux", "");
	attr("class/net/wwan0/qmi/del_mux", "");
	struct muxdev_want w = want(&modem, MUXDEV_QMIMUX, 1);
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* The driver's answer to add_mux is there before it is asked. */
		attr("class/net/qmimux0/qmap/mux_id", "0x90\n");
		link_to("class/net/wwan0/upper_qmimux0", "class/net/qmimux0");
		w.mux_id = 0x90;
		struct rtnl *own = rtnl_open();
		bool ok = own && muxdev_open(own, &w, &m, why, sizeof(why)) == 0;
		if (write(ready[1], ok ? "y" : "n", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	char answer = 0;
	assert_int_equal(read(ready[0], &answer, 1), 1);
	assert_int_equal(answer, 'y');
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* The new one wants another mux id; the old one's is removed all the same. */
	assert_true(muxdev_open(r, &w, &m, why, sizeof(why)) < 0);
	assert_int_equal(
	    sysfs_read(text, sizeof(text), "class/net/wwan0/qmi/del_mux"), 0);
	assert_true(strcmp(text, "0x90") == 0 || strcmp(text, "0x81") == 0);
	char *record = xasprintf("%s/net-wwan0.mux%d", run_dir, 0x90);
	assert_int_equal(access(record, F_OK), -1);
	free(record);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(rtnl_link_del(r, child), 0);
	assert_int_equal(rtnl_link_del(r, parent), 0);
}

/* ---- preparation --------------------------------------------------------------- */

struct dialer_seen {
	struct event_base *base;
	int first, ready, failed;
	int wanted; /* results until the loop ends */
};

static void
seen(struct prepare *p, enum prepare_result result, void *arg)
{
	struct dialer_seen *s = arg;
	(void)p;
	s->first += result == PREPARE_FIRST;
	s->ready += result == PREPARE_READY;
	s->failed += result == PREPARE_FAILED;
	if (--s->wanted == 0)
		event_base_loopbreak(s->base);
}

static void
wait_for(struct dialer_seen *s, int results)
{
	s->wanted = results;
	event_base_dispatch(s->base);
	assert_int_equal(s->wanted, 0);
}

static void
test_prepare(void **state)
{
	struct modem_info modem = modem_on("wwan0");
	struct dialer_seen s = {.base = loop_new()};
	struct prepare_want w = {
	    .modem = &modem, .kind = MUXDEV_PRECREATED, .run_dir = run_dir};
	struct rtnl_link link;
	int parent;
	(void)state;
	assert_int_equal(rtnl_plain_add(r, kind, "wwan0", &parent), 0);
	struct prepare *a = prepare_begin(s.base, r, &w, seen, &s);
	wait_for(&s, 1);
	assert_int_equal(s.first, 1);
	/* The second waits for the first one's lock, and hears nothing meanwhile. */
	struct prepare *b = prepare_begin(s.base, r, &w, seen, &s);
	event_base_loop(s.base, EVLOOP_NONBLOCK);
	assert_int_equal(s.first + s.ready + s.failed, 1);
	/* The first one dies: the second is first now. */
	prepare_free(a);
	wait_for(&s, 1);
	assert_int_equal(s.first, 2);
	struct prepare_format format = {.raw_ip = true, .qmap = 1, .dl_max_size = 4096};
	assert_int_equal(prepare_done(b, &format), 0);
	assert_int_equal(rtnl_link_by_index(r, parent, &link), 0);
	assert_true(link.flags & IFF_UP);
	a = prepare_begin(s.base, r, &w, seen, &s);
	wait_for(&s, 1);
	assert_int_equal(s.ready, 1);
	assert_int_equal(prepare_format(a)->dl_max_size, 4096);
	/* The modem contradicts the note. */
	prepare_redo(a);
	wait_for(&s, 1);
	assert_int_equal(s.first, 3);
	assert_int_equal(prepare_done(a, &format), 0);
	/* b saw the same stale note, but a has repaired it since. */
	prepare_redo(b);
	wait_for(&s, 1);
	assert_int_equal(s.ready, 2);
	/* A parent that is down makes the note worthless. */
	assert_int_equal(rtnl_link_up(r, parent, false), 0);
	prepare_free(b);
	b = prepare_begin(s.base, r, &w, seen, &s);
	wait_for(&s, 1);
	assert_int_equal(s.first, 4);
	prepare_free(a);
	prepare_free(b);
	assert_int_equal(rtnl_link_del(r, parent), 0);
	event_base_free(s.base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_discover, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_discover_wrong_mode, setup, teardown),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test_setup_teardown(test_precreated, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mbim_sessions, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_choice_follows_siblings, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_leftover, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_prepare, setup, teardown),
	};
	if (!netns_enter() || !(kind = netns_device_kind()))
		return TEST_SKIPPED;
	alarm(60); /* nothing here waits that long, unless for ever */
	if (!mkdtemp(dir))
		return 1;
	rmdir(dir);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
