/*
 * What the work drew: joules per unit of work and watts while it ran, each with its meter, its scope and
 * what the meter does not see. Figures of different scopes stand in different rows and are never added.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compose.h"

#define MOST_BARS 24

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

/* Joules of an iteration over its time. */
static struct figure watts(const struct result_row *r)
{
	const double w = r->joules.missing ? NAN : r->work / (r->time_ns * 1e-9);

	if (r->joules.missing)
		return cm_figure_missing("W", r->joules.missing);
	if (!isfinite(w))
		return cm_figure_missing("W", "the time of one iteration is not known");
	return cm_figure_range(r->joules.value * w, r->joules.lo * w, r->joules.hi * w, "W", r->joules.n,
			       compose_basis(r->joules.basis, r->basis));
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
	}
	compose_table_end(c, n > 40);
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
		label[n] = pool_printf(&c->pool, "%s %s %zu, %s (%s)", list[i]->kernel, list[i]->type,
				       list[i]->size, list[i]->backend, list[i]->joules_scope);
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
		compose_text(&c, "Energy is known for %zu of %zu rows; for %zu of these no meter "
			     "saw it and a model of the processor computed it. Energy per unit of "
			     "work is what an electricity bill follows; power alone says little, "
			     "since faster work may draw more and still cost "
			     "less.", seen, r->nrows, modelled);
	power_chart(&c, list, r->nrows);
	energy_table(&c, list, r->nrows);
	meters(&c, r);
	return compose_end(&c);
}

const struct section section_energy = {
	.abi = CM_REPORT_ABI, .name = "energy", .title = "Energy", .rank = 70, .emit = emit,
};
