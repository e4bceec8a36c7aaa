/*
 * Formulas of single cells. What C computes as NaN is an error value here: comparisons, choices and sums
 * hand both on alike. A condition inside a condition is written as such, elsewhere as 1 or 0, since sums
 * skip TRUE.
 */
#include <math.h>
#include <string.h>

#include "model/sheet_plan.h"

/* How an operator is written: $N argument N, ?N argument N as a condition. `tight`: how tightly it holds
 * together, against what surrounds it; `need`: what its arguments must at least have, else parentheses.
 * 1 sign, 2 sum, 3 product, 4 power, 5 a function or a cell. */
struct form { const char *text; unsigned char tight, need[3]; };

static const struct form forms[MODEL_OP_NR] = {
	[OP_ADD] = { "$1+$2", 2, { 2, 2 } },
	[OP_SUB] = { "$1-$2", 2, { 2, 3 } },
	[OP_MUL] = { "$1*$2", 3, { 3, 4 } },
	[OP_DIV] = { "$1/$2", 3, { 3, 4 } },
	[OP_POW] = { "$1^$2", 4, { 5, 5 } },
	[OP_NEG] = { "-$1", 1, { 5 } },
	[OP_LT] = { "IF($1<$2,1,0)", 5, { 2, 2 } },
	[OP_LE] = { "IF($1<=$2,1,0)", 5, { 2, 2 } },
	[OP_EQ] = { "IF($1=$2,1,0)", 5, { 2, 2 } },
	[OP_NE] = { "IF($1<>$2,1,0)", 5, { 2, 2 } },
	[OP_AND] = { "IF(AND(?1,?2),1,0)", 5, { 0 } },
	[OP_OR] = { "IF(OR(?1,?2),1,0)", 5, { 0 } },
	[OP_NOT] = { "IF(?1,0,1)", 5, { 0 } },
	[OP_MIN] = { "MIN($1,$2)", 5, { 0 } },
	[OP_MAX] = { "MAX($1,$2)", 5, { 0 } },
	[OP_IF] = { "IF(?1,$2,$3)", 5, { 0 } },
	[OP_ABS] = { "ABS($1)", 5, { 0 } },
	[OP_EXP] = { "EXP($1)", 5, { 0 } },
	[OP_LOG] = { "LN($1)", 5, { 0 } },
	[OP_SQRT] = { "SQRT($1)", 5, { 0 } },
	[OP_FLOOR] = { "INT($1)", 5, { 0 } }, /* down for negative numbers too, as floor() */
	[OP_CEIL] = { "-INT(-$1)", 1, { 5 } },
};

static const char *const conditions[MODEL_OP_NR] = {
	[OP_LT] = "$1<$2", [OP_LE] = "$1<=$2", [OP_EQ] = "$1=$2", [OP_NE] = "$1<>$2",
	[OP_AND] = "AND(?1,?2)", [OP_OR] = "OR(?1,?2)", [OP_NOT] = "NOT(?1)",
};

void sheet_text_cell(struct str *out, unsigned row, unsigned col, bool fix_row, bool fix_col)
{
	char letters[4];
	unsigned n = sizeof letters;
	for (unsigned c = col + 1; c && n; c = (c - 1) / 26)
		letters[--n] = (char)('A' + (c - 1) % 26);
	str_add(out, fix_col ? "$" : "");
	str_addn(out, letters + n, sizeof letters - n);
	str_addf(out, "%s%u", fix_row ? "$" : "", row + 1);
}

static bool leaf(const struct sheet_plan *p, uint32_t node)
{
	const enum model_op op = (enum model_op)p->node[node].op;
	return op == OP_CONST || op == OP_INPUT || op == OP_MONTH;
}

bool sheet_is_ref(const struct sheet_plan *p, uint32_t node)
{
	return leaf(p, node) || p->placed[node];
}

static void input(const struct sheet_plan *p, struct str *out, uint32_t node)
{
	const uint32_t k = p->input[node];
	if (p->name[k]) {
		str_add(out, p->name[k]);
		return;
	}
	str_add(out, "Assumptions!");
	sheet_text_cell(out, SHEET_INPUT_ROW + k, SHEET_INPUT_COL, true, true);
}

static void constant(struct str *out, double v)
{
	if (!isfinite(v))
		str_add(out, isnan(v) ? "NA()" : v > 0 ? "(1E308*10)" : "(-1E308*10)"); /* an error */
	else
		print_number(out, v);
}

void sheet_text_range(const struct sheet_plan *p, struct str *out, uint32_t node)
{
	const unsigned row = p->node[node].op == OP_MONTH ? 0 : p->row[node];
	sheet_text_cell(out, row, COL_MONTHS, true, true);
	str_addc(out, ':');
	sheet_text_cell(out, row, COL_MONTHS + p->months, true, true);
}

