/* Uncertainty of the decision: probabilities, regret, bands and Sobol indices against closed forms. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/report.h"
#include "base/file.h"
#include "base/units.h"
#include "scratch.h"

extern const struct decider decide_tco;

#define DRAWS 20000
#define SIGMAS 4.5 /* of a standard error: by chance once in 150,000 comparisons; the seed is fixed */

struct decided { struct scenario *s; const struct decision *d; const struct uncertainty *u; };

static struct decided decide(struct scratch *dir, const char *text, size_t samples, uint64_t seed)
{
	struct decided x;
	struct cm_err err = { .why = "" };
	const char *path = scratch_write(dir, "s.yaml", text, strlen(text));
	enum cm_status st = decide_tco.load(path, file_data_dir(), NULL, NULL, &x.s, &err);
	if (!st) {
		decide_tco.sampling(x.s, samples, seed);
		st = decide_tco.decide(x.s, &x.d, &err);
	}
	if (st)
		fail_msg("%s", err.why);
	x.u = x.d->uncertainty;
	return x;
}

static void within(double got, double want, double se, const char *what)
{
	if (!(fabs(got - want) <= SIGMAS * se + 1e-12))
		fail_msg("%s: %.9g is not %.9g (standard error %.3g)", what, got, want, se);
}

static const struct uncertain_option *option(const struct uncertainty *u, const char *name)
{
	for (size_t i = 0; i < u->noptions; i++)
		if (strcmp(u->options[i].option, name) == 0)
			return &u->options[i];
	fail_msg("no option %s", name);
	return NULL;
}

static const struct sobol_index *of_input(const struct uncertainty *u, const char *name)
{
	for (size_t i = 0; i < u->nsobol; i++)
		if (strcmp(u->sobol[i].input, name) == 0)
			return &u->sobol[i];
	fail_msg("no index of %s", name);
	return NULL;
}

#define PAID(expression) "cost p = at(0, " expression ") : USD\\ncash = costs() : USD\\n" \
			 "npv = sum(cash) : USD"

/* a ~ N(100, 10), b ~ N(105, 12), both with the same shared s: it cancels, as draws are common. */
static const char normals[] =
	"horizon: 1 month\ninputs:\n  s: 0..1000 USD\n  a: normal(100, 10) USD\n  b: normal(105, 12) USD\n"
	"options:\n  first: {kind: plain, lines: \"" PAID("a + s") "\"}\n"
	"  second: {kind: plain, lines: \"" PAID("b + s") "\"}\n";

static void test_probability_and_regret_of_two_normals(void **state)
{
	struct decided x = decide(*state, normals, DRAWS, 7);
	const struct uncertain_option *a = option(x.u, "first"), *b = option(x.u, "second");
	const double mu = 5, sd = sqrt(10 * 10 + 12 * 12), z = mu / sd;
	const double p = 0.5 * erfc(-z / sqrt(2)), density = exp(-z * z / 2) / sqrt(2 * acos(-1));
	within(a->cheapest, p, a->cheapest_se, "P(first is cheapest)");
	within(a->cheapest + b->cheapest, 1, 0, "sum of probabilities");
	/* E max(0, a - b) for a - b ~ N(-mu, sd) */
	within(a->regret, sd * density - mu * (1 - p), a->regret_se, "regret of first");
	within(b->regret, sd * density + mu * p, b->regret_se, "regret of second");
	assert_true(a->cheapest_se > 0 && a->regret_se > 0);
	decide_tco.free(x.s);
}

static void test_bands_of_a_normal(void **state)
{
	struct decided x = decide(*state,
		"horizon: 1 month\ninputs: {a: \"normal(100, 10) USD\"}\noptions:\n"
		"  it: {kind: plain, lines: \"" PAID("a") "\"}\n", DRAWS, 3);
	const struct band *b = &x.u->options[0].npv;
	const double n = DRAWS;
	/* a quantile's standard error is sqrt(p (1 - p)/n) over the density there */
	within(b->mean, 100, b->mean_se, "mean");
	within(b->mean_se, 10 / sqrt(n), 10 / sqrt(n) / sqrt(2 * n), "standard error of the mean");
	within(b->p50, 100, 10 * 0.5 / sqrt(n) / 0.398942, "median");
	within(b->p5, 100 - 16.448536, 10 * sqrt(0.05 * 0.95 / n) / 0.103136, "5 %");
	within(b->p95, 100 + 16.448536, 10 * sqrt(0.05 * 0.95 / n) / 0.103136, "95 %");
	assert_true(x.u->options[0].cheapest == 1 && x.u->options[0].regret == 0);
	decide_tco.free(x.s);
}

