/*
 * The walk over a controller: what is looked at and in which order, and which machine of several is meant.
 *
 * What shows the whole machine comes first, single sensors last: opening ends at a limit of time, and what
 * was found by then is used. Must not know what a reading means.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redfish_walk.h"

/* "/redfish/v1/Chassis/1U/Power" → "1U". */
static const char *chassis_id(struct pool *pool, const struct cmj *o)
{
	const char *p = strstr(cmj_text(cmj_get(o, "@odata.id"), ""), "/Chassis/");

	return p ? pool_printf(pool, "%.*s", (int)strcspn(p + 9, "/#"), p + 9) : "";
}

/* One answer alone: below a system or a chassis' devices it is of a part. */
static void set_part(struct meter_ctx *c, const struct doc *d, struct chassis *h)
{
	static const char *const parts[] = { "/Processors/", "/Memory/", "/Drives/", "/NetworkAdapters/",
					     "/Controllers/", "/PCIeDevices/", "/Storage/" };
	const char *path = d->st ? "" : cmj_text(cmj_get(d->json, "@odata.id"), "");

	for (size_t i = 0; i < CM_COUNT(parts); i++) {
		const char *p = strstr(path, parts[i]);

		if (!p)
			continue;
		p += strlen(parts[i]);
		h->extent = A_PART;
		h->id = pool_printf(&c->pool, "%.*s", (int)strcspn(p, "/#"), p);
	}
}

/* Of an answer without a type of the schema, as tools cut them out: by what only that type has. */
static const char *type_of(const struct cmj *o)
{
	static const struct { const char *key, *type; } marks[] = {
		{ "PowerControl", "#Power." }, { "PowerSupplies", "#Power." },
		{ "PowerWatts", "#EnvironmentMetrics." }, { "EnergyJoules", "#EnvironmentMetrics." },
		{ "InputPowerWatts", "#PowerSupplyMetrics." }, { "OutputPowerWatts", "#PowerSupplyMetrics." },
		{ "ReadingType", "#Sensor." },
	};
	const char *type = cmj_text(cmj_get(o, "@odata.type"), "");

	for (size_t i = 0; i < CM_COUNT(marks) && !strchr(type, '.'); i++)
		if (cmj_is_object(cmj_get(o, marks[i].key)) || cmj_is_array(cmj_get(o, marks[i].key)) ||
		    cmj_is_string(cmj_get(o, marks[i].key)))
			type = marks[i].type;
	return type;
}

/* One supply by itself: which is told by its path, not how many others there are. */
static void one_supply(struct meter_ctx *c, const struct doc *d, const struct chassis *h, const char *file)
{
	const char *path = strstr(cmj_text(cmj_get(d->json, "@odata.id"), ""), "/PowerSupplies/");
	const size_t first = c->n;

	path = path ? path + strlen("/PowerSupplies/") : cmj_text(cmj_get(d->json, "Id"), file);
	redfish_supply_metrics(c, d, h, pool_printf(&c->pool, "%.*s", (int)strcspn(path, "/#"), path), NULL);
	for (size_t i = first; i < c->n; i++) {
		c->channel[i].aside = true;
		if (!c->channel[i].note[0])
			snprintf(c->channel[i].note, sizeof c->channel[i].note,
				 "one supply's answer alone does not "
				 "tell how many the machine has: in no sum");
	}
}

static void walk_loose(struct meter_ctx *c, const char *file)
{
	static const struct {
		const char *type;
		void (*read)(struct meter_ctx *c, const struct doc *d, const struct chassis *h);
	} kinds[] = {
		{ "#Power.", redfish_power },
		{ "#EnvironmentMetrics.", redfish_environment },
		{ "#ProcessorMetrics.", redfish_environment },
		{ "#Sensor.", redfish_sensor },
	};
	const struct doc *d = redfish_doc(c, file);
	const char *type = d->st ? "" : type_of(d->json);
	const char *path = d->st ? "" : cmj_text(cmj_get(d->json, "@odata.id"), "");
	const size_t first = c->n;
	struct chassis *h = pool_alloc(&c->pool, sizeof *h);
	bool lone; /* of a chassis, whose kind another answer tells */

	*h = (struct chassis){ .id = d->st ? "" : chassis_id(&c->pool, d->json), .path = "", .type = "" };
	set_part(c, d, h);
	if (d->st)
		redfish_add_failed(c, d);
	for (size_t i = 0; i < CM_COUNT(kinds) && !d->st; i++)
		if (cm_starts(type, kinds[i].type))
			kinds[i].read(c, d, h);
	if (cm_starts(type, "#PowerSupplyMetrics."))
		one_supply(c, d, h, file);
	redfish_distribution(c, d);
	lone = !*path || (strstr(path, "/Chassis/") && !cm_starts(type, "#Power."));
	for (size_t i = first; i < c->n && lone; i++)
		if (!strcmp(c->channel[i].covers, CM_COVERS_MACHINE) && !c->channel[i].note[0])
			snprintf(c->channel[i].note, sizeof c->channel[i].note,
				 "one answer alone does not tell what kind of chassis it is of: "
				 "taken for the machine's");
}

