/*
 * MLPerf Training: folders of result_*.txt. Time to train is computed from each log's run_start and
 * run_stop, a benchmark's score as the owner computes it: mean without the lowest and the highest
 * run, times the factor of scaling.json where there is one. It knows no device: the system's
 * description says what it has.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/published.h"
#include "base/dirtree.h"
#include "base/file.h"
#include "base/json.h"

#define LOG_MOST (1024u << 20)
#define RUNS_FEWEST 3 /* with fewer, nothing is left once the extremes are gone */

static const char terms[] = "MLPerf is a registered trade mark of MLCommons Association; figures "
			    "per accelerator, per watt or per "
			    "dollar are derived, not official MLPerf metrics";

struct train_log {
	double start, stop;     /* ms; NaN: not logged */
	bool success;
	char benchmark[64], org[96], division[24], status[48], platform[96];
};

static enum cm_status one_entry(struct train_log *t, const char *json, const char *name, size_t line,
				struct cm_err *err)
{
	struct cmj *o = NULL;
	const char *key, *value;
	struct cm_err why;

	if (cmj_parse(json, strlen(json), name, &o, &why))
		return cm_fail_at(err, CM_EINPUT, name, line, 0,
				  "an entry marked :::MLLOG is no JSON object");
	key = cmj_text(cmj_get(o, "key"), "");
	value = cmj_text(cmj_get(o, "value"), "");
	if (!strcmp(key, "run_start")) {
		t->start = cmj_double(cmj_get(o, "time_ms"), NAN);
	} else if (!strcmp(key, "run_stop")) {
		t->stop = cmj_double(cmj_get(o, "time_ms"), NAN);
		t->success = !strcmp(cmj_text(cmj_get(cmj_get(o, "metadata"), "status"), ""), "success");
	} else {
		const struct { const char *key; char *to; size_t cap; } texts[] = {
			{ "submission_benchmark", t->benchmark, sizeof t->benchmark },
			{ "submission_org", t->org, sizeof t->org },
			{ "submission_division", t->division, sizeof t->division },
			{ "submission_status", t->status, sizeof t->status },
			{ "submission_platform", t->platform, sizeof t->platform },
		};

		for (size_t i = 0; i < CM_COUNT(texts); i++)
			if (!strcmp(key, texts[i].key) && *value)
				snprintf(texts[i].to, texts[i].cap, "%s", value);
	}
	cmj_free(o);
	return CM_OK;
}

/* Entries are not in the order of time, and a rank may stand before the mark. */
static enum cm_status read_log(char *text, const char *name, struct train_log *t, struct cm_err *err)
{
	size_t line = 0;
	enum cm_status st = CM_OK;

	*t = (struct train_log){ .start = NAN, .stop = NAN };
	for (char *p = text, *next; p && *p && !st; p = next) {
		char *end = strchr(p, '\n'), *mark;

		next = end ? end + 1 : NULL;
		if (end)
			*end = '\0';
		line++;
		mark = strstr(p, ":::MLLOG");
		if (mark && (strstr(mark, "\"run_st") || strstr(mark, "\"submission_")))
			st = one_entry(t, mark + strcspn(mark, "{"), name, line, err);
	}
	return st;
}

/* ---- a folder of runs -------------------------------------------------------------------------- */

struct runs { double *minutes; size_t n, cap; struct train_log last; size_t failed; };

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool is_result(const char *path)
{
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	return cm_starts(base, "result_") && cm_ends(base, ".txt");
}

static enum cm_status add_run(const char *path, struct runs *r, struct cm_err *err)
{
	struct str text = { 0 };
	struct train_log t = { .start = NAN };
	enum cm_status st = file_read(path, LOG_MOST, &text, err);

	if (!st)
		st = read_log(text.p ? text.p : (char[]){ "" }, path, &t, err);
	str_free(&text);
	if (st)
		return st;
	CM_PUSH(r->minutes, r->n, r->cap);
	/* A run that did not reach its target took for ever. */
	r->minutes[r->n] = t.success ? (t.stop - t.start) / 60000 : INFINITY;
	if (!(r->minutes[r->n] > 0))
		r->minutes[r->n] = INFINITY;
	r->failed += isinf(r->minutes[r->n]) != 0;
	r->n++;
	r->last = t;
	return CM_OK;
}

