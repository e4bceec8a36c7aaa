/*
 * A report as GitHub-flavoured Markdown, for the summary of a CI job or a comment: the verdict
 * first, long tables folded, at most 60 kB (comments end at 64 kB). What does not fit is left out
 * by whole tables, then whole paragraphs, from the end, and the page says what; never half a table.
 * Knows no section.
 */
#include <stdlib.h>
#include <string.h>

#include "api/report.h"
#include "base/cell_text.h"
#include "base/escape.h"

#define BUDGET ((size_t)60000)
#define SPARE ((size_t)400) /* for the note of what was left out */

/* What is left out first: the highest. */
enum weight { KEEP, PROSE, TABLE, FOLDED, WEIGHTS };

struct piece { char *text; size_t len; enum weight weight; bool dropped; };

struct markdown_state {
	FILE *out;
	struct piece *piece;
	size_t pieces, cap;
	unsigned bases; /* bit set of those that were printed */
};

static void add(struct markdown_state *s, enum weight weight, struct str *text)
{
	const size_t len = text->len;
	CM_PUSH(s->piece, s->pieces, s->cap);
	s->piece[s->pieces++] = (struct piece){ str_take(text), len, weight, false };
}

static void paragraph(struct markdown_state *s, enum weight weight, const char *before,
		      const char *text, const char *after)
{
	struct str p = { 0 };
	str_add(&p, before);
	esc_markdown(&p, or_empty(text));
	str_addf(&p, "%s\n\n", after);
	add(s, weight, &p);
}

static void put_figure(struct markdown_state *s, struct str *out, const struct figure *f,
		       bool exact, const char *column_unit)
{
	struct str text = { 0 }, interval = { 0 };

	figure_text(&text, f, exact);
	if (*own_unit(f, column_unit))
		str_addf(&text, " %s", own_unit(f, column_unit));
	interval_text(&interval, f);
	if (interval.len)
		str_addf(&text, " (%s)", interval.p);
	esc_markdown(out, str_get(&text));
	if (!figure_is_missing(f)) {
		str_addf(out, " <sub>%s</sub>", cm_basis_word(f->basis));
		s->bases |= 1u << f->basis;
	}
	str_free(&text);
	str_free(&interval);
}

static void put_cell(struct markdown_state *s, struct str *out, const struct cell *c,
		     const char *column_unit)
{
	if (c->kind == CELL_FIGURE)
		put_figure(s, out, &c->fig, c->exact, column_unit);
	else if (c->kind == CELL_TEXT)
		esc_markdown(out, or_empty(c->text));
}

static void put_columns(struct str *out, const struct table *t)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];
		str_add(out, i ? " | " : "| ");
		esc_markdown(out, or_empty(c->title));
		if (c->unit && *c->unit) {
			str_add(out, ", ");
			esc_markdown(out, c->unit);
		}
		if (c->better)
			str_addf(out, " %s", better_mark(c->better));
	}
	str_add(out, " |\n");
	for (size_t i = 0; i < t->ncolumns; i++)
		str_add(out, t->columns[i].numeric ? "|---:" : "|:---");
	str_add(out, "|\n");
}

static void put_table(struct markdown_state *s, const struct table *t)
{
	struct str p = { 0 };

	if (!t->ncolumns)
		return;
	str_add(&p, t->fold ? "<details><summary>" : "**");
	if (t->fold)
		esc_html(&p, or_empty(t->title));
	else
		esc_markdown(&p, or_empty(t->title));
	if (t->fold)
		str_addf(&p, " (%zu rows)</summary>\n\n", t->nrows);
	else
		str_add(&p, "**\n\n");
	put_columns(&p, t);
	for (size_t r = 0; r < t->nrows; r++) {
		for (size_t i = 0; i < t->ncolumns; i++) {
			str_add(&p, i ? " | " : "| ");
			put_cell(s, &p, &t->cells[r * t->ncolumns + i], t->columns[i].unit);
		}
		str_add(&p, " |\n");
	}
	str_add(&p, t->fold ? "\n</details>\n\n" : "\n");
	add(s, t->fold ? FOLDED : TABLE, &p);
}

static void put_facts(struct markdown_state *s, const struct block *b)
{
	struct str p = { 0 };
	for (size_t i = 0; i < b->nfacts; i++) {
		str_add(&p, "- ");
		esc_markdown(&p, or_empty(b->facts[i].name));
		str_add(&p, ": **");
		put_cell(s, &p, &b->facts[i].value, "");
		str_add(&p, "**\n");
	}
	str_add(&p, "\n");
	add(s, PROSE, &p);
}

