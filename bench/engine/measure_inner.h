/* Shared by measure.c (a launch from compiling to its last check) and measure_window.c (from warm-up to the
 * last sample, with meters around). Nobody else's. */
#ifndef CM_ENGINE_MEASURE_INNER_H
#define CM_ENGINE_MEASURE_INNER_H

#include "api/backend.h"
#include "api/kernel.h"
#include "base/json.h"
#include "engine/metering.h"
#include "engine/steady.h"

#define MAX_SAMPLES 4096
#define SAMPLE_NS 1e6         /* a sample lasts at least this long … */

/* One life cycle for portable and tuned programs. */
struct runner {
	const struct backend *backend;
	const struct tuned *tuned; /* NULL = portable */
	struct backend_ctx *ctx;
	struct program *program;
};

struct launch {
	const struct cmj *job;
	const struct kernel *kernel;
	struct kernel_env env;
	struct kernel_plan plan;
	struct runner run;
	double ci, budget_s, clock_cost_ns, clock_step_ns;
	double wall_ns;            /* of one iteration while warming up, the launch's own cost included */
	double *sample;            /* ns of one iteration, in the order of taking */
	size_t samples, sent;
	uint64_t per_sample;       /* iterations */
	uint64_t iterations;       /* since fill and upload, all of them */
	uint64_t warm_iterations, timed_iterations;
	double work_ns;            /* wall time of the timed iterations */
	double sampled_ns;         /* of all of the sampling: what it took beyond work_ns is the harness */
	double idle_w[2];          /* before and after; NaN = not known, with … */
	char idle_why[2][200];     /* … the reason */
	struct steady *warm;       /* temperatures around the window; NULL where nothing is metered */
	bool stopped;              /* by the parent */
	const char *stopped_by;
	struct cmj *summary;
};

/* Runs so many iterations; what it took, ns. */
enum cm_status launch_go(struct launch *l, uint64_t iterations, uint64_t *ns, struct cm_err *err);
/* Idle power, before (0) or after (1) the window: the machine while this process waits. */
void launch_idle(struct launch *l, struct metering *meter, size_t which);
/* Rounds of growing length until two agree; leaves the time of one iteration in *ns. */
enum cm_status launch_warm_up(struct launch *l, double *ns, struct cm_err *err);
/* Samples with trust checks and meters around them. */
enum cm_status launch_observe(struct launch *l, struct metering *meter, struct cm_err *err);
/* Power at parts of the load, where it was asked for. */
enum cm_status launch_levels(struct launch *l, struct metering *meter, struct cm_err *err);

#endif
