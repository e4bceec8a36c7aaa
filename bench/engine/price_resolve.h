/* The device-name tables as an import uses them: opened once, asked for each row. */
#ifndef CM_ENGINE_PRICE_RESOLVE_H
#define CM_ENGINE_PRICE_RESOLVE_H

#include "engine/price_store.h"

struct price_names;

/* The catalogue and names of dir; fills *out, which lives as long as *names. */
enum cm_status price_names_open(const char *dir, struct price_names **names, struct price_resolver *out,
				struct cm_err *err);
void price_names_close(struct price_names *n); /* NULL is fine */

#endif
