/*
 * The first page: the question, the answer in one sentence with its condition, three figures, how far it
 * can be trusted, and all options side by side. It stands alone and knows no format.
 */
#include <math.h>
#include <string.h>

#include "base/compose.h"
#include "base/decision_view.h"

#define MOST_BARS 20

/* A format puts the stamp's word before a note. */
static void reasons(struct compose *c, const struct decision *d)
{
	for (size_t i = 0; i < d->nstamp_why; i++)
		compose_note(c, d->stamp, "%s.", d->stamp_why[i]);
}

static void status(struct compose *c, const struct decision *d)
{
	compose_fact(c, "Status", pool_printf(&c->pool, "%s: %s", cm_stamp_word(d->stamp),
					      decision_stamp_says(d->stamp)), "");
	compose_facts_end(c);
}

static void headline(struct compose *c, const struct decision *d)
{
	const struct option_result *best = decision_cheapest(d);
	const struct break_even *b = decision_break(d);

	if (!best) {
		compose_fact(c, "Costs least", NULL, "no option can be named");
		status(c, d);
		return;
	}
	compose_fact(c, "Costs least", best->label, best->name);
	compose_fact_figure(c, pool_printf(&c->pool, "All its costs over %u months, as money of today",
					   d->months), best->npv);
	compose_fact_figure(c, pool_printf(&c->pool, "Its cost per %s", d->unit_of_work && *d->unit_of_work
					   ? d->unit_of_work : "unit of work"), best->cost_per_unit);
	if (b)
		compose_fact_figure(c, !strcmp(b->kind, "month") ? "Break-even month"
							       : "Break-even utilisation", b->at);
	else
		compose_fact(c, "Break-even", NULL, "there is no other option to break even with");
	status(c, d);
	if (b && !b->at.missing)
		compose_text(c, "Break-even: %s.", b->sentence);
}

/* The ranking of two options whose intervals overlap is not certain. */
static void overlap(struct compose *c, const struct decision *d, const struct option_result *const *list,
		    size_t n)
{
	if (n < 2 || d->uncertainty) /* drawn together, the question has a better answer */
		return;
	if (list[0]->npv.hi >= list[1]->npv.lo && list[0]->npv.lo < list[0]->npv.hi)
		compose_note(c, CM_ESTIMATE, "The ranges of '%s' and '%s' overlap. Inputs that both share "
			     "move both, so the ranking is firmer than the ranges alone suggest; what "
			     "would turn it round is listed under Sensitivity.", list[0]->label,
			     list[1]->label);
}

static void npv_chart(struct compose *c, const struct decision *d,
		      const struct option_result *const *list, size_t n)
{
	const char **label = pool_alloc(&c->pool, (n + 1) * sizeof *label);
	double *y = pool_alloc(&c->pool, 3 * (n + 1) * sizeof *y), *lo = y + n + 1, *hi = lo + n + 1;

	if (n < 1)
		return;
	n = n < MOST_BARS ? n : MOST_BARS;
	for (size_t i = 0; i < n; i++) {
		const struct figure *f = &list[i]->npv;
		const bool sound = f->lo <= f->value && f->value <= f->hi;

		label[i] = list[i]->label;
		y[i] = f->value;
		lo[i] = sound ? f->lo : f->value;
		hi[i] = sound ? f->hi : f->value;
	}
	const struct chart_series series = { .name = "Present value of all costs", .y = y, .lo = lo,
					     .hi = hi, .n = n };
	const struct chart chart = {
		.id = "npv-chart", .title = "What each option costs in all", .kind = CHART_BARS,
		.x_title = pool_printf(&c->pool, "present value, %s", d->currency),
		.y_title = "option", .categories = label, .ncategories = n, .series = &series, .nseries = 1,
		.alt = pool_printf(&c->pool, "Bars of the present value of all costs of %zu options, the "
				   "cheapest first; whiskers show the range that the inputs' own ranges "
				   "give.", n),
	};
	compose_chart(c, &chart);
}

