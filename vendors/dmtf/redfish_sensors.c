/* The Sensors of a chassis that no other resource repeats. Must not know the walk. */
#include <string.h>

#include "redfish_walk.h"

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

		*a = redfish_of_chassis(h, &c->pool);
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
	} else if (!redfish_of_context(context, id, a, &c->pool)) {
		a->why = "what this sensor feeds is not stated, so it is in no sum";
	}
}

void redfish_sensor(struct meter_ctx *c, const struct doc *d, const struct chassis *h)
{
	static const struct { const char *type; double joules; } types[] = {
		{ "Power", 0 }, { "EnergyJoules", 1 }, { "EnergyWh", 3600 }, { "EnergykWh", 3.6e6 },
	};
	const char *type = cmj_text(cmj_get(d->json, "ReadingType"), "");
	const char *id = cmj_text(cmj_get(d->json, "Id"), redfish_last_part(d->path));

	if (d->st) {
		redfish_add_failed(c, d);
		return;
	}
	for (size_t i = 0; i < CM_COUNT(types); i++) {
		struct adding a = { .name = id, .joules = types[i].joules };

		if (strcmp(types[i].type, type) != 0)
			continue;
		sensor_extent(c, d->json, h, id, &a);
		a.key = "Reading";
		redfish_add(c, d, h, &a);
	}
}

void redfish_sensors(struct meter_ctx *c, const struct cmj *o, const struct chassis *h)
{
	const char *path = redfish_below(c, o, h->path, "Sensors"), *const *member = NULL;
	struct cm_err err = { 0 };
	enum cm_status st;
	size_t n = path ? redfish_members(c->tree, path, &c->pool, &member, &st, &err) : 0;

	const char **wanted = pool_alloc(&c->pool, (n + 1) * sizeof *wanted);
	size_t wants = 0;

	for (size_t i = 0; i < n; i++)
		if (!repeated(c, member[i]) && !redfish_has(c, member[i]))
			wanted[wants++] = member[i];
	redfish_ask(c->tree, wanted, wants);
	for (size_t i = 0; i < wants; i++)
		redfish_sensor(c, redfish_doc(c, wanted[i]), h);
}
