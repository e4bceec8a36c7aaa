/*
 * An outlet, an outlet group, a circuit or a whole unit of power distribution that was named by the user:
 * PowerEquipment/…, by its type. What hangs on it is known to nobody but the user, who names the outlet
 * of this machine; a whole unit feeds more. Must not know chassis.
 */
#include <string.h>

#include "redfish_walk.h"

bool redfish_distribution(struct meter_ctx *c, const struct doc *d)
{
	static const struct { const char *type; bool one; } types[] = {
		{ "#Outlet.", true }, { "#OutletGroup.", true }, { "#Circuit.", true },
		{ "#PowerDistribution.", false }, { "#PowerDistributionMetrics.", false },
	};
	const char *type = cmj_text(cmj_get(d->json, "@odata.type"), ""), *metrics;
	struct chassis *h = pool_alloc(&c->pool, sizeof *h);
	struct adding a = { .scope = CM_SCOPE_WALL, .covers = CM_COVERS_MACHINE };

	*h = (struct chassis){ .id = redfish_last_part(c, cmj_text(cmj_get(d->json, "@odata.id"), d->path)),
			       .path = d->path, .type = "" };
	for (size_t i = 0; i < CM_COUNT(types); i++) {
		if (d->st || !cm_starts(type, types[i].type))
			continue;
		if (!types[i].one) {
			a.covers = NULL;
			a.why = "a distribution unit feeds more than this machine; name its outlet: "
				"--redfish ADDRESS/redfish/v1/PowerEquipment/RackPDUs/1/Outlets/A1";
		}
		metrics = redfish_link(d->json, "Metrics");
		redfish_metrics(c, metrics ? redfish_doc(c, pool_dup(&c->pool, metrics)) : d, h, a, "");
		return true;
	}
	return false;
}
