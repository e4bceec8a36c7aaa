/*
 * For the test of the printers' agreement: evaluates scenarios on random inputs in C and writes what the
 * other printers make of the same graph, for node and a spreadsheet program to compute again.
 *
 * usage: printers OUT-DIR SEED DRAWS SCENARIO…
 * writes OUT-DIR/K.js (the script), K.json (names, cells, inputs and values of each draw) and K-D.xlsx, the
 * workbook with the inputs of draw D and still the values of the base in its formula cells: who reads
 * these instead of computing again is found out. The block sampler is compared here, value by value.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/rng.h"
#include "decide/scenario.h"
#include "model/print_script.h"
#include "model/print_sheet.h"
#include "model/sample.h"

extern const struct decider decide_tco;
extern const struct format format_xlsx;

#define RELATIVE 1e-9   /* and what compare.js allows where terms cancel */
#define ROUNDING 1e-13
#define SAMPLES 70      /* more than one block of the sampler, and no whole number of them */
#define WHOLE 2 /* scenarios with a workbook for each draw; the others have one, of draw 1 */

struct run { const char *dir; size_t k; unsigned draws; struct rng rng; struct catalogue *cat; };

static void die(const char *why)
{
	fprintf(stderr, "printers: %s\n", why);
	exit(6);
}

static void write_text(const struct run *r, const char *suffix, const char *text, size_t len)
{
	struct str path = { 0 };
	str_addf(&path, "%s/%zu%s", r->dir, r->k, suffix);
	FILE *f = fopen(str_get(&path), "w");
	if (!f || fwrite(text, 1, len, f) != len || fclose(f) != 0)
		die(str_get(&path));
	str_free(&path);
}

/* Whole plain numbers are counts and conventions (servers, years of tax life) and stay; what is off at 0
 * is on in half of the draws. */
static double draw(struct rng *rng, const struct model_line *l, double at)
{
	const double u = rng_unit(rng), on = rng_unit(rng);
	if (at == 0)
		return on < 0.5 ? 0 : 3 * u;
	if (at == rint(at) && l->unit == unit_one())
		return at;
	return at * (0.8 + 0.4 * u);
}

/* The largest value that is added or subtracted in a line: what rounding errors are measured by. */
static double scale_of(const struct eval *e, uint32_t line)
{
	const struct model_node *node;
	double most = 0;
	const size_t n = model_nodes(e->model, &node);
	for (size_t i = 0; i < n; i++) {
		if (node[i].line != line || (node[i].op != OP_ADD && node[i].op != OP_SUB))
			continue;
		for (unsigned a = 0; a < 2; a++) {
			const struct model_node *arg = &node[node[i].arg[a]];
			for (unsigned t = 0; t <= (arg->series ? model_months(e->model) : 0); t++)
				most = fmax(most, fabs(e->v[arg->at + t]));
		}
	}
	return most;
}

static struct cmj *values(const struct eval *e)
{
	const struct model_line *line;
	const size_t n = model_lines(e->model, &line);
	struct cmj *all = cmj_array();
	for (uint32_t i = 0; i < n; i++) {
		struct cmj *months = cmj_array();
		for (unsigned t = 0; t <= (line[i].series ? model_months(e->model) : 0); t++)
			cmj_push(months, cmj_number(eval_value(e, i, t)));
		cmj_push(all, months);
	}
	return all;
}

static struct cmj *one_draw(struct run *r, struct eval *e, bool base)
{
	const struct model_line *line;
	const uint32_t *input;
	const size_t lines = model_lines(e->model, &line), inputs = model_inputs(e->model, &input);
	struct cmj *d = cmj_object(), *x = cmj_array(), *scale = cmj_array();
	for (size_t i = 0; i < inputs; i++) {
		const double at = eval_value(e, input[i], 0);
		const double v = base ? at : draw(&r->rng, &line[input[i]], at);
		eval_input(e, input[i], v);
		cmj_push(x, cmj_number(v));
	}
	eval_all(e);
	for (uint32_t i = 0; i < lines; i++)
		cmj_push(scale, cmj_number(scale_of(e, i)));
	cmj_set(d, "inputs", x);
	cmj_set(d, "values", values(e));
	cmj_set(d, "scale", scale);
	return d;
}

