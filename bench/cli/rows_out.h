/* Result rows as a terminal table or a JSON document: for run and results. */
#ifndef CM_CLI_ROWS_OUT_H
#define CM_CLI_ROWS_OUT_H

#include "cli/opt.h"
#include "engine/store.h"

void rows_print(const struct store_rows *rows, const struct args *a, const char *document,
		const char *run_id);

#endif
