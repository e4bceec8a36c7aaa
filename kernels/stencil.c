/*
 * stencil: one sweep of a 7-point stencil in three dimensions over doubles,
 *   out = c·in + d·(left + right + front + back + below + above):
 * 8 FLOP a cell (2 multiplies, 6 adds), two streams. The outermost cells are copied.
 */
#ifndef CM_DEVICE
#include "api/host_simd.h"
#include "api/kernel.h"
#endif

KERNEL(stencil, GLOBAL double *RESTRICT out, const GLOBAL double *RESTRICT in, const double c,
       const double d, const cm_u64 side)
{
	const cm_u64 cells = side * side * side, i = GID;
	const cm_u64 x = i % side, y = i / side % side, z = i / side / side;

	GUARD(i, cells);
	if (x == 0 || y == 0 || z == 0 || x == side - 1 || y == side - 1 || z == side - 1)
		out[i] = in[i];
	else
		out[i] = c * in[i] + d * (((in[i - 1] + in[i + 1]) + (in[i - side] + in[i + side])) +
					  (in[i - side * side] + in[i + side * side]));
}

#ifndef CM_DEVICE
#include <math.h>
#include <string.h>

#include "base/rng.h"

static size_t cells(size_t side)
{
	return side * side * side;
}

static size_t stencil_sizes(const struct kernel_env *env, enum cm_suite suite, enum cm_type type,
			    size_t out[CM_MAX_SIZES])
{
	const size_t beyond = (suite == CM_QUICK ? 1 : 2) * env->plateau_bytes + ((size_t)64 << 20);
	size_t side = 32, n = 0;

	(void)type;
	while (side < 512 && cells(side) * 16 < beyond &&
	       (!env->memory_bytes || cells(side + 32) * 16 < env->memory_bytes / 2) &&
	       (!env->max_alloc_bytes || cells(side + 32) * 8 <= env->max_alloc_bytes))
		side += 32;
	if (suite == CM_FULL && side > 65)
		out[n++] = 65;
	out[n++] = side;
	return n;
}

static double coefficient(uint64_t seed, int which)
{
	struct rng r;

	rng_seed(&r, seed ^ (0x57e4c11u + (unsigned)which));
	return 0.25 + 0.5 * rng_unit(&r);
}

static enum cm_status stencil_plan(const struct kernel_env *env, struct kernel_plan *p,
				   struct cm_err *err)
{
	const size_t side = p->c.n, all = cells(side), group = 64;

	(void)env;
	if (side < 1 || side > 2048)
		return cm_fail(err, CM_EINPUT, "stencil takes 1 to 2048 points a side, not %zu", side);
	p->buf[0] = (struct kernel_buf){ "out", all * 8, CM_OUT };
	p->buf[1] = (struct kernel_buf){ "in", all * 8, CM_IN };
	p->bufs = 2;
	p->step[0] = (struct kernel_step){
		.entry = "stencil", .dims = 1, .local = { group, 1, 1 },
		.global = { (all + group - 1) / group * group, 1, 1 },
		.arg = { { .kind = CM_ARG_BUF, .buf = 0 }, { .kind = CM_ARG_BUF, .buf = 1 },
			 { .kind = CM_ARG_F64, .f64 = coefficient(p->c.seed, 0) },
			 { .kind = CM_ARG_F64, .f64 = coefficient(p->c.seed, 1) },
			 { .kind = CM_ARG_U64, .u64 = side } },
		.args = 5, .items = side * side, /* the host takes lines along x */
	};
	p->steps = 1;
	p->flops = side > 2 ? 8.0 * (double)((side - 2) * (side - 2) * (side - 2)) : 0;
	p->bytes = 16.0 * (double)all;
	p->work = (double)all;
	return CM_OK;
}

static void stencil_fill(const struct kernel_plan *p, void *const buf[])
{
	const size_t all = cells(p->c.n);
	struct rng r;

	rng_seed(&r, p->c.seed);
	for (size_t i = 0; i < all; i++) {
		((double *)buf[1])[i] = rng_sym(&r);
		((double *)buf[0])[i] = NAN;
	}
}

