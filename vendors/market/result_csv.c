/*
 * Any table, CSV or workbook, with a mapping that says which column is what (docs/published.md):
 *
 *   rows:   {suite: {text: my study}, device_as_written: {column: gpu}, benchmark: {text: llama-405b}}
 *   values: [{column: tokens_per_second, metric: throughput, unit: token/s, better: higher}]
 *
 * Columns that the mapping leaves out are named, not guessed at.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/published.h"
#include "base/grid.h"

static const struct { const char *column; size_t at; } members[] = {
#define X(member, name) { name, offsetof(struct published_row, member) },
	CM_PUBLISHED_COLUMNS(X)
#undef X
};

struct mapped { /* a member of the row, or of a value */
	size_t at;
	size_t column;         /* SIZE_MAX: text */
	const char *text;
};

#define AT(from, n, err, ...) \
	cm_fail_at((err), CM_EINPUT, (from)->map_file, (n)->line, (n)->col, __VA_ARGS__)

static enum cm_status find_column(const struct published_from *from, const struct grid *g,
				  const struct yaml_node *n, size_t *out, struct cm_err *err)
{
	if (n->kind != YAML_SCALAR)
		return AT(from, n, err, "'%s': expected the name of a column", n->key ? n->key : "column");
	*out = grid_column(g, 0, n->text);
	return *out == SIZE_MAX ? AT(from, n, err, "the table has no column '%s'", n->text) : CM_OK;
}

/* NAME: {column: C} or NAME: {text: T}. */
static enum cm_status map_member(const struct published_from *from, const struct grid *g,
				 const struct yaml_node *n, struct mapped *m, struct cm_err *err)
{
	static const char *const keys[] = { "column", "text" };
	const struct yaml_node *column, *text;
	const char *names[CM_COUNT(members)];
	enum cm_status st;
	size_t i = 0;

	for (size_t k = 0; k < CM_COUNT(members); k++)
		names[k] = members[k].column;
	while (i < CM_COUNT(members) && strcmp(members[i].column, n->key) != 0)
		i++;
	if (i == CM_COUNT(members)) {
		const char *near = cm_nearest(n->key, names, CM_COUNT(members));

		return cm_fail_at(err, CM_EINPUT, from->map_file, n->key_line, n->key_col,
				  near ? "a result has no '%s' (did you mean '%s'?)"
				       : "a result has no '%s'",
				  n->key, near);
	}
	if (n->kind != YAML_MAP)
		return AT(from, n, err, "'%s': expected {column: NAME} or {text: WORDS}", n->key);
	st = yaml_known(n, from->map_file, keys, CM_COUNT(keys), err);
	column = yaml_get(n, "column");
	text = yaml_get(n, "text");
	*m = (struct mapped){ members[i].at, SIZE_MAX, "" };
	if (st)
		return st;
	if (column)
		return find_column(from, g, column, &m->column, err);
	if (!text || text->kind != YAML_SCALAR)
		return AT(from, n, err, "'%s': expected {column: NAME} or {text: WORDS}", n->key);
	m->text = text->text;
	return CM_OK;
}

struct figure_of { size_t column; const char *metric, *unit, *better, *scope; double times; };

static enum cm_status map_value(const struct published_from *from, const struct grid *g,
				const struct yaml_node *n, struct figure_of *f, struct cm_err *err)
{
	static const char *const keys[] = { "column", "metric", "unit", "better", "scope", "times" };
	const struct yaml_node *column = yaml_get(n, "column"), *times = yaml_get(n, "times");
	const struct { const char *key; const char **to;
	} texts[] = {
		{"metric", &f->metric},
		{"unit", &f->unit},
		{"better", &f->better},
		{"scope", &f->scope},
	};
	enum cm_status st;

	*f = (struct figure_of){ SIZE_MAX, "", "", "", "system", 1 };
	if (n->kind != YAML_MAP || !column)
		return AT(from, n, err, "'values': expected {column: NAME, metric: …, unit: …}");
	st = yaml_known(n, from->map_file, keys, CM_COUNT(keys), err);
	for (size_t i = 0; i < CM_COUNT(texts) && !st; i++) {
		const struct yaml_node *t = yaml_get(n, texts[i].key);

		if (t && t->kind != YAML_SCALAR)
			st = AT(from, t, err, "'%s': expected a text", texts[i].key);
		else if (t)
			*texts[i].to = t->text;
	}
	if (!st && times) {
		char *end;

		f->times = times->kind == YAML_SCALAR ? strtod(times->text, &end) : NAN;
		if (!(f->times > 0) || *end)
			st = AT(from, times, err, "'times': expected a number above 0");
	}
	if (!st && !*f->unit)
		st = AT(from, n, err, "'values': expected its unit");
	return st ? st : find_column(from, g, column, &f->column, err);
}

