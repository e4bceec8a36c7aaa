/*
 * Every registered library of a vendor, where this machine has it: its results verify by the kernel's own
 * check, a plan that is not its kernel's is refused, and what we declare of OpenBLAS and FFTW is what their
 * headers say, where those are installed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../vendors/host/fftw_abi.h"
#include "../../vendors/host/openblas_abi.h"
#include "engine/registry.h"

#if __has_include(<cblas.h>)
#include <cblas.h>
#endif
#if __has_include(<fftw3.h>)
#define FFTW_NO_Complex /* float[2], though cblas.h has brought complex.h */
#include <fftw3.h>
#endif

static const struct kernel_env small = {
	.l1_bytes = 32 << 10, .l2_bytes = 256 << 10, .plateau_bytes = 1 << 20, .memory_bytes = 64 << 20,
	.compute_units = 1,
};

/* ---- prototypes: a wrong one is a warning, which is an error -------------------------------------- */

static void openblas_header(void **state)
{
	(void)state;
#if defined(OPENBLAS_CONST)
	__typeof__(cblas_dgemm) *dgemm = NULL;
	__typeof__(cblas_sgemm) *sgemm = NULL;
	__typeof__(openblas_set_num_threads) *set = NULL;
	__typeof__(openblas_get_num_threads) *get = NULL;
	__typeof__(openblas_get_config) *config = NULL;
	__typeof__(openblas_get_corename) *core = NULL;
	const struct openblas ours = { dgemm, sgemm, set, get, config, core };

	assert_null(ours.dgemm);
	assert_int_equal(OB_ROW_MAJOR, CblasRowMajor);
	assert_int_equal(OB_NO_TRANS, CblasNoTrans);
	assert_int_equal(sizeof(blasint), sizeof(int));
#else
	print_message("# skip: OpenBLAS's cblas.h is not installed (libopenblas-dev)\n");
	skip();
#endif
}

static void fftw_header(void **state)
{
	(void)state;
#if defined(FFTW_FORWARD)
	__typeof__(fftwf_init_threads) *init = NULL;
	__typeof__(fftwf_plan_with_nthreads) *threads = NULL;
	__typeof__(fftwf_set_timelimit) *limit = NULL;
	__typeof__(fftwf_plan_many_dft) *many = NULL;
	__typeof__(fftwf_execute) *execute = NULL;
	__typeof__(fftwf_destroy_plan) *destroy = NULL;
	const struct fftw ours = { init, threads, limit, many, execute, destroy, NULL };

	assert_null(ours.execute);
	assert_int_equal(FW_FORWARD, FFTW_FORWARD);
	assert_int_equal(FW_MEASURE, FFTW_MEASURE);
	assert_int_equal(sizeof(fw_complex), sizeof(fftwf_complex));
#else
	print_message("# skip: fftw3.h is not installed (libfftw3-dev)\n");
	skip();
#endif
}

/* ---- results --------------------------------------------------------------------------------------- */

static struct kernel_plan plan_of(const struct kernel *k, enum cm_type type, size_t n)
{
	struct kernel_plan p = { .c = { .type = type, .n = n, .seed = 99 } };
	struct cm_err err = { 0 };

	for (size_t t = 0; k->tunables && k->tunables[t].name; t++)
		p.c.tune[t] = k->tunables[t].values[0];
	if (k->plan(&small, &p, &err))
		fail_msg("%s %zu: %s", k->name, n, err.why);
	return p;
}

static void run_one(const struct tuned *t, struct backend_ctx *ctx, const struct kernel *k,
		    enum cm_type type, size_t n)
{
	const struct kernel_plan plan = plan_of(k, type, n);
	struct cm_err err = { 0 };
	struct program *p = NULL;
	uint64_t ns = 0;
	unsigned char *wrong;

	if (t->build(ctx, 0, k, &plan, &p, &err))
		fail_msg("%s, %s %zu: %s", t->name, k->name, n, err.why);
	k->fill(&plan, t->host(p));
	assert_int_equal(t->upload(p, &err), CM_OK);
	assert_int_equal(k->verify(&plan, t->host(p), 0, &err), CM_EVERIFY); /* it has not run */
	for (unsigned runs = 1; runs <= 3; runs += 2) {
		assert_int_equal(t->launch(p, runs, &ns, &err), CM_OK);
		assert_true(ns > 0);
		assert_int_equal(t->download(p, &err), CM_OK);
		if (k->verify(&plan, t->host(p), runs, &err))
			fail_msg("%s, %s %zu: %s", t->name, k->name, n, err.why);
	}
	wrong = t->host(p)[0];
	wrong[cm_type_bytes(type) - 1] ^= 0x40;
	assert_int_equal(k->verify(&plan, t->host(p), 3, &err), CM_EVERIFY);
	t->release(p);
}

static void right_results(void **state)
{
	size_t ran = 0;

	(void)state;
	for (const struct tuned *const *t = registry_tuned; *t; t++) {
		struct backend_ctx *ctx = NULL;
		struct cm_err err = { 0 };
		char version[128] = "";
		const enum cm_status st = (*t)->open(&ctx, version, &err);

		if (st) {
			assert_int_equal(st, CM_ABSENT);
			assert_true(*err.why);
			continue;
		}
		assert_true(*version);
		for (size_t i = 0; (*t)->kernels[i]; i++) {
			const struct kernel *k = registry_kernel((*t)->kernels[i]);

			assert_non_null(k);
			for (const enum cm_type *type = k->types; *type != CM_NOTYPE; type++)
				for (size_t n = 64; n <= 256; n *= 2)
					run_one(*t, ctx, k, *type, n);
		}
		(*t)->close(ctx);
		ran++;
	}
	if (!ran) {
		print_message("# skip: none of the vendors' libraries is installed\n");
		skip();
	}
}

/* A plan without the buffers that a library looks for is an error of ours, not a crash. */
static void foreign_plan(void **state)
{
	size_t tried = 0;

	(void)state;
	for (const struct tuned *const *t = registry_tuned; *t; t++) {
		struct kernel_plan plan = { .c = { .type = CM_F32, .n = 64 }, .bufs = 1, .work = 64 };
		struct backend_ctx *ctx = NULL;
		struct cm_err err = { 0 };
		struct program *p = NULL;
		char version[128];

		if ((*t)->open(&ctx, version, &err))
			continue;
		plan.buf[0] = (struct kernel_buf){ "something", 4096, CM_OUT };
		assert_int_not_equal((*t)->build(ctx, 0, registry_kernel((*t)->kernels[0]), &plan, &p, &err),
				     CM_OK);
		assert_true(*err.why);
		assert_null(p);
		(*t)->close(ctx);
		tried++;
	}
	if (!tried) {
		print_message("# skip: none of the vendors' libraries is installed\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openblas_header), cmocka_unit_test(fftw_header),
		cmocka_unit_test(right_results), cmocka_unit_test(foreign_plan),
	};

	return cmocka_run_group_tests_name("tuned", tests, NULL, NULL);
}
