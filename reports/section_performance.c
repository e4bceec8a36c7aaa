/*
 * What the machine did: each kernel on each device, its median and interval, its share of the roof, and
 * whether the result was right. Rows are sorted by kernel and rate, never by vendor; portable and tuned
 * rows stand apart and only ratios are averaged.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compose.h"

#define MOST_BARS 24
#define FEWEST_PAIRS 6 /* of rows that two devices share, below which no mean is given */

struct list { const struct result_row **row; size_t n; };

static int by_text(const char *a, const char *b) { return strcmp(a, b); }

/* The same work: kernel, operation, type and size. */
static int by_cell(const struct result_row *x, const struct result_row *y)
{
	int o = by_text(x->kernel, y->kernel);

	o = o ? o : by_text(x->op, y->op);
	o = o ? o : by_text(x->type, y->type);
	return o ? o : (x->size > y->size) - (x->size < y->size);
}

/* Better rows first where they can be compared; then names, so that the order is total. */
static int by_kernel(const void *a, const void *b)
{
	const struct result_row *x = *(const struct result_row *const *)a,
				*y = *(const struct result_row *const *)b;
	int o = by_cell(x, y);

	if (!o && !x->rate.missing && !y->rate.missing && x->rate.value != y->rate.value)
		o = (x->rate.value < y->rate.value) == x->higher_is_better ? 1 : -1;
	o = o ? o : !!x->rate.missing - !!y->rate.missing;
	o = o ? o : by_text(x->backend, y->backend);
	o = o ? o : by_text(x->device, y->device);
	o = o ? o : by_text(x->variant, y->variant);
	o = o ? o : by_text(x->tuned_by, y->tuned_by);
	o = o ? o : by_text(x->run_id, y->run_id);
	return o ? o : (x > y) - (x < y);
}

static bool is_tuned(const struct result_row *r)
{
	return !strcmp(r->variant, "tuned");
}

static struct list sorted(struct compose *c, const struct report_data *r, bool tuned)
{
	struct list l = { pool_alloc(&c->pool, (r->nrows + 1) * sizeof(void *)), 0 };

	for (size_t i = 0; i < r->nrows; i++)
		if (is_tuned(&r->rows[i]) == tuned)
			l.row[l.n++] = &r->rows[i];
	qsort(l.row, l.n, sizeof(void *), by_kernel);
	return l;
}

static const char *what(struct compose *c, const struct result_row *r)
{
	return pool_printf(&c->pool, "%s%s%s", r->kernel, *r->op ? " " : "", r->op);
}

static const char *verdict_of(const struct result_row *r)
{
	if (r->rate.missing)
		return r->status;
	if (!r->verified)
		return "not verified";
	return r->trusted ? "verified" : "verified, not trusted";
}

static void rows_table(struct compose *c, const char *id, const char *title, const struct list *l,
		       bool tuned)
{
	compose_table(c, id, title);
	compose_column(c, "Kernel", "", 0, false);
	compose_column(c, "Type", "", 0, false);
	compose_column(c, "Size", "", 0, true);
	compose_column(c, "Device", "", 0, false);
	compose_column(c, "Interface", "", 0, false);
	if (tuned)
		compose_column(c, "Tuned by", "", 0, false);
	compose_column(c, "Median rate", "", 0, true);
	compose_column(c, "Better is", "", 0, false);
	compose_column(c, "Share of the roof", "", 'h', true);
	compose_column(c, "The roof", "", 0, false);
	compose_column(c, "Launches, samples", "", 0, true);
	compose_column(c, "Result", "", 0, false);
	for (size_t i = 0; i < l->n; i++) {
		const struct result_row *r = l->row[i];

		compose_cell(c, what(c, r), "?");
		compose_cell(c, r->type, "none");
		compose_cellf(c, "%zu %s", r->size, r->size_unit);
		compose_cell(c, r->device, "not named");
		compose_cell(c, r->backend, "not named");
		if (tuned)
			compose_cell(c, r->tuned_by, "not named");
		compose_figure(c, r->rate);
		compose_cell(c, r->higher_is_better ? "higher" : "lower", "");
		compose_figure(c, r->roofline_share);
		compose_cell(c, r->roof, "none: see the share's reason");
		compose_cellf(c, "%u, %u", r->launches, r->samples);
		compose_cell(c, verdict_of(r), "not known");
	}
	compose_table_end(c, l->n > 40);
}

/* ---- the share of the roof, as bars -------------------------------------------------------------- */

