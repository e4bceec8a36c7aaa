/* Monte Carlo: the same figures as the evaluator at the drawn inputs, the distributions that were asked
 * for, and draws that neither threads nor blocks nor the start of a run change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/sample.h"
#include "model/sample_draw.h"
#include "shipped.h"

static void sample(const struct model *m, const uint32_t *line, size_t lines, struct sample_spec spec,
		   double **out)
{
	struct cm_err err = { .why = "" };
	if (model_sample(m, line, lines, &spec, out, &err))
		fail_msg("%s", err.why);
}

static double **rows_new(size_t rows, size_t n)
{
	double **out = malloc((rows + 1) * sizeof *out);
	out[0] = calloc(rows * n + 1, sizeof **out);
	for (size_t i = 1; i < rows; i++)
		out[i] = out[0] + i * n;
	return out;
}

static void rows_free(double **rows)
{
	free(rows[0]);
	free(rows);
}

static double phi(double x)
{
	return erfc(-x / sqrt(2)) / 2;
}

/* ---- against the evaluator ------------------------------------------------------------------- */

#define N 100

struct compared { unsigned long values, moving, samples, evaluated; unsigned narrow; };

/* All scalar lines at N samples, and eval.c at the inputs that the sampler says it drew. */
static void compare(struct scenario *s, const char *name, struct compared *c)
{
	const struct model *m = s->model;
	const struct model_line *line;
	const uint32_t *input;
	const size_t lines = model_lines(m, &line), inputs = model_inputs(m, &input);
	uint32_t *ask = malloc((lines + inputs + 1) * sizeof *ask);
	size_t n = 0;
	for (size_t i = 0; i < inputs; i++)
		ask[n++] = input[i];
	for (uint32_t i = 0; i < lines; i++)
		if (!line[i].series && line[i].def->expr)
			ask[n++] = i;
	double **out = rows_new(n, N);
	struct sample_stats stats;
	sample(m, ask, n, (struct sample_spec){ .seed = 7, .first = 1000003, .n = N, .threads = 1,
						.narrow = c->narrow, .stats = &stats }, out);
	c->samples += N;
	c->evaluated += stats.evaluated;
	struct eval *e = eval_dup(s->base);
	for (size_t i = 0; i < N; i++) {
		for (size_t k = 0; k < inputs; k++)
			eval_input(e, input[k], out[k][i]);
		eval_all(e);
		for (size_t k = inputs; k < n; k++) {
			const double want = eval_value(e, ask[k], 0), got = out[k][i];
			if (isnan(want) && isnan(got))
				continue;
			if (!(want == got || fabs(want - got) <= 1e-9 * fabs(want)))
				fail_msg("%s: %s.%s in sample %zu is %.17g, the evaluator has %.17g", name,
					 line[ask[k]].scope ? s->option[line[ask[k]].scope - 1].name : "",
					 line[ask[k]].def->name, i, got, want);
			c->values++;
			c->moving += i > 0 && got != out[k][0];
		}
	}
	eval_free(e);
	rows_free(out);
	free(ask);
}

static void compare_all(struct scenario *s, const char *name, void *user)
{
	compare(s, name, user);
	shipped_spread(s->model, false);
	compare(s, name, user);
	shipped_spread(s->model, true);
	compare(s, name, user);
}

static void test_every_shipped_model_agrees_with_the_evaluator(void **state)
{
	(void)state;
	for (unsigned narrow = 0; narrow < 3; narrow++) { /* every instruction set that is here */
		struct compared c = { .narrow = narrow };
		const unsigned scenarios = shipped_each(compare_all, &c);
		assert_true(scenarios >= 30);
		assert_true(c.moving > c.values / 4);     /* else the test tried constants */
		assert_true(c.evaluated < c.samples / 4); /* else it compared the evaluator with itself */
		print_message("# %lu values, %lu of them moving; %lu of %lu samples left to the evaluator\n",
			      c.values, c.moving, c.evaluated, c.samples);
	}
}

