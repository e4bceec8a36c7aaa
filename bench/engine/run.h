/* Running a plan: one child per launch, every sample into the store as it comes. */
#ifndef CM_ENGINE_RUN_H
#define CM_ENGINE_RUN_H

#include <signal.h>

#include "engine/plan.h"
#include "engine/store.h"

struct run_options {
	const char *tag, *command_line, *facts_json;
	uint64_t seed;
	bool resume;
	const volatile sig_atomic_t *stop; /* set by a signal: finish the sample, keep all */
	void (*progress)(size_t done, size_t of, const char *what, double seconds_left);
};

struct run_outcome {
	char run_id[40];
	bool interrupted, wrong;   /* a device computed a wrong result */
	size_t measured, failed;   /* launches */
};

enum cm_status run_plan(const struct plan *p, struct store *s, const struct run_options *o,
			struct run_outcome *out, struct cm_err *err);

#endif
