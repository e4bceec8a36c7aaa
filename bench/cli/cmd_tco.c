/* costmark tco SCENARIO: the decision as a table, or as one JSON document. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/report.h"
#include "base/escape.h"
#include "base/textable.h"
#include "cli/deciding.h"

#define WIDTH 100
#define TORNADO_ROWS 8
#define BREAK_ROWS 12
#define CHANGE_ROWS 10
#define UNCERTAIN_ROWS 12
#define SOBOL_ROWS 5

static void say(const char *text)
{
	struct str safe = { 0 };
	esc_terminal(&safe, text);
	puts(str_get(&safe));
	str_free(&safe);
}

static void line_of(const char *sentence)
{
	struct str s = { 0 };
	str_addf(&s, "  %s", sentence);
	say(str_get(&s));
	str_free(&s);
}

/* Value, its interval where it has one, and the unit; missing with its reason. */
static void cell(struct textable *t, const struct figure *f)
{
	char v[64], lo[64], hi[64];
	cm_figure_print(f, 4, v, sizeof v);
	if (f->missing || !(f->lo < f->hi)) {
		textable_cell(t, v);
		return;
	}
	const struct figure a = cm_figure(f->lo, f->unit, f->basis), b = cm_figure(f->hi, f->unit,
										   f->basis);
	cm_figure_print(&a, 4, lo, sizeof lo);
	cm_figure_print(&b, 4, hi, sizeof hi);
	textable_cellf(t, "%s (%s … %s)", v, lo, hi);
}

static void option_rows(const struct decision *d)
{
	struct str npv = { 0 }, unit = { 0 };
	str_addf(&npv, "NPV %s", d->currency);
	const char *per = "";
	for (size_t i = 0; i < d->noptions && !*per; i++)
		per = d->options[i].cost_per_unit.missing ? "" : d->options[i].cost_per_unit.unit;
	str_addf(&unit, "Cost %s", *per ? per : "per unit");
	const char *const titles[] = { "Option", "Kind", str_get(&npv), str_get(&unit), "Paid first",
				       "A month", "Basis" };
	struct textable *t = textable_new("llrrrrl", titles);
	for (size_t i = 0; i < d->noptions; i++) {
		const struct option_result *r = &d->options[i];
		textable_cell(t, r->label);
		textable_cell(t, r->kind);
		if (r->excluded)
			textable_cell(t, "left out"); /* why: among the reasons above */
		else
			cell(t, &r->npv);
		cell(t, &r->cost_per_unit);
		cell(t, &r->capex);
		cell(t, &r->opex_month);
		textable_cell(t, cm_basis_word(r->npv.basis));
	}
	textable_print(t, stdout, WIDTH + 20);
	str_free(&npv);
	str_free(&unit);
}

static const char *kind_of(const struct decision *d, const char *name)
{
	for (size_t i = 0; i < d->noptions; i++)
		if (strcmp(d->options[i].name, name) == 0)
			return d->options[i].kind;
	return "";
}

/* With the cheapest option, and where ways of another kind cross; JSON has them all. */
static void break_rows(const struct decision *d)
{
	size_t shown = 0;
	for (size_t i = 0; i < d->nbreaks && shown < BREAK_ROWS; i++) {
		const struct break_even *b = &d->breaks[i];
		const bool best = strcmp(b->a, d->cheapest) == 0 || strcmp(b->b, d->cheapest) == 0;
		const bool kinds = strcmp(kind_of(d, b->a), kind_of(d, b->b)) != 0;
		if (b->at.missing || (!best && !kinds) || strcmp(b->kind, "volume") == 0)
			continue;
		if (shown++ == 0)
			puts("\nBreak-even");
		struct str s = { 0 };
		str_addf(&s, "  %s", b->sentence);
		say(str_get(&s));
		str_free(&s);
	}
}

static void number(struct textable *t, double v)
{
	char text[64];

	cm_number_print(v, 4, text, sizeof text);
	textable_cell(t, text);
}

