/* What the store holds, as it was stored: cells, their launches, their samples. For rows.c. */
#ifndef CM_ENGINE_STORE_READ_H
#define CM_ENGINE_STORE_READ_H

#include "engine/store.h"

struct stored_launch {
	int64_t id;
	char *status, *reason, *begun;
	struct cmj *summary;
	double *ns; /* of one iteration, in the order of taking */
	size_t n;
};

struct stored_cell {
	int64_t id;
	char *run, *tag, *kernel, *op, *group, *variant, *tuned_by, *type, *size_unit, *backend, *device,
		*tunables;
	size_t size;
	struct stored_launch *launch;
	size_t launches;
};

/* run_id NULL: the newest of each cell with this tag (NULL = any). */
enum cm_status store_read(struct store *s, const char *run_id, const char *tag,
			  struct stored_cell **out, size_t *n, struct cm_err *err);
void stored_free(struct stored_cell *cell, size_t n);

#endif
