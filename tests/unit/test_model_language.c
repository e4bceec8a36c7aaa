/* The model language: what it accepts, computes and refuses, sentence by sentence. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"

struct built { struct model_source src; struct model *m; struct eval *e; };

static enum cm_status build(const char *text, unsigned months, struct built *b, struct cm_err *err)
{
	*b = (struct built){ .e = NULL };
	enum cm_status st = model_parse(text, strlen(text), (struct model_pos){ "t.model", 1, 0 },
					false, &b->src, err);
	if (st)
		return st;
	b->m = model_new(&(struct model_settings){ months, "USD", "token" });
	const uint32_t scope = model_scope_add(b->m, "own");
	for (size_t i = 0; i < b->src.funcs; i++)
		model_add_func(b->m, b->src.func[i]);
	for (size_t i = 0; i < b->src.defs; i++)
		model_add(b->m, scope, b->src.def[i]);
	st = model_build(b->m, err);
	if (st)
		return st;
	b->e = eval_new(b->m);
	eval_all(b->e);
	return eval_check(b->e, err);
}

static void drop(struct built *b)
{
	eval_free(b->e);
	model_free(b->m);
	model_source_free(&b->src);
}

static double value(const char *text, unsigned months, unsigned month)
{
	struct built b;
	struct cm_err err = { .why = "" };
	const enum cm_status st = build(text, months, &b, &err);
	if (st)
		print_error("%s\n", err.why);
	assert_int_equal(st, CM_OK);
	const uint32_t x = model_find(b.m, 1, "x");
	assert_true(x != MODEL_NONE);
	const double v = eval_value(b.e, x, month);
	drop(&b);
	return v;
}

static const struct { const char *text; double want; } sums[] = {
	{ "x = 1 + 2 * 3 : 1", 7 },
	{ "x = -2 ^ 2 : 1", -4 },
	{ "x = 2 ^ 3 ^ 2 : 1", 512 },
	{ "x = 2 ^ -1 : 1", 0.5 },
	{ "x = (1 + 2) * 3 - 4 / 2 : 1", 7 },
	{ "x = 10 - 4 - 3 : 1", 3 },
	{ "x = 1 < 2 and not 2 < 1 : 1", 1 },
	{ "x = 1 >= 2 or 2 != 2 : 1", 0 },
	{ "x = if(3 > 2, 5, 6) : 1", 5 },
	{ "x = min(3, 1, 2) + max(3, 1, 2) : 1", 4 },
	{ "x = abs(-3) + floor(2.7) + ceil(2.1) + round(2.5) : 1", 11 },
	{ "x = exp(0) + log(1) + log10(1000) + sqrt(9 + 0) : 1", 7 },
	{ "a = 5 : %\nx = a * 200 : 1", 10 },
	{ "x = 5 % * 200 : 1", 10 },
	{ "a = 1000 : W\nx = a * 2 [h] * 0.1 [USD/kWh] : USD", 0.2 },
	{ "x = 1 [kW] + 500 [W] : W", 1500 },
	{ "x = 1 [USD/month] * 1 [year] : USD", 12 },
	{ "x = max(0, 3 [USD]) : USD", 3 },
	{ "x = 2 [USD/token] / 4 [USD/token] : 1", 0.5 },
	{ "x = 4 [token] : work", 4 },
	{ "x = (3 [s]) ^ 2 / 1 [s] : s", 9 },
	{ "x = sqrt(16 [W] * 1 [W]) : W", 4 },
	{ "x = sum(monthly(2)) : 1", 24 },
	{ "x = sum(at(0, 5) + at(3, 2) + end(1)) : 1", 8 },
	{ "s = month * 1 : 1\nx = value(s, 5) : 1", 5 },
	{ "s = cumulative(monthly(3)) : 1\nx = value(s, 12) : 1", 36 },
	{ "s = prev(s, 8) / 2 : 1\nx = value(s, 2) : 1", 1 },
	{ "a = prev(b, 1) + month * 0 : 1\nb = a * 2 : 1\nx = value(b, 3) : 1", 16 },
	{ "x = npv(0, monthly(2)) : 1", 24 },
	{ "x = npv(10 %, at(0, 1) + at(2, 1.21)) : 1", 2 },
	{ "x = crf(0, 4) : 1", 0.25 },
	{ "x = annuity(1 %, 12) * crf(1 %, 12) : 1", 1 },
	{ "cost a = at(0, 4 [USD]) : USD\ncost b = monthly(1 [USD]) : USD\nx = sum(costs()) : USD",
	  16 },
	{ "x = months : 1", 12 },
	{ "x = 0.1..0.3 : 1", 0.2 },
	{ "x = normal(4, 1) : 1", 4 },
	{ "x = triangular(1, 2, 9) : 1", 2 },
	{ "x = if(0 == 0, 1, 1 / 0) : 1", 1 },
	{ "a = 85 : %\nx = ceil(10 / a) + floor(10 / a) + round(10 / a) : 1", 35 },
	{ "x = irr(at(0, -100) + at(1, 110)) : 1", 0.1 },
	{ "x = macrs(5, 1) + macrs(5, 6) : 1", 0.2 + 0.0576 },
	{ "x = macrs(3, 1) + macrs(3, 2) + macrs(3, 3) + macrs(3, 4) + macrs(3, 5) : 1", 1 },
	{ "x = erlang_c(1, 0.5) : 1", 0.5 },
	{ "x = erlang_servers(10, 0.8, 1 / 9) : 1", 14 },
	{ "x = argmin(3, 1, 2) * 10 + pick(2, 7, 8, 9) : 1", 28 },
	{ "x = pick(0, 7, 8) + pick(9, 7, 8) : 1", 15 },
	{ "f(a, b) = a * b + c\nc = 1 : 1\nx = f(2, 3) + f(f(1, 1), 0) : 1", 8 },
	{ "cost_of(w, h) = w * h * 0.1 [USD/kWh]\nx = cost_of(1000 [W], 2 [h]) : USD", 0.2 },
	{ "half() = 0.5  # why\nx = half() : 1", 0.5 },
	{ "clamp(a, b, c) = 7  # replaces the shipped one\nx = clamp(1, 2, 3) : 1", 7 },
	{ "x = clamp(5, 0, 3) + clamp(-1, 0, 3) + mod(7, 3) + mod(-1, 3) + log2(8) : 1", 9 },
	{ "x = sum(yearly(3)) + sum(every(4, 1)) + sum(between(3, 5, 1)) : 1", 3 + 4 + 3 },
	{ "x = value(year() + month * 0, 12) + value(year(), 0) : 1", 1 },
	{ "x = value(grown(21 %), 6) : 1", 1.1 },
	{ "x = first(month > 4) * 100 + first(month < 0) : 1", 513 },
	{ "x = payback(at(0, -10) + monthly(4)) : 1", 2.5 },
	{ "x = payback(monthly(0 - 1)) : 1", 0 },
	{ "x = payback(at(0, -10) + monthly(0.1)) : 1", 13 },
	{ "x = interpolate(25, 10, 1, 20, 3, 40, 7) : 1", 4 },
	{ "x = interpolate(5, 10, 1, 20, 3) + interpolate(50, 10, 1, 20, 3) : 1", 4 },
	{ "x = interpolate(1500 [W], 1 [kW], 2 [USD], 2 [kW], 4 [USD]) : USD", 3 },
	{ "x = step(9, 5, 10, 4, 100, 3) + step(10, 5, 10, 4, 100, 3) + step(1e9, 5, 10, 4, 100, 3) : 1",
	  12 },
	{ "x = tiered(60, 3, 10, 2, 50, 1) + tiered(5, 3, 10, 2, 50, 1) : 1", 30 + 80 + 10 + 15 },
	{ "x = highest(month * (12 - month)) * 100 + lowest(abs(month - 4) + 1) : 1", 3601 },
	{ "x = wright(4, 20 %) : 1", 0.64 },
	{ "x = young(5 [min], 20 [h]) : h", 1.8257418583505538 },
	{ "x = straight_line(3, 1, 0.5) + straight_line(3, 4, 0.5) + straight_line(3, 5, 0.5) : 1",
	  1.0 / 3 },
	{ "x =\n  1 +   # one\n  2 : 1  \"Label\"  # and why\n", 3 },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < CM_COUNT(sums); i++) {
		const double got = value(sums[i].text, 12, 0);
		if (fabs(got - sums[i].want) > 1e-12 * (1 + fabs(sums[i].want)))
			fail_msg("%s gives %.17g, expected %.17g", sums[i].text, got, sums[i].want);
	}
}

/* Published values: numpy-financial's documentation (see examples/published for the scenario). */
static void test_payment(void **state)
{
	(void)state;
	assert_true(fabs(value("x = pmt(0.0062499999999999995, 180, 200000 [USD]) : USD", 1, 0) -
			 1854.0247200054619) < 1e-7);
	assert_true(fabs(value("x = npv(0.08, at(0, -40000) + at(1, 5000) + at(2, 8000) + "
			       "at(3, 12000) + at(4, 30000)) : 1", 4, 0) - 3065.22267) < 1e-5);
}

