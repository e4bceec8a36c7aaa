/* Supplies that each show the machine's total. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "redfish_walk.h"

/* Several supplies that each show the machine's total are one reading. */
void redfish_drop_repeats(struct meter_ctx *c)
{
	const struct meter_channel *total = NULL;
	double watts = 0, v = 0;
	size_t like = 0, first = 0;

	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < c->n; i++) {
			struct meter_channel *ch = &c->channel[i];
			const struct point *p = &c->point[i];

			if (ch->st || ch->kind != CM_POWER_SAMPLE)
				continue;
			v = cmj_double(redfish_reading(redfish_doc(c, p->path)->json, p->key), NAN);
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
