/* Units of money, energy, time and counted things; quantities as people write them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "base/units.h"

static const struct unit *u(const char *text)
{
	struct cm_err err = { 0 };
	const struct unit *unit = unit_parse(text, &err);
	if (!unit)
		fail_msg("%s", err.why);
	return unit;
}

/* factor 0: they must not convert. */
static void factors(void **state)
{
	static const struct { const char *from, *to; double factor; const char *why; } rows[] = {
		{ "kWh", "J", 3.6e6, "energy" },
		{ "USD/kWh", "USD/MWh", 1000, "a tariff" },
		{ "month", "day", 30.4375, "a month is a twelfth of 365.25 days" },
		{ "year", "hour", 8766, "and a year 8766 hours" },
		{ "quarter", "month", 3, "three months" },
		{ "%", "1", 0.01, "per cent" },
		{ "Mtoken", "token", 1e6, "prefixes on counted things" },
		{ "USD/Mtoken", "USD/token", 1e-6, "the price of a million tokens" },
		{ "kUSD", "USD", 1000, "and on money" },
		{ "GB", "byte", 1e9, "decimal, not 2^30, and not a bel" },
		{ "GiB", "byte", 1073741824, "binary" },
		{ "GB/s", "Gbit/s", 8, "bytes and bits" },
		{ "TFLOP/s", "FLOP/s", 1e12, "work of a device" },
		{ "MW", "kW", 1000, "power" },
		{ "kW.month", "kWh", 730.5, "power over a month" },
		{ "FTE.year", "person.month", 12, "staff" },
		{ "USD/GPU/hour", "USD/device/h", 1, "a GPU is a device" },
		{ "devices", "device", 1, "plural" },
		{ "gram", "kg", 0.001, "mass" },
		{ "USD", "EUR", 0, "two currencies never mix" },
		{ "token", "request", 0, "two counted things neither" },
		{ "bit", "1", 0, "a bit is not the number one" },
		{ "device", "1", 0, "nor is a device" },
		{ "degC", "K", 0, "a shifted origin is no factor" },
		{ "3 year", "year", 3, "a number in a unit" },
		{ "USD/kW/month", "USD/(kW.month)", 1, "brackets" },
		{ "m2.s-1", "m^2/s", 1, "powers with and without a sign" },
		{ "kW\xc2\xb7h", "kWh", 1, "a middle dot" },
		{ "\xc2\xb5s", "s", 1e-6, "micro" },
		{ "W", "Wh", 0, "power is not energy" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		struct cm_err err = { 0 };
		const struct unit *from = unit_parse(rows[i].from, &err);
		const struct unit *to = unit_parse(rows[i].to, &err);
		double f = 0.0;
		const bool does = from && to && unit_factor(from, to, &f);
		if (does != (rows[i].factor != 0.0) ||
		    (does && fabs(f / rows[i].factor - 1.0) > 1e-12))
			fail_msg("%s: %s to %s gave %.17g", rows[i].why, rows[i].from, rows[i].to, f);
	}
}

static void unknown_units(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "tokne", "unknown unit 'tokne' (did you mean 'token'?)" },
		{ "USD/kWx", "unknown unit 'kWx' in 'USD/kWx' (did you mean 'kW" },
		{ "qqqqqqq", "unknown unit 'qqqqqqq': expected one like USD/kWh, W, token/s or %" },
		{ "s since 1970-01-01", "unknown unit 'since' in 's since 1970-01-01'" },
		{ "lg(re 1 mW)", "unknown unit 'lg'" },
		{ "W @ 5", "the unit 'W @ 5' is not complete" },
		{ "0 W", "the unit '0 W' holds a number that is none above 0" },
		{ "USD//h", "the unit 'USD//h' is not complete" },
		{ "USD/", "the unit 'USD/' is not complete" },
		{ "((((", "the unit '((((' is not complete" },
		{ "(W", "the unit '(W' lacks a closing bracket" },
		{ "W)", "the unit 'W)' has a bracket too many" },
		{ "((((((((((W", "the unit '((((((((((W' has too many brackets" },
		{ "USD/kW-month", "the unit 'USD/kW-month' has a sign where none belongs" },
		{ "m^x", "the unit 'm^x' has a sign where none belongs" },
		{ "m^10", "the unit 'm^10' has a power above 9" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		struct cm_err err = { 0 };
		if (unit_parse(rows[i].text, &err))
			fail_msg("'%s' is taken for a unit", rows[i].text);
		if (strncmp(err.why, rows[i].says, strlen(rows[i].says)) != 0)
			fail_msg("'%s': %s", rows[i].text, err.why);
		assert_int_equal(err.st, CM_EINPUT);
	}
}

