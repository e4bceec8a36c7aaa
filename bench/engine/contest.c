/*
 * Compares the devices of a contest (see contest.h). Rules of whoever publishes the figures: nothing of
 * two families shares a ratio, missing power is never filled in unasked, a figure of one device is derived
 * and says so, and the spread of the rows is shown with every order. It knows no suite by name.
 */
#include "engine/contest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#define OUTLIER 0.10      /* share of the median beyond which a row is named */
#define OUTLIER_ROWS 4    /* of at least so many rows */

void contest_say(struct contest *c, const char ***list, size_t *n, size_t *cap, const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < *n; i++)
		if (!strcmp((*list)[i], str_get(&s))) {
			str_free(&s);
			return;
		}
	CM_PUSH(*list, *n, *cap);
	(*list)[(*n)++] = pool_dup(&c->pool, str_get(&s));
	str_free(&s);
}

#define MISSING(c, ...) contest_say((c), &(c)->missing, &(c)->nmissing, &(c)->missing_cap, __VA_ARGS__)
#define NOTE(c, ...) contest_say((c), &(c)->note, &(c)->nnotes, &(c)->notes_cap, __VA_ARGS__)
#define FOOTNOTE(c, ...) contest_say((c), &(c)->footnote, &(c)->nfootnotes, &(c)->footnotes_cap, __VA_ARGS__)

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

/* The row's figure of one device; NaN where the row tells no number of them. */
static double of_each(const struct published_row *r)
{
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
		const double v = of_each(c->row[i]);

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
			"%s: a published result of this family, or a measured one of the same work",
			c->label);
		return;
	}
	c->rate = spread_of(c->each, kept, c->row[0]->unit, CM_PUBLISHED);
	for (size_t i = 0; i < kept && kept >= OUTLIER_ROWS; i++)
		if (fabs(c->each[i] / c->rate.value - 1) > OUTLIER)
			NOTE(s, "%s: %s of %s is %.0f %% %s the median of %zu rows", c->label, c->row[i]->id,
			     c->row[i]->submitter, 100 * fabs(c->each[i] / c->rate.value - 1),
			     c->each[i] < c->rate.value ? "below" : "above", kept);
	if (kept == 1)
		NOTE(s, "%s: one row (%s, %s): nothing is known of the spread", c->label, c->row[0]->id,
		     c->row[0]->submitter);
	if (c->twins)
		NOTE(s, "%s: %zu row%s left out, being another row's run", c->label, c->twins,
		     c->twins == 1 ? "" : "s");
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
		j[n++] = watts / parts / c->each[i] * s->work;
		c->power_note = r->power_scope;
	}
	if (n) {
		c->power = spread_of(w, n, "W", CM_PUBLISHED);
		c->joules = spread_of(j, n, unit, CM_PUBLISHED);
	} else if (s->tdp_as_power && !isnan(c->tdp.value) && c->rows) {
		c->power = cm_figure(c->tdp.value, "W", CM_MODELLED);
		const double k = c->tdp.value * s->work;

		c->joules = cm_figure_range(k / c->rate.value, k / c->rate.hi, k / c->rate.lo, unit,
					    c->rate.n, CM_MODELLED);
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
	const double k = p->value / 3600 * s->work / s->use;
	c->cost = cm_figure_range(k / r->value, k / r->hi, k / r->lo,
				  pool_printf(&s->pool, "%s/(%s)", s->currency, s->work_text), r->n,
				  cm_basis_weakest(p->basis, r->basis));
}

/* What one unit of work is, in the seconds of a rate of 1. */
static enum cm_status work_of(struct contest *s, struct cm_err *err)
{
	const char *unit = NULL;
	const struct unit *rate, *work, *second = unit_parse("s", NULL);
	struct cm_err why;
	double v = 1, factor;

