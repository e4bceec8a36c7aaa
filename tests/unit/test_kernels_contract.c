/*
 * What bench/api/kernel.h asks of every kernel, asked of every registered one: plans that add up, sizes that
 * fit the memory, results that verify however the work is cut, and wrong ones that never do. Knows no
 * kernel by name, so that a new file in kernels/ is tested without a change here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "engine/registry.h"

#define GRAIN 64 /* the host backend cuts its shares at multiples of this where a step names none */

/* A small machine, so that the suites' own sizes run in a moment, under valgrind too. */
static const struct kernel_env small = {
	.l1_bytes = 32 << 10, .l2_bytes = 256 << 10, .l3_bytes = 1 << 20, .plateau_bytes = 1 << 20,
	.memory_bytes = 16 << 20, .max_alloc_bytes = 6 << 20, .compute_units = 1,
};
/* A large one, for plans only. */
static const struct kernel_env large = {
	.l1_bytes = 48 << 10, .l2_bytes = 2 << 20, .l3_bytes = (size_t)480 << 20,
	.plateau_bytes = (size_t)512 << 20, .memory_bytes = (size_t)256 << 30,
	.max_alloc_bytes = (size_t)64 << 30, .compute_units = 192,
};

static void describe(const struct kernel *k, const struct kernel_case *c, char *out, size_t cap)
{
	snprintf(out, cap, "%s %s %s %zu tune %d", k->name, k->ops ? k->ops[c->op] : "",
		 cm_type_word(c->type), c->n, c->tune[0]);
}

#define must(condition, what)                                                                      \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg("%s: not so: %s", what, #condition);                              \
	} while (0)

/* ---- every case of every kernel ---------------------------------------------------------------- */

typedef void case_fn(const struct kernel *k, const struct kernel_env *env, struct kernel_case c);

/* Sizes of the suites (of: which of them), or those of a list that the kernel takes. */
static size_t sizes_of(const struct kernel *k, const struct kernel_env *env, struct kernel_case c,
		       bool suites, size_t *out, size_t cap)
{
	static const size_t tried[] = { 1, 2, 3, 5, 16, 63, 64, 65, 128, 256, 448, 1000, 1024, 4096,
					16384, 40960 };
	size_t n = 0, one[CM_MAX_SIZES];

	for (int s = 0; suites && s < CM_SUITE_NR; s++) {
		const size_t got = k->sizes(env, (enum cm_suite)s, c.type, one);

		must(got <= CM_MAX_SIZES, k->name);
		for (size_t i = 0; i < got; i++) {
			must(i == 0 || one[i] > one[i - 1], k->name);
			assert_true(n < cap);
			out[n++] = one[i];
		}
	}
	for (size_t i = 0; !suites && i < CM_COUNT(tried); i++) {
		struct kernel_plan p = { .c = c };
		size_t bytes = 0;

		p.c.n = tried[i];
		if (k->plan(env, &p, NULL))
			continue;
		for (size_t b = 0; b < p.bufs; b++)
			bytes += p.buf[b].bytes;
		/* What a size means is the kernel's own: 4096 may be bytes or a matrix's order. */
		if (bytes <= (size_t)2 << 20 && p.flops < 3e8)
			out[n++] = tried[i];
	}
	return n;
}

static void each_size(const struct kernel *k, const struct kernel_env *env, struct kernel_case c,
		      bool suites, case_fn *fn)
{
	size_t size[64];
	const size_t n = sizes_of(k, env, c, suites, size, CM_COUNT(size));

	for (size_t i = 0; i < n; i++) {
		c.n = size[i];
		fn(k, env, c);
	}
}

/* The first value of every tunable, and each other value with the rest at their first. */
static void each_tune(const struct kernel *k, const struct kernel_env *env, struct kernel_case c,
		      bool suites, case_fn *fn)
{
	for (size_t t = 0; k->tunables && k->tunables[t].name; t++)
		c.tune[t] = k->tunables[t].values[0];
	each_size(k, env, c, suites, fn);
	for (size_t t = 0; k->tunables && k->tunables[t].name && !suites; t++)
		for (const int *v = &k->tunables[t].values[1]; *v; v++) {
			struct kernel_case other = c;

			other.tune[t] = *v;
			each_size(k, env, other, suites, fn);
		}
}

