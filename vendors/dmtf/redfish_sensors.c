/*
 * The Sensors of a chassis that no other resource repeats.
 *
 * ReadingType says what a sensor reads and ReadingUnits (UCUM) in what; where they disagree it is no
 * reading. PhysicalContext says where it sits, which of several does not tell what it feeds. Must not
 * know the walk.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "redfish_walk.h"

#define LIKE 0.1 /* readings of one thing at nearly one moment */

/* Is it already a channel, as what another resource repeats? */
static bool repeated(const struct meter_ctx *c, const char *path)
{
	for (size_t i = 0; i < c->n; i++)
		if (redfish_same(c->point[i].sensor, path))
			return true;
	return false;
}

static bool is_machines(const struct cmj *o)
{
	const char *context = cmj_text(cmj_get(o, "PhysicalContext"), "");
	const char *side = cmj_text(cmj_get(o, "PhysicalSubContext"), "");
	const char *parent = cmj_text(cmj_get(cmj_get(o, "Oem"), "ParentalContext"), "");

	return (!strcmp(context, "Chassis") && strcmp(side, "Output") != 0) ||
	       /* Cray EX: the node's input regulator, named by the maker. */
	       (!strcmp(context, "VoltageRegulator") && !strcmp(side, "Input") &&
		!strcmp(parent, "Chassis") && !strcmp(cmj_text(cmj_get(o, "Name"), ""), "Node"));
}

/* Do chassis inside of this one show their own power? */
static bool holds_readers(const struct meter_ctx *c, const struct chassis *h)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->point[i].of && c->point[i].of->in == h && !c->channel[i].st)
			return true;
	return false;
}

/* A sensor of a chassis whose parts show their power themselves: of a part that is all of that chassis; of
 * what holds more, it feeds them and would be counted beside them. One that names a device is that
 * device's. */
static void set_around(struct meter_ctx *c, const struct cmj *o, const struct chassis *h, struct adding *a)
{
	const struct cmj *list = cmj_get(o, "RelatedItem");
	const struct adding of = redfish_of_chassis(h, &c->pool);

	for (size_t i = 0; i < cmj_len(list); i++) {
		const char *id = cmj_text(cmj_get(cmj_at(list, i), "@odata.id"), "");

		if (strstr(id, "/Processors/") || strstr(id, "/Memory/"))
			return;
	}
	if (h->extent == A_PART) {
		a->covers = of.covers;
		a->scope = of.scope;
	} else if (h->extent == MORE) {
		a->covers = NULL;
		a->why = "it feeds parts that show their power themselves, so it is in no sum";
	}
}

static void sensor_extent(struct meter_ctx *c, const struct cmj *o, const struct chassis *h, const char *id,
			  struct adding *a)
{
	const char *context = cmj_text(cmj_get(o, "PhysicalContext"), "");
	const char *side = cmj_text(cmj_get(o, "PhysicalSubContext"), "");

	if (is_machines(o)) {
		const struct adding of = redfish_of_chassis(h, &c->pool);

		a->scope = of.scope;
		a->covers = of.covers;
		a->aside = of.aside;
		a->why = of.why;
	} else if (cm_starts(context, "PowerSupply")) {
		a->scope = !strcmp(side, "Output") ? CM_SCOPE_NODE : CM_SCOPE_WALL;
		a->aside = !strcmp(side, "Output");
		a->why = h->extent == MORE ? h->why :
			 "which side of the supply this sensor reads is not stated";
		if (redfish_shows_supplies(c, h, a->scope))
			a->why = "the supply's own resource shows it";
		else if (*side && h->extent != MORE)
			a->covers = pool_printf(&c->pool, "power supply, sensor %s", id);
	} else if (h->contains && holds_readers(c, h) && redfish_of_context(h, context, id, a, &c->pool)) {
		set_around(c, o, h, a);
	} else if (!redfish_of_context(h, context, id, a, &c->pool)) {
		a->why = h->extent == MORE && *context ? h->why :
			 "what this sensor feeds is not stated, so it is in no sum";
	}
}

/* What one unit of a reading is. false: of another kind than its type says, or not of energy or power. */
static bool units_of(struct meter_ctx *c, const struct cmj *o, struct adding *a)
{
	static const struct { const char *unit; bool energy; double factor; } units[] = {
		{ "W", false, 1 }, { "mW", false, 1e-3 }, { "kW", false, 1e3 }, { "MW", false, 1e6 },
		{ "Watts", false, 1 }, { "Watt", false, 1 },
		{ "J", true, 1 }, { "mJ", true, 1e-3 }, { "kJ", true, 1e3 }, { "MJ", true, 1e6 },
		{ "Joules", true, 1 }, { "W.h", true, 3600 }, { "Wh", true, 3600 },
		{ "kW.h", true, 3.6e6 }, { "kWh", true, 3.6e6 },
	};
	static const struct { const char *type; bool energy; double factor; } types[] = {
		{ "Power", false, 1 }, { "EnergyJoules", true, 1 }, { "EnergyWh", true, 3600 },
		{ "EnergykWh", true, 3.6e6 },
	};
	const char *type = cmj_text(cmj_get(o, "ReadingType"), "");
	const char *unit = cmj_text(cmj_get(o, "ReadingUnits"), "");
	size_t t = 0, u = 0;

	while (t < CM_COUNT(types) && strcmp(types[t].type, type) != 0)
		t++;
	while (u < CM_COUNT(units) && strcmp(units[u].unit, unit) != 0)
		u++;
	if (t == CM_COUNT(types) && (*type || u == CM_COUNT(units)))
		return false;
	/* States ("PSU1 Failure") that are typed as power, with units that are said to be none. */
	if (cmj_is_string(cmj_get(o, "ReadingUnits")) && !*unit && !cmj_get(o, "PhysicalContext"))
		return false;
	const bool known = u < CM_COUNT(units), typed = t < CM_COUNT(types); /* one of them, here */
	const bool energy = typed ? types[t].energy : known && units[u].energy;
	const double factor = known ? units[u].factor : typed ? types[t].factor : 1;

	if (energy)
		a->joules = factor;
	else
		a->watts = factor;
	if (*unit && (!known || units[u].energy != energy)) {
		a->covers = NULL;
		a->why = pool_printf(&c->pool, "its ReadingType is %s, but its ReadingUnits are '%.20s': not "
				     "taken for either", type, unit);
	}
	return true;
}

