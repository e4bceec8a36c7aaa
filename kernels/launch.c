/*
 * launch: what one empty launch costs, from the call until its end is known. The body does the least that
 * can be verified: one item adds one to a counter. Every iteration is launched and waited for by itself.
 */
#ifndef CM_DEVICE
#include "api/kernel.h"
#endif

KERNEL(launch, GLOBAL cm_u64 *counter)
{
	if (GID == 0)
		counter[0] += 1;
}

#ifndef CM_DEVICE
static size_t launch_sizes(const struct kernel_env *env, enum cm_suite suite, enum cm_type type,
			   size_t out[CM_MAX_SIZES])
{
	(void)env, (void)suite, (void)type;
	out[0] = 1;
	return 1;
}

static enum cm_status launch_plan(const struct kernel_env *env, struct kernel_plan *p,
				  struct cm_err *err)
{
	(void)env;
	if (p->c.n < 1 || p->c.n > 1u << 20)
		return cm_fail(err, CM_EINPUT, "launch takes 1 to 1048576 work items, not %zu", p->c.n);
	p->buf[0] = (struct kernel_buf){ "counter", sizeof(cm_u64), CM_INOUT };
	p->bufs = 1;
	p->step[0] = (struct kernel_step){ .entry = "launch", .dims = 1, .global = { p->c.n, 1, 1 },
					   .arg = { { .kind = CM_ARG_BUF, .buf = 0 } }, .args = 1,
					   .items = p->c.n };
	p->steps = 1;
	p->work = 1;
	p->wait_each = true;
	return CM_OK;
}

static void launch_fill(const struct kernel_plan *p, void *const buf[])
{
	*(cm_u64 *)buf[0] = p->c.seed;
}

static void launch_host(const struct kernel_span *s)
{
	if (s->lo == 0 && s->hi > 0)
		launch_item(0, s->buf[0]);
}

static enum cm_status launch_verify(const struct kernel_plan *p, void *const buf[],
				    uint64_t iterations, struct cm_err *err)
{
	const cm_u64 found = *(const cm_u64 *)buf[0] - p->c.seed;

	if (found != iterations)
		return cm_fail(err, CM_EVERIFY, "%llu launches were asked for, %llu ran",
			       (unsigned long long)iterations, (unsigned long long)found);
	return CM_OK;
}

static const enum cm_type launch_types[] = { CM_U64, CM_NOTYPE };

const struct kernel kernel_launch = {
	.abi = CM_KERNEL_ABI,
	.name = "launch",
	.group = "launch",
	.desc = "latency of one launch and its wait",
	.size_unit = "work items",
	.work_unit = "launch",
	.metric = CM_NS_PER_WORK,
	.types = launch_types,
	.peer = "a bare loop around the interface's own calls",
	.sizes = launch_sizes,
	.plan = launch_plan,
	.fill = launch_fill,
	.run_host = launch_host,
	.verify = launch_verify,
};
#endif
