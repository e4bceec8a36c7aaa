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

#define PERIOD_S 60.0 /* update period that nobody states: up to a minute was seen */
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

struct meter_channel *redfish_add(struct meter_ctx *c, const struct doc *d, const struct chassis *h,
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
	sensor = pool_dup(&c->pool, cmj_text(cmj_get(redfish_object_at(d->json, a->key),
						     "DataSourceUri"), ""));
	if (*sensor && redfish_doc(c, sensor)->st == CM_OK)
		p->sensor = sensor;
	else if (!strcmp(a->key, "Reading"))
		p->sensor = p->path;
	why = redfish_value(redfish_reading(d->json, a->key), &v, &ch->st);
	ch->step = step_of(v) * p->scale;
	set_manner(ch, p, *p->sensor ? redfish_doc(c, p->sensor)->json : d->json, v);
	if (!a->covers) {
		ch->st = CM_UNSUPPORTED;
		why = a->why;
	}
	if (why)
		snprintf(ch->reason, sizeof ch->reason, "%s", why);
	return ch;
}

void redfish_add_failed(struct meter_ctx *c, const struct doc *d)
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

struct adding redfish_of_chassis(const struct chassis *h, struct pool *pool)
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
bool redfish_of_context(const char *context, const char *name, struct adding *a, struct pool *pool)
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

void redfish_note_limit(struct meter_channel *ch, double watts, double limit)
{
	if (ch->st == CM_OK && limit > 0 && watts > limit)
		snprintf(ch->note, sizeof ch->note,
			 "%.96s reads %.6g W, above its power limit of %.6g W: the "
			 "limit is not enforced, or a reading is old",
			 ch->name, watts, limit);
}
