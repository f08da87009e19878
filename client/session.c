/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs of pdn.h on a real machine.
 *
 * The modem is looked for at each attempt: after a reset it may have another node and
 * another name.  Once found it is known by its USB path, and the kernel's uevents say
 * when it goes and when it is back; nothing is polled.  While the dialer opens its
 * port, prepare.h readies the parent device in parallel; both must be done before the
 * dialer's PREPARE, because that one needs to know what data format the host can take.
 * So the end of OPEN is held back here until prepare has called.
 *
 * With PREPARE_FIRST the modem's lock is ours until the end of the dialer's PREPARE
 * tells what was agreed; an attempt that fails before gives it up with prepare_free().
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/dialer.h"
#include "client/discover.h"
#include "client/instance.h"
#include "client/ipconf.h"
#include "client/muxdev.h"
#include "client/options.h"
#include "client/pdn.h"
#include "client/port.h"
#include "client/prepare.h"
#include "client/resolv.h"
#include "client/session.h"
#include "client/udev.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/rtnl.h"
#include "common/sysfs.h"
#include "common/uevent.h"
#include "common/xmem.h"

#define SESSION_SHUTDOWN_MS 10000

struct session {
	struct event_base *base;
	struct session_config config;
	struct rtnl *rtnl;
	struct uevent_monitor *uevents; /* NULL: we look again by time */
	struct rtnl_monitor *links; /* NULL: what others do to our device goes unseen */
	struct udev_watch *udev;    /* NULL: nobody renames what the kernel named */
	struct modem_info modem;    /* as found last */
	bool absent;                /* and it is not there now */
	unsigned nth;               /* with an IMEI: which candidate is asked */
	char key[64];               /* of the modem as found last */
	char lock_key[64];          /* under which the lock was taken */
	uint8_t lock_channel;
	int lock_fd;
	struct pdn *pdn;
	bool pin_tried;

	/* One attempt. */
	enum muxdev_kind kind;
	enum modem_protocol protocol;
	struct dialer *dialer;
	dialer_event_fn *event; /* pdn's */
	void *event_arg;
	struct prepare *prepare;
	bool prepare_pending;
	bool prepare_first;
	bool opened; /* OPEN is done and held back */
	struct dialer_event held;

	/* What is on the host. */
	struct muxdev *muxdev;
	struct ipconf *ipconf;
	struct resolv *resolv;
};

static const char *
session_str(const char *s)
{
	return s != NULL && s[0] != '\0' ? s : NULL;
}

/*
 * Where the modem is now.  The one we had is known by its place, whatever its node and
 * network device are called today; only if nothing is there the user's words count
 * again.
 */
static int
session_look(const struct session *s, struct modem_info *ret, char *why, size_t size)
{
	const struct conf_modem *m = s->config.modem;
	const struct modem_match match = {
	    .device = session_str(m->device),
	    .netdev = session_str(m->netdev),
	    .usb_path = session_str(m->usb_path),
	    .serial = session_str(m->serial),
	    .nth = m->imei[0] != '\0' ? s->nth : 0,
	};
	const struct modem_match same = {
	    .usb_path = s->modem.usb_path,
	    .serial = session_str(m->serial),
	};

	if (s->modem.usb_path[0] != '\0' && discover_find(&same, ret, NULL, 0) == 0)
		return 0;
	return discover_find(&match, ret, why, size);
}

/* What a proxy of that name speaks; NONE: the name does not say. */
static enum modem_protocol
session_proxy_protocol(const struct session *s)
{
	const char *slash = strrchr(s->config.modem->proxy, '/');
	const char *name = slash != NULL ? slash + 1 : s->config.modem->proxy;

	if (strstr(name, "mbim") != NULL)
		return MODEM_PROTOCOL_MBIM;
	return strstr(name, "qmi") != NULL ? MODEM_PROTOCOL_QMI : MODEM_PROTOCOL_NONE;
}

/*
 * What the control channel speaks: as told, else as the proxy's name says, else as the
 * driver does.
 */
static enum modem_protocol
session_choose_protocol(const struct session *s)
{
	enum modem_protocol named = session_proxy_protocol(s);

	switch ((enum conf_protocol)s->config.modem->protocol) {
	case CONF_PROTOCOL_QMI: return MODEM_PROTOCOL_QMI;
	case CONF_PROTOCOL_MBIM: return MODEM_PROTOCOL_MBIM;
	case CONF_PROTOCOL_AUTO: break;
	}
	return named != MODEM_PROTOCOL_NONE ? named : s->modem.protocol;
}

