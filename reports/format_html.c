/*
 * A report as one page that needs nothing else: style, script and chart library inline, allowed by
 * their hashes and nothing else allowed (Content-Security-Policy), readable with scripts off
 * because each chart is followed by its table. The first section is the page that stands alone.
 * Knows no section.
 */
#include <stdlib.h>
#include <string.h>

#include "api/report.h"
#include "base/block_json.h"
#include "base/cell_text.h"
#include "base/escape.h"
#include "base/hash.h"
#include "base/html.h"

struct html_state {
	FILE *out;
	const struct report_data *data;
	struct str toc, body;
	size_t key_at;      /* where in body the legend goes: the end of the first section */
	unsigned sections, blocks_of_section, charts, headings;
	unsigned bases;     /* bit set of those that were printed */
};

/* ---- blocks ---------------------------------------------------------------------------------- */

static void close_section(struct html_state *s)
{
	if (!s->sections)
		return;
	if (s->sections == 1)
		s->key_at = s->body.len;
	str_add(&s->body, "</section>\n");
}

static void open_section(struct html_state *s, const struct block *b)
{
	close_section(s);
	s->sections++;
	s->blocks_of_section = 0;
	str_add(&s->body, "<section id=\"");
	esc_html(&s->body, or_empty(b->id));
	str_addf(&s->body, "\"><h2><span class=\"no\">%u</span>", s->sections);
	esc_html(&s->body, or_empty(b->text));
	str_add(&s->body, "</h2>\n");
	str_add(&s->toc, "<li><a href=\"#");
	esc_html(&s->toc, or_empty(b->id));
	str_addf(&s->toc, "\"><span>%u</span>", s->sections);
	esc_html(&s->toc, or_empty(b->text));
	str_add(&s->toc, "</a></li>\n");
}

static void put_heading(struct html_state *s, const char *text)
{
	str_addf(&s->body, "<h3 id=\"part-%u\">", ++s->headings);
	html_text(&s->body, text);
	str_add(&s->body, "</h3>\n");
}

/* Several lines keep their shape (a drawing of the topology); else a paragraph. */
static void put_text(struct html_state *s, const char *text)
{
	const bool lead = s->sections == 1 && !s->blocks_of_section;
	const bool drawn = strchr(or_empty(text), '\n') != NULL;

	str_add(&s->body, drawn ? "<pre tabindex=\"0\">" : lead ? "<p class=\"lead\">" : "<p>");
	html_text(&s->body, text);
	str_add(&s->body, drawn ? "</pre>\n" : "</p>\n");
}

static void put_stamp(struct str *out, enum cm_stamp stamp)
{
	static const char *const classes[] = {
		[CM_VALID] = "valid", [CM_ESTIMATE] = "estimate", [CM_INVALID] = "invalid",
		[CM_INCOMPLETE] = "incomplete",
	};
	str_addf(out, "<span class=\"stamp stamp-%s\">%s</span>",
		 (unsigned)stamp < CM_COUNT(classes) ? classes[stamp] : "invalid",
		 cm_stamp_word(stamp));
}

static void put_note(struct html_state *s, const struct block *b)
{
	static const char *const classes[] = {
		[CM_VALID] = "note", [CM_ESTIMATE] = "note note-estimate",
		[CM_INVALID] = "note note-invalid", [CM_INCOMPLETE] = "note note-incomplete",
	};
	str_addf(&s->body, "<p class=\"%s\">",
		 (unsigned)b->stamp < CM_COUNT(classes) ? classes[b->stamp] : "note");
	if (b->stamp != CM_VALID) {
		put_stamp(&s->body, b->stamp);
		str_addc(&s->body, ' ');
	}
	html_text(&s->body, b->text);
	str_add(&s->body, "</p>\n");
}

static void put_facts(struct html_state *s, const struct block *b)
{
	str_addf(&s->body, "<dl class=\"%s\">\n", s->sections == 1 ? "cards" : "facts");
	for (size_t i = 0; i < b->nfacts; i++) {
		const struct cell *c = &b->facts[i].value;
		const bool text = c->kind == CELL_TEXT && strlen(or_empty(c->text)) > 44;
		str_add(&s->body, text ? "<div class=\"long\"><dt>" : "<div><dt>");
		html_text(&s->body, b->facts[i].name);
		str_add(&s->body, "</dt><dd>");
		html_cell(&s->body, c, "", &s->bases);
		str_add(&s->body, "</dd></div>\n");
	}
	str_add(&s->body, "</dl>\n");
}

