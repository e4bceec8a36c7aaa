/*
 * A sweep of power caps: energy, time and money of the same work under each cap, relative to the
 * highest, and the cap at which it costs least at the scenario's prices. Caps that the launches do
 * not tell apart are named together. Must not know who measured it, nor how a cap is set.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cap_curve.h"
#include "base/compose.h"

#define MOST_CHARTS 6
#define MOST_PRICES 4 /* options in a table */
#define MOST_COSTS 2  /* of them in a chart */

static const struct cap_price energy = { .per_joule = 1 }; /* judged by itself */

static const char *sweep_name(struct compose *c, const struct cap_rows *s)
{
	const struct result_row *r = s->row[0];

	return pool_printf(&c->pool, "%s%s%s %s %zu, %s %s", r->kernel, *r->op ? " " : "", r->op,
			   r->type, r->size, r->backend,
			   r->tuned_by && *r->tuned_by ? r->tuned_by : r->variant);
}

/* "300 W", "300 W or 250 W", "not told apart"; NULL: no finding. */
static const char *least_words(struct compose *c, const struct power_caps *p,
			       const struct cap_price *by)
{
	const struct cap_least l = power_caps_least(p, by->per_joule, by->per_second);
	const char *out = NULL;

	if (l.best < p->n && l.alike + 1 == p->n && p->n > 1)
		return "not told apart";
	for (size_t i = 0; i < p->n; i++)
		if (power_caps_alike(p, &l, i, by->per_joule, by->per_second))
			out = out ? pool_printf(&c->pool, "%s or %.6g W", out, p->cap[i].watts)
				  : pool_printf(&c->pool, "%.6g W", p->cap[i].watts);
	return out;
}

static size_t prices_shown(const struct report_data *d)
{
	return d->ncap_prices < MOST_PRICES ? d->ncap_prices : MOST_PRICES;
}

/* All sweeps in one table: what a reader asks first. */
static void summary(struct compose *c, const struct report_data *d, const struct cap_rows *s,
		    size_t n)
{
	compose_table(c, "caps", "The cap of least energy and of least cost");
	compose_column(c, "Work", "", 0, false);
	compose_column(c, "Device", "", 0, false);
	compose_column(c, "Caps tried", "", 0, true);
	compose_column(c, "Least energy at", "", 0, false);
	for (size_t k = 0; k < prices_shown(d); k++)
		compose_column(c,
			       pool_printf(&c->pool, "Least cost at, %s", d->cap_prices[k].option),
			       "", 0, false);
	for (size_t i = 0; i < n; i++) {
		char *device = cap_device_dup(s[i].row[0]);

		compose_cell(c, sweep_name(c, &s[i]), "");
		compose_cell(c, pool_dup(&c->pool, device), "not named");
		compose_cellf(c, "%zu", s[i].caps.n);
		compose_cell(c, least_words(c, &s[i].caps, &energy),
			     "not known: fewer than two caps have a figure");
		for (size_t k = 0; k < prices_shown(d); k++)
			compose_cell(c, least_words(c, &s[i].caps, &d->cap_prices[k]), "not known");
		free(device);
	}
	compose_table_end(c, n > 20);
}

/* ---- one sweep ----------------------------------------------------------------------------- */

/* by NULL: its time, which is there also where no joule is. */
static double value_of(const struct power_cap *k, const struct cap_price *by)
{
	return by ? power_cap_cost(k, by->per_joule, by->per_second) : k->seconds;
}

static double half_of(const struct power_cap *k, const struct cap_price *by)
{
	return by ? power_cap_half(k, by->per_joule, by->per_second) : k->half_seconds;
}

