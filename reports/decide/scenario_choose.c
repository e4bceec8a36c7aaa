/*
 * What a scenario leaves open: `choose:` names inputs of an option and the values they may take; of
 * those that meet the option's needs, the ones that make a line least are taken, before anything else
 * is decided. Least hardware for a requirement, the time to replace and the split between owned and
 * rented are all choices of this kind.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/scenario.h"
#include "model/reach.h"

#define VALUES_MOST 10000   /* of one choice */
#define TRIES_MOST 100000   /* of all choices of an option together */
#define SCAN 64             /* intervals of a choice without steps */
#define NARROW 60           /* golden sections after the scan */
#define GOLDEN 0.6180339887498949

static const char *const choose_keys[] = { "values", "least", "label" };
static const char shape[] = "values such as '1..64 step 1' or '12..96 month step 12 month'";

/* ---- reading ------------------------------------------------------------------------------------ */

/* "A..B UNIT step C UNIT": the range as the input's own text, and the step in its declared unit. */
static enum cm_status values_read(struct scenario *s, const struct yaml_node *n, const char *name,
				  const struct model_def *shipped, struct choose_spec *c,
				  struct cm_err *err)
{
	struct option_spec *o = &s->option[c->option];
	if (n->kind != YAML_SCALAR || !*n->text)
		return scenario_at(s, n, err, "'%s': expected %s", name, shape);
	const char *word = strstr(n->text, " step ");
	struct yaml_node range = *n;
	char *head = cm_strndup(n->text, word ? (size_t)(word - n->text) : strlen(n->text));
	range.text = pool_dup(&s->pool, head);
	range.key = name;
	free(head);
	enum cm_status st = scenario_input(s, &range, shipped, o->name, &o->inputs, err);
	if (st)
		return st;
	c->def = o->inputs.def[o->inputs.defs - 1];
	if (c->def->spread.kind != SPREAD_RANGE)
		return scenario_at(s, n, err, "'%s': expected %s", name, shape);
	c->from = c->def->spread.a;
	c->to = c->def->spread.b;
	struct spread step = { 0 }, whole = { 0 };
	const char *step_unit = "", *unit = "";
	const struct model_pos at = { s->path, n->line,
				      n->col - 1 + (word ? (size_t)(word + 6 - n->text) : 0) };
	if (word) {
		st = spread_parse(word + 6, at, &step, &step_unit, err);
		if (!st)
			st = spread_parse(range.text, at, &whole, &unit, err);
		if (!st && (step.kind != SPREAD_POINT || !(step.a > 0) ||
			    (*step_unit && strcmp(step_unit, unit) != 0)))
			st = scenario_at(s, n, err, "'%s': expected a step above 0 in the unit of the "
					 "range", name);
		if (!st)
			c->step = step.a * ((c->to - c->from) / (whole.b - whole.a));
		if (!st && (c->to - c->from) / c->step > VALUES_MOST)
			st = scenario_at(s, n, err, "'%s': more than %d values: expected a greater "
					 "step", name, VALUES_MOST);
	}
	c->def->spread = (struct spread){ .kind = SPREAD_POINT, .a = c->from };
	c->def->role = ROLE_FIXED; /* found, not assumed: exact, and not varied */
	c->def->basis = CM_DERIVED;
	c->def->text = n->text;
	return st;
}

static enum cm_status one_read(struct scenario *s, size_t option, const struct yaml_node *n,
			       struct cm_err *err)
{
	const struct yaml_node *values = n, *least = NULL, *label = NULL;
	struct choose_spec c = { .option = option, .least = "npv", .at = NAN,
				 .pos = { s->path, n->line, n->col } };
	const struct model_def *shipped = NULL;
	enum cm_status st = scenario_settable(s, &s->option[option], n, &shipped, err);
	if (!st && model_source_find(&s->option[option].inputs, n->key))
		st = cm_fail_at(err, CM_EINPUT, s->path, n->key_line, n->key_col,
				"'%s' is set under inputs and under choose: leave one away", n->key);
	if (!st && n->kind == YAML_MAP) {
		st = yaml_known(n, s->path, choose_keys, CM_COUNT(choose_keys), err);
		values = yaml_get(n, "values");
		least = yaml_get(n, "least");
		label = yaml_get(n, "label");
		if (!st && !values)
			st = scenario_at(s, n, err, "'%s': expected the key 'values', %s", n->key,
					 shape);
	}
	if (!st && least && (least->kind != YAML_SCALAR || !*least->text))
		st = scenario_at(s, least, err, "'least': expected the name of a line, such as npv");
	if (!st && label && (label->kind != YAML_SCALAR || !*label->text))
		st = scenario_at(s, label, err, "'label': expected a text");
	if (!st)
		st = values_read(s, values, n->key, shipped, &c, err);
	if (st)
		return st;
	if (label && c.def)
		c.def->label = label->text;
	if (least) {
		c.least = least->text;
		c.pos = (struct model_pos){ s->path, least->line, least->col };
	}
	CM_PUSH(s->choice, s->choices, s->choices_cap);
	s->choice[s->choices++] = c;
	return CM_OK;
}