static void each_case(const struct kernel_env *env, bool suites, case_fn *fn)
{
	for (const struct kernel *const *k = registry_kernels; *k; k++)
		for (const enum cm_type *t = (*k)->types; *t != CM_NOTYPE; t++)
			for (unsigned op = 0; !op || ((*k)->ops && (*k)->ops[op]); op++)
				each_tune(*k, env,
					  (struct kernel_case){ .type = *t, .op = op, .seed = 12345 },
					  suites, fn);
}

/* ---- plans ------------------------------------------------------------------------------------- */

static void check_step(const struct kernel_plan *p, const struct kernel_step *s, const char *what)
{
	must(s->items > 0, what);
	if (!s->entry)
		return; /* of the host half only */
	must(*s->entry, what);
	must(s->dims >= 1 && s->dims <= 3, what);
	must(s->args <= CM_MAX_ARGS, what);
	for (unsigned d = 0; d < s->dims; d++) {
		must(s->global[d] > 0, what);
		must(!s->local[d] || s->global[d] % s->local[d] == 0, what);
		must(!s->local[d] == !s->local[0], what);
	}
	for (size_t a = 0; a < s->args; a++) {
		must(s->arg[a].kind != CM_ARG_BUF || s->arg[a].buf < p->bufs, what);
		must(s->arg[a].kind != CM_ARG_LOCAL || s->arg[a].local_bytes > 0, what);
		must(s->arg[a].kind != CM_ARG_F64 || isfinite(s->arg[a].f64), what);
		must(s->arg[a].kind != CM_ARG_F32 || isfinite(s->arg[a].f32), what);
	}
}

static void check_plan(const struct kernel *k, const struct kernel_env *env, struct kernel_case c)
{
	struct kernel_plan p = { .c = c }, again = { .c = c };
	struct cm_err err = { 0 };
	bool out = false;
	char what[128];

	describe(k, &c, what, sizeof what);
	if (k->plan(env, &p, &err))
		fail_msg("%s: %s", what, err.why);
	must(p.bufs > 0 && p.bufs <= CM_MAX_BUFS, what);
	for (size_t b = 0; b < p.bufs; b++) {
		must(p.buf[b].bytes > 0, what);
		must(p.buf[b].name && *p.buf[b].name, what);
		out |= p.buf[b].access & CM_OUT;
	}
	must(out, what); /* or else nothing could be verified */
	must(p.kind == CM_COMPUTE ? p.steps > 0 && k->run_host : p.steps == 0, what);
	must(p.steps <= CM_MAX_STEPS, what);
	must(!p.steps || p.step[p.steps - 1].entry, what);
	for (size_t s = 0; s < p.steps; s++)
		check_step(&p, &p.step[s], what);
	must(isfinite(p.flops) && p.flops >= 0, what);
	must(isfinite(p.bytes) && p.bytes >= 0, what);
	must(isfinite(p.work) && p.work > 0, what);
	must(k->metric != CM_BYTES_PER_S || p.bytes > 0, what);
	must(k->roof != CM_ROOF_COMPUTE || p.flops > 0, what);
	must(memchr(p.defines, '\0', sizeof p.defines) != NULL, what);
	must(!k->plan(env, &again, NULL) && !memcmp(&p, &again, sizeof p), what); /* pure */
}

static void check_suite_plan(const struct kernel *k, const struct kernel_env *env,
			     struct kernel_case c)
{
	struct kernel_plan p = { .c = c };
	struct cm_err err = { 0 };
	size_t bytes = 0;
	char what[128];

	describe(k, &c, what, sizeof what);
	check_plan(k, env, c);
	k->plan(env, &p, &err);
	for (size_t b = 0; b < p.bufs; b++) {
		bytes += p.buf[b].bytes;
		must(p.buf[b].bytes <= env->max_alloc_bytes, what);
	}
	must(bytes <= env->memory_bytes, what);
}

static void plans(void **state)
{
	(void)state;
	each_case(&small, false, check_plan);
	each_case(&small, true, check_suite_plan);
	each_case(&large, true, check_suite_plan);
}

static void bad_sizes(void **state)
{
	(void)state;
	for (const struct kernel *const *k = registry_kernels; *k; k++) {
		static const size_t bad[] = { 0, SIZE_MAX, SIZE_MAX - 511 };

		for (size_t i = 0; i < CM_COUNT(bad); i++) {
			struct kernel_plan p = { .c = { .type = (*k)->types[0], .n = bad[i] } };
			struct cm_err err = { 0 };

			for (size_t t = 0; (*k)->tunables && (*k)->tunables[t].name; t++)
				p.c.tune[t] = (*k)->tunables[t].values[0];
			if ((*k)->plan(&small, &p, &err) != CM_EINPUT || !*err.why)
				fail_msg("%s takes size %zu", (*k)->name, bad[i]);
		}
	}
}

