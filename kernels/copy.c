/*
 * copy: a = b over doubles. A read and a write, no arithmetic: the plainest use of a memory.
 */
#ifndef CM_DEVICE
#include "api/host_simd.h"
#include "api/kernel.h"
#endif

KERNEL(copy, GLOBAL double *RESTRICT a, const GLOBAL double *RESTRICT b, const cm_u64 n)
{
	const cm_u64 i = GID;

	GUARD(i, n);
	a[i] = b[i];
}

#ifndef CM_DEVICE
#include "api/stream_kernel.h"

#define BODY(SUFFIX, TARGET, BYTES) CM_STREAM_BODY_(SUFFIX, TARGET, BYTES, copy, B)
CM_SIMD_VARIANTS(BODY)

static double copy_expected(double b, double c, double s)
{
	(void)c, (void)s;
	return b;
}

static void copy_host(const struct kernel_span *span)
{
	const struct stream_args a = stream_args_of(span);

	CM_SIMD_CALL(copy, (a.out, a.b, a.c, a.s, a.lo, a.hi, a.streaming));
}

static enum cm_status copy_plan(const struct kernel_env *env, struct kernel_plan *p,
				 struct cm_err *err)
{
	return stream_plan(env, p, "copy",
			   (struct stream_shape){ .inputs = 1, .flops = 0, .scalar = false }, err);
}

static enum cm_status copy_verify(const struct kernel_plan *p, void *const buf[],
				   uint64_t iterations, struct cm_err *err)
{
	(void)iterations;
	return stream_verify(p, buf, 1, copy_expected, err);
}

const struct kernel kernel_copy = {
	.abi = CM_KERNEL_ABI,
	.name = "copy",
	.group = "stream",
	.desc = "a = b: memory bandwidth, a read and a write",
	.size_unit = "elements",
	.work_unit = "element",
	.metric = CM_BYTES_PER_S,
	.roof = CM_ROOF_MEMORY,
	.types = stream_types,
	.peer = "likwid-bench copy_mem_avx512",
	.sizes = stream_sizes,
	.plan = copy_plan,
	.fill = stream_fill,
	.run_host = copy_host,
	.verify = copy_verify,
};
#endif
