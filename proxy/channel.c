/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The channel's thread does four things: it reads the device and the connections and
 * gives whole messages to the router; it carries out what the router says, keeping
 * what a descriptor does not take at once; it keeps the router's timer; and it opens
 * the device again after a loss.
 *
 * The router speaks in the middle of its own work (router_sink), so nothing is freed
 * and no router function is called from there: a hang-up or a broken device is marked
 * and dealt with from the loop.
 *
 * Reading: one read per wake-up, everything whole in it handed on.  The loop is
 * level-triggered, so what did not fit comes with the next wake-up, and nobody can keep
 * the thread to itself.  A request and its answer cost two waits, two reads and two
 * writes, and no allocation.
 *
 * Writing: a cdc-wdm takes one message a write.  A stream takes any number, so what one
 * turn of the loop has for it leaves in one write (stage), and so do answers to one
 * connection that were read one behind the other (batch.h).
 *
 * Connection ids: the low 16 bits are a slot, the rest counts how often a slot has been
 * used, so that an id comes back after 65535 others of its slot.  The router forgets an
 * id with its connection (conn_lost), so nobody remembers it then.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/framer.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/wdm.h"
#include "common/xmem.h"
#include "proxy/batch.h"
#include "proxy/channel.h"
#include "proxy/connection.h"
#include "proxy/device.h"
#include "proxy/outqueue.h"
#include "proxy/unplug.h"
#include "proxy/watch.h"

#define OUT_BYTES_MAX (1024 * 1024) /* waiting for one program, or for the device */
#define OUT_MSGS_MAX 4096
#define SLOT_BITS 16
#define SLOTS_MAX (1u << SLOT_BITS)
#define USES_MAX (UINT32_MAX >> SLOT_BITS)
#define DRAIN_MAX 64 /* stale messages read away after opening */
#define LINE_MAX_LEN 2048

struct command {
	struct newcomer *newcomer; /* NULL: stop */
};

struct slot {
	struct connection *conn;
	uint32_t uses;
	bool is_paused, input_ended;
};

struct channel {
	char *path;
	struct channel_config config;
	pthread_t thread;
	int command_fds[2];
	unsigned given;      /* connections, counted by the thread that gives them */
	atomic_uint ended;   /* those that are no more, counted by the channel's */
	atomic_bool is_open; /* the device; for the same question */
	bool was_open;
	struct event_base *base;
	struct event *command_event, *timer;
	int64_t timer_ms; /* when timer fires; ROUTER_NEVER: not armed */
	void *router;
	struct slot *slots;
	uint32_t slots_size;
	unsigned paused, half_closed; /* slots that are so */
	const uint8_t *current; /* the modem's message that the router has before it */
	struct batch batch;     /* answers that wait for the next one */

	struct device device; /* fd -1: not open */
	struct framer *framer;
	struct outqueue *out;
	uint8_t *stage; /* BATCH_MAX bytes for a stream; else NULL */
	size_t stage_len;
	struct event *stage_event;
	struct event *read_event, *write_event, *lost_event;
	const char *lost_why; /* the device is to be closed: said once */
	unsigned eios;
	struct watch *watch;
	struct unplug *unplug;
	int open_error; /* the last one that was logged */
};

/* ---- the timer ---- */

static void
arm_timer(struct channel *ch)
{
	int64_t deadline_ms = ch->config.ops->deadline(ch->router);
	struct timeval tv;

	if (deadline_ms >= ch->timer_ms)
		return; /* it fires early once and is armed anew then */
	ch->timer_ms = deadline_ms;
	tv = loop_timeval(deadline_ms - loop_now_ms());
	event_add(ch->timer, &tv);
}

/* ---- connections ---- */

static struct slot *
slot_of(struct channel *ch, uint32_t id)
{
	uint32_t n = id & (SLOTS_MAX - 1);

	if (n >= ch->slots_size || !ch->slots[n].conn ||
	    connection_id(ch->slots[n].conn) != id)
		return NULL;
	return &ch->slots[n];
}