/* The chart's data lie beside its place as JSON: data, not script, so no hash is asked for. */
static void put_chart(struct html_state *s, const struct chart *c)
{
	struct cmj *json = chart_json(c);
	struct str text = { 0 };

	str_add(&s->body, "<figure id=\"");
	esc_html(&s->body, or_empty(c->id));
	str_add(&s->body, "\"><figcaption>");
	html_text(&s->body, c->title);
	str_add(&s->body, "</figcaption>\n<p class=\"alt\">");
	html_text(&s->body, c->alt);
	str_add(&s->body, "</p>\n<div class=\"plot\" role=\"img\" aria-label=\"");
	esc_html(&s->body, or_empty(c->title));
	str_add(&s->body, ". ");
	esc_html(&s->body, or_empty(c->alt));
	str_add(&s->body, "\"></div><script type=\"application/json\">");
	cmj_print(json, false, &text);
	html_json(&s->body, str_get(&text));
	str_addf(&s->body, "</script>\n<p class=\"still\">%s</p></figure>\n",
		 cm_embedded("echarts.js") ? "The chart is drawn where scripts may run; its "
					     "figures are in the table below."
					   : "This program was built without its chart library "
					     "(npm); the figures are in the table below.");
	cmj_free(json);
	str_free(&text);
	s->charts++;
}

static enum cm_status html_block(void *state, const struct block *b, struct cm_err *err)
{
	struct html_state *s = state;
	(void)err;

	switch (b->kind) {
	case BLOCK_SECTION: open_section(s, b); return CM_OK;
	case BLOCK_HEADING: put_heading(s, b->text); break;
	case BLOCK_TEXT: put_text(s, b->text); break;
	case BLOCK_NOTE: put_note(s, b); break;
	case BLOCK_TABLE: html_table(&s->body, b->table, &s->bases); break;
	case BLOCK_CHART: put_chart(s, b->chart); break;
	case BLOCK_FACTS: put_facts(s, b); break;
	}
	s->blocks_of_section++;
	return CM_OK;
}

/* ---- the page around them -------------------------------------------------------------------- */

/* What the page carries, in this order: its own script hears of errors in the library after it. */
struct carried { const char *bytes; size_t size; };

static size_t scripts(const struct html_state *s, struct carried *list)
{
	static const char *const names[] = { "page.js", "echarts.js", "charts.js" };
	size_t n = 0;

	for (size_t i = 0; i < CM_COUNT(names); i++) {
		const struct embedded_file *f = cm_embedded(names[i]);
		if (f && (i == 0 || (s->charts && cm_embedded("echarts.js"))))
			list[n++] = (struct carried){ f->bytes, f->size };
	}
	if (s->data->panel_script)
		list[n++] = (struct carried){ s->data->panel_script, strlen(s->data->panel_script) };
	return n;
}

static void put_head(const struct html_state *s, struct str *out)
{
	const struct decision *d = s->data->decision;
	const struct embedded_file *style = cm_embedded("page.css");
	struct carried list[4];
	const size_t n = scripts(s, list);

	str_add(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
		     "http-equiv="
		     "\"Content-Security-Policy\" content=\"default-src 'none'; style-src");
	if (style)
		html_csp_hash(out, style->bytes, style->size);
	else
		str_add(out, " 'none'");
	str_add(out, "; script-src");
	for (size_t i = 0; i < n; i++)
		html_csp_hash(out, list[i].bytes, list[i].size);
	str_addf(out, "%s; base-uri 'none'; form-action 'none'\">\n", n ? "" : " 'none'");
	str_add(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		     "<meta name=\"color-scheme\" content=\"light dark\">\n"
		     "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"generator\" "
		     "content=\"costmark ");
	esc_html(out, or_empty(s->data->version));
	str_add(out, "\">\n<title>");
	esc_html(out, d ? or_empty(d->title) : "costmark report");
	str_add(out, "</title>\n<style>");
	if (style)
		str_addn(out, style->bytes, style->size);
	str_add(out, "</style>\n</head>\n");
}

/* "2026-11-24T21:56:22Z" as people write it; other texts as they are. */
static void put_time(struct str *out, const char *iso)
{
	if (strlen(iso) == 20 && iso[10] == 'T' && iso[19] == 'Z') {
		char *day = cm_strndup(iso, 10), *time = cm_strndup(iso + 11, 5);
		esc_html(out, day);
		str_addc(out, ' ');
		esc_html(out, time);
		str_add(out, " UTC");
		free(day);
		free(time);
	} else {
		esc_html(out, iso);
	}
}

