/* Tables on the terminal, dates, and what reading the clock costs. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/textable.h"

static char *printed(struct textable *t, unsigned width)
{
	char *out = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&out, &n);
	textable_print(t, f, width);
	fclose(f);
	return out;
}

static void aligned(void **state)
{
	static const char *const titles[] = { "Name", "GB/s" };
	struct textable *t = textable_new("lr", titles);
	(void)state;
	textable_cell(t, "tri\xc3\xa4" "d");
	textable_cellf(t, "%.1f", 41.25);
	textable_cell(t, "x\033[31m");
	textable_cell(t, NULL);
	textable_cell(t, "half a row");
	char *got = printed(t, 0);
	assert_string_equal(got, "Name        GB/s\n"
				 "tri\xc3\xa4" "d       41.2\n"
				 "x\\x1b[31m\n"
				 "half a row\n");
	free(got);
}

static void wrapped(void **state)
{
	static const char *const titles[] = { "K", "Why" };
	struct textable *t = textable_new("ll", titles);
	(void)state;
	textable_cell(t, "a");
	textable_cell(t, "one two three four five six");
	textable_cell(t, "b");
	textable_cell(t, "short");
	char *got = printed(t, 22);
	assert_string_equal(got, "K  Why\n"
				 "a  one two three four\n"
				 "   five six\n"
				 "b  short\n");
	free(got);
}

static void days(void **state)
{
	static const struct { const char *from, *to; int ok; long days; const char *why; } rows[] = {
		{ "2026-11-24", "2026-11-24", 1, 0, "the same day" },
		{ "2024-02-28", "2024-03-01", 1, 2, "a leap year" },
		{ "2026-02-28", "2026-03-01", 1, 1, "none" },
		{ "2000-01-01", "2100-01-01", 1, 36525, "a century" },
		{ "2026-11", "2026-11-24", 1, 23, "a month is its first day" },
		{ "2026", "2026-02", 1, 31, "a year too" },
		{ "2026-11-24", "2026-11-01", 1, -23, "backwards" },
		{ "2026-02-29", "2026-03-01", 0, 0, "no such day" },
		{ "2026-13-01", "2026-03-01", 0, 0, "no such month" },
		{ "24.11.2026", "2026-03-01", 0, 0, "another order" },
		{ "2026-11-24T00:00:00Z", "2026-03-01", 0, 0, "a time is no date" },
		{ "", "2026-03-01", 0, 0, "nothing" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		long d = 0;
		const int ok = cm_iso_days(rows[i].from, rows[i].to, &d);
		if (ok != rows[i].ok || d != rows[i].days)
			fail_msg("%s: %d, %ld days", rows[i].why, ok, d);
	}
}

static void now_can_be_fixed(void **state)
{
	char now[32];
	(void)state;
	setenv("SOURCE_DATE_EPOCH", "0", 1);
	cm_iso_now(now);
	assert_string_equal(now, "1970-01-01T00:00:00Z");
	setenv("SOURCE_DATE_EPOCH", "1795478400", 1);
	cm_iso_now(now);
	assert_string_equal(now, "2026-11-24T00:00:00Z");
	setenv("SOURCE_DATE_EPOCH", "soon", 1); /* nonsense is passed over */
	cm_iso_now(now);
	assert_true(strcmp(now, "2026-01-01") > 0 || strcmp(now, "2020") > 0);
	unsetenv("SOURCE_DATE_EPOCH");
}

static void clock_has_a_cost(void **state)
{
	double cost = -1, step = -1;
	(void)state;
	cm_clock_cost(&cost, &step);
	assert_true(cost > 0.0 && step > 0.0);
	const uint64_t a = cm_now_ns(), b = cm_now_ns();
	assert_true(b >= a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aligned), cmocka_unit_test(wrapped), cmocka_unit_test(days),
		cmocka_unit_test(now_can_be_fixed), cmocka_unit_test(clock_has_a_cost),
	};
	return cmocka_run_group_tests_name("textable", tests, NULL, NULL);
}
