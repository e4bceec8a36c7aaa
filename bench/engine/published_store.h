/* Published results in the store: two tables of their own beside the measured ones. */
#ifndef CM_ENGINE_PUBLISHED_STORE_H
#define CM_ENGINE_PUBLISHED_STORE_H

#include "api/price.h"
#include "api/published.h"
#include "engine/store.h"

/* One file (or folder) that was read, and what its rows became. */
struct published_import {
	const char *format, *file, *sha256, *address, *retrieved;
	size_t fresh, known, replaced; /* known: exactly there already; replaced: older rows of the same key */
};

/* All imports of one command are stored together or not at all: begin, add each, then end. */
enum cm_status published_begin(struct store *s, struct cm_err *err);
enum cm_status published_store(struct store *s, const struct published_list *l,
			       struct published_import *i, struct cm_err *err);
enum cm_status published_end(struct store *s, bool keep, struct cm_err *err);

/* Every row, newest import first; devices are resolved anew. A store without the tables has none. */
enum cm_status published_read(struct store *s, const struct catalogue *cat,
			      struct published_list *out, struct cm_err *err);

/* The catalogue's device of a name as written; NULL where the name is not exactly known: never a guess. */
const struct device_row *published_device(const struct catalogue *cat, const char *text);
/* Sets `device` of each row. */
void published_resolve(struct published_list *l, const struct catalogue *cat);

#endif
