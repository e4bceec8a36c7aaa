/* Limits of power of AMD's GPUs: what both libraries say of them, and what became of setting one.
 * Calls no library. */
#ifndef CM_AMD_LIMITS_H
#define CM_AMD_LIMITS_H

#include "amd_gpu.h"

struct amd_limit {
	uint64_t now_uw, usual_uw, least_uw, most_uw;
};

struct amd_limits {
	struct meter_cap *limit;
	size_t *gpu; /* which GPU each is of */
	size_t n, cap;
};

/* Nothing where the GPU has no limit of its own: a die whose neighbour has it for both. */
void amd_add_limit(struct amd_limits *l, const struct amd_gpu *g, size_t i,
		   const struct amd_limit *of);
/* Of a call that sets: `words` say its error, now_uw was read back after it (0: that failed).
 * CM_DENIED: nothing has changed. */
enum cm_status amd_limit_set(const struct meter_cap *l, double watts, enum cm_status st,
			     const char *words, uint64_t now_uw, struct cm_err *err);
void amd_free_limits(struct amd_limits *l);

#endif
