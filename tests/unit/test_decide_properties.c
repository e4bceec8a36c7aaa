/* What must hold of every decision: totals foot, money scales, dear power never helps owning, and a
 * break-even found by search is the one of the closed form. */
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
#include "scratch.h"

extern const struct decider decide_tco;

struct numbers { /* a random scenario: an owned server against rented hours */
	double money, price, power_price, power, staff, rent, discount, use, pue;
};

static struct numbers draw(struct rng *r)
{
	return (struct numbers){
		.money = 1, .price = 1e4 + 3e5 * rng_unit(r), .power_price = 0.02 + 0.3 * rng_unit(r),
		.power = 1 + 10 * rng_unit(r), .staff = 1e5 * rng_unit(r), .rent = 5 + 60 * rng_unit(r),
		.discount = 20 * rng_unit(r), .use = 10 + 89 * rng_unit(r), .pue = 1 + rng_unit(r),
	};
}

static const char *write_scenario(struct scratch *dir, const struct numbers *n)
{
	struct str s = { 0 };
	const double k = n->money;
	str_addf(&s, "horizon: 48 month\nwork: token\ninputs:\n  peak_rate: 900 token/s\n"
		     "  throughput: 1000 token/s\n  discount_rate: %.17g %%\n  use: %.17g %%\n"
		     "options:\n", n->discount, n->use);
	str_addf(&s, "  own:\n    kind: own\n    inputs:\n      server_price: %.17g USD\n"
		     "      power_load: %.17g kW\n      power_price: %.17g USD/kWh\n"
		     "      staff_year: %.17g USD/year\n      facility_opex: %.17g USD/kW/month\n"
		     "      pue: %.17g\n", k * n->price, n->power, k * n->power_price, k * n->staff,
		 k * 40, n->pue);
	str_addf(&s, "  rent:\n    kind: rent\n    inputs:\n      price_hour: %.17g USD/h\n"
		     "      staff_year: %.17g USD/year\n", k * n->rent, k * n->staff / 2);
	const char *path = scratch_write(dir, "s.yaml", s.p, s.len);
	str_free(&s);
	return path;
}

struct decided { struct scenario *s; const struct decision *d; };

static struct decided decide(const char *path)
{
	struct decided x;
	struct cm_err err = { .why = "" };
	enum cm_status st = decide_tco.load(path, file_data_dir(), NULL, NULL, &x.s, &err);
	if (!st) {
		decide_tco.sampling(x.s, 0, 1); /* draws have a test of their own */
		st = decide_tco.decide(x.s, &x.d, &err);
	}
	if (st)
		fail_msg("%s", err.why);
	return x;
}

static const struct option_result *option(const struct decision *d, const char *name)
{
	for (size_t i = 0; i < d->noptions; i++)
		if (strcmp(d->options[i].name, name) == 0)
			return &d->options[i];
	fail_msg("no option %s", name);
	return NULL;
}

static void near(double a, double b, double rel, const char *what)
{
	if (!(fabs(a - b) <= rel * (fabs(a) + fabs(b)) + 1e-12))
		fail_msg("%s: %.17g is not %.17g", what, a, b);
}

static double npv_of(struct scratch *dir, const struct numbers *n, const char *name)
{
	struct decided x = decide(write_scenario(dir, n));
	const double v = option(x.d, name)->npv.value;
	decide_tco.free(x.s);
	return v;
}

#define ROUNDS 40

static void test_totals_foot(void **state)
{
	struct scratch *dir = *state;
	struct rng r;
	rng_seed(&r, 1);
	for (int i = 0; i < ROUNDS; i++) {
		const struct numbers n = draw(&r);
		struct decided x = decide(write_scenario(dir, &n));
		for (size_t o = 0; o < x.d->noptions; o++) {
			const struct option_result *p = &x.d->options[o];
			double total = 0, pv = 0, cash = 0, years = 0;
			for (size_t l = 0; l < p->nlines; l++) {
				total += p->lines[l].total.value;
				pv += p->lines[l].pv.value;
				for (unsigned y = 0; y < x.d->years; y++)
					years += p->lines[l].by_year[y];
			}
			for (unsigned m = 0; m <= x.d->months; m++)
				cash += p->cash[m];
			near(total, p->total.value, 1e-12, "lines and total");
			near(pv, p->npv.value, 1e-12, "lines and NPV");
			near(cash, p->total.value, 1e-12, "cash and total");
			near(years, p->total.value, 1e-12, "years and total");
			near(p->capex.value + x.d->months * p->opex_month.value, p->total.value, 1e-12,
			     "capex, months and total");
		}
		decide_tco.free(x.s);
	}
}

static void test_no_discount_is_the_plain_sum(void **state)
{
	struct rng r;
	rng_seed(&r, 2);
	for (int i = 0; i < ROUNDS; i++) {
		struct numbers n = draw(&r);
		n.discount = 0;
		struct decided x = decide(write_scenario(*state, &n));
		for (size_t o = 0; o < x.d->noptions; o++)
			near(x.d->options[o].npv.value, x.d->options[o].total.value, 1e-12, "NPV");
		decide_tco.free(x.s);
	}
}

