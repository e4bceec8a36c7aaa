/* Reverse-mode derivatives: adjoints beside the values of an evaluation, node after node backwards. */
#include "model/gradient.h"

#include <math.h>
#include <stdlib.h>

#include "model/graph.h"
#include "model/special.h"

struct sweep {
	const struct model *m;
	const double *v;
	double *g;       /* ∂line/∂value, beside every value of the evaluation */
	bool *active;    /* [nodes] rests on an input */
};

static size_t place(const struct sweep *s, uint32_t node, unsigned t)
{
	const struct model_node *n = &s->m->node[node];
	return n->at + (n->series ? t : 0);
}

static double value(const struct sweep *s, uint32_t node, unsigned t)
{
	return s->v[place(s, node, t)];
}

static void give(struct sweep *s, uint32_t node, unsigned t, double g)
{
	if (s->active[node])
		s->g[place(s, node, t)] += g;
}

/* out = a^b. The slope by b only where somebody asks: it costs a logarithm. */
static void give_power(struct sweep *s, const struct model_node *n, unsigned t, double out, double g)
{
	const double a = value(s, n->arg[0], t), b = value(s, n->arg[1], t);
	if (b != 0)
		give(s, n->arg[0], t, g * (a != 0 && out != 0 ? b * out / a : b * pow(a, b - 1)));
	if (s->active[n->arg[1]] && a > 0)
		give(s, n->arg[1], t, g * out * log(a));
}

/* The lesser of a and b passes all, equals half each. */
static void give_lesser(struct sweep *s, const struct model_node *n, unsigned t, double a, double b,
			double g)
{
	const double share = a < b ? 1 : a > b ? 0 : 0.5;
	give(s, n->arg[0], t, g * share);
	give(s, n->arg[1], t, g * (1 - share));
}

/* Σ c_t/(1+r)^t = 0 defines r: dr/dc_t = (1+r)^-t / Σ t c_t (1+r)^-(t+1). */
static void give_irr(struct sweep *s, const struct model_node *n, double r, double g)
{
	const unsigned last = s->m->set.months;
	double slope = 0, fall = 1;
	for (unsigned t = 0; t <= last; t++, fall /= 1 + r)
		slope += t * value(s, n->arg[0], t) * fall / (1 + r);
	fall = 1;
	for (unsigned t = 0; t <= last; t++, fall /= 1 + r)
		give(s, n->arg[0], t, g * fall / slope);
}

static void back_series(struct sweep *s, const struct model_node *n, unsigned t, double g)
{
	const unsigned last = s->m->set.months;
	switch (n->op) {
	case OP_SUM:
		for (unsigned i = 0; i <= last; i++)
			give(s, n->arg[0], i, g);
		break;
	case OP_CUM:
		give(s, n->arg[0], t, g);
		if (t)
			s->g[n->at + t - 1] += g;
		break;
	case OP_PREV:
		give(s, n->arg[t ? 0 : 1], t ? t - 1 : 0, g);
		break;
	case OP_PICK:
		give(s, n->arg[0], (unsigned)rint(value(s, n->arg[1], 0)), g);
		break;
	default:
		give_irr(s, n, s->v[n->at], g);
	}
}

