/*
 * The plan of the page Model: which nodes get a row, in which order, and the cells of each row. A line has
 * a row; so has what a function takes whole, what is used again and long, and what would make a formula
 * longer than a reader can follow.
 */
#include "model/print_sheet.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/sheet_plan.h"

#define LENGTH_MAX 400    /* characters of a formula, about; Excel takes 8,192 */
#define LENGTH_TWICE 40   /* longer, and used more than once: a row of its own */
#define LENGTH_REPEAT 30  /* longer, and repeated inside one formula */
#define DEPTH_MAX 16      /* Excel nests functions 64 deep */
#define NAME_MAX_LENGTH 60

/* ---- what has a row ---------------------------------------------------------------------------- */

static bool leaf(const struct model_node *n)
{
	return n->op == OP_CONST || n->op == OP_INPUT || n->op == OP_MONTH;
}

static void place(struct sheet_plan *p, uint32_t node)
{
	if (!leaf(&p->node[node]))
		p->placed[node] = true;
}

/* Both factors have rows: SUMPRODUCT of them. */
static bool two_rows(const struct sheet_plan *p, uint32_t node)
{
	const struct model_node *n = &p->node[node];
	bool both = n->op == OP_MUL;
	for (unsigned i = 0; both && i < 2; i++)
		both = p->node[n->arg[i]].series && sheet_is_ref(p, n->arg[i]);
	return both;
}

static void place_fixed(struct sheet_plan *p)
{
	for (size_t i = 0; i < p->lines; i++)
		if (p->uses.needed[p->line[i].node])
			place(p, p->line[i].node);
	for (uint32_t i = 0; i < p->nodes; i++) {
		const struct model_node *n = &p->node[i];
		if (!p->uses.needed[i])
			continue;
		if (n->op == OP_CUM || n->op == OP_IRR || n->op == OP_ERLANG_C || n->op == OP_ERLANG_N)
			place(p, i);
		if (n->op == OP_PREV || n->op == OP_PICK || n->op == OP_IRR ||
		    (n->op == OP_SUM && !two_rows(p, n->arg[0])))
			place(p, n->arg[0]);
	}
}

static bool repeats(const struct model_node *n, unsigned arg)
{
	return n->op == OP_MACRS || n->op == OP_ERLANG_C || n->op == OP_ERLANG_N ||
	       (n->op == OP_PICK && arg == 1);
}

static void place_long(struct sheet_plan *p)
{
	unsigned *length = cm_alloc((p->nodes + 1) * sizeof *length);
	unsigned *depth = cm_alloc((p->nodes + 1) * sizeof *depth);
	for (uint32_t i = 0; i < p->nodes; i++) {
		const struct model_node *n = &p->node[i];
		if (!p->uses.needed[i] || leaf(n))
			continue;
		unsigned len = 8, deep = 0;
		for (unsigned a = 0; a < model_op_args((enum model_op)n->op); a++) {
			const uint32_t arg = n->arg[a];
			const unsigned bytes = arg < i ? length[arg] : 0;
			if (repeats(n, a) && bytes > LENGTH_REPEAT)
				place(p, arg);
			const bool ref = sheet_is_ref(p, arg);
			len += ref ? (p->node[arg].op == OP_INPUT ? 24u : 8u) : bytes;
			if (!ref && arg < i && depth[arg] + 1 > deep)
				deep = depth[arg] + 1;
		}
		if (n->op == OP_MACRS)
			len += 150;
		length[i] = len;
		depth[i] = deep;
		if (len > LENGTH_MAX || deep > DEPTH_MAX ||
		    (p->uses.count[i] > 1 && len > LENGTH_TWICE))
			place(p, i);
	}
	free(length);
	free(depth);
}

/* ---- rows ---------------------------------------------------------------------------------------- */

static void row_add(struct sheet_plan *p, enum plan_kind kind, uint32_t id, unsigned part)
{
	CM_PUSH(p->rows, p->nrows, p->cap);
	p->rows[p->nrows++] = (struct plan_row){ kind, id, part };
}

static uint32_t next_row(const struct sheet_plan *p)
{
	return (uint32_t)p->nrows + 1; /* below the headings */
}

static void block_rows(struct sheet_plan *p, uint32_t node)
{
	const unsigned n = sheet_block_rows((enum model_op)p->node[node].op);
	p->block[node] = n ? next_row(p) : MODEL_NONE;
	for (unsigned part = 0; part < n; part++)
		row_add(p, ROW_BLOCK, node, part);
}

