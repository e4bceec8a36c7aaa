/* Break-even points between two options: utilisation, volume and month, every crossing of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"
#include "decide/tco_cross.h"

#define CROSSINGS 16 /* of two options, over utilisation */

struct breaks { struct break_even *b; size_t n, cap; };

struct pair { struct probe p; size_t a, b; };

/* NaN where one of the two cannot do the work. */
static double gap(void *state, double use)
{
	struct pair *k = state;
	probe_set(&k->p, 100 * use); /* `use` is declared in % */
	const struct answers a = probe_get(&k->p, k->a), b = probe_get(&k->p, k->b);
	return a.feasible && b.feasible ? a.npv - b.npv : NAN;
}

static struct break_even *push(struct breaks *out)
{
	CM_PUSH(out->b, out->n, out->cap);
	out->b[out->n] = (struct break_even){ .sentence = "" };
	return &out->b[out->n++];
}

static enum cm_basis pair_basis(const struct tco *t, size_t a, size_t b)
{
	const struct model_line *l;
	model_lines(t->s->model, &l);
	return cm_basis_weakest(l[t->view[a].npv].basis, l[t->view[b].npv].basis);
}

/* above: the one that costs less above the crossing. */
static void put_use(struct tco *t, struct breaks *out, size_t above, size_t below, double use,
		    bool jump)
{
	const struct scenario *s = t->s;
	const enum cm_basis basis = pair_basis(t, above, below);
	struct break_even *x = push(out);
	x->a = s->option[above].name;
	x->b = s->option[below].name;
	x->kind = "utilisation";
	x->at = cm_figure(use * 100, "%", basis);
	x->sentence = pool_printf(tco_pool(t), "%s costs less than %s above %.3g %% utilisation%s",
				  tco_label(t, above), tco_label(t, below), use * 100,
				  jump ? ", where the costs jump" : "");
	x->jump = jump;
	const uint32_t work = t->view[above].work_month;
	if (work == MODEL_NONE || s->months < 1)
		return;
	const struct model_line *l;
	model_lines(s->model, &l);
	const double now = eval_value(s->base, t->view[above].use, 0) / 100;
	if (!(now > 0))
		return;
	struct break_even *v = push(out);
	*v = out->b[out->n - 2];
	v->kind = "volume"; /* the same place, in work */
	const char *unit = unit_text(l[work].unit);
	v->at = cm_figure(eval_value(s->base, work, 1) * use / now, unit, basis);
	v->sentence = pool_printf(tco_pool(t), "%s costs less than %s above %s %s a month",
				  tco_label(t, above), tco_label(t, below), tco_number(t, v->at.value), unit);
}

static void cross_use(struct tco *t, size_t a, size_t b, bool say_none, struct breaks *out)
{
	struct crossing c[CROSSINGS];
	struct pair k = { .a = a, .b = b };
	const size_t both[] = { a, b };
	double *d = cm_alloc((t->levels + 1) * sizeof *d), sign = 0;
	size_t seen = 0;
	for (size_t i = 0; i < t->levels; i++) {
		d[i] = t->curve[a][i] - t->curve[b][i];
		if (isnan(d[i]))
			continue;
		seen++;
		sign = d[i];
	}
	probe_begin(t, &k.p, t->use, t->uses, both, 2);
	const size_t found = cross_all(gap, &k, t->level, d, t->levels, c, CROSSINGS);
	probe_end(&k.p);
	free(d);
	for (size_t i = 0; i < found; i++)
		put_use(t, out, c[i].falls ? a : b, c[i].falls ? b : a, c[i].at, c[i].jump);
	if (found || !say_none)
		return;
	struct break_even *x = push(out);
	x->a = t->s->option[a].name;
	x->b = t->s->option[b].name;
	x->kind = "utilisation";
	const size_t less = sign < 0 ? a : b, more = sign < 0 ? b : a;
	const char *why = seen == 0
		? pool_printf(tco_pool(t), "at no utilisation can both %s and %s do the work",
			      tco_label(t, a), tco_label(t, b))
		: pool_printf(tco_pool(t), "%s costs less than %s at every utilisation that both can "
			      "do", tco_label(t, less), tco_label(t, more));
	x->at = cm_figure_missing("%", why);
	x->sentence = why;
}

/* Months at which the sums of cash cross, undiscounted; between two months by a straight line. */
static void cross_month(struct tco *t, size_t a, size_t b, bool say_none, struct breaks *out)
{
	const uint32_t ca = t->view[a].cash, cb = t->view[b].cash;
	if (ca == MODEL_NONE || cb == MODEL_NONE)
		return;
	double sum = 0, before = 0;
	size_t found = 0;
	const enum cm_basis basis = pair_basis(t, a, b);
	for (unsigned m = 0; m <= t->s->months; m++) {
		sum += eval_value(t->s->base, ca, m) - eval_value(t->s->base, cb, m);
		if (m && before != 0 && sum != 0 && (before < 0) != (sum < 0)) {
			const size_t win = sum < 0 ? a : b, lose = sum < 0 ? b : a;
			struct break_even *x = push(out);
			x->a = t->s->option[win].name;
			x->b = t->s->option[lose].name;
			x->kind = "month";
			x->at = cm_figure(m - 1 + before / (before - sum), "month", basis);
			x->sentence = pool_printf(tco_pool(t), "%s has cost less cash than %s from "
						  "month %.3g on", tco_label(t, win),
						  tco_label(t, lose), x->at.value);
			found++;
		}
		if (sum != 0)
			before = sum;
	}
	if (found || !say_none)
		return;
	struct break_even *x = push(out);
	x->a = t->s->option[a].name;
	x->b = t->s->option[b].name;
	x->kind = "month";
	const char *why = pool_printf(tco_pool(t), "%s has cost less cash than %s in every month",
				      tco_label(t, sum < 0 ? a : b), tco_label(t, sum < 0 ? b : a));
	x->at = cm_figure_missing("month", why);
	x->sentence = why;
}

/* The cheapest with every other first, then all other pairs where they are few. */
void tco_breaks(struct tco *t)
{
	struct breaks out = { 0 };
	const size_t n = t->s->options, first = n ? t->rank[0] : 0;
	const bool all = n <= 10;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			const size_t a = t->rank[i], b = t->rank[j];
			if (!tco_has_npv(t, a) || !tco_has_npv(t, b) || (!all && i > 0))
				continue;
			if (t->levels)
				cross_use(t, a, b, a == first && all, &out);
			cross_month(t, a, b, a == first && all, &out);
		}
	struct break_even *kept = pool_alloc(tco_pool(t), (out.n + 1) * sizeof *kept);
	if (out.n)
		memcpy(kept, out.b, out.n * sizeof *kept);
	free(out.b);
	t->d->breaks = kept;
	t->d->nbreaks = out.n;
}