/* ---- the vectors' own functions ---------------------------------------------------------------- */

/* x of a uniform a in the range, against the function in long double. */
static const struct { const char *text; long double (*f)(long double); double rel; } functions[] = {
	{ "a = -700..700 : 1\nx = exp(a) : 1", expl, 5e-16 },
	{ "a = -1..1 : 1\nx = exp(a) : 1", expl, 5e-16 },
	{ "a = 0.5..2 : 1\nx = log(a) : 1", logl, 5e-16 },
	{ "a = 0.000001..1000000 : 1\nx = log(a) : 1", logl, 5e-16 },
	{ "a = 1..1.000001 : 1\nx = log(a) : 1", logl, 5e-16 },
	{ "a = 0..1000000 : 1\nx = sqrt(a) : 1", sqrtl, 2e-16 },
	{ "a = -1000..1000 : 1\nx = floor(a) : 1", floorl, 0 },
	{ "a = -1000..1000 : 1\nx = ceil(a) : 1", ceill, 0 },
	{ "a = -1000..1000 : 1\nx = abs(a) : 1", fabsl, 0 },
};

static void test_functions(void **state)
{
	enum { n = 20000 };
	(void)state;
	double **out = rows_new(2, n);
	for (size_t k = 0; k < CM_COUNT(functions); k++) {
		struct built b = built_of(functions[k].text, 12);
		const uint32_t line[] = { built_line(&b, "a"), built_line(&b, "x") };
		for (unsigned narrow = 0; narrow < 3; narrow++) {
			sample(b.m, line, 2,
			       (struct sample_spec){ .seed = 4, .n = n, .narrow = narrow }, out);
			for (size_t i = 0; i < n; i++) {
				const long double want = functions[k].f(out[0][i]);
				const long double off = fabsl(out[1][i] - want);
				if (!(off <= functions[k].rel * fabsl(want)))
					fail_msg("%s at %.17g: %.17g, off by %Lg", functions[k].text,
						 out[0][i], out[1][i], off / want);
			}
		}
		built_free(&b);
	}
	rows_free(out);
}

/* Powers: what the logarithm is off by is multiplied by the exponent. */
static void test_powers(void **state)
{
	enum { n = 20000 };
	(void)state;
	static const char *const text[] = {
		"a = 0.01..100 : 1\nb = -50..50 : 1\nx = a ^ b : 1",
		"a = 0.5..1.5 : 1\nb = 60 : 1\nx = a ^ b : 1",
		"a = 0.5..1.5 : 1\nb = -0.41 : 1\nx = a ^ b : 1", "a = -3..3 : 1\nb = 5 : 1\nx = a ^ b : 1",
		"a = 0.1..9 : 1\nb = 0.5 : 1\nx = a ^ b : 1", "a = 1.1 : 1\nb = -9..9 : 1\nx = a ^ b : 1",
	};
	double **out = rows_new(3, n);
	for (size_t k = 0; k < CM_COUNT(text); k++) {
		struct built b = built_of(text[k], 12);
		const uint32_t line[] = { built_line(&b, "a"), built_line(&b, "b"), built_line(&b, "x") };
		for (unsigned narrow = 0; narrow < 3; narrow++) {
			sample(b.m, line, 3,
			       (struct sample_spec){ .seed = 4, .n = n, .narrow = narrow }, out);
			for (size_t i = 0; i < n; i++) {
				const long double want = powl(out[0][i], out[1][i]);
				if (!(fabsl(out[2][i] - want) <= 2e-13 * fabsl(want)))
					fail_msg("%s: %.17g ^ %.17g is %.17g", text[k], out[0][i],
						 out[1][i], out[2][i]);
			}
		}
		built_free(&b);
	}
	rows_free(out);
}

/* The vectors' draws against the same draws one by one with the C library's functions, and these against
 * the distribution function: u again, from either side so that no digit is lost. */
