/* Definitions into nodes: names resolved, units checked, lines made in the order they need. */
#include <stdlib.h>
#include <string.h>

#include "model/graph.h"

#define EXPR_DEPTH_MAX 1500

enum { LINE_NEW, LINE_MAKING, LINE_MADE };

/* Replaces the words `money` and `work` of a unit by the settings' texts. */
static char *unit_words_dup(const struct model *m, const char *text)
{
	struct str s = { 0 };
	while (*text) {
		const size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		if (n == 5 && memcmp(text, "money", 5) == 0)
			str_add(&s, m->set.currency);
		else if (n == 4 && memcmp(text, "work", 4) == 0 && m->set.work)
			str_addf(&s, strpbrk(m->set.work, " /*.^") ? "(%s)" : "%s", m->set.work);
		else
			str_addn(&s, text, n ? n : 1);
		text += n ? n : 1;
	}
	return str_take(&s);
}

const struct unit *model_unit(struct model *m, const char *text, struct cm_err *err)
{
	char *full = unit_words_dup(m, text);
	bool fresh;
	struct memo_slot *slot = memo_at(&m->units, model_symbol(m, full, true), 0, 0, &fresh);
	if (fresh)
		slot->p = unit_parse(full, err);
	else if (!slot->p)
		(void)unit_parse(full, err); /* the sentence again */
	free(full);
	return slot->p;
}

const struct unit *unit_product(struct model *m, enum model_op op, const struct unit *a,
				const struct unit *b)
{
	bool fresh;
	struct memo_slot *s = memo_at(&m->products, (uintptr_t)a, (uintptr_t)b, op, &fresh);
	if (fresh)
		s->p = op == OP_MUL ? unit_mul(a, b) : unit_div(a, b);
	return s->p;
}

uint32_t node_new(struct making *k, enum model_op op, uint32_t a, uint32_t b, uint32_t c,
		  const struct unit *unit, struct model_pos pos)
{
	struct model *m = k->m;
	CM_PUSH(m->node, m->nodes, m->nodes_cap);
	struct model_node *n = &m->node[m->nodes];
	if (k->bound && k->bound->f->shipped)
		pos = k->bound->pos;
	*n = (struct model_node){ .op = (uint8_t)op, .arg = { a, b, c }, .line = k->line,
				  .unit = unit, .pos = pos };
	n->series = op == OP_MONTH || op == OP_PREV || op == OP_CUM;
	if (op != OP_SUM && op != OP_PICK && op != OP_PREV && op != OP_IRR)
		for (unsigned i = 0; i < model_op_args(op); i++)
			n->series |= m->node[n->arg[i]].series;
	return (uint32_t)m->nodes++;
}

uint32_t node_const(struct making *k, double v, const struct unit *unit, struct model_pos pos)
{
	const uint32_t n = node_new(k, OP_CONST, 0, 0, 0, unit, pos);
	k->m->node[n].number = v;
	return n;
}

const struct unit *node_unit(const struct making *k, uint32_t n)
{
	return k->m->node[n].unit;
}

bool node_is_zero(const struct making *k, uint32_t n)
{
	const struct model_node *x = &k->m->node[n];
	return x->op == OP_CONST && x->number == 0;
}

uint32_t node_in(struct making *k, uint32_t n, const struct unit *to)
{
	struct model *m = k->m;
	const struct unit *from = m->node[n].unit;
	if (from == to)
		return n;
	bool fresh;
	struct memo_slot *s = memo_at(&m->factors, (uintptr_t)from, (uintptr_t)to, 0, &fresh);
	if (fresh && !unit_factor(from, to, &s->d))
		s->d = 0; /* of another kind */
	if (s->d == 0 && !node_is_zero(k, n))
		return MODEL_NONE;
	const struct model_pos pos = m->node[n].pos;
	if (m->node[n].op == OP_CONST)
		return node_const(k, m->node[n].number * s->d, to, pos);
	if (s->d == 1)
		return n;
	const uint32_t factor = node_const(k, s->d, unit_one(), pos);
	return node_new(k, OP_MUL, n, factor, 0, to, pos);
}