/* An index of a free slot, or SLOTS_MAX. */
static uint32_t
free_slot(struct channel *ch)
{
	uint32_t n = 0, old = ch->slots_size;

	while (n < old && ch->slots[n].conn)
		n++;
	if (n < old || n == SLOTS_MAX)
		return n;
	ch->slots_size = old ? old * 2 : 16;
	ch->slots = xrealloc(ch->slots, ch->slots_size, sizeof(*ch->slots));
	memset(ch->slots + old, 0, (ch->slots_size - old) * sizeof(*ch->slots));
	return n;
}

/* A half-closed connection ends when nothing is owed to it any more. */
static void
check_half_closed(struct channel *ch, struct slot *s)
{
	if (!ch->config.ops->conn_owed(ch->router, connection_id(s->conn)) &&
	    connection_flushed(s->conn))
		connection_hang_up(s->conn, "half-closed and all answered");
}

static void
set_paused(struct channel *ch, struct slot *s)
{
	bool paused =
	    !ch->config.ops->conn_may_send(ch->router, connection_id(s->conn));

	if (paused == s->is_paused)
		return;
	s->is_paused = paused;
	ch->paused += paused ? 1 : -1u;
	connection_pause(s->conn, paused);
}

/* After the router has done something: its timer, and who may go on. */
static void
settle(struct channel *ch)
{
	arm_timer(ch);
	if (ch->paused == 0 && ch->half_closed == 0)
		return;
	for (uint32_t n = 0; n < ch->slots_size; n++) {
		struct slot *s = &ch->slots[n];
		if (s->conn && s->is_paused)
			set_paused(ch, s);
		if (s->conn && s->input_ended)
			check_half_closed(ch, s);
	}
}

static void
log_message(
    struct channel *ch, const char *way, uint32_t id, const uint8_t *msg, size_t len)
{
	char line[LINE_MAX_LEN];

	if (!ch->config.is_verbose)
		return;
	ch->config.ops->print(line, sizeof(line), msg, len);
	if (id == ROUTER_DEVICE)
		log_info("frame", "%s %s modem: %s", ch->path, way, line);
	else
		log_info("frame", "%s %s %u: %s", ch->path, way, id, line);
}

static void
on_message(void *arg, struct connection *c, uint8_t *msg, size_t len)
{
	struct channel *ch = arg;
	uint32_t id = connection_id(c);

	log_message(ch, "<-", id, msg, len);
	if (ch->config.ops->from_conn(ch->router, id, msg, len, loop_now_ms()) < 0)
		connection_hang_up(c, "a message that makes no sense");
	else
		set_paused(ch, slot_of(ch, id));
	arm_timer(ch);
}

static void
on_input_ended(void *arg, struct connection *c)
{
	struct channel *ch = arg;
	struct slot *s = slot_of(ch, connection_id(c));

	if (!s->input_ended)
		ch->half_closed++;
	s->input_ended = true;
	check_half_closed(ch, s);
}

static void
on_lost(void *arg, struct connection *c, const char *why)
{
	struct channel *ch = arg;
	uint32_t id = connection_id(c);
	struct slot *s = slot_of(ch, id);

	log_debug("conn", "%s: connection %u (pid %d): %s", ch->path, id,
	    (int)connection_pid(c), why);
	ch->paused -= s->is_paused;
	ch->half_closed -= s->input_ended;
	s->is_paused = s->input_ended = false;
	s->conn = NULL;
	ch->config.ops->conn_lost(ch->router, id, loop_now_ms());
	connection_free(c);
	atomic_fetch_add(&ch->ended, 1);
	settle(ch);
}

static const struct connection_handlers connection_handlers = {
    .message = on_message, .input_ended = on_input_ended, .lost = on_lost};

