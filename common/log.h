/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Levels, tokens, sinks.
 *
 * A line is "[MM-DD_HH:MM:SS:mmm] text", local time: the stamp that scrapers of the
 * vendor's tools know (reference/proxies.md 11).  Lines go to standard output and to
 * an optional file.  A token ("qmux", "router", "conn", "pdn", "rtnl", "conf") names
 * the part that speaks and opens the text: "[...] pdn: warning: no SIM".  Control
 * characters in the text are replaced, so a stranger's bytes cannot forge a line.  A
 * line is cut at 2 kB.  The settings are made before threads start; the rest is safe
 * to call from any thread and keeps errno.
 */
#ifndef PDNMUX_COMMON_LOG_H
#define PDNMUX_COMMON_LOG_H

#include <stdarg.h>
#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

void log_init(enum log_level max);
/* Only these tokens, comma separated, speak at debug level; NULL: all. */
void log_accept(const char *tokens);
/* Errors and warnings to standard error instead of standard output (a proxy does). */
void log_errors_to_stderr(bool on);
/* Also append to path, instead of to an earlier one.  Returns 0 or -errno. */
int log_open_file(const char *path);
bool log_enabled(enum log_level level, const char *token);

/* _warn and _err add strerror(errno); the x forms do not. */
void log_err(const char *token, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_errx(const char *token, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_warn(const char *token, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_warnx(const char *token, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_info(const char *token, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_debug(const char *token, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A line in the vendor's words, without level or token: for log scrapers.  Info. */
void log_plain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Start-up failures and broken invariants only: logs and exits 1. */
void fatal(const char *token, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#endif
