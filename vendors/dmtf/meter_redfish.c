/*
 * Power and energy as a machine's management controller tells them, by DMTF's Redfish: EnvironmentMetrics,
 * PowerSubsystem, Sensors, and the deprecated Power.
 *
 * Parsed by the schema (DSP8010), not by maker: what a reading covers comes from the kind of chassis, the
 * kind of resource and PhysicalContext; a name is no scope, and what a sensor feeds without saying so is in
 * no sum. A reading's own time (ReadingTime) is used, an old one is refused, a value that the controller
 * computes (Implementation: Synthesized) is modelled. Must not know who sums the channels.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/clock.h"
#include "redfish_tree.h"

#define PERIOD_S 60.0    /* update period that nobody states: up to a minute was seen */
#define STALE_PERIODS 3
#define BAND 0.05        /* of a controller that states no accuracy */
#define RATING_SHARE 0.6 /* output below this share of "input": the input is no reading */

struct point { /* where a channel's value stands */
	const char *path;     /* of its resource */
	const char *key;      /* "PowerControl/0/PowerConsumedWatts" */
	const char *sensor;   /* of the resource that says when and how; "" = none */
	double scale, stale_s;
};

struct doc {
	const char *path;
	struct cmj *json;
	enum cm_status st;
	double mid_s;    /* when it was taken, on this clock */
	uint64_t at_ns;  /* the same, 0 for a recording, which is of any time */
	char why[192];
};

struct chassis {
	const char *id, *path;
	enum { THE_MACHINE, A_PART, MORE } extent;
	const char *type;
};

struct meter_ctx {
	struct redfish_tree *tree;
	struct point *point;
	struct meter_channel *channel;
	size_t n, cap;
	struct doc **doc;
	size_t docs, dcap;
	double offset_s;      /* this clock minus the controller's: the smallest seen; NaN = none yet */
	uint64_t (*now_ns)(void);
	struct meter_value *last; /* of the last round */
	bool asking;              /* a round is on its way */
	uint64_t asked_ns;
	struct pool pool;
};

/* ---- resources ----------------------------------------------------------------------------------- */

static double now_s(const struct meter_ctx *c)
{
	return (double)c->now_ns() * 1e-9;
}

static bool has(const struct meter_ctx *c, const char *path)
{
	for (size_t i = 0; i < c->docs; i++)
		if (!strcmp(c->doc[i]->path, path))
			return true;
	return false;
}

/* Each resource once in a round of reading. The path outlives the round. */
static const struct doc *get(struct meter_ctx *c, const char *path)
{
	struct cm_err err = { 0 };
	struct doc *d;
	double t0;

	for (size_t i = 0; i < c->docs; i++)
		if (!strcmp(c->doc[i]->path, path))
			return c->doc[i];
	CM_PUSH(c->doc, c->docs, c->dcap);
	d = c->doc[c->docs++] = cm_alloc(sizeof *d);
	d->path = path;
	t0 = now_s(c);
	d->st = redfish_get(c->tree, path, &d->json, &d->at_ns, &err);
	d->mid_s = d->at_ns ? (double)d->at_ns * 1e-9 : (t0 + now_s(c)) / 2;
	if (d->st)
		snprintf(d->why, sizeof d->why, "%.190s", err.why);
	return d;
}

static void forget(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->docs; i++) {
		cmj_free(c->doc[i]->json);
		free(c->doc[i]);
	}
	c->docs = 0;
}

static const char *link_of(const struct cmj *o, const char *key)
{
	return cmj_text(cmj_get(cmj_get(o, key), "@odata.id"), NULL);
}

/* Where a resource of a chassis is: by its link, or by its usual name where the chassis is not recorded. */
static const char *below(struct meter_ctx *c, const struct cmj *o, const char *path, const char *key)
{
	const char *link = link_of(o, key);

	if (link)
		return pool_dup(&c->pool, link);
	return o ? NULL : pool_printf(&c->pool, "%s/%s", path, key);
}

static const struct cmj *object_at(const struct cmj *o, const char *key)
{
	char part[64];

	while (o && *key) {
		const size_t n = strcspn(key, "/");

		snprintf(part, sizeof part, "%.*s", (int)n, key);
		o = isdigit((unsigned char)part[0]) ? cmj_at(o, strtoul(part, NULL, 10)) : cmj_get(o, part);
		key += n + (key[n] == '/');
	}
	return o;
}