/* Against published figures: IRS Pub. 946 tables A-1 to A-5 (5-year property, mid-quarter), the
 * examples of Microsoft's documentation of SLN, SYD, DDB and MIRR, and of numpy-financial's. */
static const struct { const char *text; unsigned months; double want, within; } published[] = {
	{ "x = macrs_quarter(5, 1, 1) : %", 1, 35.00, 0.006 },
	{ "x = macrs_quarter(5, 2, 1) : %", 1, 26.00, 0.006 },
	{ "x = macrs_quarter(5, 4, 1) : %", 1, 11.01, 0.006 },
	{ "x = macrs_quarter(5, 6, 1) : %", 1, 1.38, 0.006 },
	{ "x = macrs_quarter(5, 1, 4) : %", 1, 5.00, 0.006 },
	{ "x = macrs_quarter(5, 2, 4) : %", 1, 38.00, 0.006 },
	{ "x = macrs_quarter(5, 6, 4) : %", 1, 9.58, 0.006 },
	{ "x = macrs_quarter(3, 1, 4) : %", 1, 8.33, 0.006 },
	{ "x = macrs_quarter(3, 3, 4) : %", 1, 20.37, 0.006 },
	{ "x = macrs_quarter(7, 1, 2) : %", 1, 17.85, 0.01 },
	{ "x = declining(5, 1, 2, 0.5) : %", 1, 20.00, 0.006 },
	{ "x = declining(5, 6, 2, 0.5) : %", 1, 5.76, 0.006 },
	{ "x = macrs(7, 1) : %", 1, 14.29, 0.006 },
	{ "x = macrs(7, 8) : %", 1, 4.46, 0.006 },
	{ "x = sln(30000 [USD], 7500 [USD], 10) : USD", 1, 2250, 1e-9 },
	{ "x = syd(30000 [USD], 7500 [USD], 10, 1) : USD", 1, 4090.91, 0.006 },
	{ "x = syd(30000 [USD], 7500 [USD], 10, 10) : USD", 1, 409.09, 0.006 },
	{ "x = ddb(2400 [USD], 300 [USD], 10, 1, 2) : USD", 1, 480.00, 0.006 },
	{ "x = ddb(2400 [USD], 300 [USD], 10, 2, 1.5) : USD", 1, 306.00, 0.006 },
	{ "x = ddb(2400 [USD], 300 [USD], 10, 10, 2) : USD", 1, 22.12, 0.006 },
	{ "x = mirr(at(0, -120000) + at(1, 39000) + at(2, 30000) + at(3, 21000) + at(4, 37000) + "
	  "at(5, 46000), 10 %, 12 %) : %", 5, 12.61, 0.006 },
	{ "x = fv(0.05 / 12, 120, 100, 100) : 1", 1, 15692.928894335748, 1e-7 },
	{ "x = pv(0.05 / 12, 120, 100) + 15692.93 / (1 + 0.05 / 12)^120 : 1", 1,
	  100 + 2 * 9428.135032823558, 0.01 },
	{ "x = nper(0.07 / 12, 150, 8000) : 1", 1, 64.07334877066185, 1e-9 },
	{ "x = interest(0.0824 / 12, 12, 2500, 1) : 1", 1, 17.17, 0.006 },
	{ "x = pmt(0.0824 / 12, 12, 2500) - interest(0.0824 / 12, 12, 2500, 12) : 1", 1, 216.26, 0.006 },
	{ "x = owed(1 %, 12, 100, 12) + owed(1 %, 12, 100, 0) : 1", 1, 100, 1e-9 },
	{ "x = erlang_level(14, 10, 1 / 9) : 1", 1, 0.8883500191794669, 1e-12 },
	{ "x = erlang_wait(1, 0.5) : 1", 1, 1, 1e-12 },
};