/* ---- running ----------------------------------------------------------------------------------- */

struct bench {
	const struct kernel *k;
	struct kernel_plan p;
	void *buf[CM_MAX_BUFS];
	char what[128];
};

static void *aligned(size_t bytes)
{
	void *p = NULL;

	assert_int_equal(posix_memalign(&p, 64, bytes), 0); /* exactly: a sanitizer sees one byte more */
	return p;
}

static void setup(struct bench *b, const struct kernel *k, const struct kernel_env *env,
		  struct kernel_case c)
{
	*b = (struct bench){ .k = k, .p = { .c = c } };
	describe(k, &c, b->what, sizeof b->what);
	must(!k->plan(env, &b->p, NULL), b->what);
	for (size_t i = 0; i < b->p.bufs; i++) {
		b->buf[i] = aligned(b->p.buf[i].bytes);
		memset(b->buf[i], 0x77, b->p.buf[i].bytes);
	}
	k->fill(&b->p, b->buf);
}

static void teardown(struct bench *b)
{
	for (size_t i = 0; i < b->p.bufs; i++)
		free(b->buf[i]);
}

static void share(const struct kernel_step *s, unsigned thread, unsigned threads, size_t *lo,
		  size_t *hi)
{
	const size_t n = s->items, grain = s->grain ? s->grain : GRAIN;
	const size_t blocks = (n + grain - 1) / grain;

	*lo = blocks * thread / threads * grain;
	*hi = blocks * (thread + 1) / threads * grain;
	*lo = *lo > n ? n : *lo;
	*hi = *hi > n ? n : *hi;
}

/* What the threads of the host would do, one after the other. */
static void run(struct bench *b, unsigned threads, unsigned iterations)
{
	struct kernel_span s = { .plan = &b->p, .buf = b->buf, .threads = threads };

	if (b->p.kind != CM_COMPUTE)
		return; /* a copy: the data are there already, as after a copy that went well */
	if (b->p.scratch_bytes)
		s.scratch = aligned(b->p.scratch_bytes);
	for (unsigned i = 0; i < iterations; i++)
		for (s.step = 0; s.step < b->p.steps; s.step++)
			for (s.thread = 0; s.thread < threads; s.thread++) {
				share(&b->p.step[s.step], s.thread, threads, &s.lo, &s.hi);
				b->k->run_host(&s);
			}
	free(s.scratch);
}

static void must_verify(struct bench *b, unsigned iterations, const char *when)
{
	struct cm_err err = { 0 };

	if (b->k->verify(&b->p, b->buf, iterations, &err))
		fail_msg("%s, %s: %s", b->what, when, err.why);
}

static void must_fail(struct bench *b, unsigned iterations, const char *when)
{
	struct cm_err err = { 0 };
	const enum cm_status st = b->k->verify(&b->p, b->buf, iterations, &err);

	if (st != CM_EVERIFY || !*err.why)
		fail_msg("%s, %s: verify says '%s'", b->what, when, cm_status_word(st));
}

static void check_right(const struct kernel *k, const struct kernel_env *env, struct kernel_case c)
{
	for (unsigned threads = 1; threads <= 3; threads += 2) {
		struct bench b;

		setup(&b, k, env, c);
		run(&b, threads, 1);
		must_verify(&b, 1, threads > 1 ? "3 threads" : "1 thread");
		run(&b, threads, 2);
		must_verify(&b, 3, "after 3 iterations");
		teardown(&b);
	}
}

static void right_results(void **state)
{
	(void)state;
	each_case(&small, false, check_right);
	each_case(&small, true, check_right);
}

/* ---- wrong results ----------------------------------------------------------------------------- */

static void spoil_f64(void *at, int how)
{
	double v;

	memcpy(&v, at, sizeof v);
	v = how == 1 ? NAN : v * 1.002 + 0.002;
	memcpy(at, &v, sizeof v);
}

static void spoil_f32(void *at, int how)
{
	float v;

	memcpy(&v, at, sizeof v);
	v = how == 1 ? NAN : v * 1.01f + 0.01f;
	memcpy(at, &v, sizeof v);
}

