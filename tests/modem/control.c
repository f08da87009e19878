/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/modem/control.h"

#include <sys/queue.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "common/log.h"
#include "common/text.h"
#include "common/unixsock.h"
#include "common/xmem.h"
#include "tests/modem/modem_control.h"
#include "tests/modem/network.h"

#define SOCKET_MODE 0600

struct peer {
	LIST_ENTRY(peer) next;
	struct control *control;
	struct bufferevent *bev;
};

struct control {
	struct event_base *base;
	char *path;
	struct control_scope scope;
	struct evconnlistener *listener;
	LIST_HEAD(, peer) peers;
	bool quitting; /* the loop ends when the answer to "quit" is out */
	char answer[CONTROL_ANSWER_MAX];
};

/* ---- commands
 * ------------------------------------------------------------------------ */

/* The first word of *line; *line is moved to the next.  Empty at the end. */
static void
next_word(const char **line, char *ret, size_t size)
{
	const char *p = *line + strspn(*line, " \t");
	size_t len = strcspn(p, " \t");
	snprintf(ret, size, "%.*s", (int)len, p);
	p += len;
	*line = p + strspn(p, " \t");
}

static bool
read_number(const char *text, unsigned long max, unsigned long *ret)
{
	char *end;
	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*ret = strtoul(text, &end, 10);
	return errno == 0 && *end == '\0' && *ret <= max;
}

static int
command_modem(struct control *c, const char *line, char *ret, size_t size)
{
	char word[16];
	unsigned long number;
	next_word(&line, word, sizeof(word));
	if (!read_number(word, UINT32_MAX, &number) || number >= c->scope.count) {
		snprintf(ret, size, "there is no modem \"%s\", the last one is %u",
		    word, c->scope.count - 1);
		return -ENODEV;
	}
	return modem_command(c->scope.modems[number], line, ret, size);
}

static void
show_network(void *arg, const struct network_info *n)
{
	struct text *t = arg;
	char net4[INET_ADDRSTRLEN], net6[INET6_ADDRSTRLEN];
	inet_ntop(AF_INET, &n->net4, net4, sizeof(net4));
	inet_ntop(AF_INET6, &n->net6, net6, sizeof(net6));
	text_add(t,
	    "%s{\"apn\": \"%s\", \"mtu\": %u, \"ipv4\": \"%s/16\", \"ipv6\": "
	    "\"%s/48\", "
	    "\"bearers4\": %u, \"bearers6\": %u",
	    t->len > 1 ? ", " : "", n->apn, n->mtu, net4, net6, n->bearers4,
	    n->bearers6);
	if (n->ns_fd >= 0)
		text_add(t, ", \"netns\": \"/proc/%d/fd/%d\"", (int)getpid(), n->ns_fd);
	text_add(t, "}");
}

static int
add_network(struct control *c, const char *line, char *ret, size_t size)
{
	char apn[NETWORK_APN_MAX + 2], word[16];
	unsigned long mtu = c->scope.mtu;
	next_word(&line, apn, sizeof(apn));
	next_word(&line, word, sizeof(word));
	int rc = 0;
	if (word[0] != '\0' && !read_number(word, NETWORK_PACKET_MAX, &mtu))
		rc = -EINVAL;
	if (rc == 0)
		rc = networks_add(c->scope.networks, apn, (uint32_t)mtu);
	snprintf(ret, size, "%s", rc < 0 ? strerror(-rc) : "");
	return rc;
}

static int
command_networks(struct control *c, const char *line, char *ret, size_t size)
{
	char word[16];
	next_word(&line, word, sizeof(word));
	if (strcmp(word, "add") == 0)
		return add_network(c, line, ret, size);
	if (word[0] != '\0') {
		snprintf(ret, size, "\"networks\" or \"networks add APN [MTU]\"");
		return -EINVAL;
	}
	struct text t;
	text_init(&t, ret, size);
	text_add(&t, "[");
	networks_each(c->scope.networks, show_network, &t);
	text_add(&t, "]");
	return 0;
}

static int
command_modems(struct control *c, const char *line, char *ret, size_t size)
{
	(void)line;
	snprintf(ret, size, "%u", c->scope.count);
	return 0;
}

/* One line, whatever they are made of. */
static int
command_help(struct control *c, const char *line, char *ret, size_t size)
{
	struct text t;
	const char *p = modem_command_help();
	(void)c;
	(void)line;
	text_init(&t, ret, size);
	text_add(&t, "modems; networks; networks add APN [MTU]; quit");
	while (*p) {
		size_t len = strcspn(p, "\n");
		if (len > 0)
			text_add(&t, "; modem N %.*s", (int)len, p);
		p += len + (p[len] == '\n');
	}
	return 0;
}

static int
command_quit(struct control *c, const char *line, char *ret, size_t size)
{
	(void)line;
	snprintf(ret, size, "bye");
	c->quitting = true;
	return 0;
}

