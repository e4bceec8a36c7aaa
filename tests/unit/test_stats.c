/* Intervals: ranks against printed tables and exact sums, coverage by simulation with a fixed seed. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/str.h"
#include "engine/stats.h"

static size_t lower_rank(size_t n) /* of 1, 2, … n: the value is its rank */
{
	double *x = cm_alloc(n * sizeof *x);
	struct interval ci;

	for (size_t i = 0; i < n; i++)
		x[i] = (double)((i * 7919) % n + 1); /* 7919 is prime: a permutation */
	ci = stats_median_ci(x, n);
	free(x);
	if (!ci.known)
		return 0;
	assert_true(ci.hi == (double)n + 1 - ci.lo);
	assert_true(ci.mid == 0.5 * ((double)n + 1));
	return (size_t)ci.lo;
}

/* Sign test, two-sided 5 %: the largest count that rejects, plus one (Dixon and Massey 1969, table A-10a). */
static void ranks_as_printed(void **state)
{
	static const struct { size_t n, rank; } table[] = {
		{ 5, 0 },   { 6, 1 },   { 8, 1 },   { 9, 2 },   { 11, 2 },  { 12, 3 },  { 14, 3 },
		{ 15, 4 },  { 17, 5 },  { 20, 6 },  { 25, 8 },  { 30, 10 }, { 35, 12 }, { 40, 14 },
		{ 50, 18 }, { 60, 22 }, { 80, 31 }, { 100, 40 },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++)
		if (lower_rank(table[i].n) != table[i].rank)
			fail_msg("n = %zu: rank %zu, the table has %zu", table[i].n, lower_rank(table[i].n),
				 table[i].rank);
}

/* The approximation above 1000 against the binomial sum itself: never above the exact rank (which would
 * promise too much), at most one below. */
static void ranks_beyond_a_thousand(void **state)
{
	(void)state;
	for (size_t n = 990; n <= 4096; n += n < 1010 ? 1 : 97) {
		double sum = 0;
		size_t exact = 0;

		for (size_t i = 0; i < n / 2; i++) {
			sum += exp(lgamma((double)n + 1) - lgamma((double)i + 1) -
				   lgamma((double)(n - i) + 1) - (double)n * log(2));
			if (sum > 0.025)
				break;
			exact = i + 1;
		}
		if (lower_rank(n) > exact || lower_rank(n) + 1 < exact)
			fail_msg("n = %zu: rank %zu, exactly %zu", n, lower_rank(n), exact);
	}
}

static double normal(struct rng *r)
{
	return sqrt(-2 * log(1 - rng_unit(r))) * cos(6.283185307179586 * rng_unit(r));
}

enum { TRIALS = 20000 };

/* Share of the intervals of n values that hold the centre. Skewed: exp of a normal, whose median is 1. */
static double coverage(size_t n, int skewed, struct interval (*ci)(double *, size_t))
{
	struct rng r;
	double x[64];
	unsigned hits = 0;

	rng_seed(&r, 20261124 + n);
	for (unsigned k = 0; k < TRIALS; k++) {
		const double centre = skewed ? 1 : 0;
		struct interval i;

		for (size_t j = 0; j < n; j++)
			x[j] = skewed ? exp(normal(&r)) : normal(&r);
		i = ci(x, n);
		assert_true(i.known && i.lo <= i.mid && i.mid <= i.hi);
		hits += i.lo <= centre && centre <= i.hi;
	}
	return hits / (double)TRIALS;
}

static void median_interval_covers(void **state)
{
	/* Exact coverage is 1 - 2·P(B < rank), whatever the distribution; 4 standard errors are 0.006. */
	static const struct { size_t n; double exact; } table[] = {
		{ 6, 0.96875 }, { 9, 0.9609375 }, { 20, 0.958611 }, { 50, 0.967161 },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++)
		for (int skewed = 0; skewed < 2; skewed++) {
			const double c = coverage(table[i].n, skewed, stats_median_ci);

			if (fabs(c - table[i].exact) > 0.006)
				fail_msg("n = %zu: coverage %.4f, exactly %.4f", table[i].n, c,
					 table[i].exact);
		}
}

static void launch_interval_covers(void **state)
{
	(void)state;
	for (size_t n = 2; n <= 9; n++) {
		const double c = coverage(n, 0, stats_launch_ci);

		if (c < 0.944 || c > 0.995)
			fail_msg("%zu launches: coverage %.4f", n, c);
	}
}

static void small_and_degenerate(void **state)
{
	double same[] = { 4, 4, 4, 4, 4, 4, 4 }, one[] = { 7 }, two[] = { 1, 3 }, even[] = { 4, 1, 3, 2 };
	struct interval i;

	(void)state;
	assert_true(isnan(stats_median(NULL, 0)));
	assert_true(isnan(stats_median_ci(NULL, 0).mid) && !stats_median_ci(NULL, 0).known);
	assert_true(stats_median(even, 4) == 2.5);
	i = stats_launch_ci(one, 1);
	assert_true(!i.known && i.mid == 7 && i.lo == 7 && i.hi == 7);
	i = stats_launch_ci(two, 2); /* mean 2, standard error 1, t = 12.7062 */
	assert_true(i.known && fabs(i.lo - (2 - 12.7062)) < 1e-9 && fabs(i.hi - (2 + 12.7062)) < 1e-9);
	i = stats_median_ci(same, 7);
	assert_true(i.known && i.lo == 4 && i.hi == 4);
}

/* Printed tables of Student's t, 97.5 %. */
static void students_t(void **state)
{
	static const struct { unsigned df; double t; } table[] = {
		{ 1, 12.706 }, { 2, 4.303 }, { 4, 2.776 }, { 10, 2.228 }, { 11, 2.201 }, { 15, 2.131 },
		{ 20, 2.086 }, { 30, 2.042 }, { 60, 2.000 }, { 120, 1.980 },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++)
		if (fabs(stats_t975(table[i].df) - table[i].t) > 0.001 * table[i].t)
			fail_msg("%u degrees: %.5f, the table has %.3f", table[i].df, stats_t975(table[i].df),
				 table[i].t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks_as_printed),       cmocka_unit_test(ranks_beyond_a_thousand),
		cmocka_unit_test(median_interval_covers), cmocka_unit_test(launch_interval_covers),
		cmocka_unit_test(small_and_degenerate),   cmocka_unit_test(students_t),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
