/* A table for the terminal: aligned columns, safe text, wide cells cut only where asked. */
#ifndef CM_BASE_TEXTABLE_H
#define CM_BASE_TEXTABLE_H

#include <stdbool.h>
#include <stdio.h>

struct textable;

/* align: one letter a column: 'l' or 'r'. */
struct textable *textable_new(const char *align, const char *const *titles);
void textable_cell(struct textable *t, const char *text); /* cells row by row; text is copied */
void textable_cellf(struct textable *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints and frees. width 0: as wide as needed; else the widest left column is wrapped to fit. */
void textable_print(struct textable *t, FILE *out, unsigned width);
/* Columns of the terminal behind it; 0: it is none, so nothing has to fit. */
unsigned textable_width(FILE *out);

#endif
