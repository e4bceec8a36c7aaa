/*
 * Operators and functions of the model language: one table of name, arguments, unit rule and node.
 * Some are nodes of their own, the others are written with those, so that a printer knows few.
 */
#include <math.h>
#include <string.h>

#include "model/func_table.h"

static enum cm_status bad_unit(struct making *k, const struct expr *e, const struct unit *u,
			       const char *what)
{
	return cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col, "'%s' %s",
			  unit_text(u), what);
}

/* b in units of a; a bare 0 on either side takes the other's unit. */
static enum cm_status same_unit(struct making *k, const struct func *f, const struct expr *e,
				uint32_t *a, uint32_t *b)
{
	if (node_is_zero(k, *a) && !node_is_zero(k, *b)) {
		*a = node_in(k, *a, node_unit(k, *b));
		return CM_OK;
	}
	const uint32_t in = node_in(k, *b, node_unit(k, *a));
	if (in == MODEL_NONE) {
		const struct unit *ua = node_unit(k, *a), *ub = node_unit(k, *b);
		return cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
				  "cannot %s '%s' and '%s': their units differ in kind", f->verb,
				  unit_text(ua), unit_text(ub));
	}
	*b = in;
	return CM_OK;
}

/* + - min max: the same unit, the result in it. min and max take any number of values. */
static enum cm_status make_same(struct making *k, const struct func *f, const struct expr *e,
				const uint32_t *arg, uint32_t *out)
{
	uint32_t a = arg[0];
	for (size_t i = 1; i < e->args; i++) {
		uint32_t b = arg[i];
		const enum cm_status st = same_unit(k, f, e, &a, &b);
		if (st)
			return st;
		a = node_new(k, f->op, a, b, 0, node_unit(k, a), e->pos);
	}
	*out = a;
	return CM_OK;
}

/* > and >= are < and <= with the sides changed. */
static enum cm_status make_compare(struct making *k, const struct func *f, const struct expr *e,
				   const uint32_t *arg, uint32_t *out)
{
	uint32_t a = arg[0], b = arg[1];
	const enum cm_status st = same_unit(k, f, e, &a, &b);
	if (st)
		return st;
	const bool turn = f->name[0] == '>';
	*out = node_new(k, f->op, turn ? b : a, turn ? a : b, 0, unit_one(), e->pos);
	return CM_OK;
}

static enum cm_status make_product(struct making *k, const struct func *f, const struct expr *e,
				   const uint32_t *arg, uint32_t *out)
{
	const struct unit *u = unit_product(k->m, f->op, node_unit(k, arg[0]),
					    node_unit(k, arg[1]));
	*out = node_new(k, f->op, arg[0], arg[1], 0, u, e->pos);
	return CM_OK;
}

static enum cm_status make_power(struct making *k, const struct func *f, const struct expr *e,
				 const uint32_t *arg, uint32_t *out)
{
	uint32_t b;
	enum cm_status st = node_plain(k, arg[1], "the exponent", e->pos, &b);
	if (st)
		return st;
	const struct model_node *x = &k->m->node[b];
	const struct unit *u = node_unit(k, arg[0]);
	if (unit_same_kind(u, unit_one())) {
		uint32_t a;
		st = node_plain(k, arg[0], "the base", e->pos, &a);
		*out = st ? MODEL_NONE : node_new(k, f->op, a, b, 0, unit_one(), e->pos);
		return st;
	}
	if (x->op != OP_CONST || x->number != rint(x->number) || fabs(x->number) > 9)
		return bad_unit(k, e, u, "can only be raised to a whole number that is written out");
	*out = node_new(k, f->op, arg[0], b, 0, unit_pow(u, (int)x->number), e->pos);
	return CM_OK;
}

static enum cm_status make_keep(struct making *k, const struct func *f, const struct expr *e,
				const uint32_t *arg, uint32_t *out)
{
	*out = node_new(k, f->op, arg[0], 0, 0, node_unit(k, arg[0]), e->pos);
	return CM_OK;
}

static enum cm_status make_plain(struct making *k, const struct func *f, const struct expr *e,
				 const uint32_t *arg, uint32_t *out)
{
	uint32_t a[3] = { 0 };
	for (size_t i = 0; i < e->args; i++) {
		const enum cm_status st = node_plain(k, arg[i], f->verb, e->pos, &a[i]);
		if (st)
			return st;
	}
	*out = node_new(k, f->op, a[0], a[1], a[2], unit_one(), e->pos);
	return CM_OK;
}

