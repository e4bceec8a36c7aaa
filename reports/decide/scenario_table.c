/*
 * A buyer's own table: a cell of a CSV file beside the scenario, found by its row and its column.
 * The first column names the rows; a heading may state a unit, "price [USD/h]"; the columns
 * "source", "retrieved" and "basis" say where a row is from. It must not know what a cell means.
 */
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "decide/scenario.h"

#define COLUMNS_MAX 200

struct reading { /* one file while it is read */
	struct scenario *s;
	const struct yaml_node *file, *row, *column;
	char *path;
	char *heading[COLUMNS_MAX];
	size_t columns, want; /* want: the column asked for */
	const char *unit;     /* of the heading, NULL: none */
	const char **names;   /* of rows, for "did you mean" */
	size_t rows, cap;
	bool found;
};

/* "price [USD/h]" is called "price"; *unit is set to "USD/h". */
static bool heading_is(struct reading *r, const char *heading, const char *name)
{
	const char *open = strstr(heading, " [");
	const size_t n = open ? (size_t)(open - heading) : strlen(heading);
	if (strlen(name) != n || memcmp(heading, name, n) != 0)
		return false;
	const char *close = open ? strchr(open, ']') : NULL;
	r->unit = close ? pool_printf(&r->s->pool, "%.*s", (int)(close - open - 2), open + 2) : NULL;
	return true;
}

static enum cm_status read_heading(struct reading *r, const struct csv_row *row, struct cm_err *err)
{
	for (size_t i = 0; i < row->cells && i < COLUMNS_MAX; i++)
		r->heading[r->columns++] = cm_strdup(row->cell[i]);
	for (size_t i = 1; i < r->columns && !r->want; i++)
		if (heading_is(r, r->heading[i], r->column->text))
			r->want = i;
	if (r->want)
		return CM_OK;
	const char *near = r->columns > 1
		? cm_nearest(r->column->text, (const char *const *)r->heading + 1, r->columns - 1)
		: NULL;
	return scenario_at(r->s, r->column, err, near
			   ? "%s has no column '%s' (did you mean '%s'?)" : "%s has no column '%s'",
			   r->path, r->column->text, near);
}

static const char *cell_called(const struct reading *r, const struct csv_row *row, const char *name)
{
	for (size_t i = 1; i < r->columns && i < row->cells; i++)
		if (strcmp(r->heading[i], name) == 0)
			return row->cell[i];
	return "";
}

static enum cm_status read_cell(struct reading *r, const struct csv_row *row, struct found *out,
				struct cm_err *err)
{
	struct pool *pool = &r->s->pool;
	const char *rest = "", *text = r->want < row->cells ? row->cell[r->want] : "";
	const size_t col = r->want < row->cells ? row->col[r->want] : 0;
	if (r->found)
		return cm_fail_at(err, CM_EINPUT, r->path, row->line, 0, "a second row '%s'",
				  r->row->text);
	r->found = true;
	if (!*text)
		return scenario_at(r->s, r->column, err, "%s:%zu does not state '%s' of '%s'", r->path,
				   row->line, r->column->text, r->row->text);
	struct spread *v = pool_alloc(pool, sizeof *v);
	const struct model_pos at = { pool_dup(pool, r->path), row->line, col - 1 };
	enum cm_status st = spread_parse(pool_dup(pool, text), at, v, &rest, err);
	if (!st && *rest && r->unit)
		st = cm_fail_at(err, CM_EINPUT, r->path, row->line, col, "a unit in the cell and in "
				"its heading: expected one of them");
	if (st)
		return st;
	*out = (struct found){ .unit = r->unit ? r->unit : pool_dup(pool, rest), .own = v,
			       .basis = CM_PUBLISHED };
	spread_ends(v, &out->value, &out->lo, &out->hi);
	const char *basis = cell_called(r, row, "basis"), *source = cell_called(r, row, "source");
	const char *when = cell_called(r, row, "retrieved");
	if (*basis && (!cm_basis_parse(basis, &out->basis) || out->basis == CM_MEASURED ||
		       out->basis == CM_DERIVED))
		return cm_fail_at(err, CM_EINPUT, r->path, row->line, 0, "'basis': expected published, "
				  "quoted, listed, modelled or assumed, found '%s'", basis);
	out->origin.kind = "table";
	out->origin.text = pool_printf(pool, "%s, %s: %s%s%s%s%s, %s:%zu", r->row->text,
				       r->column->text, text, *source ? ", " : "", source,
				       *when ? ", read " : "", when, r->path, row->line);
	return CM_OK;
}

static enum cm_status read_rows(struct reading *r, struct csv *csv, struct found *out,
				struct cm_err *err)
{
	struct csv_row row;
	enum cm_status st = csv_next(csv, &row, err);
	if (st == CM_END)
		return scenario_at(r->s, r->file, err, "%s is empty", r->path);
	if (!st)
		st = read_heading(r, &row, err);
	while (!st && (st = csv_next(csv, &row, err)) == CM_OK) {
		if (strcmp(row.cell[0], r->row->text) == 0)
			st = read_cell(r, &row, out, err);
		CM_PUSH(r->names, r->rows, r->cap);
		r->names[r->rows++] = pool_dup(&r->s->pool, row.cell[0]);
	}
	if (st != CM_END)
		return st;
	if (r->found)
		return CM_OK;
	const char *near = cm_nearest(r->row->text, r->names, r->rows);
	return scenario_at(r->s, r->row, err, near ? "%s has no row '%s' (did you mean '%s'?)"
						   : "%s has no row '%s'", r->path, r->row->text,
			   near);
}

enum cm_status look_table(struct scenario *s, const struct yaml_node *file,
			  const struct yaml_node *row, const struct yaml_node *column,
			  struct found *out, struct cm_err *err)
{
	struct reading r = { .s = s, .file = file, .row = row, .column = column };
	const char *slash = strrchr(s->path, '/');
	r.path = *file->text == '/' || !slash
		? cm_strdup(file->text)
		: cm_printf_dup("%.*s%s", (int)(slash - s->path + 1), s->path, file->text);
	struct csv *csv = NULL;
	enum cm_status st = csv_open(r.path, &csv, NULL);
	if (st)
		st = scenario_at(s, file, err, "cannot read the table %s", r.path);
	else
		st = read_rows(&r, csv, out, err);
	csv_close(csv);
	for (size_t i = 0; i < r.columns; i++)
		free(r.heading[i]);
	free(r.names);
	free(r.path);
	return st;
}
