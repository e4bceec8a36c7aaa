/*
 * costmark prices fetch: each source by its plan, one after the other; one that is broken is named and
 * does not stop the others. It knows no address: those are in the plans (vendors/X/fetch_*.c).
 */
#include "cli/price_actions.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/textable.h"
#include "cli/opt.h"
#include "cli/stop.h"
#include "engine/fetch.h"
#include "engine/fetch_table.h"
#include "engine/price_resolve.h"
#include "engine/registry.h"

#define WIDTH 120

/* One source and what became of it. */
struct outcome {
	const struct price_fetch *plan;
	enum cm_status st;
	struct fetch_result r;
	struct fetch_table t;
	struct cm_err err;
};

static const volatile sig_atomic_t *stop_flag;

static bool stopped(void)
{
	return *stop_flag;
}

static const struct price_source *reader_of(const struct price_fetch *plan)
{
	for (size_t i = 0; registry_price_sources[i]; i++)
		if (!strcmp(registry_price_sources[i]->name, plan->source))
			return registry_price_sources[i];
	return NULL;
}

/* The value that --OPTION SOURCE=VALUE or $COSTMARK_WORD_SOURCE gives, else NULL. */
static const char *of_source(const struct args *a, const char *option, const char *word, const char *source)
{
	char name[96];
	const size_t n = strlen(source);

	for (size_t i = args_count(a, option); i-- > 0;) {
		const char *v = args_nth(a, option, i);
		if (!strncmp(v, source, n) && v[n] == '=')
			return v + n + 1;
	}
	if (!word)
		return NULL;
	snprintf(name, sizeof name, "COSTMARK_%s_%s", word, source);
	for (char *p = name; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	const char *v = getenv(name);
	return v && *v ? v : NULL;
}

/* The key's first line; a file that others may read is no place for it. */
static enum cm_status read_key(const char *path, char *out, size_t cap, struct cm_err *err)
{
	struct stat is;

	if (stat(path, &is) || !file_line(path, out, cap))
		return cm_fail(err, CM_EINPUT, "%s: no key can be read from it", path);
	if (S_ISREG(is.st_mode) && is.st_mode & 077)
		return cm_fail(err, CM_EINPUT, "%s: others may read it; 'chmod 600 %s' first", path, path);
	return CM_OK;
}

static void fetch_one(const struct args *a, struct fetch_options o, const struct fetch_table *table,
		      struct outcome *x)
{
	const char *source = x->plan->source, *file = of_source(a, "key-file", NULL, source);
	char key[512], *base = NULL;

	o.key = of_source(a, "key-file", "KEY", source);
	if (file) {
		if ((x->st = read_key(file, key, sizeof key, &x->err)))
			return;
		o.key = key;
	}
	const char *given = of_source(a, "url", "URL", source);
	if (given) {
		base = cm_strdup(given);
		while (*base && base[strlen(base) - 1] == '/')
			base[strlen(base) - 1] = '\0';
		o.base = base;
	}
	x->t = *table;
	x->st = fetch_source(x->plan, reader_of(x->plan), &o, fetch_into_table, &x->t, &x->r, &x->err);
	free(base);
	memset(key, 0, sizeof key);
}

/* ---- what is said ------------------------------------------------------------------------------- */

static const char *state_word(const struct outcome *x)
{
	if (x->st)
		return x->st == CM_DENIED || x->st == CM_ABSENT ? "not available" : "failed";
	return x->r.reused == x->r.files ? "unchanged" : "fetched";
}

static void print_json(const struct outcome *x, size_t n)
{
	struct cmj *doc = cmj_document("prices-fetch"), *list = cmj_array();

	for (size_t i = 0; i < n; i++) {
		struct cmj *v = cmj_object();
		cmj_set(v, "source", cmj_string(x[i].plan->source));
		cmj_set(v, "state", cmj_string(state_word(&x[i])));
		cmj_set(v, "reason", x[i].st ? cmj_string(x[i].err.why) : cmj_null());
		cmj_set(v, "files", cmj_int((int64_t)x[i].r.files));
		cmj_set(v, "files_unchanged", cmj_int((int64_t)x[i].r.reused));
		cmj_set(v, "requests", cmj_int((int64_t)x[i].r.requests));
		cmj_set(v, "bytes", cmj_int((int64_t)x[i].r.bytes));
		cmj_set(v, "rows", reader_of(x[i].plan) ? cmj_int((int64_t)x[i].r.rows) : cmj_null());
		cmj_set(v, "rows_refused", cmj_int((int64_t)x[i].t.refused));
		cmj_set(v, "imports", cmj_int((int64_t)x[i].t.imports));
		cmj_set(v, "imports_unchanged", cmj_int((int64_t)x[i].t.same));
		cmj_set(v, "fetched", *x[i].r.fetched ? cmj_string(x[i].r.fetched) : cmj_null());
		cmj_push(list, v);
	}
	cmj_set(doc, "sources", list);
	cmd_print_json(doc);
}

static void print_table(const struct outcome *x, size_t n)
{
	static const char *const titles[] = { "Source", "State", "Files", "Requests",
					      "MB",	"Rows",	 "Newest" };
	struct textable *t = textable_new("llrrrrl", titles);

	for (size_t i = 0; i < n; i++) {
		textable_cell(t, x[i].plan->source);
		textable_cell(t, state_word(&x[i]));
		textable_cellf(t, "%zu", x[i].r.files);
		textable_cellf(t, "%zu", x[i].r.requests);
		textable_cellf(t, "%.2f", (double)x[i].r.bytes / 1e6);
		if (x[i].r.rows)
			textable_cellf(t, "%llu", (unsigned long long)x[i].r.rows);
		else
			textable_cell(t, "");
		textable_cell(t, x[i].r.fetched);
	}
	textable_print(t, stdout, WIDTH);
}

/* ---- the command -------------------------------------------------------------------------------- */

static enum cm_status bad_source(const char *word, struct cm_err *err)
{
	const char *names[64];
	size_t n = 0;
	struct str all = { 0 };

	for (; n < CM_COUNT(names) && registry_price_fetches[n]; n++) {
		names[n] = registry_price_fetches[n]->source;
		str_addf(&all, "%s%s", n ? ", " : "", names[n]);
	}
	const char *near = word ? cm_nearest(word, names, n) : NULL;
	if (!word)
		cm_fail(err, CM_EINPUT, "'costmark prices fetch' needs a source: all, %s", str_get(&all));
	else if (near)
		cm_fail(err, CM_EINPUT, "no source '%s'; did you mean '%s'?", word, near);
	else
		cm_fail(err, CM_EINPUT, "no source '%s'; there are %s", word, str_get(&all));
	str_free(&all);
	return CM_EINPUT;
}

/* The plans of the words, each once. */
static enum cm_status choose(const struct args *a, struct outcome *x, size_t *n, bool *all,
			     struct cm_err *err)
{
	*n = 0;
	*all = a->argc == 2 && !strcmp(a->argv[1], "all");
	for (size_t i = 0; *all && registry_price_fetches[i]; i++)
		x[(*n)++].plan = registry_price_fetches[i];
	for (int w = 1; !*all && w < a->argc; w++) {
		size_t i = 0, k = 0;
		while (registry_price_fetches[i] &&
		       strcmp(registry_price_fetches[i]->source, a->argv[w]) != 0)
			i++;
		if (!registry_price_fetches[i])
			return bad_source(a->argv[w], err);
		while (k < *n && x[k].plan != registry_price_fetches[i])
			k++;
		if (k == *n)
			x[(*n)++].plan = registry_price_fetches[i];
	}
	return *n ? CM_OK : bad_source(NULL, err);
}

/* --url and --key-file name sources that there are. */
static enum cm_status check_pairs(const struct args *a, struct cm_err *err)
{
	static const char *const options[] = { "url", "key-file" };

	for (size_t o = 0; o < CM_COUNT(options); o++)
		for (size_t i = 0; i < args_count(a, options[o]); i++) {
			const char *v = args_nth(a, options[o], i), *eq = strchr(v, '=');
			char name[64];
			size_t k = 0;
			if (!eq || eq == v || !eq[1])
				return cm_fail(err, CM_EINPUT, "--%s wants SOURCE=%s, not '%s'", options[o],
					       o ? "FILE" : "BASE", v);
			snprintf(name, sizeof name, "%.*s", (int)(eq - v), v);
			while (registry_price_fetches[k] &&
			       strcmp(registry_price_fetches[k]->source, name) != 0)
				k++;
			if (!registry_price_fetches[k])
				return bad_source(name, err);
		}
	return CM_OK;
}

static enum cm_status read_options(const struct args *a, struct fetch_options *o, struct pool *pool,
				   struct cm_err *err)
{
	unsigned long retries = 5;
	enum cm_status st;

	o->parts_n = args_count(a, "region");
	const char **parts = pool_alloc(pool, (o->parts_n + 1) * sizeof *parts);
	for (size_t i = 0; i < o->parts_n; i++) {
		parts[i] = args_nth(a, "region", i);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(parts[k], parts[i]))
				return cm_fail(err, CM_EINPUT, "--region '%s' is given twice", parts[i]);
	}
	o->parts = parts;
	o->currency = args_get(a, "currency");
	o->offline = args_has(a, "offline");
	o->force = args_has(a, "force");
	o->stopped = stopped;
	if ((st = args_seconds(a, "timeout", &o->total_s, err)) ||
	    (st = args_count_of(a, "retries", &retries, err)) || (st = check_pairs(a, err)))
		return st;
	if (retries > 100)
		return cm_fail(err, CM_EINPUT, "--retries is at most 100");
	o->retries = retries ? (int)retries : -1;
	return CM_OK;
}

