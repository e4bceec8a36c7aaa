/*
 * Every registered format over one hostile report: markup, formula signs, control bytes, bytes that
 * are no UTF-8, quotes, line ends, a text of 10 kB, missing and huge figures, a long table, every
 * kind of block. With a folder as argument it writes the report there in each format, to be looked
 * at.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/report.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/str.h"
#include "base/utf8.h"
#include "engine/registry.h"
#include "scratch.h"

#define EVIL                                                                                       \
	"</td></script><script>alert(1)</script><!-- \"q\" 'q' & =1+1 |a| `b` *c* "                \
	"[d](javascript:e) @all \\"
#define BYTES "\x1b[2J\a\xff\xfe\xc0\xaf\xed\xa0\x80\x7f"
#define LINES "first\nsecond\r\nthird\r"
#define LONG_ROWS 400

static char ten_kb[10241];
static struct scratch dir;

/* ---- the report ------------------------------------------------------------------------------ */

static const struct column columns[] = {
	{ "=cmd|' /C calc'!A0", "USD", 'l', false }, { "Rate " EVIL, "GB/s", 'h', true },
	{ "Text " BYTES, "", 0, false }, { LINES, "W", 0, true },
};

static struct cell text_cell(const char *s) { return (struct cell){ .kind = CELL_TEXT, .text = s }; }

static struct cell figure_cell(struct figure f, bool exact)
{
	return (struct cell){ .kind = CELL_FIGURE, .fig = f, .exact = exact };
}

static void add_cells(struct cell *c)
{
	const struct cell rows[][4] = {
		{ text_cell(EVIL),
		  figure_cell(cm_figure_range(41.237, 41.1, 41.4, "GB/s", 5, CM_MEASURED), false),
		  text_cell(BYTES), figure_cell(cm_figure(250, "W", CM_LISTED), true) },
		{ text_cell("=1+1"), figure_cell(cm_figure_missing("GB/s", EVIL), false),
		  text_cell(LINES), figure_cell(cm_figure(NAN, "W", CM_MODELLED), false) },
		{ text_cell("-2+3"), figure_cell(cm_figure(1e300, "GB/s", CM_ASSUMED), true),
		  text_cell(ten_kb), figure_cell(cm_figure(INFINITY, "W", CM_DERIVED), false) },
		{ text_cell("\tx"),
		  figure_cell(cm_figure(-1234567.891, "kB/s", CM_QUOTED), true),
		  { .kind = CELL_EMPTY },
		  figure_cell(cm_figure_range(1e300, -INFINITY, INFINITY, "W", 1, CM_PUBLISHED),
			      false) },
		{ text_cell(NULL), figure_cell(cm_figure(0, "GB/s", CM_ASSUMED), false),
		  text_cell(""),
		  figure_cell(cm_figure_range(107, 101.2, 113, "W", 3, CM_MODELLED), false) },
	};
	memcpy(c, rows, sizeof rows);
}

#define CHECK(call)                                                                                \
	do {                                                                                       \
		const enum cm_status st_ = (call);                                                 \
		if (st_)                                                                           \
			fail_msg("%s: %s", f->name, err.why);                                      \
	} while (0)

static const char *const categories[] = { "Own, in a new room", EVIL, BYTES,
					  "GPU cloud, reserved for 3 years" };

static void put_charts(const struct format *f, void *state)
{
	static const double x[] = { 10, 40, 70, 100 }, y[] = { 5e5, 9e5, NAN, 2.1e6 },
			    z[] = { 1e6, 1.2e6, 1.4e6, 1e300 };
	static const double lo[] = { 4e5, 8e5, NAN, 2e6 }, hi[] = { 6e5, 1e6, INFINITY, 2.3e6 };
	static const char *const labels[] = { "a", EVIL, BYTES, "" };
	const struct chart_series series[] = {
		{ .name = "first " EVIL, .x = x, .y = y, .lo = lo, .hi = hi, .n = 4 },
		{ .name = "second", .x = x, .y = z, .label = labels, .n = 4 },
	};
	struct cm_err err = { 0 };

	for (enum chart_kind k = CHART_BARS; k <= CHART_SCATTER; k++) {
		char id[32];
		snprintf(id, sizeof id, "sample-%d", (int)k);
		const struct chart c = { .id = id,
					 .title = "Chart " EVIL,
					 .x_title = "Use %",
					 .y_title = "Cost, USD",
					 .kind = k,
					 .log_y = k == CHART_SCATTER,
					 .categories = categories,
					 .ncategories = 4,
					 .series = series,
					 .nseries = 2,
					 .base = 8e5,
					 .mark_text = k == CHART_LINES ? "break-even " EVIL : NULL,
					 .mark_x = 55,
					 .alt = "Two series rise " EVIL BYTES };
		CHECK(f->block(state, &(struct block){ .kind = BLOCK_CHART, .chart = &c }, &err));
	}
	const struct chart none = { .id = "none", .title = "Empty", .kind = CHART_LINES, .alt = "" };
	CHECK(f->block(state, &(struct block){ .kind = BLOCK_CHART, .chart = &none }, &err));
}