static void test_published(void **state)
{
	(void)state;
	for (size_t i = 0; i < CM_COUNT(published); i++) {
		const double got = value(published[i].text, published[i].months, 0);
		if (!(fabs(got - published[i].want) <= published[i].within))
			fail_msg("%s gives %.12g, published %.12g", published[i].text, got,
				 published[i].want);
	}
}

/* Every schedule writes off the whole, whatever the life, the factor and the first year. */
static void test_schedules_are_whole(void **state)
{
	(void)state;
	static const char *const schedule[] = { "declining(LIFE, month, 2, FIRST)",
						"declining(LIFE, month, 1.5, FIRST)",
						"straight_line(LIFE, month, FIRST)" };
	for (int life = 2; life <= 20; life++)
		for (int quarter = 0; quarter <= 4; quarter++)
			for (size_t i = 0; i < CM_COUNT(schedule); i++) {
				char text[256];
				snprintf(text, sizeof text, "LIFE = %d : 1\nFIRST = %g : 1\nx = sum(%s)"
					 " : 1", life, quarter ? (4.5 - quarter) / 4 : 1, schedule[i]);
				const double got = value(text, 24, 0);
				if (fabs(got - 1) > 1e-12)
					fail_msg("%s writes off %.17g", text, got);
			}
}

