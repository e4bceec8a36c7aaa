/* Pieces of a page (see html.h). The only path of outside text into it is esc_html(). No element
 * carries a style or handler of its own: the page's policy forbids both. */
#include "base/html.h"

#include <stdlib.h>
#include <string.h>

#include "base/cell_text.h"
#include "base/escape.h"
#include "base/hash.h"

/* Bytes of the address that begins at s; 0: none. Punctuation at its end belongs to the sentence. */
static size_t address(const char *s)
{
	const size_t head = cm_starts(s, "https://") ? 8 : cm_starts(s, "http://") ? 7 : 0;
	size_t n = head;

	if (!head)
		return 0;
	while ((unsigned char)s[n] > ' ' && (unsigned char)s[n] < 0x7f && !strchr("<>\"'`|\\^{}", s[n]))
		n++;
	while (n > head && strchr(".,;:!?)", s[n - 1]))
		n--;
	return n > head ? n : 0;
}

static void escaped(struct str *out, const char *s, size_t n)
{
	char *part = cm_strndup(s, n);
	esc_html(out, part);
	free(part);
}

static void link_to(struct str *out, const char *s, size_t n)
{
	const char *host = strstr(s, "://") + 3;
	size_t h = strcspn(host, "/?#");

	h = h < n - (size_t)(host - s) ? h : n - (size_t)(host - s);
	str_add(out, "<a rel=\"noopener nofollow\" href=\"");
	escaped(out, s, n);
	str_add(out, "\">");
	escaped(out, host, h);
	str_add(out, "</a>");
}

static void text_with_links(struct str *out, const char *text)
{
	const char *s = or_empty(text);

	while (*s) {
		const char *next = strstr(s, "http");
		size_t n = 0;
		while (next && !(n = address(next)))
			next = strstr(next + 4, "http");
		if (!next) {
			esc_html(out, s);
			return;
		}
		escaped(out, s, (size_t)(next - s));
		link_to(out, next, n);
		s = next + n;
	}
}

/* `word` is set as code; a backtick alone is a backtick. */
void html_text(struct str *out, const char *text)
{
	const char *s = or_empty(text), *open, *close;

	while ((open = strchr(s, '`')) && (close = strchr(open + 1, '`')) && close > open + 1) {
		char *before = cm_strndup(s, (size_t)(open - s));
		text_with_links(out, before);
		free(before);
		str_add(out, "<code>");
		escaped(out, open + 1, (size_t)(close - open - 1));
		str_add(out, "</code>");
		s = close + 1;
	}
	text_with_links(out, s);
}

void html_basis(struct str *out, enum cm_basis b)
{
	const char *word = cm_basis_word(b);
	str_addf(out, "<span class=\"b b-%s\" title=\"%s\"><span>%s</span></span>", word, word, word);
}

static void figure_cell(struct str *out, const struct cell *c, const char *column_unit,
			unsigned *bases)
{
	struct str text = { 0 };

	figure_text(&text, &c->fig, c->exact);
	str_add(out, figure_is_missing(&c->fig) ? "<span class=\"m\">"
						: "<span class=\"f\"><span class=\"v\">");
	esc_html(out, str_get(&text));
	str_add(out, "</span>");
	if (!figure_is_missing(&c->fig)) {
		if (*own_unit(&c->fig, column_unit)) {
			str_add(out, " <span class=\"u\">");
			esc_html(out, own_unit(&c->fig, column_unit));
			str_add(out, "</span>");
		}
		str_addc(out, ' ');
		html_basis(out, c->fig.basis);
		*bases |= 1u << c->fig.basis;
		str_clear(&text);
		interval_text(&text, &c->fig);
		if (text.len)
			str_addf(out, " <span class=\"i\">%s</span>", text.p);
		str_add(out, "</span>");
	}
	str_free(&text);
}

