/* Searches of the decider: crossings of every shape, choices against their closed forms, changes of the
 * ranking, indifference to a named input, device equivalents. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/report.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/units.h"
#include "decide/tco_cross.h"
#include "scratch.h"

extern const struct decider decide_tco;

static void near(double a, double b, double rel, const char *what)
{
	if (!(fabs(a - b) <= rel * (fabs(a) + fabs(b)) + 1e-12))
		fail_msg("%s: %.17g is not %.17g", what, a, b);
}

/* ---- crossings ---------------------------------------------------------------------------------- */

#define LEVELS 11

static size_t cross(cross_fn f, double lo, double hi, struct crossing *out)
{
	double x[LEVELS], fx[LEVELS];
	for (int i = 0; i < LEVELS; i++) {
		x[i] = lo + (hi - lo) * i / (LEVELS - 1);
		fx[i] = f(NULL, x[i]);
	}
	return cross_all(f, NULL, x, fx, LEVELS, out, 8);
}

static double cubic(void *state, double x) { (void)state; return (x - 1.05) * (x - 4.5) * (x - 7.95); }
static double dip(void *state, double x) { (void)state; return (x - 5.02) * (x - 5.02) - 1e-4; }
static double corner(void *state, double x) { (void)state; return fabs(x - 3.3) - 0.2; }
static double touch(void *state, double x) { (void)state; return (x - 5.02) * (x - 5.02) + 1e-4; }
static double stairs(void *state, double x) { (void)state; return ceil(x) * 2 - 9; }
static double limit(void *state, double x) { (void)state; return x > 6.25 ? -INFINITY : 1 + x; }
static double hole(void *state, double x) { (void)state; return x < 4.9 ? NAN : x - 8; }

static void test_three_roots(void **state)
{
	(void)state;
	struct crossing c[8];
	assert_int_equal(cross(cubic, 0, 10, c), 3);
	near(c[0].at, 1.05, 1e-12, "first");
	near(c[1].at, 4.5, 1e-12, "second");
	near(c[2].at, 7.95, 1e-12, "third");
	assert_true(!c[0].falls && c[1].falls && !c[2].falls);
	assert_true(!c[0].jump && !c[1].jump && !c[2].jump);
}

/* Two roots 0.02 apart between levels 1 apart; a corner; and a dip that stays above 0. */
static void test_two_roots_between_two_levels(void **state)
{
	(void)state;
	struct crossing c[8];
	assert_int_equal(cross(dip, 0, 10, c), 2);
	near(c[0].at, 5.01, 1e-9, "left");
	near(c[1].at, 5.03, 1e-9, "right");
	assert_true(c[0].falls && !c[1].falls);
	assert_int_equal(cross(corner, 0, 10, c), 2);
	near(c[0].at, 3.1, 1e-12, "left of the corner");
	near(c[1].at, 3.5, 1e-12, "right of the corner");
	assert_int_equal(cross(touch, 0, 10, c), 0);
}

static void test_jumps(void **state)
{
	(void)state;
	struct crossing c[8];
	assert_int_equal(cross(stairs, 0.3, 9.7, c), 1);
	near(c[0].at, 4, 1e-12, "the stair from 8 to 10");
	assert_true(c[0].jump && !c[0].falls);
	assert_int_equal(cross(limit, 0, 10, c), 1);
	near(c[0].at, 6.25, 1e-12, "a limit");
	assert_true(c[0].jump && c[0].falls);
	assert_int_equal(cross(hole, 0, 10, c), 1);
	near(c[0].at, 8, 1e-12, "beyond the hole");
	assert_false(c[0].jump);
}

/* ---- scenarios ---------------------------------------------------------------------------------- */

struct decided { struct scenario *s; const struct decision *d; };

static struct decided decide(struct scratch *dir, const char *text)
{
	struct decided x;
	struct cm_err err = { .why = "" };
	const char *path = scratch_write(dir, "s.yaml", text, strlen(text));
	enum cm_status st = decide_tco.load(path, file_data_dir(), NULL, NULL, &x.s, &err);
	if (!st) {
		decide_tco.sampling(x.s, 0, 1); /* draws have a test of their own */
		st = decide_tco.decide(x.s, &x.d, &err);
	}
	if (st)
		fail_msg("%s", err.why);
	return x;
}