/* QMI was asked for, and there is an MBIM function to carry it. */
static bool
session_tunnels(const struct session *s)
{
	return s->protocol == MODEM_PROTOCOL_QMI &&
	       s->modem.protocol == MODEM_PROTOCOL_MBIM;
}

/* What a socket or PTY speaks is what we say that it does. */
static enum modem_protocol
session_told_protocol(const struct session *s)
{
	return session_proxy_protocol(s) == MODEM_PROTOCOL_MBIM ? MODEM_PROTOCOL_MBIM
								: s->protocol;
}

/*
 * Profile number or MBIM session.  Without -n the familiar tool dials profile 1 or the
 * untagged session 0.
 */
static uint8_t
session_channel(const struct session *s)
{
	const struct options *o = s->config.options;

	if (s->protocol == MODEM_PROTOCOL_MBIM && o->conf_file == NULL &&
	    !o->has_channel)
		return 0;
	return (uint8_t)s->config.pdn->channel;
}

/* Number of the data device: MBIM's is its session's. */
static unsigned
session_index(const struct session *s)
{
	const struct options *o = s->config.options;

	if (s->protocol == MODEM_PROTOCOL_MBIM || o->conf_file != NULL)
		return session_channel(s);
	return o->mux;
}

/* Finds the modem; 0 or -errno with *ret_why. */
static int
session_find(struct session *s, struct failure *ret_why)
{
	struct modem_info found;
	char why[FAILURE_TEXT_MAX] = "";
	int r = session_look(s, &found, why, sizeof(why));

	s->absent = r < 0;
	if (r < 0) {
		failure_set(ret_why, FAILURE_NO_MODEM, FAILURE_RETRY_BACKOFF, NULL,
		    "%s", why[0] != '\0' ? why : strerror(-r));
		return r;
	}
	s->modem = found;
	modem_info_key(&s->modem, s->key, sizeof(s->key));
	s->protocol = session_choose_protocol(s);
	if (s->modem.syspath[0] == '\0')
		s->modem.protocol = session_told_protocol(s);
	return 0;
}

/*
 * Not before udev has named it: a device that is up keeps the name it has.  Who does
 * not wait for a modem takes the one that is there as it is.
 */
static int
session_settled(struct session *s, bool waited, struct failure *ret_why)
{
	if ((!waited && !s->config.options->keep_trying) ||
	    udev_watch_settled(s->udev, s->modem.ifindex))
		return 0;
	s->absent = true;
	failure_set(ret_why, FAILURE_NO_MODEM, FAILURE_RETRY_BACKOFF, NULL,
	    "udev has not finished with %s yet", s->modem.netdev);
	return -EAGAIN;
}

/* The lines by which log scrapers know the modem (proxies.md 11). */
static void
session_log_modem(const struct session *s, uint8_t mux_id)
{
	const struct modem_info *m = &s->modem;

	if (m->usb_path[0] != '\0')
		log_plain("Find /sys/bus/usb/devices/%s idVendor=0x%x idProduct=0x%x",
		    m->usb_path, m->vid, m->pid);
	log_plain("Auto find qmichannel = %s", m->device);
	if (m->netdev[0] != '\0')
		log_plain("Auto find usbnet_adapter = %s", m->netdev);
	if (m->driver_name[0] != '\0')
		log_plain(
		    "netcard driver = %s, driver version = in-kernel", m->driver_name);
	log_plain("Modem works in %s mode",
	    s->modem.protocol == MODEM_PROTOCOL_MBIM ? "MBIM" : "QMI");
	log_plain("qmap_mode = %u, qmap_version = %u, qmap_size = %u, muxid = 0x%02x, "
		  "qmap_netcard = %s",
	    mux_id != 0 ? 4 : 0, m->qmap_max, m->dl_size, mux_id,
	    muxdev_kind_name(s->kind));
}

/*
 * The proxy's names to try, in order, and its dialect.  The vendor's proxy for QMI is
 * named after its device, that for MBIM is the only one of its host (proxies.md 1.1).
 */