static void part_row(struct sheet_plan *p, uint32_t node)
{
	block_rows(p, node);
	p->row[node] = next_row(p);
	row_add(p, ROW_PART, node, 0);
}

/* parts: nodes with rows that are no line's own, in order of their lines. */
static void line_rows(struct sheet_plan *p, uint32_t line, const bool *root, const uint32_t *first,
		      const uint32_t *next)
{
	const uint32_t node = p->line[line].node;
	for (uint32_t i = first[line]; i != MODEL_NONE; i = next[i])
		if (!root[i] && p->row[i] == MODEL_NONE)
			part_row(p, i);
	const bool home = p->placed[node] && p->row[node] == MODEL_NONE;
	if (home)
		block_rows(p, node);
	p->line_row[line] = next_row(p);
	if (home)
		p->row[node] = next_row(p);
	row_add(p, ROW_LINE, line, 0);
}

static void all_rows(struct sheet_plan *p)
{
	bool *root = cm_alloc(p->nodes + 1);
	uint32_t *first = cm_alloc((p->lines + 1) * sizeof *first);
	uint32_t *next = cm_alloc((p->nodes + 1) * sizeof *next);
	memset(first, 0xff, (p->lines + 1) * sizeof *first);
	for (uint32_t i = (uint32_t)p->nodes; i-- > 0;)
		if (p->placed[i]) {
			next[i] = first[p->node[i].line];
			first[p->node[i].line] = i;
		}
	for (size_t i = 0; i < p->lines; i++)
		root[p->line[i].node] = true;
	for (size_t k = 1; k <= p->scopes; k++) { /* what all share comes last, as it is computed */
		const struct model_scope *s = &p->scope[k % p->scopes];
		bool headed = false;
		for (size_t i = 0; i < s->lines; i++) {
			const uint32_t line = s->line[i];
			if (!p->line[line].def->expr || !p->uses.needed[p->line[line].node])
				continue;
			if (!headed)
				row_add(p, ROW_SCOPE, (uint32_t)(k % p->scopes), 0);
			headed = true;
			line_rows(p, line, root, first, next);
		}
	}
	bool macrs = false;
	for (uint32_t i = 0; i < p->nodes; i++) {
		macrs |= p->uses.needed[i] && p->node[i].op == OP_MACRS;
		if (p->placed[i] && p->row[i] == MODEL_NONE)
			part_row(p, i);
	}
	p->macrs = next_row(p);
	for (unsigned year = 0; macrs && year <= MACRS_YEARS; year++)
		row_add(p, ROW_MACRS, year, 0);
	free(root);
	free(first);
	free(next);
}

/* ---- names of inputs ----------------------------------------------------------------------------- */

struct named { const char *low; size_t k; };

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	const int order = strcmp(x->low, y->low);
	return order ? order : (x->k > y->k) - (x->k < y->k);
}

/* Those with names, sorted without regard to case, as spreadsheets compare them. */
static size_t by_names(struct sheet_plan *p, size_t n, struct named *out)
{
	size_t found = 0;
	for (size_t k = 0; k < n; k++) {
		if (!p->name[k])
			continue;
		char *low = pool_alloc(&p->pool, strlen(p->name[k]) + 1);
		for (size_t i = 0; p->name[k][i]; i++)
			low[i] = (char)tolower((unsigned char)p->name[k][i]);
		out[found++] = (struct named){ low, k };
	}
	qsort(out, found, sizeof *out, by_name);
	return found;
}

static bool plain(const char *name)
{
	size_t n = 0;
	while (isalnum((unsigned char)name[n]) || name[n] == '_')
		n++;
	return n <= NAME_MAX_LENGTH && name[n] == 0;
}

/* in_INPUT or in_OPTION__INPUT; inputs of several kinds that share a name are numbered, in_INPUT_2. A name
 * that would be too long or still meets another is left out. */
