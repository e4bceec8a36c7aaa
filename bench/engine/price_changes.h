/* How prices moved: between two states of the store, and over time for one offer. */
#ifndef CM_ENGINE_PRICE_CHANGES_H
#define CM_ENGINE_PRICE_CHANGES_H

#include "engine/price_store.h"

/* A state: one import (id), or all that was current on a day (date, "2026-07-28"). */
struct price_state { int64_t import; const char *date; };

struct price_change {
	const char *what;             /* "moved", "new", "gone" */
	/* detail: payment, system, tenancy, licence, … */
	const char *vendor, *offer, *label, *region, *detail;
	const char *before, *after;   /* prices as printed, "" = none; upfront payments as " + N once" */
	const char *currency, *unit;
	double ratio;                 /* after / before where both are one number, else NaN */
	const char *file, *line;      /* of the newer row, of the older where it is gone */
};
typedef bool price_changed(const struct price_change *c, void *user);

/* What moved, what is new, what is gone, in this order; same prices are only counted. */
enum cm_status price_store_diff(struct price_store *s, struct price_state a, struct price_state b,
				price_changed *each, void *user, uint64_t *same, struct cm_err *err);

#endif