/* A number, or the reading of an excerpt. */
static const struct cmj *follow(const struct cmj *o, const char *key)
{
	const struct cmj *at = object_at(o, key);

	return cmj_is_object(at) ? cmj_get(at, "Reading") : at;
}

/* NULL and the value, or why there is none. */
static const char *value_of(const struct cmj *v, double *out, enum cm_status *st)
{
	*st = CM_ABSENT;
	if (!v || cmj_is_null(v))
		return v ? "the controller gives null" : "the controller gives no reading";
	*st = CM_EDRIVER;
	*out = cmj_double(v, NAN);
	if (!cmj_is_number(v) || !isfinite(*out))
		return "the controller gives something that is no number";
	if (*out < 0)
		return "the controller gives a negative reading";
	*st = CM_OK;
	return NULL;
}

/* ---- channels ------------------------------------------------------------------------------------ */

struct adding {
	const char *name, *key, *covers; /* covers NULL: not known, with why */
	enum cm_scope scope;
	double joules;        /* of one unit of a counter; 0 = watts */
	bool aside;
	const char *why;
};

/* Smallest change by the digits that are written: 325675 → 1, 937.4 → 0.1. */
static double step_of(double v)
{
	double step = 1;

	for (int i = 0; i < 6 && fabs(v / step - round(v / step)) > 1e-6; i++)
		step /= 10;
	return step;
}

static void set_band(struct meter_channel *ch, const struct cmj *s, double reading)
{
	const double percent = cmj_double(cmj_get(s, "Accuracy"), 0);
	const double units = cmj_double(cmj_get(s, "ReadingAccuracy"), 0);
	double band = BAND;

	if (units > 0 && reading > 0)
		band = units / reading;
	else if (percent > 0)
		band = percent / 100;
	ch->err_lo = -fmin(band, 1);
	ch->err_hi = band;
	snprintf(ch->err_source, sizeof ch->err_source, "%s",
		 units > 0 && reading > 0 ? "stated by the sensor: ReadingAccuracy" :
		 percent > 0 ? "stated by the sensor: Accuracy" : "assumed for a management controller");
}

/* What the sensor says of how and how often it reads. */
static void set_manner(struct meter_channel *ch, struct point *p, const struct cmj *s, double reading)
{
	/* Some firmware puts the word into ElectricalContext. */
	const char *how = cmj_text(cmj_get(s, "Implementation"),
				   cmj_text(cmj_get(s, "ElectricalContext"), ""));
	const double period = redfish_duration_s(cmj_text(cmj_get(s, "SensingInterval"), ""));

	ch->basis = strcmp(how, "Synthesized") ? CM_MEASURED : CM_MODELLED;
	ch->refresh_ns = (uint64_t)((period > 0 ? period : PERIOD_S) * 1e9);
	p->stale_s = STALE_PERIODS * PERIOD_S;
	if (period > 0) /* what the sensor does often, its controller asks for less often */
		p->stale_s = fmax(STALE_PERIODS * period, PERIOD_S);
	/* What firmware computes is not as right as the sensors behind it. */
	set_band(ch, ch->basis == CM_MODELLED ? NULL : s, reading);
	if (ch->basis == CM_MODELLED)
		snprintf(ch->note, sizeof ch->note, "%s is computed by the controller (Synthesized)",
			 ch->name);
}

static struct meter_channel *add(struct meter_ctx *c, const struct doc *d, const struct chassis *h,
				 const struct adding *a)
{
	const char *sensor, *why;
	struct meter_channel *ch;
	struct point *p;
	double v = 0;

	CM_PUSH(c->point, c->n, c->cap);
	c->channel = cm_realloc(c->channel, c->cap * sizeof *c->channel);
	p = &c->point[c->n];
	ch = &c->channel[c->n++];
	*p = (struct point){ .path = d->path, .key = pool_dup(&c->pool, a->key), .sensor = "",
			     .scale = a->joules > 0 ? a->joules : 1 };
	*ch = (struct meter_channel){ .kind = a->joules > 0 ? CM_ENERGY_COUNTER : CM_POWER_SAMPLE,
				      .unit = a->joules > 0 ? "J" : "W", .scope = a->scope,
				      .aside = a->aside };
	snprintf(ch->name, sizeof ch->name, "%s%s%s", h->id, *h->id ? " " : "", a->name);
	snprintf(ch->source, sizeof ch->source, "%s %s", d->path, a->key);
	snprintf(ch->covers, sizeof ch->covers, "%s", a->covers ? a->covers : "");
	/* A reading inside another resource names the sensor that it repeats. */
	sensor = pool_dup(&c->pool, cmj_text(cmj_get(object_at(d->json, a->key), "DataSourceUri"), ""));
	if (*sensor && get(c, sensor)->st == CM_OK)
		p->sensor = sensor;
	else if (!strcmp(a->key, "Reading"))
		p->sensor = p->path;
	why = value_of(follow(d->json, a->key), &v, &ch->st);
	ch->step = step_of(v) * p->scale;
	set_manner(ch, p, *p->sensor ? get(c, p->sensor)->json : d->json, v);
	if (!a->covers) {
		ch->st = CM_UNSUPPORTED;
		why = a->why;
	}
	if (why)
		snprintf(ch->reason, sizeof ch->reason, "%s", why);
	return ch;
}

