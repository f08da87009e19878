/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From control nodes to modems.
 *
 * Three classes have control nodes: usbmisc (cdc-wdm), wwan (ports of the WWAN
 * framework) and GobiQMI.  Each node's "device" link leads to the interface (or the
 * framework's device); driver, ids and network device hang from there.  A node whose
 * network device lives in another namespace is still a modem: its netdev is "".
 * Whether it is QMI or MBIM follows the port's type, else the driver, else the
 * interface's class: reference/kernel.md 1.2.
 */
#include "config.h"

#include "client/discover.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/modem_table.h"
#include "common/sysfs.h"

#define DL_SIZE_UNKNOWN 4096 /* bytes: what every QMAP modem does */
#define MODEMS_MAX 64

struct driver_row {
	const char *name;
	enum modem_driver driver;
	enum modem_protocol protocol;
};

static const struct driver_row drivers[] = {
    {"qmi_wwan", MODEM_DRIVER_QMI_WWAN, MODEM_PROTOCOL_QMI},
    {"qmi_wwan_q", MODEM_DRIVER_QMI_WWAN_Q, MODEM_PROTOCOL_QMI},
    {"GobiNet", MODEM_DRIVER_GOBINET, MODEM_PROTOCOL_QMI},
    {"cdc_mbim", MODEM_DRIVER_CDC_MBIM, MODEM_PROTOCOL_MBIM},
    {"cdc_ether", MODEM_DRIVER_UNKNOWN, MODEM_PROTOCOL_NONE},
    {"cdc_ncm", MODEM_DRIVER_UNKNOWN, MODEM_PROTOCOL_NONE},
    {"rndis_host", MODEM_DRIVER_UNKNOWN, MODEM_PROTOCOL_NONE},
    {"huawei_cdc_ncm", MODEM_DRIVER_UNKNOWN, MODEM_PROTOCOL_NONE},
};

static void
copy_text(char *ret, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);
	memcpy(ret, text, len);
	ret[len] = '\0';
}

/* ---- one modem ----------------------------------------------------------------- */

/* ff: QMI, 02/0e: MBIM; for drivers that we do not know. */
static enum modem_protocol
protocol_by_class(const char *syspath)
{
	unsigned long class = 0, subclass = 0;
	if (sysfs_read_uint(&class, 16, "%s/bInterfaceClass", syspath) < 0)
		return MODEM_PROTOCOL_NONE;
	(void)sysfs_read_uint(&subclass, 16, "%s/bInterfaceSubClass", syspath);
	if (class == 0xff)
		return MODEM_PROTOCOL_QMI;
	if (class == 0x02 && subclass == 0x0e)
		return MODEM_PROTOCOL_MBIM;
	return MODEM_PROTOCOL_NONE;
}

static void
read_driver(struct modem_info *m)
{
	if (sysfs_link_name(
		m->driver_name, sizeof(m->driver_name), "%s/driver", m->syspath) < 0)
		m->driver_name[0] = '\0';
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (strcmp(drivers[i].name, m->driver_name) != 0)
			continue;
		m->driver = drivers[i].driver;
		m->protocol = drivers[i].protocol;
		return;
	}
	m->protocol = protocol_by_class(m->syspath);
}

static bool
take_netdev(const char *name, void *arg)
{
	struct modem_info *m = arg;
	unsigned long index = 0;
	if (strlen(name) >= sizeof(m->netdev))
		return true;
	copy_text(m->netdev, sizeof(m->netdev), name);
	if (sysfs_read_uint(&index, 10, "class/net/%s/ifindex", name) == 0)
		m->ifindex = (int)index;
	return false;
}

static void
read_netdev(struct modem_info *m)
{
	char path[sizeof(m->syspath) + 8];
	snprintf(path, sizeof(path), "%s/net", m->syspath);
	(void)sysfs_list(path, take_netdev, m);
}

