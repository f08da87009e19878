/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line in, one write(2) per sink out.
 *
 * A line is put together on the stack and written whole, so that threads need no lock
 * to keep their lines apart and nothing is lost in a buffer when the process is
 * killed.  The settings are made before threads start and only read afterwards.  A
 * sink that fails (a closed pipe, a full disk) is ignored: a log must not end a call.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

#define LOG_LINE_MAX 2048 /* bytes, newline included; longer text is cut */

static enum log_level log_max = LOG_LEVEL_INFO;
static char *log_tokens;
static int log_fd = -1;
static bool log_split;

void
log_init(enum log_level max)
{
	log_max = max;
}

void
log_accept(const char *tokens)
{
	free(log_tokens);
	log_tokens = tokens ? strdup(tokens) : NULL;
}

void
log_errors_to_stderr(bool on)
{
	log_split = on;
}

int
log_open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);

	if (fd < 0)
		return -errno;
	if (log_fd >= 0)
		close(log_fd);
	log_fd = fd;
	return 0;
}

static bool
token_accepted(const char *token)
{
	size_t len = strlen(token);
	const char *p = log_tokens;

	while (p) {
		size_t word = strcspn(p, ",");

		if (word == len && strncmp(p, token, len) == 0)
			return true;
		p = p[word] ? p + word + 1 : NULL;
	}
	return false;
}

bool
log_enabled(enum log_level level, const char *token)
{
	if (level > log_max)
		return false;
	return level < LOG_LEVEL_DEBUG || !log_tokens || token_accepted(token);
}

struct line {
	char text[LOG_LINE_MAX];
	size_t len; /* at most sizeof(text) - 2: room for a newline and a NUL */
};

static void
line_vadd(struct line *l, const char *fmt, va_list ap)
{
	size_t room = sizeof(l->text) - 1 - l->len;
	int n = vsnprintf(l->text + l->len, room, fmt, ap);

	if (n > 0)
		l->len += (size_t)n < room ? (size_t)n : room - 1;
}

static void __attribute__((format(printf, 2, 3)))
line_add(struct line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_vadd(l, fmt, ap);
	va_end(ap);
}

static void
line_stamp(struct line *l)
{
	struct timeval tv;
	struct tm tm;

	gettimeofday(&tv, NULL);
	localtime_r(&tv.tv_sec, &tm);
	line_add(l, "[%02d-%02d_%02d:%02d:%02d:%03d] ", tm.tm_mon + 1, tm.tm_mday,
	    tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(tv.tv_usec / 1000));
}

static void
line_sanitize(struct line *l)
{
	for (size_t i = 0; i < l->len; i++) {
		unsigned char ch = (unsigned char)l->text[i];

		if (ch < 0x20 || ch == 0x7f)
			l->text[i] = '?';
	}
}

static void
sink_write(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

static void
line_emit(struct line *l, enum log_level level)
{
	int fd = log_split && level <= LOG_LEVEL_WARN ? STDERR_FILENO : STDOUT_FILENO;

	line_sanitize(l);
	l->text[l->len++] = '\n';
	sink_write(fd, l->text, l->len);
	if (log_fd >= 0)
		sink_write(log_fd, l->text, l->len);
}

/* err: an errno to put into words, or 0 */
static void
log_vline(enum log_level level, const char *token, int err, const char *fmt, va_list ap)
{
	static const char *const word[] = {
	    [LOG_LEVEL_ERROR] = "error: ",
	    [LOG_LEVEL_WARN] = "warning: ",
	    [LOG_LEVEL_INFO] = "",
	    [LOG_LEVEL_DEBUG] = "",
	};
	int saved = errno;
	struct line l;

	if (!log_enabled(level, token))
		return;
	l.len = 0;
	line_stamp(&l);
	line_add(&l, "%s: %s", token, word[level]);
	line_vadd(&l, fmt, ap);
	if (err)
		line_add(&l, ": %s", strerror(err));
	line_emit(&l, level);
	errno = saved;
}

#define LOG_FUNCTION(name, level, err) \
	void name(const char *token, const char *fmt, ...) \
	{ \
		int log_errno = (err); \
		va_list ap; \
\
		va_start(ap, fmt); \
		log_vline(level, token, log_errno, fmt, ap); \
		va_end(ap); \
	}

LOG_FUNCTION(log_err, LOG_LEVEL_ERROR, errno)
LOG_FUNCTION(log_errx, LOG_LEVEL_ERROR, 0)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN, errno)
LOG_FUNCTION(log_warnx, LOG_LEVEL_WARN, 0)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO, 0)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG, 0)

void
log_plain(const char *fmt, ...)
{
	struct line l;
	va_list ap;

	if (log_max < LOG_LEVEL_INFO)
		return;
	l.len = 0;
	line_stamp(&l);
	va_start(ap, fmt);
	line_vadd(&l, fmt, ap);
	va_end(ap);
	line_emit(&l, LOG_LEVEL_INFO);
}

void
fatal(const char *token, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(LOG_LEVEL_ERROR, token, 0, fmt, ap);
	va_end(ap);
	exit(1);
}