/* Cost beside the cheapest: a ratio, 1 = as cheap. */
static struct figure ratio(const struct option_result *o, const struct option_result *best)
{
	if (o->excluded)
		return cm_figure_missing("", o->excluded_why);
	if (o->npv.missing)
		return cm_figure_missing("", o->npv.missing);
	if (!best || !(best->npv.value > 0))
		return cm_figure_missing("", "no cheapest option to compare with");
	return cm_figure(o->npv.value / best->npv.value, "",
			 compose_basis(o->npv.basis, best->npv.basis));
}

static void options_table(struct compose *c, const struct decision *d)
{
	const struct option_result *best = decision_cheapest(d);

	compose_table(c, "options", "All options, cheapest first");
	compose_column(c, "Option", "", 0, false);
	compose_column(c, "Way", "", 0, false);
	compose_column(c, "Present value", d->currency, 'l', true);
	compose_column(c, "Times the cheapest", "", 'l', true);
	for (size_t i = 0; i < d->noptions; i++) {
		const struct option_result *o = &d->options[i];

		compose_cell(c, o->label, o->name);
		compose_cell(c, o->kind, "not stated");
		compose_figure(c, o->excluded ? cm_figure_missing(d->currency, o->excluded_why) : o->npv);
		compose_figure(c, ratio(o, best));
	}
	compose_table_end(c, false);
}

/* A unit that all cells of a column share stands in its head. */
static const char *shared_unit(const struct decision *d, bool monthly)
{
	const char *unit = NULL;

	for (size_t i = 0; i < d->noptions; i++) {
		const struct option_result *o = &d->options[i];
		const struct figure *f = monthly ? &o->opex_month : &o->cost_per_unit;

		if (f->missing || !f->unit)
			continue;
		if (unit && strcmp(unit, f->unit) != 0)
			return "";
		unit = f->unit;
	}
	return unit ? unit : "";
}

static void payments_table(struct compose *c, const struct decision *d)
{
	compose_table(c, "payments", "What is paid, and when");
	compose_column(c, "Option", "", 0, false);
	compose_column(c, "Cost per unit of work", shared_unit(d, false), 'l', true);
	compose_column(c, "At the start", d->currency, 'l', true);
	compose_column(c, "A month", shared_unit(d, true), 'l', true);
	for (size_t i = 0; i < d->noptions; i++) {
		const struct option_result *o = &d->options[i];

		compose_cell(c, o->label, o->name);
		compose_figure(c, o->cost_per_unit);
		compose_figure(c, o->capex);
		compose_figure(c, o->opex_month);
	}
	compose_table_end(c, false);
}

/* How often it wins when all that is uncertain varies at once. */
static void chance(struct compose *c, const struct decision *d)
{
	const struct uncertainty *u = d->uncertainty;

	for (size_t i = 0; u && i < u->noptions; i++)
		if (!strcmp(u->options[i].option, d->cheapest) && isfinite(u->options[i].cheapest))
			compose_text(c, "With all %zu uncertain inputs drawn at once, %zu times, "
				     "'%s' costs least in %.3g %% of the "
				     "draws.", u->inputs, u->samples,
				     decision_label(d, d->cheapest), 100 * u->options[i].cheapest);
}

static enum cm_status emit(const struct report_data *r, block_sink sink, void *state, struct cm_err *err)
{
	struct compose c = compose_begin(sink, state, err);
	const struct decision *d = r->decision;
	const struct option_result *const *list;
	const size_t n = decision_ranked(d, &c.pool, &list);

	compose_text(&c, "%s.", d->sentence); /* first: formats set the first text of a report large */
	if (d->question && *d->question)
		compose_text(&c, "That answers the question: %s", d->question);
	headline(&c, d);
	reasons(&c, d);
	chance(&c, d);
	overlap(&c, d, list, n);
	if (!r->nrows)
		compose_note(&c, CM_ESTIMATE, "Nothing was measured for this report: rates and power come "
			     "from published results and data sheets. `costmark run` measures a machine; "
			     "the next report then shows it.");
	npv_chart(&c, d, list, n);
	options_table(&c, d);
	payments_table(&c, d);
	return compose_end(&c);
}

const struct section section_verdict = {
	.abi = CM_REPORT_ABI, .name = "verdict", .title = "Verdict", .rank = 10, .emit = emit,
};