/* The USB device is the interface's parent directory. */
static void
read_usb(struct modem_info *m)
{
	char device[sizeof(m->syspath)];
	unsigned long number;
	copy_text(device, sizeof(device), m->syspath);
	char *slash = strrchr(device, '/');
	if (!slash || !sysfs_exists("%s/bInterfaceNumber", m->syspath))
		return;
	*slash = '\0';
	const char *name = strrchr(device, '/');
	copy_text(m->usb_path, sizeof(m->usb_path), name ? name + 1 : device);
	m->ep_type = MODEM_EP_HSUSB;
	if (sysfs_read_uint(&number, 16, "%s/bInterfaceNumber", m->syspath) == 0)
		m->ep_iface = (uint8_t)number;
	if (sysfs_read_uint(&number, 16, "%s/idVendor", device) == 0)
		m->vid = (uint16_t)number;
	if (sysfs_read_uint(&number, 16, "%s/idProduct", device) == 0)
		m->pid = (uint16_t)number;
	if (sysfs_read(m->serial, sizeof(m->serial), "%s/serial", device) < 0)
		m->serial[0] = '\0';
	if (sysfs_read(m->model, sizeof(m->model), "%s/product", device) < 0)
		m->model[0] = '\0';
}

static void
read_table(struct modem_info *m)
{
	const struct modem_row *row = modem_table_find(m->vid, m->pid);
	m->qmap_max = row ? row->qmap : 1;
	m->dl_size = row ? row->dl_size : DL_SIZE_UNKNOWN;
	if (row)
		copy_text(m->model, sizeof(m->model), row->model);
}

/* Everything below an interface's (or framework device's) directory. */
static void
describe(struct modem_info *m)
{
	read_driver(m);
	read_netdev(m);
	read_usb(m);
	read_table(m);
}

static bool
describe_usb(const char *class, const char *node, struct modem_info *ret)
{
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->device, sizeof(ret->device), "/dev/%s", node);
	if (sysfs_realpath(ret->syspath, sizeof(ret->syspath), "class/%s/%s/device",
		class, node) < 0)
		return false;
	describe(ret);
	if (strcmp(class, "GobiQMI") == 0) {
		ret->driver = MODEM_DRIVER_GOBINET;
		ret->protocol = MODEM_PROTOCOL_QMI;
	}
	return true;
}

/* The network device whose "device" is the framework's one: link 0, made by itself. */
static bool
take_wwan_netdev(const char *name, void *arg)
{
	struct modem_info *m = arg;
	char owner[PATH_MAX];
	if (sysfs_realpath(owner, sizeof(owner), "class/net/%s/device", name) < 0)
		return true;
	size_t len = strlen(m->syspath);
	if (strncmp(owner, m->syspath, len) != 0 ||
	    (owner[len] != '\0' && owner[len] != '/'))
		return true;
	return take_netdev(name, m);
}

/*
 * /sys/class/wwan/wwan0qmi0: "type" says what it speaks, its parent directory is the
 * framework's device, and above that stands the bus device.
 */
static bool
describe_wwan(const char *port, struct modem_info *ret)
{
	char type[16];
	char real[PATH_MAX];
	memset(ret, 0, sizeof(*ret));
	if (sysfs_read(type, sizeof(type), "class/wwan/%s/type", port) < 0)
		return false;
	if (strcmp(type, "QMI") == 0)
		ret->protocol = MODEM_PROTOCOL_QMI;
	else if (strcmp(type, "MBIM") == 0)
		ret->protocol = MODEM_PROTOCOL_MBIM;
	else
		return false;
	if (sysfs_realpath(real, sizeof(real), "class/wwan/%s", port) < 0)
		return false;
	snprintf(ret->device, sizeof(ret->device), "/dev/%s", port);
	enum modem_protocol protocol = ret->protocol;
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(real, '/');
		if (!slash)
			return false;
		*slash = '\0';
		const char *name = strrchr(real, '/');
		if (up == 0 && name)
			copy_text(ret->wwan_dev, sizeof(ret->wwan_dev), name + 1);
		/* .../<bus device>/wwan/wwan0: the class directory is no device. */
		if (name && strcmp(name, "/wwan") == 0)
			up--;
	}
	copy_text(ret->syspath, sizeof(ret->syspath), real);
	describe(ret);
	ret->protocol = protocol;
	if (ret->driver == MODEM_DRIVER_UNKNOWN) {
		ret->driver = MODEM_DRIVER_WWAN;
		ret->ep_type = MODEM_EP_PCIE;
	}
	if (ret->netdev[0] == '\0')
		(void)sysfs_list("class/net", take_wwan_netdev, ret);
	return true;
}