static void
add_connection(struct channel *ch, const struct newcomer *nc)
{
	uint32_t n = free_slot(ch), id;
	struct slot *slot;
	struct connection_config config = {.scan = ch->config.ops->scan,
	    .msg_max = ch->config.ops->msg_max,
	    .out_bytes_max = OUT_BYTES_MAX,
	    .out_msgs_max = OUT_MSGS_MAX};

	if (n == SLOTS_MAX) {
		log_warnx("conn", "%s: too many connections: pid %d is turned away",
		    ch->path, (int)nc->peer.pid);
		close(nc->fd);
		atomic_fetch_add(&ch->ended, 1);
		return;
	}
	slot = &ch->slots[n];
	if (++slot->uses > USES_MAX)
		slot->uses = 1; /* or slot 0 would come to id 0, the device's */
	id = slot->uses << SLOT_BITS | n;
	log_debug("conn", "%s: connection %u is pid %d, uid %d", ch->path, id,
	    (int)nc->peer.pid, (int)nc->peer.uid);
	ch->config.ops->conn_added(ch->router, id, &nc->peer, loop_now_ms());
	slot->conn = connection_new(ch->base, nc->fd, id, nc->peer.pid, &config,
	    nc->head, nc->head_len, &connection_handlers, ch);
}

/* ---- what the router says ---- */

static void
lose_device_soon(struct channel *ch, const char *why)
{
	if (ch->lost_why || ch->device.fd < 0)
		return;
	ch->lost_why = why;
	event_active(ch->lost_event, 0, 0);
}

static void
device_failed(struct channel *ch, int error)
{
	if (error == -ENOBUFS ||
	    ((error == -EIO || error == -EINTR) && ++ch->eios < WDM_EIO_MAX))
		return;
	lose_device_soon(ch, strerror(-error));
}

/*
 * A cdc-wdm tells that a command has failed with the next write, which it does not send
 * (kernel.md 2): that one is written again.  Another error after that means gone.
 */
static bool
may_retry(struct channel *ch)
{
	if (ch->device.kind != DEVICE_KIND_NODE)
		return false;
	ch->eios = WDM_EIO_MAX - 1;
	return true;
}

static void
write_device(struct channel *ch, const uint8_t *msg, size_t len)
{
	int rc = outqueue_send(ch->out, ch->device.fd, msg, len, ROUTER_PRIO_ANSWER);

	if (rc == -EIO && may_retry(ch))
		rc =
		    outqueue_send(ch->out, ch->device.fd, msg, len, ROUTER_PRIO_ANSWER);
	if (rc < 0) {
		device_failed(ch, rc);
		return;
	}
	ch->eios = 0;
	if (!outqueue_empty(ch->out))
		event_add(ch->write_event, NULL);
}

static void
write_stage(struct channel *ch)
{
	size_t len = ch->stage_len;

	ch->stage_len = 0;
	if (len > 0)
		write_device(ch, ch->stage, len);
}

static void
channel_stage_cb(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	write_stage(arg);
}

static void
to_device(struct channel *ch, const uint8_t *msg, size_t len)
{
	if (ch->device.fd < 0 || ch->lost_why)
		return;
	log_message(ch, "->", ROUTER_DEVICE, msg, len);
	if (ch->stage_len + len > BATCH_MAX)
		write_stage(ch);
	if (!ch->stage || len > BATCH_MAX) {
		write_device(ch, msg, len);
		return;
	}
	if (ch->stage_len == 0)
		event_active(ch->stage_event, 0, 0);
	memcpy(ch->stage + ch->stage_len, msg, len);
	ch->stage_len += len;
}

static void
send_to(struct channel *ch, uint32_t id, enum router_prio prio, const uint8_t *msg,
    size_t len)
{
	struct slot *s = slot_of(ch, id);

	if (s)
		connection_send(s->conn, msg, len, prio);
}

static void
send_batch(struct channel *ch)
{
	struct batch b = ch->batch;

	ch->batch.len = 0;
	if (b.len > 0)
		send_to(ch, b.dest, ROUTER_PRIO_ANSWER, b.bytes, b.len);
}

static void
to_connection(struct channel *ch, uint32_t id, enum router_prio prio,
    const uint8_t *msg, size_t len)
{
	bool waits = msg == ch->current && prio == ROUTER_PRIO_ANSWER;

	if (!slot_of(ch, id))
		return;
	log_message(ch, "->", id, msg, len);
	if (waits && batch_add(&ch->batch, id, msg, len))
		return;
	send_batch(ch);
	if (waits)
		batch_add(&ch->batch, id, msg, len);
	else
		send_to(ch, id, prio, msg, len);
}

