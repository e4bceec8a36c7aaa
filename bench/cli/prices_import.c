/* costmark prices import FORMAT FILE…: prices read by a source into the store, and what was left out and
 * why. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/stream.h"
#include "cli/price_actions.h"
#include "cli/stop.h"
#include "engine/price_resolve.h"

#define MOST_SHOWN 12 /* unresolved names and unknown columns in the text; --json has all */

static const volatile sig_atomic_t *stop;

static bool stopped(void)
{
	return stop && *stop;
}

enum cm_status price_store_of(const struct args *a, struct price_store **out, struct cm_err *err)
{
	const char *path = args_get(a, "prices");
	const enum cm_status st = price_store_open_read(path, out, err);

	if (st != CM_ABSENT || path)
		return st;
	*out = NULL;
	return CM_OK;
}

/* ---- the report --------------------------------------------------------------------------------- */

static struct cmj *tally_json(const struct tally *t, const char *name)
{
	struct cmj *list = cmj_array();

	for (size_t i = 0; i < t->n; i++) {
		struct cmj *v = cmj_object();
		cmj_set(v, name, cmj_string(t->item[i].text));
		cmj_set(v, "rows", cmj_int((int64_t)t->item[i].rows));
		cmj_set(v, "first", cmj_string(t->item[i].first));
		cmj_push(list, v);
	}
	return list;
}

struct cmj *import_report_json(const struct import_report *r, const char *source, const char *name)
{
	struct cmj *v = cmj_object();

	cmj_set(v, "source", cmj_string(source));
	cmj_set(v, "file", cmj_string(name));
	cmj_set(v, "import", r->id ? cmj_int(r->id) : cmj_null());
	cmj_set(v, "scope", cmj_string(r->found_scope));
	cmj_set(v, "unchanged", cmj_bool(r->same));
	cmj_set(v, "rows", cmj_int((int64_t)r->rows));
	cmj_set(v, "rows_before", cmj_int((int64_t)r->before));
	cmj_set(v, "rows_refused", cmj_int((int64_t)r->refused_rows));
	cmj_set(v, "bytes", cmj_int((int64_t)r->bytes));
	cmj_set(v, "seconds", cmj_number(r->seconds));
	cmj_set(v, "sha256", *r->hash ? cmj_string(r->hash) : cmj_null());
	cmj_set(v, "refused", tally_json(&r->refused, "reason"));
	cmj_set(v, "unknown_columns", tally_json(&r->unknown, "column"));
	cmj_set(v, "unresolved", tally_json(&r->unresolved, "name"));
	return v;
}

/* Reasons and names come from files: log and terminal get them escaped. */
static void print_tally(const struct tally *t, const char *lead, size_t most, const char *what)
{
	for (size_t i = 0; i < t->n && i < most; i++) {
		struct str s = { 0 };
		esc_terminal(&s, t->item[i].text);
		if (*t->item[i].first)
			str_addf(&s, " (first at %s)", t->item[i].first);
		printf("  %s %8" PRIu64 "  %s\n", lead, t->item[i].rows, str_get(&s));
		str_free(&s);
	}
	if (t->n > most)
		printf("  … and %zu more %s; --json names them all\n", t->n - most, what);
}

void import_report_print(const struct import_report *r, const char *source, const char *name)
{
	struct str safe = { 0 };

	esc_terminal(&safe, name);
	if (r->same)
		printf("%s: the same bytes are in the store already (%s, %s); nothing changed\n",
			str_get(&safe), source,
		       r->found_scope);
	else
		printf("%s: %" PRIu64 " prices %s (%s, %s), %" PRIu64 " rows refused\n", str_get(&safe),
			r->rows,
		       r->dry_run ? "read, not stored" : "imported", source, r->found_scope, r->refused_rows);
	if (r->same) {
		str_free(&safe);
		return;
	}
	if (r->before)
		printf("  in place of %" PRIu64 " prices\n", r->before);
	print_tally(&r->refused, "refused", SIZE_MAX, "reasons");
	for (size_t i = 0; i < r->unknown.n && i < MOST_SHOWN; i++) {
		str_clear(&safe);
		esc_terminal(&safe, r->unknown.item[i].text);
		printf("  unknown column '%s', left out\n", str_get(&safe));
	}
	print_tally(&r->unresolved, "device unknown, rows:", MOST_SHOWN, "names");
	if (r->dry_run && r->seconds > 0)
		printf("  %.1f MB in %.2f s, %.0f MB/s\n", (double)r->bytes * 1e-6, r->seconds,
		       (double)r->bytes * 1e-6 / r->seconds);
	str_free(&safe);
}

/* ---- the command -------------------------------------------------------------------------------- */

static enum cm_status import_file(const struct args *a, const char *path, struct price_store *store,
				  const struct price_resolver *names, struct cmj *list, struct cm_err *err)
{
	const struct price_source *src = NULL;
	struct import_report r = { .force = args_has(a, "force"), .dry_run = args_has(a, "dry-run"),
				   .scope = args_get(a, "scope"), .stopped = stopped };
	struct price_from from = { .address = args_get(a, "source"), .retrieved = args_get(a, "retrieved") };
	enum cm_status st = stream_open(path, 0, &from.in, err);

	if (st)
		return st;
	from.address = from.address ? from.address : "";
	from.retrieved = from.retrieved ? from.retrieved : "";
	from.name = stream_name(from.in);
	st = price_format_of(a->argv[1], from.in, &src, err);
	if (!st)
		st = price_store_import(store, src, &from, names, &r, err);
	if (!st && list)
		cmj_push(list, import_report_json(&r, src->name, from.name));
	else if (!st)
		import_report_print(&r, src->name, from.name);
	import_report_free(&r);
	stream_close(from.in);
	return st;
}

int prices_import(const struct args *a)
{
	struct price_store *store = NULL;
	struct cm_err err;
	struct cmj *list = args_has(a, "json") ? cmj_array() : NULL;
	struct price_names *names = NULL;
	struct price_resolver resolver;
	enum cm_status st;

	if (a->argc < 3) {
		cm_fail(&err, CM_EINPUT, "usage: costmark prices import FORMAT FILE…, - is standard input");
		return cmd_fail(a, &err);
	}
	if (price_format_known(a->argv[1], &err))
		return cmd_fail(a, &err);
	stop = stop_on_signals();
	st = price_names_open(file_data_dir(), &names, &resolver, &err);
	if (!st && !args_has(a, "dry-run"))
		st = price_store_open(args_get(a, "prices"), &store, &err);
	for (int i = 2; i < a->argc && !st; i++)
		st = import_file(a, a->argv[i], store, &resolver, list, &err);
	price_store_close(store);
	price_names_close(names);
	if (st) {
		cmj_free(list);
		return cmd_fail(a, &err);
	}
	if (list) {
		struct cmj *doc = cmj_document("prices-import");
		cmj_set(doc, "imports", list);
		cmd_print_json(doc);
	}
	return CM_EXIT_OK;
}