/* A source that needs a key nobody has is no failure where all were asked for. */
static int exit_code(const struct outcome *x, size_t n, bool all)
{
	for (size_t i = 0; i < n; i++)
		if (x[i].st && !(all && x[i].st == CM_DENIED && !x[i].r.requests))
			return cm_status_exit(x[i].st);
	return CM_EXIT_OK;
}

int prices_fetch(const struct args *a)
{
	size_t n = 0, room = (size_t)a->argc + 1;
	struct fetch_options o = { 0 };
	struct pool pool = { 0 };
	struct cm_err err;
	bool all = false;

	for (size_t i = 0; registry_price_fetches[i]; i++)
		room++;
	struct outcome *x = cm_alloc(room * sizeof *x);
	struct fetch_table table = { .stopped = stopped };
	struct price_names *names = NULL;
	struct price_resolver resolver;
	int code;
	if (choose(a, x, &n, &all, &err) || read_options(a, &o, &pool, &err) ||
	    price_names_open(file_data_dir(), &names, &resolver, &err) ||
	    price_store_open(args_get(a, "prices"), &table.store, &err)) {
		code = cmd_fail(a, &err);
	} else {
		char *root = file_xdg_cache_dup("prices");
		o.root = root;
		table.resolver = &resolver;
		table.force = o.force;
		stop_flag = stop_on_signals();
		size_t done = 0;
		while (done < n && !(done && x[done - 1].st == CM_EINTR)) {
			fetch_one(a, o, &table, &x[done]);
			if (x[done].st)
				log_warn("%s: %s: %s", x[done].plan->source, state_word(&x[done]),
					 x[done].err.why);
			done++;
		}
		if (args_has(a, "json"))
			print_json(x, done);
		else
			print_table(x, done);
		code = exit_code(x, done, all);
		if (done && x[done - 1].st == CM_EINTR)
			code = CM_EXIT_INTERRUPTED;
		free(root);
	}
	price_store_close(table.store);
	price_names_close(names);
	free(x);
	pool_free(&pool);
	return code;
}
