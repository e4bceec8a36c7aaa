/* The model of CPU power: its table row, its band against the recorded hosts, and what it counts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/meter.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/str.h"
#include "scratch.h"

extern const struct meter meter_modelled;

static struct scratch dir;

static int fresh(void **state)
{
	(void)state;
	scratch_begin(&dir);
	return mkdir(scratch_path(&dir, "proc"), 0755);
}

static int clear(void **state)
{
	(void)state;
	scratch_end(&dir);
	return 0;
}

static void put_cpu(const char *vendor, int family, int model, int stepping, unsigned threads)
{
	struct str s = { 0 };

	for (unsigned i = 0; i < threads; i++)
		str_addf(&s, "processor\t: %u\nvendor_id\t: %s\ncpu family\t: %d\nmodel\t\t: %d\n"
			 "model name\t: made\nstepping\t: %d\n\n", i, vendor, family, model, stepping);
	scratch_write(&dir, "proc/cpuinfo", str_get(&s), s.len);
	str_free(&s);
}

static enum cm_status open_made(struct meter_ctx **c, const struct meter_channel **ch,
				struct cm_err *err)
{
	const struct meter_from from = { .sysfs_root = dir.dir };
	enum cm_status st = meter_modelled.open(&from, c, err);

	if (st == CM_OK)
		assert_int_equal(meter_modelled.channels(*c, ch), 1);
	return st;
}

static void rows(void **state)
{
	static const struct { const char *vendor; int family, model, stepping; const char *arch; } r[] = {
		{ "AuthenticAMD", 23, 1, 2, "EPYC 1st Gen" },
		{ "AuthenticAMD", 23, 0x31, 0, "EPYC 2nd Gen" },
		{ "AuthenticAMD", 25, 1, 1, "EPYC 3rd Gen" },
		{ "AuthenticAMD", 25, 17, 1, "EPYC 4th Gen" },
		{ "AuthenticAMD", 25, 0xa0, 2, "EPYC 4th Gen" },
		{ "AuthenticAMD", 26, 2, 1, "doubtful" },
		{ "GenuineIntel", 6, 63, 2, "Haswell" },
		{ "GenuineIntel", 6, 85, 4, "Skylake" },
		{ "GenuineIntel", 6, 85, 7, "Cascade Lake" },
		{ "GenuineIntel", 6, 106, 6, "Ice Lake" },
		{ "GenuineIntel", 6, 143, 8, "Sapphire Rapids" },
		{ "GenuineIntel", 6, 207, 2, "Emerald Rapids" },
		{ "GenuineIntel", 6, 173, 1, "Granite Rapids" },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(r); i++) {
		struct meter_ctx *c = NULL;
		const struct meter_channel *ch;

		put_cpu(r[i].vendor, r[i].family, r[i].model, r[i].stepping, 4);
		assert_int_equal(open_made(&c, &ch, NULL), CM_OK);
		if (!strstr(ch->source, r[i].arch))
			fail_msg("%s expected in %s", r[i].arch, ch->source);
		assert_non_null(strstr(ch->source, "4 CPU threads"));
		assert_int_equal(ch->basis, CM_MODELLED);
		assert_int_equal(ch->scope, CM_SCOPE_PROCESS);
		assert_true(ch->err_lo < 0 && ch->err_hi > 0 && ch->err_source[0]);
		meter_modelled.close(c);
	}
}

static void unknown(void **state)
{
	struct meter_ctx *c = NULL;
	const struct meter_channel *ch;
	struct cm_err err = { CM_OK, "" };

	(void)state;
	put_cpu("HygonGenuine", 24, 1, 2, 2);
	assert_int_equal(open_made(&c, &ch, &err), CM_ABSENT);
	assert_non_null(strstr(err.why, "HygonGenuine family 24 model 1"));
	/* Arm: the published rows copy another maker's, so none is used. */
	scratch_write(&dir, "proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\n", 37);
	assert_int_equal(open_made(&c, &ch, &err), CM_ABSENT);
	assert_non_null(strstr(err.why, "ARM implementer 0x41"));
	assert_int_equal(remove(scratch_path(&dir, "proc/cpuinfo")), 0);
	assert_int_equal(open_made(&c, &ch, &err), CM_ABSENT);
}

