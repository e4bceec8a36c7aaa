/*
 * Units: UDUNITS-2 plus money, tokens, devices and the other counted things of this trade.
 * Money of two currencies never mixes; a month is a year/12, a year 365.25 days, unless a model says
 * otherwise (conventions are inputs, tco_models.md section 5).
 */
#ifndef CM_BASE_UNITS_H
#define CM_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>

#include "api/status.h"

struct unit; /* immutable, shared, lives until units_close() */

/* "USD/kWh", "W", "token/s", "1", "%", "USD/month". NULL and a sentence when unknown. */
const struct unit *unit_parse(const char *text, struct cm_err *err);
const struct unit *unit_one(void);
const struct unit *unit_mul(const struct unit *a, const struct unit *b);
const struct unit *unit_div(const struct unit *a, const struct unit *b);
const struct unit *unit_pow(const struct unit *a, int n);
const struct unit *unit_root(const struct unit *a, int n); /* NULL: no whole root */
bool unit_same_kind(const struct unit *a, const struct unit *b); /* convertible by a factor */
/* factor with value_in_to = value_in_from * factor; false when of another kind. */
bool unit_factor(const struct unit *from, const struct unit *to, double *factor);
const char *unit_text(const struct unit *u); /* as it was first written, or a canonical form */
bool unit_is_money(const struct unit *u);    /* a pure currency, to the power of one */

/* "0.09 USD/kWh", "4 year", "75 %", "1,5" is refused. Number first; unit may be missing (= 1). */
enum cm_status quantity_parse(const char *text, double *value, const struct unit **unit,
			      struct cm_err *err);
void units_close(void);

#endif
