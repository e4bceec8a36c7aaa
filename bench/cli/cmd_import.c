/* import: files of published results into the store, all of the command line's or none; with what was left
 * out and why, and which names of devices are unknown. It names no format. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirtree.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/stream.h"
#include "base/units.h"
#include "cli/opt.h"
#include "engine/published_store.h"
#include "engine/registry.h"

#define FILE_MOST (1u << 30) /* bytes, unpacked */

struct unresolved { const char *name; size_t rows; };

struct import_job {
	const struct args *a;
	struct catalogue *cat;
	struct resolver *names;
	struct store *store;
	struct yaml *map;
	struct published_import sum;     /* over all files */
	size_t files, rows;
	struct published_list left;      /* refusals and unknown columns of all files */
	struct unresolved *odd;          /* names of devices that are unknown */
	size_t odds, odds_cap;
};

/* ---- which reader ------------------------------------------------------------------------------ */

static enum cm_status no_format(const char *word, struct cm_err *err)
{
	const char *name[64];
	size_t n = 0;
	const char *near;
	struct str all = { 0 };
	enum cm_status st;

	for (size_t i = 0; registry_result_formats[i] && n < CM_COUNT(name); i++) {
		name[n++] = registry_result_formats[i]->name;
		str_addf(&all, "%s%s", i ? ", " : "", registry_result_formats[i]->name);
	}
	near = cm_nearest(word, name, n);
	st = near ? cm_fail(err, CM_EINPUT, "there is no format '%s'; did you mean '%s'?", word, near)
		  : cm_fail(err, CM_EINPUT, "there is no format '%s'; there are %s, and auto", word,
			    str_get(&all));
	str_free(&all);
	return st;
}

/* By its name; a family's name or "auto": the one that knows the file. */
static enum cm_status find_format(const char *word, const struct published_from *from,
				  const struct result_format **out, struct cm_err *err)
{
	bool family = !strcmp(word, "auto");

	for (size_t i = 0; registry_result_formats[i]; i++) {
		const struct result_format *f = registry_result_formats[i];
		const bool member = *f->family && !strcmp(f->family, word);

		if (!strcmp(f->name, word)) {
			*out = f;
			return CM_OK;
		}
		family |= member;
		if ((member || !strcmp(word, "auto")) && (from->bytes || f->folders) && f->knows(from)) {
			*out = f;
			return CM_OK;
		}
	}
	if (family)
		return cm_fail(err, CM_EINPUT, "%s is of no format of '%s' that this program knows",
			       from->path, word);
	return no_format(word, err);
}

/* ---- one file ---------------------------------------------------------------------------------- */

static void note_left(struct import_job *j, const struct published_list *l)
{
	for (size_t i = 0; i < l->nrefused; i++)
		for (uint64_t k = 0; k < l->refused[i].rows; k++)
			published_refuse(&j->left, l->refused[i].first, "", l->refused[i].reason);
	for (size_t i = 0; i < l->nunknown; i++)
		published_unknown(&j->left, l->unknown[i]);
}

static void note_names(struct import_job *j, const struct published_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *name = l->row[i].device_text;
		size_t k = 0;

		if (*l->row[i].device || !*name)
			continue;
		while (k < j->odds && strcmp(j->odd[k].name, name) != 0)
			k++;
		if (k == j->odds) {
			CM_PUSH(j->odd, j->odds, j->odds_cap);
			j->odd[j->odds++] = (struct unresolved){ published_keep(&j->left, name), 0 };
		}
		j->odd[k].rows++;
	}
}

static enum cm_status store_list(struct import_job *j, const struct result_format *f,
				 const struct published_from *from, struct published_list *l,
				 const char *sha256, struct cm_err *err)
{
	struct published_import one = { .format = f->name, .file = from->path, .sha256 = sha256,
					.address = from->address, .retrieved = from->retrieved };
	enum cm_status st;

	published_resolve(l, j->names);
	st = published_store(j->store, l, &one, err);
	if (st)
		return st;
	j->files++;
	j->rows += l->n;
	j->sum.fresh += one.fresh;
	j->sum.known += one.known;
	j->sum.replaced += one.replaced;
	note_left(j, l);
	note_names(j, l);
	return CM_OK;
}

