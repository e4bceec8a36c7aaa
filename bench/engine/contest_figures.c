/*
 * The figures of a contest's devices (see contest.h): rate or time, power, price, cost and energy
 * of work.
 *
 * A rate is divided by the number of devices. A time is not: half the devices do not need half of
 * it. It has a cost and an energy where the system does one run and nothing else meanwhile; a
 * latency has none, since what was served beside that request is not told.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/contest_inner.h"

#define OUTLIER 0.10      /* share of the median beyond which a row is named */
#define OUTLIER_ROWS 4    /* of at least so many rows */

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median with the lowest and highest as interval. */
static struct figure spread_of(const double *v, size_t n, const char *unit, enum cm_basis basis)
{
	double *sorted = cm_alloc((n + 1) * sizeof *sorted);
	struct figure f;

	memcpy(sorted, v, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, by_value);
	f = cm_figure_range(n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2, sorted[0],
			    sorted[n - 1], unit, (unsigned)n, basis);
	free(sorted);
	return f;
}

/* What is compared of a row: its rate of one device, NaN where it tells no number of them; its time
 * as it is. */
static double of_each(const struct contest *s, const struct published_row *r)
{
	if (s->lower)
		return r->number;
	const double n = *r->devices ? strtod(r->devices, NULL) : NAN;

	if (!strcmp(r->scope, "device"))
		return r->number;
	return n > 0 ? r->number / n : NAN;
}

/* ---- figures of one device --------------------------------------------------------------------- */

static void rate_of(struct contest *s, struct contender *c)
{
	size_t kept = 0;

	c->each = pool_alloc(&s->pool, (c->rows + 1) * sizeof *c->each);
	for (size_t i = 0; i < c->rows; i++) {
		const double v = of_each(s, c->row[i]);

		if (isnan(v)) {
			NOTE(s, "%s: %s %s tells no number of devices and is left out", c->label,
			     c->row[i]->id, c->row[i]->submitter);
			continue;
		}
		c->row[kept] = c->row[i];
		c->each[kept++] = v;
	}
	c->rows = kept;
	if (kept == 0) {
		c->rate = cm_figure_missing("", "no published result of this family");
		MISSING(s,
			"%s: a published result of this family, or a measured one of the same %s",
			c->label, s->lower ? "kind" : "work");
		return;
	}
	c->rate = spread_of(c->each, kept, c->row[0]->unit, CM_PUBLISHED);
	for (size_t i = 0; i < kept && kept >= OUTLIER_ROWS; i++)
		if (fabs(c->each[i] / c->rate.value - 1) > OUTLIER)
			NOTE(s, "%s: %s of %s is %.0f %% %s the median of %zu rows", c->label, c->row[i]->id,
			     c->row[i]->submitter, 100 * fabs(c->each[i] / c->rate.value - 1),
			     c->each[i] < c->rate.value ? "below" : "above", kept);
	if (kept == 1)
		NOTE(s, "%s: one row (%s%s%s): nothing is known of the spread", c->label, c->row[0]->id,
		     *c->row[0]->id ? ", " : "", c->row[0]->submitter);
	if (c->twins)
		NOTE(s, "%s: %zu row%s left out, being another row's run", c->label, c->twins,
		     c->twins == 1 ? "" : "s");
}

static const char no_work[] = "a latency does not tell what was done meanwhile";

static bool has_work(const struct contest *s)
{
	return !s->lower || (s->whole_run && !isnan(s->seconds));
}

/* What a unit of work takes where one device takes `each` a second: by the rate, or by the time of the row's
 * devices together. */
static struct figure per_work(const struct contest *s, const struct contender *c, double each,
			      const char *unit, enum cm_basis basis)
{
	const struct figure *r = &c->rate;
	double *v;
	struct figure f;
	size_t n = 0;

	if (!s->lower)
		return cm_figure_range(each * s->work / r->value, each * s->work / r->hi,
				       each * s->work / r->lo, unit, r->n, basis);
	v = cm_alloc((c->rows + 1) * sizeof *v);
	for (size_t i = 0; i < c->rows; i++) {
		v[n] = each * (*c->row[i]->devices ? strtod(c->row[i]->devices, NULL) : NAN) * c->each[i] *
		       s->seconds;
		n += !isnan(v[n]);
	}
	if (!has_work(s))
		f = cm_figure_missing(unit, no_work);
	else if (!n)
		f = cm_figure_missing(unit, "the results tell no number of devices");
	else
		f = spread_of(v, n, unit, basis);
	free(v);
	return f;
}

