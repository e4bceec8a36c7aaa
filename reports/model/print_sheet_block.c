/*
 * Functions that take more than one formula.
 *
 * erlang_c: Erlang B is the Poisson probability of n over that of at most n, which spreadsheets have.
 * erlang_servers: the number of servers that do not yet serve in time, from the first above the load, is
 * found bit by bit: more servers never serve worse.
 * irr: the same brackets and halvings as special_irr(); the programs' own IRR() stops at 1e-7 and takes
 * another root where there are several.
 * macrs: a table.
 */
#include <math.h>

#include "model/sheet_plan.h"
#include "model/special.h"

#define BITS 12        /* 8.3 sqrt(load) servers beyond the load serve all but 1e-16 of 100,000 erlangs */
#define HALVINGS 60

static const double rates[] = { 0, 0.02, -0.02, 0.1, -0.1, 0.5, -0.4, 2, -0.7, 10, -0.9, 100, -0.99 };
enum { RATES = CM_COUNT(rates) };

static const double lives[] = { 3, 5, 7, 10, 15, 20 };

enum { IRR_RATE, IRR_WORTH, IRR_CHANGE, IRR_LO, IRR_HI, IRR_MID, IRR_ROWS };

unsigned sheet_block_rows(enum model_op op)
{
	return op == OP_IRR ? IRR_ROWS : op == OP_ERLANG_N ? 2 * BITS : 0;
}

const char *sheet_block_label(enum model_op op, unsigned part, struct str *room)
{
	static const char *const irr[] = {
		"rates that are tried", "worth at them", "brackets a rate at which it is worth nothing",
		"halving: rate from", "halving: rate to", "halving: worth between them",
	};
	if (op == OP_IRR)
		return irr[part];
	str_clear(room);
	str_addf(room, part % 2 ? "servers beyond the least that are too few, from %u on"
				: "servers: would %u more do?", 1u << (BITS - 1 - part / 2));
	return str_get(room);
}

/* An argument in parentheses where it is more than a cell. */
static void arg(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t)
{
	const bool paren = !sheet_is_ref(p, node);
	str_add(out, paren ? "(" : "");
	sheet_text_use(p, out, node, t);
	str_add(out, paren ? ")" : "");
}

static void cell(struct str *out, const char *before, unsigned row, unsigned col)
{
	str_add(out, before);
	sheet_text_cell(out, row, col, true, true);
}

static void row_range(struct str *out, const char *before, unsigned row, unsigned cells)
{
	cell(out, before, row, COL_MONTHS);
	cell(out, ":", row, COL_MONTHS + cells - 1);
}

/* ---- Erlang --------------------------------------------------------------------------------------- */

/* Chance of waiting, a < n: n p / (n c - a (c - p)), p and c Poisson's probabilities of n and up to n. */
static void wait_text(struct str *out, const char *n, const char *a)
{
	str_addf(out, "%s*POISSON(%s,%s,FALSE)/(%s*POISSON(%s,%s,TRUE)-%s*(POISSON(%s,%s,TRUE)"
		      "-POISSON(%s,%s,FALSE)))", n, n, a, n, n, a, a, n, a, n, a);
}

static void erlang_c(struct str *out, const char *n, const char *a)
{
	str_addf(out, "IF(AND(%s>=1,%s<=100000,%s=INT(%s),%s>=0),IF(%s=0,0,IF(%s<%s,", n, n, n, n, a, a,
		 a, n);
	wait_text(out, n, a);
	str_add(out, ",1)),NA())");
}

static unsigned value_col(const struct model_node *n, unsigned t)
{
	return n->series ? COL_MONTHS + t : COL_VALUE;
}

static void erlang_n(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t,
		     const char *a, const char *level, const char *wait)
{
	str_addf(out, "IF(AND(%s>0,%s<100000,%s>0,%s<1,%s>=0,", a, a, level, level, wait);
	const unsigned last = p->block[node] + 2 * BITS - 1, col = value_col(&p->node[node], t);
	cell(out, "", last, col);
	str_addf(out, "<%u),INT(%s)+1", (1u << BITS) - 1, a);
	cell(out, "+", last, col);
	str_add(out, ",NA())");
}

