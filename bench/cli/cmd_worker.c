/*
 * worker: the program's own child, hidden from the help (no summary). Reads one job and answers it. What
 * a driver does to this process stays in it.
 */
#include <string.h>

#include "cli/opt.h"
#include "engine/child.h"
#include "engine/discover.h"
#include "engine/measure.h"

static const struct {
	const char *what;
	void (*run)(const struct cmj *job);
} jobs[] = {
	{ "discover", discover_worker },
	{ "launch", measure_worker },
};

static int worker(const struct args *a)
{
	struct cmj *job;
	struct cm_err err;
	const char *what;

	if (worker_job(&job, &err))
		return cmd_fail(a, &err);
	what = cmj_text(cmj_get(job, "do"), "");
	for (size_t i = 0; i < CM_COUNT(jobs); i++)
		if (!strcmp(jobs[i].what, what))
			jobs[i].run(job);
	cmj_free(job);
	return CM_EXIT_OK;
}

const struct command cmd_worker = {
	.name = "worker",
	.usage = "costmark worker (started by costmark itself)",
	.summary = NULL,
	.examples = "",
	.min_words = 0,
	.max_words = 0,
	.run = worker,
};
