/*
 * Partial evaluation. Each node that depends on a draw becomes one polynomial a month; months that compute
 * the same become the same polynomial, and sums over months fall together. What algebra may do here is
 * bounded: products of sums are not multiplied out, and long sums are computed once where more than one
 * reader would repeat them.
 */
#include "model/unroll.h"

#include <math.h>
#include <stdlib.h>

#define TERMS_SCALAR 8   /* a single value of more terms is computed once and read */
#define TERMS_SERIES 48  /* as long as a month's value may grow, for sums over months to sort out */
#define EXPONENT_MOST 4096

struct state {
	const struct unroll *u;
	const struct model *m;
	struct polys *p;
	uint32_t **value;        /* [nodes] of each month, NULL: does not depend on a draw */
};

static uint32_t at(struct state *s, uint32_t node, unsigned t)
{
	const struct model_node *n = &s->m->node[node];
	const unsigned month = n->series ? t : 0;
	return s->value[node] ? s->value[node][month] : poly_const(s->p, s->u->base->v[n->at + month]);
}

/* A long polynomial is computed once when its reader would repeat it. */
static uint32_t bounded(struct state *s, uint32_t a, uint32_t most)
{
	return s->p->poly[a].n > most ? poly_single(s->p, a) : a;
}

static uint32_t add(struct state *s, uint32_t a, uint32_t b, double kb, bool series)
{
	const uint32_t most = series ? TERMS_SERIES : TERMS_SCALAR;
	if (s->p->poly[a].n + s->p->poly[b].n > most) {
		a = bounded(s, a, most / 2);
		b = bounded(s, b, most / 2);
	}
	return poly_add(s->p, a, b, kb);
}

/* Of two sums the shorter becomes one value: the single one, if the other is a month of a series. */
static uint32_t mul(struct state *s, uint32_t a, uint32_t b, bool a_series, bool b_series)
{
	struct polys *p = s->p;
	a = bounded(s, a, a_series ? TERMS_SERIES : TERMS_SCALAR);
	b = bounded(s, b, b_series ? TERMS_SERIES : TERMS_SCALAR);
	if (p->poly[a].n > 1 && p->poly[b].n > 1) {
		const bool first = a_series != b_series ? b_series : p->poly[a].n <= p->poly[b].n;
		*(first ? &a : &b) = poly_single(p, first ? a : b);
	}
	return poly_mul(p, a, b);
}

static uint32_t divide(struct state *s, uint32_t a, uint32_t b, bool a_series)
{
	double k;
	if (poly_is_const(s->p, b, &k))
		return k == 0 ? poly_const(s->p, NAN) : poly_scale(s->p, a, k, true);
	return mul(s, a, poly_inverse(s->p, b), a_series, true);
}

/* x^c for a constant c that is n times the unit: (x^unit)^n, so that months share one root. */
static uint32_t root_power(struct state *s, uint32_t x, double c, double unit)
{
	struct polys *p = s->p;
	double n = c / unit;
	if (fabs(n - rint(n)) > 1e-12 * fabs(n) || fabs(n) > EXPONENT_MOST) {
		unit = fabs(c);
		n = c < 0 ? -1 : 1;
	}
	n = rint(n);
	uint32_t root = x;
	if (unit == 0.5) {
		root = poly_call(p, OP_SQRT, x, 0, 0);
	} else if (unit != 1) {
		const uint32_t log = poly_call(p, OP_LOG, x, 0, 0);
		root = poly_call(p, OP_EXP, poly_scale(p, log, unit, false), 0, 0);
	}
	const uint32_t up = poly_power(p, poly_single(p, root), (uint32_t)fabs(n));
	return n < 0 ? poly_inverse(p, up) : up;
}

