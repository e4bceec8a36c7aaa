/*
 * The result store: runs, cells, launches and samples in SQLite. SQLite is named in
 * sqlite_door.h. A sample is in the file as soon as store_sample() returns; a killed run keeps them.
 */
#ifndef CM_ENGINE_STORE_H
#define CM_ENGINE_STORE_H

#include "api/report.h"

struct store;

/* path NULL: $XDG_DATA_HOME/costmark/results.db. The file is made if it is not there. */
enum cm_status store_open(const char *path, struct store **out, struct cm_err *err);
/* To read only: nothing is made or changed, a file that nobody may write is fine. CM_ABSENT where there is
 * no file. */
enum cm_status store_open_read(const char *path, struct store **out, struct cm_err *err);
void store_close(struct store *s);

struct store_cell { /* what identifies a row */
	const char *kernel, *op, *group, *variant, *tuned_by, *type, *size_unit, *backend, *device,
		*tunables;
	size_t size;
};

/* A run: id is made here (time and random), facts are kept as JSON. */
enum cm_status store_run_begin(struct store *s, const char *tag, uint64_t seed,
			       const char *command_line, const char *plan_hash,
			       const char *facts_json, char run_id[40], struct cm_err *err);
/* The newest unfinished run of this plan (and tag), for --resume; CM_ABSENT when there is none, CM_EINPUT
 * when another process measures it right now. The run is this process's own from then on. */
enum cm_status store_run_unfinished(struct store *s, const char *tag, const char *plan_hash,
				    char run_id[40], uint64_t *seed, struct cm_err *err);
enum cm_status store_run_end(struct store *s, const char *run_id, const char *state,
			     struct cm_err *err); /* "done", "interrupted" */

enum cm_status store_cell_id(struct store *s, const char *run_id, const struct store_cell *c,
			     int64_t *id, struct cm_err *err); /* finds or makes */
/* Begins a launch of a cell; false in *fresh when that launch is already complete (resume). */
enum cm_status store_launch_begin(struct store *s, int64_t cell, unsigned number, bool *fresh,
				  int64_t *launch, struct cm_err *err);
enum cm_status store_samples(struct store *s, int64_t launch, const double *ns, size_t n,
			     struct cm_err *err);
/* summary: JSON of what the launch says of itself (verified, joules, trust, stopped_by, counts). */
enum cm_status store_launch_end(struct store *s, int64_t launch, const char *status,
				const char *reason, const struct cmj *summary,
				struct cm_err *err);

struct store_rows { struct result_row *row; size_t n; struct pool pool; };
/* Rows of one run (run_id), or the newest row of each cell with this tag (NULL = any). Statistics
 * are computed from the samples here, roofline shares across the rows of a device. */
enum cm_status store_rows(struct store *s, const char *run_id, const char *tag,
			  struct store_rows *out, struct cm_err *err);
void store_rows_free(struct store_rows *r);

/* What the store says of a run itself. facts: JSON object of the machine's facts as they were then. */
struct stored_run { char *id, *tag, *seed, *command_line, *facts, *state, *begun, *ended, *version; };
enum cm_status store_run_read(struct store *s, const char *run_id, struct stored_run *out,
			      struct cm_err *err);
void stored_run_free(struct stored_run *r);

/* ---- for files with tables of their own in the store (published_store.c) --------------------- */

struct store_query;
/* One statement with text arguments ?1, ?2, …; close it also after an error of next(). */
enum cm_status store_query(struct store *s, const char *sql, const char *const *arg, size_t n,
			   struct store_query **out, struct cm_err *err);
enum cm_status store_query_next(struct store_query *q, struct cm_err *err); /* CM_END after the last row */
const char *store_query_text(struct store_query *q, int column);            /* valid until next() */
void store_query_close(struct store_query *q);
/* A statement without rows; *changed (may be NULL): how many rows it changed. */
enum cm_status store_do(struct store *s, const char *sql, const char *const *arg, size_t n,
			size_t *changed, struct cm_err *err);

#endif