/* Factor of scaling.json, 1 without one; NaN: it is there and says none. */
static double scaling_of(const char *folder)
{
	char *path = cm_printf_dup("%s/scaling.json", folder);
	struct str text = { 0 };
	struct cmj *o = NULL;
	double v = 1;

	if (file_exists(path)) {
		v = NAN;
		if (file_read(path, 0, &text, NULL) == CM_OK &&
		    cmj_parse(str_get(&text), text.len, path, &o, NULL) == CM_OK)
			v = cmj_double(cmj_get(o, "scaling_factor"), NAN);
	}
	cmj_free(o);
	str_free(&text);
	free(path);
	return v;
}

static const char *said(struct published_list *l, const struct cmj *o, const char *key)
{
	const struct cmj *v = cmj_get(o, key);

	return cmj_is_number(v) ? published_digits(l, cmj_double(v, 0)) : published_keep(l, cmj_text(v, ""));
}

/* folder: ROOT/SUBMITTER/results/SYSTEM/BENCHMARK; its description: ROOT/SUBMITTER/systems/SYSTEM.json. */
static void set_system(struct published_list *l, struct published_row *r, const char *folder)
{
	char *copy = cm_strdup(folder), *part[4] = { NULL }, *path;
	struct str text = { 0 };
	struct cmj *o = NULL;
	double each, nodes;

	for (int i = 0; i < 4; i++) {
		char *slash = strrchr(copy, '/');

		part[i] = slash ? slash + 1 : copy;
		if (slash)
			*slash = '\0';
	}
	path = cm_printf_dup("%s/%s/systems/%s.json", copy, part[3], part[1]);
	r->place = pool_printf(&l->pool, "%s/results/%s/%s", part[3], part[1], part[0]);
	if (!*r->submitter)
		r->submitter = published_keep(l, part[3]);
	if (!*r->benchmark)
		r->benchmark = published_keep(l, part[0]);
	for (const char *p = copy; (p = strstr(p, "training"));
	     p++) /* training-v5.0, training_results_v5.0 */
		for (const char *q = p; *q && *q != '/'; q++)
			if (isdigit((unsigned char)q[0]) && q[1] == '.' && isdigit((unsigned char)q[2]))
				r->round = pool_printf(&l->pool, "v%c.%c", q[0], q[2]);
	if (file_read(path, 0, &text, NULL) == CM_OK &&
	    cmj_parse(str_get(&text), text.len, path, &o, NULL) == CM_OK) {
		r->system = said(l, o, "system_name");
		r->device_text = said(l, o, "accelerator_model_name");
		r->per_node = said(l, o, "accelerators_per_node");
		r->nodes = said(l, o, "number_of_nodes");
		r->software = said(l, o, "framework");
		r->availability = said(l, o, "status");
		each = strtod(r->per_node, NULL);
		nodes = strtod(r->nodes, NULL);
		r->accelerators = each > 0 && nodes > 0 ? published_digits(l, each * nodes) : "";
	} else {
		r->system = published_keep(l, part[1]);
		r->notes = pool_printf(&l->pool, "no readable description of the system, %s", path);
	}
	cmj_free(o);
	str_free(&text);
	free(path);
	free(copy);
}

static const char *runs_said(struct published_list *l, const struct runs *r, double scaling)
{
	struct str s = { 0 };
	const char *out;

	str_addf(&s, "%zu runs, minutes, sorted:", r->n);
	for (size_t i = 0; i < r->n; i++)
		str_addf(&s, isinf(r->minutes[i]) ? " not reached" : " %.6f", r->minutes[i]);
	if (scaling != 1)
		str_addf(&s, "; times %s for converging in fewer epochs than the reference",
			 published_digits(l, scaling));
	out = published_keep(l, str_get(&s));
	str_free(&s);
	return out;
}