static void test_draws_one_by_one(void **state)
{
	enum { n = 50000 };
	(void)state;
	struct built b = built_of("a = normal(0, 1) : 1\nb = lognormal(5, 2) : 1\n"
				  "c = triangular(0, 1, 5) : 1\nd = -3..9 : 1\nx = a + b + c + d : 1", 12);
	const uint32_t line[] = { built_line(&b, "a"), built_line(&b, "b"), built_line(&b, "c"),
				  built_line(&b, "d") };
	struct draw *draw;
	assert_int_equal(draws_of(b.m, 21, NULL, &draw), 4);
	double **out = rows_new(4, n);
	for (unsigned narrow = 0; narrow < 3; narrow++) {
		sample(b.m, line, 4,
		       (struct sample_spec){ .seed = 21, .first = 5, .n = n, .narrow = narrow }, out);
		for (size_t k = 0; k < 4; k++)
			for (size_t i = 0; i < n; i++) {
				const double want = draw_value(&draw[k], 5 + i);
				if (!(fabs(out[k][i] - want) <= 3e-15 * (k == 2 || k == 3 ? 9 : fabs(want))))
					fail_msg("draw %zu of %zu: %.17g, expected %.17g", i, k,
						 out[k][i], want);
			}
	}
	struct draw u = draw[0]; /* the uniform number behind the normal one */
	u.kind = SPREAD_RANGE;
	u.p[0] = 0;
	u.p[1] = 1;
	for (uint64_t i = 0; i < n; i++) {
		const double p = draw_value(&u, i), z = draw_value(&draw[0], i);
		assert_true(p < 0.5 ? fabs(phi(z) / p - 1) < 1e-14 * (2 + z * z)
				    : fabs(phi(-z) / (1 - p) - 1) < 1e-14 * (2 + z * z));
	}
	free(draw);
	rows_free(out);
	built_free(&b);
}

/* ---- what may not change a draw -------------------------------------------------------------------- */

static const char *const five = "a = 1..3 : 1\nb = normal(10, 2) : 1\nc = triangular(0, 1, 5) : 1\n"
				"d = lognormal(3, 1) : 1\ne = 4 : 1\nx = a * b + c / d + e : 1\n";

struct drawn { struct built b; uint32_t line[6]; };

static struct drawn drawn_of(const char *text)
{
	struct drawn d = { .b = built_of(text, 12) };
	static const char *const name[] = { "a", "b", "c", "d", "e", "x" };
	for (size_t i = 0; i < 6; i++)
		d.line[i] = built_line(&d.b, name[i]);
	return d;
}

static void same(double *const *a, double *const *b, size_t from, size_t n)
{
	for (size_t k = 0; k < 6; k++)
		if (memcmp(a[k] + from, b[k], n * sizeof **b))
			fail_msg("row %zu differs", k);
}

static void test_neither_threads_nor_the_start_change_a_draw(void **state)
{
	enum { n = 5003 };
	(void)state;
	struct drawn d = drawn_of(five);
	double **all = rows_new(6, n), **again = rows_new(6, n);
	sample(d.b.m, d.line, 6, (struct sample_spec){ .seed = 1, .n = n, .threads = 1 }, all);
	static const unsigned threads[] = { 0, 2, 3, 7 };
	for (size_t i = 0; i < CM_COUNT(threads); i++) {
		sample(d.b.m, d.line, 6,
		       (struct sample_spec){ .seed = 1, .n = n, .threads = threads[i] }, again);
		same(all, again, 0, n);
	}
	static const size_t cut[] = { 1, 7, 255, 256, 257, 1000, 4999 };
	for (size_t i = 0; i < CM_COUNT(cut); i++) {
		const struct sample_spec rest = { .seed = 1, .first = cut[i], .n = n - cut[i], .threads = 1 };
		sample(d.b.m, d.line, 6, rest, again);
		same(all, again, cut[i], n - cut[i]);
	}
	sample(d.b.m, d.line, 6, (struct sample_spec){ .seed = 1, .n = 0 }, again);
	sample(d.b.m, d.line, 6, (struct sample_spec){ .seed = 2, .n = n, .threads = 1 }, again);
	for (size_t k = 0; k < 6; k++)
		for (size_t i = 0; i < n; i++)
			assert_true(k == 4 ? all[k][i] == 4 && again[k][i] == 4 : all[k][i] != again[k][i]);
	rows_free(all);
	rows_free(again);
	built_free(&d.b);
}

