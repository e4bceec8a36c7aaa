/*
 * What copy, scale, add and triad have in common: sizes, buffers, counts, data and the check of every
 * element. Each of the four files holds its own expression, for the host and for devices.
 * Bytes are the compulsory ones (what the kernel asks for), as STREAM counts.
 */
#ifndef CM_API_STREAM_KERNEL_H
#define CM_API_STREAM_KERNEL_H

#include <math.h>

#include "api/kernel.h"
#include "base/rng.h"

struct stream_shape {
	unsigned inputs;  /* 1 or 2 */
	double flops;     /* an element */
	bool scalar;      /* takes s */
};

struct stream_args {
	double *out;
	const double *b, *c;
	double s;
	size_t lo, hi;
	int streaming;
};

static const enum cm_type stream_types[] = { CM_F64, CM_NOTYPE };

/* In [-1.5, -0.5] or [0.5, 1.5], by the seed: never a scalar that a compiler or a core could skip. */
static inline double stream_scalar(uint64_t seed)
{
	struct rng r;
	double s;

	rng_seed(&r, seed ^ 0x5ca1a5);
	s = rng_sym(&r);
	return s < 0 ? s - 0.5 : s + 0.5;
}

/* Arrays that together are twice the measured plateau, at most a quarter of the memory each. */
static inline size_t stream_sizes(const struct kernel_env *env, enum cm_suite suite,
				  enum cm_type type, size_t out[CM_MAX_SIZES])
{
	size_t each = env->plateau_bytes > ((size_t)96 << 20) ? env->plateau_bytes : (size_t)96 << 20;
	size_t n = 0;

	(void)type;
	if (suite == CM_QUICK && each / 2 >= (size_t)96 << 20)
		each /= 2; /* two arrays still fill the plateau; filling and checking them takes the time */
	if (env->memory_bytes && each > env->memory_bytes / 4)
		each = env->memory_bytes / 4;
	if (env->max_alloc_bytes && each > env->max_alloc_bytes)
		each = env->max_alloc_bytes;
	if (suite != CM_QUICK) {
		const size_t levels[] = { env->l1_bytes, env->l2_bytes };

		for (size_t i = 0; i < 2; i++) /* half a level, three arrays, every core its own */
			if (levels[i])
				out[n++] = levels[i] / 6 * env->compute_units / 8;
	}
	out[n++] = each / 8 / 512 * 512;
	return n;
}

static inline enum cm_status stream_plan(const struct kernel_env *env, struct kernel_plan *p,
					 const char *entry, struct stream_shape shape,
					 struct cm_err *err)
{
	const size_t n = p->c.n, group = 64;
	struct kernel_step *s = &p->step[0];

	(void)env;
	if (n < 1 || n > (size_t)1 << 36)
		return cm_fail(err, CM_EINPUT, "%s takes 1 to 2^36 elements, not %zu", entry, n);
	p->buf[p->bufs++] = (struct kernel_buf){ "out", n * 8, CM_OUT };
	p->buf[p->bufs++] = (struct kernel_buf){ "b", n * 8, CM_IN };
	if (shape.inputs == 2)
		p->buf[p->bufs++] = (struct kernel_buf){ "c", n * 8, CM_IN };
	*s = (struct kernel_step){ .entry = entry, .dims = 1, .local = { group, 1, 1 },
				   .global = { (n + group - 1) / group * group, 1, 1 }, .items = n };
	for (unsigned b = 0; b < p->bufs; b++)
		s->arg[s->args++] = (struct kernel_arg){ .kind = CM_ARG_BUF, .buf = b };
	if (shape.scalar)
		s->arg[s->args++] =
			(struct kernel_arg){ .kind = CM_ARG_F64, .f64 = stream_scalar(p->c.seed) };
	s->arg[s->args++] = (struct kernel_arg){ .kind = CM_ARG_U64, .u64 = n };
	p->steps = 1;
	p->flops = shape.flops * (double)n;
	p->bytes = 8.0 * (shape.inputs + 1) * (double)n;
	p->work = (double)n;
	return CM_OK;
}

static inline void stream_fill(const struct kernel_plan *p, void *const buf[])
{
	struct rng r;

	rng_seed(&r, p->c.seed);
	for (size_t b = 1; b < p->bufs; b++)
		for (size_t i = 0; i < p->c.n; i++)
			((double *)buf[b])[i] = rng_sym(&r);
	for (size_t i = 0; i < p->c.n; i++)
		((double *)buf[0])[i] = NAN;
}

static inline struct stream_args stream_args_of(const struct kernel_span *s)
{
	const struct kernel_plan *p = s->plan;

	return (struct stream_args){
		.out = s->buf[0], .b = s->buf[1], .c = p->bufs > 2 ? s->buf[2] : s->buf[1],
		.s = stream_scalar(p->c.seed), .lo = s->lo, .hi = s->hi,
		/* Past the caches only when the arrays cannot stay in them. */
		.streaming = p->bytes > 32e6,
	};
}

/* Every element, against the expression in plain C: one rounding for the product and one for the sum may
 * be fused, so the bound is two units of the larger term. */
static inline enum cm_status stream_verify(const struct kernel_plan *p, void *const buf[],
					   unsigned inputs, double (*expected)(double, double, double),
					   struct cm_err *err)
{
	const double *a = buf[0], *b = buf[1], *c = inputs == 2 ? buf[2] : buf[1];
	const double s = stream_scalar(p->c.seed);

	for (size_t i = 0; i < p->c.n; i++) {
		const double want = expected(b[i], c[i], s);
		const double most = 0x1p-51 * (fabs(b[i]) + 1.5 * fabs(c[i]));

		if (!(fabs(a[i] - want) <= most))
			return cm_fail(err, CM_EVERIFY, "element %zu of %zu is %.17g, expected %.17g", i,
				       p->c.n, a[i], want);
	}
	return CM_OK;
}

#endif