static void add_failed(struct meter_ctx *c, const struct doc *d)
{
	struct meter_channel *ch;

	if (d->st == CM_ABSENT) /* a part of the service that is not there */
		return;
	CM_PUSH(c->point, c->n, c->cap);
	c->channel = cm_realloc(c->channel, c->cap * sizeof *c->channel);
	c->point[c->n] = (struct point){ .path = d->path, .key = "", .sensor = "" };
	ch = &c->channel[c->n++];
	*ch = (struct meter_channel){ .kind = CM_POWER_SAMPLE, .unit = "W", .scope = CM_SCOPE_NODE,
				      .st = d->st };
	snprintf(ch->name, sizeof ch->name, "%.95s", d->path);
	snprintf(ch->source, sizeof ch->source, "%s", d->path);
	snprintf(ch->reason, sizeof ch->reason, "%s", d->why);
}

/* ---- what a resource covers ---------------------------------------------------------------------- */

static struct adding of_chassis(const struct chassis *h, struct pool *pool)
{
	switch (h->extent) {
	case THE_MACHINE:
		return (struct adding){ .covers = CM_COVERS_MACHINE, .scope = CM_SCOPE_NODE };
	case A_PART:
		return (struct adding){ .covers = pool_printf(pool, "part %s", h->id),
					.scope = CM_SCOPE_DEVICE, .aside = true };
	case MORE:
		break;
	}
	return (struct adding){ .scope = CM_SCOPE_NODE,
				.why = pool_printf(pool, "a chassis of type %s holds more than one machine",
						   h->type) };
}

/* PhysicalContext of a part. false: what it feeds is not stated. */
static bool of_context(const char *context, const char *name, struct adding *a, struct pool *pool)
{
	static const struct { const char *context; enum cm_scope scope; } parts[] = {
		{ "CPU", CM_SCOPE_PACKAGE }, { "CPUSubsystem", CM_SCOPE_PACKAGE },
		{ "GPU", CM_SCOPE_DEVICE }, { "Accelerator", CM_SCOPE_DEVICE },
		{ "GPUSubsystem", CM_SCOPE_DEVICE }, { "FPGA", CM_SCOPE_DEVICE },
		{ "ASIC", CM_SCOPE_DEVICE }, { "NetworkingDevice", CM_SCOPE_DEVICE },
		{ "StorageDevice", CM_SCOPE_DEVICE }, { "Memory", CM_SCOPE_DRAM },
		{ "MemorySubsystem", CM_SCOPE_DRAM },
	};

	for (size_t i = 0; i < CM_COUNT(parts); i++) {
		if (strcmp(parts[i].context, context) != 0)
			continue;
		a->scope = parts[i].scope;
		a->covers = pool_printf(pool, "%s (%s)", name, context);
		a->aside = true;
		return true;
	}
	return false;
}

/* ---- EnvironmentMetrics -------------------------------------------------------------------------- */

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
		add(c, d, h, &a);
	}
}

static void note_limit(struct meter_channel *ch, double watts, double limit)
{
	if (ch->st == CM_OK && limit > 0 && watts > limit)
		snprintf(ch->note, sizeof ch->note,
			 "%.96s reads %.6g W, above its power limit of %.6g W: the "
			 "limit is not enforced, or a reading is old",
			 ch->name, watts, limit);
}