enum cm_status node_plain(struct making *k, uint32_t n, const char *what, struct model_pos pos,
			  uint32_t *out)
{
	*out = node_in(k, n, unit_one());
	if (*out == MODEL_NONE)
		return cm_fail_at(k->err, CM_EINPUT, pos.file, pos.line, pos.col,
				  "%s must be a plain number, not '%s'", what,
				  unit_text(node_unit(k, n)));
	return CM_OK;
}

/* Name of the scope before a dot, and of the nearest one. */
static enum cm_status unknown_option(struct making *k, const char *name, struct model_pos pos)
{
	const struct model *m = k->m;
	const size_t n = (size_t)(strchr(name, '.') - name);
	const char **scopes = cm_alloc(m->scopes * sizeof *scopes);
	char *option = cm_strndup(name, n);
	for (size_t i = 1; i < m->scopes; i++)
		scopes[i - 1] = m->scope[i].name;
	const char *near = cm_nearest(option, scopes, m->scopes - 1);
	const enum cm_status st = cm_fail_at(k->err, CM_EINPUT, pos.file, pos.line, pos.col, near
					     ? "unknown option '%s' (did you mean '%s'?)"
					     : "unknown option '%s'", option, near);
	free(option);
	free(scopes);
	return st;
}

enum cm_status make_find(struct making *k, const char *name, struct model_pos pos, uint32_t *line)
{
	*line = model_find(k->m, k->scope, name);
	if (*line != MODEL_NONE)
		return CM_OK;
	uint32_t scope = k->scope;
	const char *dot = strchr(name, '.'), *word = dot ? dot + 1 : name;
	if (dot) {
		scope = model_scope_find(k->m, name, (size_t)(dot - name));
		if (scope == MODEL_NONE)
			return unknown_option(k, name, pos);
	}
	const char **names;
	size_t n = model_names(k->m, scope, &names);
	names[n++] = "month";
	const char *near = cm_nearest(word, names, n);
	free(names);
	return cm_fail_at(k->err, CM_EINPUT, pos.file, pos.line, pos.col,
			  near ? "unknown name '%s' (did you mean '%s'?)" : "unknown name '%s'",
			  word, near);
}

static enum cm_status make_name(struct making *k, const struct expr *e, uint32_t *out)
{
	for (size_t i = 0; k->bound && i < k->bound->f->params; i++)
		if (strcmp(k->bound->f->param[i], e->name) == 0) {
			*out = k->bound->node[i];
			return CM_OK;
		}
	if (strcmp(e->name, "month") == 0) {
		*out = node_new(k, OP_MONTH, 0, 0, 0, unit_one(), e->pos);
		return CM_OK;
	}
	if (strcmp(e->name, "months") == 0) {
		*out = node_const(k, k->m->set.months, unit_one(), e->pos);
		return CM_OK;
	}
	uint32_t line;
	enum cm_status st = make_find(k, e->name, e->pos, &line);
	if (!st)
		st = make_line(k, line);
	if (!st)
		*out = k->m->line[line].node;
	return st;
}

static enum cm_status make_number(struct making *k, const struct expr *e, uint32_t *out)
{
	const struct unit *u = unit_one();
	if (e->unit) {
		struct cm_err why;
		u = model_unit(k->m, e->unit, &why);
		if (!u)
			return cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
					  "%s", why.why);
	}
	*out = node_const(k, e->number, u, e->pos);
	return CM_OK;
}

static enum cm_status make_call(struct making *k, const struct expr *e, uint32_t *out)
{
	const struct func *f;
	const struct model_func *written = func_is_built_in(e->name)
						   ? NULL : func_written(k->m, e->name);
	if (written)
		return func_expand(k, written, e, out);
	enum cm_status st = func_find(k->m, e, &f, k->err);
	uint32_t arg[64] = { 0 };
	for (size_t i = 0; !st && !f->special && i < e->args; i++)
		st = make_expr(k, e->arg[i], &arg[i]);
	return st ? st : f->make(k, f, e, arg, out);
}