#define ROUNDS 20

/* Least hardware: ceil(rate (1 + headroom)/(throughput availability)) servers, as more cost more. */
static void test_least_servers_is_the_closed_form(void **state)
{
	struct rng r;
	rng_seed(&r, 11);
	for (int i = 0; i < ROUNDS; i++) {
		const double rate = 100 + 5000 * rng_unit(&r), each = 300 + 400 * rng_unit(&r);
		const double room = 50 * rng_unit(&r);
		struct str s = { 0 };
		str_addf(&s, "work: token\nhorizon: 24 month\nrequirement:\n  rate: %.17g token/s\n"
			     "  headroom: %.17g %%\noptions:\n  a:\n    kind: own\n    inputs: "
			     "{server_price: 9000 USD, power_load: 1 kW, power_price: 0.1 USD/kWh,\n"
			     "      staff_year: 0 USD/year, facility_opex: 0 USD/kW/month, throughput: "
			     "%.17g token/s,\n      availability: 98 %%}\n    choose: {servers: 1..60 "
			     "step 1}\n", rate, room, each);
		struct decided x = decide(*state, s.p);
		const struct choice_result *c = &x.d->choices[0];
		assert_int_equal(x.d->nchoices, 1);
		near(c->at.value, ceil(rate * (1 + room / 100) / (0.98 * each)), 1e-12, "servers");
		near(c->cost.value, x.d->options[0].npv.value, 1e-12, "cost of the choice");
		for (size_t k = 0; k < c->n; k++)
			assert_true(isnan(c->cost_at[k]) == (c->value[k] < c->at.value));
		assert_true(c->next_above > 0 && isnan(c->next_below));
		decide_tco.free(x.s);
		str_free(&s);
	}
}

/* An even demand between 0 and D: owning up to P(demand > owned) = owned price/rented price costs least. */
static void test_split_is_the_newsvendor(void **state)
{
	struct rng r;
	rng_seed(&r, 12);
	for (int i = 0; i < ROUNDS; i++) {
		const double own = 1 + rng_unit(&r), rent = own * (1.1 + rng_unit(&r)),
			     most = 50 + 100 * rng_unit(&r);
		struct str s = { 0 };
		str_addf(&s, "horizon: 12 month\ninputs:\n  own_price: %.17g USD\n  rent_price: %.17g USD\n"
			     "  most: %.17g\nlines: |\n  peaks = (most - owned)^2 / (2 * most) : 1\n"
			     "  cost pay = monthly(owned * own_price + peaks * rent_price) : USD\n"
			     "  cash = costs() : USD\n  npv = sum(cash) : USD\noptions:\n"
			     "  any: {kind: plain, choose: {owned: 0..40}}\n"
			     "  whole: {kind: plain, choose: {owned: 0..150 step 1}}\n", own, rent, most);
		struct decided x = decide(*state, s.p);
		const double best = most * (1 - own / rent);
		if (best < 40)
			near(x.d->choices[0].at.value, best, 1e-5, "any split"); /* a flat least */
		else
			near(x.d->choices[0].at.value, 40, 1e-6, "the end of the range");
		assert_true(x.d->choices[0].edge == (best > 40 - 4e-5));
		assert_true(fabs(x.d->choices[1].at.value - best) <= 0.5 + 1e-9);
		decide_tco.free(x.s);
		str_free(&s);
	}
}

