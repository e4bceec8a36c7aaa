/*
 * CSV at the speed of memory: big price lists, where base/csv.h is too slow.
 *
 * Commas, quotes and line ends are found 64 bytes at a time; a cell is looked at only when it is asked
 * for. Accepts and refuses what base/csv.h does, with two exceptions: a carriage return ends a row only
 * before a line feed, and a cell's place is the row's line.
 */
#ifndef CM_BASE_CSV_SCAN_H
#define CM_BASE_CSV_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/status.h"

struct csv_scan;
struct stream;

/* A row as the scanner found it; valid until the next call of csv_scan_next(). */
struct csv_view {
	const char *base;     /* its first byte */
	const uint32_t *end;  /* of each cell, from base: offset of its comma or line end */
	size_t cells;
	uint64_t line;        /* on which it begins, from 1 */
	bool quoted;          /* a quote stands somewhere in it */
};

/* in is borrowed. A byte order mark and a first line "sep=," are passed. */
struct csv_scan *csv_scan_open(struct stream *in);
/* CM_END after the last row. A quote inside an unquoted cell, text after a closing quote, an open quote
 * at the end, NUL bytes and rows over 10 MB are CM_EINPUT at file:line. Blank lines are skipped. */
enum cm_status csv_scan_next(struct csv_scan *s, struct csv_view *row, struct cm_err *err);
void csv_scan_close(struct csv_scan *s); /* NULL is fine */

/* Bytes of a cell without its outer quotes; doubled quotes inside stay doubled and *doubled says so. */
static inline const char *csv_view_raw(const struct csv_view *v, size_t i, size_t *len)
{
	const char *from = v->base + (i ? v->end[i - 1] + 1 : 0), *to = v->base + v->end[i];

	if (i + 1 == v->cells && to > from && to[-1] == '\r')
		to--;
	if (to - from >= 2 && *from == '"') {
		from++;
		to--;
	}
	*len = (size_t)(to - from);
	return from;
}

/* A cell as text in buf, NUL-ended; false where it needs more than cap bytes (buf then holds its
 * beginning). */
bool csv_view_text(const struct csv_view *v, size_t i, char *buf, size_t cap);
/* Which of the machine's instruction sets finds the marks: "AVX-512", "AVX2", "portable". */
const char *csv_scan_way(void);
/* For tests: by this way from now on; false where the machine has none of that name. */
bool csv_scan_force(const char *way);

#endif
