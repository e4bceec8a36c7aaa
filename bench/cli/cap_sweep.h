/* A sweep of power caps within `costmark run`: which caps, who sets them, how long each change is
 * waited for. */
#ifndef CM_CLI_CAP_SWEEP_H
#define CM_CLI_CAP_SWEEP_H

#include "engine/run.h"

struct cap_sweep;

/* Checks that every cap can be set; sets none. Call it while the process has one thread. */
enum cm_status cap_sweep_open(const char *caps, const char *sysfs_root, struct cap_sweep **out,
			      struct cm_err *err);
/* Makes the plan the sweep's own: --resume takes the same sweep only; a budget that nobody gave is
 * each cap's. */
void cap_sweep_plan(struct cap_sweep *s, struct plan *p, bool budget_given);
void cap_sweep_note(const struct cap_sweep *s);
const struct run_caps *cap_sweep_caps(const struct cap_sweep *s); /* NULL of NULL */
/* Restores and frees; NULL is fine. An error says what still stands and what restores it. */
enum cm_status cap_sweep_close(struct cap_sweep *s, struct cm_err *err);

#endif
