/*
 * add: a = b + c over doubles, STREAM's third kernel: two reads and a write, one addition.
 */
#ifndef CM_DEVICE
#include "api/host_simd.h"
#include "api/kernel.h"
#endif

KERNEL(add, GLOBAL double *RESTRICT a, const GLOBAL double *RESTRICT b,
       const GLOBAL double *RESTRICT c, const cm_u64 n)
{
	const cm_u64 i = GID;

	GUARD(i, n);
	a[i] = b[i] + c[i];
}

#ifndef CM_DEVICE
#include "api/stream_kernel.h"

#define BODY(SUFFIX, TARGET, BYTES) CM_STREAM_BODY_(SUFFIX, TARGET, BYTES, add, B + C)
CM_SIMD_VARIANTS(BODY)

static double add_expected(double b, double c, double s)
{
	(void)s;
	return b + c;
}

static void add_host(const struct kernel_span *span)
{
	const struct stream_args a = stream_args_of(span);

	CM_SIMD_CALL(add, (a.out, a.b, a.c, a.s, a.lo, a.hi, a.streaming));
}

static enum cm_status add_plan(const struct kernel_env *env, struct kernel_plan *p,
				 struct cm_err *err)
{
	return stream_plan(env, p, "add",
			   (struct stream_shape){ .inputs = 2, .flops = 1, .scalar = false }, err);
}

static enum cm_status add_verify(const struct kernel_plan *p, void *const buf[],
				   uint64_t iterations, struct cm_err *err)
{
	(void)iterations;
	return stream_verify(p, buf, 2, add_expected, err);
}

const struct kernel kernel_add = {
	.abi = CM_KERNEL_ABI,
	.name = "add",
	.group = "stream",
	.desc = "a = b + c: memory bandwidth, two reads and a write",
	.size_unit = "elements",
	.work_unit = "element",
	.metric = CM_BYTES_PER_S,
	.roof = CM_ROOF_MEMORY,
	.types = stream_types,
	.peer = "likwid-bench stream_mem_avx512",
	.sizes = stream_sizes,
	.plan = add_plan,
	.fill = stream_fill,
	.run_host = add_host,
	.verify = add_verify,
};
#endif
