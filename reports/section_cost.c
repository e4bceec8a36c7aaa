/*
 * Where the money goes: by kind of cost, by year, month by month, and over utilisation with the crossings
 * marked. Tables are complete; charts show the cheapest options where there are many. Knows no format.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compose.h"
#include "base/decision_view.h"

#define MOST_LINES 8   /* lines of a chart: more cannot be told apart */
#define MOST_KINDS 8   /* layers of a stack; the rest is one layer, and says so */

struct view {
	struct compose *c;
	const struct decision *d;
	const struct option_result *const *list; /* ranked: cheapest first */
	size_t n;
};

static double *doubles(struct compose *c, size_t n)
{
	return pool_alloc(&c->pool, (n + 1) * sizeof(double));
}

static void fewer(const struct view *v, size_t shown)
{
	if (v->n > shown)
		compose_text(v->c, "The chart shows the %zu cheapest of %zu options; the table shows all.",
			     shown, v->n);
}

/* A line through the points that have a value. */
static struct chart_series points(struct compose *c, const char *name, const double *x, double scale,
				  const double *y, size_t n)
{
	double *px = doubles(c, n), *py = doubles(c, n);
	size_t kept = 0;

	for (size_t k = 0; k < n; k++) {
		if (!isfinite(y[k]))
			continue;
		px[kept] = scale * x[k];
		py[kept++] = y[k];
	}
	return (struct chart_series){ .name = name, .x = px, .y = py, .n = kept };
}

/* ---- by kind of cost ----------------------------------------------------------------------------- */

struct kind { const char *label; double sum; };

static int widest(const void *a, const void *b)
{
	const struct kind *x = a, *y = b;

	if (x->sum != y->sum)
		return x->sum > y->sum ? -1 : 1;
	return strcmp(x->label, y->label);
}

/* Nothing to draw where there is neither; the table says why. */
static double pv_of(const struct cost_line *l)
{
	const double v = l->pv.missing ? l->total.value : l->pv.value;

	return isfinite(v) ? v : 0;
}

/* Labels of all cost lines over the options, the greatest in sum first. */
static size_t kinds_of(const struct view *v, struct kind **out)
{
	size_t n = 0, most = 0;

	for (size_t i = 0; i < v->n; i++)
		most += v->list[i]->nlines;
	struct kind *k = pool_alloc(&v->c->pool, (most + 1) * sizeof *k);
	for (size_t i = 0; i < v->n; i++)
		for (size_t j = 0; j < v->list[i]->nlines; j++) {
			const struct cost_line *l = &v->list[i]->lines[j];
			size_t at = 0;

			while (at < n && strcmp(k[at].label, l->label) != 0)
				at++;
			if (at == n)
				k[n++] = (struct kind){ l->label, 0 };
			k[at].sum += fabs(pv_of(l));
		}
	qsort(k, n, sizeof *k, widest);
	*out = k;
	return n;
}

static bool is_among(const struct kind *k, size_t n, const char *label)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(k[i].label, label))
			return true;
	return false;
}

static void kinds_chart(const struct view *v)
{
	struct compose *c = v->c;
	struct kind *k;
	const size_t kinds = kinds_of(v, &k), most = v->n < 20 ? v->n : 20;
	const size_t own = kinds > MOST_KINDS ? MOST_KINDS - 1 : kinds, layers = own + (kinds > own);
	struct chart_series *s = pool_alloc(&c->pool, (layers + 1) * sizeof *s);
	const char **label = pool_alloc(&c->pool, (most + 1) * sizeof *label);

	if (!kinds)
		return;
	for (size_t i = 0; i < most; i++)
		label[i] = v->list[i]->label;
	for (size_t a = 0; a < layers; a++) {
		double *y = doubles(c, most);

		for (size_t i = 0; i < most; i++)
			for (size_t j = 0; j < v->list[i]->nlines; j++) {
				const struct cost_line *l = &v->list[i]->lines[j];

				if (a < own ? !strcmp(l->label, k[a].label) : !is_among(k, own, l->label))
					y[i] += pv_of(l);
			}
		s[a] = (struct chart_series){ .name = a < own ? k[a].label : "all other costs", .y = y,
					      .n = most };
	}
	fewer(v, most);
	compose_chart(c, &(struct chart){
		.id = "cost-kinds-chart", .title = "What each option's money is spent on",
		.kind = CHART_STACK, .y_title = "option",
		.x_title = pool_printf(&c->pool, "present value, %s", v->d->currency),
		.categories = label, .ncategories = most, .series = s, .nseries = layers,
		.alt = pool_printf(&c->pool, "Stacked bars of %zu options: the present value of "
				   "each kind of cost. The greatest kind of all is "
				   "'%s'.", most, k[0].label),
	});
}