/* Values over caps, by rising watts, as shares of the highest cap's; NaN is left out of a line. */
static struct chart_series share(struct compose *c, const struct power_caps *p, const char *name,
				 const struct cap_price *by)
{
	double *x = pool_alloc(&c->pool, 4 * p->n * sizeof *x), *y = x + p->n, *lo = y + p->n,
	       *hi = lo + p->n;
	const double base = value_of(&p->cap[0], by);
	size_t n = 0;

	for (size_t i = p->n; i-- > 0;) {
		const struct power_cap *k = &p->cap[i];
		const double v = value_of(k, by) / base, half = half_of(k, by) / base;

		if (!isfinite(v))
			continue;
		x[n] = k->watts;
		y[n] = v;
		lo[n] = isfinite(half) ? v - half : v;
		hi[n++] = isfinite(half) ? v + half : v;
	}
	return (struct chart_series){.name = name, .x = x, .y = y, .lo = lo, .hi = hi, .n = n};
}

static void chart(struct compose *c, const struct report_data *d, const struct cap_rows *s,
		  size_t number)
{
	struct chart_series line[2 + MOST_COSTS];
	size_t n = 0;

	if (s->caps.n < 2)
		return;
	if (isfinite(s->caps.cap[0].joules)) {
		line[n++] = share(c, &s->caps, "energy", &energy);
		for (size_t k = 0; k < d->ncap_prices && k < MOST_COSTS; k++)
			line[n++] = share(c, &s->caps,
					  pool_printf(&c->pool, "cost, %s", d->cap_prices[k].option),
					  &d->cap_prices[k]);
	}
	line[n++] = share(c, &s->caps, "time", NULL);
	compose_chart(
		c,
		&(struct chart){
			.id = pool_printf(&c->pool, "caps-chart-%zu", number),
			.title = pool_printf(&c->pool, "%s against power cap", sweep_name(c, s)),
			.kind = CHART_LINES,
			.x_title = "power cap, W",
			.y_title = "of the highest cap's",
			.series = line,
			.nseries = n,
			.alt = pool_printf(
				&c->pool,
				"Lines of energy, time and cost of the same work under %zu power "
				"caps, each as a share of its value under the highest, %.6g W.",
				s->caps.n, s->caps.cap[0].watts),
		});
}

/* "element" of "J/element". */
static const char *work_unit(const struct cap_rows *s)
{
	const char *unit = s->row[0]->joules.unit, *slash = unit ? strchr(unit, '/') : NULL;

	return slash ? slash + 1 : "unit";
}

static struct figure time_of(const struct power_cap *k)
{
	const double half = isfinite(k->half_seconds) ? k->half_seconds : 0;

	if (!isfinite(k->seconds))
		return cm_figure_missing("s", "not measured");
	return cm_figure_range(k->seconds, k->seconds - half, k->seconds + half, "s", k->tries, CM_MEASURED);
}

static struct figure cost_of(struct compose *c, const struct cap_rows *s, size_t i,
			     const struct cap_price *p)
{
	const struct power_cap *k = &s->caps.cap[i];
	const char *unit = pool_printf(&c->pool, "%s/%s", p->money, work_unit(s));
	const double v = value_of(k, p), half = half_of(k, p);

	if (!isfinite(v))
		return cm_figure_missing(unit, cap_row_why_not(s->row[i]));
	return cm_figure_range(v, isfinite(half) ? v - half : v, isfinite(half) ? v + half : v,
			       unit, k->tries, CM_DERIVED);
}

/* What a cap is the least of, or among; NULL: of nothing. least[0] is by energy, then by each price. */
static const char *finding(struct compose *c, const struct report_data *d, const struct power_caps *p,
			   const struct cap_least *least, size_t i)
{
	const char *out = NULL;

	for (size_t k = 0; k <= prices_shown(d); k++) {
		const struct cap_price *by = k ? &d->cap_prices[k - 1] : &energy;

		if (power_caps_alike(p, &least[k], i, by->per_joule, by->per_second))
			out = pool_printf(&c->pool, "%s%s%s%s%s", out ? out : "", out ? "; " : "",
					  least[k].alike ? "among the " : "",
					  k ? "least cost, " : "least energy", k ? by->option : "");
	}
	return out;
}