static enum cm_status make_sqrt(struct making *k, const struct func *f, const struct expr *e,
				const uint32_t *arg, uint32_t *out)
{
	const struct unit *u = node_unit(k, arg[0]), *root = unit_root(u, 2);
	if (!root)
		return bad_unit(k, e, u, "has no square root");
	*out = node_new(k, f->op, arg[0], 0, 0, root, e->pos);
	return CM_OK;
}

static enum cm_status make_if(struct making *k, const struct func *f, const struct expr *e,
			      const uint32_t *arg, uint32_t *out)
{
	uint32_t c, a = arg[1], b = arg[2];
	enum cm_status st = node_plain(k, arg[0], "the condition of if()", e->pos, &c);
	if (!st)
		st = same_unit(k, f, e, &a, &b);
	if (!st)
		*out = node_new(k, OP_IF, c, a, b, node_unit(k, a), e->pos);
	return st;
}

/* sum, cumulative: of a monthly series */
static enum cm_status make_series(struct making *k, const struct func *f, const struct expr *e,
				  const uint32_t *arg, uint32_t *out)
{
	if (!k->m->node[arg[0]].series)
		return cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
				  "%s() needs a monthly series, this is a single value: say when it "
				  "falls, at(0, …) or monthly(…)", f->name);
	return make_keep(k, f, e, arg, out);
}

/* value(series, k): the value of month k */
static enum cm_status make_pick(struct making *k, const struct func *f, const struct expr *e,
				const uint32_t *arg, uint32_t *out)
{
	uint32_t at;
	const enum cm_status st = node_plain(k, arg[1], "the month", e->pos, &at);
	if (st)
		return st;
	if (!k->m->node[arg[0]].series || k->m->node[at].series)
		return cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
				  "value(SERIES, MONTH) needs a monthly series and one month");
	*out = node_new(k, f->op, arg[0], at, 0, node_unit(k, arg[0]), e->pos);
	return CM_OK;
}

/* prev(line, start): the line's value of the month before; start in month 0 */
static enum cm_status make_prev(struct making *k, const struct func *f, const struct expr *e,
				const uint32_t *arg, uint32_t *out)
{
	(void)arg;
	if (e->arg[0]->kind != EXPR_NAME)
		return cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
				  "prev() needs the name of a line: give this expression a line of "
				  "its own");
	uint32_t line, start;
	enum cm_status st = make_find(k, e->arg[0]->name, e->arg[0]->pos, &line);
	if (!st)
		st = make_expr(k, e->arg[1], &start);
	if (st)
		return st;
	struct model *m = k->m;
	struct cm_err why;
	const struct model_def *d = m->line[line].def;
	const struct unit *u = model_unit(m, d->unit, &why);
	if (!u)
		return cm_fail_at(k->err, CM_EINPUT, d->unit_pos.file, d->unit_pos.line,
				  d->unit_pos.col, "%s", why.why);
	const uint32_t in = node_in(k, start, u);
	if (in == MODEL_NONE)
		return bad_unit(k, e, node_unit(k, start),
				"is not the unit of the line that prev() starts");
	if (m->node[in].series)
		return cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
				  "the start of prev() is one value, not a series");
	*out = node_new(k, f->op, in, in, 0, u, e->pos); /* arg 0 once the line is made */
	CM_PUSH(m->later, m->laters, m->laters_cap);
	m->later[m->laters++] = (struct later){ *out, line };
	return CM_OK;
}

/* at(month, x), monthly(x), end(x): x in that month, in each month from 1, in the last; else 0 */
static enum cm_status make_when(struct making *k, const struct func *f, const struct expr *e,
				const uint32_t *arg, uint32_t *out)
{
	const uint32_t month = node_new(k, OP_MONTH, 0, 0, 0, unit_one(), e->pos);
	const uint32_t x = arg[e->args - 1];
	uint32_t when;
	if (e->args == 2) {
		const enum cm_status st = node_plain(k, arg[0], "the month of at()", e->pos, &when);
		if (st)
			return st;
	} else {
		when = node_const(k, f->op == OP_EQ ? k->m->set.months : 1, unit_one(), e->pos);
	}
	const uint32_t c = f->op == OP_EQ ? node_new(k, OP_EQ, month, when, 0, unit_one(), e->pos)
					  : node_new(k, OP_LE, when, month, 0, unit_one(), e->pos);
	const uint32_t zero = node_const(k, 0, node_unit(k, x), e->pos);
	*out = node_new(k, OP_IF, c, x, zero, node_unit(k, x), e->pos);
	return CM_OK;
}

static uint32_t op2(struct making *k, const struct expr *e, enum model_op op, uint32_t a, uint32_t b)
{
	return node_new(k, op, a, b, 0, unit_one(), e->pos);
}