static const struct port_dialect *
session_proxy(const struct session *s, const char **names, char *run_name,
    char *abstract_name, size_t size)
{
	const char *p = session_str(s->config.modem->proxy);
	const char *device = s->modem.device;
	bool mbim = s->protocol == MODEM_PROTOCOL_MBIM || session_tunnels(s);
	bool vendor = p != NULL && strstr(p, "quectel-") != NULL;
	const char *own = mbim ? "mbim-proxy" : "qmi-proxy";
	size_t len = strlen(device);

	snprintf(run_name, size, "%s/%s", s->config.run_dir, own);
	snprintf(abstract_name, size, "@%s", own);
	names[0] = p;
	names[1] = names[2] = NULL;
	if (p == NULL || strcmp(p, own) == 0) {
		/* asked for by its abstract name, that comes first */
		names[0] = p == NULL ? run_name : abstract_name;
		names[1] = p == NULL ? abstract_name : run_name;
	} else if (strcmp(p, "quectel-qmi-proxy") == 0) {
		snprintf(
		    abstract_name, size, "@%s%c", p, len > 0 ? device[len - 1] : '0');
		names[0] = abstract_name;
	} else if (strcmp(p, "quectel-mbim-proxy") == 0) {
		snprintf(abstract_name, size, "@%s", p);
		names[0] = abstract_name;
	}
	if (mbim)
		return vendor ? &port_dialect_quectel_mbim : &port_dialect_libmbim;
	return vendor ? &port_dialect_quectel_qmi : &port_dialect_libqmi;
}

static struct port *
session_port(void *arg, struct dialer *d, struct failure *ret_why)
{
	struct session *s = arg;
	const struct port_dialect *dialect;
	char run_name[256], abstract_name[256];
	const char *names[3];
	struct port *port;

	(void)d;
	(void)ret_why; /* a port that cannot be opened says so itself */
	dialect = session_proxy(s, names, run_name, abstract_name, sizeof(run_name));
	if (strcmp(s->config.modem->proxy, "none") == 0)
		port = port_device_new(s->base, dialect, s->modem.device);
	else
		port = port_proxy_new(s->base, dialect, names, s->modem.device);
	return session_tunnels(s) ? port_tunnel_new(s->base, port) : port;
}

static uint8_t
session_auth(const struct conf_pdn *p)
{
	switch ((enum conf_auth)p->auth) {
	case CONF_AUTH_NONE: return 0;
	case CONF_AUTH_PAP: return 1;
	case CONF_AUTH_CHAP: return 2;
	case CONF_AUTH_BOTH: return 3;
	case CONF_AUTH_AUTO: break;
	}
	return p->user[0] != '\0' ? 3 : 0;
}

static uint8_t
session_mux_id(const struct session *s)
{
	const struct conf_pdn *p = s->config.pdn;

	if (s->kind == MUXDEV_PLAIN || s->protocol == MODEM_PROTOCOL_MBIM)
		return 0;
	if (p->mux_id != 0)
		return (uint8_t)p->mux_id;
	return (uint8_t)(0x80 + p->channel);
}

static struct dialer *
session_dialer_new(struct session *s, dialer_event_fn *event)
{
	const struct conf_pdn *p = s->config.pdn;
	const struct options *o = s->config.options;
	/* -s "" is an empty APN; no apn in the file leaves it to the stored profile. */
	bool explicit_apn = o->conf_file == NULL ? o->has_apn : p->apn[0] != '\0';
	const struct dialer_config config = {
	    .name = p->name,
	    .apn = explicit_apn ? p->apn : NULL,
	    .user = p->user,
	    .password = p->password,
	    .auth = session_auth(p),
	    .force_profile = o->force_profile,
	    .imei = session_str(s->config.modem->imei),
	    .pin = session_str(s->config.modem->pin),
	    .pin_tried = &s->pin_tried,
	    .pin_force = o->force_pin,
	    .want_v4 = p->family != CONF_FAMILY_IPV6,
	    .want_v6 = p->family != CONF_FAMILY_IPV4,
	    .channel = session_channel(s),
	    .mux_id = session_mux_id(s),
	    .session_id = s->kind == MUXDEV_PLAIN ? 0 : session_channel(s),
	    .ep_type = s->modem.ep_type != 0 ? s->modem.ep_type : MODEM_EP_HSUSB,
	    .ep_iface = s->modem.ep_type != 0 ? s->modem.ep_iface : 4,
	};

	if (s->protocol == MODEM_PROTOCOL_MBIM)
		return dialer_mbim_new(s->base, &config, session_port, s, event, s);
	return dialer_qmi_new(s->base, &config, session_port, s, event, s);
}

