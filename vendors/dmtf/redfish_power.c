/* The deprecated resource Power of a chassis: PowerControl and PowerSupplies. Must not know the walk. */
#include <math.h>
#include <string.h>

#include "redfish_walk.h"

static void power_control(struct meter_ctx *c, const struct doc *d, const struct chassis *h, size_t i,
			  const struct cmj *o)
{
	const char *context = cmj_text(cmj_get(o, "PhysicalContext"), "");
	const char *id = cmj_text(cmj_get(o, "MemberId"), "");
	struct adding a = redfish_of_chassis(h, &c->pool);
	const bool whole = !*context || !strcmp(context, "Chassis") || !strcmp(context, "PowerSupply") ||
			   !strcmp(context, "SystemBoard");

	a.name = pool_printf(&c->pool, "PowerControl %s", *id ? id : pool_printf(&c->pool, "%zu", i));
	a.key = pool_printf(&c->pool, "PowerControl/%zu/PowerConsumedWatts", i);
	if ((i || !whole) && !redfish_of_context(h, context, a.name, &a, &c->pool)) {
		a.covers = NULL;
		a.why = "what this entry of PowerControl covers is not stated, so it is in no sum";
	}
	redfish_note_limit(redfish_add(c, d, h, &a), cmj_double(cmj_get(o, "PowerConsumedWatts"), NAN),
			   cmj_double(cmj_get(cmj_get(o, "PowerLimit"), "LimitInWatts"), 0));
}

void redfish_power(struct meter_ctx *c, const struct doc *d, const struct chassis *h)
{
	const struct cmj *list, *o;

	if (d->st) {
		redfish_add_failed(c, d);
		return;
	}
	list = cmj_get(d->json, "PowerControl");
	for (size_t i = 0; i < cmj_len(list); i++)
		power_control(c, d, h, i, cmj_at(list, i));
	if (redfish_shows_supplies(c, h, CM_SCOPE_WALL)) /* PowerSubsystem, which is newer, has them */
		return;
	list = cmj_get(d->json, "PowerSupplies");
	for (size_t i = 0; i < cmj_len(list); i++) {
		const char *id;

		o = cmj_at(list, i);
		id = pool_dup(&c->pool, cmj_text(cmj_get(o, "MemberId"), ""));
		if (redfish_is_there(o))
			redfish_supply(c, d, h, *id ? id : pool_printf(&c->pool, "%zu", i),
				       pool_printf(&c->pool, "PowerSupplies/%zu/", i), o);
	}
}