static void names(struct sheet_plan *p)
{
	const uint32_t *input;
	const size_t n = model_inputs(p->m, &input);
	struct named *all = cm_alloc((n + 1) * sizeof *all);
	p->name = pool_alloc(&p->pool, (n + 1) * sizeof *p->name);
	for (size_t k = 0; k < n; k++) {
		const struct model_line *l = &p->line[input[k]];
		const char *scope = p->scope[l->scope].name;
		p->name[k] = pool_printf(&p->pool, "in_%s%s%s", scope, *scope ? "__" : "", l->def->name);
	}
	size_t found = by_names(p, n, all);
	for (size_t i = 1, same = 1; i < found; i++) {
		same = strcmp(all[i].low, all[i - 1].low) == 0 ? same + 1 : 1;
		if (same > 1)
			p->name[all[i].k] = pool_printf(&p->pool, "%s_%zu", p->name[all[i].k], same);
	}
	for (size_t k = 0; k < n; k++)
		if (!plain(p->name[k]))
			p->name[k] = NULL;
	found = by_names(p, n, all);
	for (size_t i = 1; i < found; i++)
		if (strcmp(all[i].low, all[i - 1].low) == 0)
			p->name[all[i].k] = NULL;
	free(all);
}

struct sheet_plan *sheet_plan_new(const struct model *m, const uint32_t *line, size_t lines)
{
	struct sheet_plan *p = cm_alloc(sizeof *p);
	const uint32_t *input;
	p->m = m;
	p->nodes = model_nodes(m, &p->node);
	p->lines = model_lines(m, &p->line);
	p->scopes = model_scopes(m, &p->scope);
	p->months = model_months(m);
	const size_t inputs = model_inputs(m, &input);
	print_uses_make(m, line, lines, &p->uses);
	p->placed = pool_alloc(&p->pool, p->nodes + 1);
	uint32_t **const maps[] = { &p->row, &p->block, &p->input, &p->line_row };
	const size_t most = (p->nodes > p->lines ? p->nodes : p->lines) + 1;
	for (size_t i = 0; i < CM_COUNT(maps); i++) {
		*maps[i] = pool_alloc(&p->pool, most * sizeof **maps[i]);
		memset(*maps[i], 0xff, most * sizeof **maps[i]);
	}
	for (uint32_t k = 0; k < inputs; k++)
		p->input[p->line[input[k]].node] = k;
	names(p);
	place_fixed(p);
	place_long(p);
	all_rows(p);
	return p;
}

void sheet_plan_free(struct sheet_plan *p)
{
	if (!p)
		return;
	print_uses_free(&p->uses);
	pool_free(&p->pool);
	free(p->rows);
	free(p);
}

size_t sheet_plan_rows(const struct sheet_plan *p) { return p->nrows + 1; }
const char *sheet_plan_name(const struct sheet_plan *p, size_t k) { return p->name[k]; }

bool sheet_plan_ref(const struct sheet_plan *p, uint32_t line, struct str *out)
{
	const struct model_line *l = &p->line[line];
	if (!l->def->expr) {
		sheet_text_use(p, out, l->node, 0);
		return true;
	}
	const uint32_t row = p->line_row[line];
	if (row == MODEL_NONE)
		return false;
	str_add(out, "Model!");
	sheet_text_cell(out, row, l->series ? COL_MONTHS : COL_VALUE, true, true);
	if (l->series) {
		str_addc(out, ':');
		sheet_text_cell(out, row, COL_MONTHS + p->months, true, true);
	}
	return true;
}

/* ---- cells ----------------------------------------------------------------------------------------- */

struct writing {
	const struct sheet_plan *p;
	const struct eval *e;
	sheet_sink sink;
	void *state;
	struct cm_err *err;
	struct str text;
	enum cm_status st;
};

static void put(struct writing *w, struct sheet_cell c)
{
	c.page = SHEET_MODEL;
	if (!w->st)
		w->st = w->sink(w->state, &c, w->err);
}

static void put_text(struct writing *w, unsigned row, unsigned col, enum sheet_kind kind,
		     const char *text)
{
	if (*text)
		put(w, (struct sheet_cell){ .row = row, .col = col, .kind = kind, .text = text });
}

static void headings(struct writing *w)
{
	static const char *const title[] = { "Line", "Label", "Unit", "Basis", "Rule as written",
					     "Value; sum, of money" };
	for (unsigned i = 0; i < CM_COUNT(title); i++)
		put_text(w, 0, i, SHEET_HEAD, title[i]);
	for (unsigned t = 0; t <= w->p->months; t++)
		put(w, (struct sheet_cell){ .col = COL_MONTHS + t, .kind = SHEET_NUMBER, .value = t });
}

