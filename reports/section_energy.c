/*
 * What the work drew: joules per unit of work and watts while it ran, each with its meter, its scope and
 * what the meter does not see. Figures of different scopes stand in different rows and are never added.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cap_curve.h"
#include "base/compose.h"

#define MOST_BARS 24
#define MOST_LINES 8

/* Names only: joules of different work have different units. */
static int by_name(const void *a, const void *b)
{
	const struct result_row *x = *(const struct result_row *const *)a,
				*y = *(const struct result_row *const *)b;
	const char *const p[] = { x->kernel, x->op, x->type, x->backend,
				  x->device, x->variant, x->tuned_by };
	const char *const q[] = { y->kernel, y->op, y->type, y->backend,
				  y->device, y->variant, y->tuned_by };

	for (size_t i = 0; i < CM_COUNT(p); i++)
		if (strcmp(p[i], q[i]) != 0)
			return strcmp(p[i], q[i]);
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return (x > y) - (x < y);
}

/* As the windows saw it; of rows made elsewhere, joules of an iteration over its time. */
static struct figure watts(const struct result_row *r)
{
	if (!r->joules.missing && r->energy.watts.unit && !r->energy.watts.missing)
		return r->energy.watts;
	const double w = r->joules.missing ? NAN : r->work / (r->time_ns * 1e-9);

	if (r->joules.missing)
		return cm_figure_missing("W", r->joules.missing);
	if (!isfinite(w))
		return cm_figure_missing("W", "the time of one iteration is not known");
	return cm_figure_range(r->joules.value * w, r->joules.lo * w, r->joules.hi * w, "W", r->joules.n,
			       compose_basis(r->joules.basis, r->basis));
}

/* Rows made elsewhere than by a run have none of what stands beside the joules. */
static struct figure beside(struct figure f, const char *unit)
{
	return f.unit ? f : cm_figure_missing(unit, "not measured with this row");
}

/* ", at most 250 W" of a row of a sweep of power caps: such rows differ in nothing else. */
static const char *cap_words(struct compose *c, const struct result_row *r)
{
	const double w = cap_of_tunables(r->tunables);

	return isnan(w) ? "" : pool_printf(&c->pool, ", at most %.6g W", w);
}

static const char *row_name(struct compose *c, const struct result_row *r)
{
	return pool_printf(&c->pool, "%s %s %zu, %s %s%s", r->kernel, r->type, r->size, r->backend,
			   r->tuned_by && *r->tuned_by ? r->tuned_by : r->variant, cap_words(c, r));
}

static void energy_table(struct compose *c, const struct result_row *const *list, size_t n)
{
	compose_table(c, "energy", "Energy of each measured row");
	compose_column(c, "Kernel", "", 0, false);
	compose_column(c, "Type", "", 0, false);
	compose_column(c, "Size", "", 0, true);
	compose_column(c, "Device", "", 0, false);
	compose_column(c, "Interface", "", 0, false);
	compose_column(c, "Variant", "", 0, false);
	compose_column(c, "Energy per unit of work", "", 'l', true);
	compose_column(c, "Power while it ran", "W", 'l', true);
	compose_column(c, "What the meter covers, and its name", "", 0, false);
	compose_column(c, "Without idle", "", 'l', true);
	compose_column(c, "Idle before", "W", 0, true);
	compose_column(c, "Idle after", "W", 0, true);
	for (size_t i = 0; i < n; i++) {
		const struct result_row *r = list[i];

		compose_cellf(c, "%s%s%s", r->kernel, *r->op ? " " : "", r->op);
		compose_cell(c, r->type, "none");
		compose_cellf(c, "%zu %s", r->size, r->size_unit);
		compose_cell(c, r->device, "not named");
		compose_cell(c, r->backend, "not named");
		compose_cell(c, r->tuned_by && *r->tuned_by ? r->tuned_by : r->variant, "portable");
		compose_figure(c, r->joules);
		compose_figure(c, watts(r));
		compose_cell(c, r->joules_scope, "no meter saw it");
		compose_figure(c, beside(r->energy.net, "J"));
		compose_figure(c, beside(r->energy.idle_before, "W"));
		compose_figure(c, beside(r->energy.idle_after, "W"));
	}
	compose_table_end(c, n > 40);
}

/* Under what conditions each figure holds: another limit, a hot card or a cold start is another figure. */
static void conditions_table(struct compose *c, const struct result_row *const *list, size_t n)
{
	compose_table(c, "energy-conditions", "Conditions under which each energy figure holds");
	compose_column(c, "Row", "", 0, false);
	compose_column(c, "Windows, and whether they agree", "", 0, false);
	compose_column(c, "Power limits in force", "", 0, false);
	compose_column(c, "Held back", "", 0, false);
	compose_column(c, "Steady state", "", 0, false);
	compose_column(c, "Cooling down between launches", "", 0, false);
	compose_column(c, "Notes of the meters", "", 0, false);
	for (size_t i = 0; i < n; i++) {
		const struct result_row *r = list[i];

		if (r->joules.missing || !r->energy.stop)
			continue;
		compose_cell(c, row_name(c, r), "");
		compose_cell(c, r->energy.stop, "not known");
		compose_cell(c, r->energy.limits, "not known");
		compose_cell(c, r->energy.held, "not known");
		compose_cell(c, r->energy.steady, "not watched");
		compose_cell(c, r->energy.cooling, "not known");
		compose_cell(c, r->energy.note, "");
	}
	compose_table_end(c, n > 20);
}

