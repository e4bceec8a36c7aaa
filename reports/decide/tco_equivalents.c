/* Device equivalents: the fleet's lines read back as rows, each with the interval that its rates'
 * ranges give: one rate at a time at both ends, effects added as independent. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"
#include "model/reach.h"

static uint32_t find(const struct tco *t, const char *name)
{
	return model_find(t->s->model, 0, name);
}

static struct figure figure_of(struct tco *t, uint32_t id, const uint32_t *rate, size_t rates)
{
	const struct model_line *line;
	model_lines(t->s->model, &line);
	const double at = eval_value(t->s->base, id, 0);
	double down = 0, up = 0;
	unsigned n = 0;
	for (size_t i = 0; i < rates; i++) {
		double v, lo, hi;
		spread_ends(&line[rate[i]].def->spread, &v, &lo, &hi);
		if (!(lo < hi))
			continue;
		uint32_t *steps;
		const size_t nsteps = reach_plan(eval_reach(t->e), &rate[i], 1, &id, 1, &steps);
		const double ends[] = { lo, hi };
		double least = at, most = at;
		for (size_t k = 0; k < CM_COUNT(ends); k++) {
			eval_input(t->e, rate[i], ends[k]);
			eval_steps(t->e, steps, nsteps);
			least = fmin(least, eval_value(t->e, id, 0));
			most = fmax(most, eval_value(t->e, id, 0));
		}
		eval_input(t->e, rate[i], v);
		eval_steps(t->e, steps, nsteps);
		free(steps);
		down += (at - least) * (at - least);
		up += (most - at) * (most - at);
		if (n == 0 || line[rate[i]].def->n < n)
			n = line[rate[i]].def->n;
	}
	return cm_figure_range(at, at - sqrt(down), at + sqrt(up), unit_text(line[id].unit), n,
			       line[id].basis);
}

static struct figure rate_of(const struct tco *t, uint32_t id)
{
	const struct model_line *line;
	double v, lo, hi;
	model_lines(t->s->model, &line);
	spread_ends(&line[id].def->spread, &v, &lo, &hi);
	return cm_figure_range(v, lo, hi, unit_text(line[id].unit), line[id].def->n,
			       line[id].def->basis);
}

static void scale(struct figure *f, double k)
{
	f->value *= k;
	f->lo *= k;
	f->hi *= k;
}

/* All rates, work by work. */
static uint32_t *rates_of(struct tco *t, const struct fleet *f)
{
	uint32_t *rate = cm_alloc((f->works * f->members + 1) * sizeof *rate);
	for (size_t w = 0; w < f->works; w++)
		for (size_t i = 0; i < f->members; i++)
			rate[w * f->members + i] = find(t, pool_printf(tco_pool(t), "rate_%s_%s",
								       f->work[w].name,
								       f->member[i].name));
	return rate;
}

/* Row of one device (i < members) or of the fleet, at one workload (w < works) or as the mean. */
static void row(struct tco *t, const struct fleet *f, const uint32_t *rate, size_t w, size_t i,
		struct equivalent *e)
{
	const bool mean = w == f->works, all = i == f->members;
	const char *work = mean ? "" : f->work[w].name, *name = all ? "" : f->member[i].name;
	*e = (struct equivalent){ .workload = work, .device = name,
				  .label = all ? "the fleet" : f->member[i].label };
	e->rate = cm_figure_missing("", mean ? "a mean of ratios has no rate"
					     : "the fleet is counted in units");
	if (!mean && !all)
		e->rate = rate_of(t, rate[w * f->members + i]);
	const uint32_t id = find(t, pool_printf(tco_pool(t), "%s%s%s%s%s", all ? "units" : "each",
						mean ? "" : "_", work, all ? "" : "_", name));
	const struct figure x = figure_of(t, id, mean ? rate : rate + w * f->members,
					  mean ? f->works * f->members : f->members);
	if (all) {
		for (size_t k = 0; k < f->members; k++)
			e->count += eval_value(t->s->base, find(t, f->member[k].count), 0);
		e->units = x;
		e->each = x;
		scale(&e->each, e->count > 0 ? 1 / e->count : NAN);
		if (!(e->count > 0))
			e->each = cm_figure_missing("1", "the fleet has no device");
		return;
	}
	e->count = eval_value(t->s->base, find(t, f->member[i].count), 0);
	e->each = e->units = x;
	scale(&e->units, e->count);
}

void tco_equivalents(struct tco *t)
{
	const struct fleet *f = t->s->fleet;
	if (!f)
		return;
	uint32_t *rate = rates_of(t, f);
	const size_t n = (f->works + 1) * (f->members + 1);
	struct equivalent *out = pool_alloc(tco_pool(t), (n + 1) * sizeof *out);
	for (size_t w = 0; w <= f->works; w++)
		for (size_t i = 0; i <= f->members; i++)
			row(t, f, rate, w, i, &out[w * (f->members + 1) + i]);
	free(rate);
	t->d->equivalents = out;
	t->d->nequivalents = n;
	for (size_t i = 0; i < f->members; i++)
		if (f->unit == f->member[i].name || strcmp(f->unit, f->member[i].name) == 0)
			t->d->equivalent_unit = f->member[i].label;
}