/* npv(rate, series): rate of one month; month 0 is not discounted (unlike spreadsheets' NPV) */
static enum cm_status make_npv(struct making *k, const struct func *f, const struct expr *e,
			       const uint32_t *arg, uint32_t *out)
{
	uint32_t r;
	const enum cm_status st = node_plain(k, arg[0], "the rate of npv()", e->pos, &r);
	if (st)
		return st;
	if (!k->m->node[arg[1]].series)
		return make_series(k, f, e, &arg[1], out);
	const struct unit *u = node_unit(k, arg[1]);
	const uint32_t base = op2(k, e, OP_ADD, node_const(k, 1, unit_one(), e->pos), r);
	const uint32_t month = node_new(k, OP_MONTH, 0, 0, 0, unit_one(), e->pos);
	const uint32_t growth = op2(k, e, OP_POW, base, month);
	*out = node_new(k, OP_SUM, node_new(k, OP_DIV, arg[1], growth, 0, u, e->pos), 0, 0, u,
			e->pos);
	return CM_OK;
}

/* annuity(i, n) = (1 - (1+i)^-n)/i; crf(i, n) = 1/annuity; pmt(i, n, P) = P crf: a level payment */
static enum cm_status make_annuity(struct making *k, const struct func *f, const struct expr *e,
				   const uint32_t *arg, uint32_t *out)
{
	uint32_t i, n;
	enum cm_status st = node_plain(k, arg[0], "the rate", e->pos, &i);
	if (!st)
		st = node_plain(k, arg[1], "the number of payments", e->pos, &n);
	if (st)
		return st;
	const uint32_t one = node_const(k, 1, unit_one(), e->pos);
	const uint32_t zero = node_const(k, 0, unit_one(), e->pos);
	const uint32_t minus_n = node_new(k, OP_NEG, n, 0, 0, unit_one(), e->pos);
	const uint32_t fall = op2(k, e, OP_POW, op2(k, e, OP_ADD, one, i), minus_n);
	const uint32_t lost = op2(k, e, OP_SUB, one, fall);
	const uint32_t none = op2(k, e, OP_EQ, i, zero); /* without interest: n equal parts */
	if (strcmp(f->name, "annuity") == 0) {
		*out = node_new(k, OP_IF, none, n, op2(k, e, OP_DIV, lost, i), unit_one(), e->pos);
		return CM_OK;
	}
	const uint32_t crf = node_new(k, OP_IF, none, op2(k, e, OP_DIV, one, n),
				      op2(k, e, OP_DIV, i, lost), unit_one(), e->pos);
	*out = e->args == 3 ? node_new(k, OP_MUL, arg[2], crf, 0, node_unit(k, arg[2]), e->pos)
			    : crf;
	return CM_OK;
}

static enum cm_status make_sum_costs(struct making *k, const struct func *f, const struct expr *e,
				     const uint32_t *arg, uint32_t *out)
{
	(void)f;
	(void)arg;
	return make_costs(k, e->pos, out);
}

/* floor, ceil: of a plain number, whatever it was composed of (10/85 % is 11.76, not 0.1176/%) */
static uint32_t whole_arg(struct making *k, uint32_t arg)
{
	return unit_same_kind(node_unit(k, arg), unit_one()) ? node_in(k, arg, unit_one()) : arg;
}

static enum cm_status make_whole(struct making *k, const struct func *f, const struct expr *e,
				 const uint32_t *arg, uint32_t *out)
{
	const uint32_t x = whole_arg(k, arg[0]);
	return make_keep(k, f, e, &x, out);
}

/* round(x) = floor(x + 0.5); log10(x) = log(x)/log(10) */
static enum cm_status make_round(struct making *k, const struct func *f, const struct expr *e,
				 const uint32_t *arg, uint32_t *out)
{
	const uint32_t x = whole_arg(k, arg[0]);
	const struct unit *u = node_unit(k, x);
	(void)f;
	*out = node_new(k, OP_FLOOR,
			node_new(k, OP_ADD, x, node_const(k, 0.5, u, e->pos), 0, u, e->pos), 0,
			0, u, e->pos);
	return CM_OK;
}

static enum cm_status make_log10(struct making *k, const struct func *f, const struct expr *e,
				 const uint32_t *arg, uint32_t *out)
{
	uint32_t x;
	const enum cm_status st = node_plain(k, arg[0], f->verb, e->pos, &x);
	if (!st)
		*out = op2(k, e, OP_DIV, node_new(k, OP_LOG, x, 0, 0, unit_one(), e->pos),
			   node_const(k, log(10), unit_one(), e->pos));
	return st;
}

