/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uevents: the kernel's format, and a real one of a device that comes and goes.
 */
#include "config.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/loop.h"
#include "common/uevent.h"
#include "tests/unit/netns.h"

static const char *kind;

static void
test_parse(void **state)
{
	static const char add[] = "add@/devices/pci/usb1/1-1/1-1:1.4/usbmisc/cdc-wdm0\0"
				  "ACTION=add\0SUBSYSTEM=usbmisc\0DEVNAME=cdc-wdm0\0"
				  "MAJOR=180";
	struct uevent ev;
	(void)state;
	assert_true(uevent_parse(add, sizeof(add), &ev));
	assert_int_equal(ev.action, UEVENT_ADD);
	assert_string_equal(ev.subsystem, "usbmisc");
	assert_string_equal(ev.devname, "cdc-wdm0");
	assert_string_equal(ev.interface, "");
	assert_true(uevent_below(&ev, "1-1"));
	assert_true(uevent_below(&ev, "1-1:1.4"));
	assert_false(uevent_below(&ev, "1-"));
	assert_false(uevent_below(&ev, ""));
	assert_false(uevent_parse(add, 20, &ev)); /* not ended by a NUL */
	assert_false(uevent_parse("", 0, &ev));
	assert_false(uevent_parse("libudev", 8, &ev));
	assert_true(uevent_parse("unbind@/x", 10, &ev));
	assert_int_equal(ev.action, UEVENT_UNBIND);
	assert_true(uevent_parse("adds@/x", 8, &ev));
	assert_int_equal(ev.action, UEVENT_OTHER);
}

struct heard {
	struct event_base *base;
	struct uevent_monitor *monitor;
	int added;
};

static void
hear(const struct uevent *ev, void *arg)
{
	struct heard *h = arg;
	if (strcmp(ev->subsystem, "net") != 0 || strcmp(ev->interface, "d9") != 0)
		return;
	h->added += ev->action == UEVENT_ADD;
	if (ev->action != UEVENT_REMOVE)
		return;
	uevent_monitor_free(h->monitor); /* allowed from inside */
	event_base_loopbreak(h->base);
}

static void
test_monitor(void **state)
{
	struct heard h = {.base = loop_new()};
	struct rtnl *r = rtnl_open();
	int index;
	(void)state;
	h.monitor = uevent_monitor_new(h.base, hear, &h);
	assert_non_null(h.monitor);
	assert_int_equal(rtnl_plain_add(r, kind, "d9", &index), 0);
	assert_int_equal(rtnl_link_del(r, index), 0);
	event_base_dispatch(h.base);
	assert_int_equal(h.added, 1);
	rtnl_close(r);
	event_base_free(h.base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_monitor),
	};
	if (!netns_enter() || !(kind = netns_device_kind()))
		return TEST_SKIPPED;
	alarm(60); /* nothing here waits that long, unless for ever */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
