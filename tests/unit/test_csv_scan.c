/* The fast CSV scanner against base/csv.h: the same rows and the same refusals, by every way the machine
 * has. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/csv_scan.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/stream.h"
#include "scratch.h"

static struct scratch dir;
static const char *const ways[] = { "AVX-512", "AVX2", "portable" };

/* "LINE:[cell][cell];…" and "!" where it was refused. */
static char *by_scan(const char *text, size_t n, struct cm_err *err)
{
	struct stream *in;
	struct csv_view row;
	struct str s = { 0 };
	char *cell = cm_alloc(n + 2);
	enum cm_status st;

	assert_int_equal(stream_memory(text, n, "made", &in, err), CM_OK);
	struct csv_scan *scan = csv_scan_open(in);
	while (!(st = csv_scan_next(scan, &row, err))) {
		str_addf(&s, "%zu:", (size_t)row.line);
		for (size_t i = 0; i < row.cells; i++) {
			assert_true(csv_view_text(&row, i, cell, n + 2));
			str_addf(&s, "[%s]", cell);
		}
		str_addc(&s, ';');
	}
	if (st != CM_END)
		str_addc(&s, '!');
	csv_scan_close(scan);
	stream_close(in);
	free(cell);
	return str_take(&s);
}

static char *by_libcsv(const char *text, size_t n)
{
	struct csv *c;
	struct csv_row row;
	struct cm_err err;
	struct str s = { 0 };
	enum cm_status st = csv_open(scratch_write(&dir, "t.csv", text, n), &c, &err);

	assert_int_equal(st, CM_OK);
	while (!(st = csv_next(c, &row, &err))) {
		str_addf(&s, "%zu:", row.line);
		for (size_t i = 0; i < row.cells; i++)
			str_addf(&s, "[%s]", row.cell[i]);
		str_addc(&s, ';');
	}
	if (st != CM_END)
		str_addc(&s, '!');
	csv_close(c);
	return str_take(&s);
}

/* Rows before a refusal may be handed out or not: which of two readers sees it first is not part of the
 * contract. */
static void must_agree(const char *text, size_t n, const char *what)
{
	char *want = by_libcsv(text, n);

	for (size_t w = 0; w < CM_COUNT(ways); w++) {
		struct cm_err err;
		if (!csv_scan_force(ways[w]))
			continue;
		char *got = by_scan(text, n, &err);
		if (strcmp(want, got) != 0)
			fail_msg("%s by %s: '%s', expected '%s' of '%s'", what, ways[w], got, want, text);
		free(got);
	}
	free(want);
}

static void cells(void **state)
{
	static const struct { const char *text, *why; } rows[] = {
		{ "a,b\n1,2\n", "plain" }, { "a,b\r\n1,2\r\n", "CRLF" }, { "a", "no line end at the end" },
		{ "", "an empty file" }, { "\n\r\n\n", "blank lines only" }, { "a\n\n\nb\n",
			"blank lines are counted" },
		{ "\xef\xbb\xbf" "a,b\n", "the mark at the start" }, { ",,\n", "empty cells" }, { ",",
			"two empty cells" },
		{ "\"a\"\"b\",c\n", "a doubled quote" }, { "\"\"\"\"\n", "a quote alone" },
			{ "\"\",\"\"\n", "quoted nothing" },
		{ "\"a\nb\",c\nd\n", "a line end in quotes" }, { "\"a\r\nb\"\r\nd\r\n", "CRLF in quotes" },
		{ "\"a,b\",c\n", "a comma in quotes" }, { " a , b \n", "blanks belong to the cell" },
		{ "a,b\"c\n", "a quote inside" }, { "x\na,\"b\"c\n", "text after a quote" },
			{ "\"a\" ,b\n", "a blank after a quote" },
		{ "x\ny,\"b\n\nz\n", "an open quote" }, { "a,\"\"b\n", "text after quoted nothing" },
			{ "\"a\"\r\n", "CR after a quote" },
		{ "a,\"b\"", "a quoted cell at the end" }, { "a,\"", "a quote at the end" }, { "\"a\"\"",
			"a doubled quote at the end" },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++)
		must_agree(rows[i].text, strlen(rows[i].text), rows[i].why);
}

