/*
 * A reading of a resource becomes a channel: its step, its band, how often it is read and what it covers.
 *
 * What it covers comes from the kind of chassis and PhysicalContext, never from a name. Must not know
 * which resources there are.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "redfish_walk.h"

#define STALE_PERIODS 3
#define BAND 0.05     /* of a controller that states no accuracy */

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
	p->stated = period > 0;
	ch->refresh_ns = (uint64_t)((period > 0 ? period : REDFISH_PERIOD_S) * 1e9);
	snprintf(ch->refresh_source, sizeof ch->refresh_source, "%s", period > 0 ?
		 "stated by the sensor: SensingInterval" : "assumed: the controller states none");
	p->stale_s = STALE_PERIODS * REDFISH_PERIOD_S;
	if (period > 0) /* what the sensor does often, its controller asks for less often */
		p->stale_s = fmax(STALE_PERIODS * period, REDFISH_PERIOD_S);
	/* What firmware computes is not as right as the sensors behind it. */
	set_band(ch, ch->basis == CM_MODELLED ? NULL : s, reading);
	if (ch->basis == CM_MODELLED)
		snprintf(ch->note, sizeof ch->note, "%s is computed by the controller (Synthesized)",
			 ch->name);
}

static size_t push(struct meter_ctx *c)
{
	CM_PUSH(c->point, c->n, c->cap);
	c->channel = cm_realloc(c->channel, c->cap * sizeof *c->channel);
	return c->n++;
}

/* The channel that shows this sensor already. */
static struct meter_channel *same_sensor(struct meter_ctx *c, const char *sensor,
					 enum cm_channel_kind kind)
{
	for (size_t i = 0; i < c->n; i++)
		if (redfish_same(c->point[i].sensor, sensor) && c->channel[i].kind == kind &&
		    c->channel[i].st == CM_OK)
			return &c->channel[i];
	return NULL;
}

/* A reading inside another resource names the sensor that it repeats; "" where it does not, or names a
 * part of a resource, which has no time of its own. */
static const char *sensor_of(struct meter_ctx *c, const struct doc *d, const char *key)
{
	const struct cmj *at = redfish_object_at(d->json, key);
	const char *path = cmj_text(cmj_get(at, "DataSourceUri"), "");

	if (!strcmp(key, "Reading"))
		return d->path;
	if (*path != '/' || strchr(path, '#'))
		return "";
	path = pool_dup(&c->pool, path);
	return redfish_doc(c, path)->st ? "" : path;
}

/* Firmware that shows a rail of a processor as the processor's power, by the sensor that it names. */
static const char *a_rail(struct meter_ctx *c, const struct adding *a, const struct cmj *sensor)
{
	static const char *const rails[] = { "SystemBoard", "VoltageRegulator" };
	const char *context = cmj_text(cmj_get(sensor, "PhysicalContext"), "");

	for (size_t i = 0; i < CM_COUNT(rails) && strcmp(a->key, "Reading") != 0; i++)
		if ((a->scope == CM_SCOPE_PACKAGE || a->scope == CM_SCOPE_DRAM) && !strcmp(context, rails[i]))
			return pool_printf(&c->pool, "its sensor is of a %s, not of the whole %s", context,
					   cm_scope_word(a->scope));
	return NULL;
}

static void set_state(struct meter_channel *ch, const struct adding *a, const char *why, double v)
{
	/* Without a reading there is nothing that could cover anything. */
	if (!a->covers && (!why || ch->st == CM_EDRIVER)) {
		ch->st = CM_UNSUPPORTED;
		why = a->why;
	} else if (!why && !v && ch->kind == CM_POWER_SAMPLE && !strcmp(ch->covers, CM_COVERS_MACHINE)) {
		ch->st = CM_ABSENT;
		why = REDFISH_ZERO;
	}
	if (why)
		snprintf(ch->reason, sizeof ch->reason, "%s", why);
}

