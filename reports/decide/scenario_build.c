/* The model of a scenario: which definition of a name an option gets, all in one graph, evaluated.
 * First comes first: the option's own inputs and lines, the scenario's lines, its inputs (shared by
 * all options), then the kind's model. */
#include <stdlib.h>
#include <string.h>

#include "decide/scenario.h"

static void add_all(struct model *m, uint32_t scope, const struct model_source *src)
{
	for (size_t i = 0; i < src->defs; i++)
		model_add(m, scope, src->def[i]);
}

/* Functions are the model's, whichever lines they stand among; the scenario's come before a kind's. */
static void add_funcs(struct model *m, const struct model_source *src)
{
	for (size_t i = 0; i < src->funcs; i++)
		model_add_func(m, src->func[i]);
}

static void all_funcs(struct scenario *s)
{
	add_funcs(s->model, &s->lines);
	add_funcs(s->model, &s->figures);
	for (size_t i = 0; i < s->options; i++)
		add_funcs(s->model, &s->option[i].lines);
	for (size_t i = 0; i < s->options; i++)
		add_funcs(s->model, s->option[i].model);
}

/* needs_unmet = sum of what each need misses in each month. */
static enum cm_status count_unmet(struct scenario *s, struct option_spec *o, struct cm_err *err)
{
	const struct model_scope *scope;
	const struct model_line *line;
	struct str text = { 0 };
	model_scopes(s->model, &scope);
	model_lines(s->model, &line);
	for (size_t i = 0; i < scope[o->scope].lines; i++) {
		const struct model_def *d = line[scope[o->scope].line[i]].def;
		if (d->role == ROLE_NEED)
			str_addf(&text, "%s(if(%s, 0, 1) + 0 * month)", text.len ? " + sum" :
				 SCENARIO_UNMET " = sum", d->name);
	}
	enum cm_status st = CM_OK;
	if (text.len) {
		str_add(&text, " : 1 \"Needs that are not met, over all months\"");
		st = model_parse(str_get(&text), text.len,
				 (struct model_pos){ s->path, o->line, o->col - 1 }, true, &o->checks,
				 err);
	}
	str_free(&text);
	if (!st)
		add_all(s->model, o->scope, &o->checks);
	return st;
}

static enum cm_status option_add(struct scenario *s, struct option_spec *o, struct cm_err *err)
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
	return count_unmet(s, o, err);
}

/* A model's input without a default that nobody set: the sentence points at the option. */
static enum cm_status all_set(const struct scenario *s, const struct option_spec *o,
			      struct cm_err *err)
{
	for (size_t i = 0; i < o->model->defs; i++) {
		const struct model_def *d = o->model->def[i];
		if (!d->required || model_source_find(&o->inputs, d->name) ||
		    model_source_find(&o->lines, d->name) || model_source_find(&s->lines, d->name) ||
		    model_source_find(&s->inputs, d->name))
			continue;
		struct cm_err why;
		const struct unit *u = model_unit(s->model, d->unit, &why);
		return cm_fail_at(err, CM_EINPUT, s->path, o->line, o->col,
				  "option '%s' needs the input '%s' (%s), a value in '%s'", o->name,
				  d->name, d->label, u ? unit_text(u) : d->unit);
	}
	return CM_OK;
}

static enum cm_status role_changed(const struct model_def *d, const struct model_def *old,
				   struct cm_err *err)
{
	return cm_fail_at(err, CM_EINPUT, d->pos.file, d->pos.line, d->pos.col,
			  old->role == ROLE_COST
			  ? "'%s' replaces a cost line (%s:%zu): write 'cost %s = …'"
			  : "'%s' replaces a line that is no cost (%s:%zu): leave 'cost' away, or "
			    "choose a name other than '%s'",
			  d->name, old->pos.file, old->pos.line, d->name);
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
				return role_changed(d, old, err);
		}
	return CM_OK;
}

/* Names under `indifference:` must be inputs. */
static enum cm_status asked_inputs(const struct scenario *s, struct cm_err *err)
{
	const struct model_line *line;
	model_lines(s->model, &line);
	for (size_t i = 0; i < s->equals; i++) {
		const struct yaml_node *n = &s->equal_node->item[i];
		uint32_t id = model_find(s->model, 0, n->text);
		for (size_t k = 0; k < s->options && id == MODEL_NONE && !strchr(n->text, '.'); k++)
			id = model_find(s->model, s->option[k].scope, n->text);
		struct pool pool = { 0 };
		const char *near = id == MODEL_NONE ? scenario_near(s, n->text, &pool) : NULL;
		enum cm_status st = CM_OK;
		if (id == MODEL_NONE)
			st = scenario_at(s, n, err, near ? "indifference: no input '%s' (did you mean "
					 "'%s'?)" : "indifference: no input '%s'", n->text, near);
		else if (line[id].def->expr)
			st = scenario_at(s, n, err, "indifference: '%s' is computed, expected an input",
					 n->text);
		pool_free(&pool);
		if (st)
			return st;
	}
	return CM_OK;
}

enum cm_status scenario_build(struct scenario *s, struct cm_err *err)
{
	enum cm_status st = scenario_named(s, &s->lines, err);
	if (!st)
		st = scenario_named(s, &s->figures, err);
	for (size_t i = 0; !st && i < s->options; i++)
		st = scenario_named(s, &s->option[i].lines, err);
	if (!st)
		st = same_role(s, &s->lines, err);
	for (size_t i = 0; !st && i < s->options; i++)
		st = same_role(s, &s->option[i].lines, err);
	for (size_t i = 0; !st && i < s->options; i++)
		st = all_set(s, &s->option[i], err);
	if (st)
		return st;
	all_funcs(s);
	add_all(s->model, 0, &s->inputs);
	for (size_t i = 0; !st && i < s->options; i++)
		st = option_add(s, &s->option[i], err);
	if (st)
		return st;
	add_all(s->model, 0, &s->figures);
	st = model_build(s->model, err);
	if (st)
		return st;
	s->base = eval_new(s->model);
	eval_all(s->base);
	st = scenario_choose(s, err);
	if (!st)
		st = eval_check(s->base, err);
	return st ? st : asked_inputs(s, err);
}

const char *scenario_near(const struct scenario *s, const char *figure, struct pool *pool)
{
	const char **names = NULL;
	size_t n = 0, cap = 0;
	const struct model_scope *scope;
	const struct model_line *line;
	const size_t scopes = model_scopes(s->model, &scope);
	model_lines(s->model, &line);
	for (size_t i = 0; i < scopes; i++)
		for (size_t j = 0; j < scope[i].lines; j++) {
			const char *name = line[scope[i].line[j]].def->name;
			CM_PUSH(names, n, cap);
			names[n++] = i ? pool_printf(pool, "%s.%s", scope[i].name, name) : name;
			CM_PUSH(names, n, cap);
			names[n++] = name;
		}
	const char *near = cm_nearest(figure, names, n);
	free(names);
	return near;
}
