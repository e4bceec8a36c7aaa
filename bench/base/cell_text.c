/* Figures and cells as plain text (see cell_text.h). Knows no format: nothing is escaped here. */
#include "base/cell_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void number_text(struct str *out, double v)
{
	char text[40];

	if (!isfinite(v))
		return;
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v) /* exactly: else one digit more */
			break;
	}
	str_add(out, strcmp(text, "-0") ? text : "0");
}

bool figure_is_missing(const struct figure *f)
{
	return f->missing || isnan(f->value);
}

/* Commas between groups of three digits of the whole part; texts with an exponent stay. */
static void grouped_text(struct str *out, const char *plain)
{
	const size_t whole = strspn(plain + (*plain == '-'), "0123456789") + (*plain == '-');

	if (strchr(plain, 'e')) {
		str_add(out, plain);
		return;
	}
	for (size_t i = 0; plain[i]; i++) {
		if (i > (size_t)(*plain == '-') && i < whole && (whole - i) % 3 == 0)
			str_addc(out, ',');
		str_addc(out, plain[i]);
	}
}

/* Every digit that means something: whole numbers in full, others to 12 digits, since the 17th of a
 * product (30.272000000000002) is rounding. */
static void all_digits(struct str *out, double v)
{
	char plain[40];

	if (v == floor(v) && fabs(v) < 1e15)
		snprintf(plain, sizeof plain, "%.0f", v);
	else
		snprintf(plain, sizeof plain, "%.12g", v);
	grouped_text(out, strcmp(plain, "-0") ? plain : "0");
}

void figure_text(struct str *out, const struct figure *f, bool exact)
{
	char text[96];

	if (figure_is_missing(f)) {
		str_addf(out, "not measured: %s", f->missing && *f->missing ? f->missing : "no value");
	} else if (isfinite(f->value) && (exact || (f->value == 0.0 && !(f->hi > f->lo)))) {
		all_digits(out, f->value);
	} else {
		cm_figure_print(f, 0, text, sizeof text);
		str_add(out, text);
	}
}

void interval_text(struct str *out, const struct figure *f)
{
	char text[900];

	cm_figure_print_interval(f, 0, text, sizeof text);
	str_add(out, text);
}

const char *own_unit(const struct figure *f, const char *column_unit)
{
	const char *unit = or_empty(f->unit);
	return figure_is_missing(f) || !strcmp(unit, or_empty(column_unit)) ? "" : unit;
}

const char *better_mark(char better)
{
	return better == 'h' ? "\xe2\x86\x91" : better == 'l' ? "\xe2\x86\x93" : "";
}

const char *better_words(char better)
{
	return better == 'h' ? "higher is better" : better == 'l' ? "lower is better" : "";
}