enum cm_status scenario_choose_read(struct scenario *s, size_t option, const struct yaml_node *n,
				    struct cm_err *err)
{
	enum cm_status st = n->kind == YAML_MAP && n->items
		? CM_OK : scenario_at(s, n, err, "'choose': expected a map of inputs, NAME: %s", shape);
	const size_t first = s->choices;
	double tries = 1;
	for (size_t i = 0; !st && i < n->items; i++) {
		st = one_read(s, option, &n->item[i], err);
		if (st)
			break;
		const struct choose_spec *c = &s->choice[s->choices - 1];
		tries *= c->step > 0 ? floor((c->to - c->from) / c->step) + 1 : SCAN + 1;
		if (strcmp(c->least, s->choice[first].least) != 0)
			st = scenario_at(s, &n->item[i], err, "the choices of one option are made for one "
					 "line: '%s' and '%s' differ", s->choice[first].least, c->least);
	}
	if (!st && tries > TRIES_MOST)
		st = scenario_at(s, n, err, "'choose': %.0f combinations, more than %d: expected fewer "
				 "values", tries, TRIES_MOST);
	return st;
}

/* ---- the search -------------------------------------------------------------------------------- */

struct search { /* of one option: all its choices together */
	struct scenario *s;
	struct choose_spec *c;
	size_t n;               /* choices */
	uint32_t *need; size_t needs;
	uint32_t *steps; size_t nsteps;
};

/* Cost at the present setting; NaN with the label of the need that is not met. */
static double cost(const struct search *q, const char **why)
{
	const struct scenario *s = q->s;
	const struct model_line *line;
	model_lines(s->model, &line);
	eval_steps(s->base, q->steps, q->nsteps);
	for (size_t i = 0; i < q->needs; i++)
		for (unsigned m = 0; m <= (line[q->need[i]].series ? s->months : 0); m++)
			if (!(eval_value(s->base, q->need[i], m) != 0)) {
				*why = line[q->need[i]].def->label;
				return NAN;
			}
	const double v = eval_value(s->base, q->c->least_line, 0);
	*why = isfinite(v) ? NULL : "its cost has no value there";
	return isfinite(v) ? v : NAN;
}

static size_t values_of(const struct choose_spec *c)
{
	return c->step > 0 ? (size_t)floor((c->to - c->from) / c->step * (1 + 1e-12)) + 1 : SCAN + 1;
}

static double value_at(const struct choose_spec *c, size_t i)
{
	return c->step > 0 ? c->from + (double)i * c->step
			   : c->from + (c->to - c->from) * (double)i / SCAN;
}

static void set(const struct search *q, size_t choice, double v)
{
	eval_input(q->s->base, q->c[choice].line, v);
}

static bool less(double a, double b) /* by more than rounding: of equals the first stays */
{
	return isfinite(a) && (isnan(b) || a < b - 1e-12 * fabs(b));
}

/* Every combination; leaves the best in c[].at, NaN where none meets the needs. */
static double try_all(struct search *q)
{
	size_t *i = cm_alloc((q->n + 1) * sizeof *i);
	double best = NAN;
	for (size_t k = 0; k < q->n; k++)
		set(q, k, value_at(&q->c[k], 0));
	for (;;) {
		const char *why;
		const double v = cost(q, &why);
		if (less(v, best)) {
			best = v;
			for (size_t k = 0; k < q->n; k++)
				q->c[k].at = value_at(&q->c[k], i[k]);
		}
		size_t k = 0;
		while (k < q->n && ++i[k] == values_of(&q->c[k])) {
			i[k] = 0;
			set(q, k, value_at(&q->c[k], 0));
			k++;
		}
		if (k == q->n)
			break;
		set(q, k, value_at(&q->c[k], i[k]));
	}
	free(i);
	return best;
}

static void set_best(struct search *q)
{
	for (size_t k = 0; k < q->n; k++)
		set(q, k, isnan(q->c[k].at) ? q->c[k].to : q->c[k].at);
}

/* A choice without steps: golden section around the best of the scan. */
static void narrow(struct search *q, size_t k, double best)
{
	struct choose_spec *c = &q->c[k];
	const double width = (c->to - c->from) / SCAN;
	double a = fmax(c->from, c->at - width), b = fmin(c->to, c->at + width);
	const char *why;
	for (int i = 0; i < NARROW; i++) {
		const double x = b - GOLDEN * (b - a), y = a + GOLDEN * (b - a);
		set(q, k, x);
		const double fx = cost(q, &why);
		set(q, k, y);
		const double fy = cost(q, &why);
		if (less(fx, best)) {
			best = fx;
			c->at = x;
		}
		if (less(fy, best)) {
			best = fy;
			c->at = y;
		}
		if (isnan(fy) || fx < fy) /* what cannot do the work is further away */
			b = y;
		else
			a = x;
	}
	set(q, k, c->at);
}