static void test_streams(void **state)
{
	enum { n = 1000 };
	(void)state;
	struct drawn d = drawn_of(five);
	double **a = rows_new(6, n), **b = rows_new(6, n), **mixed = rows_new(6, n);
	uint8_t stream[5] = { 1, 1, 1, 1, 1 };
	sample(d.b.m, d.line, 6, (struct sample_spec){ .seed = 1, .n = n }, a);
	sample(d.b.m, d.line, 6, (struct sample_spec){ .seed = 1, .n = n, .stream = stream }, b);
	stream[0] = stream[2] = 0;
	sample(d.b.m, d.line, 6, (struct sample_spec){ .seed = 1, .n = n, .stream = stream }, mixed);
	for (size_t i = 0; i < n; i++) {
		assert_true(a[0][i] != b[0][i] && a[5][i] != b[5][i]);
		for (size_t k = 0; k < 4; k++)
			assert_true(mixed[k][i] == (k % 2 ? b : a)[k][i]);
	}
	rows_free(a);
	rows_free(b);
	rows_free(mixed);
	built_free(&d.b);
}

/* Another option, or a changed one, leaves the draws of the others as they are. */
static void test_another_input_leaves_the_draws(void **state)
{
	enum { n = 100 };
	(void)state;
	struct drawn d = drawn_of(five);
	struct drawn more = drawn_of("z = 0..1 : 1\na = 1..3 : 1\ny = 7..8 : 1\nb = normal(10, 2) : 1\n"
				     "c = triangular(0, 1, 5) : 1\nd = lognormal(3, 1) : 1\ne = 4 : 1\n"
				     "x = a * b + c / d + e : 1\n");
	double **one = rows_new(6, n), **two = rows_new(6, n);
	sample(d.b.m, d.line, 6, (struct sample_spec){ .seed = 9, .n = n }, one);
	sample(more.b.m, more.line, 6, (struct sample_spec){ .seed = 9, .n = n }, two);
	same(one, two, 0, n);
	rows_free(one);
	rows_free(two);
	built_free(&d.b);
	built_free(&more.b);
}

static void test_a_series_is_refused(void **state)
{
	(void)state;
	struct built b = built_of("a = 1..3 : 1\nx = monthly(a) : 1", 12);
	const uint32_t line = built_line(&b, "x");
	struct cm_err err = { .why = "" };
	double v, *out[] = { &v };
	const struct sample_spec spec = { .n = 1 };
	assert_int_equal(model_sample(b.m, &line, 1, &spec, out, &err), CM_EINTERNAL);
	built_free(&b);
}

/* ---- distributions ----------------------------------------------------------------------------- */

