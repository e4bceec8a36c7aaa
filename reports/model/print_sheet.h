/* The graph as formulas of a spreadsheet: one row a line on the page Model, months in columns, inputs on
 * the page Assumptions. Only functions that Excel and LibreOffice share, with the same meaning. */
#ifndef CM_MODEL_PRINT_SHEET_H
#define CM_MODEL_PRINT_SHEET_H

#include "api/report.h"
#include "model/model.h"

#define SHEET_INPUT_ROW 3 /* of the first input on its page, from 0; input k is k rows below */
#define SHEET_INPUT_COL 3
#define SHEET_MONTHS_MAX 10000u /* columns of a sheet: 16,384 */

struct sheet_plan; /* where each line stands */

/* lines: which lines, with all they rest on; NULL: every line. The model has at most
 * SHEET_MONTHS_MAX months. */
struct sheet_plan *sheet_plan_new(const struct model *m, const uint32_t *line, size_t lines);
void sheet_plan_free(struct sheet_plan *p);
size_t sheet_plan_rows(const struct sheet_plan *p);

/* A reference from another page to a line: its value, or all its months where it is a series. false: the
 * line is not in the plan. */
bool sheet_plan_ref(const struct sheet_plan *p, uint32_t line, struct str *out);
/* A name for the cell of input k in the whole workbook; NULL: it has none. */
const char *sheet_plan_name(const struct sheet_plan *p, size_t k);

/* The cells of the page Model with the values of e. label: of each scope, for headings. */
enum cm_status sheet_plan_cells(const struct sheet_plan *p, const struct eval *e,
				const char *const *label, sheet_sink sink, void *state,
				struct cm_err *err);

#endif
