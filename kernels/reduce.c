/*
 * reduce: the sum of an array of doubles: what a memory delivers when nothing is written back. The data
 * are integers in doubles, so that every order of adding gives the same sum, exactly.
 */
#ifndef CM_DEVICE
#include "api/host_simd.h"
#include "api/kernel.h"
#endif

#ifdef CM_DEVICE
/* First step: each item adds a stretch of its own or every GSZ-th vector, by STRIDE. */
KERNEL(reduce_parts, GLOBAL double *RESTRICT part, const GLOBAL double *RESTRICT in, const cm_u64 n)
{
	const cm_u64 items = GSZ, i = GID;
	double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#if STRIDE
	for (cm_u64 k = i; k < n; k += 4 * items) {
		s0 += in[k];
		s1 += k + items < n ? in[k + items] : 0;
		s2 += k + 2 * items < n ? in[k + 2 * items] : 0;
		s3 += k + 3 * items < n ? in[k + 3 * items] : 0;
	}
#else
	const cm_u64 each = (n + items - 1) / items, lo = i * each;
	const cm_u64 hi = lo + each < n ? lo + each : n;
	cm_u64 k = lo;

	for (; k + 4 <= hi; k += 4) {
		s0 += in[k];
		s1 += in[k + 1];
		s2 += in[k + 2];
		s3 += in[k + 3];
	}
	for (; k < hi; k++)
		s0 += in[k];
#endif
	part[i] = (s0 + s1) + (s2 + s3);
}

KERNEL(reduce_end, GLOBAL double *RESTRICT out, const GLOBAL double *RESTRICT part, const cm_u64 parts)
{
	double s = 0;

	if (GID == 0) {
		for (cm_u64 i = 0; i < parts; i++)
			s += part[i];
		out[0] = s;
	}
}
#else
#include <math.h>
#include <stdio.h>

#include "base/rng.h"

enum { MAX_PARTS = 65536 };

static size_t reduce_sizes(const struct kernel_env *env, enum cm_suite suite, enum cm_type type,
			   size_t out[CM_MAX_SIZES])
{
	const size_t beyond = (suite == CM_QUICK ? 1 : 2) * env->plateau_bytes;
	size_t bytes = beyond > (size_t)256 << 20 ? beyond : (size_t)256 << 20;
	size_t n = 0;

	(void)type;
	if (env->memory_bytes && bytes > env->memory_bytes / 2)
		bytes = env->memory_bytes / 2;
	if (env->max_alloc_bytes && bytes > env->max_alloc_bytes)
		bytes = env->max_alloc_bytes;
	if (suite != CM_QUICK && env->l2_bytes)
		out[n++] = env->l2_bytes / 2 * env->compute_units / 8;
	out[n++] = bytes / 8 / 512 * 512;
	return n;
}

static enum cm_status reduce_plan(const struct kernel_env *env, struct kernel_plan *p,
				  struct cm_err *err)
{
	size_t parts = (size_t)env->compute_units * (p->c.tune[0] ? 256 : 16);

	if (p->c.n < 1 || p->c.n > (size_t)1 << 33)
		return cm_fail(err, CM_EINPUT, "reduce takes 1 to 2^33 elements, not %zu", p->c.n);
	if (parts > MAX_PARTS)
		parts = MAX_PARTS;
	p->buf[0] = (struct kernel_buf){ "out", 8, CM_OUT };
	p->buf[1] = (struct kernel_buf){ "part", MAX_PARTS * 8, CM_SCRATCH };
	p->buf[2] = (struct kernel_buf){ "in", p->c.n * 8, CM_IN };
	p->bufs = 3;
	p->step[0] = (struct kernel_step){
		.entry = "reduce_parts", .dims = 1, .global = { parts, 1, 1 },
		.arg = { { .kind = CM_ARG_BUF, .buf = 1 }, { .kind = CM_ARG_BUF, .buf = 2 },
			 { .kind = CM_ARG_U64, .u64 = p->c.n } },
		.args = 3, .items = p->c.n,
	};
	p->step[1] = (struct kernel_step){
		.entry = "reduce_end", .dims = 1, .global = { 1, 1, 1 },
		.arg = { { .kind = CM_ARG_BUF, .buf = 0 }, { .kind = CM_ARG_BUF, .buf = 1 },
			 { .kind = CM_ARG_U64, .u64 = parts } },
		.args = 3, .items = 1,
	};
	p->steps = 2;
	snprintf(p->defines, sizeof p->defines, "-DSTRIDE=%d", p->c.tune[0] == 2);
	p->flops = (double)p->c.n;
	p->bytes = 8.0 * (double)p->c.n;
	p->work = (double)p->c.n;
	return CM_OK;
}

