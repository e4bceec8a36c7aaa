/* The metered windows of one row in a run: what its launches said of joules, and, when the run is over,
 * which rule ended it. For run.c. */
#ifndef CM_ENGINE_RUN_WINDOWS_H
#define CM_ENGINE_RUN_WINDOWS_H

#include "engine/energy_stop.h"
#include "engine/store.h"

struct run_windows {
	struct energy_windows w;
	int64_t launch;      /* the last that ended well, … */
	struct cmj *summary; /* … and what it said; NULL = none */
};

void run_windows_add(struct run_windows *r, int64_t launch, struct cmj *summary);
/* The same for a launch that ended in an earlier call of this run. */
enum cm_status run_windows_recall(struct run_windows *r, struct store *s, int64_t launch,
				  struct cm_err *err);
/* Keeps with its last launch why no further one was taken: "joules_stopped_by", "joules_stop_says". */
enum cm_status run_windows_close(struct run_windows *r, struct store *s, const char *rule,
				 const char *says, struct cm_err *err);
void run_windows_free(struct run_windows *r);

#endif