	for (size_t i = 0; i < s->n && !unit; i++)
		for (size_t k = 0; k < s->c[i].rows && !unit; k++)
			unit = s->c[i].row[k]->unit;
	if (!unit)
		return cm_fail(err, CM_ABSENT,
			       "%s: the store holds no published result of these devices in this "
			       "family; 'costmark results --published' shows what it holds",
			       s->path);
	rate = unit_parse(unit, &why);
	if (!rate)
		return cm_fail(err, CM_EINPUT, "%s: results in '%s' have no unit that this program knows: %s",
			       s->path, unit, why.why);
	if (!*s->work_text) { /* the rate's own: "token/s" is work in tokens */
		work = unit_mul(rate, second);
		s->work_text = pool_printf(&s->pool, "%.*s", (int)strcspn(unit, "/"), unit);
	} else if (quantity_parse(s->work_text, &v, &work, &why)) {
		return cm_fail(err, CM_EINPUT, "%s: 'work': %s", s->path, why.why);
	}
	if (!unit_factor(unit_div(work, rate), second, &factor))
		return cm_fail(err, CM_EINPUT,
			       "%s: 'work' in '%s' does not go with results in '%s'; latencies and "
			       "times are compared by 'costmark results --published'",
			       s->path, s->work_text, unit);
	s->work = v * factor;
	return CM_OK;
}

/* ---- pairs ------------------------------------------------------------------------------------- */

/* The values that a field takes in a device's rows: "fp4, fp8". */
static const char *values_of(struct contest *s, const struct contender *c, size_t field)
{
	struct str out = { 0 };
	const char *text;

	for (size_t i = 0; i < c->rows; i++) {
		const char *v = contest_value(c->row[i], field);
		bool seen = false;

		for (size_t k = 0; k < i && !seen; k++)
			seen = cm_ieq(contest_value(c->row[k], field), v);
		if (!seen)
			str_addf(&out, "%s%s", out.len ? ", " : "", *v ? v : "not told");
	}
	text = pool_dup(&s->pool, str_get(&out));
	str_free(&out);
	return text;
}

/* Why two devices' figures must not be compared; NULL: they may. */
static const char *barrier(struct contest *s, const struct contender *a, const struct contender *b)
{
	struct str out = { 0 };
	const char *text = NULL;

	for (size_t i = 0; i < CONTEST_FIELDS; i++) {
		const char *x = values_of(s, a, i), *y = values_of(s, b, i);
		const bool several = strstr(x, ", ") && strncmp(x, "mixed: ", 7) != 0;

		if (!strcmp(x, y) && !several)
			continue;
		if (s->may_differ[i])
			NOTE(s, "%s differs, as the file allows: %s has %s, %s has %s",
			     contest_field[i], a->label, x, b->label, y);
		else
			str_addf(&out, "%s%s: %s against %s", out.len ? "; " : "", contest_field[i], x, y);
	}
	if (out.len)
		text = pool_printf(&s->pool, "not compared: different %s", str_get(&out));
	str_free(&out);
	return text;
}

static const char *same_submitter(struct contest *s, const struct contender *a, const struct contender *b)
{
	struct str out = { 0 };
	const char *text;

	for (size_t i = 0; i < a->rows; i++)
		for (size_t k = 0; k < b->rows; k++)
			if (*a->row[i]->submitter && !strcmp(a->row[i]->submitter, b->row[k]->submitter))
				str_addf(&out, "%s%s %.3f (%s / %s)", out.len ? ", " : "",
					 a->row[i]->submitter, a->each[i] / b->each[k],
					 a->row[i]->id, b->row[k]->id);
	text = pool_dup(&s->pool, str_get(&out));
	str_free(&out);
	return text;
}

static void orders(struct contest_pair *p)
{
	double faster = 0;

	for (size_t i = 0; i < p->a->rows; i++)
		for (size_t k = 0; k < p->b->rows; k++)
			faster += p->a->each[i] > p->b->each[k] ? 1 : p->a->each[i] < p->b->each[k] ? 0 : 0.5;
	p->faster = faster / (double)(p->a->rows * p->b->rows);
	p->settled = p->faster == 0 || p->faster == 1;
}

static void pair_of(struct contest *s, const struct contender *a, const struct contender *b)
{
	struct contest_pair *p;
	const struct figure *x = &a->rate, *y = &b->rate;

	CM_PUSH(s->pair, s->npairs, s->pairs_cap);
	p = &s->pair[s->npairs++];
	*p = (struct contest_pair){ .a = a, .b = b, .same = "", .faster = NAN };
	p->reason = x->missing || y->missing ? "not compared: one of them has no result of this family"
					     : barrier(s, a, b);
	p->ratio = cm_figure_missing("1", p->reason);
	p->pays_up_to = cm_figure_missing(s->currency, p->reason);
	if (p->reason)
		return;
	orders(p);
	p->same = same_submitter(s, a, b);
	p->ratio = cm_figure_range(x->value / y->value, x->lo / y->hi, x->hi / y->lo, "1",
				   x->n < y->n ? x->n : y->n, CM_PUBLISHED);
	if (b->price_hour.missing) {
		p->pays_up_to = cm_figure_missing(s->currency, b->price_hour.missing);
		return;
	}
	p->pays_up_to = cm_figure_range(
		p->ratio.value * b->price_hour.value, p->ratio.lo * b->price_hour.value,
		p->ratio.hi * b->price_hour.value, b->price_hour.unit, p->ratio.n,
		cm_basis_weakest(CM_PUBLISHED, b->price_hour.basis));
}

