/*
 * A report as one long table for analysts (RFC 4180): one row a cell, fact, point of a chart or paragraph.
 * The first column names the schema, the columns are append-only. Knows no section.
 */
#include <math.h>
#include <stdlib.h>

#include "api/report.h"
#include "base/cell_text.h"
#include "base/csv.h"
#include "base/escape.h"

#define SCHEMA "costmark.report.csv/1"

enum { SECTION, TABLE, ROW, METRIC, COLUMN, VALUE, LO, HI, UNIT, BASIS, TEXT, FIELDS };

static const char *const field_names[FIELDS] = {
	"section", "table", "row", "metric", "column", "value", "lo", "hi", "unit", "basis", "text",
};

struct csv_state {
	FILE *out;
	char *section;
	struct str field[FIELDS]; /* the row being made */
};

static void put_row(struct csv_state *s, const char *first, const char *const *field)
{
	csv_put(s->out, first, true);
	for (size_t i = 0; i < FIELDS; i++) {
		struct str safe = { 0 };
		esc_plain(&safe, field[i]);
		csv_put(s->out, str_get(&safe), false);
		str_free(&safe);
	}
	fputs("\r\n", s->out);
}

/* Writes the row and empties it, but for the section. */
static void flush(struct csv_state *s)
{
	const char *field[FIELDS];

	str_clear(&s->field[SECTION]);
	str_add(&s->field[SECTION], or_empty(s->section));
	for (size_t i = 0; i < FIELDS; i++)
		field[i] = str_get(&s->field[i]);
	put_row(s, SCHEMA, field);
	for (size_t i = 0; i < FIELDS; i++)
		str_clear(&s->field[i]);
}

static void set(struct csv_state *s, int field, const char *text)
{
	str_add(&s->field[field], or_empty(text));
}

static void set_figure(struct csv_state *s, const struct figure *f)
{
	set(s, UNIT, f->unit);
	set(s, BASIS, figure_is_missing(f) ? "" : cm_basis_word(f->basis));
	if (!isfinite(f->value)) { /* missing, or beyond what a cell can hold: said in words */
		figure_text(&s->field[TEXT], f, false);
		return;
	}
	number_text(&s->field[VALUE], f->value);
	number_text(&s->field[LO], f->lo);
	number_text(&s->field[HI], f->hi);
}

static void set_cell(struct csv_state *s, const struct cell *c)
{
	if (c->kind == CELL_FIGURE)
		set_figure(s, &c->fig);
	else if (c->kind == CELL_TEXT)
		set(s, TEXT, c->text);
}

/* What a row of a table is about: its first cell. */
static void set_metric(struct csv_state *s, const struct cell *first)
{
	if (first->kind == CELL_TEXT)
		set(s, METRIC, first->text);
	else if (first->kind == CELL_FIGURE)
		figure_text(&s->field[METRIC], &first->fig, first->exact);
}

static void put_table(struct csv_state *s, const struct table *t)
{
	for (size_t r = 0; r < t->nrows; r++)
		for (size_t i = 0; i < t->ncolumns; i++) {
			const struct cell *row = &t->cells[r * t->ncolumns];
			if (row[i].kind == CELL_EMPTY)
				continue;
			set(s, TABLE, t->id);
			str_addf(&s->field[ROW], "%zu", r + 1);
			set_metric(s, row);
			set(s, COLUMN, t->columns[i].title);
			set_cell(s, &row[i]);
			flush(s);
		}
}

static void put_series(struct csv_state *s, const struct chart *c, const struct chart_series *line)
{
	for (size_t i = 0; line->y && i < line->n; i++) {
		str_addf(&s->field[TABLE], "chart:%s", or_empty(c->id));
		str_addf(&s->field[ROW], "%zu", i + 1);
		set(s, METRIC, line->name);
		if (line->x)
			number_text(&s->field[COLUMN], line->x[i]);
		else if (c->categories && i < c->ncategories)
			set(s, COLUMN, c->categories[i]);
		number_text(&s->field[VALUE], line->y[i]);
		if (line->lo && line->hi) {
			number_text(&s->field[LO], line->lo[i]);
			number_text(&s->field[HI], line->hi[i]);
		}
		set(s, UNIT, c->y_title);
		set(s, TEXT, line->label ? line->label[i] : "");
		flush(s);
	}
}

static void put_text(struct csv_state *s, const char *what, const char *text)
{
	set(s, TABLE, what);
	set(s, TEXT, text);
	flush(s);
}

static void put_facts(struct csv_state *s, const struct block *b)
{
	for (size_t i = 0; i < b->nfacts; i++) {
		set(s, TABLE, "facts");
		str_addf(&s->field[ROW], "%zu", i + 1);
		set(s, METRIC, b->facts[i].name);
		set_cell(s, &b->facts[i].value);
		flush(s);
	}
}

static enum cm_status csv_begin(FILE *out, const struct report_data *d, void **state,
				struct cm_err *err)
{
	struct csv_state *s = cm_alloc(sizeof *s);
	const struct { const char *name, *text; } head[] = {
		{ "version", d->version }, { "created", d->created },
		{ "command_line", d->command_line },
		{ "title", d->decision ? d->decision->title : "" },
		{ "verdict", d->decision ? d->decision->sentence : "" },
		{ "stamp", d->decision ? cm_stamp_word(d->decision->stamp) : "" },
	};
	(void)err;

	s->out = out;
	put_row(s, "schema", field_names);
	for (size_t i = 0; i < CM_COUNT(head); i++) {
		set(s, TABLE, "report");
		set(s, METRIC, head[i].name);
		set(s, TEXT, head[i].text);
		flush(s);
	}
	*state = s;
	return CM_OK;
}

static enum cm_status csv_block(void *state, const struct block *b, struct cm_err *err)
{
	struct csv_state *s = state;
	(void)err;

	switch (b->kind) {
	case BLOCK_SECTION:
		free(s->section);
		s->section = cm_strdup(or_empty(b->id));
		put_text(s, "title", b->text);
		break;
	case BLOCK_HEADING: put_text(s, "heading", b->text); break;
	case BLOCK_TEXT: put_text(s, "text", b->text); break;
	case BLOCK_NOTE:
		set(s, METRIC, cm_stamp_word(b->stamp));
		put_text(s, "note", b->text);
		break;
	case BLOCK_TABLE: put_table(s, b->table); break;
	case BLOCK_CHART:
		for (size_t i = 0; i < b->chart->nseries; i++)
			put_series(s, b->chart, &b->chart->series[i]);
		break;
	case BLOCK_FACTS: put_facts(s, b); break;
	}
	return CM_OK;
}

static enum cm_status csv_end(void *state, struct cm_err *err)
{
	struct csv_state *s = state;
	const bool ok = !ferror(s->out);

	for (size_t i = 0; i < FIELDS; i++)
		str_free(&s->field[i]);
	free(s->section);
	free(s);
	return ok ? CM_OK : cm_fail(err, CM_EIO, "the CSV report cannot be written");
}

const struct format format_csv = {
	.abi = CM_REPORT_ABI,
	.name = "csv", .suffix = "csv", .mime = "text/csv",
	.begin = csv_begin, .block = csv_block, .end = csv_end,
};
