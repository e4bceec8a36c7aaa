/* How a result row is called in tables on standard output. Must not know of stores nor of devices. */
#ifndef CM_CLI_ROW_WORDS_H
#define CM_CLI_ROW_WORDS_H

#include <stdbool.h>

#include "api/report.h"

/* "portable", "tuned by OpenBLAS"; with_cap: ", 250 W" behind it in a sweep of power caps. The
 * caller frees. */
char *row_variant_dup(const struct result_row *r, bool with_cap);
/* "triad fp64 1000000 on host, portable": what tells the rows of a run apart. The caller frees. */
char *row_name_dup(const struct result_row *r, bool with_cap);

#endif