/* Two choices at once, and a line other than npv. */
static void test_choices_are_tried_together(void **state)
{
	struct decided x = decide(*state,
		"horizon: 12 month\nlines: |\n  far = (a - 7)^2 + (b - 3)^2 + 2 * (a - 7) * (b - 3) * 0.5 "
		": 1\n  cost pay = at(0, a * 1 [USD]) : USD\n  cash = costs() : USD\n"
		"  npv = sum(cash) : USD\n"
		"  need even = a / 2 == floor(a / 2) : 1 \"a is odd\"\noptions:\n  it:\n    kind: plain\n"
		"    choose:\n      a: {values: 0..12 step 1, least: far}\n"
		"      b: {values: 0..12 step 1, least: far}\n");
	double best = INFINITY, at[2] = { 0 };
	for (int a = 0; a <= 12; a += 2)
		for (int b = 0; b <= 12; b++) {
			const double f = (a - 7) * (a - 7) + (b - 3) * (b - 3) + (a - 7) * (b - 3);
			if (f < best - 1e-9) {
				best = f;
				at[0] = a;
				at[1] = b;
			}
		}
	assert_int_equal(x.d->nchoices, 2);
	near(x.d->choices[0].cost.value, best, 1e-12, "least");
	const double a = x.d->choices[0].at.value, b = x.d->choices[1].at.value;
	near((a - 7) * (a - 7) + (b - 3) * (b - 3) + (a - 7) * (b - 3), best, 1e-12, "where");
	assert_true(at[0] >= 0 && at[1] >= 0);
	decide_tco.free(x.s);
}

static void test_nothing_fits_says_why(void **state)
{
	struct decided x = decide(*state,
		"work: token\nhorizon: 12 month\nrequirement: {rate: 5000 token/s, power: 5.5 kW}\noptions:\n"
		"  a:\n    kind: own\n    inputs: {server_price: 1 USD, power_load: 1 kW, power_price: 0.1 "
		"USD/kWh, staff_year: 0 USD/year,\n      facility_opex: 0 USD/kW/month, throughput: 600 "
		"token/s, availability: 100 %}\n    choose: {servers: 1..12 step 1}\n");
	assert_true(x.d->options[0].excluded);
	assert_string_equal(x.d->options[0].excluded_why, "no value of 'Servers' will do: at 1 to 8 its "
			    "servers cannot do the work that is asked for; at 9 to 12 its power is above "
			    "the limit");
	assert_non_null(x.d->choices[0].at.missing);
	assert_string_equal(x.d->cheapest, "");
	decide_tco.free(x.s);
}

/* a = 100 + 2x against b = 300 and against c = 40 + x^2/10 (x now 50): c costs least while x is small. */
static void test_changes_of_the_ranking(void **state)
{
	struct decided x = decide(*state,
		"horizon: 1 month\ninputs: {x: 50 USD}\noptions:\n"
		"  a: {kind: plain, lines: \"cost p = at(0, 100 [USD] + 2 * x) : USD\\ncash = costs() : "
		"USD\\nnpv = sum(cash) : USD\"}\n"
		"  b: {kind: plain, lines: \"cost p = at(0, 300 [USD]) : USD\\ncash = costs() : USD\\nnpv = "
		"sum(cash) : USD\"}\n"
		"  c: {kind: plain, lines: \"cost p = at(0, 40 [USD] + x * x / 10 [USD]) : USD\\ncash = "
		"costs() : USD\\nnpv = sum(cash) : USD\"}\n");
	assert_string_equal(x.d->cheapest, "a"); /* 200, against 300 and 290 */
	assert_int_equal(x.d->nchanges, 2);
	/* 100 + 2x = 40 + x²/10 at x = 10 + sqrt(700) = 36.457; 100 + 2x = 300 at x = 100 */
	near(x.d->changes[0].at.value, 10 + sqrt(700), 1e-9, "down to c");
	assert_string_equal(x.d->changes[0].then, "c");
	near(x.d->changes[1].at.value, 100, 1e-9, "up to b");
	assert_string_equal(x.d->changes[1].then, "b");
	decide_tco.free(x.s);
}

