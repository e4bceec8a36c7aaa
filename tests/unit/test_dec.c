/* Exact decimal money. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/dec.h"
#include "base/str.h"

static void texts(void **state)
{
	static const struct { const char *text, *back, *why; } rows[] = {
		{ "1234.50", "1234.50", "every digit of the source" },
		{ "-0.07", "-0.07", "below zero" },
		{ "0", "0", "nothing" },
		{ "0.00", "0.00", "nothing, with digits" },
		{ "1e-7", "0.0000001", "an exponent of a price a token" },
		{ "2.5e-06", "0.0000025", "digits and exponent" },
		{ "3E2", "300", "a positive exponent" },
		{ ".5", "0.5", "no digit before the point" },
		{ "5.", "5", "no digit after it" },
		{ "007.10", "7.10", "leading zeros say nothing" },
		{ "21.9576420000", "21.9576420000", "a cloud's ten digits" },
		{ "999999999999999999", "999999999999999999", "18 digits" },
		{ "1.000000000000000000", "1.00000000000000000", "19 digits, the last a zero" },
		{ "0.000000000000000001", "0.000000000000000001", "the finest scale" },
		{ "", NULL, "nothing written" }, { "-", NULL, "a sign alone" },
		{ ".", NULL, "a point alone" }, { "1,5", NULL, "a comma" },
		{ "1 000", NULL, "a blank" }, { "1.2.3", NULL, "two points" },
		{ "1e", NULL, "an exponent without digits" }, { "1e+", NULL, "and with a sign only" },
		{ "1e100", NULL, "too large" }, { "1e-19", NULL, "too fine" },
		{ "1000000000000000000", NULL, "19 digits, zeros at the end or not" },
		{ "1234567890123456789", NULL, "19 digits" },
		{ "inf", NULL, "no number" }, { "0x10", NULL, "not decimal" }, { "$5", NULL, "a sign" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		struct dec d;
		char back[64] = "refused";
		if (dec_parse(rows[i].text, &d))
			dec_print(d, back, sizeof back);
		if (strcmp(back, rows[i].back ? rows[i].back : "refused") != 0)
			fail_msg("%s: '%s' became '%s'", rows[i].why, rows[i].text, back);
	}
}

static struct dec dec(const char *text)
{
	struct dec d = { 0 };
	assert_true(dec_parse(text, &d));
	return d;
}

static void sums(void **state)
{
	struct dec s;
	char text[64];
	(void)state;
	assert_true(dec_add(dec("0.1"), dec("0.20"), &s));
	dec_print(s, text, sizeof text);
	assert_string_equal(text, "0.30");
	s = dec("0");
	for (int i = 0; i < 1000000; i++)
		assert_true(dec_add(s, dec("0.01"), &s));
	assert_int_equal(dec_cmp(s, dec("10000")), 0); /* a million cents are ten thousand */
	assert_true(dec_mul_int(dec("98.32"), 8760, &s));
	dec_print(s, text, sizeof text);
	assert_string_equal(text, "861283.20");
	const struct dec kept = dec("7");
	s = kept;
	assert_false(dec_mul_int(dec("999999999999999999"), 10, &s));
	assert_false(dec_add(dec("999999999999999999"), dec("0.000000000000000001"), &s));
	assert_int_equal(dec_cmp(s, kept), 0); /* untouched */
}

static void order(void **state)
{
	(void)state;
	assert_int_equal(dec_cmp(dec("1.0"), dec("1")), 0);
	assert_true(dec_cmp(dec("-0.01"), dec("0")) < 0);
	assert_true(dec_cmp(dec("999999999999999999"), dec("0.000000000000000001")) > 0);
}

static void nearest_double(void **state)
{
	static const char *const texts_of[] = { "0.1", "98.32", "21.9576420000", "-0.07",
						"0.000000000000000003", "123456789012.345678" };
	(void)state;
	for (size_t i = 0; i < CM_COUNT(texts_of); i++)
		assert_true(dec_double(dec(texts_of[i])) == strtod(texts_of[i], NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts), cmocka_unit_test(sums), cmocka_unit_test(order),
		cmocka_unit_test(nearest_double),
	};
	return cmocka_run_group_tests_name("dec", tests, NULL, NULL);
}