static void kinds_table(const struct view *v)
{
	struct compose *c = v->c;

	compose_table(c, "cost-lines", "Costs by kind, over the whole time");
	compose_column(c, "Option", "", 0, false);
	compose_column(c, "Kind of cost", "", 0, false);
	compose_column(c, "Present value", v->d->currency, 'l', true);
	compose_column(c, "Share of the option", "%", 0, true);
	compose_column(c, "As paid", v->d->currency, 'l', true);
	for (size_t i = 0; i < v->n; i++)
		for (size_t j = 0; j < v->list[i]->nlines; j++) {
			const struct cost_line *l = &v->list[i]->lines[j];
			const double all = v->list[i]->npv.value;

			compose_cell(c, v->list[i]->label, v->list[i]->name);
			compose_cell(c, l->label, l->name);
			compose_figure(c, l->pv);
			compose_figure(c, l->pv.missing || !(all > 0)
				? cm_figure_missing("%", "the option has no total to share")
				: cm_figure(100 * l->pv.value / all, "%",
					    compose_basis(l->pv.basis, v->list[i]->npv.basis)));
			compose_figure(c, l->total);
		}
	compose_table_end(c, c->cells > 5 * 24);
}

/* ---- by year ------------------------------------------------------------------------------------- */

static const char **year_names(struct compose *c, unsigned years)
{
	const char **name = pool_alloc(&c->pool, (years + 1) * sizeof *name);

	for (unsigned y = 0; y < years; y++)
		name[y] = pool_printf(&c->pool, "year %u", y + 1);
	return name;
}

static void years_chart(const struct view *v)
{
	struct compose *c = v->c;
	const struct option_result *o = v->list[0];
	struct chart_series *s = pool_alloc(&c->pool, (o->nlines + 1) * sizeof *s);
	size_t n = 0;

	for (size_t j = 0; j < o->nlines; j++) {
		double *y = doubles(c, v->d->years);

		if (!o->lines[j].by_year)
			continue;
		for (unsigned k = 0; k < v->d->years; k++) /* the table says what is missing */
			y[k] = isfinite(o->lines[j].by_year[k]) ? o->lines[j].by_year[k] : 0;
		s[n] = (struct chart_series){ .name = o->lines[j].label, .n = v->d->years, .y = y };
		n++;
	}
	if (!n)
		return;
	compose_chart(c, &(struct chart){
		.id = "cost-years-chart", .kind = CHART_STACK, .y_title = "year",
		.title = pool_printf(&c->pool, "%s, year by year", o->label),
		.x_title = pool_printf(&c->pool, "paid in the year, %s", v->d->currency),
		.categories = year_names(c, v->d->years), .ncategories = v->d->years, .series = s,
		.nseries = n,
		.alt = pool_printf(&c->pool, "Stacked bars: what is paid in each of %u years for "
				   "the cheapest option, by kind of cost, without "
				   "discounting.", v->d->years),
	});
}

