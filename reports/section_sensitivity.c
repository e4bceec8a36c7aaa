/*
 * What would change the answer: each input moved on its own, the values at which the ranking turns, and
 * the prices at which options are equal. Knows no format.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compose.h"
#include "base/decision_view.h"

#define MOST_BARS 12

struct bars { const struct tornado_bar **bar; size_t n; const char *option; };

/* Bars of one option, in the decider's order: widest first. */
static struct bars bars_of(struct compose *c, const struct decision *d, const char *option)
{
	struct bars b = { pool_alloc(&c->pool, (d->ntornado + 1) * sizeof(void *)), 0, option };

	for (size_t i = 0; i < d->ntornado; i++)
		if (!strcmp(d->tornado[i].option, option))
			b.bar[b.n++] = &d->tornado[i];
	return b;
}

static void tornado_chart(struct compose *c, const struct decision *d, const struct bars *b, const char *id)
{
	const size_t n = b->n < MOST_BARS ? b->n : MOST_BARS;
	const char **label = pool_alloc(&c->pool, (n + 1) * sizeof *label);
	double *low = pool_alloc(&c->pool, 2 * (n + 1) * sizeof *low), *high = low + n + 1;

	for (size_t i = 0; i < n; i++) {
		label[i] = b->bar[i]->label;
		low[i] = b->bar[i]->npv_low;
		high[i] = b->bar[i]->npv_high;
	}
	const struct chart_series s[] = {
		{ .name = "input at its lower end", .y = low, .n = n },
		{ .name = "input at its upper end", .y = high, .n = n },
	};
	compose_chart(c, &(struct chart){
		.id = id, .kind = CHART_TORNADO, .y_title = "input",
		.title = pool_printf(&c->pool, "What moves the cost of '%s' most",
				     decision_label(d, b->option)),
		.x_title = pool_printf(&c->pool, "present value, %s", d->currency), .categories = label,
		.ncategories = n, .series = s, .nseries = 2, .base = b->bar[0]->npv_base,
		.alt = pool_printf(&c->pool, "Bars of %zu inputs, the strongest first: the present "
				   "value of '%s' with the input at its lower and at its upper "
				   "end. The strongest is "
				   "'%s'.", n, decision_label(d, b->option), b->bar[0]->label),
	});
}

static enum cm_basis money_basis(const struct decision *d, const char *option)
{
	const struct option_result *o = decision_option(d, option);

	return o ? o->npv.basis : CM_ASSUMED;
}

static void tornado_table(struct compose *c, const struct decision *d, const struct bars *b, const char *id)
{
	const enum cm_basis basis = money_basis(d, b->option);

	compose_table(c, id, pool_printf(&c->pool, "Inputs of '%s', the strongest first",
					 decision_label(d, b->option)));
	compose_column(c, "Input", "", 0, false);
	compose_column(c, "From", "", 0, true);
	compose_column(c, "To", "", 0, true);
	compose_column(c, "Range", "", 0, false);
	compose_column(c, "Cost at the lower end", d->currency, 'l', true);
	compose_column(c, "Cost at the upper end", d->currency, 'l', true);
	compose_column(c, "Cost change for 1 % more", "%", 0, true);
	for (size_t i = 0; i < b->n; i++) {
		const struct tornado_bar *t = b->bar[i];

		compose_cell(c, t->label, t->input);
		compose_figure(c, t->low);
		compose_figure(c, t->high);
		compose_cell(c, t->own_range ? "its own" : "10 % up and down: it has none of its own", "");
		compose_figure(c, cm_figure(t->npv_low, d->currency, basis));
		compose_figure(c, cm_figure(t->npv_high, d->currency, basis));
		compose_figure(c, isfinite(t->elasticity) ? cm_figure(t->elasticity, "%", basis)
							  : cm_figure_missing("%", "the cost is zero"));
	}
	compose_table_end(c, false);
}