/* Both OPEN and the parent device are done: hand the held event on. */
static void
session_release_held(struct session *s)
{
	const struct prepare_offer *o = prepare_offer(s->prepare);
	struct dialer_offer *d = &s->dialer->offer;

	s->opened = false;
	d->may_set = s->prepare_first;
	d->fresh = s->prepare_first && o->fresh;
	d->skip = o->driver_negotiates || session_tunnels(s);
	d->raw_ip = o->raw_ip;
	d->qmap_versions = o->qmap_versions;
	d->dl_max_bytes = o->dl_max_size;
	d->dl_max_packets = o->dl_max_datagrams;
	d->ul_max_bytes = o->ul_max_size;
	d->ul_max_packets = o->ul_max_datagrams;
	s->event(s->event_arg, &s->held);
}

/* What the modem agreed to; where it could not be asked, what we offered. */
static void
session_agreed(
    struct session *s, const struct dialer_data_format *f, struct prepare_format *ret)
{
	const struct prepare_offer *o = prepare_offer(s->prepare);

	memset(ret, 0, sizeof(*ret));
	ret->raw_ip = f->known ? f->raw_ip : o->raw_ip;
	ret->qmap = f->qmap_version;
	if (!f->known && o->qmap_versions != 0)
		ret->qmap = (o->qmap_versions & PREPARE_QMAP_V5) != 0 ? 5 : 1;
	ret->dl_max_size = f->known ? f->dl_max_bytes : o->dl_max_size;
	ret->dl_max_datagrams = f->known ? f->dl_max_packets : o->dl_max_datagrams;
	ret->ul_max_size = f->known ? f->ul_max_bytes : o->ul_max_size;
	ret->ul_max_datagrams = f->known ? f->ul_max_packets : o->ul_max_datagrams;
}

/* The parent device takes what the modem agreed to.  0 or -errno. */
static int
session_settle_format(
    struct session *s, const struct dialer_data_format *f, struct failure *ret_why)
{
	const struct prepare_format *was;
	struct prepare_format agreed;
	int r;

	if (!s->prepare_first) {
		was = prepare_format(s->prepare);
		if (!f->known ||
		    (was->raw_ip == f->raw_ip && was->qmap == f->qmap_version))
			return 0;
		prepare_redo(s->prepare); /* the next attempt is the first again */
		failure_set(ret_why, FAILURE_MUXDEV, FAILURE_RETRY_SOON, NULL,
		    "the modem forgot its data format");
		return -ESTALE;
	}
	session_agreed(s, f, &agreed);
	r = prepare_done(s->prepare, &agreed);
	s->prepare_first = false;
	if (r < 0)
		failure_set(ret_why, FAILURE_MUXDEV, FAILURE_RETRY_BACKOFF, NULL, "%s",
		    prepare_error(s->prepare));
	return r;
}

/*
 * The format is settled before the wait for registration: other dialers of the modem
 * wait for the lock that we may hold.
 */
static void
session_dialer_prepared(struct session *s, const struct dialer_event *ev)
{
	struct dialer_event failed = *ev;

	if (session_settle_format(s, &s->dialer->format, &failed.failure) < 0) {
		failed.type = DIALER_EVENT_FAILED;
		s->event(s->event_arg, &failed);
	} else
		s->event(s->event_arg, ev);
}

static void
session_prepared(struct prepare *p, enum prepare_result result, void *arg)
{
	struct session *s = arg;
	struct dialer_event ev = {
	    .type = DIALER_EVENT_FAILED, .step = DIALER_STEP_OPEN};

	s->prepare_pending = false;
	s->prepare_first = result == PREPARE_FIRST;
	if (result == PREPARE_FAILED) {
		failure_set(&ev.failure, FAILURE_MUXDEV, FAILURE_RETRY_BACKOFF, NULL,
		    "%s", prepare_error(p));
		s->event(s->event_arg, &ev);
	} else if (s->opened)
		session_release_held(s);
}

/* Readies the parent device; session_prepared() follows. */
static void
session_prepare(struct session *s)
{
	const struct prepare_want want = {
	    .modem = &s->modem,
	    .kind = s->kind,
	    .run_dir = s->config.run_dir,
	    .qmap = (uint8_t)s->config.modem->qmap,
	    .dl_size = s->config.modem->dl_size,
	};

	s->prepare_pending = true;
	s->prepare = prepare_begin(s->base, s->rtnl, &want, session_prepared, s);
}

