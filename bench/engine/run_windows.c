/* The metered windows of a row in a run (see run_windows.h). */
#include "engine/run_windows.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

void run_windows_add(struct run_windows *r, int64_t launch, struct cmj *summary)
{
	if (!summary)
		return;
	energy_windows_add(&r->w, summary);
	cmj_free(r->summary);
	r->summary = cmj_ref(summary);
	r->launch = launch;
}

enum cm_status run_windows_recall(struct run_windows *r, struct store *s, int64_t launch,
				  struct cm_err *err)
{
	struct store_query *q = NULL;
	struct cmj *summary = NULL;
	char id[24];
	const char *const arg[] = { id };
	enum cm_status st;

	snprintf(id, sizeof id, "%lld", (long long)launch);
	st = store_query(s, "SELECT summary FROM launches WHERE id=CAST(?1 AS INTEGER) AND status='ok'", arg,
			 1, &q, err);
	if (!st)
		st = store_query_next(q, err);
	if (!st) {
		const char *text = store_query_text(q, 0);

		st = cmj_parse(text, strlen(text), "summary", &summary, err);
	}
	store_query_close(q);
	if (!st)
		run_windows_add(r, launch, summary);
	cmj_free(summary);
	return st == CM_END ? CM_OK : st; /* one that failed has no window */
}

enum cm_status run_windows_close(struct run_windows *r, struct store *s, const char *rule,
				 const char *says, struct cm_err *err)
{
	if (!r->w.measured || !r->summary)
		return CM_OK;
	cmj_set(r->summary, "joules_stopped_by", cmj_string(rule));
	cmj_set(r->summary, "joules_stop_says", cmj_string(says));
	return store_launch_end(s, r->launch, cm_status_word(CM_OK), "", r->summary, err);
}

void run_windows_free(struct run_windows *r)
{
	energy_windows_free(&r->w);
	cmj_free(r->summary);
	*r = (struct run_windows){ .summary = NULL };
}