static void table(struct compose *c, const struct report_data *d, const struct cap_rows *s,
		  size_t number)
{
	struct cap_least least[1 + MOST_PRICES] = { power_caps_least(&s->caps, energy.per_joule, 0) };

	for (size_t k = 0; k < prices_shown(d); k++)
		least[k + 1] = power_caps_least(&s->caps, d->cap_prices[k].per_joule,
						d->cap_prices[k].per_second);
	compose_table(c, pool_printf(&c->pool, "caps-%zu", number),
		      pool_printf(&c->pool, "%s under each power cap", sweep_name(c, s)));
	compose_column(c, "Power cap", "W", 0, true);
	compose_column(c, "Launches", "", 0, true);
	compose_column(c, "Time per unit of work", "", 'l', true);
	compose_column(c, "Energy per unit of work", "", 'l', true);
	for (size_t k = 0; k < prices_shown(d); k++)
		compose_column(c, pool_printf(&c->pool, "Cost, %s", d->cap_prices[k].option), "",
			       'l', true);
	compose_column(c, "Finding", "", 0, false);
	for (size_t i = 0; i < s->caps.n; i++) {
		const struct power_cap *k = &s->caps.cap[i];

		compose_cellf(c, "%.6g", k->watts);
		compose_cellf(c, "%u", k->tries);
		compose_figure(c, time_of(k));
		compose_figure(c, s->row[i]->joules);
		for (size_t p = 0; p < prices_shown(d); p++)
			compose_figure(c, cost_of(c, s, i, &d->cap_prices[p]));
		compose_cell(c, finding(c, d, &s->caps, least, i),
			     *cap_row_why_not(s->row[i]) ? "no figure" : "-");
	}
	compose_table_end(c, s->caps.n > 12);
}

static void explain(struct compose *c, const struct report_data *d, size_t n)
{
	compose_text(c,
		     "The same work of %zu row%s was measured under several power caps, alternating "
		     "between them. A low cap saves energy and costs time; which cap costs least depends "
		     "on the price of both. Caps are named together where their launches' 95 %% "
		     "intervals overlap: they are not told apart. With one launch under each cap that "
		     "cannot be judged.",
		     n, n == 1 ? "" : "s");
	for (size_t k = 0; k < prices_shown(d); k++)
		compose_text(c, "Prices of %s: %s.", d->cap_prices[k].option, d->cap_prices[k].said);
	if (!d->ncap_prices)
		compose_text(c, "No option of this scenario has servers of its own, whose energy and hours "
				"have a price: energy and time are shown without money.");
}

static enum cm_status emit(const struct report_data *r, block_sink sink, void *state,
			   struct cm_err *err)
{
	struct compose c = compose_begin(sink, state, err);
	struct cap_rows *s = pool_alloc(&c.pool, (r->nrows + 1) * sizeof *s);
	size_t n = 0;

	for (size_t i = 0; i < r->nrows; i++)
		n += cap_rows_gather(r->rows, r->nrows, i, &s[n]);
	if (n) {
		explain(&c, r, n);
		summary(&c, r, s, n);
	} else {
		compose_text(
			&c,
			"Nothing was measured under several power caps. `costmark run --power-cap "
			"200..700:50` does so where limits of power may be set, and puts them back.");
	}
	for (size_t i = 0; i < n && i < MOST_CHARTS; i++) {
		chart(&c, r, &s[i], i + 1);
		table(&c, r, &s[i], i + 1);
	}
	if (n > MOST_CHARTS)
		compose_text(&c,
			     "%zu more sweeps are in the table above only; `costmark results` "
			     "prints each.",
			     n - MOST_CHARTS);
	for (size_t i = 0; i < n; i++)
		cap_rows_free(&s[i]);
	return compose_end(&c);
}

const struct section section_caps = {
	.abi = CM_REPORT_ABI,
	.name = "caps",
	.title = "Energy and cost against power cap",
	.rank = 71,
	.emit = emit,
};