/* Watts, and joules a unit of work, of one device's share of what the rows measured. */
static void power_of(struct contest *s, struct contender *c)
{
	double *w = cm_alloc((c->rows + 1) * sizeof *w), *j = cm_alloc((c->rows + 1) * sizeof *j);
	const char *unit = pool_printf(&s->pool, "J/(%s)", s->work_text);
	size_t n = 0;

	for (size_t i = 0; i < c->rows; i++) {
		const struct published_row *r = c->row[i];
		const double watts = *r->power_w ? strtod(r->power_w, NULL) : NAN;
		const double parts = *r->devices ? strtod(r->devices, NULL) : NAN;

		if (!(watts > 0) || !(parts > 0))
			continue;
		w[n] = watts / parts;
		j[n++] = s->lower ? watts * c->each[i] * s->seconds : watts / parts / c->each[i] * s->work;
		c->power_note = r->power_scope;
	}
	if (n) {
		c->power = spread_of(w, n, "W", CM_PUBLISHED);
		c->joules = has_work(s) ? spread_of(j, n, unit, CM_PUBLISHED)
					: cm_figure_missing("J", no_work);
	} else if (s->tdp_as_power && !isnan(c->tdp.value) && c->rows) {
		c->power = cm_figure(c->tdp.value, "W", CM_MODELLED);
		c->joules = per_work(s, c, c->tdp.value, unit, CM_MODELLED);
		c->power_note = "modelled: the listed board power, of the device alone";
	} else {
		c->power = cm_figure_missing("W", "no power was published with these results");
		c->joules = cm_figure_missing("J", "no power was published with these results");
		c->power_note = "no official power";
		MISSING(s,
			"%s: power measured in the same runs; the listed board power is no "
			"substitute",
			c->label);
	}
	free(w);
	free(j);
}

static void price_of(struct contest *s, struct contender *c)
{
	const struct offer_row *o = c->offer;
	const struct unit *u, *hour = unit_parse("hour", NULL);
	double hours = NAN, factor, v;
	struct cm_err why;
	const char *text;

	c->price_hour = cm_figure_missing(s->currency, "no price was named");
	if (!o) {
		MISSING(s, "%s: a price", c->label);
		return;
	}
	if (strcmp(o->currency, s->currency) != 0) {
		c->price_hour = cm_figure_missing(s->currency, "priced in another currency");
		MISSING(s, "%s: a price in %s (%s is in %s)", c->label, s->currency, o->offer, o->currency);
		return;
	}
	text = !strncmp(o->per, "device-", 7) ? o->per + 7 : o->per;
	if (!*text || !strcmp(text, "once"))
		hours = s->life_h;
	else if (!quantity_parse(strchr("0123456789", *text) ? text
							     : pool_printf(&s->pool, "1 %s", text),
				 &v, &u, &why) &&
		 unit_factor(u, hour, &factor))
		hours = v * factor;
	if (!(hours > 0)) {
		c->price_hour = cm_figure_missing(s->currency, "a purchase price needs 'life:'");
		MISSING(s, "%s: over how long its price is written off ('life: 4 year')", c->label);
		return;
	}
	c->price_hour = cm_figure(dec_double(o->price) / o->devices / hours, pool_printf(&s->pool, "%s/h",
				  s->currency), o->basis);
}

static void cost_of(struct contest *s, struct contender *c)
{
	const struct figure *p = &c->price_hour, *r = &c->rate;

	if (p->missing || r->missing) {
		c->cost = cm_figure_missing(s->currency, p->missing ? p->missing : r->missing);
		return;
	}
	c->cost = per_work(s, c, p->value / 3600 / s->use,
			   pool_printf(&s->pool, "%s/(%s)", s->currency, s->work_text),
			   cm_basis_weakest(p->basis, r->basis));
}