enum cm_status make_expr(struct making *k, const struct expr *e, uint32_t *out)
{
	enum cm_status st = CM_EINTERNAL;
	if (++k->m->expr_depth > EXPR_DEPTH_MAX)
		return cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
				  "the expressions are nested more than %d deep", EXPR_DEPTH_MAX);
	switch (e->kind) {
	case EXPR_NUMBER:
		st = make_number(k, e, out);
		break;
	case EXPR_NAME:
		st = make_name(k, e, out);
		break;
	case EXPR_CALL:
		st = make_call(k, e, out);
		break;
	case EXPR_TEXT:
		st = cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
				"a text is not a value here");
		break;
	}
	k->m->expr_depth--;
	return st;
}

static enum cm_status cycle(struct making *k, uint32_t line)
{
	const struct model *m = k->m;
	struct str s = { 0 };
	unsigned i = 0;
	while (m->path[i] != line)
		i++;
	for (; i < m->depth; i++)
		str_addf(&s, "%s → ", m->line[m->path[i]].def->name);
	const struct model_def *d = m->line[line].def;
	const enum cm_status st = cm_fail_at(k->err, CM_EINPUT, d->pos.file, d->pos.line, d->pos.col,
					     "'%s' depends on itself: %s%s (use prev(%s, START) for "
					     "the month before)", d->name, str_get(&s), d->name,
					     d->name);
	str_free(&s);
	return st;
}

static enum cm_status make_input(struct making *k, struct model_line *l)
{
	const struct model_def *d = l->def;
	if (d->required)
		return cm_fail_at(k->err, CM_EINPUT, d->pos.file, d->pos.line, d->pos.col,
				  "%s%s'%s' (%s, in %s) has no value: set it under inputs",
				  k->m->scope[k->scope].name, *k->m->scope[k->scope].name ? ": " : "",
				  d->name, d->label, d->unit);
	double v, lo, hi;
	spread_ends(&d->spread, &v, &lo, &hi);
	l->node = node_new(k, OP_INPUT, 0, 0, 0, l->unit, d->pos);
	k->m->node[l->node].number = v;
	return CM_OK;
}

static enum cm_status make_formula(struct making *k, uint32_t line, struct cm_err *err)
{
	const struct model_def *d = k->m->line[line].def;
	const struct unit *unit = k->m->line[line].unit;
	uint32_t n = 0;
	const enum cm_status st = make_expr(k, d->expr, &n);
	if (st)
		return st;
	const uint32_t in = node_in(k, n, unit);
	if (in == MODEL_NONE)
		return cm_fail_at(err, CM_EINPUT, d->unit_pos.file, d->unit_pos.line,
				  d->unit_pos.col, "'%s' is declared in '%s' but its expression is in "
				  "'%s'", d->name, unit_text(unit), unit_text(node_unit(k, n)));
	k->m->line[line].node = in;
	return CM_OK;
}

enum cm_status make_line(struct making *outer, uint32_t line)
{
	struct model *m = outer->m;
	struct model_line *l = &m->line[line];
	const struct model_def *d = l->def;
	if (l->state == LINE_MADE)
		return CM_OK;
	if (l->state == LINE_MAKING)
		return cycle(outer, line);
	struct making k = { m, line, d->expr ? l->scope : outer->scope, outer->err, NULL };
	struct cm_err why;
	l->unit = model_unit(m, d->unit, &why);
	if (!l->unit)
		return cm_fail_at(k.err, CM_EINPUT, d->unit_pos.file, d->unit_pos.line,
				  d->unit_pos.col, "%s", why.why);
	if (m->depth == CM_COUNT(m->path))
		return cm_fail_at(k.err, CM_EINPUT, d->pos.file, d->pos.line, d->pos.col,
				  "'%s' rests on a chain of more than %zu lines", d->name,
				  CM_COUNT(m->path));
	l->state = LINE_MAKING;
	m->path[m->depth++] = line;
	const enum cm_status st = d->expr ? make_formula(&k, line, k.err) : make_input(&k, l);
	m->depth--;
	l->state = LINE_MADE;
	if (st)
		return st;
	l->series = m->node[l->node].series;
	if (d->role == ROLE_COST && !l->series)
		return cm_fail_at(k.err, CM_EINPUT, d->pos.file, d->pos.line, d->pos.col,
				  "cost line '%s' is a single value: say when it is paid, at(0, …) or "
				  "monthly(…)", d->name);
	return CM_OK;
}

