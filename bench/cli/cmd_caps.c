/*
 * `costmark caps FILE`: energy, time and money of the same work under different power caps, and the
 * cap at which it costs least at the prices given. Energy alone wants a low cap, the hour of a
 * device a high one.
 */
#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "base/textable.h"
#include "cli/cap_marks.h"
#include "cli/cap_prices.h"
#include "cli/opt.h"
#include "engine/power_caps.h"

static struct cmj *cap_json(const struct power_cap *c, const struct cap_prices *p)
{
	struct cmj *o = cmj_object();

	cmj_set(o, "cap_w", cmj_number(c->watts));
	cmj_set(o, "seconds", cmj_number(c->seconds));
	cmj_set(o, "joules", cmj_number(c->joules));
	cmj_set(o, "tries", cmj_int(c->tries));
	cmj_set(o, "joules_per_unit", cmj_number(c->joules / p->work));
	cmj_set(o, "watts", cmj_number(c->joules / c->seconds));
	cmj_set(o, "cost_per_unit", p->money ?
		cmj_number(power_cap_cost(c, p->per_joule, p->per_second) / p->work) : cmj_null());
	/* Half widths of the means' 95 % intervals; null with one try. */
	cmj_set(o, "seconds_half", cmj_number(c->half_seconds));
	cmj_set(o, "joules_half", cmj_number(c->half_joules));
	cmj_set(o, "cost_per_unit_half", p->money ?
		cmj_number(power_cap_half(c, p->per_joule, p->per_second) / p->work) : cmj_null());
	return o;
}

static void print_json(const struct power_caps *c, const struct cap_prices *p)
{
	const struct cap_marks m = cap_marks_of(c, p);
	struct cmj *doc = cmj_document("caps"), *list = cmj_array();

	for (size_t i = 0; i < c->n; i++)
		cmj_push(list, cap_json(&c->cap[i], p));
	cmj_set(doc, "caps", list);
	cmj_set(doc, "scope", cmj_string("device"));
	cmj_set(doc, "devices", cmj_int(c->devices));
	cmj_set(doc, "money", cmj_string(p->money));
	cmj_set(doc, "prices", cmj_string(*p->said ? p->said : NULL));
	cap_marks_json(&m, doc);
	cmd_print_json(doc);
}

static void print_text(const struct power_caps *c, const struct cap_prices *p)
{
	const struct cap_marks m = cap_marks_of(c, p);
	char money[64], text[80];
	const char *const titles[] = {"cap W",      "tries", "time s", "energy J", "average W",
				      "J per unit", money,   "±",      ""};
	struct textable *t;

	snprintf(money, sizeof money, "%s per unit", p->money ? p->money : "price");
	t = textable_new("rrrrrrrrl", titles);
	for (size_t i = 0; i < c->n; i++) {
		const struct power_cap *k = &c->cap[i];

		textable_cellf(t, "%.6g", k->watts);
		textable_cellf(t, "%u", k->tries);
		textable_cellf(t, "%.4g", k->seconds);
		textable_cellf(t, "%.5g", k->joules);
		textable_cellf(t, "%.4g", k->joules / k->seconds);
		textable_cellf(t, "%.5g", k->joules / p->work);
		if (p->money)
			textable_cellf(t, "%.4g",
				       power_cap_cost(k, p->per_joule, p->per_second) / p->work);
		else
			textable_cell(t, "not given");
		cap_marks_band(&m, i, text, sizeof text);
		textable_cell(t, text);
		cap_marks_text(&m, i, text, sizeof text);
		textable_cell(t, text);
	}
	textable_print(t, stdout, 0);
	putchar('\n');
	cap_marks_print(&m);
	printf("Scope: %u device%s; hosts, supplies and cooling are not in these joules.\n",
	       c->devices, c->devices == 1 ? "" : "s");
	cap_prices_print(p);
	if (*p->said)
		printf("The hours are of a server with %u device%s; this table has %u of them.\n", p->devices,
		       p->devices == 1 ? "" : "s", c->devices);
}

/* A scenario's hours are of a server; the table may be of some of its devices. */
static enum cm_status share_of_server(const struct args *a, const struct power_caps *c,
				      struct cap_prices *p, struct cm_err *err)
{
	unsigned long all = c->devices;
	const enum cm_status st = args_count_of(a, "devices", &all, err);

	if (st)
		return st;
	if (args_has(a, "devices") && !args_has(a, "scenario"))
		return cm_fail(err, CM_EINPUT,
			       "--devices are those of a scenario's server: add --scenario FILE");
	if (all < c->devices)
		return cm_fail(err, CM_EINPUT, "--devices %lu: the table has %u devices, so the server has "
			       "at least as many", all, c->devices);
	p->per_second *= c->devices / (double)all;
	p->devices = (unsigned)all;
	return CM_OK;
}

static int caps(const struct args *a)
{
	struct power_caps c = { 0 };
	struct cap_prices p;
	struct cm_err err = { CM_OK, "" };
	enum cm_status st = cap_prices_read(a, &p, &err);

	if (!st)
		st = power_caps_read(a->argv[0], &c, &err);
	if (!st)
		st = share_of_server(a, &c, &p, &err);
	if (!st && args_has(a, "json"))
		print_json(&c, &p);
	else if (!st)
		print_text(&c, &p);
	power_caps_free(&c);
	return st ? cmd_fail(a, &err) : CM_EXIT_OK;
}

const struct command cmd_caps = {
	.name = "caps",
	.usage = "costmark caps FILE.csv [--energy-price PRICE] [--time-price PRICE] [--work N]\n"
		 "       costmark caps FILE.csv --scenario FILE [--option NAME] [--devices N] [--work N]",
	.summary = "energy and money against power cap, and the cap of least cost",
	.examples = "  costmark caps sweep.csv --energy-price '0.12 USD/kWh'\n"
		    "  costmark caps sweep.csv --energy-price '0.12 USD/kWh' --time-price '2.50 "
		    "USD/hour'\n",
	.min_words = 1,
	.max_words = 1,
	.run = caps,
};
