/* An energy counter of Sysman followed from reading to reading: joules, and the time of its snapshot. */
#ifndef CM_SYSMAN_COUNTER_H
#define CM_SYSMAN_COUNTER_H

#include <stdbool.h>

#include "sysman_abi.h"

struct sysman_counter {
	cmzs_handle h;
	uint64_t uj, t_us;       /* the last snapshot */
	uint64_t turns_us;       /* what the wraps of its clock add up to */
	uint64_t read_ns;        /* when it was read, by the caller's clock; 0 = never */
	uint64_t first_ns, first_us;
	double behind_ns;        /* least that a snapshot was seen to be older than its reading */
	bool timeless;           /* its times are not those of its values */
};

/* J of the next snapshot and, on the caller's clock, when it was taken (0: that is not known).
 * CMZS_NOT_INITIALISED where the snapshot's clock ran backward: a reset. */
cmzs_ret sysman_count(const struct sysman_api *zs, struct sysman_counter *c, uint64_t (*clock_ns)(void),
		      double *joules, uint64_t *taken_ns);

/* Joules at which a counter that reads uj starts anew; 0: it does not, or it cannot be told. */
double sysman_wraps_at(uint64_t uj, const char *driver);
/* Its smallest change, J. */
double sysman_step(uint64_t uj);

#endif
