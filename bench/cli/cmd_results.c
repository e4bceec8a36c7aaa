/* results: what the store holds, one row a kernel, type, size and device; the newest run of each. */
#include <stdlib.h>
#include <string.h>

#include "cli/opt.h"
#include "cli/published_out.h"
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

/* Why nothing is shown: a name that was never stored is a slip when one like it was. */
static enum cm_status none(const struct args *a, const struct store_rows *rows, size_t n,
			   struct cm_err *err)
{
	static const char *const options[] = { "kernel", "backend" };
	const char **name = cm_alloc((2 * n + 1) * sizeof *name);
	enum cm_status st = CM_OK;

	for (size_t o = 0; o < CM_COUNT(options) && !st; o++)
		for (size_t i = 0; i < args_count(a, options[o]) && !st; i++) {
			const char *want = args_nth(a, options[o], i), *near;
			bool known = false;

			for (size_t k = 0; k < n; k++) {
				name[2 * k] = o ? rows->row[k].backend : rows->row[k].kernel;
				name[2 * k + 1] = o ? rows->row[k].backend : rows->row[k].group;
				known |= !strcmp(name[2 * k], want) || !strcmp(name[2 * k + 1], want);
			}
			near = known ? NULL : cm_nearest(want, name, 2 * n);
			if (near)
				st = cm_fail(err, CM_EINPUT, "the store holds no %s '%s'; did you mean '%s'?",
					     options[o], want, near);
		}
	free(name);
	if (!st)
		st = cm_fail(err, CM_ABSENT, "the store holds no such rows%s",
			     n ? "; 'costmark results' shows all that it holds"
			       : "; 'costmark run' measures this machine");
	return st;
}

static int results(const struct args *a)
{
	struct store_rows rows = { 0 };
	struct store *s = NULL;
	struct cm_err err;
	size_t kept = 0, found;
	enum cm_status st;

	if (args_has(a, "published"))
		return published_list_command(a);
	st = a->argc ? cm_fail(&err, CM_EINPUT, "words such as '%s' go with --published; measured rows are "
						"chosen by --kernel, --backend and --device", a->argv[0])
		     : store_open_read(args_get(a, "store"), &s, &err);
	if (!st)
		st = store_rows(s, args_get(a, "run"), args_get(a, "tag"), &rows, &err);
	for (size_t i = 0; !st && i < rows.n; i++)
		if (wanted(a, &rows.row[i]))
			rows.row[kept++] = rows.row[i];
	found = rows.n;
	rows.n = kept;
	if (!st && !kept)
		st = none(a, &rows, found, &err);
	if (!st)
		rows_print(&rows, a, "results", args_get(a, "run"));
	store_rows_free(&rows);
	store_close(s);
	return st ? cmd_fail(a, &err) : CM_EXIT_OK;
}

const struct command cmd_results = {
	.name = "results",
	.usage = "costmark results [options] [--published [WORD…]]",
	.summary = "show what the store holds",
	.examples = "  costmark results\n  costmark results --tag nightly --kernel gemm --json\n"
		    "  costmark results --published llama2-70b-99.9 server closed\n",
	.min_words = 0,
	.max_words = -1,
	.run = results,
};
