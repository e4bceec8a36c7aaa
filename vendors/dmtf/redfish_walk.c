/* Which resources of a controller are looked at, and which machine of several is meant. */
#include <stdio.h>
#include <string.h>

#include "redfish_walk.h"

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
	const struct doc *d = redfish_doc(c, path);
	const struct cmj *o = d->st ? NULL : d->json;
	struct chassis h = { .id = redfish_last_part(path), .path = path,
			     .type = pool_dup(&c->pool, cmj_text(cmj_get(o, "ChassisType"), "")) };
	const char *at;

	set_extent(&h);
	if (d->st)
		redfish_add_failed(c, d);
	if ((at = redfish_below(c, o, path, "EnvironmentMetrics")))
		redfish_environment(c, redfish_doc(c, at), &h);
	redfish_subsystem(c, o, &h);
	if ((at = redfish_below(c, o, path, "Power")))
		redfish_power(c, redfish_doc(c, at), &h);
	redfish_sensors(c, o, &h);
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
		{ "#Power.", redfish_power },
		{ "#EnvironmentMetrics.", redfish_environment },
		{ "#Sensor.", redfish_sensor },
	};
	const struct doc *d = redfish_doc(c, file);
	const char *type = cmj_text(cmj_get(d->json, "@odata.type"), "");
	const struct chassis h = { .id = d->st ? "" : chassis_id(&c->pool, d->json), .path = "",
				   .type = "" };

	if (d->st)
		redfish_add_failed(c, d);
	for (size_t i = 0; i < CM_COUNT(kinds) && !d->st; i++)
		if (cm_starts(type, kinds[i].type))
			kinds[i].read(c, d, &h);
	if (cm_starts(type, "#PowerSupplyMetrics."))
		redfish_supply_metrics(c, d, &h, cmj_text(cmj_get(d->json, "Id"), file), 0);
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

void redfish_walk(struct meter_ctx *c)
{
	const char *const *list = NULL, *const *member = NULL;
	const size_t loose = redfish_loose(c->tree, &list);
	const struct doc *root;
	const char *all;
	struct cm_err err = { 0 };
	enum cm_status st = CM_OK;
	size_t n, machines = 0;

	for (size_t i = 0; i < loose; i++)
		walk_loose(c, list[i]);
	if (*redfish_asked(c->tree)) {
		walk_chassis(c, redfish_asked(c->tree));
		return;
	}
	root = redfish_doc(c, "/redfish/v1");
	if (root->st)
		redfish_add_failed(c, root);
	all = root->st ? NULL : redfish_link(root->json, "Chassis");
	n = redfish_members(c->tree, all ? all : "/redfish/v1/Chassis", &c->pool, &member, &st, &err);
	for (size_t i = 0; i < n; i++) {
		const struct doc *d = redfish_doc(c, member[i]);
		const struct cmj *links = cmj_get(d->json, "Links");

		machines += cmj_len(cmj_get(links, "ComputerSystems")) > 0 && !cmj_get(links, "ContainedBy");
		walk_chassis(c, member[i]);
	}
	refuse_several(c, machines);
}