/* The option of the first bar, and the next one that has bars: cheapest and runner-up. */
static void tornados(struct compose *c, const struct decision *d)
{
	static const char *const chart_id[] = { "tornado-chart", "tornado-chart-next" };
	static const char *const table_id[] = { "tornado", "tornado-next" };
	const char *seen = NULL;
	size_t shown = 0;

	compose_heading(c, "One input at a time");
	compose_text(c, "Each input is moved alone, over its own range, or by 10 %% where it has "
		     "none. A long bar is an input worth knowing better; a short one need not be "
		     "argued about.");
	for (size_t i = 0; i < d->ntornado && shown < CM_COUNT(chart_id); i++) {
		if (seen && !strcmp(d->tornado[i].option, seen))
			continue;
		const struct bars b = bars_of(c, d, seen = d->tornado[i].option);

		tornado_chart(c, d, &b, chart_id[shown]);
		tornado_table(c, d, &b, table_id[shown++]);
	}
}

/* Where the decider looked for every change of the ranking. */
static void changes(struct compose *c, const struct decision *d)
{
	compose_table(c, "ranking", "Values at which another option costs least");
	compose_column(c, "Input", "", 0, false);
	compose_column(c, "Of", "", 0, false);
	compose_column(c, "Now", "", 0, true);
	compose_column(c, "Changes at", "", 0, true);
	compose_column(c, "Then cheapest", "", 0, false);
	compose_column(c, "Within its range", "", 0, false);
	for (size_t i = 0; i < d->nchanges; i++) {
		const struct ranking_change *x = &d->changes[i];

		compose_cell(c, x->label, x->input);
		compose_cell(c, *x->option ? decision_label(d, x->option) : "", "all");
		compose_figure(c, x->now);
		compose_figure(c, x->at);
		compose_cell(c, x->then_label, "none");
		compose_cell(c, x->within ? "yes" : "no", "");
	}
	compose_table_end(c, d->nchanges > 20);
}

static size_t flips(struct compose *c, const struct decision *d)
{
	size_t n = 0;

	compose_table(c, "ranking", "Values at which another option costs least");
	compose_column(c, "Input", "", 0, false);
	compose_column(c, "In words", "", 0, false);
	for (size_t i = 0; i < d->ntornado; i++) {
		if (!d->tornado[i].flip || !*d->tornado[i].flip)
			continue;
		compose_cell(c, d->tornado[i].label, d->tornado[i].input);
		compose_cell(c, d->tornado[i].flip, "");
		n++;
	}
	compose_table_end(c, false);
	return n;
}

static void ranking(struct compose *c, const struct decision *d)
{
	compose_heading(c, "What would turn the ranking round");
	if (d->nchanges)
		changes(c, d);
	else if (!flips(c, d))
		compose_text(c, "No single input, moved as far as it was tried, changes which option costs "
			     "least.");
}

/* ---- all at once --------------------------------------------------------------------------------- */

#define SE_95 1.96 /* standard errors either side of a mean that hold 95 % */

/* A share between 0 and 1, from its standard error. */
static struct figure share(double v, double se, enum cm_basis basis)
{
	return cm_figure_range(100 * v, 100 * fmax(0, v - SE_95 * se), 100 * fmin(1, v + SE_95 * se),
			       "%", 0, basis);
}

static void chances_chart(struct compose *c, const struct decision *d, const struct uncertainty *u)
{
	const size_t n = u->noptions < 20 ? u->noptions : 20;
	const char **label = pool_alloc(&c->pool, (n + 1) * sizeof *label);
	double *y = pool_alloc(&c->pool, 3 * (n + 1) * sizeof *y), *lo = y + n + 1, *hi = lo + n + 1;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct band *b = &u->options[i].npv;

		if (!(b->p5 <= b->p50 && b->p50 <= b->p95))
			continue; /* it can never do the work: the table says so */
		label[kept] = decision_label(d, u->options[i].option);
		y[kept] = b->p50;
		lo[kept] = b->p5;
		hi[kept++] = b->p95;
	}
	if (!kept)
		return;
	const struct chart_series s = { .name = "median and 90 % of the draws", .y = y, .lo = lo, .hi = hi,
					.n = kept };
	compose_chart(c, &(struct chart){
		.id = "draws-chart", .title = "What each option costs when all uncertain inputs vary",
		.kind = CHART_BARS, .y_title = "option",
		.x_title = pool_printf(&c->pool, "present value, %s", d->currency), .categories = label,
		.ncategories = kept, .series = &s, .nseries = 1,
		.alt = pool_printf(&c->pool, "Bars of the median present value of %zu options over "
				   "%zu draws; whiskers hold nine draws of ten.", kept, u->samples),
	});
}