static void environment(struct meter_ctx *c, const struct doc *d, const struct chassis *h)
{
	struct adding a = of_chassis(h, &c->pool);
	const struct cmj *limit = cmj_get(cmj_get(d->json, "PowerLimitWatts"), "SetPoint");

	if (d->st) {
		add_failed(c, d);
		return;
	}
	a.key = a.name = "PowerWatts";
	if (cmj_get(d->json, a.key))
		note_limit(add(c, d, h, &a), cmj_double(follow(d->json, a.key), NAN),
			   cmj_double(limit, 0));
	add_energy(c, d, h, a, "");
}

/* ---- supplies ------------------------------------------------------------------------------------ */

/* Why what stands as a supply's input cannot be one; NULL. */
static const char *no_input(struct pool *pool, double in, double out, double capacity)
{
	if (out > 1.02 * in)
		return pool_printf(pool, "not a reading: the supply gives %.6g W and takes %.6g W", out, in);
	if (out > 0.1 * capacity && out < RATING_SHARE * in)
		return pool_printf(pool, "not a reading but a rating: %.6g W in for %.6g W out is an "
				   "efficiency of %.0f %%", in, out, 100 * out / in);
	if (capacity > 0 && in == capacity)
		return pool_printf(pool, "not a reading but the supply's rating of %.6g W", capacity);
	return NULL;
}

static void supply(struct meter_ctx *c, const struct doc *d, const struct chassis *h, const char *id,
		   const char *prefix, const char *in_key, const char *out_key, double capacity)
{
	const struct cmj *in = follow(d->json, pool_printf(&c->pool, "%s%s", prefix, in_key));
	const struct cmj *out = follow(d->json, pool_printf(&c->pool, "%s%s", prefix, out_key));
	const double win = cmj_double(in, NAN), wout = cmj_double(out, NAN);
	const char *covers = pool_printf(&c->pool, "power supply %s", id), *why;
	struct adding a = { .scope = CM_SCOPE_WALL, .covers = covers };
	struct meter_channel *ch;

	if (in) {
		a.key = pool_printf(&c->pool, "%s%s", prefix, in_key);
		a.name = pool_printf(&c->pool, "supply %s input", id);
		a.why = why = no_input(&c->pool, win, wout, capacity);
		a.covers = why ? NULL : covers;
		ch = add(c, d, h, &a);
		if (ch->st == CM_OK && win > 0 && wout >= 0.995 * win)
			snprintf(ch->note, sizeof ch->note, "%s: input and output are the same %.6g W, "
				 "which no supply does", ch->name, win);
		else if (ch->st == CM_OK && capacity > 0 && win > 1.5 * capacity)
			snprintf(ch->note, sizeof ch->note, "%s: %.6g W is above its rating of %.6g W",
				 ch->name, win, capacity);
	}
	if (out) {
		a = (struct adding){ .scope = CM_SCOPE_NODE, .covers = covers, .aside = true,
				     .key = pool_printf(&c->pool, "%s%s", prefix, out_key),
				     .name = pool_printf(&c->pool, "supply %s output", id) };
		add(c, d, h, &a);
	}
}

