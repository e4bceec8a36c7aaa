/* The derivation of a figure as text: a tree of lines, each with its formula, value and source. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/graph.h"

struct telling {
	const struct eval *e;
	const struct model *m;
	bool *told;
	struct str *out;
	struct str bar;  /* the tree's strokes on the left */
};

static void value_text(const struct eval *e, uint32_t line, struct str *out)
{
	const struct model_line *l = &e->model->line[line];
	const char *unit = unit_text(l->unit);
	if (strcmp(unit, "1") == 0)
		unit = "";
	if (!l->series) {
		str_addf(out, "%.10g%s%s", eval_value(e, line, 0), *unit ? " " : "", unit);
		return;
	}
	double sum = 0;
	for (unsigned t = 0; t <= e->model->set.months; t++)
		sum += eval_value(e, line, t);
	str_addf(out, "%.10g%s%s over the horizon (month 0: %.8g", sum, *unit ? " " : "", unit,
		 eval_value(e, line, 0));
	if (e->model->set.months >= 1)
		str_addf(out, ", month 1: %.8g", eval_value(e, line, 1));
	if (e->model->set.months >= 2)
		str_addf(out, ", month %u: %.8g", e->model->set.months,
			 eval_value(e, line, e->model->set.months));
	str_add(out, ")");
}

static void row(struct telling *x, const char *text)
{
	str_addf(x->out, "%s%s\n", str_get(&x->bar), text);
}

static void rowf(struct telling *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void rowf(struct telling *x, const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;
	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	row(x, str_get(&s));
	str_free(&s);
}

static void tell(struct telling *x, uint32_t line, uint32_t scope, const char *joint,
		 const char *under);

/* The function that is written in the language and called here, or NULL. */
static const struct model_func *called(const struct telling *x, const struct expr *e)
{
	if (e->kind != EXPR_CALL || func_is_built_in(e->name))
		return NULL;
	return func_written(x->m, e->name);
}

static bool is_param(const struct model_func *f, const char *name)
{
	for (size_t i = 0; f && i < f->params; i++)
		if (strcmp(f->param[i], name) == 0)
			return true;
	return false;
}

/* Lines that an expression names, in order, each once; in: the function whose body it is, or NULL. */
static void children(const struct telling *x, const struct expr *e, const struct model_func *in,
		     uint32_t scope, uint32_t **out, size_t *n, size_t *cap)
{
	uint32_t line = MODEL_NONE;
	const struct model_func *f = called(x, e);
	if (f && !f->shipped) /* a buyer's own may name lines, the shipped ones name none */
		children(x, f->body, f, scope, out, n, cap);
	if (e->kind == EXPR_NAME && !is_param(in, e->name))
		line = model_find(x->m, scope, e->name);
	for (size_t i = 0; i < *n; i++)
		if ((*out)[i] == line)
			line = MODEL_NONE;
	if (line != MODEL_NONE) {
		CM_PUSH(*out, *n, *cap);
		(*out)[(*n)++] = line;
	}
	const struct model_scope *s = &x->m->scope[scope];
	if (e->kind == EXPR_CALL && strcmp(e->name, "costs") == 0)
		for (size_t i = 0; i < s->lines; i++)
			if (x->m->line[s->line[i]].def->role == ROLE_COST) {
				CM_PUSH(*out, *n, *cap);
				(*out)[(*n)++] = s->line[i];
			}
	for (size_t i = 0; i < e->args; i++)
		children(x, e->arg[i], in, scope, out, n, cap);
}

static void tell_input(struct telling *x, const struct model_def *d)
{
	const char *ours = d->ours ? ", a default of ours" : "";
	double v, lo, hi;
	spread_ends(&d->spread, &v, &lo, &hi);
	rowf(x, "   written '%s' at %s:%zu:%zu%s", d->text, d->pos.file, d->pos.line, d->pos.col,
	     ours);
	if (lo < hi)
		rowf(x, "   from %.8g to %.8g %s", lo, hi, d->unit);
	if (d->origin)
		rowf(x, "   %s %s", d->origin->kind, d->origin->text);
	if (d->origin && d->origin->doubtful)
		rowf(x, "   ! %s", d->origin->why);
	if (d->why && *d->why)
		rowf(x, "   %s", d->why);
}

struct functions { const struct model_func *f[64]; size_t n; };

/* Functions that an expression calls, directly or through others, each once. */
static void functions(const struct telling *x, const struct expr *e, struct functions *out)
{
	const struct model_func *f = called(x, e);
	bool again = false;
	for (size_t i = 0; i < out->n; i++)
		again |= out->f[i] == f;
	if (f && !again && out->n < CM_COUNT(out->f)) {
		out->f[out->n++] = f;
		functions(x, f->body, out);
	}
	for (size_t i = 0; i < e->args; i++)
		functions(x, e->arg[i], out);
}

static void tell_functions(struct telling *x, const struct expr *e)
{
	struct functions used = { .n = 0 };
	functions(x, e, &used);
	for (size_t i = 0; i < used.n; i++) {
		const struct model_func *f = used.f[i];
		struct str s = { 0 };
		for (size_t j = 0; j < f->params; j++)
			str_addf(&s, "%s%s", j ? ", " : "", f->param[j]);
		rowf(x, "   where %s(%s) = %s%s%s", f->name, str_get(&s), f->text,
		     *f->why ? "   # " : "", f->why);
		str_free(&s);
	}
}

static void tell_formula(struct telling *x, uint32_t line)
{
	const struct model_line *l = &x->m->line[line];
	const struct model_def *d = l->def;
	rowf(x, "   = %s   (%s:%zu)", d->text, d->pos.file, d->pos.line);
	if (d->why && *d->why)
		rowf(x, "   %s", d->why);
	tell_functions(x, d->expr);
	uint32_t *child = NULL;
	size_t n = 0, cap = 0;
	children(x, d->expr, NULL, l->scope, &child, &n, &cap);
	for (size_t i = 0; i < n; i++)
		tell(x, child[i], l->scope, i + 1 < n ? "├─ " : "└─ ", i + 1 < n ? "│  " : "   ");
	free(child);
}

static void tell(struct telling *x, uint32_t line, uint32_t scope, const char *joint,
		 const char *under)
{
	const struct model_line *l = &x->m->line[line];
	const struct model_def *d = l->def;
	struct str s = { 0 };
	const uint32_t at = l->scope ? l->scope : 0;
	if (at && at != scope)
		str_addf(&s, "%s.", x->m->scope[at].name);
	str_addf(&s, "%s = ", d->name);
	value_text(x->e, line, &s);
	str_addf(&s, "  [%s]", cm_basis_word(l->basis));
	if (strcmp(d->label, d->name) != 0)
		str_addf(&s, "  %s", d->label);
	const bool again = x->told[line];
	x->told[line] = true;
	if (again)
		str_add(&s, "  (told above)");
	str_addf(x->out, "%s%s%s\n", str_get(&x->bar), joint, str_get(&s));
	str_free(&s);
	if (again)
		return;
	const size_t len = x->bar.len;
	str_add(&x->bar, under);
	if (d->expr)
		tell_formula(x, line);
	else
		tell_input(x, d);
	x->bar.len = len;
	if (x->bar.p)
		x->bar.p[len] = 0;
}

void model_explain(const struct eval *e, uint32_t line, struct str *out)
{
	struct telling x = { .e = e, .m = e->model, .out = out };
	x.told = cm_alloc(e->model->lines * sizeof *x.told);
	tell(&x, line, 0, "", "");
	str_free(&x.bar);
	free(x.told);
}
