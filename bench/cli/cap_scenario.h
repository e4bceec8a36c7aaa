/* Prices that a sweep of power caps is judged by, from a scenario: what a metered kWh costs one of its
 * options, and what an hour of work of its server costs beside the energy. */
#ifndef CM_CLI_CAP_SCENARIO_H
#define CM_CLI_CAP_SCENARIO_H

#include "cli/cap_prices.h"
#include "cli/deciding.h"

/* Of --scenario and --option. CM_EINPUT where no option, or more than one, has such prices. */
enum cm_status cap_scenario_read(const struct args *a, struct cap_prices *p, struct cm_err *err);

/* Of each option that has such prices, at most `most`: for a report. Texts live in the pool. */
size_t cap_scenario_all(struct deciding *d, struct pool *pool, struct cap_price *out, size_t most);

#endif
