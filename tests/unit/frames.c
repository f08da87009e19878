/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads tests/data.  The files are ours, so anything odd in one ends the test at once
 * with file and line; a frame that was silently skipped would be a test that cannot
 * fail.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/frames.h"

struct frame *frames;
size_t frames_count;

struct reader {
	const char *file;
	int line;
	struct frame *frames;
	size_t count;
};

static void __attribute__((noreturn)) bad(const struct reader *r, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", r->file, r->line, what);
	exit(1);
}

static void
copy(const struct reader *r, char *to, size_t size, const char *from)
{
	if (strlen(from) >= size)
		bad(r, "line too long");
	memcpy(to, from, strlen(from) + 1);
}

static struct frame *
new_frame(struct reader *r, const char *name)
{
	struct frame *f;

	r->frames = realloc(r->frames, (r->count + 1) * sizeof(*r->frames));
	if (!r->frames)
		bad(r, "out of memory");
	f = &r->frames[r->count++];
	memset(f, 0, sizeof(*f));
	copy(r, f->name, sizeof(f->name), name);
	return f;
}

static int
digit(const struct reader *r, char ch)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = ch ? strchr(digits, ch) : NULL;

	if (!p)
		bad(r, "not a hex digit");
	return (int)(p - digits);
}

static void
add_bytes(struct reader *r, const char *p)
{
	struct frame *f = &r->frames[r->count - 1];

	while (*p && *p != '#') {
		if (*p == '|' || isspace((unsigned char)*p)) {
			p++;
			continue;
		}
		if (f->len == sizeof(f->bytes))
			bad(r, "frame too long");
		f->bytes[f->len++] = (uint8_t)(digit(r, p[0]) << 4 | digit(r, p[1]));
		p += 2;
	}
}

static void
take_line(struct reader *r, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return;
	if (strncmp(line, "frame ", 6) == 0)
		new_frame(r, line + 6);
	else if (r->count == 0)
		bad(r, "no frame yet");
	else if (strncmp(line, "text ", 5) == 0)
		copy(
		    r, r->frames[r->count - 1].text, sizeof(r->frames->text), line + 5);
	else if (isspace((unsigned char)line[0]))
		add_bytes(r, line);
	else
		bad(r, "neither frame, text nor bytes");
}

static void
load(struct reader *r, const char *file)
{
	char path[4096], line[1024];
	FILE *f;

	r->file = file;
	r->line = 0;
	snprintf(path, sizeof(path), "%s/%s", TESTS_DATA_DIR, file);
	f = fopen(path, "r");
	if (!f)
		bad(r, "cannot open");
	while (fgets(line, sizeof(line), f)) {
		r->line++;
		take_line(r, line);
	}
	fclose(f);
}

static struct frame *
finish(struct reader *r, size_t *ret_count)
{
	if (r->count == 0)
		bad(r, "holds no frame");
	*ret_count = r->count;
	return r->frames;
}

struct frame *
frames_load(const char *file, size_t *ret_count)
{
	struct reader r = {0};

	load(&r, file);
	return finish(&r, ret_count);
}

struct frame *
frames_load_qmi(size_t *ret_count)
{
	static const char *const files[] = {
	    "qmi-ctl.hex",
	    "qmi-setup.hex",
	    "qmi-call.hex",
	    "qmi-settings.hex",
	    "qmi-nas-uim.hex",
	};
	struct reader r = {0};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		load(&r, files[i]);
	return finish(&r, ret_count);
}

int
frames_setup(void **state)
{
	(void)state;
	frames = frames_load_qmi(&frames_count);
	return 0;
}

int
frames_teardown(void **state)
{
	(void)state;
	free(frames);
	frames = NULL;
	return 0;
}

const struct frame *
frame_named(const char *name)
{
	for (size_t i = 0; i < frames_count; i++) {
		if (strcmp(frames[i].name, name) == 0)
			return &frames[i];
	}
	fprintf(stderr, "tests/data has no frame \"%s\"\n", name);
	exit(1);
}