static double cdf(const struct spread *s, double x)
{
	double mu, sigma;
	switch (s->kind) {
	case SPREAD_RANGE: return fmin(1, fmax(0, (x - s->a) / (s->b - s->a)));
	case SPREAD_NORMAL: return phi((x - s->a) / s->b);
	case SPREAD_LOGNORMAL:
		spread_log(s, &mu, &sigma);
		return x > 0 ? phi((log(x) - mu) / sigma) : 0;
	case SPREAD_TRIANGULAR:
		return x < s->b ? (x - s->a) * (x - s->a) / ((s->c - s->a) * (s->b - s->a))
				: 1 - (s->c - x) * (s->c - x) / ((s->c - s->a) * (s->c - s->b));
	default: return x >= s->a;
	}
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* Largest distance of the sample's distribution function from the right one (Kolmogorov-Smirnov), times
 * sqrt n; above 1.95 once in a thousand runs. Sorts x. */
static double distance(double *x, size_t n, const struct spread *s)
{
	double most = 0;
	qsort(x, n, sizeof *x, by_value);
	for (size_t i = 0; i < n; i++) {
		const double f = cdf(s, x[i]);
		most = fmax(most, fmax(fabs(f - (double)i / n), fabs((double)(i + 1) / n - f)));
	}
	return most * sqrt((double)n);
}

struct moments { double mean, sd; };

static struct moments moments_of(const double *x, size_t n)
{
	double sum = 0, squares = 0;
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	const double mean = sum / n;
	for (size_t i = 0; i < n; i++)
		squares += (x[i] - mean) * (x[i] - mean);
	return (struct moments){ mean, sqrt(squares / (n - 1)) };
}

static const struct { const char *text; struct spread s; double mean, sd, kurtosis; } kinds[] = {
	{ "-2..6", { SPREAD_RANGE, -2, 6, 0 }, 2, 2.309401076758503, 1.8 },
	{ "normal(10, 3)", { SPREAD_NORMAL, 10, 3, 0 }, 10, 3, 3 },
	{ "triangular(1, 2, 7)", { SPREAD_TRIANGULAR, 1, 2, 7 }, 10.0 / 3, 1.3123346456686352, 2.4 },
	{ "triangular(1, 1, 3)", { SPREAD_TRIANGULAR, 1, 1, 3 }, 5.0 / 3, 0.47140452079103168, 2.4 },
	{ "triangular(1, 3, 3)", { SPREAD_TRIANGULAR, 1, 3, 3 }, 7.0 / 3, 0.47140452079103168, 2.4 },
	{ "lognormal(5, 1)", { SPREAD_LOGNORMAL, 5, 1, 0 }, 5, 1, 3.7 },
};

static void test_distributions(void **state)
{
	enum { n = 200000 };
	(void)state;
	double *x = malloc(n * sizeof *x);
	for (size_t i = 0; i < CM_COUNT(kinds); i++) {
		char text[64];
		snprintf(text, sizeof text, "x = %s : 1\n", kinds[i].text);
		struct built b = built_of(text, 12);
		const uint32_t line = built_line(&b, "x");
		sample(b.m, &line, 1, (struct sample_spec){ .seed = 11, .n = n }, &x);
		const struct moments got = moments_of(x, n);
		const double error = kinds[i].sd / sqrt(n);
		if (!(fabs(got.mean - kinds[i].mean) <= 4 * error))
			fail_msg("%s: mean %.9g", kinds[i].text, got.mean);
		const double sd_error = kinds[i].sd * sqrt((kinds[i].kurtosis - 1) / (4.0 * n));
		if (!(fabs(got.sd - kinds[i].sd) <= 4 * sd_error))
			fail_msg("%s: deviation %.9g", kinds[i].text, got.sd);
		const double d = distance(x, n, &kinds[i].s);
		if (!(d < 1.95 && d > 0.2)) /* below 0.2 it would be no random sample */
			fail_msg("%s: distance %.3f", kinds[i].text, d);
		for (int q = 1; q < 100; q += 7) { /* quantiles: the share below is within 4 errors */
			const double p = q / 100.0, at = x[(size_t)(p * n)];
			assert_true(fabs(cdf(&kinds[i].s, at) - p) <= 4 * sqrt(p * (1 - p) / n) + 1.0 / n);
		}
		built_free(&b);
	}
	free(x);
}

/* Neighbours, inputs and streams do not know of each other. */
static void test_no_correlation(void **state)
{
	enum { n = 100000 };
	(void)state;
	struct built b = built_of("a = 0..1 : 1\nb = 0..1 : 1\nx = a + b : 1\n", 12);
	const uint32_t line[] = { built_line(&b, "a"), built_line(&b, "b") };
	double **r = rows_new(4, n);
	const uint8_t stream[] = { 1, 1 };
	sample(b.m, line, 2, (struct sample_spec){ .seed = 3, .n = n }, r);
	sample(b.m, line, 2, (struct sample_spec){ .seed = 3, .n = n, .stream = stream }, r + 2);
	double pair[5] = { 0 };
	for (size_t i = 0; i + 1 < n; i++) {
		const double u = r[0][i] - 0.5;
		pair[0] += u * (r[1][i] - 0.5);
		pair[1] += u * (r[2][i] - 0.5);
		pair[2] += u * (r[3][i] - 0.5);
		pair[3] += u * (r[0][i + 1] - 0.5);
		pair[4] += (u * u - 1.0 / 12) * ((r[0][i + 1] - 0.5) * (r[0][i + 1] - 0.5) - 1.0 / 12);
	}
	for (int k = 0; k < 4; k++)
		assert_true(fabs(pair[k] * 12 / sqrt(n)) < 4);
	assert_true(fabs(pair[4] * 180 / sqrt(n)) < 4);
	rows_free(r);
	built_free(&b);
}

/* Models whose result has a distribution of its own. */
static const struct { const char *text; struct spread s; } known[] = {
	/* sum of normals: normal(3·1 - 2·4 + 20, sqrt(9·4 + 4·9 + 25)) */
	{ "a = normal(1, 2) : 1\nb = normal(4, 3) : 1\nc = normal(20, 5) : 1\nx = 3 * a - 2 * b + c : 1",
	  { SPREAD_NORMAL, 15, 9.848857801796104, 0 } },
	/* product of lognormals: mean 2·3, (1 + cv²) multiply */
	{ "a = lognormal(2, 1) : 1\nb = lognormal(3, 1) : 1\nx = a * b : 1",
	  { SPREAD_LOGNORMAL, 6, 3.7416573867739413, 0 } },
	/* the root of a uniform is triangular */
	{ "a = 0..1 : 1\nx = sqrt(a) : 1", { SPREAD_TRIANGULAR, 0, 1, 1 } },
	/* the sum of two uniforms is triangular */
	{ "a = 0..1 : 1\nb = 0..1 : 1\nx = a + b : 1", { SPREAD_TRIANGULAR, 0, 1, 2 } },
	/* a uniform cost a month over a year */
	{ "a = 2..5 : 1\nx = sum(monthly(a)) : 1", { SPREAD_RANGE, 24, 60, 0 } },
	/* exp of a normal is lognormal: mean exp(1/2) */
	{ "a = normal(0, 1) : 1\nx = exp(a) : 1",
	  { SPREAD_LOGNORMAL, 1.6487212707001282, 2.1611974158950877, 0 } },
	{ "a = lognormal(2, 1) : 1\nx = log(a) : 1",
	  { SPREAD_NORMAL, 0.58157540490284048, 0.47238072707743883, 0 } },
};

static void test_known_results(void **state)
{
	enum { n = 100000 };
	(void)state;
	double *x = malloc(n * sizeof *x);
	for (size_t i = 0; i < CM_COUNT(known); i++) {
		struct built b = built_of(known[i].text, 12);
		const uint32_t line = built_line(&b, "x");
		sample(b.m, &line, 1, (struct sample_spec){ .seed = 5, .n = n }, &x);
		const double d = distance(x, n, &known[i].s);
		if (!(d < 1.95 && d > 0.2))
			fail_msg("%s: distance %.3f", known[i].text, d);
		built_free(&b);
	}
	free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neither_threads_nor_the_start_change_a_draw),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_another_input_leaves_the_draws),
		cmocka_unit_test(test_a_series_is_refused),
		cmocka_unit_test(test_distributions),
		cmocka_unit_test(test_no_correlation),
		cmocka_unit_test(test_known_results),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_powers),
		cmocka_unit_test(test_draws_one_by_one),
		cmocka_unit_test(test_every_shipped_model_agrees_with_the_evaluator),
	};
	return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
