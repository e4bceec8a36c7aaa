/* Figures: how bases combine and how a value becomes text of an honest length. */
#include "api/figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
#define X(sym, word, says) [sym] = word,
	CM_BASES(X)
#undef X
};

const char *cm_basis_word(enum cm_basis b)
{
	return (unsigned)b < CM_BASIS_NR ? words[b] : "?";
}

bool cm_basis_parse(const char *word, enum cm_basis *out)
{
	for (unsigned i = 0; i < CM_BASIS_NR; i++) {
		if (strcmp(word, words[i]) == 0) {
			*out = (enum cm_basis)i;
			return true;
		}
	}
	return false;
}

enum cm_basis cm_basis_weakest(enum cm_basis a, enum cm_basis b)
{
	if (a == CM_DERIVED)
		return b;
	if (b == CM_DERIVED)
		return a;
	return a > b ? a : b;
}

struct figure cm_figure_range(double value, double lo, double hi, const char *unit, unsigned n,
			      enum cm_basis basis)
{
	return (struct figure){ .value = value, .lo = lo, .hi = hi, .unit = unit, .n = n,
				.basis = basis };
}

struct figure cm_figure(double value, const char *unit, enum cm_basis basis)
{
	return cm_figure_range(value, value, value, unit, 0, basis);
}

struct figure cm_figure_missing(const char *unit, const char *why)
{
	return (struct figure){ .value = NAN, .lo = NAN, .hi = NAN, .unit = unit,
				.basis = CM_MEASURED, .missing = why };
}

/* Decimal exponent of v as it prints: floor(log10 |v|), 0 for 0. */
static int exponent(double v)
{
	return v == 0.0 ? 0 : (int)floor(log10(fabs(v)) + 1e-12);
}

/* Narrower than a billionth of the value is rounding of its arithmetic, not an interval. */
static bool spreads(const struct figure *f)
{
	const double half = (f->hi - f->lo) / 2.0;
	return isfinite(half) && half > 1e-9 * fabs(f->value);
}

/* Two digits of the half width: the last printed digit is the second digit of it. */
static int digits_of(const struct figure *f, int digits)
{
	const double half = (f->hi - f->lo) / 2.0;

	if (spreads(f))
		digits = exponent(f->value) - exponent(half) + 2;
	else if (digits <= 0)
		digits = 4;
	return digits < 2 ? 2 : digits > 6 ? 6 : digits;
}

/* Puts ',' between groups of three digits of the whole part of `plain`. */
static size_t grouped(const char *plain, char *out, size_t cap)
{
	const size_t sign = plain[0] == '-';
	const size_t whole = strcspn(plain + sign, ".");
	char text[64];
	size_t at = 0;

	for (size_t i = 0; plain[i] && at + 2 < sizeof text; i++) {
		const size_t left = whole + sign - i; /* digits up to the point, this one included */
		if (i > sign && i < whole + sign && left % 3 == 0)
			text[at++] = ',';
		text[at++] = plain[i];
	}
	text[at] = '\0';
	return (size_t)snprintf(out, cap, "%s", text);
}

/* trim: no zeros at the end of a fraction. */
static size_t to_digits(double value, int digits, bool trim, char *out, size_t cap)
{
	char e[64], plain[64];

	/* Rounded first, so that 999.96 with four digits is 1,000 and not 1000.0. */
	snprintf(e, sizeof e, "%.*e", digits - 1, value);
	const double v = strtod(e, NULL);
	const int x = exponent(v);
	if (v != 0.0 && (x >= 9 || x < -4))
		return (size_t)snprintf(out, cap, "%s", e);
	const int decimals = digits - 1 - x;
	snprintf(plain, sizeof plain, "%.*f", decimals > 0 ? decimals : 0, v);
	if (trim && strchr(plain, '.')) {
		size_t n = strlen(plain);

		while (plain[n - 1] == '0')
			n--;
		plain[plain[n - 1] == '.' ? n - 1 : n] = '\0';
	}
	return grouped(plain, out, cap);
}

size_t cm_figure_print(const struct figure *f, int digits, char *out, size_t cap)
{
	if (f->missing)
		return (size_t)snprintf(out, cap, "not measured: %s", f->missing);
	if (!isfinite(f->value))
		return (size_t)snprintf(out, cap, "%s", isnan(f->value) ? "not measured: no value"
						      : f->value > 0 ? "inf" : "-inf");
	return to_digits(f->value, digits_of(f, digits), false, out, cap);
}

size_t cm_number_print(double v, int digits, char *out, size_t cap)
{
	if (!isfinite(v))
		return (size_t)snprintf(out, cap, "%s", isnan(v) ? "nan" : v > 0 ? "inf" : "-inf");
	return to_digits(v, digits, true, out, cap);
}

/* v to `decimals` places after the point; a negative count rounds to tens, hundreds, …. */
static void to_place(double v, int decimals, bool scientific, char *out, size_t cap)
{
	char plain[400]; /* 1e308 in full */
	const double unit = pow(10.0, -decimals), round_to = decimals < 0 ? rint(v / unit) * unit : v;

	if (scientific) {
		const int d = exponent(v) + decimals;
		snprintf(out, cap, "%.*e", d < 0 ? 0 : d > 15 ? 15 : d, v);
		return;
	}
	snprintf(plain, sizeof plain, "%.*f", decimals > 0 ? decimals : 0, round_to);
	if (strspn(plain, "-0.") == strlen(plain) && plain[0] == '-')
		memmove(plain, plain + 1, strlen(plain)); /* no "-0.00" */
	grouped(plain, out, cap);
}

size_t cm_figure_print_interval(const struct figure *f, int digits, char *out, size_t cap)
{
	char e[64], lo[400], hi[400];

	if (cap)
		out[0] = '\0';
	if (f->missing || !isfinite(f->value) || !spreads(f))
		return 0;
	const int d = digits_of(f, digits);
	snprintf(e, sizeof e, "%.*e", d - 1, f->value);
	const int x = exponent(strtod(e, NULL));
	const bool scientific = f->value != 0.0 && (x >= 9 || x < -4);
	to_place(f->lo, d - 1 - x, scientific, lo, sizeof lo);
	to_place(f->hi, d - 1 - x, scientific, hi, sizeof hi);
	if (!strcmp(lo, hi)) { /* narrower than the six digits of the value: as many as tell them apart */
		snprintf(lo, sizeof lo, "%.12g", f->lo);
		snprintf(hi, sizeof hi, "%.12g", f->hi);
	}
	return (size_t)snprintf(out, cap, "%s \xe2\x80\xa6 %s", lo, hi);
}
