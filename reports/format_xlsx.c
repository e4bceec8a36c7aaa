/*
 * The report as a workbook, for those who buy: the blocks of the sections on pages, tables as regions of
 * numbers, charts as the program's own charts, and the model's live sheets (api/report.h) with values in
 * every formula cell, since viewers do not compute.
 *
 * Only file that knows libxlsxwriter. Its version 1.1.4 (Debian 12) overflows on long names of sheets,
 * defined names and validation texts: those are constants here or names that the live sheets keep short.
 * Text from outside is written as text, whatever it begins with.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xlsxwriter.h>

#include "api/report.h"
#include "base/utf8.h"

#define TEXT_MOST 32000u   /* characters of a cell: 32,767 */
#define TITLE_MOST 200u    /* of a chart's texts: 255 */
#define WIDE 6             /* columns that a paragraph spans */
#define LINE_CHARS 105.0   /* characters of a paragraph's line over them */
#define CHART_ROWS 18u
#define HEAD_HEIGHT 30.0   /* two lines */
#define HEAD_CHARS 18u     /* of a title that they hold */

enum page { P_VERDICT, P_OPTIONS, P_PRICES, P_ASSUMPTIONS, P_MODEL, P_RESULTS, P_NOTES, P_CHARTS, PAGES };

static const char *const page_name[PAGES] = { "Verdict", "Options", "Prices", "Assumptions", "Model",
					      "Results", "Notes", "ChartData" };

static const enum page live_page[SHEET_PAGE_NR] = {
	[SHEET_VERDICT] = P_VERDICT, [SHEET_OPTIONS] = P_OPTIONS,
	[SHEET_ASSUMPTIONS] = P_ASSUMPTIONS, [SHEET_MODEL] = P_MODEL,
};

/* Where a section stands in the order of a procurement workbook; any other is a note. */
static const struct { const char *section; enum page page; } places[] = {
	{ "verdict", P_VERDICT }, { "cost", P_OPTIONS }, { "sensitivity", P_OPTIONS },
	{ "priced", P_PRICES }, { "assumptions", P_ASSUMPTIONS }, { "performance", P_RESULTS },
	{ "energy", P_RESULTS }, { "systems", P_RESULTS },
};

enum look { L_PLAIN, L_TEXT, L_TITLE, L_SECTION, L_HEAD, L_PARAGRAPH, L_WARNING, L_INPUT, L_BIG,
	    L_MIDDLE, L_SMALL, L_TINY, LOOKS };

struct book {
	FILE *out;
	char *path;             /* the library writes to a named file */
	lxw_workbook *wb;
	lxw_worksheet *sheet[PAGES];
	lxw_format *look[LOOKS];
	unsigned row[PAGES];    /* next free row */
	enum page page;         /* of the section */
	bool live[PAGES];
	lxw_error error;        /* the first */
};

/* ---- single cells ---------------------------------------------------------------------------------- */

static void keep(struct book *b, lxw_error e)
{
	if (e != LXW_NO_ERROR && b->error == LXW_NO_ERROR)
		b->error = e;
}

/* Well-formed UTF-8 without what XML cannot carry, of at most `most` characters; the caller's. */
static char *clean_dup(const char *text, size_t most)
{
	struct str s = { 0 };
	size_t n = 0;
	for (uint32_t c; text && *text && n < most; n++) {
		const size_t len = utf8_next(text, &c);
		if (c == UTF8_BAD || c == 0xfffe || c == 0xffff)
			str_add(&s, "\xef\xbf\xbd");
		else if (!utf8_is_control(c) || c == '\n' || c == '\t')
			str_addn(&s, text, len);
		text += len;
	}
	if (text && *text)
		str_add(&s, "…");
	return str_take(&s);
}

static void put_text(struct book *b, enum page p, unsigned row, unsigned col, const char *text,
		     enum look look)
{
	char *clean = clean_dup(text, TEXT_MOST);
	if (*clean)
		keep(b, worksheet_write_string(b->sheet[p], row, (lxw_col_t)col, clean, b->look[look]));
	free(clean);
}