static void put_mast(const struct html_state *s, struct str *out)
{
	const struct decision *d = s->data->decision;

	str_add(out, "<body>\n<a class=\"skip\" href=\"#report\">To the report</a>\n<header "
		     "class=\"mast\"><div>"
		     "<p class=\"brand\"><b>costmark report</b> <span>");
	put_time(out, or_empty(s->data->created));
	str_add(out, "</span></p>\n<h1>");
	html_text(out, d ? d->title : "costmark report");
	str_add(out, "</h1>\n");
	if (d) {
		str_add(out, "<p>");
		put_stamp(out, d->stamp);
		str_add(out, "</p>\n");
	}
	str_add(out, "</div></header>\n<div class=\"page\">\n<nav class=\"toc\" "
		     "aria-label=\"Contents\"><b>Contents"
		     "</b><ol>\n");
	str_addn(out, str_get(&s->toc), s->toc.len);
	str_add(out, "</ol></nav>\n<main id=\"report\">\n");
}

/* How to read a figure; the words that this report uses. */
static void put_key(const struct html_state *s, struct str *out)
{
	static const char *const says[] = {
#define X(sym, word, text) [sym] = text,
		CM_BASES(X)
#undef X
	};
	str_add(out, "<details class=\"key\" open><summary>How to read a figure: value, interval, "
		     "basis</summary><dl>\n");
	for (unsigned b = 0; b < CM_BASIS_NR; b++)
		if (s->bases >> b & 1) {
			str_add(out, "<dt>");
			html_basis(out, (enum cm_basis)b);
			str_addf(out, "</dt><dd>%s</dd>\n", says[b]);
		}
	str_add(out, "<dt class=\"i\">1 \xe2\x80\xa6 3</dt><dd>the interval in which the value "
		     "lies; digits are shown as far as it allows</dd>\n<dt>\xe2\x86\x91 "
		     "\xe2\x86\x93</dt><dd>higher is better, lower is better"
		     "</dd></dl></details>\n");
}

static void put_foot(const struct html_state *s, struct str *out)
{
	struct carried list[4];
	const size_t n = scripts(s, list);

	str_add(out, "</main>\n</div>\n<footer>Written by costmark ");
	esc_html(out, or_empty(s->data->version));
	str_add(out, ". This page loads nothing from anywhere.");
	if (s->charts && cm_embedded("echarts.js"))
		str_add(out, " Charts by Apache ECharts.");
	str_add(out, "</footer>\n");
	for (size_t i = 0; i < n; i++) {
		str_add(out, "<script>");
		str_addn(out, list[i].bytes, list[i].size);
		str_add(out, "</script>\n");
	}
	str_add(out, "</body>\n</html>\n");
}

static enum cm_status html_begin(FILE *out, const struct report_data *d, void **state,
				 struct cm_err *err)
{
	struct html_state *s = cm_alloc(sizeof *s);

	if (d->panel_script && strstr(d->panel_script, "</")) {
		free(s);
		return cm_fail(err, CM_EINTERNAL,
			       "the page's panel script holds \"</\", which would end it");
	}
	s->out = out;
	s->data = d;
	*state = s;
	return CM_OK;
}

static enum cm_status html_end(void *state, struct cm_err *err)
{
	struct html_state *s = state;
	struct str page = { 0 };

	close_section(s);
	put_head(s, &page);
	put_mast(s, &page);
	str_addn(&page, str_get(&s->body), s->key_at);
	if (s->bases)
		put_key(s, &page);
	if (s->data->panel_script)
		str_add(&page, "</section>\n<section id=\"panel\" hidden>");
	str_add(&page, str_get(&s->body) + s->key_at);
	put_foot(s, &page);
	const bool ok = fwrite(str_get(&page), 1, page.len, s->out) == page.len;
	str_free(&page);
	str_free(&s->toc);
	str_free(&s->body);
	free(s);
	return ok ? CM_OK : cm_fail(err, CM_EIO, "the page cannot be written");
}

const struct format format_html = {
	.abi = CM_REPORT_ABI,
	.name = "html", .suffix = "html", .mime = "text/html",
	.begin = html_begin, .block = html_block, .end = html_end,
};