/* ---- the workbook ------------------------------------------------------------------------------ */

struct changed { /* the live sheets with other inputs */
	const struct sheet_model *live;
	const double *x;
	sheet_sink sink;
	void *state;
};

static enum cm_status change(void *state, const struct sheet_cell *c, struct cm_err *err)
{
	const struct changed *k = state;
	struct sheet_cell other = *c;
	if (c->kind == SHEET_INPUT)
		other.value = k->x[c->row - SHEET_INPUT_ROW];
	return k->sink(k->state, &other, err);
}

static enum cm_status changed_cells(const struct sheet_model *m, sheet_sink sink, void *state,
				    struct cm_err *err)
{
	struct changed k = *(const struct changed *)m->graph;
	k.sink = sink;
	k.state = state;
	return k.live->cells(k.live, change, &k, err);
}

static void workbook(const struct run *r, const struct decision *base, const struct eval *e, unsigned d)
{
	const uint32_t *input;
	const size_t n = model_inputs(e->model, &input);
	double *x = cm_alloc((n + 1) * sizeof *x);
	for (size_t i = 0; i < n; i++)
		x[i] = eval_value(e, input[i], 0);
	struct changed k = { .live = base->sheets, .x = x };
	struct sheet_model sheets = *base->sheets;
	sheets.cells = changed_cells;
	sheets.graph = &k;
	struct decision other = *base;
	other.sheets = &sheets;
	const struct report_data data = { .decision = &other };
	struct cm_err err;
	struct str path = { 0 };
	void *state;
	str_addf(&path, "%s/%zu-%u.xlsx", r->dir, r->k, d);
	FILE *f = fopen(str_get(&path), "wb");
	if (!f || format_xlsx.begin(f, &data, &state, &err) || format_xlsx.end(state, &err) ||
	    fclose(f) != 0)
		die(str_get(&path));
	str_free(&path);
	free(x);
}

/* Where each line stands in the workbook: "Model!$F$7", "Model!$G$8:$AQ$8", or an input's name. */
static struct cmj *refs(const struct model *m)
{
	const struct model_line *line;
	const size_t n = model_lines(m, &line);
	struct sheet_plan *p = sheet_plan_new(m, NULL, 0);
	struct cmj *all = cmj_array();
	for (uint32_t i = 0; i < n; i++) {
		struct str ref = { 0 };
		cmj_push(all, sheet_plan_ref(p, i, &ref) ? cmj_string(str_get(&ref)) : cmj_null());
		str_free(&ref);
	}
	sheet_plan_free(p);
	return all;
}

/* ---- the block sampler ------------------------------------------------------------------------- */

struct sampled { size_t values, moved, differ; double worst; };

static void sample_compare(const struct eval *e, uint32_t line, double other, const char *path,
			   size_t sample, struct sampled *r)
{
	const struct model_line *l;
	model_lines(e->model, &l);
	const double c = eval_value(e, line, 0), off = fabs(c - other), scale = scale_of(e, line);
	const double size = fmax(fabs(c), fabs(other));
	r->values++;
	if (!isfinite(c) && !isfinite(other))
		return;
	if (off > ROUNDING * scale)
		r->worst = fmax(r->worst, off / size);
	if (off <= RELATIVE * size + ROUNDING * scale)
		return;
	if (r->differ++ < 10)
		printf("%s: sample %zu: %s: C %.17g, sampler %.17g\n", path, sample, l[line].def->name, c,
		       other);
}

