/* Trust: what else happened on the machine while a launch measured, and whether to believe it. */
#ifndef CM_ENGINE_TRUST_H
#define CM_ENGINE_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

/* Counters read before and after the samples of a launch. */
struct trust_snapshot {
	double wall_s, own_cpu_s;              /* this process */
	double busy_cpu_s, steal_s;            /* the whole machine, /proc/stat */
	double throttle_events;                /* thermal_throttle counters, summed; NaN = not readable */
	bool known;
	double throttled_s; /* of the processor that was longest held back; NaN = not known */
};

void trust_read(const char *sysfs_root, struct trust_snapshot *out);

/* One sentence for each check that failed, as an array of strings; empty = trusted. samples in the order
 * of their taking. */
struct cmj *trust_judge(const struct trust_snapshot *before, const struct trust_snapshot *after,
			const double *samples, size_t n);

#endif
