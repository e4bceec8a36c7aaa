/* Published results in the store: two tables of their own beside the measured ones. */
#ifndef CM_ENGINE_PUBLISHED_STORE_H
#define CM_ENGINE_PUBLISHED_STORE_H

#include "api/published.h"
#include "engine/resolve.h"
#include "engine/store.h"

/* One file (or folder) that was read, and what its rows became. */
struct published_import {
	const char *format, *file, *sha256, *address, *retrieved;
	size_t fresh, known,
		replaced; /* known: exactly there already; replaced: older rows of the same key */
};

/* All imports of one command are stored together or not at all: begin, add each, then end. */
enum cm_status published_begin(struct store *s, struct cm_err *err);
enum cm_status published_store(struct store *s, const struct published_list *l,
			       struct published_import *i, struct cm_err *err);
enum cm_status published_end(struct store *s, bool keep, struct cm_err *err);

/* Every row; devices are resolved anew, since tables of names grow. A store without the tables has none. */
enum cm_status published_read(struct store *s, const struct resolver *names, struct published_list *out,
			      struct cm_err *err);
/* As published_read, of the store file that a command line names (NULL: the user's own, which need
 * not be). */
enum cm_status published_load(const char *store, const struct resolver *names,
			      struct published_list *out, struct cm_err *err);
/* Sets `device` of each row where its name is exactly known, and `devices`. */
void published_resolve(struct published_list *l, const struct resolver *names);

#endif