static void test_indifference_to_a_named_input(void **state)
{
	struct decided x = decide(*state,
		"horizon: 1 month\ninputs: {x: 5 USD}\nindifference: [x]\noptions:\n"
		"  a: {kind: plain, lines: \"cost p = at(0, 3 [USD]) : USD\\ncash = costs() : USD\\nnpv = "
		"sum(cash) : USD\"}\n"
		"  b: {kind: plain, lines: \"cost p = at(0, 3 [USD] + (x - 3 [USD]) * (x - 9 [USD]) "
		"/ 1 [USD] "
		"+ 9 [USD]) : USD\\ncash = costs() : USD\\nnpv = sum(cash) : USD\"}\n");
	const struct cmj *list = cmj_get(x.d->more, "indifference");
	size_t n = 0;
	for (size_t i = 0; i < cmj_len(list); i++)
		n += strcmp(cmj_text(cmj_get(cmj_at(list, i), "kind"), ""), "input") == 0;
	assert_int_equal(n, 1); /* (x - 3)(x - 9) = -9 touches at x = 6: the two are never crossed … */
	assert_non_null(strstr(cmj_text(cmj_get(cmj_at(list, cmj_len(list) - 1), "sentence"), ""),
			       "at no value of 'x'"));
	decide_tco.free(x.s);
	x = decide(*state,
		"horizon: 1 month\ninputs: {x: 5 USD}\nindifference: [x]\noptions:\n"
		"  a: {kind: plain, lines: \"cost p = at(0, 3 [USD]) : USD\\ncash = costs() : USD\\nnpv = "
		"sum(cash) : USD\"}\n"
		"  b: {kind: plain, lines: \"cost p = at(0, 3 [USD] + (x - 3 [USD]) * (x - 9 [USD]) "
		"/ 1 [USD]) "
		": USD\\ncash = costs() : USD\\nnpv = sum(cash) : USD\"}\n");
	list = cmj_get(x.d->more, "indifference");
	double at[2] = { 0 };
	for (size_t i = n = 0; i < cmj_len(list); i++)
		if (strcmp(cmj_text(cmj_get(cmj_at(list, i), "kind"), ""), "input") == 0 && n < 2)
			at[n++] = cmj_double(cmj_get(cmj_get(cmj_at(list, i), "at"), "value"), NAN);
	assert_int_equal(n, 2);
	near(at[0], 3, 1e-9, "first");
	near(at[1], 9, 1e-9, "second");
	decide_tco.free(x.s);
}

/* The mean of ratios does not depend on the unit: B in A's is 1/(A in B's). */
static void test_equivalents(void **state)
{
	double mean[2];
	for (int i = 0; i < 2; i++) {
		struct str s = { 0 };
		str_addf(&s, "equivalents:\n  unit: %s\n  fleet: {a: 3, b: {count: 5, label: B card}}\n"
			     "  rates:\n    one: {a: 10 1/s, b: 18..22 1/s}\n    two: {a: {value: 4 1/s, "
			     "basis: published, source: x}, b: 2 1/s}\n", i ? "b" : "a");
		struct decided x = decide(*state, s.p);
		const struct equivalent *e = x.d->equivalents;
		assert_int_equal(x.d->nequivalents, 9);
		near(e[2].units.value, i ? 5 + 3 * 0.5 : 3 + 5 * 2.0, 1e-12, "the fleet at one");
		near(e[5].units.value, i ? 5 + 3 * 2.0 : 3 + 5 * 0.5, 1e-12, "the fleet at two");
		near(e[8].units.value, sqrt(e[2].units.value * e[5].units.value), 1e-12, "the mean");
		mean[i] = e[i ? 6 : 7].each.value;
		if (i == 0) {
			near(e[1].each.lo, 1.8, 1e-12, "low");
			near(e[1].each.hi, 2.2, 1e-12, "high");
			assert_int_equal(e[3].rate.basis, CM_PUBLISHED);
		}
		decide_tco.free(x.s);
		str_free(&s);
	}
	near(mean[0], 1 / mean[1], 1e-12, "ratios");
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
		cmocka_unit_test(test_three_roots),
		cmocka_unit_test(test_two_roots_between_two_levels),
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_least_servers_is_the_closed_form),
		cmocka_unit_test(test_split_is_the_newsvendor),
		cmocka_unit_test(test_choices_are_tried_together),
		cmocka_unit_test(test_nothing_fits_says_why),
		cmocka_unit_test(test_changes_of_the_ranking),
		cmocka_unit_test(test_indifference_to_a_named_input),
		cmocka_unit_test(test_equivalents),
	};
	return cmocka_run_group_tests_name("decide_search", tests, begin, end);
}
