/*
 * A report for the terminal, at most 100 columns wide, readable without colour. Figures carry the
 * first two letters of their basis in square brackets, explained at the end. A table too wide is
 * written as a list, row by row. Knows no section.
 */
#include <stdlib.h>
#include <string.h>

#include "api/report.h"
#include "base/cell_text.h"
#include "base/escape.h"
#include "base/textable.h"
#include "base/utf8.h"

#define WIDTH ((size_t)100)
#define MOST_COLUMNS 32 /* of textable */

struct text_state { FILE *out; unsigned bases; };

static size_t characters(const char *s, size_t bytes)
{
	size_t n = 0;
	for (size_t i = 0; i < bytes; n++) {
		uint32_t c;
		i += utf8_next(s + i, &c);
	}
	return n;
}

/* Bytes of s that fill at most `room` characters, to the last blank where there is one. */
static size_t fitting(const char *s, size_t room)
{
	size_t bytes = 0, blank = 0;
	for (size_t n = 0; s[bytes] && n < room; n++) {
		uint32_t c;
		if (s[bytes] == ' ')
			blank = bytes;
		bytes += utf8_next(s + bytes, &c);
	}
	return !s[bytes] || s[bytes] == ' ' || !blank ? bytes : blank;
}

/* Made safe and wrapped; later lines are indented by `hang`. */
static void wrapped(FILE *out, const char *first, size_t hang, const char *text)
{
	struct str safe = { 0 };
	size_t used = characters(first, strlen(first));

	esc_terminal(&safe, or_empty(text));
	fputs(first, out);
	for (const char *s = str_get(&safe); *s;) {
		const size_t n = fitting(s, WIDTH - used);
		fwrite(s, 1, n, out);
		s += n + strspn(s + n, " ");
		if (*s)
			fprintf(out, "\n%*s", (int)hang, "");
		used = hang;
	}
	fputc('\n', out);
	str_free(&safe);
}

static void underlined(FILE *out, const char *text, char with)
{
	struct str safe = { 0 };
	esc_terminal(&safe, or_empty(text));
	size_t n = characters(str_get(&safe), safe.len);
	wrapped(out, "", 0, text);
	for (n = n < WIDTH ? n : WIDTH; n; n--)
		fputc(with, out);
	fputc('\n', out);
	str_free(&safe);
}

static void cell_words(struct text_state *s, struct str *out, const struct cell *c,
		       const char *column_unit)
{
	if (c->kind == CELL_TEXT)
		str_add(out, or_empty(c->text));
	if (c->kind != CELL_FIGURE)
		return;
	struct str interval = { 0 };
	figure_text(out, &c->fig, c->exact);
	interval_text(&interval, &c->fig);
	if (*own_unit(&c->fig, column_unit))
		str_addf(out, " %s", own_unit(&c->fig, column_unit));
	if (interval.len)
		str_addf(out, " (%s)", interval.p);
	if (!figure_is_missing(&c->fig)) {
		str_addf(out, " [%.2s]", cm_basis_word(c->fig.basis));
		s->bases |= 1u << c->fig.basis;
	}
	str_free(&interval);
}

static void column_words(struct str *out, const struct column *c)
{
	str_add(out, or_empty(c->title));
	if (c->unit && *c->unit)
		str_addf(out, " %s", c->unit);
	if (c->better)
		str_addf(out, " %s", better_mark(c->better));
}

/* Widest line of a text, in characters. */
static size_t width_of(const char *text)
{
	size_t widest = 0;
	while (*text) {
		const size_t line = strcspn(text, "\n"), n = characters(text, line);
		widest = n > widest ? n : widest;
		text += line + (text[line] == '\n');
	}
	return widest;
}

/* The table as columns; NULL where it does not fit the width. */
static char *as_columns_dup(struct text_state *s, const struct table *t)
{
	char align[MOST_COLUMNS + 1] = "", *text = NULL;
	const char *titles[MOST_COLUMNS];
	struct pool pool = { 0 };
	size_t size = 0;

	if (t->ncolumns > MOST_COLUMNS)
		return NULL;
	for (size_t i = 0; i < t->ncolumns; i++) {
		struct str title = { 0 };
		column_words(&title, &t->columns[i]);
		titles[i] = pool_dup(&pool, str_get(&title));
		align[i] = t->columns[i].numeric ? 'r' : 'l';
		str_free(&title);
	}
	struct textable *table = textable_new(align, titles);
	for (size_t i = 0; i < t->nrows * t->ncolumns; i++) {
		struct str cell = { 0 };
		cell_words(s, &cell, &t->cells[i], t->columns[i % t->ncolumns].unit);
		textable_cell(table, str_get(&cell));
		str_free(&cell);
	}
	FILE *memory = open_memstream(&text, &size);
	textable_print(table, memory, (unsigned)WIDTH);
	fclose(memory);
	pool_free(&pool);
	if (width_of(text) > WIDTH) {
		free(text);
		return NULL;
	}
	return text;
}