void html_cell(struct str *out, const struct cell *c, const char *column_unit, unsigned *bases)
{
	if (c->kind == CELL_FIGURE)
		figure_cell(out, c, column_unit, bases);
	else if (c->kind == CELL_TEXT)
		html_text(out, c->text);
}

static void put_columns(struct str *out, const struct table *t)
{
	str_add(out, "<thead><tr>");
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];
		str_addf(out, "<th scope=\"col\"%s>", c->numeric ? " class=\"n\"" : "");
		esc_html(out, or_empty(c->title));
		if (c->better)
			str_addf(out, " <abbr title=\"%s\">%s</abbr>", better_words(c->better),
				 better_mark(c->better));
		if (c->unit && *c->unit) {
			str_add(out, " <span class=\"u\">");
			esc_html(out, c->unit);
			str_add(out, "</span>");
		}
		str_add(out, "</th>");
	}
	str_add(out, "</tr></thead>\n");
}

/* The first cell of a row names it. data-v: what the script sorts by, since texts are rounded. */
static void put_row(struct str *out, const struct table *t, size_t row, unsigned *bases)
{
	str_add(out, "<tr>");
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct cell *c = &t->cells[row * t->ncolumns + i];
		const size_t n = c->kind == CELL_TEXT ? strlen(or_empty(c->text)) : 0;
		str_add(out, i ? "<td" : "<th scope=\"row\"");
		if (t->columns[i].numeric)
			str_add(out, " class=\"n\"");
		else if (n > 12) /* a text that may be wrapped, but not word by word */
			str_addf(out, " class=\"%s\"", n > 40 ? "w2" : "w1");
		if (c->kind == CELL_FIGURE && !figure_is_missing(&c->fig)) {
			str_add(out, " data-v=\"");
			number_text(out, c->fig.value);
			str_addc(out, '"');
		}
		str_addc(out, '>');
		html_cell(out, c, t->columns[i].unit, bases);
		str_add(out, i ? "</td>" : "</th>");
	}
	str_add(out, "</tr>\n");
}

void html_table(struct str *out, const struct table *t, unsigned *bases)
{
	if (t->fold) {
		str_add(out, "<details class=\"fold\"><summary>");
		html_text(out, t->title);
		str_addf(out, " <small>(%zu row%s)</small></summary>", t->nrows,
			 t->nrows == 1 ? "" : "s");
	}
	str_add(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
	esc_html(out, or_empty(t->title));
	str_add(out, "\"><table id=\"");
	esc_html(out, or_empty(t->id));
	str_add(out, t->ncolumns > 8 ? "\" class=\"many\">" : "\">");
	if (!t->fold) {
		str_add(out, "<caption>");
		html_text(out, t->title);
		str_add(out, "</caption>");
	}
	put_columns(out, t);
	str_add(out, "<tbody>\n");
	for (size_t r = 0; r < t->nrows; r++)
		put_row(out, t, r, bases);
	str_addf(out, "</tbody></table></div>%s\n", t->fold ? "</details>" : "");
}

void html_json(struct str *out, const char *json)
{
	for (size_t n = strcspn(json, "<>"); json[n]; n = strcspn(json, "<>")) {
		str_addn(out, json, n);
		str_add(out, json[n] == '<' ? "\\u003c" : "\\u003e"); /* only texts hold them */
		json += n + 1;
	}
	str_add(out, json);
}

void html_csp_hash(struct str *out, const char *bytes, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char hex[65];
	unsigned v = 0;

	hash_bytes(bytes, size, hex);
	str_add(out, " 'sha256-");
	/* Three hexadecimal digits are two of base 64; 64 of them leave one over: 4 bits, padded. */
	for (size_t i = 0; i < 64; i++) {
		v = v << 4 | (unsigned)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
		if (i % 3 == 2) {
			str_addc(out, digits[v >> 6]);
			str_addc(out, digits[v & 63]);
			v = 0;
		}
	}
	str_addc(out, digits[v << 2]);
	str_add(out, "='");
}
