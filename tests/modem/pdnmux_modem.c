/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdnmux-modem: simulated modules in one process, ready for unmodified programs.
 *
 * Start order: networks, modems, their fronts, the script, the control socket, and
 * then "ready".  The end goes the other way and removes every file.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/xmem.h"
#include "tests/modem/control.h"
#include "tests/modem/front_pty.h"
#include "tests/modem/front_socket.h"
#include "tests/modem/front_tun.h"
#include "tests/modem/front_usb.h"
#include "tests/modem/modem.h"
#include "tests/modem/modem_options.h"
#include "tests/modem/network.h"

/* One modem and its ways in. */
struct module {
	struct modem *modem;
	struct front_socket *socket;
	struct front_pty *pty;
	struct front_tun *tun;
	struct front_usb *usb;
};

struct program {
	const struct modem_options *options;
	struct event_base *base;
	struct event *signals[2];
	struct networks *networks;
	struct module *modules;
	struct modem **modems; /* the same, for the control */
	unsigned count;        /* of modules that are whole */
	struct control *control;
};

static int __attribute__((format(printf, 1, 2))) failed(const char *fmt, ...)
{
	int error = errno;
	va_list ap;
	fprintf(stderr, "pdnmux-modem: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(error));
	return -1;
}

static void
signal_cb(int signo, short what, void *arg)
{
	(void)signo;
	(void)what;
	event_base_loopexit(arg, NULL);
}

static void
hear_signals(struct program *p)
{
	static const int signos[] = {SIGTERM, SIGINT};
	for (unsigned i = 0; i < 2; i++) {
		p->signals[i] = evsignal_new(p->base, signos[i], signal_cb, p->base);
		if (!p->signals[i] || event_add(p->signals[i], NULL) < 0)
			fatal("modem", "no memory");
	}
	signal(SIGPIPE, SIG_IGN);
}

static int
start_networks(struct program *p)
{
	char apn[NETWORK_APN_MAX + 1];
	p->networks = networks_new(p->base);
	if (!p->networks)
		return failed("cannot make network namespaces (needs root and "
			      "/dev/net/tun)");
	for (unsigned i = 0; i < p->options->apns; i++) {
		modem_options_apn(i, apn, sizeof(apn));
		errno = -networks_add(p->networks, apn, p->options->mtu);
		if (errno)
			return failed("network %s", apn);
	}
	return 0;
}

static int
add_socket(struct program *p, struct module *m, unsigned number)
{
	bool mbim = p->options->settings.mode == MODEM_MODE_MBIM;
	char *path =
	    xasprintf("%s/modem%u.%s", p->options->dir, number, mbim ? "mbim" : "qmi");
	m->socket = front_socket_new(
	    p->base, m->modem, path, p->options->stream ? SOCK_STREAM : SOCK_SEQPACKET);
	int rc = m->socket ? 0 : failed("%s", path);
	free(path);
	return rc;
}

static int
add_pty(struct program *p, struct module *m, unsigned number)
{
	char *path = xasprintf("%s/modem%u.tty", p->options->dir, number);
	m->pty = front_pty_new(p->base, m->modem, path);
	int rc = m->pty ? 0 : failed("%s", path);
	free(path);
	return rc;
}

static int
add_tun(struct program *p, struct module *m, unsigned number)
{
	char name[16];
	snprintf(name, sizeof(name), "wwan%u", number);
	m->tun = front_tun_new(p->base, m->modem, name, p->options->tun);
	return m->tun ? 0 : failed("network devices of %s", name);
}

static void
module_stop(struct module *m)
{
	front_usb_free(m->usb);
	front_tun_free(m->tun);
	front_pty_free(m->pty);
	front_socket_free(m->socket);
	modem_free(m->modem);
}

static int
module_start(struct program *p, struct module *m, unsigned number)
{
	struct modem_settings settings = p->options->settings;
	settings.number = number;
	m->modem = modem_new(p->base, p->networks, &settings);
	int rc = add_socket(p, m, number);
	if (rc == 0)
		rc = add_pty(p, m, number);
	if (rc == 0 && !p->options->no_tun && !p->options->usb)
		rc = add_tun(p, m, number);
	if (rc == 0 && p->options->usb)
		m->usb =
		    front_usb_new(m->modem, p->base, p->options->usb, &vhci_ops, NULL);
	if (rc < 0)
		module_stop(m);
	return rc;
}

static int
start_modules(struct program *p)
{
	p->modules = xcalloc(p->options->modems, sizeof(*p->modules));
	p->modems = xcalloc(p->options->modems, sizeof(struct modem *));
	for (; p->count < p->options->modems; p->count++) {
		struct module *m = &p->modules[p->count];
		if (module_start(p, m, p->count) < 0)
			return -1;
		p->modems[p->count] = m->modem;
	}
	return 0;
}

static int
start_control(struct program *p)
{
	struct control_scope scope = {.modems = p->modems,
	    .count = p->count,
	    .networks = p->networks,
	    .mtu = p->options->mtu};
	char *path = xasprintf("%s/control", p->options->dir);
	p->control = control_new(p->base, path, &scope);
	int rc = p->control ? 0 : failed("%s", path);
	free(path);
	return rc;
}

static int
run_script(struct program *p)
{
	char why[512];
	if (!p->options->script)
		return 0;
	int rc = control_script(p->control, p->options->script, why, sizeof(why));
	if (rc < 0)
		fprintf(stderr, "pdnmux-modem: %s\n", why);
	return rc;
}

static int
start(struct program *p)
{
	struct stat st;
	if (stat(p->options->dir, &st) < 0)
		return failed("--dir %s", p->options->dir);
	p->base = loop_new();
	hear_signals(p);
	if (start_networks(p) < 0 || start_modules(p) < 0 || start_control(p) < 0)
		return -1;
	return run_script(p);
}

static void
stop(struct program *p)
{
	control_free(p->control);
	while (p->count > 0)
		module_stop(&p->modules[--p->count]);
	free(p->modules);
	free(p->modems);
	networks_free(p->networks);
	for (unsigned i = 0; i < 2; i++)
		if (p->signals[i])
			event_free(p->signals[i]);
	if (p->base)
		event_base_free(p->base);
}

int
main(int argc, char **argv)
{
	struct modem_options options;
	switch (modem_options_parse(argc, argv, &options)) {
	case MODEM_OPTIONS_DONE: return 0;
	case MODEM_OPTIONS_WRONG: return 2;
	case MODEM_OPTIONS_RUN: break;
	}
	log_init(options.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	struct program p = {.options = &options};
	int rc = start(&p);
	if (rc == 0) {
		printf("ready\n");
		fflush(stdout);
		event_base_dispatch(p.base);
	}
	stop(&p);
	return rc == 0 ? 0 : 1;
}