static const struct {
	const char *word;
	int (*fn)(struct control *c, const char *line, char *ret, size_t size);
} commands[] = {
    {"modem", command_modem},
    {"modems", command_modems},
    {"networks", command_networks},
    {"help", command_help},
    {"quit", command_quit},
};

static int
run(struct control *c, const char *line, char *ret, size_t size)
{
	char word[16];
	ret[0] = '\0';
	next_word(&line, word, sizeof(word));
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].word, word) == 0)
			return commands[i].fn(c, line, ret, size);
	snprintf(ret, size, "no command \"%s\"; try \"help\"", word);
	return -EINVAL;
}

void
control_command(struct control *c, const char *line, char *ret, size_t size)
{
	static const char ok[] = "ok", failed[] = "error";
	/* the answer goes behind the longer word, then the right one before it */
	size_t room = sizeof(failed);
	ret[0] = '\0';
	if (size <= room + 1)
		return;
	int rc = run(c, line, ret + room, size - room);
	const char *word = rc < 0 ? failed : ok;
	size_t text_len = strlen(ret + room);
	size_t word_len = strlen(word);
	memcpy(ret, word, word_len);
	if (text_len > 0)
		ret[word_len++] = ' ';
	memmove(ret + word_len, ret + room, text_len + 1);
}

/* ---- connections
 * ----------------------------------------------------------------------- */

static void
peer_free(struct peer *p)
{
	LIST_REMOVE(p, next);
	bufferevent_free(p->bev);
	free(p);
}

static void
answer(struct peer *p, const char *line)
{
	struct control *c = p->control;
	log_debug("control", "%s", line);
	control_command(c, line, c->answer, sizeof(c->answer));
	struct evbuffer *out = bufferevent_get_output(p->bev);
	evbuffer_add(out, c->answer, strlen(c->answer));
	evbuffer_add(out, "\n", 1);
}

static void
read_cb(struct bufferevent *bev, void *arg)
{
	struct peer *p = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	char *line;
	while ((line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF))) {
		answer(p, line);
		free(line);
	}
	if (evbuffer_get_length(in) < CONTROL_LINE_MAX)
		return;
	log_warnx("control", "a command is longer than %d bytes", CONTROL_LINE_MAX);
	peer_free(p);
}

static void
sent_cb(struct bufferevent *bev, void *arg)
{
	const struct peer *p = arg;
	(void)bev;
	if (p->control->quitting)
		event_base_loopexit(p->control->base, NULL);
}

static void
event_cb(struct bufferevent *bev, short what, void *arg)
{
	struct peer *p = arg;
	if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
		return;
	sent_cb(bev, p); /* or can never be sent */
	peer_free(p);
}

static void
accept_cb(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *addr,
    int addr_len, void *arg)
{
	struct control *c = arg;
	(void)listener;
	(void)addr;
	(void)addr_len;
	struct bufferevent *bev =
	    bufferevent_socket_new(c->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!bev) {
		close(fd);
		return;
	}
	struct peer *p = xcalloc(1, sizeof(*p));
	p->control = c;
	p->bev = bev;
	LIST_INSERT_HEAD(&c->peers, p, next);
	bufferevent_setcb(bev, read_cb, sent_cb, event_cb, p);
	bufferevent_setwatermark(bev, EV_READ, 0, CONTROL_LINE_MAX);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

struct control *
control_new(
    struct event_base *base, const char *path, const struct control_scope *scope)
{
	int fd = unixsock_listen(path, SOCK_STREAM, SOCKET_MODE, (uid_t)-1, (gid_t)-1);
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	struct control *c = xcalloc(1, sizeof(*c));
	c->base = base;
	c->path = xstrdup(path);
	c->scope = *scope;
	LIST_INIT(&c->peers);
	/* a backlog of 0: it listens already */
	c->listener = evconnlistener_new(
	    base, accept_cb, c, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!c->listener)
		fatal("control", "no memory");
	return c;
}

void
control_free(struct control *c)
{
	if (!c)
		return;
	struct peer *p;
	while ((p = LIST_FIRST(&c->peers)))
		peer_free(p);
	unlink(c->path);
	evconnlistener_free(c->listener);
	free(c->path);
	free(c);
}

/* ---- scripts
 * --------------------------------------------------------------------------- */

static int
run_script(struct control *c, FILE *f, const char *path, char *why, size_t why_size)
{
	char *line = NULL;
	size_t line_size = 0;
	int rc = 0;
	for (unsigned number = 1; rc == 0 && getline(&line, &line_size, f) >= 0;
	     number++) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
			continue;
		rc = run(c, line, c->answer, sizeof(c->answer));
		if (rc < 0)
			snprintf(why, why_size, "%s:%u: %s", path, number, c->answer);
	}
	if (c->quitting)
		event_base_loopexit(c->base, NULL);
	free(line);
	return rc;
}

int
control_script(struct control *c, const char *path, char *why, size_t why_size)
{
	FILE *f = fopen(path, "re");
	if (!f) {
		int rc = -errno;
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		return rc;
	}
	int rc = run_script(c, f, path, why, why_size);
	fclose(f);
	return rc;
}