static void
deliver(void *arg, uint32_t dest, enum router_prio prio, const uint8_t *msg, size_t len)
{
	if (dest == ROUTER_DEVICE)
		to_device(arg, msg, len);
	else
		to_connection(arg, dest, prio, msg, len);
}

static void
hang_up(void *arg, uint32_t id, const char *why)
{
	struct channel *ch = arg;
	struct slot *s = slot_of(ch, id);

	if (!s)
		return;
	send_batch(ch); /* what it was answered before */
	log_info("conn", "%s: closing connection %u (pid %d): %s", ch->path, id,
	    (int)connection_pid(s->conn), why);
	connection_finish(s->conn, why);
}

static void
reopen(void *arg, const char *why)
{
	lose_device_soon(arg, why);
}

/* ---- the device ---- */

static void
close_device(struct channel *ch)
{
	event_free(ch->read_event);
	event_free(ch->write_event);
	close(ch->device.fd);
	outqueue_free(ch->out);
	framer_free(ch->framer);
	free(ch->stage);
	ch->stage = NULL;
	ch->stage_len = 0;
	unplug_free(ch->unplug);
	ch->unplug = NULL;
	ch->device.fd = -1;
	atomic_store(&ch->is_open, false);
	ch->read_event = ch->write_event = NULL;
	ch->lost_why = NULL;
	ch->eios = 0;
}

static void
take_messages(struct channel *ch)
{
	uint8_t *msg;
	int n;

	while (!ch->lost_why && (n = framer_next(ch->framer, &msg)) != 0) {
		if (n < 0) {
			log_warnx("channel", "%s: %zu bytes of garbage from the modem",
			    ch->path, framer_resync(ch->framer));
			continue;
		}
		log_message(ch, "<-", ROUTER_DEVICE, msg, (size_t)n);
		ch->current = msg;
		if (ch->config.ops->from_device(
			ch->router, msg, (size_t)n, loop_now_ms()) < 0)
			log_warnx("channel",
			    "%s: a broken message of %d bytes from the "
			    "modem is dropped",
			    ch->path, n);
		ch->current = NULL;
	}
	send_batch(ch);
}

/* Woken up with nothing to read. */
static void
take_note(struct channel *ch)
{
	int rc = ch->device.kind == DEVICE_KIND_NODE ? wdm_take_note(ch->device.fd) : 0;

	if (rc < 0)
		log_warnx("channel", "%s: the modem did not take a command: %s",
		    ch->path, strerror(-rc));
}

static void
channel_device_read_cb(int fd, short what, void *arg)
{
	struct channel *ch = arg;
	size_t room;
	uint8_t *to = framer_room(ch->framer, &room);
	ssize_t n = read(fd, to, room);

	(void)what;
	if (n > 0) {
		ch->eios = 0;
		framer_added(ch->framer, (size_t)n);
		take_messages(ch);
		settle(ch);
		return;
	}
	if (n == 0 && ch->device.kind != DEVICE_KIND_NODE)
		lose_device_soon(ch, "hung up");
	else if (n < 0 && errno == EAGAIN)
		take_note(ch);
	else if (n < 0)
		device_failed(ch, -errno);
}

static void
channel_device_write_cb(int fd, short what, void *arg)
{
	struct channel *ch = arg;
	int rc = outqueue_flush(ch->out, fd);

	(void)what;
	if (rc == -EIO && may_retry(ch))
		rc = outqueue_flush(ch->out, fd);
	if (rc < 0)
		device_failed(ch, rc);
	else
		ch->eios = 0;
	if (outqueue_empty(ch->out))
		event_del(ch->write_event);
}

/*
 * What a node still holds is for a predecessor (kernel.md 2.1): read it away.  Bounded,
 * since a modem may talk without end; the router ignores what comes before its own
 * greeting is answered.
 */
static void
drain(const struct device *d)
{
	uint8_t stale[4096];

	for (int n = 0; n < DRAIN_MAX && read(d->fd, stale, sizeof(stale)) > 0; n++)
		;
}

static void
on_unplug(void *arg)
{
	lose_device_soon(arg, "unplugged");
}

