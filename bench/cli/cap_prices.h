/* Prices that a sweep of power caps is judged by: --energy-price, --time-price, --work. */
#ifndef CM_CLI_CAP_PRICES_H
#define CM_CLI_CAP_PRICES_H

#include "cli/opt.h"

struct cap_prices {
	double per_joule, per_second, work;
	const char *money;       /* NULL: no price was given */
};

enum cm_status cap_prices_read(const struct args *a, struct cap_prices *p, struct cm_err *err);

#endif