static void as_list(struct text_state *s, const struct table *t)
{
	for (size_t r = 0; r < t->nrows; r++)
		for (size_t i = 0; i < t->ncolumns; i++) {
			struct str line = { 0 };
			column_words(&line, &t->columns[i]);
			str_add(&line, ": ");
			cell_words(s, &line, &t->cells[r * t->ncolumns + i], t->columns[i].unit);
			wrapped(s->out, i ? "    " : "- ", i ? 8 : 4, str_get(&line));
			str_free(&line);
		}
}

static void put_table(struct text_state *s, const struct table *t)
{
	if (!t->ncolumns)
		return;
	wrapped(s->out, "", 0, t->title);
	char *text = as_columns_dup(s, t);
	if (text)
		fputs(text, s->out);
	else
		as_list(s, t);
	free(text);
	fputc('\n', s->out);
}

static void put_facts(struct text_state *s, const struct block *b)
{
	for (size_t i = 0; i < b->nfacts; i++) {
		struct str line = { 0 };
		str_addf(&line, "%s: ", or_empty(b->facts[i].name));
		cell_words(s, &line, &b->facts[i].value, "");
		wrapped(s->out, "  ", 6, str_get(&line));
		str_free(&line);
	}
	fputc('\n', s->out);
}

static enum cm_status text_begin(FILE *out, const struct report_data *d, void **state,
				 struct cm_err *err)
{
	struct text_state *s = cm_alloc(sizeof *s);
	(void)err;

	s->out = out;
	underlined(out, d->decision ? d->decision->title : "costmark report", '=');
	if (d->decision)
		fprintf(out, "%s\n", cm_stamp_word(d->decision->stamp));
	fputc('\n', out);
	*state = s;
	return CM_OK;
}

static enum cm_status text_block(void *state, const struct block *b, struct cm_err *err)
{
	struct text_state *s = state;
	char first[32];
	(void)err;

	switch (b->kind) {
	case BLOCK_SECTION: underlined(s->out, b->text, '='); break;
	case BLOCK_HEADING: underlined(s->out, b->text, '-'); break;
	case BLOCK_TEXT: wrapped(s->out, "", 0, b->text); break;
	case BLOCK_NOTE:
		snprintf(first, sizeof first, "! %s: ",
			 b->stamp == CM_VALID ? "Note" : cm_stamp_word(b->stamp));
		wrapped(s->out, first, 2, b->text);
		break;
	case BLOCK_CHART: return CM_OK; /* its table follows */
	case BLOCK_TABLE: put_table(s, b->table); return CM_OK;
	case BLOCK_FACTS: put_facts(s, b); return CM_OK;
	}
	fputc('\n', s->out);
	return CM_OK;
}

static enum cm_status text_end(void *state, struct cm_err *err)
{
	struct text_state *s = state;
	struct str legend = { 0 };

	for (unsigned b = 0; b < CM_BASIS_NR; b++)
		if (s->bases >> b & 1)
			str_addf(&legend, "%s[%.2s] %s", legend.len ? ", " : "", cm_basis_word(b),
				 cm_basis_word(b));
	if (legend.len) {
		str_add(&legend, "; in brackets: the interval; \xe2\x86\x91 higher is better, "
				 "\xe2\x86\x93 lower is "
				 "better");
		wrapped(s->out, "Basis: ", 7, legend.p);
	}
	str_free(&legend);
	const bool ok = !ferror(s->out);
	free(s);
	return ok ? CM_OK : cm_fail(err, CM_EIO, "the text report cannot be written");
}

const struct format format_text = {
	.abi = CM_REPORT_ABI,
	.name = "text", .suffix = "txt", .mime = "text/plain",
	.begin = text_begin, .block = text_block, .end = text_end,
};
