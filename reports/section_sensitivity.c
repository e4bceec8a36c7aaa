/*
 * What would change the answer: each input moved on its own, the values at which the ranking turns, and
 * the prices at which options are equal. Knows no format.
 */
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
	struct bars b = { pool_alloc(&c->pool, (d->ntornado + 1) * sizeof *b.bar), 0, option };

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
		.id = id, .kind = CHART_TORNADO, .x_title = "input",
		.title = pool_printf(&c->pool, "What moves the cost of '%s' most",
				     decision_label(d, b->option)),
		.y_title = pool_printf(&c->pool, "present value, %s", d->currency), .categories = label,
		.ncategories = n, .series = s, .nseries = 2, .base = b->bar[0]->npv_base,
		.alt = pool_printf(&c->pool, "Bars of %zu inputs, the strongest first: the present value of "
				   "'%s' with the input at its lower and at its upper end. The strongest is "
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
	compose_text(c, "Each input is moved alone, over its own range, or by 10 %% where it has none. A long "
		     "bar is an input worth knowing better; a short one need not be argued about.");
	for (size_t i = 0; i < d->ntornado && shown < CM_COUNT(chart_id); i++) {
		if (seen && !strcmp(d->tornado[i].option, seen))
			continue;
		const struct bars b = bars_of(c, d, seen = d->tornado[i].option);

		tornado_chart(c, d, &b, chart_id[shown]);
		tornado_table(c, d, &b, table_id[shown++]);
	}
}

static void flips(struct compose *c, const struct decision *d)
{
	size_t n = 0;

	compose_heading(c, "What would turn the ranking round");
	compose_table(c, "ranking", "The ranking changes if …");
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
	if (!n)
		compose_text(c, "No single input, moved from a quarter to four times its value, changes which "
			     "option costs least.");
}

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
		compose_note(&c, CM_INCOMPLETE, "Not computed: no input moves the cost of an option that can "
			     "be ranked.");
		return compose_end(&c);
	}
	if (method)
		compose_text(&c, "How the range of a total is found: %s.", method);
	tornados(&c, d);
	flips(&c, d);
	indifference(&c, d);
	return compose_end(&c);
}

const struct section section_sensitivity = {
	.abi = CM_REPORT_ABI, .name = "sensitivity", .title = "Sensitivity", .rank = 50, .emit = emit,
};