/* ---- all modems ---------------------------------------------------------------- */

struct gather {
	const char *class;
	struct modem_info *list;
	size_t max;
	size_t count;
};

static bool
is_known_interface(const struct gather *g, const struct modem_info *m)
{
	for (size_t i = 0; i < g->count && i < g->max; i++)
		if (strcmp(g->list[i].syspath, m->syspath) == 0)
			return true;
	return false;
}

static bool
gather_node(const char *name, void *arg)
{
	struct gather *g = arg;
	struct modem_info m;
	if (strcmp(g->class, "usbmisc") == 0 && strncmp(name, "cdc-wdm", 7) != 0)
		return true;
	bool is_modem = strcmp(g->class, "wwan") == 0
			    ? describe_wwan(name, &m)
			    : describe_usb(g->class, name, &m);
	/* With CONFIG_WWAN=y a USB modem has a node of each class: the first counts. */
	if (!is_modem || is_known_interface(g, &m))
		return true;
	if (g->count < g->max)
		g->list[g->count] = m;
	g->count++;
	return true;
}

int
discover_all(struct modem_info *ret, size_t max)
{
	static const char *const classes[] = {"usbmisc", "wwan", "GobiQMI"};
	struct gather g = {.list = ret, .max = max};
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		char path[32];
		g.class = classes[i];
		snprintf(path, sizeof(path), "class/%s", classes[i]);
		int rc = sysfs_list(path, gather_node, &g);
		if (rc < 0)
			return rc;
	}
	return (int)g.count;
}

/* ---- the one that is meant ----------------------------------------------------- */

static bool
given(const char *s)
{
	return s && s[0] != '\0';
}

static bool
match_device(const char *wanted, const struct modem_info *m)
{
	const char *name = strncmp(wanted, "/dev/", 5) == 0 ? wanted + 5 : wanted;
	return strcmp(name, m->device + 5) == 0;
}

/* wwan0, or a device that stands on it: wwan0.1, wwan0_1, a renamed mux. */
static bool
match_netdev(const char *wanted, const struct modem_info *m)
{
	size_t len = strlen(m->netdev);
	if (len == 0)
		return false;
	if (strcmp(wanted, m->netdev) == 0)
		return true;
	if (sysfs_exists("class/net/%s/upper_%s", m->netdev, wanted))
		return true;
	if (strncmp(wanted, m->netdev, len) != 0 || !strchr("._", wanted[len]))
		return false;
	return wanted[len] != '\0' &&
	       strspn(wanted + len + 1, "0123456789") == strlen(wanted + len + 1);
}

static bool
matches(const struct modem_match *match, const struct modem_info *m)
{
	if (given(match->device) && !match_device(match->device, m))
		return false;
	if (given(match->netdev) && !match_netdev(match->netdev, m))
		return false;
	if (given(match->usb_path) && strcmp(match->usb_path, m->usb_path) != 0)
		return false;
	return !given(match->serial) || strcmp(match->serial, m->serial) == 0;
}

/* A socket, a PTY: sysfs has nothing to say, so it is what the user says it is. */
static bool
is_outside_sysfs(const struct modem_match *match)
{
	const char *name = match->device;
	if (!given(name) || name[0] != '/')
		return given(name) && name[0] == '@';
	if (strncmp(name, "/dev/", 5) != 0 || strncmp(name, "/dev/pts/", 9) == 0)
		return true;
	return false;
}

