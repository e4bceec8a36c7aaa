/*
 * Cooling down between launches (research, rule R17): a launch that begins on a machine still hot from
 * the one before draws more than one that begins cold. Waits until the temperatures are near those of
 * before the first launch, or fall no more, within a share of the run's budget. Where no sensor is, it
 * says so and waits for nothing.
 */
#ifndef CM_ENGINE_COOLING_H
#define CM_ENGINE_COOLING_H

#include <signal.h>

#include "base/json.h"

#define COOLING_SHARE 0.05 /* of the budget, in all */
#define COOLING_NEAR_C 2.0 /* above what it was before the first launch */

struct cooling;

/* Reads the sensors below root (NULL = this machine) for the first time: nothing has run yet. */
struct cooling *cooling_begin(const char *root, double budget_s);
/* Before a launch, of so many that are to come: they share what is left to wait. */
void cooling_wait(struct cooling *c, size_t to_come, const volatile sig_atomic_t *stop);
/* After it: "cooling": {"sensor", "first_c", "start_c", "end_c", "waited_s", "says"} of its summary. */
void cooling_describe(struct cooling *c, struct cmj *summary);
void cooling_end(struct cooling *c);

#endif
