/* The choices that were searched for, as the report shows them: the value, what its neighbours would
 * cost more, and whether the range was wide enough. The search itself is scenario_choose.c's. */
#include <math.h>

#include "decide/tco.h"

static const char *number(struct tco *t, double v, const struct unit *u)
{
	const char *unit = tco_unit_text(u);
	return pool_printf(tco_pool(t), "%s%s%s", tco_number(t, v), *unit ? " " : "", unit);
}

/* "1.2 million USD" for money, else the number with its unit. */
static const char *cost_text(struct tco *t, double v, const struct unit *u)
{
	const struct unit *money = unit_parse(t->s->currency, NULL);
	return u == money ? tco_money_text(t, v) : number(t, v, u);
}

static void neighbours(const struct choose_spec *c, struct choice_result *r, double best)
{
	r->next_below = r->next_above = NAN;
	for (size_t i = 0; c->step > 0 && i < c->n; i++) {
		if (fabs(c->value[i] - c->at) > 1e-9 * c->step)
			continue;
		if (i > 0)
			r->next_below = c->cost[i - 1] - best;
		if (i + 1 < c->n)
			r->next_above = c->cost[i + 1] - best;
	}
	const double near = 1e-6 * (c->to - c->from);
	r->edge = c->at < c->from + near || c->at > c->to - near;
}

static const char *sentence(struct tco *t, const struct choose_spec *c, const struct choice_result *r,
			    const struct unit *u, const struct unit *cost_unit)
{
	const char *label = tco_label(t, c->option);
	struct str s = { 0 };
	str_addf(&s, "%s: %s %s gives the least '%s', %s", label, r->label, number(t, c->at, u),
		 r->least_label, cost_text(t, r->cost.value, cost_unit));
	if (isfinite(r->next_below) && c->step > 0)
		str_addf(&s, "; %s less would cost %s more", number(t, c->step, u),
			 cost_text(t, r->next_below, cost_unit));
	else if (c->step > 0 && c->at > c->from + c->step / 2)
		str_add(&s, "; less does not meet the needs");
	if (isfinite(r->next_above))
		str_addf(&s, "; %s more would cost %s more", number(t, c->step, u),
			 cost_text(t, r->next_above, cost_unit));
	if (r->edge && c->at > (c->from + c->to) / 2)
		str_add(&s, "; this is the end of the range: a wider one may do better");
	const char *out = pool_dup(tco_pool(t), str_get(&s));
	str_free(&s);
	return out;
}

static void result(struct tco *t, const struct choose_spec *c, struct choice_result *r)
{
	const struct option_spec *o = &t->s->option[c->option];
	const struct model_line *line;
	model_lines(t->s->model, &line);
	const struct model_line *in = &line[c->line], *out = &line[c->least_line];
	*r = (struct choice_result){ .option = o->name, .input = c->def->name, .label = c->def->label,
				     .least = c->least, .least_label = out->def->label,
				     .value = c->value, .cost_at = c->cost, .n = c->n };
	if (isnan(c->at)) {
		r->at = cm_figure_missing(unit_text(in->unit), o->none_fits);
		r->cost = cm_figure_missing(unit_text(out->unit), o->none_fits);
		r->next_below = r->next_above = NAN;
		r->sentence = pool_printf(tco_pool(t), "%s: %s", tco_label(t, c->option),
					  o->none_fits);
		return;
	}
	const double best = eval_value(t->s->base, c->least_line, 0);
	r->at = cm_figure(c->at, unit_text(in->unit), out->basis);
	r->cost = cm_figure(best, unit_text(out->unit), out->basis);
	neighbours(c, r, best);
	r->sentence = sentence(t, c, r, in->unit, out->unit);
}

void tco_choices(struct tco *t)
{
	struct choice_result *out = pool_alloc(tco_pool(t), (t->s->choices + 1) * sizeof *out);
	for (size_t i = 0; i < t->s->choices; i++)
		result(t, &t->s->choice[i], &out[i]);
	t->d->choices = out;
	t->d->nchoices = t->s->choices;
}