static enum look look_of(double v)
{
	const double a = fabs(v);
	return v == rint(v) && a < 1000 ? L_PLAIN : a >= 1000 ? L_BIG : a >= 1 ? L_MIDDLE
		: a >= 0.001 ? L_SMALL : L_TINY;
}

static void put_number(struct book *b, enum page p, unsigned row, unsigned col, double v, enum look look)
{
	if (isfinite(v))
		keep(b, worksheet_write_number(b->sheet[p], row, (lxw_col_t)col, v, b->look[look]));
}

/* ---- the live sheets ------------------------------------------------------------------------------- */

static void put_formula(struct book *b, enum page p, const struct sheet_cell *c)
{
	struct str f = { 0 };
	str_addf(&f, "=%s", c->text);
	if (c->shows || !isfinite(c->value)) {
		char *shows = clean_dup(c->shows ? c->shows : "#N/A", TEXT_MOST);
		keep(b, worksheet_write_formula_str(b->sheet[p], c->row, (lxw_col_t)c->col, str_get(&f),
						    b->look[L_TEXT], shows));
		free(shows);
	} else {
		keep(b, worksheet_write_formula_num(b->sheet[p], c->row, (lxw_col_t)c->col, str_get(&f),
						    b->look[look_of(c->value)], c->value));
	}
	str_free(&f);
}

/* A number of any size; text is refused as it is typed. */
static void put_input(struct book *b, enum page p, const struct sheet_cell *c)
{
	static char title[] = "Not a number", says[] = "This cell takes a number in the unit beside it.";
	lxw_data_validation v = {
		.validate = LXW_VALIDATION_TYPE_DECIMAL, .criteria = LXW_VALIDATION_CRITERIA_BETWEEN,
		.minimum_number = -1e15, .maximum_number = 1e15, .error_title = title,
		.error_message = says,
	};
	put_number(b, p, c->row, c->col, c->value, L_INPUT);
	keep(b, worksheet_data_validation_cell(b->sheet[p], c->row, (lxw_col_t)c->col, &v));
	if (!c->name)
		return;
	char where[64], name[64];
	char letters[LXW_MAX_CELL_NAME_LENGTH];
	lxw_rowcol_to_cell_abs(letters, c->row, (lxw_col_t)c->col, true, true);
	snprintf(where, sizeof where, "=%s!%s", page_name[p], letters);
	snprintf(name, sizeof name, "%.60s", c->name);
	keep(b, workbook_define_name(b->wb, name, where));
}

static enum cm_status live_cell(void *state, const struct sheet_cell *c, struct cm_err *err)
{
	struct book *b = state;
	const enum page p = live_page[c->page];
	(void)err;
	b->live[p] = true;
	if (b->row[p] < c->row + 2)
		b->row[p] = c->row + 2;
	switch (c->kind) {
	case SHEET_TEXT: put_text(b, p, c->row, c->col, c->text, c->col ? L_TEXT : L_PLAIN); break;
	case SHEET_TITLE: put_text(b, p, c->row, c->col, c->text, L_TITLE); break;
	case SHEET_HEAD: put_text(b, p, c->row, c->col, c->text, L_HEAD); break;
	case SHEET_NUMBER: put_number(b, p, c->row, c->col, c->value, look_of(c->value)); break;
	case SHEET_INPUT: put_input(b, p, c); break;
	case SHEET_FORMULA: put_formula(b, p, c); break;
	}
	return CM_OK;
}