/* Integers below 2^16 in absolute value: sums of 2^33 of them stay below 2^53. */
static double reduce_value(struct rng *r)
{
	return (double)(int)(rng_next(r) >> 47) - 65536.0;
}

static void reduce_fill(const struct kernel_plan *p, void *const buf[])
{
	struct rng r;

	rng_seed(&r, p->c.seed);
	for (size_t i = 0; i < p->c.n; i++)
		((double *)buf[2])[i] = reduce_value(&r);
	*(double *)buf[0] = NAN;
}

#define REDUCE_BODY(SUFFIX, TARGET, BYTES)                                                         \
	TARGET static void reduce_##SUFFIX(double *sum, const double *in, size_t lo, size_t hi)    \
	{                                                                                          \
		typedef double vec __attribute__((vector_size(BYTES), aligned(8), may_alias));     \
		enum { W = BYTES / 8 };                                                            \
		vec s[8] = { { 0 } };                                                              \
		double total = 0;                                                                  \
		size_t i = lo;                                                                     \
                                                                                                   \
		for (; i + 8 * W <= hi; i += 8 * W)                                                \
			for (int k = 0; k < 8; k++)                                                \
				s[k] += *(const vec *)(in + i + k * W);                            \
		for (; i < hi; i++)                                                                \
			total += in[i];                                                            \
		for (int k = 0; k < 8; k++)                                                        \
			for (int w = 0; w < W; w++)                                                \
				total += s[k][w];                                                  \
		*sum = total;                                                                      \
	}
CM_SIMD_VARIANTS(REDUCE_BODY)

static void reduce_host(const struct kernel_span *s)
{
	double *part = s->buf[1];

	/* A cache line for each thread's part. */
	if (s->step == 0) {
		CM_SIMD_CALL(reduce, (part + s->thread * 8, s->buf[2], s->lo, s->hi));
	} else if (s->lo < s->hi) {
		double sum = 0;

		for (unsigned t = 0; t < s->threads; t++)
			sum += part[t * 8];
		*(double *)s->buf[0] = sum;
	}
}

static enum cm_status reduce_verify(const struct kernel_plan *p, void *const buf[],
				    uint64_t iterations, struct cm_err *err)
{
	const double found = *(const double *)buf[0];
	double want = 0;
	struct rng r;

	(void)iterations;
	rng_seed(&r, p->c.seed);
	for (size_t i = 0; i < p->c.n; i++)
		want += reduce_value(&r);
	if (found != want)
		return cm_fail(err, CM_EVERIFY, "the sum of %zu integers is %.17g, expected %.17g", p->c.n,
			       found, want);
	return CM_OK;
}

static const enum cm_type reduce_types[] = { CM_F64, CM_NOTYPE };

static const struct kernel_tunable reduce_tunables[] = {
	{ "layout", { 1, 2 }, "1: each item a stretch of its own; 2: neighbours read neighbours" },
	{ .name = NULL },
};

const struct kernel kernel_reduce = {
	.abi = CM_KERNEL_ABI,
	.name = "reduce",
	.group = "reduce",
	.desc = "sum of doubles: memory bandwidth, reads only",
	.size_unit = "elements",
	.work_unit = "element",
	.metric = CM_BYTES_PER_S,
	.roof = CM_ROOF_MEMORY,
	.types = reduce_types,
	.tunables = reduce_tunables,
	.peer = "likwid-bench load_avx512",
	.sizes = reduce_sizes,
	.plan = reduce_plan,
	.fill = reduce_fill,
	.run_host = reduce_host,
	.verify = reduce_verify,
};
#endif