/* The first row's; NULL: there is none. */
static const struct published_row *any_row(const struct contest *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->c[i].rows)
			return s->c[i].row[0];
	return NULL;
}

/* Times of one request among many that are served at once. */
static bool of_one_request(const char *metric)
{
	static const char *const words[] = { "latency", "time to first", "time per", "token" };

	for (size_t i = 0; i < CM_COUNT(words); i++)
		if (strstr(metric, words[i]))
			return true;
	return false;
}

/* Less is better: what a run costs follows from its time, if it is one. */
static enum cm_status time_of(struct contest *s, const struct published_row *r, struct cm_err *err)
{
	const struct unit *u = unit_parse(r->unit, NULL);

	if (*s->work_text)
		return cm_fail(err, CM_EINPUT,
			       "%s: 'work' goes with rates; '%s' in '%s' is of one run: leave 'work' out",
			       s->path, r->metric, r->unit);
	if (!u || !unit_factor(u, unit_parse("s", NULL), &s->seconds))
		s->seconds = NAN;
	s->whole_run = !isnan(s->seconds) && !of_one_request(r->metric);
	s->work_text = "run";
	s->metric = r->metric;
	return CM_OK;
}

/* What one unit of work is, in the seconds of a rate of 1. */
static enum cm_status rate_work(struct contest *s, const char *text, struct cm_err *err)
{
	const struct unit *rate, *work, *second = unit_parse("s", NULL);
	struct cm_err why;
	double v = 1, factor;

	rate = unit_parse(text, &why);
	if (!rate)
		return cm_fail(err, CM_EINPUT, "%s: results in '%s' have no unit that this program knows: %s",
			       s->path, text, why.why);
	if (!*s->work_text) { /* the rate's own: "token/s" is work in tokens */
		work = unit_mul(rate, second);
		s->work_text = pool_printf(&s->pool, "%.*s", (int)strcspn(text, "/"), text);
	} else if (quantity_parse(s->work_text, &v, &work, &why)) {
		return cm_fail(err, CM_EINPUT, "%s: 'work': %s", s->path, why.why);
	}
	if (!unit_factor(unit_div(work, rate), second, &factor))
		return cm_fail(err, CM_EINPUT, "%s: 'work' in '%s' does not go with results in '%s'", s->path,
			       s->work_text, text);
	s->work = v * factor;
	return CM_OK;
}

/* All rows that are put together must say the same of what is better. */
static enum cm_status same_way(const struct contest *s, const struct published_row *first, struct cm_err *err)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->c[i].rows; k++) {
			const struct published_row *r = s->c[i].row[k];

			if (strcmp(r->better, first->better) != 0)
				return cm_fail(err, CM_EINPUT,
					       "%s: '%s' and '%s' are compared, of which one is "
					       "better when it "
					       "is higher and one when it is lower: say which, "
					       "'metric: %s'",
					       s->path, first->metric, r->metric, first->metric);
		}
	return CM_OK;
}

enum cm_status contest_work(struct contest *s, struct cm_err *err)
{
	const struct published_row *r = any_row(s);
	enum cm_status st;

	if (!r)
		return cm_fail(err, CM_ABSENT,
			       "%s: the store holds no published result of these devices in this "
			       "family; 'costmark results --published' shows what it holds",
			       s->path);
	if ((st = same_way(s, r, err)))
		return st;
	if (!*r->better)
		return cm_fail(err, CM_EINPUT, "%s: of '%s' nobody says whether higher or lower is better",
			       s->path, r->metric);
	s->lower = !strcmp(r->better, "lower");
	return s->lower ? time_of(s, r, err) : rate_work(s, r->unit, err);
}

void contest_figures(struct contest *s, struct contender *c)
{
	const struct device_row *d = c->device;

	c->memory = isnan(d->memory_gb) ? cm_figure_missing("GB", "the table does not state it")
					: cm_figure(d->memory_gb, "GB", CM_LISTED);
	c->tdp = isnan(d->tdp_w) ? cm_figure_missing("W", "the table does not state it")
				 : cm_figure(d->tdp_w, "W", CM_LISTED);
	rate_of(s, c);
	power_of(s, c);
	price_of(s, c);
	cost_of(s, c);
}