static bool is_there(const struct cmj *o)
{
	return strcmp(cmj_text(cmj_get(cmj_get(o, "Status"), "State"), ""), "Absent") != 0;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void supply_metrics(struct meter_ctx *c, const struct doc *m, const struct chassis *h,
			   const char *id, double capacity)
{
	struct adding a = { .scope = CM_SCOPE_WALL };

	if (m->st) {
		add_failed(c, m);
		return;
	}
	supply(c, m, h, id, "", "InputPowerWatts", "OutputPowerWatts", capacity);
	a.covers = pool_printf(&c->pool, "power supply %s", id);
	add_energy(c, m, h, a, pool_printf(&c->pool, "supply %s", id));
}

static void subsystem(struct meter_ctx *c, const struct cmj *o, const struct chassis *h)
{
	const char *path = below(c, o, h->path, "PowerSubsystem"), *const *member = NULL;
	const struct doc *d = path ? get(c, path) : NULL;
	struct cm_err err = { 0 };
	enum cm_status st;
	size_t n;

	if (!d)
		return;
	path = below(c, d->st ? NULL : d->json, path, "PowerSupplies");
	n = path ? redfish_members(c->tree, path, &c->pool, &member, &st, &err) : 0;
	for (size_t i = 0; i < n; i++) {
		const struct doc *s = get(c, member[i]);
		const double capacity = cmj_double(cmj_get(s->json, "PowerCapacityWatts"), 0);
		const char *metrics = below(c, s->st ? NULL : s->json, member[i], "Metrics");

		if (metrics && (s->st || is_there(s->json)))
			supply_metrics(c, get(c, metrics), h, last_part(member[i]), capacity);
	}
}

/* ---- Power, deprecated --------------------------------------------------------------------------- */

static void power_control(struct meter_ctx *c, const struct doc *d, const struct chassis *h, size_t i,
			  const struct cmj *o)
{
	const char *context = cmj_text(cmj_get(o, "PhysicalContext"), "");
	const char *id = cmj_text(cmj_get(o, "MemberId"), "");
	struct adding a = of_chassis(h, &c->pool);
	const bool whole = !*context || !strcmp(context, "Chassis") || !strcmp(context, "PowerSupply") ||
			   !strcmp(context, "SystemBoard");

	a.name = pool_printf(&c->pool, "PowerControl %s", *id ? id : pool_printf(&c->pool, "%zu", i));
	a.key = pool_printf(&c->pool, "PowerControl/%zu/PowerConsumedWatts", i);
	if ((i || !whole) && !of_context(context, a.name, &a, &c->pool)) {
		a.covers = NULL;
		a.why = "what this entry of PowerControl covers is not stated, so it is in no sum";
	}
	note_limit(add(c, d, h, &a), cmj_double(cmj_get(o, "PowerConsumedWatts"), NAN),
		   cmj_double(cmj_get(cmj_get(o, "PowerLimit"), "LimitInWatts"), 0));
}

static void power(struct meter_ctx *c, const struct doc *d, const struct chassis *h)
{
	const struct cmj *list, *o;

	if (d->st) {
		add_failed(c, d);
		return;
	}
	list = cmj_get(d->json, "PowerControl");
	for (size_t i = 0; i < cmj_len(list); i++)
		power_control(c, d, h, i, cmj_at(list, i));
	list = cmj_get(d->json, "PowerSupplies");
	for (size_t i = 0; i < cmj_len(list); i++) {
		const char *id;

		o = cmj_at(list, i);
		id = cmj_text(cmj_get(o, "MemberId"), "");
		if (is_there(o))
			supply(c, d, h, *id ? id : pool_printf(&c->pool, "%zu", i),
			       pool_printf(&c->pool, "PowerSupplies/%zu/", i), "PowerInputWatts",
			       cmj_is_number(cmj_get(o, "PowerOutputWatts")) ? "PowerOutputWatts" :
									       "LastPowerOutputWatts",
			       cmj_double(cmj_get(o, "PowerCapacityWatts"), 0));
	}
}

/* ---- Sensors ------------------------------------------------------------------------------------- */

/* Is it already a channel, as what another resource repeats? */
static bool repeated(const struct meter_ctx *c, const char *path)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->point[i].sensor, path))
			return true;
	return false;
}

static void sensor_extent(struct meter_ctx *c, const struct cmj *o, const struct chassis *h, const char *id,
			  struct adding *a)
{
	const char *context = cmj_text(cmj_get(o, "PhysicalContext"), "");
	const char *side = cmj_text(cmj_get(o, "PhysicalSubContext"), "");
	const char *parent = cmj_text(cmj_get(cmj_get(o, "Oem"), "ParentalContext"), "");
	const bool machine =
		!strcmp(context, "Chassis") ||
		/* Cray EX: the node's input regulator, named by the maker. */
		(!strcmp(context, "VoltageRegulator") && !strcmp(side, "Input") &&
		 !strcmp(parent, "Chassis") && !strcmp(cmj_text(cmj_get(o, "Name"), ""), "Node"));

	if (machine && strcmp(side, "Output") != 0) {
		const char *name = a->name;
		const double joules = a->joules;

		*a = of_chassis(h, &c->pool);
		a->name = name;
		a->joules = joules;
	} else if (cm_starts(context, "PowerSupply")) {
		a->scope = !strcmp(side, "Output") ? CM_SCOPE_NODE : CM_SCOPE_WALL;
		a->aside = !strcmp(side, "Output");
		a->covers = pool_printf(&c->pool, "power supply, sensor %s", id);
		if (*side)
			return;
		a->covers = NULL;
		a->why = "which side of the supply this sensor reads is not stated";
	} else if (!of_context(context, id, a, &c->pool)) {
		a->why = "what this sensor feeds is not stated, so it is in no sum";
	}
}