/* Every single value of every sample against an evaluation with the inputs that were drawn. */
static void sampler(const struct model *m, const char *path, struct sampled *r)
{
	const struct model_line *line;
	const uint32_t *input;
	const size_t lines = model_lines(m, &line), inputs = model_inputs(m, &input);
	uint32_t *want = cm_alloc((lines + 1) * sizeof *want);
	double **out = cm_alloc((lines + 1) * sizeof *out);
	double *of = cm_alloc((lines + 1) * SAMPLES * sizeof *of);
	size_t n = 0;
	for (uint32_t i = 0; i < lines; i++)
		if (!line[i].series) {
			out[n] = of + i * SAMPLES;
			want[n++] = i;
		}
	const struct sample_spec spec = { .seed = 20261, .n = SAMPLES, .threads = 1 };
	struct cm_err err;
	if (model_sample(m, want, n, &spec, out, &err))
		die(err.why);
	struct eval *e = eval_new(m);
	for (size_t k = 0; k < SAMPLES; k++) {
		for (size_t i = 0; i < inputs; i++)
			eval_input(e, input[i], of[input[i] * SAMPLES + k]);
		eval_all(e);
		for (size_t i = 0; i < n; i++) {
			r->moved += out[i][k] != out[i][0];
			sample_compare(e, want[i], out[i][k], path, k, r);
		}
	}
	eval_free(e);
	free(want);
	free(out);
	free(of);
}

static struct cmj *names(const struct model *m)
{
	const struct model_line *line;
	const struct model_scope *scope;
	const size_t n = model_lines(m, &line);
	struct cmj *all = cmj_array();
	model_scopes(m, &scope);
	for (size_t i = 0; i < n; i++) {
		char *name = cm_printf_dup("%s.%s", scope[line[i].scope].name, line[i].def->name);
		cmj_push(all, cmj_string(name));
		free(name);
	}
	return all;
}

static void scenario(struct run *r, const char *path, struct sampled *samples)
{
	struct scenario *s;
	struct cm_err err;
	const struct result_source none = { .rows = NULL };
	const struct scenario_world w = { file_data_dir(), r->cat, &none };
	const struct decision *d;
	if (scenario_read(path, &w, &s, &err) || decide_tco.decide(s, &d, &err))
		die(err.why);
	struct str text = { 0 };
	str_add(&text, "module.exports =\n");
	model_script(s->model, NULL, 0, &text);
	str_add(&text, ";\n");
	write_text(r, ".js", text.p, text.len);
	struct cmj *doc = cmj_object(), *draws = cmj_array();
	cmj_set(doc, "scenario", cmj_string(path));
	cmj_set(doc, "names", names(s->model));
	cmj_set(doc, "refs", refs(s->model));
	cmj_set(doc, "draws", draws);
	for (unsigned i = 0; i < r->draws; i++) {
		struct eval *e = eval_dup(s->base);
		cmj_push(draws, one_draw(r, e, i == 0));
		if (i == 1 || (i && r->k < WHOLE))
			workbook(r, d, e, i);
		eval_free(e);
	}
	str_clear(&text);
	cmj_print(doc, false, &text);
	write_text(r, ".json", text.p, text.len);
	str_free(&text);
	cmj_free(doc);
	sampler(s->model, path, samples);
	decide_tco.free(s);
	r->k++;
}

int main(int argc, char **argv)
{
	if (argc < 5)
		die("usage: printers OUT-DIR SEED DRAWS SCENARIO…");
	struct run r = { .dir = argv[1], .draws = (unsigned)strtoul(argv[3], NULL, 10) };
	struct cm_err err;
	rng_seed(&r.rng, strtoull(argv[2], NULL, 10));
	if (catalogue_load(file_data_dir(), &r.cat, &err))
		die(err.why);
	struct sampled samples = { .values = 0 };
	for (int i = 4; i < argc; i++)
		scenario(&r, argv[i], &samples);
	printf("sampler: %zu values (%zu not the first sample's), worst relative difference %.1e, %zu "
	       "differ\n", samples.values, samples.moved, samples.worst, samples.differ);
	catalogue_free(r.cat);
	units_close();
	return samples.differ || samples.moved < samples.values / 20 ? 1 : 0;
}
