/* Values of the graph: one double for a single value, months + 1 for a series, node after node. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/graph.h"
#include "model/reach.h"
#include "model/special.h"

struct eval *eval_new(const struct model *m)
{
	struct eval *e = cm_alloc(sizeof *e);
	e->model = m;
	e->v = cm_alloc((m->values + 1) * sizeof *e->v);
	for (size_t i = 0; i < m->nodes; i++)
		if (m->node[i].op == OP_INPUT || m->node[i].op == OP_CONST)
			e->v[m->node[i].at] = m->node[i].number;
	return e;
}

struct eval *eval_dup(const struct eval *from)
{
	struct eval *e = eval_new(from->model);
	memcpy(e->v, from->v, from->model->values * sizeof *e->v);
	return e;
}

void eval_free(struct eval *e)
{
	if (!e)
		return;
	free(e->v);
	reach_free(e->reach);
	free(e);
}

/* NaN in, NaN out: comparisons and choices must not hide a value that does not exist. */
static double truth(double a, double b, bool yes)
{
	return isnan(a) || isnan(b) ? NAN : yes;
}

static double lesser(double a, double b)
{
	return isnan(a) || isnan(b) ? NAN : a < b ? a : b;
}

double eval_apply(enum model_op op, double a, double b, double c)
{
	switch (op) {
	case OP_ADD: return a + b;
	case OP_SUB: return a - b;
	case OP_MUL: return a * b;
	case OP_DIV: return b == 0 ? NAN : a / b;
	case OP_POW: return pow(a, b);
	case OP_NEG: return -a;
	case OP_LT: return truth(a, b, a < b);
	case OP_LE: return truth(a, b, a <= b);
	case OP_EQ: return truth(a, b, a == b);
	case OP_NE: return truth(a, b, a != b);
	case OP_AND: return truth(a, b, a != 0 && b != 0);
	case OP_OR: return truth(a, b, a != 0 || b != 0);
	case OP_NOT: return truth(a, a, a == 0);
	case OP_MIN: return lesser(a, b);
	case OP_MAX: return -lesser(-a, -b);
	case OP_IF: return isnan(a) ? NAN : a != 0 ? b : c;
	case OP_ABS: return fabs(a);
	case OP_EXP: return exp(a);
	case OP_LOG: return a > 0 ? log(a) : NAN;
	case OP_SQRT: return a >= 0 ? sqrt(a) : NAN;
	case OP_FLOOR: return floor(a);
	case OP_CEIL: return ceil(a);
	case OP_MACRS: return special_macrs(a, b);
	case OP_ERLANG_C: return special_erlang_c(a, b);
	case OP_ERLANG_N: return special_erlang_servers(a, b, c);
	default: return NAN;
	}
}

/* Month t of an argument; a single value is the same in every month. */
static double arg_at(const struct eval *e, uint32_t node, unsigned t)
{
	const struct model_node *n = &e->model->node[node];
	return e->v[n->at + (n->series ? t : 0)];
}

static void node_month(struct eval *e, const struct model_node *n, unsigned t)
{
	double *out = &e->v[n->at + t];
	if (n->op == OP_PREV)
		*out = t ? arg_at(e, n->arg[0], t - 1) : arg_at(e, n->arg[1], 0);
	else if (n->op == OP_MONTH)
		*out = t;
	else if (n->op == OP_CUM)
		*out = (t ? out[-1] : 0) + arg_at(e, n->arg[0], t);
	else
		*out = eval_apply((enum model_op)n->op, arg_at(e, n->arg[0], t),
				  arg_at(e, n->arg[1], t), arg_at(e, n->arg[2], t));
}

/* All months of an operator: what is common is chosen once, the rest month by month. */
static void node_months(struct eval *e, const struct model_node *n)
{
	const struct model_node *node = e->model->node;
	const struct model_node *x[3] = { &node[n->arg[0]], &node[n->arg[1]], &node[n->arg[2]] };
	const double *a = e->v + x[0]->at, *b = e->v + x[1]->at, *c = e->v + x[2]->at;
	const size_t na = x[0]->series, nb = x[1]->series, nc = x[2]->series;
	double *out = &e->v[n->at];
	const unsigned count = n->series ? e->model->set.months + 1 : 1;
#define EACH(value)                                                                                \
	for (unsigned t = 0; t < count; t++, a += na, b += nb, c += nc)                            \
		out[t] = (value);                                                                  \
	break
	switch (n->op) {
	case OP_ADD: EACH(*a + *b);
	case OP_SUB: EACH(*a - *b);
	case OP_MUL: EACH(*a * *b);
	case OP_DIV: EACH(*b == 0 ? NAN : *a / *b);
	case OP_LE: EACH(truth(*a, *b, *a <= *b));
	case OP_EQ: EACH(truth(*a, *b, *a == *b));
	case OP_MAX: EACH(-lesser(-*a, -*b));
	case OP_IF: EACH(isnan(*a) ? NAN : *a != 0 ? *b : *c);
	default: EACH(eval_apply((enum model_op)n->op, *a, *b, *c));
	}
#undef EACH
}

