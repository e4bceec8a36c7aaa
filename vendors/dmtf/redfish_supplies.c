/*
 * EnvironmentMetrics and the supplies of PowerSubsystem with their Metrics.
 *
 * What stands as a supply's input is often its rating: that is no reading. Must not know the walk.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "redfish_walk.h"

#define RATING_SHARE 0.6 /* output below this share of "input": the input is no reading */
#define LOAD_SHARE 0.1   /* of a supply's rating: below it supplies may well waste so much */

/* ---- power and energy ---------------------------------------------------------------------------- */

static void add_energy(struct meter_ctx *c, const struct doc *d, const struct chassis *h, struct adding a,
		       const char *name)
{
	static const struct { const char *key; double joules; } counters[] = {
		{ "EnergyJoules", 1 }, { "EnergykWh", 3.6e6 },
	};

	for (size_t i = 0; i < CM_COUNT(counters); i++) {
		const struct cmj *at = cmj_get(d->json, counters[i].key);

		if (!at || cmj_is_null(at))
			continue;
		a.key = counters[i].key;
		a.joules = counters[i].joules;
		a.name = pool_printf(&c->pool, "%s%s%s", name, *name ? " " : "", a.key);
		redfish_add(c, d, h, &a);
	}
}

void redfish_metrics(struct meter_ctx *c, const struct doc *d, const struct chassis *h, struct adding a,
		     const char *name)
{
	const struct cmj *limit = cmj_get(cmj_get(d->json, "PowerLimitWatts"), "SetPoint");
	/* ConsumedPowerWatt: ProcessorMetrics before PowerWatts was there. */
	static const char *const keys[] = { "PowerWatts", "ConsumedPowerWatt" };

	if (d->st) {
		redfish_add_failed(c, d);
		return;
	}
	for (size_t i = 0; i < CM_COUNT(keys); i++) {
		if (!cmj_get(d->json, keys[i]))
			continue;
		a.key = keys[i];
		a.name = pool_printf(&c->pool, "%s%s%s", name, *name ? " " : "", a.key);
		redfish_note_limit(redfish_add(c, d, h, &a),
				   cmj_double(redfish_reading(d->json, a.key), NAN), cmj_double(limit, 0));
	}
	add_energy(c, d, h, a, name);
}

void redfish_environment(struct meter_ctx *c, const struct doc *d, const struct chassis *h)
{
	redfish_metrics(c, d, h, redfish_of_chassis(h, &c->pool), "");
}

/* ---- supplies ------------------------------------------------------------------------------------ */

/* W that a supply can give; 0 = not stated. */
static double capacity_of(const struct cmj *supply)
{
	const struct cmj *ranges = cmj_get(supply, "InputRanges");
	double most = cmj_double(cmj_get(supply, "PowerCapacityWatts"), 0);

	for (size_t i = 0; i < cmj_len(ranges) && most <= 0; i++) {
		const struct cmj *o = cmj_at(ranges, i);

		most = fmax(most, fmax(cmj_double(cmj_get(o, "OutputWattage"), 0),
				       cmj_double(cmj_get(o, "CapacityWatts"), 0)));
	}
	return most;
}

/* Why what stands as a supply's input cannot be one; NULL. */
static const char *no_input(struct pool *pool, double in, double out, double capacity)
{
	if (out > 1.02 * in)
		return pool_printf(pool, "not a reading: the supply gives %.6g W and takes %.6g W", out, in);
	if (capacity > 0 && out > LOAD_SHARE * capacity && out < RATING_SHARE * in)
		return pool_printf(pool, "not a reading but a rating: %.6g W in for %.6g W out is an "
				   "efficiency of %.0f %%", in, out, 100 * out / in);
	/* At its full load a supply takes more than it can give, but then it shows that it gives
	 * something. */
	if (capacity > 0 && (in == capacity || (in > capacity && !(out > 0))))
		return pool_printf(pool, "not a reading but a rating: %.6g W in, of a supply of %.6g W", in,
				   capacity);
	return NULL;
}

static bool is_off(const struct cmj *supply)
{
	static const char *const states[] = { "Absent", "Disabled", "StandbyOffline", "StandbySpare",
					      "UnavailableOffline" };
	const char *state = cmj_text(cmj_get(cmj_get(supply, "Status"), "State"), "");

	for (size_t i = 0; i < CM_COUNT(states); i++)
		if (!strcmp(states[i], state))
			return true;
	return false;
}

/* Key is there and says that there is nothing: null, or 0. Text ("220V") is something. */
static bool is_none(const struct cmj *o, const char *key)
{
	const struct cmj *v = cmj_get(o, key) ? redfish_reading(o, key) : NULL;

	return v && (cmj_is_null(v) || cmj_double(v, 1) == 0);
}

