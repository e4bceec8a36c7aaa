/* Arithmetic on price texts: exact where it says so, half even where it rounds. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "base/money.h"
#include "base/str.h"

static void shifts(void **state)
{
	static const struct { const char *text; int by; const char *want; } rows[] = {
		{ "3e-06", 6, "3" }, { "1.25e-06", 6, "1.25" }, { "1e-05", 6, "10" }, { "8e-08", 6, "0.08" },
		{ "1.5", -4, "0.00015" }, { "0.1480000000", 0, "0.1480000000" }, { "12.75", -2, "0.1275" },
		{ "0", 6, "0" }, { "-4.2", -3, "-0.0042" }, { "0.000000001", 0, "0.000000001" },
		{ "2.5E+2", 0, "250" }, { "1.10", 1, "11.0" }, { "00.5", 0, "0.5" },
		{ "", 0, NULL }, { "1,5", 0, NULL }, { "$1", 0, NULL }, { "1e", 0, NULL }, { ".", 0, NULL },
		{ "nan", 0, NULL }, { "1e9999", 0, NULL }, { "1e35", 35, NULL },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char out[MONEY_CAP] = "";
		const bool ok = money_shift(rows[i].text, rows[i].by, out);
		if (ok != (rows[i].want != NULL) || (ok && strcmp(out, rows[i].want) != 0))
			fail_msg("%s by %d: %s", rows[i].text, rows[i].by, ok ? out : "refused");
	}
}

static void sums(void **state)
{
	char sum[MONEY_CAP] = "", big[MONEY_CAP] = "1";
	(void)state;
	assert_true(money_add_product(sum, "2.933908000", "1"));
	assert_true(money_add_product(sum, "0.031611000", "12"));
	assert_true(money_add_product(sum, "0.004237000", "85"));
	assert_int_equal(money_compare(sum, "3.673385"), 0);
	assert_string_equal(sum, "3.673385000");
	assert_true(money_add_product(sum, "-1", "3.673385"));
	assert_true(money_is_zero(sum));
	assert_false(money_add_product(sum, "x", "1"));
	assert_false(money_add_product(big, "123456789012345678901234567890", "123456789012345678901"));
	assert_string_equal(big, "1");
}

static void quotients(void **state)
{
	static const struct { const char *a, *b; int digits; const char *want; } rows[] = {
		{ "79912", "8760", 12, "9.122374429224" }, { "120432", "26280", 12, "4.582648401826" },
		{ "3478.0", "8760", 12, "0.39703196347" }, { "1", "8", 2, "0.12" }, { "3", "8", 2, "0.38" },
		{ "1", "3", 5, "0.33333" }, { "2", "3", 5, "0.66667" }, { "-1", "8", 2, "-0.12" },
		{ "508.934997455", "14999.999925", 12, "0.033929" }, { "0", "5", 3, "0" },
		{ "1.5", "10000", 18, "0.00015" }, { "5", "0", 3, NULL }, { "5", "", 3, NULL },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char out[MONEY_CAP] = "";
		const bool ok = money_divide(rows[i].a, rows[i].b, rows[i].digits, out);
		if (ok != (rows[i].want != NULL) || (ok && strcmp(out, rows[i].want) != 0))
			fail_msg("%s / %s: %s", rows[i].a, rows[i].b, ok ? out : "refused");
	}
}

static void effective(void **state)
{
	char out[MONEY_CAP];
	(void)state;
	/* c6i.large, 3 years, partial upfront */
	assert_true(money_effective("0.1046300000", "2750", 36, out));
	assert_string_equal(out, "0.209272313546");
	assert_true(money_effective("0", "1161", 36, out));
	assert_string_equal(out, "0.044178082192");
	assert_true(money_effective("14.3210", "0", 0, out));
	assert_string_equal(out, "14.3210");
	assert_true(money_effective("14.3210", "", 12, out));
	assert_string_equal(out, "14.3210");
	assert_false(money_effective("free", "0", 0, out));
}

static void comparisons(void **state)
{
	(void)state;
	assert_int_equal(money_compare("0.1480000000", "0.148"), 0);
	assert_int_equal(money_compare("2", "10"), -1);
	assert_int_equal(money_compare("-2", "-10"), 1);
	assert_int_equal(money_compare("1e-30", "100000"), -1);
	assert_true(money_is("3e-06"));
	assert_false(money_is("3 USD"));
	assert_true(money_is_negative("-0.01"));
	assert_false(money_is_negative("-0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shifts), cmocka_unit_test(sums), cmocka_unit_test(quotients),
		cmocka_unit_test(effective), cmocka_unit_test(comparisons),
	};
	return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
