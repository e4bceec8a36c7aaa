/*
 * fma: chains of multiply-adds held in registers: the compute roof of a device. Each item runs CHAINS
 * independent chains of x = x·m + a for a fixed number of steps, on random data. Two FLOP a step and chain.
 * Fused or not is the device's choice; the check allows both.
 */
#ifndef CM_DEVICE
#include "api/host_simd.h"
#include "api/kernel.h"
#endif

#define FMA_STEPS 4096

/* Devices: 8 chains of vectors of VEC; REAL, VECTOR and VEC come with the build. */
#ifdef CM_DEVICE
KERNEL(fma_chains, GLOBAL VECTOR *RESTRICT out, const GLOBAL VECTOR *RESTRICT in, const REAL m,
       const REAL a, const cm_u64 n)
{
	const cm_u64 i = GID;
	VECTOR x0, x1, x2, x3, x4, x5, x6, x7;

	GUARD(i, n);
	x0 = in[i];
	x1 = x0 + (REAL)1;
	x2 = x0 + (REAL)2;
	x3 = x0 + (REAL)3;
	x4 = x0 + (REAL)4;
	x5 = x0 + (REAL)5;
	x6 = x0 + (REAL)6;
	x7 = x0 + (REAL)7;
	for (int k = 0; k < FMA_STEPS; k++) {
		x0 = x0 * m + a;
		x1 = x1 * m + a;
		x2 = x2 * m + a;
		x3 = x3 * m + a;
		x4 = x4 * m + a;
		x5 = x5 * m + a;
		x6 = x6 * m + a;
		x7 = x7 * m + a;
	}
	out[i] = ((x0 + x1) + (x2 + x3)) + ((x4 + x5) + (x6 + x7));
}
#else
#include <math.h>
#include <stdio.h>

#include "base/rng.h"

enum { CHAINS = 8, WIDEST = 16 };

static size_t fma_sizes(const struct kernel_env *env, enum cm_suite suite, enum cm_type type,
			size_t out[CM_MAX_SIZES])
{
	(void)suite, (void)type;
	/* Values: enough items to fill a device many times over, few enough to stay in a cache. */
	out[0] = (size_t)env->compute_units * 4096;
	return 1;
}

static double fma_factor(uint64_t seed, bool add)
{
	struct rng r;

	rng_seed(&r, seed ^ 0xf3a);
	if (add)
		rng_next(&r);
	/* |m| < 1: values stay in range and never become denormal, since a keeps them away from zero. */
	return add ? 0.25 + 0.5 * rng_unit(&r) : 0.9 + 0.09 * rng_unit(&r);
}

static enum cm_status fma_plan(const struct kernel_env *env, struct kernel_plan *p, struct cm_err *err)
{
	const bool f64 = p->c.type == CM_F64;
	const size_t bytes = cm_type_bytes(p->c.type);
	const double m = fma_factor(p->c.seed, false), a = fma_factor(p->c.seed, true);
	const int vec = p->c.tune[0];
	struct kernel_step *s = &p->step[0];

	(void)env;
	if (p->c.n < 256 || p->c.n % 256 || p->c.n > 1u << 30)
		return cm_fail(err, CM_EINPUT, "fma takes a multiple of 256 values up to 2^30, not %zu",
			       p->c.n);
	p->buf[0] = (struct kernel_buf){ "out", p->c.n * bytes, CM_OUT };
	p->buf[1] = (struct kernel_buf){ "in", p->c.n * bytes, CM_IN };
	p->bufs = 2;
	*s = (struct kernel_step){
		.entry = "fma_chains", .dims = 1, .global = { p->c.n / (size_t)vec, 1, 1 },
		.arg = { { .kind = CM_ARG_BUF, .buf = 0 }, { .kind = CM_ARG_BUF, .buf = 1 },
			 { .kind = CM_ARG_F64, .f64 = m }, { .kind = CM_ARG_F64, .f64 = a },
			 { .kind = CM_ARG_U64, .u64 = p->c.n / (size_t)vec } },
		.args = 5, .items = p->c.n,
	};
	if (!f64) {
		s->arg[2] = (struct kernel_arg){ .kind = CM_ARG_F32, .f32 = (float)m };
		s->arg[3] = (struct kernel_arg){ .kind = CM_ARG_F32, .f32 = (float)a };
	}
	p->steps = 1;
	if (vec == 1)
		snprintf(p->defines, sizeof p->defines, "-DREAL=%s -DVECTOR=%s", f64 ? "double" : "float",
			 f64 ? "double" : "float");
	else
		snprintf(p->defines, sizeof p->defines, "-DREAL=%s -DVECTOR=%s%d",
			 f64 ? "double" : "float", f64 ? "double" : "float", vec);
	p->flops = 2.0 * CHAINS * FMA_STEPS * (double)p->c.n;
	p->bytes = 2.0 * (double)(p->c.n * bytes);
	p->work = (double)p->c.n;
	return CM_OK;
}