/* irr(series): the rate of one month at which the series is worth nothing */
static enum cm_status make_irr(struct making *k, const struct func *f, const struct expr *e,
			       const uint32_t *arg, uint32_t *out)
{
	const enum cm_status st = make_series(k, f, e, arg, out);
	if (!st)
		k->m->node[*out].unit = unit_one();
	return st;
}

/* argmin(a, b, …): the number of the least, from 1; of equals the first */
static enum cm_status make_argmin(struct making *k, const struct func *f, const struct expr *e,
				  const uint32_t *arg, uint32_t *out)
{
	uint32_t v[64] = { arg[0] }, least = arg[0];
	for (size_t i = 1; i < e->args; i++) {
		v[i] = arg[i];
		const enum cm_status st = same_unit(k, f, e, &v[0], &v[i]);
		if (st)
			return st;
		least = node_new(k, OP_MIN, least, v[i], 0, node_unit(k, v[0]), e->pos);
	}
	*out = node_const(k, (double)e->args, unit_one(), e->pos);
	for (size_t i = e->args - 1; i-- > 0;)
		*out = node_new(k, OP_IF, op2(k, e, OP_LE, v[i], least),
				node_const(k, (double)i + 1, unit_one(), e->pos), *out, unit_one(),
				e->pos);
	return CM_OK;
}

/* pick(n, a, b, …): the n-th, from 1; below it the first, above it the last */
static enum cm_status make_choice(struct making *k, const struct func *f, const struct expr *e,
				  const uint32_t *arg, uint32_t *out)
{
	uint32_t n = 0, v[64] = { 0 };
	enum cm_status st = node_plain(k, arg[0], "the number of pick()", e->pos, &n);
	for (size_t i = 1; !st && i < e->args; i++) {
		v[i] = arg[i];
		if (i > 1)
			st = same_unit(k, f, e, &v[1], &v[i]);
	}
	if (st)
		return st;
	*out = v[e->args - 1];
	for (size_t i = e->args - 1; i-- > 1;) {
		const uint32_t next = node_const(k, (double)i + 1, unit_one(), e->pos);
		*out = node_new(k, OP_IF, op2(k, e, OP_LT, n, next), v[i], *out, node_unit(k, v[1]),
				e->pos);
	}
	return CM_OK;
}