static void tornado_row(struct textable *t, const struct tornado_bar *b)
{
	const bool plain = strcmp(b->low.unit, "1") == 0;
	textable_cell(t, b->label);
	number(t, b->low.value);
	number(t, b->high.value);
	textable_cellf(t, "%s%s", plain ? "" : b->low.unit, b->own_range ? "" : " (±10 %)");
	number(t, b->npv_low);
	number(t, b->npv_high);
	textable_cellf(t, "%.2f", b->elasticity);
}

static void tornado_rows(const struct decision *d)
{
	if (d->ntornado == 0)
		return;
	const char *const titles[] = { "Input", "From", "To", "Unit", "NPV from", "NPV to",
				       "Elasticity" };
	struct textable *t = textable_new("lrrlrrr", titles);
	for (size_t i = 0; i < d->ntornado && i < TORNADO_ROWS; i++)
		if (strcmp(d->tornado[i].option, d->tornado[0].option) == 0)
			tornado_row(t, &d->tornado[i]);
	printf("\nWhat moves the present value of '%s' most\n", d->tornado[0].option);
	textable_print(t, stdout, WIDTH);
}

/* Those within an input's own range first: they may come about. JSON has all. */
static void change_rows(const struct decision *d)
{
	size_t shown = 0;
	for (int within = 1; within >= 0; within--)
		for (size_t i = 0; i < d->nchanges; i++)
			if (d->changes[i].within == (within == 1) && shown++ < CHANGE_ROWS) {
				if (shown == 1)
					putchar('\n');
				say(d->changes[i].sentence);
			}
	if (shown > CHANGE_ROWS)
		printf("and %zu more such values (--json)\n", shown - CHANGE_ROWS);
}

static void uncertain_row(struct textable *t, const struct decision *d, const struct uncertain_option *x)
{
	const char *label = x->option;
	for (size_t i = 0; i < d->noptions; i++)
		if (strcmp(d->options[i].name, x->option) == 0)
			label = d->options[i].label;
	textable_cell(t, label);
	textable_cellf(t, "%.1f %% ± %.1f", 100 * x->cheapest, 196 * x->cheapest_se);
	char regret[64], error[64];
	cm_number_print(x->regret, 4, regret, sizeof regret);
	cm_number_print(1.96 * x->regret_se, 2, error, sizeof error);
	textable_cellf(t, "%s ± %s", regret, error);
	number(t, x->npv.p5);
	number(t, x->npv.p50);
	number(t, x->npv.p95);
	textable_cellf(t, "%zu", x->infeasible);
}

static void uncertainty_rows(const struct decision *d)
{
	const struct uncertainty *u = d->uncertainty;
	if (!u)
		return;
	const char *const titles[] = { "Option", "Cheapest in", "Regret", "NPV 5 %", "50 %", "95 %",
				       "Cannot" };
	struct textable *t = textable_new("lrrrrrr", titles);
	for (size_t i = 0; i < u->noptions && i < UNCERTAIN_ROWS; i++)
		uncertain_row(t, d, &u->options[i]);
	printf("\nUncertain inputs drawn together: %zu draws of %zu inputs, seed %llu (± is 1.96 standard "
	       "errors)\n", u->samples, u->inputs, (unsigned long long)u->seed);
	textable_print(t, stdout, WIDTH + 20);
	for (size_t i = 0; i < u->nsobol && i < SOBOL_ROWS; i++) {
		const struct sobol_index *x = &u->sobol[i];
		if (i == 0) {
			struct str s = { 0 };
			str_addf(&s, "Share in the variance of %s:", u->sobol_of);
			say(str_get(&s));
			str_free(&s);
		}
		struct str s = { 0 };
		str_addf(&s, "  %s%s%s: alone %.2f ± %.2f, with interactions %.2f ± %.2f", x->label,
			 *x->option ? " of " : "", x->option, x->first, 1.96 * x->first_se, x->total,
			 1.96 * x->total_se);
		say(str_get(&s));
		str_free(&s);
	}
}

static void choice_rows(const struct decision *d)
{
	for (size_t i = 0; i < d->nchoices && i < BREAK_ROWS; i++) {
		if (i == 0)
			puts("\nChosen, and kept in what follows");
		line_of(d->choices[i].sentence);
	}
}

