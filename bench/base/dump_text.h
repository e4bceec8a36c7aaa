/* What a vendor's tool wrote to a file, made plain: UTF-8, lines ended by LF, no colours. Shells
 * write UTF-16, terminals colours, mail programs marks; the readers of formats need not know. */
#ifndef CM_BASE_DUMP_TEXT_H
#define CM_BASE_DUMP_TEXT_H

#include <stdbool.h>

#include "api/status.h"
#include "base/str.h"

/* The whole file. UTF-16 with or without its mark, a UTF-8 mark, CR, escape sequences and NUL are
 * taken care of. */
enum cm_status dump_text(const char *path, struct str *out, struct cm_err *err);

/* The next line of *text without its end, cut to cap; false at the end. */
bool dump_line(const char **text, char *line, size_t cap);

/* Cells of a line in place, trimmed and without their quotes: by sep, or by white space where sep is ' '.
 * Returns how many there are, at most n. */
size_t dump_cells(char *line, char sep, char **cell, size_t n);
/* What parts the cells of a header: a semicolon or a tab where there is one, else a comma. */
char dump_separator(const char *header);

/*
 * Seconds of a moment as tools write it, of which only differences mean anything: "2026/07/14 09:00:43.120",
 * "2026-07-14T09:00:43.12Z", "Tue Jul 14 09:00:43 2026", "20260714 09:00:43", seconds or microseconds
 * since 1970, or a time of day alone (below 86400). NaN: none of them.
 */
double dump_time(const char *text);

#endif