static void put_tables(const struct format *f, void *state)
{
	struct cell few[20], *many = cm_alloc(4 * LONG_ROWS * sizeof *many);
	struct cm_err err = { 0 };

	add_cells(few);
	for (size_t i = 0; i < LONG_ROWS; i++) {
		many[4 * i] = text_cell("row");
		many[4 * i + 1] =
			figure_cell(cm_figure_range((double)i, (double)i - .5, (double)i + .5,
						    "GB/s", 5, CM_MEASURED),
				    false);
		many[4 * i + 2] = text_cell("source https://example.org/a?b=1&c=2#d.");
		many[4 * i + 3] = figure_cell(cm_figure((double)i, "W", CM_LISTED), true);
	}
	const struct table tables[] = {
		{ "hostile", "Hostile " EVIL BYTES, columns, 4, few, 5, false },
		{ "long", "Long", columns, 4, many, LONG_ROWS, true },
		{ "empty", "No rows", columns, 4, few, 0, false },
	};
	for (size_t i = 0; i < CM_COUNT(tables); i++)
		CHECK(f->block(state, &(struct block){ .kind = BLOCK_TABLE, .table = &tables[i] },
			       &err));
	free(many);
}

static void put_blocks(const struct format *f, void *state)
{
	const struct fact facts[] = {
		{ "Cheapest " EVIL,
		  figure_cell(cm_figure_range(1107272, 1040515, 1174029, "USD", 0, CM_ASSUMED),
			      false) },
		{ "Missing", figure_cell(cm_figure_missing("J", "no meter " EVIL), false) },
		{ "Text", text_cell(EVIL BYTES LINES) },
	};
	const struct block first[] = {
		{ .kind = BLOCK_SECTION, .id = "verdict", .text = "Verdict " EVIL },
		{ .kind = BLOCK_TEXT, .text = EVIL },
		{ .kind = BLOCK_FACTS, .facts = facts, .nfacts = 3 },
		{ .kind = BLOCK_NOTE, .stamp = CM_INVALID, .text = EVIL BYTES },
		{ .kind = BLOCK_SECTION, .id = "rest", .text = "Rest" },
		{ .kind = BLOCK_HEADING, .text = "- " EVIL },
		{ .kind = BLOCK_TEXT, .text = ten_kb },
		{ .kind = BLOCK_TEXT, .text = "## no heading\n1. no list" BYTES },
		{ .kind = BLOCK_FACTS, .facts = facts, .nfacts = 3 },
		{ .kind = BLOCK_NOTE, .text = LINES },
	};
	struct cm_err err = { 0 };

	for (size_t i = 0; i < CM_COUNT(first); i++)
		CHECK(f->block(state, &first[i], &err));
	put_charts(f, state);
	put_tables(f, state);
}

