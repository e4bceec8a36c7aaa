/*
 * How large a working set must be to leave every cache: measured, because a virtual machine may report
 * its host's caches (kernels.md: 480 MiB here and there). A read sweep on all cores; the smallest set whose
 * bandwidth has come down to that of the largest. Kept in the cache folder by processor and memory.
 */
#include "engine/topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/backend.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"

#define SMALLEST ((size_t)4 << 20)
#define LARGEST ((size_t)1 << 30)
#define NEAR_ENOUGH 1.15 /* of the lowest level's bandwidth */

/* Sum, so that the compiler keeps the loads; eight chains hide the latency of the adds. */
static uint64_t read_all(const uint64_t *p, size_t words)
{
	uint64_t s[8] = { 0 };

	for (size_t i = 0; i + 8 <= words; i += 8)
		for (size_t k = 0; k < 8; k++)
			s[k] += p[i + k];
	return s[0] + s[1] + s[2] + s[3] + s[4] + s[5] + s[6] + s[7];
}

/* Best of three passes over `bytes`, each core its own part; GB/s. */
static double bandwidth(const uint64_t *p, size_t bytes, unsigned threads, volatile uint64_t *sink)
{
	const size_t part = bytes / sizeof *p / threads;
	const size_t reads = 1 + SMALLEST / bytes; /* of a small set, so that the clock sees it */
	double best = 0;

	for (int pass = 0; pass < 4; pass++) {
		uint64_t sum = 0;
		const uint64_t t0 = cm_now_ns();
		double rate;

#pragma omp parallel for num_threads(threads) schedule(static, 1) reduction(+ : sum)
		for (unsigned t = 0; t < threads; t++)
			for (size_t k = 0; k < reads; k++)
				sum += read_all(p + t * part, part);
		*sink += sum;
		rate = (double)bytes * (double)reads / (double)(cm_now_ns() - t0);
		if (pass && rate > best)
			best = rate;
	}
	return best;
}

static enum cm_status sweep(size_t limit, size_t *bytes, struct cm_err *err)
{
	const unsigned threads = cm_host_threads();
	double rate[64];
	size_t size[64], n = 0;
	volatile uint64_t sink = 0;
	uint64_t *p = cm_huge_alloc(limit);

	if (!p)
		return cm_fail(err, CM_EIO, "no %zu MiB of memory for the cache sweep", limit >> 20);
#pragma omp parallel for num_threads(threads) schedule(static, 1)
	for (unsigned t = 0; t < threads; t++)
		memset((char *)p + t * (limit / threads), 1, limit / threads);
	for (size_t s = SMALLEST; s <= limit && n < CM_COUNT(size); s *= 2) {
		size[n] = s;
		rate[n++] = bandwidth(p, s, threads, &sink);
	}
	for (size_t last = n - 1; n > 1 && rate[n - 2] < NEAR_ENOUGH * rate[last];)
		n--;
	*bytes = size[n - 1];
	cm_huge_free(p, limit);
	return CM_OK;
}

static char *cache_path_dup(const struct machine *m)
{
	char hex[65];
	char *name = cm_printf_dup("%s %zu %u", m->cpu, m->memory_bytes >> 28, m->cores), *path, *file;

	hash_bytes(name, strlen(name), hex);
	free(name);
	file = cm_printf_dup("plateau-%.16s", hex);
	path = file_xdg_cache_dup(file);
	free(file);
	return path;
}

static void keep(const char *path, size_t bytes)
{
	struct file_out *f;
	struct cm_err ignored; /* without the cache the next run measures again */
	FILE *out;
	char *dir = cm_strdup(path), *slash = strrchr(dir, '/');

	if (slash)
		*slash = '\0';
	if (!file_mkdirs(dir, &ignored) && !file_create(path, &f, &out, &ignored)) {
		fprintf(out, "%zu\n", bytes);
		file_commit(f, &ignored);
	}
	free(dir);
}

enum cm_status topology_plateau(const struct machine *m, bool fresh, size_t *bytes,
				struct cm_err *err)
{
	char *path = cache_path_dup(m), line[64];
	size_t limit = LARGEST;
	enum cm_status st = CM_OK;

	*bytes = 0;
	if (!fresh && file_line(path, line, sizeof line))
		*bytes = (size_t)strtoull(line, NULL, 10);
	while (limit > m->memory_bytes / 8 && limit > SMALLEST)
		limit /= 2;
	if (*bytes < SMALLEST || *bytes > LARGEST) {
		st = sweep(limit, bytes, err);
		if (!st)
			keep(path, *bytes);
	}
	free(path);
	return st;
}
