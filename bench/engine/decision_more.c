/* Changes of the ranking, choices, device equivalents and uncertainty as JSON. Names are append-only. */
#include "engine/decision_more.h"

static void text(struct cmj *o, const char *key, const char *value)
{
	cmj_set(o, key, cmj_string(value ? value : ""));
}

static struct cmj *numbers(const double *v, size_t n)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < n; i++)
		cmj_push(a, cmj_number(v[i]));
	return a;
}

static struct cmj *changes(const struct decision *d)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < d->nchanges; i++) {
		const struct ranking_change *c = &d->changes[i];
		struct cmj *o = cmj_object();
		text(o, "option", c->option);
		text(o, "input", c->input);
		text(o, "label", c->label);
		cmj_set(o, "at", cm_figure_json(&c->at));
		cmj_set(o, "now", cm_figure_json(&c->now));
		text(o, "then", c->then);
		cmj_set(o, "within", cmj_bool(c->within));
		cmj_set(o, "jump", cmj_bool(c->jump));
		text(o, "sentence", c->sentence);
		cmj_push(a, o);
	}
	return a;
}

static struct cmj *choices(const struct decision *d)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < d->nchoices; i++) {
		const struct choice_result *c = &d->choices[i];
		struct cmj *o = cmj_object();
		text(o, "option", c->option);
		text(o, "input", c->input);
		text(o, "label", c->label);
		text(o, "least", c->least);
		cmj_set(o, "at", cm_figure_json(&c->at));
		cmj_set(o, "cost", cm_figure_json(&c->cost));
		cmj_set(o, "values", numbers(c->value, c->n));
		cmj_set(o, "costs", numbers(c->cost_at, c->n));
		cmj_set(o, "next_below", cmj_number(c->next_below));
		cmj_set(o, "next_above", cmj_number(c->next_above));
		cmj_set(o, "edge", cmj_bool(c->edge));
		text(o, "sentence", c->sentence);
		cmj_push(a, o);
	}
	return a;
}

static struct cmj *equivalents(const struct decision *d)
{
	struct cmj *o = cmj_object(), *a = cmj_array();
	text(o, "unit", d->equivalent_unit);
	for (size_t i = 0; i < d->nequivalents; i++) {
		const struct equivalent *e = &d->equivalents[i];
		struct cmj *r = cmj_object();
		text(r, "workload", e->workload);
		text(r, "device", e->device);
		text(r, "label", e->label);
		cmj_set(r, "count", cmj_number(e->count));
		cmj_set(r, "rate", cm_figure_json(&e->rate));
		cmj_set(r, "each", cm_figure_json(&e->each));
		cmj_set(r, "units", cm_figure_json(&e->units));
		cmj_push(a, r);
	}
	cmj_set(o, "rows", a);
	return o;
}

static struct cmj *band(const struct band *b)
{
	const struct { const char *key; double v; } members[] = {
		{ "p5", b->p5 }, { "p50", b->p50 }, { "p95", b->p95 },
		{ "mean", b->mean }, { "mean_se", b->mean_se }, { "sd", b->sd },
	};
	struct cmj *o = cmj_object();
	for (size_t i = 0; i < CM_COUNT(members); i++)
		cmj_set(o, members[i].key, cmj_number(members[i].v));
	return o;
}

static struct cmj *sobol(const struct uncertainty *u)
{
	struct cmj *o = cmj_object(), *a = cmj_array();
	text(o, "of", u->sobol_of);
	cmj_set(o, "variance", cmj_number(u->sobol_variance));
	cmj_set(o, "samples", cmj_int((int64_t)u->sobol_samples));
	for (size_t i = 0; i < u->nsobol; i++) {
		const struct sobol_index *x = &u->sobol[i];
		struct cmj *r = cmj_object();
		text(r, "option", x->option);
		text(r, "input", x->input);
		text(r, "label", x->label);
		cmj_set(r, "first", cmj_number(x->first));
		cmj_set(r, "first_se", cmj_number(x->first_se));
		cmj_set(r, "total", cmj_number(x->total));
		cmj_set(r, "total_se", cmj_number(x->total_se));
		cmj_push(a, r);
	}
	cmj_set(o, "inputs", a);
	return o;
}

static struct cmj *uncertainty(const struct uncertainty *u)
{
	struct cmj *o = cmj_object(), *a = cmj_array();
	cmj_set(o, "samples", cmj_int((int64_t)u->samples));
	cmj_set(o, "seed", cmj_int((int64_t)u->seed));
	cmj_set(o, "inputs", cmj_int((int64_t)u->inputs));
	cmj_set(o, "no_option", cmj_int((int64_t)u->lost));
	text(o, "method", u->method);
	text(o, "sentence", u->sentence);
	for (size_t i = 0; i < u->noptions; i++) {
		const struct uncertain_option *x = &u->options[i];
		struct cmj *r = cmj_object();
		text(r, "option", x->option);
		cmj_set(r, "cheapest", cmj_number(x->cheapest));
		cmj_set(r, "cheapest_se", cmj_number(x->cheapest_se));
		cmj_set(r, "regret", cmj_number(x->regret));
		cmj_set(r, "regret_se", cmj_number(x->regret_se));
		cmj_set(r, "infeasible", cmj_int((int64_t)x->infeasible));
		cmj_set(r, "npv", band(&x->npv));
		cmj_set(r, "cost_per_unit", band(&x->cost_per_unit));
		cmj_push(a, r);
	}
	cmj_set(o, "options", a);
	cmj_set(o, "sobol", sobol(u));
	return o;
}

void cm_decision_more_json(const struct decision *d, struct cmj *decisions)
{
	cmj_set(decisions, "ranking_changes", changes(d));
	cmj_set(decisions, "choices", choices(d));
	if (d->nequivalents)
		cmj_set(decisions, "equivalents", equivalents(d));
	if (d->uncertainty)
		cmj_set(decisions, "uncertainty", uncertainty(d->uncertainty));
}