static char *rendered(const struct format *f, size_t *size)
{
	static const char *const why[] = { EVIL, BYTES };
	static const struct option_result option = { .name = EVIL,
						     .label = EVIL,
						     .kind = "own",
						     .device = BYTES,
						     .npv = { 1, 1, 1, "USD", 0, CM_LISTED,
							      NULL } };
	static const struct decision decision = { .title = "Title " EVIL,
						  .question = BYTES EVIL "?",
						  .unit_of_work = "token",
						  .currency = "USD",
						  .months = 36,
						  .years = 3,
						  .options = &option,
						  .noptions = 1,
						  .cheapest = EVIL,
						  .sentence = EVIL BYTES,
						  .stamp = CM_ESTIMATE,
						  .stamp_why = why,
						  .nstamp_why = 2 };
	static const struct result_row row = { .kernel = EVIL,
					       .op = "",
					       .variant = "portable",
					       .tuned_by = "",
					       .type = "fp64",
					       .group = "",
					       .size_unit = BYTES,
					       .backend = "host",
					       .device = LINES,
					       .tag = "",
					       .run_id = "r",
					       .rate = { 1, 1, 1, "GB/s", 5, CM_MEASURED, NULL },
					       .roof = "",
					       .joules_scope = "",
					       .status = "ok",
					       .reason = EVIL,
					       .stopped_by = "budget",
					       .tunables = "",
					       .taken = "",
					       .roofline_share = { .missing = "no roof" },
					       .joules = { .missing = "no meter" } };
	static const struct system_fact fact = { "hardware", EVIL, BYTES };
	static const struct present_row present = { "meter", EVIL, BYTES, false, LINES };
	static const struct hashed_file file = { EVIL, "00" };
	static const char *const notes[] = { EVIL, LINES };
	const struct report_data data = { .version = "1.0 " EVIL,
					  .command_line = EVIL BYTES,
					  .created = "2026-01-01T00:00:00Z",
					  .seed_text = "7",
					  .decision = &decision,
					  .rows = &row,
					  .nrows = 1,
					  .facts = &fact,
					  .nfacts = 1,
					  .topology = LINES,
					  .present = &present,
					  .npresent = 1,
					  .files = &file,
					  .nfiles = 1,
					  .notes = notes,
					  .nnotes = 2 };
	struct cm_err err = { 0 };
	void *state = NULL;
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	CHECK(f->begin(out, &data, &state, &err));
	put_blocks(f, state);
	CHECK(f->end(state, &err));
	fclose(out);
	return text;
}

static char *of_format(const char *name, size_t *size)
{
	const struct format *f = registry_format(name);
	if (!f)
		fail_msg("no format '%s'", name);
	return rendered(f, size);
}

/* ---- what every format must keep ---------------------------------------------------------------- */

static void all_are_clean_text(void **state)
{
	(void)state;
	assert_non_null(registry_formats[0]);
	for (size_t i = 0; registry_formats[i]; i++) {
		size_t size;
		char *text = rendered(registry_formats[i], &size);
		if (size > 4 &&
		    !memcmp(text, "PK\3\4", 4)) { /* a packed format: its own test opens it */
			free(text);
			continue;
		}
		assert_int_equal(strlen(text), size);
		for (size_t at = 0, n; text[at]; at += n) {
			uint32_t c;
			n = utf8_next(text + at, &c);
			if (c == UTF8_BAD && n == 1)
				fail_msg("%s: byte %zu is no UTF-8", registry_formats[i]->name, at);
			if (utf8_is_control(c) && !strchr("\t\n\r", (int)c))
				fail_msg("%s: control U+%04X at %zu", registry_formats[i]->name,
					 (unsigned)c, at);
		}
		if (!strstr(text, "not measured: ") && !strstr(text, "\"missing\": \"no value\""))
			fail_msg("%s: a missing figure does not say so", registry_formats[i]->name);
		free(text);
	}
}

static void same_bytes_twice(void **state)
{
	(void)state;
	for (size_t i = 0; registry_formats[i]; i++) {
		size_t a, b;
		char *first = rendered(registry_formats[i], &a),
		     *second = rendered(registry_formats[i], &b);
		if (a != b || memcmp(first, second, a) != 0)
			fail_msg("%s: two reports of the same data differ", registry_formats[i]->name);
		free(first);
		free(second);
	}
}

static void full_device_is_an_error(void **state)
{
	(void)state;
	for (size_t i = 0; registry_formats[i]; i++) {
		const struct format *f = registry_formats[i];
		const struct report_data data = { .version = "1" };
		struct cm_err err = { 0 };
		void *s = NULL;
		FILE *full = fopen("/dev/full", "w");

		setvbuf(full, NULL, _IONBF, 0);
		enum cm_status st = f->begin(full, &data, &s, &err);
		if (!st) {
			st = f->block(s, &(struct block){ .kind = BLOCK_TEXT, .text = "x" }, &err);
			const enum cm_status end = f->end(s, &err);
			st = st ? st : end;
		}
		fclose(full);
		if (st != CM_EIO || !*err.why)
			fail_msg("%s: a full disk gave status %d, '%s'", f->name, (int)st, err.why);
	}
}