/* At the beginning of a word: "CPU_0_EnforcedEDPp_0", not "SHAREDPOWER". */
static bool has_word(const char *text, const char *word)
{
	for (const char *p = text; (p = strstr(p, word)); p++)
		if (p == text || !isupper((unsigned char)p[-1]))
			return true;
	return false;
}

/* What is no power that anything draws, by what the sensor says of itself. A name never says what a
 * reading is, but here that it is none. EDP: electrical design point, of NVIDIA's processors. */
static const char *no_draw(struct meter_ctx *c, const struct cmj *o, const char *id)
{
	static const char *const words[] = { "EDP", "Limit", "limit", "LIMIT", "Headroom" };
	const char *basis = cmj_text(cmj_get(o, "ReadingBasis"), "");

	if (*basis && strcmp(basis, "Zero") != 0)
		return pool_printf(&c->pool, "its ReadingBasis is %.30s: not what is drawn", basis);
	for (size_t i = 0; i < CM_COUNT(words); i++)
		if (has_word(id, words[i]))
			return "by its name a limit, not what is drawn";
	return NULL;
}

/* Some chassis show their limits as sensors of power. */
static const char *a_limit(struct meter_ctx *c, const struct chassis *h, const struct cmj *o)
{
	static const char *const keys[] = { "SetPoint", "AllowableMax" };
	const double reading = cmj_double(cmj_get(o, "Reading"), NAN);
	char *path = cm_printf_dup("%s/EnvironmentMetrics", h->path);
	const char *why = NULL;

	for (size_t i = 0; i < c->docs; i++) {
		const struct cmj *limit = cmj_get(c->doc[i]->json, "PowerLimitWatts");

		for (size_t k = 0; k < CM_COUNT(keys) && redfish_same(c->doc[i]->path, path) && !why; k++)
			if (reading > 0 && cmj_double(cmj_get(limit, keys[k]), NAN) == reading)
				why = pool_printf(&c->pool, "reads %.6g W, which is the power limit "
						  "(%s) of %s", reading, keys[k], h->id);
	}
	free(path);
	return why;
}

void redfish_sensor(struct meter_ctx *c, const struct doc *d, const struct chassis *h)
{
	const char *id = pool_dup(&c->pool, cmj_text(cmj_get(d->json, "Id"), redfish_last_part(c, d->path)));
	struct adding a = { .name = id, .key = "Reading" };
	const char *limit;

	if (d->st) {
		redfish_add_failed(c, d);
		return;
	}
	if (!redfish_is_there(d->json))
		return;
	sensor_extent(c, d->json, h, id, &a);
	if (!units_of(c, d->json, &a))
		return;
	if (a.covers && ((limit = no_draw(c, d->json, id)) ||
			 (!a.joules && (limit = a_limit(c, h, d->json))))) {
		a.covers = NULL;
		a.why = limit;
	}
	redfish_add(c, d, h, &a);
}

/* Sensors of one chassis that each would be the machine and read different powers: none is known to be. */
static void refuse_unlike(struct meter_ctx *c, const struct chassis *h, size_t from)
{
	double lo = INFINITY, hi = 0, v = 0;
	enum cm_status st;
	size_t n = 0;

	for (int pass = 0; pass < 2 && (!pass || (n > 1 && hi > (1 + LIKE) * lo)); pass++)
		for (size_t i = from; i < c->n; i++) {
			const struct point *p = &c->point[i];

			if (c->channel[i].st || !p->machine || p->of != h || strcmp(p->key, "Reading") != 0)
				continue;
			if (pass) {
				redfish_refuse(&c->channel[i], pool_printf(&c->pool,
					"%zu sensors of this chassis read from %.6g to %.6g W: which of "
					"them is the machine is not stated", n, lo, hi));
				continue;
			}
			redfish_value(redfish_reading(redfish_doc(c, p->path)->json, p->key), &v, &st);
			lo = fmin(lo, v * p->scale);
			hi = fmax(hi, v * p->scale);
			n++;
		}
}

void redfish_want_sensors(struct meter_ctx *c, const struct cmj *o, const struct chassis *h)
{
	redfish_want(c, redfish_collection(c, redfish_below(c, o, h->path, "Sensors")));
}

void redfish_sensors(struct meter_ctx *c, const struct cmj *o, const struct chassis *h)
{
	const char *path = redfish_below(c, o, h->path, "Sensors"), *const *member = NULL;
	const size_t n = path ? redfish_members(c, path, &member) : 0, from = c->n;

	for (size_t i = 0; i < n; i++)
		if (!repeated(c, member[i]))
			redfish_want(c, member[i]);
	redfish_fetch(c);
	for (size_t i = 0; i < n; i++)
		if (!repeated(c, member[i]))
			redfish_sensor(c, redfish_doc(c, member[i]), h);
	refuse_unlike(c, h, from);
}