static void roof_chart(struct compose *c, const char *id, const struct list *l)
{
	const char **label = pool_alloc(&c->pool, (l->n + 1) * sizeof *label);
	double *y = pool_alloc(&c->pool, 3 * (l->n + 1) * sizeof *y), *lo = y + l->n + 1,
	       *hi = lo + l->n + 1;
	size_t n = 0;

	for (size_t i = 0; i < l->n && n < MOST_BARS; i++) {
		const struct result_row *r = l->row[i];

		if (r->roofline_share.missing)
			continue;
		label[n] = pool_printf(&c->pool, "%s %s %zu, %s", what(c, r), r->type, r->size, r->backend);
		y[n] = 100 * r->roofline_share.value;
		lo[n] = 100 * r->roofline_share.lo;
		hi[n++] = 100 * r->roofline_share.hi;
	}
	if (!n)
		return;
	const struct chart_series series = { .name = "Share of the roof", .y = y, .lo = lo, .hi = hi,
					     .n = n };
	const struct chart chart = {
		.id = id, .title = "How much of the device each kernel uses", .kind = CHART_BARS,
		.y_title = "kernel, type, size, interface", .x_title = "% of the measured roof",
		.categories = label, .ncategories = n, .series = &series, .nseries = 1,
		.alt = pool_printf(&c->pool, "Bars of the share of the measured roof of %zu "
				   "kernels; 100 %% is what the device did at its best in the same "
				   "run.", n),
	};
	compose_chart(c, &chart);
}

/* ---- tuned beside portable ----------------------------------------------------------------------- */

static bool same_place(const struct result_row *a, const struct result_row *b)
{
	return !by_cell(a, b) && !strcmp(a->backend, b->backend) && !strcmp(a->device, b->device);
}

/* Speed of a over speed of b, with the interval of both: independent, in the logarithm. */
static struct figure speed_ratio(const struct result_row *a, const struct result_row *b)
{
	const double up = a->higher_is_better ? 1 : -1;
	const double q = pow(a->rate.value / b->rate.value, up);
	const double wa = (a->rate.hi - a->rate.lo) / 2 / a->rate.value,
		     wb = (b->rate.hi - b->rate.lo) / 2 / b->rate.value, w = exp(sqrt(wa * wa + wb * wb));

	return cm_figure_range(q, q / w, q * w, "", a->launches < b->launches ? a->launches : b->launches,
			       compose_basis(a->basis, b->basis));
}

static bool usable(const struct result_row *r)
{
	return !r->rate.missing && r->rate.value > 0 && r->verified;
}

static void tuned_table(struct compose *c, const struct list *portable, const struct list *tuned)
{
	compose_table(c, "tuned-ratio", "What the vendors' own libraries are worth");
	compose_column(c, "Kernel", "", 0, false);
	compose_column(c, "Type", "", 0, false);
	compose_column(c, "Size", "", 0, true);
	compose_column(c, "Device", "", 0, false);
	compose_column(c, "Tuned by", "", 0, false);
	compose_column(c, "Speed over portable", "", 'h', true);
	for (size_t i = 0; i < tuned->n; i++) {
		const struct result_row *t = tuned->row[i], *p = NULL;

		for (size_t k = 0; k < portable->n && !p; k++)
			if (same_place(t, portable->row[k]) && usable(portable->row[k]))
				p = portable->row[k];
		compose_cell(c, what(c, t), "?");
		compose_cell(c, t->type, "none");
		compose_cellf(c, "%zu %s", t->size, t->size_unit);
		compose_cell(c, t->device, "not named");
		compose_cell(c, t->tuned_by, "not named");
		compose_figure(c, !usable(t) ? cm_figure_missing("", "the tuned row has no verified rate")
				: !p ? cm_figure_missing("", "no verified portable row of this work")
				: speed_ratio(t, p));
	}
	compose_table_end(c, false);
}

static void tuned_part(struct compose *c, const struct list *portable, const struct list *tuned)
{
	compose_heading(c, "Tuned by the vendors");
	if (!tuned->n) {
		compose_text(c, "No library of a vendor was measured. What is here and what is missing is "
			     "listed under Systems.");
		return;
	}
	compose_text(c, "The same work done by each vendor's own library. Portable and tuned rows "
		     "are never mixed: the first compare hardware at equal effort, the second show "
		     "what a vendor's software adds.");
	rows_table(c, "tuned-rows", "Tuned rows", tuned, true);
	tuned_table(c, portable, tuned);
}

/* ---- devices beside each other ------------------------------------------------------------------- */

static size_t places(struct compose *c, const struct list *l, const struct result_row ***out)
{
	const struct result_row **p = pool_alloc(&c->pool, (l->n + 1) * sizeof(void *));
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		size_t k = 0;

		while (k < n && (strcmp(p[k]->backend, l->row[i]->backend) != 0 ||
				 strcmp(p[k]->device, l->row[i]->device) != 0))
			k++;
		if (k == n)
			p[n++] = l->row[i];
	}
	*out = p;
	return n;
}

static bool at(const struct result_row *r, const struct result_row *place)
{
	return !strcmp(r->backend, place->backend) && !strcmp(r->device, place->device);
}

