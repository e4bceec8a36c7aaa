/* See cap_prices.h. */
#include "cli/cap_prices.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/units.h"
#include "cli/cap_scenario.h"

/* "0.12 USD/kWh" to money per joule; of: "J" or "s". */
static enum cm_status price(const struct args *a, const char *option, const char *of, double *out,
			    const struct unit **money, struct cm_err *err)
{
	const char *text = args_get(a, option);
	const struct unit *unit, *per, *currency;
	double v;
	enum cm_status st;
	struct cm_err why = { CM_OK, "" };

	if (!text)
		return CM_OK;
	st = quantity_parse(text, &v, &unit, &why);
	if (st)
		return cm_fail(err, CM_EINPUT, "--%s: %s", option, why.why);
	per = unit_parse(of, err);
	if (!per)
		return CM_EINTERNAL;
	currency = unit_mul(unit, per);
	for (const char *const *c =
		     (const char *const[]){"USD", "EUR", "GBP", "JPY", "CNY", "CHF", NULL};
	     *c; c++) {
		const struct unit *u = unit_parse(*c, NULL);
		double factor;

		if (!u || !unit_factor(currency, u, &factor))
			continue;
		if (*money && !unit_same_kind(*money, u))
			return cm_fail(err, CM_EINPUT,
				       "--%s %s: the other price is in %s; give both in one "
				       "currency",
				       option, text, unit_text(*money));
		if (v < 0)
			break;
		*money = u;
		*out = v * factor;
		return CM_OK;
	}
	return cm_fail(err, CM_EINPUT, "--%s %s: a price such as \"%s\" is expected", option, text,
		       *of == 'J' ? "0.12 USD/kWh" : "2.50 USD/hour");
}

enum cm_status cap_prices_read(const struct args *a, struct cap_prices *p, struct cm_err *err)
{
	const struct unit *money = NULL;
	const char *work = args_get(a, "work");
	char *end = NULL;
	enum cm_status st = CM_OK;

	*p = (struct cap_prices){ .work = 1 };
	if (args_has(a, "scenario") && (args_has(a, "energy-price") || args_has(a, "time-price")))
		return cm_fail(err, CM_EINPUT, "--scenario has prices of energy and time of its own: leave "
			       "--energy-price and --time-price out");
	if (args_has(a, "option") && !args_has(a, "scenario"))
		return cm_fail(err, CM_EINPUT, "--option names one of a scenario's: add --scenario FILE");
	if (args_has(a, "scenario"))
		st = cap_scenario_read(a, p, err);
	if (!st)
		st = price(a, "energy-price", "J", &p->per_joule, &money, err);
	if (!st)
		st = price(a, "time-price", "s", &p->per_second, &money, err);
	if (work)
		p->work = strtod(work, &end);
	if (!st && (!(p->work > 0) || !isfinite(p->work) || (end && *end)))
		st = cm_fail(err, CM_EINPUT, "--work %s: a number of units above 0 is expected",
			     work);
	if (money)
		p->money = unit_text(money);
	return st;
}

void cap_prices_print(const struct cap_prices *p)
{
	struct str safe = { 0 };

	if (!*p->said)
		return;
	esc_terminal(&safe, p->said);
	puts(str_get(&safe));
	str_free(&safe);
}
