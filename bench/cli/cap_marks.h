/* Which caps of a sweep are of least energy and of least cost, in words and in JSON. */
#ifndef CM_CLI_CAP_MARKS_H
#define CM_CLI_CAP_MARKS_H

#include "base/cap_curve.h"
#include "base/json.h"
#include "cli/cap_prices.h"

struct cap_marks {
	const struct power_caps *caps;
	const struct cap_prices *prices;
	struct cap_least energy, cost; /* cost.best n: no prices, or no figures */
};

struct cap_marks cap_marks_of(const struct power_caps *c, const struct cap_prices *p);
/* "least energy, among the least cost"; "" for the others. */
void cap_marks_text(const struct cap_marks *m, size_t i, char *out, size_t cap);
/* Half width of the cost, else of the energy, as a share: "±1.2 %"; "-": not known. */
void cap_marks_band(const struct cap_marks *m, size_t i, char *out, size_t cap);
/* A sentence where caps are not told apart, or where one try each tells nothing of it. */
void cap_marks_print(const struct cap_marks *m);
/* least_energy_w, least_energy_alike_w[] and the same of cost. */
void cap_marks_json(const struct cap_marks *m, struct cmj *o);

#endif
