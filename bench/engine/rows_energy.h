/* What the launches of a row say of energy, as figures of the row. For rows.c. */
#ifndef CM_ENGINE_ROWS_ENERGY_H
#define CM_ENGINE_ROWS_ENERGY_H

#include "api/report.h"
#include "base/json.h"
#include "base/str.h"

/* summary: of the n launches that count and have joules; missing: why, when n is 0. row->work must
 * be set. */
void rows_energy(const struct cmj *const *summary, size_t n, const char *missing,
		 const char *work_unit, struct pool *pool, struct result_row *row);
void rows_energy_json(const struct result_row *r, struct cmj *o);

#endif