/* Geometric mean of the speed ratios over the work that both have done. */
static struct figure mean_ratio(struct compose *c, const struct list *l, const struct result_row *a,
				const struct result_row *b, size_t *pairs)
{
	enum cm_basis basis = CM_DERIVED;
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct result_row *x = l->row[i], *y = NULL;

		if (!at(x, a) || !usable(x))
			continue;
		for (size_t k = 0; k < l->n && !y; k++)
			if (at(l->row[k], b) && !by_cell(x, l->row[k]) && usable(l->row[k]))
				y = l->row[k];
		if (!y)
			continue;
		sum += log(x->rate.value / y->rate.value) * (x->higher_is_better ? 1 : -1);
		basis = compose_basis(basis, compose_basis(x->basis, y->basis));
		n++;
	}
	*pairs = n;
	if (n < FEWEST_PAIRS)
		return cm_figure_missing("", pool_printf(&c->pool, "%zu kernels are verified on both, at "
							 "least %d are needed", n, FEWEST_PAIRS));
	return cm_figure(exp(sum / (double)n), "", basis);
}

static void devices_table(struct compose *c, const struct list *l)
{
	const struct result_row **p;
	const size_t n = places(c, l, &p);

	if (n < 2)
		return;
	compose_heading(c, "Devices beside each other");
	compose_text(c, "Over all work that both devices have done: the geometric mean of the ratios of "
		     "their speeds. Rates themselves are never averaged, since they have different units.");
	compose_table(c, "device-ratios", "Speed of one device over another");
	compose_column(c, "Device", "", 0, false);
	compose_column(c, "Over", "", 0, false);
	compose_column(c, "Mean of speed ratios", "", 'h', true);
	compose_column(c, "Kernels compared", "", 0, true);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) {
			size_t pairs;
			const struct figure f = mean_ratio(c, l, p[i], p[k], &pairs);

			compose_cellf(c, "%s (%s)", p[i]->device, p[i]->backend);
			compose_cellf(c, "%s (%s)", p[k]->device, p[k]->backend);
			compose_figure(c, f);
			compose_cellf(c, "%zu", pairs);
		}
	compose_table_end(c, false);
}

/* ---- a fleet in units of one device ---------------------------------------------------------------- */

static void equivalents(struct compose *c, const struct decision *d)
{
	if (!d->nequivalents)
		return;
	compose_heading(c, "The fleet in units of one device");
	compose_text(c, "How many of '%s' each device is worth, by workload. Over all workloads it is the "
		     "geometric mean of the ratios.", d->equivalent_unit && *d->equivalent_unit
		     ? d->equivalent_unit : "the unit device");
	compose_table(c, "equivalents", "Device equivalents");
	compose_column(c, "Workload", "", 0, false);
	compose_column(c, "Device", "", 0, false);
	compose_column(c, "Count", "", 0, true);
	compose_column(c, "Rate of one", "", 'h', true);
	compose_column(c, "One is worth", "", 'h', true);
	compose_column(c, "All are worth", "", 'h', true);
	for (size_t i = 0; i < d->nequivalents; i++) {
		const struct equivalent *e = &d->equivalents[i];

		compose_cell(c, e->workload, "all workloads");
		compose_cell(c, e->label && *e->label ? e->label : e->device, "the whole fleet");
		compose_cellf(c, "%.6g", e->count);
		compose_figure(c, e->rate);
		compose_figure(c, e->each);
		compose_figure(c, e->units);
	}
	compose_table_end(c, d->nequivalents > 30);
}

static void measured(struct compose *c, const struct report_data *r)
{
	const struct list portable = sorted(c, r, false), tuned = sorted(c, r, true);

	compose_text(c, "Each row is one piece of work on one device: the median over several fresh starts "
		     "of the program, with the range in which it lies with 95 %% confidence. The share of "
		     "the roof says how much of what the device can do at its best was used.");
	compose_heading(c, "Portable: one source, every device");
	if (!portable.n)
		compose_text(c, "No portable row was measured.");
	roof_chart(c, "roof-chart", &portable);
	rows_table(c, "portable-rows", "Portable rows", &portable, false);
	tuned_part(c, &portable, &tuned);
	devices_table(c, &portable);
}

static enum cm_status emit(const struct report_data *r, block_sink sink, void *state, struct cm_err *err)
{
	struct compose c = compose_begin(sink, state, err);

	if (r->nrows)
		measured(&c, r);
	else
		compose_note(&c, CM_INCOMPLETE, "Not measured: the result store holds no rows. Run "
			     "`costmark run` on the machine in question, then write this report "
			     "again.");
	equivalents(&c, r->decision);
	return compose_end(&c);
}

const struct section section_performance = {
	.abi = CM_REPORT_ABI, .name = "performance", .title = "Performance", .rank = 60, .emit = emit,
};
