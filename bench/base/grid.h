/* A table of texts held whole: from CSV (comma or tab) or the first sheet of a workbook. */
#ifndef CM_BASE_GRID_H
#define CM_BASE_GRID_H

#include "api/status.h"
#include "base/str.h"

struct grid_row { const char **cell; size_t cells, cap, line; };
struct grid { struct pool pool; struct grid_row *row; size_t rows, cap; };

enum cm_status grid_read(const char *bytes, size_t n, const char *name, struct grid *out,
			 struct cm_err *err);
const char *grid_cell(const struct grid *g, size_t row, size_t column); /* "" where there is none */
/* Column whose heading in `row` is one of the '|'-separated names: letters folded, blanks around left out;
 * SIZE_MAX: none. */
size_t grid_column(const struct grid *g, size_t row, const char *names);
void grid_free(struct grid *g);

#endif