static void sensor(struct meter_ctx *c, const struct doc *d, const struct chassis *h)
{
	static const struct { const char *type; double joules; } types[] = {
		{ "Power", 0 }, { "EnergyJoules", 1 }, { "EnergyWh", 3600 }, { "EnergykWh", 3.6e6 },
	};
	const char *type = cmj_text(cmj_get(d->json, "ReadingType"), "");
	const char *id = cmj_text(cmj_get(d->json, "Id"), last_part(d->path));

	if (d->st) {
		add_failed(c, d);
		return;
	}
	for (size_t i = 0; i < CM_COUNT(types); i++) {
		struct adding a = { .name = id, .joules = types[i].joules };

		if (strcmp(types[i].type, type) != 0)
			continue;
		sensor_extent(c, d->json, h, id, &a);
		a.key = "Reading";
		add(c, d, h, &a);
	}
}

static void sensors(struct meter_ctx *c, const struct cmj *o, const struct chassis *h)
{
	const char *path = below(c, o, h->path, "Sensors"), *const *member = NULL;
	struct cm_err err = { 0 };
	enum cm_status st;
	size_t n = path ? redfish_members(c->tree, path, &c->pool, &member, &st, &err) : 0;

	const char **wanted = pool_alloc(&c->pool, (n + 1) * sizeof *wanted);
	size_t wants = 0;

	for (size_t i = 0; i < n; i++)
		if (!repeated(c, member[i]) && !has(c, member[i]))
			wanted[wants++] = member[i];
	redfish_ask(c->tree, wanted, wants);
	for (size_t i = 0; i < wants; i++)
		sensor(c, get(c, wanted[i]), h);
}

/* ---- the walk ------------------------------------------------------------------------------------ */

static void set_extent(struct chassis *h)
{
	static const char *const parts[] = { "Card", "Module", "Component", "Expansion", "IPBasedDrive",
					     "StorageEnclosure" };
	static const char *const more[] = { "Rack", "Enclosure", "Row", "Pod", "Zone", "RackGroup",
					    "Sidecar", "PowerStrip", "HeatExchanger", "ImmersionTank" };

	for (size_t i = 0; i < CM_COUNT(parts); i++)
		if (!strcmp(h->type, parts[i]))
			h->extent = A_PART;
	for (size_t i = 0; i < CM_COUNT(more); i++)
		if (!strcmp(h->type, more[i]))
			h->extent = MORE;
}

static void walk_chassis(struct meter_ctx *c, const char *path)
{
	const struct doc *d = get(c, path);
	const struct cmj *o = d->st ? NULL : d->json;
	struct chassis h = { .id = last_part(path), .path = path,
			     .type = pool_dup(&c->pool, cmj_text(cmj_get(o, "ChassisType"), "")) };
	const char *at;

	set_extent(&h);
	if (d->st)
		add_failed(c, d);
	if ((at = below(c, o, path, "EnvironmentMetrics")))
		environment(c, get(c, at), &h);
	subsystem(c, o, &h);
	if ((at = below(c, o, path, "Power")))
		power(c, get(c, at), &h);
	sensors(c, o, &h);
}

/* "/redfish/v1/Chassis/1U/Power" → "1U". */
static const char *chassis_id(struct pool *pool, const struct cmj *o)
{
	const char *p = strstr(cmj_text(cmj_get(o, "@odata.id"), ""), "/Chassis/");

	return p ? pool_printf(pool, "%.*s", (int)strcspn(p + 9, "/#"), p + 9) : "";
}

static void walk_loose(struct meter_ctx *c, const char *file)
{
	static const struct {
		const char *type;
		void (*read)(struct meter_ctx *c, const struct doc *d, const struct chassis *h);
	} kinds[] = {
		{ "#Power.", power }, { "#EnvironmentMetrics.", environment }, { "#Sensor.", sensor },
	};
	const struct doc *d = get(c, file);
	const char *type = cmj_text(cmj_get(d->json, "@odata.type"), "");
	const struct chassis h = { .id = d->st ? "" : chassis_id(&c->pool, d->json), .path = "",
				   .type = "" };

	if (d->st)
		add_failed(c, d);
	for (size_t i = 0; i < CM_COUNT(kinds) && !d->st; i++)
		if (cm_starts(type, kinds[i].type))
			kinds[i].read(c, d, &h);
	if (cm_starts(type, "#PowerSupplyMetrics."))
		supply_metrics(c, d, &h, cmj_text(cmj_get(d->json, "Id"), file), 0);
}

