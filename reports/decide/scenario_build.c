/* The model of a scenario: which definition of a name an option gets, all in one graph, evaluated.
 * First comes first: the option's own inputs and lines, the scenario's lines, its inputs (shared by
 * all options), then the kind's model. */
#include "decide/scenario.h"

static void add_all(struct model *m, uint32_t scope, const struct model_source *src)
{
	for (size_t i = 0; i < src->defs; i++)
		model_add(m, scope, src->def[i]);
}

static void option_add(struct scenario *s, struct option_spec *o)
{
	o->scope = model_scope_add(s->model, o->name);
	add_all(s->model, o->scope, &o->inputs);
	add_all(s->model, o->scope, &o->lines);
	add_all(s->model, o->scope, &s->lines);
	for (size_t i = 0; i < o->model->defs; i++) {
		const struct model_def *d = o->model->def[i];
		if (!model_source_find(&s->inputs, d->name))
			model_add(s->model, o->scope, d);
	}
}

/* A line that replaces a shipped one must keep what it is: a cost stays a cost. */
static enum cm_status same_role(const struct scenario *s, const struct model_source *lines,
				struct cm_err *err)
{
	for (size_t i = 0; i < lines->defs; i++)
		for (size_t j = 0; j < s->options; j++) {
			const struct model_def *d = lines->def[i];
			const struct model_def *old = model_source_find(s->option[j].model, d->name);
			if (old && (old->role == ROLE_COST) != (d->role == ROLE_COST))
				return cm_fail_at(err, CM_EINPUT, d->pos.file, d->pos.line, d->pos.col,
						  old->role == ROLE_COST
						  ? "'%s' replaces a cost line (%s:%zu): write 'cost %s = …'"
						  : "'%s' replaces a line that is no cost (%s:%zu): leave "
						    "'cost' away, or choose a name other than '%s'",
						  d->name, old->pos.file, old->pos.line, d->name);
		}
	return CM_OK;
}

enum cm_status scenario_build(struct scenario *s, struct cm_err *err)
{
	enum cm_status st = same_role(s, &s->lines, err);
	for (size_t i = 0; !st && i < s->options; i++)
		st = same_role(s, &s->option[i].lines, err);
	if (st)
		return st;
	add_all(s->model, 0, &s->inputs);
	for (size_t i = 0; i < s->options; i++)
		option_add(s, &s->option[i]);
	add_all(s->model, 0, &s->figures);
	st = model_build(s->model, err);
	if (st)
		return st;
	s->base = eval_new(s->model);
	eval_all(s->base);
	return eval_check(s->base, err);
}
