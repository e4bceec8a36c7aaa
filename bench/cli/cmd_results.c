/* results: what the store holds, one row a kernel, type, size and device; the newest run of each. */
#include <string.h>

#include "cli/opt.h"
#include "cli/rows_out.h"

static bool wanted(const struct args *a, const struct result_row *r)
{
	static const char *const options[] = { "kernel", "backend", "device" };
	const char *const value[] = { r->kernel, r->backend, r->device };

	for (size_t o = 0; o < CM_COUNT(options); o++) {
		const size_t n = args_count(a, options[o]);
		bool hit = !n;

		for (size_t i = 0; i < n; i++) {
			const char *want = args_nth(a, options[o], i);
			hit |= o == 2 ? strcasestr(value[o], want) != NULL
				      : !strcmp(value[o], want) || (!o && !strcmp(r->group, want));
		}
		if (!hit)
			return false;
	}
	return true;
}

static int results(const struct args *a)
{
	struct store_rows rows = { 0 };
	struct store *s = NULL;
	struct cm_err err;
	size_t kept = 0;
	enum cm_status st = store_open(args_get(a, "store"), &s, &err);

	if (!st)
		st = store_rows(s, args_get(a, "run"), args_get(a, "tag"), &rows, &err);
	for (size_t i = 0; !st && i < rows.n; i++)
		if (wanted(a, &rows.row[i]))
			rows.row[kept++] = rows.row[i];
	rows.n = kept;
	if (!st && !kept)
		st = cm_fail(&err, CM_ABSENT,
			     "the store holds no such rows; 'costmark run' measures this machine");
	if (!st)
		rows_print(&rows, a, "results", args_get(a, "run"));
	store_rows_free(&rows);
	store_close(s);
	return st ? cmd_fail(a, &err) : CM_EXIT_OK;
}

const struct command cmd_results = {
	.name = "results",
	.usage = "costmark results [options]",
	.summary = "show what the store holds",
	.examples = "  costmark results\n  costmark results --tag nightly --kernel gemm --json\n",
	.min_words = 0,
	.max_words = 0,
	.run = results,
};
