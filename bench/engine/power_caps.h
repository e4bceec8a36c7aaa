/*
 * A table of the same work done under different power caps: what it drew and took at each, and the
 * cap at which it costs least. Energy against cap has a minimum inside, so results without their
 * cap are not comparable.
 */
#ifndef CM_ENGINE_POWER_CAPS_H
#define CM_ENGINE_POWER_CAPS_H

#include <stdbool.h>
#include <stddef.h>

#include "api/status.h"

struct power_cap {
	double watts;            /* the cap of each device */
	double seconds, joules;  /* of the work, all devices; means of the tries; joules NaN: not measured */
	double half_seconds, half_joules; /* of the mean's 95 % interval; NaN with one try: not known */
	unsigned tries;
	double spread[2];        /* sums of squares about the means, while tries are added */
};

struct power_caps {
	struct power_cap *cap;   /* by falling watts */
	size_t n, room;
	unsigned devices;        /* energy columns that were added up */
};

/*
 * CSV by header, columns in any order: the cap as cap_w, or at the end of window_name ("…_175", as
 * Zeus writes); seconds or elapsed_time; joules, or one gpuN_energy a device. A cell that is no
 * number above 0 is CM_EINPUT.
 */
enum cm_status power_caps_read(const char *path, struct power_caps *out, struct cm_err *err);
void power_caps_free(struct power_caps *c);

/* Money for the work at one cap. per_joule and per_second are prices; either may be 0. */
double power_cap_cost(const struct power_cap *c, double per_joule, double per_second);
/* Half width of its 95 % interval, as if energy and time erred together: the widest that it may be. NaN: not
 * known. */
double power_cap_half(const struct power_cap *c, double per_joule, double per_second);

/* The cap of least cost among those with a figure. */
struct cap_least {
	size_t best;      /* of equal ones the higher cap, which is faster; n: none, for fewer than two have
			   * a figure */
	size_t alike;     /* others whose intervals overlap with its own, or that cost the same */
	bool known;       /* intervals are known, of the best and of at least one other */
};
struct cap_least power_caps_least(const struct power_caps *c, double per_joule, double per_second);
/* Cap i is the best, or not told apart from it. */
bool power_caps_alike(const struct power_caps *c, const struct cap_least *l, size_t i,
		      double per_joule, double per_second);

#endif
