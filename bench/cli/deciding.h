/* What tco, explain and report do first: tables, measured rows and a scenario loaded. */
#ifndef CM_CLI_DECIDING_H
#define CM_CLI_DECIDING_H

#include "api/report.h"
#include "cli/opt.h"
#include "engine/published_store.h"
#include "engine/store.h"

struct deciding {
	const struct decider *decider;
	struct catalogue *catalogue;
	struct store_rows rows;       /* empty where nothing was measured */
	struct published_list published; /* empty where nothing was imported */
	struct resolver *names;
	struct result_source results;
	struct scenario *scenario;
};

/* The first word is the scenario; the struct must stay where it is until it is closed. On an error
 * nothing is left open. */
enum cm_status deciding_open(const struct args *a, struct deciding *out, struct cm_err *err);
/* The scenario at path, beside another command: a store that was named need not be there yet. */
enum cm_status deciding_open_for(const struct args *a, const char *path, struct deciding *out,
				 struct cm_err *err);
void deciding_close(struct deciding *d);

#endif