/* ---- JSON and CSV: read back --------------------------------------------------------------------- */

static void json_reads_back(void **state)
{
	size_t size;
	struct cm_err err = { 0 };
	struct cmj *doc = NULL;
	char *text = of_format("json", &size);
	(void)state;

	if (cmj_parse(text, size, "report.json", &doc, &err))
		fail_msg("%s", err.why);
	assert_string_equal(cmj_text(cmj_get(doc, "schema"), ""), "costmark.report/1");
	assert_string_equal(cmj_text(cmj_get(cmj_get(doc, "decision"), "title"), ""), "Title " EVIL);
	assert_int_equal(cmj_len(cmj_get(doc, "rows")), 1);
	assert_int_equal(cmj_len(cmj_get(doc, "sections")), 2);
	const struct cmj *rest = cmj_get(cmj_at(cmj_get(doc, "sections"), 1), "blocks"), *table = NULL;
	for (size_t i = 0; i < cmj_len(rest); i++)
		if (!strcmp(cmj_text(cmj_get(cmj_at(rest, i), "id"), ""), "hostile"))
			table = cmj_at(rest, i);
	assert_non_null(table);
	const struct cmj *rows = cmj_get(table, "rows");
	assert_int_equal(cmj_len(rows), 5);
	const struct cmj *cell = cmj_at(cmj_at(rows, 0), 1);
	assert_true(cmj_double(cmj_get(cell, "value"), 0) == 41.237);
	assert_true(cmj_double(cmj_get(cell, "lo"), 0) == 41.1);
	assert_string_equal(cmj_text(cmj_get(cell, "basis"), ""), "measured");
	assert_string_equal(cmj_text(cmj_get(cmj_at(cmj_at(rows, 1), 1), "missing"), ""), EVIL);
	assert_string_equal(cmj_text(cmj_get(cmj_at(cmj_at(rows, 1), 3), "missing"), ""), "no value");
	assert_string_equal(cmj_text(cmj_at(cmj_at(rows, 2), 2), ""), ten_kb);
	cmj_free(doc);
	free(text);
}

static void csv_reads_back(void **state)
{
	static const char *const titles[] = { "schema", "section", "table", "row",
					      "metric", "column",  "value", "lo",
					      "hi",	"unit",	   "basis", "text" };
	size_t size, rows = 0, figures = 0, missing = 0, longest = 0;
	char *text = of_format("csv", &size);
	struct cm_err err = { 0 };
	struct csv_row row;
	struct csv *csv;
	enum cm_status st;
	(void)state;

	assert_int_equal(csv_open(scratch_write(&dir, "r.csv", text, size), &csv, &err), CM_OK);
	assert_int_equal(csv_next(csv, &row, &err), CM_OK);
	assert_int_equal(row.cells, CM_COUNT(titles));
	for (size_t i = 0; i < CM_COUNT(titles); i++)
		assert_string_equal(row.cell[i], titles[i]);
	while ((st = csv_next(csv, &row, &err)) == CM_OK) {
		rows++;
		assert_int_equal(row.cells, CM_COUNT(titles));
		assert_string_equal(row.cell[0], "costmark.report.csv/1");
		for (size_t i = 0; i < row.cells; i++) {
			const char *c = row.cell[i];
			char *end;
			const double number = strtod(c, &end);
			if (*c && strchr("=+-@\t\r", *c) && (*end || number == 0)) /* but for numbers */
				fail_msg("line %zu, column %zu: a spreadsheet would run '%.40s'",
					 row.line, i + 1, c);
			longest = strlen(c) > longest ? strlen(c) : longest;
		}
		figures += *row.cell[6] != '\0' && *row.cell[10] != '\0';
		missing += cm_starts(row.cell[11], "not measured: ");
		if (*row.cell[6] && !cm_starts(row.cell[2], "chart:") && !*row.cell[10])
			fail_msg("line %zu: a figure without its basis", row.line);
	}
	if (st != CM_END)
		fail_msg("%s", err.why);
	assert_true(rows > LONG_ROWS * 4);
	assert_int_equal(figures,
			 2 * LONG_ROWS + 7 + 2); /* the long table, the hostile one, two facts */
	assert_int_equal(missing, 2 + 2);
	assert_int_equal(longest, sizeof ten_kb - 1);
	csv_close(csv);
	free(text);
}