static void live_look(struct book *b, const struct sheet_look *l, enum page p)
{
	if (l->freeze_rows || l->freeze_cols)
		worksheet_freeze_panes(b->sheet[p], l->freeze_rows, (lxw_col_t)l->freeze_cols);
	if (l->freeze_rows) { /* the last of them has the heads */
		keep(b, worksheet_set_row(b->sheet[p], l->freeze_rows - 1, HEAD_HEIGHT, NULL));
		worksheet_repeat_rows(b->sheet[p], 0, l->freeze_rows - 1);
	}
	if (l->freeze_cols)
		worksheet_repeat_columns(b->sheet[p], 0, (lxw_col_t)(l->freeze_cols - 1));
	for (unsigned i = 0; i < l->ncolumns; i++)
		worksheet_set_column(b->sheet[p], (lxw_col_t)i, (lxw_col_t)i, l->width[i], NULL);
}

/* ---- blocks ---------------------------------------------------------------------------------------- */

static void paragraph(struct book *b, const char *text, enum look look)
{
	char *clean = clean_dup(text, TEXT_MOST);
	const unsigned row = b->row[b->page];
	const double lines = ceil((double)strlen(clean) / LINE_CHARS);
	if (*clean) {
		lxw_worksheet *s = b->sheet[b->page];
		keep(b, worksheet_merge_range(s, row, 0, row, WIDE - 1, clean, b->look[look]));
		keep(b, worksheet_set_row(s, row, 15 * fmin(fmax(lines, 1), 27), NULL));
		b->row[b->page]++;
	}
	free(clean);
}

static void heading(struct book *b, const char *text, enum look look)
{
	b->row[b->page]++;
	put_text(b, b->page, b->row[b->page]++, 0, text, look);
}

static void section(struct book *b, const struct block *x)
{
	b->page = P_NOTES;
	for (size_t i = 0; i < CM_COUNT(places); i++)
		if (x->id && strcmp(places[i].section, x->id) == 0)
			b->page = places[i].page;
	if (b->row[b->page])
		b->row[b->page]++;
	put_text(b, b->page, b->row[b->page]++, 0, x->text, L_SECTION);
}

/* What stands beside the values of a column, where any of its figures needs it. */
struct beside { bool figure, range, unit; };

static struct beside beside_of(const struct table *t, size_t col)
{
	struct beside s = { false, false, false };
	for (size_t r = 0; r < t->nrows; r++) {
		const struct cell *c = &t->cells[r * t->ncolumns + col];
		if (c->kind != CELL_FIGURE || c->fig.missing)
			continue;
		s.figure = true;
		s.range |= c->fig.lo < c->fig.hi;
		s.unit |= c->fig.unit && *c->fig.unit && strcmp(c->fig.unit, "1") != 0 &&
			  (!t->columns[col].unit || strcmp(c->fig.unit, t->columns[col].unit) != 0);
	}
	return s;
}

static unsigned put_cell(struct book *b, unsigned row, unsigned col, const struct cell *c,
			 struct beside s)
{
	const unsigned first = col;
	if (c->kind == CELL_TEXT) {
		put_text(b, b->page, row, col, c->text, col ? L_TEXT : L_PLAIN);
	} else if (c->kind == CELL_FIGURE && (c->fig.missing || !isfinite(c->fig.value))) {
		struct str missing = { 0 };
		str_addf(&missing, "not measured: %s", c->fig.missing ? c->fig.missing : "no value");
		put_text(b, b->page, row, col, str_get(&missing), L_TEXT);
		str_free(&missing);
	} else if (c->kind == CELL_FIGURE) {
		const struct figure *f = &c->fig;
		put_number(b, b->page, row, col, f->value, c->exact ? L_PLAIN : look_of(f->value));
		if (s.unit)
			put_text(b, b->page, row, ++col, f->unit, L_TEXT);
		if (s.range && f->lo < f->hi) {
			put_number(b, b->page, row, col + 1, f->lo, look_of(f->lo));
			put_number(b, b->page, row, col + 2, f->hi, look_of(f->hi));
		}
		col += s.range ? 2 : 0;
		put_text(b, b->page, row, col + 1, cm_basis_word(f->basis), L_TEXT);
	}
	return first + 1 + s.unit + (s.range ? 2 : 0) + s.figure;
}