static void power_chart(struct compose *c, const struct result_row *const *list, size_t rows)
{
	const char **label = pool_alloc(&c->pool, (MOST_BARS + 1) * sizeof *label);
	double *y = pool_alloc(&c->pool, 3 * MOST_BARS * sizeof *y), *lo = y + MOST_BARS,
	       *hi = lo + MOST_BARS;
	size_t n = 0;

	for (size_t i = 0; i < rows && n < MOST_BARS; i++) {
		const struct figure w = watts(list[i]);

		if (w.missing)
			continue;
		label[n] = pool_printf(&c->pool, "%s %s %zu, %s%s (%s)", list[i]->kernel,
				       list[i]->type, list[i]->size, list[i]->backend,
				       cap_words(c, list[i]), list[i]->joules_scope);
		y[n] = w.value;
		lo[n] = w.lo;
		hi[n++] = w.hi;
	}
	if (!n)
		return;
	const struct chart_series s = { .name = "Power while it ran", .y = y, .lo = lo, .hi = hi, .n = n };

	compose_chart(c, &(struct chart){
		.id = "power-chart", .title = "Power while each kernel ran", .kind = CHART_BARS,
		.y_title = "kernel, type, size, interface (scope, meter)", .x_title = "W",
		.categories = label, .ncategories = n, .series = &s, .nseries = 1,
		.alt = pool_printf(&c->pool, "Bars of the power of %zu kernels, each with the scope of its "
				   "meter: bars of different scopes do not compare.", n),
	});
}

static void over_time_table(struct compose *c, const struct result_row *const *list, size_t n)
{
	compose_table(c, "power-over-time", "Power over time of the longest watched launch of each row");
	compose_column(c, "Row", "", 0, false);
	compose_column(c, "Watched", "s", 0, true);
	compose_column(c, "Least", "W", 0, true);
	compose_column(c, "Most", "W", 0, true);
	compose_column(c, "Last", "W", 0, true);
	compose_column(c, "Basis", "", 0, false);
	for (size_t i = 0; i < n; i++) {
		const struct result_row *r = list[i];
		double least = INFINITY, most = -INFINITY;

		for (size_t k = 0; k < r->power_n; k++) {
			least = fmin(least, r->power_w[k]);
			most = fmax(most, r->power_w[k]);
		}
		compose_cell(c, row_name(c, r), "");
		compose_cellf(c, "%.3g", r->power_s[r->power_n - 1]);
		compose_cellf(c, "%.4g", least);
		compose_cellf(c, "%.4g", most);
		compose_cellf(c, "%.4g", r->power_w[r->power_n - 1]);
		compose_cell(c, cm_basis_word(r->joules.basis), "");
	}
	compose_table_end(c, n > 20);
}

/* Watts while the work ran: a line a row, of the rows that were watched longest. */
static void power_over_time(struct compose *c, const struct result_row *const *all, size_t rows)
{
	const struct result_row **list = pool_alloc(&c->pool, (rows + 1) * sizeof *list);
	struct chart_series s[MOST_LINES];
	size_t n = 0, lines = 0;

	for (size_t i = 0; i < rows; i++)
		if (all[i]->power_n && !all[i]->joules.missing)
			list[n++] = all[i];
	for (size_t i = 0; i < n && lines < MOST_LINES; i++)
		if (list[i]->power_n > 2)
			s[lines++] = (struct chart_series){ .name = row_name(c, list[i]),
							    .x = list[i]->power_s,
							    .y = list[i]->power_w,
							    .n = list[i]->power_n };
	if (!n)
		return;
	compose_heading(c, "Power over time");
	if (lines)
		compose_chart(
			c, &(struct chart){
				   .id = "power-over-time-chart",
				   .title = "Power while the work ran",
				   .kind = CHART_LINES,
				   .x_title = "s after the start of the window",
				   .y_title = "W",
				   .series = s,
				   .nseries = lines,
				   .alt = pool_printf(
					   &c->pool,
					   "Lines of the power of %zu rows over the seconds of their "
					   "windows. Each point is a mean since the one before.",
					   lines),
			   });
	over_time_table(c, list, n);
}