static void fma_fill(const struct kernel_plan *p, void *const buf[])
{
	struct rng r;

	rng_seed(&r, p->c.seed);
	for (size_t i = 0; i < p->c.n; i++) {
		const double x = rng_sym(&r);

		if (p->c.type == CM_F64)
			((double *)buf[1])[i] = x, ((double *)buf[0])[i] = NAN;
		else
			((float *)buf[1])[i] = (float)x, ((float *)buf[0])[i] = NAN;
	}
}

/* Two vectors a chain side by side: 16 chains in flight hide the latency of two units. */
#define FMA_BODY(SUFFIX, TARGET, BYTES, REAL, NAME)                                                \
	TARGET static void NAME##_##SUFFIX(REAL *restrict out, const REAL *restrict in, REAL m,    \
					   REAL a, size_t lo, size_t hi)                           \
	{                                                                                          \
		typedef REAL vec __attribute__((vector_size(BYTES), aligned(8), may_alias));       \
		enum { W = BYTES / sizeof(REAL) };                                                 \
                                                                                                   \
		for (size_t i = lo; i + 2 * W <= hi; i += 2 * W) {                                 \
			vec x[2][CHAINS];                                                          \
                                                                                                   \
			for (int v = 0; v < 2; v++)                                                \
				for (int c = 0; c < CHAINS; c++)                                   \
					x[v][c] = *(const vec *)(in + i + v * W) + (REAL)c;        \
			for (int k = 0; k < FMA_STEPS; k++)                                        \
				for (int v = 0; v < 2; v++)                                        \
					for (int c = 0; c < CHAINS; c++)                           \
						x[v][c] = x[v][c] * m + a;                         \
			for (int v = 0; v < 2; v++)                                                \
				*(vec *)(out + i + v * W) =                                        \
					((x[v][0] + x[v][1]) + (x[v][2] + x[v][3])) +              \
					((x[v][4] + x[v][5]) + (x[v][6] + x[v][7]));               \
		}                                                                                  \
	}
#define BODY_F64(SUFFIX, TARGET, BYTES) FMA_BODY(SUFFIX, TARGET, BYTES, double, fma64)
#define BODY_F32(SUFFIX, TARGET, BYTES) FMA_BODY(SUFFIX, TARGET, BYTES, float, fma32)
CM_SIMD_VARIANTS(BODY_F64)
CM_SIMD_VARIANTS(BODY_F32)

static void fma_host(const struct kernel_span *s)
{
	const struct kernel_arg *arg = s->plan->step[0].arg;

	if (s->plan->c.type == CM_F64)
		CM_SIMD_CALL(fma64, (s->buf[0], s->buf[1], arg[2].f64, arg[3].f64, s->lo, s->hi));
	else
		CM_SIMD_CALL(fma32, (s->buf[0], s->buf[1], arg[2].f32, arg[3].f32, s->lo, s->hi));
}

/* x_k = m^k·x_0 + a·(1 - m^k)/(1 - m), in double; every rounding shrinks by |m| a step, so the error is at
 * most u·|x|/(1 - m) a chain, and eight chains add up. */
static enum cm_status fma_verify(const struct kernel_plan *p, void *const buf[], uint64_t iterations,
				 struct cm_err *err)
{
	const bool f64 = p->c.type == CM_F64;
	const struct kernel_arg *arg = p->step[0].arg;
	const double m = f64 ? arg[2].f64 : (double)arg[2].f32, a = f64 ? arg[3].f64 : (double)arg[3].f32;
	const double mk = pow(m, FMA_STEPS), rest = a * (1 - mk) / (1 - m);
	const double u = f64 ? 0x1p-53 : 0x1p-24;

	(void)iterations;
	for (size_t i = 0; i < p->c.n; i++) {
		const double x = f64 ? ((const double *)buf[1])[i] : (double)((const float *)buf[1])[i];
		const double found = f64 ? ((const double *)buf[0])[i]
					 : (double)((const float *)buf[0])[i];
		const double want = mk * (CHAINS * x + 28) + CHAINS * rest;
		const double most = 4 * CHAINS * u * (fabs(rest) + 8) / (1 - m);

		if (!(fabs(found - want) <= most))
			return cm_fail(err, CM_EVERIFY, "value %zu of %zu is %.17g, expected %.17g",
				       i, p->c.n,
				       found, want);
	}
	return CM_OK;
}

static const enum cm_type fma_types[] = { CM_F64, CM_F32, CM_NOTYPE };

static const struct kernel_tunable fma_tunables[] = {
	{ "vec", { 8, 1, 2, 4, 16 }, "values in a vector of a device's work item" },
	{ .name = NULL },
};

const struct kernel kernel_fma = {
	.abi = CM_KERNEL_ABI,
	.name = "fma",
	.group = "peak",
	.desc = "multiply-adds in registers: the compute roof",
	.size_unit = "values",
	.work_unit = "value",
	.metric = CM_FLOPS_PER_S,
	.roof = CM_ROOF_COMPUTE,
	.types = fma_types,
	.tunables = fma_tunables,
	.peer = "likwid-bench peakflops_avx512_fma",
	.sizes = fma_sizes,
	.plan = fma_plan,
	.fill = fma_fill,
	.run_host = fma_host,
	.verify = fma_verify,
};
#endif