static unsigned put_heads(struct book *b, unsigned row, unsigned col, const struct column *c,
			  struct beside s)
{
	struct str title = { 0 };
	str_add(&title, c->title);
	if (c->unit && *c->unit)
		str_addf(&title, " (%s)", c->unit);
	put_text(b, b->page, row, col++, str_get(&title), L_HEAD);
	const struct { bool is; const char *word; } more[] = {
		{ s.unit, "unit" }, { s.range, "from" }, { s.range, "to" }, { s.figure, "basis" },
	};
	for (size_t i = 0; i < CM_COUNT(more); i++)
		if (more[i].is)
			put_text(b, b->page, row, col++, more[i].word, L_HEAD);
	str_free(&title);
	return col;
}

static void table(struct book *b, const struct table *t)
{
	if (b->page == P_ASSUMPTIONS && b->live[P_ASSUMPTIONS])
		return; /* the live rows above say each input with its basis and source */
	struct beside *beside = cm_alloc((t->ncolumns + 1) * sizeof *beside);
	heading(b, t->title, L_SECTION);
	unsigned col = 0, row = b->row[b->page];
	size_t longest = 0;
	for (size_t i = 0; i < t->ncolumns; i++)
		longest = i && strlen(t->columns[i].title) > longest ? strlen(t->columns[i].title)
								     : longest;
	keep(b, worksheet_set_row(b->sheet[b->page], row, longest > HEAD_CHARS ? 1.5 * HEAD_HEIGHT
				  : HEAD_HEIGHT, NULL));
	for (size_t i = 0; i < t->ncolumns; i++) {
		beside[i] = beside_of(t, i);
		col = put_heads(b, row, col, &t->columns[i], beside[i]);
	}
	for (size_t r = 0; r < t->nrows; r++) {
		row++;
		col = 0;
		for (size_t i = 0; i < t->ncolumns; i++)
			col = put_cell(b, row, col, &t->cells[r * t->ncolumns + i], beside[i]);
	}
	b->row[b->page] = row + 2;
	free(beside);
}

static void facts(struct book *b, const struct block *x)
{
	for (size_t i = 0; i < x->nfacts; i++) {
		const struct cell *c = &x->facts[i].value;
		const bool figure = c->kind == CELL_FIGURE && !c->fig.missing;
		const struct beside s = { figure, figure && c->fig.lo < c->fig.hi, figure };
		put_text(b, b->page, b->row[b->page], 0, x->facts[i].name, L_HEAD);
		put_cell(b, b->row[b->page]++, 1, c, s);
	}
	b->row[b->page]++;
}

/* ---- charts ---------------------------------------------------------------------------------------- */

/* Blue, orange, green, purple, sky, vermilion: Okabe and Ito's colours, told apart by the colour-blind. */
static const lxw_color_t colours[] = { 0x0072B2, 0xE69F00, 0x009E73, 0xCC79A7, 0x56B4E9, 0xD55E00 };

/* A text that begins with '=' would be a reference. */
static char *label_dup(const char *text)
{
	struct str s = { 0 };
	char *clean = clean_dup(text, TITLE_MOST);
	str_addf(&s, "%s%s", *clean == '=' ? " " : "", clean);
	free(clean);
	return str_take(&s);
}

static uint8_t chart_type(const struct chart *c)
{
	switch (c->kind) {
	case CHART_BARS:
	case CHART_TORNADO: return LXW_CHART_BAR;
	case CHART_STACK: return c->nseries && c->series[0].x ? LXW_CHART_AREA_STACKED
							     : LXW_CHART_BAR_STACKED;
	case CHART_LINES: return c->nseries && c->series[0].x ? LXW_CHART_SCATTER_STRAIGHT
							     : LXW_CHART_LINE;
	case CHART_SCATTER: return LXW_CHART_SCATTER;
	}
	return LXW_CHART_BAR;
}