/* One line along x, its inner cells; streamed past the caches when the grid cannot stay in them. */
#define STENCIL_BODY(SUFFIX, TARGET, BYTES)                                                        \
	TARGET static void stencil_##SUFFIX(double *restrict out, const double *restrict in,       \
					    double c, double d, size_t side, int streaming)        \
	{                                                                                          \
		typedef double vec __attribute__((vector_size(BYTES), aligned(8), may_alias));     \
		enum { W = BYTES / 8 };                                                            \
		const double *restrict front = in - side, *restrict back = in + side;              \
		const double *restrict below = in - side * side, *restrict above = in + side * side; \
		size_t x = 1;                                                                      \
                                                                                                   \
		for (; x + 1 < side && ((uintptr_t)(out + x) & (BYTES - 1)); x++)                  \
			out[x] = c * in[x] + d * (((in[x - 1] + in[x + 1]) + (front[x] + back[x])) + \
						  (below[x] + above[x]));                          \
		for (; x + W < side; x += W) {                                                     \
			const vec l = *(const vec *)(in + x - 1), r = *(const vec *)(in + x + 1),  \
				  f = *(const vec *)(front + x), b = *(const vec *)(back + x),     \
				  u = *(const vec *)(below + x), o = *(const vec *)(above + x),    \
				  m = *(const vec *)(in + x);                                      \
			const vec v = c * m + d * (((l + r) + (f + b)) + (u + o));                 \
                                                                                                   \
			if (streaming)                                                             \
				cm_stream_##SUFFIX##_pd(out + x, v);                               \
			else                                                                       \
				*(vec *)(out + x) = v;                                             \
		}                                                                                  \
		for (; x + 1 < side; x++)                                                          \
			out[x] = c * in[x] + d * (((in[x - 1] + in[x + 1]) + (front[x] + back[x])) + \
						  (below[x] + above[x]));                          \
	}
CM_SIMD_VARIANTS(STENCIL_BODY)

static void stencil_host(const struct kernel_span *s)
{
	const size_t side = s->plan->c.n;
	const struct kernel_arg *arg = s->plan->step[0].arg;
	const int streaming = s->plan->bytes > 32e6;

	for (size_t line = s->lo; line < s->hi; line++) {
		const size_t y = line % side, z = line / side;
		double *out = (double *)s->buf[0] + line * side;
		const double *in = (const double *)s->buf[1] + line * side;

		if (y == 0 || z == 0 || y == side - 1 || z == side - 1) {
			memcpy(out, in, side * sizeof *out);
			continue;
		}
		out[0] = in[0];
		out[side - 1] = in[side - 1];
		CM_SIMD_CALL(stencil, (out, in, arg[2].f64, arg[3].f64, side, streaming));
	}
	cm_stream_end();
}

static enum cm_status stencil_verify(const struct kernel_plan *p, void *const buf[],
				     uint64_t iterations, struct cm_err *err)
{
	const size_t n = p->c.n;
	const double *out = buf[0], *in = buf[1];
	const double c = p->step[0].arg[2].f64, d = p->step[0].arg[3].f64;

	(void)iterations;
	for (size_t i = 0; i < n * n * n; i++) {
		const size_t x = i % n, y = i / n % n, z = i / n / n;
		double want = in[i], most = 0;

		if (x && y && z && x < n - 1 && y < n - 1 && z < n - 1) {
			/* Added in another order than the kernel's: 8 roundings of at most 7·max. */
			want = c * in[i] + d * (in[i - n * n] + in[i - n] + in[i - 1] + in[i + 1] +
						in[i + n] + in[i + n * n]);
			most = 16 * 0x1p-53 * 7;
		}
		if (!(fabs(out[i] - want) <= most))
			return cm_fail(err, CM_EVERIFY, "cell %zu, %zu, %zu is %.17g, expected %.17g",
				       x, y, z,
				       out[i], want);
	}
	return CM_OK;
}

static const enum cm_type stencil_types[] = { CM_F64, CM_NOTYPE };

const struct kernel kernel_stencil = {
	.abi = CM_KERNEL_ABI,
	.name = "stencil",
	.group = "stencil",
	.desc = "7-point stencil in three dimensions, 8 FLOP a cell",
	.size_unit = "points a side",
	.work_unit = "cell",
	.metric = CM_FLOPS_PER_S,
	.types = stencil_types,
	.peer = "compulsory bytes over measured copy bandwidth",
	.sizes = stencil_sizes,
	.plan = stencil_plan,
	.fill = stencil_fill,
	.run_host = stencil_host,
	.verify = stencil_verify,
};
#endif