static const struct { const char *text, *want; } wrongs[] = {
	{ "x = 1 [USD] + 1 [USD/month] : USD",
	  "t.model:1:13: cannot add 'USD' and 'USD/month': their units differ in kind" },
	{ "x = 1 [USD/month] : USD",
	  "t.model:1:21: 'x' is declared in 'USD' but its expression is in 'USD/month'" },
	{ "price = 1 : 1\nx = pirce * 2 : 1",
	  "t.model:2:5: unknown name 'pirce' (did you mean 'price'?)" },
	{ "x = sqr(4) : 1", "t.model:1:5: unknown function 'sqr' (did you mean 'sqrt'?)" },
	{ "x = if(1, 2) : 1", "t.model:1:5: expected if(CONDITION, THEN, ELSE), found 2 values" },
	{ "a = b : 1\nb = a : 1",
	  "t.model:1:1: 'a' depends on itself: a → b → a (use prev(a, START) for the month before)" },
	{ "a = 0 : 1\nx = 1 / a : 1", "t.model:2:7: division by zero in 'x'" },
	{ "x = monthly(1) / (month - 3) : 1", "t.model:1:16: division by zero in 'x' (month 3)" },
	{ "x = log(0 - 1) : 1", "t.model:1:5: logarithm of a number that is not above 0 in 'x'" },
	{ "x = ? : USD \"Price\"",
	  "t.model:1:1: own: 'x' (Price, in USD) has no value: set it under inputs" },
	{ "x = 1 : parsec_of_gold", "unknown unit" },
	{ "x 1 : 1", "t.model:1:3: expected '=' after the name, found '1'" },
	{ "x = 1", "t.model:1:6: expected an operator or ': UNIT', found the end of the line" },
	{ "x = (1 : 1", "t.model:1:8: expected ')', found ':'" },
	{ "x = 1 + : 1", "t.model:1:9: expected a number, a name or '(', found ':'" },
	{ "x = 1 : 1\nx = 2 : 1", "t.model:2:1: 'x' is defined twice, first at t.model:1" },
	{ "x = 1 : 1 \"Label", "t.model:1:17: expected '\"' at the end of the label, found the end "
			       "of the line" },
	{ "x = sum(3) : 1", "t.model:1:5: sum() needs a monthly series, this is a single value: say "
			    "when it falls, at(0, …) or monthly(…)" },
	{ "cost x = 1 [USD] : USD", "t.model:1:6: cost line 'x' is a single value: say when it is "
				    "paid, at(0, …) or monthly(…)" },
	{ "cost a = monthly(1 [h]) : h\nx = sum(costs()) : USD",
	  "t.model:1:27: cost line 'a' is in 'h', not in money of the scenario ('USD')" },
	{ "x = costs() : USD", "t.model:1:5: costs() adds the cost lines, but 'own' has none" },
	{ "a = monthly(b) : 1\nb = sum(a) : 1", "depends on itself" },
	{ "a = prev(b, 1) : 1\nb = monthly(1) * sum(a) : 1",
	  "'b' depends on itself through sum(), which needs all months at once" },
	{ "x = prev(1, 1) : 1", "prev() needs the name of a line" },
	{ "a = 1 : 1\nx = prev(a, 1) : 1", "prev() needs a monthly line; 'a' is a single value" },
	{ "x = value(monthly(1), 99) : 1", "asks for a month outside the horizon" },
	{ "x = 2 [USD] ^ 0.5 : USD", "can only be raised to a whole number" },
	{ "x = exp(1 [USD]) : 1", "the argument of exp() must be a plain number, not 'USD'" },
	{ "x = sqrt(1 [USD]) : 1", "'USD' has no square root" },
	{ "x = 0.3..0.1 : 1", "t.model:1:5: a range goes from the lesser to the greater value" },
	{ "x = normal(1, 0) : 1", "the deviation must be greater than 0" },
	{ "x = triangular(3, 2, 1) : 1", "expected LEAST <= LIKELIEST <= MOST" },
	{ "x = lognormal(1) : 1", "expected lognormal(MEAN, DEVIATION) with plain numbers" },
	{ "x = 1,5 : 1", "expected digits without separators ('1000.5'), found ','" },
	{ "month = 1 : 1", "t.model:1:1: 'month' is the language's own: choose another name" },
	{ "x = \"a\" : 1", "a text is not a value here" },
	{ "x = 1 € : 1", "t.model:1:7: expected an operator or ': UNIT', found '€'" },
	{ "x = macrs(4, 1) : 1", "macrs() takes lives of 3, 5, 7, 10, 15 or 20 years" },
	{ "x = erlang_c(1.5, 1) : 1", "Erlang's formula needs whole servers and a load above 0" },
	{ "x = irr(monthly(1)) : 1", "no rate at which the series is worth nothing" },
	{ "x = exp(1e6) : 1", "t.model:1:5: the value is too large in 'x'" },
	{ "x = clamp(1, 2) : 1", "t.model:1:5: expected clamp(X, LOW, HIGH), found 2 values" },
	{ "x = clmap(1, 2, 3) : 1", "t.model:1:5: unknown function 'clmap' (did you mean 'clamp'?)" },
	{ "x = clamp(1 [USD], 2 [h], 3 [USD]) : USD", "t.model:1:5: clamp(): cannot take the greater of "
						       "'h' and 'USD': their units differ in kind" },
	{ "x = mod(1, 0) : 1", "t.model:1:5: division by zero in 'x'" },
	{ "f(a) = a + 1 [USD]\nx = f(1 [h]) : USD",
	  "t.model:1:10: cannot add 'h' and 'USD': their units differ in kind" },
	{ "f(a, a) = a\nx = 1 : 1", "t.model:1:6: 'a' stands twice among the function's values" },
	{ "f(month) = 1\nx = 1 : 1", "t.model:1:3: 'month' is the language's own" },
	{ "min(a) = a\nx = 1 : 1", "t.model:1:1: 'min' is the language's own" },
	{ "f(a) = a : 1\nx = 1 : 1", "t.model:1:10: expected the end of the line: a function has no "
				     "unit, its values have, found ':'" },
	{ "f(a) = a\nf(b) = b\nx = 1 : 1", "t.model:2:1: 'f()' is defined twice, first at t.model:1" },
	{ "f(a) = f(a)\nx = f(1) : 1", "nested more than 1500 deep" },
	{ "x = interpolate(1, 2, 3, 4) : 1",
	  "t.model:1:5: expected interpolate(X, X1, Y1, X2, Y2, …), found 4 values" },
	{ "x = tiered(1, 2 [USD], 3, 4 [h]) : USD",
	  "tiered(): prices in 'USD' and 'h': their units differ in kind" },
	{ "include \"/etc/passwd\"",
	  "t.model:1:9: include is for the files of reports/model, by their plain names" },
	{ "include nowhere", "t.model:1:9: expected include \"FILE\", found 'nowhere'" },
};