static void equivalent_rows(const struct decision *d)
{
	if (!d->nequivalents)
		return;
	const char *const titles[] = { "Workload", "Device", "Count", "One is", "All are", "Basis" };
	struct textable *t = textable_new("llrrrl", titles);
	for (size_t i = 0; i < d->nequivalents; i++) {
		const struct equivalent *e = &d->equivalents[i];
		textable_cell(t, *e->workload ? e->workload : "geometric mean");
		textable_cell(t, e->label);
		number(t, e->count);
		cell(t, &e->each);
		cell(t, &e->units);
		textable_cell(t, cm_basis_word(e->units.basis));
	}
	printf("\nIn units of %s\n", d->equivalent_unit);
	textable_print(t, stdout, WIDTH + 20);
}

static void indifference_rows(const struct decision *d)
{
	const struct cmj *list = d->more ? cmj_get(d->more, "indifference") : NULL;
	if (!cmj_len(list))
		return;
	puts("\nIndifference");
	for (size_t i = 0; i < cmj_len(list) && i < BREAK_ROWS; i++) {
		struct str s = { 0 };
		str_addf(&s, "  %s", cmj_text(cmj_get(cmj_at(list, i), "sentence"), ""));
		say(str_get(&s));
		str_free(&s);
	}
}

static void expectations(const struct decision *d)
{
	const struct cmj *list = d->more ? cmj_get(d->more, "expect") : NULL;
	if (!list)
		return;
	puts("\nExpected figures");
	for (size_t i = 0; i < cmj_len(list); i++) {
		const struct cmj *x = cmj_at(list, i);
		const struct cmj *found = cmj_get(x, "found"), *want = cmj_get(x, "expected");
		struct str s = { 0 };
		str_addf(&s, "  %-4s %s: ", cmj_is_true(cmj_get(x, "holds")) ? "ok" : "NO",
			 cmj_text(cmj_get(x, "figure"), ""));
		if (cmj_is_string(found))
			str_addf(&s, "expected %s, found %s", cmj_text(want, ""), cmj_text(found, ""));
		else
			str_addf(&s, "expected %.10g within %.3g, found %.10g %s",
				 cmj_double(want, NAN), cmj_double(cmj_get(x, "within"), NAN),
				 cmj_double(found, NAN), cmj_text(cmj_get(x, "unit"), ""));
		say(str_get(&s));
		str_free(&s);
	}
}

static void print_text(const struct decision *d)
{
	say(d->title);
	say(d->question);
	putchar('\n');
	say(d->sentence);
	printf("Status: %s\n", cm_stamp_word(d->stamp));
	for (size_t i = 0; i < d->nstamp_why; i++) {
		fputs("  ", stdout);
		say(d->stamp_why[i]);
	}
	if (d->uncertainty)
		line_of(d->uncertainty->sentence);
	if (d->noptions) {
		putchar('\n');
		option_rows(d);
	}
	uncertainty_rows(d);
	choice_rows(d);
	equivalent_rows(d);
	break_rows(d);
	indifference_rows(d);
	tornado_rows(d);
	change_rows(d);
	expectations(d);
}

static int run(const struct args *a)
{
	struct deciding k;
	struct cm_err err;
	const struct decision *d;
	enum cm_status st = deciding_open(a, &k, &err);
	if (st)
		return cmd_fail(a, &err);
	st = k.decider->decide(k.scenario, &d, &err);
	int code = CM_EXIT_OK;
	if (st) {
		code = cmd_fail(a, &err);
	} else if (args_has(a, "json")) {
		struct cmj *doc = cm_decision_json(d);
		struct str text = { 0 };
		cmj_print(doc, true, &text);
		fputs(str_get(&text), stdout);
		str_free(&text);
		cmj_free(doc);
	} else {
		print_text(d);
	}
	if (!st && d->stamp == CM_INVALID)
		code = CM_EXIT_WORSE; /* the scenario's own expectations do not hold */
	deciding_close(&k);
	return code;
}

const struct command cmd_tco = {
	.name = "tco",
	.usage = "costmark tco SCENARIO [options]",
	.summary = "the decision, as a table: what each option costs and what would change that",
	.examples = "  costmark tco examples/own-or-rent.yaml\n"
		    "  costmark tco examples/own-or-rent.yaml --json",
	.min_words = 1, .max_words = 1, .run = run,
};
