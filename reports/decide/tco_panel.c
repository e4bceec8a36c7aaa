/*
 * The page's what-if as a script: the inputs that move the answers most, the options, and the model as
 * JavaScript. What the panel looks like is reports/web/panel.js. Made when somebody asks for it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "decide/tco.h"
#include "model/print_common.h"
#include "model/print_script.h"

#define CONTROLS_MOST 12
#define OPTIONS_MOST 20

struct control { /* one input, or several of the same name and value that belong to a kind each */
	uint32_t *at;         /* numbers of the inputs */
	size_t n;
	uint32_t line;        /* the first one's */
	double value, from, to, effect;
	bool share;           /* of something: 0 to 100 % */
};

struct panel {
	const struct scenario *s;
	struct control *control; size_t controls;
};

/* ---- which inputs ------------------------------------------------------------------------------- */

/* The widest relative change of an option's present value. */
static double effect_of(const struct tco *t, const struct swing *s)
{
	double most = 0;
	for (size_t k = 0; k < s->options; k++) {
		const double base = fabs(t->base[s->option[k]].npv);
		const double change = fabs(s->high[k].npv - s->low[k].npv) / base;
		if (isfinite(change) && change > most)
			most = change;
	}
	return most;
}

static bool same_control(const struct model_line *a, const struct model_line *b)
{
	return a->scope == 0 && b->scope == 0 && a->unit == b->unit &&
	       a->def->spread.kind == b->def->spread.kind && a->def->spread.a == b->def->spread.a &&
	       a->def->spread.b == b->def->spread.b && strcmp(a->def->name, b->def->name) == 0;
}