/* This one has another IMEI: at once to the next, until all were asked. */
static void
session_next_candidate(struct session *s, const struct dialer_event *ev)
{
	struct dialer_event next = *ev;
	struct modem_info found;

	s->modem.usb_path[0] = '\0';
	s->nth++;
	if (session_look(s, &found, NULL, 0) == 0)
		next.failure.retry = FAILURE_RETRY_NOW;
	else {
		s->nth = 1;
		failure_set(&next.failure, FAILURE_NO_MODEM, FAILURE_RETRY_BACKOFF,
		    "compare imei in the configuration with the module's label",
		    "no modem here has IMEI %s", s->config.modem->imei);
	}
	s->event(s->event_arg, &next);
}

static void
session_dialer_event(void *arg, const struct dialer_event *ev)
{
	struct session *s = arg;
	bool done = ev->type == DIALER_EVENT_DONE;

	if (ev->type == DIALER_EVENT_FAILED && ev->step == DIALER_STEP_OPEN &&
	    ev->failure.class == FAILURE_NO_MODEM && s->config.modem->imei[0] != '\0') {
		session_next_candidate(s, ev);
		return;
	}
	if (done && ev->step == DIALER_STEP_OPEN && s->prepare == NULL)
		session_prepare(s); /* it was not known yet whose parent it is */
	if (done && ev->step == DIALER_STEP_PREPARE)
		session_dialer_prepared(s, ev);
	else if (done && ev->step == DIALER_STEP_OPEN && s->prepare_pending) {
		s->held = *ev;
		s->opened = true;
	} else if (done && ev->step == DIALER_STEP_OPEN) {
		s->held = *ev;
		session_release_held(s);
	} else
		s->event(s->event_arg, ev);
}

/* QMI knows nothing of MBIM's sessions: its call is on the untagged one. */
static enum muxdev_kind
session_backend(const struct session *s)
{
	enum muxdev_kind asked = (enum muxdev_kind)s->config.modem->backend;

	return asked == MUXDEV_AUTO && session_tunnels(s) ? MUXDEV_PLAIN : asked;
}

static struct dialer *
session_dialer_make(
    void *arg, dialer_event_fn *event, void *event_arg, struct failure *ret_why)
{
	struct session *s = arg;
	char why[FAILURE_TEXT_MAX] = "";
	bool waited = s->absent;
	int r;

	if (session_find(s, ret_why) < 0 || session_settled(s, waited, ret_why) < 0)
		return NULL;
	r = muxdev_choose(s->rtnl, &s->modem, session_backend(s), session_index(s),
	    &s->kind, why, sizeof(why));
	if (r < 0) {
		failure_set(ret_why, FAILURE_MUXDEV, FAILURE_RETRY_BACKOFF, NULL, "%s",
		    why[0] != '\0' ? why : strerror(-r));
		return NULL;
	}
	session_log_modem(s, session_mux_id(s));
	s->event = event;
	s->event_arg = event_arg;
	s->opened = false;
	s->dialer = session_dialer_new(s, session_dialer_event);
	return s->dialer;
}

static void
session_dialer_step(void *arg, struct dialer *d, enum dialer_step step)
{
	struct session *s = arg;

	if (step == DIALER_STEP_OPEN && s->config.modem->imei[0] == '\0')
		session_prepare(s);
	dialer_start(d, step);
}

static void
session_dialer_drop(void *arg, struct dialer *d)
{
	struct session *s = arg;

	dialer_free(d);
	s->dialer = NULL;
	s->opened = false;
	prepare_free(s->prepare);
	s->prepare = NULL;
	s->prepare_pending = false;
}

static void
session_link_down(void *arg)
{
	struct session *s = arg;

	ipconf_free(s->ipconf);
	s->ipconf = NULL;
	muxdev_close(s->muxdev);
	s->muxdev = NULL;
}

/* A driver that restarts with its modem makes its devices anew, under old names. */
static bool
session_link_is_there(const struct session *s)
{
	struct rtnl_link link;

	return s->muxdev != NULL &&
	       rtnl_link_by_index(s->rtnl, muxdev_ifindex(s->muxdev), &link) != -ENODEV;
}

/* The network device of a modem that sysfs knows; false: there is none. */
static bool
session_parent(const struct session *s, struct rtnl_link *ret)
{
	const struct modem_info *m = &s->modem;

	return m->syspath[0] != '\0' && m->ifindex > 0 &&
	       rtnl_link_by_index(s->rtnl, m->ifindex, ret) == 0;
}

