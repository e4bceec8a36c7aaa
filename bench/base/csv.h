/* CSV row by row (RFC 4180, LF or CRLF, UTF-8 with or without a mark), with line and column. */
#ifndef CM_BASE_CSV_H
#define CM_BASE_CSV_H

#include <stdbool.h>
#include <stdio.h>

#include "api/status.h"

struct csv;

struct csv_row {
	const char *const *cell; /* NUL-ended texts, valid until the next call */
	const size_t *col;       /* column of each cell's first byte, from 1 */
	size_t cells;
	size_t line;             /* line on which the row begins, from 1 */
};

enum cm_status csv_open(const char *path, struct csv **out, struct cm_err *err);
/* From a stream, which is borrowed: packed files and pipes. */
struct stream;
enum cm_status csv_open_stream(struct stream *in, struct csv **out, struct cm_err *err);
/* Cells end at this in place of a comma: ';' or a tab. Before the first row. */
void csv_separate(struct csv *c, char separator);
/* CM_END after the last row. A quote inside an unquoted cell, an open quote at the end, NUL bytes
 * and rows over 10 MB are CM_EINPUT at file:line:column. Blank lines are skipped. */
enum cm_status csv_next(struct csv *c, struct csv_row *row, struct cm_err *err);
void csv_close(struct csv *c);

/* Writes one cell, quoted where needed; a text that a spreadsheet would run as a formula (= + - @
 * tab, CR) is prefixed with an apostrophe unless it is a plain number. */
void csv_put(FILE *out, const char *text, bool first);

#endif