/* Short pieces in random order, so that quotes, ends and block borders meet in every way. */
static void random_text(void **state)
{
	static const char *const piece[] = { "a", "bc", ",", ",", "\"", "\"\"", "\n", "\r\n", "\"x,y\"",
		"\"p\nq\"", "\"\"\"\"",
					     ",\"long enough to pass a border of sixty-four bytes, "
					     "quoted\"," };
	struct rng r = { 0 };

	(void)state;
	rng_seed(&r, 7);
	for (int round = 0; round < 3000; round++) {
		struct str s = { 0 };
		const size_t pieces = 1 + rng_next(&r) % (round % 3 ? 12 : 90);
		/* Two of three without lone quotes, else nearly all would be refused early. */
		for (size_t i = 0; i < pieces; i++) {
			const char *p = piece[rng_next(&r) % CM_COUNT(piece)];
			if (round % 3 == 0 || strcmp(p, "\"") != 0)
				str_add(&s, p);
		}
		must_agree(str_get(&s), s.len, "random");
		str_free(&s);
	}
}

/* A well-formed table larger than the reader's buffer, with quoted line ends, at every offset of its rows. */
static void long_table(void **state)
{
	struct rng r = { 0 };
	struct str s = { 0 };

	(void)state;
	rng_seed(&r, 11);
	for (int row = 0; row < 45000; row++) {
		const unsigned width = (unsigned)(rng_next(&r) % 90);
		str_addf(&s, "%d,\"%.*s\",%s,\"a\nb\"\"c\"%s", row, (int)width,
			 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			 row % 7 ? "" : "end", row % 2 ? "\r\n" : "\n");
	}
	assert_true(s.len > (size_t)2 << 20);
	must_agree(str_get(&s), s.len, "long");
	str_free(&s);
}

static void places(void **state)
{
	static const struct { const char *text; size_t n; const char *want; } rows[] = {
		{ "ab,c\nx,y\"z\n", 11, "made:2:4: a quote inside" },
		{ "ab,c\n\"p\nq\",\"y\"z\n", 17, "made:3:7: text after a closing quote" },
		{ "a,b\nc,\"d\ne", 10, "made:2: a quote that opens in this row is never closed" },
		{ "a,b\nc\0d\n", 8, "made:2:2: a NUL byte" },
	};

	(void)state;
	for (size_t w = 0; w < CM_COUNT(ways); w++) {
		if (!csv_scan_force(ways[w]))
			continue;
		for (size_t i = 0; i < CM_COUNT(rows); i++) {
			struct cm_err err = { 0 };
			char *got = by_scan(rows[i].text, rows[i].n, &err);
			if (!strchr(got, '!') || !cm_starts(err.why, rows[i].want))
				fail_msg("%s: '%s', expected '%s'", ways[w], err.why, rows[i].want);
			free(got);
		}
	}
}

static void bounds(void **state)
{
	struct cm_err err = { 0 };
	struct str s = { 0 };

	(void)state;
	str_add(&s, "a,\"");
	for (int i = 0; i < 11 << 10; i++)
		str_addf(&s, "%01023d\n", i);
	str_add(&s, "\"\n");
	char *got = by_scan(str_get(&s), s.len, &err);
	assert_string_equal(got, "!");
	assert_non_null(strstr(err.why, "more than 10 MB"));
	free(got);
	str_clear(&s);
	str_add(&s, "a,");
	for (int i = 0; i < 9 << 10; i++)
		str_addf(&s, "%01024d", i);
	str_add(&s, "\nz\n");
	got = by_scan(str_get(&s), s.len, &err);
	assert_true(cm_ends(got, ";2:[z];"));
	free(got);
	str_free(&s);
}

/* "sep=," of spreadsheets is passed and counted, also after a mark; anything else stays a row. */
static void separator_line(void **state)
{
	struct cm_err err;
	char *a, *b, *c;

	(void)state;
	a = by_scan("sep=,\r\nx,y\n", 11, &err);
	b = by_scan("\xef\xbb\xbfsep=,\nx\n", 11, &err);
	c = by_scan("sep=,y\nx\n", 9, &err);
	assert_string_equal(a, "2:[x][y];");
	assert_string_equal(b, "2:[x];");
	assert_string_equal(c, "1:[sep=][y];2:[x];");
	free(a);
	free(b);
	free(c);
}

static int begin(void **state)
{
	(void)state;
	scratch_begin(&dir);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scratch_end(&dir);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells),  cmocka_unit_test(random_text), cmocka_unit_test(long_table),
		cmocka_unit_test(places), cmocka_unit_test(bounds),      cmocka_unit_test(separator_line),
	};
	return cmocka_run_group_tests_name("csv_scan", tests, begin, end);
}