/* The points of a series on the page of charts' data, one a row: x or category, y, range. */
static void chart_data(struct book *b, const struct chart *c, const struct chart_series *s)
{
	unsigned row = b->row[P_CHARTS];
	put_text(b, P_CHARTS, row, 0, c->title, L_HEAD);
	put_text(b, P_CHARTS, row, 1, s->name, L_HEAD);
	for (size_t i = 0; i < s->n; i++) {
		row++;
		if (s->x)
			put_number(b, P_CHARTS, row, 0, s->x[i], L_PLAIN);
		else
			put_text(b, P_CHARTS, row, 0, i < c->ncategories ? c->categories[i] : "", L_PLAIN);
		put_number(b, P_CHARTS, row, 1, s->y[i], L_PLAIN);
		put_number(b, P_CHARTS, row, 2, s->lo ? s->lo[i] : NAN, L_PLAIN);
		put_number(b, P_CHARTS, row, 3, s->hi ? s->hi[i] : NAN, L_PLAIN);
		if (s->label)
			put_text(b, P_CHARTS, row, 4, s->label[i], L_PLAIN);
	}
	b->row[P_CHARTS] = row + 2;
}

static void chart_series(struct book *b, lxw_chart *x, const struct chart *c, size_t k)
{
	const struct chart_series *s = &c->series[k];
	const unsigned first = b->row[P_CHARTS] + 1, last = first + (unsigned)s->n - 1;
	if (s->n == 0)
		return;
	chart_data(b, c, s);
	lxw_chart_series *y = chart_add_series(x, NULL, NULL);
	chart_series_set_categories(y, page_name[P_CHARTS], first, 0, last, 0);
	chart_series_set_values(y, page_name[P_CHARTS], first, 1, last, 1);
	chart_series_set_name_range(y, page_name[P_CHARTS], first - 1, 1);
	const lxw_color_t colour = colours[k % CM_COUNT(colours)];
	lxw_chart_fill fill = { .color = colour };
	lxw_chart_line line = { .color = colour, .width = 2 };
	if (c->kind == CHART_LINES)
		chart_series_set_line(y, &line);
	else if (c->kind != CHART_SCATTER)
		chart_series_set_fill(y, &fill);
}

/* Bars of amounts begin at 0. */
static bool from_zero(const struct chart *c)
{
	if (c->kind != CHART_BARS && c->kind != CHART_STACK)
		return false;
	for (size_t k = 0; k < c->nseries; k++)
		for (size_t i = 0; i < c->series[k].n; i++)
			if (c->series[k].y[i] < 0)
				return false;
	return !c->log_x && !c->log_y;
}

static bool thousands(const struct chart *c)
{
	for (size_t k = 0; k < c->nseries; k++)
		for (size_t i = 0; i < c->series[k].n; i++)
			if (fabs(c->series[k].y[i]) >= 10000)
				return true;
	return false;
}

/* x lies below, y stands on the left; bars have their categories on the left. */
static void chart_axes(lxw_chart *chart, const struct chart *c)
{
	char *x_name = label_dup(c->x_title), *y_name = label_dup(c->y_title);
	const uint8_t type = chart_type(c);
	const bool bars = type == LXW_CHART_BAR || type == LXW_CHART_BAR_STACKED;
	lxw_chart_axis *values = bars ? chart->x_axis : chart->y_axis;
	if (*x_name)
		chart_axis_set_name(chart->x_axis, x_name);
	if (*y_name)
		chart_axis_set_name(chart->y_axis, y_name);
	if (bars) { /* the first category on top, as in the table */
		chart_axis_set_reverse(chart->y_axis);
		chart_axis_set_label_position(chart->y_axis, LXW_CHART_AXIS_LABEL_POSITION_LOW);
		chart_axis_set_label_position(values, LXW_CHART_AXIS_LABEL_POSITION_HIGH);
	}
	if (thousands(c))
		chart_axis_set_num_format(values, "#,##0");
	if (from_zero(c))
		chart_axis_set_min(values, 0);
	if (c->kind == CHART_TORNADO) {
		chart_set_series_overlap(chart, 100);
		chart_axis_set_crossing(values, c->base);
	}
	if (c->log_x)
		chart_axis_set_log_base(chart->x_axis, 10);
	if (c->log_y)
		chart_axis_set_log_base(chart->y_axis, 10);
	free(x_name);
	free(y_name);
}