static enum cm_status read_bytes(const char *path, struct str *out, struct cm_err *err)
{
	struct stream *in = NULL;
	enum cm_status st = stream_open(path, FILE_MOST, &in, err);

	if (!st)
		st = stream_rest(in, FILE_MOST, out, err);
	stream_close(in);
	return st;
}

/* A spreadsheet is a zip, too, and is read by its own format: so the packed bytes are kept for that. */
static bool is_sheet(const char *path)
{
	return cm_ends(path, ".xlsx");
}

static enum cm_status import_one(struct import_job *j, const char *path, const char *today,
				 struct cm_err *err)
{
	const char *word = j->a->argv[0];
	const char *device = args_get(j->a, "device"), *devices = args_get(j->a, "devices");
	const char *source = args_get(j->a, "source"), *retrieved = args_get(j->a, "retrieved");
	struct published_from from = {
		.path = path, .address = source ? source : "", .retrieved = retrieved ? retrieved : today,
		.device = device ? device : "", .devices = devices ? devices : "",
		.map = j->map ? yaml_root(j->map) : NULL, .map_file = args_get(j->a, "map"),
	};
	const struct result_format *f = NULL;
	struct published_list list = { .row = NULL };
	struct str text = { 0 };
	char sha256[65] = "";
	enum cm_status st = CM_OK;

	if (!dirtree_is_folder(path)) {
		st = is_sheet(path) ? file_read(path, FILE_MOST, &text, err) : read_bytes(path, &text, err);
		from.bytes = text.p ? text.p : "";
		from.len = text.len;
		if (!st)
			hash_bytes(from.bytes, from.len, sha256);
	}
	if (!st)
		st = find_format(word, &from, &f, err);
	if (!st && f && !from.bytes && !f->folders)
		st = cm_fail(err, CM_EINPUT, "%s is a folder; format '%s' reads files", path, f->name);
	if (!st && f && f->mapped && !from.map)
		st = cm_fail(err, CM_EINPUT, "format '%s' needs --map FILE, which says what each column is",
			     f->name);
	if (!st && f)
		st = f->read(&from, &list, err);
	if (!st && f)
		st = store_list(j, f, &from, &list, sha256, err);
	published_free(&list);
	str_free(&text);
	return st;
}

/* ---- what came of it --------------------------------------------------------------------------- */

static struct cmj *report_json(const struct import_job *j)
{
	struct cmj *doc = cmj_document("import"), *refused = cmj_array(), *unknown = cmj_array(),
		   *unresolved = cmj_array();

	cmj_set(doc, "format", cmj_string(j->a->argv[0]));
	cmj_set(doc, "files", cmj_int((int64_t)j->files));
	cmj_set(doc, "rows", cmj_int((int64_t)j->rows));
	cmj_set(doc, "new", cmj_int((int64_t)j->sum.fresh));
	cmj_set(doc, "known", cmj_int((int64_t)j->sum.known));
	cmj_set(doc, "replaced", cmj_int((int64_t)j->sum.replaced));
	for (size_t i = 0; i < j->left.nrefused; i++) {
		struct cmj *o = cmj_object();

		cmj_set(o, "reason", cmj_string(j->left.refused[i].reason));
		cmj_set(o, "rows", cmj_int((int64_t)j->left.refused[i].rows));
		cmj_set(o, "first", cmj_string(j->left.refused[i].first));
		cmj_push(refused, o);
	}
	for (size_t i = 0; i < j->left.nunknown; i++)
		cmj_push(unknown, cmj_string(j->left.unknown[i]));
	for (size_t i = 0; i < j->odds; i++) {
		struct cmj *o = cmj_object();

		cmj_set(o, "name", cmj_string(j->odd[i].name));
		cmj_set(o, "rows", cmj_int((int64_t)j->odd[i].rows));
		cmj_push(unresolved, o);
	}
	cmj_set(doc, "refused", refused);
	cmj_set(doc, "unknown_columns", unknown);
	cmj_set(doc, "unresolved_devices", unresolved);
	return doc;
}

