/*
 * triad: a = b + s·c over doubles, McCalpin's STREAM triad. What a memory delivers when two streams come
 * in and one goes out; the roof of all that is bound by memory.
 */
#ifndef CM_DEVICE
#include "api/host_simd.h"
#include "api/kernel.h"
#endif

KERNEL(triad, GLOBAL double *RESTRICT a, const GLOBAL double *RESTRICT b,
       const GLOBAL double *RESTRICT c, const double s, const cm_u64 n)
{
	const cm_u64 i = GID;

	GUARD(i, n);
	a[i] = b[i] + s * c[i];
}

#ifndef CM_DEVICE
#include "api/stream_kernel.h"

#define BODY(SUFFIX, TARGET, BYTES) CM_STREAM_BODY_(SUFFIX, TARGET, BYTES, triad, B + s * C)
CM_SIMD_VARIANTS(BODY)

static double triad_expected(double b, double c, double s)
{
	return b + s * c;
}

static void triad_host(const struct kernel_span *span)
{
	const struct stream_args a = stream_args_of(span);

	CM_SIMD_CALL(triad, (a.out, a.b, a.c, a.s, a.lo, a.hi, a.streaming));
}

static enum cm_status triad_plan(const struct kernel_env *env, struct kernel_plan *p,
				 struct cm_err *err)
{
	return stream_plan(env, p, "triad", (struct stream_shape){ .inputs = 2, .flops = 2, .scalar = true },
			   err);
}

static enum cm_status triad_verify(const struct kernel_plan *p, void *const buf[],
				   uint64_t iterations, struct cm_err *err)
{
	(void)iterations;
	return stream_verify(p, buf, 2, triad_expected, err);
}

const struct kernel kernel_triad = {
	.abi = CM_KERNEL_ABI,
	.name = "triad",
	.group = "stream",
	.desc = "a = b + s*c: memory bandwidth, two reads and a write",
	.size_unit = "elements",
	.work_unit = "element",
	.metric = CM_BYTES_PER_S,
	.roof = CM_ROOF_MEMORY,
	.types = stream_types,
	.peer = "likwid-bench stream_mem_avx512",
	.sizes = stream_sizes,
	.plan = triad_plan,
	.fill = stream_fill,
	.run_host = triad_host,
	.verify = triad_verify,
};
#endif