static void chart(struct book *b, const struct chart *c)
{
	if (!c->nseries)
		return; /* nothing to draw; its table, which follows, says why */
	lxw_chart *x = workbook_add_chart(b->wb, chart_type(c));
	char *title = label_dup(c->title);
	lxw_chart_font font = { .size = 11, .bold = LXW_TRUE };
	if (!x) {
		keep(b, LXW_ERROR_MEMORY_MALLOC_FAILED);
		free(title);
		return;
	}
	for (size_t k = 0; k < c->nseries; k++)
		chart_series(b, x, c, k);
	chart_title_set_name(x, *title ? title : " ");
	chart_title_set_name_font(x, &font);
	chart_axes(x, c);
	if (c->nseries < 2)
		chart_legend_set_position(x, LXW_CHART_LEGEND_NONE);
	else
		chart_legend_set_position(x, LXW_CHART_LEGEND_BOTTOM);
	char *alt = clean_dup(c->alt, TITLE_MOST);
	lxw_chart_options o = { .x_scale = 1.9, .y_scale = 1.2, .description = alt };
	b->row[b->page]++;
	keep(b, worksheet_insert_chart_opt(b->sheet[b->page], b->row[b->page], 0, x, &o));
	b->row[b->page] += CHART_ROWS;
	free(alt);
	free(title);
}

/* ---- the format ------------------------------------------------------------------------------------ */

static void looks(struct book *b)
{
	static const char *const number[LOOKS] = { [L_BIG] = "#,##0", [L_MIDDLE] = "#,##0.00",
						   [L_SMALL] = "0.0000", [L_TINY] = "0.00E+00" };
	for (size_t i = 0; i < LOOKS; i++) {
		lxw_format *f = b->look[i] = workbook_add_format(b->wb);
		if (number[i])
			format_set_num_format(f, number[i]);
		if (i == L_TITLE || i == L_SECTION || i == L_HEAD || i == L_WARNING)
			format_set_bold(f);
		if (i == L_TITLE || i == L_SECTION)
			format_set_font_size(f, i == L_TITLE ? 16 : 13);
		if (i == L_TEXT)
			format_set_indent(f, 1); /* apart from a number on its left */
		if (i == L_HEAD)
			format_set_bg_color(f, 0xE7EDF3);
		if (i == L_HEAD || i == L_PARAGRAPH || i == L_WARNING) {
			format_set_text_wrap(f);
			format_set_align(f, LXW_ALIGN_VERTICAL_TOP);
		}
		if (i == L_INPUT) {
			format_set_bg_color(f, 0xFFF2CC);
			format_set_border(f, LXW_BORDER_THIN);
			format_set_border_color(f, 0x7F6000);
		}
	}
}

static void sheets(struct book *b, bool live)
{
	for (size_t i = 0; i < PAGES; i++) {
		if (i == P_MODEL && !live)
			continue;
		lxw_worksheet *s = b->sheet[i] = workbook_add_worksheet(b->wb, page_name[i]);
		for (lxw_col_t c = 0; c <= 30; c++) /* one by one: a later width replaces a range's */
			worksheet_set_column(s, c, c, c ? 16 : 44, NULL);
		worksheet_set_landscape(s);
		worksheet_set_paper(s, 9); /* A4 */
		worksheet_fit_to_pages(s, 1, 0);
		worksheet_set_footer(s, "&L&A&R&P / &N");
	}
}