/* The place of a node that has one. */
static void reference(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t)
{
	const struct model_node *n = &p->node[node];
	if (n->op == OP_CONST)
		constant(out, n->number);
	else if (n->op == OP_INPUT)
		input(p, out, node);
	else if (n->op == OP_MONTH)
		sheet_text_cell(out, 0, COL_MONTHS + t, true, false);
	else if (n->series)
		sheet_text_cell(out, p->row[node], COL_MONTHS + t, false, false);
	else
		sheet_text_cell(out, p->row[node], COL_VALUE, true, true);
}

static unsigned tight(const struct sheet_plan *p, uint32_t node)
{
	const struct model_node *n = &p->node[node];
	if (n->op == OP_CONST)
		return signbit(n->number) ? 1 : 5;
	return sheet_is_ref(p, node) || !forms[n->op].text ? 5 : forms[n->op].tight;
}

static void put(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t,
		unsigned need)
{
	const bool paren = tight(p, node) < need;
	str_add(out, paren ? "(" : "");
	sheet_text_use(p, out, node, t);
	str_add(out, paren ? ")" : "");
}

static void template(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t,
		     const char *text);

static void condition(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t)
{
	const char *text = conditions[p->node[node].op];
	if (text && !sheet_is_ref(p, node)) {
		template(p, out, node, t, text);
		return;
	}
	put(p, out, node, t, 2);
	str_add(out, "<>0");
}

static void template(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t,
		     const char *text)
{
	const struct model_node *n = &p->node[node];
	for (; *text; text++) {
		if (*text != '$' && *text != '?') {
			str_addc(out, *text);
			continue;
		}
		const unsigned a = (unsigned)(text[1] - '1');
		if (*text++ == '?')
			condition(p, out, n->arg[a], t);
		else
			put(p, out, n->arg[a], t, forms[n->op].need[a]);
	}
}

/* Two rows multiplied and added need no row of products. */
static void sum(const struct sheet_plan *p, struct str *out, uint32_t arg)
{
	const struct model_node *n = &p->node[arg];
	if (p->placed[arg] || n->op == OP_MONTH) {
		str_add(out, "SUM(");
		sheet_text_range(p, out, arg);
	} else {
		str_add(out, "SUMPRODUCT(");
		sheet_text_range(p, out, n->arg[0]);
		str_addc(out, ',');
		sheet_text_range(p, out, n->arg[1]);
	}
	str_addc(out, ')');
}

/* value(SERIES, K): K rounded as rint() does, halves to the even number. */
static void pick(const struct sheet_plan *p, struct str *out, const struct model_node *n)
{
	const struct model_node *k = &p->node[n->arg[1]];
	if (k->op == OP_CONST) {
		const double at = rint(k->number);
		if (at >= 0 && at <= p->months)
			reference(p, out, n->arg[0], (unsigned)at);
		else
			str_add(out, "NA()");
		return;
	}
	struct str month = { 0 }, at = { 0 };
	reference(p, &month, n->arg[1], 0);
	const char *m = str_get(&month);
	str_addf(&at, "IF(%s-INT(%s)=0.5,2*ROUND(%s/2,0),ROUND(%s,0))", m, m, m, m);
	str_addf(out, "IF(AND(ROUND(%s,0)>=0,%s<=%u),INDEX(", m, str_get(&at), p->months);
	sheet_text_range(p, out, n->arg[0]);
	str_addf(out, ",%s+1),NA())", str_get(&at));
	str_free(&month);
	str_free(&at);
}

void sheet_text_own(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t)
{
	const struct model_node *n = &p->node[node];
	switch (n->op) {
	case OP_SUM:
		sum(p, out, n->arg[0]);
		return;
	case OP_PICK:
		pick(p, out, n);
		return;
	case OP_PREV:
		if (t)
			reference(p, out, n->arg[0], t - 1);
		else
			put(p, out, n->arg[1], t, 5); /* it stands for the cell of the month before */
		return;
	case OP_CUM:
		if (t) {
			sheet_text_cell(out, p->row[node], COL_MONTHS + t - 1, false, false);
			str_addc(out, '+');
		}
		put(p, out, n->arg[0], t, t ? 2 : 0);
		return;
	default:
		break;
	}
	if (forms[n->op].text)
		template(p, out, node, t, forms[n->op].text);
	else if (leaf(p, node))
		reference(p, out, node, t);
	else
		sheet_block_formula(p, out, node, t);
}

void sheet_text_use(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t)
{
	if (sheet_is_ref(p, node))
		reference(p, out, node, t);
	else
		sheet_text_own(p, out, node, t);
}
