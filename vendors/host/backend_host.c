/*
 * The host's own processor: a team of threads, one a core, each bound to its core, each with its share of
 * every kernel's range. It knows nothing of what kernels do; iterations and steps are separated by a
 * spinning barrier, so that nothing sleeps, allocates or calls the system inside a timed region.
 */
#include <omp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/backend.h"
#include "api/host_simd.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"

#define LINE 64            /* bytes; shares begin on a line so that two cores never write one */
#define SPINS_BEFORE_YIELD 200000

struct backend_ctx {
	unsigned threads;
};

struct program {
	const struct kernel *kernel;
	struct kernel_plan plan;
	unsigned threads;
	void *buf[CM_MAX_BUFS];
	void *scratch;          /* of all threads, one after the other */
	size_t scratch_each;
};

/* A barrier by counting: the last to come opens the next phase. */
struct barrier {
	_Alignas(LINE) atomic_uint arrived;
	_Alignas(LINE) atomic_uint phase;
};

static void wait_all(struct barrier *b, unsigned threads)
{
	const unsigned phase = atomic_load_explicit(&b->phase, memory_order_relaxed);

	if (threads == 1)
		return;
	if (atomic_fetch_add_explicit(&b->arrived, 1, memory_order_acq_rel) + 1 == threads) {
		atomic_store_explicit(&b->arrived, 0, memory_order_relaxed);
		atomic_store_explicit(&b->phase, phase + 1, memory_order_release);
		return;
	}
	for (unsigned spins = 0;
	     atomic_load_explicit(&b->phase, memory_order_acquire) == phase; spins++) {
#if defined(__x86_64__)
		__builtin_ia32_pause();
#endif
		/* More threads than cores: without this, the one waited for may never run. */
		if (spins > SPINS_BEFORE_YIELD)
			sched_yield();
	}
}

static enum cm_status host_open(struct backend_ctx **ctx, struct cm_err *err)
{
	struct backend_ctx *c = cm_alloc(sizeof *c);

	(void)err;
	c->threads = cm_host_threads();
	*ctx = c;
	return CM_OK;
}

static void host_close(struct backend_ctx *ctx)
{
	free(ctx);
}

static size_t host_count(const struct backend_ctx *ctx)
{
	(void)ctx;
	return 1;
}