static const struct func funcs[] = {
	{ "+", 2, 2, make_same, OP_ADD, "add", false, NULL },
	{ "-", 2, 2, make_same, OP_SUB, "subtract", false, NULL },
	{ "*", 2, 2, make_product, OP_MUL, NULL, false, NULL },
	{ "/", 2, 2, make_product, OP_DIV, NULL, false, NULL },
	{ "^", 2, 2, make_power, OP_POW, NULL, false, NULL },
	{ "neg", 1, 1, make_keep, OP_NEG, NULL, false, NULL },
	{ "<", 2, 2, make_compare, OP_LT, "compare", false, NULL },
	{ "<=", 2, 2, make_compare, OP_LE, "compare", false, NULL },
	{ ">", 2, 2, make_compare, OP_LT, "compare", false, NULL },
	{ ">=", 2, 2, make_compare, OP_LE, "compare", false, NULL },
	{ "==", 2, 2, make_compare, OP_EQ, "compare", false, NULL },
	{ "!=", 2, 2, make_compare, OP_NE, "compare", false, NULL },
	{ "and", 2, 2, make_plain, OP_AND, "each side of 'and'", false, NULL },
	{ "or", 2, 2, make_plain, OP_OR, "each side of 'or'", false, NULL },
	{ "not", 1, 1, make_plain, OP_NOT, "what follows 'not'", false, NULL },
	{ "min", 2, 64, make_same, OP_MIN, "take the lesser of", false, "min(A, B, …)" },
	{ "max", 2, 64, make_same, OP_MAX, "take the greater of", false, "max(A, B, …)" },
	{ "if", 3, 3, make_if, OP_IF, "choose between", false, "if(CONDITION, THEN, ELSE)" },
	{ "abs", 1, 1, make_keep, OP_ABS, NULL, false, "abs(X)" },
	{ "floor", 1, 1, make_whole, OP_FLOOR, NULL, false, "floor(X)" },
	{ "ceil", 1, 1, make_whole, OP_CEIL, NULL, false, "ceil(X)" },
	{ "round", 1, 1, make_round, OP_FLOOR, NULL, false, "round(X)" },
	{ "exp", 1, 1, make_plain, OP_EXP, "the argument of exp()", false, "exp(X)" },
	{ "log", 1, 1, make_plain, OP_LOG, "the argument of log()", false, "log(X)" },
	{ "log10", 1, 1, make_log10, OP_LOG, "the argument of log10()", false, "log10(X)" },
	{ "sqrt", 1, 1, make_sqrt, OP_SQRT, NULL, false, "sqrt(X)" },
	{ "sum", 1, 1, make_series, OP_SUM, NULL, false, "sum(SERIES)" },
	{ "cumulative", 1, 1, make_series, OP_CUM, NULL, false, "cumulative(SERIES)" },
	{ "value", 2, 2, make_pick, OP_PICK, NULL, false, "value(SERIES, MONTH)" },
	{ "prev", 2, 2, make_prev, OP_PREV, NULL, true, "prev(LINE, START)" },
	{ "at", 2, 2, make_when, OP_EQ, NULL, false, "at(MONTH, X)" },
	{ "end", 1, 1, make_when, OP_EQ, NULL, false, "end(X)" },
	{ "monthly", 1, 1, make_when, OP_LE, NULL, false, "monthly(X)" },
	{ "npv", 2, 2, make_npv, OP_SUM, NULL, false, "npv(RATE_OF_A_MONTH, SERIES)" },
	{ "annuity", 2, 2, make_annuity, OP_DIV, NULL, false, "annuity(RATE, PAYMENTS)" },
	{ "crf", 2, 2, make_annuity, OP_DIV, NULL, false, "crf(RATE, PAYMENTS)" },
	{ "pmt", 3, 3, make_annuity, OP_MUL, NULL, false, "pmt(RATE, PAYMENTS, PRINCIPAL)" },
	{ "irr", 1, 1, make_irr, OP_IRR, NULL, false, "irr(SERIES)" },
	{ "macrs", 2, 2, make_plain, OP_MACRS, "each argument of macrs()", false,
	  "macrs(YEARS_OF_LIFE, YEAR)" },
	{ "erlang_c", 2, 2, make_plain, OP_ERLANG_C, "each argument of erlang_c()", false,
	  "erlang_c(SERVERS, LOAD)" },
	{ "erlang_servers", 3, 3, make_plain, OP_ERLANG_N, "each argument of erlang_servers()", false,
	  "erlang_servers(LOAD, SERVED_IN_TIME, WAIT_OVER_SERVICE)" },
	{ "argmin", 2, 64, make_argmin, OP_LE, "compare", false, "argmin(A, B, …)" },
	{ "pick", 2, 64, make_choice, OP_EQ, "choose between", false, "pick(NUMBER, A, B, …)" },
	{ "interpolate", 5, 63, make_interpolate, OP_IF, NULL, false,
	  "interpolate(X, X1, Y1, X2, Y2, …)" },
	{ "step", 4, 64, make_step, OP_IF, NULL, false, "step(X, Y1, X2, Y2, …)" },
	{ "tiered", 4, 64, make_tiered, OP_MUL, NULL, false,
	  "tiered(AMOUNT, PRICE1, UP_TO1, PRICE2, …)" },
	{ "highest", 1, 1, make_extreme, OP_MAX, NULL, false, "highest(SERIES)" },
	{ "lowest", 1, 1, make_extreme, OP_MIN, NULL, false, "lowest(SERIES)" },
	{ "costs", 0, 0, make_sum_costs, OP_ADD, NULL, true, "costs()" },
};

static const struct func *built_in(const char *name)
{
	for (size_t i = 0; i < CM_COUNT(funcs); i++)
		if (strcmp(funcs[i].name, name) == 0)
			return &funcs[i];
	return NULL;
}

bool func_is_built_in(const char *name)
{
	return built_in(name) != NULL;
}

enum cm_status func_find(const struct model *m, const struct expr *e, const struct func **out,
			 struct cm_err *err)
{
	const struct func *f = built_in(e->name);
	if (f && (e->args < f->min || e->args > f->max))
		return cm_fail_at(err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
				  "expected %s, found %zu value%s", f->help, e->args,
				  e->args == 1 ? "" : "s");
	*out = f;
	if (f)
		return CM_OK;
	/* a scenario's lookups, resolved before the model is built, are names to be near to as well */
	const char *names[512] = { "price", "result", "device", "table" };
	size_t n = 4;
	for (size_t i = 0; i < CM_COUNT(funcs); i++)
		if (funcs[i].help)
			names[n++] = funcs[i].name;
	const size_t more = func_names(m, names + n, CM_COUNT(names) - n);
	const size_t all = n + more < CM_COUNT(names) ? n + more : CM_COUNT(names);
	const char *near = cm_nearest(e->name, names, all);
	return cm_fail_at(err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
			  near ? "unknown function '%s' (did you mean '%s'?)"
			       : "unknown function '%s'", e->name, near);
}