/* ---- pages
 * ------------------------------------------------------------------------------------------ */

static size_t count(const char *text, const char *what)
{
	size_t n = 0;
	for (const char *s = strstr(text, what); s; s = strstr(s + 1, what))
		n++;
	return n;
}

/* The page without its style and scripts: only what came from the report is left. */
static char *markup_dup(const char *page)
{
	struct str out = { 0 };
	for (const char *s = page; *s;) {
		const char *style = strstr(s, "<style>"), *script = strstr(s, "<script>");
		const char *next = !style || (script && script < style) ? script : style;
		if (!next) {
			str_add(&out, s);
			break;
		}
		str_addn(&out, s, (size_t)(next - s));
		s = strstr(next, next == style ? "</style>" : "</script>");
		assert_non_null(s);
		s += strlen(next == style ? "</style>" : "</script>");
	}
	return str_take(&out);
}

static void html_is_escaped(void **state)
{
	size_t size;
	char *page = of_format("html", &size), *text = markup_dup(page);
	(void)state;

	assert_int_equal(count(page, "<!doctype html>"), 1);
	assert_null(strstr(text, "alert(1)</script>"));
	assert_null(strstr(text, "<script>alert"));
	assert_null(strstr(text, "</td></script>"));
	assert_null(strstr(text, "href=\"javascript"));
	assert_non_null(strstr(text, "&lt;/td&gt;&lt;/script&gt;&lt;script&gt;alert(1)"));
	/* no element has a style or a handler of its own: the policy would refuse them */
	assert_null(strstr(text, " style="));
	assert_null(strstr(text, " onclick="));
	/* what is opened is closed, in spite of the texts */
	static const char *const tags[] = { "table",   "thead",	  "tbody",  "tr",     "td",
					    "section", "details", "figure", "script", "dl",
					    "dd",      "p",	  "main",   "nav",    "body",
					    "html",    "span",	  "a" };
	for (size_t i = 0; i < CM_COUNT(tags); i++) {
		char open[16], open_with[16], close[16];
		snprintf(open, sizeof open, "<%s>", tags[i]);
		snprintf(open_with, sizeof open_with, "<%s ", tags[i]);
		snprintf(close, sizeof close, "</%s>", tags[i]);
		if (count(text, open) + count(text, open_with) != count(text, close))
			fail_msg("<%s>: %zu opened, %zu closed", tags[i],
				 count(text, open) + count(text, open_with), count(text, close));
	}
	assert_int_equal(count(text, "<table"), 3);
	assert_int_equal(count(text, "<tr>"), 3 + 5 + LONG_ROWS);
	assert_int_equal(count(text, "<th scope=\"row\""), 5 + LONG_ROWS);
	assert_int_equal(count(text, "<th scope=\"col\""), 3 * 4);
	assert_int_equal(count(text, "class=\"b b-"),
			 2 * LONG_ROWS + 8 + 2 + 7); /* and seven in the key */
	assert_int_equal(
		count(text, "href=\"https://example.org/a?b=1&amp;c=2#d\">example.org</a>."),
		LONG_ROWS);
	free(text);
	free(page);
}

/* Each inline style and script is allowed by its own hash, and by nothing else. */
static void html_policy_names_each_script(void **state)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t size, found = 0;
	char *page = of_format("html", &size);
	const char *policy = strstr(page, "default-src 'none'; style-src 'sha256-");
	(void)state;

	assert_non_null(policy);
	assert_true(policy < strstr(page, "<style>"));
	char *upto = cm_strndup(policy, strcspn(policy, "\">"));
	assert_null(strstr(upto, "unsafe"));
	assert_null(strstr(upto, "http"));
	for (const char *s = page; (s = strstr(s, found ? "<script>" : "<style>")); found++) {
		const char *begin = strchr(s, '>') + 1,
			   *end = strstr(begin, found ? "</script>" : "</style>");
		char hex[65], base64[45];
		unsigned bits = 0, at = 0;
		hash_bytes(begin, (size_t)(end - begin), hex);
		for (size_t bit = 0; bit < 258;
		     bit++) { /* bit by bit: another way than the program's */
			const char h = bit < 256 ? hex[bit / 4] : '0';
			const unsigned v = (unsigned)(h <= '9' ? h - '0' : h - 'a' + 10);
			bits = bits << 1 | (v >> (3 - bit % 4) & 1);
			if (bit % 6 == 5)
				base64[at++] = digits[bits & 63];
		}
		base64[at++] = '=';
		base64[at] = '\0';
		if (!strstr(upto, base64))
			fail_msg("style or script %zu is not in the policy: %s", found, base64);
		s = end;
	}
	assert_int_equal(found, cm_embedded("echarts.js") ? 4 : 2);
	assert_int_equal(count(upto, "sha256-"), found);
	free(upto);
	free(page);
}