/* The curve of one choice with the others at their best, and why its values are refused. */
static void curve(struct search *q, size_t k, struct str *why_all)
{
	struct choose_spec *c = &q->c[k];
	const size_t n = values_of(c);
	const char *last = NULL;
	size_t from = 0;
	c->value = pool_alloc(&q->s->pool, (n + 1) * sizeof *c->value);
	c->cost = pool_alloc(&q->s->pool, (n + 1) * sizeof *c->cost);
	for (size_t i = 0; i <= n; i++) {
		const char *why = NULL;
		if (i < n) {
			c->value[i] = value_at(c, i);
			set(q, k, c->value[i]);
			c->cost[i] = cost(q, &why);
		}
		if (i && why != last) {
			if (last && from == i - 1)
				str_addf(why_all, "%sat %.4g %s", why_all->len ? "; " : "",
					 c->value[from], last);
			else if (last)
				str_addf(why_all, "%sat %.4g to %.4g %s", why_all->len ? "; " : "",
					 c->value[from], c->value[i - 1], last);
			from = i;
		}
		last = why;
	}
	c->n = n;
	set_best(q);
}

static enum cm_status find_lines(struct search *q, struct cm_err *err)
{
	struct scenario *s = q->s;
	const uint32_t scope = s->option[q->c->option].scope;
	const struct model_line *line;
	const struct model_scope *scopes;
	model_lines(s->model, &line);
	model_scopes(s->model, &scopes);
	for (size_t k = 0; k < q->n; k++) {
		struct choose_spec *c = &q->c[k];
		c->line = model_find(s->model, scope, c->def->name);
		c->least_line = model_find(s->model, scope, c->least);
		if (c->least_line == MODEL_NONE || line[c->least_line].series)
			return cm_fail_at(err, CM_EINPUT, c->pos.file, c->pos.line, c->pos.col,
					  "choose: option '%s' has no single value '%s' to make least",
					  s->option[c->option].name, c->least);
	}
	for (size_t i = 0; i < scopes[scope].lines; i++)
		if (line[scopes[scope].line[i]].def->role == ROLE_NEED)
			q->needs++;
	q->need = pool_alloc(&s->pool, (q->needs + 1) * sizeof *q->need);
	q->needs = 0;
	for (size_t i = 0; i < scopes[scope].lines; i++)
		if (line[scopes[scope].line[i]].def->role == ROLE_NEED)
			q->need[q->needs++] = scopes[scope].line[i];
	return CM_OK;
}

static void plan(struct search *q)
{
	uint32_t *input = cm_alloc((q->n + 1) * sizeof *input);
	uint32_t *line = cm_alloc((q->needs + 1) * sizeof *line);
	for (size_t k = 0; k < q->n; k++)
		input[k] = q->c[k].line;
	if (q->needs)
		memcpy(line, q->need, q->needs * sizeof *line);
	line[q->needs] = q->c->least_line;
	q->nsteps = reach_plan(eval_reach(q->s->base), input, q->n, line, q->needs + 1, &q->steps);
	free(input);
	free(line);
}

static enum cm_status search_option(struct scenario *s, struct choose_spec *c, size_t n,
				    struct cm_err *err)
{
	struct search q = { .s = s, .c = c, .n = n };
	const enum cm_status st = find_lines(&q, err);
	if (st)
		return st;
	plan(&q);
	const double best = try_all(&q);
	set_best(&q);
	for (size_t k = 0; k < n && isfinite(best); k++)
		if (c[k].step == 0)
			narrow(&q, k, best);
	for (size_t k = 0; k < n; k++) {
		struct str why = { 0 };
		curve(&q, k, &why);
		if (isnan(best) && why.len)
			s->option[c->option].none_fits = pool_printf(&s->pool, "no value of '%s' "
								     "will do: %s", c[k].def->label,
								     str_get(&why));
		str_free(&why);
		const double at = isnan(c[k].at) ? c[k].to : c[k].at;
		c[k].def->spread.a = at;
		model_input_set(s->model, c[k].line, at);
	}
	free(q.steps);
	return CM_OK;
}

enum cm_status scenario_choose(struct scenario *s, struct cm_err *err)
{
	for (size_t i = 0; i < s->choices;) {
		size_t end = i + 1;
		while (end < s->choices && s->choice[end].option == s->choice[i].option)
			end++;
		const enum cm_status st = search_option(s, &s->choice[i], end - i, err);
		if (st)
			return st;
		eval_all(s->base); /* a later option may look at this one */
		i = end;
	}
	return CM_OK;
}
