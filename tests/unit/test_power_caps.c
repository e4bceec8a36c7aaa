/* Tables of power caps: recorded sweeps give their minimum, and money is joules and seconds at
 * their prices. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/str.h"
#include "engine/power_caps.h"
#include "scratch.h"

static void near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
		fail_msg("got %.12g, want %.12g", got, want);
}

static char *table(const char *name)
{
	const char *shared = getenv("COSTMARK_SHARED");
	char *path = cm_printf_dup("%s/data/energy/gpu-powerlimit/%s",
				   shared ? shared : CM_SOURCE_DIR "/../shared", name);

	if (!file_exists(path)) {
		print_message("# skip: ../shared/data/energy is not here\n");
		free(path);
		skip();
	}
	return path;
}

/* CASES.tsv: A40 300 W 6225 J in 24.0 s, 175 W 4867 J (least), 100 W 8034 J; V100 250 W 6065 J, 150
 * W 4830 J (least), 100 W 5327 J. Not monotone. */
static void recorded(void **state)
{
	static const struct {
		const char *file;
		double most_w, most_j, least_w, least_j, last_j;
		size_t n;
	} rows[] = {
		{"A40+resnet50+gpu0.csv", 300, 6224.88599999249, 175, 4867.478000000119,
		 8033.5680000036955, 9},
		{"V100+resnet50+gpu0.csv", 250, 6065.030000000028, 150, 4830.296000000031,
		 5327.103000000003, 7},
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *path = table(rows[i].file);
		struct power_caps c;
		struct cm_err err;
		size_t k;

		assert_int_equal(power_caps_read(path, &c, &err), CM_OK);
		assert_int_equal(c.n, rows[i].n);
		near(c.cap[0].watts, rows[i].most_w);
		near(c.cap[0].joules, rows[i].most_j);
		near(c.cap[c.n - 1].joules, rows[i].last_j);
		k = power_caps_least(&c, 1, 0);
		near(c.cap[k].watts, rows[i].least_w);
		near(c.cap[k].joules, rows[i].least_j);
		power_caps_free(&c);
		free(path);
	}
}

/* At 0.12 USD/kWh and 2.50 USD/hour the A40 at 175 W costs 4867.478 J x 0.12/3.6e6 + 27.93894662 s
 * x 2.5/3600 = 0.000162249 + 0.019402046 = 0.019564295 USD; time is dear, so 300 W is the cap of
 * least cost: 6224.886 J x 0.12/3.6e6 + 24.011604166 s x 2.5/3600 = 0.000207496 + 0.016674725 =
 * 0.016882221 USD. With time for nothing it is 175 W. */
static void money(void **state)
{
	const double per_joule = 0.12 / 3.6e6, per_second = 2.5 / 3600;
	char *path = table("A40+resnet50+gpu0.csv");
	struct power_caps c;
	struct cm_err err;

	(void)state;
	assert_int_equal(power_caps_read(path, &c, &err), CM_OK);
	near(c.cap[5].watts, 175);
	near(power_cap_cost(&c.cap[5], per_joule, per_second),
	     4867.478000000119 * 0.12 / 3.6e6 + 27.93894662335515 * 2.5 / 3600);
	assert_true(fabs(power_cap_cost(&c.cap[5], per_joule, per_second) - 0.019564295) < 1e-9);
	near(c.cap[power_caps_least(&c, per_joule, per_second)].watts, 300);
	near(c.cap[power_caps_least(&c, per_joule, 0)].watts, 175);
	power_caps_free(&c);
	free(path);
}

/* Four devices are added: 1067.513 + 1072.433 + 1049.198 + 1129.595 = 4318.739 J at 300 W. */
static void four_devices(void **state)
{
	char *path = table("A40+resnet50+gpu0-1-2-3.csv");
	struct power_caps c;
	struct cm_err err;

	(void)state;
	assert_int_equal(power_caps_read(path, &c, &err), CM_OK);
	assert_int_equal(c.devices, 4);
	assert_true(fabs(c.cap[0].joules - 4318.739) < 1e-6);
	power_caps_free(&c);
	free(path);
}

/* Our own columns, a cap tried twice: means of 10 and 12 s, 100 and 140 J. */
static void own_columns(void **state)
{
	static const char text[] = "joules,cap_w,seconds\n100,200,10\n90,150,20\n140,200,12\n";
	struct power_caps c;
	struct cm_err err;
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	assert_int_equal(
		power_caps_read(scratch_write(&s, "t.csv", text, sizeof text - 1), &c, &err),
		CM_OK);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.cap[0].tries, 2);
	near(c.cap[0].seconds, 11);
	near(c.cap[0].joules, 120);
	power_caps_free(&c);
	scratch_end(&s);
}

static void wrong(void **state)
{
	static const struct { const char *text, *why; } rows[] = {
		{ "a,b\n1,2\n", "t.csv:1:1: a table of power caps needs the columns" },
		{ "cap_w,seconds,joules,gpu0_energy\n1,2,3,4\n", "counted twice" },
		{ "cap_w,seconds,joules\n200,10,nan\n", "t.csv:2:8: \"nan\"" },
		{ "cap_w,seconds,joules\n200,-1,5\n", "t.csv:2:5: \"-1\"" },
		{ "cap_w,seconds,joules\n200,10\n", "t.csv:2:1: 2 cells" },
		{ "window_name,seconds,joules\nwarm-up,10,5\n", "t.csv:2:1: \"warm-up\"" },
		{ "cap_w,seconds,joules\n", "no row" },
	};
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const char *path = scratch_write(&s, "t.csv", rows[i].text, strlen(rows[i].text));
		struct power_caps c;
		struct cm_err err = { CM_OK, "" };

		assert_int_equal(power_caps_read(path, &c, &err), CM_EINPUT);
		if (!strstr(err.why, rows[i].why))
			fail_msg("expected \"%s\" in \"%s\"", rows[i].why, err.why);
	}
	scratch_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded), cmocka_unit_test(money), cmocka_unit_test(four_devices),
		cmocka_unit_test(own_columns), cmocka_unit_test(wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
