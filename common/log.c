/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line in, one write(2) per sink out.
 *
 * A line is put together on the stack and written whole, so that threads need no lock
 * to keep their lines apart and nothing is lost in a buffer when the process is
 * killed.  The settings are made before threads start and only read afterwards.  A
 * sink that fails is ignored (a full disk; a closed pipe too, as the programs ignore
 * SIGPIPE): a log must not end a call.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/text.h"

#define LOG_LINE_MAX 2048 /* bytes, newline included */

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

/* text.buf has one byte more than text.size says, for the newline */
struct line {
	char buf[LOG_LINE_MAX];
	struct text text;
};

static void
line_start(struct line *l)
{
	struct timeval tv;
	struct tm tm;

	text_init(&l->text, l->buf, sizeof(l->buf) - 1);
	gettimeofday(&tv, NULL);
	localtime_r(&tv.tv_sec, &tm);
	text_add(&l->text, "[%02d-%02d_%02d:%02d:%02d:%03d] ", tm.tm_mon + 1,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(tv.tv_usec / 1000));
}

static void
line_sanitize(struct line *l)
{
	for (size_t i = 0; i < l->text.len; i++) {
		unsigned char ch = (unsigned char)l->buf[i];

		if (ch < 0x20 || ch == 0x7f)
			l->buf[i] = '?';
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
	l->buf[l->text.len] = '\n';
	sink_write(fd, l->buf, l->text.len + 1);
	if (log_fd >= 0)
		sink_write(log_fd, l->buf, l->text.len + 1);
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
	line_start(&l);
	text_add(&l.text, "%s: %s", token, word[level]);
	text_vadd(&l.text, fmt, ap);
	if (err)
		text_add(&l.text, ": %s", strerror(err));
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
	line_start(&l);
	va_start(ap, fmt);
	text_vadd(&l.text, fmt, ap);
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
