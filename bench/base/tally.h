/* Counts by text, with the place of the first: reasons of refusals, unknown columns, unresolved names. */
#ifndef CM_BASE_TALLY_H
#define CM_BASE_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct tally_item {
	char *text;
	uint64_t rows;
	char *first;           /* "file:line" of the first; "" where none was given */
};

struct tally {                 /* {0} is empty */
	struct tally_item *item;
	size_t n, cap;
	uint32_t *slot;        /* index + 1 by hash, 0 = free */
	size_t slots;
	uint64_t more;         /* rows whose text found no place any more (TALLY_MOST) */
};

#define TALLY_MOST 20000       /* different texts kept, so that a hostile file fills no memory */

/* One more of text; place (may be NULL) is copied for the first. */
void tally_add(struct tally *t, const char *text, const char *place);
/* rows more; `file` and `line` make the place "file:line" where it is the first. */
void tally_rows(struct tally *t, const char *text, uint64_t rows, const char *file, uint64_t line);
void tally_sort(struct tally *t); /* most rows first, then by text; adding goes on to work */
void tally_free(struct tally *t);

#endif
