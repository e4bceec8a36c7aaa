/*
 * Buffers for libraries that bring their own threads (see host_buffers.h). Pages are touched by one thread a
 * core, as the host backend does it, so that a library finds its data where a portable kernel would. Never
 * by OpenMP: its waiting team would spin on the cores that the library is about to use; and the calling
 * thread stays unbound, because the library's threads inherit from it.
 */
#include "host_buffers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

struct touch {
	const struct host_buffers *b;
	unsigned thread, threads;
};

static void *touch(void *arg)
{
	const struct touch *t = arg;

	cm_host_bind(t->thread);
	for (size_t i = 0; i < CM_MAX_BUFS; i++) {
		const size_t pages = (t->b->bytes[i] + 4095) / 4096;
		const size_t lo = pages * t->thread / t->threads * 4096;
		const size_t end = pages * (t->thread + 1) / t->threads * 4096;
		const size_t hi = end < t->b->bytes[i] ? end : t->b->bytes[i];

		if (lo < hi)
			memset((char *)t->b->at[i] + lo, 0, hi - lo);
	}
	return NULL;
}

static void touch_all(const struct host_buffers *b)
{
	const unsigned threads = cm_host_threads();
	struct touch *job = cm_alloc(threads * sizeof *job);
	pthread_t *id = cm_alloc(threads * sizeof *id);
	bool *runs = cm_alloc(threads * sizeof *runs);

	for (unsigned t = 0; t < threads; t++) {
		job[t] = (struct touch){ b, t, threads };
		/* What no thread touches now is touched by who fills it: slower, not wrong. */
		runs[t] = !pthread_create(&id[t], NULL, touch, &job[t]);
	}
	for (unsigned t = 0; t < threads; t++)
		if (runs[t])
			pthread_join(id[t], NULL);
	free(runs);
	free(id);
	free(job);
}

enum cm_status host_buffers_take(struct host_buffers *b, const struct kernel_plan *plan,
				 struct cm_err *err)
{
	*b = (struct host_buffers){ .bytes = { 0 } };
	for (size_t i = 0; i < plan->bufs; i++) {
		if (plan->buf[i].access == CM_SCRATCH)
			continue;
		b->at[i] = cm_huge_alloc(plan->buf[i].bytes);
		if (!b->at[i]) {
			host_buffers_give(b);
			return cm_fail(err, CM_UNSUPPORTED, "no memory for %zu MiB of '%s'",
				       plan->buf[i].bytes >> 20, plan->buf[i].name);
		}
		b->bytes[i] = plan->buf[i].bytes;
	}
	touch_all(b);
	return CM_OK;
}

void host_buffers_give(struct host_buffers *b)
{
	for (size_t i = 0; i < CM_MAX_BUFS; i++)
		cm_huge_free(b->at[i], b->bytes[i]);
	*b = (struct host_buffers){ .bytes = { 0 } };
}

void *host_buffers_named(const struct host_buffers *b, const struct kernel_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->bufs; i++)
		if (!strcmp(plan->buf[i].name, name))
			return b->at[i];
	return NULL;
}
