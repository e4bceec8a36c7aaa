/* Running a plan: one child per launch, every sample into the store as it comes. */
#ifndef CM_ENGINE_RUN_H
#define CM_ENGINE_RUN_H

#include <signal.h>

#include "engine/plan.h"
#include "engine/store.h"

/* Power caps: the plan's launches run under each; rows carry theirs. The first launches of all rows run
 * under each cap in turn, then the second ones with the caps in the opposite order, and so on, so that a
 * slow change of the machine meets all caps alike. */
struct run_caps {
	const double *watts;
	size_t n;
	double settle_s; /* waited after each change, before a launch */
	enum cm_status (*set)(void *arg, double watts, struct cm_err *err);
	void *arg;
};

struct run_options {
	const char *tag, *command_line, *facts_json;
	uint64_t seed;
	bool resume;
	const char *sysfs_root;            /* meters and trust checks look below it; NULL = this machine */
	const char *redfish, *redfish_ca, *wall; /* other meters, as in meter_from; NULL = none */
	double level_s;                    /* each load level is held so long; 0 = none */
	double silence_s;                  /* a launch that says nothing so long is ended; 0 = 120 */
	const volatile sig_atomic_t *stop; /* set by a signal: finish the sample, keep all */
	void (*progress)(size_t done, size_t of, const char *what, double seconds_left);
	const struct run_caps *caps;       /* NULL = no limit of power is touched */
};

struct run_outcome {
	char run_id[40];
	bool interrupted, resumed;
	size_t measured, failed;   /* launches of this call; unsupported ones are neither */
	size_t left;               /* launches that the budget left out, … */
	size_t unmeasured;         /* … and rows that have none because of it */
};

/* A resumed run takes its own seed again, so the plan's order changes. */
enum cm_status run_plan(struct plan *p, struct store *s, const struct run_options *o,
			struct run_outcome *out, struct cm_err *err);

#endif