static void chances_table(struct compose *c, const struct decision *d, const struct uncertainty *u)
{
	compose_table(c, "draws", "Costs over all draws");
	compose_column(c, "Option", "", 0, false);
	compose_column(c, "Costs least in", "%", 'h', true);
	compose_column(c, "5 % of draws below", d->currency, 'l', true);
	compose_column(c, "Median", d->currency, 'l', true);
	compose_column(c, "5 % of draws above", d->currency, 'l', true);
	compose_column(c, "Regret", d->currency, 'l', true);
	compose_column(c, "Cannot do the work in", "", 'l', true);
	for (size_t i = 0; i < u->noptions; i++) {
		const struct uncertain_option *x = &u->options[i];
		const enum cm_basis b = money_basis(d, x->option);

		compose_cell(c, decision_label(d, x->option), "not named");
		compose_figure(c, share(x->cheapest, x->cheapest_se, b));
		compose_figure(c, cm_figure(x->npv.p5, d->currency, b));
		compose_figure(c, cm_figure(x->npv.p50, d->currency, b));
		compose_figure(c, cm_figure(x->npv.p95, d->currency, b));
		compose_figure(c, cm_figure_range(x->regret, fmax(0, x->regret - SE_95 * x->regret_se),
						  x->regret + SE_95 * x->regret_se, d->currency, 0, b));
		compose_cellf(c, "%zu of %zu draws", x->infeasible, u->samples);
	}
	compose_table_end(c, u->noptions > 20);
}

static void sobol(struct compose *c, const struct decision *d, const struct uncertainty *u)
{
	const enum cm_basis b = money_basis(d, d->cheapest);
	size_t n = u->nsobol < MOST_BARS ? u->nsobol : MOST_BARS, kept = 0;
	const char **label = pool_alloc(&c->pool, (n + 1) * sizeof *label);
	double *y = pool_alloc(&c->pool, (n + 1) * sizeof *y);

	if (!n)
		return;
	compose_text(c, "Which uncertainty matters: the share of the variance of %s that an input explains "
		     "alone, and with everything it acts together with.",
		     u->sobol_of && *u->sobol_of ? u->sobol_of : "the answer");
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(u->sobol[i].total))
			continue;
		label[kept] = u->sobol[i].label;
		y[kept++] = 100 * u->sobol[i].total;
	}
	const struct chart_series s = { .name = "share of the variance, with interactions", .y = y,
					.n = kept };
	if (kept)
		compose_chart(c, &(struct chart){
			.id = "variance-chart", .title = "Which uncertain input matters most",
			.kind = CHART_BARS,
			.y_title = "input", .x_title = "% of the variance", .categories = label,
			.ncategories = kept, .series = &s, .nseries = 1,
			.alt = pool_printf(&c->pool, "Bars of the share of the variance of %zu inputs, the "
					   "greatest first: '%s'.", kept, label[0]),
		});
	compose_table(c, "variance", "Share of the variance by input");
	compose_column(c, "Input", "", 0, false);
	compose_column(c, "Of", "", 0, false);
	compose_column(c, "Alone", "%", 0, true);
	compose_column(c, "With interactions", "%", 0, true);
	for (size_t i = 0; i < u->nsobol; i++) {
		const struct sobol_index *x = &u->sobol[i];

		compose_cell(c, x->label, x->input);
		compose_cell(c, x->option && *x->option ? decision_label(d, x->option) : "", "all");
		compose_figure(c, share(x->first, x->first_se, b));
		compose_figure(c, share(x->total, x->total_se, b));
	}
	compose_table_end(c, u->nsobol > 20);
}