static uint32_t power(struct state *s, uint32_t a, uint32_t b, double unit)
{
	struct polys *p = s->p;
	double c;
	if (poly_is_const(p, b, &c)) {
		if (c == 0)
			return poly_const(p, 1);
		if (c == rint(c) && fabs(c) <= EXPONENT_MOST && !(unit < 1)) {
			const uint32_t up = poly_power(p, poly_single(p, a), (uint32_t)fabs(c));
			return c < 0 ? poly_inverse(p, up) : up;
		}
		if (isfinite(c))
			return root_power(s, a, c, unit);
	}
	const uint32_t log = poly_is_const(p, a, &c) ? poly_const(p, eval_apply(OP_LOG, c, 0, 0))
						     : poly_call(p, OP_LOG, a, 0, 0);
	return poly_call(p, OP_EXP, mul(s, b, log, true, true), 0, 0);
}

/* The greatest common unit of the exponents of all months, 0 where they have none. */
static double common_unit(const struct state *s, const struct model_node *n)
{
	const struct model_node *e = &s->m->node[n->arg[1]];
	if (n->op != OP_POW || s->value[n->arg[1]])
		return 0;
	const double *v = s->u->base->v + e->at;
	const unsigned count = e->series ? s->m->set.months + 1 : 1;
	double unit = 0, most = 0;
	for (unsigned t = 0; t < count; t++)
		most = fmax(most, fabs(v[t]));
	if (!isfinite(most))
		return 0;
	for (unsigned t = 0; t < count; t++) { /* Euclid's algorithm */
		double a = fabs(v[t]), b = unit;
		while (b > 1e-9 * most) {
			const double rest = fabs(a - b * rint(a / b));
			a = b;
			b = rest;
		}
		unit = a > 1e-9 * most ? a : unit;
	}
	if (unit == 0 || most / unit > EXPONENT_MOST)
		return 0;
	for (unsigned t = 0; t < count; t++) /* the unit as one of them has it, to the last digit */
		if (v[t] != 0 && fabs(fabs(v[t]) - unit) < 1e-12 * unit)
			return fabs(v[t]);
	return unit;
}

static bool all_const(struct state *s, const uint32_t *a, unsigned n, double *k)
{
	for (unsigned i = 0; i < n; i++)
		if (!poly_is_const(s->p, a[i], &k[i]))
			return false;
	return true;
}

/* Choices and logic of which a part is known. MODEL_NONE: nothing to simplify. */
static uint32_t choice(struct state *s, enum model_op op, const uint32_t *a)
{
	double k;
	switch (op) {
	case OP_IF:
		if (poly_is_const(s->p, a[0], &k))
			return isnan(k) ? a[0] : a[k != 0 ? 1 : 2];
		return a[1] == a[2] ? a[1] : MODEL_NONE;
	case OP_MIN:
	case OP_MAX:
		return a[0] == a[1] ? a[0] : MODEL_NONE;
	case OP_AND:
	case OP_OR:
		for (unsigned i = 0; i < 2; i++)
			if (poly_is_const(s->p, a[i], &k) && (k != 0) == (op == OP_OR))
				return poly_const(s->p, op == OP_OR);
		return MODEL_NONE;
	default:
		return MODEL_NONE;
	}
}

static uint32_t apply(struct state *s, const struct model_node *n, const uint32_t *a, double unit)
{
	const unsigned args = model_op_args((enum model_op)n->op);
	double k[3] = { 0 };
	if (all_const(s, a, args, k))
		return poly_const(s->p, eval_apply((enum model_op)n->op, k[0], k[1], k[2]));
	const bool series[2] = { s->m->node[n->arg[0]].series, args > 1 && s->m->node[n->arg[1]].series };
	switch (n->op) {
	case OP_ADD: return add(s, a[0], a[1], 1, n->series);
	case OP_SUB: return add(s, a[0], a[1], -1, n->series);
	case OP_NEG: return poly_scale(s->p, a[0], -1, false);
	case OP_MUL: return mul(s, a[0], a[1], series[0], series[1]);
	case OP_DIV: return divide(s, a[0], a[1], series[0]);
	case OP_POW: return power(s, a[0], a[1], unit > 0 ? unit : 1);
	default: break;
	}
	const uint32_t known = choice(s, (enum model_op)n->op, a);
	return known != MODEL_NONE ? known : poly_call(s->p, n->op, a[0], a[1], a[2]);
}