/* 65536: a stream or a terminal sets no limit of its own. */
static size_t
max_write(const struct channel *ch)
{
	if (ch->device.msg_max > 0)
		return ch->device.msg_max;
	return ch->device.kind == DEVICE_KIND_NODE ? ch->config.ops->device_max : 65536;
}

static void
device_opened(struct channel *ch)
{
	ch->framer = framer_new(ch->config.ops->scan, ch->config.ops->msg_max);
	ch->out = outqueue_new(
	    ch->device.kind == DEVICE_KIND_SOCKET, OUT_BYTES_MAX, OUT_MSGS_MAX);
	ch->read_event = event_new(
	    ch->base, ch->device.fd, EV_READ | EV_PERSIST, channel_device_read_cb, ch);
	ch->write_event = event_new(ch->base, ch->device.fd, EV_WRITE | EV_PERSIST,
	    channel_device_write_cb, ch);
	if (!ch->read_event || !ch->write_event)
		fatal("channel", "out of memory");
	if (ch->device.kind == DEVICE_KIND_SOCKET &&
	    framer_reserve(ch->framer, ch->config.ops->msg_max) < 0)
		fatal("channel", "out of memory");
	if (ch->device.kind == DEVICE_KIND_NODE) {
		ch->unplug = unplug_new(ch->base, ch->path, on_unplug, ch);
		drain(&ch->device);
	}
	if (ch->device.is_stream)
		ch->stage = xcalloc(1, BATCH_MAX);
	event_add(ch->read_event, NULL);
	log_info("channel", "%s: open", ch->path);
	ch->open_error = 0;
	ch->was_open = true;
	atomic_store(&ch->is_open, true);
	if (ch->config.ops
		->device_announces) /* only a cdc-wdm says how much it takes */
		ch->config.ops->device_announces(ch->router, ch->device.msg_max > 0);
	ch->config.ops->device_up(ch->router, max_write(ch), loop_now_ms());
	settle(ch);
}

static void
hang_up_all(struct channel *ch, const char *why)
{
	for (uint32_t n = 0; n < ch->slots_size; n++)
		if (ch->slots[n].conn)
			connection_finish(ch->slots[n].conn, why);
}

static void
try_open(void *arg)
{
	struct channel *ch = arg;
	int rc;

	if (ch->device.fd >= 0)
		return;
	rc = device_open(ch->path, ch->config.is_hidden, &ch->device);
	if (rc == 0) {
		watch_free(ch->watch);
		ch->watch = NULL;
		device_opened(ch);
		return;
	}
	ch->device.fd = -1;
	if (rc != ch->open_error)
		log_warnx("channel", "%s: cannot open it: %s: waiting for it", ch->path,
		    strerror(-rc));
	ch->open_error = rc;
	/*
	 * Those who named a device that is none have no other word for it than a
	 * hang-up.  But a modem that was there comes back: they stay (proxies.md C11).
	 */
	if (!ch->config.is_configured && !ch->was_open)
		hang_up_all(ch, "the device cannot be opened");
}

static void
channel_lost_cb(int fd, short what, void *arg)
{
	struct channel *ch = arg;

	(void)fd;
	(void)what;
	if (ch->device.fd < 0)
		return;
	log_warnx("channel", "%s: lost: %s", ch->path, ch->lost_why);
	close_device(ch);
	ch->config.ops->device_down(ch->router, loop_now_ms());
	ch->watch = watch_new(ch->base, ch->path, try_open, ch);
	settle(ch);
}

/* ---- the thread ---- */

static void
channel_timer_cb(int fd, short what, void *arg)
{
	struct channel *ch = arg;

	(void)fd;
	(void)what;
	ch->timer_ms = ROUTER_NEVER;
	ch->config.ops->timer(ch->router, loop_now_ms());
	settle(ch);
}

static void
channel_command_cb(int fd, short what, void *arg)
{
	struct channel *ch = arg;
	struct command cmd;

	(void)what;
	if (read(fd, &cmd, sizeof(cmd)) != sizeof(cmd))
		return;
	if (!cmd.newcomer) {
		event_base_loopbreak(ch->base);
		return;
	}
	add_connection(ch, cmd.newcomer);
	free(cmd.newcomer);
}

