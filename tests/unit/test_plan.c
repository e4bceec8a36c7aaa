/* The plan: rounds that hold every row once, order and seeds by the seed, what is refused and why. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plan.h"
#include "engine/registry.h"

static struct seen_device devices[3];
static struct seen_backend backends[2];
static const struct kernel_env host = { .l1_bytes = 32 << 10, .l2_bytes = 1 << 20, .l3_bytes = 32 << 20,
					.plateau_bytes = 64 << 20, .memory_bytes = (size_t)4 << 30,
					.compute_units = 2 };

/* A processor, the device that does nothing, and a driver that failed. */
static struct discovery here(void)
{
	devices[0] = (struct seen_device){ .backend = registry_backend("host"), .reason = "",
					   .info = { .name = "Some CPU", .cls = CM_CPU, .fp64 = true } };
	devices[1] = (struct seen_device){ .backend = registry_backend("null"), .reason = "",
					   .info = { .name = "null", .cls = CM_NODEVICE } };
	devices[2] = (struct seen_device){ .backend = registry_backend("opencl"), .st = CM_EDRIVER,
					   .reason = "it died",
					   .info = { .name = "opencl driver", .cls = CM_NODEVICE } };
	backends[0] = (struct seen_backend){ .backend = registry_backend("host"), .devices = 1,
					     .reason = "" };
	backends[1] = (struct seen_backend){ .backend = registry_backend("opencl"), .st = CM_EDRIVER,
					     .reason = "it died" };
	return (struct discovery){ .backend = backends, .backends = 2, .device = devices, .devices = 3 };
}

static struct plan *make(const struct run_spec *spec)
{
	const struct discovery seen = here();
	struct plan *p = NULL;
	struct cm_err err = { 0 };

	if (plan_make(spec, &seen, &host, &p, &err))
		fail_msg("no plan: %s", err.why);
	return p;
}

static enum cm_status refused(const struct run_spec *spec, const char *part)
{
	const struct discovery seen = here();
	struct plan *p = NULL;
	struct cm_err err = { 0 };
	const enum cm_status st = plan_make(spec, &seen, &host, &p, &err);

	if (!st || !strstr(err.why, part))
		fail_msg("expected '%s', got %s '%s'", part, cm_status_word(st), err.why);
	assert_null(p);
	return st;
}

static void rounds_hold_every_row_once(void **state)
{
	const struct run_spec spec = { .launches = 7, .seed = 11 };
	struct plan *p = make(&spec);
	size_t ok = 0, moved = 0;

	(void)state;
	for (size_t i = 0; i < p->cells; i++)
		ok += !p->cell[i].st;
	assert_true(ok > 10);
	assert_int_equal(p->launches, 7 * ok);
	plan_more(p); /* for joules that are not yet sure */
	assert_int_equal(p->launches, 8 * ok);
	for (size_t round = 0; round < 8; round++) {
		bool *seen = calloc(p->cells, sizeof *seen);

		for (size_t i = round * ok; i < (round + 1) * ok; i++) {
			assert_int_equal(p->launch[i].number, round);
			assert_false(seen[p->launch[i].cell]);
			assert_int_equal(p->cell[p->launch[i].cell].st, CM_OK);
			seen[p->launch[i].cell] = true;
			moved += round && p->launch[i].cell != p->launch[i - ok].cell;
		}
		free(seen);
	}
	assert_true(moved > 3 * ok); /* each round is shuffled anew: of 6·ok places few stay */
	plan_free(p);
}

static bool same_order(const struct plan *a, const struct plan *b)
{
	bool same = a->launches == b->launches;

	for (size_t i = 0; same && i < a->launches; i++)
		same = a->launch[i].cell == b->launch[i].cell && a->launch[i].seed == b->launch[i].seed;
	return same;
}

static void the_seed_decides(void **state)
{
	const struct run_spec one = { .seed = 1 }, two = { .seed = 2 }, other = { .seed = 1, .launches = 4 };
	struct plan *a = make(&one), *b = make(&one), *c = make(&two), *d = make(&other);

	(void)state;
	assert_true(same_order(a, b));
	assert_false(same_order(a, c));
	assert_string_equal(a->hash, c->hash); /* --resume finds a run whatever its seed was … */
	assert_string_not_equal(a->hash, d->hash); /* … and never one of another plan */
	plan_order(c, 1); /* a resumed run takes its own seed again */
	assert_true(same_order(a, c));
	for (size_t i = 0; i < a->launches; i++)
		for (size_t k = i + 1; k < a->launches; k++)
			assert_true(a->launch[i].seed != a->launch[k].seed); /* fresh data each launch */
	assert_false(a->firm);
	assert_true(d->firm);
	plan_free(a);
	plan_free(b);
	plan_free(c);
	plan_free(d);
}

static void rows_by_device(void **state)
{
	static const char *const kernels[] = { "stream", "launch" };
	const struct run_spec spec = { .kernels = kernels, .nkernels = 2, .seed = 1 };
	struct plan *p = make(&spec);
	size_t null = 0, failed = 0, work = 0;

	(void)state;
	for (size_t i = 0; i < p->cells; i++) {
		const struct plan_cell *c = &p->cell[i];

		if (c->device == &devices[1]) { /* nothing that would look like work */
			null++;
			assert_string_equal(c->kernel->name, "launch");
		} else if (c->device == &devices[2]) { /* one row a kernel, with the driver's reason */
			failed++;
			assert_int_equal(c->st, CM_EDRIVER);
			assert_string_equal(c->reason, "it died");
		} else {
			work++;
			assert_int_equal(c->st, CM_OK);
		}
	}
	assert_int_equal(null, 1);
	assert_int_equal(failed, 5);
	assert_int_equal(work, 5);
	plan_free(p);
}

