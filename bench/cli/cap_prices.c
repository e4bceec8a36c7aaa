/* See cap_prices.h. */
#include "cli/cap_prices.h"

#include <math.h>
#include <stdlib.h>

#include "base/units.h"

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
	enum cm_status st = price(a, "energy-price", "J", &p->per_joule, &money, err);

	if (!st)
		st = price(a, "time-price", "s", &p->per_second, &money, err);
	p->work = work ? strtod(work, &end) : 1;
	if (!st && (!(p->work > 0) || !isfinite(p->work) || (end && *end)))
		st = cm_fail(err, CM_EINPUT, "--work %s: a number of units above 0 is expected",
			     work);
	p->money = money ? unit_text(money) : NULL;
	return st;
}
