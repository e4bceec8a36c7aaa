/* Figures as text, weakest bases, and the error sentence. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "api/figure.h"
#include "api/meter.h"
#include "api/kernel.h"
#include "api/status.h"
#include "base/str.h"

static void prints(void **state)
{
	static const struct { double v, lo, hi; int digits; const char *text, *why; } rows[] = {
		{ 1234, 1234, 1234, 0, "1,234", "four digits without an interval" },
		{ 0.0123456, 0.0123456, 0.0123456, 3, "0.0123", "as many digits as asked for" },
		{ 1.2345e9, 1.2345e9, 1.2345e9, 3, "1.23e+09", "large: with an exponent" },
		{ 1234567, 1234567, 1234567, 0, "1,235,000", "rounded to four digits, then grouped" },
		{ 1234567, 1234567, 1234567, 9, "1,234,570", "six digits at most" },
		{ 99.96, 99.96, 99.96, 3, "100", "rounding that adds a digit" },
		{ 999.96, 999.96, 999.96, 4, "1,000", "rounding that adds a group" },
		{ 41.237, 41.1, 41.4, 0, "41.24", "half width 0.15: two digits of it" },
		{ 41.237, 31, 51, 0, "41", "half width 10: whole numbers" },
		{ 41.237, 0, 500, 0, "41", "wider than the value: still two digits" },
		{ 41.23712345, 41.23712, 41.23713, 0, "41.2371", "narrow: six digits at most" },
		{ -1234.5, -1234.5, -1234.5, 5, "-1,234.5", "the sign is no digit" },
		{ 0, 0, 0, 0, "0.000", "nothing is nothing" },
		{ 0.00001234, 0.00001234, 0.00001234, 3, "1.23e-05", "small: with an exponent" },
		{ 123, 123, 123, 3, "123", "no group below a thousand" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const struct figure f = cm_figure_range(rows[i].v, rows[i].lo, rows[i].hi, "USD", 3,
							CM_MEASURED);
		char text[64];
		const size_t n = cm_figure_print(&f, rows[i].digits, text, sizeof text);
		if (strcmp(text, rows[i].text) != 0 || n != strlen(text))
			fail_msg("%s: '%s', expected '%s'", rows[i].why, text, rows[i].text);
	}
}

static void prints_intervals(void **state)
{
	static const struct { double v, lo, hi; const char *text, *why; } rows[] = {
		{ 1107272, 1040515, 1174029, "1,041,000 \xe2\x80\xa6 1,174,000",
		  "to the value's last place" },
		{ 0.19043, 0.17895, 0.20191, "0.179 \xe2\x80\xa6 0.202",
		  "both with the same decimals" },
		{ 41.237, 0, 500, "0 \xe2\x80\xa6 500", "whole numbers" },
		{ 0.01, -0.0004, 0.02, "0.000 \xe2\x80\xa6 0.020", "no minus before nothing" },
		{ 41.2371234, 41.2371233, 41.2371235, "41.2371233 \xe2\x80\xa6 41.2371235",
		  "narrower than the value's six digits" },
		{ 2.5e12, 2.4e12, 2.6e12, "2.40e+12 \xe2\x80\xa6 2.60e+12",
		  "large: with an exponent" },
		{ 5, 5, 5, "", "no interval" },
		{ 0.1 + 0.2, 0.3, 0.1 + 0.2, "", "rounding is none" },
		{ 5, 5, INFINITY, "", "no end" },
		{ NAN, NAN, NAN, "", "no value" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const struct figure f = cm_figure_range(rows[i].v, rows[i].lo, rows[i].hi, "USD", 3,
							CM_MEASURED);
		char text[64];
		const size_t n = cm_figure_print_interval(&f, 0, text, sizeof text);
		if (strcmp(text, rows[i].text) != 0 || n != strlen(text))
			fail_msg("%s: '%s', expected '%s'", rows[i].why, text, rows[i].text);
	}
}

static void missing_says_why(void **state)
{
	char text[64];
	(void)state;
	const struct figure f = cm_figure_missing("J", "no meter");
	cm_figure_print(&f, 0, text, sizeof text);
	assert_string_equal(text, "not measured: no meter");
	assert_true(isnan(f.value));
	const struct figure nan_figure = cm_figure(NAN, "J", CM_MEASURED);
	cm_figure_print(&nan_figure, 0, text, sizeof text);
	assert_string_equal(text, "not measured: no value");
	assert_int_equal(cm_figure_print(&f, 0, text, 4), strlen("not measured: no meter"));
	assert_string_equal(text, "not"); /* cut, and the caller can see it */
}

