/* Prices that a sweep of power caps is judged by: --energy-price and --time-price, or --scenario; --work. */
#ifndef CM_CLI_CAP_PRICES_H
#define CM_CLI_CAP_PRICES_H

#include "cli/opt.h"

struct cap_prices {
	double per_joule, per_second, work;
	const char *money;       /* NULL: no price was given */
	char currency[16];       /* where money is a scenario's */
	unsigned devices;        /* of the scenario's server, 0 = not asked */
	char said[400];          /* a sentence on where they are from, "" */
};

enum cm_status cap_prices_read(const struct args *a, struct cap_prices *p, struct cm_err *err);
/* The sentence on where they are from, where there is one. */
void cap_prices_print(const struct cap_prices *p);

#endif
