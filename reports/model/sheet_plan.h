/* The plan of the page Model while it is made and written: inside reports/model's sheet printer. */
#ifndef CM_MODEL_SHEET_PLAN_H
#define CM_MODEL_SHEET_PLAN_H

#include "model/print_common.h"
#include "model/print_sheet.h"

enum { COL_NAME, COL_LABEL, COL_UNIT, COL_BASIS, COL_RULE, COL_VALUE, COL_MONTHS };

enum plan_kind { ROW_SCOPE, ROW_LINE, ROW_PART, ROW_BLOCK, ROW_MACRS };

struct plan_row {
	enum plan_kind kind;
	uint32_t id;          /* scope, line, node; the node of a block; a row of the MACRS table */
	unsigned part;        /* row of a block */
};

struct sheet_plan {
	const struct model *m;
	const struct model_node *node;   size_t nodes;
	const struct model_line *line;   size_t lines;
	const struct model_scope *scope; size_t scopes;
	unsigned months;
	struct print_uses uses;
	bool *placed;         /* [nodes] has a row of its own */
	uint32_t *row;        /* [nodes] that row, from 0; MODEL_NONE */
	uint32_t *block;      /* [nodes] the first row of its block; MODEL_NONE */
	uint32_t *line_row;   /* [lines] row of a line with an expression; MODEL_NONE */
	uint32_t *input;      /* [nodes] its number among the inputs */
	const char **name;    /* [inputs] */
	struct plan_row *rows; size_t nrows, cap;
	uint32_t macrs;       /* first row of the MACRS table; MODEL_NONE */
	struct pool pool;
};

/* print_sheet_text.c: formulas, without '='. t is the month of a series' cell. */
void sheet_text_own(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t);
void sheet_text_use(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t);
void sheet_text_range(const struct sheet_plan *p, struct str *out, uint32_t node);
void sheet_text_cell(struct str *out, unsigned row, unsigned col, bool fix_row, bool fix_col);
/* A node that needs no row to be used twice: a number, an input, the month, or one with a row. */
bool sheet_is_ref(const struct sheet_plan *p, uint32_t node);

/* print_sheet_block.c: functions that take several rows. */
unsigned sheet_block_rows(enum model_op op);          /* before the node's own row */
void sheet_block_formula(const struct sheet_plan *p, struct str *out, uint32_t node, unsigned t);
/* The cells of one row of a block after its first columns. */
enum cm_status sheet_block_cells(const struct sheet_plan *p, const struct eval *e, uint32_t node,
				 unsigned part, unsigned row, sheet_sink sink, void *state,
				 struct cm_err *err);
const char *sheet_block_label(enum model_op op, unsigned part, struct str *room);

#define MACRS_YEARS 22 /* years 0 to 21 of the table: 20 years of life reach into a 21st */
enum cm_status sheet_macrs_cells(unsigned year, unsigned row, sheet_sink sink, void *state,
				 struct cm_err *err);

#endif