enum cm_status make_costs(struct making *k, struct model_pos pos, uint32_t *out)
{
	struct model *m = k->m;
	struct cm_err why;
	const struct unit *money = model_unit(m, "money", &why);
	if (!money)
		return cm_fail_at(k->err, CM_EINPUT, pos.file, pos.line, pos.col, "%s", why.why);
	*out = MODEL_NONE;
	for (size_t i = 0; i < m->scope[k->scope].lines; i++) {
		const uint32_t line = m->scope[k->scope].line[i];
		/* inside a cost line, taxes say, costs() is all the others */
		if (m->line[line].def->role != ROLE_COST || line == k->line)
			continue;
		const enum cm_status st = make_line(k, line);
		if (st)
			return st;
		const uint32_t n = node_in(k, m->line[line].node, money);
		if (n == MODEL_NONE)
			return cm_fail_at(k->err, CM_EINPUT, m->line[line].def->unit_pos.file,
					  m->line[line].def->unit_pos.line,
					  m->line[line].def->unit_pos.col,
					  "cost line '%s' is in '%s', not in money of the scenario "
					  "('%s')", m->line[line].def->name,
					  unit_text(m->line[line].unit), m->set.currency);
		*out = *out == MODEL_NONE ? n : node_new(k, OP_ADD, *out, n, 0, money, pos);
	}
	if (*out == MODEL_NONE)
		return cm_fail_at(k->err, CM_EINPUT, pos.file, pos.line, pos.col,
				  "costs() adds the cost lines, but '%s' has none",
				  m->scope[k->scope].name);
	return CM_OK;
}

/* The weakest basis under every node; nodes are in the order they need. */
static void bases(struct model *m)
{
	enum cm_basis *b = cm_alloc(m->nodes * sizeof *b);
	for (int round = 0; round < 2; round++) /* the second for what prev() reaches back to */
		for (size_t i = 0; i < m->nodes; i++) {
			const struct model_node *n = &m->node[i];
			b[i] = n->op == OP_INPUT ? m->line[n->line].def->basis : CM_DERIVED;
			for (unsigned j = 0; j < model_op_args(n->op); j++)
				b[i] = cm_basis_weakest(b[i], b[n->arg[j]]);
		}
	for (size_t i = 0; i < m->lines; i++) {
		struct model_line *l = &m->line[i];
		l->basis = b[l->node];
		if (l->def->expr && l->basis == CM_MEASURED)
			l->basis = CM_DERIVED;
	}
	free(b);
}

enum cm_status model_build(struct model *m, struct cm_err *err)
{
	enum cm_status st = CM_OK;
	func_shipped(m);
	/* options first, so that the figures of scope 0 come after what they compare */
	for (size_t s = 1; !st && s <= m->scopes; s++) {
		const uint32_t scope = (uint32_t)(s % m->scopes);
		struct making k = { .m = m, .scope = scope, .err = err };
		for (size_t i = 0; !st && i < m->scope[scope].lines; i++)
			st = make_line(&k, m->scope[scope].line[i]);
	}
	for (size_t i = 0; !st && i < m->laters; i++) {
		const struct model_line *l = &m->line[m->later[i].line];
		struct model_node *n = &m->node[m->later[i].node];
		if (!l->series)
			return cm_fail_at(err, CM_EINPUT, n->pos.file, n->pos.line, n->pos.col,
					  "prev() needs a monthly line; '%s' is a single value",
					  l->def->name);
		n->arg[0] = l->node;
	}
	if (!st)
		st = order_nodes(m, err);
	if (st)
		return st;
	for (size_t i = 0; i < m->lines; i++) {
		if (m->line[i].def->expr)
			continue;
		CM_PUSH(m->input, m->inputs, m->inputs_cap);
		m->input[m->inputs++] = (uint32_t)i;
	}
	for (size_t i = 0; i < m->nodes; i++) {
		m->node[i].at = m->values;
		m->values += m->node[i].series ? m->set.months + 1 : 1;
	}
	bases(m);
	m->built = true;
	return CM_OK;
}

void model_input_set(struct model *m, uint32_t line, double value)
{
	m->node[m->line[line].node].number = value;
}
