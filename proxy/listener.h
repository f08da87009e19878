/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One listening socket: accepts, checks credentials, pauses when out of descriptors.
 */
#ifndef PDNMUX_PROXY_LISTENER_H
#define PDNMUX_PROXY_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

struct event_base;
struct listener;

#define ACCESS_MAX 16

/* Who may connect to an abstract socket besides root. */
struct access_list {
	uid_t users[ACCESS_MAX];
	gid_t groups[ACCESS_MAX];
	unsigned users_count, groups_count;
};

struct listener_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

/* fd is taken. */
typedef void listener_fn(void *arg, int fd, const struct listener_peer *peer);

/*
 * listener_new - accept on fd from base's loop.
 *
 * fd      a listening socket, taken.  name is copied, for log lines.
 * access  borrowed; NULL: whoever could open the socket (its file's mode decides).
 */
struct listener *listener_new(struct event_base *base, int fd, const char *name,
    const struct access_list *access, listener_fn *fn, void *arg);
void listener_free(struct listener *l);

/*
 * access_allows - root, a listed user, or a user with a listed group.
 *
 * Groups are those of the account database, as libqmi's proxy has it, and the group
 * of the peer's credentials.
 */
bool access_allows(const struct access_list *access, const struct listener_peer *peer);

#endif
