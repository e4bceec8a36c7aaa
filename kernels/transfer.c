/*
 * transfer: one buffer from the host's memory to the device's, or back. No device code: the copy itself is
 * what is timed. Devices that share the host's memory have nothing to copy, and say so.
 */
#ifndef CM_DEVICE
#include "api/kernel.h"
#include "base/rng.h"

enum { TO_DEVICE, FROM_DEVICE };

static const char *const transfer_ops[] = { "to_device", "from_device", NULL };

static size_t transfer_sizes(const struct kernel_env *env, enum cm_suite suite, enum cm_type type,
			     size_t out[CM_MAX_SIZES])
{
	static const size_t all[] = { 4u << 10, 64u << 10, 1u << 20, 16u << 20, 64u << 20, 256u << 20 };
	size_t n = 0;

	(void)type;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if ((suite != CM_QUICK || all[i] == 64u << 20) &&
		    (!env->max_alloc_bytes || all[i] <= env->max_alloc_bytes))
			out[n++] = all[i];
	return n;
}

static enum cm_status transfer_plan(const struct kernel_env *env, struct kernel_plan *p,
				    struct cm_err *err)
{
	(void)env;
	if (p->c.n < 8 || p->c.n % 8 || p->c.n > (size_t)1 << 36)
		return cm_fail(err, CM_EINPUT, "transfer takes a multiple of 8 bytes up to 2^36, not %zu",
			       p->c.n);
	p->kind = p->c.op == TO_DEVICE ? CM_UPLOAD : CM_DOWNLOAD;
	p->buf[0] = (struct kernel_buf){ "data", p->c.n, CM_INOUT };
	p->bufs = 1;
	p->bytes = (double)p->c.n;
	p->work = (double)p->c.n;
	return CM_OK;
}

static void transfer_fill(const struct kernel_plan *p, void *const buf[])
{
	struct rng r;

	rng_seed(&r, p->c.seed);
	for (size_t i = 0; i < p->c.n / 8; i++)
		((uint64_t *)buf[0])[i] = rng_next(&r);
}

static enum cm_status transfer_verify(const struct kernel_plan *p, void *const buf[],
				      uint64_t iterations, struct cm_err *err)
{
	struct rng r;

	(void)iterations;
	rng_seed(&r, p->c.seed);
	for (size_t i = 0; i < p->c.n / 8; i++) {
		const uint64_t want = rng_next(&r), found = ((const uint64_t *)buf[0])[i];

		if (want != found)
			return cm_fail(err, CM_EVERIFY, "word %zu of %zu came as %016llx, expected %016llx",
				       i,
				       p->c.n / 8, (unsigned long long)found, (unsigned long long)want);
	}
	return CM_OK;
}

static const enum cm_type transfer_types[] = { CM_U64, CM_NOTYPE };

const struct kernel kernel_transfer = {
	.abi = CM_KERNEL_ABI,
	.name = "transfer",
	.group = "transfer",
	.desc = "host memory to device memory, and back",
	.size_unit = "bytes",
	.work_unit = "byte",
	.metric = CM_BYTES_PER_S,
	.types = transfer_types,
	.ops = transfer_ops,
	.peer = "the device's own copy of the same bytes",
	.sizes = transfer_sizes,
	.plan = transfer_plan,
	.fill = transfer_fill,
	.verify = transfer_verify,
};
#endif
