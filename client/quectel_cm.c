/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quectel-CM: options and signals around one session.
 *
 * The exit code says by class of failure why dialing ended (client/failure.h and the
 * manual's EXIT STATUS); 0 is an orderly end.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "client/discover.h"
#include "client/instance.h"
#include "client/options.h"
#include "client/session.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/xmem.h"

#define CM_KILL_MS 15000 /* a little more than an orderly end may take */

struct cm {
	struct options options;
	struct conf *conf;
	struct conf_modem *modem; /* ours to free without a configuration file */
	struct conf_pdn *pdn;
	const char *run_dir;
	struct event_base *base;
	struct session *session;
	int exit_code;
};

static int
cm_fail(const struct failure *why)
{
	log_errx("pdn", "%s%s%s", why->text, why->remedy[0] != '\0' ? "; " : "",
	    why->remedy);
	return (int)why->class;
}

/* An own copy for a field of the configuration. */
static void
cm_set(char **field, const char *value)
{
	if (value == NULL)
		return;
	xfree_secret(*field);
	*field = xstrdup(value);
}

/* The configuration that the options describe. */
static void
cm_from_options(struct cm *cm)
{
	const struct options *o = &cm->options;
	struct conf_modem *m = conf_modem_default();
	struct conf_pdn *p = conf_pdn_default();
	char name[8];

	snprintf(name, sizeof(name), "%u", o->channel);
	cm_set(&m->device, o->device);
	cm_set(&m->netdev, o->iface);
	cm_set(&m->proxy, o->direct ? "none" : o->proxy);
	cm_set(&m->pin, o->pin);
	m->protocol = o->protocol;
	cm_set(&p->name, name);
	cm_set(&p->apn, o->apn);
	cm_set(&p->user, o->user);
	cm_set(&p->password, o->password);
	p->auth = CONF_AUTH_NONE;
	if (o->auth == 1)
		p->auth = CONF_AUTH_PAP;
	else if (o->auth == 2)
		p->auth = CONF_AUTH_CHAP;
	p->family = CONF_FAMILY_IPV4;
	if (o->v6)
		p->family = o->v4 ? CONF_FAMILY_IPV4V6 : CONF_FAMILY_IPV6;
	p->channel = o->channel;
	p->mux_id = 0x80u + o->mux;
	p->default_route = true;
	if (o->has_metric)
		p->metric = o->metric;
	if (o->no_dns)
		cm_set(&p->dns, "none");
	cm->modem = m;
	cm->pdn = p;
}

/* 0 or an exit code. */
static int
cm_from_file(struct cm *cm)
{
	const struct options *o = &cm->options;

	cm->conf = conf_load(o->conf_file);
	if (cm->conf == NULL) {
		log_err("conf", "%s", o->conf_file);
		return FAILURE_USAGE;
	}
	cm->pdn = (struct conf_pdn *)conf_find_pdn(cm->conf, o->conf_pdn);
	if (cm->pdn == NULL) {
		log_errx("conf", "%s has no PDN named %s", o->conf_file, o->conf_pdn);
		return FAILURE_USAGE;
	}
	cm->modem = (struct conf_modem *)conf_modem_of(cm->conf, cm->pdn);
	if (cm->modem == NULL)
		cm->modem = conf_modem_default();
	if (o->device != NULL)
		cm_set(&cm->modem->device, o->device);
	if (o->proxy != NULL)
		cm_set(&cm->modem->proxy, o->proxy);
	if (o->protocol != CONF_PROTOCOL_AUTO)
		cm->modem->protocol = o->protocol;
	return 0;
}

/* Option, then environment (systemd sets it), then file, then built-in. */
static const char *
cm_run_dir(const struct cm *cm)
{
	const char *env = getenv("RUNTIME_DIRECTORY");

	if (cm->options.runtime_dir != NULL)
		return cm->options.runtime_dir;
	if (env != NULL && env[0] != '\0')
		return env;
	if (cm->conf != NULL && cm->conf->runtime_dir[0] != '\0')
		return cm->conf->runtime_dir;
	return RUNSTATEDIR "/pdnmux";
}

static void
cm_finished(void *arg, const struct failure *why)
{
	struct cm *cm = arg;

	if (why != NULL)
		cm->exit_code = cm_fail(why);
	event_base_loopbreak(cm->base);
}

static void
cm_signal_cb(evutil_socket_t sig, short what, void *arg)
{
	struct cm *cm = arg;

	(void)what;
	log_plain("got signal %s, hang up", sig == SIGINT ? "SIGINT" : "SIGTERM");
	session_stop(cm->session);
}

static int
cm_run(struct cm *cm)
{
	const struct session_config config = {
	    .options = &cm->options,
	    .modem = cm->modem,
	    .pdn = cm->pdn,
	    .run_dir = cm->run_dir,
	    .finished = cm_finished,
	    .arg = cm,
	};
	struct event *ends[2];
	struct failure why;
	size_t i;

	cm->base = loop_new();
	cm->session = session_new(cm->base, &config);
	if (cm->session == NULL) {
		log_err("pdn", "netlink or DNS hand-over");
		event_base_free(cm->base);
		return FAILURE_INTERNAL;
	}
	ends[0] = evsignal_new(cm->base, SIGINT, cm_signal_cb, cm);
	ends[1] = evsignal_new(cm->base, SIGTERM, cm_signal_cb, cm);
	for (i = 0; i < 2; i++)
		evsignal_add(ends[i], NULL);
	if (session_start(cm->session, &why) < 0)
		cm->exit_code = cm_fail(&why);
	else
		event_base_dispatch(cm->base);
	session_free(cm->session);
	for (i = 0; i < 2; i++)
		event_free(ends[i]);
	event_base_free(cm->base);
	return cm->exit_code;
}

/* -k: the modem is found by its options, or every modem's dialer of that channel. */
static int
cm_kill(struct cm *cm)
{
	const struct options *o = &cm->options;
	const struct modem_match match = {.device = o->device, .netdev = o->iface};
	struct modem_info modem;
	char key[64];
	const char *only = NULL;
	int n;

	if ((o->device != NULL || o->iface != NULL) &&
	    discover_find(&match, &modem, NULL, 0) == 0) {
		modem_info_key(&modem, key, sizeof(key));
		only = key;
	}
	n = instance_kill(cm->run_dir, only, o->channel, CM_KILL_MS);
	if (n > 0)
		return 0;
	if (n == 0)
		log_errx("pdn", "nobody dials channel %u (looked in %s)", o->channel,
		    cm->run_dir);
	else
		log_errx("pdn", "hang up channel %u: %s", o->channel, strerror(-n));
	return n == 0 ? FAILURE_NOT_RUNNING : FAILURE_INTERNAL;
}

static int
cm_dial(struct cm *cm)
{
	int r = 0;

	if (cm->options.conf_file != NULL)
		r = cm_from_file(cm);
	else
		cm_from_options(cm);
	if (r == 0) {
		cm->run_dir = cm_run_dir(cm);
		r = cm_run(cm);
	}
	if (cm->conf == NULL) {
		conf_modem_free(cm->modem);
		conf_pdn_free(cm->pdn);
	}
	conf_free(cm->conf);
	return r;
}

static int
cm_main(struct cm *cm)
{
	const struct options *o = &cm->options;
	int r;

	switch (o->action) {
	case OPTIONS_HELP: fputs(options_usage(), stdout); return 0;
	case OPTIONS_VERSION: puts("quectel-CM " PACKAGE_VERSION " (pdnmux)"); return 0;
	case OPTIONS_KILL: cm->run_dir = cm_run_dir(cm); return cm_kill(cm);
	case OPTIONS_DIAL: break;
	}
	if (o->log_file != NULL && (r = log_open_file(o->log_file)) < 0) {
		log_errx("pdn", "log file %s: %s", o->log_file, strerror(-r));
		return FAILURE_USAGE;
	}
	log_plain("QConnectManager_Linux_V1.6.8 (pdnmux %s)", PACKAGE_VERSION);
	return cm_dial(cm);
}

int
main(int argc, char **argv)
{
	struct cm cm = {0};
	char error[256];
	int r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	log_init(LOG_LEVEL_INFO);
	if (options_parse(argc, argv, &cm.options, error, sizeof(error)) < 0) {
		fprintf(stderr, "quectel-CM: %s\n%s", error, options_usage());
		options_free(&cm.options);
		return FAILURE_USAGE;
	}
	if (cm.options.verbose)
		log_init(LOG_LEVEL_DEBUG);
	r = cm_main(&cm);
	options_free(&cm.options);
	return r;
}
