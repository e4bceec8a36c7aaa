/*
 * When has a row enough metered windows? Each launch is one window of joules per unit of its work.
 * Research, rule R18: at least five, and a 95 % half width below 2 % of the mean. Pure.
 */
#ifndef CM_ENGINE_ENERGY_STOP_H
#define CM_ENGINE_ENERGY_STOP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

#define ENERGY_LEAST 5         /* windows */
#define ENERGY_HALF_SHARE 0.02 /* of the mean */
#define ENERGY_MOST 25         /* launches of a row that joules alone may ask for */
#define ENERGY_WORK_SHARE 0.9  /* a window in which the kernel worked for less has no figure */

struct energy_windows {
	double *per;   /* joules an iteration: of one row they stand for those of its work */
	size_t n, cap;
	bool measured; /* its joules come from a meter: more windows of a model would say nothing */
	double need_s; /* the window that its meter needs for the edge target */
};

/* J per iteration of a launch's summary; NaN where it has no figure. */
double energy_per_iteration(const struct cmj *summary);
/* Share of a window in which the kernel worked; in the rest the harness did, or waited. */
double energy_work_share(const struct cmj *summary);
/* 95 % half width of the mean, as a share of it; NaN for less than two. */
double energy_half_share(const double *x, size_t n);

void energy_windows_add(struct energy_windows *w, const struct cmj *summary);
bool energy_windows_met(const struct energy_windows *w);
/* How many more at least: 0 where the rule is met or no meter looks. have: launches that come anyway. */
size_t energy_windows_lack(const struct energy_windows *w, size_t coming);
void energy_windows_free(struct energy_windows *w);

#endif
