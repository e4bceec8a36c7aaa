/* CSV: cells with their places, and files that are refused where they are wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/str.h"
#include "scratch.h"

static struct scratch dir;

/* Every row as "LINE:[COL]cell[COL]cell;", then the error's sentence after the file's name. */
static char *read_all(const char *text, size_t n)
{
	struct csv *c;
	struct csv_row row;
	struct cm_err err = { 0 };
	struct str s = { 0 };
	const char *path = scratch_write(&dir, "t.csv", text, n);
	enum cm_status st = csv_open(path, &c, &err);
	while (st == CM_OK && (st = csv_next(c, &row, &err)) == CM_OK) {
		str_addf(&s, "%zu:", row.line);
		for (size_t i = 0; i < row.cells; i++)
			str_addf(&s, "[%zu]%s", row.col[i], row.cell[i]);
		str_addc(&s, ';');
	}
	if (st == CM_EINPUT)
		str_add(&s, err.why + strlen(path));
	csv_close(c);
	return str_take(&s);
}

static void cells(void **state)
{
	static const struct { const char *text, *want, *why; } rows[] = {
		{ "a,b\n1,2\n", "1:[1]a[3]b;2:[1]1[3]2;", "plain" },
		{ "a,b\r\n1,2\r\n", "1:[1]a[3]b;2:[1]1[3]2;", "CRLF" },
		{ "a,b\r1,2", "1:[1]a[3]b;2:[1]1[3]2;", "a CR alone ends a row too" },
		{ "a", "1:[1]a;", "no line end at the end" },
		{ "", "", "an empty file" },
		{ "\n\r\n\n", "", "blank lines only" },
		{ "a\n\n\nb\n", "1:[1]a;4:[1]b;", "blank lines are passed and counted" },
		{ "\xef\xbb\xbf" "a,b\n", "1:[1]a[3]b;", "the mark at the start is no column" },
		{ ",,\n", "1:[1][2][3];", "empty cells are cells" },
		{ "\"a\"\"b\",c\n", "1:[1]a\"b[8]c;", "a doubled quote" },
		{ "\"a\nb\",c\nd\n", "1:[1]a\nb[4]c;3:[1]d;", "a line end in quotes counts a line" },
		{ "\"a\r\nb\"\nd\n", "1:[1]a\r\nb;3:[1]d;", "and CRLF in quotes counts one" },
		{ " a , b \n", "1:[1] a [5] b ;", "blanks belong to the cell" },
		{ "\"\"\n", "1:[1];", "a quoted nothing" },
		{ "\xc3\xa4,b\n", "1:[1]\xc3\xa4[4]b;", "columns count bytes" },
		{ "a,b\"c\n", ":1:4: a quote inside a cell that does not begin with one: quote the whole "
		  "cell and write the quote twice", "a quote inside" },
		{ "x\na,\"b\"c\n", "1:[1]x;:2:6: expected a comma or the end of the row after the "
		  "closing quote", "text after a quote" },
		{ "x\ny,\"b\n\nz\n", "1:[1]x;:2:3: the quote that opens here is never closed",
		  "an open quote is told where it opens" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *got = read_all(rows[i].text, strlen(rows[i].text));
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got '%s', expected '%s'", rows[i].why, got, rows[i].want);
		free(got);
	}
}

static void nul_is_refused(void **state)
{
	(void)state;
	char *got = read_all("a,b\nc\0,d\n", 9);
	assert_string_equal(got, "1:[1]a[3]b;:2:2: a NUL byte: this is not a text file");
	free(got);
}

static void missing_file(void **state)
{
	struct csv *c = NULL;
	struct cm_err err = { 0 };
	(void)state;
	assert_int_equal(csv_open("/nowhere/x.csv", &c, &err), CM_EINPUT);
	assert_null(c);
	assert_non_null(strstr(err.why, "/nowhere/x.csv: No such file"));
}

/* Rows longer than any block, and more rows than one: places stay right across reads. */
static void across_blocks(void **state)
{
	struct str s = { 0 };
	(void)state;
	for (int i = 0; i < 3000; i++)
		str_addf(&s, "%d,\"%0*d\",x\r\n", i, i % 50 + 1, 0);
	const char *path = scratch_write(&dir, "long.csv", s.p, s.len);
	struct csv *c;
	struct csv_row row;
	assert_int_equal(csv_open(path, &c, NULL), CM_OK);
	for (int i = 0; i < 3000; i++) {
		char number[16];
		assert_int_equal(csv_next(c, &row, NULL), CM_OK);
		assert_int_equal(row.line, i + 1);
		assert_int_equal(row.cells, 3);
		snprintf(number, sizeof number, "%d", i);
		assert_string_equal(row.cell[0], number);
		assert_int_equal(strlen(row.cell[1]), i % 50 + 1);
		assert_int_equal(row.col[2], strlen(number) + 2 + (size_t)(i % 50 + 1) + 3);
	}
	assert_int_equal(csv_next(c, &row, NULL), CM_END);
	assert_int_equal(csv_next(c, &row, NULL), CM_END);
	csv_close(c);
	str_free(&s);
}

static void written(void **state)
{
	static const struct { const char *text, *cell, *why; } rows[] = {
		{ "plain", "plain", "as it is" },
		{ "a,b", "\"a,b\"", "a comma" },
		{ "a\"b", "\"a\"\"b\"", "a quote" },
		{ "a\nb", "\"a\nb\"", "a line end" },
		{ " a", "\" a\"", "a blank at an end" },
		{ "=1+1", "'=1+1", "a formula" },
		{ "@SUM(A1)", "'@SUM(A1)", "a formula of old" },
		{ "-x", "'-x", "a sign that begins no number" },
		{ "=a,b", "\"'=a,b\"", "a formula with a comma" },
		{ "-0.07", "-0.07", "a number below zero stays a number" },
		{ "", "", "nothing" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *out = NULL;
		size_t n = 0;
		FILE *f = open_memstream(&out, &n);
		csv_put(f, rows[i].text, true);
		fclose(f);
		if (strcmp(out, rows[i].cell) != 0)
			fail_msg("%s: '%s' was written as '%s'", rows[i].why, rows[i].text, out);
		free(out);
	}
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
		cmocka_unit_test(cells), cmocka_unit_test(nul_is_refused),
		cmocka_unit_test(missing_file), cmocka_unit_test(across_blocks),
		cmocka_unit_test(written),
	};
	return cmocka_run_group_tests_name("csv", tests, begin, end);
}