/* The day that the file says it was made: the same input gives the same bytes. */
static void properties(struct book *b, const struct report_data *d)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *title = clean_dup(d->decision ? d->decision->title : "costmark", TITLE_MOST);
	lxw_doc_properties p = { .title = title, .created = epoch ? (time_t)strtoll(epoch, NULL, 10) : 0 };
	keep(b, workbook_set_properties(b->wb, &p));
	free(title);
}

static void drop(struct book *b)
{
	if (b->path) {
		unlink(b->path);
		free(b->path);
	}
	free(b);
}

static enum cm_status xlsx_begin(FILE *out, const struct report_data *d, void **state,
				 struct cm_err *err)
{
	struct book *b = cm_alloc(sizeof *b);
	const char *dir = getenv("TMPDIR");
	b->path = cm_printf_dup("%s/costmark-XXXXXX", dir && *dir ? dir : "/tmp");
	const int fd = mkstemp(b->path);
	if (fd < 0 || close(fd)) {
		const enum cm_status st = cm_fail(err, CM_EIO, "%s: no temporary file can be made (%s)",
						  b->path, strerror(errno));
		free(b->path);
		free(b);
		return st;
	}
	b->out = out;
	b->wb = workbook_new(b->path);
	if (!b->wb) {
		drop(b);
		return cm_fail(err, CM_EIO, "the workbook cannot be made");
	}
	const struct sheet_model *live = d->decision ? d->decision->sheets : NULL;
	looks(b);
	sheets(b, live != NULL);
	properties(b, d);
	for (size_t i = 0; live && i < SHEET_PAGE_NR; i++)
		live_look(b, &live->look[i], live_page[i]);
	const enum cm_status st = live ? live->cells(live, live_cell, b, err) : CM_OK;
	if (st) {
		workbook_close(b->wb);
		drop(b);
		return st;
	}
	*state = b;
	return CM_OK;
}

static enum cm_status xlsx_block(void *state, const struct block *x, struct cm_err *err)
{
	struct book *b = state;
	switch (x->kind) {
	case BLOCK_SECTION: section(b, x); break;
	case BLOCK_HEADING: heading(b, x->text, L_SECTION); break;
	case BLOCK_TEXT: paragraph(b, x->text, L_PARAGRAPH); break;
	case BLOCK_NOTE: paragraph(b, x->text, x->stamp == CM_VALID ? L_PARAGRAPH : L_WARNING); break;
	case BLOCK_TABLE: table(b, x->table); break;
	case BLOCK_CHART: chart(b, x->chart); break;
	case BLOCK_FACTS: facts(b, x); break;
	}
	return b->error == LXW_NO_ERROR ? CM_OK
		: cm_fail(err, CM_EINTERNAL, "the workbook does not take a cell: %s",
			  lxw_strerror(b->error));
}

static bool copy(const char *path, FILE *out)
{
	char bytes[65536];
	FILE *in = fopen(path, "rb");
	bool ok = in != NULL;
	for (size_t n; ok && (n = fread(bytes, 1, sizeof bytes, in)) > 0;)
		ok = fwrite(bytes, 1, n, out) == n;
	ok = ok && !ferror(in);
	if (in)
		fclose(in);
	return ok;
}

static enum cm_status xlsx_end(void *state, struct cm_err *err)
{
	struct book *b = state;
	const lxw_error first = b->error, last = workbook_close(b->wb);
	enum cm_status st = CM_OK;
	if (first != LXW_NO_ERROR || last != LXW_NO_ERROR)
		st = cm_fail(err, CM_EIO, "the workbook cannot be written: %s",
			     lxw_strerror(first != LXW_NO_ERROR ? first : last));
	else if (!copy(b->path, b->out))
		st = cm_fail(err, CM_EIO, "the workbook cannot be written: %s", strerror(errno));
	drop(b);
	return st;
}

const struct format format_xlsx = {
	.abi = CM_REPORT_ABI, .name = "xlsx", .suffix = "xlsx",
	.mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	.begin = xlsx_begin, .block = xlsx_block, .end = xlsx_end,
};