static void
describe_outside(const struct modem_match *match, struct modem_info *ret)
{
	unsigned long index;
	memset(ret, 0, sizeof(*ret));
	copy_text(ret->device, sizeof(ret->device), match->device);
	if (given(match->netdev))
		copy_text(ret->netdev, sizeof(ret->netdev), match->netdev);
	if (ret->netdev[0] != '\0' &&
	    sysfs_read_uint(&index, 10, "class/net/%s/ifindex", ret->netdev) == 0)
		ret->ifindex = (int)index;
	ret->protocol = MODEM_PROTOCOL_QMI;
	ret->ep_type = MODEM_EP_HSUSB;
	ret->ep_iface = 4; /* where nearly all have it */
	ret->qmap_max = 1;
	ret->dl_size = DL_SIZE_UNKNOWN;
}

static int __attribute__((format(printf, 4, 5)))
because(int rc, char *why, size_t size, const char *fmt, ...)
{
	va_list ap;
	if (!why || size == 0)
		return rc;
	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return rc;
}

static int
pick(const struct modem_match *match, const struct modem_info *list, size_t count,
    struct modem_info *ret, char *why, size_t size)
{
	const struct modem_info *found = NULL;
	unsigned skip = match->nth;
	for (size_t i = 0; i < count; i++) {
		if (!matches(match, &list[i]))
			continue;
		/* A node that nobody can dial through is no competitor. */
		bool usable = list[i].protocol != MODEM_PROTOCOL_NONE;
		if (match->nth != 0 && (!usable || --skip != 0))
			continue;
		if (match->nth != 0) {
			*ret = list[i];
			return 0;
		}
		if (found && found->protocol != MODEM_PROTOCOL_NONE && usable)
			return because(-ENOTUNIQ, why, size,
			    "%s and %s both match: choose one (--device, or usb_path "
			    "in the "
			    "configuration)",
			    found->device, list[i].device);
		if (!found || usable)
			found = &list[i];
	}
	if (!found)
		return because(-ENODEV, why, size, "%s",
		    count == 0 ? "no modem found: is it plugged in, and is its driver "
				 "(qmi_wwan, cdc_mbim) loaded?"
			       : "none of the modems present is the one asked for");
	if (found->protocol == MODEM_PROTOCOL_NONE)
		return because(-EPROTONOSUPPORT, why, size,
		    "%s (driver %s) speaks neither QMI nor MBIM: switch the module's "
		    "USB mode "
		    "(AT+QCFG=\"usbnet\")",
		    found->device, found->driver_name);
	*ret = *found;
	return 0;
}

int
discover_find(
    const struct modem_match *match, struct modem_info *ret, char *why, size_t why_size)
{
	if (is_outside_sysfs(match)) {
		describe_outside(match, ret);
		return 0;
	}
	struct modem_info *list = calloc(MODEMS_MAX, sizeof(*list));
	if (!list)
		return -ENOMEM;
	int n = discover_all(list, MODEMS_MAX);
	int rc = n;
	if (n < 0)
		because(n, why, why_size, "cannot read sysfs: %s", strerror(-n));
	else
		rc = pick(match, list, n > MODEMS_MAX ? MODEMS_MAX : (size_t)n, ret,
		    why, why_size);
	free(list);
	return rc;
}

bool
modem_info_same(const struct modem_info *a, const struct modem_info *b)
{
	return strcmp(a->syspath, b->syspath) == 0 &&
	       strcmp(a->device, b->device) == 0 && strcmp(a->netdev, b->netdev) == 0 &&
	       a->ifindex == b->ifindex && strcmp(a->serial, b->serial) == 0;
}

void
modem_info_key(const struct modem_info *m, char *ret, size_t size)
{
	/* A parent device has one data pipe, whatever reaches its control channel. */
	if (m->usb_path[0] != '\0')
		snprintf(ret, size, "usb-%s", m->usb_path);
	else if (m->wwan_dev[0] != '\0')
		snprintf(ret, size, "wwan-%s", m->wwan_dev);
	else if (m->netdev[0] != '\0')
		snprintf(ret, size, "net-%s", m->netdev);
	else
		snprintf(ret, size, "dev-%s", m->device);
	for (char *p = ret; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789-_.",
			*p))
			*p = '_';
}