static void month(struct state *s, uint32_t node, unsigned t, double unit)
{
	const struct model_node *n = &s->m->node[node];
	uint32_t *out = &s->value[node][t];
	if (n->op == OP_PREV) {
		*out = t ? at(s, n->arg[0], t - 1) : at(s, n->arg[1], 0);
	} else if (n->op == OP_CUM) {
		*out = at(s, n->arg[0], t);
		if (t)
			*out = add(s, out[-1], *out, 1, true);
	} else {
		uint32_t a[3] = { 0 };
		for (unsigned i = 0; i < model_op_args((enum model_op)n->op); i++)
			a[i] = at(s, n->arg[i], t);
		*out = apply(s, n, a, unit);
	}
}

/* Over all months at once. */
static uint32_t whole(struct state *s, const struct model_node *n)
{
	const unsigned last = s->m->set.months;
	uint32_t *item = cm_alloc((last + 1) * sizeof *item), out;
	for (unsigned t = 0; t <= last; t++)
		item[t] = at(s, n->arg[0], t);
	double k;
	if (n->op == OP_SUM) {
		out = poly_sum(s->p, item, last + 1);
	} else if (n->op == OP_IRR) {
		out = poly_call_list(s->p, OP_IRR, item, last + 1, 0);
	} else {
		const uint32_t when = at(s, n->arg[1], 0);
		if (poly_is_const(s->p, when, &k))
			out = rint(k) >= 0 && rint(k) <= last ? item[(unsigned)rint(k)]
							      : poly_const(s->p, NAN);
		else
			out = poly_call_list(s->p, OP_PICK, item, last + 1, when);
	}
	free(item);
	return out;
}

static void values_new(struct state *s, uint32_t node)
{
	const unsigned n = s->m->node[node].series ? s->m->set.months + 1 : 1;
	s->value[node] = cm_alloc(n * sizeof **s->value);
}

/* One node, or a recurrence month by month. */
static void one_step(struct state *s, uint32_t first)
{
	const struct model_node *n = &s->m->node[first];
	uint32_t end = first + 1;
	while (n->loop && end < s->m->nodes && s->m->node[end].loop)
		end++;
	for (uint32_t i = first; i < end; i++)
		values_new(s, i);
	if (n->op == OP_SUM || n->op == OP_IRR || n->op == OP_PICK) {
		s->value[first][0] = whole(s, n);
		return;
	}
	double *unit = cm_alloc((end - first) * sizeof *unit);
	for (uint32_t i = first; i < end; i++)
		unit[i - first] = common_unit(s, &s->m->node[i]);
	for (unsigned t = 0; t <= (n->loop || n->series ? s->m->set.months : 0); t++)
		for (uint32_t i = first; i < end; i++)
			month(s, i, t, unit[i - first]);
	free(unit);
}

void unroll_lines(const struct unroll *u, struct polys *p, const uint32_t *line, size_t lines, uint32_t *out)
{
	const struct model *m = u->base->model;
	struct state s = { .u = u, .m = m, .p = p };
	s.value = cm_alloc((m->nodes + 1) * sizeof *s.value);
	for (uint32_t i = 0; i < u->draws; i++) {
		const uint32_t node = m->line[u->draw[i].line].node;
		values_new(&s, node);
		s.value[node][0] = poly_call(p, ATOM_DRAW, i, 0, 0);
	}
	for (size_t i = 0; i < u->steps; i++)
		one_step(&s, u->step[i]);
	for (size_t k = 0; k < lines; k++)
		out[k] = at(&s, m->line[line[k]].node, 0);
	for (size_t i = 0; i < m->nodes; i++)
		free(s.value[i]);
	free(s.value);
}
