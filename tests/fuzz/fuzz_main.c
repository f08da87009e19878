/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzz target as an ordinary program.
 *
 *	fuzz_qmi                  run all seeds and damaged copies of them
 *	fuzz_qmi FILE...          run these inputs (a crash that a fuzzer found)
 *	fuzz_qmi --write DIR      write the seeds, and the dictionary as DIR.dict
 *
 * The damage is the same on every run: every bit flipped, every prefix, every pair of
 * neighbours in one buffer.  Inputs lie in memory of their own size, so that one byte
 * too far is caught by a sanitizer or valgrind.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (1 << 20) /* bytes of a file worth running */

static size_t runs;

static void
run(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, bytes, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	runs++;
}

static void
run_damaged(struct frame *f)
{
	for (size_t bit = 0; bit < f->len * 8; bit++) {
		f->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		run(f->bytes, f->len);
		f->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t len = 0; len < f->len; len++)
		run(f->bytes, len);
}

static void
run_pair(const struct frame *a, const struct frame *b)
{
	uint8_t both[2 * FRAME_BYTES_MAX];

	memcpy(both, a->bytes, a->len);
	memcpy(both + a->len, b->bytes, b->len);
	run(both, a->len + b->len);
}

static int
run_seeds(void)
{
	struct frame *seeds;
	size_t count;

	seeds = fuzz_seeds(&count);
	for (size_t i = 0; i < count; i++) {
		run(seeds[i].bytes, seeds[i].len);
		run_damaged(&seeds[i]);
		run_pair(&seeds[i], &seeds[(i + 1) % count]);
	}
	free(seeds);
	printf("%zu inputs from %zu seeds\n", runs, count);
	return 0;
}

static int
run_file(const char *path)
{
	static uint8_t bytes[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	size_t len;

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	run(bytes, len);
	return 0;
}

static int
write_file(const char *path, const struct frame *seed)
{
	FILE *f = fopen(path, "wb");

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	if (seed)
		fwrite(seed->bytes, 1, seed->len, f);
	else
		fuzz_dictionary(f);
	return fclose(f) == 0 ? 0 : 1;
}

static int
write_seeds(const char *dir)
{
	struct frame *seeds;
	char path[4096];
	size_t count;
	int r = 0;

	if (mkdir(dir, 0777) < 0 && errno != EEXIST) {
		fprintf(stderr, "%s: %s\n", dir, strerror(errno));
		return 1;
	}
	seeds = fuzz_seeds(&count);
	for (size_t i = 0; i < count && r == 0; i++) {
		snprintf(path, sizeof(path), "%s/%03zu", dir, i);
		r = write_file(path, &seeds[i]);
	}
	free(seeds);
	snprintf(path, sizeof(path), "%s.dict", dir);
	return r ? r : write_file(path, NULL);
}

int
main(int argc, char **argv)
{
	int r = 0;

	if (argc == 1)
		return run_seeds();
	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_seeds(argv[2]);
	for (int i = 1; i < argc; i++)
		r |= run_file(argv[i]);
	return r;
}