/* Somebody may have taken it down; ours would go or stay silent with it. */
static void
session_parent_up(const struct session *s)
{
	struct rtnl_link link;

	if (session_parent(s, &link) && !(link.flags & IFF_UP))
		(void)rtnl_link_up(s->rtnl, link.index, true);
}

static int
session_link_up(
    void *arg, const struct dialer_data_format *format, struct failure *ret_why)
{
	struct session *s = arg;
	const struct conf_pdn *p = s->config.pdn;
	const struct muxdev_want want = {
	    .modem = &s->modem,
	    .kind = s->kind,
	    .index = session_index(s),
	    .mux_id = session_mux_id(s),
	    .name = session_str(p->device),
	    .run_dir = s->config.run_dir,
	    .qmap = format->qmap_version,
	};
	char why[FAILURE_TEXT_MAX] = "";
	int r;

	session_parent_up(s);
	if (session_link_is_there(s))
		return 0;
	if (s->muxdev != NULL)
		session_link_down(s);
	r = muxdev_open(s->rtnl, &want, &s->muxdev, why, sizeof(why));
	if (r < 0) {
		failure_set(ret_why, FAILURE_MUXDEV, FAILURE_RETRY_BACKOFF, NULL, "%s",
		    why[0] != '\0' ? why : strerror(-r));
		return r;
	}
	s->ipconf = ipconf_new(s->rtnl, muxdev_ifindex(s->muxdev));
	return 0;
}

static void
session_want(const struct conf_pdn *p, const struct pdn_settings *settings,
    struct ipconf_want *ret, struct ipconf_dns *ret_dns)
{
	const struct pdn_settings4 *v4 = &settings->v4;
	const struct pdn_settings6 *v6 = &settings->v6;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	memset(ret_dns, 0, sizeof(*ret_dns));
	ret->has_ip4 = v4->present;
	ret->ip4 = v4->addr;
	ret->ip4_plen = v4->prefix;
	ret->has_gateway4 = v4->gateway.s_addr != 0;
	ret->gateway4 = v4->gateway;
	ret->has_ip6 = v6->present;
	ret->ip6 = v6->addr;
	ret->ip6_plen = v6->prefix;
	ret->default_route = p->default_route;
	ret->metric = p->metric;
	ret->mtu = p->mtu != 0 ? p->mtu : settings->mtu;
	for (i = 0; p->routes != NULL && p->routes[i] != NULL &&
		    ret->routes_count < IPCONF_ROUTES_MAX;
	     i++) {
		if (ipconf_prefix_parse(
			p->routes[i], &ret->routes[ret->routes_count]) == 0)
			ret->routes_count++;
	}
	for (i = 0; i < v4->dns_count; i++)
		ret_dns->v4[ret_dns->v4_count++] = v4->dns[i];
	for (i = 0; i < v6->dns_count; i++)
		ret_dns->v6[ret_dns->v6_count++] = v6->dns[i];
}

static int
session_configure(
    void *arg, const struct pdn_settings *settings, struct failure *ret_why)
{
	struct session *s = arg;
	struct ipconf_want want;
	struct ipconf_dns dns;
	int r;

	session_want(s->config.pdn, settings, &want, &dns);
	r = muxdev_set_link(s->muxdev, true);
	if (r >= 0)
		r = ipconf_apply(s->ipconf, &want);
	if (r < 0) {
		failure_set(ret_why, FAILURE_CONFIG_IP, FAILURE_RETRY_BACKOFF, NULL,
		    "%s: %s", muxdev_name(s->muxdev), ipconf_error(s->ipconf));
		return r;
	}
	resolv_set(s->resolv, muxdev_name(s->muxdev), &dns);
	return 0;
}

static void
session_unconfigure(void *arg)
{
	struct session *s = arg;

	resolv_clear(s->resolv, NULL, NULL);
	if (s->muxdev == NULL)
		return; /* deleted by somebody, and could not be made anew */
	ipconf_undo(s->ipconf);
	muxdev_set_link(s->muxdev, false);
}