/* how 0: a high bit flips; 1: not a number; 2: a little off. */
static void spoil(void *at, enum cm_type type, int how)
{
	const size_t bytes = cm_type_bytes(type);

	if (how && type == CM_F64)
		spoil_f64(at, how);
	else if (how && type == CM_F32)
		spoil_f32(at, how);
	else
		((unsigned char *)at)[how ? 0 : bytes - 1] ^= 0x40;
}

static void check_spoilt(struct bench *b, size_t buf, size_t element)
{
	const size_t bytes = cm_type_bytes(b->p.c.type);
	char *at = (char *)b->buf[buf] + element * bytes, kept[8], when[96];

	memcpy(kept, at, bytes);
	for (int how = 0; how < 3; how++) {
		if (getenv("CM_FEW") && how != (int)(element % 3)) /* each is a whole verification */
			continue;
		spoil(at, b->p.c.type, how);
		snprintf(when, sizeof when, "element %zu of '%s' spoilt (%d)", element, b->p.buf[buf].name,
			 how);
		must_fail(b, 1, when);
		memcpy(at, kept, bytes);
	}
}

static void check_wrong(const struct kernel *k, const struct kernel_env *env, struct kernel_case c)
{
	const size_t bytes = cm_type_bytes(c.type);
	struct bench b;

	setup(&b, k, env, c);
	if (b.p.kind == CM_COMPUTE)
		must_fail(&b, 1, "nothing has run");
	run(&b, 1, 1);
	for (size_t i = 0; i < b.p.bufs; i++) {
		const size_t n = b.p.buf[i].bytes / bytes;

		if (!(b.p.buf[i].access & CM_OUT))
			continue;
		check_spoilt(&b, i, 0);
		check_spoilt(&b, i, n / 2);
		check_spoilt(&b, i, n - 1);
		/* What goes on from iteration to iteration says how many there were. */
		if (b.p.kind == CM_COMPUTE && (b.p.buf[i].access & CM_IN)) {
			must_fail(&b, 2, "one iteration is missing");
			must_fail(&b, 0, "one iteration too many");
		}
	}
	must_verify(&b, 1, "all restored");
	teardown(&b);
}

static void wrong_results(void **state)
{
	(void)state;
	each_case(&small, false, check_wrong);
	each_case(&small, true, check_wrong);
}

/* ---- seeds ------------------------------------------------------------------------------------- */

static void check_seeds(const struct kernel *k, const struct kernel_env *env, struct kernel_case c)
{
	struct bench a, same, other;
	struct kernel_case next = c;
	bool differs = false;

	next.seed++;
	setup(&a, k, env, c);
	setup(&same, k, env, c);
	setup(&other, k, env, next);
	for (size_t i = 0; i < a.p.bufs; i++) {
		if (!(a.p.buf[i].access & CM_IN))
			continue;
		must(!memcmp(a.buf[i], same.buf[i], a.p.buf[i].bytes), a.what);
		differs |= memcmp(a.buf[i], other.buf[i], a.p.buf[i].bytes) != 0;
	}
	must(differs, a.what);
	/* The right answer to other data must not pass. */
	run(&other, 1, 1);
	for (size_t i = 0; i < a.p.bufs; i++)
		if (a.p.buf[i].access & CM_OUT)
			memcpy(a.buf[i], other.buf[i], a.p.buf[i].bytes);
	must_fail(&a, 1, "the result of another seed");
	teardown(&a);
	teardown(&same);
	teardown(&other);
}

static void seeds(void **state)
{
	(void)state;
	each_case(&small, true, check_seeds);
}

static void descriptors(void **state)
{
	struct cm_err err = { 0 };

	(void)state;
	if (registry_check(&err))
		fail_msg("%s", err.why);
	assert_non_null(registry_kernels[0]);
	for (const struct kernel *const *k = registry_kernels; *k; k++) {
		char *text = registry_device_text_dup(*k);

		must((*k)->group && (*k)->desc && (*k)->size_unit && (*k)->work_unit && (*k)->peer,
		     (*k)->name);
		must((*k)->types[0] != CM_NOTYPE, (*k)->name);
		must(text && strlen(text) > strlen(registry_prelude), (*k)->name);
		must(registry_kernel((*k)->name) == *k, (*k)->name);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors), cmocka_unit_test(plans),
		cmocka_unit_test(bad_sizes), cmocka_unit_test(right_results),
		cmocka_unit_test(wrong_results), cmocka_unit_test(seeds),
	};

	return cmocka_run_group_tests_name("kernels_contract", tests, NULL, NULL);
}