/* Chassis that each show a whole machine. */
static size_t showing_machines(const struct meter_ctx *c)
{
	const struct chassis *seen[64];
	size_t n = 0;

	for (size_t i = 0; i < c->n && n < CM_COUNT(seen); i++) {
		const struct chassis *h = c->point[i].of;
		bool there = !h || strcmp(c->channel[i].covers, CM_COVERS_MACHINE) != 0 ||
			     (c->channel[i].st && c->channel[i].st != CM_ABSENT);

		for (size_t k = 0; k < n && !there; k++)
			there = strcmp(seen[k]->id, h->id) == 0;
		if (!there)
			seen[n++] = h;
	}
	return n;
}

/* One controller, several machines: which one is this? */
static void refuse_several(struct meter_ctx *c, size_t machines)
{
	for (size_t i = 0; i < c->n && machines > 1; i++) {
		struct meter_channel *ch = &c->channel[i];

		if (ch->st && ch->st != CM_ABSENT)
			continue;
		redfish_refuse(ch, pool_printf(&c->pool, "the controller serves %zu machines; name one: "
			       "--redfish ADDRESS/redfish/v1/Chassis/ID", machines));
	}
}

/* The query of a service that gives collections with their members in one answer. */
static const char *expand_of(const struct cmj *root)
{
	const struct cmj *offers = cmj_get(cmj_get(root, "ProtocolFeaturesSupported"), "ExpandQuery");

	/* "." leaves out what stands in Links, which may lead anywhere. One level is what is meant
	 * where no level is said. */
	if (cmj_is_true(cmj_get(offers, "NoLinks")))
		return "?$expand=.";
	return cmj_is_true(cmj_get(offers, "ExpandAll")) ? "?$expand=*" : "";
}

static const char *const of_chassis[] = { "EnvironmentMetrics", "Power", "PowerSubsystem" };

static const struct cmj *json_of(struct meter_ctx *c, const char *path)
{
	const struct doc *d = redfish_doc(c, path);

	return d->st ? NULL : d->json;
}

/* What the chassis' readings name as their sensors. */
static void want_sources(struct meter_ctx *c, const struct doc *d)
{
	static const char *const keys[] = { "PowerWatts", "EnergyJoules", "EnergykWh" };

	for (size_t i = 0; i < CM_COUNT(keys); i++) {
		const char *path = cmj_text(cmj_get(cmj_get(d->json, keys[i]), "DataSourceUri"), "");

		if (*path == '/' && !strchr(path, '#'))
			redfish_want(c, pool_dup(&c->pool, path));
	}
}

static void want_first(struct meter_ctx *c)
{
	for (size_t k = 0; k < CM_COUNT(of_chassis); k++)
		for (size_t i = 0; i < c->nchassis; i++) {
			const char *path = c->chassis[i]->path;

			redfish_want(c, redfish_below(c, json_of(c, path), path, of_chassis[k]));
		}
	redfish_fetch(c);
	for (size_t i = 0; i < c->docs; i++)
		want_sources(c, c->doc[i]);
	redfish_want_systems(c);
	redfish_fetch(c);
}

static void walk_all(struct meter_ctx *c)
{
	redfish_find_chassis(c);
	want_first(c);
	for (size_t i = 0; i < c->nchassis; i++) {
		const struct chassis *h = c->chassis[i];
		const struct doc *d = redfish_doc(c, h->path);
		const struct cmj *o = json_of(c, h->path);
		const char *at;

		if (d->st)
			redfish_add_failed(c, d);
		if ((at = redfish_below(c, o, h->path, "EnvironmentMetrics")))
			redfish_environment(c, redfish_doc(c, at), h);
		redfish_subsystem(c, o, h);
		if ((at = redfish_below(c, o, h->path, "Power")))
			redfish_power(c, redfish_doc(c, at), h);
	}
	redfish_systems(c);
	for (size_t i = 0; i < c->nchassis; i++)
		redfish_want_sensors(c, json_of(c, c->chassis[i]->path), c->chassis[i]);
	redfish_fetch(c);
	for (size_t i = 0; i < c->nchassis; i++)
		redfish_sensors(c, json_of(c, c->chassis[i]->path), c->chassis[i]);
	if (!*redfish_asked(c->tree)) {
		const size_t linked = redfish_machines(c), shown = showing_machines(c);

		/* Nodes of one controller without a link to their systems are told by what they show; two
		 * that each show the whole of one system cannot both be right. */
		refuse_several(c, linked > shown ? linked : shown);
	}
}

void redfish_walk(struct meter_ctx *c)
{
	const char *const *list = NULL;
	const size_t loose = redfish_loose(c->tree, &list);
	const struct doc *root;

	for (size_t i = 0; i < loose; i++)
		walk_loose(c, list[i]);
	refuse_several(c, showing_machines(c));
	if (*redfish_asked(c->tree) && !strstr(redfish_asked(c->tree), "/Chassis/")) {
		if (!redfish_distribution(c, redfish_doc(c, redfish_asked(c->tree))))
			redfish_add_failed(c, redfish_doc(c, redfish_asked(c->tree)));
		return;
	}
	root = redfish_doc(c, "/redfish/v1");
	redfish_add_failed(c, root);
	if (root->st == CM_DENIED) /* so is all the rest */
		return;
	c->expand = root->st ? "" : expand_of(root->json);
	walk_all(c);
}