/* ---- Markdown and the terminal
 * ---------------------------------------------------------------------- */

/* Cells of a row of Markdown: bars that no backslash hides. */
static size_t bars(const char *line, size_t n)
{
	size_t found = 0;
	for (size_t i = 0; i < n; i++) {
		if (line[i] == '\\')
			i++;
		else
			found += line[i] == '|';
	}
	return found;
}

static void markdown_is_escaped(void **state)
{
	size_t size, rows = 0;
	char *text = of_format("md", &size);
	(void)state;

	assert_true(size <= 60000);
	assert_true(cm_starts(text, "# Title "));
	assert_null(strstr(text, "<script"));
	assert_int_equal(count(text, "](javascript"), count(text, "\\](javascript"));
	assert_null(strstr(text, "@all"));
	assert_int_equal(count(text, "<details>"), count(text, "</details>"));
	assert_non_null(strstr(text, "tables and"));
	assert_int_equal(count(text, "<details>"), 0); /* 400 rows do not fit: left out, as a whole */
	for (const char *s = text; *s; s += strcspn(s, "\n") + 1) {
		const size_t n = strcspn(s, "\n");
		if (*s == '|' && bars(s, n) != 5)
			fail_msg("a row of %zu cells: %.*s", bars(s, n) - 1, (int)n, s);
		rows += *s == '|';
		if (!s[n])
			break;
	}
	assert_int_equal(rows, 2 + 5 + 2);
	assert_non_null(strstr(text, "41.24 (41.10 \xe2\x80\xa6 41.40) <sub>measured</sub>"));
	free(text);
}

static void text_fits_the_terminal(void **state)
{
	size_t size, lines = 0;
	char *text = of_format("text", &size);
	(void)state;

	for (const char *s = text; *s; lines++) {
		size_t n = 0;
		const char *from = s;
		while (*s && *s != '\n') {
			uint32_t c;
			s += utf8_next(s, &c);
			n++;
		}
		if (n > 100)
			fail_msg("%zu characters: %.*s", n, (int)(s - from), from);
		s += *s == '\n';
	}
	assert_true(lines > LONG_ROWS);
	assert_non_null(
		strstr(text, "-1,234,567.891 kB/s [qu]")); /* exact: all digits, and its own unit */
	assert_non_null(strstr(text, "\\x1b[2J")); /* seen, not obeyed */
	assert_non_null(strstr(text, "41.24 (41.10 \xe2\x80\xa6 41.40) [me]"));
	assert_non_null(strstr(text, "[me] measured"));
	free(text);
}

static int begin(void **state)
{
	(void)state;
	for (size_t i = 0; i + 1 < sizeof ten_kb; i++)
		ten_kb[i] = "costmark <b>"[i % 12];
	scratch_begin(&dir);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scratch_end(&dir);
	return 0;
}

static int write_to(const char *folder)
{
	begin(NULL);
	for (size_t i = 0; registry_formats[i]; i++) {
		size_t size;
		char *text = rendered(registry_formats[i], &size);
		char *path = cm_printf_dup("%s/sample.%s", folder, registry_formats[i]->suffix);
		FILE *f = fopen(path, "wb");
		if (!f || fwrite(text, 1, size, f) != size || fclose(f))
			perror(path);
		free(path);
		free(text);
	}
	end(NULL);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_clean_text), cmocka_unit_test(same_bytes_twice),
		cmocka_unit_test(full_device_is_an_error), cmocka_unit_test(json_reads_back),
		cmocka_unit_test(csv_reads_back), cmocka_unit_test(html_is_escaped),
		cmocka_unit_test(html_policy_names_each_script), cmocka_unit_test(markdown_is_escaped),
		cmocka_unit_test(text_fits_the_terminal),
	};
	return argc > 1 ? write_to(argv[1]) : cmocka_run_group_tests_name("formats", tests, begin, end);
}