/* One step's candidate, or the count after it. */
static void erlang_step(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t,
			unsigned part)
{
	const struct model_node *n = &p->node[node];
	const unsigned row = p->block[node] + part, col = value_col(n, t);
	const unsigned bit = 1u << (BITS - 1 - part / 2), before = row - 1 - part % 2;
	struct str a = { 0 }, at = { 0 };
	arg(p, &a, n->arg[0], t);
	if (part % 2 == 0) {
		str_addf(out, "INT(%s)+%u", str_get(&a), bit);
		if (part)
			cell(out, "+", before, col);
	} else {
		cell(&at, "", row - 1, col);
		if (part > 1)
			cell(out, "", before, col);
		str_add(out, part > 1 ? "+IF(1-" : "IF(1-");
		wait_text(out, str_get(&at), str_get(&a));
		str_addf(out, "*EXP(-(%s-%s)*", str_get(&at), str_get(&a));
		arg(p, out, n->arg[2], t);
		str_add(out, ")<");
		arg(p, out, n->arg[1], t);
		str_addf(out, ",%u,0)", bit);
	}
	str_free(&a);
	str_free(&at);
}

/* What that cell holds. */
static double erlang_value(const double *v, unsigned part)
{
	const double a = v[0], level = v[1], wait = v[2];
	double few = 0, at = NAN;
	for (unsigned k = 0; k <= part / 2; k++) {
		const double bit = 1u << (BITS - 1 - k);
		at = floor(a) + few + bit;
		if (k == part / 2 && part % 2 == 0)
			break;
		if (1 - special_erlang_c(at, a) * exp(-(at - a) * wait) < level)
			few += bit;
	}
	return part % 2 ? few : at;
}

/* ---- the rate of return ---------------------------------------------------------------------------- */

/* Worth of the months of a series at a rate. */
static void worth_text(const struct sheet_plan *p, struct str *out, uint32_t series, const char *rate)
{
	str_add(out, "SUMPRODUCT(");
	sheet_text_range(p, out, series);
	str_addf(out, ",(1+%s)^(-", rate);
	row_range(out, "", 0, p->months + 1);
	str_add(out, "))");
}

/* Rows of the block by their first row; COL_VALUE holds where the search begins. */
static void irr_text(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned part,
		     unsigned k, bool first_cols)
{
	const unsigned b = p->block[node], col = COL_MONTHS + k;
	struct str rate = { 0 };
	if (first_cols && part == IRR_CHANGE) {
		row_range(out, "MATCH(1,", b + IRR_CHANGE, RATES);
		str_add(out, ",0)");
	} else if (first_cols && part == IRR_LO) {
		cell(out, "IF(", b + IRR_CHANGE, COL_VALUE);
		cell(out, "<4,1,", b + IRR_CHANGE, COL_VALUE);
		str_add(out, "-2)");
	} else if (first_cols && part == IRR_MID) {
		row_range(out, "INDEX(", b + IRR_WORTH, RATES);
		cell(out, ",", b + IRR_LO, COL_VALUE);
		str_addc(out, ')');
	} else if (part == IRR_WORTH) {
		cell(&rate, "", b + IRR_RATE, col);
		worth_text(p, out, p->node[node].arg[0], str_get(&rate));
	} else if (part == IRR_CHANGE && k == 0) {
		str_addc(out, '0');
	} else if (part == IRR_CHANGE) {
		const unsigned low = COL_MONTHS + (k < 3 ? 0 : k - 2);
		cell(out, "IFERROR(IF(OR(", b + IRR_WORTH, low);
		cell(out, "=0,(", b + IRR_WORTH, low);
		cell(out, "<0)<>(", b + IRR_WORTH, col);
		str_add(out, "<0)),1,0),0)");
	} else if (part == IRR_LO && k == 0) {
		row_range(out, "INDEX(", b + IRR_RATE, RATES);
		cell(out, ",", b + IRR_LO, COL_VALUE);
		str_addc(out, ')');
	} else if (part == IRR_HI && k == 0) {
		cell(out, "IF(", b + IRR_MID, COL_VALUE);
		cell(out, "=0,", b + IRR_LO, COL_MONTHS);
		row_range(out, ",INDEX(", b + IRR_RATE, RATES);
		cell(out, ",", b + IRR_CHANGE, COL_VALUE);
		str_add(out, "))");
	} else if (part == IRR_MID) {
		cell(&rate, "(", b + IRR_LO, col);
		cell(&rate, "+", b + IRR_HI, col);
		str_add(&rate, ")/2");
		worth_text(p, out, p->node[node].arg[0], str_get(&rate));
	} else { /* the half that keeps the change of sign */
		cell(out, "IF((", b + IRR_MID, col - 1);
		cell(out, part == IRR_LO ? "<0)=(" : "<0)<>(", b + IRR_MID, COL_VALUE);
		cell(out, "<0),(", b + IRR_LO, col - 1);
		cell(out, "+", b + IRR_HI, col - 1);
		cell(out, ")/2,", b + part, col - 1);
		str_addc(out, ')');
	}
	str_free(&rate);
}

