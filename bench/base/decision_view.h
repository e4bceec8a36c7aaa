/* Reading a decision: what the verdict on the terminal and the sections of the report both say of it. */
#ifndef CM_BASE_DECISION_VIEW_H
#define CM_BASE_DECISION_VIEW_H

#include "api/report.h"

const struct option_result *decision_option(const struct decision *d, const char *name); /* or NULL */
/* Label of an option by its name; the name where there is none of it. */
const char *decision_label(const struct decision *d, const char *name);
/* Options with a present value that are not left out, in the decision's order (cheapest first): an
 * array of at most d->noptions, in the pool. */
size_t decision_ranked(const struct decision *d, struct pool *pool,
		       const struct option_result *const **out);
/* The cheapest option; NULL where the decision names none. */
const struct option_result *decision_cheapest(const struct decision *d);
/* The crossing of the cheapest option that lies nearest to where the scenario stands: by utilisation, else
 * by month; else the entry that says why there is none. NULL: nothing to cross. */
const struct break_even *decision_break(const struct decision *d);

/* A path as a reader wants it: below the data folder, where it lies there. */
const char *report_path(const struct report_data *r, const char *path);

/* What a stamp means, one sentence. */
const char *decision_stamp_says(enum cm_stamp s);

#endif
