/* Blocks of a report as JSON: for the record (.json) and for the page's script (.html). */
#ifndef CM_BASE_BLOCK_JSON_H
#define CM_BASE_BLOCK_JSON_H

#include "api/report.h"

/* {"kind": "table", "id", "title", "columns": [{title, unit, better}], "rows": [[cell]]} and so on; a cell
 * is a text or a figure object {value, lo, hi, unit, basis}. */
struct cmj *block_json(const struct block *b);
struct cmj *chart_json(const struct chart *c);

#endif
