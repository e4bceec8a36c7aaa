/*
 * The backend that does nothing: what it measures is the harness itself. Its launches return at once, so
 * a sample of it is the cost of taking a sample. It must never yield a result row that looks like work.
 */
#include <stdlib.h>
#include <string.h>

#include "api/backend.h"
#include "base/clock.h"
#include "base/str.h"

struct backend_ctx { int unused; };

struct program {
	void *buf[CM_MAX_BUFS];
};

static enum cm_status null_open(struct backend_ctx **ctx, struct cm_err *err)
{
	(void)err;
	*ctx = cm_alloc(sizeof **ctx);
	return CM_OK;
}

static void null_close(struct backend_ctx *ctx)
{
	free(ctx);
}

static size_t null_count(const struct backend_ctx *ctx)
{
	(void)ctx;
	return 1;
}

static enum cm_status null_describe(struct backend_ctx *ctx, size_t dev, struct device_info *info,
				    struct cm_err *err)
{
	(void)ctx, (void)dev, (void)err;
	*info = (struct device_info){ .name = "null", .vendor = "costmark", .cls = CM_NODEVICE,
				      .compute_units = 1, .fp64 = true };
	return CM_OK;
}

static void null_release(struct program *p)
{
	for (size_t i = 0; i < CM_MAX_BUFS; i++)
		free(p->buf[i]);
	free(p);
}

static enum cm_status null_build(struct backend_ctx *ctx, size_t dev, const struct kernel *k,
				 const struct kernel_plan *plan, const char *text,
				 struct program **out, struct cm_err *err)
{
	struct program *p = cm_alloc(sizeof *p);

	(void)ctx, (void)dev, (void)k, (void)text, (void)err;
	for (size_t i = 0; i < plan->bufs; i++)
		p->buf[i] = cm_alloc(plan->buf[i].bytes);
	*out = p;
	return CM_OK;
}

static void *const *null_host(struct program *p)
{
	return p->buf;
}

static enum cm_status null_copy(struct program *p, struct cm_err *err)
{
	(void)p, (void)err;
	return CM_OK;
}

static enum cm_status null_launch(struct program *p, uint64_t iterations, uint64_t *ns,
				  struct cm_err *err)
{
	(void)p, (void)err;
	/* Each "iteration" is one reading of the clock: what a sample of one iteration costs at least. */
	const uint64_t begin = cm_now_ns();
	uint64_t last = begin;

	for (uint64_t i = 0; i < iterations; i++)
		last = cm_now_ns();
	*ns = last - begin;
	return CM_OK;
}

const struct backend backend_null = {
	.abi = CM_BACKEND_ABI,
	.name = "null",
	.desc = "does nothing: measures the harness itself",
	.caps = CM_CAP_SHARED_MEMORY | CM_CAP_NO_WORK,
	.open = null_open,
	.close = null_close,
	.count = null_count,
	.describe = null_describe,
	.build = null_build,
	.host = null_host,
	.upload = null_copy,
	.launch = null_launch,
	.download = null_copy,
	.release = null_release,
};
