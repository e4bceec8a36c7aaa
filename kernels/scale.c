/*
 * scale: a = s·b over doubles, STREAM's second kernel: a copy that the processor has to touch.
 */
#ifndef CM_DEVICE
#include "api/host_simd.h"
#include "api/kernel.h"
#endif

KERNEL(scale, GLOBAL double *RESTRICT a, const GLOBAL double *RESTRICT b, const double s,
       const cm_u64 n)
{
	const cm_u64 i = GID;

	GUARD(i, n);
	a[i] = s * b[i];
}

#ifndef CM_DEVICE
#include "api/stream_kernel.h"

#define BODY(SUFFIX, TARGET, BYTES) CM_STREAM_BODY_(SUFFIX, TARGET, BYTES, scale, s * B)
CM_SIMD_VARIANTS(BODY)

static double scale_expected(double b, double c, double s)
{
	(void)c;
	return s * b;
}

static void scale_host(const struct kernel_span *span)
{
	const struct stream_args a = stream_args_of(span);

	CM_SIMD_CALL(scale, (a.out, a.b, a.c, a.s, a.lo, a.hi, a.streaming));
}

static enum cm_status scale_plan(const struct kernel_env *env, struct kernel_plan *p,
				 struct cm_err *err)
{
	return stream_plan(env, p, "scale",
			   (struct stream_shape){ .inputs = 1, .flops = 1, .scalar = true }, err);
}

static enum cm_status scale_verify(const struct kernel_plan *p, void *const buf[],
				   uint64_t iterations, struct cm_err *err)
{
	(void)iterations;
	return stream_verify(p, buf, 1, scale_expected, err);
}

const struct kernel kernel_scale = {
	.abi = CM_KERNEL_ABI,
	.name = "scale",
	.group = "stream",
	.desc = "a = s*b: memory bandwidth, a read and a write",
	.size_unit = "elements",
	.work_unit = "element",
	.metric = CM_BYTES_PER_S,
	.roof = CM_ROOF_MEMORY,
	.types = stream_types,
	.peer = "likwid-bench copy_mem_avx512",
	.sizes = stream_sizes,
	.plan = scale_plan,
	.fill = stream_fill,
	.run_host = scale_host,
	.verify = scale_verify,
};
#endif
