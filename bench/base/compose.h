/*
 * Composing the blocks of a report section: tables cell by cell, charts, facts and paragraphs.
 *
 * The first error sticks; a section ends with `return compose_end(&c)`. A cell is never blank: a text
 * that is not there says so in the words that the caller gives for it. Knows no section and no format.
 */
#ifndef CM_BASE_COMPOSE_H
#define CM_BASE_COMPOSE_H

#include "api/report.h"
#include "base/str.h"

struct compose {
	block_sink sink;
	void *state;
	struct cm_err *err;
	enum cm_status st;
	struct pool pool;         /* texts and arrays of the section, until compose_end() */
	struct table table;       /* the one that is being made */
	struct column *column;  size_t columns_cap;
	struct cell *cell;      size_t cells, cells_cap;
	struct fact *fact;      size_t facts, facts_cap;
};

struct compose compose_begin(block_sink sink, void *state, struct cm_err *err);
enum cm_status compose_end(struct compose *c); /* frees; the first error */

void compose_heading(struct compose *c, const char *title);
void compose_text(struct compose *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void compose_note(struct compose *c, enum cm_stamp stamp, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A table: id is [a-z0-9-] and unique in the report. Columns first, then cells row by row. A table
 * without rows is left out. */
void compose_table(struct compose *c, const char *id, const char *title);
/* better: 'h', 'l' or 0. unit "": each cell says its own. */
void compose_column(struct compose *c, const char *title, const char *unit, char better, bool numeric);
/* `none` stands for a text that is NULL or empty. */
void compose_cell(struct compose *c, const char *text, const char *none);
void compose_cellf(struct compose *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void compose_figure(struct compose *c, struct figure f);
void compose_exact(struct compose *c, struct figure f); /* all digits: counts, prices */
void compose_table_end(struct compose *c, bool fold);

/* The chart's table must follow it. */
void compose_chart(struct compose *c, const struct chart *chart);

void compose_fact(struct compose *c, const char *name, const char *text, const char *none);
void compose_fact_figure(struct compose *c, const char *name, struct figure f);
void compose_facts_end(struct compose *c); /* none: no block */

/* Basis of arithmetic on two figures: measured with measured is derived, else the weaker. */
enum cm_basis compose_basis(enum cm_basis a, enum cm_basis b);

#endif
