/*
 * Bare loops to set the harness beside: nothing of costmark's in them. usage:
 *   peer_bare clock         ns a reading of the monotonic clock
 *   peer_bare team          ns an empty OpenMP parallel region
 *   peer_bare memcpy BYTES  GB/s of one thread's memcpy, bytes copied once counted
 *   peer_bare opencl        ns a launch and wait of a kernel of one item on the first OpenCL device
 * Each prints the median of 21 rounds.
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { ROUNDS = 21 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double median(double *v)
{
	for (int i = 0; i < ROUNDS; i++)
		for (int j = i + 1; j < ROUNDS; j++)
			if (v[j] < v[i]) {
				const double t = v[i];

				v[i] = v[j];
				v[j] = t;
			}
	return v[ROUNDS / 2];
}

static double clock_round(void)
{
	const double begin = now();

	for (int i = 0; i < 100000; i++)
		now();
	return (now() - begin) / 100000;
}

static double team_round(void)
{
	const double begin = now();

	for (int i = 0; i < 10000; i++) {
#pragma omp parallel
		{
			__asm__ volatile("");
		}
	}
	return (now() - begin) / 10000;
}

static size_t copied;

static double memcpy_round(void)
{
	static char *from, *to;
	double begin;

	if (!from) {
		if (posix_memalign((void **)&from, 2 << 20, copied) ||
		    posix_memalign((void **)&to, 2 << 20, copied))
			exit(1);
		madvise(from, copied, MADV_HUGEPAGE);
		madvise(to, copied, MADV_HUGEPAGE);
		memset(from, 1, copied);
		memset(to, 2, copied);
	}
	begin = now();
	for (int i = 0; i < 4; i++) {
		memcpy(to, from, copied);
		__asm__ volatile("" : : "r"(to) : "memory");
	}
	return 4.0 * (double)copied / (now() - begin);
}

static double opencl_round(void)
{
	static cl_command_queue q;
	static cl_kernel k;
	const size_t one = 1;
	double begin;

	if (!k) {
		const char *text = "__kernel void f(__global ulong *c)"
				   "{ if (get_global_id(0) == 0) c[0] += 1; }";
		cl_platform_id p;
		cl_device_id d;
		cl_context c;
		cl_program g;
		cl_mem m;

		if (clGetPlatformIDs(1, &p, NULL) || clGetDeviceIDs(p, CL_DEVICE_TYPE_ALL, 1, &d, NULL))
			exit(1);
		c = clCreateContext(NULL, 1, &d, NULL, NULL, NULL);
		q = clCreateCommandQueue(c, d, CL_QUEUE_PROFILING_ENABLE, NULL);
		g = clCreateProgramWithSource(c, 1, &text, NULL, NULL);
		if (clBuildProgram(g, 1, &d, "", NULL, NULL))
			exit(1);
		k = clCreateKernel(g, "f", NULL);
		m = clCreateBuffer(c, CL_MEM_READ_WRITE, 8, NULL, NULL);
		clSetKernelArg(k, 0, sizeof m, &m);
	}
	begin = now();
	for (int i = 0; i < 200; i++) {
		clEnqueueNDRangeKernel(q, k, 1, NULL, &one, NULL, 0, NULL, NULL);
		clFinish(q);
	}
	return (now() - begin) / 200;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		double (*round)(void);
	} all[] = { { "clock", clock_round }, { "team", team_round }, { "memcpy", memcpy_round },
		    { "opencl", opencl_round } };
	double v[ROUNDS];

	copied = argc > 2 ? strtoull(argv[2], NULL, 10) : 1 << 20;
	for (size_t i = 0; argc > 1 && i < sizeof all / sizeof *all; i++)
		if (!strcmp(argv[1], all[i].name)) {
			for (int r = -2; r < ROUNDS; r++)
				v[r < 0 ? 0 : r] = all[i].round();
			printf("%.5g\n", median(v));
			return 0;
		}
	return 1;
}
