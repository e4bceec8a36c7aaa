/*
 * Uncertainty: all inputs with a range or a distribution drawn together. The options of one draw share
 * what they share (common random numbers: a shared input is one line of one graph), so the answer is how
 * often each is the cheapest, and what it costs to have chosen it where it is not.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"
#include "decide/tco_sample.h"
#include "model/sample.h"

#define CHUNK 4096
#define DRAWS_MOST 20000     /* by default */
#define DRAWS_LEAST 400
#define VALUES_DEFAULT 2e9   /* doubles computed by default: about a second, in blocks of vectors */
#define KEPT 20              /* options, the cheapest first, whose draws are kept for quantiles */

struct sums { double n, sum, squares; }; /* of distances from a fixed value, so that little cancels */

struct tally { /* of one option */
	uint32_t npv, unit, unmet;    /* lines; MODEL_NONE */
	double base_npv, base_unit;
	struct sums cost, per_unit, regret;
	double wins;
	size_t infeasible;
	double *kept_npv, *kept_unit; /* NULL: not kept */
	size_t kept;
};

struct draws {
	struct tco *t;
	struct tally *of; size_t n;   /* options in the decision's order, those with an NPV */
	uint32_t *line; double **out; size_t lines;
	double *room;
	size_t lost, samples;
};

static void count(struct sums *s, double v)
{
	s->n++;
	s->sum += v;
	s->squares += v * v;
}

static double mean(const struct sums *s) { return s->n > 0 ? s->sum / s->n : NAN; }

static double deviation(const struct sums *s)
{
	const double m = mean(s);
	return s->n > 1 ? sqrt(fmax(0, (s->squares - s->n * m * m) / (s->n - 1))) : NAN;
}

size_t tco_varying(const struct tco *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->swings; i++)
		n += t->swing[i].own_range && t->swing[i].options;
	return n;
}

static size_t how_many(const struct tco *t)
{
	if (t->s->samples != CM_SAMPLES_DEFAULT)
		return t->s->samples;
	const double n = floor(VALUES_DEFAULT / (double)(model_values(t->s->model) + 1));
	return n > DRAWS_MOST ? DRAWS_MOST : n < DRAWS_LEAST ? DRAWS_LEAST : (size_t)n;
}

/* ---- the draws ----------------------------------------------------------------------------------- */

static void add_line(struct draws *d, uint32_t line)
{
	if (line != MODEL_NONE)
		d->line[d->lines++] = line;
}

static void begin(struct draws *d, struct tco *t, size_t samples)
{
	const size_t n = t->s->options;
	*d = (struct draws){ .t = t, .samples = samples };
	d->of = cm_alloc((n + 1) * sizeof *d->of);
	d->line = cm_alloc((3 * n + 1) * sizeof *d->line);
	for (size_t i = 0; i < n; i++) {
		const size_t o = t->rank[i];
		if (!tco_has_npv(t, o))
			continue;
		struct tally *x = &d->of[d->n++];
		*x = (struct tally){ .npv = t->view[o].npv, .unit = t->view[o].cost_per_unit,
				     .unmet = t->view[o].unmet, .base_npv = t->base[o].npv,
				     .base_unit = t->base[o].cost_per_unit };
		if (d->n <= KEPT) {
			x->kept_npv = cm_alloc((samples + 1) * sizeof(double));
			x->kept_unit = cm_alloc((samples + 1) * sizeof(double));
		}
		add_line(d, x->npv);
		add_line(d, x->unit);
		add_line(d, x->unmet);
	}
	d->room = cm_alloc((d->lines + 1) * CHUNK * sizeof *d->room);
	d->out = cm_alloc((d->lines + 1) * sizeof *d->out);
	for (size_t i = 0; i < d->lines; i++)
		d->out[i] = d->room + i * CHUNK;
}

static void end(struct draws *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->of[i].kept_npv);
		free(d->of[i].kept_unit);
	}
	free(d->of);
	free(d->line);
	free(d->room);
	free(d->out);
}

/* One draw of every option; `column` walks over the lines as they were added. */
static void take(struct draws *d, size_t j, double *cost)
{
	size_t column = 0, best = SIZE_MAX;
	for (size_t i = 0; i < d->n; i++) {
		struct tally *x = &d->of[i];
		const double npv = d->out[column++][j];
		const double unit = x->unit == MODEL_NONE ? NAN : d->out[column++][j];
		const double unmet = x->unmet == MODEL_NONE ? 0 : d->out[column++][j];
		cost[i] = unmet == 0 && isfinite(npv) ? npv : NAN;
		if (isnan(cost[i])) {
			x->infeasible++;
			continue;
		}
		count(&x->cost, npv - x->base_npv);
		if (isfinite(unit))
			count(&x->per_unit, unit - x->base_unit);
		if (x->kept_npv) {
			x->kept_npv[x->kept] = npv;
			x->kept_unit[x->kept++] = unit;
		}
		if (best == SIZE_MAX || npv < cost[best])
			best = i;
	}
	if (best == SIZE_MAX) {
		d->lost++;
		return;
	}
	d->of[best].wins++;
	for (size_t i = 0; i < d->n; i++)
		if (!isnan(cost[i]))
			count(&d->of[i].regret, cost[i] - cost[best]);
}

