/*
 * FFTW in place, which is how it is fastest where the data come from memory: costmark's own row of it is out
 * of place. usage: peer_fftw POINTS BATCH THREADS; prints GFLOP/s, 5·n·log2(n) a transform, median of 9.
 */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../vendors/host/fftw_abi.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	void *lib = dlopen("libfftw3f_threads.so.3", RTLD_NOW);
	const int n = argc > 3 ? atoi(argv[1]) : 0, batch = argc > 3 ? atoi(argv[2]) : 0;
	const size_t bytes = (size_t)n * (size_t)batch * 8;
	struct fftw fw;
	struct fftwf_plan_s *plan;
	fw_complex *x;
	double rate[9];

	if (!lib || n < 2 || batch < 1 || posix_memalign((void **)&x, 2 << 20, bytes))
		return 1;
	memset(x, 0, bytes);
	fw.init_threads = (fw_init_threads *)dlsym(lib, "fftwf_init_threads");
	fw.plan_with_nthreads = (fw_plan_with_nthreads *)dlsym(lib, "fftwf_plan_with_nthreads");
	fw.plan_many = (fw_plan_many *)dlsym(lib, "fftwf_plan_many_dft");
	fw.execute = (fw_execute *)dlsym(lib, "fftwf_execute");
	fw.init_threads();
	fw.plan_with_nthreads(atoi(argv[3]));
	plan = fw.plan_many(1, &n, batch, x, NULL, 1, n, x, NULL, 1, n, FW_FORWARD, FW_MEASURE);
	for (int i = -2; i < 9; i++) {
		double begin;

		/* Fresh data each time: in place they would grow out of range. */
		for (size_t k = 0; k < bytes / 4; k++)
			((float *)x)[k] = (float)((k * 2654435761u + (unsigned)i) % 65536) / 32768 - 1;
		begin = now();
		fw.execute(plan);
		if (i >= 0)
			rate[i] = 5.0 * n * log2(n) * batch / (now() - begin) * 1e-9;
	}
	qsort(rate, 9, sizeof *rate, by_value);
	printf("%.4g\n", rate[4]);
	return 0;
}