static void
stop(struct channel *ch)
{
	ch->config.ops->stop(ch->router, loop_now_ms());
	write_stage(ch);
	for (uint32_t n = 0; n < ch->slots_size; n++)
		if (ch->slots[n].conn)
			connection_free(ch->slots[n].conn);
	ch->config.ops->destroy(ch->router);
	watch_free(ch->watch);
	if (ch->device.fd >= 0)
		close_device(ch);
	event_free(ch->command_event);
	event_free(ch->timer);
	event_free(ch->lost_event);
	event_free(ch->stage_event);
	event_base_free(ch->base);
	free(ch->slots);
}

static void *
channel_thread(void *arg)
{
	struct channel *ch = arg;
	struct router_sink sink = {
	    .deliver = deliver, .hang_up = hang_up, .reopen = reopen, .arg = ch};

	ch->router = ch->config.ops->create(&ch->config.router, &sink);
	ch->watch = watch_new(ch->base, ch->path, try_open, ch);
	event_base_loop(ch->base, EVLOOP_NO_EXIT_ON_EMPTY);
	stop(ch);
	return NULL;
}

static int
start_thread(struct channel *ch)
{
	sigset_t all, before;
	int err;

	sigfillset(&all); /* signals are the main thread's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&ch->thread, NULL, channel_thread, ch);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

struct channel *
channel_new(const char *path, const struct channel_config *config)
{
	struct channel *ch = xcalloc(1, sizeof(*ch));
	int err;

	ch->path = xstrdup(path);
	ch->config = *config;
	ch->config.router.device = ch->path;
	ch->device.fd = -1;
	ch->timer_ms = ROUTER_NEVER;
	if (pipe2(ch->command_fds, O_CLOEXEC) < 0) {
		err = errno;
		goto no_pipe;
	}
	ch->base = loop_new();
	ch->command_event = event_new(
	    ch->base, ch->command_fds[0], EV_READ | EV_PERSIST, channel_command_cb, ch);
	ch->timer = event_new(ch->base, -1, 0, channel_timer_cb, ch);
	ch->lost_event = event_new(ch->base, -1, 0, channel_lost_cb, ch);
	ch->stage_event = event_new(ch->base, -1, 0, channel_stage_cb, ch);
	if (!ch->command_event || !ch->timer || !ch->lost_event || !ch->stage_event)
		fatal("channel", "out of memory");
	event_add(ch->command_event, NULL);
	err = start_thread(ch);
	if (err == 0)
		return ch;
	event_free(ch->command_event);
	event_free(ch->timer);
	event_free(ch->lost_event);
	event_free(ch->stage_event);
	event_base_free(ch->base);
	close(ch->command_fds[0]);
	close(ch->command_fds[1]);
no_pipe:
	free(ch->path);
	free(ch);
	errno = err;
	return NULL;
}

static void
command(struct channel *ch, struct newcomer *n)
{
	struct command cmd = {.newcomer = n};

	while (write(ch->command_fds[1], &cmd, sizeof(cmd)) < 0 && errno == EINTR)
		;
}

void
channel_give(struct channel *ch, const struct newcomer *n)
{
	struct newcomer *copy = xcalloc(1, sizeof(*copy));

	*copy = *n;
	ch->given++;
	command(ch, copy);
}

bool
channel_is_idle(const struct channel *ch)
{
	return ch->given == atomic_load(&ch->ended);
}

bool
channel_is_useless(const struct channel *ch)
{
	return !ch->config.is_configured && !atomic_load(&ch->is_open) &&
	       channel_is_idle(ch);
}

void
channel_free(struct channel *ch)
{
	struct command cmd;

	command(ch, NULL);
	pthread_join(ch->thread, NULL);
	close(ch->command_fds[1]);
	/* who was given away too late is closed here */
	while (read(ch->command_fds[0], &cmd, sizeof(cmd)) == sizeof(cmd)) {
		if (cmd.newcomer)
			close(cmd.newcomer->fd);
		free(cmd.newcomer);
	}
	close(ch->command_fds[0]);
	free(ch->path);
	free(ch);
}

const char *
channel_path(const struct channel *ch)
{
	return ch->path;
}
