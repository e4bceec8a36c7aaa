/* Composing report blocks (see compose.h). */
#include "base/compose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct compose compose_begin(block_sink sink, void *state, struct cm_err *err)
{
	return (struct compose){ .sink = sink, .state = state, .err = err, .st = CM_OK };
}

enum cm_status compose_end(struct compose *c)
{
	const enum cm_status st = c->st;

	free(c->column);
	free(c->cell);
	free(c->fact);
	pool_free(&c->pool);
	*c = (struct compose){ .st = st };
	return st;
}

static void hand_over(struct compose *c, const struct block *b)
{
	if (!c->st)
		c->st = c->sink(c->state, b, c->err);
}

static const char *text_of(struct compose *c, const char *fmt, va_list ap)
{
	struct str s = { 0 };
	const char *out;

	str_vaddf(&s, fmt, ap);
	out = pool_dup(&c->pool, str_get(&s));
	str_free(&s);
	return out;
}

void compose_heading(struct compose *c, const char *title)
{
	hand_over(c, &(struct block){ .kind = BLOCK_HEADING, .text = title });
}

void compose_text(struct compose *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	hand_over(c, &(struct block){ .kind = BLOCK_TEXT, .text = text_of(c, fmt, ap) });
	va_end(ap);
}

void compose_note(struct compose *c, enum cm_stamp stamp, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	hand_over(c, &(struct block){ .kind = BLOCK_NOTE, .stamp = stamp,
				      .text = text_of(c, fmt, ap) });
	va_end(ap);
}

/* ---- tables ------------------------------------------------------------------------------------ */

void compose_table(struct compose *c, const char *id, const char *title)
{
	c->table = (struct table){ .id = id, .title = title };
	c->cells = 0;
}

void compose_column(struct compose *c, const char *title, const char *unit, char better, bool numeric)
{
	CM_PUSH(c->column, c->table.ncolumns, c->columns_cap);
	c->column[c->table.ncolumns++] = (struct column){ .title = title, .unit = unit,
							  .better = better, .numeric = numeric };
}

static void add_cell(struct compose *c, struct cell cell)
{
	CM_PUSH(c->cell, c->cells, c->cells_cap);
	c->cell[c->cells++] = cell;
}

void compose_cell(struct compose *c, const char *text, const char *none)
{
	add_cell(c, (struct cell){ .kind = CELL_TEXT, .text = text && *text ? text : none });
}

void compose_cellf(struct compose *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_cell(c, (struct cell){ .kind = CELL_TEXT, .text = text_of(c, fmt, ap) });
	va_end(ap);
}

/* A plain number has the unit "1" in models and none on paper; what is not a number is missing. */
static struct cell figure_cell(struct figure f, bool exact)
{
	f.unit = f.unit && strcmp(f.unit, "1") != 0 ? f.unit : "";
	if (f.missing && !*f.missing)
		f.missing = "no reason was given";
	if (!f.missing && !isfinite(f.value))
		f = cm_figure_missing(f.unit, isnan(f.value) ? "it has no value" : "it is not finite");
	if (!f.missing && !(f.lo <= f.value && f.value <= f.hi))
		f.lo = f.hi = f.value; /* no interval is better than a wrong one */
	return (struct cell){ .kind = CELL_FIGURE, .fig = f, .exact = exact };
}

void compose_figure(struct compose *c, struct figure f)
{
	add_cell(c, figure_cell(f, false));
}

void compose_exact(struct compose *c, struct figure f)
{
	add_cell(c, figure_cell(f, true));
}

void compose_table_end(struct compose *c, bool fold)
{
	struct table *t = &c->table;

	if (!c->cells)
		return;
	if (c->cells % t->ncolumns && !c->st) {
		c->st = cm_fail(c->err, CM_EINTERNAL, "table '%s': %zu cells do not fill rows of %zu",
				t->id, c->cells, t->ncolumns);
		return;
	}
	t->columns = c->column;
	t->cells = c->cell;
	t->nrows = c->cells / t->ncolumns;
	t->fold = fold;
	hand_over(c, &(struct block){ .kind = BLOCK_TABLE, .table = t });
}

void compose_chart(struct compose *c, const struct chart *chart)
{
	hand_over(c, &(struct block){ .kind = BLOCK_CHART, .chart = chart });
}

/* ---- facts ------------------------------------------------------------------------------------- */

static void add_fact(struct compose *c, const char *name, struct cell value)
{
	CM_PUSH(c->fact, c->facts, c->facts_cap);
	c->fact[c->facts++] = (struct fact){ .name = name, .value = value };
}

void compose_fact(struct compose *c, const char *name, const char *text, const char *none)
{
	add_fact(c, name, (struct cell){ .kind = CELL_TEXT, .text = text && *text ? text : none });
}

void compose_fact_figure(struct compose *c, const char *name, struct figure f)
{
	add_fact(c, name, figure_cell(f, false));
}

void compose_facts_end(struct compose *c)
{
	if (c->facts)
		hand_over(c, &(struct block){ .kind = BLOCK_FACTS, .facts = c->fact,
					      .nfacts = c->facts });
	c->facts = 0;
}

enum cm_basis compose_basis(enum cm_basis a, enum cm_basis b)
{
	const enum cm_basis weakest = cm_basis_weakest(a, b);

	return weakest == CM_MEASURED ? CM_DERIVED : weakest;
}