static void sizes(void **state)
{
	static const char *const triad[] = { "triad" }, *const both[] = { "triad", "chase" };
	static const size_t fits[] = { 4096 }, huge[] = { (size_t)1 << 33 }, odd[] = { 100 };
	const struct run_spec good = { .kernels = triad, .nkernels = 1, .sizes = fits, .nsizes = 1 };
	const struct run_spec mixed = { .kernels = both, .nkernels = 2, .sizes = odd, .nsizes = 1 };
	const struct run_spec large = { .kernels = triad, .nkernels = 1, .sizes = huge, .nsizes = 1,
					.devices = (const char *const[]){ "CPU" }, .ndevices = 1 };
	const struct run_spec wrong = { .kernels = both + 1, .nkernels = 1, .sizes = odd, .nsizes = 1,
					.devices = (const char *const[]){ "CPU" }, .ndevices = 1 };
	const struct run_spec small = { .small = true };
	struct plan *p = make(&good);

	(void)state;
	assert_int_equal(p->cell[0].c.n, 4096);
	plan_free(p);
	p = make(&mixed); /* triad takes 100, chase does not: its row says so */
	for (size_t i = 0; i < p->cells; i++)
		if (!p->cell[i].device->st)
			assert_int_equal(p->cell[i].st, strcmp(p->cell[i].kernel->name, "chase")
								? CM_OK : CM_EINPUT);
	plan_free(p);
	assert_int_equal(refused(&large, "a run may use 4096 MiB"), CM_EINPUT);
	assert_int_equal(refused(&wrong, "multiple of 64"), CM_EINPUT);
	p = make(&small);
	for (size_t i = 0; i < p->cells; i++) {
		struct kernel_plan k = { .c = p->cell[i].c };
		size_t bytes = 0;

		if (p->cell[i].st)
			continue;
		assert_int_equal(p->cell[i].kernel->plan(&p->cell[i].env, &k, NULL), CM_OK);
		for (size_t b = 0; b < k.bufs; b++)
			bytes += k.buf[b].bytes;
		assert_true(bytes <= (size_t)80 << 20);
	}
	plan_free(p);
}

/* Every kernel answers for the largest numbers: refused in a sentence, by its own range or by the memory. */
static void largest_sizes(void **state)
{
	static const size_t large[] = { (size_t)1 << 40, ((size_t)1 << 53) + 1, (size_t)1 << 63, SIZE_MAX };

	(void)state;
	for (size_t k = 0; registry_kernels[k]; k++)
		for (size_t i = 0; i < CM_COUNT(large); i++) {
			const struct run_spec spec = { .kernels = &registry_kernels[k]->name, .nkernels = 1,
						       .sizes = &large[i], .nsizes = 1,
						       .devices = (const char *const[]){ "CPU" },
						       .ndevices = 1 };
			const struct discovery seen = here();
			struct plan *p = NULL;
			struct cm_err err = { 0 };
			const enum cm_status st = plan_make(&spec, &seen, &host, &p, &err);

			/* launch counts items and holds no data: only that it does not die. */
			if (st != CM_EINPUT && !(!st && !strcmp(registry_kernels[k]->name, "launch")))
				fail_msg("%s of %zu: %s '%s'", registry_kernels[k]->name, large[i],
					 cm_status_word(st), err.why);
			plan_free(p);
		}
}

static void names(void **state)
{
	static const char *const slip[] = { "gmem" }, *const far[] = { "quicksort-of-doubles" };
	static const char *const none[] = { "H100" }, *const cl[] = { "opencl" }, *const null[] = { "null" };
	const struct run_spec a = { .kernels = slip, .nkernels = 1 }, b = { .kernels = far, .nkernels = 1 };
	const struct run_spec c = { .backends = slip, .nbackends = 1 };
	const struct run_spec d = { .devices = none, .ndevices = 1 };
	const struct run_spec e = { .backends = null, .nbackends = 1,
				    .kernels = (const char *const[]){ "triad" }, .nkernels = 1 };
	const struct run_spec f = { .backends = cl, .nbackends = 1, .devices = (const char *const[]){ "CPU" },
				    .ndevices = 1 };

	(void)state;
	assert_int_equal(refused(&a, "did you mean 'gemm'"), CM_EINPUT);
	assert_int_equal(refused(&b, "there is no kernel"), CM_EINPUT);
	assert_int_equal(refused(&c, "there is no backend"), CM_EINPUT);
	assert_int_equal(refused(&d, "here are 'Some CPU', 'null'"), CM_ABSENT);
	assert_int_equal(refused(&e, "nothing to measure on"), CM_ABSENT);
	assert_int_equal(refused(&f, "opencl is driver: it died"), CM_ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_hold_every_row_once),
		cmocka_unit_test(the_seed_decides),
		cmocka_unit_test(rows_by_device),
		cmocka_unit_test(sizes),
		cmocka_unit_test(largest_sizes),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
