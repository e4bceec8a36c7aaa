/*
 * For tools/bench.d/model_sample.sh: times the sampler and the gradient on one core, the machine's peak
 * multiply-add rate by the fma kernel, and writes the same option as a numpy program with draws and results
 * to be checked against.
 *
 * usage: bench_sample SCENARIO OPTION SAMPLES OUT    writes OUT.py and OUT.bin, prints NAME VALUE lines
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/kernel.h"
#include "base/file.h"
#include "decide/scenario.h"
#include "model/gradient.h"
#include "model/print_common.h"
#include "model/sample.h"
#include "model/spread.h"

#define CHECKED 2000 /* samples whose draws and results numpy gets */

extern const struct kernel kernel_fma;

static void die(const char *why)
{
	fprintf(stderr, "bench_sample: %s\n", why);
	exit(6);
}

/* ---- the graph as numpy -------------------------------------------------------------------------- */

struct py {
	const struct model *m;
	const struct model_node *node;
	const struct model_line *line;
	const uint32_t *input;
	size_t inputs;
	uint32_t *of;            /* [nodes] the line whose value it is, MODEL_NONE: a part of one */
	struct str out;
};

/* A, B and C stand for the arguments; single values are (n, 1) or plain, series (n, months + 1). */
static const char *const forms[MODEL_OP_NR] = {
	[OP_ADD] = "(A + B)", [OP_SUB] = "(A - B)", [OP_MUL] = "A * B", [OP_DIV] = "A / (B)",
	[OP_POW] = "(A) ** (B)", [OP_NEG] = "(-A)", [OP_LT] = "(A < B)", [OP_LE] = "(A <= B)",
	[OP_EQ] = "(A == B)", [OP_NE] = "(A != B)", [OP_AND] = "np.logical_and(A, B)",
	[OP_OR] = "np.logical_or(A, B)", [OP_NOT] = "np.logical_not(A)", [OP_MIN] = "np.minimum(A, B)",
	[OP_MAX] = "np.maximum(A, B)", [OP_IF] = "np.where(A, B, C)", [OP_ABS] = "np.abs(A)",
	[OP_EXP] = "np.exp(A)", [OP_LOG] = "np.log(A)", [OP_SQRT] = "np.sqrt(A)",
	[OP_FLOOR] = "np.floor(A)", [OP_CEIL] = "np.ceil(A)",
	[OP_SUM] = "np.sum(A, axis=1, keepdims=True)", [OP_CUM] = "np.cumsum(A, axis=1)",
	[OP_PICK] = "A[:, int(B):int(B) + 1]", [OP_MACRS] = "macrs(A, B)",
};

static void py_node(struct py *x, uint32_t i, uint32_t of)
{
	const struct model_node *n = &x->node[i];
	if (n->op == OP_CONST) {
		print_number(&x->out, n->number);
	} else if (n->op == OP_MONTH) {
		str_add(&x->out, "month");
	} else if (x->of[i] != MODEL_NONE && x->of[i] != of) {
		str_addf(&x->out, "%s_", x->line[x->of[i]].def->name);
	} else {
		if (!forms[n->op])
			die("an operator of the model has no form in numpy here");
		for (const char *f = forms[n->op]; *f; f++)
			if (*f >= 'A' && *f <= 'C')
				py_node(x, n->arg[*f - 'A'], of);
			else
				str_addc(&x->out, *f);
	}
}

static void py_draw(struct py *x, const struct spread *s)
{
	double mu, sigma;
	switch (s->kind) {
	case SPREAD_RANGE: str_addf(&x->out, "rng.uniform(%.17g, %.17g, (n, 1))", s->a, s->b); break;
	case SPREAD_NORMAL: str_addf(&x->out, "rng.normal(%.17g, %.17g, (n, 1))", s->a, s->b); break;
	case SPREAD_TRIANGULAR:
		str_addf(&x->out, "rng.triangular(%.17g, %.17g, %.17g, (n, 1))", s->a, s->b, s->c);
		break;
	case SPREAD_LOGNORMAL:
		spread_log(s, &mu, &sigma);
		str_addf(&x->out, "rng.lognormal(%.17g, %.17g, (n, 1))", mu, sigma);
		break;
	case SPREAD_POINT: break;
	}
}

