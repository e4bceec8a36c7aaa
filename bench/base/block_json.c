/* Blocks of a report as JSON (see block_json.h). Names are append-only. Knows no section and no page. */
#include "base/block_json.h"

#include <string.h>

#include "base/cell_text.h"

static void set_text(struct cmj *o, const char *key, const char *text)
{
	cmj_set(o, key, cmj_string(or_empty(text)));
}

static struct cmj *numbers(const double *v, size_t n)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < n; i++)
		cmj_push(a, cmj_number(v[i]));
	return a;
}

static struct cmj *texts(const char *const *v, size_t n)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < n; i++)
		cmj_push(a, cmj_string(or_empty(v[i])));
	return a;
}

static struct cmj *cell_json(const struct cell *c)
{
	switch (c->kind) {
	case CELL_TEXT: return cmj_string(or_empty(c->text));
	case CELL_FIGURE: {
		struct figure f = c->fig;
		if (figure_is_missing(&f) && !f.missing)
			f.missing = "no value";
		return cm_figure_json(&f);
	}
	case CELL_EMPTY: break;
	}
	return cmj_null();
}

static struct cmj *columns_json(const struct table *t)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];
		struct cmj *o = cmj_object();
		set_text(o, "title", c->title);
		set_text(o, "unit", c->unit);
		set_text(o, "better", c->better == 'h' ? "higher" : c->better == 'l' ? "lower" : "");
		cmj_push(a, o);
	}
	return a;
}

static void add_table(struct cmj *o, const struct table *t)
{
	struct cmj *rows = cmj_array();
	set_text(o, "id", t->id);
	set_text(o, "title", t->title);
	cmj_set(o, "columns", columns_json(t));
	for (size_t r = 0; r < t->nrows; r++) {
		struct cmj *row = cmj_array();
		for (size_t i = 0; i < t->ncolumns; i++)
			cmj_push(row, cell_json(&t->cells[r * t->ncolumns + i]));
		cmj_push(rows, row);
	}
	cmj_set(o, "rows", rows);
}

static struct cmj *series_json(const struct chart_series *s)
{
	struct cmj *o = cmj_object();
	set_text(o, "name", s->name);
	if (s->x)
		cmj_set(o, "x", numbers(s->x, s->n));
	cmj_set(o, "y", numbers(s->y, s->y ? s->n : 0));
	if (s->lo && s->hi) {
		cmj_set(o, "lo", numbers(s->lo, s->n));
		cmj_set(o, "hi", numbers(s->hi, s->n));
	}
	if (s->label)
		cmj_set(o, "label", texts(s->label, s->n));
	return o;
}

struct cmj *chart_json(const struct chart *c)
{
	static const char *const kinds[] = {
		[CHART_BARS] = "bars", [CHART_STACK] = "stack", [CHART_LINES] = "lines",
		[CHART_TORNADO] = "tornado", [CHART_SCATTER] = "scatter",
	};
	struct cmj *o = cmj_object(), *series = cmj_array();
	set_text(o, "id", c->id);
	set_text(o, "title", c->title);
	set_text(o, "chart", (unsigned)c->kind < CM_COUNT(kinds) ? kinds[c->kind] : "");
	set_text(o, "x_title", c->x_title);
	set_text(o, "y_title", c->y_title);
	cmj_set(o, "log_x", cmj_bool(c->log_x));
	cmj_set(o, "log_y", cmj_bool(c->log_y));
	cmj_set(o, "categories", texts(c->categories, c->categories ? c->ncategories : 0));
	for (size_t i = 0; i < c->nseries; i++)
		cmj_push(series, series_json(&c->series[i]));
	cmj_set(o, "series", series);
	if (c->kind == CHART_TORNADO)
		cmj_set(o, "base", cmj_number(c->base));
	if (c->mark_text) {
		set_text(o, "mark_text", c->mark_text);
		cmj_set(o, "mark_x", cmj_number(c->mark_x));
	}
	set_text(o, "alt", c->alt);
	return o;
}

static struct cmj *facts_json(const struct block *b)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < b->nfacts; i++) {
		struct cmj *o = cmj_object();
		set_text(o, "name", b->facts[i].name);
		cmj_set(o, "value", cell_json(&b->facts[i].value));
		cmj_push(a, o);
	}
	return a;
}

struct cmj *block_json(const struct block *b)
{
	static const char *const kinds[] = {
		[BLOCK_SECTION] = "section", [BLOCK_HEADING] = "heading", [BLOCK_TEXT] = "text",
		[BLOCK_TABLE] = "table", [BLOCK_CHART] = "chart", [BLOCK_FACTS] = "facts",
		[BLOCK_NOTE] = "note",
	};
	struct cmj *o = b->kind == BLOCK_CHART ? chart_json(b->chart) : cmj_object();
	set_text(o, "kind", (unsigned)b->kind < CM_COUNT(kinds) ? kinds[b->kind] : "");
	if (b->kind == BLOCK_TABLE)
		add_table(o, b->table);
	else if (b->kind == BLOCK_FACTS)
		cmj_set(o, "facts", facts_json(b));
	else if (b->kind != BLOCK_CHART)
		set_text(o, "text", b->text);
	if (b->kind == BLOCK_SECTION)
		set_text(o, "id", b->id);
	if (b->kind == BLOCK_NOTE)
		set_text(o, "stamp", cm_stamp_word(b->stamp));
	return o;
}