static double clock_s(clockid_t id)
{
	struct timespec t;

	assert_int_equal(clock_gettime(id, &t), 0);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* EPYC 4th Gen, 8 threads: 8 x 0.7391 W at rest and 2.2822 - 0.7391 W more for each busy second. */
static void joules(void **state)
{
	struct meter_ctx *c = NULL;
	const struct meter_channel *ch;
	struct meter_value a, b;
	double before[4], after[4], most, least;

	(void)state;
	put_cpu("AuthenticAMD", 25, 17, 1, 8);
	assert_int_equal(open_made(&c, &ch, NULL), CM_OK);
	before[0] = clock_s(CLOCK_MONOTONIC);
	before[1] = clock_s(CLOCK_PROCESS_CPUTIME_ID);
	assert_int_equal(meter_modelled.read(c, &a, NULL), CM_OK);
	before[2] = clock_s(CLOCK_MONOTONIC);
	before[3] = clock_s(CLOCK_PROCESS_CPUTIME_ID);
	while (clock_s(CLOCK_PROCESS_CPUTIME_ID) < before[3] + 0.02)
		;
	after[0] = clock_s(CLOCK_MONOTONIC);
	after[1] = clock_s(CLOCK_PROCESS_CPUTIME_ID);
	assert_int_equal(meter_modelled.read(c, &b, NULL), CM_OK);
	after[2] = clock_s(CLOCK_MONOTONIC);
	after[3] = clock_s(CLOCK_PROCESS_CPUTIME_ID);
	least = 8 * 0.7391 * (after[0] - before[2]) + 1.5431 * (after[1] - before[3]);
	most = 8 * 0.7391 * (after[2] - before[0]) + 1.5431 * (after[3] - before[1]);
	assert_int_equal(b.st, CM_OK);
	assert_true(b.value - a.value >= least * (1 - 1e-9) && b.value - a.value <= most * (1 + 1e-9));
	meter_modelled.close(c);
}

/* ---- the band, against the recordings ---------------------------------------------------------- */

static double cell(const struct csv_row *head, const struct csv_row *row, const char *name)
{
	for (size_t i = 0; i < head->cells; i++) {
		if (strcmp(head->cell[i], name) == 0)
			return strtod(row->cell[i], NULL);
	}
	fail_msg("no column %s", name);
	return 0;
}

/* Model over truth at each load step; the truth is energy / duration (kWh), because the column of
 * watts repeats the row before. */
static void span(const char *path, double idle_w, double full_w, double *low, double *high)
{
	struct csv *c = NULL;
	struct csv_row row, head = { 0 };
	struct pool texts = { 0 };
	const char **names = NULL;
	unsigned steps = 0;

	assert_int_equal(csv_open(path, &c, NULL), CM_OK);
	while (csv_next(c, &row, NULL) == CM_OK) {
		double load, watts, model;

		if (!names) { /* texts of a row live until the next one */
			names = pool_alloc(&texts, row.cells * sizeof *names);
			for (size_t i = 0; i < row.cells; i++)
				names[i] = pool_dup(&texts, row.cell[i]);
			head = (struct csv_row){ .cell = names, .cells = row.cells };
			continue;
		}
		load = cell(&head, &row, "cpu_load") / 100;
		watts = cell(&head, &row, "rapl_energy") * 3.6e6 / cell(&head, &row, "duration");
		model = cell(&head, &row, "cores_used") * (idle_w + load * (full_w - idle_w));
		*low = fmin(*low, model / watts);
		*high = fmax(*high, model / watts);
		steps++;
	}
	assert_int_equal(steps, 11);
	csv_close(c);
	pool_free(&texts);
}

static void band(void **state)
{
	static const struct { const char *file; double idle_w, full_w; } hosts[] = {
		{ "epyc-8024p-all.csv", 0.7391, 2.2822 },
		{ "threadripper-1950x-all.csv", 0.8468, 2.6042 },
		{ "xeon-e5-2620v3-2s-all.csv", 1.8574, 5.5954 },
	};
	const char *shared = getenv("COSTMARK_SHARED");
	struct meter_ctx *c = NULL;
	const struct meter_channel *ch;
	double low = INFINITY, high = 0;

	(void)state;
	for (size_t i = 0; i < CM_COUNT(hosts); i++) {
		char *path = cm_printf_dup("%s/data/energy/model/load-vs-rapl/%s",
					   shared ? shared : CM_SOURCE_DIR "/../shared", hosts[i].file);

		if (!file_exists(path)) {
			free(path);
			print_message("# skip: ../shared/data/energy/model is not here\n");
			skip();
		}
		span(path, hosts[i].idle_w, hosts[i].full_w, &low, &high);
		free(path);
	}
	put_cpu("AuthenticAMD", 25, 17, 1, 2);
	assert_int_equal(open_made(&c, &ch, NULL), CM_OK);
	/* truth = model / (model over truth); the band is that, to three digits */
	assert_true(fabs(ch->err_lo - (1 / high - 1)) < 2e-3);
	assert_true(fabs(ch->err_hi - (1 / low - 1)) < 2e-3);
	meter_modelled.close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows, fresh, clear),
		cmocka_unit_test_setup_teardown(unknown, fresh, clear),
		cmocka_unit_test_setup_teardown(joules, fresh, clear),
		cmocka_unit_test_setup_teardown(band, fresh, clear),
	};

	return cmocka_run_group_tests_name("modelled_meter", tests, NULL, NULL);
}
