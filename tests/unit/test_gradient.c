/* Reverse-mode derivatives against central differences over every shipped model, and closed forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/gradient.h"
#include "shipped.h"

static void gradient(const struct eval *e, uint32_t line, double *d)
{
	struct cm_err err = { .why = "" };
	if (model_gradient(e, line, d, &err))
		fail_msg("%s", err.why);
}

/* ---- closed forms ------------------------------------------------------------------------------ */

static double slope_of(const char *text, unsigned months)
{
	struct built b = built_of(text, months);
	const uint32_t *input;
	const size_t n = model_inputs(b.m, &input);
	double *d = malloc((n + 1) * sizeof *d), slope = NAN;
	gradient(b.e, built_line(&b, "x"), d);
	for (size_t i = 0; i < n; i++)
		if (input[i] == built_line(&b, "a"))
			slope = d[i];
	free(d);
	built_free(&b);
	return slope;
}

static const struct { const char *text; double want; } slopes[] = {
	{ "a = 3 : 1\nx = a * a + 2 * a - 7 : 1", 8 },
	{ "a = 4 : 1\nx = 1 / a : 1", -0.0625 },
	{ "a = 2 : 1\nx = a ^ 3 : 1", 12 },
	{ "a = -2 : 1\nx = a ^ 3 : 1", 12 },
	{ "a = 0 : 1\nx = a ^ 2 + a ^ 1 : 1", 1 },
	{ "a = 3 : 1\nx = 2 ^ a : 1", 5.545177444479562 /* 8 log 2 */ },
	{ "a = 2 : 1\nx = exp(a) : 1", 7.38905609893065 },
	{ "a = 2 : 1\nx = log(a) : 1", 0.5 },
	{ "a = 4 : 1\nx = sqrt(a) : 1", 0.25 },
	{ "a = 0 : 1\nx = sqrt(a) + 3 * a : 1", 3 },
	{ "a = 3 : 1\nx = abs(-a) + abs(a) : 1", 2 },
	{ "a = 3 : 1\nx = max(2, a) + 5 * min(2, a) : 1", 1 },
	{ "a = 2 : 1\nx = max(2, a) : 1", 0.5 },
	{ "a = 3 : 1\nx = if(a > 2, a * a, 7 * a) : 1", 6 },
	{ "a = 2.5 : 1\nx = floor(a) + ceil(a) + (a < 3) + (a == 2.5 or a > 7) : 1", 0 },
	{ "a = 3 : 1\nx = sum(monthly(a)) : 1", 12 },
	{ "a = 3 : 1\nx = sum(cumulative(monthly(a))) : 1", 78 },
	{ "a = 3 : 1\nx = value(cumulative(monthly(a)), 5) : 1", 5 },
	{ "a = 1.5 : 1\nb = prev(b, 1) * a : 1\nx = value(b, 11) : 1", 1037.970703125 /* 12 a^11 */ },
	{ "a = 3 : 1\nb = prev(b, a) + a : 1\nx = value(b, 11) : 1", 13 },
	{ "a = 3 : 1\nx = monthly(a * month) : 1", 78 }, /* of its sum */
	{ "a = 0.01 : 1\nx = npv(a, at(12, 1)) : 1", -10.543951191269146 /* -12/1.01^13 */ },
	/* -a + 110/(1+r) = 0: r = 110/a - 1 */
	{ "a = 100 : 1\nx = irr(at(0, 0 - a) + at(1, 110)) : 1", -0.011 },
	/* one server: C = a */
	{ "a = 0.4 : 1\nx = erlang_c(1, a) : 1", 1 },
	/* two servers: C = a²/(2 + a), C' = (a² + 4 a)/(2 + a)² */
	{ "a = 1 : 1\nx = erlang_c(2, a) : 1", 5.0 / 9 },
	{ "a = 5 : 1\nx = macrs(a, 2) + erlang_servers(a, 90 %, 1) : 1", 0 },
};