/* second - first = 3 x + y + z + …: each input's share of the variance is its own term's. */
static void test_sobol_of_a_sum_is_its_shares(void **state)
{
	struct decided x = decide(*state,
		"horizon: 1 month\ninputs:\n  x: 0..10 USD\n  y: normal(50, 6) USD\n"
		"  z: triangular(0, 3, 9) USD\n  w: 0..70 USD\noptions:\n"
		"  first: {kind: plain, lines: \"" PAID("w") "\"}\n"
		"  second: {kind: plain, lines: \"" PAID("1000 [USD] + w + 3 * x + y + z") "\"}\n",
		DRAWS, 11);
	const double vx = 9 * 100 / 12.0, vy = 36, vz = (0 + 9 + 81 - 0 - 0 - 27) / 18.0;
	const double v = vx + vy + vz;
	const struct { const char *name; double share; } want[] = {
		{ "x", vx / v }, { "y", vy / v }, { "z", vz / v }, { "w", 0 },
	};
	double sum = 0;
	for (size_t i = 0; i < 4; i++) {
		const struct sobol_index *s = of_input(x.u, want[i].name);
		within(s->first, want[i].share, s->first_se, "first order");
		within(s->total, want[i].share, s->total_se, "total");
		sum += s->total;
	}
	assert_true(fabs(sum - 1) < 0.1);
	assert_true(fabs(x.u->sobol_variance / v - 1) < 0.1);
	assert_string_equal(x.u->sobol[0].input, "x");
	decide_tco.free(x.s);
}

/* x y: an interaction, in the totals and not in the first order. */
static void test_sobol_of_a_product(void **state)
{
	struct decided x = decide(*state,
		"horizon: 1 month\ninputs: {x: 1..3, y: 10..50 USD}\noptions:\n"
		"  it: {kind: plain, lines: \"" PAID("x * y") "\"}\n", DRAWS, 5);
	const double mx = 2, vx = 4 / 12.0, my = 30, vy = 1600 / 12.0;
	const double v = vx * my * my + vy * mx * mx + vx * vy;
	const struct sobol_index *a = of_input(x.u, "x"), *b = of_input(x.u, "y");
	within(a->first, vx * my * my / v, a->first_se, "x alone");
	within(b->first, vy * mx * mx / v, b->first_se, "y alone");
	within(a->total, (vx * my * my + vx * vy) / v, a->total_se, "x with interactions");
	within(b->total, (vy * mx * mx + vx * vy) / v, b->total_se, "y with interactions");
	decide_tco.free(x.s);
}

/* A need that holds in seven of ten draws, in one month of three only; and none that can do it. */
static void test_needs_are_drawn_too(void **state)
{
	struct decided x = decide(*state,
		"horizon: 3 month\ninputs: {x: 0..10, y: 5..6 USD}\noptions:\n"
		"  weak: {kind: plain, lines: \"need able = x * if(month == 2, 1, 0) <= 7 : 1 \\\"no\\\"\\n"
		PAID("y") "\"}\n"
		"  dear: {kind: plain, lines: \"need able = x <= 9 : 1 \\\"no\\\"\\n" PAID("2 * y")
		"\"}\n", DRAWS, 1);
	const struct uncertain_option *weak = option(x.u, "weak"), *dear = option(x.u, "dear");
	const double n = DRAWS;
	within((double)weak->infeasible / n, 0.3, sqrt(0.3 * 0.7 / n), "share that cannot");
	within((double)x.u->lost / n, 0.1, sqrt(0.1 * 0.9 / n), "share in which none can");
	within(weak->cheapest, 7 / 9.0, weak->cheapest_se, "weak where it can");
	within(weak->cheapest + dear->cheapest, 1, 0, "sum of probabilities");
	assert_true(weak->regret == 0 && dear->regret > 0);
	assert_int_equal(weak->infeasible + (size_t)(weak->cheapest * (n - (double)x.u->lost) + 0.5),
			 DRAWS);
	decide_tco.free(x.s);
}

static void test_seed_says_what_is_drawn(void **state)
{
	double p[3];
	const uint64_t seeds[] = { 42, 42, 43 };
	for (int i = 0; i < 3; i++) {
		struct decided x = decide(*state, normals, 5000, seeds[i]); /* more than one block */
		p[i] = option(x.u, "first")->npv.mean;
		assert_int_equal(x.u->seed, seeds[i]);
		assert_int_equal(x.u->samples, 5000);
		assert_int_equal(x.u->inputs, 3);
		decide_tco.free(x.s);
	}
	assert_true(p[0] == p[1] && p[0] != p[2]);
	struct decided x = decide(*state, normals, 0, 1);
	assert_null(x.u);
	decide_tco.free(x.s);
}

static int begin(void **state)
{
	struct scratch *s = malloc(sizeof *s);
	scratch_begin(s);
	*state = s;
	return 0;
}

static int end(void **state)
{
	scratch_end(*state);
	free(*state);
	units_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probability_and_regret_of_two_normals),
		cmocka_unit_test(test_bands_of_a_normal),
		cmocka_unit_test(test_sobol_of_a_sum_is_its_shares),
		cmocka_unit_test(test_sobol_of_a_product),
		cmocka_unit_test(test_needs_are_drawn_too),
		cmocka_unit_test(test_seed_says_what_is_drawn),
	};
	return cmocka_run_group_tests_name("decide_uncertain", tests, begin, end);
}
