/*
 * chase: each load's address comes from the load before: the latency of each level of the memory. One
 * random cycle through all lines of the set (Sattolo), so that no prefetcher can follow; one load a line
 * of 64 bytes; one thread, the others wait.
 */
#ifndef CM_DEVICE
#include "api/kernel.h"
#endif

/* An iteration. A prime, so that no number of lines divides it: else every iteration would end where it
 * began, and loads that never ran would look right. */
#define CHASE_LOADS 65521

KERNEL(chase, GLOBAL cm_u64 *RESTRICT end, const GLOBAL cm_u64 *RESTRICT next)
{
	if (GID == 0) {
		cm_u64 at = end[0];

		for (int i = 0; i < CHASE_LOADS; i++)
			at = next[at * 8];
		end[0] = at;
	}
}

#ifndef CM_DEVICE
#include <string.h>

#include "base/rng.h"

#define LINE 64

static size_t chase_sizes(const struct kernel_env *env, enum cm_suite suite, enum cm_type type,
			  size_t out[CM_MAX_SIZES])
{
	/* Filling and checking touch every line at random, so a quick suite goes no farther than it must. */
	const size_t beyond = (suite == CM_QUICK ? 1 : 4) * env->plateau_bytes;
	const size_t memory = beyond > (size_t)256 << 20 ? beyond : (size_t)256 << 20;
	const size_t levels[] = { env->l1_bytes / 2, env->l2_bytes / 2,
				  env->l3_bytes / 2 < env->plateau_bytes / 2 ? env->l3_bytes / 2 : 0,
				  memory };
	size_t n = 0, last = 0;

	(void)type;
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (levels[i] > last && (!env->memory_bytes || levels[i] <= env->memory_bytes / 2) &&
		    (!env->max_alloc_bytes || levels[i] <= env->max_alloc_bytes)) {
			last = levels[i];
			out[n++] = last / LINE * LINE;
		}
	return n;
}

static enum cm_status chase_plan(const struct kernel_env *env, struct kernel_plan *p,
				 struct cm_err *err)
{
	(void)env;
	if (p->c.n < 2 * LINE || p->c.n % LINE || p->c.n > (size_t)1 << 37)
		return cm_fail(err, CM_EINPUT, "chase takes a multiple of 64 bytes from 128 to 2^37, not %zu",
			       p->c.n);
	p->buf[0] = (struct kernel_buf){ "end", 8, CM_INOUT };
	p->buf[1] = (struct kernel_buf){ "next", p->c.n, CM_IN };
	p->bufs = 2;
	p->step[0] = (struct kernel_step){ .entry = "chase", .dims = 1, .global = { 1, 1, 1 },
					   .arg = { { .kind = CM_ARG_BUF, .buf = 0 },
						    { .kind = CM_ARG_BUF, .buf = 1 } },
					   .args = 2, .items = 1 };
	p->steps = 1;
	p->bytes = (double)LINE * CHASE_LOADS;
	p->work = CHASE_LOADS;
	return CM_OK;
}

/* Sattolo's shuffle: one cycle through all lines, every cycle equally likely. */
static void chase_fill(const struct kernel_plan *p, void *const buf[])
{
	const size_t lines = p->c.n / LINE;
	uint64_t *next = buf[1];
	struct rng r;

	rng_seed(&r, p->c.seed);
	memset(next, 0xff, p->c.n);
	for (size_t i = 0; i < lines; i++)
		next[i * 8] = i;
	for (size_t i = lines - 1; i > 0; i--) {
		const size_t j = rng_below(&r, i);
		const uint64_t t = next[i * 8];

		next[i * 8] = next[j * 8];
		next[j * 8] = t;
	}
	*(uint64_t *)buf[0] = rng_below(&r, lines);
}

static void chase_host(const struct kernel_span *s)
{
	if (s->lo < s->hi)
		chase_item(0, s->buf[0], s->buf[1]);
}

/* The walk again from its start, which the seed draws again, as far as the loads went: where they must have
 * ended, and that nothing led back to the start before every line was seen. */
static enum cm_status chase_verify(const struct kernel_plan *p, void *const buf[],
				   uint64_t iterations, struct cm_err *err)
{
	const size_t lines = p->c.n / LINE;
	const uint64_t *next = buf[1], found = *(const uint64_t *)buf[0];
	const uint64_t loads = iterations < UINT64_MAX / CHASE_LOADS ? iterations * CHASE_LOADS : UINT64_MAX;
	const size_t steps = (size_t)((iterations % lines) * (CHASE_LOADS % lines) % lines);
	const size_t seen = loads < lines ? (size_t)loads : lines;
	uint64_t at, stand, start;
	struct rng r;

	rng_seed(&r, p->c.seed);
	for (size_t i = lines - 1; i > 0; i--)
		rng_below(&r, i);
	at = start = stand = rng_below(&r, lines);
	for (size_t i = 1; i <= seen; i++) {
		if (at >= lines)
			return cm_fail(err, CM_EVERIFY, "load %zu led to line %llu of %zu", i - 1,
				       (unsigned long long)at, lines);
		at = next[at * 8];
		if ((at == start) != (i == lines))
			return cm_fail(err, CM_EVERIFY, "the walk is back after %zu of %zu lines", i, lines);
		if (i == steps)
			stand = at;
	}
	if (found != stand)
		return cm_fail(err, CM_EVERIFY, "after %llu loads the walk stands at line %llu, not %llu",
			       (unsigned long long)loads, (unsigned long long)found,
			       (unsigned long long)stand);
	return CM_OK;
}

static const enum cm_type chase_types[] = { CM_U64, CM_NOTYPE };

const struct kernel kernel_chase = {
	.abi = CM_KERNEL_ABI,
	.name = "chase",
	.group = "chase",
	.desc = "latency of a dependent load, by level of the memory",
	.size_unit = "bytes",
	.work_unit = "load",
	.metric = CM_NS_PER_WORK,
	.types = chase_types,
	.peer = "a bare loop over the same permutation in the same memory",
	.sizes = chase_sizes,
	.plan = chase_plan,
	.fill = chase_fill,
	.run_host = chase_host,
	.verify = chase_verify,
};
#endif