static void test_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < CM_COUNT(wrongs); i++) {
		struct built b;
		struct cm_err err = { .why = "" };
		const enum cm_status st = build(wrongs[i].text, 12, &b, &err);
		drop(&b);
		if (st != CM_EINPUT || !strstr(err.why, wrongs[i].want))
			fail_msg("%s\nsays     %s\nexpected %s", wrongs[i].text,
				 st ? err.why : "nothing", wrongs[i].want);
	}
}

static void test_deep_text_is_refused(void **state)
{
	(void)state;
	char text[4096] = "x = ";
	for (size_t i = 0; i < 1000; i++)
		strcat(text, "(");
	strcat(text, "1 : 1");
	struct built b;
	struct cm_err err = { .why = "" };
	assert_int_equal(build(text, 12, &b, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "nested more than 100 deep"));
	drop(&b);
}

/* Functions that call each other twice double what they make; that ends at a limit, not in memory. */
static void test_endless_functions_are_refused(void **state)
{
	(void)state;
	char text[4096] = "f0(x) = x + 1\n";
	for (size_t i = 1, n = strlen(text); i < 40; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "f%zu(x) = f%zu(x) + f%zu(x + 1)\n", i,
				      i - 1, i - 1);
	strcat(text, "x = f39(1) : 1\n");
	struct built b;
	struct cm_err err = { .why = "" };
	assert_int_equal(build(text, 12, &b, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "the model grows beyond 2000000 operations in 'f"));
	drop(&b);
}

