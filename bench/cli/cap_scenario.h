/* Prices that a sweep of power caps is judged by, from a scenario: what a metered kWh costs one of its
 * options, and what an hour of work of its server costs beside the energy. */
#ifndef CM_CLI_CAP_SCENARIO_H
#define CM_CLI_CAP_SCENARIO_H

#include "cli/cap_prices.h"

/* Of --scenario and --option. CM_EINPUT where no option, or more than one, has such prices. */
enum cm_status cap_scenario_read(const struct args *a, struct cap_prices *p, struct cm_err *err);

#endif