/* Inputs that the lines need: points as numbers, the others drawn; then every line that is needed. */
static void py_write(struct py *x, const struct print_uses *uses, const uint32_t *line, size_t lines)
{
	const size_t all = model_lines(x->m, &x->line), nodes = model_nodes(x->m, &x->node);
	x->of = cm_alloc((nodes + 1) * sizeof *x->of);
	for (size_t i = 0; i < nodes; i++)
		x->of[i] = MODEL_NONE;
	for (uint32_t i = 0; i < all; i++)
		x->of[x->line[i].node] = i;
	str_addf(&x->out, "months = %u\nmonth = np.arange(months + 1.0)[None, :]\n\n", model_months(x->m));
	str_add(&x->out, "def draw(rng, n):\n    return [");
	for (size_t i = 0; i < x->inputs; i++) {
		py_draw(x, &x->line[x->input[i]].def->spread);
		str_add(&x->out, ", ");
	}
	str_add(&x->out, "]\n\ndef model(x):\n");
	for (size_t i = 0; i < x->inputs; i++)
		str_addf(&x->out, "    %s_ = x[%zu]\n", x->line[x->input[i]].def->name, i);
	for (uint32_t i = 0; i < nodes; i++) {
		if (!uses->needed[i] || x->of[i] == MODEL_NONE)
			continue;
		const struct model_def *d = x->line[x->of[i]].def;
		if (x->node[i].op == OP_INPUT) {
			if (d->spread.kind == SPREAD_POINT)
				str_addf(&x->out, "    %s_ = %.17g\n", d->name, x->node[i].number);
			continue;
		}
		str_addf(&x->out, "    %s_ = ", d->name);
		py_node(x, i, x->of[i]);
		str_addc(&x->out, '\n');
	}
	str_add(&x->out, "    return [");
	for (size_t k = 0; k < lines; k++)
		str_addf(&x->out, "%s_, ", x->line[line[k]].def->name);
	str_add(&x->out, "]\n");
	free(x->of);
}

/* ---- timing ---------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* Processor time: what else runs on the machine counts less. */
static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#define ROUNDS 9

static double median(double *t)
{
	qsort(t, ROUNDS, sizeof *t, by_value);
	return t[ROUNDS / 2];
}

static double best(const double *t)
{
	double b = t[0];
	for (int i = 1; i < ROUNDS; i++)
		b = fmin(b, t[i]);
	return b;
}

/* Multiply-adds in registers on one core, double precision: FLOP/s. */
static double peak(void)
{
	const struct kernel_env env = { .compute_units = 1 };
	struct kernel_plan plan = { .c = { .n = 4096, .type = CM_F64, .seed = 1, .tune = { 8 } } };
	struct cm_err err;
	if (kernel_fma.plan(&env, &plan, &err))
		die(err.why);
	void *memory[2], *buf[2];
	for (int i = 0; i < 2; i++) {
		memory[i] = cm_alloc(4096 * sizeof(double) + 64);
		buf[i] = (char *)memory[i] + (-(uintptr_t)memory[i] & 63);
	}
	kernel_fma.fill(&plan, buf);
	const struct kernel_span span = { .plan = &plan, .buf = buf, .hi = 4096, .threads = 1 };
	double t[ROUNDS];
	kernel_fma.run_host(&span);
	for (int i = 0; i < ROUNDS; i++) {
		const double start = now();
		kernel_fma.run_host(&span);
		t[i] = now() - start;
	}
	if (kernel_fma.verify(&plan, buf, 1, &err))
		die(err.why);
	for (int i = 0; i < 2; i++)
		free(memory[i]);
	return plan.flops / best(t);
}

static void sample(const struct model *m, const uint32_t *line, size_t lines, size_t n, double **out,
		   struct sample_stats *stats)
{
	struct cm_err err;
	const struct sample_spec spec = { .seed = 1, .n = n, .threads = 1, .stats = stats };
	if (model_sample(m, line, lines, &spec, out, &err))
		die(err.why);
}

