/* Figures and cells of a report as plain text: what every writer prints before it escapes. */
#ifndef CM_BASE_CELL_TEXT_H
#define CM_BASE_CELL_TEXT_H

#include "api/report.h"
#include "base/str.h"

/* The fewest digits that read back as v, "1234567.89"; nothing for NaN and infinities. */
void number_text(struct str *out, double v);
/* A figure without its unit: the value, or "not measured: why". exact: all digits, grouped. */
void figure_text(struct str *out, const struct figure *f, bool exact);
/* "lo … hi"; nothing where there is no interval. */
void interval_text(struct str *out, const struct figure *f);
bool figure_is_missing(const struct figure *f); /* no value: its text says why */
/* The unit that a figure must say itself, "" where its column says it already. */
const char *own_unit(const struct figure *f, const char *column_unit);
/* A text that may be NULL. */
static inline const char *or_empty(const char *s) { return s ? s : ""; }
/* Arrow and words of a column's better side; "" where neither is. */
const char *better_mark(char better);
const char *better_words(char better);

#endif
