/*
 * Functions over tables that are written out in the call, and the extremes of a series. Each is made
 * of nodes that the printers know already: choices, products, a recurrence.
 */
#include "model/func_table.h"

static uint32_t plain2(struct making *k, const struct expr *e, enum model_op op, uint32_t a,
		       uint32_t b)
{
	return node_new(k, op, a, b, 0, unit_one(), e->pos);
}

/* b in units of a, or the sentence; a bare 0 is of any unit. */
static enum cm_status like(struct making *k, const struct expr *e, const char *what, uint32_t a,
			   uint32_t *b)
{
	const uint32_t in = node_in(k, *b, node_unit(k, a));
	if (in == MODEL_NONE)
		return cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
				  "%s(): %s in '%s' and '%s': their units differ in kind", e->name,
				  what, unit_text(node_unit(k, a)), unit_text(node_unit(k, *b)));
	*b = in;
	return CM_OK;
}

static enum cm_status odd(struct making *k, const struct func *f, const struct expr *e,
			  size_t every_other)
{
	if (e->args % 2 == every_other)
		return CM_OK;
	return cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
			  "expected %s, found %zu values", f->help, e->args);
}

/* interpolate(x, x1, y1, x2, y2, …): straight lines between the points, level outside them */
enum cm_status make_interpolate(struct making *k, const struct func *f, const struct expr *e,
				const uint32_t *arg, uint32_t *out)
{
	uint32_t v[64] = { 0 };
	enum cm_status st = odd(k, f, e, 1);
	for (size_t i = 0; !st && i < e->args; i++) {
		v[i] = arg[i];
		if (i > 2 || i == 1)
			st = like(k, e, i % 2 ? "positions" : "values", v[i % 2 ? 0 : 2], &v[i]);
	}
	if (st)
		return st;
	const struct unit *ux = node_unit(k, v[0]), *uy = node_unit(k, v[2]);
	*out = v[e->args - 1];
	for (size_t i = e->args - 2; i > 1; i -= 2) { /* v[i] the upper position, v[i - 2] the lower */
		const uint32_t rise = node_new(k, OP_SUB, v[i + 1], v[i - 1], 0, uy, e->pos);
		const uint32_t run = node_new(k, OP_SUB, v[i], v[i - 2], 0, ux, e->pos);
		const uint32_t way = node_new(k, OP_SUB, v[0], v[i - 2], 0, ux, e->pos);
		const uint32_t part = plain2(k, e, OP_DIV, way, run);
		const uint32_t add = node_new(k, OP_MUL, rise, part, 0, uy, e->pos);
		const uint32_t at = node_new(k, OP_ADD, v[i - 1], add, 0, uy, e->pos);
		*out = node_new(k, OP_IF, plain2(k, e, OP_LT, v[0], v[i]), at, *out, uy, e->pos);
	}
	*out = node_new(k, OP_IF, plain2(k, e, OP_LT, v[0], v[1]), v[2], *out, uy, e->pos);
	return CM_OK;
}

/* step(x, y1, x2, y2, …): y1 below x2, y2 from x2 on, … */
enum cm_status make_step(struct making *k, const struct func *f, const struct expr *e,
			 const uint32_t *arg, uint32_t *out)
{
	uint32_t v[64] = { 0 };
	enum cm_status st = odd(k, f, e, 0);
	for (size_t i = 0; !st && i < e->args; i++) {
		v[i] = arg[i];
		if (i > 1)
			st = like(k, e, i % 2 ? "values" : "positions", v[i % 2], &v[i]);
	}
	if (st)
		return st;
	const struct unit *uy = node_unit(k, v[1]);
	*out = v[e->args - 1];
	for (size_t i = e->args - 2; i > 1; i -= 2)
		*out = node_new(k, OP_IF, plain2(k, e, OP_LT, v[0], v[i]), v[i - 1], *out, uy, e->pos);
	return CM_OK;
}

/* tiered(amount, p1, a1, p2, a2, …, pn): p1 for each unit up to a1, p2 for those above it, … */
enum cm_status make_tiered(struct making *k, const struct func *f, const struct expr *e,
			   const uint32_t *arg, uint32_t *out)
{
	uint32_t v[64] = { 0 }, below = MODEL_NONE;
	enum cm_status st = odd(k, f, e, 0);
	for (size_t i = 0; !st && i < e->args; i++) {
		v[i] = arg[i];
		if (i > 1)
			st = like(k, e, i % 2 ? "prices" : "limits", v[i % 2], &v[i]);
	}
	if (st)
		return st;
	const struct unit *ua = node_unit(k, v[0]);
	const struct unit *money = unit_product(k->m, OP_MUL, ua, node_unit(k, v[1]));
	for (size_t i = 1; i < e->args; i += 2) {
		const bool last = i + 1 == e->args;
		const uint32_t upto = last ? v[0] : node_new(k, OP_MIN, v[0], v[i + 1], 0, ua, e->pos);
		const uint32_t part = below == MODEL_NONE
			? upto : node_new(k, OP_SUB, upto, below, 0, ua, e->pos);
		const uint32_t cost = node_new(k, OP_MUL, part, v[i], 0, money, e->pos);
		*out = below == MODEL_NONE ? cost : node_new(k, OP_ADD, *out, cost, 0, money, e->pos);
		below = upto;
	}
	return CM_OK;
}

/* highest(series), lowest(series): m = max(prev(m), series), its value in the last month */
enum cm_status make_extreme(struct making *k, const struct func *f, const struct expr *e,
			    const uint32_t *arg, uint32_t *out)
{
	const struct unit *u = node_unit(k, arg[0]);
	if (!k->m->node[arg[0]].series) {
		*out = arg[0]; /* the same in every month */
		return CM_OK;
	}
	const uint32_t zero = node_const(k, 0, unit_one(), e->pos);
	const uint32_t start = node_new(k, OP_PICK, arg[0], zero, 0, u, e->pos);
	const uint32_t before = node_new(k, OP_PREV, start, start, 0, u, e->pos);
	const uint32_t so_far = node_new(k, f->op, before, arg[0], 0, u, e->pos);
	k->m->node[before].arg[0] = so_far;
	const uint32_t last = node_const(k, k->m->set.months, unit_one(), e->pos);
	*out = node_new(k, OP_PICK, so_far, last, 0, u, e->pos);
	return CM_OK;
}