static void cpu_name(char *out, size_t cap)
{
	char line[256];
	FILE *f = fopen("/proc/cpuinfo", "r");

	snprintf(out, cap, "host CPU");
	while (f && fgets(line, sizeof line, f)) {
		const char *colon = strchr(line, ':');

		if (cm_starts(line, "model name") && colon) {
			snprintf(out, cap, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
			break;
		}
	}
	if (f)
		fclose(f);
}

static enum cm_status host_describe(struct backend_ctx *ctx, size_t dev, struct device_info *info,
				    struct cm_err *err)
{
	struct device_info i = { .cls = CM_CPU, .fp64 = true, .compute_units = ctx->threads };
	const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	(void)dev, (void)err;
	cpu_name(i.name, sizeof i.name);
	snprintf(i.vendor, sizeof i.vendor, "host");
	snprintf(i.driver, sizeof i.driver, "OpenMP, %u threads bound to cores", ctx->threads);
	snprintf(i.compiler, sizeof i.compiler, "gcc " __VERSION__ ", %s", cm_simd_name(cm_simd_level()));
	i.memory_bytes = pages > 0 && page > 0 ? (size_t)pages * (size_t)page : 0;
	*info = i;
	return CM_OK;
}

/* A thread's share of [0, n), cut at multiples of `grain` items. */
static void share(size_t n, size_t grain, unsigned thread, unsigned threads, size_t *lo, size_t *hi)
{
	const size_t blocks = (n + grain - 1) / grain;

	*lo = blocks * thread / threads * grain;
	*hi = blocks * (thread + 1) / threads * grain;
	if (*lo > n)
		*lo = n;
	if (*hi > n)
		*hi = n;
}

/* Pages belong to the memory of the thread that touches them first: each touches what it will use. The
 * team may be smaller than asked for (limits of the environment): its size is what the barriers count. */
static void first_touch(struct program *p)
{
#pragma omp parallel num_threads(p->threads)
	{
#pragma omp single
		p->threads = (unsigned)omp_get_num_threads();
	}
#pragma omp parallel num_threads(p->threads)
	{
		const unsigned t = (unsigned)omp_get_thread_num();

		cm_host_bind(t);
		for (size_t b = 0; b < p->plan.bufs; b++) {
			size_t lo, hi;

			share(p->plan.buf[b].bytes, 4096, t, p->threads, &lo, &hi);
			memset((char *)p->buf[b] + lo, 0, hi - lo);
		}
		if (p->scratch)
			memset((char *)p->scratch + t * p->scratch_each, 0, p->scratch_each);
	}
}

static void host_release(struct program *p)
{
	for (size_t b = 0; b < p->plan.bufs; b++)
		cm_huge_free(p->buf[b], p->plan.buf[b].bytes);
	cm_huge_free(p->scratch, p->scratch_each * p->threads);
	free(p);
}

static enum cm_status host_build(struct backend_ctx *ctx, size_t dev, const struct kernel *k,
				 const struct kernel_plan *plan, const char *text,
				 struct program **out, struct cm_err *err)
{
	struct program *p;

	(void)dev, (void)text;
	if (!k->run_host || plan->kind != CM_COMPUTE)
		return cm_fail(err, CM_UNSUPPORTED, "host and device are one memory: nothing to run here");
	p = cm_alloc(sizeof *p);
	p->kernel = k;
	p->plan = *plan;
	p->threads = ctx->threads;
	p->scratch_each = (plan->scratch_bytes + 4095) & ~(size_t)4095;
	for (size_t b = 0; b < plan->bufs; b++) {
		p->buf[b] = cm_huge_alloc(plan->buf[b].bytes);
		if (!p->buf[b]) {
			host_release(p);
			return cm_fail(err, CM_UNSUPPORTED, "no memory for %zu MiB of '%s'",
				       plan->buf[b].bytes >> 20, plan->buf[b].name);
		}
	}
	if (p->scratch_each) {
		p->scratch = cm_huge_alloc(p->scratch_each * p->threads);
		if (!p->scratch) {
			host_release(p);
			return cm_fail(err, CM_UNSUPPORTED, "no memory for %zu KiB of scratch a thread",
				       plan->scratch_bytes >> 10);
		}
	}
	first_touch(p);
	*out = p;
	return CM_OK;
}

static void *const *host_host(struct program *p)
{
	return p->buf;
}

static enum cm_status host_copy(struct program *p, struct cm_err *err)
{
	(void)p, (void)err;
	return CM_OK;
}

static void run_steps(const struct program *p, struct kernel_span *span, struct barrier *b)
{
	for (unsigned s = 0; s < p->plan.steps; s++) {
		const size_t grain = p->plan.step[s].grain ? p->plan.step[s].grain : LINE;

		span->step = s;
		share(p->plan.step[s].items, grain, span->thread, span->threads, &span->lo, &span->hi);
		p->kernel->run_host(span);
		wait_all(b, span->threads);
	}
}

static enum cm_status host_launch(struct program *p, uint64_t iterations, uint64_t *ns,
				  struct cm_err *err)
{
	struct barrier b = { .arrived = 0 };
	uint64_t begin = 0, end = 0;

	(void)err;
	if (p->plan.wait_each) { /* what is measured is the launch: a parallel region each */
		begin = cm_now_ns();
		for (uint64_t i = 0; i < iterations; i++) {
#pragma omp parallel num_threads(p->threads)
			{
				struct kernel_span span = { .plan = &p->plan, .buf = p->buf,
							    .thread = (unsigned)omp_get_thread_num(),
							    .threads = p->threads };
				run_steps(p, &span, &b);
			}
		}
		*ns = cm_now_ns() - begin;
		return CM_OK;
	}
#pragma omp parallel num_threads(p->threads) shared(begin, end, b)
	{
		const unsigned t = (unsigned)omp_get_thread_num();
		struct kernel_span span = {
			.plan = &p->plan, .buf = p->buf, .thread = t, .threads = p->threads,
			.scratch = p->scratch ? (char *)p->scratch + t * p->scratch_each : NULL,
		};

		wait_all(&b, p->threads);
		if (!t)
			begin = cm_now_ns();
		for (uint64_t i = 0; i < iterations; i++)
			run_steps(p, &span, &b);
		if (!t)
			end = cm_now_ns();
	}
	*ns = end - begin;
	return CM_OK;
}

const struct backend backend_host = {
	.abi = CM_BACKEND_ABI,
	.name = "host",
	.desc = "the processor itself: every core, one bound thread each",
	.caps = CM_CAP_SHARED_MEMORY,
	.open = host_open,
	.close = host_close,
	.count = host_count,
	.describe = host_describe,
	.build = host_build,
	.host = host_host,
	.upload = host_copy,
	.launch = host_launch,
	.download = host_copy,
	.release = host_release,
};