static const struct contest_pair *pair_find(const struct contest *s, const struct contender *a,
					    const struct contender *b)
{
	for (size_t i = 0; i < s->npairs; i++)
		if ((s->pair[i].a == a && s->pair[i].b == b) || (s->pair[i].a == b && s->pair[i].b == a))
			return &s->pair[i];
	return NULL;
}

/* Front over speed of a device, cost of work and, where both have it on one basis, energy of work. */
static bool beaten(const struct contender *a, const struct contender *by)
{
	const bool energy = !a->joules.missing && !by->joules.missing && a->joules.basis == by->joules.basis;

	if (a->rate.missing || by->rate.missing || a->cost.missing || by->cost.missing)
		return false;
	if (by->rate.value < a->rate.value || by->cost.value > a->cost.value ||
	    (energy && by->joules.value > a->joules.value))
		return false;
	return by->rate.value > a->rate.value || by->cost.value < a->cost.value ||
	       (energy && by->joules.value < a->joules.value);
}

static void fronts(struct contest *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct contender *c = &s->c[i];

		c->front = !c->rate.missing && !c->cost.missing;
		for (size_t k = 0; k < s->n && c->front; k++) {
			const struct contest_pair *p = k == i ? NULL : pair_find(s, c, &s->c[k]);

			c->front = !p || p->reason || !beaten(c, &s->c[k]);
		}
	}
}

/* What the owners ask to stand beside their figures. */
static void footnotes(struct contest *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct contender *c = &s->c[i];

		for (size_t k = 0; k < c->rows; k++) {
			const struct published_row *r = c->row[k];

			FOOTNOTE(s,
				 "%s%s %s, %s division, %s %s, result %s, %s, %s%s, retrieved "
				 "%s%s%s",
				 r->suite, cm_starts(r->suite, "MLPerf") ? "\xc2\xae" : "",
				 r->round, *r->division ? r->division : "no", r->benchmark,
				 r->scenario, *r->id ? r->id : "-", r->submitter, r->system,
				 *r->quality ? pool_printf(&s->pool, " (%s)", r->quality) : "",
				 r->retrieved, *r->url ? " from " : "", r->url);
		}
	}
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->c[i].rows; k++)
			if (*s->c[i].row[k]->terms)
				FOOTNOTE(s, "%s", s->c[i].row[k]->terms);
}

static void warnings(struct contest *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct contender *c = &s->c[i];

		for (size_t k = 0; k < c->rows; k++)
			if (cm_ieq(c->row[k]->availability, "preview"))
				NOTE(s, "%s: %s is of preview hardware, which cannot be bought", c->label,
				     c->row[k]->id);
		if (c->measured)
			NOTE(s,
			     "%s: the measured %s is of another work than the published figures: "
			     "shown, never "
			     "ranked with them",
			     c->label, c->measured->kernel);
		else if (c->measured_why)
			MISSING(s, "%s: %s", c->label, c->measured_why);
	}
	NOTE(s, "submitters often share one vendor's code: the spread of their rows is a lower bound");
}

enum cm_status contest_decide(struct contest *s, struct cm_err *err)
{
	enum cm_status st = work_of(s, err);

	if (st)
		return st;
	for (size_t i = 0; i < s->n; i++) {
		struct contender *c = &s->c[i];
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
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < i; k++)
			pair_of(s, &s->c[i], &s->c[k]);
	fronts(s);
	warnings(s);
	footnotes(s);
	return CM_OK;
}

void contest_free(struct contest *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->c[i].row);
	free(c->c);
	free(c->pair);
	free(c->missing);
	free(c->note);
	free(c->footnote);
	pool_free(&c->pool);
	*c = (struct contest){ .path = NULL };
}