/* Several supplies that each show the machine's total are one reading. */
static void drop_repeats(struct meter_ctx *c)
{
	const struct meter_channel *total = NULL;
	double watts = 0, v = 0;
	size_t like = 0, first = 0;

	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < c->n; i++) {
			struct meter_channel *ch = &c->channel[i];

			if (ch->st || ch->kind != CM_POWER_SAMPLE)
				continue;
			v = cmj_double(follow(get(c, c->point[i].path)->json, c->point[i].key), NAN);
			if (!pass && !total && ch->scope == CM_SCOPE_NODE &&
			    !strcmp(ch->covers, CM_COVERS_MACHINE)) {
				total = ch;
				watts = v;
			}
			if (ch->scope != CM_SCOPE_WALL || !total || fabs(v - watts) > 2 * ch->step)
				continue;
			if (!pass) {
				first = like++ ? first : i;
			} else if (like > 1 && i != first) {
				ch->st = CM_UNSUPPORTED;
				snprintf(ch->reason, sizeof ch->reason, "repeats the machine's total of "
					 "%.6g W, as %s does", watts, c->channel[first].name);
			}
		}
	}
	if (like > 1)
		snprintf(c->channel[first].covers, sizeof c->channel[first].covers, CM_COVERS_MACHINE);
}

/* One controller, several machines: which one is this? */
static void refuse_several(struct meter_ctx *c, size_t machines)
{
	for (size_t i = 0; i < c->n && machines > 1; i++) {
		struct meter_channel *ch = &c->channel[i];

		if (ch->st && ch->st != CM_ABSENT)
			continue;
		ch->st = CM_UNSUPPORTED;
		snprintf(ch->reason, sizeof ch->reason, "the controller serves %zu machines; name one: "
			 "--redfish ADDRESS/redfish/v1/Chassis/ID", machines);
	}
}

static void walk(struct meter_ctx *c)
{
	const char *const *list = NULL, *const *member = NULL;
	const size_t loose = redfish_loose(c->tree, &list);
	const struct doc *root;
	struct cm_err err = { 0 };
	enum cm_status st = CM_OK;
	size_t n, machines = 0;

	for (size_t i = 0; i < loose; i++)
		walk_loose(c, list[i]);
	if (*redfish_asked(c->tree)) {
		walk_chassis(c, redfish_asked(c->tree));
		return;
	}
	root = get(c, "/redfish/v1");
	if (root->st)
		add_failed(c, root);
	n = redfish_members(c->tree, root->st || !link_of(root->json, "Chassis") ? "/redfish/v1/Chassis" :
			    link_of(root->json, "Chassis"), &c->pool, &member, &st, &err);
	for (size_t i = 0; i < n; i++) {
		const struct doc *d = get(c, member[i]);
		const struct cmj *links = cmj_get(d->json, "Links");

		machines += cmj_len(cmj_get(links, "ComputerSystems")) > 0 && !cmj_get(links, "ContainedBy");
		walk_chassis(c, member[i]);
	}
	refuse_several(c, machines);
}

/* ---- the meter ----------------------------------------------------------------------------------- */

static void redfish_meter_close(struct meter_ctx *c)
{
	forget(c);
	free(c->doc);
	free(c->point);
	free(c->last);
	free(c->channel);
	if (c->tree)
		redfish_close(c->tree);
	pool_free(&c->pool);
	free(c);
}

static enum cm_status redfish_meter_open(const struct meter_from *from, struct meter_ctx **out,
					 struct cm_err *err)
{
	struct meter_ctx *c;
	enum cm_status st;

	if (!from || !from->redfish)
		return cm_fail(err, CM_ABSENT, "no management controller was named: --redfish "
			       "https://ADDRESS, or a recorded tree");
	c = cm_alloc(sizeof *c);
	c->offset_s = NAN;
	c->now_ns = from->now_ns ? from->now_ns : cm_now_ns;
	st = redfish_open(from->redfish, &c->tree, err);
	if (!st) {
		walk(c);
		drop_repeats(c);
		if (!c->n)
			st = cm_fail(err, CM_ABSENT, "%s tells no power and no energy", from->redfish);
	}
	forget(c);
	c->last = cm_alloc((c->n + 1) * sizeof *c->last);
	for (size_t i = 0; i < c->n; i++)
		c->last[i].st = c->channel[i].st ? c->channel[i].st : CM_ABSENT;
	if (st)
		redfish_meter_close(c);
	else
		*out = c;
	return st;
}

