/*
 * OpenBLAS for the dense product on the host, by dlopen at run time. It picks its own kernel and brings its
 * own threads, one a core; what it picked stands in the row's label, because a library that takes the
 * processor for another one, or is told so by OPENBLAS_CORETYPE, is another library. BSD licence.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/backend.h"
#include "base/clock.h"
#include "base/str.h"
#include "host_buffers.h"
#include "openblas_abi.h"

struct backend_ctx {
	struct openblas ob;
};

struct program {
	const struct openblas *ob;
	struct kernel_plan plan;
	struct host_buffers buf;
	void *c;
	const void *a, *b;
};

#define SYMBOL(name, to) { name, (void (**)(void))&(to), false }

/* "OpenBLAS 0.3.21 DYNAMIC_ARCH …": the word after the name. */
static void say_version(const struct openblas *ob, char version[128])
{
	const char *config = ob->get_config(), *at = strpbrk(config, "0123456789");
	const int length = at ? (int)strcspn(at, " ") : 0;
	const bool told = getenv("OPENBLAS_CORETYPE") || getenv("OPENBLAS_L2_SIZE");

	snprintf(version, 128, "%.*s %.30s, %d threads%s", length < 20 ? length : 20, at ? at : "",
		 ob->get_corename(), ob->get_num_threads(),
		 told ? ", chosen by OPENBLAS_*" : "");
}

static enum cm_status ob_open(struct backend_ctx **ctx, char version[128], struct cm_err *err)
{
	static const char *const names[] = { "libopenblas.so.0", "libopenblas.so", NULL };
	struct openblas ob = { NULL };
	const struct dl_symbol symbols[] = {
		SYMBOL("cblas_dgemm", ob.dgemm),
		SYMBOL("cblas_sgemm", ob.sgemm),
		SYMBOL("openblas_set_num_threads", ob.set_num_threads),
		SYMBOL("openblas_get_num_threads", ob.get_num_threads),
		SYMBOL("openblas_get_config", ob.get_config),
		SYMBOL("openblas_get_corename", ob.get_corename),
		{ NULL, NULL, false },
	};
	const enum cm_status st = dl_open(names, symbols, NULL, err);

	if (st)
		return st;
	/* As many as the portable kernel has, whatever OPENBLAS_NUM_THREADS says. */
	ob.set_num_threads((int)cm_host_threads());
	say_version(&ob, version);
	*ctx = cm_alloc(sizeof **ctx);
	(*ctx)->ob = ob;
	return CM_OK;
}

static void ob_close(struct backend_ctx *ctx)
{
	free(ctx);
}

static void ob_release(struct program *p)
{
	host_buffers_give(&p->buf);
	free(p);
}

static enum cm_status ob_build(struct backend_ctx *ctx, size_t dev, const struct kernel *k,
			       const struct kernel_plan *plan, struct program **out, struct cm_err *err)
{
	struct program *p;
	enum cm_status st;

	(void)dev;
	if (plan->c.type != CM_F64 && plan->c.type != CM_F32)
		return cm_fail(err, CM_UNSUPPORTED, "OpenBLAS has no %s product", cm_type_word(plan->c.type));
	p = cm_alloc(sizeof *p);
	p->ob = &ctx->ob;
	p->plan = *plan;
	st = host_buffers_take(&p->buf, plan, err);
	p->c = host_buffers_named(&p->buf, plan, "c");
	p->a = host_buffers_named(&p->buf, plan, "a");
	p->b = host_buffers_named(&p->buf, plan, "b");
	if (!st && !(p->a && p->b && p->c))
		st = cm_fail(err, CM_EINTERNAL, "kernel '%s' has no buffers a, b and c", k->name);
	if (st)
		ob_release(p);
	else
		*out = p;
	return st;
}

static void *const *ob_host(struct program *p)
{
	return p->buf.at;
}

static enum cm_status ob_copy(struct program *p, struct cm_err *err)
{
	(void)p, (void)err;
	return CM_OK;
}

static enum cm_status ob_launch(struct program *p, uint64_t iterations, uint64_t *ns,
				struct cm_err *err)
{
	const int n = (int)p->plan.c.n;
	const bool f64 = p->plan.c.type == CM_F64;
	const uint64_t begin = cm_now_ns();

	(void)err;
	for (uint64_t i = 0; i < iterations; i++)
		if (f64)
			p->ob->dgemm(OB_ROW_MAJOR, OB_NO_TRANS, OB_NO_TRANS, n, n, n, 1, p->a, n, p->b, n, 0,
				     p->c, n);
		else
			p->ob->sgemm(OB_ROW_MAJOR, OB_NO_TRANS, OB_NO_TRANS, n, n, n, 1, p->a, n, p->b, n, 0,
				     p->c, n);
	*ns = cm_now_ns() - begin;
	return CM_OK;
}

static const char *const ob_kernels[] = { "gemm", NULL };

const struct tuned tuned_openblas = {
	.abi = CM_BACKEND_ABI,
	.name = "openblas",
	.desc = "OpenBLAS: dense linear algebra on the host",
	.backend = "host",
	.kernels = ob_kernels,
	.open = ob_open,
	.close = ob_close,
	.build = ob_build,
	.host = ob_host,
	.upload = ob_copy,
	.launch = ob_launch,
	.download = ob_copy,
	.release = ob_release,
};