struct meter_channel *redfish_add(struct meter_ctx *c, const struct doc *d, const struct chassis *h,
				  const struct adding *adding)
{
	struct adding of = *adding, *a = &of;
	const enum cm_channel_kind kind = a->joules > 0 ? CM_ENERGY_COUNTER : CM_POWER_SAMPLE;
	const char *sensor = sensor_of(c, d, a->key), *why;
	struct meter_channel *ch = *sensor ? same_sensor(c, sensor, kind) : NULL;
	const struct cmj *s = *sensor ? redfish_doc(c, sensor)->json : NULL;
	struct point *p;
	double v = 0;

	if (ch)
		return ch;
	if (a->covers && (why = a_rail(c, a, s))) {
		a->covers = NULL;
		a->why = why;
	}
	redfish_excerpt(c, &d, &a->key);
	push(c); /* which may move both */
	p = &c->point[c->n - 1];
	ch = &c->channel[c->n - 1];
	*p = (struct point){ .path = d->path, .key = pool_dup(&c->pool, a->key), .sensor = sensor,
			     .of = h, .supply = a->supply, .off = a->off,
			     .scale = a->joules > 0 ? a->joules : a->watts > 0 ? a->watts : 1 };
	*ch = (struct meter_channel){ .kind = kind, .unit = a->joules > 0 ? "J" : "W",
				      .scope = a->scope, .aside = a->aside };
	snprintf(ch->name, sizeof ch->name, "%s%s%s", h->id, *h->id ? " " : "", a->name);
	snprintf(ch->source, sizeof ch->source, "%s %s", d->path, a->key);
	snprintf(ch->covers, sizeof ch->covers, "%s", a->covers ? a->covers : "");
	why = redfish_value(redfish_reading(d->json, a->key), &v, &ch->st);
	if (!why && !v && s && redfish_never_read(s)) {
		ch->st = CM_ABSENT;
		why = "the controller has never read it: 0 at the beginning of its clock";
	}
	ch->step = step_of(v) * p->scale;
	set_manner(ch, p, s ? s : d->json, v);
	set_state(ch, a, why, v);
	p->machine = kind == CM_POWER_SAMPLE && !strcmp(ch->covers, CM_COVERS_MACHINE);
	redfish_ticks_begin(p);
	return ch;
}

void redfish_add_state(struct meter_ctx *c, const char *name, enum cm_status st, const char *why)
{
	const char *path = pool_dup(&c->pool, name);
	const size_t i = push(c);
	struct meter_channel *ch = &c->channel[i];

	c->point[i] = (struct point){ .path = path, .key = "", .sensor = "" };
	*ch = (struct meter_channel){ .kind = CM_POWER_SAMPLE, .unit = "W", .scope = CM_SCOPE_NODE,
				      .st = st };
	snprintf(ch->name, sizeof ch->name, "%.95s", name);
	snprintf(ch->source, sizeof ch->source, "%s", name);
	snprintf(ch->reason, sizeof ch->reason, "%s", why);
}

void redfish_add_failed(struct meter_ctx *c, const struct doc *d)
{
	if (d->st && d->st != CM_ABSENT) /* a part of the service that is not there */
		redfish_add_state(c, d->path, d->st, d->why);
}

bool redfish_shows_supplies(const struct meter_ctx *c, const struct chassis *h, enum cm_scope scope)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->point[i].supply && c->point[i].of == h && c->channel[i].scope == scope &&
		    c->channel[i].st == CM_OK)
			return true;
	return false;
}

void redfish_refuse(struct meter_channel *ch, const char *why)
{
	ch->st = CM_UNSUPPORTED;
	snprintf(ch->reason, sizeof ch->reason, "%s", why);
}

/* ---- what a resource covers ---------------------------------------------------------------------- */

struct adding redfish_of_chassis(const struct chassis *h, struct pool *pool)
{
	switch (h->extent) {
	case THE_MACHINE:
		return (struct adding){ .covers = CM_COVERS_MACHINE, .scope = CM_SCOPE_NODE };
	case A_PART:
		return (struct adding){ .covers = h->covers ? h->covers : pool_printf(pool, "part %s", h->id),
					.scope = CM_SCOPE_DEVICE, .aside = true };
	case MORE:
		break;
	}
	return (struct adding){ .scope = CM_SCOPE_NODE, .why = h->why };
}

bool redfish_of_context(const struct chassis *h, const char *context, const char *name, struct adding *a,
			struct pool *pool)
{
	static const struct { const char *context; enum cm_scope scope; } parts[] = {
		{ "CPU", CM_SCOPE_PACKAGE }, { "CPUSubsystem", CM_SCOPE_PACKAGE },
		{ "GPU", CM_SCOPE_DEVICE }, { "Accelerator", CM_SCOPE_DEVICE },
		{ "GPUSubsystem", CM_SCOPE_DEVICE }, { "FPGA", CM_SCOPE_DEVICE },
		{ "ASIC", CM_SCOPE_DEVICE }, { "NetworkingDevice", CM_SCOPE_DEVICE },
		{ "StorageDevice", CM_SCOPE_DEVICE }, { "Memory", CM_SCOPE_DRAM },
		{ "MemorySubsystem", CM_SCOPE_DRAM },
	};
	const char *in = h->extent == A_PART && h->covers ? h->covers : "";

	for (size_t i = 0; i < CM_COUNT(parts); i++) {
		if (strcmp(parts[i].context, context) != 0)
			continue;
		a->scope = parts[i].scope;
		/* What is in a part begins with the part's words, so that the audit sees it inside. */
		a->covers = pool_printf(pool, "%s%s%s (%s)", in, *in ? " " : "", name, context);
		a->aside = true;
		return true;
	}
	return false;
}

void redfish_note_limit(struct meter_channel *ch, double watts, double limit)
{
	if (ch->st == CM_OK && limit > 0 && watts > limit)
		snprintf(ch->note, sizeof ch->note,
			 "%.96s reads %.6g W, above its power limit of %.6g W: the "
			 "limit is not enforced, or a reading is old",
			 ch->name, watts, limit);
}
