/*
 * Load levels: the same work held at 100 %, 90 % … 10 % of the rate that it ran at, and active idle,
 * each metered for a while, as SPECpower does it: a machine that is half busy draws more than half.
 */
#ifndef CM_ENGINE_LOAD_LEVELS_H
#define CM_ENGINE_LOAD_LEVELS_H

#include "base/json.h"
#include "engine/metering.h"

struct load_source {
	/* Runs so many iterations; what it took, ns. */
	enum cm_status (*go)(void *state, uint64_t iterations, uint64_t *ns, struct cm_err *err);
	bool (*stopped)(void *state); /* asked between levels; true: the user wants to stop */
	void *state;
	uint64_t batch;               /* iterations of one burst */
	double batch_ns;              /* what it takes at full rate, by the wall's clock */
	double work;                  /* of one iteration */
	uint64_t seed;
};

/* [{load, rate, watts, watts_lo, watts_hi, joules, basis, missing, scope, window_s}], from 1.0 down to 0;
 * rate: work per second; joules: per unit of work, null at idle. Each level is held for each_s. */
enum cm_status load_levels(const struct load_source *src, struct metering *meter, double each_s,
			   struct cmj **out, struct cm_err *err);

#endif
