/* Gathering what a report is drawn from, beside the decision: rows, machine, plug-ins, hashes. */
#ifndef CM_CLI_REPORT_GATHER_H
#define CM_CLI_REPORT_GATHER_H

#include "cli/deciding.h"
#include "engine/discover.h"
#include "engine/metering.h"
#include "engine/topology.h"

struct gathered {
	struct report_data data;
	struct pool pool;
	struct machine *machine;
	struct discovery *seen;
	struct metering *meters;
	struct result_row *row;      size_t rows;
	struct system_fact *fact;    size_t facts, facts_cap;
	struct present_row *present; size_t presents, presents_cap;
	struct hashed_file *file;    size_t files, files_cap;
	struct report_run *run;      size_t runs, runs_cap;
	const char **note;           size_t notes, notes_cap;
	struct cap_price cap_price[16]; /* of options with servers of their own; more is no report */
};

/* Drivers are asked in child processes. Also after an error, gathered_free() frees. */
enum cm_status report_gather(const struct args *a, struct deciding *k, const struct decision *d,
			     struct gathered *out, struct cm_err *err);
void gathered_free(struct gathered *g);

#endif