static enum cm_status draw(struct draws *d, struct cm_err *err)
{
	double *cost = cm_alloc((d->n + 1) * sizeof *cost);
	enum cm_status st = CM_OK;
	for (size_t first = 0; !st && first < d->samples; first += CHUNK) {
		const size_t left = d->samples - first;
		const struct sample_spec spec = { .seed = d->t->s->seed, .first = first,
						  .n = left < CHUNK ? left : CHUNK };
		st = model_sample(d->t->s->model, d->line, d->lines, &spec, d->out, err);
		for (size_t j = 0; !st && j < spec.n; j++)
			take(d, j, cost);
	}
	free(cost);
	return st;
}

/* ---- what comes out ------------------------------------------------------------------------------ */

static int rising(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* Quantile p of n sorted values, between the two nearest (type 7 of Hyndman and Fan 1996). */
static double quantile(const double *v, size_t n, double p)
{
	if (n == 0)
		return NAN;
	const double at = p * (double)(n - 1);
	const size_t i = (size_t)at;
	return i + 1 < n ? v[i] + (at - (double)i) * (v[i + 1] - v[i]) : v[n - 1];
}

static struct band band_of(double *kept, size_t n, const struct sums *s, double base)
{
	struct band b = { NAN, NAN, NAN, mean(s) + base, deviation(s) / sqrt(s->n), deviation(s) };
	size_t finite = 0;
	for (size_t i = 0; kept && i < n; i++)
		if (isfinite(kept[i]))
			kept[finite++] = kept[i];
	if (finite == 0)
		return b;
	qsort(kept, finite, sizeof *kept, rising);
	b.p5 = quantile(kept, finite, 0.05);
	b.p50 = quantile(kept, finite, 0.50);
	b.p95 = quantile(kept, finite, 0.95);
	return b;
}

static void results(struct draws *d, struct uncertainty *u)
{
	struct tco *t = d->t;
	struct uncertain_option *out = pool_alloc(tco_pool(t), (d->n + 1) * sizeof *out);
	const double m = (double)(d->samples - d->lost);
	size_t n = 0;
	for (size_t i = 0; i < t->s->options; i++) {
		if (!tco_has_npv(t, t->rank[i]))
			continue;
		struct tally *x = &d->of[n];
		const double p = m > 0 ? x->wins / m : NAN;
		out[n++] = (struct uncertain_option){
			.option = t->s->option[t->rank[i]].name,
			.cheapest = p, .cheapest_se = sqrt(p * (1 - p) / m),
			.regret = mean(&x->regret),
			.regret_se = deviation(&x->regret) / sqrt(x->regret.n),
			.infeasible = x->infeasible,
			.npv = band_of(x->kept_npv, x->kept, &x->cost, x->base_npv),
			.cost_per_unit = band_of(x->kept_unit, x->kept, &x->per_unit, x->base_unit),
		};
	}
	u->options = out;
	u->noptions = n;
	u->lost = d->lost;
}

static const char *sentence(struct tco *t, const struct uncertainty *u)
{
	const struct uncertain_option *first = &u->options[0], *best = first;
	for (size_t i = 1; i < u->noptions; i++)
		if (u->options[i].cheapest > best->cheapest)
			best = &u->options[i];
	size_t a = t->rank[0], b = a;
	for (size_t i = 0; i < t->s->options; i++)
		if (strcmp(t->s->option[i].name, best->option) == 0)
			b = i;
	struct str s = { 0 };
	if (best->cheapest == 1)
		str_addf(&s, "in all %zu draws", u->samples - u->lost);
	else
		str_addf(&s, "in %.3g %% (± %.2g) of %zu draws", 100 * best->cheapest,
			 196 * best->cheapest_se, u->samples - u->lost);
	str_addf(&s, " of %zu uncertain input%s %s costs least", u->inputs, u->inputs == 1 ? "" : "s",
		 tco_label(t, b));
	if (a != b)
		str_addf(&s, ", %s in %.3g %%", tco_label(t, a), 100 * first->cheapest);
	if (first->regret > 0)
		str_addf(&s, "; having chosen %s costs %s more on average than knowing",
			 tco_label(t, a), tco_money_text(t, first->regret));
	if (u->lost)
		str_addf(&s, "; in %zu draws no option can do the work", u->lost);
	const char *out = pool_dup(tco_pool(t), str_get(&s));
	str_free(&s);
	return out;
}

enum cm_status tco_uncertainty(struct tco *t, struct cm_err *err)
{
	const size_t samples = how_many(t), inputs = tco_varying(t);
	if (!samples || !inputs || !t->ranked)
		return CM_OK;
	struct draws d;
	struct uncertainty *u = pool_alloc(tco_pool(t), sizeof *u);
	*u = (struct uncertainty){ .samples = samples, .inputs = inputs, .seed = t->s->seed };
	begin(&d, t, samples);
	enum cm_status st = draw(&d, err);
	if (!st) {
		results(&d, u);
		u->sentence = sentence(t, u);
		u->method = "every uncertain input drawn from its range or distribution, independently; the "
			    "options of a draw share what they share; shares of variance by Saltelli et "
			    "al. 2010 (first) and Jansen 1999 (total)";
	}
	end(&d);
	if (!st)
		st = tco_sobol(t, u, err);
	if (!st)
		t->d->uncertainty = u;
	return st;
}