/* Watts over load, a line a row. Levels come from the full load down. */
static void levels_chart(struct compose *c, const struct result_row *const *list, size_t rows)
{
	struct chart_series s[MOST_LINES];
	size_t lines = 0;

	for (size_t i = 0; i < rows && lines < MOST_LINES; i++) {
		const size_t n = list[i]->levels;
		double *x = pool_alloc(&c->pool, (4 * n + 1) * sizeof *x), *y = x + n, *lo = y + n,
		       *hi = lo + n;
		size_t used = 0;

		for (size_t k = n; k-- > 0;) {
			const struct load_level *l = &list[i]->level[k];

			if (l->watts.missing)
				continue;
			x[used] = 100 * l->load;
			y[used] = l->watts.value;
			lo[used] = l->watts.lo;
			hi[used++] = l->watts.hi;
		}
		if (used > 1)
			s[lines++] = (struct chart_series){ .name = row_name(c, list[i]), .x = x, .y = y,
							    .lo = lo, .hi = hi, .n = used };
	}
	if (lines)
		compose_chart(c, &(struct chart){
			.id = "load-levels-chart", .title = "Power over load", .kind = CHART_LINES,
			.x_title = "load, %", .y_title = "W", .series = s, .nseries = lines,
			.alt = pool_printf(&c->pool, "Lines of the power of %zu rows from active idle to the "
					   "full load.", lines),
		});
}

/* What a part of the load draws, where `costmark run --load-levels` held it. */
static void load_levels(struct compose *c, const struct result_row *const *list, size_t rows)
{
	size_t n = 0;

	for (size_t i = 0; i < rows; i++)
		n += list[i]->levels;
	if (!n)
		return;
	compose_heading(c, "Power at parts of the load");
	compose_text(c,
		     "The same work in bursts with random gaps, from the full rate down to a tenth of "
		     "it, and "
		     "active idle, as SPECpower does: what a machine that is not always busy draws.");
	levels_chart(c, list, rows);
	compose_table(c, "load-levels", "Power at parts of the load");
	compose_column(c, "Row", "", 0, false);
	compose_column(c, "Load", "%", 0, true);
	compose_column(c, "Work a second", "1/s", 0, true);
	compose_column(c, "Power", "W", 'l', true);
	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < list[i]->levels; k++) {
			const struct load_level *l = &list[i]->level[k];

			compose_cell(c, row_name(c, list[i]), "");
			compose_cellf(c, "%.0f", 100 * l->load);
			compose_cellf(c, "%.4g", l->rate);
			compose_figure(c, l->watts);
		}
	compose_table_end(c, n > 33);
}

static void meters(struct compose *c, const struct report_data *d)
{
	size_t n = 0, here = 0;

	compose_heading(c, "Meters");
	compose_table(c, "meters", "Every meter, and why one is not here");
	compose_column(c, "Meter", "", 0, false);
	compose_column(c, "State", "", 0, false);
	compose_column(c, "What it covers, or why not", "", 0, false);
	for (size_t i = 0; i < d->npresent; i++) {
		const struct present_row *p = &d->present[i];

		if (strcmp(p->kind, "meter") != 0)
			continue;
		n++;
		here += p->present;
		compose_cell(c, p->name, "not named");
		compose_cell(c, p->present ? "present" : "absent", "");
		compose_cell(c, p->present ? p->desc : p->reason, "no reason was given");
	}
	if (!n)
		compose_text(c, "No meter was asked.");
	else
		compose_text(c, "%zu of %zu meter channels are present on the machine that wrote "
			     "this report. A meter sees only what its scope says: a package meter "
			     "does not see memory, fans, power supplies or the network; only a "
			     "wall meter sees all.", here, n);
	compose_table_end(c, n > 30);
}

static enum cm_status emit(const struct report_data *r, block_sink sink, void *state, struct cm_err *err)
{
	struct compose c = compose_begin(sink, state, err);
	const struct result_row **list = pool_alloc(&c.pool, (r->nrows + 1) * sizeof(void *));
	size_t seen = 0, modelled = 0;

	for (size_t i = 0; i < r->nrows; i++) {
		list[i] = &r->rows[i];
		seen += !list[i]->joules.missing;
		modelled += !list[i]->joules.missing && list[i]->joules.basis == CM_MODELLED;
	}
	qsort(list, r->nrows, sizeof(void *), by_name);
	if (!r->nrows)
		compose_note(&c, CM_INCOMPLETE, "Not measured: the result store holds no rows. Run "
			     "`costmark run` on a machine that has an energy meter, then write "
			     "this report again.");
	else
		compose_text(&c, "Energy is known for %zu of %zu rows%s. Energy per unit of work is what an "
			     "electricity bill follows; power alone says little, since faster work may draw "
			     "more and still cost less.", seen, r->nrows,
			     modelled ? pool_printf(&c.pool, "; for %zu of these no meter saw it and a model "
							     "of the processor computed it", modelled)
				      : "");
	power_chart(&c, list, r->nrows);
	energy_table(&c, list, r->nrows);
	conditions_table(&c, list, r->nrows);
	power_over_time(&c, list, r->nrows);
	load_levels(&c, list, r->nrows);
	meters(&c, r);
	return compose_end(&c);
}

const struct section section_energy = {
	.abi = CM_REPORT_ABI, .name = "energy", .title = "Energy", .rank = 70, .emit = emit,
};
