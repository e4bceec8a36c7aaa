/*
 * A bare pointer chase: one random cycle through all lines of a set in huge pages, nothing of costmark's.
 * usage: peer_chase BYTES; prints ns a load, median of 9, each of at least 50 ms.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	const size_t bytes = argc > 1 ? strtoull(argv[1], NULL, 10) : 0, lines = bytes / 64;
	uint64_t *next, state = (uint64_t)now() | 1, at = 0;
	size_t loads = 1 << 16;
	double ns[9];

	if (lines < 2 || posix_memalign((void **)&next, 2 << 20, bytes))
		return 1;
	madvise(next, bytes, MADV_HUGEPAGE);
	for (size_t i = 0; i < lines; i++)
		next[i * 8] = i;
	for (size_t i = lines - 1; i > 0; i--) {
		const uint64_t kept = next[i * 8];
		size_t j;

		state = state * 6364136223846793005u + 1442695040888963407u;
		j = (state >> 20) % i;
		next[i * 8] = next[j * 8];
		next[j * 8] = kept;
	}
	for (int k = -2; k < 9; k++) {
		const double begin = now();

		for (size_t i = 0; i < loads; i++)
			at = next[at * 8];
		if (now() - begin < 50e6 && k < 0) {
			loads *= 2;
			k--; /* again, longer, until a round lasts */
			continue;
		}
		if (k >= 0)
			ns[k] = (now() - begin) / (double)loads;
	}
	qsort(ns, 9, sizeof *ns, by_value);
	printf("%.5g\n", ns[4]);
	fprintf(stderr, "%llu\n", (unsigned long long)at); /* or the loads would be removed */
	return 0;
}