static void test_money_scales(void **state)
{
	struct rng r;
	rng_seed(&r, 3);
	for (int i = 0; i < ROUNDS; i++) {
		struct numbers n = draw(&r), k = n;
		k.money = 0.01 + 100 * rng_unit(&r);
		near(k.money * npv_of(*state, &n, "own"), npv_of(*state, &k, "own"), 1e-9, "own");
		near(k.money * npv_of(*state, &n, "rent"), npv_of(*state, &k, "rent"), 1e-9, "rent");
	}
}

static void test_dear_power_never_helps_owning(void **state)
{
	struct rng r;
	rng_seed(&r, 4);
	for (int i = 0; i < ROUNDS; i++) {
		struct numbers n = draw(&r), k = n;
		k.power_price *= 1 + rng_unit(&r);
		assert_true(npv_of(*state, &k, "own") > npv_of(*state, &n, "own"));
		near(npv_of(*state, &k, "rent"), npv_of(*state, &n, "rent"), 1e-15, "rent");
	}
}

/* Both costs are straight lines over utilisation: two points give the crossing exactly. */
static void test_break_even_is_the_closed_form(void **state)
{
	struct rng r;
	unsigned crossed = 0;
	rng_seed(&r, 5);
	for (int i = 0; i < ROUNDS; i++) {
		struct numbers n = draw(&r), a = n, b = n;
		a.use = 20;
		b.use = 80;
		const double own0 = npv_of(*state, &a, "own"), own1 = npv_of(*state, &b, "own");
		const double rent0 = npv_of(*state, &a, "rent"), rent1 = npv_of(*state, &b, "rent");
		const double slope = ((own1 - rent1) - (own0 - rent0)) / 60;
		const double want = 20 - (own0 - rent0) / slope;
		struct decided x = decide(write_scenario(*state, &n));
		unsigned found = 0;
		for (size_t k = 0; k < x.d->nbreaks; k++) {
			const struct break_even *e = &x.d->breaks[k];
			if (strcmp(e->kind, "utilisation") != 0 || e->at.missing)
				continue;
			near(e->at.value, want, 1e-9, "break-even");
			assert_string_equal(e->a, "own");
			found++;
		}
		if (want > 2 && want < 100)
			assert_int_equal(found, 1);
		else if (want < 2 || want > 100)
			assert_int_equal(found, 0);
		crossed += found;
		decide_tco.free(x.s);
	}
	assert_true(crossed >= 5); /* else the test tried nothing */
}

/* The month at which the sums of cash cross is capex over the difference of running costs. */
static void test_break_even_month_is_the_closed_form(void **state)
{
	struct rng r;
	unsigned crossed = 0;
	rng_seed(&r, 6);
	for (int i = 0; i < ROUNDS; i++) {
		const struct numbers n = draw(&r);
		struct decided x = decide(write_scenario(*state, &n));
		const struct option_result *own = option(x.d, "own"), *rent = option(x.d, "rent");
		const double want = own->cash[0] / (rent->cash[1] - own->cash[1]);
		for (size_t k = 0; k < x.d->nbreaks; k++) {
			const struct break_even *e = &x.d->breaks[k];
			if (strcmp(e->kind, "month") != 0 || e->at.missing ||
			    e->at.value > x.d->months - 1) /* the last month has the resale */
				continue;
			near(e->at.value, want, 1e-9, "month");
			crossed++;
		}
		decide_tco.free(x.s);
	}
	assert_true(crossed >= 3);
}

static void test_interval_holds_the_value(void **state)
{
	struct rng r;
	rng_seed(&r, 7);
	for (int i = 0; i < ROUNDS; i++) {
		const struct numbers n = draw(&r);
		struct decided x = decide(write_scenario(*state, &n));
		const struct option_result *own = option(x.d, "own");
		assert_true(own->npv.lo < own->npv.value && own->npv.value < own->npv.hi);
		assert_int_equal(own->npv.basis, CM_ASSUMED);
		assert_int_equal(x.d->stamp, CM_ESTIMATE);
		decide_tco.free(x.s);
	}
}

static void test_work_beyond_the_servers_is_excluded(void **state)
{
	const char *text = "work: token\nhorizon: 12 month\ninputs:\n  peak_rate: 3000 token/s\n"
			   "  throughput: 1000 token/s\noptions:\n  own:\n    kind: own\n    inputs:\n"
			   "      servers: 2\n      server_price: 1 USD\n      power_load: 1 kW\n"
			   "      power_price: 0.1 USD/kWh\n      staff_year: 0 USD/year\n"
			   "      facility_opex: 0 USD/kW/month\n  rent:\n    kind: rent\n    inputs:\n"
			   "      price_hour: 1000 USD/h\n      staff_year: 0 USD/year\n";
	struct decided x = decide(scratch_write(*state, "s.yaml", text, strlen(text)));
	assert_string_equal(x.d->cheapest, "rent");
	assert_true(option(x.d, "own")->excluded);
	assert_non_null(strstr(option(x.d, "own")->excluded_why, "cannot do the work"));
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
		cmocka_unit_test(test_totals_foot),
		cmocka_unit_test(test_no_discount_is_the_plain_sum),
		cmocka_unit_test(test_money_scales),
		cmocka_unit_test(test_dear_power_never_helps_owning),
		cmocka_unit_test(test_break_even_is_the_closed_form),
		cmocka_unit_test(test_break_even_month_is_the_closed_form),
		cmocka_unit_test(test_interval_holds_the_value),
		cmocka_unit_test(test_work_beyond_the_servers_is_excluded),
	};
	return cmocka_run_group_tests_name("decide_properties", tests, begin, end);
}