static void arithmetic(void **state)
{
	const struct unit *tariff = u("USD/kWh"), *power = u("kW"), *time = u("hours");
	double f;
	(void)state;
	assert_string_equal(unit_text(unit_mul(tariff, power)), "USD/hour");
	assert_string_equal(unit_text(unit_mul(unit_mul(tariff, power), time)), "USD");
	assert_true(unit_is_money(unit_mul(unit_mul(tariff, power), time)));
	assert_ptr_equal(unit_div(power, power), unit_one());
	assert_true(unit_factor(unit_div(u("kWh"), u("hour")), u("W"), &f));
	assert_true(fabs(f - 1000.0) < 1e-9);
	assert_true(unit_same_kind(unit_pow(u("s"), -1), u("1/s")));
	assert_ptr_equal(unit_pow(power, 0), unit_one());
	assert_true(unit_same_kind(unit_root(u("m2"), 2), u("m")));
	assert_null(unit_root(u("m3"), 2));
	assert_true(unit_is_money(u("kUSD")));
	assert_false(unit_is_money(tariff));
	assert_false(unit_is_money(unit_one()));
	/* A composed text reads back as the same unit. */
	const struct unit *odd = unit_mul(u("USD/rack/year"), u("GB/s"));
	assert_true(unit_factor(odd, u(unit_text(odd)), &f));
	assert_true(fabs(f - 1.0) < 1e-12);
}

static void quantities(void **state)
{
	static const struct { const char *text; double value; const char *unit, *why; } rows[] = {
		{ "0.09 USD/kWh", 0.09, "USD/kWh", "a tariff" },
		{ "75%", 75, "%", "no blank" },
		{ "  4 year ", 4, "year", "blanks around" },
		{ "1e3", 1000, "1", "no unit is the number one" },
		{ "-3 W", -3, "W", "below zero" },
		{ ".5 h", 0.5, "h", "no digit before the point" },
		{ "5 eV", 5, "eV", "an e that is no exponent" },
		{ "1,5 W", 0, NULL, "a comma" },
		{ "1,000 W", 0, NULL, "groups" },
		{ "1_000", 0, NULL, "groups of another kind" },
		{ "W", 0, NULL, "no number" },
		{ "", 0, NULL, "nothing" },
		{ "nan", 0, NULL, "no number either" },
		{ "inf W", 0, NULL, "nor that" },
		{ "0x10 W", 0, NULL, "not decimal" },
		{ "1e999 W", 0, NULL, "too large" },
		{ "5 parsecs/fortnigth", 0, NULL, "an unknown unit" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		struct cm_err err = { 0 };
		double v = NAN;
		const struct unit *unit = NULL;
		const enum cm_status st = quantity_parse(rows[i].text, &v, &unit, &err);
		if (st != (rows[i].unit ? CM_OK : CM_EINPUT))
			fail_msg("%s: '%s' gave status %s", rows[i].why, rows[i].text,
				 cm_status_word(st));
		if (rows[i].unit && (v != rows[i].value || strcmp(unit_text(unit), rows[i].unit) != 0))
			fail_msg("%s: '%s' gave %g %s", rows[i].why, rows[i].text, v, unit_text(unit));
		if (!rows[i].unit && (err.why[0] == '\0' || !isnan(v) || unit))
			fail_msg("%s: '%s' was refused without a sentence", rows[i].why, rows[i].text);
	}
}

static void closes_and_opens(void **state)
{
	(void)state;
	units_close();
	assert_true(unit_is_money(u("USD")));
	units_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(factors), cmocka_unit_test(unknown_units),
		cmocka_unit_test(arithmetic), cmocka_unit_test(quantities),
		cmocka_unit_test(closes_and_opens),
	};
	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