static int strongest_first(const void *a, const void *b)
{
	const struct control *x = a, *y = b;
	if (x->effect != y->effect)
		return x->effect > y->effect ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* A slider reaches past the input's range by its width, and not past what makes sense. */
static void control_ends(struct control *c, const struct swing *s, const struct model_line *l)
{
	const double width = s->own_range ? s->hi - s->lo : 0.5 * fabs(s->at);
	c->value = s->at;
	c->from = (s->own_range ? s->lo : s->at) - width;
	c->to = (s->own_range ? s->hi : s->at) + width;
	if (s->lo >= 0)
		c->from = fmax(c->from, 0);
	c->share = strcmp(l->def->unit, "%") == 0 && s->lo >= 0 && s->hi <= 100;
	if (c->share)
		c->to = fmin(c->to, 100);
}

static void control_add(struct tco *t, struct panel *p, const struct swing *s, uint32_t number)
{
	const struct model_line *line;
	model_lines(t->s->model, &line);
	const double effect = effect_of(t, s);
	struct control *c = p->control;
	while (c < p->control + p->controls && !same_control(&line[c->line], &line[s->line]))
		c++;
	if (c == p->control + p->controls) {
		p->controls++;
		*c = (struct control){ .line = s->line,
				       .at = pool_alloc(tco_pool(t), (t->s->options + 9) * sizeof *c->at) };
		control_ends(c, s, &line[s->line]);
	}
	if (c->n < t->s->options + 9)
		c->at[c->n++] = number;
	c->effect = fmax(c->effect, effect);
}

/* ---- the text ----------------------------------------------------------------------------------- */

static void text(struct str *out, const char *before, const char *value)
{
	str_addf(out, "%s\"", before);
	esc_script(out, value ? value : "");
	str_addc(out, '"');
}

static void number(struct str *out, const char *before, double v)
{
	str_add(out, before);
	if (isfinite(v))
		print_number(out, v);
	else
		str_add(out, "NaN");
}

/* The name that a link to changed inputs carries: own.servers, use. */
static void control_text(const struct panel *p, const struct control *c, struct str *out)
{
	const struct model_line *line;
	const struct model_scope *scope;
	model_lines(p->s->model, &line);
	model_scopes(p->s->model, &scope);
	const struct model_line *l = &line[c->line];
	struct str name = { 0 };
	str_addf(&name, "%s%s%s", scope[l->scope].name, l->scope ? "." : "", l->def->name);
	text(out, "{name:", str_get(&name));
	text(out, ",label:", l->def->label);
	const char *of = "";
	for (size_t i = 0; i < p->s->options; i++)
		if (l->scope && p->s->option[i].scope == l->scope)
			of = p->s->option[i].label;
	text(out, ",of:", of);
	const char *unit = unit_text(l->unit);
	text(out, ",unit:", strcmp(unit, "1") == 0 ? "" : unit);
	number(out, ",value:", eval_value(p->s->base, c->line, 0));
	number(out, ",from:", c->from);
	number(out, ",to:", c->to);
	for (size_t i = 0; i < c->n; i++)
		str_addf(out, "%s%u", i ? "," : ",at:[", c->at[i]);
	str_add(out, "]}");
	str_free(&name);
}

struct wanted { uint32_t *line; size_t n, cap; };

/* Place of a line among what the script returns; -1: there is none. */
static void want(struct wanted *w, struct str *out, const char *before, uint32_t line)
{
	if (line == MODEL_NONE) {
		str_addf(out, "%s-1", before);
		return;
	}
	CM_PUSH(w->line, w->n, w->cap);
	w->line[w->n] = line;
	str_addf(out, "%s%zu", before, w->n++);
}

static uint32_t scalar(const struct scenario *s, uint32_t scope, const char *name)
{
	const struct model_line *line;
	model_lines(s->model, &line);
	const uint32_t l = model_find(s->model, scope, name);
	return l != MODEL_NONE && !line[l].series ? l : MODEL_NONE;
}

static void option_text(const struct panel *p, const struct option_result *r, struct wanted *w,
			struct str *out)
{
	const struct model_line *line;
	const struct model_scope *scopes;
	uint32_t scope = 0;
	model_lines(p->s->model, &line);
	model_scopes(p->s->model, &scopes);
	for (size_t i = 0; i < p->s->options; i++)
		if (strcmp(p->s->option[i].name, r->name) == 0)
			scope = p->s->option[i].scope;
	text(out, "{name:", r->name);
	text(out, ",label:", r->label);
	text(out, ",per:", r->cost_per_unit.unit);
	want(w, out, ",npv:", scalar(p->s, scope, "npv"));
	want(w, out, ",unit:", scalar(p->s, scope, "cost_per_unit"));
	str_add(out, ",needs:[");
	size_t needs = 0;
	for (size_t i = 0; i < scopes[scope].lines; i++) {
		const uint32_t l = scopes[scope].line[i];
		if (line[l].def->role != ROLE_NEED)
			continue;
		want(w, out, needs++ ? ",{at:" : "{at:", l);
		text(out, ",why:", line[l].def->label);
		str_addc(out, '}');
	}
	str_add(out, "]}");
}

static void script(const struct what_if *what, struct str *out)
{
	const struct panel *p = what->graph;
	const struct decision *d = p->s->decision;
	const struct embedded_file *page = cm_embedded("panel.js");
	const uint32_t *input;
	const size_t inputs = model_inputs(p->s->model, &input);
	struct wanted w = { .n = 0 };
	if (!page)
		return;
	str_add(out, "'use strict';\n(");
	str_addn(out, page->bytes, page->size);
	text(out, ")({currency:", d->currency);
	str_addf(out, ",months:%u,controls:[", d->months);
	for (size_t i = 0; i < p->controls; i++) {
		str_add(out, i ? ",\n" : "");
		control_text(p, &p->control[i], out);
	}
	str_add(out, "],options:[");
	for (size_t i = 0; i < d->noptions && i < OPTIONS_MOST; i++) {
		str_add(out, i ? ",\n" : "");
		option_text(p, &d->options[i], &w, out);
	}
	str_addf(out, "],left:%zu,inputs:[", d->noptions > OPTIONS_MOST ? d->noptions - OPTIONS_MOST : 0);
	for (size_t i = 0; i < inputs; i++)
		number(out, i ? "," : "", eval_value(p->s->base, input[i], 0));
	str_add(out, "]},\n");
	model_script(p->s->model, w.line, w.n, out);
	str_add(out, ");\n");
	free(w.line);
}

void tco_panel(struct tco *t)
{
	const uint32_t *input;
	const size_t inputs = model_inputs(t->s->model, &input);
	struct panel *p = pool_alloc(tco_pool(t), sizeof *p);
	if (t->ranked == 0 || !t->swings)
		return;
	p->s = t->s;
	p->control = pool_alloc(tco_pool(t), (t->swings + 1) * sizeof *p->control);
	for (size_t i = 0, k = 0; i < t->swings; i++) {
		while (k < inputs && input[k] != t->swing[i].line)
			k++;
		if (k < inputs && effect_of(t, &t->swing[i]) > 0)
			control_add(t, p, &t->swing[i], (uint32_t)k);
	}
	qsort(p->control, p->controls, sizeof *p->control, strongest_first);
	if (p->controls > CONTROLS_MOST)
		p->controls = CONTROLS_MOST;
	struct what_if *what = pool_alloc(tco_pool(t), sizeof *what);
	*what = (struct what_if){ .script = script, .graph = p };
	t->d->what_if = what;
}
