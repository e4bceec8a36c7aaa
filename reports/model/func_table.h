/* Makers of the functions over tables, for the table of functions in func.c. */
#ifndef CM_MODEL_FUNC_TABLE_H
#define CM_MODEL_FUNC_TABLE_H

#include "model/graph.h"

enum cm_status make_interpolate(struct making *k, const struct func *f, const struct expr *e,
				const uint32_t *arg, uint32_t *out);
enum cm_status make_step(struct making *k, const struct func *f, const struct expr *e,
			 const uint32_t *arg, uint32_t *out);
enum cm_status make_tiered(struct making *k, const struct func *f, const struct expr *e,
			   const uint32_t *arg, uint32_t *out);
enum cm_status make_extreme(struct making *k, const struct func *f, const struct expr *e,
			    const uint32_t *arg, uint32_t *out);

#endif