static void take(const struct published_from *from, struct published_list *l, const struct grid *g,
		 const struct mapped *m, size_t members_n, const struct figure_of *f, size_t figures)
{
	for (size_t r = 1; r < g->rows; r++)
		for (size_t k = 0; k < figures; k++) {
			const char *cell = grid_cell(g, r, f[k].column), *place;
			char *end;
			const double v = strtod(cell, &end);
			struct published_row *row;

			place = pool_printf(&l->pool, "%zu", g->row[r].line);
			end += strspn(end, " \t");
			if (!*cell || *end || !isfinite(v)) {
				published_refuse(l, from->path, place,
						 *cell ? "its value is no number"
						       : "its value is empty");
				continue;
			}
			row = published_add(l, from);
			row->quality = "unreviewed";
			row->line = place;
			for (size_t i = 0; i < members_n; i++)
				*(const char **)(void *)((char *)row + m[i].at) =
					published_keep(l, m[i].column == SIZE_MAX ? m[i].text
									      : grid_cell(g, r, m[i].column));
			row->metric = published_keep(l, f[k].metric);
			row->scope = published_keep(l, f[k].scope);
			if (*row->precision && !*row->precision_text) {
				row->precision_text = row->precision;
				row->precision = published_precision(l, row->precision_text);
			}
			published_value(l, row, v * f[k].times, f[k].unit, published_keep(l, f[k].better));
			if (f[k].times == 1)
				row->value = published_keep(l, cell);
		}
}

static void name_rest(struct published_list *l, const struct grid *g, const struct mapped *m, size_t n,
		      const struct figure_of *f, size_t figures)
{
	for (size_t c = 0; g->rows && c < g->row[0].cells; c++) {
		bool used = !*grid_cell(g, 0, c);

		for (size_t i = 0; i < n; i++)
			used |= m[i].column == c;
		for (size_t i = 0; i < figures; i++)
			used |= f[i].column == c;
		if (!used)
			published_unknown(l, grid_cell(g, 0, c));
	}
}

static enum cm_status read(const struct published_from *from, struct published_list *l,
			   struct cm_err *err)
{
	static const char *const keys[] = { "rows", "values" };
	const struct yaml_node *rows = yaml_get(from->map, "rows"), *values = yaml_get(from->map, "values");
	struct mapped m[CM_COUNT(members)];
	struct figure_of *f = NULL;
	size_t n = 0;
	struct grid g;
	enum cm_status st = grid_read(from->bytes, from->len, from->path, &g, err);

	if (st)
		return st;
	st = yaml_known(from->map, from->map_file, keys, CM_COUNT(keys), err);
	if (!st && (!rows || rows->kind != YAML_MAP || !yaml_get(rows, "suite")))
		st = AT(from, rows ? rows : from->map, err, "'rows': expected a map with at least suite");
	if (!st && (!values || values->kind != YAML_LIST || values->items == 0))
		st = AT(from, values ? values : from->map, err,
			"'values': expected a list of columns with figures");
	for (size_t i = 0; !st && rows && i < rows->items; i++)
		st = map_member(from, &g, &rows->item[i], &m[n++], err);
	f = cm_alloc(((values ? values->items : 0) + 1) * sizeof *f);
	for (size_t i = 0; !st && values && i < values->items; i++)
		st = map_value(from, &g, &values->item[i], &f[i], err);
	if (!st && values) {
		take(from, l, &g, m, n, f, values->items);
		name_rest(l, &g, m, n, f, values->items);
	}
	free(f);
	grid_free(&g);
	return st;
}

static bool knows(const struct published_from *from)
{
	return from->map != NULL;
}

const struct result_format result_csv = {
	.abi = CM_PUBLISHED_ABI,
	.name = "csv",
	.desc = "any table, CSV or workbook, with --map FILE",
	.family = "",
	.mapped = true,
	.knows = knows,
	.read = read,
};
