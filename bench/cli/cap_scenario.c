/* See cap_scenario.h. The two lines are in reports/model/hardware.part and wall.part. */
#include "cli/cap_scenario.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

#define PLUG_LINE "plug_price"
#define HOUR_LINE "work_hour"

static bool has(struct deciding *d, const char *option, const char *line, struct figure *f,
		struct cm_err *err)
{
	char name[256];

	snprintf(name, sizeof name, "%s.%s", option, line);
	return d->decider->value(d->scenario, name, f, err) == CM_OK;
}

/* The option that was named, or the only one that has the lines. */
static enum cm_status choose(const struct args *a, struct deciding *d, const char **option,
			     struct cm_err *err)
{
	const char *const *name, *asked = args_get(a, "option"), *path = args_get(a, "scenario");
	const size_t n = d->decider->options(d->scenario, &name);
	struct figure f;
	size_t fit = 0;

	for (size_t i = 0; i < n; i++)
		if ((!asked || !strcmp(asked, name[i])) && has(d, name[i], PLUG_LINE, &f, NULL)) {
			*option = name[i];
			fit++;
		}
	if (fit == 1)
		return CM_OK;
	if (fit > 1)
		return cm_fail(err, CM_EINPUT, "%s: several options have servers of their own; name one: "
			       "--option %s", path, *option);
	return asked ? cm_fail(err, CM_EINPUT, "%s: no option '%s' with servers of its own, whose energy "
			       "and hours have a price", path, asked)
		     : cm_fail(err, CM_EINPUT, "%s: no option has servers of its own (kinds own, colo, "
			       "own_metered, colo_metered)", path);
}

/* A figure of money in money per J or s. */
static enum cm_status price(struct deciding *d, struct cap_prices *p, const char *option, const char *line,
			    const char *of, double *out, struct figure *f, struct cm_err *err)
{
	char name[256];
	const struct unit *from, *to;
	char want[40];
	double k = 1;

	snprintf(name, sizeof name, "%s.%s", option, line);
	enum cm_status st = d->decider->value(d->scenario, name, f, err);
	if (st)
		return st;
	/* The line is declared in money/kWh or money/h: the currency stands first. */
	snprintf(p->currency, sizeof p->currency, "%.*s", (int)strcspn(f->unit, "/"), f->unit);
	snprintf(want, sizeof want, "%s/%s", p->currency, of);
	from = unit_parse(f->unit, NULL);
	to = unit_parse(want, NULL);
	if (!from || !to || !unit_factor(from, to, &k))
		return cm_fail(err, CM_EINPUT, "%s is in %s: a price of a %s is expected", name, f->unit, of);
	if (!isfinite(f->value) || f->value < 0)
		return cm_fail(err, CM_EINPUT, "%s has no value at or above 0 in this scenario", name);
	*out = f->value * k;
	return CM_OK;
}

enum cm_status cap_scenario_read(const struct args *a, struct cap_prices *p, struct cm_err *err)
{
	struct deciding d;
	struct figure plug = { 0 }, hour = { 0 };
	const char *option = NULL;
	enum cm_status st = deciding_open_for(a, args_get(a, "scenario"), &d, err);

	if (st)
		return st;
	if (!d.decider->value || !d.decider->options) {
		deciding_close(&d);
		return cm_fail(err, CM_EINTERNAL, "this decider gives no single figures");
	}
	st = choose(a, &d, &option, err);
	if (!st)
		st = price(&d, p, option, PLUG_LINE, "J", &p->per_joule, &plug, err);
	if (!st)
		st = price(&d, p, option, HOUR_LINE, "s", &p->per_second, &hour, err);
	if (!st) {
		p->money = p->currency;
		snprintf(p->said, sizeof p->said, "Prices of option %s of %s: %.4g %s (" PLUG_LINE "), "
			 "%.4g %s (" HOUR_LINE ").",
			 option, args_get(a, "scenario"), plug.value, plug.unit, hour.value, hour.unit);
	}
	deciding_close(&d);
	return st;
}

size_t cap_scenario_all(struct deciding *d, struct pool *pool, struct cap_price *out, size_t most)
{
	const char *const *name;
	size_t n = 0, options;

	if (!d->decider->value || !d->decider->options)
		return 0;
	options = d->decider->options(d->scenario, &name);
	for (size_t i = 0; i < options && n < most; i++) {
		struct cap_prices p = { .work = 1 };
		struct figure plug = { 0 }, hour = { 0 };

		if (price(d, &p, name[i], PLUG_LINE, "J", &p.per_joule, &plug, NULL) ||
		    price(d, &p, name[i], HOUR_LINE, "s", &p.per_second, &hour, NULL))
			continue;
		out[n++] = (struct cap_price){
			.option = pool_dup(pool, name[i]), .money = pool_dup(pool, p.currency),
			.per_joule = p.per_joule, .per_second = p.per_second,
			.said = pool_printf(pool, "%.4g %s (" PLUG_LINE "), %.4g %s (" HOUR_LINE ")",
					    plug.value, plug.unit, hour.value, hour.unit),
		};
	}
	return n;
}