/* One line with everything about a PDN that has just come up. */
static void
session_log_online(struct session *s)
{
	const struct pdn_settings *g = &s->dialer->settings;
	char v4[INET_ADDRSTRLEN] = "-", v6[INET6_ADDRSTRLEN] = "-", mux[24];

	if (g->v4.present)
		inet_ntop(AF_INET, &g->v4.addr, v4, sizeof(v4));
	if (g->v6.present)
		inet_ntop(AF_INET6, &g->v6.addr, v6, sizeof(v6));
	snprintf(mux, sizeof(mux), "mux id 0x%02x", muxdev_mux_id(s->muxdev));
	if (s->protocol == MODEM_PROTOCOL_MBIM)
		snprintf(mux, sizeof(mux), "session %u", s->dialer->config.session_id);
	log_info("pdn", "[%s] online: %s %s, %s/%u, %s/%u, mtu %u", s->config.pdn->name,
	    muxdev_name(s->muxdev), mux, v4, g->v4.prefix, v6, g->v6.prefix, g->mtu);
}

/* Is it the interface with our control channel that goes? */
static bool
session_is_ours(const struct session *s, const struct uevent *ev)
{
	size_t len = strlen(s->modem.syspath);

	return len > 0 && ev->devpath[0] == '/' &&
	       strncmp(ev->devpath + 1, s->modem.syspath, len) == 0 &&
	       ev->devpath[len + 1] == '\0';
}

/*
 * A node is there before its network device, and that one before its name: only a modem
 * that has all three has come.
 */
static void
session_look_again(struct session *s)
{
	struct modem_info found;

	if (!s->absent || session_look(s, &found, NULL, 0) < 0 ||
	    found.netdev[0] == '\0' || !udev_watch_settled(s->udev, found.ifindex))
		return;
	s->absent = false;
	log_info("pdn", "[%s] %s is there", s->config.pdn->name, found.device);
	pdn_event(s->pdn, PDN_EVENT_MODEM_CAME, NULL);
}

static void
session_gone(struct session *s)
{
	if (s->absent)
		return;
	s->absent = true;
	pdn_event(s->pdn, PDN_EVENT_MODEM_GONE, NULL);
}

/* Events were lost: one of them may have been about us. */
static void
session_rescan(struct session *s)
{
	struct modem_info found;

	if (s->modem.syspath[0] != '\0' &&
	    (session_look(s, &found, NULL, 0) < 0 ||
		strcmp(found.syspath, s->modem.syspath) != 0))
		session_gone(s);
	session_look_again(s);
}

static void
session_uevent(const struct uevent *ev, void *arg)
{
	struct session *s = arg;

	switch (ev->action) {
	case UEVENT_REMOVE:
	case UEVENT_UNBIND:
		if (session_is_ours(s, ev))
			session_gone(s);
		return;
	case UEVENT_ADD:
	case UEVENT_BIND:
	case UEVENT_MOVE: session_look_again(s); return;
	case UEVENT_RESCAN: session_rescan(s); return;
	case UEVENT_CHANGE:
	case UEVENT_OTHER: return;
	}
}

/* Down, deleted, or on a parent that is down: not by us, and not by unplugging. */
static bool
session_link_is_lost(const struct session *s)
{
	const struct modem_info *m = &s->modem;
	struct rtnl_link link;
	int r;

	/* the driver's link goes before the driver takes its devices away */
	if (m->syspath[0] != '\0' && !sysfs_exists("%s/driver", m->syspath))
		return false;
	r = rtnl_link_by_index(s->rtnl, muxdev_ifindex(s->muxdev), &link);
	if (r < 0)
		return r == -ENODEV && m->syspath[0] != '\0';
	if (!(link.flags & IFF_UP))
		return true;
	return session_parent(s, &link) && !(link.flags & IFF_UP);
}

static void
session_link_event(enum rtnl_event event, const struct rtnl_link *link, void *arg)
{
	struct session *s = arg;

	if (pdn_state(s->pdn) != PDN_STATE_ONLINE)
		return;
	if (event != RTNL_EVENT_RESYNC && link->index != s->modem.ifindex &&
	    link->index != muxdev_ifindex(s->muxdev))
		return;
	if (!session_link_is_lost(s))
		return;
	log_warnx("pdn",
	    "[%s] another program deleted %s or took it down: repairing it",
	    s->config.pdn->name, muxdev_name(s->muxdev));
	pdn_event(s->pdn, PDN_EVENT_LINK_LOST, NULL);
}

static void
session_udev(void *arg)
{
	session_look_again(arg);
}

static void
session_changed(void *arg, enum pdn_state state, const struct failure *why)
{
	(void)why;
	if (state == PDN_STATE_ONLINE)
		session_log_online(arg);
}

