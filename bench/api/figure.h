/*
 * A figure: a number that cannot be separated from its unit, its interval and its basis.
 *
 * Every number that leaves the program travels as a struct figure. The basis says how it is known;
 * a figure derived from others carries the weakest of theirs. Missing is a state with a reason.
 */
#ifndef CM_API_FIGURE_H
#define CM_API_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

/* Strongest first. "derived" never appears in a chain by itself: cm_basis_weakest() passes over it. */
#define CM_BASES(X)                                                                                \
	X(CM_MEASURED,  "measured",  "by this program, samples in the store")                      \
	X(CM_PUBLISHED, "published", "a result somebody else measured and published")              \
	X(CM_QUOTED,    "quoted",    "a quotation made to the buyer")                              \
	X(CM_LISTED,    "listed",    "a public price list or data sheet")                          \
	X(CM_DERIVED,   "derived",   "arithmetic on figures that are all measured or exact")       \
	X(CM_MODELLED,  "modelled",  "computed by a model from other figures, no meter saw it")    \
	X(CM_ASSUMED,   "assumed",   "an assumption of the scenario or a default of ours")

enum cm_basis {
#define X(sym, word, says) sym,
	CM_BASES(X)
#undef X
	CM_BASIS_NR
};

struct figure {
	double value, lo, hi;   /* lo = hi = value where nothing is known of the spread */
	const char *unit;       /* "USD", "GB/s", "" for a plain number; static or owned by the holder */
	unsigned n;             /* launches (or repeats) behind it; 0 = not a measurement */
	enum cm_basis basis;
	const char *missing;    /* NULL, or why there is no value; value is then NaN */
};

const char *cm_basis_word(enum cm_basis b);
bool cm_basis_parse(const char *word, enum cm_basis *out);
enum cm_basis cm_basis_weakest(enum cm_basis a, enum cm_basis b);

struct figure cm_figure(double value, const char *unit, enum cm_basis basis);
struct figure cm_figure_range(double value, double lo, double hi, const char *unit, unsigned n,
			      enum cm_basis basis);
struct figure cm_figure_missing(const char *unit, const char *why);

/*
 * Value as text: significant digits follow the interval (two digits of its half width), at most 6,
 * at least 2 ("1,234", "0.0123", "1.23e+09"). Without an interval: digits, or 4 where digits is 0.
 * A missing figure prints "not measured: WHY". Never prints the unit or the basis.
 */
size_t cm_figure_print(const struct figure *f, int digits, char *out, size_t cap);

/* A bare number within a sentence that says what it is: "114,300", "0.0123", "77"; digits > 0. */
size_t cm_number_print(double v, int digits, char *out, size_t cap);

/*
 * The interval as text, "1,041,000 … 1,174,000": both ends to the last place that cm_figure_print()
 * writes of the value. Returns 0 and an empty text where nothing is known of the spread.
 */
size_t cm_figure_print_interval(const struct figure *f, int digits, char *out, size_t cap);

#endif
