/* The plan of a run: which kernel, type and size on which device, how often, in which order. */
#ifndef CM_ENGINE_PLAN_H
#define CM_ENGINE_PLAN_H

#include "api/kernel.h"
#include "engine/discover.h"

struct run_spec {
	enum cm_suite suite;
	const char *const *kernels;  size_t nkernels;  /* names or groups; none = the suite's all */
	const char *const *backends; size_t nbackends;
	const char *const *devices;  size_t ndevices;  /* parts of names */
	const size_t *sizes;         size_t nsizes;
	unsigned launches;           /* of each row; 0 = the suite's */
	bool small;                  /* sizes for a check of the machine, not for figures */
	double ci;                   /* relative half width */
	double budget_s;             /* for all of it, wall time; 0 = the suite's */
	uint64_t seed;
};

struct plan_cell {
	const struct kernel *kernel;
	const struct seen_device *device;
	const struct seen_tuned *tuned; /* NULL = portable */
	struct kernel_case c;
	struct kernel_env env;
	enum cm_status st;           /* not CM_OK: known before any launch, with the reason */
	const char *reason;
};

struct plan_launch { size_t cell; unsigned number; uint64_t seed; };

struct plan {
	struct plan_cell *cell; size_t cells;
	struct plan_launch *launch; size_t launches; /* in the order of running */
	unsigned each;
	uint64_t seed;               /* of the order */
	bool firm;                   /* `each` was asked for: the budget does not cut it */
	double ci, budget_s;
	char hash[65];               /* of everything but the seed: for --resume */
	struct pool pool;
};

/* host: sizes of the CPU's caches, the measured plateau and the memory. Unknown names of the spec are
 * CM_EINPUT with did-you-mean; an empty plan is CM_ABSENT. */
enum cm_status plan_make(const struct run_spec *spec, const struct discovery *seen,
			 const struct kernel_env *host, struct plan **out, struct cm_err *err);
void plan_free(struct plan *p);
/* The order of running and the seeds of the data, drawn again by this seed: a resumed run's own. */
void plan_order(struct plan *p, uint64_t seed);

/* One more round of every cell that can run, in an order of its own drawn by the plan's seed. */
void plan_more(struct plan *p);

/* "tile=16 vec=4" */
const char *plan_tunables(const struct plan_cell *c, struct pool *pool);

#endif
