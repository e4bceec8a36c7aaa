/*
 * FFTW 3 for the transforms on the host. It is under the GPL: nothing of it is linked or copied here, the
 * machine's own library is opened at run time where the user has installed it, and costmark does without it
 * elsewhere. Plans are found by measuring, in at most PLAN_S a launch, before any data are there; out of
 * place and with the input kept, as the kernel asks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/backend.h"
#include "base/clock.h"
#include "base/str.h"
#include "fftw_abi.h"
#include "host_buffers.h"

#define PLAN_S 2.0

struct backend_ctx {
	struct fftw fw;
};

struct program {
	const struct fftw *fw;
	struct host_buffers buf;
	struct fftwf_plan_s *plan;
};

#define SYMBOL(name, to) { name, (void (**)(void))&(to), false }

static enum cm_status fw_open(struct backend_ctx **ctx, char version[128], struct cm_err *err)
{
	static const char *const names[] = { "libfftw3f_threads.so.3", NULL }; /* it needs libfftw3f itself */
	struct fftw fw = { NULL };
	const struct dl_symbol symbols[] = {
		SYMBOL("fftwf_init_threads", fw.init_threads),
		SYMBOL("fftwf_plan_with_nthreads", fw.plan_with_nthreads),
		SYMBOL("fftwf_set_timelimit", fw.set_timelimit),
		SYMBOL("fftwf_plan_many_dft", fw.plan_many),
		SYMBOL("fftwf_execute", fw.execute),
		SYMBOL("fftwf_destroy_plan", fw.destroy),
		SYMBOL("fftwf_version", fw.version), /* an array of char: its address is the text */
		{ NULL, NULL, false },
	};
	enum cm_status st = dl_open(names, symbols, NULL, err);

	if (st)
		return st;
	if (!fw.init_threads())
		return cm_fail(err, CM_EDRIVER, "fftwf_init_threads failed");
	fw.plan_with_nthreads((int)cm_host_threads());
	fw.set_timelimit(PLAN_S);
	snprintf(version, 128, "%.60s, %u threads, planned by measuring",
		 cm_starts(fw.version, "fftw-") ? fw.version + 5 : fw.version, cm_host_threads());
	*ctx = cm_alloc(sizeof **ctx);
	(*ctx)->fw = fw;
	return CM_OK;
}

static void fw_close(struct backend_ctx *ctx)
{
	free(ctx);
}

static void fw_release(struct program *p)
{
	if (p->plan)
		p->fw->destroy(p->plan);
	host_buffers_give(&p->buf);
	free(p);
}

static enum cm_status fw_build(struct backend_ctx *ctx, size_t dev, const struct kernel *k,
			       const struct kernel_plan *plan, struct program **out, struct cm_err *err)
{
	const int n = (int)plan->c.n;
	struct program *p = cm_alloc(sizeof *p);
	enum cm_status st = host_buffers_take(&p->buf, plan, err);
	fw_complex *to = host_buffers_named(&p->buf, plan, "out"),
		   *from = host_buffers_named(&p->buf, plan, "in");

	(void)dev;
	p->fw = &ctx->fw;
	if (!st && !(to && from))
		st = cm_fail(err, CM_EINTERNAL, "kernel '%s' has no buffers in and out", k->name);
	if (!st) {
		const int batch = (int)(plan->work / (double)plan->c.n);

		p->plan = ctx->fw.plan_many(1, &n, batch, from, NULL, 1, n, to, NULL, 1, n, FW_FORWARD,
					    FW_MEASURE);
		if (!p->plan)
			st = cm_fail(err, CM_UNSUPPORTED, "FFTW has no plan for %d transforms of %d points",
				     batch, n);
	}
	if (st)
		fw_release(p);
	else
		*out = p;
	return st;
}

static void *const *fw_host(struct program *p)
{
	return p->buf.at;
}

static enum cm_status fw_copy(struct program *p, struct cm_err *err)
{
	(void)p, (void)err;
	return CM_OK;
}

static enum cm_status fw_launch(struct program *p, uint64_t iterations, uint64_t *ns,
				struct cm_err *err)
{
	const uint64_t begin = cm_now_ns();

	(void)err;
	for (uint64_t i = 0; i < iterations; i++)
		p->fw->execute(p->plan);
	*ns = cm_now_ns() - begin;
	return CM_OK;
}

static const char *const fw_kernels[] = { "fft", NULL };

const struct tuned tuned_fftw = {
	.abi = CM_BACKEND_ABI,
	.name = "fftw",
	.desc = "FFTW 3: transforms on the host",
	.backend = "host",
	.kernels = fw_kernels,
	.open = fw_open,
	.close = fw_close,
	.build = fw_build,
	.host = fw_host,
	.upload = fw_copy,
	.launch = fw_launch,
	.download = fw_copy,
	.release = fw_release,
};