static void years_table(const struct view *v)
{
	struct compose *c = v->c;
	const char **name = year_names(c, v->d->years);

	compose_table(c, "cost-years", "Costs as they are paid, year by year");
	compose_column(c, "Option", "", 0, false);
	compose_column(c, "Kind of cost", "", 0, false);
	for (unsigned y = 0; y < v->d->years; y++)
		compose_column(c, name[y], v->d->currency, 'l', true);
	for (size_t i = 0; i < v->n; i++)
		for (size_t j = 0; j < v->list[i]->nlines; j++) {
			const struct cost_line *l = &v->list[i]->lines[j];

			if (!l->by_year)
				continue;
			compose_cell(c, v->list[i]->label, v->list[i]->name);
			compose_cell(c, l->label, l->name);
			for (unsigned y = 0; y < v->d->years; y++)
				compose_figure(c, cm_figure(l->by_year[y], v->d->currency,
							    l->total.basis));
		}
	compose_table_end(c, true);
}

static void by_year(const struct view *v)
{
	compose_heading(v->c, "Year by year");
	compose_text(v->c, "What is paid in each year, before discounting. What is bought at the "
		     "start is in the first year.");
	years_chart(v);
	years_table(v);
}

/* Short: it stands in the chart; the sentence stands in its description. */
static const char *mark_text(struct compose *c, const struct break_even *b)
{
	return b ? pool_printf(&c->pool, "break-even: %.3g %s", b->at.value, b->at.unit) : NULL;
}

/* ---- cash, added up ------------------------------------------------------------------------------ */

static double *added(struct compose *c, const struct option_result *o, unsigned months)
{
	double *sum = doubles(c, months + 1), s = 0;

	for (unsigned m = 0; m <= months; m++)
		sum[m] = s += o->cash[m];
	return sum;
}

/* The month crossing of the cheapest and another, for the chart's mark. */
static const struct break_even *month_mark(const struct decision *d)
{
	for (size_t i = 0; i < d->nbreaks; i++) {
		const struct break_even *b = &d->breaks[i];

		if (!strcmp(b->kind, "month") && !b->at.missing &&
		    (!strcmp(b->a, d->cheapest) || !strcmp(b->b, d->cheapest)))
			return b;
	}
	return NULL;
}

static size_t cash_series(const struct view *v, struct chart_series *s, double **sum)
{
	double *month = doubles(v->c, v->d->months + 1);
	size_t n = 0;

	for (unsigned m = 0; m <= v->d->months; m++)
		month[m] = m;
	for (size_t i = 0; i < v->n; i++) {
		if (!v->list[i]->cash)
			continue;
		sum[i] = added(v->c, v->list[i], v->d->months);
		if (n < MOST_LINES)
			s[n++] = points(v->c, v->list[i]->label, month, 1, sum[i], v->d->months + 1);
	}
	return n;
}

/* Months shown: the start, the end and at most eight between. */
static size_t months_shown(struct compose *c, unsigned months, unsigned **out)
{
	static const unsigned steps[] = { 1, 2, 3, 6, 12, 24, 60, 120 };
	unsigned step = 120, *m = pool_alloc(&c->pool, (months + 2) * sizeof *m);
	size_t n = 0;

	for (size_t i = CM_COUNT(steps); i-- > 0;)
		if (steps[i] * 9 >= months)
			step = steps[i];
	for (unsigned at = 0; at < months; at += step)
		m[n++] = at;
	m[n++] = months;
	*out = m;
	return n;
}

static void cash_table(const struct view *v, double *const *sum)
{
	struct compose *c = v->c;
	unsigned *month;
	const size_t n = months_shown(c, v->d->months, &month);

	compose_table(c, "cash", "Paid so far, by month");
	compose_column(c, "Option", "", 0, false);
	for (size_t k = 0; k < n; k++)
		compose_column(c, pool_printf(&c->pool, "month %u", month[k]), v->d->currency, 'l', true);
	for (size_t i = 0; i < v->n; i++) {
		if (!sum[i])
			continue;
		compose_cell(c, v->list[i]->label, v->list[i]->name);
		for (size_t k = 0; k < n; k++)
			compose_figure(c, cm_figure(sum[i][month[k]], v->d->currency,
						    v->list[i]->total.basis));
	}
	compose_table_end(c, true);
}