static void test_closed_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < CM_COUNT(slopes); i++) {
		const double got = slope_of(slopes[i].text, 12), want = slopes[i].want;
		if (!(fabs(got - want) <= 1e-12 * (1 + fabs(want))))
			fail_msg("%s: %.17g, expected %.17g", slopes[i].text, got, want);
	}
}

static void test_no_value_no_derivative(void **state)
{
	(void)state;
	struct built b = built_of("a = 0 : 1\nx = 1 / a : 1", 12);
	struct cm_err err = { .why = "" };
	double d[1];
	assert_int_equal(model_gradient(b.e, built_line(&b, "x"), d, &err), CM_EINPUT);
	assert_string_equal(err.why, "'x' has no finite value, and so no derivative");
	built_free(&b);
}

/* ---- central differences ----------------------------------------------------------------------- */

struct tried { unsigned long slopes, corners, zero; };

static double at(struct eval *e, uint32_t input, double v, uint32_t line)
{
	eval_change(e, input, v);
	return eval_value(e, line, 0);
}

/* Difference quotients of both sides and of two widths: where they disagree, a corner or a step is
 * near and the quotient is not the derivative. */
static void difference(struct scenario *s, const char *name, struct eval *e, uint32_t line, uint32_t input,
		       double d, struct tried *t)
{
	const struct model_line *l;
	model_lines(s->model, &l);
	const double x = eval_value(s->base, input, 0), y = eval_value(s->base, line, 0);
	const double h = 1e-4 * (x != 0 ? fabs(x) : 1);
	const double up = at(e, input, x + h, line), down = at(e, input, x - h, line);
	const double up2 = at(e, input, x + h / 2, line), down2 = at(e, input, x - h / 2, line);
	eval_change(e, input, x);
	const double wide = (up - down) / (2 * h), near = (up2 - down2) / h;
	const double want = (4 * near - wide) / 3; /* Richardson: error h^4 */
	const double right = (up - y) / h, left = (y - down) / h;
	const double noise = 1e-14 * (fabs(y) + fabs(up)) / h;
	const double bend = fabs(right - left) - 0.05 * fabs(want) - noise;
	if (!isfinite(want) || bend > 0 || fabs(near - wide) > 1e-4 * fabs(near) + noise) {
		t->corners++;
		return;
	}
	if (!(fabs(d - want) <= 1e-6 * fabs(want) + 10 * noise))
		fail_msg("%s: d %s / d %s is %.12g, by differences %.12g", name, l[line].def->name,
			 l[input].def->name, d, want);
	t->slopes++;
	t->zero += d == 0;
}

static void differences(struct scenario *s, const char *name, void *user)
{
	const struct model_line *line;
	const uint32_t *input;
	const size_t lines = model_lines(s->model, &line), inputs = model_inputs(s->model, &input);
	struct eval *e = eval_dup(s->base);
	double *d = malloc((inputs + 1) * sizeof *d);
	for (uint32_t k = 0; k < lines; k++) {
		if (line[k].series || !line[k].def->expr)
			continue;
		gradient(s->base, k, d);
		for (size_t i = 0; i < inputs; i++)
			difference(s, name, e, k, input[i], d[i], user);
	}
	free(d);
	eval_free(e);
}

static void test_every_shipped_model_against_differences(void **state)
{
	(void)state;
	struct tried t = { 0 };
	assert_true(shipped_each(differences, &t) >= 30);
	print_message("# %lu slopes, %lu of them not 0; %lu at corners left out\n", t.slopes,
		      t.slopes - t.zero, t.corners);
	assert_true(t.slopes - t.zero > 1000);
	assert_true(t.corners < t.slopes / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed_forms),
		cmocka_unit_test(test_no_value_no_derivative),
		cmocka_unit_test(test_every_shipped_model_against_differences),
	};
	return cmocka_run_group_tests_name("gradient", tests, NULL, NULL);
}