static void all_at_once(struct compose *c, const struct decision *d)
{
	const struct uncertainty *u = d->uncertainty;

	if (!u)
		return;
	compose_heading(c, "All uncertain inputs at once");
	if (u->sentence && *u->sentence)
		compose_text(c, "%c%s.", toupper((unsigned char)u->sentence[0]), u->sentence + 1);
	compose_text(c, "Each of %zu inputs is drawn from its own range, %zu times, the same draw "
		     "for every option (seed %llu). Regret is what is paid too much on average by "
		     "whoever takes the option before knowing how the draw "
		     "falls.%s%s%s", u->inputs, u->samples,
		     (unsigned long long)u->seed, u->method && *u->method ? " Method: " : "",
		     u->method ? u->method : "", u->method && *u->method ? "." : "");
	if (u->lost)
		compose_note(c, CM_ESTIMATE, "In %zu draws no option can do the work; they count for none.",
			     u->lost);
	chances_chart(c, d, u);
	chances_table(c, d, u);
	sobol(c, d, u);
}

/* ---- indifference -------------------------------------------------------------------------------- */

/* `at` and `now` of an entry as figures: the document's form of a figure. */
static struct figure figure_of(struct compose *c, const struct cmj *o)
{
	const char *unit = pool_dup(&c->pool, cmj_text(cmj_get(o, "unit"), ""));
	const double v = cmj_double(cmj_get(o, "value"), NAN);
	enum cm_basis basis = CM_ASSUMED;

	cm_basis_parse(cmj_text(cmj_get(o, "basis"), ""), &basis);
	if (!isfinite(v))
		return cm_figure_missing(unit, pool_dup(&c->pool, cmj_text(cmj_get(o, "missing"),
									   "there is none")));
	return cm_figure_range(v, cmj_double(cmj_get(o, "lo"), v), cmj_double(cmj_get(o, "hi"), v), unit,
			       0, basis);
}

static void indifference(struct compose *c, const struct decision *d)
{
	const struct cmj *list = d->more ? cmj_get(d->more, "indifference") : NULL;

	if (!cmj_len(list))
		return;
	compose_heading(c, "At what price two options are equal");
	compose_text(c, "How far a price would have to move before the answer is another one: room to "
		     "negotiate, or the premium that the cheapest option may charge.");
	compose_table(c, "indifference", "Prices at which options cost the same");
	compose_column(c, "Option", "", 0, false);
	compose_column(c, "Against", "", 0, false);
	compose_column(c, "Now", "", 0, true);
	compose_column(c, "Equal at", "", 0, true);
	compose_column(c, "In words", "", 0, false);
	for (size_t i = 0; i < cmj_len(list); i++) {
		const struct cmj *x = cmj_at(list, i);

		compose_cellf(c, "%s", decision_label(d, cmj_text(cmj_get(x, "option"), "?")));
		compose_cellf(c, "%s", decision_label(d, cmj_text(cmj_get(x, "against"), "?")));
		compose_figure(c, figure_of(c, cmj_get(x, "now")));
		compose_figure(c, figure_of(c, cmj_get(x, "at")));
		compose_cellf(c, "%s", cmj_text(cmj_get(x, "sentence"), "no sentence"));
	}
	compose_table_end(c, cmj_len(list) > 20);
}

static enum cm_status emit(const struct report_data *r, block_sink sink, void *state, struct cm_err *err)
{
	struct compose c = compose_begin(sink, state, err);
	const struct decision *d = r->decision;
	const char *method = d->more ? cmj_text(cmj_get(d->more, "interval_method"), NULL) : NULL;

	if (!d->ntornado) {
		compose_note(&c, CM_INCOMPLETE, "Not computed: no input moves the cost of an "
			     "option that can be ranked.");
		return compose_end(&c);
	}
	if (method)
		compose_text(&c, "How the range of a total is found: %s.", method);
	tornados(&c, d);
	ranking(&c, d);
	all_at_once(&c, d);
	indifference(&c, d);
	return compose_end(&c);
}

const struct section section_sensitivity = {
	.abi = CM_REPORT_ABI, .name = "sensitivity", .title = "Sensitivity", .rank = 50, .emit = emit,
};
