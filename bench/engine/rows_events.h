/* What hardware counted in a row's windows, beside what the kernel's formula says. For rows.c. */
#ifndef CM_ENGINE_ROWS_EVENTS_H
#define CM_ENGINE_ROWS_EVENTS_H

#include "api/report.h"
#include "base/json.h"
#include "base/str.h"

/* summary: of the n launches that count. row->type and row->flops must be set. */
void rows_events(const struct cmj *const *summary, size_t n, struct pool *pool, struct result_row *row);
void rows_events_json(const struct result_row *r, struct cmj *o);

#endif
