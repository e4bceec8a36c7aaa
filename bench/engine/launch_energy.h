/* What a launch says of its energy, as members of its summary in the store (docs/energy.md lists
 * them). */
#ifndef CM_ENGINE_LAUNCH_ENERGY_H
#define CM_ENGINE_LAUNCH_ENERGY_H

#include "base/json.h"
#include "engine/metering.h"

/* Joules, readings, limits, counts, power over time; or "joules_missing" where st or r say why. */
void energy_describe(struct cmj *s, const struct metering_result *r, enum cm_status st,
		     const struct cm_err *err);
/* After energy_describe(): adds the processor's own time under its thermal limit, NaN = not known.
 */
void energy_held_cpu(struct cmj *s, double held_s, double window_s);
/* idle_w: before and after, NaN = not known for the reason. */
void energy_describe_idle(struct cmj *s, const struct metering_result *r, const double idle_w[2],
			  const char *const idle_why[2]);
void energy_utc_now(char out[32]); /* "2026-11-24T05:12:00.123Z" */

#endif
