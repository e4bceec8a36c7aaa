/*
 * Energy, time and money of the same work against power cap: which cap is the least, and which are not
 * told apart from it. Also how rows of a sweep say their cap, and how they are gathered again. Energy
 * against cap has a minimum inside, so results without their cap are not comparable.
 */
#ifndef CM_BASE_CAP_CURVE_H
#define CM_BASE_CAP_CURVE_H

#include <stdbool.h>
#include <stddef.h>

#include "api/report.h"

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

/* ---- rows ---------------------------------------------------------------------------------- */

/* A device under a cap is another device wherever rows are told apart: in the store, for its roof, for
 * "the newest figure of this device". */
#define CM_CAP_DEVICE " at %.6g W"
/* Rows of a sweep say their cap in their tunables too: "tile=16 power_cap_w=250". NaN: none there. */
#define CM_CAP_TUNABLE "power_cap_w="
double cap_of_tunables(const char *tunables);

/* The name of a row's device without the cap. The caller frees. */
char *cap_device_dup(const struct result_row *r);

struct cap_rows {
	const struct result_row **row; /* of each cap, as caps has them … */
	struct power_caps caps;        /* … per unit of work */
};
/* The sweep that begins with row i, by falling watts: all that differ in nothing but their cap; false: row i
 * is of none, or an earlier row begins it. */
bool cap_rows_gather(const struct result_row *row, size_t n, size_t i, struct cap_rows *out);
void cap_rows_free(struct cap_rows *c);
/* Why a row has no figure in its sweep; "" where it has one. */
const char *cap_row_why_not(const struct result_row *r);

#endif
