/*
 * How large a working set must be to leave every cache: measured, because a virtual machine may report
 * its host's caches (kernels.md: 480 MiB here and there). A read sweep on all cores; the smallest set whose
 * bandwidth has come down to that of the largest. Kept in the cache folder by processor and memory.
 */
#include "engine/topology.h"

#include <math.h>
#include <sched.h>
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
#define REREAD ((size_t)64 << 20) /* small sets are read until so much has been */
#define ROUNDS 6
#define LEAST ((size_t)64 << 20) /* where no level shows, or one in a part of this: it costs little */
#define ABOVE 1.6 /* a rate so far above the lowest is of a cache; less is between moments of a memory */

typedef uint64_t words2 __attribute__((vector_size(16)));

/* Sum, so that the compiler keeps the loads; eight chains hide the latency of the adds. Two words a load,
 * which every 64-bit processor has: one word a load is slower than some memories, and shows no cache. */
static uint64_t read_all(const uint64_t *words, size_t n)
{
	const words2 *p = (const words2 *)(const void *)words;
	words2 s[8] = { { 0 } };

	for (size_t i = 0; i + 8 <= n / 2; i += 8)
		for (size_t k = 0; k < 8; k++)
			s[k] += p[i + k];
	for (size_t k = 1; k < 8; k++)
		s[0] += s[k];
	return s[0][0] + s[0][1];
}

/* One pass over `bytes` after one that brings them near, each core its own part; GB/s. */
static double bandwidth(const uint64_t *p, size_t bytes, unsigned threads, volatile uint64_t *sink)
{
	const size_t part = bytes / sizeof *p / threads, again = 1 + REREAD / bytes;
	double rate = 0;

	for (int pass = 0; pass < 2; pass++) {
		const size_t times = pass ? again : 1;
		const uint64_t t0 = cm_now_ns();
		uint64_t sum = 0;

#pragma omp parallel for num_threads(threads) schedule(static, 1) reduction(+ : sum)
		for (unsigned t = 0; t < threads; t++)
			for (size_t k = 0; k < times; k++)
				sum += read_all(p + t * part, part);
		*sink += sum;
		rate = (double)bytes * (double)times / (double)(cm_now_ns() - t0 + 1);
	}
	return rate;
}

size_t plateau_of(const size_t *size, const double *rate, size_t n)
{
	double floor = INFINITY;

	/* Of the largest three: the largest alone may have had a good moment, and would hide a level. */
	for (size_t i = n > 3 ? n - 3 : 0; i < n; i++)
		floor = fmin(floor, rate[i]);
	while (n > 1 && rate[n - 2] < ABOVE * floor)
		n--;
	return n ? size[n - 1] : 0;
}

static enum cm_status sweep(size_t limit, size_t *bytes, struct cm_err *err)
{
	const unsigned threads = cm_host_threads();
	double rate[64] = { 0 };
	size_t size[64], n = 0;
	volatile uint64_t sink = 0;
	cpu_set_t ours;
	uint64_t *p = cm_huge_alloc(limit);

	if (!p)
		return cm_fail(err, CM_EIO, "no %zu MiB of memory for the cache sweep", limit >> 20);
	/* Two threads on one core would look like a smaller cache. Ours, whose children inherit it, is let
	 * go again after. */
	sched_getaffinity(0, sizeof ours, &ours);
#pragma omp parallel for num_threads(threads) schedule(static, 1)
	for (unsigned t = 0; t < threads; t++) {
		cm_host_bind(t);
		memset((char *)p + t * (limit / threads), 1, limit / threads);
	}
	for (size_t s = SMALLEST; s <= limit && n < CM_COUNT(size); s *= 2)
		size[n++] = s;
	/* Best of several rounds over all sizes: a busy moment must not fall on one size alone. */
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < n; i++)
			rate[i] = fmax(rate[i], bandwidth(p, size[i], threads, &sink));
	*bytes = plateau_of(size, rate, n);
	if (*bytes < LEAST && limit >= LEAST)
		*bytes = LEAST;
	sched_setaffinity(0, sizeof ours, &ours);
	cm_huge_free(p, limit);
	return CM_OK;
}

static char *cache_path_dup(const struct machine *m)
{
	char hex[65];
	char *name = cm_printf_dup("%s %zu %u", m->cpu, m->memory_bytes >> 28, m->cores), *path, *file;

	hash_bytes(name, strlen(name), hex);
	free(name);
	file = cm_printf_dup("plateau-2-%.16s", hex);
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