static size_t redfish_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n;
}

/* The newest reading of all is of now at the earliest: what is left is the clocks' difference. */
static void learn_offset(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct doc *d = *c->point[i].sensor ? get(c, c->point[i].sensor) : NULL;
		double at;

		if (!d || d->st)
			continue;
		at = redfish_time_s(cmj_text(cmj_get(d->json, "ReadingTime"), ""));
		if (!isnan(at) && !(d->mid_s - at >= c->offset_s))
			c->offset_s = d->mid_s - at;
	}
}

/* ReadingTime on this clock: behind the newest by as much as the controller says. Without it a recording
 * is of now, an answer of when it was asked for. */
static enum cm_status set_time(struct meter_ctx *c, size_t i)
{
	const struct point *p = &c->point[i];
	const struct doc *d = *p->sensor ? get(c, p->sensor) : NULL;
	const double at = d && !d->st ? redfish_time_s(cmj_text(cmj_get(d->json, "ReadingTime"), "")) : NAN;

	c->channel[i].taken_ns = get(c, p->path)->at_ns;
	if (isnan(at))
		return CM_OK;
	if (now_s(c) - (at + c->offset_s) > p->stale_s)
		return CM_ABSENT; /* old: it says nothing of now */
	c->channel[i].taken_ns = (uint64_t)(fmax(at + c->offset_s, 1e-9) * 1e9);
	return CM_OK;
}

static void ask(struct meter_ctx *c)
{
	const char **path = cm_alloc((2 * c->n + 1) * sizeof *path);
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const char *const both[] = { c->point[i].path, c->point[i].sensor };

		for (size_t k = 0; k < 2 && !c->channel[i].st; k++) {
			bool there = !*both[k];

			for (size_t j = 0; j < n && !there; j++)
				there = !strcmp(path[j], both[k]);
			if (!there)
				path[n++] = both[k];
		}
	}
	redfish_ask(c->tree, path, n);
	free(path);
	c->asking = true;
	c->asked_ns = c->now_ns();
}

/* What was asked for, waiting where it is not here yet. */
static void take(struct meter_ctx *c)
{
	struct meter_value *v = c->last;

	for (size_t i = 0; i < c->n; i++) {
		const struct doc *d;

		v[i] = (struct meter_value){ 0, c->channel[i].st };
		c->channel[i].taken_ns = 0;
		if (c->channel[i].st)
			continue;
		d = get(c, c->point[i].path);
		v[i].st = d->st;
		if (!d->st)
			value_of(follow(d->json, c->point[i].key), &v[i].value, &v[i].st);
		v[i].value *= c->point[i].scale;
	}
	learn_offset(c);
	for (size_t i = 0; i < c->n; i++)
		if (!v[i].st)
			v[i].st = set_time(c, i);
	forget(c);
	redfish_drop(c->tree);
	c->asking = false;
}

static enum cm_status redfish_read(struct meter_ctx *c, struct meter_value *values, struct cm_err *err)
{
	(void)err; /* a resource that fails is its channels' state */
	redfish_drop(c->tree);
	ask(c);
	take(c);
	memcpy(values, c->last, c->n * sizeof *values);
	return CM_OK;
}

#define ROUND_NS 1000000000u /* a controller is not asked more often */

/* Between samples: what has come is taken, the next is asked for, nothing is waited for. */
static enum cm_status redfish_poll(struct meter_ctx *c, struct meter_value *values, struct cm_err *err)
{
	if (!redfish_is_live(c->tree))
		return redfish_read(c, values, err);
	if (c->asking && redfish_ready(c->tree, false))
		take(c);
	if (!c->asking && c->now_ns() - c->asked_ns >= ROUND_NS)
		ask(c);
	memcpy(values, c->last, c->n * sizeof *values);
	return CM_OK;
}

const struct meter meter_redfish = {
	.abi = CM_METER_ABI,
	.name = "redfish",
	.desc = "power and energy of the machine and its supplies, by its management controller",
	.open = redfish_meter_open,
	.close = redfish_meter_close,
	.channels = redfish_channels,
	.read = redfish_read,
	.poll = redfish_poll,
};
