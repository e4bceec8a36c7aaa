/*
 * The log of a meter outside the machine as times and readings, whatever its columns are called. Used by
 * meter_wall_csv.c alone.
 */
#ifndef HOST_WALL_LOG_H
#define HOST_WALL_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "api/status.h"
#include "wall_columns.h"
#include "wall_time.h"

struct wall_log {
	char *path;
	struct wall_wish wish;      /* columns that the user named */
	char *entity;               /* of a log of several sensors; NULL = the only one */
	struct wall_clock clock;
	/* what was read */
	enum wall_column kind;      /* of the value */
	double step;                /* its smallest change, W or J, by the digits that are written */
	double t, value;            /* of the last row */
	double gap_s, period_s;     /* before the last row; the median */
	size_t rows;
	bool changes_only;          /* a row where something changed: silence is no gap */
	bool silent;                /* … and the last says that there is no value */
};

/* "time=a,watts=b,zone=+01:00" into the log, and its path. */
enum cm_status wall_log_map(struct wall_log *l, const char *wall, struct cm_err *err);
/* The whole log again. */
enum cm_status wall_log_read(struct wall_log *l, struct cm_err *err);
void wall_log_free(struct wall_log *l);

#endif