static void cash(const struct view *v)
{
	struct compose *c = v->c;
	struct chart_series *s = pool_alloc(&c->pool, (v->n + 1) * sizeof *s);
	double **sum = pool_alloc(&c->pool, (v->n + 1) * sizeof *sum);
	const size_t n = cash_series(v, s, sum);
	const struct break_even *mark = month_mark(v->d);

	if (!n)
		return;
	compose_heading(c, "Month by month");
	compose_text(c, "All payments added up, before discounting. Where two lines cross, the option that "
		     "was paid first has paid off against the other.");
	fewer(v, n);
	compose_chart(c, &(struct chart){
		.id = "cash-chart", .title = "Paid so far", .kind = CHART_LINES, .x_title = "month",
		.y_title = pool_printf(&c->pool, "paid so far, %s", v->d->currency), .series = s,
		.nseries = n, .mark_text = mark_text(c, mark),
		.mark_x = mark ? mark->at.value : 0,
		.alt = pool_printf(&c->pool, "Lines of the payments of %zu options, added up over "
				   "%u months. %s", n, v->d->months, mark ? mark->sentence
				   : "No line of the cheapest option crosses another."),
	});
	cash_table(v, sum);
}

/* ---- over utilisation ---------------------------------------------------------------------------- */

static const struct break_even *use_mark(const struct decision *d)
{
	const struct break_even *b = decision_break(d);

	return b && !b->at.missing && !strcmp(b->kind, "utilisation") ? b : NULL;
}

static void use_table(const struct view *v)
{
	struct compose *c = v->c;
	const struct option_result *first = v->list[0];
	const size_t step = first->nuse > 5 ? first->nuse / 5 : 1;

	compose_table(c, "utilisation", "Present value of all costs over utilisation");
	compose_column(c, "Option", "", 0, false);
	for (size_t k = step - 1; k < first->nuse; k += step)
		compose_column(c, pool_printf(&c->pool, "at %.4g %%", 100 * first->use_level[k]),
			       v->d->currency, 'l', true);
	for (size_t i = 0; i < v->n; i++) {
		const struct option_result *o = v->list[i];

		if (o->nuse != first->nuse)
			continue;
		compose_cell(c, o->label, o->name);
		for (size_t k = step - 1; k < first->nuse; k += step)
			compose_figure(c, isfinite(o->use_cost[k])
				? cm_figure(o->use_cost[k], v->d->currency, o->npv.basis)
				: cm_figure_missing(v->d->currency, "the option cannot do this much"));
	}
	compose_table_end(c, false);
}

static void over_use(const struct view *v)
{
	struct compose *c = v->c;
	struct chart_series *s = pool_alloc(&c->pool, (MOST_LINES + 1) * sizeof *s);
	const struct break_even *mark = use_mark(v->d);
	size_t n = 0;

	compose_heading(c, "Build or buy: cost over utilisation");
	if (!v->list[0]->nuse) {
		compose_text(c, "Not computed: the options have no utilisation that could vary.");
		return;
	}
	for (size_t i = 0; i < v->n && n < MOST_LINES; i++) {
		const struct option_result *o = v->list[i];

		s[n] = points(c, o->label, o->use_level, 100, o->use_cost, o->nuse);
		n += s[n].n > 0;
	}
	compose_text(c, "What is bought costs the same when it stands idle; what is rented by the "
		     "hour does not. Read the line that lies lowest at the utilisation that you "
		     "expect%s.",
		     isfinite(v->list[0]->use)
		     ? pool_printf(&c->pool, "; the scenario expects %.3g %%", 100 * v->list[0]->use) : "");
	fewer(v, n);
	if (n)
		compose_chart(c, &(struct chart){
			.id = "utilisation-chart", .title = "Cost over utilisation", .kind = CHART_LINES,
			.x_title = "utilisation, %", .series = s, .nseries = n,
			.y_title = pool_printf(&c->pool, "present value, %s", v->d->currency),
			.mark_text = mark_text(c, mark), .mark_x = mark ? mark->at.value : 0,
			.alt = pool_printf(&c->pool, "Lines of the present value of %zu options over "
					   "utilisation. %s", n, mark ? mark->sentence
					   : "The cheapest option's line crosses no other."),
		});
	use_table(v);
}