/* A supply that died or a blank in its bay: enabled it may be called, but it shows no line, no rating. */
static bool is_dead(const struct cmj *about, const struct cmj *metrics)
{
	return !strcmp(cmj_text(cmj_get(cmj_get(about, "Status"), "Health"), ""), "Critical") ||
	       is_none(about, "LineInputVoltage") || is_none(about, "PowerCapacityWatts") ||
	       is_none(metrics, "InputVoltage");
}

void redfish_supply(struct meter_ctx *c, const struct doc *d, const struct chassis *h, const char *id,
		    const char *prefix, const struct cmj *about)
{
	/* Of Power and of PowerSupplyMetrics; LastPowerOutputWatts: Power before PowerOutputWatts. */
	const bool old = *prefix != '\0';
	const char *out_key = !old ? "OutputPowerWatts" :
			      cmj_get(about, "PowerOutputWatts") ? "PowerOutputWatts" :
								   "LastPowerOutputWatts";
	const char *in_key = old ? "PowerInputWatts" : "InputPowerWatts";
	const char *in_at = pool_printf(&c->pool, "%s%s", prefix, in_key);
	const char *out_at = pool_printf(&c->pool, "%s%s", prefix, out_key);
	const struct doc *din = d, *dout = d;

	redfish_excerpt(c, &din, &in_at);
	redfish_excerpt(c, &dout, &out_at);
	const struct cmj *in = redfish_reading(din->json, in_at), *out = redfish_reading(dout->json, out_at);
	const double win = cmj_double(in, NAN), wout = cmj_double(out, NAN), capacity = capacity_of(about);
	const char *covers = pool_printf(&c->pool, "power supply %s", id);
	struct adding a = { .scope = CM_SCOPE_WALL, .covers = covers, .key = in_at,
			    .name = pool_printf(&c->pool, "supply %s input", id), .supply = id,
			    /* What gives nothing takes next to nothing. */
			    .off = is_off(about) || (wout == 0 && !(win > 0)) ||
				   (isnan(win) && isnan(wout) && is_dead(about, d->json)) };
	struct meter_channel *ch;

	/* One that tells nothing may take something: the others are not all. */
	if (in || (!out && !a.off)) {
		a.why = h->extent == MORE ? h->why : no_input(&c->pool, win, wout, capacity);
		a.covers = a.why ? NULL : covers;
		ch = redfish_add(c, din, h, &a);
		if (ch->st == CM_OK && win > 0 && wout >= 0.995 * win)
			snprintf(ch->note, sizeof ch->note, "%s: input and output are the same %.6g W, "
				 "which no supply does", ch->name, win);
		else if (ch->st == CM_OK && capacity > 0 && win > 1.5 * capacity)
			snprintf(ch->note, sizeof ch->note, "%s: %.6g W is above its rating of %.6g W",
				 ch->name, win, capacity);
	}
	if (out) {
		a = (struct adding){ .scope = CM_SCOPE_NODE, .covers = covers, .aside = true,
				     .key = out_at, .name = pool_printf(&c->pool, "supply %s output", id),
				     .supply = id, .off = a.off };
		if (wout > 0 && wout == capacity) { /* LastPowerOutputWatts of some iDRACs */
			a.covers = NULL;
			a.why = pool_printf(&c->pool, "not a reading but a rating: %.6g W out, of a "
					    "supply of %.6g W", wout, capacity);
		}
		redfish_add(c, dout, h, &a);
	}
}

void redfish_supply_metrics(struct meter_ctx *c, const struct doc *m, const struct chassis *h,
			    const char *id, const struct cmj *about)
{
	struct adding a = { .scope = CM_SCOPE_WALL, .supply = id };

	if (m->st) {
		redfish_add_failed(c, m);
		return;
	}
	redfish_supply(c, m, h, id, "", about);
	a.covers = h->extent == MORE ? NULL : pool_printf(&c->pool, "power supply %s", id);
	a.why = h->why;
	add_energy(c, m, h, a, pool_printf(&c->pool, "supply %s", id));
}

void redfish_subsystem(struct meter_ctx *c, const struct cmj *o, const struct chassis *h)
{
	const char *path = redfish_below(c, o, h->path, "PowerSubsystem"), *const *member = NULL;
	const struct doc *d = path ? redfish_doc(c, path) : NULL;
	size_t n;

	if (!d)
		return;
	path = redfish_below(c, d->st ? NULL : d->json, path, "PowerSupplies");
	n = path ? redfish_members(c, path, &member) : 0;
	for (size_t i = 0; i < n; i++)
		redfish_want(c, member[i]);
	redfish_fetch(c);
	/* All that they name is asked for before any is looked at. */
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < n; i++) {
			const struct doc *s = redfish_doc(c, member[i]);
			const char *metrics = redfish_below(c, s->st ? NULL : s->json, member[i], "Metrics");

			if (!metrics || (!s->st && !redfish_is_there(s->json)))
				continue;
			if (pass)
				redfish_supply_metrics(c, redfish_doc(c, metrics), h,
						       redfish_last_part(c, member[i]), s->json);
			else
				redfish_want(c, metrics);
		}
		redfish_fetch(c);
	}
}