static void weakest(void **state)
{
	(void)state;
	assert_int_equal(cm_basis_weakest(CM_MEASURED, CM_ASSUMED), CM_ASSUMED);
	assert_int_equal(cm_basis_weakest(CM_LISTED, CM_QUOTED), CM_LISTED);
	assert_int_equal(cm_basis_weakest(CM_DERIVED, CM_MEASURED), CM_MEASURED);
	assert_int_equal(cm_basis_weakest(CM_MODELLED, CM_DERIVED), CM_MODELLED);
	assert_int_equal(cm_basis_weakest(CM_DERIVED, CM_DERIVED), CM_DERIVED);
	for (int b = 0; b < CM_BASIS_NR; b++) {
		enum cm_basis back;
		assert_true(cm_basis_parse(cm_basis_word((enum cm_basis)b), &back));
		assert_int_equal(back, b);
	}
	enum cm_basis untouched = CM_QUOTED;
	assert_false(cm_basis_parse("guess", &untouched));
	assert_int_equal(untouched, CM_QUOTED);
}

static void sentences(void **state)
{
	struct cm_err e = { 0 };
	(void)state;
	assert_int_equal(cm_fail(&e, CM_ABSENT, "no %s", "driver"), CM_ABSENT);
	assert_string_equal(e.why, "no driver");
	assert_int_equal(cm_fail(NULL, CM_EIO, "nobody listens"), CM_EIO);
	cm_fail_at(&e, CM_EINPUT, "a.csv", 3, 7, "bad");
	assert_string_equal(e.why, "a.csv:3:7: bad");
	cm_fail_at(&e, CM_EINPUT, "a.csv", 3, 0, "bad");
	assert_string_equal(e.why, "a.csv:3: bad");
	cm_fail_at(&e, CM_EINPUT, "a.csv", 0, 0, "bad");
	assert_string_equal(e.why, "a.csv: bad");
	cm_fail(&e, CM_EINPUT, "a\033[31mb\nc\xff" "d\xc2\x9b" "e\n");
	assert_string_equal(e.why, "a?[31mb c?d?e"); /* nothing that a terminal obeys */
	char big[2000];
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	memcpy(big + 598, "\xc3\xa4", 2);
	cm_fail(&e, CM_EINPUT, "%s", big);
	assert_int_equal(strlen(e.why), 598); /* cut before the character that does not fit */
}

static void words_of_enums(void **state)
{
	(void)state;
	assert_string_equal(cm_status_word(CM_EVERIFY), "wrong");
	assert_int_equal(cm_status_exit(CM_EVERIFY), 5);
	assert_int_equal(cm_status_exit(CM_EINPUT), 2);
	assert_int_equal(cm_status_exit((enum cm_status)99), CM_EXIT_INTERNAL);
	assert_string_equal(cm_scope_word(CM_SCOPE_DRAM), "dram");
	assert_string_equal(cm_type_word(CM_F32), "fp32");
	assert_int_equal(cm_type_bytes(CM_F64), 8);
	enum cm_type t;
	assert_true(cm_type_parse("u64", &t));
	assert_int_equal(t, CM_U64);
	assert_false(cm_type_parse("-", &t)); /* no type is no type to ask for */
}

static void tunables_by_name(void **state)
{
	static const struct kernel_tunable tune[] = {
		{ .name = "tile", .values = { 16, 32 } }, { .name = "vec", .values = { 4, 1 } }, { 0 },
	};
	const struct kernel k = { .tunables = tune };
	const struct kernel_case chosen = { .tune = { 32, 1 } }, defaults = { 0 };
	(void)state;
	assert_int_equal(cm_tune(&k, &chosen, "tile"), 32);
	assert_int_equal(cm_tune(&k, &chosen, "vec"), 1);
	assert_int_equal(cm_tune(&k, &defaults, "vec"), 4); /* the first value is the default */
	assert_int_equal(cm_tune(&k, &chosen, "none"), 0);
}

static void numbers(void **state)
{
	static const struct { double v; int digits; const char *text, *what; } table[] = {
		{ 114271.3, 4, "114,300", "no exponent where a reader of money would stumble" },
		{ 5030000, 4, "5,030,000", "zeros before the point stay" },
		{ 77.0, 4, "77", "zeros behind it go" },
		{ 0.25, 4, "0.25", "of a fraction as well" },
		{ 0.0, 4, "0", "nothing is 0" },
		{ -9.996, 3, "-10", "rounded before it is placed" },
		{ 1.5e12, 4, "1.500e+12", "beyond a billion an exponent" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++) {
		cm_number_print(table[i].v, table[i].digits, out, sizeof out);
		if (strcmp(out, table[i].text) != 0)
			fail_msg("%s: '%s', not '%s'", table[i].what, out, table[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(prints),	    cmocka_unit_test(prints_intervals),
		cmocka_unit_test(missing_says_why), cmocka_unit_test(weakest),
		cmocka_unit_test(sentences),	    cmocka_unit_test(words_of_enums),
		cmocka_unit_test(tunables_by_name),
	};
	return cmocka_run_group_tests_name("figure", tests, NULL, NULL);
}
