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
		k = power_caps_least(&c, 1, 0).best;
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
	near(c.cap[power_caps_least(&c, per_joule, per_second).best].watts, 300);
	near(c.cap[power_caps_least(&c, per_joule, 0).best].watts, 175);
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

/* The V100 at 0.12 USD/kWh and 0.10 USD/hour: 250 W 6065.03 x 3.3333e-8 + 26.674534 x 2.7778e-5 =
 * 0.00020217 + 0.00074096 = 0.00094313 USD; 225 W 0.00019385 + 0.00075781 = 0.00095166. At 0.01
 * USD/hour: 250 W 0.00020217 + 0.00007410 = 0.00027626, 225 W 0.00026963, 200 W 0.00025846, 175 W
 * 5059.2 J, 29.45 s 0.00016864 + 0.00008181 = 0.00025045, 150 W 4830.296 x 3.3333e-8 + 32.41 x
 * 2.7778e-6 = 0.00016101 + 0.00009003 = 0.00025104: the least is between, at 175 W. */
static void dear_and_cheap_hours(void **state)
{
	const double per_joule = 0.12 / 3.6e6;
	char *path = table("V100+resnet50+gpu0.csv");
	struct power_caps c;
	struct cap_least l;
	struct cm_err err;

	(void)state;
	assert_int_equal(power_caps_read(path, &c, &err), CM_OK);
	l = power_caps_least(&c, per_joule, 0.10 / 3600);
	near(c.cap[l.best].watts, 250);
	assert_true(fabs(power_cap_cost(&c.cap[l.best], per_joule, 0.10 / 3600) - 0.00094313) < 1e-8);
	assert_true(!l.known && !l.alike); /* one try at each cap */
	l = power_caps_least(&c, per_joule, 0.01 / 3600);
	near(c.cap[l.best].watts, 175);
	assert_true(fabs(power_cap_cost(&c.cap[l.best], per_joule, 0.01 / 3600) - 0.00025045) < 1e-8);
	power_caps_free(&c);
	free(path);
}

/* Caps whose intervals overlap are not told apart; one cap alone is the least; without a second figure none
 * is. Three tries of 1000, 1010 and 1020 J: mean 1010, standard deviation 10, half width 4.302653 x 10 /
 * sqrt(3) = 24.84138 J. At 1e-7 USD/J and 2e-6 USD/s: 300 W 0.000101 + 10 s 0.00002 = 0.000121 USD, 200 W
 * 0.0001 + 0.000022 = 0.000122, and half widths of 0.0000024841: alike. 100 W 0.00012 + 0.00004: not. */
static void bands(void **state)
{
	static const char text[] = "cap_w,seconds,joules\n300,10,1000\n200,11,990\n100,20,1200\n300,10,1010\n"
				   "200,11,1000\n100,20,1200\n300,10,1020\n200,11,1010\n100,20,1200\n";
	struct power_caps c;
	struct cap_least l;
	struct cm_err err;
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	assert_int_equal(power_caps_read(scratch_write(&s, "t.csv", text, sizeof text - 1), &c, &err),
			 CM_OK);
	near(c.cap[0].joules, 1010);
	assert_true(fabs(c.cap[0].half_joules - 24.84138) < 1e-3);
	near(c.cap[0].half_seconds, 0);
	near(c.cap[2].half_joules, 0);
	l = power_caps_least(&c, 1e-7, 2e-6);
	assert_true(l.best == 0 && l.alike == 1 && l.known);
	assert_true(power_caps_alike(&c, &l, 1, 1e-7, 2e-6) && !power_caps_alike(&c, &l, 2, 1e-7, 2e-6));
	assert_true(fabs(power_cap_half(&c.cap[1], 1e-7, 2e-6) - 24.84138e-7) < 1e-10);
	/* Hours so dear that joules do not matter: 10 s, told apart from 11 s. */
	l = power_caps_least(&c, 1e-7, 1e-2);
	assert_true(l.best == 0 && l.alike == 0 && l.known);
	c.cap[0].joules = c.cap[1].joules = NAN; /* as of rows without a figure */
	assert_int_equal(power_caps_least(&c, 1, 0).best, 3);
	c.n = 1;
	c.cap[0] = (struct power_cap){ .watts = 300, .seconds = 1, .joules = 5, .half_joules = NAN,
				       .half_seconds = NAN, .tries = 1 };
	l = power_caps_least(&c, 1, 0);
	assert_true(l.best == 0 && l.alike == 0 && !l.known);
	power_caps_free(&c);
	scratch_end(&s);
}

/* Equal costs: both are named, the faster first. */
static void equal(void **state)
{
	struct power_cap cap[] = {
		{ .watts = 300, .seconds = 10, .joules = 100, .half_seconds = NAN, .half_joules = NAN },
		{ .watts = 200, .seconds = 12, .joules = 100, .half_seconds = NAN, .half_joules = NAN },
		{ .watts = 100, .seconds = 30, .joules = 101, .half_seconds = NAN, .half_joules = NAN },
	};
	const struct power_caps c = { .cap = cap, .n = 3 };
	const struct cap_least l = power_caps_least(&c, 1, 0);

	(void)state;
	assert_true(l.best == 0 && l.alike == 1 && !l.known);
	assert_true(power_caps_alike(&c, &l, 1, 1, 0) && !power_caps_alike(&c, &l, 2, 1, 0));
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
		cmocka_unit_test(dear_and_cheap_hours), cmocka_unit_test(bands), cmocka_unit_test(equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
