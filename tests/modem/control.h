/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket of the simulated modem, and scripts in the same language.
 *
 * One command a line, one answer a line: "ok ..." or "error ...".  Any number of
 * connections, each with its own order of answers.
 *
 *	modem N COMMAND...         what modem_control.h has, for modem N
 *	modems                     how many there are
 *	networks                   what there is, as JSON
 *	networks add APN [MTU]     one more APN
 *	help, quit
 */
#ifndef PDNMUX_MODEM_CONTROL_H
#define PDNMUX_MODEM_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#define CONTROL_LINE_MAX 4096 /* bytes of a command */
#define CONTROL_ANSWER_MAX \
	262144 /* bytes of an answer; "stats" of 128 PDNs is long \
		*/

struct control;
struct event_base;
struct modem;
struct networks;

/* What commands are about; all is borrowed and outlives the control. */
struct control_scope {
	struct modem *const *modems;
	unsigned count;
	struct networks *networks;
	uint32_t mtu; /* of networks that are added without one, bytes */
};

/*
 * control_new - listens on path.  "quit" ends base's loop.
 *
 * NULL with errno on failure.
 */
struct control *control_new(
    struct event_base *base, const char *path, const struct control_scope *scope);
void control_free(struct control *c);
/* One command, without newline.  ret receives the answer, without newline. */
void control_command(struct control *c, const char *line, char *ret, size_t size);
/*
 * control_script - the commands of a file, one after the other; empty lines and what
 * begins with '#' are skipped.
 *
 * The first that fails ends it.  Returns 0, or -errno with the line and the reason in
 * why.
 */
int control_script(struct control *c, const char *path, char *why, size_t why_size);

#endif