/* One value's adjoint to those that it was made of. */
static void back(struct sweep *s, const struct model_node *n, unsigned t)
{
	const double g = s->g[n->at + t], out = s->v[n->at + t];
	if (g == 0)
		return;
	const uint32_t *arg = n->arg;
	const unsigned args = model_op_args((enum model_op)n->op);
	const double a = args > 0 ? value(s, arg[0], t) : 0, b = args > 1 ? value(s, arg[1], t) : 0;
	switch (n->op) {
	case OP_ADD:
		give(s, arg[0], t, g);
		give(s, arg[1], t, g);
		break;
	case OP_SUB:
		give(s, arg[0], t, g);
		give(s, arg[1], t, -g);
		break;
	case OP_MUL:
		give(s, arg[0], t, g * b);
		give(s, arg[1], t, g * a);
		break;
	case OP_DIV:
		give(s, arg[0], t, g / b);
		give(s, arg[1], t, -g * out / b);
		break;
	case OP_POW: give_power(s, n, t, out, g); break;
	case OP_NEG: give(s, arg[0], t, -g); break;
	case OP_MIN: give_lesser(s, n, t, a, b, g); break;
	case OP_MAX: give_lesser(s, n, t, -a, -b, g); break;
	case OP_IF: give(s, arg[a != 0 ? 1 : 2], t, g); break;
	case OP_ABS: give(s, arg[0], t, a > 0 ? g : a < 0 ? -g : 0); break;
	case OP_EXP: give(s, arg[0], t, g * out); break;
	case OP_LOG: give(s, arg[0], t, g / a); break;
	case OP_SQRT: give(s, arg[0], t, out > 0 ? g / (2 * out) : 0); break;
	case OP_ERLANG_C: give(s, arg[1], t, g * special_erlang_c_slope(a, b)); break;
	case OP_SUM:
	case OP_CUM:
	case OP_PREV:
	case OP_PICK:
	case OP_IRR: back_series(s, n, t, g); break;
	default: break; /* steps */
	}
}

/* Nodes down from i: one, or the whole block of a recurrence by months. Returns how many. */
static size_t back_step(struct sweep *s, size_t i)
{
	const struct model_node *node = s->m->node;
	size_t first = i;
	while (node[i].loop && first > 0 && node[first - 1].loop)
		first--;
	bool active = false;
	for (size_t j = first; j <= i; j++)
		active |= s->active[j];
	if (!active)
		return i - first + 1;
	const bool months = node[i].loop || node[i].series;
	for (unsigned t = months ? s->m->set.months + 1 : 1; t-- > 0;)
		for (size_t j = i + 1; j-- > first;)
			if (s->active[j])
				back(s, &node[j], t);
	return i - first + 1;
}

/* A recurrence is taken as resting on an input when one of its nodes does. */
static void mark_active(struct sweep *s, size_t end)
{
	for (size_t i = 0; i < end;) {
		size_t next = i + 1;
		while (s->m->node[i].loop && next < end && s->m->node[next].loop)
			next++;
		bool active = false;
		for (size_t j = i; j < next; j++) {
			const struct model_node *n = &s->m->node[j];
			bool own = n->op == OP_INPUT;
			for (unsigned a = 0; a < model_op_args((enum model_op)n->op); a++)
				own |= n->arg[a] < j && s->active[n->arg[a]];
			s->active[j] = own;
			active |= own;
		}
		for (size_t j = i; j < next && next - i > 1; j++)
			s->active[j] = active;
		i = next;
	}
}

enum cm_status model_gradient(const struct eval *e, uint32_t line, double *d, struct cm_err *err)
{
	const struct model *m = e->model;
	const uint32_t node = m->line[line].node;
	const struct model_node *n = &m->node[node];
	const unsigned values = n->series ? m->set.months + 1 : 1;
	for (unsigned t = 0; t < values; t++)
		if (!isfinite(e->v[n->at + t]))
			return cm_fail(err, CM_EINPUT, "'%s' has no finite value, and so no derivative",
				       m->line[line].def->name);
	size_t end = node + 1; /* what follows a node is not in it, but for its own recurrence */
	while (n->loop && end < m->nodes && m->node[end].loop)
		end++;
	const struct model_node *most = &m->node[end - 1];
	struct sweep s = { .m = m, .v = e->v };
	s.g = cm_alloc((most->at + m->set.months + 1) * sizeof *s.g);
	s.active = cm_alloc(end * sizeof *s.active);
	mark_active(&s, end);
	for (unsigned t = 0; t < values && s.active[node]; t++)
		s.g[n->at + t] = 1;
	for (size_t i = end; i-- > 0;)
		i -= back_step(&s, i) - 1;
	for (size_t i = 0; i < m->inputs; i++) {
		const uint32_t input = m->line[m->input[i]].node;
		d[i] = input < end ? s.g[m->node[input].at] : 0;
	}
	free(s.g);
	free(s.active);
	return CM_OK;
}