static void add_score(const struct published_from *from, struct published_list *l, const char *folder,
		      struct runs *r)
{
	const double scaling = scaling_of(folder);
	struct published_row *row;
	double sum = 0;

	qsort(r->minutes, r->n, sizeof *r->minutes, by_value);
	if (r->n < RUNS_FEWEST) {
		published_refuse(
			l, folder, "",
			"fewer than three runs: no score without the lowest and the highest");
		return;
	}
	if (r->failed > 1) {
		published_refuse(l, folder, "", "more than one run did not reach its target");
		return;
	}
	if (isnan(scaling)) {
		published_refuse(l, folder, "", "scaling.json states no scaling_factor");
		return;
	}
	for (size_t i = 1; i + 1 < r->n; i++)
		sum += r->minutes[i];
	row = published_add(l, from);
	row->suite = "MLPerf Training";
	row->terms = terms;
	row->file = published_keep(l, folder);
	row->accelerators = row->device_text = "";
	row->benchmark = published_keep(l, r->last.benchmark);
	row->submitter = published_keep(l, r->last.org);
	row->division = published_keep(l, r->last.division);
	set_system(l, row, folder);
	row->metric = "time to train";
	published_value(l, row, sum / (double)(r->n - 2) * scaling, "minute", "lower");
	row->lo = published_digits(l, r->minutes[0] * scaling);
	row->hi = published_digits(l, isinf(r->minutes[r->n - 1]) ? NAN : r->minutes[r->n - 1] * scaling);
	row->n = published_digits(l, (double)r->n);
	row->recomputed = runs_said(l, r, scaling);
	row->quality = "computed from the logs";
}

/* Runs of one folder lie together, since the tree is sorted. */
static enum cm_status read_tree(const struct published_from *from, struct published_list *l,
				struct cm_err *err)
{
	struct dirtree t;
	struct runs r = { .minutes = NULL };
	char *real = realpath(from->path, NULL), *folder = NULL;
	enum cm_status st = dirtree_read(real ? real : from->path, &t, err);

	free(real);
	if (st)
		return st;
	for (size_t i = 0; i < t.n && !st; i++) {
		const size_t n = (size_t)(strrchr(t.file[i], '/') - t.file[i]);

		if (!is_result(t.file[i]))
			continue;
		if (!folder || strlen(folder) != n || strncmp(folder, t.file[i], n) != 0) {
			if (folder)
				add_score(from, l, folder, &r);
			free(folder);
			folder = cm_strndup(t.file[i], n);
			r.n = r.failed = 0;
		}
		st = add_run(t.file[i], &r, err);
	}
	if (folder && !st)
		add_score(from, l, folder, &r);
	free(folder);
	free(r.minutes);
	dirtree_free(&t);
	return st;
}

static enum cm_status read(const struct published_from *from, struct published_list *l,
			   struct cm_err *err)
{
	struct train_log t;
	char *copy;
	enum cm_status st;

	if (!from->bytes)
		return read_tree(from, l, err);
	copy = cm_strndup(from->bytes, from->len);
	st = read_log(copy, from->path, &t, err);
	free(copy);
	if (!st)
		published_refuse(l, from->path, "", isnan(t.start) ? "no run_start is logged"
				 : "one run is no score: import the folder that holds all of them");
	return st;
}

static bool knows(const struct published_from *from)
{
	struct dirtree t;
	bool is = false;

	if (from->bytes)
		return strstr(from->bytes, ":::MLLOG") && strstr(from->bytes, "submission_benchmark");
	if (dirtree_read(from->path, &t, NULL))
		return false;
	for (size_t i = 0; i < t.n && !is; i++)
		is = is_result(t.file[i]);
	dirtree_free(&t);
	return is;
}

const struct result_format result_mlperf_training = {
	.abi = CM_PUBLISHED_ABI,
	.name = "mlperf_training",
	.desc = "MLPerf Training: a results tree with its logs",
	.family = "mlperf",
	.folders = true,
	.knows = knows,
	.read = read,
};