static void node_eval(struct eval *e, const struct model_node *n)
{
	const unsigned last = e->model->set.months;
	double *out = &e->v[n->at];
	switch (n->op) {
	case OP_CONST:
	case OP_INPUT:
		return;
	case OP_SUM:
		*out = 0;
		for (unsigned t = 0; t <= last; t++)
			*out += arg_at(e, n->arg[0], t);
		return;
	case OP_IRR:
		*out = special_irr(&e->v[e->model->node[n->arg[0]].at], last + 1);
		return;
	case OP_PICK: {
		const double at = rint(arg_at(e, n->arg[1], 0));
		*out = at >= 0 && at <= last ? arg_at(e, n->arg[0], (unsigned)at) : NAN;
		return;
	}
	case OP_PREV:
	case OP_MONTH:
	case OP_CUM:
		for (unsigned t = 0; t <= last; t++)
			node_month(e, n, t);
		return;
	default: node_months(e, n);
	}
}

/* Nodes from i: one, or the whole block of a recurrence. Returns the next. */
static size_t step(struct eval *e, size_t i)
{
	const struct model *m = e->model;
	if (!m->node[i].loop) {
		node_eval(e, &m->node[i]);
		return i + 1;
	}
	size_t end = i;
	while (end < m->nodes && m->node[end].loop)
		end++;
	for (unsigned t = 0; t <= m->set.months; t++)
		for (size_t j = i; j < end; j++)
			node_month(e, &m->node[j], t);
	return end;
}

void eval_all(struct eval *e)
{
	for (size_t i = 0; i < e->model->nodes;)
		i = step(e, i);
}

void eval_input(struct eval *e, uint32_t line, double value)
{
	e->v[e->model->node[e->model->line[line].node].at] = value;
}

void eval_steps(struct eval *e, const uint32_t *steps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)step(e, steps[i]);
}

struct reach *eval_reach(struct eval *e)
{
	if (!e->reach)
		e->reach = reach_new(e->model);
	return e->reach;
}

void eval_change(struct eval *e, uint32_t line, double value)
{
	size_t n;
	const uint32_t *steps = reach_steps(eval_reach(e), line, &n);
	eval_input(e, line, value);
	eval_steps(e, steps, n);
}

double eval_value(const struct eval *e, uint32_t line, unsigned month)
{
	return arg_at(e, e->model->line[line].node, month);
}

/* ---- where a value that does not exist comes from ------------------------------------------- */

static const struct model_node *culprit(const struct eval *e, const struct model_node *n, unsigned t,
					unsigned *month)
{
	for (unsigned guard = 0; guard < 100000; guard++) {
		const struct model *m = e->model;
		const struct model_node *down = NULL;
		unsigned at = t;
		for (unsigned a = 0; a < model_op_args((enum model_op)n->op) && !down; a++) {
			if (n->op == OP_IF && a && isfinite(arg_at(e, n->arg[0], t)) &&
			    (arg_at(e, n->arg[0], t) != 0) != (a == 1))
				continue; /* the branch not taken */
			const struct model_node *c = &m->node[n->arg[a]];
			if (n->op == OP_PREV) {
				if ((a == 0) == (t == 0))
					continue;
				at = t - (a == 0);
				if (!isfinite(arg_at(e, n->arg[a], at)))
					down = c;
			} else if (n->op == OP_SUM || n->op == OP_PICK || n->op == OP_CUM ||
				   n->op == OP_IRR) {
				for (at = 0; at < (c->series ? m->set.months + 1 : 1u); at++)
					if (!isfinite(arg_at(e, n->arg[a], at))) {
						down = c;
						break;
					}
			} else if (!isfinite(arg_at(e, n->arg[a], t))) {
				down = c;
			}
		}
		*month = t;
		if (!down)
			return n;
		n = down;
		t = at;
	}
	return n;
}

enum cm_status eval_check(const struct eval *e, struct cm_err *err)
{
	const struct model *m = e->model;
	for (size_t i = 0; i < m->lines; i++) {
		const struct model_node *n = &m->node[m->line[i].node];
		for (unsigned t = 0; t <= (n->series ? m->set.months : 0); t++) {
			if (isfinite(e->v[n->at + t]))
				continue;
			unsigned month;
			const struct model_node *c = culprit(e, n, t, &month);
			const char *why = "the value is too large";
			if (c->op == OP_DIV && arg_at(e, c->arg[1], month) == 0)
				why = "division by zero";
			else if (c->op == OP_LOG)
				why = "logarithm of a number that is not above 0";
			else if (c->op == OP_SQRT || c->op == OP_POW)
				why = "root of a negative number, or a power too large";
			else if (c->op == OP_IRR)
				why = "no rate at which the series is worth nothing";
			else if (c->op == OP_MACRS)
				why = "macrs() takes lives of 3, 5, 7, 10, 15 or 20 years";
			else if (c->op == OP_ERLANG_C || c->op == OP_ERLANG_N)
				why = "Erlang's formula needs whole servers and a load above 0";
			else if (c->op == OP_PICK)
				why = "value(SERIES, MONTH) asks for a month outside the horizon";
			return cm_fail_at(err, CM_EINPUT, c->pos.file, c->pos.line, c->pos.col,
					  c->series ? "%s in '%s' (month %u)" : "%s in '%s'", why,
					  m->line[c->line].def->name, month);
		}
	}
	return CM_OK;
}