struct irr_values { double worth[RATES], at, lo[HALVINGS], hi[HALVINGS], mid[HALVINGS]; unsigned first; };

static double irr_low(unsigned i) { return rates[i < 3 ? 0 : i - 2]; }

static bool irr_change(const struct irr_values *v, unsigned i)
{
	const double at = v->worth[i < 3 ? 0 : i - 2], w = v->worth[i];
	return i > 0 && isfinite(at) && isfinite(w) && (at == 0 || (at < 0) != (w < 0));
}

static void irr_compute(const double *cash, size_t n, struct irr_values *v)
{
	for (unsigned i = 0; i < RATES; i++)
		v->worth[i] = special_worth(cash, n, rates[i]);
	for (v->first = 1; v->first < RATES && !irr_change(v, v->first);)
		v->first++;
	const bool found = v->first < RATES;
	v->at = found ? v->worth[v->first < 3 ? 0 : v->first - 2] : NAN;
	double lo = found ? irr_low(v->first) : NAN;
	double hi = !found ? NAN : v->at == 0 ? lo : rates[v->first];
	for (unsigned k = 0; k < HALVINGS; k++) {
		v->lo[k] = lo;
		v->hi[k] = hi;
		v->mid[k] = special_worth(cash, n, (lo + hi) / 2);
		*((v->mid[k] < 0) == (v->at < 0) ? &lo : &hi) = (lo + hi) / 2;
	}
}

static double irr_value(const struct irr_values *v, unsigned part, unsigned k, bool first_cols)
{
	if (first_cols)
		return part == IRR_MID ? v->at : v->first >= RATES ? NAN
			: part == IRR_CHANGE ? v->first + 1 : v->first < 3 ? 1 : v->first - 1;
	switch (part) {
	case IRR_RATE: return rates[k];
	case IRR_WORTH: return v->worth[k];
	case IRR_CHANGE: return irr_change(v, k);
	case IRR_LO: return v->lo[k];
	case IRR_HI: return v->hi[k];
	default: return v->mid[k];
	}
}

/* ---- what the plan asks for ------------------------------------------------------------------------ */

static void macrs(const struct sheet_plan *p, struct str *out, const char *life, const char *year)
{
	struct str match = { 0 };
	str_addf(&match, "MATCH(%s", life);
	row_range(&match, ",", p->macrs, CM_COUNT(lives));
	str_add(&match, ",0)");
	str_addf(out, "IF(%s<=%s+1,INDEX(", year, life);
	cell(out, "", p->macrs + 1, COL_MONTHS);
	cell(out, ":", p->macrs + MACRS_YEARS, COL_MONTHS + CM_COUNT(lives) - 1);
	str_addf(out, ",MAX(0,MIN(%d,INT(%s)))+1,%s),0*%s)", MACRS_YEARS - 1, year, str_get(&match),
		 str_get(&match));
	str_free(&match);
}