static void breaks_table(const struct view *v)
{
	struct compose *c = v->c;

	compose_table(c, "break-even", "Where two options cost the same");
	compose_column(c, "Cheaper above", "", 0, false);
	compose_column(c, "Cheaper below", "", 0, false);
	compose_column(c, "Measured by", "", 0, false);
	compose_column(c, "At", "", 0, true);
	for (size_t i = 0; i < v->d->nbreaks; i++) {
		const struct break_even *b = &v->d->breaks[i];

		compose_cell(c, decision_label(v->d, b->a), "not named");
		compose_cell(c, decision_label(v->d, b->b), "not named");
		compose_cell(c, b->kind, "not named");
		compose_figure(c, b->at);
	}
	compose_table_end(c, v->d->nbreaks > 20);
}

/* What the scenario left open, and the program chose. */
static void choices(struct compose *c, const struct decision *d)
{
	if (!d->nchoices)
		return;
	compose_heading(c, "The cheapest that is enough");
	compose_text(c, "The scenario leaves these values open. Each was chosen so that the option "
		     "does the work at the least cost.");
	compose_table(c, "choices", "Values that were chosen");
	compose_column(c, "Option", "", 0, false);
	compose_column(c, "Input", "", 0, false);
	compose_column(c, "Chosen", "", 0, true);
	compose_column(c, "Cost", "", 'l', true);
	compose_column(c, "One step less costs more by", "", 0, true);
	compose_column(c, "One step more costs more by", "", 0, true);
	compose_column(c, "In words", "", 0, false);
	for (size_t i = 0; i < d->nchoices; i++) {
		const struct choice_result *x = &d->choices[i];
		const char *unit = x->cost.unit ? x->cost.unit : d->currency;

		compose_cell(c, decision_label(d, x->option), "not named");
		compose_cell(c, x->label, x->input);
		compose_figure(c, x->at);
		compose_figure(c, x->cost);
		compose_figure(c, isfinite(x->next_below) ? cm_figure(x->next_below, unit, x->cost.basis)
				: cm_figure_missing(unit, "it cannot do the work, or was not tried"));
		compose_figure(c, isfinite(x->next_above) ? cm_figure(x->next_above, unit, x->cost.basis)
				: cm_figure_missing(unit, "it cannot do the work, or was not tried"));
		compose_cell(c, x->sentence, "no sentence");
	}
	compose_table_end(c, d->nchoices > 20);
	for (size_t i = 0; i < d->nchoices; i++)
		if (d->choices[i].edge)
			compose_note(c, CM_ESTIMATE, "'%s' of '%s' is best at an end of the range "
				     "that was tried: a wider range may be "
				     "better.", d->choices[i].label,
				     decision_label(d, d->choices[i].option));
}

static enum cm_status emit(const struct report_data *r, block_sink sink, void *state, struct cm_err *err)
{
	struct compose c = compose_begin(sink, state, err);
	struct view v = { .c = &c, .d = r->decision };

	v.n = decision_ranked(v.d, &c.pool, &v.list);
	if (!v.n) {
		compose_note(&c, CM_INCOMPLETE, "No costs to show: no option has a total cost.");
		return compose_end(&c);
	}
	compose_text(&c, "Present value is what a payment is worth today: later money weighs less, "
		     "by the cost of capital. All options do the same work over %u months. "
		     "`costmark explain` with the scenario and the name of a figure derives it, "
		     "down to the rows of the price tables.", v.d->months);
	kinds_chart(&v);
	kinds_table(&v);
	by_year(&v);
	cash(&v);
	over_use(&v);
	compose_heading(&c, "Break-even points");
	if (!v.d->nbreaks)
		compose_text(&c, "No two options could be crossed.");
	breaks_table(&v);
	choices(&c, v.d);
	return compose_end(&c);
}

const struct section section_cost = {
	.abi = CM_REPORT_ABI, .name = "cost", .title = "Cost", .rank = 40, .emit = emit,
};
