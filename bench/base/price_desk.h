/*
 * What every price source needs: a queue of rows made from one record, texts that live as long, and
 * the counts of what was left out. A source's struct price_ctx begins with a struct price_desk.
 */
#ifndef CM_BASE_PRICE_DESK_H
#define CM_BASE_PRICE_DESK_H

#include <stdbool.h>

#include "api/price.h"
#include "base/arena.h"
#include "base/csv.h"
#include "base/jsonpull.h"
#include "base/money.h"
#include "base/str.h"
#include "base/stream.h"

struct price_ctx;

struct price_desk {
	struct stream *in;
	const char *name, *address, *retrieved;
	struct arena text;            /* of the rows in the queue */
	struct pool pool;             /* of the whole reading */
	struct price_row *row;        /* the queue */
	size_t rows, row_cap, given;
	struct price_refusal *refusal;
	size_t refusals, refusal_cap;
	const char **unknown;
	size_t unknowns, unknown_cap;
	/* Reads one record and gives its rows, none or several; CM_END after the last. */
	enum cm_status (*record)(struct price_ctx *ctx, struct cm_err *err);
	struct stream *whole;         /* over the text below, where a source needs all of it */
	struct str bytes;
	/* JSON sources */
	struct jsonpull *json;
	/* CSV sources */
	struct csv *csv;
	size_t columns;
	bool ended;
};

/* A context of `bytes`, its desk set up. */
struct price_ctx *desk_open(size_t bytes, const struct price_from *from,
			    enum cm_status (*record)(struct price_ctx *, struct cm_err *));
/* The four entries of struct price_source that are the same for all. */
enum cm_status desk_next(struct price_ctx *ctx, struct price_row *row, struct cm_err *err);
size_t desk_refused(struct price_ctx *ctx, const struct price_refusal **out);
size_t desk_unknown(struct price_ctx *ctx, const char *const **out);
void desk_close(struct price_ctx *ctx);

/* A row with every column "" but file, line, source, retrieved, basis (listed) and category (Compute). */
struct price_row desk_row(struct price_desk *d, const char *place);
/* Queues the row; effective is filled in where it is empty. */
void desk_give(struct price_desk *d, const struct price_row *row);
/* Counts rows left out; reasons are few and fixed, place is the line or JSON pointer of the first. */
void desk_refuse(struct price_desk *d, const char *reason, const char *place);
void desk_name_unknown(struct price_desk *d, const char *column);
const char *desk_text(struct price_desk *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *desk_keep(struct price_desk *d, const char *s);   /* into the arena */
const char *desk_lower(struct price_desk *d, const char *s);  /* lower case, into the arena */
const char *desk_shift(struct price_desk *d, const char *price, int by); /* money_shift, "" if it is none */
const char *desk_line(struct price_desk *d, size_t line);

/* Reads all of the input, for small formats that must be looked at first; more than limit bytes is
 * CM_EINPUT. desk->in goes on over the same text. */
enum cm_status desk_whole(struct price_desk *d, size_t limit, struct cm_err *err);

/* Exactly n digits at s, as dates have them. */
bool desk_digits(const char *s, size_t n, int *out);

/* ---- CSV: columns by name --------------------------------------------------------------------------- */

struct desk_column { const char *name; bool needed; }; /* name: spellings separated by "|" */

/* Opens the CSV and reads its first row. An empty file is CM_EINPUT: "expected EXPECTED". */
enum cm_status desk_first_row(struct price_desk *d, struct csv_row *row, const char *expected,
			      struct cm_err *err);
/* Opens the CSV and binds its first row: at[i] is column i's place, -1 = not there. Other columns are named
 * as unknown; blanks around names do not matter. separator-free: commas only. */
enum cm_status desk_csv(struct price_desk *d, const struct desk_column *column, size_t n, int *at,
			struct cm_err *err);
/* Binds a row that was read already. */
enum cm_status desk_bind(struct price_desk *d, const struct csv_row *row, const struct desk_column *column,
			 size_t n, int *at, struct cm_err *err);
/* The cell of a bound column, blanks around it taken off; "" where the row or the file has none. */
const char *desk_cell(struct price_desk *d, const struct csv_row *row, int at);

/* ---- JSON ------------------------------------------------------------------------------------------- */

/* Names the members of an object that are not in the list, each once. */
void desk_members(struct price_desk *d, const struct jp_node *object, const char *const *known, size_t n);
/* Why an input is not what the format says, at a token or node. */
enum cm_status desk_wrong(struct price_desk *d, size_t line, size_t col, const char *why,
			  struct cm_err *err);

#endif