void sheet_block_formula(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t)
{
	const struct model_node *n = &p->node[node];
	struct str a[3] = { { 0 }, { 0 }, { 0 } };
	for (unsigned i = 0; n->op != OP_IRR && i < model_op_args((enum model_op)n->op); i++)
		arg(p, &a[i], n->arg[i], t);
	if (n->op == OP_IRR) {
		cell(out, "(", p->block[node] + IRR_LO, COL_MONTHS + HALVINGS - 1);
		cell(out, "+", p->block[node] + IRR_HI, COL_MONTHS + HALVINGS - 1);
		str_add(out, ")/2");
	} else if (n->op == OP_MACRS) {
		macrs(p, out, str_get(&a[0]), str_get(&a[1]));
	} else if (n->op == OP_ERLANG_C) {
		erlang_c(out, str_get(&a[0]), str_get(&a[1]));
	} else {
		erlang_n(p, out, node, t, str_get(&a[0]), str_get(&a[1]), str_get(&a[2]));
	}
	for (unsigned i = 0; i < CM_COUNT(a); i++)
		str_free(&a[i]);
}

static double value_at(const struct sheet_plan *p, const struct eval *e, uint32_t node, unsigned t)
{
	return e->v[p->node[node].at + (p->node[node].series ? t : 0)];
}

static enum cm_status erlang_cells(const struct sheet_plan *p, const struct eval *e, uint32_t node,
				   unsigned part, struct sheet_cell c, sheet_sink sink, void *state,
				   struct cm_err *err)
{
	const struct model_node *n = &p->node[node];
	struct str text = { 0 };
	enum cm_status st = CM_OK;
	for (unsigned t = 0; !st && t <= (n->series ? p->months : 0); t++) {
		const double v[] = { value_at(p, e, n->arg[0], t), value_at(p, e, n->arg[1], t),
				     value_at(p, e, n->arg[2], t) };
		str_clear(&text);
		erlang_step(p, &text, node, t, part);
		c.col = value_col(n, t);
		c.text = str_get(&text);
		c.value = erlang_value(v, part);
		st = sink(state, &c, err);
	}
	str_free(&text);
	return st;
}

static enum cm_status irr_cells(const struct sheet_plan *p, const struct eval *e, uint32_t node,
				unsigned part, struct sheet_cell c, sheet_sink sink, void *state,
				struct cm_err *err)
{
	const struct model_node *arg0 = &p->node[p->node[node].arg[0]];
	struct irr_values v;
	struct str text = { 0 };
	enum cm_status st = CM_OK;
	irr_compute(&e->v[arg0->at], p->months + 1, &v);
	const bool first = part == IRR_CHANGE || part == IRR_LO || part == IRR_MID;
	const unsigned n = part < IRR_LO ? RATES : HALVINGS;
	for (unsigned k = 0; !st && k < n + first; k++) {
		const bool first_cols = first && k == 0;
		const unsigned at = k - first;
		c.kind = part == IRR_RATE ? SHEET_NUMBER : SHEET_FORMULA;
		c.col = first_cols ? COL_VALUE : COL_MONTHS + at;
		c.value = irr_value(&v, part, at, first_cols);
		str_clear(&text);
		if (part != IRR_RATE)
			irr_text(p, &text, node, part, at, first_cols);
		c.text = str_get(&text);
		st = sink(state, &c, err);
	}
	str_free(&text);
	return st;
}

enum cm_status sheet_block_cells(const struct sheet_plan *p, const struct eval *e, uint32_t node,
				 unsigned part, unsigned row, sheet_sink sink, void *state,
				 struct cm_err *err)
{
	const struct sheet_cell c = { .page = SHEET_MODEL, .row = row, .kind = SHEET_FORMULA };
	return (p->node[node].op == OP_IRR ? irr_cells : erlang_cells)(p, e, node, part, c, sink, state,
								       err);
}

/* Row 0 holds the lives, the others the years 0 to 21. */
enum cm_status sheet_macrs_cells(unsigned year, unsigned row, sheet_sink sink, void *state,
				 struct cm_err *err)
{
	struct str label = { 0 };
	str_addf(&label, year ? "year %d" : "MACRS: share of the price by years of life", (int)year - 1);
	struct sheet_cell c = { .page = SHEET_MODEL, .row = row, .col = COL_LABEL, .kind = SHEET_TEXT,
				.text = str_get(&label) };
	enum cm_status st = sink(state, &c, err);
	c.kind = SHEET_NUMBER;
	for (unsigned i = 0; !st && i < CM_COUNT(lives); i++) {
		c.col = COL_MONTHS + i;
		c.value = year ? special_macrs(lives[i], (int)year - 1) : lives[i];
		st = sink(state, &c, err);
	}
	str_free(&label);
	return st;
}