static void time_sampling(const struct model *m, const uint32_t *line, size_t n)
{
	struct sample_stats stats;
	double *out[2], t[ROUNDS], small[ROUNDS];
	for (int k = 0; k < 2; k++)
		out[k] = cm_alloc((n + 1) * sizeof **out);
	sample(m, line, 2, n, out, &stats);
	for (int i = 0; i < ROUNDS; i++) {
		double start = now();
		sample(m, line, 2, 1, out, NULL);
		small[i] = now() - start;
		start = now();
		sample(m, line, 2, n, out, NULL);
		t[i] = now() - start;
	}
	printf("seconds %.6f\nsetup %.6f\nflops %.0f\nevaluated %zu\ncalls %zu\nslots %zu\n", median(t),
	       median(small), stats.flops, stats.evaluated, stats.calls, stats.slots);
	for (int k = 0; k < 2; k++)
		free(out[k]);
}

/* The evaluation of everything, against everything and all derivatives. */
static void time_gradient(const struct scenario *s, uint32_t line)
{
	const uint32_t *input;
	const size_t inputs = model_inputs(s->model, &input);
	double *d = cm_alloc((inputs + 1) * sizeof *d), one[ROUNDS], all[ROUNDS];
	struct eval *e = eval_dup(s->base);
	struct cm_err err;
	enum { REPEAT = 300 };
	for (int i = 0; i < ROUNDS; i++) {
		double start = now();
		for (int k = 0; k < REPEAT; k++)
			eval_all(e);
		one[i] = (now() - start) / REPEAT;
		start = now();
		for (int k = 0; k < REPEAT; k++)
			if (model_gradient(e, line, d, &err))
				die(err.why);
		all[i] = (now() - start) / REPEAT;
	}
	printf("inputs %zu\neval %.9f\ngradient %.9f\n", inputs, median(one), median(all));
	eval_free(e);
	free(d);
}

static void write_file(const char *stem, const char *suffix, const void *p, size_t n)
{
	char path[1024];
	snprintf(path, sizeof path, "%s%s", stem, suffix);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		die(path);
}

/* Rows of draws, then of results, CHECKED doubles each. */
static void write_checked(const struct py *x, const uint32_t *line, const char *stem)
{
	const size_t rows = x->inputs + 2;
	uint32_t *ask = cm_alloc(rows * sizeof *ask);
	double *all = cm_alloc(rows * CHECKED * sizeof *all), **out = cm_alloc(rows * sizeof *out);
	for (size_t i = 0; i < rows; i++) {
		ask[i] = i < x->inputs ? x->input[i] : line[i - x->inputs];
		out[i] = all + i * CHECKED;
	}
	sample(x->m, ask, rows, CHECKED, out, NULL);
	write_file(stem, ".bin", all, rows * CHECKED * sizeof *all);
	free(ask);
	free(all);
	free(out);
}

int main(int argc, char **argv)
{
	struct cm_err err = { .why = "" };
	struct catalogue *cat;
	struct scenario *s;
	if (argc != 5)
		die("usage: bench_sample SCENARIO OPTION SAMPLES OUT");
	if (catalogue_load(file_data_dir(), &cat, &err))
		die(err.why);
	const struct scenario_world w = { .data_dir = file_data_dir(), .cat = cat };
	if (scenario_read(argv[1], &w, &s, &err))
		die(err.why);
	const uint32_t scope = model_scope_find(s->model, argv[2], strlen(argv[2]));
	if (scope == MODEL_NONE)
		die("no such option");
	const uint32_t line[2] = { model_find(s->model, scope, "npv"),
				   model_find(s->model, scope, "cost_per_unit") };
	struct print_uses uses;
	print_uses_make(s->model, line, 2, &uses);
	const uint32_t *input;
	const size_t inputs = model_inputs(s->model, &input);
	struct py x = { .m = s->model };
	model_lines(s->model, &x.line);
	uint32_t *uncertain = cm_alloc((inputs + 1) * sizeof *uncertain);
	for (size_t i = 0; i < inputs; i++)
		if (uses.needed[x.line[input[i]].node] &&
		    x.line[input[i]].def->spread.kind != SPREAD_POINT)
			uncertain[x.inputs++] = input[i];
	x.input = uncertain;
	py_write(&x, &uses, line, 2);
	write_file(argv[4], ".py", x.out.p, x.out.len);
	write_checked(&x, line, argv[4]);
	printf("uncertain %zu\npeak %.6g\n", x.inputs, peak());
	time_sampling(s->model, line, strtoul(argv[3], NULL, 10));
	time_gradient(s, line[0]);
	str_free(&x.out);
	free(uncertain);
	print_uses_free(&uses);
	scenario_free(s);
	catalogue_free(cat);
	return 0;
}
