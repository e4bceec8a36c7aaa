/* The deprecated resource Power of a chassis: PowerControl and PowerSupplies. Must not know the walk. */
#include <math.h>
#include <string.h>

#include "redfish_walk.h"

/* Where power comes in or is seen, which says nothing against the whole. */
static bool is_place(const char *context)
{
	static const char *const places[] = { "", "Chassis", "PowerSupply", "PowerSubsystem",
					      "PowerSupplyBay",
					      "SystemBoard", "Intake", "Exhaust", "Front", "Back", "Upper",
					      "Lower", "Room", "PowerInlet", "ACInput" };

	for (size_t i = 0; i < CM_COUNT(places); i++)
		if (!strcmp(context, places[i]))
			return true;
	return false;
}

static bool is_system(const char *path)
{
	static const char systems[] = "/redfish/v1/Systems/";

	return cm_starts(path, systems) && !strpbrk(path + strlen(systems), "/#");
}

/* Does the entry say that it is of this chassis, or of a computer system? */
static bool is_of_machine(const struct chassis *h, const struct cmj *o)
{
	const struct cmj *list = cmj_get(o, "RelatedItem");

	for (size_t i = 0; i < cmj_len(list); i++) {
		const char *id = cmj_text(cmj_get(cmj_at(list, i), "@odata.id"), "");

		if ((*h->path && redfish_same(id, h->path)) || is_system(id))
			return true;
	}
	return false;
}

/* A board's entry that is said to be of the computer system and of another chassis, which is the machine:
 * that chassis. */
static const struct chassis *machine_named(const struct meter_ctx *c, const struct chassis *h,
					   const struct cmj *o)
{
	const struct cmj *list = cmj_get(o, "RelatedItem");
	const struct chassis *machine = NULL, *other;
	bool system = false;

	for (size_t i = 0; i < cmj_len(list) && h->extent == A_PART; i++) {
		const char *id = cmj_text(cmj_get(cmj_at(list, i), "@odata.id"), "");

		other = redfish_chassis_of(c, id);
		if (other && other->extent == THE_MACHINE)
			machine = other;
		system |= is_system(id);
	}
	return system && machine ? machine : h;
}

static void power_control(struct meter_ctx *c, const struct doc *d, const struct chassis *in, size_t i,
			  const struct cmj *o)
{
	const struct chassis *h = i ? in : machine_named(c, in, o);
	const char *context = cmj_text(cmj_get(o, "PhysicalContext"), "");
	const char *id = cmj_text(cmj_get(o, "MemberId"), "");
	struct adding a = redfish_of_chassis(h, &c->pool);
	const bool whole = is_place(context) || is_of_machine(h, o);

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
