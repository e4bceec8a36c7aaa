/*
 * Compares the devices of a contest (see contest.h). Rules of whoever publishes the figures: nothing of
 * two families shares a ratio, missing power is never filled in unasked, a figure of one device is derived
 * and says so, and the spread of the rows is shown with every order. It knows no suite by name.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/contest_inner.h"

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

/* ---- pairs ------------------------------------------------------------------------------------- */

/* The values that a field takes in a device's rows: "fp4, fp8"; *several: more than one. */
static const char *values_of(struct contest *s, const struct contender *c, size_t field, bool *several)
{
	struct str out = { 0 };
	const char *text;

	for (size_t i = 0; i < c->rows; i++) {
		const char *v = contest_value(c->row[i], field);
		bool seen = false;

		for (size_t k = 0; k < i && !seen; k++)
			seen = cm_ieq(contest_value(c->row[k], field), v);
		*several |= !seen && i;
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
		bool several = false;
		const char *x = values_of(s, a, i, &several), *y = values_of(s, b, i, &several);

		if (!strcmp(x, y) && !several)
			continue;
		if (s->may_differ[i] && !(s->lower && !strcmp(contest_field[i], "accelerators")))
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

/* How much faster x is than y: rates by their ratio, times by its reciprocal. */
static double times_faster(const struct contest *s, double x, double y)
{
	return s->lower ? y / x : x / y;
}

static const char *same_submitter(struct contest *s, const struct contender *a, const struct contender *b)
{
	struct str out = { 0 };
	const char *text;

	for (size_t i = 0; i < a->rows; i++)
		for (size_t k = 0; k < b->rows; k++)
			if (*a->row[i]->submitter && !strcmp(a->row[i]->submitter, b->row[k]->submitter))
				str_addf(&out, "%s%s %.3f (%s / %s)", out.len ? ", " : "",
					 a->row[i]->submitter, times_faster(s, a->each[i], b->each[k]),
					 a->row[i]->id, b->row[k]->id);
	text = pool_dup(&s->pool, str_get(&out));
	str_free(&out);
	return text;
}

static void orders(const struct contest *s, struct contest_pair *p)
{
	double faster = 0;

	for (size_t i = 0; i < p->a->rows; i++)
		for (size_t k = 0; k < p->b->rows; k++)
			faster += p->a->each[i] == p->b->each[k] ? 0.5
				  : (p->a->each[i] < p->b->each[k]) == s->lower;
	p->faster = faster / (double)(p->a->rows * p->b->rows);
	p->settled = p->faster == 0 || p->faster == 1;
}

static double devices_of(const struct contender *c)
{
	return strtod(c->row[0]->devices, NULL);
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
	orders(s, p);
	p->same = same_submitter(s, a, b);
	p->ratio =
		cm_figure_range(times_faster(s, x->value, y->value),
				times_faster(s, s->lower ? x->hi : x->lo, s->lower ? y->lo : y->hi),
				times_faster(s, s->lower ? x->lo : x->hi, s->lower ? y->hi : y->lo),
				"1", x->n < y->n ? x->n : y->n, CM_PUBLISHED);
	if (b->price_hour.missing || b->cost.missing) {
		p->pays_up_to = cm_figure_missing(s->currency, b->price_hour.missing ? b->price_hour.missing
						  : b->cost.missing);
		return;
	}
	/* of one device: a board of two devices is one accelerator */
	const double price = b->price_hour.value * (s->lower ? devices_of(b) / devices_of(a) : 1);

	p->pays_up_to = cm_figure_range(p->ratio.value * price, p->ratio.lo * price,
					p->ratio.hi * price, b->price_hour.unit, p->ratio.n,
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

static const struct figure *spending(const struct contest *s, const struct contender *c)
{
	return s->lower && !s->whole_run ? &c->price_hour : &c->cost;
}

/* Front over speed, cost of work (of a latency: price of a device-hour) and, where both have it on one basis,
 * energy of work. */
static bool beaten(const struct contest *s, const struct contender *a, const struct contender *by)
{
	const bool energy = !a->joules.missing && !by->joules.missing && a->joules.basis == by->joules.basis;
	const struct figure *spent = spending(s, a), *less = spending(s, by);
	double faster;

	if (a->rate.missing || by->rate.missing || spent->missing || less->missing)
		return false;
	faster = times_faster(s, by->rate.value, a->rate.value);
	if (faster < 1 || less->value > spent->value || (energy && by->joules.value > a->joules.value))
		return false;
	return faster > 1 || less->value < spent->value || (energy && by->joules.value < a->joules.value);
}

static void fronts(struct contest *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct contender *c = &s->c[i];

		c->front = !c->rate.missing && !spending(s, c)->missing;
		for (size_t k = 0; k < s->n && c->front; k++) {
			const struct contest_pair *p = k == i ? NULL : pair_find(s, c, &s->c[k]);

			c->front = !p || p->reason || !beaten(s, c, &s->c[k]);
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
	const enum cm_status st = contest_work(s, err);

	if (st)
		return st;
	for (size_t i = 0; i < s->n; i++)
		contest_figures(s, &s->c[i]);
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
