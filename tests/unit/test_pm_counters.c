/* The Cray EX node's counters: what is there, a generation or a start that changes, and what is no joules. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/file.h"
#include "base/str.h"
#include "engine/metering.h"
#include "scratch.h"

extern const struct meter meter_pm_counters;

static struct scratch s;
static uint64_t clock_ns;

static uint64_t test_clock(void)
{
	return clock_ns;
}

static void put(const char *file, const char *text)
{
	char *path = cm_printf_dup("sys/cray/pm_counters/%s", file);

	scratch_write(&s, path, text, strlen(text));
	free(path);
}

static void window(void **state)
{
	static const struct meter *const only[] = { &meter_pm_counters, NULL };
	const struct metering_options o = { .meters = only, .now_ns = test_clock, .sysfs_root = s.dir };
	struct metering_result r;
	struct metering *m = NULL;

	(void)state;
	put("energy", "1222273783 J 1646860599877366 us\n");
	put("cpu_energy", "50179758 J 1646860599877366 us\n");
	put("accel0_energy", "900 J 1646860599877366 us\n");
	put("accel1_energy", "900 W 1646860599877366 us\n"); /* another unit */
	put("power", "747 W 1646860599877366 us\n");
	put("freshness", "17\n");
	put("generation", "3 1646860599877366 us\n");
	put("startup", "5\n");
	put("accel_energy", "0 J 1646860599877366 us\n"); /* none is counted: not 0 J */
	clock_ns = 1000000000;
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	clock_ns += 10000000000;
	put("energy", "1222281253 J 1646860609877366 us\n"); /* 7470 J in 10 s: 747 W */
	put("cpu_energy", "50180198 J 1646860609877366 us\n");
	put("accel0_energy", "2080 J 1646860609877366 us\n");
	put("generation", "3 1646860609877366 us\n"); /* a later time, the same generation */
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	assert_null(r.joules.missing);
	assert_true(fabs(r.joules.value - 7470) < 1e-6);
	assert_string_equal(r.channels, "energy");
	assert_string_equal(r.scope, "node");
	assert_int_equal(r.parts, 5);
	assert_true(fabs(r.part[1].joules.value - 440) < 1e-6);
	assert_true(fabs(r.part[3].joules.value - 1180) < 1e-6);
	assert_true(strstr(r.part[2].joules.missing, "no accelerator is counted") != NULL);
	assert_true(strstr(r.part[4].joules.missing, "holds no joules") != NULL);

	/* The counters began anew within a window, then a power limit changed: no joules of either. */
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	clock_ns += 10000000000;
	put("startup", "6\n");
	put("energy", "1222284000 J 1646860614877366 us\n");
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	assert_non_null(r.joules.missing);
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	clock_ns += 10000000000;
	put("generation", "4\n");
	put("energy", "1222288723 J 1646860619877366 us\n");
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	assert_non_null(r.joules.missing);
	metering_close(m);
}

/* A node of four superchips: a counter each of the processors and none of all, without memory's. The node is
 * counted, 14 400 J; the parts, 4 x 700 J and 4 x 2500 J, stand beside it. */
static void superchips(void **state)
{
	static const struct meter *const only[] = { &meter_pm_counters, NULL };
	struct scratch own;
	struct metering_options o = { .meters = only, .now_ns = test_clock };
	struct metering_result r;
	struct metering *m = NULL;
	char path[80], text[64];

	(void)state;
	scratch_begin(&own);
	o.sysfs_root = own.dir;
	for (int pass = 0; pass < 2; pass++) {
		scratch_put(&own, "sys/cray/pm_counters/energy", pass ? "1014400 J 7810223855886 us\n" :
			    "1000000 J 7810213855886 us\n");
		for (int i = 0; i < 4; i++) {
			snprintf(path, sizeof path, "sys/cray/pm_counters/cpu%d_energy", i);
			snprintf(text, sizeof text, "%d J 7810213855886 us\n", 5000 * (i + 1) + 700 * pass);
			scratch_put(&own, path, text);
			snprintf(path, sizeof path, "sys/cray/pm_counters/accel%d_energy", i);
			snprintf(text, sizeof text, "%d J 7810213855886 us\n", 90000 * (i + 1) + 2500 * pass);
			scratch_put(&own, path, text);
		}
		if (pass)
			break;
		assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
		assert_int_equal(metering_begin(m, NULL), CM_OK);
		clock_ns += 10000000000;
	}
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	assert_int_equal(r.parts, 9);
	assert_true(fabs(r.joules.value - 14400) < 1e-6);
	assert_string_equal(r.channels, "energy");
	assert_string_equal(r.part[4].covers, "processor 3");
	assert_true(fabs(r.part[4].joules.value - 700) < 1e-6);
	assert_true(fabs(r.part[8].joules.value - 2500) < 1e-6);
	metering_close(m);
	scratch_end(&own);
}

static int begin(void **state)
{
	(void)state;
	scratch_begin(&s);
	return file_mkdirs(scratch_path(&s, "sys/cray/pm_counters"), NULL) != CM_OK;
}

static int end(void **state)
{
	(void)state;
	scratch_end(&s);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(window), cmocka_unit_test(superchips) };

	return cmocka_run_group_tests_name("pm_counters", tests, begin, end);
}