static enum cm_status markdown_begin(FILE *out, const struct report_data *d, void **state,
				     struct cm_err *err)
{
	struct markdown_state *s = cm_alloc(sizeof *s);
	const struct decision *decision = d->decision;
	(void)err;

	s->out = out;
	paragraph(s, KEEP, "# ", decision ? decision->title : "costmark report", "");
	if (decision) {
		struct str p = { 0 };
		str_addf(&p, "**%s**\n\n", cm_stamp_word(decision->stamp));
		add(s, PROSE, &p);
	}
	*state = s;
	return CM_OK;
}

static void put_note(struct markdown_state *s, const struct block *b)
{
	struct str before = { 0 };
	str_add(&before, b->stamp == CM_VALID ? "> " : "> **");
	if (b->stamp != CM_VALID)
		str_addf(&before, "%s:** ", cm_stamp_word(b->stamp));
	paragraph(s, PROSE, str_get(&before), b->text, "");
	str_free(&before);
}

static enum cm_status markdown_block(void *state, const struct block *b, struct cm_err *err)
{
	struct markdown_state *s = state;
	(void)err;

	switch (b->kind) {
	case BLOCK_SECTION: paragraph(s, KEEP, "## ", b->text, ""); break;
	case BLOCK_HEADING: paragraph(s, PROSE, "### ", b->text, ""); break;
	case BLOCK_TEXT: paragraph(s, PROSE, "", b->text, ""); break;
	case BLOCK_NOTE: put_note(s, b); break;
	case BLOCK_TABLE: put_table(s, b->table); break;
	case BLOCK_CHART: paragraph(s, PROSE, "*", b->chart->alt, "*"); break;
	case BLOCK_FACTS: put_facts(s, b); break;
	}
	return CM_OK;
}

static void put_legend(struct markdown_state *s)
{
	static const char *const says[] = {
#define X(sym, word, text) [sym] = text,
		CM_BASES(X)
#undef X
	};
	struct str p = { 0 };

	str_add(&p, "---\n\nThe word after a figure is its basis");
	for (unsigned b = 0; b < CM_BASIS_NR; b++)
		if (s->bases >> b & 1)
			str_addf(&p, "; *%s*: %s", cm_basis_word(b), says[b]);
	str_add(&p, ". In brackets: the interval. \xe2\x86\x91 higher is better, \xe2\x86\x93 "
		    "lower is better.\n");
	add(s, KEEP, &p);
}

/* Drops pieces from the end, folded tables first, until the rest fits. Returns how many of each
 * weight. */
static bool fit(struct markdown_state *s, size_t *dropped)
{
	size_t total = 0;
	bool any = false;

	for (size_t i = 0; i < s->pieces; i++)
		total += s->piece[i].len;
	for (int w = FOLDED; w >= KEEP; w--)
		for (size_t i = s->pieces; i-- > 0 && total + SPARE > BUDGET;) {
			struct piece *p = &s->piece[i];
			if (p->weight != (enum weight)w || (any && p->dropped))
				continue;
			p->dropped = any = true;
			total -= p->len;
			dropped[w]++;
		}
	return any;
}

static enum cm_status markdown_end(void *state, struct cm_err *err)
{
	struct markdown_state *s = state;
	size_t dropped[WEIGHTS] = { 0 };

	if (s->bases)
		put_legend(s);
	const bool cut = fit(s, dropped);
	for (size_t i = 0; i < s->pieces; i++) {
		if (!s->piece[i].dropped)
			fwrite(s->piece[i].text, 1, s->piece[i].len, s->out);
		free(s->piece[i].text);
	}
	if (cut)
		fprintf(s->out,
			"\n> To stay below %zu kB, %zu tables and %zu paragraphs were left out "
			"here; they are in the report's other formats.\n",
			BUDGET / 1000, dropped[TABLE] + dropped[FOLDED],
			dropped[PROSE] + dropped[KEEP]);
	const bool ok = !ferror(s->out);
	free(s->piece);
	free(s);
	return ok ? CM_OK : cm_fail(err, CM_EIO, "the Markdown report cannot be written");
}

const struct format format_markdown = {
	.abi = CM_REPORT_ABI,
	.name = "markdown", .suffix = "md", .mime = "text/markdown",
	.begin = markdown_begin, .block = markdown_block, .end = markdown_end,
};
