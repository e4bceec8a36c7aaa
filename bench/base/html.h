/* Pieces of a page, each escaped: texts, cells with their basis, tables, hashes for its policy. */
#ifndef CM_BASE_HTML_H
#define CM_BASE_HTML_H

#include "api/report.h"
#include "base/str.h"

/* Text with its addresses (http, https) as links, shown by their host. NULL is nothing. */
void html_text(struct str *out, const char *text);
/* Value, unit where the column does not say it, interval, basis. Sets the basis' bit in *bases. */
void html_cell(struct str *out, const struct cell *c, const char *column_unit, unsigned *bases);
void html_basis(struct str *out, enum cm_basis b);
void html_table(struct str *out, const struct table *t, unsigned *bases);
/* JSON between <script type="application/json"> and its end: no "<" is left in it. */
void html_json(struct str *out, const char *json);
/* " 'sha256-…'", as a Content-Security-Policy names an inline style or script. */
void html_csp_hash(struct str *out, const char *bytes, size_t size);

#endif