/* A change recomputes what depends on it, and only then agrees with a fresh evaluation. */
static void test_change(void **state)
{
	(void)state;
	struct built b;
	struct cm_err err;
	assert_int_equal(build("a = 2 : 1\nc = 3 : 1\ns = prev(s, 1) * a : 1\nx = sum(s) + c : 1", 5,
			       &b, &err), CM_OK);
	const uint32_t a = model_find(b.m, 1, "a"), x = model_find(b.m, 1, "x");
	eval_change(b.e, a, 3);
	struct eval *fresh = eval_new(b.m);
	eval_input(fresh, a, 3);
	eval_all(fresh);
	assert_true(eval_value(b.e, x, 0) == eval_value(fresh, x, 0));
	assert_true(eval_value(fresh, x, 0) == 3 + 3 + 9 + 27 + 81 + 243 + 729);
	eval_free(fresh);
	drop(&b);
}

static void test_explain(void **state)
{
	(void)state;
	struct built b;
	struct cm_err err;
	struct str out = { 0 };
	assert_int_equal(build("p = 2..4 : USD \"Price\"  # the seller's letter\n"
			       "x = p * 2 : USD \"Twice\"\n", 3, &b, &err), CM_OK);
	model_explain(b.e, model_find(b.m, 1, "x"), &out);
	assert_non_null(strstr(out.p, "own.x = 6 USD  [assumed]  Twice\n   = p * 2   (t.model:2)\n"));
	assert_non_null(strstr(out.p, "└─ p = 3 USD  [assumed]  Price\n"));
	assert_non_null(strstr(out.p, "from 2 to 4 USD"));
	assert_non_null(strstr(out.p, "the seller's letter"));
	str_free(&out);
	drop(&b);
	/* functions are told with what they are, a buyer's own with the lines that it names */
	assert_int_equal(build("k = 3 : 1\nf(a) = a * k  # ours\nx = f(2) + mod(5, 4) : 1\n", 3, &b,
			       &err), CM_OK);
	model_explain(b.e, model_find(b.m, 1, "x"), &out);
	assert_non_null(strstr(out.p, "   where f(a) = a * k   # ours\n"));
	assert_non_null(strstr(out.p, "   where mod(A, B) = A - B * floor(A / B)\n"));
	assert_non_null(strstr(out.p, "k = 3  [assumed]"));
	str_free(&out);
	drop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),      cmocka_unit_test(test_payment),
		cmocka_unit_test(test_sentences),   cmocka_unit_test(test_deep_text_is_refused),
		cmocka_unit_test(test_change),      cmocka_unit_test(test_explain),
		cmocka_unit_test(test_endless_functions_are_refused),
		cmocka_unit_test(test_published),   cmocka_unit_test(test_schedules_are_whole),
	};
	const int rc = cmocka_run_group_tests_name("model_language", tests, NULL, NULL);
	units_close();
	return rc;
}
