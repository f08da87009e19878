/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of the proxies: what is taken, what is refused, and how a network
 * interface leads to its control device in each of the kernel's ways (sysfs of files).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/sysfs.h"
#include "proxy/device.h"
#include "proxy/options.h"
#include "tests/unit/check.h"
#include "tests/unit/remove_tree.h"

static const struct broker_protocol protocol = {
    .program = "qmi-proxy",
    .vendor_name = "quectel-qmi-proxy",
    .spawned_as = "/usr/libexec/qmi-proxy",
    .foreign_driver = "cdc_mbim",
    .port_type = "QMI",
};

static struct options options;

static enum options_result
parse(const char *const *words)
{
	char *argv[OPTIONS_DEVICES_MAX + 8];
	int argc = 0;

	for (; words[argc]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc];
	argv[argc] = NULL;
	optind = 0; /* from the start again */
	return options_parse(&protocol, argc, argv, &options);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

static void
defaults(void **state)
{
	(void)state;
	unsetenv("RUNTIME_DIRECTORY");
	assert_int_equal(PARSE("qmi-proxy"), OPTIONS_RUN);
	assert_int_equal(options.devices_count, 1);
	assert_string_equal(options.devices[0], "/dev/cdc-wdm0");
	assert_string_equal(options.broker.runtime_dir, RUNSTATEDIR "/pdnmux");
	assert_int_equal(options.broker.socket_mode, 0660);
	assert_true(options.broker.socket_uid == (uid_t)-1);
	assert_true(options.broker.socket_gid == (gid_t)-1);
	assert_int_equal(options.broker.access.users_count, 0);
	assert_int_equal(options.broker.empty_timeout_s, 0);
	assert_false(options.is_spawned);
	setenv("RUNTIME_DIRECTORY", "/run/of/systemd", 1);
	assert_int_equal(PARSE("qmi-proxy"), OPTIONS_RUN);
	assert_string_equal(options.broker.runtime_dir, "/run/of/systemd");
	assert_int_equal(PARSE("qmi-proxy", "--runtime-dir", "/x"), OPTIONS_RUN);
	assert_string_equal(options.broker.runtime_dir, "/x");
	unsetenv("RUNTIME_DIRECTORY");
}

static void
as_libqmi_starts_it(void **state)
{
	(void)state;
	assert_int_equal(PARSE("/usr/libexec/qmi-proxy"), OPTIONS_RUN);
	assert_true(options.is_spawned);
	assert_int_equal(options.devices_count, 0);
	assert_int_equal(options.broker.empty_timeout_s, 300);
	/* with arguments somebody else has started it */
	assert_int_equal(PARSE("/usr/libexec/qmi-proxy", "-v"), OPTIONS_RUN);
	assert_false(options.is_spawned);
	assert_int_equal(options.broker.empty_timeout_s, 0);
}

static void
all_together(void **state)
{
	const struct broker_config *b = &options.broker;

	(void)state;
	assert_int_equal(
	    PARSE("qmi-proxy", "-d", "/dev/a", "--device=/dev/b", "--alias", "one",
		"--alias=two", "--grace=0", "--max-requests=7", "--hide-device",
		"--socket-mode=600", "--socket-owner=0", "-v"),
	    OPTIONS_RUN);
	assert_int_equal(options.devices_count, 2);
	assert_string_equal(options.devices[1], "/dev/b");
	assert_int_equal(options.aliases_count, 2);
	assert_string_equal(options.aliases[0], "one");
	assert_int_equal(b->channel.router.grace_ms, -1); /* 0 would be the default */
	assert_int_equal(b->channel.router.max_requests, 7);
	assert_true(b->channel.is_hidden && b->channel.is_verbose);
	assert_int_equal(b->socket_mode, 0600);
	assert_int_equal(b->socket_uid, 0);
	assert_int_equal(PARSE("qmi-proxy", "--allow-user=root", "--allow-user=1234",
			     "--allow-group=4321", "--empty-timeout=5"),
	    OPTIONS_RUN);
	assert_int_equal(b->access.users_count, 2);
	assert_int_equal(b->access.users[1], 1234);
	assert_int_equal(b->access.groups[0], 4321);
	assert_int_equal(b->empty_timeout_s, 5);
	assert_int_equal(
	    PARSE("qmi-proxy", "--empty-timeout=5", "--no-exit"), OPTIONS_RUN);
	assert_int_equal(b->empty_timeout_s, 0);
}

static void
more_than_there_is_room_for(void **state)
{
	const char *words[OPTIONS_DEVICES_MAX + 4] = {"qmi-proxy"};
	static const struct {
		const char *word;
		unsigned max;
	} cases[] = {{"--allow-user=7", ACCESS_MAX}, {"--allow-group=7", ACCESS_MAX},
	    {"--alias=x", OPTIONS_ALIASES_MAX}, {"--device=x", OPTIONS_DEVICES_MAX}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (unsigned n = 1; n <= cases[i].max; n++)
			words[n] = cases[i].word;
		words[cases[i].max + 1] = NULL;
		assert_int_equal(parse(words), OPTIONS_RUN);
		words[cases[i].max + 1] = cases[i].word;
		words[cases[i].max + 2] = NULL;
		assert_int_equal(parse(words), OPTIONS_WRONG);
	}
}

/* ---- a network interface and its control device ---- */

static void
make(const char *root, const char *path)
{
	char at[512], *slash;

	snprintf(at, sizeof(at), "%s/%s", root, path);
	for (slash = at + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(at, 0755);
		*slash = '/';
	}
	mkdir(at, 0755);
}

static void
write_file(const char *root, const char *path, const char *text)
{
	char at[512];
	int fd;

	snprintf(at, sizeof(at), "%s/%s", root, path);
	fd = open(at, O_WRONLY | O_CREAT, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}

static void
an_interface_leads_to_its_device(void **state)
{
	static const struct {
		const char *netdev, *device;
	} cases[] = {{"wwan0", "/dev/cdc-wdm3"}, {"usb0", "/dev/qcqmi1"},
	    {"wwan7", "/dev/wwan7qmi0"}, {"eth0", NULL}, {"none", NULL},
	    {"../net/wwan0", NULL}};
	char root[] = "/tmp/pdnmux-sysfs-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(root));
	make(root, "class/net/wwan0/device/usbmisc/cdc-wdm3");
	make(root, "class/net/usb0/device/GobiQMI/qcqmi1");
	make(root, "class/net/wwan7/device/power");
	make(root, "class/net/wwan7/device/wwan7at0");
	make(root, "class/net/wwan7/device/wwan7qmi0");
	make(root, "class/wwan/wwan7at0");
	make(root, "class/wwan/wwan7qmi0");
	write_file(root, "class/wwan/wwan7at0/type", "AT\n");
	write_file(root, "class/wwan/wwan7qmi0/type", "QMI\n");
	make(root, "class/net/eth0/device/net");
	sysfs_set_root(root);
	for (size_t n = 0; n < COUNT(cases); n++) {
		enum options_result r = PARSE("qmi-proxy", "-i", cases[n].netdev);

		assert_int_equal(r, cases[n].device ? OPTIONS_RUN : OPTIONS_WRONG);
		if (cases[n].device)
			assert_string_equal(options.devices[0], cases[n].device);
	}
	sysfs_set_root(NULL);
	assert_int_equal(remove_tree(root), 0);
}

/* What may be opened for whom: /dev/null plays the control device of each kind. */
static void
what_a_program_may_name(void **state)
{
	char root[] = "/tmp/pdnmux-sysfs-XXXXXX", link[128];

	(void)state;
	assert_int_equal(device_check("/dev/null", 0, NULL), 0);
	assert_int_equal(device_check("/dev/null", 1000, NULL), -EACCES);
	assert_int_equal(device_check("/etc/passwd", 0, NULL), -ENODEV);
	assert_int_equal(device_check("/nonexistent", 0, NULL), -ENOENT);
	assert_non_null(mkdtemp(root));
	make(root, "class/usbmisc");
	make(root, "bus/drivers/cdc_mbim");
	make(root, "dev/char/1:3/device");
	snprintf(link, sizeof(link), "%s/dev/char/1:3/subsystem", root);
	assert_int_equal(symlink("../../../class/usbmisc", link), 0);
	snprintf(link, sizeof(link), "%s/dev/char/1:3/device/driver", root);
	assert_int_equal(symlink("../../../../bus/drivers/cdc_mbim", link), 0);
	sysfs_set_root(root);
	assert_int_equal(device_check("/dev/null", 1000, "qmi_wwan"), 0);
	assert_int_equal(device_check("/dev/null", 0, "cdc_mbim"), -EPROTONOSUPPORT);
	sysfs_set_root(NULL);
	assert_int_equal(remove_tree(root), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(as_libqmi_starts_it),
	    cmocka_unit_test(all_together),
	    cmocka_unit_test(more_than_there_is_room_for),
	    cmocka_unit_test(an_interface_leads_to_its_device),
	    cmocka_unit_test(what_a_program_may_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