struct session_end {
	struct session *session;
	bool failed;
	struct failure why;
};

static void
session_resolv_cleared(void *arg)
{
	struct session_end *e = arg;
	struct session *s = e->session;
	struct session_end copy = *e;

	free(e);
	s->config.finished(s->config.arg, copy.failed ? &copy.why : NULL);
}

/* The last word waits until DNS is handed back, or five seconds. */
static void
session_finished(void *arg, const struct failure *why)
{
	struct session *s = arg;
	struct session_end *e = xcalloc(1, sizeof(*e));

	e->session = s;
	e->failed = why != NULL;
	if (why != NULL)
		e->why = *why;
	resolv_clear(s->resolv, session_resolv_cleared, e);
}

static const struct pdn_verbs session_verbs = {
    .dialer_make = session_dialer_make,
    .dialer_step = session_dialer_step,
    .dialer_drop = session_dialer_drop,
    .link_up = session_link_up,
    .link_down = session_link_down,
    .configure = session_configure,
    .unconfigure = session_unconfigure,
    .changed = session_changed,
    .finished = session_finished,
};

struct session *
session_new(struct event_base *base, const struct session_config *config)
{
	struct session *s = xcalloc(1, sizeof(*s));
	const struct conf_pdn *p = config->pdn;
	const struct pdn_config pc = {
	    .name = p->name,
	    .keep_trying = config->options->keep_trying,
	    .register_ms = (int64_t)p->register_timeout_s * 1000,
	    .shutdown_ms = SESSION_SHUTDOWN_MS,
	    .retry_min_ms = (int64_t)p->retry_min_s * 1000,
	    .retry_max_ms = (int64_t)p->retry_max_s * 1000,
	    .retry_limit = p->retry_limit,
	    .seed = (uint32_t)getpid() * 2654435761u ^ (uint32_t)loop_now_ms(),
	};

	s->base = base;
	s->config = *config;
	s->nth = 1;
	s->lock_fd = -1;
	s->rtnl = rtnl_open();
	s->resolv = s->rtnl != NULL ? resolv_new(base, p->dns, config->run_dir) : NULL;
	if (s->resolv == NULL) {
		session_free(s);
		return NULL;
	}
	s->pdn = pdn_new(base, &pc, &session_verbs, s);
	s->links = rtnl_monitor_new(base, session_link_event, s);
	if (udev_is_here())
		s->udev =
		    udev_watch_new(base, UDEV_RUN, UDEV_PATIENCE_MS, session_udev, s);
	s->uevents = uevent_monitor_new(base, session_uevent, s);
	if (s->uevents == NULL)
		log_warn("pdn",
		    "[%s] no kernel events: a modem that comes back is found "
		    "only by looking again",
		    p->name);
	return s;
}

int
session_start(struct session *s, struct failure *ret_why)
{
	pid_t holder = 0;
	int r = session_find(s, ret_why);

	if (r < 0 && !s->config.options->keep_trying)
		return r;
	snprintf(s->lock_key, sizeof(s->lock_key), "%s", r < 0 ? "any" : s->key);
	s->lock_channel = session_channel(s);
	s->lock_fd =
	    instance_lock(s->config.run_dir, s->lock_key, s->lock_channel, &holder);
	if (s->lock_fd == -EBUSY)
		failure_set(ret_why, FAILURE_LOCKED, FAILURE_RETRY_NEVER,
		    "choose another -n, or hang that one up with -k",
		    "channel %u is dialed by process %d already", s->lock_channel,
		    (int)holder);
	else if (s->lock_fd < 0)
		failure_set(ret_why, FAILURE_INTERNAL, FAILURE_RETRY_NEVER,
		    "run as root", "lock in %s: %s", s->config.run_dir,
		    strerror(-s->lock_fd));
	if (s->lock_fd < 0)
		return s->lock_fd;
	pdn_start(s->pdn);
	return 0;
}

void
session_stop(struct session *s)
{
	pdn_stop(s->pdn);
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	uevent_monitor_free(s->uevents);
	rtnl_monitor_free(s->links);
	udev_watch_free(s->udev);
	pdn_free(s->pdn);
	resolv_free(s->resolv);
	rtnl_close(s->rtnl);
	instance_unlock(s->lock_fd, s->config.run_dir, s->lock_key, s->lock_channel);
	free(s);
}