static void say(const char *text)
{
	struct str safe = { 0 };

	esc_terminal(&safe, text);
	puts(str_get(&safe));
	str_free(&safe);
}

static void sayf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void sayf(const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	say(str_get(&s));
	str_free(&s);
}

static void report_text(const struct import_job *j)
{
	sayf("%zu row%s of %zu file%s: %zu new, %zu there already, %zu older ones replaced", j->rows,
	     j->rows == 1 ? "" : "s", j->files, j->files == 1 ? "" : "s", j->sum.fresh, j->sum.known,
	     j->sum.replaced);
	for (size_t i = 0; i < j->left.nrefused; i++)
		sayf("  left out %llu: %s (first: %s)", (unsigned long long)j->left.refused[i].rows,
		     j->left.refused[i].reason, j->left.refused[i].first);
	for (size_t i = 0; i < j->left.nunknown; i++)
		sayf("  unknown column, not kept: %s", j->left.unknown[i]);
	for (size_t i = 0; i < j->odds; i++)
		sayf("  no device of the catalogue is called '%s' (%zu row%s)", j->odd[i].name,
		     j->odd[i].rows, j->odd[i].rows == 1 ? "" : "s");
}

static enum cm_status check_words(const struct args *a, struct cm_err *err)
{
	const char *date = args_get(a, "retrieved"), *n = args_get(a, "devices");
	char *end;
	long days;

	if (date && !cm_iso_days(date, "2000-01-01", &days))
		return cm_fail(err, CM_EINPUT, "--retrieved: expected a date YYYY-MM-DD, found '%s'", date);
	if (n && (!(strtod(n, &end) > 0) || *end))
		return cm_fail(err, CM_EINPUT, "--devices: expected a number above 0, found '%s'", n);
	if (args_count(a, "device") > 1)
		return cm_fail(err, CM_EINPUT, "--device: a file's figures are of one device; give it once");
	return CM_OK;
}

static enum cm_status check_format(const char *word, struct cm_err *err)
{
	bool known = !strcmp(word, "auto");

	for (size_t i = 0; registry_result_formats[i] && !known; i++)
		known = !strcmp(registry_result_formats[i]->name, word) ||
			!strcmp(registry_result_formats[i]->family, word);
	return known ? CM_OK : no_format(word, err);
}

static int run(const struct args *a)
{
	struct import_job j = { .a = a };
	char today[32];
	struct cm_err err;
	enum cm_status st = check_words(a, &err), end;

	cm_iso_now(today);
	today[10] = '\0';
	if (!st)
		st = check_format(a->argv[0], &err);
	if (!st)
		st = catalogue_load(file_data_dir(), &j.cat, &err);
	if (!st)
		st = resolver_open(file_data_dir(), j.cat, &j.names, &err);
	if (!st && args_get(a, "map"))
		st = yaml_read(args_get(a, "map"), &j.map, &err);
	if (!st)
		st = store_open(args_get(a, "store"), &j.store, &err);
	if (!st && !(st = published_begin(j.store, &err))) {
		for (int i = 1; i < a->argc && !st; i++)
			st = import_one(&j, a->argv[i], today, &err);
		end = published_end(j.store, st == CM_OK, st ? NULL : &err);
		if (!st)
			st = end;
	}
	if (!st && args_has(a, "json"))
		cmd_print_json(report_json(&j));
	else if (!st)
		report_text(&j);
	if (!st && !args_get(a, "source"))
		log_note("no --source ADDRESS was given: rows that name none are known by their file alone");
	store_close(j.store);
	yaml_free(j.map);
	resolver_close(j.names);
	catalogue_free(j.cat);
	published_free(&j.left);
	free(j.odd);
	units_close();
	return st ? cmd_fail(a, &err) : CM_EXIT_OK;
}

const struct command cmd_import = {
	.name = "import",
	.usage = "costmark import FORMAT FILE… [options]",
	.summary = "take in results that others published",
	.examples = "  costmark import mlperf summary_results.json --source "
		    "https://github.com/mlcommons/inference_results_v5.1\n"
		    "  costmark import vllm run.json --device \"H100 SXM5 80GB\" --devices 8\n",
	.min_words = 2,
	.max_words = -1,
	.run = run,
};