/* The value, or each month's; `own` writes the node's formula, else a reference to where it is. */
static void values(struct writing *w, unsigned row, uint32_t node, bool own)
{
	const struct model_node *n = &w->p->node[node];
	for (unsigned t = 0; t <= (n->series ? w->p->months : 0); t++) {
		struct sheet_cell c = { .row = row, .col = n->series ? COL_MONTHS + t : COL_VALUE,
					.value = w->e->v[n->at + t], .kind = SHEET_FORMULA };
		str_clear(&w->text);
		(own ? sheet_text_own : sheet_text_use)(w->p, &w->text, node, t);
		c.text = str_get(&w->text);
		if (n->op == OP_CONST && isfinite(n->number))
			c.kind = SHEET_NUMBER;
		put(w, c);
	}
}

static void total(struct writing *w, unsigned row, uint32_t line)
{
	const struct model_line *l = &w->p->line[line];
	if (!l->series || !unit_is_money(l->unit))
		return;
	double sum = 0;
	for (unsigned t = 0; t <= w->p->months; t++)
		sum += eval_value(w->e, line, t);
	str_clear(&w->text);
	str_add(&w->text, "SUM(");
	sheet_text_cell(&w->text, row, COL_MONTHS, false, false);
	str_addc(&w->text, ':');
	sheet_text_cell(&w->text, row, COL_MONTHS + w->p->months, false, false);
	str_addc(&w->text, ')');
	put(w, (struct sheet_cell){ .row = row, .col = COL_VALUE, .kind = SHEET_FORMULA,
				    .text = str_get(&w->text), .value = sum });
}

static const char *unit_shown(const struct unit *u)
{
	const char *text = unit_text(u);
	return strcmp(text, "1") == 0 ? "" : text;
}

static void line_cells(struct writing *w, unsigned row, uint32_t line)
{
	const struct model_line *l = &w->p->line[line];
	put_text(w, row, COL_NAME, SHEET_TEXT, l->def->name);
	put_text(w, row, COL_LABEL, SHEET_TEXT, l->def->label);
	put_text(w, row, COL_UNIT, SHEET_TEXT, unit_shown(l->unit));
	put_text(w, row, COL_BASIS, SHEET_TEXT, cm_basis_word(l->basis));
	put_text(w, row, COL_RULE, SHEET_TEXT, l->def->text);
	values(w, row, l->node, w->p->row[l->node] == row);
	total(w, row, line);
}

static void part_cells(struct writing *w, unsigned row, uint32_t node)
{
	const struct model_node *n = &w->p->node[node];
	struct str label = { 0 };
	str_addf(&label, "part of %s", w->p->line[n->line].def->name);
	put_text(w, row, COL_LABEL, SHEET_TEXT, str_get(&label));
	put_text(w, row, COL_UNIT, SHEET_TEXT, unit_shown(n->unit));
	values(w, row, node, true);
	str_free(&label);
}

static void row_cells(struct writing *w, const struct plan_row *r, unsigned row,
		      const char *const *label)
{
	struct str room = { 0 };
	switch (r->kind) {
	case ROW_SCOPE:
		put_text(w, row, COL_NAME, SHEET_HEAD,
			 r->id ? w->p->scope[r->id].name : "Across the options");
		put_text(w, row, COL_LABEL, SHEET_HEAD, r->id && label ? label[r->id] : "");
		break;
	case ROW_LINE:
		line_cells(w, row, r->id);
		break;
	case ROW_PART:
		part_cells(w, row, r->id);
		break;
	case ROW_BLOCK:
		put_text(w, row, COL_LABEL, SHEET_TEXT,
			 sheet_block_label((enum model_op)w->p->node[r->id].op, r->part, &room));
		if (!w->st)
			w->st = sheet_block_cells(w->p, w->e, r->id, r->part, row, w->sink, w->state,
						  w->err);
		break;
	case ROW_MACRS:
		if (!w->st)
			w->st = sheet_macrs_cells(r->id, row, w->sink, w->state, w->err);
		break;
	}
	str_free(&room);
}

enum cm_status sheet_plan_cells(const struct sheet_plan *p, const struct eval *e,
				const char *const *label, sheet_sink sink, void *state,
				struct cm_err *err)
{
	struct writing w = { .p = p, .e = e, .sink = sink, .state = state, .err = err };
	headings(&w);
	for (size_t i = 0; i < p->nrows && !w.st; i++)
		row_cells(&w, &p->rows[i], (unsigned)i + 1, label);
	str_free(&w.text);
	return w.st;
}
