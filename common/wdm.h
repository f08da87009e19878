/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cdc-wdm node is no ordinary file: reading nothing means nothing, an error may be of
 * the last command, and one error is not the end (reference/kernel.md 2).
 */
#ifndef PDNMUX_COMMON_WDM_H
#define PDNMUX_COMMON_WDM_H

/* Errors in a row that mean that the modem is gone; fewer mean nothing much. */
#define WDM_EIO_MAX 2

/*
 * wdm_take_note - the failure of a command, after a wake-up with nothing to read.
 *
 * It stays an error condition, for which poll returns at once, until somebody takes
 * note.  Does not wait.  Returns 0 when there is none, else what the kernel says, as
 * -errno.
 */
int wdm_take_note(int fd);

#endif
